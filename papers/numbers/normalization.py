"""Normalizes text for comparison: full-width forms, dashes, spaces, and the LaTeX around numbers.

`normalize` records the offsets of every character in the original, so that matches can be marked there. Numbers are
parsed in `papers.numbers.parser`; quotations are compared in `tasks.analyze.grounding`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from papers.numbers.superscripts import (
    MARKS,
    PERCENT_AFTER,
    PLAIN,
    RAISED,
    is_power,
    is_unit_or_variable_before,
    number_before,
    raised,
)

UNKNOWN_UNIT = "\N{REPLACEMENT CHARACTER}"  # beside a number whose unit the conversion of the paper lost
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－⁻"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u3000\t\n\r"), " ")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufffe\u2061\u2062\u2063"), "")
_SIGNS = {
    ord("×"): "×", ord("✕"): "×", ord("✖"): "×", ord("⨉"): "×", ord("⨯"): "×",
    ord("％"): "%", ord("﹪"): "%", ord("〜"): "~", ord("～"): "~", ord("∼"): "~", ord("∽"): "~", ord("≈"): "~",
    ord("·"): "·", ord("⋅"): "·", ord("＄"): "$", ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"',
}  # fmt: skip
_FULL_WIDTH = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "，。；：？！（）"}
_BRACKETS = {ord("（"): "(", ord("）"): ")", ord("【"): "[", ord("】"): "]"}
_TABLE = {**_FULL_WIDTH, **_BRACKETS, **_DASHES, **_SPACES, **_INVISIBLE, **_SIGNS}
_VISIBLE = re.compile(f"[^{''.join(map(chr, _INVISIBLE))}]+")

_REWRITES = re.compile(
    r"""
      (?P<super>[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+(?:,[⁰¹²³⁴⁵⁶⁷⁸⁹]+)*)  # 10⁻⁶ -> 10^-6, since 10-6 would be another number
    | (?P<caret>(?<=[\d}$])\s?\^\s?(?:\{\s?(?P<inside>[-+−–]?\d{1,3}|[a-z\d,]{1,9}|[*∗⋆†‡§¶]{1,3})\s?\}
        |(?P<bare>[-+−–]?\d{1,3}(?!\d)|[*∗⋆†‡§¶])
        |(?:\{\s?)?\\(?P<symbol>dagger|ddagger|ast|star|circ)(?![A-Za-z])(?:\s?\})?))
    | (?P<thin>(?<=\d)[\u2009\u202f](?=\d{3}(?!\d)))         # 17 310, a thin space between thousands
    | (?P<thin2>[\u2009\u200a\u202f])
    | (?P<comma>\{,\})
    | (?P<dollar>\$)                                        # a formula's goes, a currency's stays
    | (?P<macro>\\(?:times|pm|sim|approx|cdot|geq?|leq?|rightarrow|to|%|\$|,|;|!|:|\ |quad|ldots|dots)(?![A-Za-z]))
    | (?<![\^_])(?:\\(?:text|math)[a-z]{2}\s?)?\{(?P<braced>\d[\d.,]*)\}  # \textbf{97.3}
    | (?P<font>\\(?:text(?:bf|it|rm|tt|sf|sc)?|math(?:bf|rm|it|sf|tt|cal|bb)
        |boldsymbol|emph|operatorname|underline|bf|rm)(?![A-Za-z])\s*)
    """,
    re.VERBOSE,
)
_MACROS = {
    "times": "×", "pm": "±", "sim": "~", "approx": "~", "cdot": "·", "ge": "≥", "geq": "≥", "le": "≤", "leq": "≤",
    "rightarrow": "→", "to": "→", "%": "%", "$": "$", ",": "", ";": "", "!": "", ":": "", " ": " ", "quad": " ",
    "ldots": "...", "dots": "...",
}  # fmt: skip


@dataclass(frozen=True)
class Normalized:
    """A normalized text, and where its characters are in the original."""

    text: str
    # Its parts in order: start and end in the original, and the length of what replaces that; a length of None if each
    # character is replaced by one. No parts if that holds for the whole text.
    parts: tuple[tuple[int, int, int | None], ...] = ()

    @cached_property
    def starts(self) -> Sequence[int]:
        """For each character its start in the original."""
        return self._offsets(0)

    @cached_property
    def ends(self) -> Sequence[int]:
        """For each character its end in the original."""
        return self._offsets(1)

    def _offsets(self, end: int) -> Sequence[int]:
        if not self.parts:
            return range(end, len(self.text) + end)
        offsets = array("I")  # thousands of texts are cached, and lists take eight times the memory
        for a, b, length in self.parts:
            offsets.extend(range(a + end, b + end) if length is None else [b if end else a] * length)
        return offsets

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the original of the characters from `start` up to `end`."""
        return self.starts[start], self.ends[end - 1]


def _rewrite(match: re.Match[str]) -> str | None:
    """The normalized form of a match; None: its characters are normalized one by one."""
    kind = match.lastgroup
    if kind == "super":
        return _superscript(match)
    if kind in ("caret", "inside", "bare", "symbol"):
        return _caret(match)
    if kind in ("thin", "comma"):
        return ","
    if kind == "thin2":
        return " "
    if kind == "dollar":
        return "$"
    if kind == "braced":
        return match.group("braced")
    if kind == "macro":
        return _MACROS[match.group()[1:]]
    return ""


_SYMBOLS = {"dagger": "†", "ddagger": "‡", "ast": "*", "star": "*", "circ": "°"}
_AMOUNT_AFTER = re.compile(r"\s?(?:\\?%|[×倍]|个?百分|\.\d)")


def _superscript(match: re.Match[str]) -> str:
    """Superscript characters: ^ and the exponent of a power; as they are if they are a mark.

    Digits that follow nothing and have a unit are an amount in unusual characters.
    """
    text, start, end = match.string, match.start(), match.end()
    plain = match.group().translate(PLAIN)
    if base := number_before(text, start):
        return f"^{plain}" if is_power(base, plain) and not PERCENT_AFTER.match(text, end) else match.group()
    if is_unit_or_variable_before(text, start) and "," not in plain:
        return f"^{plain}"
    is_amount = len(plain) > 3 or plain[0] in "+-" or _AMOUNT_AFTER.match(text, end)
    if (
        is_amount
        and len(plain) <= 3
        and text[start - 1 : start] == " "
        and text[max(0, start - 2) : start - 1].isdecimal()
    ):
        return match.group()  # 94.2 ²%
    return f"^{plain}" if is_amount else match.group()


def _caret(match: re.Match[str]) -> str | None:
    """A superscript in LaTeX after a number: ^ and the exponent of a power, or a mark in superscript characters."""
    base = number_before(match.string, match.start())
    if base is None:
        return None
    if match["symbol"]:
        return _SYMBOLS[match["symbol"]]
    content = (match["inside"] or match["bare"]).replace("−", "-").replace("–", "-")
    if is_power(base, content, with_caret=True) and not PERCENT_AFTER.match(match.string, match.end()):
        return f"^{content}"
    return None if content[0] in "+-" else raised(content)


_FORMULA = re.compile(r"[\\^_{}=<>≤≥×±]")
_BARE_NUMBER = re.compile(r"-?[\d.,]+%?")


def _formula_dollars(text: str) -> set[int]:
    """Offsets of the `$` that open or close a formula; all others are currency signs."""
    offsets: set[int] = set()
    start = text.find("$")
    while start >= 0 and (end := text.find("$", start + 1)) >= 0:
        inside = text[start + 1 : end]
        after = text[end + 1 : end + 2]
        whole_number = _BARE_NUMBER.fullmatch(inside) and not after.isdecimal()
        if len(inside) <= 160 and (whole_number or _FORMULA.search(inside)) and text[start - 1 : start] != "\\":
            offsets |= {start, end}
            start = text.find("$", end + 1)
        else:
            start = end
    return offsets


# Any of what `_REWRITES` looks for, and what `_TABLE` removes. A text without them is replaced character by character.
_IRREGULAR = re.compile(rf"[\\^{{}}$\u2009\u200a\u202f{RAISED}{''.join(map(chr, _INVISIBLE))}]")


@lru_cache(maxsize=20_000)
def normalize(text: str) -> Normalized:
    """The normalized `text`, with offsets in the original."""
    if not _IRREGULAR.search(text):
        return Normalized(text.translate(_TABLE))
    formula_dollars = _formula_dollars(text) if "$" in text else set()
    pieces: list[str] = []
    parts: list[tuple[int, int, int | None]] = []

    def append_text(start: int, end: int) -> None:
        for visible in _VISIBLE.finditer(text, start, end):  # _TABLE replaces each of its characters by one
            pieces.append(visible.group().translate(_TABLE))
            parts.append((*visible.span(), None))

    position = 0
    for match in _REWRITES.finditer(text):
        append_text(position, match.start())
        piece = "" if match.start() in formula_dollars else _rewrite(match)
        if piece is None:
            append_text(*match.span())
        elif piece:
            pieces.append(piece)
            parts.append((*match.span(), len(piece)))
        position = match.end()
    append_text(position, len(text))
    return Normalized("".join(pieces), tuple(parts))


_IGNORED = re.compile(rf"[\s*`_{{}}$\\⟶|{UNKNOWN_UNIT}]+")
_RAISED = re.compile(rf"[{RAISED}]")
_MARK = re.compile(rf"(?=[{RAISED}]){MARKS}")
# Sources write "\\pi", "π" and "pi" for one letter; `normalize` makes the first the last.
_GREEK = {
    ord(letter): unicodedata.name(letter).removeprefix("GREEK SMALL LETTER ").replace("LAMDA", "LAMBDA").casefold()
    for letter in "αβγδεζηθικλμνξοπρστυφχψω"
}


@lru_cache(maxsize=60_000)
def comparison_key(text: str) -> str:
    """`text` without spaces, emphasis, marks of notes, the sign of an unknown unit, case and compatibility forms.

    Greek letters are written as their names.
    It is equal for two spellings of one quotation.
    """
    normalized = normalize(text).text
    if _RAISED.search(normalized):
        normalized = _MARK.sub("", normalized)
    key = _IGNORED.sub("", unicodedata.normalize("NFKC", normalized)).casefold()
    return key if key.isascii() else key.translate(_GREEK)
