"""Limits that all workers keep together, by global concurrency limits of the Prefect server."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager

from prefect.client.orchestration import get_client
from prefect.concurrency.asyncio import concurrency
from prefect.concurrency.sync import concurrency as sync_concurrency
from prefect.settings import PREFECT_API_URL

ARXIV = "arxiv"  # one slot: one connection
LEASE = 120.0  # seconds after which a dead worker's slot is free again; longer than an answer may take

STORE_PATIENCE = 300.0  # seconds that a writer waits for others of its date
Turn = Callable[[], AbstractAsyncContextManager[None]]


async def arxiv_turn(interval: float) -> Turn | None:
    """The turn at arXiv that all workers of the server take together; None where there is nothing to
    wait for, or no server outlives this process.

    The one slot is held for the request and for what is left of `interval` seconds after it, so that it keeps both
    rules at once: one connection, and one request an interval.
    """
    if not interval or not PREFECT_API_URL.value():
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


def store_turn(root: str) -> Callable[[str], AbstractContextManager[None]] | None:
    """What keeps other writers of a date out of the store at `root`, on all machines of the Prefect server.

    For a bucket whose server honours no conditional writes. None without a server: lock files stand in then.
    """
    if not PREFECT_API_URL.value():
        return None
    prefix = f"store-{hashlib.sha256(root.encode()).hexdigest()[:12]}"

    @contextmanager
    def exclusive(name: str) -> Iterator[None]:
        limit = f"{prefix}-{name}"
        with get_client(sync_client=True) as client:
            client.upsert_global_concurrency_limit_by_name(limit, limit=1)
        with sync_concurrency(limit, occupy=1, lease_duration=LEASE, strict=True, timeout_seconds=STORE_PATIENCE):
            yield

    return exclusive
