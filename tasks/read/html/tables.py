"""The rows of a LaTeXML table, whether it is built of `table` or of `span` elements: cells and column headers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from selectolax.lexbor import LexborNode

from papers.numbers.superscripts import MARKS
from tasks.read.html.latexml import classes, normalize_text, split_classes

MAX_SPAN = 40  # columns or rows that one cell may span; larger values on pages are mistakes
MAX_REPEATED = 80  # characters of a cell that is repeated in the further rows that it spans
MAX_HEADER_ROWS = 4
NUMBER = re.compile(
    rf"[\s$~≈<>±+−–-]*\d[\d.,]*+(?:\^-?\d+|{MARKS})?\s*+(?:%|\\%|[xX×kKmMbBsS])?(?:\s*[±(\\].*|\$?\s*)$"
)
SPAN_CLASS = re.compile(r"\bltx_(col|row)span_(\d{1,4})(?!\S)")  # of a cell in a table of spans
ROW_GROUPS = frozenset({"tbody", "thead", "tfoot", "ltx_tbody", "ltx_thead", "ltx_tfoot"})
CELL_TAGS = frozenset({"td", "th"})
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
    continued: set[int] = field(default_factory=set)  # columns that the cell to the left spans too


def rows_of(table: LexborNode, branching: set[int]) -> list[Row]:
    """The rows of the table in order, without empty rows; a nested table becomes the text of its cell.

    A cell that spans columns is followed by empty cells; a cell that spans rows is repeated in each of them. Column
    headers are the rows that the page marks as headers, else the first rows without numbers if later rows have some.
    Below them, a marked row of one cell is the title of the rows that follow: the column headers stay.
    """
    table_rows = _table_rows(table, branching)
    if not any(row.is_header for row in table_rows):
        for row in table_rows[: _count_header_rows(table_rows)]:
            row.is_header = True
    rows: list[Row] = []
    header_rows: list[_TableRow] = []
    header: str | None = None
    for position, row in enumerate(table_rows):
        if not any(row.cells):
            continue
        if row.is_header:
            is_first = not position or not table_rows[position - 1].is_header
            if header is not None and _is_title(row, in_the_middle=is_first):
                row.is_header = False
                rows.append(Row(_format_row(row.cells), header))
                continue
            if is_first:
                header_rows = []
            header_rows = [*header_rows, row][-MAX_HEADER_ROWS:]
            header = _format_row(_merge_headers(header_rows))
        rows.append(Row(_format_row(row.cells), None if row.is_header else header))
    return rows


def _is_title(row: _TableRow, *, in_the_middle: bool) -> bool:
    """Whether a row marked as headers, below others, is the title of the rows that follow: one cell for all columns."""
    return (
        len(row.cells) > 1
        and sum(map(bool, row.cells)) == 1
        and (in_the_middle or (bool(row.cells[0]) and len(row.continued) == len(row.cells) - 1))
    )


def _format_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _merge_headers(rows: list[_TableRow]) -> list[str]:
    """Merge header rows into one: each column gets the texts above it, with texts that span columns repeated."""
    width = max(len(row.cells) for row in rows)
    columns: list[list[str]] = [[] for _ in range(width)]
    for depth, row in enumerate(rows):
        texts = _repeat_over_span(row, is_last=depth == len(rows) - 1)
        for column, text in zip(columns, texts, strict=False):
            if text and text not in column:
                column.append(text)
    return [" ".join(column) for column in columns]


def _repeat_over_span(row: _TableRow, *, is_last: bool) -> list[str]:
    """The cells, with each text copied into the further columns that it spans.

    A row that marks no spans is taken to write an upper header once for several columns, before empty cells.
    """
    texts = list(row.cells)
    for left, right in pairwise(range(len(texts))):
        is_spanned = right in row.continued if row.continued else bool(left) and not is_last
        if is_spanned and not texts[right]:
            texts[right] = texts[left]
    return texts


def _table_rows(table: LexborNode, branching: set[int]) -> list[_TableRow]:
    row_spans: dict[int, tuple[int, str]] = {}  # column -> (further rows that a cell above spans, its text)
    table_rows: list[_TableRow] = []
    for row in _row_elements(table):
        cells: list[str] = []
        header_marks: list[bool] = []
        continued: set[int] = set()
        for cell in row.iter():
            attributes = cell.attributes
            class_attribute = attributes.get("class") or ""
            class_names = split_classes(class_attribute)
            if "ltx_td" not in class_names and cell.tag not in CELL_TAGS:
                continue
            if row_spans:
                _fill_row_spans(cells, row_spans)
            text = cell_text(cell, branching)
            cells.append(text)
            if text and not (len(cells) == 1 and "ltx_th_row" in class_names and "ltx_th_column" not in class_names):
                header_marks.append("ltx_th_column" in class_names)
            if "colspan" in attributes or "rowspan" in attributes or "span_" in class_attribute:
                first = len(cells)
                _apply_spans(cells, row_spans, *_spans(attributes, class_attribute))
                continued.update(range(first, len(cells)))
        if row_spans:
            _fill_row_spans(cells, row_spans)
        table_rows.append(_TableRow(cells, bool(header_marks) and all(header_marks), continued))
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
        if "ltx_tr" in class_names or child.tag == "tr":
            rows.append(child)
        elif child.tag in ROW_GROUPS or not ROW_GROUPS.isdisjoint(
            class_names
        ):  # the parser adds a `tbody` that the page omits
            rows += [row for row in child.iter() if "ltx_tr" in classes(row) or row.tag == "tr"]
    return rows


def _spans(attributes: dict[str, str | None], class_attribute: str) -> tuple[int, int]:
    """How many columns and rows a cell spans, by its attributes or, in a table of spans, its classes."""
    spans = dict(SPAN_CLASS.findall(class_attribute)) if "span_" in class_attribute else {}
    columns, rows = attributes.get("colspan"), attributes.get("rowspan")
    return _parse_span(columns or spans.get("col")), _parse_span(rows or spans.get("row"))


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
