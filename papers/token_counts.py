"""Estimates how many tokens a text or a block takes.

Used by the stages `read` and `analyze`. No model's own tokeniser is loaded, because each has to be downloaded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache

from papers.models import Block

BLOCK_OVERHEAD = 8  # tokens of a block's id and line break in a prompt

# Runs of one kind of character; the costs were fitted to o200k_base on recorded pages and Chinese reports.
RUN = re.compile(
    r"(?P<word>[A-Za-z]+(?:['’][a-z]{1,2})?)|(?P<digits>\d+)|(?P<han>[\u3400-\u9fff\uf900-\ufaff]+)"
    r"|(?P<kana>[\u3040-\u30ff\uac00-\ud7af]+)|(?P<letters>[^\W\d_]+)|(?P<gap>\s(?=\d))|(?P<blank>\s+)"
    r"|(?P<marks>[^\w\s]+|_+)"
)


@lru_cache(maxsize=4096)  # a block is counted when it is read and again when the prompt is built
def count_tokens(text: str) -> int:
    """The estimated number of tokens of the text, within 15% of o200k_base for English and Chinese papers."""
    total = 0.0
    for run in RUN.finditer(text):
        total += COSTS[run.lastgroup or "marks"](len(run.group()))
    return math.ceil(total)


def _word(length: int) -> float:
    return 1.0 if length <= 7 else 1.0 + 0.13 * (length - 7)


COSTS: dict[str, Callable[[int], float]] = {
    "word": _word,
    "digits": lambda length: math.ceil(length / 3),
    "han": lambda length: 0.76 * length,
    "kana": lambda length: 0.8 * length,
    "letters": lambda length: 0.4 * length + 0.5,
    "blank": lambda length: 0.0 if length == 1 else 1.0,
    "gap": lambda length: 1.0,  # a space is part of the token of a following word, but not of a number
    "marks": lambda length: 1.0 if length == 1 else 0.3 + 0.4 * length,
}


def block_tokens(block: Block) -> int:
    """The estimated number of tokens of a block in a prompt, including its id."""
    return count_tokens(block.text) + BLOCK_OVERHEAD
