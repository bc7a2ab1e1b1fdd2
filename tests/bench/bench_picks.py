"""Picks beside those of editors, and the verdicts of the recorded days: `make bench-picks`.

Part 1 uses the lists and editors' picks of 2024 (`../shared/picks`), with weights that were fitted without the weeks
they are judged on. Part 2 uses the 129 recorded days. Exits with 1 if a bound is missed.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from papers.models import Analysis, Paper, Reading, Verdict
from papers.profile import Profile, load_profile
from papers.reasons import reason_text
from scripts.train_picks import OUTER_FOLDS, Editors, fit, load_editors, week_folds
from tasks.curate.near_duplicates import PAST_DAYS, Pick
from tasks.curate.verdicts import curate
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import dedupe
from tests.bench.bounds import check, finish, print_line
from tests.plain import MemoryStore, recorded_days
from tests.shared import SHARED

PROFILE = load_profile("default")
NUMBERS, DECIDES = (3, 5, 6, 8), 6
SAMPLES = 2_000
FACTOR = 1.15
NAMED = {"2602.02276": "Kimi K2.5", "2602.04705": "ERNIE 5.0", "2602.05400": "OPUS"}


def verdicts_of(
    papers: Sequence[Paper], profile: Profile, past: Sequence[Pick] = (), words: Mapping[str, float] | None = None
) -> list[Verdict]:
    """The verdicts on papers that were all read and analysed."""
    readings = [Reading(arxiv_id=p.arxiv_id, state="done", source="abs") for p in papers]
    analyses = [
        Analysis(arxiv_id=p.arxiv_id, language="en", state="done", model="m", prompt_version="1", cache_key="k")
        for p in papers
    ]
    return curate(papers, readings, analyses, profile, past, words)


# --- editors -------------------------------------------------------------------------------------------------------


def hits_by_day(editors: Editors) -> dict[tuple[str, int], dict[dt.date, int]]:
    """How many of the editors' picks each ranking has on each day, by the ranking and its number of picks a day."""
    by_day: dict[dt.date, list[int]] = {}
    for n, day in enumerate(editors.days):
        by_day.setdefault(day, []).append(n)
    hits: dict[tuple[str, int], dict[dt.date, int]] = {(r, k): {} for r in ("ours", "upvotes") for k in NUMBERS}
    for n, fold in enumerate(week_folds(editors.weeks, OUTER_FOLDS), 1):
        weights = fit(editors, ~fold)
        print_line(f"     fold {n}: penalty {weights.penalty:g}; words, interest, upvotes {weights.points}")
        fitted = weights.profile(PROFILE)
        for day in sorted({editors.days[i] for i in np.flatnonzero(fold)}):
            rows = by_day[day]
            papers, chosen = (
                [editors.papers[i] for i in rows],
                {editors.papers[i].arxiv_id for i in rows if editors.picked[i]},
            )
            by_upvotes = sorted(papers, key=lambda p: -(p.upvotes or 0))
            for k in NUMBERS:
                profile = with_picks(fitted, k)
                picks = {v.arxiv_id for v in verdicts_of(papers, profile, (), weights.words) if v.rating}
                hits["ours", k][day] = len(picks & chosen)
                hits["upvotes", k][day] = len({p.arxiv_id for p in by_upvotes[:k]} & chosen)
    return hits


def with_picks(profile: Profile, number: int) -> Profile:
    """`profile` with that number of picks a day."""
    return profile.model_copy(update={"curated": profile.curated.model_copy(update={"picks": number})})


def show_editors() -> None:
    """1: the share of the editors' picks among ours, beside as many papers a day by upvotes."""
    editors = load_editors(SHARED / "picks", PROFILE)
    total = int(editors.picked.sum())
    print_line(
        f"1. {len(set(editors.days))} days of 2024, {total} editors' picks; weights fitted without the judged weeks"
    )
    hits = hits_by_day(editors)
    weeks = sorted(set(editors.weeks))
    random = np.random.default_rng(2024)
    samples = random.integers(0, len(weeks), (SAMPLES, len(weeks)))
    print_line(f"     {'a day':>6}{'ours':>6}{'upvotes':>9}{'ratio':>7}   95% of {SAMPLES} bootstrap samples of weeks")
    for k in NUMBERS:
        ours, theirs = (_by_week(hits[r, k], weeks) for r in ("ours", "upvotes"))
        ratios = ours[samples].sum(1) / np.maximum(1, theirs[samples].sum(1))
        low, high = np.quantile(ratios, (0.025, 0.975))
        ratio = ours.sum() / theirs.sum()
        print_line(f"     {k:6}{ours.sum():6}{theirs.sum():9}{ratio:7.2f}   {low:.2f} to {high:.2f}")
        if k == DECIDES:
            text = (
                f"{ours.sum()} of {total} with {k} a day, upvotes {theirs.sum()}: {ratio:.2f} times, at least {FACTOR}"
            )
            check(ratio >= FACTOR, text)


def _by_week(hits: Mapping[dt.date, int], weeks: Sequence[str]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    counts = Counter[str]()
    for day, n in hits.items():
        counts[f"{day:%G-%V}"] += n
    return np.array([counts[week] for week in weeks])


# --- recorded days -------------------------------------------------------------------------------------------------


def recorded_verdicts() -> dict[dt.date, tuple[list[Paper], list[Verdict]]]:
    """The new papers and verdicts of each recorded day that has papers."""
    seen: set[str] = set()
    past: list[Pick] = []
    days = {}
    for date, listing in sorted(recorded_days().items()):
        listed = dedupe(listing, load_history(MemoryStore(), date, listing.papers))
        papers = [p for p in listed if p.dedupe_kind == "new" and p.arxiv_id not in seen]
        seen |= {p.arxiv_id for p in papers}
        past = [p for p in past if (date - p.date).days <= PAST_DAYS]
        verdicts = verdicts_of(papers, PROFILE, past)
        texts = {p.arxiv_id: p for p in papers}
        past += [
            Pick(v.arxiv_id, texts[v.arxiv_id].title, texts[v.arxiv_id].abstract, date) for v in verdicts if v.rating
        ]
        if papers:
            days[date] = papers, verdicts
    return days


def show_recorded() -> None:
    """2: must-reads, the most upvoted paper, reasons and directions of the recorded days."""
    days = recorded_verdicts()
    verdicts = [v for _, found in days.values() for v in found]
    picks = [v for v in verdicts if v.rating]
    print_line(f"\n2. {len(days)} recorded days with papers, {len(verdicts)} new papers, {len(picks)} picks")
    print_line(
        "     rules: " + ", ".join(f"{rule} {n}" for rule, n in Counter(v.curated_rule for v in verdicts).most_common())
    )
    print_line(
        "     kinds: "
        + ", ".join(f"{kind or 'method'} {n}" for kind, n in Counter(v.kind for v in verdicts).most_common())
    )
    must = sum(v.rating == 3 for v in picks)
    check(3 * must <= len(picks), f"{must} of {len(picks)} picks are must-reads, at most a third")
    show_most_upvoted(days)
    faults = [
        f"{date} {v.arxiv_id}: {fault}"
        for date, (papers, found) in days.items()
        for fault, v in contradictions(papers, found)
    ]
    check(
        not faults,
        f"{len(faults)} reasons that their numbers contradict{': ' + '; '.join(faults[:3]) if faults else ''}",
    )
    show_directions(days)


def show_most_upvoted(days: Mapping[dt.date, tuple[list[Paper], list[Verdict]]]) -> None:
    """How often the day's most upvoted paper and the trophies are picks, and the rule where they are not."""
    left_out, trophies = [], Counter[str]()
    for date, (papers, verdicts) in days.items():
        most = max(p.upvotes or 0 for p in papers)
        first = {p.arxiv_id for p in papers if p.upvotes == most}
        if not any(v.rating for v in verdicts if v.arxiv_id in first):
            v = next(v for v in verdicts if v.arxiv_id in first)
            left_out.append(f"{date} {v.arxiv_id} {v.curated_rule}: {v.curated_reason}")
        trophies.update(v.curated_rule for v in verdicts if v.trophy)
    for line in left_out:
        print_line(f"     {line}")
    print_line("     trophies: " + ", ".join(f"{rule} {n}" for rule, n in trophies.most_common()))
    check(
        10 * len(left_out) <= len(days),
        f"the most upvoted paper is a pick on {len(days) - len(left_out)} of {len(days)} days",
    )
    for verdict in (v for _, verdicts in days.values() for v in verdicts):
        if verdict.arxiv_id in NAMED:
            print_line(f"     {NAMED[verdict.arxiv_id]}: {verdict.curated_rule}, {verdict.curated_reason}")


def contradictions(papers: Sequence[Paper], verdicts: Sequence[Verdict]) -> list[tuple[str, Verdict]]:
    """The reasons that disagree with the day's verdicts, each with what is wrong."""
    by_id = {p.arxiv_id: p for p in papers}
    return [
        (fault, v)
        for v in verdicts
        for fault, holds in (*_place_checks(v, verdicts), *_own_checks(v, by_id))
        if not holds
    ]


def _place_checks(v: Verdict, verdicts: Sequence[Verdict]) -> list[tuple[str, bool]]:
    """Whether place, score and cut of a candidate's reason are those of the day."""
    part, score = v.curated.part, v.pick_score or 0.0
    if not part("place"):
        return []
    picks = sorted((p for p in verdicts if p.rating), key=lambda p: -(p.pick_score or 0))
    others = [c.pick_score or 0.0 for c in verdicts if c.curated.part("place") or c.curated_rule == "near-duplicate"]
    better, equal = sum(c > score for c in others), sum(c == score for c in others)
    checks = [
        ("another score", float(part("score")) == score),
        ("another number of candidates", int(part("candidates")) == len(others)),
        ("another place", better < int(part("place")) <= better + equal),
    ]
    if part("cut"):
        cut = float(part("cut"))
        checks.append(("another cut", cut == picks[int(part("cut_pick")) - 1].pick_score))
        checks.append(("a cut below the score", cut > score or (cut == score and bool(part("equal")))))
    return checks


def _own_checks(v: Verdict, papers: Mapping[str, Paper]) -> list[tuple[str, bool]]:
    """Whether the other values of a reason are those of its paper, and its text that of its code."""
    part, paper = v.curated.part, papers[v.arxiv_id]
    text = f"{paper.title}\n{' '.join(paper.abstract.split())}".casefold()
    most = max(p.upvotes or 0 for p in papers.values())
    better = sum((p.upvotes or 0) > (paper.upvotes or 0) for p in papers.values())
    directions, words = {d.name for d in v.directions}, v.pick_parts.words if v.pick_parts else 0.0
    chinese = reason_text(v.curated, "zh")
    return [
        ("not the most upvoted", not part("most_upvoted") or part("most_upvoted") == str(most) == str(paper.upvotes)),
        (
            "another place by upvotes",
            part("by_upvotes") in ("", str(better + 1)) and part("papers") in ("", str(len(papers))),
        ),
        ("a must-read of another place", part("must_read") in ("", str(better + 1))),
        ("a must-read that is not among the first", int(part("must_read") or 0) <= int(part("first") or 0)),
        ("another number of first places", part("first") in ("", str(math.ceil(len(papers) / 4)))),
        ("a must-read of no direction", v.rating != 3 or set(part("must_on").split(" / ")) <= directions),
        ("words that it does not have", all(w.casefold() in text for w in part("words").split(" / "))),
        ("a direction that it does not have", not part("on") or set(part("on").split(" / ")) <= directions),
        ("another lab", part("lab") in ("", " ".join((paper.organization or "").split()))),
        ("other stars", part("stars") in ("", str(paper.github_stars))),
        ("words of no points", not part("words") or words > PROFILE.curated.weights.words),
        ("a trophy that it does not have", not part("trophy") or v.trophy),
        ("a kind that it is not", not part("kind_en") or v.kind is not None),
        ("interest enough", v.curated_rule != "off-interest" or float(part("points")) < float(part("least"))),
        ("upvotes enough", v.curated_rule != "weak-signal" or int(part("upvotes")) < int(part("least"))),
        ("a must-read without its signal", (v.rating == 3) == bool(part("must_read") or part("viral"))),
        ("evidence that the paper does not have", part("evidence").casefold() in text),
        ("another text", reason_text(v.curated, "en") == v.curated_reason),
        ("no Chinese", re.search("[一-鿿]", chinese) is not None),
    ]


def show_directions(days: Mapping[dt.date, tuple[list[Paper], list[Verdict]]]) -> None:
    """The share of papers without a direction, over all days and on each large day."""
    verdicts = [v for _, found in days.values() for v in found]
    counts = Counter(d.name for v in verdicts for d in v.directions)
    print_line("     " + ", ".join(f"{name} {n}" for name, n in counts.most_common()))
    print_line(f"     {sum(counts.values()) / len(verdicts):.2f} directions a paper")
    without = sum(not v.directions for v in verdicts)
    check(
        20 * without <= len(verdicts),
        f"{without} of {len(verdicts)} papers have no direction ({without / len(verdicts):.1%})",
    )
    shares = {
        d: sum(not v.directions for v in found) / len(found) for d, (_, found) in days.items() if len(found) >= 10
    }
    worst = max(shares, key=lambda d: shares[d])
    many = sum(share > 0.1 for share in shares.values())
    check(
        not many,
        f"{many} of {len(shares)} large days have more than 10% without one; the worst: {worst}, {shares[worst]:.1%}",
    )


def main(arguments: Sequence[str] = ()) -> int:
    """Run both parts, or only `editors` or `recorded`."""
    if not arguments or "editors" in arguments:
        show_editors()
    if not arguments or "recorded" in arguments:
        show_recorded()
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
