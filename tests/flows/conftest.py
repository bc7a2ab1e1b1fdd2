"""One Prefect test harness for all flow tests, and the command line called as a user calls it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
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


def call(store: Path, *words: str, **settings: str) -> Outcome:
    """A command with settings by name, without the prefix; by default over the bundled sample, into `store`."""
    defaults = {"STORE": str(store), "ARXIV_INTERVAL": "0", "HF_URL": SAMPLE, "ARXIV_URL": SAMPLE, "SITE": "false"}
    given = {f"DAILY_PAPERS_{name}": value for name, value in (defaults | settings).items()}
    out, err, code = StringIO(), StringIO(), 0
    try:
        with (
            patch.dict(os.environ, given),  # the command line sets variables of its own
            patch.object(sys, "argv", ["daily-papers", *words]),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return Outcome(code, out.getvalue(), re.sub(r"\s+", " ", err.getvalue()))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """`command("run", "--date", ..., HF_URL=...)`, into a new folder."""
    return partial(call, tmp_path / "store")


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory, _prefect: None) -> Path:
    """The store that `daily-papers demo` makes. Not to be changed."""
    folder = tmp_path_factory.mktemp("demo")
    got = call(folder, "demo", "--store", str(folder), SITE="true")
    assert got.code == 0, got
    said = re.findall(r"^\s+(\S+\.md)$", got.out, re.MULTILINE)
    assert len(said) == 12
    assert all(Path(path).is_file() for path in said)
    return folder


@pytest.fixture(scope="session")
def site() -> Iterator[Callable[..., str]]:
    """`site("--fill")`: the address of a replay server with these options, one for each set of options."""
    started: dict[tuple[str, ...], str] = {}
    with ExitStack() as stack:

        def start(*options: str) -> str:
            if options not in started:
                started[options] = stack.enter_context(replay("serve.py", *options))
            return started[options]

        yield start
