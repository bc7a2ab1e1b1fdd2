"""The digest of an abstract: two or three sentences that begin with the work itself, and its results as highlights.

A highlight is a whole sentence, or a sentence without its last clauses where it is too long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.digest_opening import (
    MAX_ABSTRACT,
    MAX_ABSTRACT_SENTENCES,
    length_of,
    opening_of,
    proposing_lead,
)
from tasks.analyze.extractive.outcomes import (
    BESIDE,
    FIGURE,
    LOOKS_BACK,
    NO_RESULT,
    has_measured_figure,
    is_background,
    outcome_score,
)
from tasks.analyze.extractive.results import is_vague
from tasks.analyze.extractive.sentence_cleanup import ANNOUNCES
from tasks.analyze.extractive.shorter_sentence import shortened

HIGHLIGHT_COUNT = 3
MAX_PROBLEM = 320  # characters of the sentence about the field before a lead that stands alone
MAX_LONG_ABSTRACT = 1000  # with a result after an opening of several sentences
_IT = re.compile(r"(?:(?:on|with|in|across) [^,]{2,50}, )?it\b", re.IGNORECASE)
_ASSESSES = re.compile(
    r"\b(?:extensive|comprehensive|thorough|qualitative|quantitative) (?:[\w-]+ ){0,3}"
    r"(?:experiments|evaluations?|analys[ie]s)\b",
    re.IGNORECASE,
)
# A win over nobody by name, or a bare word of praise.
_BARE = re.compile(
    r"\b(?:outperform|surpass|exceed|beat|improve)\w* (?:\w+ ){0,3}?(?:models|methods|approaches|baselines|systems)\.$"
    r"|\bis (?:not only |both |surprisingly |highly |very )*(?:effective|powerful|efficient|robust)\b",
    re.IGNORECASE,
)
_PROPER_NAME = re.compile(r"(?<!^)\b(?:[A-Z][\w-]*[A-Z\d][\w-]*|[A-Z]{2,}\w*)")


def digest_of(
    lead: Candidate | None, candidates: Sequence[Candidate], body_results: Sequence[Candidate]
) -> tuple[list[Candidate], list[Candidate]]:
    """The sentences of the short abstract, `lead` first, and the highlights, the main result first.

    `body_results` are results that stand outside of the abstract; they count where it has none with a number.
    """
    whole = [c for c in candidates if c.in_abstract and not c.side_matter]
    usable = [c for c in whole if not c.text.endswith("?")]
    lead = proposing_lead(lead, usable)
    ranked = sorted(
        ((s, c) for c in usable if c is not lead and (s := outcome_score(c)) is not None),
        key=lambda pair: (-pair[0], pair[1].position),
    )
    results = [c for _, c in ranked][: HIGHLIGHT_COUNT + 1]
    if not any(c.number for c in results):
        results = [*(c for c in body_results if not c.in_abstract and c is not lead), *results]
    opening = opening_of(lead, whole, {c.position for _, c in ranked})
    abstract = [*opening, *_method(opening, usable, {c.position for _, c in ranked})]
    told = {c.position for c in abstract if c.in_abstract}
    results = [c for c in results if not (c.in_abstract and c.position in told)]
    if len(abstract) == 1 and (problem := _problem_before(abstract[0], whole)):
        abstract = [problem, *abstract]
    moved = _result_for_abstract(abstract, results)
    if moved is not None and length_of([*opening, moved]) <= MAX_LONG_ABSTRACT:
        # A result that is too long to be a highlight, and one of few sentences, stands in the abstract.
        fits = length_of([*abstract[: MAX_ABSTRACT_SENTENCES - 1], moved]) <= MAX_ABSTRACT
        room = max(len(opening), MAX_ABSTRACT_SENTENCES - 1 if fits else 1)
        abstract = [*abstract[:room], moved]
        results = [c for c in results if c is not moved]
    lines = highlights(results)
    if opening and not any(FIGURE.search(c.text) for c in [*abstract[1:], *lines]):
        abstract = _with_figure(abstract, opening, usable)
    return abstract, lines


def _problem_before(lead: Candidate, whole: Sequence[Candidate]) -> Candidate | None:
    """The sentence about the field before a lead that stands alone: what the work is good for."""
    before = [c for c in whole if lead.in_abstract and c.position < lead.position and is_background(c)]
    clear = [c for c in before if not (c.is_unclear_alone or c.points_back) and len(c.text) <= MAX_PROBLEM]
    fits = clear and length_of([clear[-1], lead]) <= MAX_ABSTRACT
    return clear[-1] if fits else None


def _result_for_abstract(abstract: Sequence[Candidate], results: Sequence[Candidate]) -> Candidate | None:
    """The main result where it is too long for a highlight, or a result for an abstract of one sentence."""
    if not results or not (len(abstract) < 2 or shortened(results[0].text) is None):
        return None
    moved = results[0] if shortened(results[0].text) is None or len(results) == 1 else results[1]
    if moved.is_unclear_alone and len(abstract) > 1:
        return next((c for c in results if not c.is_unclear_alone and shortened(c.text) is None), None)
    return moved


def _with_figure(
    abstract: list[Candidate], opening: Sequence[Candidate], usable: Sequence[Candidate]
) -> list[Candidate]:
    """The abstract with the first result that has a figure but is no highlight: "It achieves 67.7% …".

    "It" is the work right after the sentence that proposes it, and after the sentence that stands before in the paper.
    """
    told = {c.position for c in abstract}
    for c in usable:
        if not has_measured_figure(c) or c.proposes or is_background(c) or c.position in told:
            continue
        continues = abstract[-1].position == c.position - 1
        if (continues and len(abstract) < MAX_ABSTRACT_SENTENCES) or not c.is_unclear_alone:
            kept = abstract[: max(len(opening), MAX_ABSTRACT_SENTENCES - 1)]
        else:
            kept = list(opening) if _IT.match(c.text) and opening[-1].proposes else []
        fits = length_of([*kept, c]) <= MAX_ABSTRACT and len(kept) < MAX_ABSTRACT_SENTENCES
        if kept and fits and c.position > kept[-1].position:
            return [*kept, c]
    return abstract


def highlights(results: Sequence[Candidate]) -> list[Candidate]:
    """The main result first, then at most two others in the order of the abstract; weak ones only where alone."""
    lines = [replace(c, text=text) for c in results if (text := shortened(c.text)) is not None]
    lines = [c for c in lines if not (is_vague(c) or ANNOUNCES.search(c.text))]
    strong = [c for c in lines if not (c.points_back or c.is_unclear_alone or _is_weak(c))]
    if any(_is_specific(c.text) for c in strong):
        strong = [c for c in strong if _is_specific(c.text) or not _BARE.search(c.text)]
    lines = (strong or lines[:1])[:HIGHLIGHT_COUNT]
    return lines[:1] + sorted(lines[1:], key=lambda c: c.position)


def _is_specific(text: str) -> bool:
    """Whether a result has a figure, or names a benchmark or a rival."""
    return FIGURE.search(text) is not None or (_BARE.search(text) is None and _PROPER_NAME.search(text) is not None)


def _is_weak(c: Candidate) -> bool:
    """Whether a result is a remark beside the main one, or looks back on it without a figure."""
    beside = BESIDE.search(c.text[:60]) is not None and not FIGURE.search(c.text)
    return beside or (LOOKS_BACK.search(c.text) is not None and not c.number)


def _method(opening: Sequence[Candidate], usable: Sequence[Candidate], results: set[int]) -> list[Candidate]:
    """The next sentences that tell how the work is done, as many as fit."""
    sentences = list(opening)
    if sentences and ANNOUNCES.search(sentences[-1].text):
        told = [c for c in usable if 0 < c.position - sentences[-1].position <= 2 and not is_background(c)]
        if told and length_of([*sentences, *told]) <= MAX_ABSTRACT:
            return told
    for c in usable:
        continues = bool(sentences) and c.position == sentences[-1].position + 1
        last = sentences[-1].position if sentences and sentences[-1].in_abstract else -1
        if (
            not sentences
            or c.position <= last
            or _repeats(c, sentences[0])
            or c.position in results
            or is_background(c)
        ):
            continue
        if (c.anaphoric or c.points_back) and not continues:
            continue
        if (
            c.role == "other"
            or _ASSESSES.search(c.text)
            or NO_RESULT.search(c.text)
            or is_vague(c)
            or len(sentences) == MAX_ABSTRACT_SENTENCES
        ):
            continue
        parts = [c]
        if ANNOUNCES.search(c.text):
            parts += [n for n in usable if c.position < n.position <= c.position + 2 and n.position not in results]
            if len(parts) < 3 or length_of([*sentences[:1], *parts]) > MAX_ABSTRACT:
                continue
            return [*sentences, *parts][len(opening) :] if len(sentences) == 1 else sentences[len(opening) :]
        if len(sentences) < 2 or length_of([*sentences, c]) <= MAX_ABSTRACT:
            sentences.append(c)
    return sentences[len(opening) :]


def _repeats(c: Candidate, lead: Candidate) -> bool:
    """Whether a sentence of the abstract says what a lead from outside of it says."""
    return not lead.in_abstract and len(c.words & lead.words) >= 0.6 * min(len(c.words), len(lead.words))
