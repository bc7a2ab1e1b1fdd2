"""For any body, an extractor returns a document or raises its own error."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.read.abstract_page import extract_abs
from tasks.read.document import Document, Unreadable
from tasks.read.extraction import read_body
from tasks.read.html.page import extract_html
from tasks.read.pdf.text_layer import extract_pdf
from tests.shared import SHARED, needs_shared
from tests.tasks.read.builders import TITLE, abs_page, encrypted_pdf, math, page, paper, para, pdf_paper, section

EXTRACTORS = [extract_html, extract_pdf, extract_abs]
# Pieces of markup, to be shuffled into an invalid order.
PIECES = [
    b'<div class="ltx_para" id="S1.p1">', b"</div>", b'<p class="ltx_p">', b"</p>", b"<table class='ltx_tabular'>",
    b'<span class="ltx_tabular">', b'<tr class="ltx_tr">', b'<td class="ltx_td" rowspan="3" colspan="2">', b"</table>",
    b'<span class="ltx_note">', b'<span class="ltx_note_content">', b'<sup class="ltx_note_mark">1</sup>', b"</span>",
    b'<math alttext="x">', b"<math alttext='", b"</math>", b'<section class="ltx_section" id="S1">', b"</section>",
    b'<h2 class="ltx_title ltx_title_section">T</h2>', b'<section class="ltx_bibliography">', b"<svg>", b"<template>",
    b'<article class="ltx_document">', b'<div class="ltx_abstract">', b'<li class="ltx_item">', b"<foreignObject>",
    b'<table class="ltx_equation"><tbody><tr class="ltx_eqn_row">', b'<span class="ltx_tag ltx_tag_item">1</span>',
    b'<div class="ltx_listing"><div class="ltx_listingline">', b'<span class="ltx_ERROR">', b"<nav class='ltx_TOC'>",
    b'<span class="ltx_role_footnotemark ltx_note">', b'<h1 class="ltx_title ltx_title_document">', b"&#0;&lt;",
    b'<a class="ltx_href" href="https://github.com/a/b">', b'<span class="ltx_phantom">', b"\xff\xfe", b"\xef\xb7\x90",
    b'<sup class="ltx_sup">', b"</sup>", b"<sub>", b"94.2", b"2</sub>", b"10<sup>-5</sup>",
    b'<span class="ltx_td ltx_colspan_3">', b'<span class="ltx_tr">',
    b'<merror class="ltx_ERROR"><mtext>\\si</mtext></merror>',
    b"%", "²\ufdd3\ufdd6".encode(),
    b"<![CDATA[", b"<!--", b"<br", b"word ",
]  # fmt: skip
SMALL_BODIES = [
    paper(),
    page(
        section("1 A", para(f"Text {math('x')} on.")) + '<span class="ltx_note"><span class="ltx_note">n</span></span>'
    ),
    pdf_paper(),
    pdf_paper(columns=2),
    encrypted_pdf(),
    abs_page(),
]

quick_settings = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def check(extract: Callable[[bytes], Document], body: bytes) -> None:
    try:
        document = extract(body)
    except Unreadable:
        return
    ids = [block.id for block in document.blocks]
    assert len(ids) == len(set(ids))
    assert all(block.text for block in document.blocks)


@pytest.mark.parametrize("extract", EXTRACTORS)
@quick_settings
@given(body=st.binary(max_size=400))
def test_random_bytes(extract: Callable[[bytes], Document], body: bytes) -> None:
    check(extract, body)
    check(extract, b"%PDF-1.7\n" + body)
    check(extract, b'<p class="ltx_p">' + body)


@quick_settings
@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
def test_shuffled_markup(pieces: list[bytes]) -> None:
    check(extract_html, b'<body><div class="ltx_page_main">' + b"".join(pieces))


def mutate(body: bytes, edits: list[tuple[float, int, bytes]]) -> bytes:
    """Apply edits to the body: each replaces `length` bytes at a share of its length by other bytes."""
    result = bytearray(body)
    for share, length, replacement in edits:
        position = int(share * len(result))
        result[position : position + length] = replacement
    return bytes(result)


edits = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 300), st.binary(max_size=30)), min_size=1, max_size=6)


@quick_settings
@given(index=st.integers(0, len(SMALL_BODIES) - 1), edits=edits)
def test_mutated_small_bodies(index: int, edits: list[tuple[float, int, bytes]]) -> None:
    body = mutate(SMALL_BODIES[index], edits)
    for extract in EXTRACTORS:
        check(extract, body)
    read_body("html", body, TITLE, "")


RECORDED = SHARED / "recorded" / "arxiv"


@needs_shared
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_mutated_recorded_pages(data: st.DataObject) -> None:
    files = sorted((RECORDED / "html").iterdir(), key=lambda path: path.stat().st_size)[:12]
    body = gzip.decompress(data.draw(st.sampled_from(files)).read_bytes())
    check(extract_html, mutate(body, data.draw(edits)))


@needs_shared
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_mutated_recorded_pdfs(data: st.DataObject) -> None:
    files = sorted((RECORDED / "pdf").iterdir(), key=lambda path: path.stat().st_size)[:8]
    check(extract_pdf, mutate(data.draw(st.sampled_from(files)).read_bytes(), data.draw(edits)))
