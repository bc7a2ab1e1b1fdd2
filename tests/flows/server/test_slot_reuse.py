"""The turns of one process at slots that others share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest

from flows.server import slot_reuse
from flows.server.shared_limits import _again_soon
from flows.server.slot_reuse import SlotPool

Hold = Callable[[], AbstractAsyncContextManager[None]]


class Slots:
    """So many slots, and what became of them."""

    def __init__(self, number: int) -> None:
        self._free = asyncio.Semaphore(number)
        self.held = self.most = self.taken = 0

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        async with self._free:
            self.held, self.taken = self.held + 1, self.taken + 1
            self.most = max(self.most, self.held)
            try:
                yield
            finally:
                self.held -= 1


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot_reuse, "LINGER", 0.02)
    monkeypatch.setattr(slot_reuse, "ASIDE", 0.02)


async def many(each: SlotPool, calls: int, seconds: float = 0.001) -> int:
    """So many calls at once; how many were under way together."""
    now = most = 0

    async def call() -> None:
        nonlocal now, most
        async with each.take():
            now += 1
            most = max(most, now)
            await asyncio.sleep(seconds)
            now -= 1

    await asyncio.gather(*(call() for _ in range(calls)))
    return most


async def test_many_calls_take_few_slots() -> None:
    slots = Slots(10)
    ours = SlotPool(slots.hold, 4)
    assert await many(ours, 100) == 4
    assert slots.taken == slots.most == 4
    await ours.close()
    assert slots.held == 0


async def test_one_call_takes_one_slot_and_gives_it_back_soon() -> None:
    slots = Slots(10)
    ours = SlotPool(slots.hold, 4)
    for _ in range(3):  # one after another: the slot is kept
        assert await many(ours, 1) == 1
    assert slots.taken == slots.held == 1
    await asyncio.sleep(0.1)
    assert slots.held == 0
    assert await many(ours, 1) == 1
    assert slots.taken == 2
    await ours.close()


async def test_fewer_slots_than_calls_at_once_do() -> None:
    slots = Slots(2)
    ours = SlotPool(slots.hold, 8)
    assert await many(ours, 40) == 2
    await ours.close()  # six still ask, and get none
    assert slots.held == 0
    assert slots.most == 2


async def test_others_have_their_turn_when_a_slot_was_kept_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slot_reuse, "KEPT", 0.05)
    slots = Slots(1)
    ours, others = SlotPool(slots.hold, 1), SlotPool(slots.hold, 1)
    busy = asyncio.create_task(many(ours, 10_000))
    await asyncio.sleep(0.02)
    started = time.monotonic()
    assert await many(others, 3) == 1
    assert time.monotonic() - started < 5
    assert not busy.done()
    busy.cancel()
    await asyncio.gather(busy, return_exceptions=True)
    await ours.close()
    await others.close()
    assert slots.held == 0
    assert slots.most == 1


async def test_the_interval_lies_between_two_calls_of_all_who_share() -> None:
    slots, at = Slots(1), []

    async def calls(each: SlotPool) -> None:
        for _ in range(3):
            async with each.take():
                at.append(time.monotonic())
                await asyncio.sleep(0.01)
                at.append(time.monotonic())
        await each.close()

    await asyncio.gather(*(calls(SlotPool(slots.hold, 1, 0.05)) for _ in range(2)))
    assert slots.held == 0
    assert len(at) == 12
    gaps = [later - earlier for earlier, later in zip(at[1:-1:2], at[2::2], strict=True)]
    assert min(gaps) >= 0.049


async def test_calls_that_are_given_up_lose_no_slot() -> None:
    slots = Slots(2)
    ours = SlotPool(slots.hold, 2)
    calls = [asyncio.create_task(many(ours, 1, 0.01)) for _ in range(30)]
    for n, call in enumerate(calls):
        await asyncio.sleep(0)
        if n % 3:
            call.cancel()
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert results.count(1) == 10
    assert await many(ours, 10) == 2
    await ours.close()
    assert slots.held == 0


async def test_each_call_hears_why_there_is_no_slot() -> None:
    tries = 0

    @asynccontextmanager
    async def refused() -> AsyncIterator[None]:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise httpx.ConnectError("the server is gone")
        yield

    ours = SlotPool(refused, 1)
    results = await asyncio.gather(*(many(ours, 1) for _ in range(5)), return_exceptions=True)
    assert [type(r) for r in results] == [httpx.ConnectError] * 2 + [int] * 3
    await ours.close()


async def test_a_slot_that_cannot_be_given_back_ends_no_call(caplog: pytest.LogCaptureFixture) -> None:
    @asynccontextmanager
    async def sticky() -> AsyncIterator[None]:
        yield
        raise httpx.ConnectError("the server is gone")

    ours = SlotPool(sticky, 1)
    assert await many(ours, 5) == 1
    await ours.close()
    assert "not given back" in caplog.text


async def test_a_busy_server_is_asked_again_at_once() -> None:
    for status, wait in ((503, 0.05), (423, None), (200, None)):
        answer = httpx.Response(status)
        await _again_soon(answer)
        assert answer.headers.get("Retry-After") == (str(wait) if wait else None)
