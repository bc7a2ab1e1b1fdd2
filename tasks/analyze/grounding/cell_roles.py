"""Whether a number that a statement takes from a table belongs to the row and the column that the statement names.

A cell is refused only where the statement clearly names another line: more of its words, or its whole name where the
cell's own is not whole, and that line has another number in the cell's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from papers.numbers.parser import Number
from tasks.analyze.grounding.comparison_cues import Sense, expected_sign
from tasks.analyze.grounding.name_mentions import AxisMentions, Mention, Name, Token, tokens_of
from tasks.analyze.grounding.tables import Table

Cell = tuple[int, int]  # row and column

# What stands before the name of what something is compared with: "than", "outperforms", 比, 超过.
REFERENCE = re.compile(
    r"(?:\bthan|\bover|\babove|\bbelow|\bversus|\bvs\.?|\bagainst|\bcompared (?:to|with)|\brelative to|\bbehind"
    r"|\b(?:outperform|surpass|exceed|beat|trail|lag|top|match|overtak)(?:s|es|ed|ing|e|en)?(?: behind)?|\bfrom|\bunlike"
    r"|相比于?|相较于?|相对于?|对比|比|较|超过|超越|优于|高于|低于|高出|领先于?|落后于?|不如|不及|劣于|胜过|从)"
    r"(?:\s(?:the|that|those|its|of|on|baseline|strong|best|previous|with|by|both|all|in))*[\s\"'“(]*$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|、)?\s*(?:and|or|as well as|和|与|及|、)?\s*(?:the\s)?", re.IGNORECASE)
_SPEED = re.compile(r"\b(?:time|latency|seconds?|throughput|speed|fps|instances/s|tokens/s)\b", re.IGNORECASE)
_BETWEEN = re.compile(r"\W*(?:at|of|with|is|was|as|的|为|是|在)?\W*(?:a|an|only)?\W*", re.IGNORECASE)


class TableStatement:
    """A statement beside a table: which lines it names, and for which of its numbers."""

    def __init__(self, text: str, numbers: Sequence[Number], table: Table) -> None:
        self.text, self.numbers, self.table = text, tuple(numbers), table
        self.tokens = tokens_of(text)
        self.cell_numbers = [n for n in numbers if any(value in table.values for value, _ in n.interpretations)]
        self.rows = AxisMentions(table.row_names, self.tokens)
        names = [n if c in table.number_columns else _UNNAMED for c, n in enumerate(table.columns)]
        self.columns = AxisMentions(names, self.tokens)
        self._references = {m for axis in (self.rows, self.columns) for m in self._reference_mentions(axis.mentions)}
        self._row_places = frozenset(p for m in self.rows.mentions for p in m.places)
        self._column_places = frozenset(p for m in self.columns.mentions for p in m.places)

    def cell_meant(self, number: Number, row: int, column: int) -> Cell | None:
        """The cell that the statement means for `number`, if it is not the one at `row` and `column`; else None."""
        if "|" in self.text:
            return None  # a row as the table has it
        own_places = frozenset(i for i, t in enumerate(self.tokens) if t.end > number.start and t.start < number.end)
        ignored_rows = own_places | self.ignored_places(self.rows, number) | (self._column_places - self._row_places)
        ignored_columns = (
            own_places | self.ignored_places(self.columns, number) | (self._row_places - self._column_places)
        )
        meant_row = self._line_meant(
            self.rows, row, ignored_rows, [(r, column) for r in range(len(self.table.rows))], number
        )
        cells = [(row if meant_row is None else meant_row, c) for c in range(len(self.table.columns))]
        meant_column = self._line_meant(self.columns, column, ignored_columns, cells, number) if cells else None
        if meant_row is None and meant_column is None:
            return None
        return row if meant_row is None else meant_row, column if meant_column is None else meant_column

    def named_cells(self) -> list[Cell]:
        """The cells with a number whose row and column the statement both names in full; none if it names several."""
        if len(self.rows.mentions) > 1 or len(self.columns.mentions) != 1:
            return []
        (column,) = self.columns.mentions
        rows = sorted(self.rows.mentions[0].lines) if self.rows.mentions else self.rows.lines_in_named_context()
        if any(m.places & column.places for m in self.rows.mentions):
            return []
        cells = [(r, c) for r in rows for c in sorted(column.lines)]
        return [cell for cell in cells if self.table.main_number(*cell)]

    def _line_meant(
        self, axis: AxisMentions, line: int, ignored: frozenset[int], cells: Sequence[Cell], number: Number
    ) -> int | None:
        """The line that the statement names rather than `line`; `cells` has the cell of each line."""
        own_keys, own_complete = axis.named_keys(line, ignored), axis.is_complete(line, ignored)
        best: tuple[bool, int, int] | None = None
        for other, cell in enumerate(cells):
            if other == line:
                continue
            keys = axis.named_keys(other, ignored)
            if not keys or keys < own_keys:
                continue
            complete = axis.is_complete(other, ignored)
            has_more = keys > own_keys and (complete or bool(own_keys))
            is_whole = complete and not own_complete and (keys == own_keys or not keys <= own_keys)
            if not (has_more or is_whole):
                continue
            other_number = self.table.main_number(*cell)
            if other_number is None or any(value == other_number.value for value, _ in number.interpretations):
                continue
            rank = (complete, len(keys), -other)
            best = max(best, rank) if best else rank
        return -best[2] if best else None

    def ignored_places(self, axis: AxisMentions, number: Number) -> frozenset[int]:
        """The places of the names that belong to other numbers of the statement, or are what it is compared with."""
        mentions = axis.mentions
        if len(mentions) < 2:
            return frozenset()
        if len(self.cell_numbers) >= 2 and number in self.cell_numbers:
            if len(mentions) != len(self.cell_numbers) and self._is_list(mentions):
                return frozenset()
            chosen = self._mention_of(mentions, number)
            return frozenset(p for m in mentions if not m.lines & chosen.lines for p in m.places - chosen.places)
        references = [m for m in mentions if self.is_reference(m) and not self._is_right_before(m, number)]
        if len(references) == len(mentions):
            return frozenset()
        return frozenset(p for m in references for p in m.places)

    def _is_list(self, mentions: Sequence[Mention]) -> bool:
        """Whether all names come before the numbers, or after them, so that no number is beside its name."""
        first, last = self.cell_numbers[0], self.cell_numbers[-1]
        return self.tokens[mentions[-1].last].end <= first.start or self.tokens[mentions[0].first].start >= last.end

    def _mention_of(self, mentions: Sequence[Mention], number: Number) -> Mention:
        """The name that `number` belongs to: by order where there are as many names as numbers, else the nearest."""
        if len(mentions) == len(self.cell_numbers):
            return mentions[self.cell_numbers.index(number)]
        before = [m for m in mentions if self.tokens[m.last].end <= number.start]
        after = [m for m in mentions if self.tokens[m.first].start >= number.end]
        if before and after:
            gap_after = self.text[number.end : self.tokens[after[0].first].start]
            if re.fullmatch(r"\W*(?:%|points?)?\s?(?:on|for|of|by|in|with|at)\s(?:the\s)?", gap_after):
                return after[0]
        return before[-1] if before else after[0]

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
        start = self.tokens[mention.first].start
        if REFERENCE.search(self.text[max(0, start - 60) : start]):
            return True
        end = self.tokens[mention.last].end
        return (
            bool(re.match(r"\s*(?:相比|相较|低|高)", self.text[end : end + 4]))
            and "与" in self.text[max(0, start - 2) : start]
        )

    def _is_right_before(self, mention: Mention, number: Number) -> bool:
        """Whether nothing but brackets or a small word is between the name and the number: "B (68.4)", "B's 68.4"."""
        gap = self.text[self.tokens[mention.last].end : number.start]
        return len(gap) < 20 and bool(_BETWEEN.fullmatch(gap.replace("'s", "").replace("’s", "")))


_UNNAMED = Name("", frozenset(), frozenset())
