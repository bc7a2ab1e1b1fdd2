"""Run a backfill's dates as flow runs of the `daily` deployment, on the workers of the Prefect server.

Each date gets one run: the idempotency key consists of the date, the parameters and the number of earlier runs of both
that ended without completing the date. A backfill that is called again while its runs are active waits for the same
runs.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterId,
    FlowRunFilterTags,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.states import Scheduled

from flows.days.progress import reporter
from flows.server.shared_limits import has_shared_server
from papers.errors import UsageError

DEPLOYMENT = "daily/daily"
TAG = "backfill"
POLL_INTERVAL = 2.0  # seconds between two queries of the runs
WORKER_TIMEOUT = 60.0  # seconds after which a message says that no worker has begun a run
PAGE_SIZE = 200  # the most flow runs in one response of the server


def key_prefix(date: dt.date, parameters: Mapping[str, Any]) -> str:
    """The common beginning of the idempotency keys of all runs of a date with these parameters."""
    parameters_json = json.dumps(dict(parameters), sort_keys=True, ensure_ascii=False, default=str)
    return f"backfill {date} {hashlib.sha256(parameters_json.encode()).hexdigest()[:16]}"


def idempotency_key(date: dt.date, parameters: Mapping[str, Any], failures: int) -> str:
    """The idempotency key of a run: the same for the same date, parameters and number of earlier failed runs."""
    return f"{key_prefix(date, parameters)} {failures}"


async def read_deployment() -> DeploymentResponse:
    """The deployment of `daily`. Raises UsageError, saying what to do, without a server or a deployment."""
    if not has_shared_server():
        raise UsageError("--deploy needs a Prefect server that workers use as well. Next: daily-papers up")
    async with get_client() as client:
        try:
            return await client.read_deployment_by_name(DEPLOYMENT)
        except ObjectNotFound as error:
            raise UsageError(
                f"{PREFECT_API_URL.value()} has no deployment {DEPLOYMENT}. Next: prefect deploy --all"
            ) from error


async def run_deployed(
    deployment: DeploymentResponse,
    dates: Sequence[dt.date],
    parameters: Mapping[str, Any],
) -> AsyncIterator[tuple[dt.date, FlowRun]]:
    """Run each date once, oldest first, and yield the dates with their runs as these end.

    `parameters` are the deployment's parameters that the user changed.
    """
    async with get_client() as client:
        failures = await _count_ended(client, deployment.id)
        runs: dict[UUID, dt.date] = {}
        first_start = dt.datetime.now(dt.UTC)
        for n, date in enumerate(dates):
            prefix = key_prefix(date, parameters)
            run = await client.create_flow_run_from_deployment(
                deployment.id,
                parameters={**parameters, "date": date.isoformat(), "backfill": True},
                state=Scheduled(
                    scheduled_time=first_start + dt.timedelta(milliseconds=n)
                ),  # workers take them in this order
                name=f"backfill {date}",
                tags=[TAG],
                idempotency_key=idempotency_key(date, parameters, failures[prefix]),
            )
            runs[run.id] = date
        async for run in _runs_as_they_end(client, list(runs), deployment):
            yield runs[run.id], run


async def _count_ended(client: PrefectClient, deployment: UUID) -> Counter[str]:
    """How many runs have ended, by key prefix. If their date is not complete, these runs have failed."""
    counts: Counter[str] = Counter()
    offset = 0
    while True:
        page = await client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment])),
            flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=[TAG])),
            limit=PAGE_SIZE,
            offset=offset,
        )
        ended_runs = [run for run in page if run.state is not None and run.state.is_final()]
        counts.update((run.idempotency_key or "").rpartition(" ")[0] for run in ended_runs)
        offset += len(page)
        if len(page) < PAGE_SIZE:
            return counts


async def _runs_as_they_end(
    client: PrefectClient, ids: Sequence[UUID], deployment: DeploymentResponse
) -> AsyncIterator[FlowRun]:
    """Yield the runs as they reach a final state; report when none of them is begun."""
    pending, begun, warned, started = list(ids), False, False, time.monotonic()
    while pending:
        for n in range(0, len(pending), PAGE_SIZE):
            run_filter = FlowRunFilter(id=FlowRunFilterId(any_=pending[n : n + PAGE_SIZE]))
            for run in await client.read_flow_runs(flow_run_filter=run_filter, limit=PAGE_SIZE):
                begun = begun or (run.state is not None and not run.state.is_scheduled())
                if run.state is not None and run.state.is_final():
                    pending.remove(run.id)
                    yield run
        if not begun and not warned and time.monotonic() > started + WORKER_TIMEOUT:
            warned = True
            reporter.get().message(
                f"no worker has begun a run within {WORKER_TIMEOUT:.0f} s: is one up? "
                f"(prefect worker start --pool {deployment.work_pool_name})"
            )
        if pending:
            await asyncio.sleep(POLL_INTERVAL)
