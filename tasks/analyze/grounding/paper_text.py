"""A paper's text prepared for grounding: locates quotations, and gives the numbers of sentences and table rows.

A `PaperText` is built once for a paper and used for every statement about it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from papers.models import Block
from papers.numbers.normalization import comparison_key, normalize
from papers.numbers.parser import Number, parse
from papers.numbers.units import header_unit
from tasks.analyze.grounding.chinese_glossary import english_words

ARROW = " ⟶ "  # between a table row's header and the row, in the prompt and in quotations from it
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9\u4e00-\u9fff])|(?<=[。！？])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|cf|vs|etc|Fig|Figs|Eq|Eqs|Sec|Secs|Tab|Ref|Refs|resp|approx"
    r"|No|Dr|Prof|w\.r\.t|a\.k\.a|App|Alg|Thm|Prop)|\b[A-Z])\.$"
)
MAX_ABBREVIATION = 20  # characters, more than any has: a search from the sentence's start would take ever longer
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-'][A-Za-z0-9]+)*|\d+(?:[.,]\d+)*")
_STOP_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "to",
        "and",
        "or",
        "for",
        "with",
        "by",
        "from",
        "as",
        "at",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "this",
        "that",
        "these",
        "those",
        "it",
        "its",
        "we",
        "our",
        "they",
        "their",
        "which",
        "can",
        "than",
        "then",
        "also",
        "such",
        "into",
        "over",
        "under",
        "between",
        "while",
        "both",
        "each",
        "all",
        "not",
        "no",
        "more",
        "most",
        "other",
        "has",
        "have",
        "had",
        "do",
        "does",
        "use",
        "used",
        "using",
        "based",
        "via",
        "per",
        "only",
        "when",
        "where",
        "how",
        "what",
        "who",
        "i.e",
        "e.g",
        "et",
        "al",
        "paper",
        "work",
    ]
)


def sentences(text: str) -> list[tuple[int, int]]:
    """(start, end) of every sentence of `text`, English or Chinese; together they cover all of it except spaces."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text[max(start, match.start() - MAX_ABBREVIATION) : match.start()]):
            continue
        spans.append((start, match.start()))
        start = match.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if text[a:b].strip()]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A crude stem that English inflections share: "improves", "improved" and "improving" have the same."""
    word = word.casefold()
    if len(word) > 5 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in (
        "ations",
        "ation",
        "ments",
        "ment",
        "ings",
        "ing",
        "ness",
        "edly",
        "ers",
        "er",
        "ed",
        "es",
        "ly",
        "s",
        "e",
    ):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)].rstrip("e")
    return word


@lru_cache(maxsize=40_000)
def word_stems(text: str) -> frozenset[str]:
    """The stems of a text's words; for Chinese, of their glossary translations, and all pairs of characters."""
    normalized = normalize(text).text
    stems = set()
    for word in _WORD.findall(normalized):
        if not word[0].isdigit() and word.casefold() not in _STOP_WORDS:
            stems.add(stem(word))
            stems.update(stem(part) for part in re.split(r"[-']", word) if len(part) > 2)
    stems.update(stem(word) for word in english_words(normalized))
    for characters in re.findall(r"[\u4e00-\u9fff]{2,}", normalized):
        stems.update(characters[i : i + 2] for i in range(len(characters) - 1))
    return frozenset(stems)


def _cells(row: str) -> list[str]:
    parts = [part.strip() for part in row.split("|")]
    if parts and not parts[0]:
        parts = parts[1:]
    return parts[:-1] if parts and not parts[-1] else parts


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
        return [(comparison_key(f"{block.header or ''}{ARROW}{block.text}"), block) for block in self.blocks]

    @cached_property
    def _key_by_id(self) -> dict[str, str]:
        return {block.id: key for key, block in self.block_keys}

    @cached_property
    def full_text_key(self) -> str:
        """The comparison key of the listing and all blocks, in which names have to occur."""
        return "\n".join([comparison_key(self.listing), *(text for text, _ in self.block_keys)])

    @cached_property
    def full_text_key_without_hyphens(self) -> str:
        """The same without hyphens, since line breaks and spelling habits put them anywhere."""
        return self.full_text_key.replace("-", "")

    @cached_property
    def full_text_lines(self) -> list[str]:
        """`full_text_key` by line: that of the listing and that of each block."""
        return self.full_text_key.split("\n")

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
        pieces = [piece for part in re.split(r"\.\.\.+|…|\[\.\.\.\]", quote) if (piece := comparison_key(part))]
        if not pieces:
            return None
        named_block = self.by_id.get((block_id or "").strip(" []"))
        if named_block is not None and _contains_in_order(self._key_by_id[named_block.id], pieces):
            return named_block
        if sum(map(len, pieces)) < 12:
            return None
        return next((block for text, block in self.block_keys if _contains_in_order(text, pieces)), None)

    # --- numbers ---------------------------------------------------------------------------------------------------

    def numbers_in(self, quote: str, block: Block) -> list[Number]:
        """The numbers of a quotation from `block`; for a table row also with the unit of their column or caption."""
        numbers = list(parse(quote, inner=True).numbers)
        if block.kind != "table_row":
            return numbers
        quote_key, row_numbers = comparison_key(quote), self.row_numbers(block)
        quoted = {text for text in {n.text for n in row_numbers} if comparison_key(text) in quote_key}
        return numbers + [n for n in row_numbers if n.text in quoted]

    def row_numbers(self, block: Block) -> list[Number]:
        """The numbers of a table row's cells, each with the unit of its column header or of the caption."""
        if block.id not in self._row_number_cache:
            self._row_number_cache[block.id] = list(self._parse_row(block))
        return self._row_number_cache[block.id]

    @cached_property
    def _row_number_cache(self) -> dict[str, list[Number]]:
        return {}

    def _parse_row(self, block: Block) -> Iterator[Number]:
        cells, headers = _cells(block.text), _cells(block.header or "")
        caption = self._caption_unit(block)
        units = [header_unit(header) for header in headers]
        aligned = len(headers) == len(cells)
        column_units = {unit for unit in units if unit}
        for position, cell in enumerate(cells):
            unit = units[position] if aligned else (column_units.pop() if len(column_units) == 1 else None)
            if not aligned and unit:
                column_units.add(unit)
            for number in parse(cell, inner=True).numbers:
                yield _with_unit(number, unit or caption)

    @cached_property
    def _captions(self) -> dict[str, str]:
        return {b.id.rsplit(".", 1)[0]: b.text for b in self.blocks if b.kind == "caption"} | {
            b.id: b.text for b in self.blocks if b.kind == "caption"
        }

    def caption_of(self, block: Block) -> str:
        """The caption of a table row's table, or ""."""
        return self._captions.get(block.id.rsplit(".", 1)[0], "") if block.kind == "table_row" else ""

    def _caption_unit(self, block: Block) -> tuple[str, int] | None:
        caption = self.caption_of(block)
        if re.search(
            r"\(\s*(?:in\s)?%\s*\)|\bin (?:%|percent)|\bpercentages?\b|(?:accuracy|rate|scores?)\s*\(?%|[(（]%[)）]",
            caption,
            re.IGNORECASE,
        ):
            return "percent", 1
        return None

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


def _with_unit(number: Number, unit: tuple[str, int] | None) -> Number:
    if unit is None or number.unit != "none":
        return number
    name, factor = unit
    return replace(number, alternatives=number.alternatives | {(number.value * factor, name)})
