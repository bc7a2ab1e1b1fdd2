"""One process reuses slots of a limit that others share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from flows.server import slot_reuse
from flows.server.shared_limits import _set_short_retry
from flows.server.slot_reuse import SlotPool

Acquire = Callable[[], AbstractAsyncContextManager[None]]


class Slots:
    """A limit with `count` slots, and how they were used."""

    def __init__(self, count: int) -> None:
        self._free = asyncio.Semaphore(count)
        self.active = self.max_active = self.acquisitions = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[None]:
        async with self._free:
            self.active, self.acquisitions = self.active + 1, self.acquisitions + 1
            self.max_active = max(self.max_active, self.active)
            try:
                yield
            finally:
                self.active -= 1


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot_reuse, "MAX_IDLE", 0.02)
    monkeypatch.setattr(slot_reuse, "PAUSE", 0.02)


async def run_calls(pool: SlotPool, calls: int, seconds: float = 0.001) -> int:
    """Run so many calls at once; returns how many were active together."""
    active = max_active = 0

    async def call() -> None:
        nonlocal active, max_active
        async with pool.take():
            active += 1
            max_active = max(max_active, active)
            await asyncio.sleep(seconds)
            active -= 1

    await asyncio.gather(*(call() for _ in range(calls)))
    return max_active


async def test_many_calls_take_few_slots() -> None:
    slots = Slots(10)
    pool = SlotPool(slots.acquire, 4)
    assert await run_calls(pool, 100) == 4
    assert slots.acquisitions == slots.max_active == 4
    await pool.close()
    assert slots.active == 0


async def test_one_call_takes_one_slot_and_gives_it_back_soon() -> None:
    slots = Slots(10)
    pool = SlotPool(slots.acquire, 4)
    for _ in range(3):  # one after another: the slot is reused
        assert await run_calls(pool, 1) == 1
    assert slots.acquisitions == slots.active == 1
    await asyncio.sleep(0.1)
    assert slots.active == 0
    assert await run_calls(pool, 1) == 1
    assert slots.acquisitions == 2
    await pool.close()


async def test_fewer_slots_than_concurrent_calls_are_enough() -> None:
    slots = Slots(2)
    pool = SlotPool(slots.acquire, 8)
    assert await run_calls(pool, 40) == 2
    await pool.close()  # six are still waiting, and get no slot
    assert slots.active == 0
    assert slots.max_active == 2


async def test_others_get_a_slot_that_was_held_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot_reuse, "MAX_HOLD", 0.05)
    slots = Slots(1)
    pool, other_pool = SlotPool(slots.acquire, 1), SlotPool(slots.acquire, 1)
    busy = asyncio.create_task(run_calls(pool, 10_000))
    await asyncio.sleep(0.02)
    started = time.monotonic()
    assert await run_calls(other_pool, 3) == 1
    assert time.monotonic() - started < 5
    assert not busy.done()
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    await pool.close()
    await other_pool.close()
    assert slots.active == 0
    assert slots.max_active == 1


async def test_the_interval_lies_between_two_calls_of_all_who_share() -> None:
    slots, times = Slots(1), []

    async def calls(pool: SlotPool) -> None:
        for _ in range(3):
            async with pool.take():
                times.append(time.monotonic())
                await asyncio.sleep(0.01)
                times.append(time.monotonic())
        await pool.close()

    await asyncio.gather(*(calls(SlotPool(slots.acquire, 1, 0.05)) for _ in range(2)))
    assert slots.active == 0
    assert len(times) == 12
    gaps = [later - earlier for earlier, later in zip(times[1:-1:2], times[2::2], strict=True)]
    assert min(gaps) >= 0.049


async def test_cancelled_calls_lose_no_slot() -> None:
    slots = Slots(2)
    pool = SlotPool(slots.acquire, 2)
    calls = [asyncio.create_task(run_calls(pool, 1, 0.01)) for _ in range(30)]
    for n, call in enumerate(calls):
        await asyncio.sleep(0)
        if n % 3:
            call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert results.count(1) == 10
    assert await run_calls(pool, 10) == 2
    await pool.close()
    assert slots.active == 0


async def test_each_call_raises_why_there_is_no_slot() -> None:
    tries = 0

    @asynccontextmanager
    async def refuse() -> AsyncIterator[None]:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise httpx.ConnectError("the server is gone")
        yield

    pool = SlotPool(refuse, 1)
    results = await asyncio.gather(*(run_calls(pool, 1) for _ in range(5)), return_exceptions=True)
    assert [type(r) for r in results] == [httpx.ConnectError] * 2 + [int] * 3
    await pool.close()


async def test_a_slot_that_cannot_be_released_ends_no_call(caplog: pytest.LogCaptureFixture) -> None:
    @asynccontextmanager
    async def fail_at_end() -> AsyncIterator[None]:
        yield
        raise httpx.ConnectError("the server is gone")

    pool = SlotPool(fail_at_end, 1)
    assert await run_calls(pool, 5) == 1
    await pool.close()
    assert "not given back" in caplog.text


async def test_a_busy_server_is_asked_again_at_once() -> None:
    for status, wait in ((503, 0.05), (423, None), (200, None)):
        response = httpx.Response(status)
        await _set_short_retry(response)
        assert response.headers.get("Retry-After") == (str(wait) if wait else None)
