"""A Prefect server of a test's or a benchmark's own: its process, its database and its log in a folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from tests.servers import free_port

QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
}


@contextlib.contextmanager
def prefect_server(folder: Path, **settings: str) -> Iterator[dict[str, str]]:
    """A server with its home in `folder`; gives the variables that lead to it. Its log is `folder/server.log`."""
    port = free_port()
    way = {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    own = ["--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    words = [sys.executable, "-m", "flows.server.garbage_collection", "server", "start", *own]  # as `up` does
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(words, env=os.environ | QUIET | way | settings, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 180
            while not _healthy(way["PREFECT_API_URL"]):
                assert process.poll() is None, "the Prefect server has ended"
                assert time.monotonic() < until, "the Prefect server does not answer"
                time.sleep(0.2)
            yield way
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
