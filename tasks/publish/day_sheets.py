"""A date's snapshots as the site shows them: a sheet for each listed paper, and the lines that indexes are made of.

Of a reading the blocks' text is not read, only where the quoted ones stand: it is by far the largest column.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from papers.analysis_choice import analysis_in, chosen
from papers.models import (
    EDITIONS,
    Analysis,
    EditionName,
    Language,
    Model,
    Paper,
    Popularity,
    Reading,
    SetAside,
    Verdict,
)
from papers.store import Store
from papers.tables.parquet import SnapshotBroken, decode
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_snapshot
from papers.text import clean, clip

INPUTS = ("papers", "set_aside", "readings", "analyses", "curation", "popularity")
READING = tuple(name for name in Reading.model_fields if name != "blocks")
GIST = 220  # characters

State = Literal["done", "known", "not-read", "failed", "withdrawn", "not-analyzed", "analysis-failed", "budget"]


class PaperSummary(Model):
    """A paper as lists and indexes show it."""

    id: str
    title: str
    translated: str | None = None
    gists: dict[Language, str] = Field(default_factory=dict)
    directions: list[str] = Field(default_factory=list)
    tags: list[str] = Field(default_factory=list)
    organization: str | None = None
    upvotes: int | None = None
    stars: int | None = None
    score: float = 0.0
    rank: int | None = None
    rating: int | None = None
    picked: bool = False
    state: State = "done"
    source: str | None = None  # what it was read from


class DaySummary(Model):
    """A date as indexes show it: its new papers, and what became of all that it listed."""

    date: dt.date
    listed: int
    known: int
    set_aside: int
    read: dict[str, int]  # papers by source
    unread: int
    analyzed: int
    failed: int  # with a text, without an analysis
    numbers_total: int
    numbers_grounded: int
    models: list[str]
    captured_at: dt.datetime | None = None  # the latest capture of the list
    papers: list[PaperSummary]  # the new ones, best ranked first

    @property
    def picks(self) -> list[PaperSummary]:
        """What the curated post presents: three stars first, then by score."""
        return sorted((p for p in self.papers if p.picked), key=lambda p: (-(p.rating or 0), -p.score, p.id))


@dataclass
class Sheet:
    """All that a date's snapshots hold of one listed paper. Only a new paper has a reading and analyses."""

    paper: Paper
    reading: Reading | None = None  # its blocks left out
    analyses: dict[Language, Analysis] = field(default_factory=dict)
    verdict: Verdict | None = None
    captures: list[Popularity] = field(default_factory=list)  # oldest first
    sections: dict[str, str] = field(default_factory=dict)  # of quoted blocks: path of headings by block id

    @property
    def id(self) -> str:
        """The arXiv id."""
        return self.paper.arxiv_id

    @cached_property
    def title(self) -> str:
        """The title as listed; the id where nothing visible is left of it."""
        return clean(self.paper.title) or self.id

    @cached_property
    def translated(self) -> str | None:
        """The Chinese title that an analysis gives, where it is another than the listed one."""
        found = self.analyses.get("zh")
        title = clean(found.translated_title or "") if found else ""
        return title if title and title != self.title else None

    def analysis(self, language: Language) -> Analysis | None:
        """The analysis to print in `language`."""
        return analysis_in(language, self.analyses.values())

    @cached_property
    def state(self) -> State:
        """How far the paper came; "known": it was reported before and so not read again."""
        if self.paper.dedupe_kind != "new":
            return "known"
        analysis = self.analysis("en")
        if self.reading is None:
            return "done" if analysis and analysis.state == "done" else "not-read"
        if self.reading.state != "done":
            return self.reading.state
        if analysis is None:
            return "not-analyzed"
        states: dict[str, State] = {"done": "done", "failed": "analysis-failed", "budget": "budget"}
        return states[analysis.state]

    @property
    def reason(self) -> str:
        """Why the paper was not read or not analysed, as recorded; "" where nothing is."""
        if self.state in ("failed", "withdrawn") and self.reading:
            return self.reading.reason or ""
        row = self.analysis("en")
        return (row.reason or "") if row and self.state in ("analysis-failed", "budget") else ""

    def line(self) -> PaperSummary:
        """The paper's line for the indexes."""
        done = {k: a for k, a in self.analyses.items() if a.state == "done"}
        v = self.verdict
        return PaperSummary(
            id=self.id,
            title=self.title,
            translated=self.translated,
            gists={k: clip(text, GIST) for k, a in done.items() if (text := _gist(a, self.title))},
            directions=[d.name for d in v.directions] if v else [],
            tags=list(v.tags) if v else [],
            organization=clean(self.paper.organization or "") or None,
            upvotes=self.paper.upvotes,
            stars=self.paper.github_stars,
            score=v.score if v else 0.0,
            rank=v.rank if v else None,
            rating=v.rating if v else None,
            picked=v is not None and v.curated_decision == "pick" and self.state == "done",
            state=self.state,
            source=self.reading.source if self.reading and self.reading.state == "done" else None,
        )


def _gist(analysis: Analysis, title: str) -> str | None:
    """The contribution in few words; whole where the few words are the title's."""
    short = clean(analysis.contribution_short or "")
    return (None if short.rstrip(".") in title else short) or analysis.contribution or short or None


@dataclass
class DaySheets:
    """A date: its sheets in the order of the list, and the fingerprint of all that they were made of."""

    date: dt.date
    sheets: list[Sheet]
    set_aside: list[SetAside]
    fingerprint: str

    @cached_property
    def new(self) -> list[Sheet]:
        """The papers that no earlier day reported, the best ranked first."""
        found = [s for s in self.sheets if s.paper.dedupe_kind == "new"]
        return sorted(found, key=lambda s: ((s.verdict and s.verdict.rank) or 10**6, s.paper.position, s.id))

    @cached_property
    def known(self) -> list[Sheet]:
        """Repeats, updates and doubles, as listed."""
        return [s for s in self.sheets if s.paper.dedupe_kind != "new"]

    def line(self) -> DaySummary:
        """The date's line for the indexes."""
        analyses = [a for s in self.new for a in s.analyses.values()]
        read: dict[str, int] = defaultdict(int)
        for s in self.new:
            if s.reading and s.reading.state == "done" and s.reading.source:
                read[s.reading.source] += 1
        states = [s.state for s in self.new]
        return DaySummary(
            date=self.date,
            listed=len(self.sheets),
            known=len(self.known),
            set_aside=len(self.set_aside),
            read={k: read[k] for k in ("html", "pdf", "abs") if read[k]},
            unread=sum(s in ("not-read", "failed", "withdrawn") for s in states),
            analyzed=sum(s == "done" for s in states),
            failed=sum(s in ("not-analyzed", "analysis-failed", "budget") for s in states),
            numbers_total=sum(a.numbers_total for a in analyses),
            numbers_grounded=sum(a.numbers_grounded for a in analyses),
            models=sorted({a.model for a in analyses if a.state == "done"}),
            captured_at=max((s.paper.captured_at for s in self.sheets), default=None),
            papers=[s.line() for s in self.new],
        )


def edition_key(date: dt.date, name: EditionName, language: Language, suffix: str = "html") -> str:
    """Where the store keeps an edition."""
    return f"editions/{date.isoformat()}/{name}.{language}.{suffix}"


def fingerprint_of(store: Store, date: dt.date, languages: Sequence[Language]) -> str:
    """A hash over the bytes of all that a date's pages are made of."""
    found = hashlib.sha256()
    keys = [key_of(dataset, date) for dataset in INPUTS]
    keys += [edition_key(date, name, language) for name in EDITIONS for language in languages]
    for key in keys:
        found.update(hashlib.sha256(store.get(key) or b"").digest())
    return found.hexdigest()[:32]


def load_sheets(store: Store, date: dt.date, languages: Sequence[Language]) -> DaySheets | None:
    """The sheets of a date, or None when it was never run to its end. Raises SnapshotBroken for a file that is none."""
    verdicts = read_snapshot(store, "curation", date, Verdict)
    papers = read_snapshot(store, "papers", date, Paper)
    if verdicts is None or papers is None:
        return None
    readings, places = _readings(store, date)
    analyses: dict[str, dict[Language, Analysis]] = defaultdict(dict)
    for row in chosen(read_snapshot(store, "analyses", date, Analysis) or []):
        analyses[row.arxiv_id][row.language] = row
    captures: dict[str, list[Popularity]] = defaultdict(list)
    for capture in read_snapshot(store, "popularity", date, Popularity) or []:
        captures[capture.arxiv_id].append(capture)
    judged = {v.arxiv_id: v for v in verdicts}
    sheets, first = [], set[str]()
    order = ("new", "update", "repeat", "in-day")
    for p in sorted(papers, key=lambda p: (order.index(p.dedupe_kind), p.position)):
        sheet = Sheet(paper=p, captures=sorted(captures[p.arxiv_id], key=lambda c: c.captured_at))
        if p.arxiv_id not in first:  # a double under the same id has the verdict of the first
            sheet.verdict = judged.get(p.arxiv_id)
        if p.dedupe_kind == "new" and p.arxiv_id not in first:
            sheet.reading = readings.get(p.arxiv_id)
            sheet.analyses = analyses[p.arxiv_id]
            quoted = {e.block_id for a in sheet.analyses.values() for e in a.evidence if e.block_id}
            sheet.sections = {b: s for b, s in places.get(p.arxiv_id, {}).items() if b in quoted}
        first.add(p.arxiv_id)
        sheets.append(sheet)
    sheets.sort(key=lambda s: (s.paper.position, s.id))
    aside = sorted(read_snapshot(store, "set_aside", date, SetAside) or [], key=lambda a: a.position)
    return DaySheets(date, sheets, aside, fingerprint_of(store, date, languages))


def _readings(store: Store, date: dt.date) -> tuple[dict[str, Reading], dict[str, dict[str, str]]]:
    """The readings without their blocks, and the section of every block by paper and block id."""
    key = key_of("readings", date)
    data = store.get(key)
    if data is None:
        return {}, {}
    rows: list[dict[str, Any]] = decode("readings", data, key, READING)
    try:
        names = ["arxiv_id", "blocks.list.element.id", "blocks.list.element.section"]
        table = pq.ParquetFile(BytesIO(data)).read(columns=names)
    except (pa.ArrowException, OSError) as error:
        raise SnapshotBroken(f"{key} cannot be read as a snapshot of readings: {error}") from error
    places = {row["arxiv_id"]: {b["id"]: b["section"] for b in row["blocks"]} for row in table.to_pylist()}
    return {row["arxiv_id"]: Reading.model_validate(row) for row in rows}, places
