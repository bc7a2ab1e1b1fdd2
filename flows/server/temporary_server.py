"""A temporary Prefect server for a command that finds none. It starts while the command imports, and ends with it.

Prefect can start one itself, but only when the first flow is called, and it then loads the whole server into the
command's process as well. A killed command would also leave that server running.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from papers.errors import Unreachable

START_TIMEOUT = 180.0  # seconds until the server must answer; a busy machine needs over 20
AS_EPHEMERAL = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
# By default each task run is written in its own transaction, which is most of the server's work.
BATCHES = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "50",
}
# Nobody watches a temporary server: it stores runs, task runs, logs and artifacts, but no events, which would be most
# of its work, and writes the states of a task run together.
TEMPORARY = BATCHES | {
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "5",
}
STOP_TIMEOUT = 20.0  # seconds in which it writes what it has not written yet
_server: subprocess.Popen[bytes] | None = None
_log: IO[bytes] | None = None


def prefect_home() -> Path:
    """Prefect's home folder of this user."""
    return Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()


def start() -> None:
    """Start the server, unless another one is configured. To be called before Prefect is imported."""
    global _server, _log
    if _server is not None or "prefect" in sys.modules or _is_configured():
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _log = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the server runs
    _server = subprocess.Popen(  # noqa: S603 - this interpreter and our own module
        [sys.executable, "-m", "flows.server.temporary_server", str(os.getpid()), str(port)],
        env=TEMPORARY | os.environ | AS_EPHEMERAL,
        stdin=subprocess.DEVNULL,
        stdout=_log,
        stderr=_log,
        start_new_session=True,  # Ctrl-C must reach only the command, which still reports its end to the server
    )
    atexit.register(_stop)  # registered before Prefect's handlers, so it runs after they have sent everything
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"


def wait() -> None:
    """Wait until the server answers. If it does not, raises Unreachable with the last line of its log."""
    deadline = time.monotonic() + START_TIMEOUT
    while _server is not None and not _answers():
        if _server.poll() is not None or time.monotonic() > deadline:
            raise Unreachable(
                f"Prefect's own server did not start: {_last_log_line()} "
                "Next: daily-papers up, or set PREFECT_API_URL to a server that runs"
            )
        time.sleep(0.05)


def is_running() -> bool:
    """Whether this command started its own server: then no other process shares its limits."""
    return _server is not None


def _is_configured() -> bool:
    """Whether the environment or Prefect's profiles name a server."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH") or prefect_home() / "profiles.toml")
    return profiles.is_file() and "PREFECT_API_URL" in profiles.read_text(errors="replace")


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"{os.environ['PREFECT_API_URL']}/health", timeout=5) as response:  # noqa: S310
            return bool(response.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _last_log_line() -> str:
    if _log is None:
        return ""
    _log.seek(0)
    lines = _log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "its log is empty."


def _stop() -> None:
    global _server
    if _server is not None:
        _server.terminate()
        try:
            _server.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            _server.kill()
            _server.wait()
        _server = None


# --- the server's process --------------------------------------------------------------------------------------------


def _exit_with_parent(parent: int) -> None:
    """End this process when its parent is gone, for example because it was killed."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
    os._exit(1)


def _serve(parent: int, port: int) -> None:
    gc.disable()  # what is imported stays, so that to look for garbage in it only takes time
    import uvicorn
    from fastapi import FastAPI
    from prefect.server.api.server import create_app

    from flows.server.garbage_collection import collect_in_background

    def app() -> FastAPI:
        application: FastAPI = create_app()
        gc.freeze()
        collect_in_background()
        return application

    threading.Thread(target=_exit_with_parent, args=(parent,), daemon=True).start()
    uvicorn.run(app, factory=True, host="127.0.0.1", port=port, log_level="error", lifespan="on", workers=1)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
