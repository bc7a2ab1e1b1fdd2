"""Reads the numbers of English and Chinese text: value, unit, and where each stands.

    parse("速度提升 2.3 倍，参数 13.6亿") -> 2.3 times; 1360000000 none
    parse("1.36B parameters, 2.3× faster at 97.3 ± 0.4%") -> 1360000000; 2.3 times; 97.3 percent; 0.4 percent

Values are exact fractions. Dates, versions, ids and section numbers are set apart (`apart`), never values.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from papers.numbers.non_quantities import NonQuantity, non_quantities
from papers.numbers.normalization import Normalized, spell
from papers.numbers.numerals import (
    _CHINESE,
    _ENGLISH,
    _ENGLISH_PARTS,
    _HAN,
    _MULTIPLE,
    _MULTIPLES,
    _PARTS,
    _PARTS_OF,
    _PERCENT_OF,
    _WORDS,
    _han,
)
from papers.numbers.units import SOFT, decimal, scale_at, unit_at

Reading = tuple[Fraction, str]  # a value and its unit: one way to understand a number


@dataclass(frozen=True)
class Number:
    """A number of a text. `start` and `end` are offsets in the text as it was given, unit included."""

    text: str  # as written, with its unit
    value: Fraction
    unit: str
    start: int
    end: int
    kind: str = "digits"  # "digits", "word" (three, 三个), "inner" (7B within Qwen2.5-7B; only when asked for)
    also: frozenset[Reading] = frozenset()  # other ways to understand it: the 68.4 of "68.4 and 71.6%" in percent

    @property
    def readings(self) -> frozenset[Reading]:
        """All ways to understand the number."""
        return self.also | {(self.value, self.unit)}

    @property
    def canonical(self) -> str:
        """The value as a canonical decimal."""
        return decimal(self.value)


@dataclass(frozen=True)
class Parsed:
    """All digits of a text: the numbers, and what was set apart (offsets in the text as given)."""

    numbers: tuple[Number, ...]
    apart: tuple[NonQuantity, ...]


_CORE = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+)"
_EXPONENT = (
    r"(?:\s?[×x*·]\s?10\s?(?:\^\s?\{?\s?(?P<power>[-+]?\d+)\s?\}?"
    r"|(?P<flat>-\d{1,2}))(?!\d)|[eE](?P<e>[-+]?\d{1,3})(?![\w.]))"
)
_NUMBER = re.compile(rf"(?P<currency>(?:US)?\$\s?)?(?P<core>{_CORE})(?P<exponent>{_EXPONENT})?", re.ASCII)
_POWER_OF_TEN = re.compile(r"(?<![\w.])10\s?\^\s?\{?\s?(-?\d+)\s?\}?(?!\d)", re.ASCII)
_FRACTION = re.compile(r"(?<![\d./A-Za-z])(\d{1,4})\s?/\s?(\d{1,4})(?![\d/A-Za-z]|\.\d|\s?[%×倍])")
_CLOSED = re.compile(r"\)\s?(?=%|×|倍|个?百分点)")
_PLUS = re.compile(r"\s?\+(?![\d\w])")


def _exact(core: str) -> Fraction:
    return Fraction(core.replace(",", ""))


class _Reader:
    """One pass over a spelled text; `taken` is what has been understood so far."""

    def __init__(self, text: str, apart: list[NonQuantity], inner: bool) -> None:
        self.text, self.inner = text, inner
        self.apart = apart
        self.found: list[Number] = []
        self.taken = [False] * (len(text) + 1)
        for span in apart:
            self._take(span.start, span.end)

    def _take(self, start: int, end: int) -> None:
        for position in range(start, end):
            self.taken[position] = True

    def _free(self, start: int, end: int) -> bool:
        return not any(self.taken[start:end])

    def add(
        self, start: int, end: int, value: Fraction, unit: str, kind: str = "digits", also: Iterable[Reading] = ()
    ) -> None:
        """Note a number with its unit, unless its digits already belong to another."""
        if not self._free(start, end):
            return
        self._take(start, end)
        extra = set(also)
        if unit in SOFT:
            extra.add((value, "none"))
        self.found.append(Number(self.text[start:end], value, unit, start, end, kind, frozenset(extra)))

    def with_unit(self, start: int, end: int, value: Fraction, kind: str = "digits", currency: bool = False) -> None:
        """Note the number whose digits end at `end`, with the scale and unit that follow."""
        also: set[Reading] = set()
        if scale := scale_at(self.text, end):
            factor, end = scale
            value *= factor
        if plus := _PLUS.match(self.text, end):
            end = plus.end()
        unit = "usd" if currency else "none"
        if not currency and (found := unit_at(self.text, end)):
            unit, end = found
            if unit == "percent" and re.match(r"\s?absolute", self.text[end : end + 12]):
                also.add((value, "percentage_point"))
            if unit == "times" and re.search(r"times$", self.text[start:end]):
                also.add((value, "none"))  # "run 3 times" is a count
        elif not currency and (closing := _CLOSED.match(self.text, end)):  # (73.1 ± 0.4)%
            unit = (unit_at(self.text, closing.end()) or ("none", 0))[0]
        if plus := _PLUS.match(self.text, end):
            end = plus.end()
        self.add(start, end, value, unit, kind, also)

    def run(self) -> None:
        """Read everything, the most particular forms first."""
        for match in _PERCENT_OF.finditer(self.text):
            digits = match.group("digits")
            if "百" not in digits:
                self.add(*match.span(), _exact(digits) if digits[0].isdigit() else Fraction(_han(digits)), "percent")
        for match in _PARTS_OF.finditer(self.text):
            below, above = (int(p) if p.isdigit() else _HAN[p] for p in match.groups())
            if below:
                self.add(*match.span(), Fraction(above, below), "none", "word")
        self._fractions()
        for match in _POWER_OF_TEN.finditer(self.text):
            if abs(int(match.group(1))) <= 30 and not re.search(r"[×x*·]\s?$", self.text[: match.start()]):
                self.add(*match.span(), Fraction(10) ** int(match.group(1)), "none")
        self._digits()
        self._words()
        self.found.sort(key=lambda n: n.start)

    def _fractions(self) -> None:
        for match in _FRACTION.finditer(self.text):
            above, below = int(match.group(1)), int(match.group(2))
            if below > 1:
                also = [(Fraction(above), "none"), (Fraction(below), "none")] if self.inner else []
                self.add(*match.span(), Fraction(above, below), "none", also=also)

    def _digits(self) -> None:
        for match in _NUMBER.finditer(self.text):
            if not self._free(match.start("core"), match.end("core")):
                continue
            value, end = _exact(match.group("core")), match.end("core")
            if match.group("exponent") and self._free(*match.span("exponent")):
                power = int(match.group("power") or match.group("flat") or match.group("e"))
                if abs(power) <= 30:
                    value, end = value * Fraction(10) ** power, match.end("exponent")
            start = match.start()
            if re.search(r"(?:^|[\s([{=:：,，;|~])-$", self.text[max(0, start - 2) : start]):
                value, start = -value, start - 1
            self.with_unit(start, end, value, currency=bool(match.group("currency")))

    def _words(self) -> None:
        for match in _ENGLISH_PARTS.finditer(self.text):
            above = _WORDS.get(match.group(1).lower(), 1)
            self.add(*match.span(), Fraction(above, _PARTS[match.group(2).lower()]), "none", "word")
        for match in _ENGLISH.finditer(self.text):
            word = match.group(1).lower()
            if word == "one" and not self.inner:
                continue
            self.with_unit(*match.span(1), Fraction(_WORDS[word]), "word")
        for match in _CHINESE.finditer(self.text):
            numeral = match.group(1)
            if numeral == "一" and not self.inner:
                continue
            scaled = re.fullmatch(r"(.*?)(百|千|万|亿|十亿|百万|千万)?", numeral)
            assert scaled
            factor = {"百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "十亿": 10**9, "百万": 10**6, "千万": 10**7}.get(
                scaled.group(2) or "", 1
            )
            self.with_unit(*match.span(1), Fraction(_han(scaled.group(1)) * factor), "word")
        for match in _MULTIPLES.finditer(self.text):
            factor = _MULTIPLE.get(match.group().lower()[:3], 2)
            if self.inner or match.group().lower() in ("twice", "thrice"):
                self.add(*match.span(), Fraction(factor), "times", "word", also=[(Fraction(factor), "none")])


_JOINED = re.compile(
    r"\s?(?:-|~|to|至|到|±|\+/-|,|/|、|，|;|and|or|和|与|或|→|->|vs\.?|versus|compared to"
    r"|,\s?and)\s?(?:大约|约|about|approximately|~)?\s?"
)
_RANGE = re.compile(r"\s?(?:-|~|至|到|±|\+/-)\s?")


def _share_units(text: str, found: list[Number]) -> list[Number]:
    """Give the first of "2.5-3.8x", "71.6 ± 0.4%" and "70.0 and 74.1%" the unit that stands once, at one end."""
    shared = list(found)
    for i in range(len(shared) - 2, -1, -1):
        left, right = shared[i], shared[i + 1]
        between = text[left.end : right.start]
        if left.kind != "digits" or right.kind != "digits" or not _JOINED.fullmatch(between):
            continue
        tight = bool(_RANGE.fullmatch(between))
        if left.unit == "none" and right.unit != "none":
            shared[i] = _inherit(left, right, tight)
        elif right.unit == "none" and left.unit == "usd" and tight:
            shared[i + 1] = replace(right, unit="usd")
            shared[i] = _inherit(left, shared[i + 1], tight)
        elif right.unit == "none" and left.unit != "none" and "±" in between:
            shared[i + 1] = replace(right, unit=left.unit, also=right.also | {(right.value, "none")})
        elif left.unit == right.unit and _factor(left, right) > 1:
            shared[i] = _inherit(left, right, tight)
    return shared


def _inherit(left: Number, right: Number, tight: bool) -> Number:
    """`left` with the unit, and in a range the scale, of `right`; in a list that is only another way to read it."""
    factor = _factor(left, right)
    scaled, bare = (left.value * factor, right.unit), (left.value, "none")
    if tight:
        return replace(left, value=scaled[0], unit=right.unit, also=left.also | {bare, (left.value, right.unit)})
    return replace(left, also=left.also | {scaled, (left.value, right.unit)})


def _factor(left: Number, right: Number) -> int:
    """The factor of `right` that its neighbour "10" of "10-20K" shares, 1 where there is none."""
    scale = re.search(r"\d\s?(?:[kKMBT](?![A-Za-z])|thousand|million|billion|[十百千]?[万亿])", right.text, re.ASCII)
    if not scale or not re.fullmatch(r"(?:US)?\$?-?[\d.,]+\+?", left.text):
        return 1
    found = scale_at(right.text, scale.start() + 1)
    return found[0] if found else 1


_INNER = re.compile(r"(?:^|[-_/A-Za-z.])(\d+(?:\.\d+)?)([BMKT])(?![A-Za-z])")


def _inner_numbers(text: str, apart: list[NonQuantity]) -> list[Number]:
    """Numbers with a scale within a name, "7B" of "Qwen2.5-7B": a text may be quoted for them, a claim never has to."""
    found = []
    for span in apart:
        if span.kind != "name":
            continue
        for match in _INNER.finditer(text, span.start, span.end):
            factor = scale_at("1" + match.group(2), 1)
            assert factor
            value = _exact(match.group(1)) * factor[0]
            found.append(Number(match.group(1) + match.group(2), value, "none", match.start(1), match.end(2), "inner"))
    return found


def _left_over(text: str, reader: _Reader) -> list[NonQuantity]:
    """Digits that nothing has understood, each run one span: none may go unseen."""
    return [
        NonQuantity("other", m.start(), m.end())
        for m in re.finditer(r"\d+", text)
        if not all(reader.taken[m.start() : m.end()])
    ]


@lru_cache(maxsize=30_000)
def parse(text: str, inner: bool = False) -> Parsed:
    """All numbers of `text` in order, and the digits that are no quantity.

    With `inner`, as for a text that is quoted rather than one that claims: also "one", 一, "doubles", the numbers
    within names and the two of a fraction.
    """
    spelled = spell(text)
    apart = non_quantities(spelled.text)
    reader = _Reader(spelled.text, apart, inner)
    reader.run()
    numbers = _share_units(spelled.text, reader.found)
    apart = sorted([*apart, *_left_over(spelled.text, reader)], key=lambda a: a.start)
    if inner:
        numbers += _inner_numbers(spelled.text, apart)
    return Parsed(tuple(_placed(text, spelled, n) for n in numbers), tuple(_set_apart(spelled, a) for a in apart))


def _placed(text: str, spelled: Normalized, number: Number) -> Number:
    start, end = spelled.span(number.start, number.end)
    return replace(number, text=text[start:end].strip(), start=start, end=end)


def _set_apart(spelled: Normalized, span: NonQuantity) -> NonQuantity:
    start, end = spelled.span(span.start, span.end)
    return NonQuantity(span.kind, start, end)
