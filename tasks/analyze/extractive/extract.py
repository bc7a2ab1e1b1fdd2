"""The analysis without a model: the paper's own sentences, chosen for each part by cues, place, numbers and centrality.

Nothing is written but the next action, which follows a rule; a part that the paper has no sentence for stays empty.
Every sentence is printed once, and its numbers go through the same grounding as a model's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from papers.analysis_choice import next_action
from papers.models import Innovation, Language, Paper, Reading, Result, Usage
from tasks.analyze.drafts import ABSTRACT_SHORT, Draft, evidence_for, openness, shorten
from tasks.analyze.extractive.cues import PARTS, RESULT, of_the_field
from tasks.analyze.extractive.entity_names import _BASELINE, _DATASET, _MODEL_NAME, _named, short_name
from tasks.analyze.extractive.part import Part
from tasks.analyze.extractive.section_kinds import section_kind
from tasks.analyze.extractive.sentence_cleanup import candidates, speaks_of_another
from tasks.analyze.grounding.number_check import Quote
from tasks.analyze.grounding.paper_text import Source

VERSION = "extractive-3"
HIGHLIGHTS = 3
SHORT = 90  # characters of contribution_short
MOST = 400  # sentences that are looked at; the rest of a very long paper is appendix by then
APPENDIX = 200  # sentences after which an appendix is not looked at any more
TWIN = 0.5  # share of words from which two sentences say the same
TWIN_ABSTRACT = 0.8  # of two of the abstract, which says nothing twice


@dataclass(frozen=True)
class Candidate:
    """A sentence that can stand alone."""

    text: str  # clean
    raw: str  # as the block has it
    block_id: str
    kind: str  # of its section: "abstract", "introduction", "method", "results", "conclusion", "limitations", ...
    heading: str  # of its subsection
    item: bool  # an item of a list
    place: int
    words: frozenset[str]
    centrality: float  # share of its words that title and abstract have, 0 to 1
    figures: int  # numbers with a unit or a decimal point
    anaphoric: bool  # begins with "it" or the like; of the abstract alone


def extract(paper: Paper, reading: Reading, language: Language, source: Source) -> Draft:
    """The fields of an analysis and the evidence for each sentence.

    The sentences are the same in both languages; only the next action is written, in `language`.
    """
    chosen = _Choice(list(_candidates(paper, reading)), source)
    made: dict[str, Any] = {"directions": [], "translated_title": None}
    picked: dict[str, list[Candidate]] = {}
    for part in PARTS:
        unneeded = (part.name == "contribution_any" and picked["contribution"]) or (
            part.name == "application_area" and paper.ai_keywords
        )
        picked[part.name] = [] if unneeded else chosen.pick(part)
    picked["contribution"] = picked["contribution"] or picked["contribution_any"]
    _more_of_the_abstract(picked, chosen)
    one = {name: (found[0].text if found else None) for name, found in picked.items()}
    for name in ("contribution", "insight", "limitations", "suited_for"):
        made[name] = chosen.note(name, picked[name])
    made["results"] = [_result(c, i, chosen) for i, c in enumerate(picked["results"])]
    made["innovations"] = [_innovation(c, i, chosen) for i, c in enumerate(picked["innovations"])]
    made["highlights"] = [chosen.note(f"highlights[{i}]", [c]) for i, c in enumerate(_highlights(picked))]
    made["usage"] = Usage(**{n[6:]: chosen.note(n, found) for n, found in picked.items() if n.startswith("usage.")})
    short = picked["contribution"]
    made["abstract_short"] = (
        chosen.note("abstract_short", short, shorten(_without_opening(short[0].text), ABSTRACT_SHORT))
        if short
        else None
    )
    made["application_area"] = _area(paper, chosen, picked["application_area"])
    made["short_name"] = short_name(paper.title, paper.abstract)
    made["contribution_short"] = _contribution_short(paper.title, one["contribution"])
    made["keywords"] = _keywords(paper)
    made["topic"] = next((k for k in made["keywords"] if len(k) > 2 and k != made["short_name"]), None)
    made["next_action"] = next_action(openness(paper, reading), language)
    chosen.draft.fields = made
    return chosen.draft


_NUMBERED = re.compile(r"^(?:[A-Z]?\.?\d[\d.]*|[IVX]+\b\.?|[A-Z]\.)\s+")

# --- candidates ------------------------------------------------------------------------------------------------------


def _candidates(paper: Paper, reading: Reading) -> Iterable[Candidate]:
    central = _words(f"{paper.title} {paper.abstract}")
    place = 0
    for block in reading.blocks:
        if block.kind not in ("paragraph", "list_item"):
            continue
        kind = section_kind(block.section, block.id)
        if kind in ("related", "other-matter") or place >= MOST or (kind == "appendix" and place > APPENDIX):
            continue
        heading = _NUMBERED.sub("", block.section.rpartition(">")[2].strip())
        for text, raw in candidates(block, abstract=kind == "abstract"):
            words = _words(text)
            yield Candidate(
                text=text,
                raw=raw,
                block_id=block.id,
                kind=kind,
                heading=heading,
                item=block.kind == "list_item",
                place=place,
                words=words,
                centrality=len(words & central) / (len(words) or 1),
                figures=len(re.findall(r"\d+\.\d+|\d\s?(?:%|×|x\b)", text)),
                anaphoric=speaks_of_another(text),
            )
            place += 1


_COMMON = frozenset(
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


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[a-z]{3,}", text.lower())) - _COMMON


def _more_of_the_abstract(picked: dict[str, list[Candidate]], chosen: _Choice) -> None:
    """Give results and innovations what they lack, where little more than an abstract was read.

    After the contribution an abstract tells findings, which RESULT knows, and ideas, which are the rest.
    """
    after = picked["contribution"][0].place if picked["contribution"] else 0
    rest = [c for c in chosen.pool if c.kind == "abstract" and c.place > after and not of_the_field(c.text)]
    for name, most, finding in (("results", 1, True), ("innovations", 2, False)):
        for c in rest:
            if len(picked[name]) < most and bool(RESULT.search(c.text)) is finding and chosen.take(c):
                picked[name].append(c)


def _highlights(picked: dict[str, list[Candidate]]) -> list[Candidate]:
    """Three sentences of other parts, findings and ideas in turn: no edition prints a highlight and its part."""
    results, ideas = picked["results"], picked["innovations"]
    pairs = [c for pair in zip_longest(results, ideas) for c in pair if c is not None]
    return [*pairs, *picked["insight"]][:HIGHLIGHTS]


class _Choice:
    """What has been chosen so far: no sentence twice, nor two that say the same."""

    def __init__(self, pool: list[Candidate], source: Source) -> None:
        self.pool, self.source = pool, source
        self.used: list[Candidate] = []
        self.draft = Draft()

    def pick(self, part: Part) -> list[Candidate]:
        """The best sentences for a part, in the paper's order."""
        scored = [(score, c) for c in self.pool if (score := part.score(c)) is not None]
        scored.sort(key=lambda pair: (-pair[0], pair[1].place))
        found: list[Candidate] = []
        for _, candidate in scored:
            if len(found) == part.count:
                break
            if self.take(candidate):
                found.append(candidate)
        return sorted(found, key=lambda c: c.place)

    def take(self, candidate: Candidate) -> bool:
        """Whether the sentence is new and grounded; then it is used."""
        if not (self._fresh(candidate) and self._grounded(candidate)):
            return False
        self.used.append(candidate)
        return True

    def _fresh(self, candidate: Candidate) -> bool:
        for other in self.used:
            both = candidate.kind == other.kind == "abstract"
            if other is candidate or _overlap(candidate.words, other.words) >= (TWIN_ABSTRACT if both else TWIN):
                return False
        return True

    def _grounded(self, candidate: Candidate) -> bool:
        """Whether the clean sentence has only what the block has; the same check as for a model's."""
        quotes = [Quote(candidate.raw, candidate.block_id)]
        _, findings = evidence_for("", candidate.text, quotes, self.source, names=False)
        return all(f.accepted for f in findings)

    def note(self, name: str, found: Sequence[Candidate], text: str | None = None) -> str | None:
        """The text for a field, its evidence noted; None without a sentence."""
        if not found:
            return None
        printed = text or " ".join(c.text for c in found)
        quotes = [Quote(c.raw, c.block_id) for c in found]
        rows, findings = evidence_for(name, printed, quotes, self.source, names=False)
        self.draft.evidence += rows
        self.draft.total += sum(f.number is not None for f in findings)
        self.draft.grounded += sum(f.number is not None and f.accepted for f in findings)
        return printed


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (min(len(one), len(other)) or 1)


# --- parts -----------------------------------------------------------------------------------------------------------


def _result(candidate: Candidate, index: int, chosen: _Choice) -> Result:
    finding = chosen.note(f"results[{index}].finding", [candidate])
    datasets = [(m, n) for m, n in _named(_DATASET, candidate.text) if not _MODEL_NAME.match(n)]
    measured = [n for m, n in datasets if re.search(r"\d[\d.]*\s?(?:%|×|x)?\s\w*\s?$", candidate.text[: m.start()])]
    baselines = [n for _, n in _named(_BASELINE, candidate.text)]
    return Result(
        dataset=next(iter(measured or [n for _, n in datasets]), None),
        baseline=next(iter(baselines), None),
        finding=finding or candidate.text,
    )


def _innovation(candidate: Candidate, index: int, chosen: _Choice) -> Innovation:
    text = chosen.note(f"innovations[{index}].text", [candidate])
    title = candidate.heading if candidate.kind == "method" and 3 <= len(candidate.heading) <= 70 else None
    plain = (
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
    return Innovation(title=title if plain else None, text=text or candidate.text)


def _area(paper: Paper, chosen: _Choice, found: Sequence[Candidate]) -> str | None:
    """The listing's keywords, which are what the site says the paper is about; else the abstract's opening."""
    if paper.ai_keywords:
        return "; ".join(dict.fromkeys(k.strip() for k in paper.ai_keywords[:5] if k.strip()))
    return chosen.note("application_area", found)


def _contribution_short(title: str, contribution: str | None) -> str | None:
    """What the title says after its colon; else the beginning of the contribution."""
    _, colon, tail = title.partition(":")
    if colon and len(tail.split()) >= 3:
        return shorten(tail.strip(), SHORT)
    if contribution is None:
        return None
    return shorten(_without_opening(contribution), SHORT)


_OPENING = re.compile(
    r"^(?:In this (?:paper|work|study|report|technical report), )?(?:(?:(?:we|this (?:paper|work)|I) "
    r"(?:propose|introduce|present|develop|study|describe|launch|release)s?\s)"
    r"|(?:we (?:[\w',-]+ ){1,13}?and (?:propose|introduce|present)\s(?=(?:an?|the|our)\s|(?-i:[A-Z]))))?(?=\S)",
    re.IGNORECASE,
)


def _without_opening(text: str) -> str:
    """A sentence without "In this paper, we propose"."""
    start = _OPENING.sub("", text)
    return start[0].upper() + start[1:]


def _keywords(paper: Paper) -> list[str]:
    """The listing's, else the capitalised terms that the abstract has most."""
    if paper.ai_keywords:
        return list(dict.fromkeys(k.strip() for k in paper.ai_keywords if k.strip()))[:8]
    words = set(re.findall(r"[A-Za-z-]+", f"{paper.title} {paper.abstract}"))
    counts: dict[str, int] = {}
    for term in re.findall(r"\b[A-Z][A-Za-z]*[A-Z][A-Za-z]*(?:-[A-Z][A-Za-z]*)*\b", f"{paper.title} {paper.abstract}"):
        single = term[:-1] if term.endswith("s") and term[:-1] in words else term
        counts[single] = counts.get(single, 0) + 1
    return sorted(counts, key=lambda t: (-counts[t], t))[:5]
