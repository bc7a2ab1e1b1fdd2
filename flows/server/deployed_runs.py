"""A backfill's dates as flow runs of the `daily` deployment, on whatever workers there are.

A date is asked for once: its run's idempotency key holds the date, the parameters and how many earlier runs of both
ended without completing it. A backfill that is called again while its runs go on joins them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
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
from flows.server import temporary_server
from papers.errors import UsageError

DEPLOYMENT = "daily/daily"
TAG = "backfill"
POLL = 2.0  # seconds between two looks at the runs
PATIENCE = 60.0  # seconds without any run begun after which the user is told that there may be no worker
PAGE = 200  # flow runs that one answer of the server holds at most


def key_base(date: dt.date, parameters: Mapping[str, Any]) -> str:
    """What the idempotency keys of all runs of a date with these parameters begin with."""
    told = json.dumps(dict(parameters), sort_keys=True, ensure_ascii=False, default=str)
    return f"backfill {date} {hashlib.sha256(told.encode()).hexdigest()[:16]}"


def idempotency_key(date: dt.date, parameters: Mapping[str, Any], failures: int) -> str:
    """The key of a run of `date`: the same for the same date, parameters and number of earlier failed runs of both."""
    return f"{key_base(date, parameters)} {failures}"


async def read_deployment() -> DeploymentResponse:
    """The deployment of `daily`. Raises UsageError, saying what to do, where there is no server or no deployment."""
    if not PREFECT_API_URL.value() or temporary_server.is_ours():
        raise UsageError("--deploy needs a Prefect server that workers ask too. Next: daily-papers up")
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
    is_complete: Callable[[dt.date], bool],
) -> AsyncIterator[tuple[dt.date, FlowRun | None]]:
    """Have each date run once, oldest first, and give the dates with their runs as they end.

    `parameters` are the deployment's that the user changed. A date that a run has completed meanwhile has none.
    """
    async with get_client() as client:
        failures = await _ended(client, deployment.id)
        runs: dict[UUID, dt.date] = {}
        now = dt.datetime.now(dt.UTC)
        for n, date in enumerate(dates):
            base = key_base(date, parameters)
            if failures[base] and is_complete(date):  # its run ended between the caller's look and ours
                yield date, None
                continue
            run = await client.create_flow_run_from_deployment(
                deployment.id,
                parameters={**parameters, "date": date.isoformat(), "backfill": True},
                state=Scheduled(scheduled_time=now + dt.timedelta(milliseconds=n)),  # the order in which they are taken
                name=f"backfill {date}",
                tags=[TAG],
                idempotency_key=idempotency_key(date, parameters, failures[base]),
            )
            runs[run.id] = date
        async for run in _as_they_end(client, list(runs), deployment):
            yield runs[run.id], run


async def _ended(client: PrefectClient, deployment: UUID) -> Counter[str]:
    """How many runs have ended, by the base of their key; those of a date that is not complete have failed at it."""
    found: Counter[str] = Counter()
    offset = 0
    while True:
        page = await client.read_flow_runs(
            deployment_filter=DeploymentFilter(id=DeploymentFilterId(any_=[deployment])),
            flow_run_filter=FlowRunFilter(tags=FlowRunFilterTags(all_=[TAG])),
            limit=PAGE,
            offset=offset,
        )
        ended = [run for run in page if run.state is not None and run.state.is_final()]
        found.update((run.idempotency_key or "").rpartition(" ")[0] for run in ended)
        offset += len(page)
        if len(page) < PAGE:
            return found


async def _as_they_end(
    client: PrefectClient, ids: Sequence[UUID], deployment: DeploymentResponse
) -> AsyncIterator[FlowRun]:
    """The runs as they come to a final state; a word when none of them is begun."""
    waiting, begun, told, started = list(ids), False, False, time.monotonic()
    while waiting:
        for n in range(0, len(waiting), PAGE):
            chosen = FlowRunFilter(id=FlowRunFilterId(any_=waiting[n : n + PAGE]))
            for run in await client.read_flow_runs(flow_run_filter=chosen, limit=PAGE):
                begun = begun or (run.state is not None and not run.state.is_scheduled())
                if run.state is not None and run.state.is_final():
                    waiting.remove(run.id)
                    yield run
        if not begun and not told and time.monotonic() > started + PATIENCE:
            told = True
            reporter.get().said(
                f"no worker has begun a run within {PATIENCE:.0f} s: is one up? "
                f"(prefect worker start --pool {deployment.work_pool_name})"
            )
        if waiting:
            await asyncio.sleep(POLL)
