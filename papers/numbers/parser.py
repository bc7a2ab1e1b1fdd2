"""Parses the numbers of English and Chinese text: the value, unit and position of each.

    parse("速度提升 2.3 倍，参数 13.6亿") -> 2.3 times; 1360000000 none
    parse("1.36B parameters, 2.3× faster at 97.3 ± 0.4%") -> 1360000000; 2.3 times; 97.3 percent; 0.4 percent

Values are exact fractions. Dates, versions, ids and section numbers are not values (see `non_quantities`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache

from papers.numbers.non_quantities import NonQuantity, non_quantities
from papers.numbers.normalization import UNKNOWN_UNIT, Normalized, normalize
from papers.numbers.numerals import (
    MULTIPLE,
    MULTIPLE_FACTORS,
    Numeral,
    chinese_numerals,
    chinese_phrases,
    english_numerals,
    english_phrases,
)
from papers.numbers.superscripts import MARKS, RAISED, Base, is_power
from papers.numbers.units import OPTIONAL_UNITS, UNKNOWN, decimal, scale_at, unit_at

Interpretation = tuple[Fraction, str]  # a value and its unit: one way to read a number
MAX_DIGITS = 400  # a longer run of digits is data and no number; Python refuses to convert one of 4,301


@dataclass(frozen=True)
class Number:
    """A number in a text. `start` and `end` are offsets in the original text, including the unit."""

    text: str  # as written, with its unit
    value: Fraction
    unit: str
    start: int
    end: int
    kind: str = "digits"  # "digits", "word" (three, 三个), "inner" (7B within Qwen2.5-7B; only with `inner`)
    alternatives: frozenset[Interpretation] = frozenset()  # the 68.4 of "68.4 and 71.6%" in percent

    @cached_property
    def interpretations(self) -> frozenset[Interpretation]:
        """All ways to read the number."""
        return self.alternatives | {(self.value, self.unit)}

    @property
    def canonical(self) -> str:
        """The value as a canonical decimal."""
        return decimal(self.value)


@dataclass(frozen=True)
class Parsed:
    """All digits of a text: numbers and non-quantities, with offsets in the original text."""

    numbers: tuple[Number, ...]
    non_quantities: tuple[NonQuantity, ...]


_CORE = r"(?:\d{1,3}(?:(?:,\d{3})+|(?:'\d{3}){2,}|(?:’\d{3}){2,})(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+)"
_EXPONENT = (
    r"(?:\s?[×x*·]\s?10\s?(?:\^\s?\{?\s?(?P<power>[-+]?\d+)\s?\}?"
    r"|(?P<flat>-\d{1,2}))(?!\d)|[eE](?P<e>[-+]?\d{1,3})(?!\w|\.\d))"
)
_NUMBER = re.compile(rf"(?P<currency>(?:US)?\$\s?)?(?P<core>{_CORE})(?P<exponent>{_EXPONENT})?", re.ASCII)
_POWER = re.compile(
    r"(?<![\w.])(?P<base>10|[2-9])\s?\^\s?(?:\{\s?(?P<braced>[-+]?\d{1,3})\s?\}|(?P<bare>[-+]?\d{1,3})(?![\dA-Za-z]))",
    re.ASCII,
)
_FRACTION = re.compile(r"(?<![\d./A-Za-z])(\d{1,4})\s?/\s?(\d{1,4})(?![\d/A-Za-z]|\.\d|\s?[%×倍])")
_CLOSING_BRACKET = re.compile(r"[)}]\s?(?=%|×|倍|个?百分点)")
# The mark of a note between a number and its unit: 94.2²%, 94.2*%.
_MARK = re.compile(rf"(?=[{RAISED}]){MARKS}")
_MARK_BEFORE_PERCENT = re.compile(rf"(?:\s(?=[{RAISED}]))?{MARKS}(?=\s?(?:%|percent\b|个?百分点|倍))")
# A citation or the spread between a number and its unit: 94.2 [12]%, 94.2 (0.3)%, 94.2_{0.3}%.
_ASIDE = re.compile(
    r"(?:\s?\[\d{1,3}(?:,\s?\d{1,3}){0,9}\]|\s?(?:\(|_\{?)\s?[±+-]?\s?\d[\d.]{0,9}\s?[)}]?)"
    r"(?=\s?(?:%|percent\b|个?百分点|倍))",
    re.ASCII,
)
_HOURS_BEFORE = re.compile(r"小时\s?$")
_PER_MILLE = re.compile(r"\s?‰")
_PLUS = re.compile(r"\s?\+(?![\d\w])")


def _to_fraction(core: str) -> Fraction:
    return Fraction(re.sub("[,'’]", "", core))


def _is_small(power: str) -> bool:
    """Whether a power of ten is one that texts use."""
    return len(power) <= MAX_DIGITS and abs(int(power)) <= 30


class _Reader:
    """One pass over a normalized text; `occupied` marks characters that belong to a number or non-quantity."""

    def __init__(self, text: str, spans: list[NonQuantity], inner: bool) -> None:
        self.text, self.inner = text, inner
        self.non_quantities = spans
        self.numbers: list[Number] = []
        self.not_understood: list[NonQuantity] = []  # numerals
        self.occupied = [False] * (len(text) + 1)
        for span in spans:
            self._occupy(span.start, span.end)

    def _occupy(self, start: int, end: int) -> None:
        for position in range(start, end):
            self.occupied[position] = True

    def _is_free(self, start: int, end: int) -> bool:
        return not any(self.occupied[start:end])

    def add(
        self,
        start: int,
        end: int,
        value: Fraction,
        unit: str,
        kind: str = "digits",
        alternatives: Iterable[Interpretation] = (),
    ) -> None:
        """Add a number with its unit, unless its characters already belong to another."""
        if not self._is_free(start, end):
            return
        self._occupy(start, end)
        interpretations = set(alternatives)
        if unit in OPTIONAL_UNITS:
            interpretations.add((value, "none"))
        self.numbers.append(Number(self.text[start:end], value, unit, start, end, kind, frozenset(interpretations)))

    def add_with_unit(
        self, start: int, end: int, value: Fraction, kind: str = "digits", currency: bool = False
    ) -> None:
        """Add the number whose digits end at `end`, with the scale and unit after it."""
        alternatives: set[Interpretation] = set()
        end = self._after_mark(end)
        if scale := scale_at(self.text, end):
            factor, end = scale
            value *= factor
        if plus := _PLUS.match(self.text, end):
            end = plus.end()
        if mille := _PER_MILLE.match(self.text, end):
            self.add(start, mille.end(), value / 10, "percent", kind, alternatives)
            return
        unit = "usd" if currency else "none"
        if not currency and (unit_match := unit_at(self.text, end)):
            unit, end = unit_match
            if unit == "points" and _HOURS_BEFORE.search(self.text[max(0, start - 4) : start]):
                unit = "minute"  # 1小时40分
            if unit == "percent" and re.match(r"\s?absolute", self.text[end : end + 12]):
                alternatives.add((value, "percentage_point"))
            if unit == "times" and re.search(r"times$", self.text[start:end]):
                alternatives.add((value, "none"))  # "run 3 times" is a count
        elif not currency and (  # (73.1 ± 0.4)%
            bracket := _CLOSING_BRACKET.match(self.text, end) or _ASIDE.match(self.text, end)
        ):
            unit = (unit_at(self.text, bracket.end()) or ("none", 0))[0]
        if plus := _PLUS.match(self.text, end):
            end = plus.end()
        self.add(start, end, value, unit, kind, alternatives)

    def _after_mark(self, end: int) -> int:
        """The end of the mark between a number and its unit; `end` if there is no mark or no unit."""
        if mark := _MARK_BEFORE_PERCENT.match(self.text, end):
            return mark.end()
        mark = _MARK.match(self.text, end)
        return mark.end() if mark and (unit_at(self.text, mark.end()) or scale_at(self.text, mark.end())) else end

    def read(self) -> None:
        """Read all numbers, the most specific forms first."""
        self._add_numerals((*chinese_phrases(self.text), *english_phrases(self.text)))
        self._fractions()
        for match in _POWER.finditer(self.text):
            base, exponent = match["base"], match["braced"] or match["bare"]
            is_factor = base == "10" and re.search(r"[×x*·]\s?$", self.text[max(0, match.start() - 2) : match.start()])
            if not is_factor and is_power(Base(base, False), exponent, with_caret=True):
                self.add_with_unit(*match.span(), Fraction(int(base)) ** int(exponent))
        self._digits()
        self._add_numerals((*chinese_numerals(self.text), *english_numerals(self.text)))
        self._multiples()
        self.numbers.sort(key=lambda n: n.start)

    def _fractions(self) -> None:
        for match in _FRACTION.finditer(self.text):
            numerator, denominator = int(match.group(1)), int(match.group(2))
            if denominator > 1:
                alternatives = [(Fraction(numerator), "none"), (Fraction(denominator), "none")] if self.inner else []
                self.add(*match.span(), Fraction(numerator, denominator), "none", alternatives=alternatives)

    def _digits(self) -> None:
        for match in _NUMBER.finditer(self.text):
            if len(match.group("core")) > MAX_DIGITS or not self._is_free(*match.span("core")):
                continue
            value, end = _to_fraction(match.group("core")), match.end("core")
            if match.group("exponent") and self._is_free(*match.span("exponent")):
                power = match.group("power") or match.group("flat") or match.group("e")
                if _is_small(power):
                    value, end = value * Fraction(10) ** int(power), match.end("exponent")
            start = match.start()
            before = self.text[max(0, start - 2) : start]
            if re.search(r"(?:^|[\s([{=:：,，;|~])-$", before):
                value, start = -value, start - 1
            elif re.search(r"负\s?$", before):
                value, start = -value, self.text.rindex("负", 0, start)
            self.add_with_unit(start, end, value, currency=bool(match.group("currency")))

    def _add_numerals(self, numerals: Iterable[Numeral]) -> None:
        for numeral in numerals:
            if numeral.value is None:
                if self._is_free(numeral.start, numeral.end):
                    self.not_understood.append(NonQuantity("other", numeral.start, numeral.end))
                    self._occupy(numeral.start, numeral.end)
            elif numeral.value == 1 and numeral.unit == "none" and not self.inner:
                continue  # "one of them", 一个
            elif numeral.takes_unit:
                self.add_with_unit(numeral.start, numeral.end, numeral.value, "word")
            else:
                percent = [(100 * numeral.value, "percent")] if numeral.also_percent else []
                self.add(numeral.start, numeral.end, numeral.value, numeral.unit, "word", alternatives=percent)

    def _multiples(self) -> None:
        for match in MULTIPLE.finditer(self.text):
            word = match.group().lower()
            factor = MULTIPLE_FACTORS.get(word[:3], 2)
            if self.inner or word in ("twice", "thrice") or word.startswith("quarter"):
                self.add(*match.span(), Fraction(factor), "times", "word", alternatives=[(Fraction(factor), "none")])


_JOINER = re.compile(
    r"\s?(?:-|~|to|至|到|±|\+/-|,|/|、|，|;|and|or|和|与|或|→|->|vs\.?|versus|compared to"
    r"|,\s?and)\s?(?:大约|约|about|approximately|~)?\s?"
)
_RANGE = re.compile(r"\s?(?:-|~|至|到|±|\+/-)\s?")


# Spaces, brackets and the signs and macros of a formula may be between the number and the sign.
_BESIDE = r"(?:\\[A-Za-z]{1,20}|[\s{}()$\\~±×·+-]){0,12}+"
_UNKNOWN_BEFORE = re.compile(rf"{UNKNOWN_UNIT}{_BESIDE}$")
_UNKNOWN_AFTER = re.compile(rf"{_BESIDE}{UNKNOWN_UNIT}")
_LONGEST_BESIDE = 40  # characters before a number in which the sign is looked for


def _with_unknown_unit(number: Number) -> Number:
    """The number with a unit that equals no other, in each of its interpretations."""
    return replace(number, unit=UNKNOWN, alternatives=frozenset((value, UNKNOWN) for value, _ in number.alternatives))


def _mark_unknown_units(text: str, numbers: list[Number]) -> list[Number]:
    """The numbers, with those beside the sign of an unknown unit marked as such."""
    if UNKNOWN_UNIT not in text:
        return numbers
    return [
        _with_unknown_unit(n)
        if _UNKNOWN_BEFORE.search(text, max(0, n.start - _LONGEST_BESIDE), n.start) or _UNKNOWN_AFTER.match(text, n.end)
        else n
        for n in numbers
    ]


def _share_units(text: str, numbers: list[Number]) -> list[Number]:
    """Give both numbers of "2.5-3.8x", "71.6 ± 0.4%" and "70.0 and 74.1%" the unit that is written only once."""
    result = list(numbers)
    for i in range(len(result) - 2, -1, -1):
        left, right = result[i], result[i + 1]
        between = text[left.end : right.start]
        if left.kind != "digits" or right.kind != "digits" or not _JOINER.fullmatch(between):
            continue
        is_range = bool(_RANGE.fullmatch(between))
        if left.unit == "none" and right.unit == UNKNOWN:
            result[i] = _with_unknown_unit(left)
        elif left.unit == UNKNOWN and right.unit == "none" and is_range:
            result[i + 1] = _with_unknown_unit(right)
        elif left.unit == "none" and right.unit != "none":
            result[i] = _inherit_unit(left, right, is_range)
        elif right.unit == "none" and left.unit == "usd" and is_range:
            result[i + 1] = replace(right, unit="usd")
            result[i] = _inherit_unit(left, result[i + 1], is_range)
        elif right.unit == "none" and left.unit != "none" and "±" in between:
            result[i + 1] = replace(right, unit=left.unit, alternatives=right.alternatives | {(right.value, "none")})
        elif left.unit == right.unit and _shared_scale(left, right) > 1:
            result[i] = _inherit_unit(left, right, is_range)
    return result


def _inherit_unit(left: Number, right: Number, is_range: bool) -> Number:
    """`left` with the unit and scale of `right` in a range; in a list this is only another interpretation."""
    factor = _shared_scale(left, right)
    scaled, bare = (left.value * factor, right.unit), (left.value, "none")
    if is_range:
        return replace(
            left, value=scaled[0], unit=right.unit, alternatives=left.alternatives | {bare, (left.value, right.unit)}
        )
    return replace(left, alternatives=left.alternatives | {scaled, (left.value, right.unit)})


def _shared_scale(left: Number, right: Number) -> int:
    """The scale of `right` that also applies to `left` ("10" in "10-20K"); 1 if there is none."""
    scale = re.search(r"\d\s?(?:[kKMBT](?![A-Za-z])|thousand|million|billion|[十百千]?[万亿])", right.text, re.ASCII)
    if not scale or not re.fullmatch(r"(?:US)?\$?-?[\d.,]+\+?", left.text):
        return 1
    factor = scale_at(right.text, scale.start() + 1)
    return factor[0] if factor else 1


_INNER = re.compile(r"(?:^|[-_/A-Za-z.])(\d+(?:\.\d+)?)([BMKT])(?![A-Za-z])")


def _inner_numbers(text: str, spans: list[NonQuantity]) -> list[Number]:
    """Numbers with a scale within a name, "7B" of "Qwen2.5-7B": a quotation may support them, a claim need not."""
    numbers = []
    for span in spans:
        if span.kind != "name":
            continue
        for match in _INNER.finditer(text, span.start, span.end):
            if len(match.group(1)) > MAX_DIGITS:
                continue
            factor = scale_at("1" + match.group(2), 1)
            assert factor
            value = _to_fraction(match.group(1)) * factor[0]
            numbers.append(
                Number(match.group(1) + match.group(2), value, "none", match.start(1), match.end(2), "inner")
            )
    return numbers


def _marks(text: str, reader: _Reader) -> list[NonQuantity]:
    """The marks of notes in superscript characters that are not within a number or its unit."""
    marks = [match.span() for match in _MARK.finditer(text)]
    return [NonQuantity("marker", start, end) for start, end in marks if not any(reader.occupied[start:end])]


def _uncovered_digits(text: str, reader: _Reader) -> list[NonQuantity]:
    """Digits that are part of no number or non-quantity, one span for each run: no digit is ignored."""
    return [
        NonQuantity("other", m.start(), m.end())
        for m in re.finditer(r"\d+", text)
        if not all(reader.occupied[m.start() : m.end()])
    ]


@lru_cache(maxsize=30_000)
def parse(text: str, inner: bool = False) -> Parsed:
    """All numbers of `text` in order, and the digits that are not quantities.

    `inner` is for quotations, as opposed to claims: it also gives "one", 一, "doubles", the numbers within names and
    both parts of a fraction.
    """
    normalized = normalize(text)
    spans = non_quantities(normalized.text)
    reader = _Reader(normalized.text, spans, inner)
    reader.read()
    numbers = _share_units(normalized.text, _mark_unknown_units(normalized.text, reader.numbers))
    spans = [*spans, *reader.not_understood, *_marks(normalized.text, reader)]
    spans = sorted([*spans, *_uncovered_digits(normalized.text, reader)], key=lambda a: a.start)
    if inner:
        numbers += _mark_unknown_units(normalized.text, _inner_numbers(normalized.text, spans))
    return Parsed(
        tuple(_number_in_original(text, normalized, n) for n in numbers),
        tuple(_span_in_original(normalized, a) for a in spans),
    )


def _number_in_original(text: str, normalized: Normalized, number: Number) -> Number:
    start, end = normalized.span(number.start, number.end)
    return replace(number, text=text[start:end].strip(), start=start, end=end)


def _span_in_original(normalized: Normalized, span: NonQuantity) -> NonQuantity:
    start, end = normalized.span(span.start, span.end)
    return NonQuantity(span.kind, start, end)
