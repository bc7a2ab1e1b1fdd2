"""Limits that all workers keep together, by global concurrency limits of the Prefect server."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from uuid import UUID

import httpx
import stamina
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.concurrency.sync import concurrency as sync_concurrency
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.settings import PREFECT_API_URL

from flows.server import temporary_server
from flows.server.slot_reuse import SlotPool

ARXIV = "arxiv"  # one slot: one connection
MODEL = "model"  # as many slots as model calls may be under way at once
LEASE = 120.0  # seconds after which a dead worker's slot is free again
MODEL_LEASE = 60.0  # likewise, and the least that Prefect grants; it is renewed while a call goes on
PATIENCE = 300.0  # seconds that a server may be away while a slot is asked for; on SQLite it may stand for 60
BUSY = "0.05"  # seconds after which a server is asked again that was busy
STORE_PATIENCE = 300.0  # seconds that a writer waits for others of its date

Turn = Callable[[], AbstractAsyncContextManager[None]]

_log = logging.getLogger(__name__)


@asynccontextmanager
async def arxiv_slots(interval: float) -> AsyncIterator[Turn | None]:
    """The turns at arXiv that all workers of the server take together; None where there is nothing to wait for, or no
    server outlives this process.

    The one slot is held for the request and for `interval` seconds after it, so that it keeps both rules at once: one
    connection, and one request an interval.
    """
    if not interval or not _shared():
        yield None
        return
    async with _turns(ARXIV, LEASE, 1, 1, interval) as take:
        yield take


@asynccontextmanager
async def model_slots(calls: int) -> AsyncIterator[Turn | None]:
    """The turns for at most `calls` model calls at once, which all workers of the server take together; None where no
    server outlives this process: its own bound of calls at once then is the only one.

    The limit is made with `calls` slots where there is none yet. One that is there stays as `setup`, or somebody in
    the UI, has set it.
    """
    if not calls or not _shared():
        yield None
        return
    async with _turns(MODEL, MODEL_LEASE, calls, calls) as take:
        yield take


def _shared() -> bool:
    """Whether there is a server that others may use as well."""
    return bool(PREFECT_API_URL.value()) and not temporary_server.is_ours()


@asynccontextmanager
async def _turns(name: str, lease: float, limit: int, most: int, interval: float = 0.0) -> AsyncIterator[Turn]:
    """The turns at a limit, which is made with `limit` slots where there is none; at the end all slots are free."""
    async with get_client(httpx_settings={"event_hooks": {"response": [_again_soon]}}) as client:
        await _made(client, name, limit)
        ask = _Asked(client)
        turns = SlotPool(lambda: ask.slot(name, lease), most, interval)
        try:
            yield turns.take
        finally:
            await turns.close()


async def _again_soon(answer: httpx.Response) -> None:
    """A server whose SQLite is locked for a moment says 503 and no more; Prefect's client then waits for seconds."""
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        answer.headers.setdefault("Retry-After", BUSY)


class _Asked:
    """A server that this process asks for slots, one request at a time, lest they stand in one another's way in SQLite.

    Prefect's own context manager would take a thread and a client for each slot.
    """

    def __init__(self, client: PrefectClient) -> None:
        self._client, self._one = client, asyncio.Lock()

    @asynccontextmanager
    async def slot(self, name: str, lease: float) -> AsyncIterator[None]:
        """One slot of a limit, by a lease of so many seconds that is renewed while it is held.

        Raises httpx.HTTPError when the server refuses, or is not there for PATIENCE seconds.
        """
        held = await self._taken(name, lease)
        renewing = asyncio.create_task(self._renewed(held, lease))
        try:
            yield
        finally:
            renewing.cancel()
            await self._back(held)

    async def _taken(self, name: str, lease: float) -> UUID:
        """The lease of a slot, as soon as one is free; one that is granted to a caller who is gone is given back."""
        while True:
            asking = asyncio.ensure_future(
                self._send(lambda: self._client.increment_concurrency_slots_with_lease([name], 1, "concurrency", lease))
            )
            try:
                return _lease_of(await asyncio.shield(asking))
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.LOCKED:
                    raise
                await asyncio.sleep(float(error.response.headers["Retry-After"]))
            except asyncio.CancelledError:
                with suppress(httpx.HTTPError):
                    await self._back(_lease_of(await asking))
                raise

    async def _back(self, held: UUID) -> None:
        await self._send(lambda: self._client.release_concurrency_slots_with_lease(held))

    async def _renewed(self, held: UUID, lease: float) -> None:
        """Renew a lease until cancelled; one that cannot be renewed ends no call."""
        while True:
            await asyncio.sleep(lease / 2)
            try:
                await self._send(lambda: self._client.renew_concurrency_lease(held, lease))
            except httpx.HTTPError as error:
                _log.warning("a slot's lease was not renewed, others may take it at its end: %s", error)

    async def _send(self, request: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """The answer of a server that may be busy, or away for PATIENCE seconds at most."""
        async for attempt in stamina.retry_context(on=_is_away, attempts=None, timeout=PATIENCE, wait_max=2.0):
            with attempt:
                async with self._one:
                    return await request()
        raise AssertionError("a retry loop ends in a return or an error")


def _lease_of(answer: httpx.Response) -> UUID:
    return UUID(answer.json()["lease_id"])


def _is_away(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code == httpx.codes.SERVICE_UNAVAILABLE
    return isinstance(error, httpx.TransportError)


async def _made(client: PrefectClient, name: str, limit: int) -> None:
    """Make the limit of that name where there is none; two workers may come at once."""
    try:
        await client.read_global_concurrency_limit_by_name(name)
    except ObjectNotFound:
        with suppress(ObjectAlreadyExists):
            await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=limit))


def store_lock(root: str) -> Callable[[str], AbstractContextManager[None]] | None:
    """What keeps other writers of a date out of the store at `root`, on all machines of the Prefect server.

    For a bucket whose server honours no conditional writes. None without a server that others share: lock files stand
    in then.
    """
    if not _shared():
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
