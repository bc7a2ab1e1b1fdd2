"""One Prefect test harness for all flow tests, and the command line called as a user calls it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from flows.cli import main
from papers.settings import SAMPLE
from tests.servers import replay


@pytest.fixture(scope="session", autouse=True)
def _prefect() -> Iterator[None]:
    with (
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@dataclass(frozen=True)
class Outcome:
    """What a command ended with."""

    code: int
    out: str
    err: str


Command = Callable[..., Outcome]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """`command("run", "--date", ..., HF_URL=...)`: settings by name, without the prefix; the store is a new folder."""

    def call(*words: str, **settings: str) -> Outcome:
        defaults = {"STORE": str(tmp_path / "store"), "ARXIV_INTERVAL": "0", "HF_URL": SAMPLE, "ARXIV_URL": SAMPLE}
        given = {f"DAILY_PAPERS_{name}": value for name, value in (defaults | settings).items()}
        monkeypatch.setattr(sys, "argv", ["daily-papers", *words])
        capsys.readouterr()
        code = 0
        try:
            with patch.dict(os.environ, given):  # the command line sets variables of its own
                main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        said = capsys.readouterr()
        return Outcome(code, said.out, re.sub(r"\s+", " ", said.err))

    return call


@pytest.fixture(scope="session")
def site() -> Iterator[Callable[..., str]]:
    """`site("--fill")`: the address of a replay server with these options, one for each set of options."""
    started: dict[tuple[str, ...], tuple[str, object]] = {}
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(*options: str) -> str:
            if options not in started:
                started[options] = (stack.enter_context(replay("serve.py", *options)), None)
            return started[options][0]

        yield start
