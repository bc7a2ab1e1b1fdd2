"""A paper of the day's list with its reading, analysis and verdict, as editions print it.

Only facts that are independent of language; the wording is in the templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import BaseModel

from papers.analysis_choice import EXTRACTIVE, is_abstract_only, is_stand_in
from papers.models import (
    READING_SOURCES,
    Analysis,
    Attempt,
    EvidenceStatus,
    Language,
    Openness,
    Paper,
    Reading,
    Verdict,
)
from papers.paper_urls import arxiv_page, hugging_face_page, public_address, work_links
from papers.plain_latex import whole_abstract
from papers.reasons import digest_end_text, reason_pieces, reason_text
from papers.text import clean, title_or_id
from papers.topics import shown_directions, topic_line, topics_of
from papers.work_names import name_of_work

NOT_FOUND = 404
MAX_RESULT = 330  # characters of a result in a table
# What a sentence of a paper says that tells an outcome without a figure; what makes it depend on another sentence.
_OUTCOME = re.compile(
    r"\b(?:outperform|improv|achiev|surpass|exceed|reduc|increas|state-of-the-art|f(?:i|ou)nd that"
    r"|show|reveal|demonstrat)",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?<![\w.-])\d[\d,]*(?:\.\d+)?\s?(?:%|×|x\b|points?\b|times\b)|(?<![\w.-])\d+\.\d+(?![\w.])")
_BACKWARD = re.compile(r"\b(?:this|these|such|those)\b", re.IGNORECASE)
_GIST_OPENING, _GIST_CORE, _MAX_LEAD = 12, 52, 40  # characters: "We introduce", a part to find again, what precedes it
MIN_CHINESE_SHARE = 0.3  # a model's Chinese analysis with a smaller share of Chinese text gets a note

State = Literal["done", "known", "not-read", "failed", "withdrawn", "not-analyzed", "analysis-failed", "budget"]
# After an unverified number that was kept in the text.
_UNVERIFIED_MARK = re.compile(r"\s?(?:〔未核对〕|\[unverified\])")
_SUPPORTED: tuple[EvidenceStatus, ...] = ("grounded", "derived")


@dataclass(frozen=True)
class Doubt:
    """A number or a name of an analysis that the paper does not support; `kept`: it is still in the text."""

    text: str  # the number, or the name
    unit: str  # "none" for a name
    status: EvidenceStatus
    other_paper: str | None
    kept: bool


@dataclass(frozen=True)
class PaperEntry:
    """A paper of the day's list with its results. Only a new paper has a reading and an analysis."""

    paper: Paper
    reading: Reading | None
    analysis: Analysis | None
    verdict: Verdict | None
    language: Language
    labels: Mapping[str, str]  # of its directions, as the profile calls them in this language

    @property
    def id(self) -> str:
        """The arXiv id."""
        return self.paper.arxiv_id

    @cached_property
    def title(self) -> str:
        """The title as listed; the id if the title has no visible text."""
        return title_or_id(self.paper.title, self.id)

    @cached_property
    def full_title(self) -> str:
        """The listed title; a Chinese edition puts the translated title before it, if there is one."""
        translated = clean(self.analysis.translated_title or "") if self.analysis else ""
        same = self.language != "zh" or self.borrowed or not translated or translated == self.title
        return self.title if same else f"{translated} ({self.title})"

    @cached_property
    def short_name(self) -> str:
        """The name of the work, else the title up to its colon."""
        return name_of_work(self.analysis, self.title)

    @property
    def hf_url(self) -> str | None:
        """The paper's page on Hugging Face; None for a paper listed from arXiv."""
        return hugging_face_page(self.paper)

    @property
    def arxiv_url(self) -> str:
        """The paper's page on arXiv."""
        return arxiv_page(self.id)

    @property
    def document_url(self) -> str | None:
        """The public address of the document that was read."""
        return public_address(self.reading.url) if self.reading and self.reading.url else None

    @property
    def borrowed(self) -> bool:
        """Whether the analysis is in the other language."""
        return self.analysis is not None and self.analysis.language != self.language

    @property
    def other_original(self) -> str | None:
        """The id of the paper that this one duplicates, if it is another id."""
        return self.paper.duplicate_of if self.paper.duplicate_of != self.id else None

    @cached_property
    def state(self) -> State:
        """The processing state; "known": an earlier day reported the paper, so it was not read again."""
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
    def why(self) -> list[tuple[str, str | None]]:
        """Why the curated post presents the paper or leaves it out, as pieces of text with their addresses."""
        if self.verdict is None:
            return []
        return reason_pieces(self.verdict.curated, self.language, self.labels)

    @property
    def why_hidden(self) -> str:
        """Why the ranked digest does not show the paper."""
        return reason_text(self.verdict.ranked if self.verdict else None, self.language)

    @property
    def digest_end(self) -> str | None:
        """Where the ranked digest ends, if the paper stands after its end."""
        return digest_end_text(self.verdict.ranked if self.verdict else None, self.language)

    @property
    def reason(self) -> str:
        """Why the paper was not read or not analysed; "" if there is no reason on record."""
        if self.state in ("failed", "withdrawn") and self.reading:
            return reason_text(self.reading.reason, self.language)
        if self.state in ("analysis-failed", "budget") and self.analysis:
            return reason_text(self.analysis.reason, self.language)
        return ""

    @property
    def stand_in_reason(self) -> str:
        """Why an extract takes the place of a model's analysis; "" if it does not."""
        return reason_text(self.analysis.reason, self.language) if self.analysis and is_stand_in(self.analysis) else ""

    def removed(self, name: str) -> bool:
        """Whether the check removed a text of the field `name`, or an item of that list; the paper has one then."""
        evidence = self.analysis.evidence if self.analysis else []
        return any(e.status not in _SUPPORTED and re.split(r"[.\[]", e.field)[0] == name for e in evidence)

    @property
    def from_listing(self) -> bool:
        """Whether the text comes from the abstract in the list, not from a page of arXiv."""
        r = self.reading
        return r is not None and r.source == "abs" and "/abs/" not in (r.url or "")

    @property
    def abstract_only(self) -> bool:
        """Whether only the abstract was read, and no model: then the abstract stands in place of the parts."""
        return is_abstract_only(self.reading, self.analysis)

    @property
    def plain_extract(self) -> bool:
        """Whether it is an extract of which nothing is to be said: it is no stand-in, all numbers passed."""
        a = self.analysis
        return a is not None and a.model == EXTRACTIVE and not (self.stand_in_reason or self.borrowed or self.doubts)

    @cached_property
    def directions(self) -> list[str]:
        """The labels of its main directions, those that the title names first."""
        return [self.labels[d.name] for d in shown_directions(self.verdict.directions if self.verdict else [])]

    @property
    def topics(self) -> str:
        """What the paper is about; "" if nothing says it."""
        return topic_line(self._topics, self.language)

    @property
    def main_topics(self) -> str:
        """What the paper is about, in one or two words for a table; "" if nothing says it."""
        return topic_line((self._topics or self.directions)[:2], self.language)

    @cached_property
    def _topics(self) -> list[str]:
        directions = self.verdict.directions if self.verdict else []
        return topics_of(self.analysis, directions, self.labels, self.language)

    @cached_property
    def abstract(self) -> str:
        """The listed abstract, whole, without LaTeX; "" if there is none."""
        return whole_abstract(self.paper.abstract, self.analysis.short_name if self.analysis else None)

    @cached_property
    def refusals(self) -> list[Attempt]:
        """The last attempt at each source that ranks before the one that was read; at all sources if none was read."""
        if self.reading is None:
            return []
        source_read = self.reading.source if self.reading.state == "done" else None
        better = READING_SOURCES[: READING_SOURCES.index(source_read)] if source_read else READING_SOURCES
        last = {a.source: a for a in self.reading.attempts if a.outcome != "accepted"}
        return [last[source] for source in better if source in last]

    @cached_property
    def notable_refusals(self) -> list[Attempt]:
        """The refusals but those of what arXiv does not have; of a paper that could not be read, all."""
        is_read = self.reading is not None and self.reading.state == "done"
        return [a for a in self.refusals if not is_read or a.status != NOT_FOUND]

    @property
    def only_listed(self) -> bool:
        """Whether the listed abstract was read because arXiv has neither HTML nor PDF of the paper."""
        return self.from_listing and bool(self.refusals) and not self.notable_refusals

    @cached_property
    def doubts(self) -> list[Doubt]:
        """The numbers and names of the analysis that failed the check, without duplicates."""
        evidence = self.analysis.evidence if self.analysis else []
        doubts: dict[tuple[str, str, EvidenceStatus], Doubt] = {}
        for e in evidence:
            if (e.number is None and e.status != "unsupported") or e.status in _SUPPORTED:
                continue
            if e.number is None:
                name = clean(e.text)
                in_text = any(name in s for s in self._statements)
                doubt = Doubt(name, "none", e.status, None, in_text)
            else:
                in_text = clean(e.text) in self._statements
                doubt = Doubt(e.number, e.unit or "none", e.status, e.other_paper, in_text)
            doubts.setdefault((doubt.text, doubt.unit, doubt.status), doubt)
        return list(doubts.values())

    def doubted(self, text: str) -> bool:
        """Whether the statement `text` has a number that failed the check, and no mark that says so."""
        return clean(text) in self._doubted_statements

    @cached_property
    def _statements(self) -> frozenset[str]:
        texts = _strings(self.analysis) if self.analysis else ()
        return frozenset(clean(_UNVERIFIED_MARK.sub("", s)) for s in texts)

    @cached_property
    def _doubted_statements(self) -> frozenset[str]:
        evidence = self.analysis.evidence if self.analysis else []
        return frozenset(clean(e.text) for e in evidence if e.number is not None and e.status not in _SUPPORTED)

    @property
    def short_of_chinese(self) -> bool:
        """Whether a model's Chinese analysis has too little Chinese in it."""
        a = self.analysis
        return (
            a is not None
            and a.language == "zh"
            and a.model != EXTRACTIVE
            and a.language_share is not None
            and a.language_share < MIN_CHINESE_SHARE
        )

    @property
    def in_own_words(self) -> bool:
        """Whether the analysis is in the edition's language: an extract is in English, in a Chinese edition too."""
        a = self.analysis
        return a is not None and a.language == self.language and (self.language == "en" or a.model != EXTRACTIVE)

    @property
    def by_model(self) -> bool:
        """Whether a language model wrote the analysis."""
        return self.analysis is not None and self.analysis.model != EXTRACTIVE

    @property
    def must_read(self) -> bool:
        """Whether the paper has three stars."""
        return self.verdict is not None and self.verdict.rating == 3

    @property
    def gist(self) -> str | None:
        """What the paper does in one sentence, for a list or a table."""
        return self.analysis.gist if self.analysis else None

    @property
    def opens_with_gist(self) -> bool:
        """Whether the abstract begins with the sentence of the gist, so that it need not be said before."""
        core = clean(self.gist or "").casefold()[_GIST_OPENING:_GIST_CORE]
        return 0 <= self.abstract.casefold().find(core) <= _MAX_LEAD

    @property
    def main_result(self) -> str | None:
        """The result that a table can hold, one with a figure first; the gist where there is none."""
        if self.analysis is None:
            return None
        findings = [r.finding for r in self.analysis.results if len(r.finding) <= MAX_RESULT]
        outcomes = [*findings, *self.analysis.highlights]
        with_figure = [text for text in outcomes if _FIGURE.search(text)]
        plain = findings if self.by_model else [t for t in outcomes if _OUTCOME.search(t) and not _BACKWARD.search(t)]
        return next(iter([*with_figure, *plain]), self.gist)

    @cached_property
    def open_links(self) -> dict[str, str]:
        """The canonical addresses of code, weights, data and project, by kind, each address once."""
        return work_links(self.paper, self.analysis.openness if self.analysis else Openness())

    @property
    def stars(self) -> int | None:
        """The repository's stars, from the snapshot of the list or else from the analysis."""
        listed = self.paper.github_stars
        return listed if listed is not None or self.analysis is None else self.analysis.openness.stars


def _strings(value: object) -> Iterable[str]:
    """All texts of an analysis that an edition may print, without its evidence."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name not in ("evidence", "rows"):
                yield from _strings(getattr(value, name))
