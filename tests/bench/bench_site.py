"""The site over the recorded days, with figures: `make bench-site`.

A full build of 129 days in a folder, then the update by the last day, then the same update again. Ends with 1 when the
update takes more than 5% of the full build (search apart), touches what it should not, or does not give what a full
build gives. `make bench-site ARGS=quick` takes 24 of the days, for which the bound on time does not hold.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from flows.days.later_days import render_stale
from flows.roundup import write_roundup
from papers.profile import load_profile
from papers.store import FolderStore, open_store
from tasks.publish.page_layout import PageLayout
from tasks.publish.site_build import SiteReport, build_site
from tests.bench.bounds import check, ended, say
from tests.plain import MemoryStore, Stale, recorded_days, run_plain

PROFILE = load_profile("default")
SHARE = 0.05


def recorded_store(quick: bool) -> tuple[MemoryStore, list[dt.date]]:
    """The recorded days through the plain pipeline, in memory."""
    lists = recorded_days()
    dates = sorted(lists)[-24:] if quick else sorted(lists)
    store, stale, started = MemoryStore(), Stale(), time.monotonic()
    for date in dates:
        run_plain(store, lists[date], PROFILE, stale)
    render_stale(store, PROFILE, stale)
    write_roundup(store, PROFILE, "2026-03")
    say(f"     {len(dates)} days through the pipeline: {time.monotonic() - started:.1f} s")
    return store, dates


def folder_of(store: MemoryStore, folder: Path, without: dt.date | None = None) -> FolderStore:
    """The store's files in a folder, those of a date left out."""
    made = open_store(str(folder))
    assert isinstance(made, FolderStore)
    put_all(store, made, [k for k in store.data if without is None or str(without) not in k])
    return made


def put_all(store: MemoryStore, into: FolderStore, keys: Sequence[str]) -> None:
    """Copy files; without fsync, since that is not what is measured here."""
    for key in keys:
        path = into.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.data[key])


def told(name: str, report: SiteReport) -> None:
    """A line about a build."""
    say(
        f"     {name}: {report.seconds:6.2f} s, and {report.search_seconds:.2f} s for the search index; "
        f"{len(report.days)} days, {report.made} files made, {report.written} written, {report.removed} removed"
    )


def site_of(store: FolderStore) -> dict[str, bytes]:
    """The site but for the search, whose files pagefind names."""
    keys = (k for k in store.keys("site/") if not k.startswith("site/search/"))
    return {k: (store.folder / k).read_bytes() for k in keys}


def main(words: Sequence[str] = ()) -> int:
    """Run all."""
    quick = "quick" in words
    shell = PageLayout(PROFILE, "https://papers.example.org")
    recorded, dates = recorded_store(quick)
    last = dates[-1]
    with tempfile.TemporaryDirectory(prefix="bench-site-") as folder:
        whole = folder_of(recorded, Path(folder) / "whole")
        full = build_site(whole, shell, full=True)
        told("full build  ", full)
        site = site_of(whole)
        html = [v for k, v in site.items() if k.endswith(".html")]
        search = [p for p in (whole.folder / "site" / "search").rglob("*") if p.is_file()]
        say(
            f"     {len(html)} pages of {sum(map(len, html)) / len(html) / 1000:.1f} kB, {len(site)} files, "
            f"{sum(map(len, site.values())) / 1e6:.1f} MB; search: {len(search)} files, "
            f"{sum(p.stat().st_size for p in search) / 1e6:.1f} MB"
        )
        grown = folder_of(recorded, Path(folder) / "grown", without=last)
        build_site(grown, shell, full=True)
        before = site_of(grown)
        put_all(recorded, grown, [k for k in recorded.data if str(last) in k])
        update = build_site(grown, shell, [last])
        told("a day more  ", update)
        nothing = build_site(grown, shell, [last])
        told("nothing new ", nothing)
        after = site_of(grown)
        share = update.seconds / full.seconds
        if quick:
            say(f"     the update is {share:.1%} of the full build")
        else:
            check(share <= SHARE, f"the update is {share:.1%} of the full build (at most {SHARE:.0%})")
        check(nothing.written == 0, "a second update writes nothing")
        check(after == site, "the updated site is that of the full build, byte for byte")
        changed = [k for k in after if before.get(k) != after[k]]
        pages = [k for k in changed if "/days/" in k and str(last) not in k]
        pages += [k for k in changed if "/papers/" in k and k in before]
        check(not pages, f"{len(changed)} files differ or are new, {len(pages)} of them another day's")
        check(not update.warnings and not full.warnings, "no warnings")
    return ended()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
