"""Checks and figures of curation over the recorded days: `make bench-curate`.

Without network and model: the readings are the abstracts of the listings, the analyses are extracts of them. Exits
with 1 if a bound is missed. `make bench-curate ARGS=quick` uses 24 of the 129 days.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence

from flows.days.date_states import unfinished_dates
from flows.roundup import write_roundup
from papers.day import Day
from papers.day_view import view_of
from papers.models import Listing, Paper
from papers.profile import load_profile
from papers.store import Store
from papers.tables.snapshots import dates_of, read_snapshot
from tests.bench.bounds import check, finish, print_line
from tests.plain import (
    MemoryStore,
    load_day,
    recorded_days,
    repeated_days,
    run_without_prefect,
    settle,
    store_contents,
)
from tests.shared import SHARED

PROFILE = load_profile("default")
SEED = SHARED / "seeds" / "curated-2026-02-21.md"
BEST_DAY = dt.date(2026, 2, 20)
ROUNDUP_SECONDS = 10.0


def run_in_order(order: Sequence[dt.date], lists: dict[dt.date, Listing], later: bool = False) -> MemoryStore:
    """Process the lists in that order into a new store.

    With `later` each date updates those after it at once, as a single run does; else they are updated at the end.
    """
    store = MemoryStore()
    started = time.monotonic()
    for date in order:
        run_without_prefect(store, lists[date], PROFILE, later)
    middle = time.monotonic()
    changed_keys = settle(store, PROFILE)
    end = time.monotonic()
    print_line(
        f"        {middle - started:6.1f} s for the dates, {end - middle:6.1f} s to settle, {len(changed_keys)} changed"
    )
    check(unfinished_dates(store) == [], "every date is finished")
    return store


def orders_of(dates: list[dt.date]) -> dict[str, list[dt.date]]:
    """The orders of dates that are compared."""
    return {
        "in date order": dates,
        "in reverse": dates[::-1],
        "shuffled": random.Random(2026).sample(dates, len(dates)),
    }


def show_orders(name: str, lists: dict[dt.date, Listing], at_once: bool = True) -> Store:
    """2: papers, verdicts and editions are equal for every order of the dates; returns the store in date order.

    With `at_once`, also for single runs in a random order, each of which updates the dates after it.
    """
    print_line(f"\n2. {name}: {len(lists)} days, {sum(len(x.papers) for x in lists.values())} listed papers")
    stores = {}
    for order_name, order in orders_of(sorted(lists)).items():
        print_line(f"     {order_name}")
        stores[order_name] = run_in_order(order, lists)
    if at_once:
        print_line("     shuffled, each date by a run of its own")
        stores["shuffled runs"] = run_in_order(orders_of(sorted(lists))["shuffled"], lists, later=True)
    in_order = views_of(stores["in date order"])
    editions = sum(key.startswith("editions/") for key in in_order)
    print_line(f"     {len(in_order) - editions} snapshots, {editions} editions")
    for order_name in list(stores)[1:]:
        other = views_of(stores[order_name])
        different = [k for k in sorted(set(in_order) | set(other)) if in_order.get(k) != other.get(k)]
        check(
            not different,
            f"{name}, {order_name}: {len(different)} differ{': ' + ', '.join(different[:3]) if different else ''}",
        )
    return stores["in date order"]


def views_of(store: MemoryStore) -> dict[str, bytes]:
    """The bytes of all snapshots and editions, without the snapshots of runs, which differ by their ids and times."""
    views = (key for key in store.data if key.startswith(("snapshots/", "editions/")))
    return {key: store.data[key] for key in views if not key.startswith("snapshots/runs/")}


def show_repeats(store: Store) -> None:
    """2: every planted repeat is found, and no near miss is marked as a repeat."""
    planted = json.loads((SHARED / "recorded" / "repeats" / "expected.json").read_text())
    expected = {(e["date"], e["arxiv_id"]): (e["kind"], e["first_seen"], e["duplicate_of"]) for e in planted}
    marks_by_paper: dict[tuple[str, str], set[tuple[str, str, str | None]]] = {}
    for date in dates_of(store, "papers"):
        for p in read_snapshot(store, "papers", date, Paper) or []:
            mark = (p.dedupe_kind, p.first_seen.isoformat(), p.duplicate_of)
            marks_by_paper.setdefault((date.isoformat(), p.arxiv_id), set()).add(mark)
    missing = [key for key, mark in expected.items() if mark not in marks_by_paper.get(key, set())]
    kinds = Counter(e["planted"] for e in planted)
    print_line(f"     planted: {', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))}")
    check(not missing, f"{len(expected) - len(missing)} of {len(expected)} planted papers are marked as what they are")
    false_repeats = [
        k for k, marks in marks_by_paper.items() if k not in expected and any(m[0] != "new" for m in marks)
    ]
    check(not false_repeats, f"{len(false_repeats)} other papers are taken for repeats")


def show_twice(lists: dict[dt.date, Listing]) -> None:
    """3: the same day twice gives the same verdicts and editions."""
    print_line("\n3. The same day twice, with the same analyses")
    one, other = (run_in_order([BEST_DAY], lists) for _ in range(2))
    check(store_contents(one) == store_contents(other), "two stores: equal snapshots, and editions equal byte for byte")
    before, facts = store_contents(one), set(one.keys("facts/"))
    run_without_prefect(one, lists[BEST_DAY], PROFILE)
    check(store_contents(one) == before, "run again in the same store: nothing changes")
    check(set(one.keys("facts/")) == facts, "and no fact is added")


def show_complete(store: Store) -> None:
    """4: every listed paper of every day is among the picks or among those left out, with a reason."""
    print_line("\n4. Every listed paper is in the curated post")
    rules, picks, stars, missing, without_reason = Counter[str](), Counter[int](), Counter[int | None](), 0, 0
    for date in dates_of(store, "papers"):
        day = load_day(store, date)
        rules.update(v.curated_rule for v in day.verdicts)
        stars.update(v.rating for v in day.verdicts)
        picks[sum(v.curated_decision == "pick" for v in day.verdicts)] += 1
        for language in PROFILE.languages:
            text = (store.get(f"editions/{date}/curated-post.{language}.md") or b"").decode()
            absent, unexplained = count_unlisted(day, text)
            missing, without_reason = missing + absent, without_reason + unexplained
    print_line("     rules: " + ", ".join(f"{rule} {n}" for rule, n in rules.most_common()))
    print_line("     stars: " + ", ".join(f"{rating or 'none'} {n}" for rating, n in stars.most_common()))
    print_line("     picks a day: " + ", ".join(f"{n} on {days} days" for n, days in sorted(picks.items())))
    check(missing == 0, f"{missing} papers are missing from a post ({', '.join(PROFILE.languages)})")
    check(without_reason == 0, f"{without_reason} excluded papers have no reason")


def count_unlisted(day: Day, text: str) -> tuple[int, int]:
    """How many papers of the day the post does not list, and how many of its excluded papers have no reason."""
    view = view_of(day, "zh", PROFILE)
    heading = re.search(r"^## (?:排除论文说明|Left out, and why)$", text, re.MULTILINE)
    details, excluded = (text[: heading.start()], text[heading.start() :]) if heading else (text, "")
    lines = [line for line in excluded.splitlines() if line.startswith(("| ", "- ")) and "/abs/" in line]
    absent = sum(f"arXiv:{e.id}]" not in details for e in view.picks)
    absent += sum(f"/abs/{e.id})" not in excluded for e in view.excluded)
    without_reason = sum(
        not re.search(r"\| [\d.]+ \|$" if line.startswith("|") else r"\w{2,}", re.sub(r"\[.*?\]\(\S+\)", "", line))
        for line in lines
    )
    return absent, without_reason


def show_beside_the_seed(store: Store) -> None:
    """4: the post of 2026-02-20 beside the seed that it replaces, which is dated one day later."""
    day = load_day(store, BEST_DAY)
    ours = {v.arxiv_id: v for v in day.verdicts}
    titles = {p.arxiv_id: p.title for p in day.papers}
    seed = SEED.read_text()
    theirs = dict(re.findall(r"\[arXiv:(\d{4}\.\d{5})\].*?\n\*\*方向\*\*: [^⭐\n]*(⭐+)", seed, re.DOTALL))
    print_line(f"\n   {BEST_DAY}, ours beside the seed's, whose list was captured later and is longer")
    print_line(f"   {'paper':12}{'ours':28}{'seed':8}title")
    for arxiv_id in sorted(
        {*ours, *theirs}, key=lambda i: (i not in ours, -(ours[i].rating or 0) if i in ours else 0, i)
    ):
        verdict = ours.get(arxiv_id)
        label = "not on the recorded list"
        if verdict:
            label = f"{verdict.curated_rule} {'*' * (verdict.rating or 0)}"
        stars = "*" * len(theirs.get(arxiv_id, ""))
        print_line(f"   {arxiv_id:12}{label:28}{stars:8}{titles.get(arxiv_id, '')[:70]}")
    on_list = [i for i in theirs if i in ours]
    common_picks = [i for i in on_list if ours[i].curated_decision == "pick"]
    print_line(
        f"     of the seed's {len(theirs)} picks {len(on_list)} are on the recorded list, "
        f"and {len(common_picks)} are ours too"
    )
    print_line("\n" + "\n".join("   | " + line for line in post_head(store).splitlines()))


def post_head(store: Store) -> str:
    """The preview, the table of excluded papers and the trends of the post."""
    text = (store.get(f"editions/{BEST_DAY}/curated-post.zh.md") or b"").decode()
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return "".join(p for p in parts if re.match(r"## (?:今日预览|排除论文说明|今日趋势观察)", p))


def show_roundups(store: Store) -> None:
    """5: a month and a week from the snapshots."""
    print_line("\n5. Roundups from the snapshots")
    for period in ("2026-02", "2026-W08"):
        started = time.monotonic()
        keys = write_roundup(store, PROFILE, period)
        seconds = time.monotonic() - started
        size = sum(len(store.get(key) or b"") for key in keys)
        check(
            seconds < ROUNDUP_SECONDS,
            f"{period}: {seconds:.2f} s for {len(keys)} languages, {size / 1000:.0f} kB of Markdown",
        )


def main(arguments: Sequence[str] = ()) -> int:
    """Run all checks; with `quick`, over 24 of the recorded days."""
    days = recorded_days()
    quick = "quick" in arguments
    if quick:
        days = {d: x for d, x in days.items() if dt.date(2026, 1, 26) <= d <= dt.date(2026, 2, 27)}
    started = time.monotonic()
    show_repeats(show_orders("planted repeats", repeated_days()))
    store = show_orders("recorded days", days, at_once=quick)
    show_twice(days)
    show_complete(store)
    show_beside_the_seed(store)
    show_roundups(store)
    print_line(f"{time.monotonic() - started:.0f} s")
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
