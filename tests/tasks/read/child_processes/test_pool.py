"""Documents that attack are refused or read within limits, and the papers beside them are read all the same."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress

import psutil
import pytest

from papers.models import ReadingSource
from papers.reasons import make_reason, reason_text
from tasks.read.child_processes import pool as pool_module
from tasks.read.child_processes.pool import START, ReaderNotStarted, ReaderPool
from tasks.read.extraction import BodyResult, read_body
from tests.shared import SHARED, needs_shared
from tests.tasks.read.builders import ABSTRACT, TITLE, paper, pdf_paper
from tests.tasks.read.child_processes.hostile import HOSTILE

LIMIT_S = 8.0
SLOW = "html 300,000 elements deep"  # takes more than LIMIT_S
BROKEN_EXTRACTOR = """
def fail(*_):
    raise IndexError("an unforeseen page")
import tasks.read.child_processes.child as child
child.read_body = fail"""
# A pool whose child is idle, or is reading for minutes; prints the child's id.
PARENT = f"""
import asyncio, sys, psutil
from tasks.read.child_processes.pool import ReaderPool
from tests.tasks.read.child_processes.hostile import HOSTILE
async def main():
    pool = ReaderPool(1, limit_s=4.0)
    await pool.read_body("html", b"ltx_", None, None)
    child = psutil.Process().children()[0]
    if sys.argv[1] == "1":
        asyncio.create_task(pool.read_body(*HOSTILE[{SLOW!r}](), None, None))
        before = child.cpu_times().user
        while child.cpu_times().user < before + 0.2:
            await asyncio.sleep(0.02)
    print(child.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""
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
    print(f"{name}: {reason_text(result.reason, 'en') or 'read'}, {time.monotonic() - started:.1f} s")


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
    with ReaderPool(1, limit_s=0.2) as pool:
        result = await pool.read_body(*HOSTILE[SLOW](), None, None)
    assert result == BodyResult(None, make_reason("reader-time", seconds="0.2"), stopped=True)


async def test_what_is_not_the_documents_fault_is_tried_again_by_the_next_run() -> None:
    with ReaderPool(1) as pool:
        await pool.read_body("html", paper(), TITLE, ABSTRACT)
        reading = asyncio.create_task(pool.read_body(*HOSTILE[SLOW](), None, None))
        await asyncio.sleep(0.3)
        readers()[0].kill()  # as the system does when memory is short
        assert await reading == BodyResult(None, make_reason("reader-crashed", end="SIGKILL"))
        with pytest.MonkeyPatch.context() as patch:  # an extractor's own error, in the child
            patch.setattr(pool_module, "START", START.replace("\nmain()", BROKEN_EXTRACTOR + "\nmain()"))
            result = await pool.read_body("html", paper(), TITLE, ABSTRACT)
        assert result == BodyResult(None, make_reason("reader-failed", error="IndexError: an unforeseen page"))


async def test_a_reader_that_cannot_start_is_an_error_and_no_fault_of_the_paper(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool_module, "START", START.replace("child import main", "child import nothing"))
    with ReaderPool(1) as pool, pytest.raises(ReaderNotStarted, match="ImportError: cannot import name 'nothing'"):
        await pool.read_body("html", paper(), TITLE, ABSTRACT)
    monkeypatch.setattr(pool_module, "START", "raise SystemExit(7)")
    with ReaderPool(1) as pool, pytest.raises(ReaderNotStarted, match="exit code 7"):
        await pool.read_body("html", paper(), TITLE, ABSTRACT)


@pytest.mark.parametrize("answer", ["nonsense", "[]", "{}", '{"size": "x"}', '{"size": 5, "is_last": false}'])
async def test_a_nonsense_answer_of_a_child_is_a_refusal(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module, "START", START.replace("\nmain()", f"\nprint({answer!r}, flush=True)"))
    with ReaderPool(1) as pool:
        result = await pool.read_body("html", paper(), TITLE, ABSTRACT)
        assert result == BodyResult(None, make_reason("reader-crashed", end="exit code 0"), stopped=True)
        assert not readers()


async def test_a_child_sees_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DAILY_PAPERS_MODEL_KEY", "AWS_SECRET_ACCESS_KEY", "PREFECT_API_KEY"):
        monkeypatch.setenv(name, "planted-secret")
    with ReaderPool(1) as pool:
        await pool.read_body("html", paper(), TITLE, ABSTRACT)
        environment = readers()[0].environ()
    assert "planted-secret" not in environment.values()
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("reading", [False, True])
async def test_a_child_does_not_outlive_a_parent_that_is_killed(reading: bool) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(int(reading)), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    child = psutil.Process(int(await process.stdout.readline()))
    process.kill()
    await process.wait()
    with suppress(psutil.NoSuchProcess):
        for _ in range(150):
            if child.status() == psutil.STATUS_ZOMBIE:
                return
            await asyncio.sleep(0.1)
        raise AssertionError(f"the child {child.pid} goes on")
