"""Documents that attack their reader: bombs, loops, nesting, sizes; each is built when it is asked for."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable

from papers.models import ReadingSource

Body = tuple[ReadingSource, bytes]


def pdf(*objects: bytes, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, with a valid cross-reference table."""
    body, offsets = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    start = len(body)
    body += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    body += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return bytes(
        body + b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    )


def stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n" % (len(data), extra) + data + b"\nendstream"


def flate(data: bytes, extra: bytes = b"") -> bytes:
    return stream(zlib.compress(data, 9), b"/Filter /FlateDecode " + extra)


CATALOG, FONT = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
TEXT = b"BT /F1 9 Tf 20 700 Td (We study what a reader of documents does when it is attacked.) Tj ET\n"


def one_page(
    content: bytes, *more: bytes, resources: bytes = b"/Font << /F1 5 0 R >>", box: bytes = b"0 0 612 792"
) -> bytes:
    """A PDF of one page; further objects are numbered from 6."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources << %s >> >>" % (box, resources)
    return pdf(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page, content, FONT, *more)


def forms(depth: int, width: int) -> bytes:
    """Forms that each paint the next `width` times: width ** depth paintings."""
    xobjects = b"/XObject << /X 6 0 R >> /Font << /F1 5 0 R >>"
    more = []
    for n in range(depth):
        inner = b"/Resources << /XObject << /X %d 0 R >> /Font << /F1 5 0 R >> >>" % (7 + n)
        more.append(stream(TEXT + b"/X Do " * width, b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] " + inner))
    more.append(stream(TEXT, b"/Type /XObject /Subtype /Form /BBox [0 0 1 1]"))
    return one_page(stream(b"/X Do " * width), *more, resources=xobjects)


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (4 + n) for n in range(count))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 3 0 R >>"
    return pdf(CATALOG, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count), stream(TEXT), *[page] * count)


def page_tree(depth: int) -> bytes:
    nodes = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (3 + n) for n in range(depth)]
    return pdf(CATALOG, *nodes, b"<< /Type /Page /MediaBox [0 0 9 9] >>")


def page(content: str, title: str = "A page") -> bytes:
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body><article class='ltx_document'>"
        f"<h1 class='ltx_title ltx_title_document'>{title}</h1>{content}</article></body></html>"
    ).encode("utf-8", "surrogatepass")


def para(text: str) -> str:
    return f"<div class='ltx_para' id='p1'><p class='ltx_p'>{text}</p></div>"


def nested(opening: str, closing: str, depth: int, inside: str = "x") -> str:
    return opening * depth + inside + closing * depth


TABLE = "<table class='ltx_tabular'><tr class='ltx_tr'>{}</tr></table>"

HOSTILE: dict[str, Callable[[], Body]] = {
    # --- PDF
    "pdf form that paints itself": lambda: ("pdf", one_page(
        stream(b"/X Do"), stream(TEXT + b"/X Do /X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] "
        b"/Resources << /XObject << /X 6 0 R >> >>"), resources=b"/XObject << /X 6 0 R >>")),
    "pdf forms 12 deep, 12 wide": lambda: ("pdf", forms(12, 12)),
    "pdf forms 400 deep": lambda: ("pdf", forms(400, 2)),
    "pdf page tree that is its own child": lambda: (
        "pdf", pdf(CATALOG, b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>")),
    "pdf page tree 20,000 deep": lambda: ("pdf", page_tree(20_000)),
    "pdf of 100,000 pages": lambda: ("pdf", many_pages(100_000)),
    "pdf that claims 2 billion pages": lambda: ("pdf", pdf(CATALOG, b"<< /Type /Pages /Kids [] /Count 2147483647 >>")),
    "pdf content that unpacks to 1 GB": lambda: ("pdf", one_page(flate(b" " * 1_000_000_000))),
    "pdf content packed five times": lambda: ("pdf", one_page(stream(
        _packed(TEXT * 4_000_000, 5), b"/Filter [" + b"/FlateDecode " * 5 + b"]"))),
    "pdf text of 60 MB": lambda: ("pdf", one_page(flate(TEXT * 800_000))),
    "pdf arrays 200,000 deep": lambda: ("pdf", pdf(b"<< /Type /Catalog /Pages 2 0 R /X %s >>" % (b"[" * 200_000))),
    "pdf of brackets in its content": lambda: ("pdf", one_page(flate(b"[" * 20_000_000))),
    "pdf of 1,000,000 saved states": lambda: ("pdf", one_page(flate(b"q " * 1_000_000 + TEXT))),
    "pdf with a JBIG2 image of garbage": lambda: ("pdf", one_page(stream(b"/I Do " + TEXT), stream(
        random.Random(1).randbytes(60_000), b"/Type /XObject /Subtype /Image /Width 65000 /Height 65000 "
        b"/BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /JBIG2Decode"), resources=b"/XObject << /I 6 0 R >>")),
    "pdf with a page of 10^9 points": lambda: ("pdf", one_page(stream(TEXT), box=b"0 0 1000000000 1000000000")),
    "pdf of 15 MB of noise": lambda: ("pdf", b"%PDF-1.5\n" + random.Random(2).randbytes(15_000_000)),
    "pdf whose table of objects loops": lambda: ("pdf", pdf(CATALOG)[:-60]
        + b"\nstartxref\n9\n%%EOF startxref\n0\n%%EOF"),
    "pdf whose length refers to itself": lambda: (
        "pdf", one_page(b"<< /Length 4 0 R >>\nstream\n" + TEXT + b"endstream")),
    "pdf font that maps a character to 10 MB": lambda: ("pdf", one_page(flate(TEXT), flate(
        b"1 beginbfchar <57> <" + b"0041" * 2_500_000 + b"> endbfchar"),
        resources=b"/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /X /ToUnicode 6 0 R >> >>")),
    # --- HTML
    "html of math that never closes": lambda: ("html", page(para("<math <" * 20_000))),
    "html of annotations that never close": lambda: ("html", page(para("<math alttext='x'><annotation" * 20_000))),
    "html 300,000 elements deep": lambda: ("html", page(nested("<div class='ltx_para'>", "</div>", 300_000))),
    "html tables 3,000 deep": lambda: ("html", page(nested(
        "<table class='ltx_tabular'><tr class='ltx_tr'><td class='ltx_td'>", "</td></tr></table>", 3_000))),
    "html cells over 10^9 columns": lambda: ("html", page(TABLE.format(
        "<td class='ltx_td' colspan='1000000000' rowspan='1000000000'>1</td>" * 2_000))),
    "html spans over 10^9 columns": lambda: ("html", page(
        "<span class='ltx_tabular'><span class='ltx_tr'>" + "<span class='ltx_td ltx_colspan_999999999 "
        "ltx_rowspan_999999999'>1</span>" * 2_000 + "</span></span>")),
    "html row of 300,000 cells": lambda: ("html", page(TABLE.format("<td class='ltx_td'>1</td>" * 300_000))),
    "html footnotes in footnotes": lambda: ("html", page(para(nested(
        "<span class='ltx_note'><span class='ltx_note_mark'>1</span>", "</span>", 20_000)))),
    "html of 15 MB in one paragraph": lambda: ("html", page(para("a " * 7_500_000))),
    "html of 200,000 headings": lambda: ("html", page(
        "<section class='ltx_section' id='S1'><h2 class='ltx_title ltx_title_section'>1 A</h2>" * 200_000)),
    "html of 200,000 equal ids": lambda: ("html", page(para("x") * 200_000)),
    "html of 1,000,000 classes": lambda: ("html", page(f"<p class='{'ltx_p ' * 1_000_000}'>x</p>")),
    "html of entities": lambda: ("html", page(para("&NotEqualTilde;" * 1_000_000))),
    "html of dashes and surrogates": lambda: ("html", page(para("\ud800--- " * 500_000))),
    "html of authors with marks": lambda: ("html", page(
        "<div class='ltx_authors'><span class='ltx_creator'><span class='ltx_personname'>"
        + "A B<sup>1</sup>, " * 200_000 + "</span></span></div>")),
    "html of links": lambda: (
        "html", page(para("<a class='ltx_href' href='https://github.com/a/b'>our code</a> " * 100_000))),
    "abs page of headers": lambda: ("abs", page("<meta name='citation_author' content='x'>" * 300_000)),
}  # fmt: skip


def _packed(data: bytes, times: int) -> bytes:
    for _ in range(times):
        data = zlib.compress(data, 9)
    return data
