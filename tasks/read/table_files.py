"""Tables in CSV and Markdown files as blocks, as a page's tables are."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from papers.models import Block

_SEPARATOR = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_MAX_CELL = 2_000  # characters


def csv_blocks(text: str, caption: str) -> list[Block]:
    """The rows of a CSV or TSV text under its first row, which names the columns; the caption comes first.

    Raises ValueError for a text without a row below the first.
    """
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text[:8_000], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    rows = [row for row in csv.reader(io.StringIO(text), dialect) if any(cell.strip() for cell in row)]
    if len(rows) < 2:
        raise ValueError("a table needs a row of column names and at least one more row")
    return _table_blocks("T1", caption, rows[0], rows[1:])


def markdown_blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text: its paragraphs as `p1`, `p2`, and the rows of its tables as `T1.r1`, `T1.r2`.

    The paragraph right before a table is its caption.
    """
    blocks: list[Block] = []
    paragraphs = tables = 0
    for part in re.split(r"\n\s*\n", text):
        lines = [line for line in part.splitlines() if line.strip()]
        start = next((n for n in range(1, len(lines)) if "|" in lines[n - 1] and _SEPARATOR.fullmatch(lines[n])), None)
        prose = "\n".join(lines if start is None else lines[: start - 1]).strip()
        if prose:
            paragraphs += 1
            blocks.append(Block(id=f"p{paragraphs}", kind="paragraph", section="", text=prose))
        if start is not None:
            tables += 1
            caption = blocks[-1].text if blocks and blocks[-1].kind == "paragraph" else ""
            rows = [_markdown_cells(line) for line in lines[start + 1 :]]
            blocks += _table_blocks(f"T{tables}", caption, _markdown_cells(lines[start - 1]), rows)
    return blocks


def _markdown_cells(line: str) -> list[str]:
    cells = [cell.strip().replace("\\|", "/") for cell in re.split(r"(?<!\\)\|", line.strip())]
    if cells and not cells[0]:
        cells = cells[1:]
    return cells[:-1] if cells and not cells[-1] else cells


def _table_blocks(table_id: str, caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Block]:
    """A caption, if there is one, and a block for each row."""
    blocks = [Block(id=table_id, kind="caption", section="", text=caption)] if caption else []
    for number, row in enumerate(rows, 1):
        cells = [*row, *[""] * (len(header) - len(row))]
        blocks.append(
            Block(
                id=f"{table_id}.r{number}",
                kind="table_row",
                section="",
                text=_row_text(cells),
                header=_row_text(header),
            )
        )
    return blocks


def _row_text(cells: Sequence[str]) -> str:
    plain = (" ".join(cell.replace("|", "/").replace("**", "").split())[:_MAX_CELL] for cell in cells)
    return f"| {' | '.join(plain)} |"
