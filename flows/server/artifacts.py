"""What a run shows in the Prefect UI: its table of papers, its editions, and its progress."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from papers.day import Day, Edition
from papers.models import Analysis, Reading
from tasks.render.markdown_escape import inline

SITE_LANGUAGES = {"en": "English", "zh": "Chinese"}  # by the folders of the site


class DayProgress:
    """The progress artifact of a date: reading and analysing count alike."""

    def __init__(self, artifact: UUID, steps: int) -> None:
        self._artifact, self._steps, self._done = artifact, steps, 0
        self._sending = asyncio.Lock()  # else a later figure may arrive before an earlier one

    @classmethod
    async def start(cls, date: str, steps: int) -> DayProgress:
        """A new artifact at 0%, for `steps` readings and analyses."""
        artifact = await acreate_progress_artifact(
            0.0, key=f"progress-{date}", description=f"{date}: papers read and analysed"
        )
        return cls(artifact, steps)

    async def step(self) -> None:
        """One more is done; the artifact follows in steps of at least 10%, since each costs a call."""
        before, self._done = self._done, self._done + 1
        if self._done == self._steps or 10 * self._done // self._steps != 10 * before // self._steps:
            async with self._sending:
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


async def show_day(day: Day, editions: Sequence[Edition], root: str, site: str) -> None:
    """The day at a glance, its table of papers and its editions as artifacts; `root` is the store's, `site` the
    address of its site, or empty where it has none.
    """
    date = day.date.isoformat()
    await acreate_markdown_artifact(summary_of(day, root, site), key=f"day-{date}", description=f"{date} at a glance")
    await acreate_table_artifact(table_of(day), key=f"papers-{date}", description=f"Papers of {date}")
    for e in editions:
        await acreate_markdown_artifact(
            e.markdown, key=f"{e.name}-{e.language}-{date}", description=f"{e.name}, {e.language}, {date}"
        )


def summary_of(day: Day, root: str, site: str) -> str:
    """What became of a day, as Markdown: the counts, what it cost, what went wrong, and where everything lies."""
    date, new = day.date.isoformat(), [p for p in day.papers if p.dedupe_kind == "new"]
    read = Counter(r.source for r in day.readings if r.state == "done")
    done = [a for a in day.analyses if a.state == "done"]
    costs = [a.cost_usd for a in day.analyses if a.cost_usd]
    grounded, total = sum(a.numbers_grounded for a in done), sum(a.numbers_total for a in done)
    tokens = sum(a.input_tokens + a.output_tokens for a in day.analyses)
    failed = [f"- {_link(r.arxiv_id)}: not read: {inline(r.reason or '')}" for r in day.readings if r.state != "done"]
    undone = [a for a in day.analyses if a.state != "done"]
    failed += [f"- {_link(a.arxiv_id)} ({a.language}): {a.state}: {inline(a.reason or '')}" for a in undone]
    shown = [f"[{name}]({site}/{code}/days/{date}/index.html)" for code, name in SITE_LANGUAGES.items()] if site else []
    lines = [
        f"# {date}",
        "",
        "| | |",
        "| --- | --- |",
        f"| listed | {len(day.papers)}, of them {len(new)} new |",
        f"| read | {', '.join(f'{n} {source}' for source, n in read.most_common()) or 'none'} |",
        f"| analysed | {len(done)} of {len(day.analyses)} |",
        f"| numbers grounded | {grounded} of {total} |",
        f"| tokens | {tokens:,} |",
        f"| cost | {f'${sum(costs):.4f}' if costs else 'none, or not known'} |",
        "",
        f"[The list](https://huggingface.co/papers/date/{date}). Editions: `{root}/editions/{date}/`; "
        f"snapshots: `{root}/snapshots/`." + (f" On the site: {', '.join(shown)}." if shown else ""),
    ]
    return "\n".join(lines + (["", "## Not whole", "", *failed] if failed else []))


def _link(arxiv_id: str) -> str:
    return f"[{arxiv_id}](https://arxiv.org/abs/{arxiv_id})"


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
                "paper": _link(p.arxiv_id),
                "kind": p.dedupe_kind,
                "source": (reading and reading.source) or "",
                "state": _state(reading.state if reading else "", done),
                "reason": str(inline(_reason(reading, done))),
                "numbers": " ".join(f"{a.language} {a.numbers_grounded}/{a.numbers_total}" for a in done),
                "tokens": sum(a.input_tokens + a.output_tokens for a in done),
                "cost_usd": round(sum(a.cost_usd or 0.0 for a in done), 6),
                "score": verdicts[p.arxiv_id].score,
                "curated": verdicts[p.arxiv_id].curated_rule,
                "title": str(inline(p.title)),  # the UI reads cells as Markdown
            }
        )
    return rows


def _state(reading: str, analyses: Sequence[Analysis]) -> str:
    if reading != "done":
        return reading
    return next((a.state for a in analyses if a.state != "done"), "done")


def _reason(reading: Reading | None, analyses: Sequence[Analysis]) -> str:
    if reading is not None and reading.state != "done":
        return reading.reason or ""
    return next((a.reason or "" for a in analyses if a.state != "done"), "")
