"""Commands about Prefect's server: setup, up, down."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from flows.cli.console import err, out
from flows.cli.options import Infrastructure, InfrastructureOption
from flows.server import local_server
from flows.server.local_server import PORT
from flows.server.temporary_server import prefect_home
from papers.settings import load_settings


def setup(
    infrastructure: InfrastructureOption = Infrastructure.process,
    lost_after: Annotated[
        float | None,
        typer.Option(
            "--lost-after", min=1, help="seconds without a heartbeat after which a run is crashed; one comes every 30 s"
        ),
    ] = None,
) -> None:
    """Create what the deployments need on the Prefect server: work pool, limits, automations, variables, blocks."""
    _set_up_server(infrastructure, lost_after)


def _set_up_server(infrastructure: Infrastructure, lost_after: float | None = None) -> None:
    from flows.server.setup import LOST_AFTER, set_up

    result = asyncio.run(set_up(load_settings(), infrastructure.value, lost_after or LOST_AFTER))
    out.print(
        f"work pool {result.pool} ({infrastructure}); limits: "
        + ", ".join(f"{n} {k}" for n, k in result.limits.items())
    )
    out.print("automations: " + "; ".join(result.automations))
    out.print("variables: " + ", ".join(f"{name}={value}" for name, value in result.variables.items()))
    if not result.has_alert_address:
        err.print("warning: failed runs are reported to nobody: set DAILY_PAPERS_ALERT_URL and run this again")


def up(
    workers: Annotated[int, typer.Option("--workers", min=1, help="worker processes on this machine")] = 1,
    port: Annotated[int, typer.Option("--port", help="port of the server; 0: any free port")] = PORT,
) -> None:
    """Start Prefect's server and workers here, with limits, automations and deployments; `down` stops them."""
    load_settings()  # so that invalid settings are reported before anything is started
    record, was_started = local_server.start(port)
    os.environ["PREFECT_API_URL"] = f"{record['url']}/api"
    out.print(f"server: {'started' if was_started else 'already running'}")
    _set_up_server(Infrastructure.process)
    record = local_server.start_workers(record, workers)  # they start while the deployments are created
    local_server.deploy(record, local_server.deployments_file())
    out.print(f"deployments: {local_server.deployments_file()}; workers: {len(record['workers'])}")
    out.print(f"UI: {record['url']}")
    out.print(f"logs: {prefect_home()}/daily-papers-*.log; daily-papers down stops all of it")


def down() -> None:
    """Stop what `up` has started; an interrupted run can be retried and continues where it stopped."""
    process_ids = local_server.stop()
    out.print(
        f"stopped {len(process_ids)} processes" if process_ids else "nothing that `daily-papers up` started is running"
    )
