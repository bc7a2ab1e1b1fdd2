"""One response's body as a document, if it is the paper that was listed and complete."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from papers.models import ReadingSource, Reason
from tasks.read.abstract_page import extract_abs
from tasks.read.acceptance import error_page_kind, refusal_reason
from tasks.read.document import Document, Unreadable
from tasks.read.html.page import extract_html
from tasks.read.pdf.text_layer import extract_pdf

EXTRACTORS: dict[ReadingSource, Callable[[bytes], Document]] = {
    "html": extract_html,
    "pdf": extract_pdf,
    "abs": extract_abs,
}


class BodyResult(NamedTuple):
    """The document of a body, or the reason why there is none; `stopped`: reading it broke a limit."""

    document: Document | None
    reason: Reason | None
    stopped: bool = False


# Reads a body as `read_body` does, given source, body, and the listed title and abstract: in a child process.
BodyReader = Callable[[ReadingSource, bytes, str | None, str | None], Awaitable[BodyResult]]


def read_body(source: ReadingSource, body: bytes, title: str | None, abstract: str | None) -> BodyResult:
    """The document of the body if it is this paper and complete, else None and the reason why not."""
    try:
        document = EXTRACTORS[source](body)
    except Unreadable as error:
        page_kind = error_page_kind(body) if body.strip() and not body.startswith(b"%PDF") else None
        return BodyResult(None, page_kind or error.reason)
    # The abstract of a withdrawn paper may say only that; its title still has to be the listed one.
    reason = refusal_reason(document, title, None if document.withdrawn else abstract)
    return BodyResult(document, None) if reason is None else BodyResult(None, reason)
