"""Limits that all workers keep together, by global concurrency limits of the Prefect server."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, contextmanager

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.asyncio import concurrency
from prefect.concurrency.sync import concurrency as sync_concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import PREFECT_API_URL

from flows import ephemeral

ARXIV = "arxiv"  # one slot: one connection
MODEL = "model"  # as many slots as model calls may be under way at once
LEASE = 120.0  # seconds after which a dead worker's slot is free again; longer than an answer of arXiv may take
MODEL_LEASE = 60.0  # likewise, and the least that Prefect grants; it is renewed while a call goes on
STORE_PATIENCE = 300.0  # seconds that a writer waits for others of its date

Turn = Callable[[], AbstractAsyncContextManager[None]]


async def arxiv_turn(interval: float) -> Turn | None:
    """The turn at arXiv that all workers of the server take together; None where there is nothing to
    wait for, or no server outlives this process.

    The one slot is held for the request and for what is left of `interval` seconds after it, so that it keeps both
    rules at once: one connection, and one request an interval.
    """
    if not interval or not PREFECT_API_URL.value() or ephemeral.is_ours():
        return None
    await _made(ARXIV, 1)

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        async with concurrency(ARXIV, occupy=1, lease_duration=LEASE, strict=True):
            started = time.monotonic()
            try:
                yield
            finally:
                await asyncio.sleep(max(0.0, started + interval - time.monotonic()))

    return turn


async def model_turn(calls: int) -> Turn | None:
    """The turn for one model call, which all workers of the server take together; None where no server outlives this
    process: its own bound of calls at once then is the only one.

    The limit is made with `calls` slots where there is none yet. One that is there stays as `setup`, or somebody in
    the UI, has set it.
    """
    if not PREFECT_API_URL.value() or ephemeral.is_ours():
        return None
    await _made(MODEL, calls)

    @asynccontextmanager
    async def turn() -> AsyncIterator[None]:
        async with concurrency(MODEL, occupy=1, lease_duration=MODEL_LEASE, strict=True):
            yield

    return turn


async def _made(name: str, limit: int) -> None:
    """Make the limit of that name where there is none; two workers may come at once."""
    async with get_client() as client:
        try:
            await client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            try:
                await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=limit))
            except ObjectAlreadyExists:
                return


def store_turn(root: str) -> Callable[[str], AbstractContextManager[None]] | None:
    """What keeps other writers of a date out of the store at `root`, on all machines of the Prefect server.

    For a bucket whose server honours no conditional writes. None without a server that others share: lock files stand
    in then.
    """
    if not PREFECT_API_URL.value() or ephemeral.is_ours():
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
