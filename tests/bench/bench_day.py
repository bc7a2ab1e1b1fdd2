"""What the day's flow costs over the plain functions that it runs, and how far reading and analysing overlap:
`make bench-day`.

All runs are in this one warm process, from call to return, over the 35 papers of 2025-10-17, 8 model calls at once,
each into a new store; flow and bare loop take turns, and the median counts. The Prefect server is a process of its own,
as it is for a user. `--only cpu` is another measurement: the CPU of whole commands (`day_cpu`).
ARGS: `--repeat N`, `--only price`, `--only overlap`, `--only cpu`, `--profile`.
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

from flows.daily import daily, start_day
from flows.days.record_choice import DayMemory, adopt_records, hash_of_record
from flows.days.view_updates import ViewUpdate
from flows.run_context import RunContext, open_run_context
from flows.site import page_layout
from papers.arxiv_ids import month_of
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord, ReadingRecord
from papers.models import Paper, Reading
from papers.settings import load_settings
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import dedupe
from tasks.publish.site_build import build_site
from tasks.read.best_source import read_paper
from tests.bench.bounds import check, finish
from tests.bench.day_cpu import HERE, bench_cpu
from tests.plain import finished_run
from tests.servers import replay
from tests.shared import SHARED

DATE = dt.date(2025, 10, 17)
MAX_RATIO, MAX_TASK_SECONDS, MAX_FLOW_SECONDS = 1.15, 0.040, 1.0  # ratio at 1 s of latency; seconds at none


async def run_flow() -> None:
    """Run the day as a user does."""
    await daily(DATE)


async def run_bare() -> None:
    """Run the same functions without Prefect: no flow, no tasks, no artifacts, no limits of a server."""
    async with without_server(), open_run_context(load_settings()) as context:
        store, run_id = context.store, str(uuid4())
        facts, memory = DayFacts(store, DATE), DayMemory()
        update = ViewUpdate(context.views, facts={DATE: facts}, memory={DATE: memory})
        start_day(update, facts, memory, run_id)
        facts.add_capture(await context.fetch_list(DATE), run_id)
        day_list = memory.papers = update.neighbours(DATE).marked_list(facts)
        adopt_records(store, facts, [p.arxiv_id for p in day_list.new])
        await process_papers(context, facts, memory, day_list.new, run_id)
        await asyncio.to_thread(update.update, [DATE])
        facts.end_run(finished_run(run_id, day_list.papers))
        await asyncio.to_thread(update.commit)
        await asyncio.to_thread(build_site, store, page_layout(context.settings, context.profile), [DATE])


@asynccontextmanager
async def without_server() -> AsyncIterator[None]:
    """A run context that is opened inside has no limits shared with other processes."""
    with temporary_settings({PREFECT_API_URL: None}):
        yield


async def process_papers(
    context: RunContext, facts: DayFacts, memory: DayMemory, papers: list[Paper], run_id: str
) -> None:
    """Read and then analyse each paper, and record both, as the flow does."""

    async def one(paper: Paper) -> None:
        async with context.readers:
            reading = await read_one(context, paper)
        reading_record = ReadingRecord.of(reading, run_id, dt.datetime.now(dt.UTC), listing_url(context, paper))
        memory.readings[hash_of_record(reading_record)] = reading
        await asyncio.to_thread(facts.add_reading, reading_record)
        for language in context.settings.language:
            analysis = await context.analyst.analyze(paper, reading, language)
            analysis_record = AnalysisRecord.of(analysis, run_id, dt.datetime.now(dt.UTC), reading.sha256)
            memory.analyses[hash_of_record(analysis_record)] = analysis
            await asyncio.to_thread(facts.add_analysis, analysis_record)

    await asyncio.gather(*(one(p) for p in papers))


def listing_url(context: RunContext, paper: Paper) -> str:
    """The page of the listed abstract."""
    return f"{context.hf.base_url}/papers/{paper.arxiv_id}"


async def read_one(context: RunContext, paper: Paper) -> Reading:
    """The reading of one paper."""
    return await read_paper(
        paper,
        fetch=context.arxiv.get,
        read_body=context.body_readers.read_body,
        save_response=context.save_responses(month_of(paper.arxiv_id)),
        gate=context.gate,
        listing_url=listing_url(context, paper),
    )


async def read_all(context: RunContext) -> tuple[list[Paper], list[Reading]]:
    """The papers of the list and their readings."""
    papers = dedupe(await context.fetch_list(DATE), load_history(context.store, DATE))

    async def one(paper: Paper) -> Reading:
        async with context.readers:
            return await read_one(context, paper)

    return papers, list(await asyncio.gather(*(one(p) for p in papers)))


async def analyze_all(papers: list[Paper], readings: list[Reading]) -> None:
    """Analyse papers that were read before, all concurrently."""
    async with without_server(), open_run_context(load_settings()) as context:
        language = context.settings.language[0]
        await asyncio.gather(*(context.analyst.analyze(p, r, language) for p, r in zip(papers, readings, strict=True)))


async def time_run(work: Callable[[], Awaitable[None]], **values: str) -> float:
    """Seconds from call to return, in a new store."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {f"DAILY_PAPERS_{k}": v for k, v in values.items()} | {"DAILY_PAPERS_STORE": folder}
        started = time.monotonic()
        await work()
        return time.monotonic() - started


async def task_runs() -> int:
    """The number of task runs of the newest flow run."""
    async with get_client() as client:
        await asyncio.sleep(2.0)  # they are written to the database a little after the flow ends
        flow_runs = await client.read_flow_runs(limit=200)
        newest = max(flow_runs, key=lambda r: r.created or dt.datetime.min.replace(tzinfo=dt.UTC))
        run_filter = FlowRunFilter(id=FlowRunFilterId(any_=[newest.id]))
        count = 0
        while page := await client.read_task_runs(flow_run_filter=run_filter, limit=200, offset=count):
            count += len(page)
        return count


async def measure_overhead(latency: float, site: str, repeat: int) -> None:
    """Compare the flow with the run without Prefect; the two alternate."""
    with replay("llm.py", "--zh", "--latency", str(latency)) as model:
        values = settings_of(site, model)
        flows, bares = [], []
        for _ in range(repeat):
            bares.append(await time_run(run_bare, **values))
            flows.append(await time_run(run_flow, **values))
    flow, bare = statistics.median(flows), statistics.median(bares)
    text = f"flow {flow:.2f} s, bare {bare:.2f} s, {flow / bare:.2f} times"
    if latency:
        check(flow <= MAX_RATIO * bare, f"price at {latency:g} s: {text} (at most {MAX_RATIO})")
        return
    runs = await task_runs()
    limit = runs * MAX_TASK_SECONDS + MAX_FLOW_SECONDS
    per_task = (flow - bare - MAX_FLOW_SECONDS) / runs
    details = (
        f"{text}; {flow - bare:.2f} s on top for {runs} task runs, allowed {limit:.2f} s ({1000 * per_task:.0f} ms each"
    )
    check(flow - bare <= limit, f"price at 0 s: {details} beyond the flow's second)")


async def measure_overlap(site: str, repeat: int) -> None:
    """A day at arXiv's request interval with a slow model takes as long as the slower of the two, and one answer."""
    latency, interval = 2.0, 0.3
    readings: tuple[list[Paper], list[Reading]] = ([], [])

    async def read() -> None:
        nonlocal readings
        async with without_server(), open_run_context(load_settings()) as context:
            readings = await read_all(context)

    day_times, reading_times, analysis_times = [], [], []
    with replay("llm.py", "--zh", "--latency", str(latency)) as model:
        values = settings_of(site, model) | {"ARXIV_INTERVAL": str(interval)}
        for _ in range(repeat):
            reading_times.append(await time_run(read, **values))
            analysis_times.append(await time_run(lambda: analyze_all(*readings), **values))
            day_times.append(await time_run(run_flow, **values))
    day, reading, analysing = map(statistics.median, (day_times, reading_times, analysis_times))
    longest = max(reading, analysing) + latency
    text = (
        f"day {day:.2f} s; reading alone {reading:.2f} s, analysing alone {analysing:.2f} s; {day / longest:.2f} times"
    )
    check(day <= MAX_RATIO * longest, f"overlap: {text} the longer and one latency (at most {MAX_RATIO})")


def settings_of(site: str, model: str) -> dict[str, str]:
    """The settings of a run."""
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
    """Warm up, then run each measurement."""
    with replay("serve.py", "--fill") as site:
        with replay("llm.py", "--zh") as model:
            for work in (run_bare, run_flow):
                await time_run(work, **settings_of(site, model))
        if only in (None, "price"):
            for latency in (0.0, 1.0):
                await measure_overhead(latency, site, repeat)
        if only in (None, "overlap"):
            await measure_overlap(site, repeat)


def main() -> int:
    """Run all measurements; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, help="3; of the CPU 5")
    parser.add_argument("--only", choices=["price", "overlap", "cpu"])
    parser.add_argument("--profile", action="store_true", help="where the time goes in this process")
    arguments = parser.parse_args()
    if not (SHARED / "recorded").is_dir():
        print("needs the recorded inputs beside the checkout")
        return 1
    if arguments.only in (None, "cpu"):
        bench_cpu(HERE.parents[2], None, arguments.repeat or 5)
    if arguments.only == "cpu":
        return finish()
    with ExitStack() as stack:
        stack.enter_context(prefect_test_harness(server_startup_timeout=120))
        os.chdir(stack.enter_context(tempfile.TemporaryDirectory()))
        profiler = cProfile.Profile() if arguments.profile else None
        if profiler:
            profiler.enable()
        asyncio.run(all_points(arguments.only, arguments.repeat or 3))
        if profiler:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("tottime").print_stats(45)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
