"""One Prefect test harness for all flow tests, and the command line as a user calls it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest
from prefect.server.api.server import SubprocessASGIServer
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, get_current_settings, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from flows.cli import main
from flows.server.temporary_server import AS_EPHEMERAL
from papers.settings import SAMPLE
from tests.servers import replay


def start_server(server: SubprocessASGIServer) -> subprocess.Popen[bytes]:
    """Start the harness's server as a command starts its own: garbage collection never blocks it for a minute."""
    settings = get_current_settings().to_environment_variables(exclude_unset=True)
    return subprocess.Popen(
        [sys.executable, "-m", "flows.server.temporary_server", str(os.getpid()), str(server.port)],
        env=os.environ | AS_EPHEMERAL | settings,
    )


@pytest.fixture(scope="session", autouse=True)
def _prefect() -> Iterator[None]:
    with (
        patch.object(SubprocessASGIServer, "_run_uvicorn_command", start_server),
        prefect_test_harness(server_startup_timeout=120),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield


@dataclass(frozen=True)
class CommandResult:
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


Command = Callable[..., CommandResult]


def run_command(store: Path, *words: str, **settings: str) -> CommandResult:
    """Run a command with settings, named without their prefix. By default over the bundled sample, into `store`."""
    defaults = {"STORE": str(store), "ARXIV_INTERVAL": "0", "HF_URL": SAMPLE, "ARXIV_URL": SAMPLE, "SITE": "false"}
    variables = {f"DAILY_PAPERS_{name}": value for name, value in (defaults | settings).items()}
    out, err, code = StringIO(), StringIO(), 0
    try:
        with (
            patch.dict(os.environ, variables),  # undoes the variables that the command line sets
            patch.object(sys, "argv", ["daily-papers", *words]),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    return CommandResult(code, out.getvalue(), re.sub(r"\s+", " ", err.getvalue()))


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """`command("run", "--date", ..., HF_URL=...)`, into a new folder."""
    return partial(run_command, tmp_path / "store")


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory, _prefect: None) -> Path:
    """The store that `daily-papers demo` creates. Tests must not change it."""
    folder = tmp_path_factory.mktemp("demo")
    result = run_command(folder, "demo", "--store", str(folder), SITE="true")
    assert result.code == 0, result
    paths = re.findall(r"^\s+(\S+\.md)$", result.out, re.MULTILINE)
    assert len(paths) == 12
    assert all(Path(path).is_file() for path in paths)
    return folder


@pytest.fixture(scope="session")
def site() -> Iterator[Callable[..., str]]:
    """`site("--fill")`: the address of a replay server with these options, one for each set of options."""
    addresses: dict[tuple[str, ...], str] = {}
    with ExitStack() as stack:

        def start(*options: str) -> str:
            if options not in addresses:
                addresses[options] = stack.enter_context(replay("serve.py", *options))
            return addresses[options]

        yield start
