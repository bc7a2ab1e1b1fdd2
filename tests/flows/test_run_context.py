"""Background tasks of a run context."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from flows.run_context import RunContext, open_run_context
from papers.settings import Settings


@pytest.fixture
async def context(tmp_path: Path) -> RunContext:
    async with open_run_context(Settings(_env_file=None, store=str(tmp_path), arxiv_interval=0.0)) as context:
        return context


async def test_a_nested_context_ends_when_its_background_tasks_have_ended(context: RunContext) -> None:
    order: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        order.append("aside")

    async with context.nested() as nested:
        nested.run_in_background(work())
        order.append("part")
    assert order == ["part", "aside"]
    assert not context.background_tasks  # each nested context has its own


async def test_the_error_of_a_background_task_is_raised_by_its_context(context: RunContext) -> None:
    async def broken() -> None:
        raise OSError("no server")

    with pytest.raises(OSError, match="no server"):
        async with context.nested() as nested:
            nested.run_in_background(broken())


async def test_background_tasks_end_with_a_context_that_fails(context: RunContext) -> None:
    finished = asyncio.Event()

    async def long() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            finished.set()

    async def failing() -> None:
        async with context.nested() as nested:
            nested.run_in_background(long())
            await asyncio.sleep(0)
            raise ValueError("of the part itself")

    with pytest.raises(ValueError, match="of the part itself"):
        await failing()
    await asyncio.wait_for(finished.wait(), 1)
