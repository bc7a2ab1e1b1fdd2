"""Finds the paper of the day that does hold a number which an analysis of another one gives."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from papers.models import Block, Reading
from papers.numbers.normalization import spell
from papers.numbers.parser import Number
from tasks.analyze.grounding.number_check import compare
from tasks.analyze.grounding.paper_text import Source, words_of

Place = tuple[str, str]  # arXiv id and block id


def _digits(text: str) -> str:
    """The significant digits: what any spelling of a value shows (1.36B, 13.6亿)."""
    return re.sub(r"\D", "", text).strip("0")


class OtherPapers:
    """The readings of a day, searched only when a number has to be traced."""

    def __init__(self, readings: Sequence[Reading], titles: Mapping[str, str]) -> None:
        self._readings = {r.arxiv_id: r for r in sorted(readings, key=lambda r: r.arxiv_id) if r.blocks}
        self._titles = titles
        self._sources: dict[str, Source] = {}

    @cached_property
    def _index(self) -> dict[str, list[Place]]:
        """Where in the day's papers each group of significant digits stands."""
        found: dict[str, list[Place]] = {}
        for arxiv_id, reading in self._readings.items():
            for block in reading.blocks:
                for digits in {_digits(d) for d in re.findall(r"\d[\d,.]*", spell(block.text).text)}:
                    found.setdefault(digits, []).append((arxiv_id, block.id))
        return found

    def _source(self, arxiv_id: str) -> Source:
        if arxiv_id not in self._sources:
            self._sources[arxiv_id] = Source(self._readings[arxiv_id].blocks, self._titles.get(arxiv_id, ""))
        return self._sources[arxiv_id]

    def holder(self, statement: str, numbers: Sequence[Number], own: str) -> list[str | None]:
        """For each of a sentence's ungrounded `numbers` the id of the other paper that holds it, or None.

        One paper answers for a sentence: the one with most of its numbers in one block, then with most of its words,
        then with the lower id. A number of one or two digits is never enough by itself.
        """
        telling = [n for n in numbers if _telling(n)]
        places = sorted({p for n in telling for p in self._index.get(_digits(n.canonical), []) if p[0] != own})
        words = words_of(statement) if places else frozenset()
        best: tuple[int, int] = (0, 0)
        found: list[str | None] = [None] * len(numbers)
        for arxiv_id, block_id in places:
            source = self._source(arxiv_id)
            block = source.by_id[block_id]
            held = [compare(n, source.numbers_in(block.text, block)) == "grounded" for n in numbers]
            if not any(h and _telling(n) for n, h in zip(numbers, held, strict=True)):
                continue
            weight = sum(2 if _telling(n) else 1 for n, h in zip(numbers, held, strict=True) if h)
            rank = (weight, len(words & _all_words(source, block)))
            if rank > best:
                best, found = rank, [arxiv_id if h else None for h in held]
        return found


def _all_words(source: Source, block: Block) -> frozenset[str]:
    return words_of(block.text) | words_of(block.header or "") | words_of(source.listing)


def _telling(number: Number) -> bool:
    """Whether a number says by itself where it comes from: three digits, or two with a unit and a decimal point."""
    digits = len(_digits(number.canonical))
    return digits >= 3 or (digits >= 2 and number.unit != "none" and "." in number.canonical)
