"""The child process: reads documents that its parent sends, within limits of memory, until its input ends.

A request is a line of JSON, `{"source", "title", "abstract", "size", "limit_s"}`, and `size` bytes of body. The answer
is a line of JSON, `{"reason", "stopped", "is_last", "size"}`, and `size` bytes of the document as JSON: none if it was
refused.
"""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import sys
from pathlib import Path
from typing import Any

from papers.reasons import make_reason
from tasks.read.extraction import BodyResult, read_body

MEMORY = 1 << 30  # bytes that a document may take beyond what an idle child has
GRACE_S = 5  # seconds beyond the limit: the parent ends a child at the limit, unless it was killed itself
LARGE = 400 << 20  # bytes of resident memory after which a child ends, so that its parent starts another


def main() -> None:
    """Answer requests from standard input on standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    _limit_memory()
    while request := sys.stdin.buffer.readline():
        header = json.loads(request)
        signal.alarm(math.ceil(header["limit_s"]) + GRACE_S)  # ends this process, also inside of a library's call
        result, document = _read(header, sys.stdin.buffer.read(header["size"]))
        signal.alarm(0)
        is_last = result.stopped or _pages()[1] * resource.getpagesize() > LARGE
        reason = result.reason.model_dump() if result.reason else None
        fields = {"reason": reason, "stopped": result.stopped, "is_last": is_last, "size": len(document)}
        answers.write(json.dumps(fields).encode() + b"\n" + document)
        answers.flush()
        if is_last:
            return


def _read(header: dict[str, Any], body: bytes) -> tuple[BodyResult, bytes]:
    """The result of a body, and its document as JSON. An extractor that fails on it affects no other document."""
    try:
        result = read_body(header["source"], body, header["title"], header["abstract"])
        return result, result.document.model_dump_json().encode() if result.document else b""
    except MemoryError:
        return BodyResult(None, make_reason("reader-memory", megabytes=MEMORY >> 20), stopped=True), b""
    except Exception as error:  # noqa: BLE001 - whatever a hostile document makes of an extractor
        return BodyResult(None, make_reason("reader-failed", error=f"{type(error).__name__}: {str(error)[:200]}")), b""


def _limit_memory() -> None:
    """Linux enforces the limit on address space; other systems may not."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if pages := _pages()[0]:
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _pages() -> tuple[int, int]:
    """Pages of address space and of resident memory; zeros where the system does not say.

    Not by getrusage: its peak counts what the parent had when it started this process.
    """
    try:
        size, resident = Path("/proc/self/statm").read_text("ascii").split()[:2]
    except (OSError, ValueError):
        return 0, 0
    return int(size), int(resident)
