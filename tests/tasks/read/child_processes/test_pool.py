"""Documents that attack are refused or read within limits, and the papers beside them are read all the same."""

from __future__ import annotations

import asyncio
import os
import sys
import time

import psutil
import pytest

from papers.models import ReadingSource
from tasks.read.child_processes.pool import ReaderPool
from tasks.read.extraction import BodyResult, read_body
from tests.shared import SHARED, needs_shared
from tests.tasks.read.builders import ABSTRACT, TITLE, paper, pdf_paper
from tests.tasks.read.child_processes.hostile import HOSTILE

LIMIT_S = 8.0
PARENT_MB = 700
CASES = SHARED / "cases"


def megabytes() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


def readers() -> list[psutil.Process]:
    """The child processes of all pools of this process."""
    children = psutil.Process().children()
    return [c for c in children if any("child_processes" in word for word in c.cmdline())]


async def read_beside(pool: ReaderPool, source: ReadingSource, body: bytes) -> BodyResult:
    """The result of a body, while other papers are read by the same pool."""
    hostile, *others = await asyncio.gather(
        pool.read_body(source, body, None, None),
        pool.read_body("html", paper(), TITLE, ABSTRACT),
        pool.read_body("pdf", pdf_paper(), TITLE, ABSTRACT),
    )
    assert [r.reason for r in others] == [None, None]
    return hostile


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_is_refused_or_read_within_limits(name: str) -> None:
    source, body = HOSTILE[name]()
    started, before = time.monotonic(), megabytes()
    with ReaderPool(2, LIMIT_S) as pool:
        result = await read_beside(pool, source, body)
    assert time.monotonic() - started < LIMIT_S + 15, "the limit does not hold"
    assert (result.document is None) == bool(result.reason)
    assert megabytes() < PARENT_MB + before
    print(f"{name}: {result.reason or 'read'}, {time.monotonic() - started:.1f} s")


@needs_shared
@pytest.mark.parametrize(("source", "file"), [("html", "html/annotations.html"), ("pdf", "pdf/form_recursion.pdf")])
async def test_documents_that_stopped_a_run_no_longer_do(source: ReadingSource, file: str) -> None:
    before = megabytes()
    with ReaderPool(2, LIMIT_S) as pool:
        result = await read_beside(pool, source, (CASES / file).read_bytes())
    assert (result.document is None) == bool(result.reason)
    assert (source == "pdf") == result.stopped  # the page is read now, without what never closes
    assert megabytes() - before < 100


@pytest.mark.parametrize(("source", "body"), [("html", paper()), ("pdf", pdf_paper())])
async def test_a_child_reads_as_the_function_does(source: ReadingSource, body: bytes) -> None:
    with ReaderPool(1) as pool:
        document = (await pool.read_body(source, body, TITLE, ABSTRACT)).document
        expected = read_body(source, body, TITLE, ABSTRACT).document
        assert document is not None
        assert expected is not None
        assert document.model_dump_json() == expected.model_dump_json()
        refusal = await pool.read_body(source, body, "Another title altogether", "Nothing of the kind is said.")
    assert refusal == read_body(source, body, "Another title altogether", "Nothing of the kind is said.")
    assert not refusal.stopped


async def test_children_are_kept_for_the_next_document_and_end_with_the_pool() -> None:
    with ReaderPool(2) as pool:
        await asyncio.gather(*(pool.read_body("html", paper(), TITLE, ABSTRACT) for _ in range(12)))
        children = readers()
        assert 1 <= len(children) <= 2
        await pool.read_body("html", paper(), TITLE, ABSTRACT)
        assert {c.pid for c in readers()} == {c.pid for c in children}
    assert not any(c.is_running() for c in children)


async def test_a_child_that_was_killed_is_replaced() -> None:
    with ReaderPool(1) as pool:
        await pool.read_body("html", paper(), TITLE, ABSTRACT)
        (child,) = readers()
        os.kill(child.pid, 9)
        child.wait(5)
        assert (await pool.read_body("html", paper(), TITLE, ABSTRACT)).document is not None


async def test_a_document_that_takes_too_long_is_stopped_and_says_so() -> None:
    with ReaderPool(1, limit_s=0.01) as pool:
        result = await pool.read_body("html", paper(), TITLE, ABSTRACT)
    assert result == BodyResult(None, "not read within 0.01 seconds", stopped=True)


async def test_a_child_does_not_outlive_a_parent_that_is_killed() -> None:
    code = (
        "import asyncio, os\nfrom tasks.read.child_processes.pool import ReaderPool\n"
        "pool = ReaderPool(1)\nasyncio.run(pool.read_body('html', b'ltx_', None, None))\n"
        "import psutil\nprint(psutil.Process().children()[0].pid, flush=True)\nos.kill(os.getpid(), 9)"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    pid = int(await process.stdout.readline())
    await process.wait()
    for _ in range(50):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"the child {pid} goes on")
