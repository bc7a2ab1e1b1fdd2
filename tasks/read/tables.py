"""Rows of a LaTeXML table, built of `table` or of `span` elements alike: cells, and the headers above them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from selectolax.lexbor import LexborNode

from tasks.read.latexml import classes, split_classes, squeeze

MAX_SPAN = 40  # columns or rows that one cell may stretch over; pages say more by mistake
MAX_REPEATED = 80  # characters of a cell that is repeated in the further rows it stretches over
MAX_HEADER_ROWS = 4
NUMBER = re.compile(r"[\s$~≈<>±+−–-]*\d[\d.,]*\s*(?:%|\\%|[xX×kKmMbBsS])?(?:\s*[±(\\].*|\$?\s*)$")
GROUPS = frozenset({"tbody", "thead", "tfoot", "ltx_tbody", "ltx_thead", "ltx_tfoot"})
ALONE = frozenset({"ltx_tabular", "ltx_p", "ltx_td", "ltx_tr", "ltx_item", "ltx_listingline", "ltx_para"})


@dataclass(frozen=True)
class Row:
    """One row: its cells as `| a | b |`, and the column headers above it in the same form."""

    text: str
    header: str | None


@dataclass
class _Line:
    cells: list[str]  # aligned with the table's columns
    heads: bool  # marked as a row of column headers


def rows_of(table: LexborNode, branching: set[int]) -> list[Row]:
    """The table's rows in order, rows without any text left out; a nested table is text of its cell.

    A cell that stretches over columns is followed by empty ones; one that stretches over rows is repeated in each.
    Column headers are the rows that the page marks so, else the first ones without a number when others have some.
    """
    lines = _lines(table, branching)
    if not any(line.heads for line in lines):
        for line in lines[: _guessed_headers(lines)]:
            line.heads = True
    rows: list[Row] = []
    above: list[list[str]] = []
    header: str | None = None
    for position, line in enumerate(lines):
        if not any(line.cells):
            continue
        if line.heads:
            if position and not lines[position - 1].heads:
                above = []
            above = [*above, line.cells][-MAX_HEADER_ROWS:]
            header = _joined(_merged(above))
        rows.append(Row(_joined(line.cells), None if line.heads else header))
    return rows


def _joined(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _merged(rows: list[list[str]]) -> list[str]:
    """Header rows as one: in each column their texts, those that stretch over columns repeated in each."""
    width = max(len(row) for row in rows)
    columns: list[list[str]] = [[] for _ in range(width)]
    for depth, row in enumerate(rows):
        spread = _spread(row) if depth < len(rows) - 1 else row
        for column, text in zip(columns, spread, strict=False):
            if text and text not in column:
                column.append(text)
    return [" ".join(column) for column in columns]


def _spread(cells: list[str]) -> list[str]:
    """Upper headers stand once over several columns: the empty ones after one belong to it."""
    spread = list(cells)
    for left, right in pairwise(range(len(spread))):
        if left and not spread[right]:
            spread[right] = spread[left]
    return spread


def _lines(table: LexborNode, branching: set[int]) -> list[_Line]:
    hanging: dict[int, tuple[int, str]] = {}  # column -> further rows that a cell above stretches over, its text
    lines: list[_Line] = []
    for row in _rows(table):
        cells: list[str] = []
        marks: list[bool] = []
        for cell in row.iter():
            attributes = cell.attributes
            named = split_classes(attributes.get("class") or "")
            if "ltx_td" not in named:
                continue
            if hanging:
                _hang(cells, hanging)
            text = cell_text(cell, branching)
            cells.append(text)
            if text:
                marks.append("ltx_th_column" in named)
            if "colspan" in attributes or "rowspan" in attributes:
                _stretch(cells, hanging, _span(attributes.get("colspan")), _span(attributes.get("rowspan")))
        if hanging:
            _hang(cells, hanging)
        lines.append(_Line(cells, bool(marks) and all(marks)))
    return lines


def _stretch(cells: list[str], hanging: dict[int, tuple[int, str]], wide: int, high: int) -> None:
    """Let the last cell take up further columns here, and its columns in the rows below."""
    text, first = cells[-1], len(cells) - 1
    cells += [""] * (wide - 1)
    if high > 1:
        for column in range(first, len(cells)):
            repeated = column == first and len(text) <= MAX_REPEATED
            hanging[column] = high - 1, text if repeated else ""


def _hang(cells: list[str], hanging: dict[int, tuple[int, str]]) -> None:
    """Fill the columns from here on that cells of rows above stretch into."""
    while (left := hanging.get(len(cells))) is not None:
        column, (rows, text) = len(cells), left
        cells.append(text)
        if rows > 1:
            hanging[column] = rows - 1, text
        else:
            del hanging[column]


def _rows(table: LexborNode) -> list[LexborNode]:
    found: list[LexborNode] = []
    for child in table.iter():
        named = classes(child)
        if "ltx_tr" in named:
            found.append(child)
        elif child.tag in GROUPS or not GROUPS.isdisjoint(
            named
        ):  # the parser puts in a `tbody` that the page leaves out
            found += [row for row in child.iter() if "ltx_tr" in classes(row)]
    return found


def _span(value: str | None) -> int:
    if value is None or not value.isdecimal():
        return 1
    return max(1, min(MAX_SPAN, int(value[:4])))


def cell_text(cell: LexborNode, branching: set[int]) -> str:
    """A cell's text on one line; what stands in elements of its own is set apart by a blank."""
    if cell.mem_id in branching:
        return squeeze(" ".join(_pieces(cell, branching, 0)))
    return squeeze(cell.text_lexbor() or "")


def _pieces(node: LexborNode, branching: set[int], depth: int) -> list[str]:
    if depth > 60:
        return [node.text()]
    pieces: list[str] = []
    loose = ""
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            loose += child.text_content or ""
        elif child.mem_id in branching or _stands_alone(child):
            pieces += [loose, *_pieces(child, branching, depth + 1)]
            loose = ""
        else:
            loose += child.text_lexbor() or ""
    return [*pieces, loose]


def _stands_alone(node: LexborNode) -> bool:
    return not ALONE.isdisjoint(classes(node))


def _guessed_headers(lines: list[_Line]) -> int:
    """How many first rows are column headers, of a table that marks none: those without a number."""
    numeric = [any(NUMBER.match(text) for text in line.cells[1:]) for line in lines]
    if not any(numeric) or not numeric:
        return 0
    first = numeric.index(True)
    return first if first <= MAX_HEADER_ROWS else 0
