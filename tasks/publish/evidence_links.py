"""An analysis' statements with each number linked to the passage that bears it out, and each passage to its section."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup, escape

from papers.models import Analysis, Evidence, EvidenceStatus
from papers.numbers.parser import parse
from papers.text import address, clean
from tasks.publish.day_sheets import Sheet
from tasks.publish.formulas import pieces, with_formulas

SOUND: tuple[EvidenceStatus, ...] = ("grounded", "derived")
_OWN_ANCHOR = re.compile(r"(?:S|A|Sx|Ax|p|I)\d+(?:\.[A-Za-z]+\d+)*")  # ids that the page itself has
_PDF_PAGE = re.compile(r"p(\d+)\.b\d+")
_MADE = re.compile(r"\.(?:r|b)?\d+$")  # rows of tables and the like are numbered by the reader


@dataclass
class Passage:
    """A passage of the paper that statements rest on."""

    number: int  # from 1
    text: str
    section: str  # path of headings; "" where none is known
    url: str | None  # of the section on the page that was read
    used: list[int] = field(default_factory=list)  # numbers of the links that lead here

    @property
    def html(self) -> Markup:
        """The passage, its formulas as MathML."""
        return with_formulas(self.text)


class EvidenceLinks:
    """The statements of one analysis as HTML; `passages` grows as they are asked for."""

    def __init__(self, sheet: Sheet, analysis: Analysis) -> None:
        self.passages: list[Passage] = []
        self._sheet = sheet
        self._links = 0
        self._by_quote: dict[tuple[str, str | None], Passage] = {}
        self._evidence: dict[str, list[Evidence]] = {}
        for e in analysis.evidence:
            self._evidence.setdefault(e.field, []).append(e)

    def say(self, name: str, text: str) -> Markup:
        """The statement `text` of the field `name`: numbers as links, formulas as MathML, all else escaped."""
        shown = clean(text)
        rows = self._evidence.get(name, [])
        numbered = [e for e in rows if e.number is not None]
        marks = self._marks(shown, numbered) if numbered else []
        html = Markup("").join(_woven(shown, marks))
        whole = next((e for e in rows if e.number is None and e.quote and e.status in SOUND), None)
        if whole is not None and not marks:
            html += self._note(whole)
        return html

    def _marks(self, text: str, rows: Sequence[Evidence]) -> list[tuple[int, int, Markup]]:
        """What opens around each number: start, end, the tag."""
        found: list[tuple[int, int, Markup]] = []
        for number in parse(text).numbers:
            row = next((e for e in rows if e.number == number.canonical), None)
            if row is None:
                continue
            if row.status in SOUND and row.quote:
                found.append((number.start, number.end, self._opening(row)))
            elif row.status not in SOUND:
                found.append((number.start, number.end, Markup('<mark class="doubt">')))
        return found

    def _opening(self, row: Evidence) -> Markup:
        passage, self._links = self._passage(row), self._links + 1
        passage.used.append(self._links)
        return Markup('<a class="num" id="n{}" href="#q{}">').format(self._links, passage.number)

    def _note(self, row: Evidence) -> Markup:
        passage, self._links = self._passage(row), self._links + 1
        passage.used.append(self._links)
        shown = Markup('<a class="note" id="n{0}" href="#q{1}"><span class="vh">{2} </span>{1}</a>')
        return shown.format(self._links, passage.number, "¶")

    def _passage(self, row: Evidence) -> Passage:
        key = (clean(row.quote or ""), row.block_id)
        if key not in self._by_quote:
            section = clean(self._sheet.sections.get(row.block_id or "", ""))
            made = Passage(len(self.passages) + 1, key[0], section, section_url(self._sheet, row.block_id))
            self.passages.append(made)
            self._by_quote[key] = made
        return self._by_quote[key]


def section_url(sheet: Sheet, block_id: str | None) -> str | None:
    """Where the block stands: the paragraph of arXiv's HTML, the page of a PDF, else the document that was read."""
    reading = sheet.reading
    url = address(reading.url) if reading and reading.url else None
    if url is None or reading is None or not block_id:
        return url
    anchor = ""
    if reading.source == "html" and _OWN_ANCHOR.fullmatch(found := _MADE.sub("", block_id)):
        anchor = f"#{found}"
    elif reading.source == "pdf" and (page := _PDF_PAGE.match(block_id)):
        anchor = f"#page={page[1]}"
    return url.partition("#")[0] + anchor if anchor else url


def _woven(text: str, marks: Sequence[tuple[int, int, Markup]]) -> list[Markup]:
    """`text` in pieces of HTML, each mark's tag around its stretch; a mark within a formula goes around the formula."""
    parts = list(pieces(text))
    formulas = [(a, b) for a, b, made in parts if made is not None]
    spans: list[tuple[int, int, Markup]] = []
    for start, end, tag in marks:
        for a, b in formulas:
            if start < b and a < end:
                start, end = min(a, start), max(b, end)
        if not spans or start >= spans[-1][1]:
            spans.append((start, end, tag))
    edges = sorted({0, len(text), *(x for a, b, _ in spans for x in (a, b)), *(x for a, b, _ in parts for x in (a, b))})
    opening = {a: tag for a, _, tag in spans}
    closing = {b: Markup("</a>") if "<a " in tag else Markup("</mark>") for _, b, tag in spans}
    formula = {a: (b, made) for a, b, made in parts if made is not None}
    out, until = [], 0
    for a, b in pairwise(edges):
        out += [closing[a]] if a in closing else []
        out += [opening[a]] if a in opening else []
        if a in formula:
            until, made = formula[a]
            out.append(made)
        elif a >= until:
            out.append(escape(text[a:b]))
    return out + ([closing[len(text)]] if len(text) in closing else [])
