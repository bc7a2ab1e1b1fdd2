"""The command line: it parses arguments and prints results; the flows do the work.

One module per group of commands, and modules that they share: options, consoles, progress.
"""

from __future__ import annotations

import contextvars
import os
import sys

import typer

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
app.command("import")(maintenance.import_store)


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 not all done, 2 bad usage, 3 something is unreachable, 130 Ctrl-C."""
    configure_prefect()
    try:
        contextvars.copy_context().run(app)  # so that the options of one command do not affect another
    except DailyPapersError as error:
        err.print(f"error: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        err.print("stopped; what was finished is kept, and the same command continues from there")
        sys.exit(130)


def configure_prefect() -> None:
    """Turn Prefect's console logs and analytics off, unless the user set them: commands report progress themselves.

    Also use the server that `up` has started, if one runs.
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")  # as in the deployments: see flows/server/setup.py
    if url := running_server():
        os.environ.setdefault("PREFECT_API_URL", url)
