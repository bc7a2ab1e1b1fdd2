"""The analysis without a model: the paper's own sentences, selected by cue words, position, numbers and centrality.

Only the next action is generated, by a rule. A part stays empty when the paper has no sentence for it. Each sentence is
used once, and its numbers are grounded in the same way as those of a model.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from papers.analysis_choice import next_action
from papers.models import Innovation, Language, Paper, Reading, Result, Usage
from tasks.analyze.drafts import MAX_ABSTRACT_SHORT, Draft, evidence_for, openness, shorten
from tasks.analyze.extractive.analysis_part import Part
from tasks.analyze.extractive.cues import PARTS, RESULT_WORDS, is_background
from tasks.analyze.extractive.entity_names import BASELINE, DATASET, MODEL_NAME, find_names, short_name
from tasks.analyze.extractive.section_kinds import section_kind
from tasks.analyze.extractive.sentence_cleanup import is_anaphoric, usable_sentences
from tasks.analyze.grounding.number_check import Quote
from tasks.analyze.grounding.paper_text import PaperText

VERSION = "extractive-4"
HIGHLIGHT_COUNT = 3
MAX_CONTRIBUTION_SHORT = 90  # characters of contribution_short
MAX_SENTENCES = 400  # sentences considered; by then the rest of a very long paper is appendix
APPENDIX_LIMIT = 200  # sentences after which an appendix is skipped
DUPLICATE_OVERLAP = 0.5  # share of words in common from which two sentences count as duplicates
ABSTRACT_DUPLICATE_OVERLAP = 0.8  # for two sentences of the abstract, which hardly repeats itself


@dataclass(frozen=True)
class Candidate:
    """A sentence that can stand alone, with the features used for its score."""

    text: str  # cleaned
    raw: str  # as in the block
    block_id: str
    kind: str  # kind of its section: "abstract", "introduction", "method", "results", "conclusion", "limitations", ...
    heading: str  # the heading of its subsection
    is_list_item: bool  # whether it is part of a list item
    position: int
    words: frozenset[str]
    centrality: float  # share of its words that also occur in title or abstract, 0 to 1
    number_count: int  # numbers with a unit or a decimal point
    anaphoric: bool  # begins with "it" or the like; only in the abstract


def extract(paper: Paper, reading: Reading, language: Language, paper_text: PaperText) -> Draft:
    """The fields of an analysis and the evidence for each sentence.

    The sentences are the same in both languages; only the next action is generated in `language`.
    """
    selector = _SentenceSelector(list(_candidates(paper, reading)), paper_text)
    fields: dict[str, Any] = {"directions": [], "translated_title": None}
    by_part: dict[str, list[Candidate]] = {}
    for part in PARTS:
        is_unneeded = (part.name == "contribution_any" and by_part["contribution"]) or (
            part.name == "application_area" and paper.ai_keywords
        )
        by_part[part.name] = [] if is_unneeded else selector.select(part)
    by_part["contribution"] = by_part["contribution"] or by_part["contribution_any"]
    _fill_from_abstract(by_part, selector)
    text_by_part = {name: (candidates[0].text if candidates else None) for name, candidates in by_part.items()}
    for name in ("contribution", "insight", "limitations", "suited_for"):
        fields[name] = selector.add_text(name, by_part[name])
    fields["results"] = [_result(c, i, selector) for i, c in enumerate(by_part["results"])]
    fields["innovations"] = [_innovation(c, i, selector) for i, c in enumerate(by_part["innovations"])]
    fields["highlights"] = [selector.add_text(f"highlights[{i}]", [c]) for i, c in enumerate(_highlights(by_part))]
    fields["usage"] = Usage(
        **{n[6:]: selector.add_text(n, candidates) for n, candidates in by_part.items() if n.startswith("usage.")}
    )
    contribution = by_part["contribution"]
    fields["abstract_short"] = (
        selector.add_text(
            "abstract_short", contribution, shorten(_remove_opening(contribution[0].text), MAX_ABSTRACT_SHORT)
        )
        if contribution
        else None
    )
    fields["application_area"] = _application_area(paper, selector, by_part["application_area"])
    fields["short_name"] = short_name(paper.title, paper.abstract)
    fields["contribution_short"] = _contribution_short(paper.title, text_by_part["contribution"])
    fields["keywords"] = _keywords(paper)
    fields["topic"] = next((k for k in fields["keywords"] if len(k) > 2 and k != fields["short_name"]), None)
    fields["next_action"] = next_action(openness(paper, reading), language)
    selector.draft.fields = fields
    return selector.draft


_HEADING_NUMBER = re.compile(r"^(?:[A-Z]?\.?\d[\d.]*|[IVX]+\b\.?|[A-Z]\.)\s+")

# --- candidates ------------------------------------------------------------------------------------------------------


def _candidates(paper: Paper, reading: Reading) -> Iterable[Candidate]:
    central_words = _content_words(f"{paper.title} {paper.abstract}")
    position = 0
    for block in reading.blocks:
        if block.kind not in ("paragraph", "list_item"):
            continue
        kind = section_kind(block.section, block.id)
        if (
            kind in ("related", "other-matter")
            or position >= MAX_SENTENCES
            or (kind == "appendix" and position > APPENDIX_LIMIT)
        ):
            continue
        heading = _HEADING_NUMBER.sub("", block.section.rpartition(">")[2].strip())
        for text, raw in usable_sentences(block, abstract=kind == "abstract"):
            words = _content_words(text)
            yield Candidate(
                text=text,
                raw=raw,
                block_id=block.id,
                kind=kind,
                heading=heading,
                is_list_item=block.kind == "list_item",
                position=position,
                words=words,
                centrality=len(words & central_words) / (len(words) or 1),
                number_count=len(re.findall(r"\d+\.\d+|\d\s?(?:%|×|x\b)", text)),
                anaphoric=is_anaphoric(text),
            )
            position += 1


_STOP_WORDS = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "from",
        "are",
        "our",
        "can",
        "which",
        "have",
        "has",
        "been",
        "was",
        "were",
        "its",
        "their",
        "such",
        "these",
        "into",
        "than",
        "not",
        "also",
    ]
)


def _content_words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]{3,}", text.lower())) - _STOP_WORDS


def _fill_from_abstract(by_part: dict[str, list[Candidate]], selector: _SentenceSelector) -> None:
    """Add results and innovations from the abstract where too few were selected, as when little else was read.

    The sentences after the contribution are either results (RESULT_WORDS) or ideas (all others).
    """
    start = by_part["contribution"][0].position if by_part["contribution"] else 0
    remaining = [
        c for c in selector.candidates if c.kind == "abstract" and c.position > start and not is_background(c.text)
    ]
    for name, limit, is_finding in (("results", 1, True), ("innovations", 2, False)):
        for c in remaining:
            if len(by_part[name]) < limit and bool(RESULT_WORDS.search(c.text)) is is_finding and selector.accept(c):
                by_part[name].append(c)


def _highlights(by_part: dict[str, list[Candidate]]) -> list[Candidate]:
    """Three sentences of other parts, results and innovations in turn. No edition shows a highlight and its part."""
    results, ideas = by_part["results"], by_part["innovations"]
    pairs = [c for pair in zip_longest(results, ideas) for c in pair if c is not None]
    return [*pairs, *by_part["insight"]][:HIGHLIGHT_COUNT]


class _SentenceSelector:
    """Selects sentences for the parts and builds the draft. No sentence is used twice, and no two near-duplicates."""

    def __init__(self, candidates: list[Candidate], paper_text: PaperText) -> None:
        self.candidates, self.paper_text = candidates, paper_text
        self.selection: list[Candidate] = []
        self.draft = Draft()

    def select(self, part: Part) -> list[Candidate]:
        """The best sentences for a part, in the order of the paper."""
        ranking = [(score, c) for c in self.candidates if (score := part.score(c)) is not None]
        ranking.sort(key=lambda pair: (-pair[0], pair[1].position))
        best: list[Candidate] = []
        for _, candidate in ranking:
            if len(best) == part.count:
                break
            if self.accept(candidate):
                best.append(candidate)
        return sorted(best, key=lambda c: c.position)

    def accept(self, candidate: Candidate) -> bool:
        """Add the sentence to the selection if it is new and grounded; return whether it was added."""
        if not (self._is_new(candidate) and self._is_grounded(candidate)):
            return False
        self.selection.append(candidate)
        return True

    def _is_new(self, candidate: Candidate) -> bool:
        for other in self.selection:
            both_in_abstract = candidate.kind == other.kind == "abstract"
            if other is candidate or _overlap(candidate.words, other.words) >= (
                ABSTRACT_DUPLICATE_OVERLAP if both_in_abstract else DUPLICATE_OVERLAP
            ):
                return False
        return True

    def _is_grounded(self, candidate: Candidate) -> bool:
        """Whether all numbers of the cleaned sentence are in its block; the same check as for a model's text."""
        quotes = [Quote(candidate.raw, candidate.block_id)]
        _, findings = evidence_for("", candidate.text, quotes, self.paper_text, check_names=False)
        return all(f.accepted for f in findings)

    def add_text(self, name: str, candidates: Sequence[Candidate], text: str | None = None) -> str | None:
        """The text of a field, with its evidence added to the draft; None when there are no candidates."""
        if not candidates:
            return None
        field_text = text or " ".join(c.text for c in candidates)
        quotes = [Quote(c.raw, c.block_id) for c in candidates]
        rows, findings = evidence_for(name, field_text, quotes, self.paper_text, check_names=False)
        self.draft.evidence += rows
        self.draft.numbers_total += sum(f.number is not None for f in findings)
        self.draft.numbers_grounded += sum(f.number is not None and f.accepted for f in findings)
        return field_text


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / (min(len(first), len(second)) or 1)


# --- parts -----------------------------------------------------------------------------------------------------------


def _result(candidate: Candidate, index: int, selector: _SentenceSelector) -> Result:
    finding = selector.add_text(f"results[{index}].finding", [candidate])
    datasets = [(m, n) for m, n in find_names(DATASET, candidate.text) if not MODEL_NAME.match(n)]
    datasets_with_number = [
        n for m, n in datasets if re.search(r"\d[\d.]*\s?(?:%|×|x)?\s\w*\s?$", candidate.text[: m.start()])
    ]
    baselines = [n for _, n in find_names(BASELINE, candidate.text)]
    return Result(
        dataset=next(iter(datasets_with_number or [n for _, n in datasets]), None),
        baseline=next(iter(baselines), None),
        finding=finding or candidate.text,
    )


def _innovation(candidate: Candidate, index: int, selector: _SentenceSelector) -> Innovation:
    text = selector.add_text(f"innovations[{index}].text", [candidate])
    title = candidate.heading if candidate.kind == "method" and 3 <= len(candidate.heading) <= 70 else None
    is_plain = (
        title is not None
        and not re.search(r"[\\$_{}\d]", title)
        and not re.fullmatch(
            (
                r"(?i)(?:our |the |proposed )*(?:methods?|methodology|approach|overview|preliminar\w+"
                r"|background|experiments?)"
            ),
            title,
        )
    )
    return Innovation(title=title if is_plain else None, text=text or candidate.text)


def _application_area(paper: Paper, selector: _SentenceSelector, candidates: Sequence[Candidate]) -> str | None:
    """The keywords of the listing, else the opening of the abstract."""
    if paper.ai_keywords:
        return "; ".join(dict.fromkeys(k.strip() for k in paper.ai_keywords[:5] if k.strip()))
    return selector.add_text("application_area", candidates)


def _contribution_short(title: str, contribution: str | None) -> str | None:
    """The title after its colon, else the beginning of the contribution."""
    _, colon, tail = title.partition(":")
    if colon and len(tail.split()) >= 3:
        return shorten(tail.strip(), MAX_CONTRIBUTION_SHORT)
    if contribution is None:
        return None
    return shorten(_remove_opening(contribution), MAX_CONTRIBUTION_SHORT)


_OPENING = re.compile(
    r"^(?:In this (?:paper|work|study|report|technical report), )?(?:(?:(?:we|this (?:paper|work)|I) "
    r"(?:propose|introduce|present|develop|study|describe|launch|release)s?\s)"
    r"|(?:we (?:[\w',-]+ ){1,13}?and (?:propose|introduce|present)\s(?=(?:an?|the|our)\s|(?-i:[A-Z]))))?(?=\S)",
    re.IGNORECASE,
)


def _remove_opening(text: str) -> str:
    """The sentence without an opening such as "In this paper, we propose"."""
    rest = _OPENING.sub("", text)
    return rest[0].upper() + rest[1:]


_CAPITALISED = re.compile(r"\b[A-Z](?=[A-Za-z]*[A-Z])[A-Za-z]++\b(?:-[A-Z][A-Za-z]*+\b)*+")  # GPT, ViT-Large


def _keywords(paper: Paper) -> list[str]:
    """The listing's keywords, else the most frequent capitalised terms of title and abstract."""
    if paper.ai_keywords:
        return list(dict.fromkeys(k.strip() for k in paper.ai_keywords if k.strip()))[:8]
    words = set(re.findall(r"[A-Za-z-]+", f"{paper.title} {paper.abstract}"))
    counts: dict[str, int] = {}
    for term in _CAPITALISED.findall(f"{paper.title} {paper.abstract}"):
        singular = term[:-1] if term.endswith("s") and term[:-1] in words else term
        counts[singular] = counts.get(singular, 0) + 1
    return sorted(counts, key=lambda t: (-counts[t], t))[:5]
