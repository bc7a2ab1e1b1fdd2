"""Superscripts and subscripts beside numbers, written so that they stay apart from the number.

A superscript becomes Unicode superscripts ("94.2²%", "2¹⁵", "10⁻⁵"), a subscript is put into parentheses ("58.6 (0.3)").
`papers.numbers` tells a power from a mark.
"""

from __future__ import annotations

import re

_SUPERSCRIPTS = str.maketrans("0123456789-−–+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁻⁺")
_RAISED = re.compile(r"[-−–+]?\d{1,3}(?:\s?,\s?\d{1,3})*")
_ORDINAL = re.compile(r"st|nd|rd|th", re.IGNORECASE)


def superscript(text: str, before: str) -> str:
    """A superscript after the text `before`, as plain text.

    Marks that are no number ("*", "†") stay as they are, letters of an ordinal ("1st") too; others are set apart from a
    digit by a space.
    """
    text = text.strip()
    if _RAISED.fullmatch(text):
        return re.sub(r"\s", "", text).translate(_SUPERSCRIPTS)
    is_apart = before[-1:].isdigit() and text[:1].isalnum() and not _ORDINAL.fullmatch(text)
    return f" {text}" if is_apart else text


def subscript(text: str, before: str) -> str:
    """A subscript after the text `before`, as plain text: in parentheses after a number, as it is after a word."""
    text = text.strip()
    if not before[-1:].isdigit() or not any(map(str.isdigit, text)):
        return text
    return f" {text}" if text.startswith(("(", "[", "±")) else f" ({text})"
