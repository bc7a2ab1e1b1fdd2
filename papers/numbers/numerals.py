"""Patterns and values of numbers in words: English and Chinese numerals, multiples and fractions."""

from __future__ import annotations

import re

CHINESE_PERCENT = re.compile(
    r"百分之\s?(?P<digits>\d+(?:\.\d+)?|(?:[二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])(?![一二两三四五六七八九十百]))"
)
CHINESE_FRACTION = re.compile(r"([一二两三四五六七八九十]|\d{1,3})\s?分之\s?([一二两三四五六七八九十]|\d{1,3})")
ENGLISH_VALUES = {
    w: n
    for n, w in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1
    )
}
ENGLISH_NUMERAL = re.compile(
    r"(?<![A-Za-z-])(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)(?=[\s-]|fold|\b)",
    re.IGNORECASE | re.ASCII,
)
MULTIPLE = re.compile(
    r"\b(twice|thrice|doubl(?:e|es|ed|ing)|tripl(?:e|es|ed|ing)|quadrupl(?:e|es|ed|ing))\b|翻倍|翻一番", re.IGNORECASE
)
MULTIPLE_FACTORS = {"twi": 2, "thr": 3, "dou": 2, "tri": 3, "qua": 4}
ENGLISH_FRACTION = re.compile(r"\b(one|two|three|a)[\s-](third|quarter|fourth|fifth|tenth)s?\b", re.IGNORECASE)
ENGLISH_DENOMINATORS = {"third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "tenth": 10}
CHINESE_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_MEASURE_WORDS = (
    "百分点|个|种|类|项|篇|阶段|步|层|组|次|倍|条|套|大|名|款|轮|段|场|家|批|对|份|部分|方面|维度|环节|模块|任务|数据集"
    "|基准|模型|方法"
    "|小时|天|分钟|秒|周|台|张|位|人|点|代|级|路|头|折|折交叉|张卡"
)
CHINESE_NUMERAL = re.compile(
    rf"(?<![第之其唯同万统逐进百分])((?:[二两三四五六七八九]?十[一二三四五六七八九]?|[一二两三四五六七八九])(?:百|千"
    rf"|万|亿|十亿|百万"
    rf"|千万)?)(?=\s?(?:{_MEASURE_WORDS}))"
)


def chinese_value(text: str) -> int:
    """The value of a Chinese numeral below one hundred."""
    if "十" not in text:
        return CHINESE_DIGITS[text]
    tens, ones = text.split("十")
    return (CHINESE_DIGITS[tens] if tens else 1) * 10 + (CHINESE_DIGITS[ones] if ones else 0)
