"""What the day's flow costs over the plain functions that it runs, and how far reading and analysing overlap:
`make bench-day`.

All runs are in this one warm process, from call to return, over the 35 papers of 2025-10-17, 8 model calls at once,
each into a new store; flow and bare loop take turns, and the median counts. The Prefect server is a process of its own,
as it is for a user. ARGS: `--repeat N`, `--only price`, `--only overlap`, `--profile`.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import datetime as dt
import os
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from uuid import uuid4

from flows.server.temporary_server import BATCHES
from tests.prefect_server import QUIET

os.environ |= QUIET | BATCHES  # before Prefect is imported: it reads its settings once

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from flows.daily import correct_later_days, daily
from flows.days.concurrent_runs import reconcile_day
from flows.days.day_snapshots import publish_day, write_day
from flows.run_context import RunContext, open_run_context
from flows.site import page_layout
from papers.models import Analysis, Paper, Reading
from papers.settings import load_settings
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.snapshots import append_rows
from papers.tables.unfinished_dates import close_date, open_date
from tasks.analyze.grounding.ungrounded_numbers import remove_ungrounded
from tasks.curate.near_duplicates import past_picks
from tasks.curate.verdicts import curate
from tasks.dedupe.history import load_history
from tasks.dedupe.matching import dedupe
from tasks.fetch.list_sources import fetch_listings
from tasks.publish.site_build import build_site
from tasks.read.reading import read_paper
from tasks.render.editions import render_day
from tests.bench.bounds import check, ended
from tests.plain import run_row
from tests.servers import replay
from tests.shared import SHARED

DATE = dt.date(2025, 10, 17)
MOST_TIMES, MOST_A_TASK, MOST_A_FLOW = 1.15, 0.040, 1.0  # at 1 s of latency; at none, seconds


async def flow_day() -> None:
    """The day as a user runs it."""
    await daily(DATE)


async def bare_day() -> None:
    """The same functions in a bare loop: no flow, no task, no artifact, no limit of a server."""
    async with without_server(), open_run_context(load_settings()) as bench:
        store, run_id = bench.store, str(uuid4())
        base = SnapshotVersions.of(store, DATE)
        listing = await fetch_listings(DATE, bench.profile.sources, bench.hf, bench.arxiv, bench.keep)
        papers = dedupe(listing, load_history(store, DATE, listing.papers))
        new = [p for p in papers if p.dedupe_kind == "new"]
        readings, written = await bare_papers(bench, new)
        analyses = remove_ungrounded(written, readings, {p.arxiv_id: p.title for p in new}, bench.settings.ungrounded)
        verdicts = curate(papers, readings, analyses, bench.profile, past_picks(store, DATE))
        open_date(store, DATE, run_id)
        write_day(store, listing, papers, readings, analyses, verdicts, run_id, base)
        reconcile_day(store, bench.profile, DATE, run_id, bench.settings.ungrounded)
        publish_day(store, DATE, lambda day: render_day(day, bench.profile))
        await asyncio.to_thread(correct_later_days, bench, [DATE], run_id)
        append_rows(store, "runs", DATE, [run_row(run_id, papers)], run_id)
        close_date(store, DATE, run_id)
        await asyncio.to_thread(build_site, store, page_layout(bench.settings, bench.profile), [DATE])


@asynccontextmanager
async def without_server() -> AsyncIterator[None]:
    """The workbench that is opened in here shares its limits with nobody."""
    with temporary_settings({PREFECT_API_URL: None}):
        yield


async def bare_papers(bench: RunContext, papers: list[Paper]) -> tuple[list[Reading], list[Analysis]]:
    """Each paper read, then analysed, as the flow does it."""

    async def one(paper: Paper) -> tuple[Reading, Analysis]:
        async with bench.readers:
            reading = await bare_read(bench, paper)
        return reading, await bench.analyst.analyze(paper, reading, bench.settings.language[0])

    pairs = await asyncio.gather(*(one(p) for p in papers))
    return [r for r, _ in pairs], [a for _, a in pairs]


async def bare_read(bench: RunContext, paper: Paper) -> Reading:
    """One paper's reading."""
    listing_url = f"{bench.hf.base_url}/papers/{paper.arxiv_id}"
    return await read_paper(paper, fetch=bench.arxiv.get, keep=bench.keep, gate=bench.gate, listing_url=listing_url)


async def read_all(bench: RunContext) -> tuple[list[Paper], list[Reading]]:
    """The list and its readings."""
    listing = await fetch_listings(DATE, bench.profile.sources, bench.hf, bench.arxiv, bench.keep)
    papers = dedupe(listing, load_history(bench.store, DATE))

    async def one(paper: Paper) -> Reading:
        async with bench.readers:
            return await bare_read(bench, paper)

    return papers, list(await asyncio.gather(*(one(p) for p in papers)))


async def analysing_alone(papers: list[Paper], readings: list[Reading]) -> None:
    """The papers, read before, analysed at once."""
    async with without_server(), open_run_context(load_settings()) as bench:
        language = bench.settings.language[0]
        await asyncio.gather(*(bench.analyst.analyze(p, r, language) for p, r in zip(papers, readings, strict=True)))


async def timed(work: Callable[[], Awaitable[None]], **values: str) -> float:
    """Seconds from call to return, in a new store."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"DAILY_PAPERS_{k}": v for k, v in values.items()} | {"DAILY_PAPERS_STORE": folder}
        started = time.monotonic()
        await work()
        return time.monotonic() - started


async def task_runs() -> int:
    """The task runs of the newest flow run."""
    async with get_client() as client:
        await asyncio.sleep(2.0)  # they reach the database a little later than the flow ends
        flow_runs = await client.read_flow_runs(limit=200)
        newest = max(flow_runs, key=lambda r: r.created or dt.datetime.min.replace(tzinfo=dt.UTC))
        chosen = FlowRunFilter(id=FlowRunFilterId(any_=[newest.id]))
        found = 0
        while page := await client.read_task_runs(flow_run_filter=chosen, limit=200, offset=found):
            found += len(page)
        return found


async def price(latency: float, site: str, repeat: int) -> None:
    """The flow against the bare loop, turn by turn."""
    with replay("llm.py", "--latency", str(latency)) as model:
        values = settings_of(site, model)
        flows, bares = [], []
        for _ in range(repeat):
            bares.append(await timed(bare_day, **values))
            flows.append(await timed(flow_day, **values))
    flow, bare = statistics.median(flows), statistics.median(bares)
    said = f"flow {flow:.2f} s, bare {bare:.2f} s, {flow / bare:.2f} times"
    if latency:
        check(flow <= MOST_TIMES * bare, f"price at {latency:g} s: {said} (at most {MOST_TIMES})")
        return
    runs = await task_runs()
    allowed = runs * MOST_A_TASK + MOST_A_FLOW
    each = (flow - bare - MOST_A_FLOW) / runs
    text = (
        f"{said}; {flow - bare:.2f} s on top for {runs} task runs, allowed {allowed:.2f} s ({1000 * each:.0f} ms each"
    )
    check(flow - bare <= allowed, f"price at 0 s: {text} beyond the flow's second)")


async def overlap(site: str, repeat: int) -> None:
    """A day at arXiv's pace with a slow model: as long as the slower of the two, and one answer."""
    latency, interval = 2.0, 0.3
    readings: tuple[list[Paper], list[Reading]] = ([], [])

    async def read() -> None:
        nonlocal readings
        async with without_server(), open_run_context(load_settings()) as bench:
            readings = await read_all(bench)

    days, alone, told = [], [], []
    with replay("llm.py", "--latency", str(latency)) as model:
        values = settings_of(site, model) | {"ARXIV_INTERVAL": str(interval)}
        for _ in range(repeat):
            alone.append(await timed(read, **values))
            told.append(await timed(lambda: analysing_alone(*readings), **values))
            days.append(await timed(flow_day, **values))
    day, reading, analysing = map(statistics.median, (days, alone, told))
    least = max(reading, analysing) + latency
    said = f"day {day:.2f} s; reading alone {reading:.2f} s, analysing alone {analysing:.2f} s; {day / least:.2f} times"
    check(day <= MOST_TIMES * least, f"overlap: {said} the longer and one latency (at most {MOST_TIMES})")


def settings_of(site: str, model: str) -> dict[str, str]:
    """The variables of a run."""
    return {
        "HF_URL": site,
        "ARXIV_URL": site,
        "ARXIV_INTERVAL": "0",
        "MODEL": "openai:replay",
        "MODEL_URL": f"{model}/v1",
        "LANGUAGE": "en",
        "CONCURRENCY": "8",
    }


async def all_points(only: str | None, repeat: int) -> None:
    """Warm up, then each point."""
    with replay("serve.py", "--fill") as site:
        with replay("llm.py") as model:
            for work in (bare_day, flow_day):
                await timed(work, **settings_of(site, model))
        if only in (None, "price"):
            for latency in (0.0, 1.0):
                await price(latency, site, repeat)
        if only in (None, "overlap"):
            await overlap(site, repeat)


def main() -> int:
    """All points; 1 when a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--only", choices=["price", "overlap"])
    parser.add_argument("--profile", action="store_true", help="where the time goes in this process")
    given = parser.parse_args()
    if not (SHARED / "recorded").is_dir():
        print("needs the recorded inputs beside the checkout")
        return 1
    with ExitStack() as stack:
        stack.enter_context(prefect_test_harness(server_startup_timeout=120))
        os.chdir(stack.enter_context(tempfile.TemporaryDirectory()))
        profiler = cProfile.Profile() if given.profile else None
        if profiler:
            profiler.enable()
        asyncio.run(all_points(given.only, given.repeat))
        if profiler:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    return ended()


if __name__ == "__main__":
    sys.exit(main())
