"""Writes raised and lowered text so that nobody takes it for digits of the number before it.

    94.2 with a raised 2      94.2²        (the mark of a note)
    2 with a raised 15        2^15         (a power)
    m with a raised 2         m^2
    58.6 with a lowered 0.3   58.6 (0.3)   (a spread or a change)

`papers.numbers.superscripts` says which is which. Marks after words become superscripts too; other raised or lowered
text after words stays as it is (H2O, 90th).
"""

from __future__ import annotations

import re

from papers.numbers.superscripts import (
    MARKS,
    PERCENT_AFTER,
    RAISED,
    SYMBOLS,
    is_power,
    is_unit_or_variable_before,
    number_before,
    raised,
)

_DIGIT_BEFORE = re.compile(rf"[0-9][}}$\ufdd1]*(?:{MARKS})?$")
_LOOKBACK = 24  # characters
_ORDINAL = re.compile(r"(?i)(?:st|nd|rd|th)$")
_DEGREES = re.compile(r"[°∘º]\s?[CFK]?$")
_INTEGER = re.compile(r"[+-]?\d{1,3}$", re.ASCII)
_DECIMAL_EXPONENT = re.compile(r"-?\d{1,2}\.\d{1,3}$", re.ASCII)
_AMOUNT = re.compile(r"[±+-]\s?\d[\d.,]*+\s?%?$|\d*\.\d+\s?%?$|\d{4,}$", re.ASCII)
_MARK = re.compile(rf"(?:\d{{1,3}}[a-z]?|[a-z]{{1,3}}|\((?:\d{{1,2}}|[a-z])\))?[{SYMBOLS}]*$", re.ASCII)
_NUMBER = re.compile(r"[(\[]?\s?[±+-]?\s?(?:\d[\d.,]*+|\.\d+)\s?%?\s?[)\]]?$", re.ASCII)
_SEPARATOR = re.compile(r"[,;]\s*|\s+")  # in a list of marks
_ISOTOPE = re.compile(r"(?:[A-Z][a-z]|[CFHINOPSUVY])(?![A-Za-z])")  # 180Yb; not 40K, which is also a number
_BLANKS = ("", " ", "\n", "(", "-", "|")
_BRACKETED = re.compile(r"[(\[].*[)\]]$", re.DOTALL)
_ENDS_RAISED = re.compile(rf"[{RAISED}0-9)\]]$")
_MACROS = {
    "\\pm": "±", "\\dagger": "†", "\\ddagger": "‡", "\\ast": "*", "\\star": "*", "\\circ": "°", "\\%": "%",
    "\\uparrow": "↑", "\\downarrow": "↓", "{}": "", "\\,": "", "\\!": "",
}  # fmt: skip
_MACRO = re.compile("|".join(rf"{re.escape(macro)}(?![A-Za-z])" for macro in _MACROS))


def raised_text(before: str, content: str, after: str) -> str:
    """How `content`, raised between the texts `before` and `after`, is written."""
    plain = _plain(content)
    if not any(map(str.isalnum, plain)):
        return content if plain else ""
    written = _raised(before, plain, after)
    return _apart(content if written is None else written, after)


def lowered_text(before: str, content: str, after: str) -> str:
    """How `content`, lowered between the texts `before` and `after`, is written."""
    plain = _plain(content)
    written = content
    if _follows_digit(before):
        if _NUMBER.match(plain):
            written = _aside(plain)
        elif plain[:1].isalpha():
            written = f"_{plain}"
        elif plain[:1].isdigit() or "\\" in plain:
            written = f" {content}"
    return _apart(written, after)


def _raised(before: str, plain: str, after: str) -> str | None:
    """The written form of raised text with a letter or digit; None: as it is."""
    base = number_before(before, len(before))
    exponent = _INTEGER.match(plain)
    if base is not None and exponent and is_power(base, plain) and not PERCENT_AFTER.match(after):
        return f"^{plain}"
    if base is None and exponent and is_unit_or_variable_before(before, len(before)):
        return f"^{plain}"
    if not _follows_digit(before):
        if exponent and len(plain) > 1 and before[-1:] in _BLANKS and _ISOTOPE.match(after):
            return None
        is_label = any(map(str.isdigit, plain)) and _is_mark(plain)
        return raised(_SEPARATOR.sub(",", plain)) if is_label else None
    if _ORDINAL.match(plain) or _DEGREES.match(plain):
        return plain
    if base is not None and base.number in ("2", "10") and _DECIMAL_EXPONENT.match(plain):
        return f"^{{{plain}}}"
    mark = raised(_SEPARATOR.sub(",", plain)) if _is_mark(plain) else None
    if mark:
        return mark
    if _NUMBER.match(plain) or _BRACKETED.match(plain):
        return _aside(plain)
    return f"^{{{plain}}}" if plain[0].isalnum() else None


def _plain(content: str) -> str:
    """Raised text without the signs of a formula, its usual macros as characters."""
    text = content.strip().strip("\ufdd0\ufdd1$")
    if "\\" in text or "{" in text:
        text = _MACRO.sub(lambda match: _MACROS[match.group()], text)
    return text.replace("−", "-").replace("–", "-").strip(" {}")


def _is_mark(plain: str) -> bool:
    """Whether the text is a mark or a list of marks, and no amount."""
    return not _AMOUNT.match(plain) and all(_MARK.match(part.strip()) for part in _SEPARATOR.split(plain))


def _follows_digit(before: str) -> bool:
    return _DIGIT_BEFORE.search(before, max(0, len(before) - _LOOKBACK)) is not None


def _aside(text: str) -> str:
    """The text as it stands after a number: 63.2 (0.4), 33.9 (+2.4), 47.3±0.5, 94.2 [12]."""
    if text[0] == "±":
        return "±" + text[1:].lstrip()
    return f" {text}" if _BRACKETED.match(text) else f" ({text})"


def _apart(written: str, after: str) -> str:
    """The written form, with a space if a digit follows one of its own."""
    return f"{written} " if after[:1].isdigit() and _ENDS_RAISED.search(written) else written
