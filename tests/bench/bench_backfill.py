"""A backfill over the recorded days by a replayed model: `make bench-backfill`.

Time, peak memory, requests and model calls; a second call that asks nothing; two workers of a real server, with the
same snapshots, at a model latency of one second. ARGS: `--days N` (129), `--worker-days N` (20), `--only here`,
`--only workers`, `--latency S` of the first part.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime as dt
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from flows.server.local_server import DEFAULTS
from papers.store import open_store
from tests.bench.bounds import check, finish
from tests.plain import contents_without_times
from tests.prefect_server import QUIET, prefect_server
from tests.servers import replay
from tests.shared import SHARED

GROWTH = 1.15  # factor by which peak memory may grow from day 10 to the last
POOL = ["-m", "prefect", "work-pool", "create", "--type", "process", "daily-papers"]
DEPLOY = [
    "-c",
    "from prefect.types.entrypoint import EntrypointType as kind\nfrom flows.daily import daily\n"
    "daily.to_deployment('daily', work_pool_name='daily-papers', entrypoint_type=kind.MODULE_PATH).apply()",
]
ROOT = Path(__file__).resolve().parents[2]


def recorded_dates() -> list[dt.date]:
    """The dates of the recorded days."""
    return [dt.date.fromisoformat(p.name[:10]) for p in sorted((SHARED / "recorded/hf/daily").glob("*.json.gz"))]


def settings_of(store: Path, site: str, model: str) -> dict[str, str]:
    """The environment variables of a command."""
    values = {
        "STORE": str(store),
        "HF_URL": site,
        "ARXIV_URL": site,
        "ARXIV_INTERVAL": "0",
        "MODEL": "openai:replay",
        "MODEL_URL": f"{model}/v1",
        "LANGUAGE": "en",
        "CONCURRENCY": "8",
    }
    return os.environ | QUIET | {f"DAILY_PAPERS_{k}": v for k, v in values.items()}


class BackfillCommand:
    """A running command: its output, and for each finished date the time and the peak memory."""

    def __init__(self, words: list[str], env: dict[str, str], folder: Path) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            words, env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.lines: list[str] = []
        self.dates: list[tuple[str, float, float]] = []  # date, seconds, peak megabytes since the previous date
        self._peak = 0.0
        threading.Thread(target=self._sample, daemon=True).start()

    def _sample(self) -> None:
        while self.process.poll() is None:
            self._peak = max(self._peak, _megabytes(self.process.pid))
            time.sleep(0.1)

    def wait(self, echo: bool = False) -> int:
        """Read the output until the command ends, recording each finished date; returns the exit code."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if echo:
                print(line, end="", flush=True)
            if match := re.match(r"(\d{4}-\d\d-\d\d): (done|partial|failed)", line):
                self.dates.append((match[1], time.monotonic() - self.started, self._peak))
                self._peak = 0.0
        return self.process.wait()

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.started


def _megabytes(pid: int) -> float:
    with contextlib.suppress(OSError):
        match = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
        return int(match[1]) / 1024 if match else 0.0
    return 0.0


def request_log(server: str) -> list[dict[str, Any]]:
    """The requests that a replay server has logged so far."""
    return [json.loads(line) for line in httpx.get(f"{server}/__log", timeout=60).text.splitlines() if line]


def words_of(start: dt.date, end: dt.date, *more: str) -> list[str]:
    """The backfill command for these dates."""
    return [sys.executable, "-m", "flows.cli", "backfill", str(start), str(end), *more]


def count_list_requests(site: str) -> int:
    """The number of requests for lists so far."""
    return sum("/api/daily_papers" in row["path"] for row in request_log(site))


def run_here(folder: Path, site: str, dates: list[dt.date], latency: float) -> None:
    """Run the backfill in one process, measure time, memory and requests, then run it again."""
    before = len(request_log(site)), count_list_requests(site)
    with replay("llm.py", "--zh", "--latency", str(latency)) as model:
        env = settings_of(folder / "here", site, model)
        first = BackfillCommand(words_of(dates[0], dates[-1]), env, folder)
        code = first.wait()
        seconds = first.seconds
        requests, lists = len(request_log(site)) - before[0], count_list_requests(site) - before[1]
        calls = len(request_log(model))
        if code:
            print("".join(first.lines[-40:]))
        work = [d for d in first.dates if dt.date.fromisoformat(d[0]) in dates]
        print(
            f"     {len(dates)} recorded days at a latency of {latency:g} s: {seconds:.0f} s "
            f"({seconds / len(dates):.2f} s a day), {requests - lists} requests for papers, {lists} for lists, "
            f"{calls} model calls"
        )
        for n in (1, 10, 25, 50, 100, len(work)):
            if n <= len(work):
                print(f"     day {n:3}: after {work[n - 1][1]:6.1f} s, {work[n - 1][2]:.0f} MB")
        check(code == 0, f"exit code: {code}")
        if len(work) > 10:
            early, late = max(m for _, _, m in work[8:12]), max(m for _, _, m in work[-4:])
            check(late <= GROWTH * early, f"memory: {early:.0f} MB at day 10, {late:.0f} MB at day {len(work)}")
        before_again = len(request_log(site)), len(request_log(model))
        again = BackfillCommand(words_of(dates[0], dates[-1]), env, folder)
        code = again.wait()
        new_requests = len(request_log(site)) - before_again[0], len(request_log(model)) - before_again[1]
        check(
            code == 0 and new_requests == (0, 0),
            f"second time: {new_requests[0]} requests, {new_requests[1]} model calls, {again.seconds:.0f} s",
        )


@contextlib.contextmanager
def server(folder: Path) -> Iterator[dict[str, str]]:
    """A separate Prefect server with the deployment `daily/daily`; yields the environment variables for it."""
    with prefect_server(folder, **DEFAULTS) as server_env, (folder / "deploy.log").open("w") as log:
        for command in (POOL, DEPLOY):
            env = os.environ | QUIET | server_env
            subprocess.run([sys.executable, *command], env=env, check=True, cwd=ROOT, stdout=log, stderr=log)
        yield server_env


@contextlib.contextmanager
def workers(count: int, env: dict[str, str], folder: Path) -> Iterator[None]:
    """`count` workers of the pool, each for one flow run at a time."""
    words = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "daily-papers", "--limit", "1"]
    log = (folder / "workers.log").open("a")
    env = env | {"PREFECT_WORKER_QUERY_SECONDS": "1"}  # 10 by default, during which a free worker would be idle
    processes = [
        subprocess.Popen([*words, "--name", f"worker-{n}"], env=env, cwd=ROOT, stdout=log, stderr=log)
        for n in range(count)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(60)
        log.close()


def run_on_workers(folder: Path, site: str, dates: list[dt.date]) -> None:
    """Run the same dates in this process, on one worker and on two, at a latency of one second."""
    seconds: dict[str, float] = {}
    snapshots: dict[str, dict[str, Any]] = {}
    with replay("llm.py", "--zh", "--latency", "1") as model, server(folder) as prefect:
        for name, count in (("here", 0), ("one worker", 1), ("two workers", 2)):
            store = folder / name.replace(" ", "-")
            env = settings_of(store, site, model) | prefect
            with workers(count, env, folder):
                time.sleep(10 if count else 0)  # let the workers start before the measurement
                command = BackfillCommand(words_of(dates[0], dates[-1], *(["--deploy"] if count else [])), env, folder)
                code = command.wait()
                seconds[name] = command.seconds
            if code:
                print("".join(command.lines[-30:]))
            snapshots[name] = contents_without_times(open_store(str(store)))
            check(code == 0, f"{name}: exit {code}, {seconds[name]:.0f} s for {len(dates)} days at a latency of 1 s")
    for name in ("one worker", "two workers"):
        different = sorted(
            k for k in {*snapshots["here"], *snapshots[name]} if snapshots["here"].get(k) != snapshots[name].get(k)
        )
        text = f"{len(snapshots[name])} snapshots and editions, different: {different[:5] or 'none'}"
        check(not different, f"{name}: the same snapshots: {text}")
    print(
        f"     two workers take {seconds['two workers'] / seconds['one worker']:.2f} of one worker's time, "
        f"{seconds['two workers'] / seconds['here']:.2f} of this process's own"
    )


def main() -> int:
    """Run all parts; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=129)
    parser.add_argument("--worker-days", type=int, default=20)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--only", choices=["here", "workers"])
    arguments = parser.parse_args()
    if not (SHARED / "recorded").is_dir():
        print("needs the recorded inputs beside the checkout")
        return 1
    dates = recorded_dates()
    with tempfile.TemporaryDirectory() as folder, replay("serve.py", "--fill") as site:
        if arguments.only in (None, "here"):
            run_here(Path(folder), site, dates[: arguments.days], arguments.latency)
        if arguments.only in (None, "workers"):
            (Path(folder) / "w").mkdir()
            run_on_workers(Path(folder) / "w", site, dates[: arguments.worker_days])
    return finish()


if __name__ == "__main__":
    sys.exit(main())
