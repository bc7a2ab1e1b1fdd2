"""A row of the day's list with all that is known of it: how far it came, and what an edition may say of it.

Facts only, in no language: how they are worded stands in the templates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import BaseModel

from papers.analysis_choice import EXTRACTIVE
from papers.models import (
    Analysis,
    Attempt,
    EvidenceStatus,
    Language,
    Openness,
    Paper,
    Reading,
    ReadingSource,
    Verdict,
)
from papers.text import clean, clip

HF_PAGE = "https://huggingface.co/papers"
ARXIV_PAGE = "https://arxiv.org/abs"
CHINESE_BOUND = 0.3  # a model's Chinese analysis with a smaller share of Chinese text is marked

State = Literal["done", "known", "not-read", "failed", "withdrawn", "not-analyzed", "analysis-failed", "budget"]
BEST_FIRST: tuple[ReadingSource, ...] = ("html", "pdf", "abs")
_MARK = re.compile(r"\s?(?:〔未核对〕|\[unverified\])")  # behind a number that stands unverified in the text
_TWIN = re.compile(r"like (\S+), picked on (\d{4}-\d\d-\d\d): likeness ([\d.]+)")  # as curation words its reason
_SOUND: tuple[EvidenceStatus, ...] = ("grounded", "derived")


@dataclass(frozen=True)
class Doubt:
    """A number or a name of an analysis that the paper does not bear out; `kept`: it still stands in the text."""

    text: str  # the number, or the name
    unit: str  # "none" for a name
    status: EvidenceStatus
    other_paper: str | None
    kept: bool


@dataclass(frozen=True)
class TwinPick:
    """The pick that a paper is too like to be picked itself."""

    arxiv_id: str
    date: dt.date
    likeness: str  # 0 to 1, two decimals


@dataclass(frozen=True)
class PaperEntry:
    """A row of the day's list with all that is known of it. Only a new paper has a reading and an analysis."""

    paper: Paper
    reading: Reading | None
    analysis: Analysis | None
    verdict: Verdict | None
    language: Language
    directions: list[str]  # as the profile calls them in this language

    @property
    def id(self) -> str:
        """The arXiv id."""
        return self.paper.arxiv_id

    @cached_property
    def title(self) -> str:
        """The title as listed; the id where nothing visible is left of it."""
        return clean(self.paper.title) or self.id

    @cached_property
    def full_title(self) -> str:
        """The Chinese title with the listed one in brackets, where there is one in this language."""
        translated = clean(self.analysis.translated_title or "") if self.analysis else ""
        same = self.language != "zh" or self.borrowed or not translated or translated == self.title
        return self.title if same else f"{translated} ({self.title})"

    @cached_property
    def short_name(self) -> str:
        """The name that the analysis gives the work, else the title up to its colon."""
        name = clean(self.analysis.short_name or "") if self.analysis else ""
        return name or clip(self.title.split(": ")[0].split("：")[0], 60)

    @property
    def hf_url(self) -> str | None:
        """The paper's page on the list's site; none for a paper that another source listed."""
        return None if self.paper.source.startswith("arxiv") else f"{HF_PAGE}/{self.id}"

    @property
    def arxiv_url(self) -> str:
        """The paper's page on arXiv."""
        return f"{ARXIV_PAGE}/{self.id}"

    @property
    def borrowed(self) -> bool:
        """Whether the analysis is in the other language."""
        return self.analysis is not None and self.analysis.language != self.language

    @property
    def other_original(self) -> str | None:
        """The id that an earlier paper was listed under, where it was another one."""
        return self.paper.duplicate_of if self.paper.duplicate_of != self.id else None

    @cached_property
    def state(self) -> State:
        """How far the paper came; "known": it was reported before and so not read again."""
        if self.paper.dedupe_kind != "new":
            return "known"
        if self.reading is None:
            return "done" if self.analysis and self.analysis.state == "done" else "not-read"
        if self.reading.state != "done":
            return self.reading.state
        if self.analysis is None:
            return "not-analyzed"
        states: dict[str, State] = {"done": "done", "failed": "analysis-failed", "budget": "budget"}
        return states[self.analysis.state]

    @property
    def twin(self) -> TwinPick | None:
        """The pick that the curated post's reason names, where the paper is a near duplicate of one."""
        found = _TWIN.match(self.verdict.curated_reason) if self.verdict else None
        return TwinPick(found[1], dt.date.fromisoformat(found[2]), found[3]) if found else None

    @property
    def reason(self) -> str:
        """Why the paper was not read or not analysed, as recorded; "" where nothing is."""
        if self.state in ("failed", "withdrawn") and self.reading:
            return self.reading.reason or ""
        if self.state in ("analysis-failed", "budget") and self.analysis:
            return self.analysis.reason or ""
        return ""

    @property
    def from_listing(self) -> bool:
        """Whether what was read is the list's own abstract and no page of arXiv's."""
        r = self.reading
        return r is not None and r.source == "abs" and "/abs/" not in (r.url or "")

    @cached_property
    def refusals(self) -> list[Attempt]:
        """The last attempt at each source better than the one that was read, or at every one when none was."""
        if self.reading is None:
            return []
        taken = self.reading.source if self.reading.state == "done" else None
        better = BEST_FIRST[: BEST_FIRST.index(taken)] if taken else BEST_FIRST
        last = {a.source: a for a in self.reading.attempts if a.outcome != "accepted"}
        return [last[source] for source in better if source in last]

    @cached_property
    def doubts(self) -> list[Doubt]:
        """The numbers and names of the analysis that did not pass the check, each once."""
        evidence = self.analysis.evidence if self.analysis else []
        found: dict[tuple[str, str, EvidenceStatus], Doubt] = {}
        for e in evidence:
            if (e.number is None and e.status != "unsupported") or e.status in _SOUND:
                continue
            if e.number is None:
                kept = any(clean(e.text) in s for s in self._statements)
                doubt = Doubt(clean(e.text), "none", e.status, None, kept)
            else:
                kept = clean(e.text) in self._statements
                doubt = Doubt(e.number, e.unit or "none", e.status, e.other_paper, kept)
            found.setdefault((doubt.text, doubt.unit, doubt.status), doubt)
        return list(found.values())

    def doubted(self, text: str) -> bool:
        """Whether the statement `text` holds a number that did not pass, and bears no mark that says so."""
        return clean(text) in self._doubted_statements

    @cached_property
    def _statements(self) -> frozenset[str]:
        found = _strings(self.analysis) if self.analysis else ()
        return frozenset(clean(_MARK.sub("", s)) for s in found)

    @cached_property
    def _doubted_statements(self) -> frozenset[str]:
        evidence = self.analysis.evidence if self.analysis else []
        return frozenset(clean(e.text) for e in evidence if e.number is not None and e.status not in _SOUND)

    @property
    def short_of_chinese(self) -> bool:
        """Whether a model's Chinese analysis has too little Chinese in it."""
        a = self.analysis
        return (
            a is not None
            and a.language == "zh"
            and a.model != EXTRACTIVE
            and a.language_share is not None
            and a.language_share < CHINESE_BOUND
        )

    @cached_property
    def gist(self) -> str | None:
        """The contribution in few words, or as it is."""
        return (self.analysis.contribution_short or self.analysis.contribution) if self.analysis else None

    @property
    def code_url(self) -> str | None:
        """Where the code is, by the page or else the listing."""
        return (self.analysis.openness.code_url if self.analysis else None) or self.paper.github_url

    @property
    def project_url(self) -> str | None:
        """Where the project is, by the page or else the listing."""
        return (self.analysis.openness.project_url if self.analysis else None) or self.paper.project_url

    @property
    def open_links(self) -> list[tuple[str, str | None]]:
        """What is open and where, by kind."""
        found = self.analysis.openness if self.analysis else Openness()
        return [
            ("code", self.code_url),
            ("weights", found.weights_url),
            ("data", found.data_url),
            ("project", self.project_url),
        ]

    @property
    def stars(self) -> int | None:
        """The repository's stars as the snapshot of the list has them."""
        given = self.paper.github_stars
        return given if given is not None or self.analysis is None else self.analysis.openness.stars


def _strings(value: object) -> Iterable[str]:
    """All texts of an analysis that an edition may print; what is recorded as evidence is none of them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name != "evidence":
                yield from _strings(getattr(value, name))
