"""Real servers on loopback for tests, each started by the test that needs it and ended by its own process id."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.shared import SHARED

STORES = ("folder", "moto", "ceph")
CEPH = ("radosgw", "ceph-mon", "ceph-osd")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


@contextmanager
def replay(script: str, *options: str) -> Iterator[str]:
    """A replay server of the recorded inputs (`serve.py`, `llm.py`); gives its address."""
    command = [sys.executable, str(SHARED / "replay" / script), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://\S+", process.stdout.readline())
            assert found, f"{script} did not start"
            yield found[0]
        finally:
            process.terminate()


@contextmanager
def ceph(folder: Path) -> Iterator[dict[str, str]]:
    """A Ceph S3 server in `folder`; gives the variables to reach it by."""
    start = [str(SHARED / "replay" / "start-s3.sh")]
    for tries_left in (2, 1, 0):  # a free port may be taken by the time that a daemon asks for it
        own = {"S3_DIR": str(folder), "S3_PORT": str(free_port()), "S3_MON_PORT": str(free_port())}
        env = os.environ | own
        made = subprocess.run([*start, "start"], env=env, check=False, capture_output=True, text=True, timeout=120)
        if made.returncode == 0:
            break
        subprocess.run([*start, "wipe"], env=env, check=False, capture_output=True, timeout=60)
        assert tries_left, f"Ceph did not start: {made.stderr}"
    shown = made.stdout
    try:
        yield dict(re.findall(r"^export (\w+)=(\S+)$", shown, re.MULTILINE))
    finally:
        subprocess.run([*start, "stop"], env=env, check=False, capture_output=True, timeout=60)


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs, on the path or where Debian has them; None where there are none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").is_file() and (f / "postgres").is_file()), None)


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server on loopback with an empty database; gives its address as Prefect wants it.

    It refuses to run as root: then it runs as the user `postgres`, which Debian's package makes.
    """
    programs = postgres_programs()
    assert programs is not None
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="daily-papers-postgres-") as name:
        folder, port = Path(name), free_port()
        if user:
            shutil.chown(folder, user)
        made = [str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "prefect", "-N"]
        subprocess.run(made, user=user, cwd=folder, check=True, capture_output=True, timeout=120)
        quick = ["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", "max_connections=50"]
        words = [str(programs / "postgres"), "-D", str(folder / "data"), "-h", "127.0.0.1", "-p", str(port), *quick]
        log = folder / "log"
        with log.open("w") as out, subprocess.Popen(words, user=user, cwd=folder, stderr=out, stdout=out) as process:
            try:
                until = time.monotonic() + 60
                while "ready to accept connections" not in log.read_text():
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < until, log.read_text()
                    time.sleep(0.1)
                yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
            finally:
                process.send_signal(signal.SIGINT)  # a fast shutdown
                process.wait(20)


def ceph_missing() -> str | None:
    """Why there can be no Ceph server here, or None."""
    if not (SHARED / "replay" / "start-s3.sh").is_file():
        return "needs start-s3.sh of the shared folder"
    lacking = [c for c in CEPH if shutil.which(c) is None]
    return f"needs the Debian packages {' '.join(lacking)}" if lacking else None


class Quiet(BaseHTTPRequestHandler):
    """A server's answers, of which nothing is printed."""

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """The whole of an answer; underscores of header names stand for hyphens."""
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        """What was sent."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on loopback with that handler; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mailbox() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that takes messages; gives its apprise address, and the list in which they arrive."""
    came: list[dict[str, Any]] = []

    class Box(Quiet):
        def do_POST(self) -> None:
            came.append(json.loads(self.body()))
            self.reply(200)

    with serving(Box) as url:
        yield url.replace("http:", "json:") + "/", came


def end(process: subprocess.Popen[str]) -> None:
    """End a process that we started."""
    process.send_signal(signal.SIGTERM)
    process.wait(20)
