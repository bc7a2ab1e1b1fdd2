"""A PDF as a document: its text layer, extracted by pypdfium2 in the order of the file.

For LaTeX output that is the reading order, in one column and in two; sorting by position on the page makes it worse.
`tasks.read.pdf.lines` works out what the lines of text mean.
"""

from __future__ import annotations

import threading
import time

import pypdfium2 as pdfium

from papers.reasons import make_reason
from tasks.read.document import Document, Unreadable
from tasks.read.pdf.lines import document_of
from tasks.read.pdf.shifted_characters import write_shifted

MAX_PAGES = 600
MIN_LETTERS = 400  # of the whole text layer; a scanned paper has none, or only a stamp
LIMIT_S = 45.0  # seconds; below the limit of the process that reads, so that the reason names the page

_LOCK = threading.Lock()  # pdfium keeps global state: one call at a time in the whole process


def extract_pdf(body: bytes, limit_s: float = LIMIT_S) -> Document:
    """The document of a PDF.

    Raises Unreadable when the body is no PDF, is encrypted, damaged or without a text layer, has more than MAX_PAGES
    pages, or takes longer than `limit_s` seconds.
    """
    if not body.strip():
        raise Unreadable(make_reason("empty-body"))
    if b"%PDF-" not in body[:1024]:
        raise Unreadable(make_reason("no-pdf"))
    pages = _texts(body, time.monotonic() + limit_s)
    if sum(character.isalpha() for page in pages[:20] for character in page) < MIN_LETTERS:
        raise Unreadable(make_reason("scanned-pdf"))
    return document_of(pages)


def _texts(body: bytes, deadline: float) -> list[str]:
    with _LOCK:
        try:
            document = pdfium.PdfDocument(body)
        except (pdfium.PdfiumError, ValueError) as error:
            is_encrypted = "password" in str(error).lower()  # all that pdfium says of it
            reason = make_reason("encrypted-pdf") if is_encrypted else make_reason("damaged-pdf", error=error)
            raise Unreadable(reason) from error
        try:
            if len(document) > MAX_PAGES:
                raise Unreadable(make_reason("long-pdf", pages=len(document), limit=MAX_PAGES))
            return [_text(document, number, deadline) for number in range(len(document))]
        finally:
            document.close()


def _text(document: pdfium.PdfDocument, number: int, deadline: float) -> str:
    """The text of one page; "" if it cannot be loaded."""
    if time.monotonic() > deadline:
        raise Unreadable(make_reason("slow-pdf", page=number + 1))
    try:
        page = document[number]
    except pdfium.PdfiumError:
        return ""
    try:
        layer = page.get_textpage()
    except pdfium.PdfiumError:
        page.close()
        return ""
    try:
        return write_shifted(layer, layer.get_text_range())
    finally:
        layer.close()
        page.close()
