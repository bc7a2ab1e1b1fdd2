"""Limits that all workers share, as global concurrency limits of the Prefect server."""

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

ARXIV = "arxiv"  # the limit's name; one slot, for one connection
MODEL = "model"  # as many slots as concurrent model calls
LEASE = 120.0  # seconds after which the slot of a dead worker is released
MODEL_LEASE = 60.0  # the same for a model slot, and the least that Prefect allows; renewed during a call
SERVER_TIMEOUT = 300.0  # seconds for which the server may be unreachable; on SQLite it may block for 60
BUSY_RETRY_AFTER = "0.05"  # seconds after which a busy server is asked again
STORE_LOCK_TIMEOUT = 300.0  # seconds that a writer waits for other writers of its date

SlotFactory = Callable[[], AbstractAsyncContextManager[None]]

_log = logging.getLogger(__name__)


@asynccontextmanager
async def arxiv_slots(interval: float) -> AsyncIterator[SlotFactory | None]:
    """The slot for arXiv that all workers of the server share. None without an interval or a shared server.

    The slot is held during a request and for `interval` seconds after it. So it enforces both of arXiv's rules: one
    connection, and one request per interval.
    """
    if not interval or not has_shared_server():
        yield None
        return
    async with _slots(ARXIV, LEASE, 1, interval) as slot:
        yield slot


@asynccontextmanager
async def model_slots(calls: int) -> AsyncIterator[SlotFactory | None]:
    """The slots for at most `calls` concurrent model calls, which all workers of the server share.

    None without a shared server: then only the process's own bound applies. The limit is created with `calls` slots if
    it does not exist. An existing one stays as `setup`, or somebody in the UI, has set it.
    """
    if not calls or not has_shared_server():
        yield None
        return
    async with _slots(MODEL, MODEL_LEASE, calls) as slot:
        yield slot


def has_shared_server() -> bool:
    """Whether there is a Prefect server that other processes can use as well."""
    return bool(PREFECT_API_URL.value()) and not temporary_server.is_running()


@asynccontextmanager
async def _slots(name: str, lease: float, max_slots: int, interval: float = 0.0) -> AsyncIterator[SlotFactory]:
    """At most `max_slots` slots of a limit, which is created with as many if missing. At the end all are released."""
    async with get_client(httpx_settings={"event_hooks": {"response": [_set_short_retry]}}) as client:
        await _ensure_limit(client, name, max_slots)
        slot_client = _SlotClient(client)
        pool = SlotPool(lambda: slot_client.slot(name, lease), max_slots, interval)
        try:
            yield pool.take
        finally:
            await pool.close()


async def _set_short_retry(response: httpx.Response) -> None:
    """Set a short Retry-After on a 503. A server with a locked SQLite sends none, and Prefect then waits seconds."""
    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        response.headers.setdefault("Retry-After", BUSY_RETRY_AFTER)


class _SlotClient:
    """Asks the server for slots, one request at a time, so that requests do not block one another in SQLite.

    Prefect's own context manager would need a thread and a client for each slot.
    """

    def __init__(self, client: PrefectClient) -> None:
        self._client, self._lock = client, asyncio.Lock()

    @asynccontextmanager
    async def slot(self, name: str, lease: float) -> AsyncIterator[None]:
        """Hold one slot of a limit, with a lease of `lease` seconds that is renewed while the slot is held.

        Raises httpx.HTTPError if the server refuses, or is unreachable for SERVER_TIMEOUT seconds.
        """
        lease_id = await self._acquire(name, lease)
        renewal = asyncio.create_task(self._keep_renewing(lease_id, lease))
        try:
            yield
        finally:
            renewal.cancel()
            await self._release(lease_id)

    async def _acquire(self, name: str, lease: float) -> UUID:
        """Wait for a free slot; returns its lease. A slot granted to a cancelled caller is released."""
        while True:
            request = asyncio.ensure_future(
                self._send(lambda: self._client.increment_concurrency_slots_with_lease([name], 1, "concurrency", lease))
            )
            try:
                return _lease_id(await asyncio.shield(request))
            except httpx.HTTPStatusError as error:
                if error.response.status_code != httpx.codes.LOCKED:
                    raise
                await asyncio.sleep(float(error.response.headers["Retry-After"]))
            except asyncio.CancelledError:
                with suppress(httpx.HTTPError):
                    await self._release(_lease_id(await request))
                raise

    async def _release(self, lease_id: UUID) -> None:
        await self._send(lambda: self._client.release_concurrency_slots_with_lease(lease_id))

    async def _keep_renewing(self, lease_id: UUID, lease: float) -> None:
        """Renew a lease until cancelled. A failure to renew does not end the call."""
        while True:
            await asyncio.sleep(lease / 2)
            try:
                await self._send(lambda: self._client.renew_concurrency_lease(lease_id, lease))
            except httpx.HTTPError as error:
                _log.warning("a slot's lease was not renewed, others may take it at its end: %s", error)

    async def _send(self, request: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        """Send a request to a server that may be busy, or unreachable for up to SERVER_TIMEOUT seconds."""
        async for attempt in stamina.retry_context(on=_is_away, attempts=None, timeout=SERVER_TIMEOUT, wait_max=2.0):
            with attempt:
                async with self._lock:
                    return await request()
        raise AssertionError("a retry loop ends in a return or an error")


def _lease_id(response: httpx.Response) -> UUID:
    return UUID(response.json()["lease_id"])


def _is_away(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code == httpx.codes.SERVICE_UNAVAILABLE
    return isinstance(error, httpx.TransportError)


async def _ensure_limit(client: PrefectClient, name: str, limit: int) -> None:
    """Create the limit of that name if it does not exist. Two workers may do so at once."""
    try:
        await client.read_global_concurrency_limit_by_name(name)
    except ObjectNotFound:
        with suppress(ObjectAlreadyExists):
            await client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=name, limit=limit))


def store_lock(root: str) -> Callable[[str], AbstractContextManager[None]] | None:
    """A lock that excludes other writers of a date from the store at `root`, on all machines of the Prefect server.

    For a bucket whose server does not support conditional writes. None without a shared server: then lock files are
    used.
    """
    if not has_shared_server():
        return None
    prefix = f"store-{hashlib.sha256(root.encode()).hexdigest()[:12]}"

    @contextmanager
    def exclusive(name: str) -> Iterator[None]:
        limit = f"{prefix}-{name}"
        with get_client(sync_client=True) as client:
            client.upsert_global_concurrency_limit_by_name(limit, limit=1)
        with sync_concurrency(limit, occupy=1, lease_duration=LEASE, strict=True, timeout_seconds=STORE_LOCK_TIMEOUT):
            yield

    return exclusive
