"""The sentences that open the digest's abstract: the work of the title, said so that it can be understood alone."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.outcomes import is_background, outcome_score
from tasks.analyze.extractive.sentence_checks import is_anaphoric
from tasks.analyze.extractive.sentence_cleanup import (
    sentence_spans,
    strip_opening,
    without_announcement,
)

MAX_ABSTRACT_SENTENCES = 3
MAX_ABSTRACT = 750  # characters, if two sentences fit

# Words that point to the sentence before: these make the lead hard to understand alone.
_POINTS = re.compile(
    r"\bdoes (?:just |exactly |precisely )?(?:that|so)\b|\bthe (?:first|second|former|latter|above) (?:limitation|issue"
    r"|problem|challenge|question)\b|\b(?:close|bridge|fill|address|tackle|resolve)\w* the (?:gap|issue)\b"
    r"(?! (?:between|of|in)\b)",
    re.IGNORECASE,
)
_POINTING_OPENING = re.compile(
    r"^To (?:\w+ly )?(?:address|investigate|tackle|overcome|answer|mitigate|bridge|solve|resolve|fill|close|meet"
    r"|explore)(?: (?:this|these|those|such|it|the (?:first |second )?(?:gaps?|issues?|problems?|challenges?"
    r"|limitations?|bottlenecks?|question))\b(?! (?:of|between|in|that|to)\b)[^,;:]{0,60})?, "
    r"(?=(?:we|I|our|this (?:paper|work)|the (?:paper|work)|in this)\b)|(?<=^We )(?:therefore|thus|hence|accordingly) ",
    re.IGNORECASE,
)


_ONE_STEP = re.compile(r"\b(?:evaluate|test|compare)\b|^in the \w+ stage\b", re.IGNORECASE)


_BEGINS_AT_ONCE = re.compile(r"(?!it\b|this\b|these\b)", re.IGNORECASE)


def questions_in(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The questions of an abstract with this text, to stand before a sentence that says "this question"."""
    by_raw = {c.raw: c for c in candidates if c.in_abstract}
    raws = [text[start:end].strip() for start, end in sentence_spans(text)]
    openings = []
    for raw, after in itertools.pairwise(raws):
        if (c := by_raw.get(after)) and raw.endswith("?"):
            question = strip_opening(raw.rpartition(": ")[2])
            if not is_anaphoric(question):
                question = question[0].upper() + question[1:]
                openings.append(replace(c, text=question, raw=raw, position=c.position - 1, anaphoric=False))
    return openings


def proposing_lead(lead: Candidate | None, usable: Sequence[Candidate]) -> Candidate | None:
    """The lead; a sentence that proposes something in place of one that only tells results."""
    if lead is None or not lead.in_abstract or lead.proposes or not (lead.finds or outcome_score(lead) is not None):
        return lead
    return next((c for c in usable if c.proposes and not c.anaphoric and c.position < lead.position), lead)


def opening_of(lead: Candidate | None, whole: Sequence[Candidate], results: set[int]) -> list[Candidate]:
    """The sentence that leads, with the ones without which it cannot be understood or is not the title's work."""
    if lead is None:
        usable = [c for c in whole if not c.text.endswith("?")]
        own = [c for c in usable if not is_background(c) and not c.points_back and not c.anaphoric]
        return [c for c in own if c.position not in results][:1] or own[:1] or list(usable[:1])
    if not lead.in_abstract:
        return [_alone(lead)]
    works = sorted({c.position: c for c in (lead, *_titled_work(lead, whole))}.values(), key=lambda c: c.position)
    first = _with_sentence_before(works[0], whole)
    return [*first, *(_alone(c) for c in works[1:] if c not in first)]


def _titled_work(lead: Candidate, whole: Sequence[Candidate]) -> list[Candidate]:
    """The sentence that proposes the work of the title, where the lead proposes something beside it."""
    rivals = [c for c in whole if c is not lead and not c.about_field]
    rivals = [c for c in rivals if (c.proposes or cues.OPENS_WITH_STUDY.search(c.text)) and outcome_score(c) is None]
    adds = cues.ADDED.search(lead.raw) is not None or re.match(r"To \w+ ", lead.raw) is not None
    earlier = [
        c for c in rivals if c.position < lead.position and c.title_share >= max(lead.title_share, 0.2) and not c.finds
    ]
    if adds and earlier and lead.title_share < 0.5:
        return earlier[:1]
    later = [c for c in rivals if c.position > lead.position and c.proposes and c.title_share > lead.title_share]
    later = [c for c in later if not (cues.ADDED.search(c.raw) or _ONE_STEP.search(c.text) or c.is_unclear_alone)]
    return sorted(later, key=lambda c: -c.title_share)[:1] if lead.title_share < 0.12 else []


def _alone(c: Candidate) -> Candidate:
    """The sentence without an opening that points back and without an end that announces more."""
    text = without_announcement(_POINTING_OPENING.sub("", c.text.replace(", however, ", " ")))
    if text == c.text or len(text) < 40:
        return c
    text = strip_opening(text)
    return replace(c, text=text[0].upper() + text[1:])


def _with_sentence_before(c: Candidate, whole: Sequence[Candidate]) -> list[Candidate]:
    """The sentence, after the one or two before it if it points to them."""
    by_position = {other.position: other for other in whole}
    passage = [_alone(c)]
    while len(passage) < MAX_ABSTRACT_SENTENCES and _needs_more(passage[0]):
        before = by_position.get(passage[0].position - 1)
        if before is None:
            break
        passage.insert(0, _alone(before))
    is_clear = (
        not is_anaphoric(passage[0].text)
        and _BEGINS_AT_ONCE.match(passage[0].text)
        and length_of(passage) <= MAX_ABSTRACT
    )
    return passage if is_clear else passage[-1:]


def _needs_more(c: Candidate) -> bool:
    return not c.text.endswith("?") and (c.is_unclear_alone or _POINTS.search(c.text) is not None)


def length_of(candidates: Sequence[Candidate]) -> int:
    """The characters of sentences, with the spaces between."""
    return sum(len(c.text) + 1 for c in candidates)
