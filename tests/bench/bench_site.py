"""Checks and figures of the site over the recorded days: `make bench-site`.

Makes a full build of 129 days in a folder, then an update by the last day, then the same update again. Exits with 1 if
the update takes more than 5% of the full build (without the search index), changes files that it should not, or differs
from a full build. `make bench-site ARGS=quick` uses 24 of the days; the time bound is not checked for them.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from flows.roundup import write_roundup
from papers.profile import load_profile
from papers.store import FolderStore, open_store
from tasks.publish.page_layout import PageLayout
from tasks.publish.site_build import SiteReport, build_site
from tests.bench.bounds import check, finish, print_line
from tests.plain import MemoryStore, recorded_days, run_without_prefect, settle

PROFILE = load_profile("default")
SHARE = 0.05


def recorded_store(quick: bool) -> tuple[MemoryStore, list[dt.date]]:
    """The recorded days, processed by the pipeline without Prefect into a store in memory."""
    lists = recorded_days()
    dates = sorted(lists)[-24:] if quick else sorted(lists)
    store, started = MemoryStore(), time.monotonic()
    for date in dates:
        run_without_prefect(store, lists[date], PROFILE, later=False)
    settle(store, PROFILE)
    write_roundup(store, PROFILE, "2026-03")
    print_line(f"     {len(dates)} days through the pipeline: {time.monotonic() - started:.1f} s")
    return store, dates


def folder_of(store: MemoryStore, folder: Path, without: dt.date | None = None) -> FolderStore:
    """A folder store with the files of `store`, without those of the date `without`."""
    folder_store = open_store(str(folder))
    assert isinstance(folder_store, FolderStore)
    copy_files(store, folder_store, [k for k in store.data if without is None or str(without) not in k])
    return folder_store


def copy_files(store: MemoryStore, into: FolderStore, keys: Sequence[str]) -> None:
    """Copy files without fsync, which is not measured here."""
    for key in keys:
        path = into.folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(store.data[key])


def print_build(name: str, report: SiteReport) -> None:
    """Print a line about a build."""
    print_line(
        f"     {name}: {report.seconds:6.2f} s, and {report.search_seconds:.2f} s for the search index; "
        f"{len(report.days)} days, {report.file_count} files made, {report.written} written, {report.removed} removed"
    )


def site_of(store: FolderStore) -> dict[str, bytes]:
    """The files of the site, without the search, whose file names pagefind chooses."""
    keys = (k for k in store.keys("site/") if not k.startswith("site/search/"))
    return {k: (store.folder / k).read_bytes() for k in keys}


def main(arguments: Sequence[str] = ()) -> int:
    """Run all checks."""
    quick = "quick" in arguments
    layout = PageLayout(PROFILE, "https://papers.example.org")
    source, dates = recorded_store(quick)
    last = dates[-1]
    with tempfile.TemporaryDirectory(prefix="bench-site-") as folder:
        full_store = folder_of(source, Path(folder) / "whole")
        full_build = build_site(full_store, layout, full=True)
        print_build("full build  ", full_build)
        full_site = site_of(full_store)
        html = [v for k, v in full_site.items() if k.endswith(".html")]
        search = [p for p in (full_store.folder / "site" / "search").rglob("*") if p.is_file()]
        print_line(
            f"     {len(html)} pages of {sum(map(len, html)) / len(html) / 1000:.1f} kB, {len(full_site)} files, "
            f"{sum(map(len, full_site.values())) / 1e6:.1f} MB; search: {len(search)} files, "
            f"{sum(p.stat().st_size for p in search) / 1e6:.1f} MB"
        )
        updated_store = folder_of(source, Path(folder) / "grown", without=last)
        build_site(updated_store, layout, full=True)
        before = site_of(updated_store)
        copy_files(source, updated_store, [k for k in source.data if str(last) in k])
        update = build_site(updated_store, layout, [last])
        print_build("a day more  ", update)
        second_update = build_site(updated_store, layout, [last])
        print_build("nothing new ", second_update)
        after = site_of(updated_store)
        share = update.seconds / full_build.seconds
        if quick:
            print_line(f"     the update is {share:.1%} of the full build")
        else:
            check(share <= SHARE, f"the update is {share:.1%} of the full build (at most {SHARE:.0%})")
        check(second_update.written == 0, "a second update writes nothing")
        check(after == full_site, "the updated site is that of the full build, byte for byte")
        changed_keys = [k for k in after if before.get(k) != after[k]]
        other_days_pages = [k for k in changed_keys if "/days/" in k and str(last) not in k]
        other_days_pages += [k for k in changed_keys if "/papers/" in k and k in before]
        check(
            not other_days_pages,
            f"{len(changed_keys)} files differ or are new, {len(other_days_pages)} of them another day's",
        )
        check(not update.warnings and not full_build.warnings, "no warnings")
    return finish()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
