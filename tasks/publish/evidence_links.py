"""Statements of an analysis: each number links to the passage that supports it, each passage to its section."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup, escape

from papers.formulas import split_formulas, with_formulas
from papers.models import Analysis, Evidence, EvidenceStatus
from papers.numbers.parser import parse
from papers.paper_urls import public_address
from papers.text import clean, safe_url
from tasks.publish.day_sheets import PaperSheet

SUPPORTED: tuple[EvidenceStatus, ...] = ("grounded", "derived")
_OWN_ANCHOR = re.compile(r"(?:S|A|Sx|Ax|p|I)\d+(?:\.[A-Za-z]+\d+)*")  # ids that exist in arXiv's HTML
_PDF_PAGE = re.compile(r"p(\d+)\.b\d+")
_ADDED_SUFFIX = re.compile(r"\.(?:r|b)?\d+$")  # the reader adds numbers for table rows and the like


@dataclass
class Passage:
    """A passage of the paper that supports statements."""

    number: int  # from 1
    text: str
    section: str  # path of headings; "" if unknown
    url: str | None  # of the section in the document that was read
    used: list[int] = field(default_factory=list)  # the numbers of the links to this passage
    formulas: list[str] = field(default_factory=list)  # how numbers were computed from it

    @property
    def html(self) -> Markup:
        """The passage as HTML with formulas in MathML."""
        return with_formulas(self.text)


class EvidenceLinks:
    """Converts the statements of one analysis to HTML and collects the passages that they link to."""

    def __init__(self, sheet: PaperSheet, analysis: Analysis) -> None:
        self.passages: list[Passage] = []
        self._sheet = sheet
        self._links = 0
        self._by_quote: dict[tuple[str, str | None], Passage] = {}
        self._evidence: dict[str, list[Evidence]] = {}
        for e in analysis.evidence:
            self._evidence.setdefault(e.field, []).append(e)

    def statement_html(self, name: str, text: str) -> Markup:
        """The statement `text` of the field `name`: numbers as links, formulas as MathML, everything else escaped."""
        statement = clean(text)
        rows = self._evidence.get(name, [])
        numbered = [e for e in rows if e.number is not None]
        tags = self._number_tags(statement, numbered) if numbered else []
        html = Markup("").join(_insert_tags(statement, tags))
        support = next((e for e in rows if e.number is None and e.quote and e.status in SUPPORTED), None)
        if support is not None and not tags:
            html += self._note_link(support)
        return html

    def _number_tags(self, text: str, rows: Sequence[Evidence]) -> list[tuple[int, int, Markup]]:
        """The opening tag for each number, with the start and the end of the number."""
        tags: list[tuple[int, int, Markup]] = []
        by_number = {e.number: e for e in reversed(rows)}  # the first of equals
        for number in parse(text).numbers:
            row = by_number.get(number.canonical)
            if row is None:
                continue
            if row.status in SUPPORTED and row.quote:
                tags.append((number.start, number.end, self._link_tag(row)))
            elif row.status not in SUPPORTED:
                tags.append((number.start, number.end, Markup('<mark class="doubt">')))
        return tags

    def _link_tag(self, row: Evidence) -> Markup:
        passage, self._links = self._passage(row), self._links + 1
        passage.used.append(self._links)
        if row.status == "derived" and row.note and row.note not in passage.formulas:
            passage.formulas.append(row.note)
        return Markup('<a class="num" id="n{}" href="#q{}">').format(self._links, passage.number)

    def _note_link(self, row: Evidence) -> Markup:
        passage, self._links = self._passage(row), self._links + 1
        passage.used.append(self._links)
        link = Markup('<a class="note" id="n{0}" href="#q{1}"><span class="vh">{2} </span>{1}</a>')
        return link.format(self._links, passage.number, "¶")

    def _passage(self, row: Evidence) -> Passage:
        key = (clean(row.quote or ""), row.block_id)
        if key not in self._by_quote:
            section = clean(self._sheet.sections.get(row.block_id or "", ""))
            passage = Passage(len(self.passages) + 1, key[0], section, section_url(self._sheet, row.block_id))
            self.passages.append(passage)
            self._by_quote[key] = passage
        return self._by_quote[key]


def section_url(sheet: PaperSheet, block_id: str | None) -> str | None:
    """The URL of the block: the paragraph in arXiv's HTML, the page of a PDF, else the document that was read."""
    reading = sheet.reading
    url = safe_url(public_address(reading.url)) if reading and reading.url else None
    if url is None or reading is None or not block_id:
        return url
    anchor = ""
    if reading.source == "html" and _OWN_ANCHOR.fullmatch(block_anchor := _ADDED_SUFFIX.sub("", block_id)):
        anchor = f"#{block_anchor}"
    elif reading.source == "pdf" and (page := _PDF_PAGE.match(block_id)):
        anchor = f"#page={page[1]}"
    return url.partition("#")[0] + anchor if anchor else url


def _insert_tags(text: str, tags: Sequence[tuple[int, int, Markup]]) -> list[Markup]:
    """`text` as pieces of HTML with each tag around its span; a tag within a formula goes around the whole formula."""
    parts = list(split_formulas(text))
    formulas = [(a, b) for a, b, mathml in parts if mathml is not None]
    formula_starts, formula_ends = [a for a, _ in formulas], [b for _, b in formulas]
    spans: list[tuple[int, int, Markup]] = []
    for start, end, tag in tags:
        first, after = bisect_right(formula_ends, start), bisect_left(formula_starts, end)
        if first < after:  # formulas that the tag overlaps
            start, end = min(formulas[first][0], start), max(formulas[after - 1][1], end)
        if not spans or start >= spans[-1][1]:
            spans.append((start, end, tag))
    edges = sorted({0, len(text), *(x for a, b, _ in spans for x in (a, b)), *(x for a, b, _ in parts for x in (a, b))})
    opening = {a: tag for a, _, tag in spans}
    closing = {b: Markup("</a>") if "<a " in tag else Markup("</mark>") for _, b, tag in spans}
    formula = {a: (b, mathml) for a, b, mathml in parts if mathml is not None}
    out, until = [], 0
    for a, b in pairwise(edges):
        out += [closing[a]] if a in closing else []
        out += [opening[a]] if a in opening else []
        if a in formula:
            until, mathml = formula[a]
            out.append(mathml)
        elif a >= until:
            out.append(escape(text[a:b]))
    return out + ([closing[len(text)]] if len(text) in closing else [])
