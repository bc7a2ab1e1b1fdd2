"""Prefect's server and workers on this machine: started by `daily-papers up`, stopped by `down`, used by all commands.

A file in Prefect's folder records what runs, one server per user. Each process is recorded by id and start time, so
that a later process with the same id is not mistaken for it.
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

from flows.server.temporary_server import BATCHES, START_TIMEOUT, prefect_home
from papers.errors import Unreachable, UsageError

HOST, PORT = "127.0.0.1", 4200
POOL = "daily-papers"  # the work pool
TAG = "daily-papers"  # of every run of this project: the automations apply to these only
STOP_TIMEOUT = 30.0  # seconds after which a process that does not end is killed
# What the server and workers need beyond Prefect's defaults; the user's own settings take precedence.
DEFAULTS = BATCHES | {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    # Else slots that are held when a server ends are never released.
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    # Else a client that waits for a slot may ask again only after 30 s, even if the slot is free.
    "PREFECT_SERVER_CONCURRENCY_MAXIMUM_CONCURRENCY_SLOT_WAIT_SECONDS": "1",
    "PREFECT_WORKER_QUERY_SECONDS": "5",
}


class Process(TypedDict):
    """A process that `up` has started."""

    pid: int
    began: float  # seconds since the epoch, as the system reports it


class Record(TypedDict):
    """The record of what `up` has started."""

    url: str  # of the UI; the API is below it
    server: Process
    workers: list[Process]


class NotStarted(Unreachable):
    """The server or a worker ended at once, or never answered (exit code 3)."""


def running_server() -> str | None:
    """The API address of the server that `up` started, or None if it no longer runs. Does not import Prefect."""
    record = _read_record()
    return f"{record['url']}/api" if record and _is_alive(record["server"]) else None


def start(port: int = PORT) -> tuple[Record, bool]:
    """Start the server unless it runs already; returns its record, and whether it was started now.

    With `port` 0 any free port is used. Raises UsageError for a port that is taken, NotStarted if the server does not
    start.
    """
    record = _read_record()
    if record and _is_alive(record["server"]):
        return record, False
    url = f"http://{HOST}:{_free_port(port)}"
    arguments = ("server", "start", "--host", HOST, "--port", url.rpartition(":")[2])
    process = _spawn(arguments, "server", url)
    _wait_for(url, process)
    record = Record(url=url, server=process, workers=[])
    _write(record)
    return record, True


def start_workers(record: Record, workers: int) -> Record:
    """Start workers until at least `workers` of them run; returns the updated record."""
    running = [w for w in record["workers"] if _is_alive(w)]
    for number in range(len(running), workers):
        arguments = ("worker", "start", "--pool", POOL, "--name", f"{socket.gethostname()}-{number + 1}")
        running.append(_spawn(arguments, f"worker-{number + 1}", record["url"]))
        record = Record(url=record["url"], server=record["server"], workers=running)
        _write(record)
    return record


def deploy(record: Record, file: Path) -> None:
    """Create the deployments of a prefect.yaml on the server. Raises NotStarted with Prefect's output if it fails."""
    arguments = ("--no-prompt", "deploy", "--all", "--prefect-file", str(file))
    result = subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "prefect", *arguments],
        env=_environment(record["url"]),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise NotStarted(f"prefect deploy --all failed:\n{(result.stdout + result.stderr).strip()[-2000:]}")


def deployments_file() -> Path:
    """The path of `prefect.yaml`: in the checkout, or in the installed package."""
    import deployments

    package = Path(deployments.__file__).parent
    files = [f for f in (package.parent / "prefect.yaml", package / "prefect.yaml") if f.is_file()]
    if not files:
        raise UsageError(f"There is no prefect.yaml beside {package}: install the project again")
    return files[0]


def stop() -> list[int]:
    """Stop the workers with their flow runs, then the server; returns the ids of the processes that were stopped.

    The process of a flow run marks it as crashed before it ends, and the run can be retried.
    """
    record = _read_record()
    if record is None:
        return []
    process_ids: list[int] = []
    for process in (*record["workers"], record["server"]):
        process_ids += _stop_process(process)
    _record_path().unlink(missing_ok=True)
    return process_ids


def _stop_process(process: Process) -> list[int]:
    """Stop a process and all its children; returns their ids."""
    if not _is_alive(process):
        return []
    parent = psutil.Process(process["pid"])
    processes = [*parent.children(recursive=True), parent]
    for one_process in processes:
        _terminate(one_process)
    _, survivors = psutil.wait_procs(processes, timeout=STOP_TIMEOUT)
    for one_process in survivors:
        one_process.kill()
    psutil.wait_procs(survivors, timeout=STOP_TIMEOUT)
    return [one_process.pid for one_process in processes]


def _terminate(process: psutil.Process) -> None:
    try:
        process.terminate()
    except psutil.NoSuchProcess:
        return  # it has ended already


def _is_alive(process: Process) -> bool:
    try:
        running = psutil.Process(process["pid"])
        return abs(running.create_time() - process["began"]) < 1 and running.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _free_port(port: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise UsageError(
                f"Port {port} is taken. Next: daily-papers up --port 0 for any free one, or, if that is a Prefect "
                f"server, PREFECT_API_URL=http://{HOST}:{port}/api daily-papers setup"
            ) from error
        bound_port: int = probe.getsockname()[1]
        return bound_port


def _environment(url: str) -> dict[str, str]:
    """The environment of a process. Messages link to the UI's address; the UI uses the API at port 4200 by default."""
    ui_settings = {"PREFECT_UI_URL": url, "PREFECT_SERVER_UI_API_URL": f"{url}/api"}
    return DEFAULTS | ui_settings | os.environ | {"PREFECT_API_URL": f"{url}/api"}


def _spawn(arguments: Sequence[str], name: str, url: str) -> Process:
    """Start a Prefect process that outlives this one and writes to its own log."""
    log = prefect_home() / f"daily-papers-{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    env = _environment(url)
    if name == "server":
        del env["PREFECT_API_URL"]  # the server's own services call it without the network
    for variable in ("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "PREFECT_SERVER_LOGGING_LEVEL"):
        env.pop(variable, None)  # these are meant for the terminal of a command
    with log.open("ab") as out:
        process = subprocess.Popen(  # noqa: S603 - our own arguments
            [sys.executable, "-m", "flows.server.garbage_collection" if name == "server" else "prefect", *arguments],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    return Process(pid=process.pid, began=psutil.Process(process.pid).create_time())


def _wait_for(url: str, process: Process) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/api/health", timeout=5):  # noqa: S310 - our own, on loopback
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
        if not _is_alive(process):
            break
    log = prefect_home() / "daily-papers-server.log"
    _stop_process(process)
    log_end = log.read_text("utf-8", "replace").strip()[-1500:]
    raise NotStarted(f"Prefect's server did not start; {log} ends with:\n{log_end}")


def _record_path() -> Path:
    return prefect_home() / "daily-papers.json"


def _read_record() -> Record | None:
    try:
        record: Record = json.loads(_record_path().read_text("utf-8"))
        return record if isinstance(record["server"]["pid"], int) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(record: Record) -> None:
    path = _record_path()
    temporary = path.with_suffix(".new")
    temporary.write_text(json.dumps(record, indent=1), "utf-8")
    temporary.replace(path)
