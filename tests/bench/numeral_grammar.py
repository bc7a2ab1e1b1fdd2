"""A grammar of numerals: quantities in digits and in words, English and Chinese, and the sentences they stand in.

It is written independently of the parser in `papers.numbers`.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Written:
    """One value of a form, written in digits and in words, as they stand in a sentence."""

    size: Decimal  # values of one form differ if their sizes do
    digits: str
    words: str


@dataclass(frozen=True)
class Form:
    """A way to write a quantity: how to draw a value, and the sentences that it may stand in."""

    name: str
    draw: Callable[[random.Random], Written]
    english: tuple[str, ...]  # sentences of a paper; also those of an English claim
    chinese: tuple[str, ...] = ()  # sentences of a Chinese claim


# --- English words --------------------------------------------------------------------------------------------------

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))


def english_words(n: int, joined: bool = True) -> str:
    """A cardinal in words; with "and" before the last two digits if `joined`."""
    parts = []
    for scale, name in _SCALES:
        if n >= scale:
            parts.append(f"{english_words(n // scale, joined)} {name}")
            n %= scale
    if n >= 100:
        parts.append(f"{_ONES[n // 100]} hundred")
        n %= 100
    if n or not parts:
        small = _ONES[n] if n < 20 else _TENS[n // 10] + (f"-{_ONES[n % 10]}" if n % 10 else "")
        parts.append(f"and {small}" if parts and joined else small)
    return " ".join(parts)


def english_decimal(digits: str) -> str:
    """A decimal in words, digit by digit after the point."""
    whole, _, rest = digits.partition(".")
    return f"{english_words(int(whole))} point {' '.join(_ONES[int(d)] for d in rest)}"


# --- Chinese words --------------------------------------------------------------------------------------------------

_HAN = "零一二三四五六七八九"


def chinese_words(n: int, two: str = "二") -> str:
    """A cardinal in Chinese; `two` is what stands for 2 before 百, 千, 万 and 亿."""
    if n == 0:
        return "零"
    if n >= 10**8:
        return _above(n, 10**8, "亿", two)
    if n >= 10**4:
        return _above(n, 10**4, "万", two)
    text, gap = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, n = divmod(n, unit)
        if digit:
            text += "零" if gap and text else ""
            text += (two if digit == 2 and unit >= 100 else _HAN[digit]) + name
            gap = False
        else:
            gap = bool(text)
    return text.removeprefix("一") if text.startswith("一十") else text


def _above(n: int, scale: int, name: str, two: str) -> str:
    high, low = divmod(n, scale)
    head = (two if high == 2 else chinese_words(high, two)) + name
    if not low:
        return head
    tail = chinese_words(low, two)
    if low < scale // 10:
        tail = "零" + ("一" + tail if tail.startswith("十") else tail)
    return head + ("一" + tail if tail.startswith("十") else tail)


def chinese_decimal(digits: str) -> str:
    """A decimal in Chinese, digit by digit after the point."""
    whole, _, rest = digits.partition(".")
    return chinese_words(int(whole)) + ("点" + "".join(_HAN[int(d)] for d in rest) if rest else "")


# --- how values are drawn -------------------------------------------------------------------------------------------


def _commas(n: int) -> str:
    return f"{n:,}"


def _decimal(rng: random.Random, low: float, high: float, places: int = 1) -> str:
    """Digits with so many places, the last of them not a zero."""
    step = 10**places
    n = rng.choice([k for k in range(int(low * step), int(high * step)) if k % 10])
    return f"{Decimal(n) / step:f}"


def _count(low: int, high: int, write: Callable[[int, random.Random], str]) -> Callable[[random.Random], Written]:
    def draw(rng: random.Random) -> Written:
        n = rng.randint(low, high)
        return Written(Decimal(n), _commas(n), write(n, rng))

    return draw


def _scaled(
    low: int, high: int, scale: int, write: Callable[[int, random.Random], str]
) -> Callable[[random.Random], Written]:
    """A whole number of a scale, in digits with its English scale word."""
    names = {10**12: "trillion", 10**9: "billion", 10**6: "million", 1000: "thousand"}

    def draw(rng: random.Random) -> Written:
        n = rng.randint(low, high)
        digits = rng.choice((f"{n} {names[scale]}", _commas(n * scale)))
        return Written(Decimal(n * scale), digits, write(n * scale, rng))

    return draw


def _english_decimal_scaled(rng: random.Random) -> Written:
    d, (scale, name) = _decimal(rng, 1.1, 9.9), rng.choice(_SCALES[:3])
    return Written(Decimal(d) * scale, f"{d} {name}", f"{english_decimal(d)} {name}")


def _english_half_scaled(rng: random.Random) -> Written:
    n, (scale, name) = rng.randint(1, 12), rng.choice(_SCALES[:3])
    return Written((n + Decimal("0.5")) * scale, f"{n}.5 {name}", f"{_ONES[n]} and a half {name}")


def _english_percent(rng: random.Random) -> Written:
    n = rng.randint(3, 98)
    return Written(Decimal(n), f"{n}%", f"{english_words(n)} {rng.choice(('percent', 'per cent'))}")


def _english_percent_decimal(rng: random.Random) -> Written:
    d = _decimal(rng, 0.2, 89)
    return Written(Decimal(d), f"{d}%", f"{english_decimal(d)} percent")


def _english_points(rng: random.Random) -> Written:
    d = rng.choice((str(rng.randint(2, 40)), _decimal(rng, 1.1, 30)))
    words = english_decimal(d) if "." in d else english_words(int(d))
    return Written(Decimal(d), f"{d} percentage points", f"{words} percentage points")


_PARTS = {3: "third", 4: "quarter", 5: "fifth", 6: "sixth", 7: "seventh", 8: "eighth", 9: "ninth", 10: "tenth"}


def _english_fraction(rng: random.Random) -> Written:
    if rng.random() < 0.15:
        return Written(Decimal("0.5"), rng.choice(("1/2", "50%")), "half")
    below = rng.choice(list(_PARTS))
    above = rng.choice([k for k in range(1, below) if all(k % p or below % p for p in (2, 3, 5))])
    digits = f"{100 * above // below}%" if 100 * above % below == 0 and rng.random() < 0.5 else f"{above}/{below}"
    join = rng.choice((" ", "-")) if above > 1 else " "
    first = rng.choice(("a", "one")) if above == 1 and below != 8 else _ONES[above]
    return Written(Decimal(above) / below, digits, f"{first}{join}{_PARTS[below]}{'s' if above > 1 else ''}")


def _english_ratio(rng: random.Random) -> Written:
    below = rng.randint(3, 12)
    above = rng.choice([k for k in range(1, below) if all(k % p or below % p for p in (2, 3, 5, 7, 11))])
    join = rng.choice(("out of", "in"))
    return Written(Decimal(above) / below, f"{above} {join} {below}", f"{_ONES[above]} {join} {_ONES[below]}")


def _english_fold(rng: random.Random) -> Written:
    n = rng.randint(2, 12)
    return Written(
        Decimal(n),
        rng.choice((f"{n}-fold", f"{n}x", f"{n} times")),
        rng.choice((f"{_ONES[n]}fold", f"{_ONES[n]}-fold")),
    )


def _english_times(rng: random.Random) -> Written:
    n = rng.randint(1, 12)
    if rng.random() < 0.5:
        return Written(n + Decimal("0.5"), rng.choice((f"{n}.5 times", f"{n}.5x")), f"{_ONES[n]} and a half times")
    n += 2
    return Written(Decimal(n), rng.choice((f"{n} times", f"{n}x")), f"{english_words(n)} times")


def _english_factor(rng: random.Random) -> Written:
    n = rng.randint(3, 40)
    return Written(Decimal(n), rng.choice((f"a factor of {n}", f"{n} times")), f"a factor of {english_words(n)}")


def _english_orders(rng: random.Random) -> Written:
    n = rng.randint(2, 9)
    return Written(Decimal(n), f"{n} orders of magnitude", f"{_ONES[n]} orders of magnitude")


def _english_dozen(rng: random.Random) -> Written:
    sizes = {"half a dozen": 6, "a dozen": 12, "two dozen": 24, "three dozen": 36, "a hundred": 100, "a thousand": 1000,
             "four dozen": 48, "five dozen": 60, "a million": 10**6}  # fmt: skip
    words = rng.choice(list(sizes))
    return Written(Decimal(sizes[words]), _commas(sizes[words]), words)


def _english_duration(rng: random.Random) -> Written:
    unit = rng.choice(("hours", "minutes", "days", "weeks", "seconds"))
    per = {"hours": 3600, "minutes": 60, "days": 86400, "weeks": 604800, "seconds": 1}[unit]
    n = rng.randint(2, 59)
    if rng.random() < 0.4:
        n = rng.randint(1, 12)
        return Written((n + Decimal("0.5")) * per, f"{n}.5 {unit}", f"{_ONES[n]} and a half {unit}")
    return Written(Decimal(n * per), f"{n} {unit}", f"{english_words(n)} {unit}")


def _english_plain_decimal(rng: random.Random) -> Written:
    d = _decimal(rng, 0.11, 0.98, 2)
    return Written(Decimal(d), d, english_decimal(d))


def _english_negative(rng: random.Random) -> Written:
    d = _decimal(rng, 0.2, 30)
    return Written(-Decimal(d), f"-{d}%", f"{rng.choice(('minus', 'negative'))} {english_decimal(d)} percent")


def _english_degrees(rng: random.Random) -> Written:
    n = rng.randint(3, 95)
    return Written(Decimal(n), f"{n} °C", f"{english_words(n)} degrees Celsius")


def _two(rng: random.Random) -> str:
    return rng.choice(("两", "二"))


def _chinese_percent(rng: random.Random) -> Written:
    d = rng.choice((str(rng.randint(3, 98)), _decimal(rng, 0.2, 89), _decimal(rng, 0.11, 9.9, 2)))
    return Written(Decimal(d), f"{d}%", f"百分之{chinese_decimal(d)}")


def _chinese_per_scale(rng: random.Random) -> Written:
    scale, name = rng.choice(((1000, "千"), (10000, "万")))
    d = rng.choice((str(rng.randint(2, 9)), _decimal(rng, 1.1, 9.9)))
    percent = Decimal(d) * 100 / scale
    return Written(percent, f"{percent.normalize():f}%", f"{name}分之{chinese_decimal(d)}")


def _chinese_rate(rng: random.Random) -> Written:
    power, name = rng.choice(((4, "万"), (5, "十万"), (6, "百万"), (7, "千万"), (8, "亿")))
    n = rng.randint(1, 9)
    digits = rng.choice((f"{n}e-{power}", f"{n}×10^-{power}"))
    return Written(Decimal(n).scaleb(-power), digits, f"{name}分之{_HAN[n]}")


def _chinese_fraction(rng: random.Random) -> Written:
    below = rng.randint(3, 12)
    above = rng.choice([k for k in range(1, below) if all(k % p or below % p for p in (2, 3, 5, 7, 11))])
    digits = f"{100 * above // below}%" if 100 * above % below == 0 and rng.random() < 0.5 else f"{above}/{below}"
    return Written(Decimal(above) / below, digits, f"{chinese_words(below)}分之{chinese_words(above)}")


def _chinese_tenths(rng: random.Random) -> Written:
    n = rng.randint(1, 9)
    if rng.random() < 0.3 and n > 1:
        return Written(
            Decimal(n * 10 + 5), f"{n * 10 + 5}%", f"{_HAN[n]}成半" if rng.random() < 0.5 else f"{_HAN[n]}成五"
        )
    if rng.random() < 0.15:
        return Written(Decimal(50), "50%", "一半")
    return Written(Decimal(n * 10), f"{n * 10}%", ("两" if n == 2 else _HAN[n]) + "成")


def _chinese_times(rng: random.Random) -> Written:
    if rng.random() < 0.3:
        n = rng.randint(1, 9)
        return Written(n + Decimal("0.5"), f"{n}.5 times", ("两" if n == 2 else _HAN[n]) + "倍半")
    d = rng.choice((str(rng.randint(2, 40)), _decimal(rng, 1.1, 9.9)))
    return Written(Decimal(d), rng.choice((f"{d} times", f"{d}x")), "两倍" if d == "2" else f"{chinese_decimal(d)}倍")


def _chinese_points(rng: random.Random) -> Written:
    d = rng.choice((str(rng.randint(2, 40)), _decimal(rng, 1.1, 30)))
    return Written(Decimal(d), f"{d} percentage points", f"{'两' if d == '2' else chinese_decimal(d)}个百分点")


def _chinese_orders(rng: random.Random) -> Written:
    n = rng.randint(2, 9)
    return Written(Decimal(n), f"{n} orders of magnitude", f"{'两' if n == 2 else _HAN[n]}个数量级")


def _chinese_negative(rng: random.Random) -> Written:
    d = _decimal(rng, 0.2, 30)
    words = rng.choice((f"负百分之{chinese_decimal(d)}", f"负{d}%"))
    return Written(-Decimal(d), f"-{d}%", words)


def _chinese_full_width(rng: random.Random) -> Written:
    wide = str.maketrans("0123456789.%", "０１２３４５６７８９．％")
    d = _decimal(rng, 1.1, 98)
    return Written(Decimal(d), f"{d}%", f"{d}%".translate(wide))


def _chinese_degrees(rng: random.Random) -> Written:
    n = rng.randint(3, 95)
    return Written(Decimal(n), f"{n} °C", rng.choice((f"{n}℃", f"{chinese_words(n)}摄氏度", f"{n} ℃")))


def _chinese_per_mille(rng: random.Random) -> Written:
    d = rng.choice((str(rng.randint(2, 9)), _decimal(rng, 1.1, 9.9)))
    return Written(Decimal(d) / 10, f"{(Decimal(d) / 10).normalize():f}%", rng.choice((f"{d}‰", f"{d} ‰")))


def _chinese_duration(rng: random.Random) -> Written:
    hours, minutes = rng.randint(1, 12), rng.choice((10, 15, 20, 40, 45, 50))
    spoken = "两" if hours == 2 else chinese_words(hours)
    kind = rng.randrange(4)
    if kind == 0:
        words = rng.choice((f"{spoken}个半小时", f"{hours}个半小时"))
        return Written(hours * 60 + Decimal(30), f"{hours}.5 hours", words)
    if kind == 1:
        words = rng.choice((f"{spoken}小时{chinese_words(minutes)}分钟", f"{hours}小时{minutes}分"))
        return Written(Decimal(hours * 60 + minutes), f"{hours} h {minutes} min", words)
    if kind == 2:
        return Written(Decimal(minutes), f"{minutes} minutes", f"{chinese_words(minutes)}分钟")
    return Written(Decimal(hours * 60), f"{hours} hours", f"{spoken}{rng.choice(('', '个'))}小时")


def _chinese_mixed(rng: random.Random) -> Written:
    scale, name, english = rng.choice(
        (
            (10**4, "万", ""),
            (10**8, "亿", ""),
            (10**6, "百万", "million"),
            (10**7, "千万", ""),
            (10**12, "万亿", "trillion"),
        )
    )
    d = rng.choice((str(rng.randint(2, 98)), _decimal(rng, 1.1, 60)))
    size = Decimal(d) * scale
    digits = f"{d} {english}" if english else _commas(int(size))
    return Written(size, digits, f"{d}{rng.choice(('', ' '))}{name}")


def _chinese_thin(rng: random.Random) -> Written:
    n = rng.randint(10_000, 9_999_999)
    return Written(Decimal(n), _commas(n), _commas(n).replace(",", rng.choice(("\u2009", "\u202f"))))


def _chinese_plain_decimal(rng: random.Random) -> Written:
    d = _decimal(rng, 0.11, 0.98, 2)
    return Written(Decimal(d), d, chinese_decimal(d))


def _chinese_large_decimal(rng: random.Random) -> Written:
    d, (scale, han) = _decimal(rng, 1.1, 9.9), rng.choice(((10**4, "万"), (10**8, "亿"), (10**12, "万亿")))
    return Written(Decimal(d) * scale, _commas(int(Decimal(d) * scale)), f"{chinese_decimal(d)}{han}")


# --- sentences ------------------------------------------------------------------------------------------------------

# A Chinese sentence says the same as the English one at its place.
_COUNTS_EN = (
    "The benchmark contains § samples.", "We collected § images from the web.", "The corpus holds § tokens.",
    "In total, § questions were written by experts.", "The agent visits § pages.", "It is trained on § trajectories.",
)  # fmt: skip
_COUNTS_ZH = (
    "该基准包含§个样本。", "作者从网上收集了§张图像。", "语料共有§个词元。", "专家一共编写了§个问题。",
    "智能体访问了§个网页。", "训练使用§条轨迹。",
)  # fmt: skip
_SHARE_EN = (
    "The error rate falls to §.", "The success rate reaches § on the hard split.", "Accuracy on the legal subset is §.",
    "The share of invalid calls is §.",
)  # fmt: skip
_SHARE_ZH = ("错误率降到§。", "困难子集上的成功率达到§。", "法律子集上的准确率是§。", "无效调用的比例为§。")
_PART_EN = (
    "Of the reviewers, § preferred our output.", "We find that § of the participants agreed.",
    "Of the failures, § are caused by tools.",
)  # fmt: skip
_PART_ZH = ("有§的评审更喜欢作者的输出。", "§的参与者表示同意。", "失败案例中§由工具引起。")
_TIMES_EN = (
    "Our method is § as fast as the baseline.", "It needs § the memory of the baseline.",
    "The throughput is § that of the baseline.",
)  # fmt: skip
_TIMES_ZH = ("速度是基线的§。", "显存需求是基线的§。", "吞吐量达到基线的§。")
_FOLD_EN = ("We observe a § increase in throughput.", "This gives a § reduction of the cost.")
_BY_EN = ("The latency is reduced by §.", "The cost decreases by §.")
_POINTS_EN = ("The score improves by § over the baseline.", "Removing the module costs §.")
_POINTS_ZH = ("得分比基线提高了§。", "去掉该模块后下降§。")
_ORDERS_EN = ("The search space shrinks by §.", "It is § faster.")
_ORDERS_ZH = ("搜索空间缩小了§。", "速度快了§。")
_TIME_EN = ("Training takes § on one node.", "Each run lasts §.")
_TIME_ZH = ("单节点训练需要§。", "每次运行持续§。")
_PLAIN_EN = ("The kappa between annotators is §.", "The correlation with people is §.", "The final reward is §.")
_PLAIN_ZH = ("标注者之间的 kappa 为§。", "与人工评分的相关系数为§。", "最终奖励为§。")
_CHANGE_EN = ("Accuracy changes by § on the legal subset.", "The net effect on revenue is §.")
_CHANGE_ZH = ("法律子集上的变化为§。", "对收入的净影响为§。")
_HEAT_EN = ("The samples were kept at §.", "The temperature was raised to §.")
_HEAT_ZH = ("样品保存在§。", "温度升到§。")
_RATE_EN = ("We use a learning rate of §.", "The weight decay is set to §.")
_RATE_ZH = ("学习率为§。", "权重衰减设为§。")


def _words_en(n: int, rng: random.Random) -> str:
    return english_words(n, rng.random() < 0.6)


def _words_zh(n: int, rng: random.Random) -> str:
    return chinese_words(n, _two(rng))


def _trillions_zh(n: int, rng: random.Random) -> str:
    return ("两" if n == 2 * 10**12 else chinese_words(n // 10**12)) + "万亿"


ENGLISH_FORMS = (
    Form("tens", _count(13, 99, _words_en), _COUNTS_EN),
    Form("hundreds", _count(101, 999, _words_en), _COUNTS_EN),
    Form("thousands", _count(1001, 99_999, _words_en), _COUNTS_EN),
    Form("hundred thousands", _count(100_001, 999_999, _words_en), _COUNTS_EN),
    Form("millions", _scaled(2, 990, 10**6, _words_en), _COUNTS_EN),
    Form("billions", _scaled(2, 990, 10**9, _words_en), _COUNTS_EN),
    Form("trillions", _scaled(2, 99, 10**12, _words_en), _COUNTS_EN),
    Form("decimal and scale", _english_decimal_scaled, _COUNTS_EN),
    Form("half and scale", _english_half_scaled, _COUNTS_EN),
    Form("percent", _english_percent, _SHARE_EN),
    Form("percent with a point", _english_percent_decimal, _SHARE_EN),
    Form("points", _english_points, _POINTS_EN),
    Form("fractions", _english_fraction, _PART_EN),
    Form("m out of n", _english_ratio, _PART_EN),
    Form("fold", _english_fold, _FOLD_EN),
    Form("times", _english_times, _TIMES_EN),
    Form("factor", _english_factor, _BY_EN),
    Form("orders of magnitude", _english_orders, _ORDERS_EN),
    Form("dozens and a hundred", _english_dozen, _COUNTS_EN),
    Form("durations", _english_duration, _TIME_EN),
    Form("plain decimals", _english_plain_decimal, _PLAIN_EN),
    Form("negative", _english_negative, _CHANGE_EN),
    Form("degrees", _english_degrees, _HEAT_EN),
)
CHINESE_FORMS = (
    Form("十百", _count(13, 999, _words_zh), _COUNTS_EN, _COUNTS_ZH),
    Form("千", _count(1001, 9999, _words_zh), _COUNTS_EN, _COUNTS_ZH),
    Form("万", _count(10_001, 99_999_999, _words_zh), _COUNTS_EN, _COUNTS_ZH),
    Form("亿", _count(10**8, 9_999_999_999, _words_zh), _COUNTS_EN, _COUNTS_ZH),
    Form("round 万", _scaled(2, 990, 1000, _words_zh), _COUNTS_EN, _COUNTS_ZH),
    Form("round 亿", _scaled(2, 990, 10**8 // 100, _words_zh), _COUNTS_EN, _COUNTS_ZH),
    Form("万亿", _scaled(2, 99, 10**12, _trillions_zh), _COUNTS_EN, _COUNTS_ZH),
    Form("点 and scale", _chinese_large_decimal, _COUNTS_EN, _COUNTS_ZH),
    Form("digits and scale", _chinese_mixed, _COUNTS_EN, _COUNTS_ZH),
    Form("thin spaces", _chinese_thin, _COUNTS_EN, _COUNTS_ZH),
    Form("百分之", _chinese_percent, _SHARE_EN, _SHARE_ZH),
    Form("千分之, 万分之", _chinese_per_scale, _SHARE_EN, _SHARE_ZH),
    Form("rates", _chinese_rate, _RATE_EN, _RATE_ZH),
    Form("分之", _chinese_fraction, _PART_EN, _PART_ZH),
    Form("成", _chinese_tenths, _PART_EN, _PART_ZH),
    Form("倍", _chinese_times, _TIMES_EN, _TIMES_ZH),
    Form("个百分点", _chinese_points, _POINTS_EN, _POINTS_ZH),
    Form("数量级", _chinese_orders, _ORDERS_EN, _ORDERS_ZH),
    Form("负", _chinese_negative, _CHANGE_EN, _CHANGE_ZH),
    Form("full width", _chinese_full_width, _SHARE_EN, _SHARE_ZH),
    Form("℃", _chinese_degrees, _HEAT_EN, _HEAT_ZH),
    Form("‰", _chinese_per_mille, _SHARE_EN, _SHARE_ZH),
    Form("小时, 分钟", _chinese_duration, _TIME_EN, _TIME_ZH),
    Form("plain decimals", _chinese_plain_decimal, _PLAIN_EN, _PLAIN_ZH),
)  # fmt: skip
