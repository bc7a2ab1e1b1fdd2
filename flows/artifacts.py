"""What a run shows in the Prefect UI: its table of papers, its editions, and its progress."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from papers.models import Analysis, Day, Edition


class DayProgress:
    """The progress artifact of a date: reading and analysing count alike."""

    def __init__(self, artifact: UUID, steps: int) -> None:
        self._artifact, self._steps, self._done = artifact, steps, 0

    @classmethod
    async def start(cls, date: str, steps: int) -> DayProgress:
        """A new artifact at 0%, for `steps` readings and analyses."""
        artifact = await acreate_progress_artifact(
            0.0, key=f"progress-{date}", description=f"{date}: papers read and analysed"
        )
        return cls(artifact, steps)

    async def step(self) -> None:
        """One more is done; the artifact follows in steps of at least 5%, since each costs a call."""
        before, self._done = self._done, self._done + 1
        if self._done == self._steps or 20 * self._done // self._steps != 20 * before // self._steps:
            await aupdate_progress_artifact(self._artifact, 100.0 * self._done / self._steps)


class BackfillProgress:
    """The progress artifact of a backfill: dates ended."""

    def __init__(self, artifact: UUID, dates: int) -> None:
        self._artifact, self._dates, self._done = artifact, dates, 0

    @classmethod
    async def start(cls, first: dt.date, last: dt.date, dates: int) -> BackfillProgress:
        """A new artifact at 0%, for so many dates that are to be run."""
        artifact = await acreate_progress_artifact(
            0.0, key=f"backfill-progress-{first}-{last}", description=f"{first} to {last}: {dates} dates to run"
        )
        return cls(artifact, dates)

    async def step(self) -> None:
        """One more date has ended."""
        self._done += 1
        await aupdate_progress_artifact(self._artifact, min(100.0, 100.0 * self._done / self._dates))


async def show_outcomes(rows: list[dict[str, str]], dates: Sequence[dt.date]) -> None:
    """A backfill's table: a row a date."""
    first, last = dates[0], dates[-1]
    await acreate_table_artifact(rows, key=f"backfill-{first}-{last}", description=f"Backfill of {first} to {last}")


async def show_day(day: Day, editions: Sequence[Edition]) -> None:
    """The run's table and its editions as artifacts."""
    date = day.date.isoformat()
    await acreate_table_artifact(table_of(day), key=f"papers-{date}", description=f"Papers of {date}")
    for e in editions:
        await acreate_markdown_artifact(
            e.markdown, key=f"{e.name}-{e.language}-{date}", description=f"{e.name}, {e.language}, {date}"
        )


def table_of(day: Day) -> list[dict[str, Any]]:
    """A row for each listed paper: what it is, how it was read, how far its numbers hold, what it took."""
    readings = {r.arxiv_id: r for r in day.readings}
    verdicts = {v.arxiv_id: v for v in day.verdicts}
    analyses: dict[str, list[Analysis]] = defaultdict(list)
    for a in day.analyses:
        analyses[a.arxiv_id].append(a)
    rows = []
    for p in day.papers:
        reading = readings.get(p.arxiv_id) if p.dedupe_kind == "new" else None
        done = analyses[p.arxiv_id] if p.dedupe_kind == "new" else []
        rows.append(
            {
                "paper": p.arxiv_id,
                "title": p.title,
                "kind": p.dedupe_kind,
                "source": (reading and reading.source) or "",
                "state": _state(reading.state if reading else "", done),
                "numbers": " ".join(f"{a.language} {a.numbers_grounded}/{a.numbers_total}" for a in done),
                "tokens": sum(a.input_tokens + a.output_tokens for a in done),
                "cost_usd": round(sum(a.cost_usd or 0.0 for a in done), 6),
                "score": verdicts[p.arxiv_id].score,
                "curated": verdicts[p.arxiv_id].curated_rule,
            }
        )
    return rows


def _state(reading: str, analyses: Sequence[Analysis]) -> str:
    if reading != "done":
        return reading
    return next((a.state for a in analyses if a.state != "done"), "done")
