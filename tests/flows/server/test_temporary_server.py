"""The server of a command that finds none: it serves, it ends with the command, and it ends with a killed one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from papers.settings import SAMPLE
from tests.prefect_server import QUIET

DATE = "2026-01-08"


def command(folder: Path) -> subprocess.Popen[str]:
    own = {"STORE": str(folder / "store"), "HF_URL": SAMPLE, "ARXIV_URL": SAMPLE}
    env = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_API")} | QUIET
    env |= {f"DAILY_PAPERS_{k}": v for k, v in own.items()} | {"PREFECT_HOME": str(folder / "prefect")}
    words = [sys.executable, "-m", "flows.cli", "run", "--date", DATE]
    return subprocess.Popen(words, env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(n) for n in found.read_text().split()] if found.exists() else []


def until(happens: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.slow
def test_a_command_brings_its_server_and_takes_it_along(tmp_path: Path) -> None:
    with command(tmp_path) as process:
        assert until(lambda: bool(children(process.pid)), 60)
        (server,) = children(process.pid)
        out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    assert f"{DATE}: 1 listed, 1 new" in out
    assert err == ""
    assert until(lambda: not Path(f"/proc/{server}").exists(), 5)


@pytest.mark.slow
def test_a_killed_command_leaves_no_server(tmp_path: Path) -> None:
    with command(tmp_path) as process:
        assert until(lambda: bool(children(process.pid)), 60)
        (server,) = children(process.pid)
        time.sleep(3)  # so that the server watches over its parent
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    assert until(lambda: not _alive(server), 30)


def _alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
