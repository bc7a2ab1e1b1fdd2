"""Whether a number that a statement takes from a sentence belongs to the name that the statement gives it to.

"A reaches 71.6 and B 68.4" supports neither "A reaches 68.4" nor "B reaches 71.6". A number is refused only where the
sentence gives it to another name, and gives another number to a name of the statement.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from papers.numbers.normalization import comparison_key
from papers.numbers.parser import Number
from papers.numbers.units import same_unit

_NAME = re.compile(
    r"(?<![\w-])(?:[A-Z][\w.]*(?:[-/+][\w.]+)*(?: [A-Z][\w.]*(?:[-/+][\w.]+)*){0,3}|[a-z]+[A-Z][\w-]*)(?![\w-])"
)
_NO_NAMES = frozenset([
    "the", "a", "an", "we", "our", "it", "its", "this", "these", "those", "in", "on",
    "for", "with", "by", "from", "as", "at", "of", "and", "but", "while", "whereas", "compared",
    "table", "figure", "fig", "section", "however", "moreover", "when", "both", "all", "each", "using", "overall",
    "after", "before", "if", "to", "under", "over", "across", "average", "accuracy",
])  # fmt: skip
_CLAUSE = re.compile(
    r"[,;:，；：。]|\b(?:while|whereas|and|but|versus|vs\.?|compared (?:to|with)|against|than|to)\b|而|但|和|与|比|较"
)


@dataclass(frozen=True)
class _Bond:
    """A number of a sentence with the names of its clause before and after it."""

    number: Number
    before: frozenset[str]
    after: frozenset[str]


def name_meant(number: Number, statement: str, sentence: str, numbers: Sequence[Number]) -> str | None:
    """The number that the sentence gives to the statement's name instead, as written; None if there is none.

    `numbers` are the numbers of the sentence with their offsets in it.
    """
    peers = [n for n in numbers if n.kind == "digits" and _is_peer(n, number)]
    if len(peers) < 2:
        return None
    own_names = _names(statement)
    if not own_names:
        return None
    bonds = _bonds(sentence, peers)
    own = [b for b in bonds if _has_value(b.number, number)]
    if len(own) != 1:
        return None
    for side in ("before", "after"):
        names: frozenset[str] = getattr(own[0], side)
        if not names or names & own_names:
            continue
        for other in bonds:
            other_names: frozenset[str] = getattr(other, side)
            if other is not own[0] and other_names & own_names and not other_names & names:
                return other.number.text
    return None


def _names(text: str) -> frozenset[str]:
    return frozenset(comparison_key(name) for name in _name_spans(text))


def _name_spans(text: str) -> dict[str, int]:
    """The names of a text and where they begin; a word that only begins a sentence is none."""
    return {m.group(): m.start() for m in _NAME.finditer(text) if m.group().casefold() not in _NO_NAMES}


def _bonds(sentence: str, peers: Sequence[Number]) -> list[_Bond]:
    """Each number with the names between it and its neighbours; a clause without a name has the one before's."""
    cuts = sorted({0, len(sentence), *(m.start() for m in _CLAUSE.finditer(sentence))})
    bonds: list[_Bond] = []
    inherited: frozenset[str] = frozenset()
    for number in peers:
        start = cuts[bisect.bisect_right(cuts, number.start) - 1]
        end = cuts[bisect.bisect_left(cuts, number.end)]
        if bonds and start < bonds[-1].number.end:
            start = bonds[-1].number.end
        before, after = _names(sentence[start : number.start]), _names(sentence[number.end : end])
        bonds.append(_Bond(number, before or inherited, after))
        inherited = before or inherited
    return bonds


def _is_peer(number: Number, claimed: Number) -> bool:
    return any(same_unit(u1, u2) for _, u1 in claimed.interpretations for _, u2 in number.interpretations)


def _has_value(number: Number, claimed: Number) -> bool:
    return any(v1 == v2 for v1, _ in claimed.interpretations for v2, _ in number.interpretations)
