"""Units after a number: how they are written in English and Chinese, and which of them are the same unit.

A unit is a class ("percent", "percentage_point", "times", "usd", "none") or a literal unit in one spelling ("GB", "ms",
"hour"). Units are not converted: 1 hour does not equal 60 minutes here, because a report should not convert either.
"""

from __future__ import annotations

import re
from fractions import Fraction

from papers.numbers.superscripts import RAISED

SCALES: dict[str, int] = {
    "k": 10**3, "K": 10**3, "M": 10**6, "B": 10**9, "b": 10**9, "T": 10**12, "bn": 10**9, "mn": 10**6,
    "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "千": 10**3, "万": 10**4, "萬": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8,
    "十亿": 10**9, "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip
SCALE = re.compile(
    r"(?:(?P<short>bn|mn|[kKMBbT])(?![A-Za-z0-9])|\s*-?(?P<word>thousand|million|billion|trillion)s?\b"
    r"|\s?(?P<spaced>[KMBT])(?![A-Za-z0-9'./+&-])"
    r"|\s?(?P<zh>万亿|千亿|百亿|十亿|千万|百万|十万|亿|億|万|萬|千(?!米|克|瓦|赫|字节|兆)))",
    re.ASCII,
)

# canonical literal units with their English and Chinese spellings; the Chinese ones need no word boundary
_LITERAL: dict[str, tuple[str, str]] = {
    "ms": (r"ms|msec|milliseconds?", "毫秒"),
    "us": (r"[uµμ]s|microseconds?", "微秒"),
    "ns": (r"ns|nanoseconds?", "纳秒"),
    "tokens/s": (
        r"(?:tokens?|tok|toks)\s?(?:/|per\s)\s?(?:s|sec|second)",
        r"(?:tokens?|词元)\s?/\s?秒|词元每秒",
    ),
    "fps": (r"fps|FPS|frames?\s(?:per|/)\s?second|frames/s", r"帧\s?/\s?秒|帧每秒"),
    "s": (r"s|secs?|seconds?", "秒钟|秒"),
    "minute": (r"min|mins|minutes?", "分钟"),
    "hour": (r"h|hrs?|hours?", "个小时|小时"),
    "day": (r"days?", "天"),
    "week": (r"weeks?", "周|星期"),
    "month": (r"months?", "个月"),
    "year": (r"years?", "年"),
    "KB": (r"KB|kB|KiB|kilobytes?", "KB"),
    "MB": (r"MB|MiB|megabytes?", "MB|兆字节"),
    "GB": (r"GB|GiB|gigabytes?", "GB"),
    "TB": (r"TB|TiB|terabytes?", "TB"),
    "PB": (r"PB|PiB|petabytes?", "PB"),
    "bit": (r"bits?", "比特"),
    "MFLOPs": (r"MFLOPs?|MFLOPS", "MFLOPs"),
    "GFLOPs": (r"GFLOPs?|GFLOPS|GFlops", "GFLOPs"),
    "TFLOPs": (r"TFLOPs?|TFLOPS|TFlops", "TFLOPs"),
    "PFLOPs": (r"PFLOPs?|PFLOPS", "PFLOPs"),
    "GMACs": (r"GMACs?", "GMACs"),
    "kHz": (r"kHz", "千赫"),
    "MHz": (r"MHz", "兆赫"),
    "GHz": (r"GHz", "吉赫"),
    "Hz": (r"Hz|hertz", "赫兹|Hz"),
    "dB": (r"dB", "分贝|dB"),
    "px": (r"px|pixels?", "像素"),
    "mm": (r"mm|millimet(?:er|re)s?", "毫米"),
    "cm": (r"cm|centimet(?:er|re)s?", "厘米"),
    "km": (r"km|kilomet(?:er|re)s?", "公里|千米"),
    "m": (r"m|met(?:er|re)s?", "米"),
    "kg": (r"kg|kilograms?", "千克|公斤"),
    "kWh": (r"kWh", "千瓦时"),
    "kW": (r"kW", "千瓦"),
    "W": (r"W|watts?", "瓦"),
    "celsius": (r"°\s?C|degrees?\s(?:Celsius|C)|℃", "摄氏度|°C|℃"),
    "degree": (r"°|degrees?|deg", "度"),
    "points": (r"points?|pts?", "分"),
    "eur": (r"€|EUR|euros?", "欧元"),
    "cny": (r"RMB|CNY|yuan", "人民币|元"),
}
# Units that may be omitted: "8-bit" is 8 位, "73.1 points" is a score of 73.1.
OPTIONAL_UNITS = frozenset({"bit", "px", "points", "fps"})
# An improvement of a percentage in points is one in percentage points, and vice versa.
EQUIVALENT_UNITS = frozenset({("percentage_point", "points"), ("points", "percentage_point")})

_POINT = (
    r"(?:\s?(?:absolute\s)?(?:percentage|percent|%)[\s-]?points?\b|\s?%\s?(?:points?|pts?"
    r"|p)\b|\s?-?p\.?p\.?(?![A-Za-z])|\s?个?百分点|\s?个点)"
)
_PERCENT = r"(?:\s?\\?%|\s?-?(?:percent|per\scent|pct)\b)"
_TIMES = (
    r"(?:\s?×(?!\s?\d)(?!\s?[A-Z][A-Za-z]*-?\d)|\s?[xX](?![A-Za-z0-9])(?!\s?\d)(?!\s[A-Z][A-Za-z]*-?\d)"
    r"|\s?-?times\b|\s?-?fold\b(?!\scross)|\s?倍)"
)
_USD = r"(?:\s?(?:美元|美金|USD\b|US\sdollars?\b|dollars?\b))"


def _literal_pattern() -> str:
    parts = []
    for index, (english, chinese) in enumerate(_LITERAL.values()):
        english_part = f"(?:{english})(?![A-Za-z0-9])"
        parts.append(f"(?P<u{index}>{english_part}|(?:{chinese}))")
    return "|".join(parts)


# "3,000 GPU hours", "80 GB", "8-bit", "10ms"; a one-letter unit must follow directly, or alone after one space
UNIT = re.compile(
    rf"(?P<percentage_point>{_POINT})|(?P<percent>{_PERCENT})|(?P<times>{_TIMES})|(?P<usd>{_USD})"
    rf"|(?:\s?-?\s?(?:(?:[A-Z]{{1,4}}\d{{0,4}}|GPU|TPU)[\s-]{{1,2}}(?=hours?|days?|小时|天))?(?:{_literal_pattern()}))",
    re.ASCII,
)
_LITERAL_NAMES = list(_LITERAL)
_MINUTES_AFTER = re.compile(r"\s?\d{1,2}\s?(?:min|m\b|s\b)")
_ONE_LETTER = re.compile(r"\s[smhW](?![A-Za-z0-9])")


def unit_at(text: str, position: int) -> tuple[str, int] | None:
    """The unit that begins at `position` of a normalized text, and its end; or None."""
    match = UNIT.match(text, position)
    if match is None or match.end() == position:
        return None
    for name in ("percentage_point", "percent", "times", "usd"):
        if match.group(name):
            return name, match.end()
    is_hour = match.group().strip() == "h" and _MINUTES_AFTER.match(text, match.end())  # "6 h 15 min"
    if _ONE_LETTER.fullmatch(match.group()) and match.group().strip() in "mhW" and not is_hour:
        return None  # "5 m" in running text is as often a symbol as metres
    index = next(i for i in range(len(_LITERAL_NAMES)) if match.group(f"u{i}"))
    return _LITERAL_NAMES[index], match.end()


def scale_at(text: str, position: int) -> tuple[int, int] | None:
    """The factor (1.36B, 13.6亿) that begins at `position`, and its end; or None."""
    match = SCALE.match(text, position)
    if match is None:
        return None
    name = match.group("short") or match.group("word") or match.group("spaced") or match.group("zh")
    return SCALES[name], match.end()


def header_unit(header: str) -> tuple[str, int] | None:
    """The unit and scale that a column's header gives to its cells: "Accuracy (%)", "Params (M)", "Latency [ms]".

    Returns (unit, factor), or None if it gives none.
    """
    for inside in re.findall(r"[(\[]([^()\[\]]{1,24})[)\]]", header):
        bare = inside.strip().lstrip("↑↓ in#").strip()
        if unit := unit_at("1" + bare, 1):
            return unit[0], 1
        if (factor := scale_at("1" + bare, 1)) and factor[1] == len(bare) + 1:
            return "none", factor[0]
    if "%" in header and "@" not in header:
        return "percent", 1
    if re.search(r"speed-?\s?up|加速比", header, re.IGNORECASE) and "×" in header:
        return "times", 1
    return None


_AMOUNT = re.compile(
    rf"(?:US)?\$?\s?[-+]?[\d.,]+(?:\^\{{?-?\d+\}}?|[{RAISED}]+)?(?:\s?[×x·]\s?10\s?\^?\{{?-?\d+\}}?|[eE]-?\d+)?\s*"
    r"(?:thousand|million|billion|trillion|[kKMBT](?![A-Za-z])|[十百千]?[万亿])?[\s+-]*",
    re.ASCII,
)
UNKNOWN = "unknown"  # the unit of a number that stands beside an error of the paper's conversion
UNIT_CLASSES = frozenset({"percent", "percentage_point", "times", "usd", "none", UNKNOWN})


def literal_unit(unit: str, text: str) -> str:
    """A unit as `daily-papers check` prints it: the name of a class, else as written in the number's `text` (小时)."""
    if unit in UNIT_CLASSES:
        return unit
    name = _AMOUNT.sub("", text, count=1)
    if name == text:  # a number in words
        name = re.sub(r"^(?:[A-Za-z]+[\s-]|[一二两三四五六七八九十百千万亿]+)", "", text)
    return name.strip(" -+") or unit


def same_unit(claim_unit: str, source_unit: str) -> bool:
    """Whether the unit of a claim and the unit in the paper are the same; an unknown unit equals none, not itself."""
    if UNKNOWN in (claim_unit, source_unit):
        return False
    return claim_unit == source_unit or (claim_unit, source_unit) in EQUIVALENT_UNITS


def decimal(value: Fraction) -> str:
    """A value as a canonical decimal: no exponent, no trailing zeros; 1/3 has twelve digits."""
    sign, value = ("-", -value) if value < 0 else ("", value)
    whole, rest = divmod(value, 1)
    digits = ""
    while rest and len(digits) < 40:
        digit, rest = divmod(rest * 10, 1)
        digits += str(digit)
    if rest:
        return f"{sign}{whole}.{digits[:12]}"
    return f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}"
