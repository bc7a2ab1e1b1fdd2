"""The tables of the recorded pages as rows, columns and values: what planted statements about tables are made from.

A table is read from the text of its blocks with this file's own patterns. What cannot be named so that a reader would
find the one cell (a formula, a number, a name that occurs twice) is left out, and the reason is counted.
"""

from __future__ import annotations

import gzip
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from papers.models import Block
from tasks.analyze.grounding.number_check import Finding, Quote, ground
from tasks.analyze.grounding.paper_text import PaperText
from tasks.read.html.page import extract_html
from tests.shared import SHARED

PAGES = SHARED / "recorded" / "arxiv" / "html"

# --- values and names ----------------------------------------------------------------------------------------------

_MARKUP = re.compile(r"\\(?:mathbf|textbf|underline|bm|mathrm|boldsymbol|textit|emph)\b|[{}$]|\[[A-Z]{4,12}\]")
_CELL = re.compile(
    r"(?P<number>[+\-−–]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)\s?(?P<percent>\\?%)?"
    r"(?P<rest>\s*(?:[*∗†‡§]{1,4}|\\?(?:pm|uparrow|downarrow)?\s*(?:[±(↑↓+].{0,24}|(?<=\s)-\d.{0,24}))?)"
)
_SIGNS = str.maketrans({"−": "-", "–": "-", "∗": "*"})


@dataclass(frozen=True)
class Cell:
    """The value of a cell: its digits, and whether the cell writes a percent sign."""

    digits: str
    percent: bool
    marks: str = ""  # what stands behind the value: stars, a deviation, a difference

    @property
    def number(self) -> Decimal:
        return Decimal(self.digits.replace(",", ""))

    @property
    def decimals(self) -> int:
        return len(self.digits.partition(".")[2])


def parse_cell(text: str) -> Cell | None:
    """The value of a cell that states one, or None: a word, a range, a number with another unit."""
    match = _CELL.fullmatch(_MARKUP.sub("", text).translate(_SIGNS).strip())
    if match is None:
        return None
    digits = match["number"].lstrip("+")
    return Cell(digits, bool(match["percent"]), match["rest"].strip())


def is_same(one: Decimal, other: Decimal) -> bool:
    """Whether two values are the same in any rounding, sign or percent scale that a reader could mean."""
    one, other = abs(one), abs(other)
    pairs = ((one, other), (one * 100, other), (one, other * 100))
    return any(_rounds_to(a, b) for a, b in pairs)


def _rounds_to(one: Decimal, other: Decimal) -> bool:
    places = min(_places(one), _places(other))
    step = Decimal(1).scaleb(-places)
    return abs(one - other) < step


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


_CITATION = re.compile(
    r"\[\d[\d, ]*\]|\((?:[A-Z][\w.\-]+ (?:et al\.?|(?:and|&) [A-Z][\w\-]+),? ?)\d{4}[a-z]?\)"
    r"|\b[A-Z][\w\-]+ et al\.? \(\d{4}[a-z]?\)|\((?:ours|proposed)\)|\[footnote:[^\]]*\]",
    re.IGNORECASE,
)
_DIRECTION = re.compile(r"\(?(?:\\(?:uparrow|downarrow)|[↑↓])\)?")
_UNIT_MARK = re.compile(r"[(\[]\s?%\s?[)\]]")


def clean_name(text: str) -> str:
    """A name of a row or a column without citations, arrows, marks and unit."""
    text = _DIRECTION.sub("", text.replace("$", " ") if _DIRECTION.search(text) else text)
    text = _CITATION.sub("", text)
    text = _UNIT_MARK.sub("", text)
    text = re.sub(r"\[HTML\][0-9A-F]{6}", "", text)
    text = re.sub(r"^\(\d{1,2}\)\s*", "", text)
    text = re.sub(r"[\s()*∗†‡§:]+$", lambda m: ")" if ")" in m[0] and "(" in text else "", text)
    text = re.sub(r"([\w.])- (?=\w)", r"\1-", re.sub(r"\s+", " ", text)).strip(" *∗†‡§·•")
    text = re.sub(r"^\\?#\s*", "number of ", re.sub(r"^(?:Dependent variable|Participation to the):\s*", "", text))
    text = re.sub(r"(?<=\w) \(\d{1,2}\)$", "", text)  # the number of a column
    return re.sub(r"\(\s*\)", "", text).strip()


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, without what stands in parentheses."""
    return re.findall(r"[\w.+]+", re.sub(r"\([^()]*\)", " ", name.lower())) or re.findall(r"[\w.+]+", name.lower())


def name_problem(name: str) -> str | None:
    """Why a name cannot stand in a statement, or None."""
    if not name:
        return "no name"
    if re.search(r"[\\{}_^$|<>=]|→", name):
        return "named by a formula"
    if re.match(r"[+\-–—−/&.]", name):
        return "named after the row above"
    if not re.search(r"[A-Za-z]{2}|[A-Za-z]\d", name) or re.match(r"\d", name):
        return "named by a number or a letter"
    if len(name) > 60:
        return "a sentence for a name"
    return None


# --- tables --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A row with a name that no other row of its table has."""

    name: str
    block: Block
    cells: dict[int, Cell]  # by column

    def quote(self) -> Quote:
        return Quote(self.block.text, self.block.id)


@dataclass(frozen=True)
class Column:
    """A column with a name that no other column of its table has."""

    index: int
    name: str  # the whole name, all levels of the header
    last: str  # the last level alone, "" unless it is enough
    first: str  # the levels above
    percent: bool  # the header or the caption says that the values are percentages
    direction: int  # 1 if the header says that higher is better, -1 lower, 0 not said

    @property
    def is_generic(self) -> bool:
        return self.name.lower() in ("value", "values", "number", "count", "setting", "total")


@dataclass
class Table:
    """A table whose cells can be named."""

    page: str
    id: str
    levels: int
    caption: str
    first_header: str
    columns: list[Column]
    rows: list[Row]
    all_rows: list[Block]
    body: list[Block]  # the rows that the header belongs to, also those without a name
    traits: set[str] = field(default_factory=set)

    @property
    def is_transposed(self) -> bool:
        return bool(
            re.search(r"metric|dimension|dataset|benchmark|measure|criteri|statistic|^task", self.first_header, re.I)
        )


@dataclass
class Page:
    """A recorded page: its text, the tables that can be used, and why the others cannot."""

    name: str
    source: PaperText
    blocks: list[Block]
    tables: list[Table]
    with_header: int
    reasons: Counter[str]


def read_pages() -> list[Page]:
    """The recorded pages with their tables."""
    pages = []
    for path in sorted(PAGES.glob("*.html.gz")):
        blocks = list(extract_html(gzip.decompress(path.read_bytes())).blocks)
        pages.append(read_page(path.name.removesuffix(".html.gz"), blocks))
    return pages


def read_page(name: str, blocks: list[Block]) -> Page:
    """A page's tables from its blocks."""
    groups: dict[str, list[Block]] = defaultdict(list)
    for block in blocks:
        if block.kind == "table_row":
            groups[block.id.rpartition(".")[0]].append(block)
    captions = {b.id: b.text for b in blocks if b.kind == "caption"}
    page = Page(name, PaperText(blocks), blocks, [], 0, Counter())
    for table_id, rows in groups.items():
        if not any(r.header for r in rows):
            continue
        page.with_header += 1
        caption = captions.get(table_id) or captions.get(table_id.rpartition(".")[0], "")
        table = _read_table(name, table_id, caption, rows)
        if isinstance(table, str):
            page.reasons[table] += 1
        else:
            page.tables.append(table)
    return page


def split_row(text: str) -> list[str]:
    """The cells of a row's text."""
    return [c.strip() for c in text.strip().removeprefix("|").removesuffix("|").split("|")]


def _read_table(page: str, table_id: str, caption: str, blocks: list[Block]) -> Table | str:
    head = [split_row(b.text) for b in blocks if b.header is None]
    header_text = next(b.header for b in blocks if b.header)
    header = split_row(header_text)
    body = _body(blocks, header_text, len(header))
    if not body:
        return "the rows have not the header's columns"
    grid = {b.id: [parse_cell(c) for c in split_row(b.text)] for b, _ in body}
    valued = [j for j in range(1, len(header)) if sum(_is_measured(r[j]) for r in grid.values()) >= 1]
    if not valued:
        return "no column of values (words, ranges, or small integers alone)"
    stubs = range(min(valued))
    rows, row_reasons = _name_rows(body, grid, valued, stubs)
    columns = _name_columns(header, head, valued, caption)
    if not columns:
        return "the columns' names are formulas, numbers, or not distinct"
    if len(rows) < 2:
        return f"fewer than two rows with a name: {row_reasons.most_common(1)[0][0] if row_reasons else 'one row'}"
    last_level = [h for h in head if len(h) == len(header) and sum(bool(c) for c in h) > 1]
    levels = sum(not any((cell := parse_cell(c)) and cell.decimals for c in h) for h in last_level)
    table = Table(page, table_id, levels, caption, header[0], columns, rows, blocks, [b for b, _ in body])
    _describe(table, grid)
    return table


def _is_measured(cell: Cell | None) -> bool:
    """Whether a value has two digits or more: a small integer is anywhere."""
    return cell is not None and len(re.sub(r"[^\d]", "", cell.digits).lstrip("0")) >= 2


def _body(blocks: list[Block], header: str, width: int) -> list[tuple[Block, str]]:
    """(row, name of its group) of the rows below the header, up to a second header among the rows."""
    body, group = [], ""
    names = split_row(header)
    for block in blocks:
        cells = split_row(block.text)
        filled = [c for c in cells if c]
        if len(filled) == 1 and cells[0] and parse_cell(cells[0]) is None:
            group = clean_name(cells[0])
        elif block.header == header and len(cells) == width:
            if cells[0] and names[0].startswith(cells[0]) and not any(parse_cell(c) for c in cells[1:]):
                break  # a second header, which the rows below follow
            body.append((block, group))
    return body


def _name_rows(
    body: Sequence[tuple[Block, str]], grid: dict[str, list[Cell | None]], valued: Sequence[int], stubs: Sequence[int]
) -> tuple[list[Row], Counter[str]]:
    """Rows with distinct names: the last stub that has one, with its group or the other stubs where that is needed."""
    parts: list[tuple[Block, list[str]]] = []
    reasons: Counter[str] = Counter()
    base = _naming_stub(body, stubs)
    for block, group in body:
        cells = split_row(block.text)
        name = clean_name(cells[base])
        others = [clean_name(cells[j]) for j in stubs if j != base and name_problem(clean_name(cells[j])) is None]
        problem = name_problem(name)
        if problem:
            reasons[problem] += 1
        else:
            parts.append((block, [name, *([group] if name_problem(group) is None else []), *others]))
    rows = []
    keys = Counter(" ".join(words_of(p[0])) for _, p in parts)
    for block, names in parts:
        name = names[0]
        if keys[" ".join(words_of(name))] > 1:
            name = next((f"{name} ({extra})" for extra in names[1:] if _is_distinct(names[0], extra, parts)), "")
        values = {j: cell for j in valued if (cell := grid[block.id][j]) is not None and _is_measured(cell)}
        if not name:
            reasons["two rows of one name"] += 1
        elif values:
            rows.append(Row(name, block, values))
    return rows, reasons


def _naming_stub(body: Sequence[tuple[Block, str]], stubs: Sequence[int]) -> int:
    """The stub column with the most different names."""
    different = {j: len({split_row(b.text)[j] for b, _ in body} - {""}) for j in stubs}
    return max(stubs, key=lambda j: (different[j], -j))


def _is_distinct(name: str, extra: str, parts: Sequence[tuple[Block, list[str]]]) -> bool:
    return sum(words_of(p[0]) == words_of(name) and extra in p[1:] for _, p in parts) == 1


def _without_values(text: str, head: list[list[str]], j: int) -> str:
    """A header's text without the values that the reader of the page took for headers."""
    for row in reversed(head):
        cell = row[j] if j < len(row) else ""
        if (cell and "." in cell and parse_cell(cell)) or re.fullmatch(r"\(-?\d+\.\d+\)", cell):
            text = text.removesuffix(cell).rstrip()
    return text


def _name_columns(header: list[str], head: list[list[str]], valued: Sequence[int], caption: str) -> list[Column]:
    header = [_without_values(text, head, j) for j, text in enumerate(header)]
    names = {j: clean_name(header[j]) for j in range(len(header))}
    counts = Counter(" ".join(words_of(n)) for n in names.values())
    lasts = {j: _last_level(header[j], head, j) for j in names}
    last_counts = Counter(lasts.values())
    columns = []
    for j in valued:
        name = names[j]
        if name_problem(name) or counts[" ".join(words_of(name))] > 1:
            continue
        alone = last_counts[lasts[j]] == 1 and not name_problem(lasts[j]) and not lasts[j].startswith("(")
        last = lasts[j] if alone else ""
        first = name.removesuffix(lasts[j]).strip(" :") if lasts[j] and name != lasts[j] else ""
        by_caption = bool(re.search(r"\(\s?%\s?\)|\bin %|percentages?\b", caption)) and not re.search(
            r"rank|time|size|number|#|count|steps|loss|length|tokens", name, re.I
        )
        direction = 1 if re.search(r"uparrow|↑", header[j]) else -1 if re.search(r"downarrow|↓", header[j]) else 0
        percent = bool(_UNIT_MARK.search(header[j])) or by_caption
        columns.append(Column(j, name, last if last != name else "", first, percent, direction))
    return columns


def _last_level(text: str, head: list[list[str]], j: int) -> str:
    for row in reversed(head):
        if j < len(row) and row[j] and parse_cell(row[j]) is None and sum(bool(c) for c in row) > 1:
            last = clean_name(row[j])
            return last if clean_name(text).endswith(last) else clean_name(text)
    return clean_name(text)


def _describe(table: Table, grid: dict[str, list[Cell | None]]) -> None:
    """Note what is special about a table, so that the report can say that it occurred."""
    cells = [c for row in table.rows for c in row.cells.values()]
    per_column = [[c.digits for row in table.rows if (c := row.cells.get(col.index))] for col in table.columns]
    header_percent = any(_UNIT_MARK.search(b.header or "") for b in table.all_rows)
    texts = [c for b in table.all_rows if b.header for c in split_row(b.text)]
    checks = {
        "three levels of header": table.levels >= 3,
        "two levels of header": table.levels == 2,
        "transposed": table.is_transposed,
        "marks behind values": any(c.marks for c in cells),
        "markup in cells": any("\\" in t and parse_cell(t) for t in texts),
        "empty cells or dashes": any(t in ("", "-", "–", "—", "/") for t in texts),
        "percent in the caption alone": any(c.percent for c in table.columns) and not header_percent,
        "one value in two rows": any(len(set(v)) < len(v) for v in per_column),
        "groups of rows": any(row.name.endswith(")") and "(" in row.name for row in table.rows),
        "several name columns": min(c.index for c in table.columns) > 1,
    }
    table.traits = {trait for trait, holds in checks.items() if holds}


# --- planted statements --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Planted:
    """A statement whose truth is known: the planted values are the spans, what else it names is not judged."""

    text: str
    spans: tuple[tuple[int, int], ...]
    quotes: tuple[Quote, ...]
    language: str
    kind: str  # "right", or how it is wrong
    table: str = ""


def fill(template: str, values: dict[str, str], judged: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The template with its values, and where the judged ones stand."""
    text, spans = "", []
    for part in re.split(r"(\{\w+\})", template):
        if re.fullmatch(r"\{\w+\}", part):
            key = part[1:-1]
            if key in judged:
                spans.append((len(text), len(text) + len(values[key])))
            text += values[key]
        else:
            text += part
    return text, tuple(spans)


def judge(claim: Planted, source: PaperText) -> tuple[bool, list[Finding]]:
    """Whether the statement passes, and its findings.

    A right statement passes if each planted value is seen and accepted and no other number is refused. A wrong one
    passes if any planted value is accepted or not seen, whatever becomes of its other numbers.
    """
    findings = ground(claim.text, list(claim.quotes), source)
    on_values = [[f for f in findings if f.start < end and f.end > start and f.number] for start, end in claim.spans]
    if claim.kind == "right":
        passes = all(fs for fs in on_values) and all(f.accepted for f in findings if f.number is not None)
    else:
        passes = any(all(f.accepted for f in fs) for fs in on_values)
    return passes, findings
