"""Limits that all workers keep together, by global concurrency limits of the Prefect server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import concurrency
from prefect.settings import PREFECT_API_URL

from flows import ephemeral

ARXIV = "arxiv"  # one slot: one connection
LEASE = 120.0  # seconds after which a dead worker's slot is free again; longer than an answer may take

Turn = Callable[[], AbstractAsyncContextManager[None]]


async def arxiv_turn(interval: float) -> Turn | None:
    """The turn at arXiv that all workers of the server take together; None where there is nothing to
    wait for, or no server outlives this process.

    The one slot is held for the request and for what is left of `interval` seconds after it, so that it keeps both
    rules at once: one connection, and one request an interval.
    """
    if not interval or not PREFECT_API_URL.value() or ephemeral.is_ours():
        return None
    async with get_client() as client:
        await client.upsert_global_concurrency_limit_by_name(ARXIV, limit=1)

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        async with concurrency(ARXIV, occupy=1, lease_duration=LEASE, strict=True):
            started = time.monotonic()
            try:
                yield
            finally:
                await asyncio.sleep(max(0.0, started + interval - time.monotonic()))

    return turn
