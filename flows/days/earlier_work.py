"""What is on record of a date's papers: which were read and analysed before, here or on another date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flows.days.day_views import DayViews
from flows.days.record_choice import DayMemory, best_reading, hash_of_record
from flows.days.view_settings import ViewSettings
from papers.facts.day_facts import DayFacts
from papers.models import Attempt, Language, Paper, Reading
from papers.tables.snapshots import read_columns
from tasks.read.stored_readings import read_again


@dataclass(frozen=True)
class ReadBefore:
    """An earlier reading, without its text."""

    state: str
    source: str | None
    text_sha256: str | None
    attempts: list[Attempt]

    @property
    def is_best(self) -> bool:
        """Whether no other source can be better."""
        return self.state == "done" and self.source == "html"

    def is_as(self, reading: Reading) -> bool:
        """Whether a new reading found the same text by the same sources."""
        same_text = (self.state, self.text_sha256) == (reading.state, reading.sha256)
        return same_text and outcomes(self.attempts) == outcomes(reading.attempts)

    def is_better_than(self, reading: Reading) -> bool:
        """Whether the new reading failed where the earlier one did not."""
        return self.state == "done" and reading.state == "failed"


def outcomes(attempts: Iterable[Attempt]) -> list[tuple[str, str]]:
    """What came of each source."""
    return [(a.source, a.outcome) for a in attempts]


class EarlierWork:
    """The readings and analyses on record for a date.

    Where the snapshots are up to date they answer with two requests, else the records do, with one for each paper; so
    they do for papers that the snapshots do not have.
    """

    def __init__(self, views: DayViews, settings: ViewSettings, memory: DayMemory) -> None:
        self._views, self._settings, self._memory = views, settings, memory
        self._facts: DayFacts = views.facts
        self._read: dict[str, ReadBefore] | None = None
        self._analyzed: set[tuple[str, Language, str, str]] = set()
        if views.is_up_to_date():
            store, date = settings.store, views.date
            columns = ("arxiv_id", "state", "source", "sha256", "attempts")
            self._read = {
                row["arxiv_id"]: ReadBefore(
                    row["state"], row["source"], row["sha256"], [Attempt.model_validate(a) for a in row["attempts"]]
                )
                for row in read_columns(store, "readings", date, columns)
            }
            rows = read_columns(store, "analyses", date, ("arxiv_id", "language", "cache_key", "state", "model"))
            self._analyzed = {
                (r["arxiv_id"], r["language"], r["cache_key"], r["model"]) for r in rows if r["state"] == "done"
            }

    def reading(self, paper: Paper) -> ReadBefore | None:
        """The earlier reading of a paper on this date; None if it was never read."""
        if self._read is not None and paper.arxiv_id in self._read:
            return self._read[paper.arxiv_id]
        record = best_reading(self._facts.readings(paper.arxiv_id))
        if record is None:
            return None
        return ReadBefore(record.state, record.source, record.text_sha256, record.attempts)

    def text_of(self, paper: Paper) -> Reading:
        """The whole earlier reading of a paper."""
        reading = self._views.stored_reading(paper)
        record = best_reading(self._facts.readings(paper.arxiv_id))
        assert record is not None, paper.arxiv_id
        if reading is None:
            reading = read_again(record, paper, self._settings.store, self._settings.read_body)
        self._memory.readings[hash_of_record(record)] = reading
        return reading

    def has_analysis(self, paper: Paper, language: Language, cache_key: str, model: str) -> bool:
        """Whether an analysis under that key by that model is done."""
        if self._read is not None and paper.arxiv_id in self._read:
            return (paper.arxiv_id, language, cache_key, model) in self._analyzed
        return any(
            (r.language, r.cache_key, r.model, r.state) == (language, cache_key, model, "done")
            for r in self._facts.analyses(paper.arxiv_id)
        )
