"""The build: which pages a day changes, full builds give the same as updates, and old pages are removed."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from papers.profile import load_profile
from papers.store import Store
from papers.tables.snapshots import read_snapshot
from tasks.publish.http_server import headers_of, key_of
from tasks.publish.page_layout import slug
from tasks.publish.search_index import build_index, segment_chinese
from tasks.publish.site_build import build_site
from tasks.publish.site_state import State
from tests import factories
from tests.plain import MemoryStore, put_rows, recorded_days, run_without_prefect
from tests.shared import needs_shared
from tests.tasks.publish.invented import (
    EMPTY,
    FIRST,
    HOSTILE,
    LAST,
    LATER,
    PROFILE,
    analysis,
    hostile_day,
    invented_store,
    layout,
    put_day,
    reading,
    simple_day,
)

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
needs_tidy = pytest.mark.skipif(shutil.which("tidy") is None, reason="needs Debian's tidy")
WEDNESDAY = dt.date(2026, 2, 4)


def pages(store: MemoryStore) -> dict[str, bytes]:
    """The site without the files of the search index, whose names pagefind chooses."""
    return {k: v for k, v in store.data.items() if k.startswith("site/") and not k.startswith("site/search/")}


def without_update_times(files: dict[str, bytes]) -> dict[str, bytes]:
    """`files` without the update times of feed items, which alone depend on earlier builds."""
    times = re.compile(rb'<updated>[^<]*</updated>|"date_modified": "[^"]*"')
    return {k: times.sub(b"", v) if "/feeds/" in k else v for k, v in files.items()}


def build(store: Store, dates: Iterable[dt.date] = (), **options: Any) -> Any:
    return build_site(store, layout(), list(dates), now=lambda: NOW, **({"search": False} | options))


def differing_keys(one: dict[str, bytes], other: dict[str, bytes]) -> list[str]:
    return sorted(k for k in one.keys() | other.keys() if one.get(k) != other.get(k))


def test_updates_in_any_order_give_what_a_full_build_gives() -> None:
    in_order, shuffled = invented_store(), MemoryStore()
    build(in_order, full=True)
    makers: dict[dt.date, Any] = {
        LATER: lambda: simple_day(shuffled, LATER, [31, 32, 33]),
        FIRST: lambda: simple_day(shuffled, FIRST, [1, 2, 3]),
        HOSTILE: lambda: hostile_day(shuffled, HOSTILE),
        EMPTY: lambda: put_day(shuffled, EMPTY),
    }
    for date, make in makers.items():
        make()
        build(shuffled, [date])
    final = {k: v for k, v in in_order.data.items() if not k.startswith(("site/", "cache/"))}
    shuffled.data.update(final)  # the last day, and the later captures
    build(shuffled, [FIRST, LAST])
    assert not differing_keys(without_update_times(pages(in_order)), without_update_times(pages(shuffled)))
    data = dict(in_order.data)
    assert build(in_order, full=True).written == 0
    assert in_order.data == data


def test_a_new_day_changes_only_its_own_pages_and_the_index_pages() -> None:
    store = invented_store()
    build(store)
    before = pages(store)
    simple_day(store, WEDNESDAY, [41, 42])
    report = build(store, [WEDNESDAY])
    assert report.days == [WEDNESDAY]
    changed_keys = differing_keys(before, pages(store))
    own = re.compile(rf"site/(?:zh/|en/)?(?:days/{WEDNESDAY}\S*|papers/0000\.0004[12]\.\w+)")
    index = re.compile(
        r"site/(?:zh/|en/)?(?:index|archive|about|search|feeds/\S+|directions/(?:index|(?:agent|reasoning)/(?:index|2026-02)))\.?\w*"
    )
    assert [k for k in changed_keys if not own.fullmatch(k) and not index.fullmatch(k)] == []
    assert sum(bool(own.fullmatch(k)) for k in changed_keys) == 2 * 4 + 2 + 2 * 4
    assert build(store).written == 0


def test_changed_pages_are_made_again_and_old_ones_removed() -> None:
    store = invented_store()
    build(store)
    simple_day(store, LAST, [21])  # 22 is no longer listed
    report = build(store, [LAST])
    assert report.days == [LAST]
    assert not [k for k in store.data if k.startswith("site/") and "0000.00022" in k]
    fresh = MemoryStore()
    fresh.data = {k: v for k, v in store.data.items() if not k.startswith(("site/", "cache/"))}
    build(fresh, full=True)
    assert not [
        k for k in differing_keys(pages(fresh), pages(store)) if "/feeds/" not in k
    ]  # feeds have the time of the change
    for key in [k for k in store.data if str(LATER) in k and not k.startswith(("site/", "cache/"))]:
        store.delete(key)
    build(store)
    assert not [k for k in pages(store) if str(LATER) in k or "0000.00031" in k]
    assert b"2026-01-08" in store.data["site/index.html"]


def test_a_changed_edition_keeps_its_id_and_gets_a_new_time() -> None:
    store = invented_store()
    build(store)
    key = "site/en/feeds/ranked-digest.json"
    before = {i["id"]: i for i in json.loads(store.data[key])["items"]}
    name = f"editions/{LATER}/ranked-digest.en.md"
    store.put(name, store.data[name].replace(b"Other Institute", b"Another Institute"))
    build(store, [LATER])
    after = {i["id"]: i for i in json.loads(store.data[key])["items"]}
    assert before.keys() == after.keys()
    updated_ids = [i for i in after if after[i]["date_modified"] != before[i]["date_modified"]]
    assert [after[i]["url"] for i in updated_ids] == [
        f"https://papers.example.org/daily/en/days/{LATER}/ranked-digest.html"
    ]
    assert after[updated_ids[0]]["date_modified"] == "2026-03-01T00:00:00Z"


@pytest.mark.parametrize("broken", [b"", b"{", b'{"version": "1"}', None])
def test_a_broken_or_missing_state_is_rebuilt(broken: bytes | None) -> None:
    store = MemoryStore()
    simple_day(store, FIRST, [1, 2])
    simple_day(store, LATER, [3])
    build(store)
    before = pages(store)
    for key in list(store.keys("cache/site/")):
        if broken is None:
            store.delete(key)
        else:
            store.put(key, broken)
    assert build(store).days == [FIRST, LATER]
    assert pages(store) == before


def test_an_interrupted_build_is_resumed() -> None:
    store = invented_store()
    build(store)
    simple_day(store, FIRST, [1, 2, 3], title="Another title altogether")

    class Full(MemoryStore):
        def put(self, key: str, data: bytes) -> str:
            if key == "site/en/papers/0000.00002.html":
                raise OSError("no space left")
            return super().put(key, data)

    full = Full()
    full.data = store.data
    with pytest.raises(OSError, match="no space"):
        build(full, [FIRST])
    report = build(store)  # no date is given, and the day is not one of the newest
    assert FIRST in report.days
    assert b"Another title altogether" in store.data["site/en/papers/0000.00002.html"]


def test_rows_that_change_during_a_build_are_built_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    simple_day(store, FIRST, [1])

    def read_and_change(*arguments: Any) -> Any:
        rows = read_snapshot(*arguments)
        if arguments[1] == "set_aside":  # the last one that the build reads
            simple_day(store, FIRST, [1], title="The title that another run wrote")
        return rows

    with monkeypatch.context() as patch:
        patch.setattr("tasks.publish.day_sheets.read_snapshot", read_and_change)
        build(store)
    page = "site/en/papers/0000.00001.html"
    assert b"another run wrote" not in store.data[page]
    assert build(store).days == [FIRST]
    assert b"another run wrote" in store.data[page]
    assert build(store).days == []


def test_an_empty_store_has_a_site_that_says_so() -> None:
    store = MemoryStore()
    report = build(store, search=True)
    assert not report.warnings
    assert "daily-papers run" in store.data["site/index.html"].decode()
    assert build(store).days == []


def test_a_search_index_that_cannot_be_made_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tasks.publish.search_index.get_executable", lambda: tmp_path / "none")
    store = MemoryStore()
    simple_day(store, FIRST, [1])
    report = build(store, search=True)
    assert report.days == [FIRST]
    assert "search index was not made" in report.warnings[0]
    assert "site/en/papers/0000.00001.html" in store.data


def test_a_month_without_changes_keeps_its_index(built: MemoryStore) -> None:
    store = MemoryStore()
    store.data = dict(built.data)
    january = {k: v for k, v in store.data.items() if k.startswith("site/search/2026-01/")}
    simple_day(store, WEDNESDAY, [41])
    build(store, [WEDNESDAY], search=True)
    assert {k: v for k, v in store.data.items() if k.startswith("site/search/2026-01/")} == january
    february = [k for k in store.data if k.startswith("site/search/2026-02/fragment/")]
    assert len(february) == 4
    assert not [k for k in store.data if k.startswith("site/search/") and "ui" in k.rpartition("/")[2]]


def test_chinese_is_indexed_in_pairs() -> None:
    assert segment_chinese("强化学习 for LLM推理，图") == "强化 化学 学习 for LLM 推理 ， 图"
    assert build_index([{"meta": {"title": "a"}, "filters": {}, "text": "some words"}])["pagefind-entry.json"]


def test_the_version_follows_the_profile_and_the_address() -> None:
    minimal = load_profile("minimal")
    assert len({layout().version, layout("https://other.example").version, layout(profile=minimal).version}) == 3
    store = MemoryStore()
    simple_day(store, FIRST, [1])
    build(store)
    assert State(store, layout().version).dates == [FIRST]
    assert State(store, "another").dates == []


def test_a_paper_whose_reading_is_missing_has_a_page_that_says_so(built: MemoryStore) -> None:
    pages_by_number = {n: built.data[f"site/en/papers/0000.{n:05d}.html"].decode() for n in (12, 13, 14)}
    assert "could not be read" in pages_by_number[12]
    assert "withdrawn" in pages_by_number[13]
    assert "not read" in pages_by_number[14]


def test_formulas_are_mathml_and_what_cannot_be_converted_is_latex(built: MemoryStore) -> None:
    page = built.data["site/en/papers/0000.00001.html"].decode()
    assert "<msub><mi>α</mi><mi>i</mi></msub><mo>≤</mo>" in page
    assert "$\\undefinedmacro{x}$" in built.data["site/en/papers/0000.00011.html"].decode()


def test_on_s3_each_key_has_its_content_type_and_cache_time(moto_store: Store) -> None:
    simple_day(moto_store, FIRST, [1])
    build(moto_store, search=True)
    client, bucket = moto_store._s3, moto_store.bucket  # type: ignore[attr-defined]

    def head(ending: str) -> tuple[str, str]:
        key = next(k for k in moto_store.keys("site/") if re.search(ending, k))
        response = client.head_object(Bucket=bucket, Key=f"in/here/{key}")
        return response["ContentType"], response["CacheControl"]

    assert head(r"^site/index\.html$") == ("text/html; charset=utf-8", "public, max-age=300")
    assert head(r"site-[0-9a-f]{8}\.css$") == ("text/css; charset=utf-8", "public, max-age=31536000, immutable")
    assert head(r"curated-post\.xml$") == ("application/atom+xml; charset=utf-8", "public, max-age=300")
    assert head(r"curated-post\.json$") == ("application/feed+json; charset=utf-8", "public, max-age=300")
    assert head(r"pf_fragment$")[1].endswith("immutable")
    assert head(r"pagefind-entry\.json$") == ("application/json", "public, max-age=300")
    assert "CacheControl" not in client.head_object(Bucket=bucket, Key=f"in/here/editions/{FIRST}/full-report.en.md")
    assert build(moto_store).written == 0


def test_only_the_site_is_served() -> None:
    assert key_of("/") == "site/index.html"
    assert key_of("/en/") == "site/en/index.html"
    assert key_of("/zh/search.html?q=1") == "site/zh/search.html"
    for path in ("/../cache/x", "/%2e%2e/cache/x", "/a/..%2f..%2fcache", "/a\\b", "/%00"):
        assert key_of(path) is None, path
    policy = headers_of("site/zh/index.html")["Content-Security-Policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'wasm-unsafe-eval'" in headers_of("site/zh/search.html")["Content-Security-Policy"]
    assert "unsafe-inline" not in str(headers_of("site/zh/search.html"))


def test_names_of_directions_never_share_a_folder() -> None:
    names = ["Agent", "agent!", "智能体", "方向", "Curated Post", "curated-post", "A B", "A-B", "<script>"]
    assert len({slug(n) for n in names}) == len(names)
    assert all(re.fullmatch(r"[a-z0-9-]+", slug(n)) for n in names)


def tidy_faults(store: MemoryStore, folder: Path) -> list[str]:
    """The faults that tidy reports on all pages, without `aria-current`, which it does not know."""
    paths = []
    for key, data in pages(store).items():
        if key.endswith(".html"):
            path = folder / key.replace("/", "~")
            path.write_bytes(data)
            paths.append(str(path))
    process = subprocess.run(
        ["tidy", "-quiet", "-errors", "-utf8", "--gnu-emacs", "yes", *paths], capture_output=True, text=True
    )
    return [line for line in process.stderr.splitlines() if "aria-current" not in line]


@pytest.mark.slow
@needs_shared
@needs_tidy
def test_tidy_finds_no_fault_on_any_page_of_ten_recorded_days(tmp_path: Path) -> None:
    store = MemoryStore()
    lists = recorded_days()
    for date in sorted(lists)[:10]:
        run_without_prefect(store, lists[date], PROFILE)
    build(store)
    faults = tidy_faults(store, tmp_path)
    assert len(list(tmp_path.iterdir())) > 300
    assert not faults, faults[:20]


@needs_tidy
def test_tidy_finds_no_fault_on_hostile_pages(built: MemoryStore, tmp_path: Path) -> None:
    faults = tidy_faults(built, tmp_path)
    assert not faults, faults[:20]


def test_an_analysis_in_one_language_is_shown_in_the_other() -> None:
    store = MemoryStore()
    store_day = [factories.paper(1, first_seen=FIRST)]
    put_day(store, FIRST, store_day, [reading(1)], [analysis(1, "zh", model="openai:sample")], [factories.verdict(1)])
    build(store)
    page = store.data["site/en/papers/0000.00001.html"].decode()
    assert "this is the Chinese one" in page
    assert '<div lang="zh-CN">' in page
    put_rows(store, "analyses", FIRST, [analysis(1, "zh")])  # extracts are valid in any language
    build(store)
    assert "this is the Chinese one" not in store.data["site/en/papers/0000.00001.html"].decode()
    put_rows(store, "analyses", FIRST, [analysis(1, "en"), analysis(1, "zh")])
    build(store)
    assert "this is the Chinese one" not in store.data["site/en/papers/0000.00001.html"].decode()
