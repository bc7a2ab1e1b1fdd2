"""What curation has to show, over the recorded days, with figures: `make bench-curate`.

No network and no model: readings are the listings' abstracts, analyses extracts of them. Ends with 1 when a bound is
missed. `make bench-curate ARGS=quick` takes 24 of the 129 days.
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

from flows.days.day_snapshots import load_day
from flows.days.later_days import render_stale
from flows.roundup import write_roundup
from papers.day import Day
from papers.models import Listing, Paper
from papers.profile import load_profile
from papers.store import Store
from papers.tables.paper_index import term_days
from papers.tables.snapshots import dates_of, read_snapshot
from tasks.render.day_view import view_of
from tests.bench.bounds import check, ended, say
from tests.plain import MemoryStore, Stale, contents, recorded_days, repeated_days, run_plain
from tests.shared import SHARED

PROFILE = load_profile("default")
SEED = SHARED / "seeds" / "curated-2026-02-21.md"
BEST_DAY = dt.date(2026, 2, 20)
ROUNDUP_SECONDS = 10.0


def run_in(order: Sequence[dt.date], lists: dict[dt.date, Listing]) -> Store:
    """A store of the lists, run in that order; what a run makes stale is rendered once, at the end."""
    store, stale = MemoryStore(), Stale()
    started = time.monotonic()
    for date in order:
        run_plain(store, lists[date], PROFILE, stale)
    middle = time.monotonic()
    render_stale(store, PROFILE, stale)
    say(f"        {middle - started:6.1f} s curated, {time.monotonic() - middle:6.1f} s rendered")
    return store


def orders_of(dates: list[dt.date]) -> dict[str, list[dt.date]]:
    """The orders that are compared."""
    return {
        "in date order": dates,
        "in reverse": dates[::-1],
        "shuffled": random.Random(2026).sample(dates, len(dates)),
    }


def show_orders(name: str, lists: dict[dt.date, Listing]) -> Store:
    """2: equal papers, verdicts and editions, whatever the order of the dates; returns the store in date order."""
    say(f"\n2. {name}: {len(lists)} days, {sum(len(x.papers) for x in lists.values())} listed papers")
    stores = {}
    for told, order in orders_of(sorted(lists)).items():
        say(f"     {told}")
        stores[told] = run_in(order, lists)
    straight = contents(stores["in date order"])
    editions = sum(key.startswith("editions/") for key in straight)
    for told in ("in reverse", "shuffled"):
        other = contents(stores[told])
        unlike = [k for k in sorted(set(straight) | set(other)) if straight.get(k) != other.get(k)]
        superseded = len(list(stores[told].keys("superseded/")))
        say(f"     {told}: {len(straight) - editions} snapshots, {editions} editions, {superseded} files superseded")
        check(not unlike, f"{name}, {told}: {len(unlike)} differ{': ' + ', '.join(unlike[:3]) if unlike else ''}")
    return stores["in date order"]


def show_repeats(store: Store) -> None:
    """2: every planted repeat is found, and no near miss is taken for one."""
    planted = json.loads((SHARED / "recorded" / "repeats" / "expected.json").read_text())
    expected = {(e["date"], e["arxiv_id"]): (e["kind"], e["first_seen"], e["duplicate_of"]) for e in planted}
    found: dict[tuple[str, str], set[tuple[str, str, str | None]]] = {}
    for date in dates_of(store, "papers"):
        for p in read_snapshot(store, "papers", date, Paper) or []:
            mark = (p.dedupe_kind, p.first_seen.isoformat(), p.duplicate_of)
            found.setdefault((date.isoformat(), p.arxiv_id), set()).add(mark)
    missed = [key for key, mark in expected.items() if mark not in found.get(key, set())]
    kinds = Counter(e["planted"] for e in planted)
    say(f"     planted: {', '.join(f'{n} {kind}' for kind, n in sorted(kinds.items()))}")
    check(not missed, f"{len(expected) - len(missed)} of {len(expected)} planted papers are marked as what they are")
    more = [k for k, marks in found.items() if k not in expected and any(m[0] != "new" for m in marks)]
    check(not more, f"{len(more)} other papers are taken for repeats")


def show_twice(lists: dict[dt.date, Listing]) -> None:
    """3: the same day twice gives the same verdicts and editions."""
    say("\n3. The same day twice, with the same analyses")
    one, other = (run_in([BEST_DAY], lists) for _ in range(2))
    check(contents(one) == contents(other), "two stores: equal snapshots, and editions equal byte for byte")
    before = contents(one)
    run_plain(one, lists[BEST_DAY], PROFILE)
    check(contents(one) == before, "run again in the same store: nothing changes")
    check(not list(one.keys("superseded/")), "and nothing is superseded")


def show_complete(store: Store) -> None:
    """4: every listed paper of every day is among the picks or in the excluded table, with a reason."""
    say("\n4. Every listed paper stands in the curated post")
    rules, picks, stars, missing, bare = Counter[str](), Counter[int](), Counter[int | None](), 0, 0
    terms = term_days(store)
    for date in dates_of(store, "papers"):
        day = load_day(store, date, terms)
        assert day is not None
        rules.update(v.curated_rule for v in day.verdicts)
        stars.update(v.rating for v in day.verdicts)
        picks[sum(v.curated_decision == "pick" for v in day.verdicts)] += 1
        for language in PROFILE.languages:
            text = (store.get(f"editions/{date}/curated-post.{language}.md") or b"").decode()
            gone, without = unaccounted(day, text)
            missing, bare = missing + gone, bare + without
    say("     rules: " + ", ".join(f"{rule} {n}" for rule, n in rules.most_common()))
    say("     stars: " + ", ".join(f"{rating or 'none'} {n}" for rating, n in stars.most_common()))
    say("     picks a day: " + ", ".join(f"{n} on {days} days" for n, days in sorted(picks.items())))
    check(missing == 0, f"{missing} papers are missing from a post ({', '.join(PROFILE.languages)})")
    check(bare == 0, f"{bare} excluded papers have no reason")


def unaccounted(day: Day, text: str) -> tuple[int, int]:
    """How many papers of the day the post does not name, and how many of its excluded ones have no reason."""
    view = view_of(day, "zh", PROFILE)
    heading = re.search(r"^## (?:排除论文说明|Left out, and why)$", text, re.MULTILINE)
    details, excluded = (text[: heading.start()], text[heading.start() :]) if heading else (text, "")
    table = [line for line in excluded.splitlines() if line.startswith("| [")]
    gone = sum(f"arXiv:{e.id}]" not in details for e in view.picks)
    gone += sum(f"/abs/{e.id})" not in excluded for e in view.excluded)
    bare = sum(not re.search(r"\w{2,}", line.rsplit("|", 2)[-2]) for line in table)
    return gone + abs(len(table) - len(view.excluded)), bare


def show_beside_the_seed(store: Store) -> None:
    """4: the post of 2026-02-20 beside the one that it stands in for, which calls itself of the day after."""
    day = load_day(store, BEST_DAY)
    assert day is not None
    ours = {v.arxiv_id: v for v in day.verdicts}
    titles = {p.arxiv_id: p.title for p in day.papers}
    seed = SEED.read_text()
    theirs = dict(re.findall(r"\[arXiv:(\d{4}\.\d{5})\].*?\n\*\*方向\*\*: [^⭐\n]*(⭐+)", seed, re.DOTALL))
    say(f"\n   {BEST_DAY}, ours beside the seed's, whose list was captured later and is longer")
    say(f"   {'paper':12}{'ours':28}{'seed':8}title")
    for arxiv_id in sorted(
        {*ours, *theirs}, key=lambda i: (i not in ours, -(ours[i].rating or 0) if i in ours else 0, i)
    ):
        verdict = ours.get(arxiv_id)
        told = "not on the recorded list"
        if verdict:
            told = f"{verdict.curated_rule} {'*' * (verdict.rating or 0)}"
        stars = "*" * len(theirs.get(arxiv_id, ""))
        say(f"   {arxiv_id:12}{told:28}{stars:8}{titles.get(arxiv_id, '')[:70]}")
    both = [i for i in theirs if i in ours]
    picked = [i for i in both if ours[i].curated_decision == "pick"]
    say(f"     of the seed's {len(theirs)} picks {len(both)} are on the recorded list, and {len(picked)} are ours too")
    say("\n" + "\n".join("   | " + line for line in post_head(store).splitlines()))


def post_head(store: Store) -> str:
    """The post's preview, its excluded table and its trends."""
    text = (store.get(f"editions/{BEST_DAY}/curated-post.zh.md") or b"").decode()
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    return "".join(p for p in parts if re.match(r"## (?:今日预览|排除论文说明|今日趋势观察)", p))


def show_roundups(store: Store) -> None:
    """5: a month and a week from the snapshots."""
    say("\n5. Roundups from the snapshots")
    for period in ("2026-02", "2026-W08"):
        started = time.monotonic()
        keys = write_roundup(store, PROFILE, period)
        took = time.monotonic() - started
        size = sum(len(store.get(key) or b"") for key in keys)
        check(
            took < ROUNDUP_SECONDS,
            f"{period}: {took:.2f} s for {len(keys)} languages, {size / 1000:.0f} kB of Markdown",
        )


def main(words: Sequence[str] = ()) -> int:
    """Run all; with `quick`, over 24 of the recorded days."""
    days = recorded_days()
    if "quick" in words:
        days = {d: x for d, x in days.items() if dt.date(2026, 1, 26) <= d <= dt.date(2026, 2, 27)}
    started = time.monotonic()
    show_repeats(show_orders("planted repeats", repeated_days()))
    store = show_orders("recorded days", days)
    show_twice(days)
    show_complete(store)
    show_beside_the_seed(store)
    show_roundups(store)
    say(f"{time.monotonic() - started:.0f} s")
    return ended()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
