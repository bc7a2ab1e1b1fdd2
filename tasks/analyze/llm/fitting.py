"""Which blocks of a reading are given up when a model has room for fewer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from papers.models import Block, Reading
from papers.tokens import block_tokens

APPENDIX = re.compile(r"(?i)^(?:appendi|supplement)")


RELATED = re.compile(r"(?i)\b(?:related works?|prior works?|background and related|literature review)\b")


KEPT_AT_EDGE = 2  # blocks at a section's start, and as many at its end, that go last


class Fitted(NamedTuple):
    """What fits: the blocks in their order, and what was cut, in words, in the order in which it was given up."""

    blocks: list[Block]
    cut: tuple[str, ...]


def fit(reading: Reading, tokens: int) -> Fitted:
    """The reading's blocks that `tokens` tokens hold.

    First the appendix goes, from its end; then related work; then the middle of the longest sections; then what is
    left, from the end, the abstract last. A block is kept whole or not at all.
    """
    costs = [block_tokens(block) for block in reading.blocks]
    spare = tokens - sum(costs)
    if spare >= 0:
        return Fitted(list(reading.blocks), ())
    gone: set[int] = set()
    cut: list[str] = []
    for name, order in _orders(reading.blocks, costs):
        taken = 0
        for index in order:
            if spare >= 0:
                break
            if index not in gone:
                gone.add(index)
                spare += costs[index]
                taken += 1
        if taken:
            cut.append(f"{name}: {taken} block{'s' if taken > 1 else ''}")
        if spare >= 0:
            break
    return Fitted([block for index, block in enumerate(reading.blocks) if index not in gone], tuple(cut))


def _orders(blocks: Sequence[Block], costs: Sequence[int]) -> list[tuple[str, list[int]]]:
    """What may go, in the order in which it goes: groups with a name, each the indices of its blocks."""
    appendix = [i for i, block in enumerate(blocks) if APPENDIX.match(block.section)]
    rest = [i for i, block in enumerate(blocks) if not APPENDIX.match(block.section)]
    related = [i for i in rest if RELATED.search(blocks[i].section.split(" > ")[0])]
    groups = [("appendix", appendix[::-1]), ("related work", related[::-1])]
    sections: dict[str, list[int]] = {}
    for i in rest:
        if i not in set(related) and blocks[i].section != "Abstract":
            sections.setdefault(blocks[i].section, []).append(i)
    longest = sorted(sections, key=lambda name: -sum(costs[i] for i in sections[name]))
    groups += [(f"middle of '{name or 'the beginning'}'", _middle_out(sections[name])) for name in longest]
    body = [i for i in rest if blocks[i].section != "Abstract"]
    return [*groups, ("the end", body[::-1]), ("abstract", [i for i in rest if blocks[i].section == "Abstract"][::-1])]


def _middle_out(indices: list[int]) -> list[int]:
    """A section's blocks between its edges, the middle one first."""
    inner = indices[KEPT_AT_EDGE : len(indices) - KEPT_AT_EDGE]
    middle = (len(inner) - 1) / 2
    return sorted(inner, key=lambda i: abs(inner.index(i) - middle))
