"""Whether many processes keep arXiv's and the model's limits together, and what that costs: `make bench-scale`.

Each process asks as a run does: arXiv by the polite client in its turn, the model in its turn. Bounds that are missed
end with 1.
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
AT_ONCE = 4  # model calls of all processes together
SLACK = 0.02  # seconds by which two requests may come closer on their way to the server


@dataclass(frozen=True)
class Measured:
    """What all processes together came to."""

    processes: int
    gaps: list[float]  # seconds between two requests to arXiv, by the server's log
    calls: int
    most: int  # model calls under way at once
    seconds: float  # that the model calls took, from the first to the last

    @property
    def waste(self) -> float:
        """By how much the calls took longer than the limit alone makes them."""
        return self.seconds / (self.calls * CALL / AT_ONCE) - 1

    @property
    def holds(self) -> bool:
        """Whether both limits were kept."""
        return min(self.gaps) >= INTERVAL - SLACK and self.most <= AT_ONCE


def measure(api: str, home: Path, processes: int, requests: int, calls: int) -> Measured:
    """`requests` to arXiv and `calls` of the model by each of so many processes, at the server whose API that is."""
    with replay("serve.py") as site:
        env = os.environ | {"PREFECT_API_URL": api, "PREFECT_HOME": str(home), "PREFECT_LOGGING_LEVEL": "ERROR"}
        words = [sys.executable, "-m", "tests.bench.bench_scale", site, str(requests), str(calls)]
        folder = Path(__file__).resolve().parents[2]
        started = [
            subprocess.Popen(words, env=env, cwd=folder, stdout=subprocess.PIPE, text=True) for _ in range(processes)
        ]
        said = [process.communicate(timeout=600)[0] for process in started]
        assert all(process.returncode == 0 for process in started)
        log = [json.loads(line) for line in httpx.get(f"{site}/__log").text.splitlines()]
    at = sorted(row["at"] for row in log if row["path"].startswith("/html/"))
    assert len(at) == processes * requests
    held = [(float(a), float(b)) for text in said for a, b in json.loads(text)]
    assert len(held) == processes * calls
    most = max(sum(a <= moment < b for a, b in held) for moment, _ in held)
    seconds = max(b for _, b in held) - min(a for a, _ in held)
    return Measured(processes, [b - a for a, b in pairwise(at)], len(held), most, seconds)


async def one(site: str, requests: int, calls: int) -> None:
    """What one process does; prints when each of its model calls began and ended."""
    from flows.server.shared_limits import arxiv_slots, model_slots
    from papers.http import PoliteClient

    held: list[tuple[float, float]] = []
    slots = asyncio.Semaphore(AT_ONCE)
    async with arxiv_slots(INTERVAL) as request, model_slots(AT_ONCE) as model:
        assert request is not None
        assert model is not None

        async def call() -> None:
            async with slots, model():
                began = time.time()
                await asyncio.sleep(CALL)
                held.append((began, time.time()))

        async with PoliteClient(site, interval=INTERVAL, single=True, turn=request) as client:
            for number in range(requests):
                await client.get(f"html/2510.{number:05}")
        await asyncio.gather(*(call() for _ in range(calls)))
    sys.stdout.write(json.dumps(held))


def main() -> int:
    """One, two and ten processes at one server."""
    from flows.server import local_server as server

    with tempfile.TemporaryDirectory(prefix="daily-papers-scale-") as name:
        os.environ["PREFECT_HOME"] = name
        record, _ = server.start(0)
        try:
            found = [measure(f"{record['url']}/api", Path(name), n, 40 // n, 80 // n) for n in (1, 2, 10)]
        finally:
            server.stop()
    for m in found:
        shortest, mean = min(m.gaps), statistics.mean(m.gaps)
        print(
            f"{'ok  ' if m.holds else 'MISS'} {m.processes:2} processes: arXiv every {mean:.2f} s "
            f"({INTERVAL} s asked; shortest {shortest:.3f} s); model: at most {m.most} of {AT_ONCE} calls at once, "
            f"{m.calls} calls in {m.seconds:.1f} s, {m.waste:.0%} longer than the limit alone makes them"
        )
    return int(not all(m.holds for m in found))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(one(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
    else:
        sys.exit(main())
