"""One spelling for text that is to be compared: full-width forms, dashes, spaces, and the LaTeX around numbers.

`spell` keeps where every character came from, so that what is found in its text can be marked in the original.
What is compared as numbers lies in `numbers`, what as quotations in `grounding`.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－⁻"), "-")
_SPACES = dict.fromkeys(map(ord, "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u3000\t\n\r"), " ")
_GONE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\ufffe\u2061\u2062\u2063"), "")
_SIGNS = {
    ord("×"): "×", ord("✕"): "×", ord("✖"): "×", ord("⨉"): "×", ord("⨯"): "×",
    ord("％"): "%", ord("﹪"): "%", ord("〜"): "~", ord("～"): "~", ord("∼"): "~", ord("∽"): "~", ord("≈"): "~",
    ord("·"): "·", ord("⋅"): "·", ord("＄"): "$", ord("’"): "'", ord("‘"): "'", ord("“"): '"', ord("”"): '"',
}  # fmt: skip
_FULL = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if chr(code) not in "，。；：？！（）"}
_BRACKETS = {ord("（"): "(", ord("）"): ")", ord("【"): "[", ord("】"): "]"}
_TABLE = {**_FULL, **_BRACKETS, **_DASHES, **_SPACES, **_GONE, **_SIGNS}

_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_REWRITES = re.compile(
    r"""
      (?P<super>[⁻−]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)                      # 10⁻⁶ -> 10^-6, since 10-6 would be another number
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
    """A text in one spelling: `text`, and for each of its characters where it begins and ends in the original."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` up to `end` of `text` stand in the original."""
        return self.starts[start], self.ends[end - 1]


def _rewritten(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind == "super":
        return "^" + match.group().replace("⁻", "-").replace("−", "-").translate(_SUPER)
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


_FORMULA = re.compile(r"[\\^_{}=<>≤≥×±]")
_BARE_NUMBER = re.compile(r"-?[\d.,]+%?")


def _formula_dollars(text: str) -> set[int]:
    """Offsets of the `$` that open or close a formula; the others are a currency's."""
    found: set[int] = set()
    start = text.find("$")
    while start >= 0 and (end := text.find("$", start + 1)) >= 0:
        inside = text[start + 1 : end]
        after = text[end + 1 : end + 2]
        whole_number = _BARE_NUMBER.fullmatch(inside) and not after.isdigit()
        if len(inside) <= 160 and (whole_number or _FORMULA.search(inside)) and text[start - 1 : start] != "\\":
            found |= {start, end}
            start = text.find("$", end + 1)
        else:
            start = end
    return found


@lru_cache(maxsize=20_000)
def spell(text: str) -> Normalized:
    """`text` in one spelling, with offsets."""
    dropped = _formula_dollars(text) if "$" in text else set()
    made: list[str] = []
    starts, ends = array("I"), array("I")  # thousands of texts are kept at once: a list takes eight times the space

    def put(piece: str, start: int, end: int) -> None:
        made.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))

    def run(start: int, end: int) -> None:
        piece = text[start:end].translate(_TABLE)
        if len(piece) == end - start:
            made.append(piece)
            starts.extend(range(start, end))
            ends.extend(range(start + 1, end + 1))
        else:  # characters that become none shift all that follow
            for offset in range(start, end):
                put(text[offset].translate(_TABLE), offset, offset + 1)

    position = 0
    for match in _REWRITES.finditer(text):
        run(position, match.start())
        put("" if match.start() in dropped else _rewritten(match), *match.span())
        position = match.end()
    run(position, len(text))
    return Normalized("".join(made), starts, ends)


@lru_cache(maxsize=60_000)
def squeeze(text: str) -> str:
    """What two spellings of one quotation share: no spaces, no emphasis marks, no case, no compatibility forms."""
    return re.sub(r"[\s*`_{}$\\⟶|]+", "", unicodedata.normalize("NFKC", spell(text).text)).casefold()
