"""Finds the paper of the day from which an ungrounded number of another paper's analysis comes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from papers.models import Block, Reading
from papers.numbers.normalization import normalize
from papers.numbers.parser import Number
from tasks.analyze.grounding.number_comparison import compare
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.grounding.words import word_stems

BlockLocation = tuple[str, str]  # arXiv id and block id


def _digits(text: str) -> str:
    """The significant digits, which all spellings of a value share (1.36B, 13.6亿)."""
    return re.sub(r"\D", "", text).strip("0")


class OtherPapers:
    """The readings of a day. They are indexed when the first number has to be traced."""

    def __init__(self, readings: Sequence[Reading], titles: Mapping[str, str]) -> None:
        self._readings = {r.arxiv_id: r for r in sorted(readings, key=lambda r: r.arxiv_id) if r.blocks}
        self._titles = titles
        self._paper_texts: dict[str, PaperText] = {}

    @cached_property
    def _index(self) -> dict[str, list[BlockLocation]]:
        """Where each group of significant digits occurs in the day's papers."""
        locations: dict[str, list[BlockLocation]] = {}
        for arxiv_id, reading in self._readings.items():
            for block in reading.blocks:
                for digits in {_digits(d) for d in re.findall(r"\d[\d,.]*", normalize(block.text).text)}:
                    locations.setdefault(digits, []).append((arxiv_id, block.id))
        return locations

    def _paper_text(self, arxiv_id: str) -> PaperText:
        if arxiv_id not in self._paper_texts:
            self._paper_texts[arxiv_id] = PaperText(self._readings[arxiv_id].blocks, self._titles.get(arxiv_id, ""))
        return self._paper_texts[arxiv_id]

    def find_papers(self, statement: str, numbers: Sequence[Number], own_id: str) -> list[str | None]:
        """For each of a sentence's ungrounded `numbers` the id of the other paper that contains it, or None.

        All numbers of a sentence are attributed to one paper: the one with most of them in one block, then with most
        of the sentence's words, then with the lower id. A number of one or two digits is never enough by itself.
        """
        distinctive = [n for n in numbers if _is_distinctive(n)]
        locations = sorted(
            {
                location
                for n in distinctive
                for location in self._index.get(_digits(n.canonical), [])
                if location[0] != own_id
            }
        )
        words = word_stems(statement) if locations else frozenset()
        best: tuple[int, int] = (0, 0)
        paper_ids: list[str | None] = [None] * len(numbers)
        for arxiv_id, block_id in locations:
            paper_text = self._paper_text(arxiv_id)
            block = paper_text.by_id[block_id]
            matches = [compare(n, paper_text.numbers_in(block.text, block)) == "grounded" for n in numbers]
            if not any(is_match and _is_distinctive(n) for n, is_match in zip(numbers, matches, strict=True)):
                continue
            weight = sum(
                2 if _is_distinctive(n) else 1 for n, is_match in zip(numbers, matches, strict=True) if is_match
            )
            rank = (weight, len(words & _block_words(paper_text, block)))
            if rank > best:
                best, paper_ids = rank, [arxiv_id if is_match else None for is_match in matches]
        return paper_ids


def _block_words(paper_text: PaperText, block: Block) -> frozenset[str]:
    return word_stems(block.text) | word_stems(block.header or "") | word_stems(paper_text.listing)


def _is_distinctive(number: Number) -> bool:
    """Whether a number alone can identify its paper: three digits, or two with a unit and a decimal point."""
    digits = len(_digits(number.canonical))
    return digits >= 3 or (digits >= 2 and number.unit != "none" and "." in number.canonical)
