"""Real servers on loopback, each started by the test that needs it and stopped by its process id."""

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
    """A replay server of the recorded inputs (`serve.py`, `llm.py`); yields its address."""
    command = [sys.executable, str(SHARED / "replay" / script), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            match = re.search(r"http://\S+", process.stdout.readline())
            assert match, f"{script} did not start"
            yield match[0]
        finally:
            process.terminate()


@contextmanager
def ceph(folder: Path) -> Iterator[dict[str, str]]:
    """A Ceph S3 server in `folder`; yields the environment variables for its use."""
    command = [str(SHARED / "replay" / "start-s3.sh")]
    for tries_left in (2, 1, 0):  # a free port may be taken before a daemon binds it
        ports = {"S3_DIR": str(folder), "S3_PORT": str(free_port()), "S3_MON_PORT": str(free_port())}
        env = os.environ | ports
        process = subprocess.run([*command, "start"], env=env, check=False, capture_output=True, text=True, timeout=120)
        if process.returncode == 0:
            break
        subprocess.run([*command, "wipe"], env=env, check=False, capture_output=True, timeout=60)
        assert tries_left, f"Ceph did not start: {process.stderr}"
    output = process.stdout
    try:
        yield dict(re.findall(r"^export (\w+)=(\S+)$", output, re.MULTILINE))
    finally:
        subprocess.run([*command, "stop"], env=env, check=False, capture_output=True, timeout=60)


def postgres_programs() -> Path | None:
    """The folder of PostgreSQL's programs, on the path or where Debian installs them; None if there are none."""
    initdb = shutil.which("initdb")
    folders = [Path(initdb).resolve().parent] if initdb else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((f for f in folders if (f / "initdb").is_file() and (f / "postgres").is_file()), None)


@contextmanager
def postgres() -> Iterator[str]:
    """A PostgreSQL server on loopback with an empty database; yields its address in Prefect's form.

    PostgreSQL refuses to run as root: then it runs as the user `postgres`, which Debian's package creates.
    """
    programs = postgres_programs()
    assert programs is not None
    user = "postgres" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="daily-papers-postgres-") as name:
        folder, port = Path(name), free_port()
        if user:
            shutil.chown(folder, user)
        initdb = [str(programs / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "prefect", "-N"]
        subprocess.run(initdb, user=user, cwd=folder, check=True, capture_output=True, timeout=120)
        options = ["-c", "fsync=off", "-c", "unix_socket_directories=", "-c", "max_connections=50"]
        arguments = [
            str(programs / "postgres"),
            "-D",
            str(folder / "data"),
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            *options,
        ]
        log = folder / "log"
        with (
            log.open("w") as out,
            subprocess.Popen(arguments, user=user, cwd=folder, stderr=out, stdout=out) as process,
        ):
            try:
                deadline = time.monotonic() + 60
                while "ready to accept connections" not in log.read_text():
                    assert process.poll() is None, log.read_text()
                    assert time.monotonic() < deadline, log.read_text()
                    time.sleep(0.1)
                yield f"postgresql+asyncpg://prefect@127.0.0.1:{port}/postgres"
            finally:
                process.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
                process.wait(20)


def ceph_missing() -> str | None:
    """Why there can be no Ceph server here, or None."""
    if not (SHARED / "replay" / "start-s3.sh").is_file():
        return "needs start-s3.sh of the shared folder"
    missing = [c for c in CEPH if shutil.which(c) is None]
    return f"needs the Debian packages {' '.join(missing)}" if missing else None


class QuietHandler(BaseHTTPRequestHandler):
    """A request handler that logs nothing."""

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer; underscores in header names stand for hyphens."""
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def body(self) -> bytes:
        """The body of the request."""
        return self.rfile.read(int(self.headers["Content-Length"]))

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serve_http(handler: type[BaseHTTPRequestHandler], port: int = 0) -> Iterator[str]:
    """A server on loopback with that handler; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def mailbox() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that receives messages; yields its apprise address, and the list of messages."""
    messages: list[dict[str, Any]] = []

    class MailboxHandler(QuietHandler):
        def do_POST(self) -> None:
            messages.append(json.loads(self.body()))
            self.reply(200)

    with serve_http(MailboxHandler) as url:
        yield url.replace("http:", "json:") + "/", messages


def terminate(process: subprocess.Popen[str]) -> None:
    """Terminate a process that we started."""
    process.send_signal(signal.SIGTERM)
    process.wait(20)
