"""A pool of child processes that read documents: one that never ends, or wants all memory, harms no other.

Documents are hostile: a PDF of 3 kB can ask for any amount of memory, and a page of 100 kB for minutes inside of one
call, which no thread can be stopped in. A child has limits of memory and time; one that breaks them is killed, and its
document is refused with the reason. Children see no setting of this process: they need neither keys nor addresses.
"""

from __future__ import annotations

import asyncio
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from papers.errors import DailyPapersError, ReasonedError
from papers.models import ReadingSource, Reason
from papers.reasons import make_reason
from tasks.read.document import Document
from tasks.read.extraction import BodyResult

LIMIT_S = 60.0  # seconds for one document; the PDF extractor's own limit is below it
START_LIMIT_S = 60.0  # seconds until a child is ready
MAX_ANSWER = 64 << 20  # bytes of a document's text in JSON; a paper of a hundred pages has 1 MB
END_LIMIT_S = 5.0  # seconds until a process that has closed its output has ended
MOST = 4  # children; there are no more than processors

# The package's own __init__ is left out: it imports Prefect, which takes a second of each child's start.
START = """
import json, sys, types
package = types.ModuleType("tasks.read")
package.__path__ = [sys.argv[1]]
sys.modules["tasks.read"] = package
try:
    from tasks.read.child_processes.child import main
except BaseException as error:
    print(json.dumps({"ready": False, "error": f"{type(error).__name__}: {error}"}), flush=True)
    raise
print(json.dumps({"ready": True}), flush=True)
main()
"""
_VARIABLES = re.compile(r"PATH|LANG|LC_\w+|TZ|LD_LIBRARY_PATH|PYTHON\w*")  # that the interpreter may need
_KILLED = (-signal.SIGKILL, -signal.SIGTERM)  # by someone else: the system, for memory, or an operator


class ReaderPool:
    """Reads documents in child processes, which are started when they are needed and kept for the next documents."""

    def __init__(self, size: int | None = None, limit_s: float = LIMIT_S) -> None:
        self.limit_s = limit_s
        self._size = size or min(MOST, os.cpu_count() or 1)
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        self._all: set[_Child] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._threads = ThreadPoolExecutor(self._size, thread_name_prefix="reader")  # one thread waits for one child

    async def read_body(
        self, source: ReadingSource, body: bytes, title: str | None, abstract: str | None
    ) -> BodyResult:
        """`tasks.read.extraction.read_body` in a child process, within `limit_s` seconds."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._read, source, body, title, abstract)

    def __enter__(self) -> ReaderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the children now, so that they load what they need while the first pages are fetched."""
        for _ in range(self._size - len(self._all)):
            self._idle.put(self._start_child())

    def close(self) -> None:
        """End all children, those that are reading among them."""
        with self._lock:
            self._closed = True
            children = list(self._all)
        for child in children:
            child.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _read(self, source: ReadingSource, body: bytes, title: str | None, abstract: str | None) -> BodyResult:
        child = self._take()
        request = {"source": source, "title": title, "abstract": abstract, "size": len(body), "limit_s": self.limit_s}
        is_reusable = False
        try:
            child.wait_until_ready()
            header, text = child.ask(json.dumps(request).encode() + b"\n" + body, self.limit_s)
            document = Document.model_validate_json(text) if text else None
            is_reusable = not header["is_last"]
            reason = Reason.model_validate(header["reason"]) if header["reason"] else None
            return BodyResult(document, reason, header["stopped"])
        except ChildEnded as error:
            return BodyResult(None, error.reason, stopped=error.is_limit)
        finally:
            if is_reusable:
                self._idle.put(child)
            else:
                self._drop(child)

    def _take(self) -> _Child:
        """An idle child that still runs, else a new one."""
        while True:
            try:
                child = self._idle.get_nowait()
            except queue.Empty:
                break
            if child.runs():
                return child
            self._drop(child)
        return self._start_child()

    def _start_child(self) -> _Child:
        with self._lock:
            if self._closed:
                raise RuntimeError("the pool is closed")
            child = _Child()
            self._all.add(child)
        return child

    def _drop(self, child: _Child) -> None:
        child.kill()
        with self._lock:
            self._all.discard(child)


class ReaderNotStarted(DailyPapersError):
    """No child process can be started: the installation is broken, whatever the document."""


class ChildEnded(ReasonedError):
    """A child ended before its answer did. `is_limit`: the document broke a limit, and would do so again."""

    def __init__(self, reason: Reason, is_limit: bool = True) -> None:
        super().__init__(reason)
        self.is_limit = is_limit


class _Child:
    """One child process."""

    def __init__(self) -> None:
        folder = str(Path(__file__).parents[1])
        variables = {name: value for name, value in os.environ.items() if _VARIABLES.fullmatch(name)}
        self._is_ready = False
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and our own words
            [sys.executable, "-c", START, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=variables | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
            start_new_session=True,  # Ctrl-C is for the parent
        )

    def runs(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def wait_until_ready(self) -> None:
        """Wait until it has loaded what it needs. Raises ReaderNotStarted."""
        if self._is_ready:
            return
        assert self._process.stdout is not None
        with self._killed_after(START_LIMIT_S) as is_late:
            line = self._process.stdout.readline()
        try:
            answer = json.loads(line)
        except ValueError:
            answer = {"ready": False, "error": "too slow" if is_late.is_set() else f"exit code {self._end()}"}
        if not answer["ready"]:
            raise ReaderNotStarted(
                f"the process that reads documents does not start ({answer['error']}); "
                "install the program again, and see that memory is left"
            )
        self._is_ready = True

    def ask(self, request: bytes, limit_s: float) -> tuple[dict[str, Any], bytes]:
        """The header of the answer to a request, and the document as JSON.

        Raises ChildEnded when there is no answer in time, or one of more than MAX_ANSWER bytes.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        with self._killed_after(limit_s) as is_late:
            try:
                stdin.write(request)
                stdin.flush()
                header: dict[str, Any] = json.loads(stdout.readline())
                if header["size"] > MAX_ANSWER:
                    raise ChildEnded(make_reason("long-text", megabytes=MAX_ANSWER >> 20))
                document = stdout.read(header["size"])
                if len(document) == header["size"]:
                    return header, document
            except (OSError, ValueError, KeyError, TypeError):
                pass  # it ended before its answer did, or answered nonsense
        if is_late.is_set():
            raise ChildEnded(make_reason("reader-time", seconds=f"{limit_s:g}"))
        code = self._end()
        name = signal.Signals(-code).name if -code in signal.valid_signals() else f"exit code {code}"
        raise ChildEnded(make_reason("reader-crashed", end=name), is_limit=code not in _KILLED)

    @contextmanager
    def _killed_after(self, limit_s: float) -> Iterator[threading.Event]:
        """Kill the process when the block takes longer; the event then is set."""
        is_late = threading.Event()

        def stop() -> None:
            is_late.set()
            self._process.kill()

        timer = threading.Timer(limit_s, stop)
        timer.start()
        try:
            yield is_late
        finally:
            timer.cancel()

    def _end(self) -> int:
        """The exit code of the process, which has closed its output; it is killed if it does not end."""
        try:
            return self._process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()
