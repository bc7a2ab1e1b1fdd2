"""A separate Prefect server for a test or a benchmark, with its database and its log in a folder."""

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
    """A server with its home in `folder`; yields the variables for its use. It logs to `folder/server.log`."""
    port = free_port()
    server_env = {"PREFECT_HOME": str(folder / "prefect"), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}
    options = ["--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    arguments = [sys.executable, "-m", "flows.server.garbage_collection", "server", "start", *options]  # as `up` does
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(arguments, env=os.environ | QUIET | server_env | settings, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 180
            while not _is_healthy(server_env["PREFECT_API_URL"]):
                assert process.poll() is None, "the Prefect server has ended"
                assert time.monotonic() < deadline, "the Prefect server does not answer"
                time.sleep(0.2)
            yield server_env
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _is_healthy(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False
