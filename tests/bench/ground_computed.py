"""Whether the statements of `computed_statements` are judged as they should be."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from tasks.analyze.grounding.number_check import Finding
from tests.bench.bounds import check, print_line
from tests.bench.computed_statements import KINDS, RANKS, make_statements
from tests.bench.ground_tables import Planted, judge, read_pages

LEAST_RIGHT, MOST_WRONG = 0.98, 0.01


def passes(kind: str, claim: Planted, findings: Sequence[Finding]) -> bool:
    """Whether the statement passes.

    A right one passes if no number is refused and its computed number is derived; a rank needs no derivation. A wrong
    one passes unless a planted value is refused, or some finding is refuted or not checkable.
    """
    numbers = [f for f in findings if f.number is not None]
    on_value = [f for f in numbers if any(f.start < end and f.end > start for start, end in claim.spans)]
    verdicts = [f for f in findings if f.status in ("refuted", "not-checkable")]
    if claim.kind != "right":
        return not verdicts and all(f.accepted for f in on_value)
    refused = [f for f in numbers if not f.accepted]
    is_derived = kind in RANKS or (bool(on_value) and all(f.status == "derived" for f in on_value))
    return not verdicts and not refused and is_derived


def run(misses: int = 0) -> None:
    """Print how many computed statements pass, and check the bounds."""
    statements = make_statements(read_pages())
    print_line(f"\ncomputed: {len(statements)} statements over {len({s.table for _, _, s in statements})} tables")
    check(len(statements) >= 500, f"{len(statements)} computed statements, at least 500")
    verdicts: dict[tuple[str, str, bool], list[bool]] = defaultdict(list)
    ways: Counter[tuple[str, bool]] = Counter()
    examples: dict[str, list[str]] = defaultdict(list)
    for kind, page, claim in statements:
        _, findings = judge(claim, page.source)
        passed, right = passes(kind, claim, findings), claim.kind == "right"
        verdicts[kind, claim.language, right].append(passed)
        ways[claim.kind, passed] += 1
        if passed != right:
            seen = ", ".join(f"{f.text}={f.status}" for f in findings)
            examples[f"{kind} {claim.kind}"].append(
                f"[{claim.table}] {claim.text} <{seen}> " + " // ".join(q.text[:150] for q in claim.quotes)
            )
    _report(verdicts, ways)
    for name, lines in examples.items():
        for line in lines[:misses]:
            print_line(f"    {name}: {line}")


def _report(verdicts: dict[tuple[str, str, bool], list[bool]], ways: Counter[tuple[str, bool]]) -> None:
    print_line(f"  {'':<10}{'right: passed':>30}{'wrong: passed':>30}")
    for kind in KINDS:
        cells = []
        for right in (True, False):
            for language in ("en", "zh"):
                passed = verdicts[kind, language, right]
                cells.append(f"{language} {sum(passed):>3} of {len(passed):<3}")
        print_line(f"  {kind:<10}" + "".join(f"{c:>15}" for c in cells))
    for way in sorted({w for w, _ in ways} - {"right"}):
        print_line(f"  wrong by {way:<10} {ways[way, True]:>4} of {ways[way, True] + ways[way, False]} passed")
    for language in ("en", "zh"):
        for kinds, name in ((set(KINDS) - set(RANKS), "computed numbers, derived"), (set(RANKS), "ranks, not refused")):
            _check_share(verdicts, kinds, language, True, f"right {name}")
        _check_share(verdicts, set(KINDS), language, False, "wrong statements accepted")


def _check_share(
    verdicts: dict[tuple[str, str, bool], list[bool]], kinds: set[str], language: str, right: bool, name: str
) -> None:
    passed = [p for (k, lang, r), ps in verdicts.items() if k in kinds and lang == language and r == right for p in ps]
    share = sum(passed) / max(1, len(passed))
    holds = share >= LEAST_RIGHT if right else share <= MOST_WRONG
    bound = f">= {LEAST_RIGHT:.0%}" if right else f"<= {MOST_WRONG:.0%}"
    check(bool(passed) and holds, f"computed, {language}, {name:<34} {len(passed):>4}  {share:7.2%}  {bound}")
