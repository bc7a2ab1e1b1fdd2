"""Selects the blocks of a reading to leave out when the text is too long for a model's context."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from papers.models import Block, Reading
from papers.token_counts import block_tokens

APPENDIX = re.compile(r"(?i)^(?:appendi|supplement)")


RELATED = re.compile(r"(?i)\b(?:related works?|prior works?|background and related|literature review)\b")


EDGE_BLOCKS = 2  # blocks at the start and at the end of a section that are left out last


class FittedReading(NamedTuple):
    """The blocks that fit, in order, and descriptions of the omissions, in the order in which they were made."""

    blocks: list[Block]
    omissions: tuple[str, ...]


def fit(reading: Reading, tokens: int) -> FittedReading:
    """The blocks of the reading that fit in `tokens` tokens.

    Blocks are left out in this order: the appendix, from its end; related work; the middle of the longest sections;
    the rest, from the end; the abstract. Blocks are never shortened.
    """
    costs = [block_tokens(block) for block in reading.blocks]
    spare_tokens = tokens - sum(costs)
    if spare_tokens >= 0:
        return FittedReading(list(reading.blocks), ())
    removed_indices: set[int] = set()
    omissions: list[str] = []
    for name, order in _removal_order(reading.blocks, costs):
        removed_count = 0
        for index in order:
            if spare_tokens >= 0:
                break
            if index not in removed_indices:
                removed_indices.add(index)
                spare_tokens += costs[index]
                removed_count += 1
        if removed_count:
            omissions.append(f"{name}: {removed_count} block{'s' if removed_count > 1 else ''}")
        if spare_tokens >= 0:
            break
    return FittedReading(
        [block for index, block in enumerate(reading.blocks) if index not in removed_indices], tuple(omissions)
    )


def _removal_order(blocks: Sequence[Block], costs: Sequence[int]) -> list[tuple[str, list[int]]]:
    """Named groups of block indices in the order of removal."""
    appendix = [i for i, block in enumerate(blocks) if APPENDIX.match(block.section)]
    rest = [i for i, block in enumerate(blocks) if not APPENDIX.match(block.section)]
    related = [i for i in rest if RELATED.search(blocks[i].section.split(" > ")[0])]
    groups = [("appendix", appendix[::-1]), ("related work", related[::-1])]
    sections: dict[str, list[int]] = {}
    related_indices = set(related)
    for i in rest:
        if i not in related_indices and blocks[i].section != "Abstract":
            sections.setdefault(blocks[i].section, []).append(i)
    longest = sorted(sections, key=lambda name: -sum(costs[i] for i in sections[name]))
    groups += [(f"middle of '{name or 'the beginning'}'", _middle_out(sections[name])) for name in longest]
    body = [i for i in rest if blocks[i].section != "Abstract"]
    return [*groups, ("the end", body[::-1]), ("abstract", [i for i in rest if blocks[i].section == "Abstract"][::-1])]


def _middle_out(indices: list[int]) -> list[int]:
    """The indices of a section without its edges, the middle one first."""
    inner = indices[EDGE_BLOCKS : len(indices) - EDGE_BLOCKS]
    middle = (len(inner) - 1) / 2
    return [i for _, i in sorted(enumerate(inner), key=lambda pair: abs(pair[0] - middle))]
