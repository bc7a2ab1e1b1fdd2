"""The child process: reads documents that its parent sends, within limits of memory, until its input ends.

A request is a line of JSON, `{"source", "title", "abstract", "size"}`, and `size` bytes of body. The answer is a line
with its length, and 1 where it is the child's last, and as many bytes of JSON: `{"document", "reason"}` as
`tasks.read.extraction.read_body` gives them.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

from tasks.read.extraction import read_body

MEMORY = 1 << 30  # bytes that a document may take beyond what an idle child has
LARGE = 400 << 20  # bytes of resident memory after which a child ends, so that its parent starts another


def main() -> None:
    """Answer requests from standard input on standard output."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    _limit_memory()
    while request := sys.stdin.buffer.readline():
        answer = _answer(json.loads(request), sys.stdin.buffer)
        is_last = _resident_pages() * resource.getpagesize() > LARGE
        answers.write(b"%d %d\n" % (len(answer), is_last) + answer)
        answers.flush()
        if is_last:
            return


def _answer(request: dict[str, Any], bodies: BinaryIO) -> bytes:
    body = bodies.read(request["size"])
    result = read_body(request["source"], body, request["title"], request["abstract"])
    return json.dumps({"document": result.document and result.document.model_dump(), "reason": result.reason}).encode()


def _limit_memory() -> None:
    """Linux enforces the limit on address space; other systems may not."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages = _pages()[0]
    if pages:
        limit = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _resident_pages() -> int:
    """Pages of memory in use. Not by getrusage: its peak counts what the parent had when it started this process."""
    return _pages()[1]


def _pages() -> tuple[int, int]:
    """Pages of address space and of resident memory; zeros where the system does not say."""
    try:
        size, resident = Path("/proc/self/statm").read_text("ascii").split()[:2]
    except (OSError, ValueError):
        return 0, 0
    return int(size), int(resident)
