"""The Prefect server of a command that finds none: it starts beside the command's own imports, and ends with it.

Prefect starts one by itself, but only when the first flow is called, and then loads the whole server into the
command's process too; killed, the command would leave it behind.
"""

from __future__ import annotations

import atexit
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

PATIENCE = 180.0  # seconds; a busy machine needs over 20
AS_EPHEMERAL = {"PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1", "PREFECT__SERVER_FINAL": "1"}
# Task runs are written in one transaction each by default, which is most of what the server does for us.
BATCHES = {
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "50",
}
_server: subprocess.Popen[bytes] | None = None
_log: IO[bytes] | None = None


def start() -> None:
    """Start the server, unless there is another one to talk to; to be called before Prefect is imported."""
    global _server, _log
    if _server is not None or "prefect" in sys.modules or _configured():
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    _log = tempfile.TemporaryFile()  # noqa: SIM115 - it is the server's as long as that lives
    _server = subprocess.Popen(  # noqa: S603 - this interpreter and a module of our own
        [sys.executable, "-m", "flows.server.temporary_server", str(os.getpid()), str(port)],
        env=BATCHES | os.environ | AS_EPHEMERAL,
        stdin=subprocess.DEVNULL,
        stdout=_log,
        stderr=_log,
        start_new_session=True,  # Ctrl-C is for the command, which still has to say how it ended
    )
    atexit.register(_stop)  # before Prefect registers what it still has to send
    os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"


def wait() -> None:
    """Wait until the server answers. Raises Unreachable with its last words when it does not."""
    until = time.monotonic() + PATIENCE
    while _server is not None and not _answers():
        if _server.poll() is not None or time.monotonic() > until:
            raise Unreachable(
                f"Prefect's own server did not start: {_last_words()} "
                "Next: daily-papers up, or set PREFECT_API_URL to a server that runs"
            )
        time.sleep(0.05)


def is_ours() -> bool:
    """Whether the server that we talk to ends with this command: nobody else can be waiting for its limits."""
    return _server is not None


def _configured() -> bool:
    """Whether the environment or Prefect's profile names a server."""
    if os.environ.get("PREFECT_API_URL"):
        return True
    home = Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect")
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH") or home / "profiles.toml")
    return profiles.is_file() and "PREFECT_API_URL" in profiles.read_text(errors="replace")


def _answers() -> bool:
    try:
        with urllib.request.urlopen(f"{os.environ['PREFECT_API_URL']}/health", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def _last_words() -> str:
    if _log is None:
        return ""
    _log.seek(0)
    lines = _log.read().decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing."


def _stop() -> None:
    global _server
    if _server is not None:
        _server.terminate()
        try:
            _server.wait(5)
        except subprocess.TimeoutExpired:
            _server.kill()
            _server.wait()
        _server = None


# --- the server's process --------------------------------------------------------------------------------------------


def _end_with(parent: int) -> None:
    """End this process when its parent is gone, killed without a word."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(10)
    os._exit(1)


def _serve(parent: int, port: int) -> None:
    import uvicorn
    from prefect.server.api.server import create_app

    from flows.server.garbage_collection import collect_aside

    collect_aside()
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    uvicorn.run(create_app, factory=True, host="127.0.0.1", port=port, log_level="error", lifespan="on", workers=1)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), int(sys.argv[2]))
