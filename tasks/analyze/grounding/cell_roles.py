"""Whether a number that a statement takes from a table belongs to the row and the column that the statement names.

A cell is refused only where the statement clearly names another line: more of its words, or its whole name where the
cell's own is not whole, and that line has another number in the cell's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from papers.numbers.parser import Number
from tasks.analyze.grounding.comparison_cues import SUPERLATIVE, Sense, expected_sign, superlative_of
from tasks.analyze.grounding.name_mentions import AxisMentions, Mention, tokens_of
from tasks.analyze.grounding.tables import Table

Cell = tuple[int, int]  # row and column

# What stands before the name of what something is compared with: "than", "outperforms", 比, 超过.
REFERENCE = re.compile(
    r"(?:\bthan|\bover|\babove|\bbelow|\bversus|\bvs\.?|\bagainst|\bcompared (?:to|with)|\brelative to|\bbehind"
    r"|\b(?:outperform|surpass|exceed|beat|trail|lag|top|match|overtak)(?:s|es|ed|ing|e|en)?(?: behind)?|\bfrom"
    r"|\bunlike"
    r"|相比于?|相较于?|相对于?|对比|比|较|超过|超越|优于|高于|低于|高出|领先于?|落后于?|不如|不及|劣于|胜过|从)"
    r"(?:\s(?:the|that|those|its|of|on|baseline|strong|best|previous|with|by|both|all|in))*[\s\"'“(]*$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|、)?\s*(?:and|or|as well as|和|与|及|、)?\s*(?:the\s)?", re.IGNORECASE)
_SPEED = re.compile(r"\b(?:time|latency|seconds?|throughput|speed|fps|instances/s|tokens/s)\b", re.IGNORECASE)
_WITH = re.compile(r"(?:与|和|同|跟)\s*$")
_COMPARED = re.compile(r"[\s)）\]”\"']*(?:相比|相较|比较|对比)")
_RATIO_OF = re.compile(
    r"[^.;。；]{0,80}?\b(?:of|as|than|to)\s(?:the\s|that\s|those\s|of\s)*", re.IGNORECASE
)  # 2.4x that of B
_OF_RATIO = re.compile(r"[A-Za-z0-9\s)）\]”\"'.+-]{0,12}?的\s*(?:约|近)?\s*")  # B 的 2.4 倍
_BETWEEN = re.compile(r"\W*(?:at|of|with|is|was|as|的|为|是|在)?\W*(?:a|an|only)?\W*", re.IGNORECASE)


class TableStatement:
    """A statement beside a table: which lines it names, and for which of its numbers.

    Of several rows of one name those of `quoted_rows` are meant.
    """

    def __init__(self, text: str, numbers: Sequence[Number], table: Table, quoted_rows: Iterable[int] = ()) -> None:
        self.text, self.numbers, self.table = text, tuple(numbers), table
        self.tokens = tokens_of(text)
        barriers = [p for n in numbers if self._is_value(n) for p in self._places_in(n)]
        self.rows = AxisMentions(table.row_index, self.tokens, barriers)
        self.columns = AxisMentions(table.column_index, self.tokens, barriers)
        self.rows.prefer_exact(text, self.tokens)
        self.columns.prefer_exact(text, self.tokens)
        self._part_axes()
        if found := SUPERLATIVE.search(text):  # "ranks first" names no column "Rank"
            inside = frozenset(
                i for i, t in enumerate(self.tokens) if t.start >= found.start() and t.end <= found.end()
            )
            for axis in (self.rows, self.columns):
                axis.mentions = [m for m in axis.mentions if not (len(inside) > 1 and m.places < inside)]
        name_places = frozenset(
            p for axis in (self.rows, self.columns) for m in axis.mentions if len(m.places) > 1 for p in m.places
        )
        self.named_numbers = [n for n in numbers if self._places_in(n) & name_places]
        self.cell_numbers = [
            n
            for n in numbers
            if n not in self.named_numbers and any(value in table.values for value, _ in n.interpretations)
        ]
        values = frozenset(p for n in self.cell_numbers for p in self._places_in(n))
        self.rows.without(values)
        self.columns.without(values)
        quoted = frozenset(quoted_rows)
        self.rows.mentions = [
            replace(m, lines=m.lines & quoted) if len(m.lines) > 1 and m.lines & quoted else m
            for m in self.rows.mentions
        ]

    @cached_property
    def _references(self) -> set[Mention]:
        """The names of what something is compared with."""
        return {m for axis in (self.rows, self.columns) for m in self._reference_mentions(axis.mentions)}

    def _places_in(self, number: Number) -> frozenset[int]:
        """The places of the number's digits, or of its words, without its unit's."""
        places = [i for i, t in enumerate(self.tokens) if t.end > number.start and t.start < number.end]
        digits = [i for i in places if any(map(str.isdigit, self.text[self.tokens[i].start : self.tokens[i].end]))]
        return frozenset(digits or places)

    def _is_value(self, number: Number) -> bool:
        """Whether a number is surely a value and no part of a name: a decimal that is in the table, by itself."""
        is_apart = not re.search(r"[A-Za-z-]\s?$", self.text[: number.start])
        is_decimal = "." in number.text or number.unit != "none"
        return is_apart and is_decimal and any(value in self.table.values for value, _ in number.interpretations)

    def _part_axes(self) -> None:
        """Where a row's name and a column's overlap, keep the one that has more weight, or both if they are equal."""
        for row in list(self.rows.mentions):
            for column in list(self.columns.mentions):
                if not row.places & column.places or row.places == column.places:
                    continue
                if len(self.rows.mentions) > 1 and row.places <= column.places - column.core:
                    self.rows.mentions = [m for m in self.rows.mentions if m is not row]  # "LPIPS (Per-image metrics)"
                    break
                if not row.core & column.core:
                    self._replace(self.rows, row, row.places - column.core)
                    self._replace(self.columns, column, column.places - row.core)
                    break
                if (row.is_complete, len(row.places)) >= (column.is_complete, len(column.places)):
                    self.columns.mentions = [m for m in self.columns.mentions if m is not column]
                else:
                    self.rows.mentions = [m for m in self.rows.mentions if m is not row]
                    break

    @cached_property
    def text_without_names(self) -> str:
        """The statement with the names of rows and columns masked, of the same length: "Max" may be a column."""
        characters = list(self.text)
        mentions = [m for axis in (self.rows, self.columns) for m in axis.mentions if m.is_complete]
        for place in {p for m in mentions for p in m.places}:
            token = self.tokens[place]
            characters[token.start : token.end] = "_" * (token.end - token.start)
        return "".join(characters)

    @cached_property
    def superlative(self) -> tuple[str, int, int] | None:
        """The superlative that the statement has outside the names of rows and columns: "Max" may be a column."""
        named_places = {p for axis in (self.rows, self.columns) for m in axis.mentions for p in m.places}

        def is_name(start: int, end: int) -> bool:
            places = {place for place, t in enumerate(self.tokens) if t.start >= start and t.end <= end}
            return bool(places) and places <= named_places

        return superlative_of(self.text, is_name)

    def _replace(self, axis: AxisMentions, mention: Mention, places: frozenset[int]) -> None:
        axis.mentions = [replace(m, places=places) if m is mention else m for m in axis.mentions]

    def cell_meant(self, number: Number, row: int, column: int) -> Cell | None:
        """The cell that the statement means for `number`, if it is not the one at `row` and `column`; else None."""
        if "|" in self.text:
            return None  # a row as the table has it
        rows = self._lines_meant(self.rows, row, number)
        columns = self._lines_meant(self.columns, column, number)
        if (
            columns
            and len(self.columns.mentions) == 1
            and len(self.rows.mentions) <= 1
            and self._is_taken(columns, row)
        ):
            columns = None  # the column that is named is that of another number
        if rows is None and columns is None:
            return None
        for r in [row] if rows is None else rows:
            for c in [column] if columns is None else columns:
                other = self.table.main_number(r, c)
                if other is not None and not any(value == other.value for value, _ in number.interpretations):
                    return r, c
        return None

    def _is_taken(self, columns: Sequence[int], row: int) -> bool:
        """Whether another number of the statement is in one of the row's cells at `columns`."""
        values = {n.value for c in columns if (n := self.table.main_number(row, c))}
        return len(self.cell_numbers) > 1 and any(v in values for n in self.cell_numbers for v, _ in n.interpretations)

    def _lines_meant(self, axis: AxisMentions, line: int, number: Number) -> list[int] | None:
        """The lines that the statement names for the number, if `line` is not among them; else None."""
        mentions = self._mentions_for(axis.mentions, number)
        lines = sorted({line for m in mentions for line in m.lines})
        return lines if lines and line not in lines else None

    def _mentions_for(self, mentions: Sequence[Mention], number: Number) -> Sequence[Mention]:
        """The names that may belong to the number."""
        if len(mentions) < 2:
            return mentions
        if len(self.cell_numbers) >= 2 and number in self.cell_numbers:
            if len(mentions) == len(self.cell_numbers):
                return [mentions[self.cell_numbers.index(number)]]
            if len(mentions) < len(self.cell_numbers):
                bound = self._bound_mentions(mentions)
                return [bound[number]] if number in bound else []
            return mentions if self._is_list(mentions) else [self._nearest(mentions, number)]
        others = [m for m in mentions if m not in self._references or self._is_right_before(m, number)]
        return others or mentions

    def _bound_mentions(self, mentions: Sequence[Mention]) -> dict[Number, Mention]:
        """Fewer names than numbers: each name with the number that is nearest to it."""
        bound: dict[Number, Mention] = {}
        for mention in mentions:
            start, end = self.tokens[mention.first].start, self.tokens[mention.last].end
            free = [n for n in self.cell_numbers if n not in bound]
            bound[min(free, key=lambda n: min(abs(n.start - end), abs(start - n.end)))] = mention
        return bound

    def _is_list(self, mentions: Sequence[Mention]) -> bool:
        """Whether all names come before the numbers, or after them, so that no number is beside its name."""
        first, last = self.cell_numbers[0], self.cell_numbers[-1]
        return self.tokens[mentions[-1].last].end <= first.start or self.tokens[mentions[0].first].start >= last.end

    def _nearest(self, mentions: Sequence[Mention], number: Number) -> Mention:
        """The name before the number, or the one after it if only a preposition is between."""
        before = [m for m in mentions if self.tokens[m.last].end <= number.start]
        after = [m for m in mentions if self.tokens[m.first].start >= number.end]
        if before and after:
            gap_after = self.text[number.end : self.tokens[after[0].first].start]
            if re.fullmatch(r"\W*(?:%|points?)?\s?(?:on|for|of|by|in|with|at)\s(?:the\s)?", gap_after):
                return after[0]
        return before[-1] if before else after[0]

    def cells_for(self, number: Number) -> list[Cell]:
        """The cells of the row and the column that the statement names for the number."""
        rows = sorted({r for m in self._mentions_for(self.rows.mentions, number) for r in m.lines})
        columns = sorted({c for m in self._mentions_for(self.columns.mentions, number) for c in m.lines})
        if rows and not columns and len(self.table.number_columns) == 1:
            columns = list(self.table.number_columns)
        return [(r, c) for r in rows for c in columns]

    def words_of_names(self, number: Number) -> int:
        """How many words of the statement are in the longest names of the number's row and column."""
        axes = [self._mentions_for(axis.mentions, number) for axis in (self.rows, self.columns)]
        return sum(max((len(m.places) for m in mentions), default=0) for mentions in axes)

    def names_in_full(self, number: Number) -> bool:
        """Whether the statement names both the row and the column of the number in full, and each of them once."""
        mentions_by_axis = [self._mentions_for(axis.mentions, number) for axis in (self.rows, self.columns)]
        return all(len(mentions) == 1 and mentions[0].is_complete for mentions in mentions_by_axis)

    def sign_of(self, sense: Sense, label: str) -> tuple[int, bool]:
        """`expected_sign` for the metric called `label`, or for that of the caption where the label does not say."""
        sign, is_certain = expected_sign(sense, label)
        if is_certain:
            return sign, True
        caption = self.table.caption
        if sense in ("faster", "slower"):
            caption = " ".join(_SPEED.findall(caption))
        return expected_sign(sense, f"{label} {caption}")

    def is_reference(self, mention: Mention) -> bool:
        """Whether a name is what something is compared with."""
        return mention in self._references

    def _reference_mentions(self, mentions: Sequence[Mention]) -> Iterator[Mention]:
        """The names after "than" or "outperforms", and those joined to them by "and"."""
        last: Mention | None = None
        for mention in mentions:
            start = self.tokens[mention.first].start
            is_joined = last is not None and _AND.fullmatch(self.text[self.tokens[last.last].end : start])
            if is_joined or self._follows_comparison(mention):
                yield mention
                last = mention
            else:
                last = None

    def _follows_comparison(self, mention: Mention) -> bool:
        start, end = self.tokens[mention.first].start, self.tokens[mention.last].end
        before, after = self.text[max(0, start - 60) : start], self.text[end : end + 12]
        if REFERENCE.search(before) or (_WITH.search(before) and _COMPARED.match(after)):
            return True
        ratios = [n for n in self.numbers if n.unit == "times"]
        return any(
            (n.end <= start and _RATIO_OF.fullmatch(self.text[n.end : start]))
            or (end <= n.start and _OF_RATIO.fullmatch(self.text[end : n.start]))
            for n in ratios
        )

    def _is_right_before(self, mention: Mention, number: Number) -> bool:
        """Whether nothing but brackets or a small word is between the name and the number: "B (68.4)", "B's 68.4"."""
        gap = self.text[self.tokens[mention.last].end : number.start]
        return len(gap) < 20 and bool(_BETWEEN.fullmatch(gap.replace("'s", "").replace("’s", "")))
