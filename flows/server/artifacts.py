"""The artifacts of a run in the Prefect UI: its summary, its table of papers, its editions, and its progress."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)

from flows.server import temporary_server
from papers.analysis_choice import is_stand_in, stand_in_reasons
from papers.day import Day, Edition
from papers.models import Analysis, Reading
from papers.paper_urls import arxiv_page, list_page
from papers.reasons import reason_text
from tasks.render.markdown_escape import inline

SITE_LANGUAGES = {"en": "English", "zh": "Chinese"}  # by folder of the site


class DayProgress:
    """The progress artifact of a date: each reading and each analysis is one step."""

    def __init__(self, artifact: UUID, steps: int) -> None:
        self._artifact, self._steps, self._done = artifact, steps, 0
        self._lock = asyncio.Lock()  # else an update may overtake an earlier one

    @classmethod
    async def start(cls, date: str, steps: int) -> DayProgress:
        """Create the artifact at 0%, for `steps` readings and analyses."""
        artifact = await acreate_progress_artifact(
            0.0, key=f"progress-{date}", description=f"{date}: papers read and analysed"
        )
        return cls(artifact, steps)

    async def step(self) -> None:
        """Count one more step. The artifact is updated in steps of at least 10%, since each update costs a call; on a
        temporary server, which nobody watches, at the end.
        """
        before, self._done = self._done, self._done + 1
        updates = 1 if temporary_server.is_running() else 10
        if self._done == self._steps or updates * self._done // self._steps != updates * before // self._steps:
            async with self._lock:
                await aupdate_progress_artifact(self._artifact, 100.0 * self._done / self._steps)


class BackfillProgress:
    """The progress artifact of a backfill: each date that ends is one step."""

    def __init__(self, artifact: UUID, dates: int) -> None:
        self._artifact, self._dates, self._done = artifact, dates, 0

    @classmethod
    async def start(cls, first: dt.date, last: dt.date, dates: int) -> BackfillProgress:
        """Create the artifact at 0%, for the number of dates to run."""
        artifact = await acreate_progress_artifact(
            0.0, key=f"backfill-progress-{first}-{last}", description=f"{first} to {last}: {dates} dates to run"
        )
        return cls(artifact, dates)

    async def step(self) -> None:
        """Count one more date that has ended."""
        self._done += 1
        await aupdate_progress_artifact(self._artifact, min(100.0, 100.0 * self._done / self._dates))


async def show_outcomes(rows: list[dict[str, str]], dates: Sequence[dt.date]) -> None:
    """Create the table of a backfill, with one row per date."""
    first, last = dates[0], dates[-1]
    await acreate_table_artifact(rows, key=f"backfill-{first}-{last}", description=f"Backfill of {first} to {last}")


async def show_day(day: Day, failed: Mapping[str, str], editions: Sequence[Edition], root: str, site: str) -> None:
    """Create the artifacts of a day: its summary, its table of papers and its editions.

    `failed` has the reason of each failed paper by arXiv id. `root` is the address of the store, `site` that of its
    site, or empty if it has none.
    """
    date = day.date.isoformat()
    summary = day_summary(day, failed, root, site)
    await acreate_markdown_artifact(summary, key=f"day-{date}", description=f"{date} at a glance")
    await acreate_table_artifact(papers_table(day), key=f"papers-{date}", description=f"Papers of {date}")
    for edition in editions:
        await acreate_markdown_artifact(
            edition.markdown,
            key=f"{edition.name}-{edition.language}-{date}",
            description=f"{edition.name}, {edition.language}, {date}",
        )


async def show_unchanged_day(date: dt.date, listed: int, new: int, root: str, site: str) -> None:
    """Create the summary of a run that found nothing new."""
    summary = f"# {date}\n\n{listed} papers listed, {new} of them new. Nothing has changed since the last run.\n\n"
    await acreate_markdown_artifact(
        summary + _places(date, root, site), key=f"day-{date}", description=f"{date} at a glance"
    )


def _places(date: dt.date, root: str, site: str) -> str:
    """Where the list and the results of a day are."""
    links = [f"[{name}]({site}/{code}/days/{date}/index.html)" for code, name in SITE_LANGUAGES.items()] if site else []
    return f"[The list]({list_page(date)}). Editions: `{root}/editions/{date}/`; snapshots: `{root}/snapshots/`." + (
        f" On the site: {', '.join(links)}." if links else ""
    )


def day_summary(day: Day, failed: Mapping[str, str], root: str, site: str) -> str:
    """A day's summary as Markdown: counts, cost, failures, and where the results are."""
    date, new = day.date.isoformat(), [p for p in day.papers if p.dedupe_kind == "new"]
    sources = Counter(r.source for r in day.readings if r.state == "done")
    analyzed = [a for a in day.analyses if a.state == "done"]
    costs = [a.cost_usd for a in day.analyses if a.cost_usd]
    grounded, total = sum(a.numbers_grounded for a in analyzed), sum(a.numbers_total for a in analyzed)
    tokens = sum(a.input_tokens + a.output_tokens for a in day.analyses)
    cached = sum(a.cached_tokens for a in day.analyses)
    lines = [
        f"# {date}",
        "",
        "| | |",
        "| --- | --- |",
        f"| listed | {len(day.papers)}, of them {len(new)} new |",
        f"| read | {', '.join(f'{n} {source}' for source, n in sources.most_common()) or 'none'} |",
        f"| analysed | {len(analyzed)} of {len(day.analyses)} |",
        f"| numbers grounded | {grounded} of {total} |",
        f"| tokens | {tokens:,}{f', of them {cached:,} cached' if cached else ''} |",
        f"| cost | {f'${sum(costs):.4f}' if costs else 'none, or not known'} |",
        "",
        _places(day.date, root, site),
    ]
    for title, reasons in (("Failed papers", failed), ("Extracts instead of analyses", stand_in_reasons(day.analyses))):
        if reasons:
            lines += ["", f"## {title}", "", *(f"- {_link(i)}: {inline(reason)}" for i, reason in reasons.items())]
    return "\n".join(lines)


def _link(arxiv_id: str) -> str:
    return f"[{arxiv_id}]({arxiv_page(arxiv_id)})"


def papers_table(day: Day) -> list[dict[str, Any]]:
    """One row per listed paper: its kind, its source and state, the numbers grounded, the cost, and the verdict."""
    readings = {r.arxiv_id: r for r in day.readings}
    verdicts = {v.arxiv_id: v for v in day.verdicts}
    analyses: dict[str, list[Analysis]] = defaultdict(list)
    for a in day.analyses:
        analyses[a.arxiv_id].append(a)
    rows = []
    for p in day.papers:
        reading = readings.get(p.arxiv_id) if p.dedupe_kind == "new" else None
        paper_analyses = analyses[p.arxiv_id] if p.dedupe_kind == "new" else []
        rows.append(
            {
                "paper": _link(p.arxiv_id),
                "kind": p.dedupe_kind,
                "source": (reading and reading.source) or "",
                "state": _paper_state(reading.state if reading else "", paper_analyses),
                "reason": str(inline(_paper_reason(reading, paper_analyses))),
                "numbers": " ".join(f"{a.language} {a.numbers_grounded}/{a.numbers_total}" for a in paper_analyses),
                "tokens": sum(a.input_tokens + a.output_tokens for a in paper_analyses),
                "cost_usd": round(sum(a.cost_usd or 0.0 for a in paper_analyses), 6),
                "score": verdicts[p.arxiv_id].score,
                "curated": verdicts[p.arxiv_id].curated_rule,
                "title": str(inline(p.title)),  # the UI renders cells as Markdown
            }
        )
    return rows


def _paper_state(reading: str, analyses: Sequence[Analysis]) -> str:
    if reading != "done":
        return reading
    unfinished = [a.state for a in analyses if a.state != "done"]
    return unfinished[0] if unfinished else "extract" if any(map(is_stand_in, analyses)) else "done"


def _paper_reason(reading: Reading | None, analyses: Sequence[Analysis]) -> str:
    if reading is not None and reading.state != "done":
        return reason_text(reading.reason, "en")
    return next((reason_text(a.reason, "en") for a in analyses if a.state != "done" or is_stand_in(a)), "")
