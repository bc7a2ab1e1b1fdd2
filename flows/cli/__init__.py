"""The command line: it reads what the user says and shows what became of it; the flows do the work.

One module for each group of commands, and what they share: options, consoles, progress.
"""

from __future__ import annotations

import contextvars
import os
import sys

import typer
from rich.markup import escape

from flows.cli import documents, maintenance, prefect_server, runs, site
from flows.cli.console import err
from flows.server.local_server import running_server
from papers.errors import DailyPapersError

COMMANDS = (
    *(runs.run, runs.backfill, runs.rerender, runs.refresh, runs.roundup, runs.watch),
    *(prefect_server.setup, prefect_server.up, prefect_server.down),
    *(site.site, maintenance.query, maintenance.doctor, maintenance.fsck, maintenance.reindex),
    *(runs.demo, documents.read, documents.check, maintenance.status),
)
app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
for command in COMMANDS:
    app.command()(command)


def main() -> None:
    """Run the command; the exit code is the design's: 0 done, 1 partly, 2 usage, 3 unreachable."""
    configure_prefect()
    try:
        contextvars.copy_context().run(app)  # the options of one command are no other's
    except DailyPapersError as error:
        err.print(f"error: {escape(str(error))}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("stopped; what was finished is kept, and the same command goes on from there")
        sys.exit(130)


def configure_prefect() -> None:
    """Prefect's own console lines and analytics off, unless the user set them: the run says what happens itself.

    And the server that `up` has started, for whatever command this is; without one Prefect starts an ephemeral one.
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")  # as the deployments: see flows/server/setup.py
    if url := running_server():
        os.environ.setdefault("PREFECT_API_URL", url)
