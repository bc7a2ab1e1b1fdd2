"""A paper's text made ready for grounding: where a quotation stands, which numbers a stretch of text holds.

Built once for a paper and used for every statement about it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from papers.models import Block
from papers.numbers.normalization import spell, squeeze
from papers.numbers.parser import Number, parse
from papers.numbers.units import header_unit
from tasks.analyze.grounding.chinese_glossary import stems_of_chinese

ARROW = " ⟶ "  # between a table row's header and the row, in the prompt and in what is quoted from it
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9\u4e00-\u9fff])|(?<=[。！？])")
_NO_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|et al|cf|vs|etc|Fig|Figs|Eq|Eqs|Sec|Secs|Tab|Ref|Refs|resp|approx"
    r"|No|Dr|Prof|w\.r\.t|a\.k\.a|App|Alg|Thm|Prop)|\b[A-Z])\.[\"')\]]*\s*$"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-'][A-Za-z0-9]+)*|\d+(?:[.,]\d+)*")
_STOP = frozenset(
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
    """(start, end) of every sentence of `text`, English or Chinese; together they cover it but for spaces."""
    found: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if _NO_END.search(text[start : match.start()]):
            continue
        found.append((start, match.start()))
        start = match.end()
    found.append((start, len(text)))
    return [(a, b) for a, b in found if text[a:b].strip()]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A crude stem that English inflections share: "improves", "improved" and "improving" are one."""
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
def words_of(text: str) -> frozenset[str]:
    """The stems of a text's words; of Chinese, those that the glossary has, and pairs of characters."""
    spelled = spell(text).text
    found = set()
    for word in _WORD.findall(spelled):
        if not word[0].isdigit() and word.casefold() not in _STOP:
            found.add(stem(word))
            found.update(stem(part) for part in re.split(r"[-']", word) if len(part) > 2)
    found.update(stem(word) for word in stems_of_chinese(spelled))
    for run in re.findall(r"[\u4e00-\u9fff]{2,}", spelled):
        found.update(run[i : i + 2] for i in range(len(run) - 1))
    return frozenset(found)


def _cells(row: str) -> list[str]:
    parts = [part.strip() for part in row.split("|")]
    if parts and not parts[0]:
        parts = parts[1:]
    return parts[:-1] if parts and not parts[-1] else parts


@dataclass(frozen=True)
class Window:
    """A stretch that a claim can be about: a sentence, or a table row with its header and caption."""

    block: Block
    text: str
    context: str  # the words around it: header and caption of a row, nothing of a sentence


class Source:
    """The blocks of a paper, and what its listing says of it (`listing`: title, abstract, names of repositories)."""

    def __init__(self, blocks: Sequence[Block], listing: str = "") -> None:
        self.blocks = tuple(blocks)
        self.listing = listing
        self.by_id = {block.id: block for block in self.blocks}

    # --- quotations ------------------------------------------------------------------------------------------------

    @cached_property
    def squeezed(self) -> list[tuple[str, Block]]:
        """Every block as quotations are compared with it."""
        return [(squeeze(f"{block.header or ''}{ARROW}{block.text}"), block) for block in self.blocks]

    @cached_property
    def everything(self) -> str:
        """All of the text and the listing, squeezed: what a name must stand in."""
        return "\n".join([squeeze(self.listing), *(text for text, _ in self.squeezed)])

    @cached_property
    def everything_joined(self) -> str:
        """The same without hyphens: line ends and habits put them anywhere."""
        return self.everything.replace("-", "")

    @cached_property
    def scores(self) -> dict[str, list[float]]:
        """For a statement, how well each window matches it; filled by `grounding`."""
        return {}

    def locate(self, quote: str, block_id: str | None = None) -> Block | None:
        """The block that holds `quote` word for word: the one named, else the first; None when none does.

        Spaces, dashes, quotation marks and emphasis may differ; an ellipsis stands for words left out. A quotation of a
        few characters counts only in the block that it names.
        """
        pieces = [piece for part in re.split(r"\.\.\.+|…|\[\.\.\.\]", quote) if (piece := squeeze(part))]
        if not pieces:
            return None
        named = self.by_id.get((block_id or "").strip(" []"))
        if named is not None and _holds(squeeze(f"{named.header or ''}{ARROW}{named.text}"), pieces):
            return named
        if sum(map(len, pieces)) < 12:
            return None
        return next((block for text, block in self.squeezed if _holds(text, pieces)), None)

    # --- numbers ---------------------------------------------------------------------------------------------------

    def numbers_in(self, quote: str, block: Block) -> list[Number]:
        """The numbers of a quotation from `block`; of a table row also with the unit of their column or caption."""
        plain = list(parse(quote, inner=True).numbers)
        if block.kind != "table_row":
            return plain
        return plain + [n for n in self.row_numbers(block) if squeeze(n.text) in squeeze(quote)]

    def row_numbers(self, block: Block) -> list[Number]:
        """The numbers of a table row's cells, each read with the unit that its header or the caption gives it."""
        if block.id not in self._rows:
            self._rows[block.id] = list(self._read_row(block))
        return self._rows[block.id]

    @cached_property
    def _rows(self) -> dict[str, list[Number]]:
        return {}

    def _read_row(self, block: Block) -> Iterator[Number]:
        cells, headers = _cells(block.text), _cells(block.header or "")
        caption = self._caption_unit(block)
        units = [header_unit(header) for header in headers]
        aligned = len(headers) == len(cells)
        given = {unit for unit in units if unit}
        for position, cell in enumerate(cells):
            unit = units[position] if aligned else (given.pop() if len(given) == 1 else None)
            if not aligned and unit:
                given.add(unit)
            for number in parse(cell, inner=True).numbers:
                yield _inheriting(number, unit or caption)

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
        found = [Window(listing, self.listing[a:b], "") for a, b in sentences(self.listing)]
        for block in self.blocks:
            if block.kind == "table_row":
                found.append(
                    Window(block, block.text, f"{block.header or ''} {self.caption_of(block)} {block.section}")
                )
            elif block.kind != "heading":
                found += [Window(block, block.text[a:b], "") for a, b in sentences(block.text)]
        return found

    @cached_property
    def window_words(self) -> list[frozenset[str]]:
        """For each window the words by which it is found."""
        return [words_of(w.text) | words_of(w.context) for w in self.windows]

    @cached_property
    def window_numbers(self) -> list[list[Number]]:
        """For each window the numbers that it holds."""
        return [self.numbers_in(w.text, w.block) for w in self.windows]

    @cached_property
    def rarity(self) -> dict[str, float]:
        """How much a word says of where it stands: more, the fewer windows have it."""
        counts = Counter(word for words in self.window_words for word in words)
        return {word: math.log(1 + len(self.windows) / count) for word, count in counts.items()}


def _holds(text: str, pieces: list[str]) -> bool:
    position = 0
    for piece in pieces:
        position = text.find(piece, position)
        if position < 0:
            return False
        position += len(piece)
    return True


def _inheriting(number: Number, unit: tuple[str, int] | None) -> Number:
    if unit is None or number.unit != "none":
        return number
    name, factor = unit
    return replace(number, also=number.also | {(number.value * factor, name)})
