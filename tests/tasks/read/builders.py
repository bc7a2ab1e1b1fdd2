"""Builds small papers for the tests: LaTeXML-style pages, and PDFs of a few objects each."""

from __future__ import annotations

from collections.abc import Sequence

from fpdf import FPDF

TITLE = "Sparse Gates for Patient Readers"
ABSTRACT = (
    "We study how a reader with sparse gates decides which sentences of a long document deserve attention. Our gates "
    "open for sentences that carry measurements and stay closed for the rest, which saves 41.5% of the energy at the "
    "same accuracy. Experiments on three invented corpora show that patient readers make fewer mistakes, remember "
    "more of what they saw, and explain their choices in words that people understand without training."
)
WORDS = ["one", "two", "three", "four", "five", "six", "seven"]
WORDS += ["eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen"]
SENTENCE = "The gate opens when the expected gain of reading on exceeds its price in time and energy. "

OTHER_TITLE = "Tidal Forecasts from Harbour Bells"
OTHER_ABSTRACT = (
    "Harbour bells ring with the swell, and their rhythm tells of tides to come. This work records bells in nine "
    "harbours over two winters, fits an oscillator to each, and forecasts high water eleven hours ahead. The error "
    "falls below four centimetres in sheltered basins but grows along open coasts where wind disturbs the ringing. "
    "We release recordings, fitted parameters and a simple tool with which any port authority can repeat the study."
)


def math(latex: str, mathml: str = "<mi>x</mi>", display: str = "inline") -> str:
    """A formula as LaTeXML writes it: the LaTeX in `alttext`, MathML beside it."""
    return f'<math alttext="{latex}" class="ltx_Math" display="{display}"><semantics>{mathml}</semantics></math>'


def para(text: str, para_id: str = "S1.p1") -> str:
    """A paragraph with its id."""
    return f'<div class="ltx_para" id="{para_id}"><p class="ltx_p">{text}</p></div>'


def section(title: str, *content: str, section_id: str = "S1", kind: str = "section") -> str:
    """A section with its heading."""
    return (
        f'<section class="ltx_{kind}" id="{section_id}">'
        f'<h2 class="ltx_title ltx_title_{kind}">{title}</h2>{"".join(content)}</section>'
    )


def long_body(sections: int = 3) -> str:
    """Enough sections for a complete paper."""
    return "".join(
        section(f"{n} Part {n}", para(SENTENCE * 12, f"S{n}.p1"), para(SENTENCE * 8, f"S{n}.p2"), section_id=f"S{n}")
        for n in range(1, sections + 1)
    )


def page(
    body: str, *, title: str = TITLE, abstract: str = ABSTRACT, authors: str = "", head: str = "", end: str = "</html>"
) -> bytes:
    """A complete page."""
    heading = f'<h1 class="ltx_title ltx_title_document">{title}</h1>' if title else ""
    name = '<h6 class="ltx_title ltx_title_abstract">Abstract</h6>'
    summary = f'<div class="ltx_abstract">{name}<p class="ltx_p">{abstract}</p></div>' if abstract else ""
    return (
        f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body><div class='ltx_page_main'>"
        f'<div class="ltx_page_content"><article class="ltx_document">{heading}'
        f'<div class="ltx_authors">{authors}</div>{summary}{body}</article></div></div></body>{end}'
    ).encode()


def paper(title: str = TITLE, abstract: str = ABSTRACT) -> bytes:
    """A complete paper that is accepted for this title and abstract."""
    return page(long_body(), title=title, abstract=abstract)


def pdf(pages: Sequence[Sequence[str]], extra: bytes = b"", columns: int = 1) -> bytes:
    """A PDF with the lines of each page in Helvetica; with two columns the lines fill the left one first."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    kids = []
    for lines in pages:
        content = _content(lines, columns)
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(kids), b" ".join(kids))
    return _file(objects, extra)


def _content(lines: Sequence[str], columns: int) -> bytes:
    per_column = -(-len(lines) // columns) or 1
    parts = []
    for index, line in enumerate(lines):
        column, row = divmod(index, per_column)
        text = line.encode("cp1252", "replace").replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")
        x, y = 40 + 280 * column, 760 - 12 * row
        parts.append(b"BT /F1 9 Tf %d %d Td (%s) Tj ET" % (x, y, text))
    return b"\n".join(parts)


def _file(objects: Sequence[bytes], extra: bytes) -> bytes:
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size = len(objects) + 1
    return (
        body
        + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
        + b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, extra, len(body))
    )


def encrypted_pdf() -> bytes:
    """A PDF that requires a password."""
    secret = b"00" * 32
    return pdf(
        [["secret"]],
        b"/ID [<00><00>] /Encrypt << /Filter /Standard /V 1 /R 2 /Length 40 /P -4 /O <%s> /U <%s> >>"
        % (secret, secret),
    )


def wrap_lines(text: str, width: int = 90) -> list[str]:
    """The text in lines of about `width` characters."""
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > width:
            lines.append(line.strip())
            line = ""
        line += f"{word} "
    return [*lines, line.strip()]


def numbered_sentences(count: int, about: str) -> str:
    """Sentences that differ from page to page, so that no two pages begin or end with the same line."""
    return "".join(f"Of {about} we say in sentence {word} that the gate opens when it pays. " for word in WORDS[:count])


def pdf_paper(title: str = TITLE, abstract: str = ABSTRACT, columns: int = 1) -> bytes:
    """A complete paper as a PDF, with running head, page numbers, bibliography and appendix."""
    width = 90 // columns
    first_page = [title, "A. Author and B. Author", "Abstract", *wrap_lines(abstract, width), "1 Introduction"]
    first_page += wrap_lines(numbered_sentences(8, "readers"), width)
    pages = [[*first_page, "1", "arXiv:0000.00001v3 [cs.CL] 16 Oct 2025"]]
    pages.append(["Patient Readers", "2 Method", *wrap_lines(numbered_sentences(14, "methods"), width), "2"])
    pages.append(["Patient Readers", "3 Results", *wrap_lines(numbered_sentences(14, "results"), width), "3"])
    references = [
        f"[{n}] A. Cited. A cited work of note. In Proceedings of Something, pages 1-9, 2019." for n in range(1, 9)
    ]
    pages.append(["Patient Readers", "References", *references, "4"])
    pages.append(["Patient Readers", "A Proof of the Claim", *wrap_lines(numbered_sentences(8, "proofs"), width), "5"])
    return pdf(pages, columns=columns)


def abs_page(
    title: str = TITLE, abstract: str = ABSTRACT, comments: str = "", history: str = "<strong>[v2]</strong>"
) -> bytes:
    """An abs page as arXiv makes it."""
    comments_cell = f'<td class="tablecell comments mathjax">{comments}</td>' if comments else ""
    return (
        f'<!DOCTYPE html><html><head><meta name="citation_title" content="{title}" /></head><body><div id="abs">'
        f'<h1 class="title mathjax"><span class="descriptor">Title:</span>{title}</h1>'
        f'<blockquote class="abstract mathjax"><span class="descriptor">Abstract:</span>{abstract}</blockquote>'
        f'<table><tr>{comments_cell}</tr></table><div class="submission-history">{history}</div></div></body></html>'
    ).encode()


SHIFT_WAYS = ("rise", "latex", "scaled")
_METRICS = FPDF(unit="pt")
_METRICS.set_font("Helvetica", size=1000)


def shifted_pdf(lines: Sequence[Sequence[tuple[str, int]]], way: str) -> bytes:
    """A PDF of lines in parts, each raised (1), lowered (-1) or neither (0), with the shifted ones smaller.

    `way`: by the text rise ("rise"), as LaTeX does by a new position and font ("latex"), or by scaled text of font
    size 1 ("scaled").
    """
    content = b"\n".join(_shifted_line(parts, way, 760 - 14 * index) for index, parts in enumerate(lines))
    return _file(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Count 1 /Kids [5 0 R] >>",
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>",
        ],
        b"",
    )


def _shifted_line(parts: Sequence[tuple[str, int]], way: str, y: float) -> bytes:
    x, last_x, last_y = 40.0, 0.0, 0.0
    operators = [b"BT"]
    if way == "rise":
        operators.append(b"1 0 0 1 %.2f %.2f Tm" % (x, y))
    for text, shift in parts:
        size, rise = (7.0, 3.6 if shift > 0 else -1.5) if shift else (10.0, 0.0)
        shown = text.encode("cp1252").replace(b"(", rb"\(").replace(b")", rb"\)")
        if way == "rise":
            operators.append(b"/F1 %.2f Tf %.2f Ts (%s) Tj" % (size, rise, shown))
        elif way == "latex":
            operators.append(b"/F1 %.2f Tf %.3f %.3f Td (%s) Tj" % (size, x - last_x, y + rise - last_y, shown))
        else:
            operators.append(b"/F1 1 Tf %.2f 0 0 %.2f %.3f %.3f Tm (%s) Tj" % (size, size, x, y + rise, shown))
        last_x, last_y = x, y + rise
        x += _METRICS.get_string_width(text) * size / 1000
    return b"\n".join([*operators, b"ET"])
