"""Which of a paper's records count, and the rows that this process made of records."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flows.days.day_rows import MarkedList
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord, ReadingRecord
from papers.models import READING_SOURCES, Analysis, Reading
from papers.store import Store
from papers.tables.paper_index import dates_listing


@dataclass
class DayMemory:
    """Rows that this process has made of facts, so that they need not be made again from them."""

    papers: MarkedList | None = None
    readings: dict[str, Reading] = field(default_factory=dict)  # by the hash of their record
    analyses: dict[str, Analysis] = field(default_factory=dict)  # by the hash of their record


def best_reading(records: Sequence[ReadingRecord]) -> ReadingRecord | None:
    """The record whose reading counts; `records` come oldest first.

    A text is better than none, one of a better source better than another, one without skipped sources better than one
    with them; then the newest text, first read.
    """

    def quality(record: ReadingRecord) -> tuple[bool, int, bool]:
        source = READING_SOURCES.index(record.source) if record.source else len(READING_SOURCES)
        return record.state == "failed", source, any(a.outcome == "skipped" for a in record.attempts)

    if not records:
        return None
    best_quality = min(map(quality, records))
    best = [r for r in records if quality(r) == best_quality]
    return next(r for r in best if r.text_sha256 == best[-1].text_sha256)


def hash_of_record(record: ReadingRecord | AnalysisRecord) -> str:
    """A hash of a record."""
    return hashlib.sha256(record.model_dump_json().encode()).hexdigest()[:32]


def adopt_records(store: Store, facts: DayFacts, arxiv_ids: Iterable[str]) -> bool:
    """Record for papers that no run has read on this date what other dates did that treated them as new.

    Returns whether there was such a record: the best reading of a paper, and the analyses. A paper may be new on one
    date or on another, by the order in which their lists came; it is read once.
    """
    unread_ids = {i for i in arxiv_ids if not facts.keys_of(i, "read")}
    if not unread_ids:
        return False
    has_adopted = False
    for date in sorted(dates_listing(store, unread_ids) - {facts.date}):
        other = DayFacts(store, date)
        other.list_again()
        for arxiv_id in sorted(unread_ids):
            reading = best_reading(other.readings(arxiv_id))
            if reading is not None:
                unread_ids.remove(arxiv_id)
                has_adopted = True
                facts.add_reading(reading)
                for analysis in other.analyses(arxiv_id):
                    facts.add_analysis(analysis)
    return has_adopted
