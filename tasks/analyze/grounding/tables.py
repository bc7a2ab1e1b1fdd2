"""Tables as grounding sees them: the names of rows and columns, and each cell's numbers with their units."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache

from papers.models import Block
from papers.numbers.parser import Number, parse
from papers.numbers.units import header_unit
from tasks.analyze.grounding.name_mentions import Name, NameIndex, name_of

Unit = tuple[str, int]  # a unit and a scale
NO_NAME = Name("", frozenset(), frozenset())

_WORDS = re.compile(r"[A-Za-z]{2}|[\u4e00-\u9fff]")
_NUMERIC = re.compile(r"[\s($~≈<>±+−–*\\{}a-z-]*\d[\d.,]*\s*(?:%|\\%|[xX×kKmMbBsS])?\W*(?:[±(\\^_†‡*].*|\$?\s*)$")
_MARKS = re.compile(r"\[(?:BOLD|ITALIC|EMPTY|CONTINUE|UNDERLINE)\]|\*\*|__|</?(?:b|i|u|em|strong)>")
_SLASHES = re.compile(r"\s*-?\d[\d.,]*(?:\s*/\s*-?\d[\d.,]*){1,3}\s*")
_PLAIN_DECIMALS = re.compile(
    r"(-?\d{1,3}(?:\.\d{1,6})?)[*∗]{0,3}(?: ?± ?(\d{1,3}(?:\.\d{1,6})?)| \(([-+]?\d{1,3}(?:\.\d{1,6})?)\))?", re.ASCII
)
_DIGIT = re.compile(r"\d")
_ORDINAL = re.compile(r"^\(\d{1,2}\)\s+")  # "(5) Married": the column's number
_CAPTION_PERCENT = re.compile(
    r"\(\s*(?:in\s)?%\s*\)|\bin (?:%|percent)|\bpercentages?\b|(?:accuracy|rate|scores?)\s*\(?%|[(（]%[)）]",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Row:
    """A row: its name, and for each column the cell's text and its numbers."""

    name: Name
    texts: tuple[str, ...]
    cells: tuple[tuple[Number, ...], ...]
    block_id: str | None = None
    group: str = ""  # the label of the rows that it is among


@dataclass(frozen=True)
class Table:
    """A table, or the part of one under a repeated header. `columns` is empty if the columns have no known names."""

    caption: str
    columns: tuple[Name, ...]
    rows: tuple[Row, ...]
    label_columns: int = 1
    headers: tuple[str, ...] = ()  # the columns' headers as written, with arrows and units

    @cached_property
    def interpretations(self) -> frozenset[tuple[Fraction, str]]:
        """The values of all cells with their units."""
        return frozenset(
            interpretation
            for row in self.rows
            for cell in row.cells[self.label_columns :]
            for n in cell
            for interpretation in n.interpretations
        )

    @cached_property
    def values(self) -> frozenset[Fraction]:
        """The values of all cells."""
        return frozenset(
            value
            for row in self.rows
            for cell in row.cells[self.label_columns :]
            for n in cell
            for value in (n.value, *(value for value, _ in n.alternatives))
        )

    @cached_property
    def row_names(self) -> tuple[Name, ...]:
        """The names of the rows, in order; a row without a number, such as the label of a group, counts as unnamed."""
        return tuple(row.name if any(row.cells[self.label_columns :]) else NO_NAME for row in self.rows)

    @cached_property
    def number_columns(self) -> tuple[int, ...]:
        """The columns that have numbers in them and a name, the labels excepted."""
        return tuple(
            c
            for c in range(self.label_columns, len(self.columns))
            if any(c < len(row.cells) and row.cells[c] for row in self.rows)
        )

    @cached_property
    def row_index(self) -> NameIndex:
        """The names of the rows, for `AxisMentions`."""
        return NameIndex(self.row_names)

    @cached_property
    def column_index(self) -> NameIndex:
        """The names of the columns that have numbers, for `AxisMentions`."""
        return NameIndex([n if c in self.number_columns else NO_NAME for c, n in enumerate(self.columns)])

    def main_number(self, row: int, column: int) -> Number | None:
        """The first number of a cell: the 52.6 of "52.6 ± 8.2"; None for an empty cell and for words."""
        cells = self.rows[row].cells
        if column >= len(cells) or not cells[column] or not _NUMERIC.match(self.rows[row].texts[column]):
            return None
        return cells[column][0]

    def slots(self, row: int, column: int) -> tuple[Fraction, ...]:
        """The values of a cell that has several side by side, "70.46/78.98"; of any other its one value, or none."""
        cells, texts = self.rows[row].cells, self.rows[row].texts
        if column < len(cells) and _SLASHES.fullmatch(texts[column]):
            return tuple(n.value for n in cells[column])
        number = self.main_number(row, column)
        return (number.value,) if number else ()

    def describe(self, row: int, column: int) -> str:
        """A cell in words, for a report: "RDD, NQ: 40.7"."""
        names = [self.rows[row].name.text, self.columns[column].text if column < len(self.columns) else ""]
        return f"{', '.join(n for n in names if n)}: {self.rows[row].texts[column]}"


def split_cells(row: str) -> list[str]:
    """The cells of a row written as `| a | b |`; a minus sign in a formula of its own is joined to its number."""
    parts = [part.strip() for part in row.replace("$-$", "-").split("|")]
    if parts and not parts[0]:
        parts = parts[1:]
    return parts[:-1] if parts and not parts[-1] else parts


def caption_unit(caption: str) -> Unit | None:
    """The unit that a caption gives to a table's cells."""
    return ("percent", 1) if _CAPTION_PERCENT.search(caption) else None


def table_of_blocks(blocks: Sequence[Block], caption: str) -> Table:
    """The table of rows that have the same header."""
    header = split_cells(blocks[0].header or "")
    return _build(caption, header, [split_cells(b.text) for b in blocks], [b.id for b in blocks])


def table_of(caption: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """The table of a caption, column headers and rows of cells; the first rows may be headers too."""
    plain_rows = [_without_repeats([plain_cell(text) for text in cells]) for cells in rows]
    joined_header, body = _with_second_header([plain_cell(text) for text in header], plain_rows)
    return _build(caption, joined_header, body, [None] * len(body))


def _build(
    caption: str, header: Sequence[str], rows: Sequence[Sequence[str]], block_ids: Sequence[str | None]
) -> Table:
    """The table; a row with nothing but its first cell names the group of the rows below it."""
    units, unit = [header_unit(text) for text in header], caption_unit(caption)
    parsed = [_parse_cells(cells, units, unit) for cells in rows]
    label_columns = _count_label_columns(rows)
    distinct = [len({cells[c] for cells in rows if c < len(cells)}) for c in range(label_columns)]
    main_label = max(range(label_columns), key=lambda c: (distinct[c], -c))
    table_rows: list[Row] = []
    group = ""
    for cells, numbers, block_id in zip(rows, parsed, block_ids, strict=True):
        is_group = bool(cells) and bool(cells[0]) and not any(cells[1:]) and len(cells) > 1
        if is_group:
            group = cells[0]
        labels = list(cells[:label_columns])
        name = labels.pop(main_label) if main_label < len(labels) else ""
        name = name or next((label for label in labels if label), "")
        context = "" if is_group else " ".join([*(label for label in labels if label != name), group])
        table_rows.append(Row(name_of(name, context), tuple(cells), numbers, block_id, group))
    return Table(caption, column_names(header), tuple(table_rows), label_columns, tuple(header))


def column_names(header: Sequence[str]) -> tuple[Name, ...]:
    """The columns' names by their lowest headers; an upper header, which adjacent columns share, is their context."""
    words = [_ORDINAL.sub("", text).replace("- ", "-").split() for text in header]
    names = []
    for column, own in enumerate(words):
        beside = [words[c] for c in (column - 1, column + 1) if 0 <= c < len(words)]
        shared = max((_shared_words(own, other) for other in beside), default=0)
        shared = shared if shared < len(own) else 0
        names.append(name_of(" ".join(own[shared:]), " ".join(own[:shared])))
    return tuple(names)


def _shared_words(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words two headers begin with alike."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _with_second_header(header: list[str], rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The header joined with the rows below it that are headers too: they have no numbers, and the same first cell."""
    while len(rows) > 1 and header and rows[0][:1] in ([header[0]], [""]) and len(rows[0]) == len(header):
        if sum(bool(text) for text in rows[0]) < 2 or any(_NUMERIC.match(text) for text in rows[0]):
            break
        header = [a if a == b or not b else f"{a} {b}" for a, b in zip(header, rows[0], strict=True)]
        rows = rows[1:]
    return header, rows


def plain_cell(text: str) -> str:
    """A cell's or a claim's text without marks of emphasis."""
    return " ".join(_MARKS.sub(" ", text).split())


def _without_repeats(cells: list[str]) -> list[str]:
    """A row whose cells all say the same is a label that spans them."""
    distinct = {text for text in cells if text}
    is_label = len(distinct) == 1 and sum(map(bool, cells)) > 2 and not _NUMERIC.match(min(distinct))
    return [min(distinct), *[""] * (len(cells) - 1)] if is_label else cells


def _count_label_columns(rows: Sequence[Sequence[str]]) -> int:
    """How many of the first columns hold names: the first, and those after it that are mostly words."""
    width = max((len(cells) for cells in rows), default=1)
    count = 1
    while count < width - 1:
        texts = [cells[count] for cells in rows if count < len(cells)]
        numbers = sum(bool(_NUMERIC.match(text)) for text in texts)
        words = sum(bool(_WORDS.search(text)) and not _NUMERIC.match(text) for text in texts)
        if words <= numbers:
            break
        count += 1
    return count


def _parse_cells(
    cells: Sequence[str], units: Sequence[Unit | None], unit_of_caption: Unit | None
) -> tuple[tuple[Number, ...], ...]:
    """Each cell's numbers, with the unit of their column's header, else of the caption."""
    is_aligned = len(units) == len(cells)
    only_units = {unit for unit in units if unit}
    only_unit = next(iter(only_units)) if len(only_units) == 1 else None
    return tuple(
        tuple(
            with_unit(number, (units[column] if is_aligned else only_unit) or unit_of_caption)
            for number in _numbers_of_cell(cell)
        )
        for column, cell in enumerate(cells)
    )


@lru_cache(maxsize=20_000)
def _numbers_of_cell(cell: str) -> Sequence[Number]:
    """The numbers of a cell; a decimal with a spread or stars, or a cell without digits, needs no parser."""
    if match := _PLAIN_DECIMALS.fullmatch(cell):
        return tuple(
            Number(digits, Fraction(digits), "none", *match.span(group))
            for group, digits in enumerate(match.groups(), 1)
            if digits
        )
    return parse(cell, inner=True).numbers if _DIGIT.search(cell) else ()


def with_unit(number: Number, unit: Unit | None) -> Number:
    """A number of a cell, which may also be read in the `unit` of its column."""
    if unit is None or number.unit != "none":
        return number
    name, factor = unit
    return replace(number, alternatives=number.alternatives | {(number.value * factor, name)})
