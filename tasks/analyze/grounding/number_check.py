"""Grounding: whether each number of a statement stands, with its unit, in what was quoted for it.

With quotations, the quotation must stand in its block and the number in the quotation. Without, the statement's best
matching sentences are sought first, and the number must stand in one of those: a search of the whole paper would accept
half of all numbers with a changed digit. What cannot be seen here: a right number with a wrong meaning.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from papers.models import Block, EvidenceStatus
from papers.numbers.non_quantities import NonQuantity
from papers.numbers.normalization import spell, squeeze
from papers.numbers.parser import Number, parse
from papers.numbers.units import same_unit
from tasks.analyze.grounding.paper_text import Source, Window, words_of

ACCEPTED: frozenset[EvidenceStatus] = frozenset({"grounded", "derived"})


@dataclass(frozen=True)
class Quote:
    """What a statement is said to rest on: words of a block, and that block's id."""

    text: str
    block_id: str | None = None


@dataclass(frozen=True)
class Finding:
    """What was found of a number of a statement, or (`number` None) of digits that are no quantity: a name, a date."""

    start: int  # offsets in the statement
    end: int
    text: str
    number: Number | None
    status: EvidenceStatus
    quote: str | None = None
    block_id: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the paper holds it."""
        return self.status in ACCEPTED


@dataclass(frozen=True)
class _Held:
    """A quotation that stands in a block, with its numbers."""

    quote: str
    block: Block
    numbers: tuple[Number, ...]


def ground(text: str, quotes: Sequence[Quote], source: Source) -> list[Finding]:
    """What stands behind each number and each other group of digits of `text`, in order.

    Without quotes the numbers are sought in the windows of `source` that match the statement best.
    """
    parsed = parse(text)
    held = [h for quote in quotes if (h := _hold(quote, source))]
    lost = [quote for quote in quotes if source.locate(quote.text, quote.block_id) is None]
    found = [_judge(n, text, held, lost, source) for n in parsed.numbers]
    found += [_judge_apart(a, text, held, source) for a in parsed.apart if a.kind != "marker"]
    return sorted(found, key=lambda f: f.start)


def _hold(quote: Quote, source: Source) -> _Held | None:
    block = source.locate(quote.text, quote.block_id)
    return _Held(quote.text, block, tuple(source.numbers_in(quote.text, block))) if block else None


def _judge(number: Number, text: str, held: list[_Held], lost: list[Quote], source: Source) -> Finding:
    def finding(status: EvidenceStatus, quote: str | None = None, block_id: str | None = None) -> Finding:
        return Finding(number.start, number.end, number.text, number, status, quote, block_id)

    wrong_unit: _Held | None = None
    for one in held:
        match = compare(number, one.numbers)
        if match == "grounded":
            return finding("grounded", one.quote, one.block.id)
        if match == "wrong-unit":
            wrong_unit = wrong_unit or one
    if operands := derived(number, text, [n for one in held for n in one.numbers]):
        one = next(h for h in held if operands[0] in h.numbers)
        return finding("derived", one.quote, one.block.id)
    if block := _named(number, text, source):
        return finding("grounded", None, block.id)
    if wrong_unit:
        return finding("wrong-unit", wrong_unit.quote, wrong_unit.block.id)
    if held and not any(compare(number, parse(q.text, inner=True).numbers) == "grounded" for q in lost):
        return finding("not-in-quote", held[0].quote, held[0].block.id)
    if lost:
        return finding("quote-not-found", lost[0].text, None)
    return finding(*seek(number, text, source))


def compare(number: Number, held: Sequence[Number]) -> EvidenceStatus | None:
    """ "grounded" when `held` has the value with the unit, "wrong-unit" when with another one, else None."""
    wrong = False
    for other in held:
        for value, unit in number.readings:
            for held_value, held_unit in other.readings:
                if value == held_value or (value == -held_value and value > 0):
                    if same_unit(unit, held_unit):
                        return "grounded"
                    wrong = True
    return "wrong-unit" if wrong else None


# --- derived values ------------------------------------------------------------------------------------------------

_CHANGE = re.compile(
    r"提[升高]|增[加长益]|改[进善]|上升|下降|降低|减少|缩短|节省|领先|超[过出]|优于|高出|低于|差距|加速|快|improv"
    r"|increas|gain"
    r"|boost|rais|higher|lower|better"
    r"|worse|drop|decreas|declin|reduc|fewer|less|more|faster|slower|outperform|surpass"
    r"|exceed|gap|differ|lead|speed|over\b|above|below",
    re.IGNORECASE,
)
_PERCENTAGES = frozenset({"percent", "none"})


def derived(number: Number, text: str, held: Sequence[Number]) -> tuple[Number, Number] | None:
    """The two quoted numbers that `number` is the difference or the ratio of, or None.

    A difference must be exact and a ratio exact to the digits shown; the statement must speak of a change near the
    number; and the operands must share a unit. Only percentage points, points and factors are ever derived.
    """
    if number.unit not in ("percentage_point", "points", "times") or number.kind != "digits":
        return None
    if not _CHANGE.search(text[max(0, number.start - 40) : number.end + 30]):
        return None
    operands = [n for n in held if n.kind == "digits" and n.value > 0][:8]
    for i, first in enumerate(operands):
        for second in operands[i + 1 :]:
            if _derives(number, first, second):
                return first, second
    return None


def _derives(number: Number, first: Number, second: Number) -> bool:
    shared = {u for _, u in first.readings} & {u for _, u in second.readings}
    if not shared or first.value == second.value or min(map(_significant, (first, second))) < 2:
        return False
    if number.unit == "times":
        return number.value > 1 and _rounds_to(max(first.value, second.value) / min(first.value, second.value), number)
    return bool(shared & _PERCENTAGES) and abs(first.value - second.value) == number.value


def _significant(number: Number) -> int:
    return len(re.sub(r"\D", "", number.text).strip("0"))


def _rounds_to(exact: Fraction, number: Number) -> bool:
    """Whether `exact`, to as many decimals as are written, is the number; at least two digits must be written."""
    digits = re.search(r"\d[\d,]*(?:\.(\d+))?", number.text)
    if digits is None or len(re.sub(r"\D", "", digits.group())) < 2:
        return False
    places = len(digits.group(1) or "")
    return abs(exact - number.value) <= Fraction(1, 2 * 10**places)


# --- names and other digits that are no quantity ---------------------------------------------------------------------

_NAME_BEFORE = re.compile(r"(?<![A-Za-z])([A-Z][A-Za-z]*(?:[- ][A-Z][A-Za-z]*)?)[ -]?$")


def _named(number: Number, text: str, source: Source) -> Block | None:
    """The block with the name that `number` belongs to: the 3.1 of "Llama 3.1", the 500 of "MATH 500"."""
    if number.unit != "none" or number.kind != "digits":
        return None
    before = _NAME_BEFORE.search(text[: number.start])
    if before is None or len(before.group(1)) < 3:
        return None
    name = re.compile(
        rf"(?<![a-z]){re.escape(squeeze(before.group(1)))}-?{re.escape(squeeze(number.text))}(?![\d.]*\d)"
    )
    return next((block for squeezed, block in source.squeezed if name.search(squeezed)), None)


def _judge_apart(apart: NonQuantity, text: str, held: list[_Held], source: Source) -> Finding:
    """A name, a date or a reference with digits in it must stand in the paper, or in what its listing says."""
    token = text[apart.start : apart.end]
    pattern = _whole(token)
    for one in held:
        if pattern.search(squeeze(one.quote)):
            return Finding(apart.start, apart.end, token, None, "grounded", one.quote, one.block.id)
    if any(pattern.search(line) for line in source.everything.split("\n")):
        return Finding(apart.start, apart.end, token, None, "grounded")
    return Finding(apart.start, apart.end, token, None, "unsupported")


@lru_cache(maxsize=10_000)
def _whole(token: str) -> re.Pattern[str]:
    squeezed = re.sub(r"^第|[年月日]$", "", squeeze(token))
    dates = re.fullmatch(r"(\d{4})年(\d{1,2})(?:月(\d{1,2}))?", squeezed)
    if dates:
        squeezed = dates.group(1)  # the paper writes its months as words
    before = r"(?<!\d)(?<!\d[.])" if squeezed[:1].isdigit() else ""
    return re.compile(before + re.escape(squeezed) + (r"(?![.]?\d)" if squeezed[-1:].isdigit() else ""))


# --- without quotations ----------------------------------------------------------------------------------------------

NEAR = 0.7  # of the best window's score: how well a window must match to vouch for a number
LEAST = 0.16  # share of the statement's words, by weight, below which nothing vouches
OTHER = 0.15  # what each other number of the statement that a window holds adds to its score
FEW = 18  # windows that may vouch; where more match as well, the statement is too vague to be placed


def seek(number: Number, text: str, source: Source) -> tuple[EvidenceStatus, str | None, str | None]:
    """(status, sentence, block id) for a number without a quotation: "grounded", "wrong-unit" or "unsupported"."""
    wrong: Window | None = None
    for index in _near(number, text, source):
        match = compare(number, source.window_numbers[index])
        window = source.windows[index]
        if match == "grounded":
            return "grounded", window.text, window.block.id
        if match == "wrong-unit" and wrong is None:
            wrong = window
    if wrong is not None:
        return "wrong-unit", wrong.text, wrong.block.id
    return "unsupported", None, None


def _near(number: Number, text: str, source: Source) -> list[int]:
    """The windows that match the statement best, by its words and its other numbers, the best first."""
    others = tuple(n for n in parse(text).numbers if n.start != number.start)
    shares = _shares(text, source)
    scores = list(shares)
    if others:
        for index, share in enumerate(shares):
            if share > LEAST / 2:
                held = source.window_numbers[index]
                scores[index] += OTHER * min(3, sum(compare(n, held) == "grounded" for n in others))
    best = max(scores, default=0.0)
    near = [i for i, score in enumerate(scores) if score >= max(LEAST, NEAR * best)]
    near.sort(key=lambda i: (-scores[i], i))
    return near[:FEW]


def _shares(text: str, source: Source) -> list[float]:
    """For each window the share of the statement's words, by weight, that it has."""
    if text not in source.scores:
        wanted = {word: source.rarity.get(word, 0.0) for word in words_of(spell(text).text)}
        known = sum(wanted.values()) + 1e-9
        source.scores[text] = [
            sum(weight for word, weight in wanted.items() if word in words) / known for words in source.window_words
        ]
    return source.scores[text]
