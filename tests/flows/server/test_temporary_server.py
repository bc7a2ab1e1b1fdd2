"""The temporary server of a command: it serves, and it ends with the command, even with a killed one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flows.server import temporary_server
from papers.settings import SAMPLE
from tests.prefect_server import QUIET

DATE = "2026-01-08"


def start_command(folder: Path) -> subprocess.Popen[str]:
    settings = {"STORE": str(folder / "store"), "HF_URL": SAMPLE, "ARXIV_URL": SAMPLE}
    env = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_API")} | QUIET
    env |= {f"DAILY_PAPERS_{k}": v for k, v in settings.items()} | {"PREFECT_HOME": str(folder / "prefect")}
    arguments = [sys.executable, "-m", "flows.cli", "run", "--date", DATE]
    return subprocess.Popen(arguments, env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def children(pid: int) -> list[int]:
    file = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(n) for n in file.read_text().split()] if file.exists() else []


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.slow
def test_a_command_starts_its_server_and_stops_it(tmp_path: Path) -> None:
    with start_command(tmp_path) as process:
        assert wait_until(lambda: bool(children(process.pid)), 60)
        (server,) = children(process.pid)
        out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err
    assert f"{DATE}: 1 listed, 1 new" in out
    assert err == ""
    assert wait_until(lambda: not Path(f"/proc/{server}").exists(), 5)


@pytest.mark.slow
def test_a_killed_command_leaves_no_server(tmp_path: Path) -> None:
    with start_command(tmp_path) as process:
        assert wait_until(lambda: bool(children(process.pid)), 60)
        (server,) = children(process.pid)
        time.sleep(3)  # until the server watches its parent
        process.send_signal(signal.SIGKILL)
        process.wait(20)
    assert wait_until(lambda: not _is_alive(server), 30)


def _is_alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_server_in_a_profile_below_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    monkeypatch.delenv("PREFECT_PROFILES_PATH", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PREFECT_HOME", "~/prefect")
    assert not temporary_server._is_configured()
    (tmp_path / "prefect").mkdir()
    (tmp_path / "prefect" / "profiles.toml").write_text('[profiles.a]\nPREFECT_API_URL = "http://127.0.0.1:9/api"\n')
    assert temporary_server._is_configured()
