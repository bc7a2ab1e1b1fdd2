"""Local servers, `setup`, `watch` and artifacts, without a real server."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from prefect.client.orchestration import get_client
from pydantic import SecretStr

from flows.days.day_outcome import outcome_of
from flows.server import artifacts, local_server
from flows.server.local_server import POOL
from flows.server.setup import FAILED_RUNS, LOST_RUNS, set_up
from flows.watch import missing_data
from papers.errors import UsageError
from papers.facts.day_facts import DayFacts
from papers.reasons import make_reason
from papers.roundups import resolve_period
from papers.sample import SAMPLE_DAYS
from papers.settings import Settings
from papers.store import FolderStore, Store, open_store
from papers.tables.snapshot_keys import key_of
from tasks.analyze.llm.retries import CallGate
from tests import factories
from tests.flows.days.six_days import BRIEF
from tests.plain import load_day, run_without_prefect

DAY = SAMPLE_DAYS[-1]


# --- up and down ---------------------------------------------------------------------------------------------------


@pytest.fixture
def sleeping_process() -> Any:
    """A process that takes the place of a server."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    yield process
    process.kill()
    process.wait()


def write_record(home: Path, pid: int, began: float) -> None:
    process = {"pid": pid, "began": began}
    home.mkdir(exist_ok=True)
    (home / "daily-papers.json").write_text(json.dumps({"url": "http://127.0.0.1:9", "server": process, "workers": []}))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Prefect's folder, empty."""
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    return tmp_path / "prefect"


def test_a_server_is_found_while_its_process_runs(home: Path, sleeping_process: subprocess.Popen[bytes]) -> None:
    assert local_server.running_server() is None
    write_record(home, sleeping_process.pid, psutil.Process(sleeping_process.pid).create_time())
    assert local_server.running_server() == "http://127.0.0.1:9/api"
    assert local_server.stop() == [sleeping_process.pid]
    sleeping_process.wait(5)
    assert not psutil.pid_exists(sleeping_process.pid)
    assert local_server.running_server() is None
    assert local_server.stop() == []


def test_another_process_with_the_same_id_is_left_alone(home: Path, sleeping_process: subprocess.Popen[bytes]) -> None:
    write_record(home, sleeping_process.pid, psutil.Process(sleeping_process.pid).create_time() - 3600)
    assert local_server.running_server() is None
    assert local_server.stop() == []
    assert sleeping_process.poll() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"server": {}}', '{"server": {"pid": "1"}}'])
def test_an_invalid_record_is_no_server(home: Path, text: str) -> None:
    home.mkdir()
    (home / "daily-papers.json").write_text(text)
    assert local_server.running_server() is None


def test_a_port_that_is_taken_is_reported(home: Path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        with pytest.raises(UsageError, match=r"is taken.*--port 0"):
            local_server.start(listener.getsockname()[1])
    assert not (home / "daily-papers.json").exists()


def test_commands_use_the_running_server_unless_another_is_set(
    home: Path, sleeping_process: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.cli import configure_prefect

    write_record(home, sleeping_process.pid, psutil.Process(sleeping_process.pid).create_time())
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    configure_prefect()
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:9/api"
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:10/api")
    configure_prefect()
    assert os.environ["PREFECT_API_URL"] == "http://127.0.0.1:10/api"


# --- setup ---------------------------------------------------------------------------------------------------------


def test_setup_changes_what_differs_and_nothing_else() -> None:
    async def automations() -> dict[str, Any]:
        async with get_client() as client:
            server_automations = await client.read_automations()
        return {a.name: a for a in server_automations}

    async def set_up_twice() -> None:
        first = await set_up(Settings(_env_file=None))
        assert first.limits == {"arxiv": 1, "model": 8}
        assert first.variables["daily_papers_time_zone"] == "Asia/Shanghai"
        assert not first.has_alert_address
        before = await automations()
        assert [a.type for a in before[FAILED_RUNS].actions] == ["do-nothing"]
        await set_up(Settings(_env_file=None))
        assert await automations() == before
        setup = await set_up(Settings(_env_file=None, alert_url=SecretStr("json://127.0.0.1:9/planted"), concurrency=3))
        assert setup.has_alert_address
        assert "planted" not in repr(setup)
        after = await automations()
        assert [a.type for a in after[FAILED_RUNS].actions] == ["send-notification"]
        assert after[LOST_RUNS] == before[LOST_RUNS]
        assert {n: a.id for n, a in after.items()} == {n: a.id for n, a in before.items()}
        async with get_client() as client:
            assert (await client.read_global_concurrency_limit_by_name("model")).limit == 3
        with pytest.raises(UsageError, match="is of the type process"):
            await set_up(Settings(_env_file=None), "kubernetes")
        async with get_client() as client:
            await client.delete_work_pool(POOL)
        await set_up(Settings(_env_file=None), "kubernetes")  # the server takes our template
        async with get_client() as client:
            assert (await client.read_work_pool(POOL)).type == "kubernetes"
            await client.delete_work_pool(POOL)

    asyncio.run(set_up_twice())


# --- watch ---------------------------------------------------------------------------------------------------------


def test_watch_asks_for_few_keys(demo_store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(str(demo_store))
    read_keys: list[str] = []
    get = FolderStore.get

    def get_and_note(self: FolderStore, key: str) -> bytes | None:
        read_keys.append(key)
        return get(self, key)

    monkeypatch.setattr(FolderStore, "get", get_and_note)
    assert missing_data(store, DAY) is None
    assert read_keys == [f"index/manifests-{DAY.year}.json"]  # whether the files are whole is known from their stamps


def test_watch_reports_what_is_incomplete(folder_store: Store) -> None:
    def watched() -> str:
        return str(missing_data(folder_store, factories.DAY))

    assert watched() == "no run has been started for it"
    DayFacts(folder_store, factories.DAY).start_run("killed")
    assert watched().startswith("no run has finished it")
    lists = factories.listing(factories.listed_paper(1), factories.listed_paper(2, abstract=""))
    run_without_prefect(folder_store, lists, BRIEF)
    assert watched() == "its last run left 1 of 2 papers unfinished"
    others = [factories.listed_paper(n) for n in (1, 3)]  # the second has left the list
    later = factories.listing(*others, sha256="1" * 64, captured_at=factories.NOON + dt.timedelta(hours=1))
    facts = DayFacts(folder_store, factories.DAY)
    facts.list_again()
    facts.add_capture(later, "killed as well")
    assert watched().startswith("no run has finished it")
    run_without_prefect(folder_store, later, BRIEF)
    assert missing_data(folder_store, factories.DAY) is None
    folder_store.delete(key_of("curation", factories.DAY))
    assert watched().startswith("no run has finished it")


# --- artifacts -----------------------------------------------------------------------------------------------------


def test_the_artifacts_show_the_outcome_of_every_paper(demo_store: Path) -> None:
    day = load_day(open_store(str(demo_store)), DAY)
    table = {row["paper"]: row for row in artifacts.papers_table(day)}
    assert len(table) == len(day.papers)
    for paper in day.papers:
        row = table[f"[{paper.arxiv_id}](https://arxiv.org/abs/{paper.arxiv_id})"]
        assert row["kind"] == paper.dedupe_kind
        assert row["state"] == "done" if paper.dedupe_kind == "new" else not row["state"]
    hostile = day.papers[1].model_copy(update={"title": "[a](javascript:b) `c`"})
    title = artifacts.papers_table(day.model_copy(update={"papers": [hostile]}))[0]["title"]
    assert title == r"\[a](javascript:b) \`c\`"  # neither a link nor code
    summary = artifacts.day_summary(day, {}, "s3://bucket/here", "")
    assert f"listed | {len(day.papers)}, of them" in summary
    assert f"`s3://bucket/here/editions/{DAY}/`" in summary
    assert "Failed papers" not in summary
    assert "site" not in summary
    summary_with_links = artifacts.day_summary(day, {}, "here", "https://papers.example.org")
    assert f"[Chinese](https://papers.example.org/zh/days/{DAY}/index.html)" in summary_with_links


def test_the_summary_lists_the_failures_of_the_report(demo_store: Path) -> None:
    day = load_day(open_store(str(demo_store)), DAY)
    readings = [
        factories.reading(1, state="failed", reason=make_reason("encrypted-pdf"), source=None),
        factories.reading(2, state="withdrawn", reason=make_reason("last-version-withdrawn"), source=None),
        factories.reading(3),
    ]
    analyses = [factories.analysis(n, state="failed", reason=make_reason("text", text=f"reason {n}")) for n in (2, 3)]
    rows = {"papers": [factories.paper(n) for n in (1, 2, 3)], "readings": readings, "analyses": analyses}
    partial_day = day.model_copy(update=rows)
    failed = outcome_of(partial_day.papers, partial_day.readings, partial_day.analyses).failed
    summary = artifacts.day_summary(partial_day, failed, "here", "")
    assert list(failed) == ["0000.00001", "0000.00003"]  # a withdrawn paper has not failed
    assert summary.splitlines()[-2:] == [
        "- [0000.00001](https://arxiv.org/abs/0000.00001): not read: an encrypted PDF",
        "- [0000.00003](https://arxiv.org/abs/0000.00003): failed (en): reason 3",
    ]


def test_progress_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    updates: list[float] = []

    async def update(_: Any, progress: float) -> None:
        await asyncio.sleep(
            0.02 / (1 + len(updates)) if progress < 100 else 0
        )  # the last update would overtake the others
        updates.append(progress)

    monkeypatch.setattr(artifacts, "aupdate_progress_artifact", update)

    async def steps() -> None:
        progress = artifacts.DayProgress(None, 10)  # type: ignore[arg-type]
        await asyncio.gather(*(progress.step() for _ in range(10)))

    asyncio.run(steps())
    assert updates == sorted(updates)
    assert updates[-1] == 100


# --- other ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "today", "expected"),
    [
        ("last-week", dt.date(2026, 1, 1), "2025-W52"),
        ("last-week", dt.date(2026, 2, 23), "2026-W08"),
        ("last-month", dt.date(2026, 1, 2), "2025-12"),
        ("last-month", dt.date(2026, 3, 31), "2026-02"),
        ("2026-02", dt.date(2026, 3, 31), "2026-02"),
    ],
)
def test_periods_that_a_schedule_names(name: str, today: dt.date, expected: str) -> None:
    assert resolve_period(name, today).name == expected


async def test_each_model_call_takes_a_slot() -> None:

    active_calls: list[int] = []

    @asynccontextmanager
    async def slot() -> Any:
        active_calls.append(1)
        try:
            yield
        finally:
            active_calls.append(-1)

    async def send() -> Any:
        assert sum(active_calls) == 1
        raise OSError

    gate = CallGate(Settings(_env_file=None, model_tries=3), backoff=0.001, slot=slot)
    with pytest.raises(Exception, match="3 tries"):
        await gate.call(send)
    assert active_calls.count(1) == active_calls.count(-1) == 3
