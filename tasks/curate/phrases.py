"""What a model may say of a trend: any words, and no number that the trend's counts do not give."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from papers.models import Trend
from tasks.curate.trends import TRAILING_DAYS

# A text's numbers, each with its unit: "percent", "percentage_point", "times", "none", … The check of the analyses has
# such a reader; the flow hands it over, since a stage knows no other.
# Amounts without a digit, which say more than a table of counts does.
_AMOUNT = re.compile(
    r"\b(?:doubl|tripl|quadrupl|halv)\w+|\bhalf\b|\b(?:a|one|two)[- ](?:third|quarter)s?\b|翻[倍番]|[一过]半|减半|成倍",
    re.IGNORECASE,
)
NumberReader = Callable[[str], Iterable[tuple[Fraction, str]]]


def unsupported(phrase: str, trends: Sequence[Trend], numbers: NumberReader) -> list[str]:
    """The numbers of `phrase` that the table of `trends` does not hold, as "12.5 percent"; empty when all stand there.

    The value has to be the one that the editions print: counts whole, shares and changes with one decimal. A count is
    no share, and a change in percentage points is no percentage.
    """
    table = {entry for trend in trends for entry in _entries(trend)}
    wrong = [
        f"{float(value):g}" + ("" if unit == "none" else f" {unit}")
        for value, unit in numbers(phrase)
        if (abs(value), unit) not in table
    ]
    return wrong + _AMOUNT.findall(phrase)


def _entries(trend: Trend) -> set[tuple[Fraction, str]]:
    counts = (trend.count, trend.total, trend.trailing_count, trend.trailing_total)
    days = (trend.trailing_days, TRAILING_DAYS)
    entries = {(Fraction(n), "none") for n in (*counts, *days)} | {(Fraction(n), "day") for n in days}
    for count, total in ((trend.count, trend.total), (trend.trailing_count, trend.trailing_total)):
        if total:
            entries |= {(Fraction(count, total), "none"), (_printed(100 * count / total), "percent")}
    for change in (trend.change, trend.low, trend.high):
        if change is not None:
            entries |= {(abs(_printed(100 * change)), unit) for unit in ("percentage_point", "point", "points")}
    return entries


def _printed(value: float) -> Fraction:
    return Fraction(f"{value:.1f}")
