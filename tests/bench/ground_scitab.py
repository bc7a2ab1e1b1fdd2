"""SciTab: claims about tables of papers that people labelled, against the verdicts of `table_claims.judge_claim`.

Only claims with a number count. The halves are by the first hex digit of the paper id's sha256: rules are written on
the even half, the bounds hold for the odd one, of which no claim is ever printed.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from tests.bench.bounds import check, print_line
from tests.shared import SHARED

CLAIMS = SHARED / "scitab" / "dev.json.gz"
LEAST_ACCURACY, LEAST_COVERAGE = 0.90, 0.10
LABELS = {"supports": "supported", "refutes": "refuted", "not enough info": "not enough info"}
VERDICTS = ("supported", "refuted", "not-checkable")

Judge = Callable[[str, str, Sequence[str], Sequence[Sequence[str]]], str]

# What is no number of the claim: a reference to a part of the paper, a citation, digits within a name.
_REFERENCE = re.compile(
    r"\b(?:tables?|tabs?\.|figures?|figs?\.|sections?|sec\.|§|appendix|equations?|eqs?\.|footnotes?)\s*~?\(?"
    r"\d+(?:\.\d+)?(?:\s?\([a-z]\)|[a-z]\b)?(?:\s*(?:,|and|&|-|–|to)\s*\d+(?:\.\d+)?)*|\[\d[\d, ]*\]"
    r"|\b(?:19|20)\d{2}[a-z]?\b|\b(?:top|bottom|upper|lower|first|second) (?:half|halves)\b",
    re.IGNORECASE,
)
_DIGITS = re.compile(
    r"(?<![A-Za-z\d_@.])(?<![A-Za-z\d][-–])(?:\d[\d,.]*|\.\d+)(?!\d|[-–]?[A-Za-z])"
    r"|(?<![A-Za-z\d_@.])\d[\d.]*(?:[xX×]|[KMB]\b)"
)
_WORDS = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred|thousand"
    r"|million|half|halves|thirds?|quarters?|twice|thrice|doubled?|doubles|tripled?|percent|percentage points?)\b",
    re.IGNORECASE,
)


def has_number(claim: str) -> bool:
    """Whether a claim has a number: digits, a number word or a percentage, but no mere reference or name."""
    text = _REFERENCE.sub(" ", claim)
    return bool(_DIGITS.search(text) or _WORDS.search(text))


def read_claims() -> list[dict[str, Any]]:
    """The claims that count."""
    claims: list[dict[str, Any]] = json.loads(gzip.decompress(CLAIMS.read_bytes()))
    return [c for c in claims if has_number(c["claim"])]


def is_even(paper_id: str) -> bool:
    """Whether the paper belongs to the half that rules may be written on."""
    return int(hashlib.sha256(paper_id.encode()).hexdigest()[0], 16) % 2 == 0


def run(misses: int = 0) -> None:
    """Print coverage, accuracy and confusion for both halves, and check the bounds on the odd one."""
    total = len(json.loads(gzip.decompress(CLAIMS.read_bytes())))
    claims = read_claims()
    print_line(f"\nscitab: {len(claims)} of {total} claims have a number")
    try:
        judge: Judge = importlib.import_module("tasks.analyze.grounding.table_claims").judge_claim
    except (ImportError, AttributeError) as e:
        check(False, f"scitab: there is no judge_claim yet ({e})")
        return
    for even in (True, False):
        half = [c for c in claims if is_even(c["paper_id"]) == even]
        _report_half(half, even, judge, misses)


def _report_half(half: list[dict[str, Any]], even: bool, judge: Judge, misses: int) -> None:
    confusion: Counter[tuple[str, str]] = Counter()
    mistakes = []
    for claim in half:
        columns, rows = claim["table_column_names"], claim["table_content_values"]
        verdict = judge(claim["claim"], claim["table_caption"], columns, rows)
        label = LABELS[claim["label"]]
        if verdict not in VERDICTS:
            check(False, f"scitab: the verdict {verdict!r} is not one of {', '.join(VERDICTS)}")
        confusion[label, verdict] += 1
        if verdict not in ("not-checkable", label):
            mistakes.append(f"{label}, judged {verdict}: {claim['claim']}  ({claim['table_caption'][:100]})")
    judged = sum(n for (_, verdict), n in confusion.items() if verdict != "not-checkable")
    right = sum(n for (label, verdict), n in confusion.items() if label == verdict)
    name = "even (rules are written on it)" if even else "odd (judged)"
    print_line(f"\n  {name}: {len(half)} claims, {judged} judged, {right} of them right")
    print_line(f"    {'label':<18}" + "".join(f"{v:>15}" for v in VERDICTS))
    for label in LABELS.values():
        print_line(f"    {label:<18}" + "".join(f"{confusion[label, v]:>15}" for v in VERDICTS))
    coverage, accuracy = judged / len(half), right / judged if judged else 0.0
    if even:
        print_line(f"    coverage {coverage:.1%}, accuracy {accuracy:.1%}")
        for line in mistakes[:misses]:
            print_line(f"      {line}")
    else:
        check(accuracy >= LEAST_ACCURACY, f"scitab, odd half: accuracy {accuracy:.1%}  >= {LEAST_ACCURACY:.0%}")
        check(coverage >= LEAST_COVERAGE, f"scitab, odd half: coverage {coverage:.1%}  >= {LEAST_COVERAGE:.0%}")
