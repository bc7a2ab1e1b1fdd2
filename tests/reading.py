"""Reading of documents for tests that are about something else: in this process, without limits."""

from __future__ import annotations

from papers.models import ReadingSource
from tasks.read import extraction
from tasks.read.extraction import BodyResult


async def read_here(source: ReadingSource, body: bytes, title: str | None, abstract: str | None) -> BodyResult:
    """`extraction.read_body` at once."""
    return extraction.read_body(source, body, title, abstract)
