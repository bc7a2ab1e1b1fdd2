"""Superscripts after numbers: which of them is a power, and which a mark that refers to a note.

    2^15, 10⁻⁵, 3×10⁸, m²     a power
    94.2²%, 58.6¹, 41⁵        a number and a mark; a mark is no quantity

In doubt it is a mark: then the number itself can be found, and neither the power nor the glued digits.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SUPERSCRIPTS = dict(
    zip(
        "0123456789+-()abcdefghijklmnoprstuvwxyz",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ",
        strict=True,
    )
)
PLAIN = {ord(raised): plain for plain, raised in SUPERSCRIPTS.items()}
RAISED = "".join(SUPERSCRIPTS.values())  # for a class of a regular expression; it has no special character
SYMBOLS = "*∗⋆†‡§¶"  # marks that are no letters or digits
MARKS = rf"(?:[{RAISED}]++(?:,[{RAISED}]++)*+|[{SYMBOLS}]++)++"

_LONGEST_BASE = 40  # characters in which the number before a superscript is looked for
# A number, perhaps in braces or at the end of a formula, perhaps with marks of its own.
_NUMBER_BEFORE = re.compile(
    rf"(?P<times>[×x*·]\s?|\\(?:times|cdot)\s?+)?(?<![\w.,])(?<![A-Za-z]-)(?P<number>\d[\d,]*+(?:\.\d*+)?|\.\d++)"
    rf"[}}$\ufdd1]*+(?:\{{\}})?+(?P<marks>(?:{MARKS})?+)$",
    re.ASCII,
)
_UNIT_OR_VARIABLE = re.compile(
    r"(?:(?<![A-Za-z\d])[A-Za-z]|(?<![A-Za-z])(?:[mcdknµμ]?m|in|ft|px))[}$\ufdd1]*$", re.ASCII
)
_EXPONENT = re.compile(r"[+-]?\d{1,3}", re.ASCII)
PERCENT_AFTER = re.compile(r"[}$\ufdd1\s]{0,4}\\?(?:%|percent|个?百分点)")


class Base(NamedTuple):
    """The number that stands before a superscript."""

    number: str
    is_scientific: bool  # the 10 of 3×10⁸


def number_before(text: str, end: int) -> Base | None:
    """The number that ends at `end`, if the characters before it make it a number of its own."""
    match = _NUMBER_BEFORE.search(text, max(0, end - _LONGEST_BASE), end)
    if match is None:
        return None
    return Base(match["number"], match["number"] == "10" and match["times"] is not None and not match["marks"])


def is_unit_or_variable_before(text: str, end: int) -> bool:
    """Whether a letter of its own or a unit of length ends at `end`: x², m², km²."""
    return _UNIT_OR_VARIABLE.search(text, max(0, end - 8), end) is not None


def is_power(base: Base, exponent: str, *, with_caret: bool = False) -> bool:
    """Whether a superscript after a number is an exponent. `with_caret`: written 4^2 or 4^{2}, so that it is meant.

    Text superscripts are powers of ten and, from 2⁴, of two; all others may be marks.
    """
    if not _EXPONENT.fullmatch(exponent) or not base.number.isdecimal():
        return False
    number, power = int(base.number), int(exponent)
    if number == 10:
        if base.is_scientific or with_caret:
            return abs(power) <= 30
        return not exponent.startswith("+") and power not in (0, 1) and abs(power) <= 30
    if exponent.startswith("+"):
        return False
    if number == 2:
        return (with_caret and 2 <= power <= 128) or 4 <= power <= 128 or -64 <= power <= -1
    return with_caret and 3 <= number <= 9 and (2 <= power <= 40 or -40 <= power <= -1)


def raised(mark: str) -> str | None:
    """A mark in superscript characters (1,2 as ¹,²; a as ᵃ); None if there is no such character for one of it."""
    characters = [c if c == "," or c in SYMBOLS else SUPERSCRIPTS.get(c) for c in mark]
    return None if None in characters else "".join(c for c in characters if c)
