"""What a statement says about numbers: that one is higher, that it is a difference, a ratio, an average, or the best.

Cues are looked for in the words around a number, in English and in Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from papers.numbers.parser import Number

Sense = Literal["up", "down", "better", "worse", "faster", "slower", "any"]
Kind = Literal["difference", "relative", "ratio", "average"]

BEFORE, AFTER, SENTENCE = 70, 45, 400  # characters around a number in which its cues are looked for

_SENSES: tuple[tuple[Sense, str], ...] = (
    ("worse", r"\bworse\b|\bunderperform\w*|\btrail\w*|\blag\w*|\bbehind\b|落后|不如|不及|逊于|逊色|劣于|更差"),
    ("better", r"\bbetter\b|\boutperform\w*|\bimprov\w*|\bsurpass\w*|\bbeat\w*|\blead\w*|\bahead\b|\badvantage\b"
     r"|优于|领先|改善|改进|胜过|更好"),
    ("faster", r"\bfaster\b|\bspeed\w*\b|\baccelerat\w*|\bquicker\b|加速|更快|提速|快"),
    ("slower", r"\bslower\b|\bslow(?:s|ed)? down\b|更慢|慢"),
    ("down", r"\blower\w*|\bless\b|\bfewer\b|\bbelow\b|\bdecreas\w*|\bdrop\w*|\bdeclin\w*|\breduc\w*|\bfall\w*"
        r"|\bfell\b|\bsmaller\b"
             r"|\bcut\w*|\bshort\w*|\bdegrad\w*|\blos(?:e|es|ing|s)\b|\bsav\w+|\bshrink\w*|\bdiminish\w*"
             r"|\bcontract\w*|缩小|跌|下降|降低|减少|降至|下滑|低于|低|少|缩短|节省|小于|减小|降"),
    ("up", r"\bhigher\b|\bmore\b|\babove\b|\bincreas\w*|\bgain\w*|\brais\w*|\brise\w*|\bris(?:es|ing)\b"
        r"|\brose\b|\bexceed\w*|\bboost\w*|\blarger\b|\bgreater\b"
           r"|\bgrow\w*|\blonger\b|提升|提高|增加|增长|上升|超过|超出|高于|高出|高|多|大于|涨|增幅|增益|增至"),
    ("any", r"\bgap\b|\bdiffer\w*|\bmargin\b|\bapart\b|差距|相差|差异|差值"),
)  # fmt: skip
_SENSE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SENSES), re.IGNORECASE)
_DIFFERENCE_BEFORE = re.compile(
    r"(?:\bby|\b(?:gain|improvement|increase|rise|drop|margin|gap|lead|difference|advantage|reduction|decrease"
    r"|deficit|decline|boost|loss)s?"
    r" (?:of|is|was)|\b(?:gain|lose|drop|add|improve|rise|fall|differ|gains|loses|drops|adds|rises|falls|gained"
    r"|lost|dropped|added|rose|fell|trails?|lags?|leads?)"
    r"|[高低多少]出?|提[升高]|增[加长益]|下降|降低|减少|领先|落后|超[过出]|差距|相差|差值|上升|缩短|节省"
    r"|改[进善]|涨|加速)"
    r"(?:\s?(?:了|约|达到?|为|是|近|大约|幅度|an?|the|about|around|roughly|nearly|almost|approximately|up to"
    r"|as much as|some|absolute|relative|相对|绝对|by))*"
    r"[\s~(（:：]*\+?$",
    re.IGNORECASE,
)
_COMPARISON_AFTER = re.compile(
    r"\s?-?(?:absolute |relative |percentage |[A-Z][A-Za-z0-9-]{1,12} |accuracy )*(?:points? |pp )?(?:absolute "
    r"|relative |more |less )?"
    r"(?:higher|lower|more|less|fewer|better|worse|above|below|over|ahead|behind|larger|smaller|greater|faster"
    r"|slower|longer|shorter|as (?:high|low|large|fast|many|much)"
    r"|improvement|gain|increase|drop|decrease|reduction|decline|advantage|lead|margin|gap|deficit|boost"
    r"|speed-?up|savings?|cheaper"
    r"|of (?:the|that)\b|的?(?:相对)?(?:提升|提高|增长|增益|改进|下降|降低|差距|优势|降幅|增幅|加速))",
    re.IGNORECASE,
)
_CHANGE_NOUN = re.compile(
    r"\b(?:gain|improvement|increase|rise|drop|margin|gap|lead|difference|advantage|reduction|decrease|deficit"
    r"|decline|boost|loss|change)s?\b"
    r"|[增降跌涨]幅|差距|差值|优势|增益|幅度",
    re.IGNORECASE,
)
_COPULA = re.compile(
    r"(?:\b(?:is|was|are|were|equals?|comes? to|amounts? to|reach(?:es|ed)?|stands? at|of|at)|为|是|达到?|有|：|:)"
    r"\s*(?:about|around|roughly|nearly|almost|approximately|~|约|近)?\s*$",
    re.IGNORECASE,
)
_OVER = re.compile(r"\s?over\b")  # "averages 59.2 over both sets"
_AVERAGE = re.compile(r"\baverag\w*|\bmean\b|平均|均值", re.IGNORECASE)
_SIGNED = re.compile(r"(?:[(（/]|[(（][^()]{1,30}(?:,|/|\band|和|、)\s?)[+\-−]$|\+$")  # "(+0.45", "(+1.05 and +0.79"
_IN_BRACKETS = re.compile(r"(?:[(（/]|[(（][^()]{1,30}(?:,|/|\band|和|、)\s?)$")
_APPROXIMATE = re.compile(
    r"(?:\babout|\baround|\broughly|\bnearly|\balmost|\bapproximately|~|约|近|大约|将近|左右)\s*$", re.IGNORECASE
)
_NEGATION = re.compile(
    r"\b(?:not|n't|no|never|neither|nor|fails? to|without)\b|不(?!如|及|同)|未|没有|并非", re.IGNORECASE
)

_LOWER_IS_BETTER = re.compile(
    r"↓|\\downarrow|\b(?:latency|time|times|error|errors|err|loss|perplexity|ppl|fid|fvd|kid|wer|cer|ter|rmse"
    r"|mse|mae|cost|memory|vram|flops"
    r"|rank|drop|hallucinat\w*|toxicity|ece|lpips|seconds?|ms|hours|ser|degradation|overhead|size|params?"
    r"|parameters|slowdown|edit distance)\b",
    re.IGNORECASE,
)
_HIGHER_IS_BETTER = re.compile(
    r"↑|\\uparrow|accura|\bacc\b|\bf-?1\b|f-?measure|f-?score|bleu|rouge|meteor|cider|spice|\bauc|\bmap\b"
    r"|recall|precision|score|success|succ\b|\bpass"
    r"|\bwin\b|\bem\b|exact match|\bsr\b|psnr|ssim|clip|\biou\b|\bap\b|\bap50|ndcg|\bmrr\b|\br@|hits?@"
    r"|throughput|speed|fps|reward|correlation|\brate\b(?<!error rate)",
    re.IGNORECASE,
)

SUPERLATIVE = re.compile(
    r"(?P<second_low>\bsecond[- ](?:lowest|smallest|fewest|least|shortest)\b|第二[低小少短]|次低|倒数第二)"
    r"|(?P<second_high>\bsecond[- ](?:highest|largest|greatest|most|longest)\b|第二[高大多长]|次高)"
    r"|(?P<second>\bsecond[- ](?:best|to none|fastest)\b|\bsecond place\b|\brunner-?up\b|\b(?:ranks?|comes?"
    r"|places?) second\b|次优|次佳|(?:排名)?第二[好优]?|亚军)"
    r"|(?P<high>\bhighest\b|\blargest\b|\bgreatest\b|\bmaxim(?:um|al)\b|最高|最大|最多)"
    r"|(?P<low>\blowest\b|\bsmallest\b|\bminim(?:um|al)\b|\bfewest\b|最低|最小|最少)"
    r"|(?P<worst>\bworst\b|最差)"
    r"|(?P<best>\bbest\b|\btops?\b|\bfastest\b|\bstate[- ]of[- ]the[- ]art\b|\b(?:ranks?|comes?"
    r"|places?) first\b|\bfirst place\b"
    r"|\bahead of all\b|\b(?:outperforms?|beats?|surpass(?:es)?|leads?) (?:all|every)\b"
    r"|最好|最佳|最优|最快|最强|(?:排名)?第一|居首|榜首|优于所有|超过所有|超越所有)",
    re.IGNORECASE,
)
_NO_SUPERLATIVE = re.compile(
    r"\s*-?\s*(?:performing )?(?:previous|prior|existing|published|competing|competitor|baseline|other|known"
    r"|open|of[- ]n\b|practice|checkpoint"
    r"|alternative|-?k\b|\d|single baseline|的?(?:基线|前作|已有|现有|开源|竞品|对手|阶段|步|轮|个|种))",
    re.IGNORECASE,
)
_NO_SUPERLATIVE_BEFORE = re.compile(r"(?:\bat|\bto the|\bthan the|\bover the|\bnot the|非|不是)\s*$", re.IGNORECASE)
SAYS_BEST = re.compile(
    r"\b(?:outperform|surpass|exceed|beat|win|won|lead|best|first|top|highest|ahead)\w*|优于|超过|胜|领先|第一"
    r"|最[好优佳高强]|取得最",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cue:
    """What the words around a number say that it is."""

    kind: Kind
    sense: Sense = "any"
    approximate: bool = False


def cue_of(number: Number, text: str) -> Cue | None:
    """What the statement says that `number` was computed as; None if it does not say that it was computed.

    `text` is the statement, with the names of rows and columns masked where they are known.
    """
    before, after = _sentence_before(text, number.start), text[number.end : number.end + AFTER]
    approximate = bool(_APPROXIMATE.search(before))
    signed = bool(_SIGNED.search(before)) or bool(number.text[:1] in "+-−" and _IN_BRACKETS.search(before))
    is_comparison = (
        number.unit == "times"
        or signed
        or bool(_DIFFERENCE_BEFORE.search(before[-BEFORE:]))
        or bool(_COMPARISON_AFTER.match(after) and not (_AVERAGE.search(before) and _OVER.match(after)))
        or bool(_CHANGE_NOUN.search(before) and _COPULA.search(before))
    )
    if is_comparison and number.unit in ("times", "percent", "percentage_point", "points", "none"):
        sense = _sense(before, after, signed and (number.text[:1] in "-−" or before[-1:] in "-−"), signed)
        if number.unit == "times":
            return Cue("ratio", sense, approximate)
        relative = number.unit == "percent" and not re.search(r"absolute|绝对", before + after[:12], re.IGNORECASE)
        return Cue("relative" if relative else "difference", sense, approximate)
    return Cue("average", approximate=approximate) if _AVERAGE.search(before) or _AVERAGE.search(after) else None


_SENTENCE_END = re.compile(r"[.!?](?=\s+[^\sa-z])|;(?=\s)|[。；！？]")  # not "Avg. by"


def _sentence_before(text: str, position: int) -> str:
    """The words of a sentence before a position."""
    before = text[max(0, position - SENTENCE) : position]
    ends = [m.end() for m in _SENTENCE_END.finditer(before)]
    return before[ends[-1] :] if ends else before


def _sense(before: str, after: str, negative: bool, signed: bool) -> Sense:
    """The direction said of the number: by the words right after it, else by the nearest before it."""
    if match := _COMPARISON_AFTER.match(after):
        match_of_sense = _SENSE.search(match.group())
        if match_of_sense and match_of_sense.lastgroup != "any" and not re.match(r"\s?-?of\b", match.group()):
            return match_of_sense.lastgroup  # type: ignore[return-value]
    if (sense := sense_of(before)) != "any":
        return sense
    if re.match(r"\s?(?:percentage )?(?:points? )?over\b", after):
        return "up"
    if signed:
        return "down" if negative else "up"
    return "any"


def sense_of(text: str) -> Sense:
    """The last direction that a text speaks of."""
    senses = [m.lastgroup for m in _SENSE.finditer(text) if m.lastgroup != "any"]
    return senses[-1] if senses else "any"  # type: ignore[return-value]


def says_average(text: str) -> bool:
    """Whether a text speaks of an average."""
    return bool(_AVERAGE.search(text))


def is_negated(text: str, start: int = 0, end: int | None = None) -> bool:
    """Whether a statement says that something is not so, between two places."""
    return bool(_NEGATION.search(text, start, len(text) if end is None else end))


def expected_sign(sense: Sense, label: str) -> tuple[int, bool]:
    """The sign of "first minus second" that a direction means for the metric called `label`, and whether it is certain.

    "Better" is higher for most metrics, but only known to be so for some. A sign of 0 means either.
    """
    if sense in ("up", "down"):
        return (1 if sense == "up" else -1), True
    if sense == "any":
        return 0, True
    lower, higher = is_lower_better(label), bool(_HIGHER_IS_BETTER.search(label))
    if sense in ("faster", "slower") and not (lower or higher):
        return 0, False
    return (1 if sense in ("better", "faster") else -1) * (-1 if lower else 1), lower or higher


def is_lower_better(label: str) -> bool:
    """Whether a lower value of the metric called `label` is better: an error, a time, or marked with ↓."""
    if "↓" in label or "\\downarrow" in label:
        return True
    return not _HIGHER_IS_BETTER.search(label) and bool(_LOWER_IS_BETTER.search(label))


def superlative_of(
    text: str, is_name: Callable[[int, int], bool] = lambda start, end: False
) -> tuple[str, int, int] | None:
    """The first superlative of a statement that is about its subject: (kind, start, end); None without any.

    `is_name` says whether the words between two offsets are a name.
    """
    for match in SUPERLATIVE.finditer(text):
        before = text[max(0, match.start() - 12) : match.start()]
        if _NO_SUPERLATIVE.match(text, match.end()) or _NO_SUPERLATIVE_BEFORE.search(before) or is_name(*match.span()):
            continue
        return match.lastgroup or "best", match.start(), match.end()
    return None
