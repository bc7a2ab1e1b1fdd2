"""What is put aside while a part of a run goes on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flows.run_context import RunContext, open_run_context
from papers.settings import Settings


@pytest.fixture
async def bench(tmp_path: Path) -> RunContext:
    async with open_run_context(Settings(_env_file=None, store=str(tmp_path), arxiv_interval=0.0)) as bench:
        return bench


async def test_a_part_ends_when_what_it_put_aside_has_ended(bench: RunContext) -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.append("aside")

    async with bench.part() as part:
        part.aside(work())
        done.append("part")
    assert done == ["part", "aside"]
    assert not bench.asides  # each part has its own


async def test_the_error_of_what_was_put_aside_is_the_parts(bench: RunContext) -> None:
    async def broken() -> None:
        raise OSError("no server")

    with pytest.raises(OSError, match="no server"):
        async with bench.part() as part:
            part.aside(broken())


async def test_what_was_put_aside_ends_with_a_part_that_fails(bench: RunContext) -> None:
    ended = asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    async def failing() -> None:
        async with bench.part() as part:
            part.aside(long())
            await asyncio.sleep(0)
            raise ValueError("of the part itself")

    with pytest.raises(ValueError, match="of the part itself"):
        await failing()
    await asyncio.wait_for(ended.wait(), 1)
