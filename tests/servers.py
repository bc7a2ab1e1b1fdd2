"""Real servers on loopback for tests, each started by the test that needs it and ended by its own process id."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    own = {"S3_DIR": str(folder), "S3_PORT": str(free_port()), "S3_MON_PORT": str(free_port())}
    env = os.environ | own
    shown = subprocess.run([*start, "start"], env=env, check=True, capture_output=True, text=True, timeout=120).stdout
    try:
        yield dict(re.findall(r"^export (\w+)=(\S+)$", shown, re.MULTILINE))
    finally:
        subprocess.run([*start, "stop"], env=env, check=False, capture_output=True, timeout=60)


def ceph_missing() -> str | None:
    """Why there can be no Ceph server here, or None."""
    if not (SHARED / "replay" / "start-s3.sh").is_file():
        return "needs start-s3.sh of the shared folder"
    lacking = [c for c in CEPH if shutil.which(c) is None]
    return f"needs the Debian packages {' '.join(lacking)}" if lacking else None


def end(process: subprocess.Popen[str]) -> None:
    """End a process that we started."""
    process.send_signal(signal.SIGTERM)
    process.wait(20)
