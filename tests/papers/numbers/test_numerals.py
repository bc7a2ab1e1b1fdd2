"""Numbers in words, written by a grammar that is not the parser's, and words that are no quantities."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from fractions import Fraction

import pytest

from papers.models import Block
from papers.numbers.parser import parse
from tasks.analyze.grounding.claims import check_claims
from tests.shared import SHARED, needs_shared

ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SIZES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred"))
HAN = "零一二三四五六七八九"


def english(n: int, *, hyphen: bool = True, joined: bool = True) -> str:
    """`n` in English words, as people write it: with or without a hyphen, with or without "and"."""
    for size, name in SIZES:
        if n >= size:
            head, rest = divmod(n, size)
            words = f"{english(head, hyphen=hyphen, joined=joined)} {name}"
            link = " and " if joined and rest < 100 else " "
            return words + (link + english(rest, hyphen=hyphen, joined=joined) if rest else "")
    if n < 20:
        return ONES[n]
    tens, ones = divmod(n, 10)
    return TENS[tens] + (("-" if hyphen else " ") + ONES[ones] if ones else "")


def chinese(n: int) -> str:
    """`n` in Chinese numerals, with 零 where places are left out."""
    for size, name in ((10**8, "亿"), (10**4, "万")):
        if n >= size:
            head, rest = divmod(n, size)
            link = "零" if rest and rest < size // 10 else ""
            return chinese(head) + name + (link + chinese(rest) if rest else "")
    text, zero = "", False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, size)
        if digit:
            text += ("零" if zero and text else "") + HAN[digit] + name
            zero = False
        else:
            zero = True
    return text.removeprefix("一") if text.startswith("一十") else text


def integers(seed: int) -> Iterator[int]:
    rng = random.Random(seed)
    for digits in range(2, 14):
        for _ in range(40):
            n = rng.randrange(10 ** (digits - 1), 10**digits)
            yield n if rng.random() < 0.5 else round(n, 2 - digits)


@pytest.mark.parametrize("style", range(4))
def test_english_numerals(style: int) -> None:
    wrong = []
    for n in integers(style):
        words = english(n, hyphen=style % 2 == 0, joined=style < 2)
        values = [number.value for number in parse(f"We collect {words} samples.").numbers]
        wrong += [] if values == [n] else [(words, values)]
    assert wrong == []


@pytest.mark.parametrize("style", ["共收集{}个样本", "语料有{}条", "约{}名参与者"])
def test_chinese_numerals(style: str) -> None:
    wrong = []
    for n in integers(len(style)):
        values = [number.value for number in parse(style.format(chinese(n))).numbers]
        wrong += [] if values == [n] else [(chinese(n), values)]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("sixty percent of users", 60, "percent"),
        ("forty-two per cent", 42, "percent"),
        ("two and a half times faster", Fraction(5, 2), "times"),
        ("a hundred samples", 100, "none"),
        ("half a million images", 500_000, "none"),
        ("a dozen models", 12, "none"),
        ("three-fifths of participants", Fraction(3, 5), "none"),
        ("cut by half", Fraction(1, 2), "none"),
        ("two orders of magnitude faster", 2, "order_of_magnitude"),
        ("an order of magnitude", 1, "order_of_magnitude"),
        ("twofold", 2, "times"),
        ("千分之八", Fraction(8, 1000), "none"),
        ("百分之一点五七", Fraction(157, 100), "percent"),
        ("百分之负三", -3, "percent"),
        ("百分之百", 100, "percent"),
        ("万分之百", Fraction(1, 100), "none"),
        ("十万分之一", Fraction(1, 100_000), "none"),
        ("五分之二", Fraction(2, 5), "none"),
        ("六成", 60, "percent"),
        ("七成五", 75, "percent"),
        ("三点二个百分点", Fraction(16, 5), "percentage_point"),
        ("二十万亿字符", 20 * 10**12, "none"),
        ("两千五百个", 2500, "none"),
        ("两万五个样本", 25_000, "none"),
        ("三百二十个", 320, "none"),
        ("一半的样本", Fraction(1, 2), "none"),
        ("两个数量级", 2, "order_of_magnitude"),
        ("两个半小时", Fraction(5, 2), "hour"),
        ("变化为负 4.2%", Fraction(-21, 5), "percent"),
        ("1'234'567 pages", 1_234_567, "none"),
    ],
)
def test_forms(text: str, value: int | Fraction, unit: str) -> None:
    assert [(n.value, n.unit) for n in parse(text).numbers] == [(value, unit)]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "one of the models",
            "on the one hand",
            "hundreds of users",
            "millions of tokens",
            "a second look",
            "the tenth",
        ),
        *(
            "第三个模型",
            "一方面",
            "十分有效",
            "万一失败",
            "一个模型",
            "千万不要",
            "百度",
            "二〇二五年",
            "一成不变",
            "成百上千",
        ),
        *("半监督学习", "三星电子", "八卦", "统一模型", "逐一检查", "唯一"),
    ],
)
def test_words_that_are_no_quantities(text: str) -> None:
    assert parse(text).numbers == ()


def test_a_numeral_that_is_not_understood_is_flagged() -> None:
    parsed = parse("约有三百千个样本")
    assert parsed.numbers == ()
    assert [text[s.start : s.end] for s in parsed.non_quantities for text in ["约有三百千个样本"]] == ["三百千"]


@needs_shared
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_cases(language: str) -> None:
    folder = SHARED / "cases" / f"numerals-{language}"
    parts = [p.strip() for p in (folder / "paper.txt").read_text().split("\n\n") if p.strip()]
    blocks = [Block(id=f"p{n}", kind="paragraph", section="", text=p) for n, p in enumerate(parts, 1)]
    wrong = []
    for line in (folder / "claims.jsonl").read_text().splitlines():
        claim = json.loads(line)
        (verdict,) = check_claims([claim], blocks)
        statuses = [number["status"] in ("grounded", "derived") for number in verdict["numbers"]]
        holds = {"ok": bool(statuses) and all(statuses), "refuse": bool(statuses) and not all(statuses), "either": True}
        wrong += [] if holds[claim["right"]] else [(claim["text"], verdict["numbers"])]
    assert wrong == []
