"""A model's sentence about trends, let through only when each of its numbers stands in the counts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from papers.models import Trend
from tasks.analyze.numbers import parse
from tasks.curate.phrases import unsupported


def refused_numbers(phrase: str, trends: Sequence[Trend]) -> list[str]:
    """The numbers of `phrase` that the table of `trends` does not hold; a phrase without such may be printed."""
    return unsupported(phrase, trends, _numbers)


def _numbers(text: str) -> list[tuple[Fraction, str]]:
    return [(n.value, n.unit) for n in parse(text).numbers]
