"""Prefect's server and workers on this machine: started by `daily-papers up`, ended by `down`, found by all commands.

What runs is on record in Prefect's own folder, one server a user: each process by its id and the moment it began, so
that no other process that has got the id since is ever taken for it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import psutil

from flows.server.temporary_server import BATCHES
from papers.errors import Unreachable, UsageError

HOST, PORT = "127.0.0.1", 4200
POOL = "daily-papers"  # the work pool
TAG = "daily-papers"  # of every run that is ours: the automations touch no other
START = 180.0  # seconds that a server may take to answer; a busy machine needs over 20
END = 30.0  # seconds that a process may take to end before it is killed
# What this machine's server and workers need beyond Prefect's defaults; the user's own settings win.
DEFAULTS = BATCHES | {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # Else the slots that were held when a server ends are never free again.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # Else whoever waits for a slot asks for it again after up to 30 s, however long it has been free.
    "PREFECT_SERVER_CONCURRENCY_MAXIMUM_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "5",
}


class Process(TypedDict):
    """A process of ours."""

    pid: int
    began: float  # seconds since the epoch, as the system says


class Record(TypedDict):
    """What `up` has started."""

    url: str  # of the UI; the API is below it
    server: Process
    workers: list[Process]


class NotStarted(Unreachable):
    """The server or a worker ended at once, or never answered (exit code 3)."""


def home() -> Path:
    """Prefect's folder of this user."""
    return Path(os.environ.get("PREFECT_HOME") or Path.home() / ".prefect").expanduser()


def running_server() -> str | None:
    """The address of the API that `up` started, if its server still runs; else None. Imports nothing of Prefect."""
    record = _recorded()
    return f"{record['url']}/api" if record and _alive(record["server"]) else None


def start(port: int = PORT) -> tuple[Record, bool]:
    """The server on this machine, and whether it was started now; one that runs already stays.

    `port` 0 is any free one. Raises UsageError for a port that is taken, NotStarted when the server does not come up.
    """
    record = _recorded()
    if record and _alive(record["server"]):
        return record, False
    url = f"http://{HOST}:{_free(port)}"
    words = ("server", "start", "--host", HOST, "--port", url.rpartition(":")[2])
    process = _spawn(words, "server", url)
    _wait_for(url, process)
    record = Record(url=url, server=process, workers=[])
    _write(record)
    return record, True


def start_workers(record: Record, workers: int) -> Record:
    """The record with `workers` workers at least, those that still run among them."""
    alive = [w for w in record["workers"] if _alive(w)]
    for number in range(len(alive), workers):
        words = ("worker", "start", "--pool", POOL, "--name", f"{socket.gethostname()}-{number + 1}")
        alive.append(_spawn(words, f"worker-{number + 1}", record["url"]))
        record = Record(url=record["url"], server=record["server"], workers=alive)
        _write(record)
    return record


def deploy(record: Record, file: Path) -> str:
    """Create the deployments of a prefect.yaml on the server; returns what Prefect said. Raises NotStarted."""
    words = ("--no-prompt", "deploy", "--all", "--prefect-file", str(file))
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "prefect", *words],
        env=_environment(record["url"]),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotStarted(f"prefect deploy --all failed:\n{(done.stdout + done.stderr).strip()[-2000:]}")
    return done.stdout


def deployments_file() -> Path:
    """`prefect.yaml`: of the checkout, or the one that an installed package carries."""
    import deployments

    package = Path(deployments.__file__).parent
    found = [f for f in (package.parent / "prefect.yaml", package / "prefect.yaml") if f.is_file()]
    if not found:
        raise UsageError(f"There is no prefect.yaml beside {package}: install the project again")
    return found[0]


def stop() -> list[int]:
    """End the workers with their flow runs, then the server; returns the ids of the processes that were ended.

    A flow run that is ended so is marked crashed by its own process before it goes, and can be retried.
    """
    record = _recorded()
    if record is None:
        return []
    ended: list[int] = []
    for process in (*record["workers"], record["server"]):
        ended += _end(process)
    _file().unlink(missing_ok=True)
    return ended


def _end(process: Process) -> list[int]:
    """End a process of ours and all that it has started."""
    if not _alive(process):
        return []
    parent = psutil.Process(process["pid"])
    family = [*parent.children(recursive=True), parent]
    for one in family:
        _ask(one)
    _, left = psutil.wait_procs(family, timeout=END)
    for one in left:
        one.kill()
    psutil.wait_procs(left, timeout=END)
    return [one.pid for one in family]


def _ask(process: psutil.Process) -> None:
    try:
        process.terminate()
    except psutil.NoSuchProcess:
        return  # it has ended by itself


def _alive(process: Process) -> bool:
    try:
        there = psutil.Process(process["pid"])
        return abs(there.create_time() - process["began"]) < 1 and there.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _free(port: int) -> int:
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"Port {port} is taken. Next: daily-papers up --port 0 for any free one, or, if that is a Prefect "
                f"server, PREFECT_API_URL=http://{HOST}:{port}/api daily-papers setup"
            ) from error
        found: int = s.getsockname()[1]
        return found


def _environment(url: str) -> dict[str, str]:
    """Messages name a run by the UI's address; the UI asks the API at port 4200 unless it is told otherwise."""
    own = {"PREFECT_UI_URL": url, "PREFECT_SERVER_UI_API_URL": f"{url}/api"}
    return DEFAULTS | own | os.environ | {"PREFECT_API_URL": f"{url}/api"}


def _spawn(words: Sequence[str], name: str, url: str) -> Process:
    """A process of Prefect's that outlives this one and writes to a log of its own."""
    log = home() / f"daily-papers-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    env = _environment(url)
    if name == "server":
        del env["PREFECT_API_URL"]  # its own services speak to it without the network
    for quiet in ("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "PREFECT_SERVER_LOGGING_LEVEL"):
        env.pop(quiet, None)  # these are for a command's own terminal
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-m", "flows.server.garbage_collection" if name == "server" else "prefect", *words],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    return Process(pid=process.pid, began=psutil.Process(process.pid).create_time())


def _wait_for(url: str, process: Process) -> None:
    until = time.monotonic() + START
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/api/health", timeout=5):  # noqa: S310 - our own, on loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        if not _alive(process):
            break
    log = home() / "daily-papers-server.log"
    _end(process)
    said = log.read_text("utf-8", "replace").strip()[-1500:]
    raise NotStarted(f"Prefect's server did not start; {log} ends with:\n{said}")


def _file() -> Path:
    return home() / "daily-papers.json"


def _recorded() -> Record | None:
    try:
        record: Record = json.loads(_file().read_text("utf-8"))
        return record if isinstance(record["server"]["pid"], int) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(record: Record) -> None:
    file = _file()
    fresh = file.with_suffix(".new")
    fresh.write_text(json.dumps(record, indent=1), "utf-8")
    fresh.replace(file)
