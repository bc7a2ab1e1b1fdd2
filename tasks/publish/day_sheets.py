"""A date's snapshots as the site shows them: a sheet for each listed paper, and the summaries for the index pages.

The text of a reading's blocks is not loaded, because it is by far the largest column: only the sections of quoted
blocks are.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from typing import Any, get_args

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field

from papers.analysis_choice import EXTRACTIVE, best_analyses
from papers.day import Day
from papers.day_view import view_of
from papers.models import (
    EDITIONS,
    READING_SOURCES,
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
from papers.paper_entry import PaperEntry, State
from papers.profile import Profile
from papers.store import Store
from papers.tables.parquet import SnapshotBroken, decode
from papers.tables.snapshot_keys import key_of
from papers.tables.snapshots import read_snapshot
from papers.text import clean, clip

INPUTS = ("papers", "set_aside", "readings", "analyses", "curation", "popularity")
READING_COLUMNS = tuple(name for name in Reading.model_fields if name != "blocks")
GIST_LENGTH = 220  # characters


class PaperSummary(Model):
    """A paper as lists and index pages show it."""

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
    pick_score: float | None = None
    picked: bool = False
    state: State = "done"
    source: str | None = None  # the source that was read


class DaySummary(Model):
    """A date as index pages show it: its new papers, and the counts of all listed ones."""

    date: dt.date
    listed: int
    known: int
    set_aside: int
    read: dict[str, int]  # papers by source
    unread: int
    analyzed: int
    failed: int  # papers with a text but without an analysis
    numbers_total: int
    numbers_grounded: int
    models: list[str]
    captured_at: dt.datetime | None = None  # the latest capture of the list
    papers: list[PaperSummary]  # the new ones, the best ranked first

    @property
    def picks(self) -> list[PaperSummary]:
        """The papers that the curated post presents: three stars first, then by score."""
        return sorted(
            (p for p in self.papers if p.picked),
            key=lambda p: (-(p.rating or 0), -(p.pick_score or 0.0), -p.score, p.id),
        )


@dataclass
class PaperSheet:
    """A listed paper of a date: its entry in each language, its captures, and the sections of its quoted blocks."""

    entries: dict[Language, PaperEntry]
    analyses: dict[Language, Analysis] = field(default_factory=dict)  # as stored, by their own language
    captures: list[Popularity] = field(default_factory=list)  # oldest first
    sections: dict[str, str] = field(default_factory=dict)  # the path of headings of each quoted block, by block id

    @property
    def entry(self) -> PaperEntry:
        """The entry of which only what is the same in all languages is used."""
        return self.entries["en"]

    @property
    def paper(self) -> Paper:
        """The row of the list."""
        return self.entry.paper

    @property
    def reading(self) -> Reading | None:
        """The reading, without its blocks."""
        return self.entry.reading

    @property
    def verdict(self) -> Verdict | None:
        """The verdict."""
        return self.entry.verdict

    @property
    def id(self) -> str:
        """The arXiv id."""
        return self.entry.id

    @property
    def title(self) -> str:
        """The title as listed; the id if the title has no visible text."""
        return self.entry.title

    @property
    def state(self) -> State:
        """The processing state."""
        return self.entry.state

    @property
    def abstract_only(self) -> bool:
        """Whether only the abstract was read, and no model: then the abstract stands in place of the parts."""
        return self.entry.abstract_only

    @cached_property
    def translated(self) -> str | None:
        """The Chinese title from an analysis, if it differs from the listed one."""
        analysis = self.analyses.get("zh")
        title = clean(analysis.translated_title or "") if analysis else ""
        return title if title and title != self.title else None

    def analysis(self, language: Language) -> Analysis | None:
        """The analysis to print in `language`."""
        return self.entries[language].analysis

    def summary(self) -> PaperSummary:
        """The summary of the paper for index pages."""
        done = [k for k, a in self.analyses.items() if a.state == "done"]
        v = self.verdict
        return PaperSummary(
            id=self.id,
            title=self.title,
            translated=self.translated,
            gists={k: gist for k in done if (gist := _gist(self.entries[k]))},
            directions=[d.name for d in v.directions] if v else [],
            tags=list(v.tags) if v else [],
            organization=clean(self.paper.organization or "") or None,
            upvotes=self.paper.upvotes,
            stars=self.paper.github_stars,
            score=v.score if v else 0.0,
            rank=v.rank if v else None,
            rating=v.rating if v else None,
            pick_score=v.pick_score if v else None,
            picked=v is not None and v.curated_decision == "pick" and self.state == "done",
            state=self.state,
            source=self.reading.source if self.reading and self.reading.state == "done" else None,
        )


def _gist(entry: PaperEntry) -> str | None:
    """The contribution in one sentence; a model's is cut."""
    gist, is_model = clean(entry.gist or ""), entry.analysis is not None and entry.analysis.model != EXTRACTIVE
    return (clip(gist, GIST_LENGTH) if is_model else gist) or None


@dataclass
class DaySheets:
    """A date: its sheets in the order of the list, and the malformed items of the list."""

    date: dt.date
    sheets: list[PaperSheet]
    set_aside: list[SetAside]

    @cached_property
    def new(self) -> list[PaperSheet]:
        """The papers that no earlier day reported, the best ranked first."""
        sheets = [s for s in self.sheets if s.paper.dedupe_kind == "new"]
        return sorted(sheets, key=lambda s: ((s.verdict and s.verdict.rank) or 10**6, s.paper.position, s.id))

    @cached_property
    def known(self) -> list[PaperSheet]:
        """Repeats, updates and in-day duplicates, in the order of the list."""
        return [s for s in self.sheets if s.paper.dedupe_kind != "new"]

    def summary(self) -> DaySummary:
        """The summary of the date for index pages."""
        analyses = [a for s in self.new for a in s.analyses.values()]
        by_source: dict[str, int] = defaultdict(int)
        for s in self.new:
            if s.reading and s.reading.state == "done" and s.reading.source:
                by_source[s.reading.source] += 1
        states = [s.state for s in self.new]
        return DaySummary(
            date=self.date,
            listed=len(self.sheets),
            known=len(self.known),
            set_aside=len(self.set_aside),
            read={k: by_source[k] for k in READING_SOURCES if by_source[k]},
            unread=sum(s in ("not-read", "failed", "withdrawn") for s in states),
            analyzed=sum(s == "done" for s in states),
            failed=sum(s in ("not-analyzed", "analysis-failed", "budget") for s in states),
            numbers_total=sum(a.numbers_total for a in analyses),
            numbers_grounded=sum(a.numbers_grounded for a in analyses),
            models=sorted({a.model for a in analyses if a.state == "done"}),
            captured_at=max((s.paper.captured_at for s in self.sheets), default=None),
            papers=[s.summary() for s in self.new],
        )


def edition_key(date: dt.date, name: EditionName, language: Language, suffix: str = "html") -> str:
    """The key of an edition in the store."""
    return f"editions/{date.isoformat()}/{name}.{language}.{suffix}"


def fingerprint_of(store: Store, date: dt.date, languages: Sequence[Language]) -> str:
    """A hash of all files that the pages of a date are made from."""
    digest = hashlib.sha256()
    keys = [key_of(dataset, date) for dataset in INPUTS]
    keys += [edition_key(date, name, language, "md") for name in EDITIONS for language in languages]
    for key in keys:
        digest.update(hashlib.sha256(store.get(key) or b"").digest())
    return digest.hexdigest()[:32]


def load_sheets(store: Store, date: dt.date, profile: Profile) -> DaySheets | None:
    """The sheets of a date, or None if no run has finished it. Raises SnapshotBroken for an unreadable snapshot."""
    verdicts = read_snapshot(store, "curation", date, Verdict)
    papers = read_snapshot(store, "papers", date, Paper)
    if verdicts is None or papers is None:
        return None
    readings, block_sections = _load_readings(store, date)
    day = Day(
        date=date,
        papers=papers,
        set_aside=read_snapshot(store, "set_aside", date, SetAside) or [],
        readings=list(readings.values()),
        analyses=best_analyses(read_snapshot(store, "analyses", date, Analysis) or []),
        verdicts=verdicts,
        trends=[],  # of the day's editions alone
    )
    analyses: dict[str, dict[Language, Analysis]] = defaultdict(dict)
    for row in day.analyses:
        analyses[row.arxiv_id][row.language] = row
    captures: dict[str, list[Popularity]] = defaultdict(list)
    for capture in read_snapshot(store, "popularity", date, Popularity) or []:
        captures[capture.arxiv_id].append(capture)
    views = {language: view_of(day, language, profile) for language in get_args(Language)}
    sheets = []
    for entries in zip(*(view.entries for view in views.values()), strict=True):
        entry = entries[0]
        own = analyses[entry.id] if entry.paper.dedupe_kind == "new" else {}
        quoted_ids = {e.block_id for a in own.values() for e in a.evidence if e.block_id}
        sheets.append(
            PaperSheet(
                entries=dict(zip(views, entries, strict=True)),
                analyses=own,
                captures=sorted(captures[entry.id], key=lambda c: c.captured_at),
                sections={b: s for b, s in block_sections.get(entry.id, {}).items() if b in quoted_ids},
            )
        )
    return DaySheets(date, sheets, next(iter(views.values())).set_aside)


def _load_readings(store: Store, date: dt.date) -> tuple[dict[str, Reading], dict[str, dict[str, str]]]:
    """The readings without their blocks, and the section of each block by paper and block id."""
    key = key_of("readings", date)
    data = store.get(key)
    if data is None:
        return {}, {}
    rows: list[dict[str, Any]] = decode("readings", data, key, READING_COLUMNS)
    try:
        names = ["arxiv_id", "blocks.list.element.id", "blocks.list.element.section"]
        table = pq.ParquetFile(BytesIO(data)).read(columns=names)
    except (pa.ArrowException, OSError) as error:
        raise SnapshotBroken(f"{key} cannot be read as a snapshot of readings: {error}") from error
    block_sections = {row["arxiv_id"]: {b["id"]: b["section"] for b in row["blocks"]} for row in table.to_pylist()}
    return {row["arxiv_id"]: Reading.model_validate(row) for row in rows}, block_sections
