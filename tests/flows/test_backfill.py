"""A range of dates: here, on workers, with faults, killed in the middle, and again."""

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
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.flow_engine import run_flow
from prefect.states import Crashed
from prefect.types.entrypoint import EntrypointType

from flows import backfill as module
from flows.backfill import BackfillReport, DatesLeft, backfill
from flows.daily import daily
from flows.days.date_selection import checked_range, complete
from flows.days.pending_corrections import PendingCorrections, key_of_range, read_notes, write_note
from flows.server.deployed_runs import DEPLOYMENT, idempotency_key, key_base
from papers.day import Run
from papers.errors import ModelUnreachable, SiteUnreachable, UsageError
from papers.store import Store, open_store
from papers.tables.snapshots import append_rows, dates_of, write_snapshot
from tests.factories import analysis, reading
from tests.flows.conftest import Command, call
from tests.plain import MemoryStore, clockless, contents
from tests.servers import replay
from tests.shared import SHARED, needs_shared

SAMPLE_DATES = ("2026-01-08", "2026-01-09")
MONDAY = dt.date(2026, 3, 2)
REPEATED = [dt.date(2026, 3, n) for n in (2, 3, 4)]
Site = Callable[..., str]


# --- plain functions -------------------------------------------------------------------------------------------------


def test_a_run_is_asked_for_once_until_it_has_failed() -> None:
    key = idempotency_key(MONDAY, {"language": "en", "model": "a:b"}, 0)
    assert key == idempotency_key(MONDAY, {"model": "a:b", "language": "en"}, 0)
    others = [
        idempotency_key(MONDAY, {"language": "en", "model": "a:b"}, 1),
        idempotency_key(MONDAY, {"language": "zh", "model": "a:b"}, 0),
        idempotency_key(MONDAY, {"language": "en"}, 0),
        idempotency_key(MONDAY + dt.timedelta(days=1), {"language": "en", "model": "a:b"}, 0),
    ]
    assert len({key, *others}) == 5
    assert key.rpartition(" ")[0] == key_base(MONDAY, {"language": "en", "model": "a:b"})


def test_a_range_has_both_its_ends() -> None:
    assert checked_range(MONDAY, MONDAY + dt.timedelta(days=2), "UTC") == REPEATED
    assert checked_range(MONDAY, MONDAY, "UTC") == [MONDAY]
    with pytest.raises(UsageError, match="2026-03-02 is after 2026-03-01"):
        checked_range(MONDAY, MONDAY - dt.timedelta(days=1), "UTC")
    with pytest.raises(UsageError, match="future"):
        checked_range(MONDAY, dt.date(2199, 1, 1), "UTC")


def ended(store: Store, state: str, at: int = 0, **fields: Any) -> None:
    clock = dt.datetime(2026, 3, 3, at, tzinfo=dt.UTC)
    row = {"run_id": f"r{at}", "started_at": clock, "finished_at": clock, "state": state, "versions": {}}
    counts = dict.fromkeys(("listed", "new", "read", "analyzed", "failed", "tokens"), 0)
    append_rows(store, "runs", MONDAY, [Run.model_validate(row | counts | {"cost_usd": None} | fields)], f"r{at}")


def test_a_date_is_complete_when_its_last_run_left_nothing_over() -> None:
    store = MemoryStore()
    assert not complete(store, MONDAY, ["en"])
    ended(store, "done", 1)
    assert complete(store, MONDAY, ["en"])  # nothing was listed
    write_snapshot(store, "readings", MONDAY, [reading(1)], "r")
    assert not complete(store, MONDAY, ["en"])
    write_snapshot(store, "analyses", MONDAY, [analysis(1, language="en")], "r")
    assert complete(store, MONDAY, ["en"])
    assert not complete(store, MONDAY, ["zh", "en"])
    ended(store, "partial", 2)
    assert not complete(store, MONDAY, ["en"])
    ended(store, "done", 3)
    assert complete(store, MONDAY, ["en"])
    skipped = [{"source": "html", "url": "html/1", "outcome": "skipped", "reason": "arXiv answered 403"}]
    write_snapshot(store, "readings", MONDAY, [reading(1, attempts=skipped)], "r")
    assert not complete(store, MONDAY, ["en"])


def test_what_is_owed_is_kept_until_it_is_paid() -> None:
    store = MemoryStore()
    first, second = key_of_range(REPEATED[0], REPEATED[0]), key_of_range(REPEATED[1], REPEATED[2])
    write_note(store, first, PendingCorrections(dates=frozenset(REPEATED[:1])))
    write_note(store, second, PendingCorrections(dates=frozenset(REPEATED[1:]), ordered=False))
    store.put("backfills/other.txt", b"not a note")
    found = read_notes(store)
    assert set(found) == {first, second}
    assert found[first] | found[second] == PendingCorrections(dates=frozenset(REPEATED), ordered=False)
    write_note(store, first, PendingCorrections())
    assert set(read_notes(store)) == {second}


# --- here ------------------------------------------------------------------------------------------------------------


def test_the_sample_days_and_then_nothing(command: Command, tmp_path: Path) -> None:
    got = command("backfill", *SAMPLE_DATES)
    assert got.code == 0, got
    assert "2 dates: 0 complete, 2 to do" in got.out
    store = open_store(str(tmp_path / "store"))
    made = contents(store)
    assert len([k for k in made if k.startswith("editions/")]) == 24
    again = command("backfill", *SAMPLE_DATES)
    assert again.code == 0
    assert "2 dates: 2 complete, 0 to do" in again.out
    assert contents(store) == made
    assert len(store_rows(store, "runs")) == 2
    for date in SAMPLE_DATES:
        call(tmp_path / "one by one", "run", "--date", date)
    assert bare(tmp_path / "one by one") == bare(tmp_path / "store")


def store_rows(store: Store, dataset: str) -> list[str]:
    return [str(d) for d in dates_of(store, dataset)]


def test_bad_ranges_end_with_two(command: Command) -> None:
    assert command("backfill", "2026-01-09", "2026-01-08").code == 2
    assert command("backfill", "2026-01-32", "2026-02-08").code == 2
    assert command("backfill", "2026-01-09", "2199-01-08").code == 2


def test_deploy_without_a_deployment_says_what_to_do(command: Command) -> None:
    got = command("backfill", *SAMPLE_DATES, "--deploy")
    assert got.code == 2
    assert "prefect deploy --all" in got.err


def test_a_date_that_fails_does_not_stop_the_rest(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.daily import run_part

    async def broken(date: dt.date, *more: Any) -> Any:
        if date.isoformat() == SAMPLE_DATES[0]:
            raise RuntimeError("the disk of this test is broken")
        return await run_part(date, *more)

    monkeypatch.setattr(module, "run_part", broken)
    got = command("backfill", *SAMPLE_DATES)
    assert got.code == 1
    assert "RuntimeError: the disk of this test is broken" in got.out
    assert "1 of 2 dates are not complete" in got.err
    assert store_rows(open_store(str(tmp_path / "store")), "runs") == [SAMPLE_DATES[1]]
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert command("backfill", *SAMPLE_DATES).code == 0
    assert call(tmp_path / "whole", "backfill", *SAMPLE_DATES).code == 0
    assert bare(tmp_path / "store") == bare(tmp_path / "whole")


def test_a_model_that_is_not_there_ends_it_at_once(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    async def refused(date: dt.date, *_: Any) -> Any:
        seen.append(date)
        raise ModelUnreachable("The model says no")

    monkeypatch.setattr(module, "run_part", refused)
    monkeypatch.setattr(module, "AT_ONCE", 1)
    got = command("backfill", "2026-01-05", "2026-01-09")
    assert got.code == 3
    assert "The model says no" in got.err
    assert len(seen) == 1


def test_a_site_that_is_not_there_ends_with_three(command: Command) -> None:
    got = command("backfill", *SAMPLE_DATES[:1], "2026-01-12", HF_URL="http://127.0.0.1:9", TRIES="1")
    assert got.code == 3
    assert "127.0.0.1:9" in got.err


def test_a_refusal_by_arxiv_leaves_the_dates_to_a_later_call(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is reported from abstracts alone that would be whole a day later."""
    from papers import sample

    answer = sample._answer

    def refusing(request: httpx.Request) -> httpx.Response:
        return answer(request) if request.url.path.startswith("/api") else httpx.Response(403)

    monkeypatch.setattr(sample, "_answer", refusing)
    got = command("backfill", *SAMPLE_DATES)
    assert got.code == 1
    assert "403" in got.out
    assert store_rows(open_store(str(tmp_path / "store")), "readings") == []
    monkeypatch.setattr(sample, "_answer", answer)
    assert command("backfill", *SAMPLE_DATES).code == 0


def test_later_days_are_corrected_once_even_when_it_was_killed_before(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(str(tmp_path / "store"))
    assert command("run", "--date", SAMPLE_DATES[1]).code == 0

    def killed(*_: Any) -> Any:
        raise SiteUnreachable("stands for a kill")

    monkeypatch.setattr(module, "apply_corrections", killed)
    assert command("backfill", SAMPLE_DATES[0], SAMPLE_DATES[0]).code == 3
    assert read_notes(store) != {}
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    got = command("backfill", SAMPLE_DATES[0], SAMPLE_DATES[0])
    assert got.code == 0
    assert f"corrected by it: {SAMPLE_DATES[1]}" in got.out
    assert read_notes(store) == {}
    call(tmp_path / "in order", "backfill", *SAMPLE_DATES)
    assert bare(tmp_path / "store") == bare(tmp_path / "in order")


# --- killed ----------------------------------------------------------------------------------------------------------


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_killed_in_the_middle_and_called_again(how: signal.Signals, tmp_path: Path, site: Site) -> None:
    """No conversation is held twice but those that were under way, and nothing tells the two stores apart."""
    address = site("--fill")
    words = ["backfill", "2026-01-01", "2026-01-02"]
    own = {"HF_URL": address, "ARXIV_URL": address, "LANGUAGE": "en", "MODEL": "openai:replay", "CONCURRENCY": "4"}
    with replay("llm.py", "--latency", "0.4") as model:
        own["MODEL_URL"] = f"{model}/v1"
        env = os.environ | {f"DAILY_PAPERS_{k}": v for k, v in own.items()}
        env |= {
            "DAILY_PAPERS_STORE": str(tmp_path / "store"),
            "DAILY_PAPERS_ARXIV_INTERVAL": "0",
            "PREFECT_HOME": str(tmp_path / "prefect"),  # a server of its own, which holds no slot for the dead
        }
        command = [sys.executable, "-m", "flows.cli", *words]
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        # A shell lets what it starts in the background ignore Ctrl-C, and the tests may be that.
        heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        with subprocess.Popen(command, env=env, preexec_fn=heard, **pipes) as process:
            while len(log_of(model)) < 4 and process.poll() is None:
                time.sleep(0.05)
            process.send_signal(how)
            said, _ = process.communicate(timeout=60)
        assert process.returncode == (130 if how == signal.SIGINT else -9)
        assert "Traceback" not in said
        got = call(tmp_path / "store", *words, **own)
        assert got.code == 0, got
        conversations = Counter(row["conversation"] for row in log_of(model))
        assert sum(n > 1 for n in conversations.values()) <= 4
    with replay("llm.py") as model:
        assert call(tmp_path / "whole", *words, **(own | {"MODEL_URL": f"{model}/v1"})).code == 0
    assert bare(tmp_path / "store") == bare(tmp_path / "whole")


def bare(folder: Path) -> dict[str, Any]:
    """The contents without what tells two servers apart: the key of the cache holds the model's address."""
    found = clockless(open_store(str(folder)))
    for name in (n for n in found if n.startswith("analyses")):
        found[name] = [{k: v for k, v in row.items() if k != "cache_key"} for row in found[name]]
    return found


def log_of(model: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in httpx.get(f"{model}/__log").text.splitlines() if line]


# --- on workers ------------------------------------------------------------------------------------------------------


PID = os.getpid()
process = ContextVar("process", default=PID)  # whose writer's note it is


async def work(faults: dict[str, int]) -> None:
    """A worker that takes the newest date first; `faults`: how often a date's run is lost."""
    process.set(1)  # another process than the backfill's, and one that lives
    async with get_client() as client:
        deployment = await client.read_deployment_by_name(DEPLOYMENT)
        while True:
            runs = await client.read_flow_runs(limit=200)
            mine = [r for r in runs if r.deployment_id == deployment.id and r.state and r.state.is_scheduled()]
            for run in sorted(mine, key=lambda r: str(r.parameters["date"]), reverse=True):
                await perform(run, faults)
            await asyncio.sleep(0.05)


async def perform(run: FlowRun, faults: dict[str, int]) -> None:
    date = str(run.parameters["date"])
    if faults.get(date, 0):
        faults[date] -= 1
        async with get_client() as client:
            await client.set_flow_run_state(run.id, Crashed(message="the worker was lost"), force=True)
        return
    parameters = run.parameters | {"date": dt.date.fromisoformat(date)}
    with contextlib.suppress(Exception):
        await run_flow(daily, flow_run=run, parameters=parameters)  # type: ignore[misc]


async def deployed(start: dt.date, end: dt.date, faults: dict[str, int] | None = None) -> BackfillReport:
    await (await daily.ato_deployment(name="daily", entrypoint_type=EntrypointType.MODULE_PATH)).aapply()
    worker = asyncio.create_task(work(faults or {}))
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
    own = {"HF_URL": address, "ARXIV_URL": address, "ARXIV_INTERVAL": "0", "LANGUAGE": "en"}
    for name, value in own.items():
        monkeypatch.setenv(f"DAILY_PAPERS_{name}", value)
    monkeypatch.setattr("papers.tables.unfinished_dates.os", SimpleNamespace(getpid=process.get, kill=os.kill))
    monkeypatch.setattr("flows.server.deployed_runs.POLL", 0.1)
    monkeypatch.setattr(module, "LISTS_AT_ONCE", 1)  # the stand-in pages are of the list that was asked for last
    start, end = REPEATED[0], REPEATED[-1]

    monkeypatch.setenv("DAILY_PAPERS_STORE", str(tmp_path / "workers"))
    with pytest.raises(DatesLeft, match=r"1 of 3 dates are not complete.*the worker was lost"):
        await deployed(start, end, {end.isoformat(): 1})
    report = await deployed(start, end)
    assert [o.state for o in report.outcomes] == ["complete", "complete", "done"]
    runs = await runs_of_backfills()
    assert [runs[d] for d in REPEATED] == [1, 1, 2]
    assert [o.state for o in (await deployed(start, end)).outcomes] == ["complete"] * 3
    assert await runs_of_backfills() == runs

    monkeypatch.setenv("DAILY_PAPERS_STORE", str(tmp_path / "here"))
    await backfill(start, end)
    one, other = bare(tmp_path / "workers"), bare(tmp_path / "here")
    assert [k for k in {*one, *other} if one.get(k) != other.get(k)] == []


async def runs_of_backfills() -> Counter[dt.date]:
    async with get_client() as client:
        runs = await client.read_flow_runs(limit=200)
    return Counter(dt.date.fromisoformat(r.parameters["date"]) for r in runs if "backfill" in r.tags)
