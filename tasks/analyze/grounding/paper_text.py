"""A paper's text prepared for grounding: locates quotations, and gives the numbers of sentences and table rows.

A `PaperText` is built once for a paper and used for every statement about it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from papers.models import Block
from papers.numbers.normalization import UNKNOWN_UNIT, comparison_key
from papers.numbers.parser import Number, parse
from tasks.analyze.grounding.tables import Table, split_cells, table_of_blocks
from tasks.analyze.grounding.words import word_stems

ARROW = " ⟶ "  # between a table row's header and the row, in the prompt and in quotations from it
# It begins with the sign, not with a look behind for it: then only signs are tried, and not every character.
_SENTENCE_END = re.compile(r"[.!?。！？](?:(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9\u4e00-\u9fff])|(?<=[。！？]))")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|cf|vs|etc|Fig|Figs|Eq|Eqs|Sec|Secs|Tab|Ref|Refs|resp|approx"
    r"|No|Dr|Prof|w\.r\.t|a\.k\.a|App|Alg|Thm|Prop)|\b[A-Z])\.$"
)
MAX_ABBREVIATION = 20  # characters, more than any has: a search from the sentence's start would take ever longer


_ELLIPSIS = re.compile(r"\[\.\.\.\]|\.\.\.+|…")
_NUMBER_AT_EDGE = re.compile(r"^[\s.,+−-]*\d|\d[.,]?\s*$")  # it may be cut off


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence of `text`, English or Chinese; together they cover all of it except spaces."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.start() + 1  # after the sign
        if match[0][0] == "." and _ABBREVIATION.search(text[max(start, end - MAX_ABBREVIATION) : end]):
            continue
        spans.append((start, end))
        start = match.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if text[a:b].strip()]


@dataclass(frozen=True)
class Window:
    """A unit of text that can be evidence for a claim: a sentence, or a table row with its header and caption."""

    block: Block
    text: str
    context: str  # header, caption and section of a row; empty for a sentence


class PaperText:
    """The blocks of a paper and the facts of its listing (`listing`: title, abstract, keywords, links)."""

    def __init__(self, blocks: Sequence[Block], listing: str = "") -> None:
        self.blocks = tuple(blocks)
        self.listing = listing
        self.by_id = {block.id: block for block in self.blocks}

    # --- quotations ------------------------------------------------------------------------------------------------

    @cached_property
    def block_keys(self) -> list[tuple[str, Block]]:
        """(comparison key, block) for every block."""
        return [(self.key(block), block) for block in self.blocks]

    @staticmethod
    def key(block: Block) -> str:
        """The comparison key of a block; that of a table row begins with its header's."""
        return comparison_key(f"{block.header or ''}{ARROW}{block.text}")

    @cached_property
    def full_text_key(self) -> str:
        """The comparison key of the listing and all blocks, in which names have to occur."""
        return "\n".join([comparison_key(self.listing), *(text for text, _ in self.block_keys)])

    @cached_property
    def full_text_key_without_hyphens(self) -> str:
        """The same without hyphens, since line breaks and spelling habits put them anywhere."""
        return self.full_text_key.replace("-", "")

    def block_with(self, pattern: re.Pattern[str], example: str) -> Block | None:
        """A block whose comparison key has a match of `pattern`, or None.

        Blocks that have the `example` word for word are tried first, since to make the keys of all blocks takes time.
        """
        likely = (block for block in self.blocks if example in block.text and pattern.search(self.key(block)))
        return next(likely, None) or next((block for key, block in self.block_keys if pattern.search(key)), None)

    @cached_property
    def scores_by_statement(self) -> dict[str, list[float]]:
        """For each statement, how well each window matches it; filled by `number_check`."""
        return {}

    @cached_property
    def grounded_by_statement(self) -> dict[str, dict[int, Counter[int]]]:
        """For each statement and each window that may match it, where the statement's numbers begin that the window
        contains; filled by `number_check`.
        """
        return {}

    def locate(self, quote: str, block_id: str | None = None) -> Block | None:
        """The block that contains `quote` word for word: the one with `block_id`, else the first; None without any.

        Spaces, dashes, quotation marks and emphasis may differ, and an ellipsis may replace words. A quotation of a
        few characters is only accepted in the block with `block_id`.
        """
        pieces = [piece for part in _ELLIPSIS.split(quote) if (piece := comparison_key(part))]
        if not pieces:
            return None
        named_block = self.by_id.get((block_id or "").strip(" []"))
        if named_block is not None and _contains_in_order(self.key(named_block), pieces):
            return named_block
        if sum(map(len, pieces)) < 12:
            return None
        return next((block for text, block in self.block_keys if _contains_in_order(text, pieces)), None)

    # --- numbers ---------------------------------------------------------------------------------------------------

    def numbers_in(self, quote: str, block: Block) -> list[Number]:
        """The numbers of a quotation from `block`; for a table row also with the unit of their column or caption."""
        if block.kind == "table_row" and (cells := self._quoted_cells(quote, block)):
            return [number for cell in cells for number in cell]
        numbers = list(parse(quote, inner=True).numbers)
        if any(_NUMBER_AT_EDGE.search(part) for part in _ELLIPSIS.split(quote)):  # "1%" is in "58.61%"
            values = {value for n in self._block_numbers(block) for value, _ in n.interpretations}
            numbers = [n for n in numbers if n.value in values]
        if UNKNOWN_UNIT in block.text:  # a model may copy the passage without the sign
            unknown = {n.value for n in self._block_numbers(block) if n.unit == "unknown"}
            numbers = [
                replace(n, unit="unknown", alternatives=frozenset()) if n.value in unknown else n for n in numbers
            ]
        if block.kind != "table_row":
            return numbers
        quote_key, row_numbers = comparison_key(quote), self.row_numbers(block)
        quoted = {text for text in {n.text for n in row_numbers} if comparison_key(text) in quote_key}
        return numbers + [n for n in row_numbers if n.text in quoted]

    def _block_numbers(self, block: Block) -> list[Number]:
        header = parse(block.header or "", inner=True).numbers
        cells = self.row_numbers(block) if block.kind == "table_row" else []
        return [*parse(block.text, inner=True).numbers, *header, *cells]

    def _quoted_cells(self, quote: str, block: Block) -> list[tuple[Number, ...]]:
        """The numbers of each quoted cell, if the quotation is whole cells of the row; else none."""
        table, row = self.table_row(block)
        texts = set(split_cells(quote))
        if not texts <= set(table.rows[row].texts):
            return []
        return [cell for text, cell in zip(table.rows[row].texts, table.rows[row].cells, strict=True) if text in texts]

    def row_numbers(self, block: Block) -> list[Number]:
        """The numbers of a table row's cells, each with the unit of its column header or of the caption."""
        table, row = self.table_row(block)
        return [number for cell in table.rows[row].cells for number in cell]

    def table_row(self, block: Block) -> tuple[Table, int]:
        """The table that a table row belongs to, and the row's index in it."""
        if block.id not in self._row_places:
            return table_of_blocks([block], self.caption_of(block)), 0
        number, index = self._row_places[block.id]
        return self._table(number), index

    @property
    def tables(self) -> list[Table]:
        """The tables, in order."""
        return [self._table(number) for number in range(len(self._table_blocks))]

    def _table(self, number: int) -> Table:
        if number not in self._built_tables:
            blocks = self._table_blocks[number]
            self._built_tables[number] = table_of_blocks(blocks, self.caption_of(blocks[0]))
        return self._built_tables[number]

    @cached_property
    def _built_tables(self) -> dict[int, Table]:
        return {}

    @cached_property
    def _table_blocks(self) -> list[list[Block]]:
        """The rows of each table; the rows under another header of the same table are a table of their own."""
        groups: dict[tuple[str, str | None], list[Block]] = {}
        for block in self.blocks:
            if block.kind == "table_row":
                groups.setdefault((block.id.rsplit(".", 1)[0], block.header), []).append(block)
        return list(groups.values())

    @cached_property
    def _row_places(self) -> dict[str, tuple[int, int]]:
        """For each row's block the number of its table and its index in it."""
        return {
            block.id: (number, index)
            for number, blocks in enumerate(self._table_blocks)
            for index, block in enumerate(blocks)
        }

    @cached_property
    def _captions(self) -> dict[str, str]:
        return {b.id.rsplit(".", 1)[0]: b.text for b in self.blocks if b.kind == "caption"} | {
            b.id: b.text for b in self.blocks if b.kind == "caption"
        }

    def caption_of(self, block: Block) -> str:
        """The caption of a table row's table, or ""."""
        return self._captions.get(block.id.rsplit(".", 1)[0], "") if block.kind == "table_row" else ""

    # --- search ----------------------------------------------------------------------------------------------------

    @cached_property
    def windows(self) -> list[Window]:
        """Every sentence and table row."""
        listing = Block(id="listing", kind="paragraph", section="", text=self.listing)
        windows = [Window(listing, self.listing[a:b], "") for a, b in sentences(self.listing)]
        for block in self.blocks:
            if block.kind == "table_row":
                windows.append(
                    Window(block, block.text, f"{block.header or ''} {self.caption_of(block)} {block.section}")
                )
            elif block.kind != "heading":
                windows += [Window(block, block.text[a:b], "") for a, b in sentences(block.text)]
        return windows

    @cached_property
    def window_words(self) -> list[frozenset[str]]:
        """For each window the word stems by which it is searched."""
        return [word_stems(w.text) | word_stems(w.context) for w in self.windows]

    @cached_property
    def window_numbers(self) -> list[list[Number]]:
        """For each window the numbers in it."""
        return [self.numbers_in(w.text, w.block) for w in self.windows]

    @cached_property
    def rarity(self) -> dict[str, float]:
        """The weight of each word: the fewer windows contain it, the higher."""
        counts = Counter(word for words in self.window_words for word in words)
        return {word: math.log(1 + len(self.windows) / count) for word, count in counts.items()}


def _contains_in_order(text: str, pieces: list[str]) -> bool:
    position = 0
    for piece in pieces:
        position = text.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True
