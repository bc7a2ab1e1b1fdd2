"""Numbers in words: English and Chinese numerals, fractions, tenths and multiples, with their values.

Which of them are quantities is decided here too: ordinals, idioms (一方面, 十分, "hundreds of") and years are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

ORDER_OF_MAGNITUDE = "order_of_magnitude"
LONGEST = 40  # characters of a Chinese numeral, words of an English one


class Numeral(NamedTuple):
    """A number in words, by its offsets. `value` is None where the numeral is not understood."""

    start: int
    end: int
    value: Fraction | None
    unit: str = "none"
    also_percent: bool = False  # a fraction: three fifths are 60 percent
    takes_unit: bool = False  # a unit may follow, as after digits


# --- English ---------------------------------------------------------------------------------------------------------

_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
ENGLISH_VALUES = {word: n for n, word in enumerate(f"{_ONES} eighteen nineteen".split(), 1)}
_TENS = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_FIRST = "|".join(sorted([*ENGLISH_VALUES, *_TENS], key=len, reverse=True))
_ANY = "|".join(sorted([*ENGLISH_VALUES, *_TENS, *_SCALES], key=len, reverse=True))
_SCALE_WORDS = "|".join(_SCALES)
ENGLISH_NUMERAL = re.compile(
    rf"(?<![A-Za-z-])(?:(?P<half>half )?(?P<article>an? )(?={_SCALE_WORDS})(?:{_SCALE_WORDS})|(?:{_FIRST}))"
    rf"(?:(?: |-| and )(?:{_ANY}))*+(?P<and_half> and a half)?+(?=fold|[^A-Za-z]|$)",
    re.IGNORECASE | re.ASCII,
)
MULTIPLE = re.compile(
    r"\b(twice|thrice|doubl(?:e|es|ed|ing)|tripl(?:e|es|ed|ing)|quadrupl(?:e|es|ed|ing)|quarter(?:ed|ing))\b"
    r"|翻倍|翻一番",
    re.IGNORECASE,
)
MULTIPLE_FACTORS = {"twi": 2, "thr": 3, "dou": 2, "tri": 3, "qua": 4}
_PARTS = {
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
}
ENGLISH_FRACTION = re.compile(
    rf"\b(?P<above>one|two|three|four|five|six|seven|eight|nine|a)[\s-](?P<below>{'|'.join(_PARTS)})s?\b"
    r"|\b(?P<half>half(?= (?:of|the|as)\b)|(?<=\bby )(?:a )?half\b|(?<=\bone )half\b)",
    re.IGNORECASE,
)
_DIGIT_WORDS = "zero|oh|one|two|three|four|five|six|seven|eight|nine"
_DECIMAL_WORDS = re.compile(  # "minus fifteen point eight"
    rf"(?<![A-Za-z-])(?P<minus>minus |negative )?(?P<whole>zero|(?:{_ANY})(?:(?: |-| and )(?:{_ANY})){{0,12}}) point"
    rf" (?P<decimals>(?:{_DIGIT_WORDS})(?:[ -](?:{_DIGIT_WORDS})){{0,11}})"
    r"(?P<scale> (?:thousand|million|billion|trillion))?(?![A-Za-z])",
    re.IGNORECASE,
)
_HALF_ALONE = re.compile(
    r"\b(?P<before>, |than |about |nearly |roughly |almost |only |over |exactly |just |the other )half\b"
    r"(?!-| a\b| an\b)(?=[ .,;]|$)",
    re.IGNORECASE,
)
_NO_NUMERAL_AFTER = re.compile(  # "twenty-first", "two-faced", "nine-to-five"
    r"-(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|faced|to-(?:five|one)\b)", re.IGNORECASE
)
_NO_NUMERAL_BEFORE = re.compile(r"\bBig $|-to-$")  # the Big Four
_MAGNITUDES = re.compile(
    rf"\b(?P<word>an|{_FIRST}|\d{{1,2}})(?:[- ]to[- ](?:{_FIRST}|\d{{1,2}}))? orders? of magnitude\b", re.IGNORECASE
)


def english_phrases(text: str) -> Iterator[Numeral]:
    """Orders of magnitude and fractions, which may hold digits or be parts of longer numerals."""
    lower = text.lower()  # most texts have none of these words, and a search for a pattern takes far longer
    for match in _MAGNITUDES.finditer(text) if "magnitude" in lower else ():
        word = match["word"].lower()
        value = int(word) if word.isdigit() else (ENGLISH_VALUES | _TENS).get(word, 1)
        yield Numeral(*match.span(), Fraction(value), ORDER_OF_MAGNITUDE)
    for match in _DECIMAL_WORDS.finditer(text) if " point " in lower else ():
        yield _decimal_numeral(match)
    for match in _HALF_ALONE.finditer(text) if "half" in lower else ():
        yield Numeral(match.end("before"), match.end(), Fraction(1, 2), also_percent=True)
    for match in ENGLISH_FRACTION.finditer(text) if any(word in lower for word in ("half", *_PARTS)) else ():
        if match["half"]:
            yield Numeral(*match.span(), Fraction(1, 2), also_percent=True)
        else:
            above = ENGLISH_VALUES.get(match["above"].lower(), 1)
            yield Numeral(*match.span(), Fraction(above, _PARTS[match["below"].lower()]), also_percent=True)


def _decimal_numeral(match: re.Match[str]) -> Numeral:
    """The numeral of "twenty point nine" and "one point six billion"."""
    words = [w for w in re.split(r"[ -]", match["whole"].lower()) if w]
    whole, used = (Fraction(0), 1) if words == ["zero"] else _english_value(words)
    digits = "".join(str(_DIGIT_VALUES[w]) for w in re.split(r"[ -]", match["decimals"].lower()))
    value = whole + Fraction(int(digits), 10 ** len(digits))
    if match["scale"]:
        value *= _SCALES[match["scale"].strip().lower()]
    if used < len(words):
        return Numeral(*match.span(), None)
    return Numeral(*match.span(), -value if match["minus"] else value, takes_unit=True)


_DIGIT_VALUES = {"zero": 0, "oh": 0} | {word: n for word, n in ENGLISH_VALUES.items() if n < 10}


def english_numerals(text: str) -> Iterator[Numeral]:
    """The English numerals of a text, in order."""
    for match in ENGLISH_NUMERAL.finditer(text):
        if not _NO_NUMERAL_AFTER.match(text, match.end()) and not _NO_NUMERAL_BEFORE.search(
            text[max(0, match.start() - 12) : match.start()]
        ):
            yield from _split_english(match)


def _split_english(match: re.Match[str]) -> Iterator[Numeral]:
    """The numerals of a run of number words: "two hundred and five" is one, "one two" are two."""
    end = match.start("and_half") if match["and_half"] else match.end()
    words = [
        (m.group().lower(), m.start(), m.end()) for m in re.finditer(r"[A-Za-z]+", match.string[match.start() : end])
    ]
    offset, place = match.start(), 0
    while place < len(words):
        value, used = _english_value([w for w, _, _ in words[place : place + LONGEST]])
        if not used:
            place += 1
            continue
        start, stop = offset + words[place][1], offset + words[place + used - 1][2]
        place += used
        if place == len(words) and match["and_half"]:
            value, stop = value + Fraction(1, 2), match.end()
        yield Numeral(start, stop, value, takes_unit=True)


def _english_value(words: list[str]) -> tuple[Fraction, int]:
    """The value of the longest numeral at the beginning, and how many words it has."""
    total, current, used = 0, 0, 0
    for n, word in enumerate(words):
        if word in ("a", "an", "half") and n < 2:
            continue
        if word == "and" and n and words[n - 1] in _SCALES:
            continue
        if word == "hundred" and current < 100:
            current = (current or 1) * 100
        elif word in _SCALES and word != "hundred" and (not total or _SCALES[word] < total):
            total, current = total + (current or 1) * _SCALES[word], 0
        elif word in _TENS and not current % 100:
            current += _TENS[word]
        elif word in ENGLISH_VALUES and not current % (10 if ENGLISH_VALUES[word] < 10 else 100):
            current += ENGLISH_VALUES[word]
        else:
            break
        used = n + 1
    return Fraction(total + current, 2 if words[0] == "half" else 1), used


# --- Chinese ---------------------------------------------------------------------------------------------------------

CHINESE_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUM = "[零〇一二两三四五六七八九十百千万亿]"
_MEASURE_WORDS = (
    "百分点|个|种|类|项|篇|阶段|步|层|组|次|倍|条|套|大|名|款|轮|段|场|家|批|对|份|部分|方面|维度|环节|模块|任务|数据集"
    "|基准|模型|方法"
    "|小时|天|分钟|毫秒|秒|周|台|张|位|人|点|代|级|路|头|折|折交叉|张卡|摄氏度|度|℃|个月|年(?!代)|帧|字(?!典|符|母)|元(?![数素])|公里|米"
)
_DECIMAL = "(?:点[零〇一二三四五六七八九]{1,12}(?![零〇一二三四五六七八九十百千]))?"
_CHINESE = re.compile(
    rf"(?<![第之其唯同万统逐进百分零〇一二两三四五六七八九十千亿])(?P<numeral>[一二两三四五六七八九十]{_NUM}*+{_DECIMAL}|零点[零〇一二三四五六七八九]{{1,12}})"
    rf"(?P<more>[多余来]?)(?P<half>个半|倍半)?(?P<measure>(?=\s?(?:{_MEASURE_WORDS})))?"
)
_PARTS_OF = re.compile(
    rf"(?P<below>[一二两三四五六七八九十百千万亿]{{1,6}}|\d{{1,3}})\s?分之"
    rf"\s?(?P<above>负?(?:\d{{1,12}}(?:\.\d{{1,12}})?|{_NUM}{{1,12}}{_DECIMAL}))"
)
_TENTHS = re.compile(
    r"(?<![第百分\d])(?P<tenths>[一二两三四五六七八九]|\d)成(?P<rest>[一二三四五六七八九半])?(?![为功员立就本熟语果长年都份不型交员])"
)
_HALF = re.compile(r"一半|半数")
_CHINESE_MAGNITUDES = re.compile(r"(?P<count>[一二两三四五六七八九十]|\d{1,2})\s?个数量级")


def chinese_phrases(text: str) -> Iterator[Numeral]:
    """Orders of magnitude, fractions (千分之八), tenths (六成) and halves, which may hold digits."""
    if text.isascii():
        return
    for match in _CHINESE_MAGNITUDES.finditer(text):
        yield Numeral(*match.span(), _amount(match["count"]), ORDER_OF_MAGNITUDE)
    for match in _PARTS_OF.finditer(text):
        yield _fraction(match)
    for match in _TENTHS.finditer(text):
        tenths = _amount(match["tenths"])
        rest = 5 if match["rest"] == "半" else CHINESE_DIGITS[match["rest"]] if match["rest"] else 0
        yield Numeral(*match.span(), None if tenths is None else 10 * tenths + rest, "percent")
    for match in _HALF.finditer(text):
        yield Numeral(*match.span(), Fraction(1, 2), also_percent=True)


_IDIOMS = re.compile(
    "三番五次|三番两次|三心二意|四面八方|五花八门|七上八下|乱七八糟|九牛一毛|十全十美|百花齐放|百家争鸣|千变万化|千差万别|千方百计"
    "|万无一失|成千上万|千篇一律|一石二鸟|独一无二|三言两语|五颜六色|四舍五入|接二连三|举一反三|朝三暮四|略知一二|丢三落四|一五一十"
)


def chinese_numerals(text: str) -> Iterator[Numeral]:
    """The Chinese numerals of a text that are quantities, in order."""
    idioms = {place for idiom in _IDIOMS.finditer(text) for place in range(*idiom.span())}
    for match in _CHINESE.finditer(text):
        if match.start() in idioms:
            continue
        numeral = match["numeral"]
        is_long = re.search("[百千万亿点]", numeral) is not None
        if match["measure"] is None and match["half"] is None and not is_long:
            continue
        value = chinese_value(numeral)
        end = match.end("half") if match["half"] else match.end("numeral")
        if value is not None and match["half"]:
            value += Fraction(1, 2)
        if match["half"] == "倍半":  # 三倍半
            yield Numeral(match.start(), end, value, "times")
        else:
            yield Numeral(match.start(), end, value, takes_unit=True)


def _fraction(match: re.Match[str]) -> Numeral:
    above, below = match["above"], _amount(match["below"])
    sign = -1 if above.startswith("负") else 1
    value = _amount(above.removeprefix("负"))
    if value is None or not below:
        return Numeral(*match.span(), None)
    if below == 100:
        return Numeral(*match.span(), sign * value, "percent")
    return Numeral(*match.span(), sign * value / below, also_percent=True)


def _amount(text: str) -> Fraction | None:
    """The value of digits or of a Chinese numeral; beside 分之, a unit may stand for one of it (百分之百)."""
    if text[0] in "百千万亿":
        text = f"一{text}"
    return Fraction(text) if text[0].isdigit() and text[0].isascii() else chinese_value(text)


def chinese_value(text: str) -> Fraction | None:
    """The value of a Chinese numeral (三百二十, 二十万亿, 两万五, 三点二); None for one that Chinese does not have."""
    whole, point, decimals = text.partition("点")
    value = _chinese_integer(whole) if len(whole) <= LONGEST else None
    if value is None or not point:
        return None if value is None else Fraction(value)
    digits = "".join(str(CHINESE_DIGITS[c]) for c in decimals)
    return value + Fraction(int(digits), 10 ** len(digits))


def _chinese_integer(text: str) -> int | None:
    for unit, factor in (("亿", 10**8), ("万", 10**4)):
        if unit not in text:
            continue
        left, _, right = text.rpartition(unit)
        above, below = _chinese_integer(left) if left else None, _rest(right, factor)
        return None if above is None or below is None or below >= factor else above * factor + below
    return _below_ten_thousand(text)


def _rest(text: str, factor: int) -> int | None:
    """What follows 万 or 亿: nothing, a numeral, or a single digit of the next place (两万五)."""
    if not text:
        return 0
    if len(text) == 1 and text in CHINESE_DIGITS and CHINESE_DIGITS[text]:
        return CHINESE_DIGITS[text] * factor // 10
    return _chinese_integer(text.lstrip("零〇"))


def _below_ten_thousand(text: str) -> int | None:
    """The value of a numeral of 千, 百, 十 and digits, each unit once and in order."""
    total, last_unit, digit, after_zero = 0, 10**4, None, False
    for character in text:
        if character in _UNITS:
            unit = _UNITS[character]
            if unit >= last_unit or (digit is None and not (unit == 10 and (not total or after_zero))):
                return None
            total, last_unit, digit, after_zero = total + (digit or 1) * unit, unit, None, False
        elif digit is not None:
            return None
        elif CHINESE_DIGITS[character] == 0:
            after_zero = True
        else:
            digit = CHINESE_DIGITS[character]
    if digit is not None:
        spoken = 10 < last_unit < 10**4 and not after_zero  # 三百二: the digit is of the next place
        total += digit * (last_unit // 10 if spoken else 1)
    return total if total or text in ("零", "〇") else None
