"""Numerals in words: values that `numeral_grammar` writes in digits and in words, English and Chinese.

Each value gives two right claims (the paper has digits and the claim words, and the other way round) and two changed
ones, with another value of the same form. Right ones must be seen as a whole and accepted, changed ones seen and
refused. The traps are sentences without a quantity: ordinals, years, names, idioms.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from papers.models import Block
from tasks.analyze.grounding.number_check import Quote, ground
from tasks.analyze.grounding.paper_text import PaperText
from tests.bench.bounds import check, print_line
from tests.bench.numeral_grammar import CHINESE_FORMS, ENGLISH_FORMS, Written
from tests.bench.numeral_traps import TRAPS

PER_FORM = 16  # values of each form in each language
LEAST_RIGHT, LEAST_TRAPS = 0.99, 0.97


@dataclass(frozen=True)
class NumeralClaim:
    """A claim with a numeral, the sentence of the paper, and whether the claim is right."""

    form: str
    language: str
    text: str
    start: int
    end: int
    paper: str
    right: bool


def make_claims(language: str) -> Iterator[NumeralClaim]:
    """All claims of a language: words against digits, and digits against words, right and changed."""
    for form in ENGLISH_FORMS if language == "en" else CHINESE_FORMS:
        rng = random.Random(f"{language} {form.name}")
        sentences = form.english if language == "en" else form.chinese
        seen: set[Decimal] = set()
        for _ in range(PER_FORM * 4):
            value = form.draw(rng)
            other = next((w for _ in range(40) if _differs(w := form.draw(rng), value)), None)
            if other is None or (value.size in seen and len(seen) < 8):
                continue
            seen.add(value.size)
            place = rng.randrange(len(form.english))
            claim, paper = sentences[place], form.english[place].replace("§", value.digits)
            for stated in (value, other):
                yield _claim(form.name, language, claim, stated.words, paper, stated is value)
            # The other way round: the paper has the words. A Chinese numeral stands in a Chinese paper.
            digits_of = _in_chinese if language == "zh" else _in_english
            for stated in (value, other):
                source = claim.replace("§", value.words)
                yield _claim(form.name, language, claim, digits_of(stated), source, stated is value)
            if len(seen) >= PER_FORM:
                break


def _in_english(value: Written) -> str:
    return value.digits


def _in_chinese(value: Written) -> str:
    """The digits with Chinese units, as a Chinese sentence writes them."""
    text = value.digits
    for english, han in (
        (" percentage points", " 个百分点"), (" orders of magnitude", " 个数量级"), (" times", " 倍"), ("x", " 倍"),
        (" hours", " 小时"), (" minutes", " 分钟"), (" h ", " 小时 "), (" min", " 分钟"), (" °C", "℃"),
    ):  # fmt: skip
        text = text.replace(english, han)
    for name, scale in (("trillion", 10**12), ("billion", 10**9), ("million", 10**6), ("thousand", 1000)):
        if text.endswith(f" {name}"):
            size = Decimal(text.removesuffix(f" {name}").replace(",", "")) * scale
            large, han = (10**8, "亿") if size >= 10**8 else (10**4, "万")
            text = f"{(size / large).normalize():f} {han}"
    return text


def _differs(one: Written, other: Written) -> bool:
    """Whether two values differ by a tenth at least, and in words and digits."""
    gap = abs(one.size - other.size)
    return gap > abs(other.size) / 10 and one.words != other.words and one.digits != other.digits


def _claim(form: str, language: str, sentence: str, value: str, paper: str, right: bool) -> NumeralClaim:
    start = sentence.index("§")
    text = sentence.replace("§", value)
    return NumeralClaim(form, language, text, start, start + len(value), paper, right)


# --- measure -------------------------------------------------------------------------------------------------------


def verdict(claim: NumeralClaim) -> tuple[bool, str]:
    """Whether the claim is judged as it should be, and what was seen."""
    block = Block(id="p1", kind="paragraph", section="", text=claim.paper)
    findings = ground(claim.text, [Quote(claim.paper, "p1")], PaperText([block]))
    numbers = [f for f in findings if f.number is not None]
    on_value = [f for f in numbers if f.start < claim.end and f.end > claim.start]
    seen = ", ".join(f"{f.text}={f.status}" for f in findings) or "nothing"
    if claim.right:
        return bool(on_value) and all(f.accepted for f in numbers), seen
    return any(not f.accepted for f in on_value), seen


def run(misses: int = 0) -> None:
    """Print how many numerals are judged as they should be, and how many traps are passed over."""
    for language in ("en", "zh"):
        claims = list(make_claims(language))
        results: dict[bool, list[bool]] = defaultdict(list)
        wrong: dict[str, list[str]] = defaultdict(list)
        for claim in claims:
            holds, seen = verdict(claim)
            results[claim.right].append(holds)
            if not holds:
                wrong[claim.form].append(
                    f"{'right' if claim.right else 'changed'}: {claim.text} <{seen}> {claim.paper}"
                )
        values = len(claims) // 4
        print_line(f"\nnumerals, {language}: {values} numerals, {len(claims)} claims")
        check(values >= 300, f"numerals, {language}: {values} numerals, at least 300")
        for right, name in ((True, "right, seen and accepted"), (False, "changed, seen and refused")):
            share = sum(results[right]) / len(results[right])
            bound = f">= {LEAST_RIGHT:.0%}"
            check(
                share >= LEAST_RIGHT,
                f"numerals, {language}, {name:<26} {len(results[right]):>5}  {share:7.2%}  {bound}",
            )
        for form, lines in wrong.items():
            print_line(f"          {len(lines):>3} misjudged: {form}")
            for line in lines[:misses]:
                print_line(f"              {line}")
        _run_traps(language, TRAPS[language], misses)


def _run_traps(language: str, traps: Sequence[str], misses: int) -> None:
    source = PaperText([Block(id="p1", kind="paragraph", section="", text="The method is described in the paper.")])
    wrong = []
    for trap in traps:
        numbers = [f for f in ground(trap, [], source) if f.number is not None]
        if numbers:
            wrong.append(f"{', '.join(f.text for f in numbers)}: {trap}")
    share = 1 - len(wrong) / len(traps)
    check(len(traps) >= 60, f"numerals, {language}: {len(traps)} traps, at least 60")
    check(
        share >= LEAST_TRAPS,
        f"numerals, {language}, no number seen in traps   {len(traps):>5}  {share:7.2%}  >= {LEAST_TRAPS:.0%}",
    )
    for line in wrong[: misses * 4]:
        print_line(f"          {line}")
