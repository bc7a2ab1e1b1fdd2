"""SlotPool at something that workers share, by slots that are asked for once for many calls.

A slot costs some calls of the Prefect server each time, which take longer than a quick model call. So who has one keeps
it while calls here follow one another, for `KEPT` seconds at most, and then stands aside for other workers.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

KEPT = 30.0  # seconds that a slot is kept for the calls of one process
ASIDE = 0.5  # seconds of every KEPT that others have to get it, who ask once a second
LINGER = 0.5  # seconds that a slot waits for a next call: a conversation goes on at once

_log = logging.getLogger(__name__)


class _Slot:
    """A slot that is held: until when, and whether it is to be given back."""

    def __init__(self) -> None:
        self.until = time.monotonic() + KEPT
        self.over = asyncio.Event()
        self.idle: asyncio.TimerHandle | None = None  # ends the wait for a next call


class SlotPool:
    """The turns of this process: `hold()` takes one slot and gives it back, at most `most` are held at once.

    A slot is held for `interval` seconds after a call's end as well, so that one slot keeps both the rule of one
    connection and that of one request an interval.
    """

    def __init__(self, hold: Callable[[], AbstractAsyncContextManager[None]], most: int, interval: float = 0.0) -> None:
        self._hold, self._most, self._interval = hold, most, interval
        self._waiting: deque[asyncio.Future[_Slot]] = deque()  # calls
        self._free: list[_Slot] = []
        self._holders: set[asyncio.Task[None]] = set()
        self._asking: set[asyncio.Task[None]] = set()  # holders that have no slot yet
        self._closed = False
        self._context = contextvars.copy_context()  # a slot belongs to no single task run

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """A call's turn. Raises what `hold` raises when no slot can be had."""
        slot = await self._next_slot()
        try:
            yield
        finally:
            if self._interval:
                asyncio.get_running_loop().call_later(self._interval, self._back, slot)
            else:
                self._back(slot)

    async def close(self) -> None:
        """Give all slots back; to be called when no call is under way. What `interval` asks for is still waited."""
        self._closed = True
        for holder in self._asking:
            holder.cancel()
        for slot in self._free:
            slot.over.set()
        await asyncio.gather(*self._holders, return_exceptions=True)

    async def _next_slot(self) -> _Slot:
        if self._free:
            slot = self._free.pop()
            if slot.idle is not None:
                slot.idle.cancel()
            return slot
        turn: asyncio.Future[_Slot] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._ask()
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._back(turn.result())  # it came in the moment that the call was given up
            raise

    def _back(self, slot: _Slot) -> None:
        """A slot's call has ended: the next one has it, unless its time is over."""
        self._forget_cancelled()
        if self._closed or (self._waiting and time.monotonic() > slot.until):
            slot.over.set()
        elif self._waiting:
            self._waiting.popleft().set_result(slot)
        else:
            self._free.append(slot)
            slot.idle = asyncio.get_running_loop().call_later(LINGER, self._end, slot)

    def _end(self, slot: _Slot) -> None:
        """Nobody came for a slot."""
        self._free.remove(slot)
        slot.over.set()

    def _forget_cancelled(self) -> None:
        while self._waiting and self._waiting[0].done():
            self._waiting.popleft()

    def _ask(self) -> None:
        """Ask for one more slot when more calls wait than slots are on their way."""
        self._forget_cancelled()
        if len(self._waiting) > len(self._asking) and len(self._holders) < self._most and not self._closed:
            holder = asyncio.get_running_loop().create_task(self._kept(), context=self._context.copy())
            self._holders.add(holder)
            self._asking.add(holder)
            holder.add_done_callback(self._gone)

    def _gone(self, holder: asyncio.Task[None]) -> None:
        self._holders.discard(holder)
        self._asking.discard(holder)
        self._ask()  # for the calls that wait still

    async def _kept(self) -> None:
        """Hold one slot for as long as it is needed."""
        slot = None
        try:
            async with self._hold():
                self._asking.difference_update({asyncio.current_task()})
                slot = _Slot()
                self._back(slot)
                await slot.over.wait()
            if self._waiting:
                await asyncio.sleep(ASIDE)
        except Exception as error:  # noqa: BLE001 - it is the call's that waits for the slot
            if slot is not None:
                _log.warning("a slot was not given back, and is free when its lease ends: %s", error)
                return
            self._forget_cancelled()
            if self._waiting:
                self._waiting.popleft().set_exception(error)
