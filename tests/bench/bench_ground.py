"""Measures how well grounding distinguishes true statements from wrong ones: `python -m tests.bench.bench_ground`.

Statements are made from the recorded pages with this benchmark's own patterns and arithmetic, never with grounding's
parser. The parts, of which arguments choose some (`make bench-ground ARGS="roles scitab"`):

- changes: one value of a sentence or of a cell, true or with another digit, scale, unit, or another paper's value
- numerals: quantities in words and digits, English and Chinese, and traps (ground_numerals)
- cases: the small inputs that failed once (ground_cases)
- roles: the value of another row or another column given to a row (ground_roles)
- computed: differences, ratios, ranks, averages over table rows (ground_computed)
- scitab: claims about tables that people labelled (ground_scitab)
- cost: CPU of grounding a day of 35 analyses; `--against FOLDER` measures another checkout too (ground_cost)
- seeds: the contradictions of two curated posts (seed_claims)

`--misses N` prints N wrong examples of each class. Exits with 1 if a bound is missed, with 2 without the recordings.
"""

from __future__ import annotations

import argparse
import gzip
import random
import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from papers.models import Block
from tasks.analyze.grounding.number_check import Quote, ground
from tasks.analyze.grounding.paper_text import PaperText
from tasks.read.html.page import extract_html
from tests.bench import (
    ground_cases,
    ground_computed,
    ground_cost,
    ground_numerals,
    ground_roles,
    ground_scitab,
    ground_tables,
)
from tests.bench.bounds import check, finish, print_line
from tests.bench.seed_claims import show_contradictions
from tests.shared import SHARED

PAGES = SHARED / "recorded" / "arxiv" / "html"
PER_PAGE = 120  # true claims per page; English and Chinese claims about one value count as two
BOUNDS = {  # class: (lowest and highest accepted share with quotations), then the same without
    "true": ((0.99, 1.0), (0.95, 1.0)),
    "digit": ((0.0, 0.01), (0.0, 0.03)),
    "scale": ((0.0, 0.01), (0.0, 0.03)),
    "unit": ((0.0, 0.01), (0.0, 0.03)),
    "other paper": ((0.0, 0.005), (0.0, 0.03)),
}


@dataclass(frozen=True)
class Value:
    """A value as a paper writes it: its digits and its kind."""

    digits: str  # "97.3", "17,310"
    kind: str  # "percent", "points", "times", "B", "M", "K", "count", "decimal", "ms", "hours", "GB"

    @property
    def number(self) -> Decimal:
        return Decimal(self.digits.replace(",", ""))


@dataclass(frozen=True)
class Claim:
    """A statement about one value, and the quotation that it was made from."""

    text: str
    language: str
    quote: str
    block_id: str
    value: Value
    frame: str  # the statement with a placeholder for the value
    change: str = "true"


# --- values --------------------------------------------------------------------------------------------------------

_FORMS = (
    ("points", r"(?P<d>\d+(?:\.\d+)?) (?:percentage |% )points?"),
    ("percent", r"(?P<d>\d+(?:\.\d+)?) ?(?:\$?\\?%\$?|percent\b)(?! ?-?points?)"),
    ("times", r"(?P<d>\d+(?:\.\d+)?) ?(?:\$?\\times\$?|×|x\b)(?! ?\$?\d)"),
    ("GB", r"(?P<d>\d+(?:\.\d+)?) ?GB\b"),
    ("ms", r"(?P<d>\d+(?:\.\d+)?) ?ms\b"),
    ("hours", r"(?P<d>\d+(?:\.\d+)?) hours?\b"),
    ("B", r"(?P<d>\d+(?:\.\d+)?)B\b"),
    ("M", r"(?P<d>\d+(?:\.\d+)?)(?:M\b| million\b)"),
    ("K", r"(?P<d>\d+(?:\.\d+)?)[kK]\b"),
    ("count", r"(?P<d>\d{1,3}(?:,\d{3})+)(?!\.?\d)"),
    ("decimal", r"(?P<d>\d+\.\d+)(?! ?(?:[%\\×\w^_{]|\$?\\))"),
)
_EDGE = r"(?<![\w.,$^_{{=<>/±+\-–−@:])(?<!\d )(?:{})"
_COMPILED = [(kind, re.compile(_EDGE.format(pattern))) for kind, pattern in _FORMS]
_COUNTS = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twice"  # a frame has no other number
_NO_PROSE = re.compile(
    r"\\(?!%|times)|[_^{}]|§|\b(?:Sec|Fig)\.|\b(?:sub)?section\b|\b(?:Table|Figure|Section|Eq|Appendix|Algorithm"
    r"|Version|Theorem|Lemma|Proposition|Assumption|Corollary|Definition|Remark|Example|v\d)\b|et al|\[\d"
)


def values_in(text: str) -> Iterator[tuple[Value, int, int]]:
    """(value, start, end) of each value that this file's patterns see."""
    covered: set[int] = set()
    for kind, pattern in _COMPILED:
        for match in pattern.finditer(text):
            if not covered & set(range(*match.span())):
                covered |= set(range(*match.span()))
                yield Value(match["d"], kind), match.start(), match.end()


def english(value: Value) -> str:
    """The value in English."""
    d = value.digits
    forms = {
        "percent": f"{d}%", "points": f"{d} percentage points", "times": f"{d}x", "GB": f"{d} GB", "ms": f"{d} ms",
        "hours": f"{d} hours", "B": f"{d} billion", "M": f"{d}M", "K": f"{d}k", "count": d.replace(",", ""),
        "decimal": d,
    }  # fmt: skip
    return forms[value.kind]


def chinese(value: Value) -> str:
    """The value in Chinese, with Chinese units of scale."""
    n, d = value.number, value.digits

    def plain(number: Decimal) -> str:
        return f"{number.normalize():f}"

    forms = {
        "percent": f"{d}%", "points": f"{d} 个百分点", "times": f"{d} 倍", "GB": f"{d}GB", "ms": f"{d} 毫秒",
        "hours": f"{d} 小时", "B": f"{plain(n * 10)}亿", "M": f"{plain(n * 100)}万", "K": plain(n * 1000),
        "count": f"{plain(n / 10000)}万" if n >= 10000 else plain(n), "decimal": d,
    }  # fmt: skip
    return forms[value.kind]


# --- claims --------------------------------------------------------------------------------------------------------

_CHINESE = {
    "accuracy": "准确率", "performance": "性能", "training": "训练", "model": "模型", "models": "模型",
    "dataset": "数据集", "data": "数据", "improvement": "提升", "improves": "提升", "reduction": "降低",
    "reduces": "降低", "average": "平均", "score": "得分", "rate": "率", "success": "成功率", "error": "误差",
    "baseline": "基线", "method": "方法", "tokens": "词元", "images": "图像", "video": "视频", "samples": "样本",
    "parameters": "参数", "speedup": "加速", "faster": "更快", "human": "人类", "test": "测试", "results": "结果",
    "reasoning": "推理", "reward": "奖励", "benchmark": "基准", "tasks": "任务", "questions": "问题",
    "learning": "学习", "size": "规模", "memory": "内存", "cost": "成本", "time": "时间", "steps": "步",
    "learning rate": "学习率", "evaluation": "评估", "generation": "生成", "effect": "效应",
    "participants": "参与者", "school": "学校", "policy": "策略", "agent": "智能体", "language": "语言",
    "user": "用户",
}  # fmt: skip


def claims_of(blocks: Sequence[Block], rng: random.Random) -> list[Claim]:
    """True claims of a page, English and Chinese, from its prose and its tables."""
    claims = [c for block in blocks for c in (_of_row(block) if block.kind == "table_row" else _of_prose(block))]
    rng.shuffle(claims)
    return sorted(claims[:PER_PAGE], key=lambda c: (c.block_id, c.text))


def _of_prose(block: Block) -> Iterator[Claim]:
    if block.kind not in ("paragraph", "list_item", "caption"):
        return
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])", block.text):
        if not 40 <= len(sentence) <= 500 or _NO_PROSE.search(sentence):
            continue
        for value, start, end in values_in(sentence):
            frame = _frame(sentence, start, end)
            if not re.search(rf"\d|\b(?:{_COUNTS})\b", frame, re.IGNORECASE):
                yield Claim(frame.replace("§", english(value)), "en", sentence, block.id, value, frame)
                zh = _chinese_frame(sentence)
                yield Claim(zh.replace("§", chinese(value)), "zh", sentence, block.id, value, zh)


def _frame(sentence: str, start: int, end: int) -> str:
    """The words around the value, with a placeholder in its place."""
    before, after = sentence[:start].split(), sentence[end:].split()
    return " ".join([*before[-9:], "§", *after[:6]]).replace("§ ,", "§,")


def _chinese_frame(sentence: str) -> str:
    names = re.findall(r"\b(?:[A-Z][a-z]*[A-Z][A-Za-z]*|[A-Z]{3,})\b", sentence)[:3]
    words = [_CHINESE[w] for w in dict.fromkeys(re.findall(r"[a-z]+", sentence.lower())) if w in _CHINESE][:5]
    return f"{'、'.join(dict.fromkeys(names))}{'，' if names else ''}{'、'.join(words)}为 §。"


def _of_row(block: Block) -> Iterator[Claim]:
    """Claims of cell values with the names of row and column; the unit is the one that the column names, if any."""
    cells = [c.strip() for c in block.text.strip("| ").split("|")]
    headers = [c.strip() for c in (block.header or "").strip("| ").split("|")]
    if len(cells) != len(headers) or not re.search(r"[A-Za-z]{3}", cells[0]) or re.search(r"[\\$\d]", cells[0]):
        return
    for cell, header in list(zip(cells, headers, strict=True))[1:4]:
        name = re.sub(r"\$[^$]*\$|[↑↓]|\(.*?\)", "", header).strip()
        if not re.fullmatch(r"\d+\.\d+", cell) or not re.search(r"[A-Za-z]{2}", name) or re.search(r"[\d\\$]", name):
            continue
        value = Value(cell, "percent" if re.search(r"\(\s?%\s?\)", header) else "decimal")
        for language, frame in (("en", f"{cells[0]} reaches § on {name}"), ("zh", f"{cells[0]} 的 {name} 为 §")):
            text = frame.replace("§", english(value) if language == "en" else chinese(value))
            yield Claim(text, language, block.text, block.id, value, frame)


# --- changes -------------------------------------------------------------------------------------------------------


def _is_in_quote(value: Value, quote: str) -> bool:
    """Whether the quotation contains this value elsewhere, at the same scale or with the same digits."""
    factor = {"B": 10**9, "M": 10**6, "K": 10**3}
    size = value.number * factor.get(value.kind, 1)
    return any(other.number * factor.get(other.kind, 1) == size for other, _, _ in values_in(quote)) or bool(
        re.search(rf"(?<![\d.]){re.escape(value.digits)}(?![\d]|\.\d)", quote)
    )


def change_digit(claim: Claim, rng: random.Random) -> Claim | None:
    """Change one digit of the value."""
    digits = claim.value.digits
    place = rng.choice([i for i, c in enumerate(digits) if c.isdigit()])
    low = "123456789" if place == 0 else "0123456789"
    other = rng.choice([c for c in low if c != digits[place]])
    return _change_value(claim, replace(claim.value, digits=digits[:place] + other + digits[place + 1 :]), "digit")


def change_scale(claim: Claim, rng: random.Random) -> Claim | None:
    """Make the value 10 or 1,000 times too large, or 10 or 100 times too small."""
    number = claim.value.number * rng.choice([Decimal(10), Decimal("0.1"), Decimal(1000), Decimal("0.01")])
    return _change_value(claim, replace(claim.value, digits=f"{number.normalize():f}"), "scale")


def change_unit(claim: Claim, rng: random.Random) -> Claim | None:
    """Use the same digits with another unit."""
    others = {
        "percent": ["points", "times", "GB"], "points": ["percent", "times"], "times": ["percent", "points"],
        "GB": ["percent", "ms"], "ms": ["hours", "percent"], "hours": ["ms", "percent"], "decimal": ["times", "GB"],
        "count": ["percent", "ms"],
    }  # fmt: skip
    kinds = others.get(claim.value.kind)
    if not kinds:
        return None
    value = replace(claim.value, kind=rng.choice(kinds))
    if any(v == value for v, _, _ in values_in(claim.quote)) or re.search(r"\babsolute\b", claim.quote):
        return None
    return _replace_value(claim, value, "unit")


def change_paper(claim: Claim, values: Sequence[Value]) -> Claim | None:
    """Put a value of another paper into the statement."""
    fitting = [v for v in values if v.kind == claim.value.kind]
    return _change_value(claim, fitting[0], "other paper") if fitting else None


def _change_value(claim: Claim, value: Value, change: str) -> Claim | None:
    if value.number == claim.value.number or _is_in_quote(value, claim.quote) or value.number == 0:
        return None
    return _replace_value(claim, value, change)


def _replace_value(claim: Claim, value: Value, change: str) -> Claim:
    text = claim.frame.replace("§", english(value) if claim.language == "en" else chinese(value))
    return replace(claim, text=text, value=value, change=change)


# --- measure -------------------------------------------------------------------------------------------------------


def is_accepted(claim: Claim, source: PaperText, quoted: bool) -> bool:
    """Whether grounding accepts every number of the claim."""
    quotes = [Quote(claim.quote, claim.block_id)] if quoted else []
    findings = [f for f in ground(claim.text, quotes, source) if f.number is not None]
    return bool(findings) and all(f.accepted for f in findings)


def _change_claim(claim: Claim, first: int, foreign: list[Value], rng: random.Random) -> list[Claim]:
    """The claim changed in one of the four ways: the one with index `first`, or the next one that is possible."""
    rng.shuffle(foreign)
    ways: list[Callable[[], Claim | None]] = [
        lambda: change_digit(claim, rng),
        lambda: change_scale(claim, rng),
        lambda: change_unit(claim, rng),
        lambda: change_paper(claim, foreign),
    ]
    return next(([changed_claim] for way in ways[first:] + ways[:first] if (changed_claim := way())), [])


def collect_pages() -> list[tuple[PaperText, list[Claim]]]:
    """For each recorded page its text and its claims: true claims and as many changed ones."""
    pages = []
    for path in sorted(PAGES.glob("*.html.gz")):
        blocks = list(extract_html(gzip.decompress(path.read_bytes())).blocks)
        pages.append((PaperText(blocks), claims_of(blocks, random.Random(path.name))))
    pages_with_claims = []
    for index, (source, claims) in enumerate(pages):
        rng = random.Random(index)
        foreign = [c.value for i, (_, others) in enumerate(pages) if i != index for c in others]
        changed_claims: list[Claim] = []
        for number, claim in enumerate(claims):
            changed_claims += _change_claim(claim, number % 4, foreign, rng)
        pages_with_claims.append((source, claims + changed_claims))
    return pages_with_claims


def measure(pages: list[tuple[PaperText, list[Claim]]], misses: int) -> None:
    """Print the accepted share of each class in each language, with up to `misses` wrong examples per class."""
    for quoted in (True, False):
        verdicts: dict[tuple[str, str], list[bool]] = defaultdict(list)
        mistakes: dict[str, list[str]] = defaultdict(list)
        for source, claims in pages:
            for claim in claims:
                verdict = is_accepted(claim, source, quoted)
                verdicts[claim.change, claim.language].append(verdict)
                if verdict != (claim.change == "true"):
                    mistakes[claim.change].append(f"{claim.text} | {claim.quote[:240]}")
        _report(verdicts, quoted)
        for change, lines in mistakes.items():
            for line in lines[:misses]:
                print_line(f"    {change}: {line}")


def _report(verdicts: dict[tuple[str, str], list[bool]], quoted: bool) -> None:
    how = "with quotations" if quoted else "without quotations"
    print_line(f"\nchanges {how}: accepted")
    for change, bounds in BOUNDS.items():
        least, most = bounds[0 if quoted else 1]
        bound = f">= {least:.1%}" if change == "true" else f"<= {most:.1%}"
        for language in ("en", "zh"):
            passed = verdicts[change, language]
            share = sum(passed) / max(1, len(passed))
            holds = bool(passed) and least <= share <= most
            check(holds, f"changes {how}, {language}, {change:<12} {len(passed):>5}  {share:7.2%}  {bound}")


def run_changes(misses: int = 0) -> None:
    """Print how many true claims are accepted, and how many changed ones."""
    pages = collect_pages()
    total = sum(len(claims) for _, claims in pages)
    true = sum(c.change == "true" for _, claims in pages for c in claims)
    print_line(f"\nchanges: {total} claims about {len(pages)} recorded pages, {true} of them true")
    measure(pages, misses)


def run_seeds(misses: int = 0) -> None:
    """Print the contradictions of the seeds."""
    check(show_contradictions(), "seeds: 44.5% and 4.36% are named as the other paper's")


def make_cost_work() -> dict[str, Any]:
    """The statements of the parts changes and roles, page by page, for the part cost."""
    changes = collect_pages()
    work = []
    for (_, claims), page in zip(changes, ground_tables.read_pages(), strict=True):
        items: list[dict[str, Any]] = [{"text": c.text, "quotes": [[c.quote, c.block_id]]} for c in claims]
        items += [
            {"text": c.text, "quotes": [[q.text, q.block_id] for q in c.quotes]} for c in ground_roles.plant_page(page)
        ]
        work.append(([b.model_dump(mode="json") for b in page.blocks], items))
    return ground_cost.make_work(work)


PARTS: dict[str, Callable[[int], None]] = {
    "changes": run_changes,
    "numerals": ground_numerals.run,
    "cases": ground_cases.run,
    "roles": ground_roles.run,
    "computed": ground_computed.run,
    "scitab": ground_scitab.run,
    "cost": lambda misses: ground_cost.run(make_cost_work(), None),
    "seeds": run_seeds,
}


def main() -> int:
    """Run the chosen parts, or all; 0 when all bounds hold."""
    parser = argparse.ArgumentParser(prog="bench_ground", description="How well grounding tells true from wrong.")
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without any")
    parser.add_argument("--misses", type=int, default=0, help="wrong examples to print for each class")
    parser.add_argument("--against", type=Path, help="another checkout, whose CPU the part cost is compared with")
    args = parser.parse_args()
    if unknown := [part for part in args.parts if part not in PARTS]:
        parser.error(f"no part {', '.join(unknown)}; the parts are {', '.join(PARTS)}")
    if not PAGES.is_dir():
        print_line("The recorded inputs are not there: a folder `shared` beside the checkout, or DAILY_PAPERS_SHARED.")
        return 2
    started = time.monotonic()
    parts = PARTS | {"cost": lambda misses: ground_cost.run(make_cost_work(), args.against)}
    for part in args.parts or PARTS:
        parts[part](args.misses)
    print_line(f"\n{time.monotonic() - started:.0f} s")
    return finish()


if __name__ == "__main__":
    sys.exit(main())
