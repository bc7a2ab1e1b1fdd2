"""A real Prefect server and worker on this machine, as `daily-papers up` starts them: on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import datetime as dt
import gzip
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psutil
import pytest
from prefect.server.schemas.schedules import CronSchedule

from tests.bench import bench_scale
from tests.servers import mailbox, postgres, postgres_programs, replay
from tests.shared import SHARED, needs_shared

ConversationCounts = Future[Counter[str]]  # how often each conversation took place
pytestmark = [pytest.mark.slow, needs_shared]
DATE = "2025-10-17"
ZONE = "America/New_York"
AT_ONCE = 4  # model calls
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Site:
    """What `up` has started, and the servers that it uses."""

    folder: Path  # where `up` was called
    env: dict[str, str]
    model: str
    messages: list[dict[str, Any]]
    up_output: str = ""
    process_ids: list[int] = field(default_factory=list)

    def command(self, *arguments: str, code: int = 0, **env: str) -> str:
        """Run a command of ours in the folder; returns its output."""
        process = subprocess.run(
            [sys.executable, "-m", "flows.cli", *arguments],
            env=self.env | env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert process.returncode == code, process.stdout + process.stderr
        assert "Traceback" not in process.stdout + process.stderr
        return process.stdout + process.stderr

    @property
    def record(self) -> dict[str, Any]:
        """The record that `up` has written."""
        data: dict[str, Any] = json.loads((self.folder / "prefect/daily-papers.json").read_text())
        return data

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """Call Prefect's API; returns the answer."""
        for _ in range(10):  # 503: its database is busy
            response = httpx.request(method, f"{self.record['url']}/api/{path}", json=body, timeout=60)
            if response.status_code != 503:
                break
            time.sleep(0.5)
        response.raise_for_status()
        return response.json() if response.content else None

    def deployments(self) -> dict[str, dict[str, Any]]:
        """The deployments by name."""
        return {d["name"]: d for d in self.api("POST", "deployments/filter", {})}

    def start(self, deployment: str, **parameters: Any) -> str:
        """Create a flow run of a deployment; returns its id."""
        flow_run = self.api(
            "POST", f"deployments/{self.deployments()[deployment]['id']}/create_flow_run", {"parameters": parameters}
        )
        return str(flow_run["id"])

    def run(self, flow_run: str) -> dict[str, Any]:
        """The data of a flow run from the API."""
        flow_run_data: dict[str, Any] = self.api("GET", f"flow_runs/{flow_run}")
        return flow_run_data

    def until(self, flow_run: str, state: str) -> dict[str, Any]:
        """Wait until the flow run is in the state; returns its data."""
        wait_for(lambda: self.run(flow_run)["state_type"] in (state, "FAILED", "CRASHED"), f"{flow_run} {state}")
        flow_run_data = self.run(flow_run)
        assert flow_run_data["state_type"] == state, (flow_run_data["state"], self.logs())
        return flow_run_data

    def logs(self) -> str:
        """The ends of the servers' logs."""
        return "\n".join(p.read_text()[-3000:] for p in (self.folder / "prefect").glob("*.log"))

    def model_requests(self) -> list[dict[str, Any]]:
        """The requests that the model received."""
        return [json.loads(line) for line in httpx.get(f"{self.model}/__log").text.splitlines() if line]


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 150) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)


@contextmanager
def running_site(kind: str, folder: Path) -> Iterator[Site]:
    """Start everything in a new folder, on that database; stopped at the end."""
    folder.mkdir()
    profile = (ROOT / "deployments/profiles/default.toml").read_text().replace("Asia/Shanghai", ZONE)
    (folder / "new-york.toml").write_text(profile)
    today = dt.datetime.now(ZoneInfo(ZONE)).date()
    (folder / "lists").mkdir()
    day_list = gzip.decompress((SHARED / "recorded/hf/daily" / f"{DATE}.json.gz").read_bytes())
    (folder / "lists" / f"{today}.listing.json").write_bytes(day_list)
    with ExitStack() as stack:
        papers = stack.enter_context(replay("serve.py", "--fill", "--listings", str(folder / "lists")))
        model = stack.enter_context(replay("llm.py", "--zh", "--latency", "0.4"))
        address, messages = stack.enter_context(mailbox())
        env = os.environ | {
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DAILY_PAPERS_PROFILE": "new-york.toml",
            "DAILY_PAPERS_HF_URL": papers,
            "DAILY_PAPERS_ARXIV_URL": papers,
            "DAILY_PAPERS_ARXIV_INTERVAL": "0",
            "DAILY_PAPERS_MODEL_URL": f"{model}/v1",
            "DAILY_PAPERS_CONCURRENCY": str(AT_ONCE),
            "DAILY_PAPERS_ALERT_URL": address,
        }
        if kind == "postgresql":
            env["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = stack.enter_context(postgres())
        site = Site(folder, env, model, messages)
        try:
            site.up_output = site.command("up", "--port", "0")
            site.process_ids = [p["pid"] for p in (site.record["server"], *site.record["workers"])]
            yield site
        finally:
            site.command("down")
        assert not any(psutil.pid_exists(pid) and _is_running(pid) for pid in site.process_ids)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """One site per available database. They start, and wait for lost runs, at the same time."""
    folder = tmp_path_factory.mktemp("sites")
    kinds = ["sqlite"] + (["postgresql"] if postgres_programs() else [])
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        contexts = {kind: running_site(kind, folder / kind) for kind in kinds}
        starting = {kind: pool.submit(stack.enter_context, started_site) for kind, started_site in contexts.items()}
        yield {kind: started_site.result() for kind, started_site in starting.items()}


@pytest.fixture(scope="module")
def site(sites: dict[str, Site]) -> Site:
    """The site on SQLite."""
    return sites["sqlite"]


@pytest.fixture(scope="module")
def retried_runs(sites: dict[str, Site]) -> Iterator[dict[str, ConversationCounts]]:
    """The results of `kill_and_retry` on each site, which run at the same time."""
    with ThreadPoolExecutor() as pool:
        yield {kind: pool.submit(kill_and_retry, one) for kind, one in sites.items()}


def _is_running(pid: int) -> bool:
    return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def comparable(deployment: dict[str, Any]) -> dict[str, Any]:
    """A deployment without the fields that differ between servers."""
    schedules = [{k: s[k] for k in ("slug", "active")} | s["schedule"] for s in deployment["schedules"]]
    keys = (
        "entrypoint",
        "description",
        "tags",
        "parameters",
        "work_pool_name",
        "job_variables",
        "pull_steps",
        "paused",
    )
    return {k: deployment[k] for k in keys} | {
        "schedules": schedules,
        "concurrency": deployment["concurrency_options"]["collision_strategy"],
        "limit": deployment["global_concurrency_limit"]["limit"],
        "takes": sorted(deployment["parameter_openapi_schema"]["properties"]),
    }


def test_deployments_are_those_on_record(site: Site) -> None:
    deployments = {name: comparable(d) for name, d in sorted(site.deployments().items())}
    record_file = Path(__file__).with_name("deployments.json")
    if os.environ.get("RECORD_DEPLOYMENTS"):
        record_file.write_text(json.dumps(deployments, indent=1, ensure_ascii=False) + "\n")
    assert deployments == json.loads(record_file.read_text()), "meant? then again with RECORD_DEPLOYMENTS=1"


def test_the_schedule_keeps_the_profiles_hour_across_a_change_of_the_clock(site: Site) -> None:
    for name, hour in (("daily", (9, 30)), ("watch", (12, 0))):
        schedule = CronSchedule(**site.deployments()[name]["schedules"][0]["schedule"])
        start = dt.datetime(2026, 10, 30, tzinfo=ZoneInfo(ZONE))  # the clock changes on November 1
        times = asyncio.run(schedule.get_dates(5, start=start))
        local = [t.astimezone(ZoneInfo(ZONE)) for t in times]
        assert [(t.hour, t.minute) for t in local] == [hour] * 5
        assert {t.astimezone(dt.UTC).hour - hour[0] for t in times} == {4, 5}


def test_the_server_schedules_the_coming_runs(site: Site) -> None:
    daily = site.deployments()["daily"]["id"]
    scheduled_filter = {
        "deployments": {"id": {"any_": [daily]}},
        "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}},
    }
    wait_for(lambda: len(site.api("POST", "flow_runs/filter", scheduled_filter)) >= 3, "scheduled runs", 60)
    times = [
        r["next_scheduled_start_time"]
        for r in site.api("POST", "flow_runs/filter", scheduled_filter)
        if r["auto_scheduled"]
    ]
    local = {dt.datetime.fromisoformat(t).astimezone(ZoneInfo(ZONE)).strftime("%H:%M") for t in times}
    assert local == {"09:30"}


def test_the_ui_looks_for_the_api_where_it_is(site: Site) -> None:
    assert site.record["url"] in site.up_output
    assert httpx.get(f"{site.record['url']}/ui-settings").json()["api_url"] == f"{site.record['url']}/api"
    assert "<title>Prefect" in httpx.get(site.record["url"], follow_redirects=True).text


def server_state(site: Site) -> Any:
    """What `setup` and `deploy` have created, with ids."""
    limits = {limit["name"]: limit["limit"] for limit in site.api("POST", "v2/concurrency_limits/filter", {})}
    automations = site.api("POST", "automations/filter", {})
    return (
        {
            a["updated"] for a in automations if a["name"] == "daily-papers: failed runs"
        },  # an automation that does not change is not updated
        {a["name"]: (a["id"], a["description"], a["trigger"]["within"], a["actions"]) for a in automations},
        {name: limits[name] for name in ("arxiv", "model")},
        {name: d["id"] for name, d in site.deployments().items()},
        {v["name"]: v["value"] for v in site.api("POST", "variables/filter", {})},
    )


def test_a_missing_day_is_reported(site: Site) -> None:
    output = site.command("watch", code=1)
    assert "no run has been started for it" in output
    wait_for(lambda: site.messages, "a message", 20)
    assert site.messages[-1]["title"] == "daily-papers: watch Failed"
    assert "no run has been started for it" in site.messages[-1]["message"]
    assert "/runs/flow-run/" in site.messages[-1]["message"]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_killed_run_is_marked_crashed_and_continues_where_it_stopped(
    database: str, retried_runs: dict[str, ConversationCounts]
) -> None:
    if database not in retried_runs:
        pytest.skip("needs PostgreSQL: Debian's package postgresql")
    conversations = retried_runs[database].result()
    assert sum(n > 1 for n in conversations.values()) <= AT_ONCE  # those that were active when it was killed


def test_two_processes_keep_the_limits_together(site: Site, retried_runs: dict[str, ConversationCounts]) -> None:
    wait_for(retried_runs["sqlite"].done, "the killed run's retry")
    site.api("PATCH", "v2/concurrency_limits/model", {"limit": bench_scale.AT_ONCE})
    measurement = bench_scale.measure(f"{site.record['url']}/api", site.folder / "prefect", 2, 4, 40)
    assert measurement.within_limits, measurement
    assert measurement.peak_calls == bench_scale.AT_ONCE, measurement  # and use the whole limit


def test_a_day_runs_from_its_deployment(site: Site, retried_runs: dict[str, ConversationCounts]) -> None:
    wait_for(retried_runs["sqlite"].done, "the killed run's retry")
    flow_run = site.start("daily", date=DATE)
    assert site.until(flow_run, "COMPLETED")["state_type"] == "COMPLETED"
    check_artifacts(site, flow_run, "extractive")


def kill_and_retry(site: Site) -> Counter[str]:
    """Run a day by a model, kill worker and run, and retry; returns how often each conversation took place."""
    site.messages.clear()
    before = server_state(site)
    assert set(before[1]) == {"daily-papers: lost runs", "daily-papers: failed runs"}
    assert before[2] == {"arxiv": 1, "model": AT_ONCE}
    # A dead worker's model slots are released after a minute: with twice the slots, the retry need not wait for them.
    site.command("setup", "--lost-after", "35", DAILY_PAPERS_CONCURRENCY=str(2 * AT_ONCE))
    assert server_state(site)[2] == {"arxiv": 1, "model": 2 * AT_ONCE}
    flow_run = site.start("daily", date=DATE, model="openai:replay", language="en")
    slot = site.deployments()["daily"]["global_concurrency_limit"]["id"]
    wait_for(lambda: len(site.model_requests()) >= 12, "model calls")
    assert site.api("GET", f"v2/concurrency_limits/{slot}")["active_slots"] == 1
    calls = kill_worker(site)
    assert site.run(flow_run)["state_type"] == "RUNNING"

    crashed_run = site.until(flow_run, "CRASHED")
    assert "No heartbeat for 35 s" in crashed_run["state"]["message"]
    wait_for(lambda: site.api("GET", f"v2/concurrency_limits/{slot}")["active_slots"] == 0, "the slot is free", 10)
    wait_for(lambda: site.messages, "a message", 20)
    assert site.messages[-1]["title"] == "daily-papers: daily Crashed"

    assert "already running" in site.command("up")  # starts a new worker, and restores the usual --lost-after
    site.process_ids.append(site.record["workers"][0]["pid"])
    assert server_state(site) == before
    site.api("PATCH", "v2/concurrency_limits/model", {"limit": 2 * AT_ONCE})
    retried_state = {"type": "SCHEDULED", "message": "Retried"}  # like the UI's button and `prefect flow-run retry`
    site.api("POST", f"flow_runs/{flow_run}/set_state", {"state": retried_state, "force": True})
    site.until(flow_run, "COMPLETED")
    conversations = Counter(row["conversation"] for row in site.model_requests())
    assert calls < len(conversations)
    check_artifacts(site, flow_run, "openai:replay")
    return conversations


def kill_worker(site: Site) -> int:
    """Kill the worker and its children with SIGKILL; returns how often the model was called until then."""
    worker = psutil.Process(site.record["workers"][0]["pid"])
    processes = [worker, *worker.children(recursive=True)]
    assert len(processes) >= 2
    for process in processes:
        process.kill()
    return len(site.model_requests())


def check_artifacts(site: Site, flow_run: str, model: str) -> None:
    """Check the run's artifacts, and that the store is in the folder where `up` was called."""
    run_filter = {"artifacts": {"flow_run_id": {"any_": [flow_run]}}}
    artifact_rows = sorted(site.api("POST", "artifacts/filter", run_filter), key=lambda a: str(a["created"]))
    artifacts = {a["key"]: a for a in artifact_rows}  # a retry creates new ones
    kinds = ("full-report", "ranked-digest", "curated-post")
    assert {f"{k}-{language}-{DATE}" for k in kinds for language in ("zh", "en")} <= set(artifacts)
    assert artifacts[f"progress-{DATE}"]["data"] == 100
    table = json.loads(artifacts[f"papers-{DATE}"]["data"])
    assert len(table) == 35
    assert {row["state"] for row in table} == {"done"}
    if model != "extractive":
        assert all(row["tokens"] for row in table)
    assert (site.folder / "data/editions" / DATE).is_dir()
