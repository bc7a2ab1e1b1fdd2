"""Backfills: in this process, on workers, with failures, killed in the middle, and repeated."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.flow_engine import run_flow
from prefect.states import Crashed
from prefect.types.entrypoint import EntrypointType

from flows import backfill as backfill_module
from flows.backfill import backfill
from flows.daily import daily
from flows.days.backfill_report import BackfillReport, DatesIncomplete
from flows.days.date_selection import validate_range
from flows.days.date_states import DateStates
from flows.days.view_updates import update_views
from flows.server.deployed_runs import DEPLOYMENT, idempotency_key, key_prefix
from papers.errors import ModelUnreachable, SiteUnreachable, UsageError
from papers.facts.day_facts import DayFacts
from papers.facts.records import ReadingRecord
from papers.models import Attempt, Language, ListedPaper, Listing, Paper
from papers.reasons import make_reason
from papers.store import Store, open_store
from papers.tables.snapshots import dates_of, read_snapshot
from tests.factories import NOON, listed_paper, listing, paper
from tests.flows.conftest import Command, run_command
from tests.flows.days.six_days import BRIEF
from tests.plain import (
    MemoryStore,
    contents_without_times,
    finished_run,
    put_rows,
    read_abstract,
    run_without_prefect,
    store_contents,
    view_settings,
)
from tests.servers import replay
from tests.shared import SHARED, needs_shared

SAMPLE_DATES = ("2026-01-08", "2026-01-09")
MONDAY = dt.date(2026, 3, 2)
REPEATED_DATES = [dt.date(2026, 3, n) for n in (2, 3, 4)]
Site = Callable[..., str]


# --- plain functions -------------------------------------------------------------------------------------------------


def test_a_run_is_created_once_until_it_has_failed() -> None:
    key = idempotency_key(MONDAY, {"language": "en", "model": "a:b"}, 0)
    assert key == idempotency_key(MONDAY, {"model": "a:b", "language": "en"}, 0)
    others = [
        idempotency_key(MONDAY, {"language": "en", "model": "a:b"}, 1),
        idempotency_key(MONDAY, {"language": "zh", "model": "a:b"}, 0),
        idempotency_key(MONDAY, {"language": "en"}, 0),
        idempotency_key(MONDAY + dt.timedelta(days=1), {"language": "en", "model": "a:b"}, 0),
    ]
    assert len({key, *others}) == 5
    assert key.rpartition(" ")[0] == key_prefix(MONDAY, {"language": "en", "model": "a:b"})


def test_a_range_has_both_its_ends() -> None:
    assert validate_range(MONDAY, MONDAY + dt.timedelta(days=2), "UTC") == REPEATED_DATES
    assert validate_range(MONDAY, MONDAY, "UTC") == [MONDAY]
    with pytest.raises(UsageError, match="2026-03-02 is after 2026-03-01"):
        validate_range(MONDAY, MONDAY - dt.timedelta(days=1), "UTC")
    with pytest.raises(UsageError, match="future"):
        validate_range(MONDAY, dt.date(2199, 1, 1), "UTC")


def is_complete(store: Store, *languages: Language) -> bool:
    return DateStates(store).is_complete(MONDAY, languages)


def test_a_date_is_complete_when_nothing_is_left_over() -> None:
    store = MemoryStore()
    assert not is_complete(store, "zh")
    run_without_prefect(store, listing(date=MONDAY), BRIEF)
    assert is_complete(store, "zh")  # nothing was listed
    papers = [listed_paper(1), listed_paper(2, abstract="")]
    run_without_prefect(store, capture_of(papers, 13), BRIEF)
    assert not is_complete(store, "zh")  # one could not be read
    run_without_prefect(store, capture_of(papers[:1], 14), BRIEF)
    assert is_complete(store, "zh")
    assert not is_complete(store, "zh", "en")
    facts = DayFacts(store, MONDAY)
    facts.list_again()
    facts.start_run("other")
    assert is_complete(store, "zh")  # it has added nothing yet
    facts.add_capture(capture_of([listed_paper(1), listed_paper(3)], 15), "other")
    assert not is_complete(store, "zh")  # it is working on it, or was killed
    update_views(view_settings(store, BRIEF), [MONDAY])
    assert not is_complete(store, "zh")  # nobody has read the new paper
    run_without_prefect(store, capture_of([listed_paper(1), listed_paper(3)], 15), BRIEF)
    assert is_complete(store, "zh")


def capture_of(papers: list[ListedPaper], hour: int) -> Listing:
    """A list of Monday's, fetched at that hour."""
    at = dt.datetime.combine(MONDAY, dt.time(hour), dt.UTC)
    return listing(*papers, date=MONDAY, captured_at=at, sha256=f"{hour:064d}")


def test_a_date_with_skipped_sources_is_not_complete() -> None:
    store = MemoryStore()
    skipped = Attempt(source="html", url="html/1", outcome="skipped", reason=make_reason("arxiv-forbidden"))
    facts = DayFacts(store, MONDAY)
    facts.add_capture(capture_of([listed_paper(1)], 12), "r")
    reading = read_abstract(paper(1), store).model_copy(update={"attempts": [skipped]})
    facts.add_reading(ReadingRecord.of(reading, "r", NOON, ""))
    run_without_prefect(store, capture_of([listed_paper(1)], 12), BRIEF)
    outcome = DateStates(store).outcome(MONDAY)
    assert outcome is not None
    assert (outcome.state, outcome.untried, outcome.has_skipped_sources) == ("done", [], True)
    assert not is_complete(store, "zh")


async def test_a_backfill_lists_the_keys_of_the_store_once() -> None:
    """On S3 each listing of the keys is a request or more."""
    prefixes: Counter[str] = Counter()

    class CountingStore(MemoryStore):
        def keys(self, prefix: str) -> Iterator[str]:
            prefixes[prefix] += 1
            return super().keys(prefix)

    store = CountingStore()
    dates = [MONDAY + dt.timedelta(days=n) for n in range(9)]
    for date in dates[::2]:  # the same papers each day: all but the first list are repeats
        put_rows(store, "papers", date, [paper(first_seen=dates[0])])

    async def fetch_list(date: dt.date) -> Listing:
        return listing(listed_paper(1), listed_paper(2), date=date)

    settings = SimpleNamespace(language=["en"])
    context = SimpleNamespace(store=store, settings=settings, views=view_settings(store, BRIEF), fetch_list=fetch_list)
    job = backfill_module._BackfillJob(context, dates[1:])  # type: ignore[arg-type]
    prefixes.clear()
    await job.fetch_lists()
    assert job.listed_dates == dates[1:]
    assert prefixes["manifests/"] == 1
    assert prefixes["snapshots/papers/"] <= 2 * len(dates)  # for each date: what the index has, and what is new since
    assert sum(n for prefix, n in prefixes.items() if not prefix.startswith("facts/")) <= 6 * len(dates)
    kinds = [[p.dedupe_kind for p in read_snapshot(store, "papers", d, Paper) or []] for d in dates[1:]]
    assert kinds == [["repeat", "new"]] + [["repeat", "repeat"]] * 7


def test_a_crashed_worker_is_reported_whatever_an_earlier_run_of_the_date_wrote() -> None:
    store = MemoryStore()
    unreadable = [listed_paper(n, abstract="" if n < 3 else "We study it. It works.") for n in range(1, 6)]
    run_without_prefect(store, capture_of(unreadable, 12), BRIEF)
    context = SimpleNamespace(store=store, settings=SimpleNamespace(language=["en"]))
    job = backfill_module._BackfillJob(context, [MONDAY])  # type: ignore[arg-type]
    crashed_run = FlowRun(flow_id=uuid4(), state=Crashed(message="the worker was lost"))
    outcome = job.worker_outcome(MONDAY, crashed_run)
    assert outcome.state == "failed"
    assert "the worker was lost" in outcome.reason
    DayFacts(store, MONDAY).end_run(finished_run(str(crashed_run.id), []))
    outcome = job.worker_outcome(MONDAY, crashed_run)
    assert (outcome.state, outcome.failed) == ("partial", 2)


# --- in this process -------------------------------------------------------------------------------------------------


def test_the_sample_days_and_then_nothing(command: Command, tmp_path: Path) -> None:
    result = command("backfill", *SAMPLE_DATES)
    assert result.code == 0, result
    assert "2 dates: 0 complete, 2 to do" in result.out
    store = open_store(str(tmp_path / "store"))
    before = store_contents(store)
    assert len([k for k in before if k.startswith("editions/")]) == 24
    again = command("backfill", *SAMPLE_DATES)
    assert again.code == 0
    assert "2 dates: 2 complete, 0 to do" in again.out
    assert store_contents(store) == before
    assert len(store_rows(store, "runs")) == 2
    for date in SAMPLE_DATES:
        run_command(tmp_path / "one by one", "run", "--date", date)
    assert comparable_contents(tmp_path / "one by one") == comparable_contents(tmp_path / "store")


def store_rows(store: Store, dataset: str) -> list[str]:
    return [str(d) for d in dates_of(store, dataset)]


def test_bad_ranges_exit_with_two(command: Command) -> None:
    assert command("backfill", "2026-01-09", "2026-01-08").code == 2
    assert command("backfill", "2026-01-32", "2026-02-08").code == 2
    assert command("backfill", "2026-01-09", "2199-01-08").code == 2


def test_deploy_without_a_deployment_says_what_to_do(command: Command) -> None:
    result = command("backfill", *SAMPLE_DATES, "--deploy")
    assert result.code == 2
    assert "prefect deploy --all" in result.err


def test_a_date_that_fails_does_not_stop_the_rest(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.daily import run_backfill_date

    async def fail_on_first(date: dt.date, *more: Any) -> Any:
        if date.isoformat() == SAMPLE_DATES[0]:
            raise RuntimeError("the disk of this test is broken")
        return await run_backfill_date(date, *more)

    monkeypatch.setattr(backfill_module, "run_backfill_date", fail_on_first)
    result = command("backfill", *SAMPLE_DATES)
    assert result.code == 1
    assert "RuntimeError: the disk of this test is broken" in result.out
    assert "1 of 2 dates are not complete" in result.err
    assert store_rows(open_store(str(tmp_path / "store")), "runs") == [SAMPLE_DATES[1]]
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert command("backfill", *SAMPLE_DATES).code == 0
    assert run_command(tmp_path / "whole", "backfill", *SAMPLE_DATES).code == 0
    assert comparable_contents(tmp_path / "store") == comparable_contents(tmp_path / "whole")


def test_an_unreachable_model_ends_the_backfill_at_once(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    async def refuse(date: dt.date, *_: Any) -> Any:
        calls.append(date)
        raise ModelUnreachable("The model says no")

    monkeypatch.setattr(backfill_module, "run_backfill_date", refuse)
    monkeypatch.setattr(backfill_module, "CONCURRENT_DATES", 1)
    result = command("backfill", "2026-01-05", "2026-01-09")
    assert result.code == 3
    assert "The model says no" in result.err
    assert len(calls) == 1


def test_an_unreachable_site_exits_with_three(command: Command) -> None:
    result = command("backfill", *SAMPLE_DATES[:1], "2026-01-12", HF_URL="http://127.0.0.1:9", TRIES="1")
    assert result.code == 3
    assert "127.0.0.1:9" in result.err


def test_a_refusal_by_arxiv_leaves_the_dates_to_a_later_call(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A date is not reported from abstracts if its papers can be read in full a day later."""
    from papers import sample

    answer = sample._respond

    def refuse_papers(request: httpx.Request) -> httpx.Response:
        return answer(request) if request.url.path.startswith("/api") else httpx.Response(403)

    monkeypatch.setattr(sample, "_respond", refuse_papers)
    result = command("backfill", *SAMPLE_DATES)
    assert result.code == 1
    assert "403" in result.out
    assert store_rows(open_store(str(tmp_path / "store")), "readings") == []
    monkeypatch.setattr(sample, "_respond", answer)
    assert command("backfill", *SAMPLE_DATES).code == 0


def test_later_days_are_updated_once_even_when_it_was_killed_before(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(str(tmp_path / "store"))
    assert command("run", "--date", SAMPLE_DATES[1]).code == 0
    before = store_contents(store)

    def fail(*_: Any) -> Any:
        raise SiteUnreachable("stands for a kill")

    monkeypatch.setattr(backfill_module, "update_views", fail)
    assert command("backfill", SAMPLE_DATES[0], SAMPLE_DATES[0]).code == 3
    assert before.items() <= store_contents(store).items()  # the later day is as it was
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    result = command("backfill", SAMPLE_DATES[0], SAMPLE_DATES[0])
    assert result.code == 0
    assert f"later days corrected: {SAMPLE_DATES[1]}" in result.out
    again = command("backfill", SAMPLE_DATES[0], SAMPLE_DATES[0])
    assert "later days corrected" not in again.out
    run_command(tmp_path / "in order", "backfill", *SAMPLE_DATES)
    assert comparable_contents(tmp_path / "store") == comparable_contents(tmp_path / "in order")


# --- killed ----------------------------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("kill_signal", [signal.SIGKILL, signal.SIGINT])
def test_killed_in_the_middle_and_called_again(kill_signal: signal.Signals, tmp_path: Path, site: Site) -> None:
    """Only conversations that were active are repeated, and the stores of both backfills are equal."""
    address = site("--fill")
    arguments = ["backfill", "2026-01-01", "2026-01-02"]
    settings = {"HF_URL": address, "ARXIV_URL": address, "LANGUAGE": "en", "MODEL": "openai:replay", "CONCURRENCY": "4"}
    with replay("llm.py", "--zh", "--latency", "0.4") as model:
        settings["MODEL_URL"] = f"{model}/v1"
        env = os.environ | {f"DAILY_PAPERS_{k}": v for k, v in settings.items()}
        env |= {
            "DAILY_PAPERS_STORE": str(tmp_path / "store"),
            "DAILY_PAPERS_ARXIV_INTERVAL": "0",
            "PREFECT_HOME": str(tmp_path / "prefect"),  # a separate server, on which the killed process holds no slot
        }
        command = [sys.executable, "-m", "flows.cli", *arguments]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        # A shell makes its background processes ignore Ctrl-C, and the tests may be one.
        restore_sigint = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        with subprocess.Popen(command, env=env, preexec_fn=restore_sigint, **pipes) as process:
            while len(read_log(model)) < 4 and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(kill_signal)
            output, _ = process.communicate(timeout=60)
        assert process.returncode == (130 if kill_signal == signal.SIGINT else -9)
        assert "Traceback" not in output
        result = run_command(tmp_path / "store", *arguments, **settings)
        assert result.code == 0, result
        conversations = Counter(row["conversation"] for row in read_log(model))
        assert sum(n > 1 for n in conversations.values()) <= 4
    with replay("llm.py", "--zh") as model:
        assert run_command(tmp_path / "whole", *arguments, **(settings | {"MODEL_URL": f"{model}/v1"})).code == 0
    assert comparable_contents(tmp_path / "store") == comparable_contents(tmp_path / "whole")


def comparable_contents(folder: Path) -> dict[str, Any]:
    """The contents without cache keys, which contain the address of the model's server, and without what that server
    had cached, which depends on the calls before.
    """
    contents = contents_without_times(open_store(str(folder)))
    for name in (n for n in contents if n.startswith("analyses")):
        contents[name] = [
            {k: v for k, v in row.items() if k not in ("cache_key", "cached_tokens")} for row in contents[name]
        ]
    return contents


def read_log(model: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in httpx.get(f"{model}/__log").text.splitlines() if line]


# --- on workers ------------------------------------------------------------------------------------------------------


async def work_on_runs(faults: dict[str, int]) -> None:
    """A worker that takes the newest date first; `faults` says how often the run of a date is lost."""
    async with get_client() as client:
        deployment = await client.read_deployment_by_name(DEPLOYMENT)
        while True:
            runs = await client.read_flow_runs(limit=200)
            scheduled_runs = [
                r for r in runs if r.deployment_id == deployment.id and r.state and r.state.is_scheduled()
            ]
            for run in sorted(scheduled_runs, key=lambda r: str(r.parameters["date"]), reverse=True):
                await perform_run(run, faults)
            await asyncio.sleep(0.05)


async def perform_run(run: FlowRun, faults: dict[str, int]) -> None:
    date = str(run.parameters["date"])
    if faults.get(date, 0):
        faults[date] -= 1
        async with get_client() as client:
            await client.set_flow_run_state(run.id, Crashed(message="the worker was lost"), force=True)
        return
    parameters = run.parameters | {"date": dt.date.fromisoformat(date)}
    with contextlib.suppress(Exception):
        await run_flow(daily, flow_run=run, parameters=parameters)  # type: ignore[misc]


async def run_deployed_backfill(start: dt.date, end: dt.date, faults: dict[str, int] | None = None) -> BackfillReport:
    await (await daily.ato_deployment(name="daily", entrypoint_type=EntrypointType.MODULE_PATH)).aapply()
    worker = asyncio.create_task(work_on_runs(faults or {}))
    try:
        return await backfill(start, end, deploy=True)
    finally:
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await worker


@needs_shared
@pytest.mark.slow
async def test_workers_in_any_order_end_in_the_same_snapshots(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = site("--fill", "--listings", str(SHARED / "recorded" / "repeats"))
    settings = {"HF_URL": address, "ARXIV_URL": address, "ARXIV_INTERVAL": "0", "LANGUAGE": "en"}
    for name, value in settings.items():
        monkeypatch.setenv(f"DAILY_PAPERS_{name}", value)
    monkeypatch.setattr("flows.server.deployed_runs.POLL_INTERVAL", 0.1)
    # One list at a time: the generated pages belong to the list that was requested last.
    monkeypatch.setattr(backfill_module, "CONCURRENT_LISTS", 1)
    start, end = REPEATED_DATES[0], REPEATED_DATES[-1]

    monkeypatch.setenv("DAILY_PAPERS_STORE", str(tmp_path / "workers"))
    with pytest.raises(DatesIncomplete, match=r"1 of 3 dates are not complete.*the worker was lost"):
        await run_deployed_backfill(start, end, {end.isoformat(): 1})
    report = await run_deployed_backfill(start, end)
    assert [o.state for o in report.outcomes] == ["complete", "complete", "done"]
    runs = await runs_of_backfills()
    assert [runs[d] for d in REPEATED_DATES] == [1, 1, 2]
    assert [o.state for o in (await run_deployed_backfill(start, end)).outcomes] == ["complete"] * 3
    assert await runs_of_backfills() == runs

    monkeypatch.setenv("DAILY_PAPERS_STORE", str(tmp_path / "here"))
    await backfill(start, end)
    one, other = comparable_contents(tmp_path / "workers"), comparable_contents(tmp_path / "here")
    assert [k for k in {*one, *other} if one.get(k) != other.get(k)] == []


async def runs_of_backfills() -> Counter[dt.date]:
    async with get_client() as client:
        runs = await client.read_flow_runs(limit=200)
    return Counter(dt.date.fromisoformat(r.parameters["date"]) for r in runs if "backfill" in r.tags)
