"""Whether many processes together keep the limits of arXiv and the model, and what that costs: `make bench-scale`.

Each process sends requests as a run does: to arXiv by the polite client and to the model, each within its limit. Exits
with 1 if a bound is missed.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx

from tests.servers import replay

INTERVAL = 0.3  # seconds between two requests to arXiv
CALL = 0.3  # seconds that a model call takes
AT_ONCE = 4  # concurrent model calls of all processes together
SLACK = 0.02  # seconds by which the gap between two requests may shrink on the way to the server


@dataclass(frozen=True)
class Measurement:
    """The figures of all processes together."""

    processes: int
    gaps: list[float]  # seconds between two requests to arXiv, by the server's log
    calls: int
    peak_calls: int  # the maximum of concurrent model calls
    seconds: float  # from the start of the first model call to the end of the last

    @property
    def overhead(self) -> float:
        """The share by which the calls took longer than the limit alone requires."""
        return self.seconds / (self.calls * CALL / AT_ONCE) - 1

    @property
    def within_limits(self) -> bool:
        """Whether both limits were kept."""
        return min(self.gaps) >= INTERVAL - SLACK and self.peak_calls <= AT_ONCE


def measure(api: str, home: Path, processes: int, requests: int, calls: int) -> Measurement:
    """Let each process make `requests` to arXiv and `calls` of the model, with the Prefect server at `api`."""
    with replay("serve.py") as site:
        env = os.environ | {"PREFECT_API_URL": api, "PREFECT_HOME": str(home), "PREFECT_LOGGING_LEVEL": "ERROR"}
        command = [sys.executable, "-m", "tests.bench.bench_scale", site, str(requests), str(calls)]
        folder = Path(__file__).resolve().parents[2]
        children = [
            subprocess.Popen(command, env=env, cwd=folder, stdout=subprocess.PIPE, text=True) for _ in range(processes)
        ]
        outputs = [process.communicate(timeout=600)[0] for process in children]
        assert all(process.returncode == 0 for process in children)
        log = [json.loads(line) for line in httpx.get(f"{site}/__log").text.splitlines()]
    request_times = sorted(row["at"] for row in log if row["path"].startswith("/html/"))
    assert len(request_times) == processes * requests
    intervals = [(float(a), float(b)) for text in outputs for a, b in json.loads(text)]
    assert len(intervals) == processes * calls
    peak_calls = max(sum(a <= moment < b for a, b in intervals) for moment, _ in intervals)
    seconds = max(b for _, b in intervals) - min(a for a, _ in intervals)
    return Measurement(processes, [b - a for a, b in pairwise(request_times)], len(intervals), peak_calls, seconds)


async def run_client(site: str, requests: int, calls: int) -> None:
    """What one process does; prints the start and end of each of its model calls."""
    from flows.server.shared_limits import arxiv_slots, model_slots
    from papers.http import PoliteClient

    intervals: list[tuple[float, float]] = []
    slots = asyncio.Semaphore(AT_ONCE)
    async with arxiv_slots(INTERVAL) as request, model_slots(AT_ONCE) as model:
        assert request is not None
        assert model is not None

        async def call() -> None:
            async with slots, model():
                start = time.time()
                await asyncio.sleep(CALL)
                intervals.append((start, time.time()))

        async with PoliteClient(site, interval=INTERVAL, single=True, slot=request) as client:
            for number in range(requests):
                await client.get(f"html/2510.{number:05}")
        await asyncio.gather(*(call() for _ in range(calls)))
    sys.stdout.write(json.dumps(intervals))


def main() -> int:
    """Measure one, two and ten processes with one server."""
    from flows.server import local_server as server

    with tempfile.TemporaryDirectory(prefix="daily-papers-scale-") as name:
        os.environ["PREFECT_HOME"] = name
        record, _ = server.start(0)
        try:
            measurements = [measure(f"{record['url']}/api", Path(name), n, 40 // n, 80 // n) for n in (1, 2, 10)]
        finally:
            server.stop()
    for m in measurements:
        shortest, mean = min(m.gaps), statistics.mean(m.gaps)
        print(
            f"{'ok  ' if m.within_limits else 'MISS'} {m.processes:2} processes: arXiv every {mean:.2f} s "
            f"({INTERVAL} s asked; shortest {shortest:.3f} s); model: at most {m.peak_calls} of {AT_ONCE} calls at "
            "once, "
            f"{m.calls} calls in {m.seconds:.1f} s, {m.overhead:.0%} longer than the limit alone makes them"
        )
    return int(not all(m.within_limits for m in measurements))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(run_client(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    else:
        sys.exit(main())
