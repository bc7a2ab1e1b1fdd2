"""Typesets `pdf/0000.00003.txt` as `pdf/0000.00003.pdf`, in two columns: `python papers/sample/make_pdf.py`.

Run it by hand after a change of the text. The same text and the same fpdf2 (a development dependency) give the same
bytes: dates are fixed, and nothing is compressed, because compressed bytes differ between builds of zlib.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path

from fpdf import FPDF

PDF = Path(__file__).parent / "pdf"
NAME = "0000.00003"
CREATED_AT = dt.datetime(2026, 1, 7, 12, 0, tzinfo=dt.UTC)

# In millimetres, on letter paper.
MARGIN, TOP, BOTTOM, GUTTER = 19.0, 20.0, 258.0, 7.0
COLUMN = (215.9 - 2 * MARGIN - GUTTER) / 2
LEADING = 1.2  # line height as a multiple of the font size
MM = 25.4 / 72  # millimetres in a point

# Where a word may be hyphenated: before a consonant and a vowel, at least four letters from either end.
DIVISION = re.compile(r"(?<=[a-z]{4})(?=[b-df-hj-np-tv-z][aeiou][a-z]{2,}[,.;]?$)")


@dataclass(frozen=True)
class TextStyle:
    """A text style: the font size in points, and the space before and after in millimetres."""

    size: float
    style: str = ""
    before: float = 0.0
    after: float = 0.0

    @property
    def line(self) -> float:
        """Height of a line in millimetres."""
        return self.size * LEADING * MM


BODY = TextStyle(9.5, after=1.6)
SECTION = TextStyle(12, "B", before=2.6, after=1.4)
SUBSECTION = TextStyle(10, "B", before=1.6, after=1.0)
CAPTION = TextStyle(8.5, before=1.2, after=1.2)
CELL = TextStyle(8.5)
TITLE = TextStyle(15, "B", after=3.0)
AUTHORS = TextStyle(10.5, after=1.0)
AFFILIATIONS = TextStyle(9, "I", after=6.0)


class Sheet:
    """A PDF document that is filled column by column."""

    def __init__(self) -> None:
        self.pdf = FPDF(format="letter")
        self.pdf.set_compression(False)
        self.pdf.set_creation_date(CREATED_AT)
        self.pdf.set_producer("daily-papers: an invented sample")
        self.pdf.set_auto_page_break(False)
        self.pdf.c_margin = 0
        self.column, self.y, self.top = 0, TOP, TOP
        self._page()

    def _page(self) -> None:
        self.pdf.add_page()
        self.column, self.y, self.top = 0, TOP, TOP

    @property
    def x(self) -> float:
        """Left edge of the current column."""
        return MARGIN + self.column * (COLUMN + GUTTER)

    def ensure_room(self, height: float) -> None:
        """Continue in the next column or on the next page if `height` does not fit here."""
        if self.y + height <= BOTTOM:
            return
        if self.column:
            self._page()
        else:
            self.column, self.y = 1, self.top

    def lines(self, text: str, style: TextStyle, width: float) -> list[str]:
        """`text` broken into lines that fit `width`; long words of running text are hyphenated."""
        self.pdf.set_font("Times", style.style, style.size)
        lines = [""]
        for word in text.split():
            parts = [(word, "")]
            if style is BODY:
                parts += [(f"{word[: m.start()]}-", word[m.start() :]) for m in DIVISION.finditer(word)][::-1]
            for part, rest in parts:
                longer = f"{lines[-1]} {part}".lstrip()
                if self.pdf.get_string_width(longer) <= width:
                    lines[-1:] = [longer, rest] if rest else [longer]
                    break
            else:
                lines.append(word)
        return lines

    def line(self, text: str, style: TextStyle, width: float, align: str) -> None:
        """One line at the current position."""
        self.pdf.set_font("Times", style.style, style.size)
        self.pdf.set_xy(self.x, self.y)
        self.pdf.cell(width, style.line, text, align=align)
        self.y += style.line

    def head(self, text: str, style: TextStyle) -> None:
        """Centred lines across both columns, at the top of the first page."""
        width = 2 * COLUMN + GUTTER
        for line in self.lines(text, style, width):
            self.line(line, style, width, "C")
        self.y += style.after
        self.top = self.y

    def text(self, text: str, style: TextStyle) -> None:
        """A paragraph or a heading in the columns; a heading stays together with two lines of the following text."""
        self.y += style.before if self.y > self.top else 0
        lines = self.lines(text, style, COLUMN)
        self.ensure_room(style.line * (len(lines) + 2 if style.style == "B" else 1))
        for line in lines:
            self.ensure_room(style.line)
            self.line(line, style, COLUMN, "L")
        self.y += style.after

    def table(self, caption: str, rows: list[list[str]]) -> None:
        """A caption and, between two rules, rows of cells; not broken across columns."""
        lines = self.lines(caption, CAPTION, COLUMN)
        self.ensure_room(CAPTION.line * len(lines) + CELL.line * len(rows) + 8)
        self.text(caption, CAPTION)
        first_width = COLUMN * 0.28
        width = (COLUMN - first_width) / (len(rows[0]) - 1)
        for number, row in enumerate(rows):
            if number < 2:
                self._rule()
            self.pdf.set_font("Times", "" if number else "B", CELL.size)
            self.pdf.set_xy(self.x, self.y)
            for cell, text in enumerate(row):
                self.pdf.cell(width if cell else first_width, CELL.line, text, align="C" if cell else "L")
            self.y += CELL.line
        self._rule()
        self.y += 3

    def _rule(self) -> None:
        self.y += 0.5
        self.pdf.line(self.x, self.y, self.x + COLUMN, self.y)
        self.y += 0.5

    def stamp(self, text: str) -> None:
        """The archive's stamp, rotated along the left edge of the first page."""
        self.pdf.page = 1
        self.pdf.set_font("Times", "", 16)
        self.pdf.set_text_color(128)
        with self.pdf.rotation(90, 11, 195):
            self.pdf.text(11, 195, text)


def make(source: str) -> bytes:
    """The PDF for the text `source`: lines that begin with `#`, `@` or `:::`, and paragraphs between them."""
    sheet, stamp = Sheet(), ""
    heads = {"# ": TITLE, "@authors ": AUTHORS, "@affiliations ": AFFILIATIONS}
    texts = {"## ": SECTION, "### ": SUBSECTION}
    lines = iter(source.splitlines())
    for line in lines:
        mark, _, rest = line.partition(" ")
        if f"{mark} " in heads:
            sheet.head(rest, heads[f"{mark} "])
        elif mark == "@stamp":
            stamp = rest
        elif f"{mark} " in texts:
            sheet.text(rest, texts[f"{mark} "])
        elif mark == ":::table":
            rows = [[cell.strip() for cell in row.split("|")] for row in iter(lambda: next(lines), ":::")]
            sheet.table(rest, rows)
        elif line:
            sheet.text(line, BODY)
    sheet.stamp(stamp)
    return bytes(sheet.pdf.output())


if __name__ == "__main__":
    (PDF / f"{NAME}.pdf").write_bytes(make((PDF / f"{NAME}.txt").read_text(encoding="utf-8")))
