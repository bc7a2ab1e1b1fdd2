"""The rows of a LaTeXML table, whether it is built of `table` or of `span` elements: cells and column headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from selectolax.lexbor import LexborNode

from tasks.read.html.latexml import classes, normalize_text, split_classes

MAX_SPAN = 40  # columns or rows that one cell may span; larger values on pages are mistakes
MAX_REPEATED = 80  # characters of a cell that is repeated in the further rows that it spans
MAX_HEADER_ROWS = 4
NUMBER = re.compile(r"[\s$~≈<>±+−–-]*\d[\d.,]*\s*+(?:%|\\%|[xX×kKmMbBsS])?(?:\s*[±(\\].*|\$?\s*)$")
ROW_GROUPS = frozenset({"tbody", "thead", "tfoot", "ltx_tbody", "ltx_thead", "ltx_tfoot"})
BLOCK_CLASSES = frozenset({"ltx_tabular", "ltx_p", "ltx_td", "ltx_tr", "ltx_item", "ltx_listingline", "ltx_para"})


@dataclass(frozen=True)
class Row:
    """One row: its cells as `| a | b |`, and its column headers in the same form."""

    text: str
    header: str | None


@dataclass
class _TableRow:
    cells: list[str]  # aligned with the table's columns
    is_header: bool  # marked as a row of column headers


def rows_of(table: LexborNode, branching: set[int]) -> list[Row]:
    """The rows of the table in order, without empty rows; a nested table becomes the text of its cell.

    A cell that spans columns is followed by empty cells; a cell that spans rows is repeated in each of them. Column
    headers are the rows that the page marks as headers, else the first rows without numbers if later rows have some.
    """
    table_rows = _table_rows(table, branching)
    if not any(row.is_header for row in table_rows):
        for row in table_rows[: _count_header_rows(table_rows)]:
            row.is_header = True
    rows: list[Row] = []
    header_rows: list[list[str]] = []
    header: str | None = None
    for position, row in enumerate(table_rows):
        if not any(row.cells):
            continue
        if row.is_header:
            if position and not table_rows[position - 1].is_header:
                header_rows = []
            header_rows = [*header_rows, row.cells][-MAX_HEADER_ROWS:]
            header = _format_row(_merge_headers(header_rows))
        rows.append(Row(_format_row(row.cells), None if row.is_header else header))
    return rows


def _format_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _merge_headers(rows: list[list[str]]) -> list[str]:
    """Merge header rows into one: each column gets the texts above it, with texts that span columns repeated."""
    width = max(len(row) for row in rows)
    columns: list[list[str]] = [[] for _ in range(width)]
    for depth, row in enumerate(rows):
        texts = _repeat_over_span(row) if depth < len(rows) - 1 else row
        for column, text in zip(columns, texts, strict=False):
            if text and text not in column:
                column.append(text)
    return [" ".join(column) for column in columns]


def _repeat_over_span(cells: list[str]) -> list[str]:
    """Copy each header into the empty cells after it: an upper header is written once for several columns."""
    texts = list(cells)
    for left, right in pairwise(range(len(texts))):
        if left and not texts[right]:
            texts[right] = texts[left]
    return texts


def _table_rows(table: LexborNode, branching: set[int]) -> list[_TableRow]:
    row_spans: dict[int, tuple[int, str]] = {}  # column -> (further rows that a cell above spans, its text)
    table_rows: list[_TableRow] = []
    for row in _row_elements(table):
        cells: list[str] = []
        header_marks: list[bool] = []
        for cell in row.iter():
            attributes = cell.attributes
            class_names = split_classes(attributes.get("class") or "")
            if "ltx_td" not in class_names:
                continue
            if row_spans:
                _fill_row_spans(cells, row_spans)
            text = cell_text(cell, branching)
            cells.append(text)
            if text:
                header_marks.append("ltx_th_column" in class_names)
            columns = _span_of("colspan", attributes, class_names)
            rows = _span_of("rowspan", attributes, class_names)
            if columns > 1 or rows > 1:
                _apply_spans(cells, row_spans, columns, rows)
        if row_spans:
            _fill_row_spans(cells, row_spans)
        table_rows.append(_TableRow(cells, bool(header_marks) and all(header_marks)))
    return table_rows


def _apply_spans(cells: list[str], row_spans: dict[int, tuple[int, str]], columns: int, rows: int) -> None:
    """Let the last cell occupy `columns` columns of this row, and note the columns that it occupies in further rows."""
    text, first = cells[-1], len(cells) - 1
    cells += [""] * (columns - 1)
    if rows > 1:
        for column in range(first, len(cells)):
            is_repeated = column == first and len(text) <= MAX_REPEATED
            row_spans[column] = rows - 1, text if is_repeated else ""


def _fill_row_spans(cells: list[str], row_spans: dict[int, tuple[int, str]]) -> None:
    """Fill the next columns that are occupied by cells of the rows above."""
    while (span := row_spans.get(len(cells))) is not None:
        column, (rows, text) = len(cells), span
        cells.append(text)
        if rows > 1:
            row_spans[column] = rows - 1, text
        else:
            del row_spans[column]


def _row_elements(table: LexborNode) -> list[LexborNode]:
    rows: list[LexborNode] = []
    for child in table.iter():
        class_names = classes(child)
        if "ltx_tr" in class_names:
            rows.append(child)
        elif child.tag in ROW_GROUPS or not ROW_GROUPS.isdisjoint(
            class_names
        ):  # the parser adds a `tbody` that the page omits
            rows += [row for row in child.iter() if "ltx_tr" in classes(row)]
    return rows


def _span_of(name: str, attributes: Mapping[str, str | None], class_names: frozenset[str]) -> int:
    """How many columns or rows a cell spans: by its attribute, or by its class (`ltx_colspan_2`) in a table of spans."""
    if name in attributes:
        return _parse_span(attributes[name])
    prefix = f"ltx_{name}_"
    return next((_parse_span(c.removeprefix(prefix)) for c in class_names if c.startswith(prefix)), 1)


def _parse_span(value: str | None) -> int:
    if value is None or not value.isdecimal():
        return 1
    return max(1, min(MAX_SPAN, int(value[:4])))


def cell_text(cell: LexborNode, branching: set[int]) -> str:
    """The text of a cell on one line; texts of separate block elements are separated by a space."""
    if cell.mem_id in branching:
        return normalize_text(" ".join(_text_pieces(cell, branching, 0)))
    return normalize_text(cell.text_lexbor() or "")


def _text_pieces(node: LexborNode, branching: set[int], depth: int) -> list[str]:
    if depth > 60:
        return [node.text()]
    pieces: list[str] = []
    inline_texts: list[str] = []
    for child in node.iter(include_text=True):
        if child.tag == "-text":
            inline_texts.append(child.text_content or "")
        elif child.mem_id in branching or _is_block(child):
            pieces += ["".join(inline_texts), *_text_pieces(child, branching, depth + 1)]
            inline_texts.clear()
        else:
            inline_texts.append(child.text_lexbor() or "")
    return [*pieces, "".join(inline_texts)]


def _is_block(node: LexborNode) -> bool:
    return not BLOCK_CLASSES.isdisjoint(classes(node))


def _count_header_rows(table_rows: list[_TableRow]) -> int:
    """How many of the first rows are column headers in a table that marks none: those without a number."""
    numeric = [any(NUMBER.match(text) for text in row.cells[1:]) for row in table_rows]
    if not any(numeric) or not numeric:
        return 0
    first = numeric.index(True)
    while first > 1 and _is_group(table_rows[first - 1].cells):
        first -= 1
    return first if first <= MAX_HEADER_ROWS else 0


def _is_group(cells: list[str]) -> bool:
    """Whether a row has nothing but its first cell: the name of the rows below it."""
    return len(cells) > 2 and bool(cells[0]) and not any(cells[1:])
