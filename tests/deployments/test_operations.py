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

Asked = Future[Counter[str]]  # how often each conversation with the model was held
pytestmark = [pytest.mark.slow, needs_shared]
DATE = "2025-10-17"
ZONE = "America/New_York"
AT_ONCE = 4  # model calls
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Site:
    """What `up` has started, and whom it talks to."""

    folder: Path  # where it was called
    env: dict[str, str]
    model: str
    messages: list[dict[str, Any]]
    said: str = ""
    started: list[int] = field(default_factory=list)

    def command(self, *words: str, code: int = 0, **env: str) -> str:
        """A command of ours, in the folder."""
        done = subprocess.run(
            [sys.executable, "-m", "flows.cli", *words],
            env=self.env | env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    @property
    def record(self) -> dict[str, Any]:
        """What `up` has written down."""
        found: dict[str, Any] = json.loads((self.folder / "prefect/daily-papers.json").read_text())
        return found

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """An answer of Prefect's API."""
        for _ in range(10):  # 503: its database is busy
            answer = httpx.request(method, f"{self.record['url']}/api/{path}", json=body, timeout=60)
            if answer.status_code != 503:
                break
            time.sleep(0.5)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def deployments(self) -> dict[str, dict[str, Any]]:
        """By name."""
        return {d["name"]: d for d in self.api("POST", "deployments/filter", {})}

    def start(self, deployment: str, **parameters: Any) -> str:
        """A flow run of a deployment; its id."""
        made = self.api(
            "POST", f"deployments/{self.deployments()[deployment]['id']}/create_flow_run", {"parameters": parameters}
        )
        return str(made["id"])

    def run(self, flow_run: str) -> dict[str, Any]:
        """A flow run as the API has it."""
        found: dict[str, Any] = self.api("GET", f"flow_runs/{flow_run}")
        return found

    def until(self, flow_run: str, state: str) -> dict[str, Any]:
        """The flow run once it is in the state."""
        wait(lambda: self.run(flow_run)["state_type"] in (state, "FAILED", "CRASHED"), f"{flow_run} {state}")
        found = self.run(flow_run)
        assert found["state_type"] == state, (found["state"], self.logs())
        return found

    def logs(self) -> str:
        """The ends of the servers' logs."""
        return "\n".join(p.read_text()[-3000:] for p in (self.folder / "prefect").glob("*.log"))

    def asked(self) -> list[dict[str, Any]]:
        """What the model was asked."""
        return [json.loads(line) for line in httpx.get(f"{self.model}/__log").text.splitlines() if line]


def wait(holds: Callable[[], Any], what: str, seconds: float = 150) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.2)


@contextmanager
def started(kind: str, folder: Path) -> Iterator[Site]:
    """All of it in a new folder, on that database; ended at the end."""
    folder.mkdir()
    profile = (ROOT / "deployments/profiles/default.toml").read_text().replace("Asia/Shanghai", ZONE)
    (folder / "new-york.toml").write_text(profile)
    today = dt.datetime.now(ZoneInfo(ZONE)).date()
    (folder / "lists").mkdir()
    listed = gzip.decompress((SHARED / "recorded/hf/daily" / f"{DATE}.json.gz").read_bytes())
    (folder / "lists" / f"{today}.listing.json").write_bytes(listed)
    with ExitStack() as stack:
        papers = stack.enter_context(replay("serve.py", "--fill", "--listings", str(folder / "lists")))
        model = stack.enter_context(replay("llm.py", "--latency", "0.4"))
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
            site.said = site.command("up", "--port", "0")
            site.started = [p["pid"] for p in (site.record["server"], *site.record["workers"])]
            yield site
        finally:
            site.command("down")
        assert not any(psutil.pid_exists(pid) and _running(pid) for pid in site.started)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Site]]:
    """One on each database that there is: they start, and wait for lost runs, at the same time."""
    folder = tmp_path_factory.mktemp("sites")
    kinds = ["sqlite"] + (["postgresql"] if postgres_programs() else [])
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        opened = {kind: started(kind, folder / kind) for kind in kinds}
        coming = {kind: pool.submit(stack.enter_context, one) for kind, one in opened.items()}
        yield {kind: one.result() for kind, one in coming.items()}


@pytest.fixture(scope="module")
def site(sites: dict[str, Site]) -> Site:
    """The one on SQLite."""
    return sites["sqlite"]


@pytest.fixture(scope="module")
def lives(sites: dict[str, Site]) -> Iterator[dict[str, Asked]]:
    """What `killed_and_retried` comes to on each of them, at the same time."""
    with ThreadPoolExecutor() as pool:
        yield {kind: pool.submit(killed_and_retried, one) for kind, one in sites.items()}


def _running(pid: int) -> bool:
    return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def plain(deployment: dict[str, Any]) -> dict[str, Any]:
    """A deployment without what every server makes anew."""
    schedules = [{k: s[k] for k in ("slug", "active")} | s["schedule"] for s in deployment["schedules"]]
    kept = (
        "entrypoint",
        "description",
        "tags",
        "parameters",
        "work_pool_name",
        "job_variables",
        "pull_steps",
        "paused",
    )
    return {k: deployment[k] for k in kept} | {
        "schedules": schedules,
        "concurrency": deployment["concurrency_options"]["collision_strategy"],
        "limit": deployment["global_concurrency_limit"]["limit"],
        "takes": sorted(deployment["parameter_openapi_schema"]["properties"]),
    }


def test_deployments_are_those_on_record(site: Site) -> None:
    found = {name: plain(d) for name, d in sorted(site.deployments().items())}
    on_record = Path(__file__).with_name("deployments.json")
    if os.environ.get("RECORD_DEPLOYMENTS"):
        on_record.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(on_record.read_text()), "meant? then again with RECORD_DEPLOYMENTS=1"


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
    coming = {"deployments": {"id": {"any_": [daily]}}, "flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    wait(lambda: len(site.api("POST", "flow_runs/filter", coming)) >= 3, "scheduled runs", 60)
    times = [
        r["next_scheduled_start_time"] for r in site.api("POST", "flow_runs/filter", coming) if r["auto_scheduled"]
    ]
    local = {dt.datetime.fromisoformat(t).astimezone(ZoneInfo(ZONE)).strftime("%H:%M") for t in times}
    assert local == {"09:30"}


def test_the_ui_looks_for_the_api_where_it_is(site: Site) -> None:
    assert site.record["url"] in site.said
    assert httpx.get(f"{site.record['url']}/ui-settings").json()["api_url"] == f"{site.record['url']}/api"
    assert "<title>Prefect" in httpx.get(site.record["url"], follow_redirects=True).text


def there(site: Site) -> Any:
    """What `setup` and `deploy` have made, with its ids."""
    limits = {limit["name"]: limit["limit"] for limit in site.api("POST", "v2/concurrency_limits/filter", {})}
    automations = site.api("POST", "automations/filter", {})
    return (
        {a["updated"] for a in automations if a["name"] == "daily-papers: failed runs"},  # what is the same, stays
        {a["name"]: (a["id"], a["description"], a["trigger"]["within"], a["actions"]) for a in automations},
        {name: limits[name] for name in ("arxiv", "model")},
        {name: d["id"] for name, d in site.deployments().items()},
        {v["name"]: v["value"] for v in site.api("POST", "variables/filter", {})},
    )


def test_a_day_that_is_missing_is_told(site: Site) -> None:
    said = site.command("watch", code=1)
    assert "no run has finished it" in said
    wait(lambda: site.messages, "a message", 20)
    assert site.messages[-1]["title"] == "daily-papers: watch Failed"
    assert "no run has finished it" in site.messages[-1]["message"]
    assert "/runs/flow-run/" in site.messages[-1]["message"]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_killed_run_is_marked_crashed_and_goes_on_where_it_was(database: str, lives: dict[str, Asked]) -> None:
    if database not in lives:
        pytest.skip("needs PostgreSQL: Debian's package postgresql")
    asked = lives[database].result()
    assert sum(n > 1 for n in asked.values()) <= AT_ONCE  # those that were under way when it was killed


def test_two_processes_keep_the_limits_together(site: Site, lives: dict[str, Asked]) -> None:
    wait(lives["sqlite"].done, "the killed run's retry")
    site.api("PATCH", "v2/concurrency_limits/model", {"limit": bench_scale.AT_ONCE})
    found = bench_scale.measure(f"{site.record['url']}/api", site.folder / "prefect", 2, 4, 40)
    assert found.holds, found
    assert found.most == bench_scale.AT_ONCE, found  # and use them


def test_a_day_runs_from_its_deployment(site: Site, lives: dict[str, Asked]) -> None:
    wait(lives["sqlite"].done, "the killed run's retry")
    flow_run = site.start("daily", date=DATE)
    assert site.until(flow_run, "COMPLETED")["state_type"] == "COMPLETED"
    shown(site, flow_run, "extractive")


def killed_and_retried(site: Site) -> Counter[str]:
    """A day by a model, worker and run killed in the middle and retried; how often each conversation was held."""
    site.messages.clear()
    before = there(site)
    assert set(before[1]) == {"daily-papers: lost runs", "daily-papers: failed runs"}
    assert before[2] == {"arxiv": 1, "model": AT_ONCE}
    # A dead worker's turns at the model are free after a minute: the retry shall not wait for them.
    site.command("setup", "--lost-after", "35", DAILY_PAPERS_CONCURRENCY=str(2 * AT_ONCE))
    assert there(site)[2] == {"arxiv": 1, "model": 2 * AT_ONCE}
    flow_run = site.start("daily", date=DATE, model="openai:replay", language="en")
    slot = site.deployments()["daily"]["global_concurrency_limit"]["id"]
    wait(lambda: len(site.asked()) >= 12, "model calls")
    assert site.api("GET", f"v2/concurrency_limits/{slot}")["active_slots"] == 1
    calls = killed(site)
    assert site.run(flow_run)["state_type"] == "RUNNING"

    crashed = site.until(flow_run, "CRASHED")
    assert "No heartbeat for 35 s" in crashed["state"]["message"]
    wait(lambda: site.api("GET", f"v2/concurrency_limits/{slot}")["active_slots"] == 0, "the slot is free", 10)
    wait(lambda: site.messages, "a message", 20)
    assert site.messages[-1]["title"] == "daily-papers: daily Crashed"

    assert "runs already" in site.command("up")  # a new worker, and the usual patience
    site.started.append(site.record["workers"][0]["pid"])
    assert there(site) == before
    site.api("PATCH", "v2/concurrency_limits/model", {"limit": 2 * AT_ONCE})
    again = {"type": "SCHEDULED", "message": "Retried"}  # as the button in the UI, and `prefect flow-run retry`
    site.api("POST", f"flow_runs/{flow_run}/set_state", {"state": again, "force": True})
    site.until(flow_run, "COMPLETED")
    asked = Counter(row["conversation"] for row in site.asked())
    assert calls < len(asked)
    shown(site, flow_run, "openai:replay")
    return asked


def killed(site: Site) -> int:
    """Kill the worker and its child with -9; returns how often the model was asked by then."""
    worker = psutil.Process(site.record["workers"][0]["pid"])
    family = [worker, *worker.children(recursive=True)]
    assert len(family) >= 2
    for process in family:
        process.kill()
    return len(site.asked())


def shown(site: Site, flow_run: str, model: str) -> None:
    """The run's artifacts, and the store where `up` was called."""
    run_filter = {"artifacts": {"flow_run_id": {"any_": [flow_run]}}}
    made = sorted(site.api("POST", "artifacts/filter", run_filter), key=lambda a: str(a["created"]))
    artifacts = {a["key"]: a for a in made}  # a retry makes its own
    kinds = ("full-report", "ranked-digest", "curated-post")
    assert {f"{k}-{language}-{DATE}" for k in kinds for language in ("zh", "en")} <= set(artifacts)
    assert artifacts[f"progress-{DATE}"]["data"] == 100
    table = json.loads(artifacts[f"papers-{DATE}"]["data"])
    assert len(table) == 35
    assert {row["state"] for row in table} == {"done"}
    if model != "extractive":
        assert all(row["tokens"] for row in table)
    assert (site.folder / "data/editions" / DATE).is_dir()
