"""A pool that reuses the slots of a shared limit: one slot is acquired once and serves many calls.

Acquiring a slot takes several requests to the Prefect server, which take longer than a quick model call. So a process
keeps a slot while its calls follow one another, for `MAX_HOLD` seconds at most, and then pauses for other workers.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

MAX_HOLD = 30.0  # seconds that a process keeps a slot for successive calls
PAUSE = 0.5  # seconds left to other workers after each hold; they ask about once a second
MAX_IDLE = 0.5  # seconds that a slot waits for the next call: a conversation continues at once

_log = logging.getLogger(__name__)


class _Slot:
    """A slot that is held: until when, and whether it has to be released."""

    def __init__(self) -> None:
        self.hold_until = time.monotonic() + MAX_HOLD
        self.must_release = asyncio.Event()
        self.idle_timer: asyncio.TimerHandle | None = None  # ends the wait for a next call


class SlotPool:
    """The slots of this process: `acquire()` is the context manager of one slot; at most `max_slots` are held at once.

    A slot stays in use for `interval` seconds after a call. So one slot enforces both one connection and one request
    per interval.
    """

    def __init__(
        self, acquire: Callable[[], AbstractAsyncContextManager[None]], max_slots: int, interval: float = 0.0
    ) -> None:
        self._acquire, self._max_slots, self._interval = acquire, max_slots, interval
        self._waiters: deque[asyncio.Future[_Slot]] = deque()  # calls that wait for a slot
        self._idle: list[_Slot] = []
        self._holders: set[asyncio.Task[None]] = set()
        self._pending: set[asyncio.Task[None]] = set()  # holders that have no slot yet
        self._closed = False
        self._context = contextvars.copy_context()  # a slot does not belong to a single task run

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Hold a slot for one call. Raises what `acquire` raises if it fails."""
        slot = await self._next_slot()
        try:
            yield
        finally:
            if self._interval:
                asyncio.get_running_loop().call_later(self._interval, self._put_back, slot)
            else:
                self._put_back(slot)

    async def close(self) -> None:
        """Release all slots. To be called when no call is active; pending intervals are still awaited."""
        self._closed = True
        for holder in self._pending:
            holder.cancel()
        for slot in self._idle:
            slot.must_release.set()
        await asyncio.gather(*self._holders, return_exceptions=True)

    async def _next_slot(self) -> _Slot:
        if self._idle:
            slot = self._idle.pop()
            if slot.idle_timer is not None:
                slot.idle_timer.cancel()
            return slot
        waiter: asyncio.Future[_Slot] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._request_slot()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._put_back(waiter.result())  # it was assigned at the moment that the call was cancelled
            raise

    def _put_back(self, slot: _Slot) -> None:
        """Pass a slot on to the next call after its call has ended, unless its time is over."""
        self._drop_cancelled()
        if self._closed or (self._waiters and time.monotonic() > slot.hold_until):
            slot.must_release.set()
        elif self._waiters:
            self._waiters.popleft().set_result(slot)
        else:
            self._idle.append(slot)
            slot.idle_timer = asyncio.get_running_loop().call_later(MAX_IDLE, self._drop_idle, slot)

    def _drop_idle(self, slot: _Slot) -> None:
        """Release a slot that no call needed in time."""
        self._idle.remove(slot)
        slot.must_release.set()

    def _drop_cancelled(self) -> None:
        while self._waiters and self._waiters[0].done():
            self._waiters.popleft()

    def _request_slot(self) -> None:
        """Start to acquire one more slot if more calls wait than slots are being acquired."""
        self._drop_cancelled()
        if len(self._waiters) > len(self._pending) and len(self._holders) < self._max_slots and not self._closed:
            holder = asyncio.get_running_loop().create_task(self._hold_slot(), context=self._context.copy())
            self._holders.add(holder)
            self._pending.add(holder)
            holder.add_done_callback(self._on_holder_done)

    def _on_holder_done(self, holder: asyncio.Task[None]) -> None:
        self._holders.discard(holder)
        self._pending.discard(holder)
        self._request_slot()  # for the calls that are still waiting

    async def _hold_slot(self) -> None:
        """Acquire one slot, and hold it for as long as it is needed."""
        slot = None
        try:
            async with self._acquire():
                self._pending.difference_update({asyncio.current_task()})
                slot = _Slot()
                self._put_back(slot)
                await slot.must_release.wait()
            if self._waiters:
                await asyncio.sleep(PAUSE)
        except Exception as error:  # noqa: BLE001 - raised in the call that waits for the slot
            if slot is not None:
                _log.warning("a slot was not given back, and is free when its lease ends: %s", error)
                return
            self._drop_cancelled()
            if self._waiters:
                self._waiters.popleft().set_exception(error)
