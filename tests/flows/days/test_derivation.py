"""Views deleted and derived again, with a changed profile, other figures, or an older date before them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from flows.days.date_states import finished_dates
from flows.days.record_choice import DayMemory, hash_of_record
from flows.days.view_settings import ViewSettings
from flows.days.view_updates import ViewUpdate, update_views
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord
from papers.models import Analysis
from papers.profile import Interest, Profile
from papers.sample import SAMPLE_DAYS
from tests.factories import NOON, listed_paper
from tests.flows.days.six_days import BRIEF, DEFAULT, day, facts_of, paper_fields, rows, run_in, six_days, views
from tests.flows.days.stores import WatchedStore
from tests.plain import (
    CAPTURED_AT,
    MemoryStore,
    finished_run,
    record_day,
    repeated_days,
    run_without_prefect,
    view_settings,
)
from tests.reading import read_here
from tests.sample_day import LANGUAGES, sample_days, sample_extracts
from tests.shared import needs_shared


def run_sample_day(store: MemoryStore, date: dt.date, settings: ViewSettings) -> None:
    """Record the facts of a sample day, and derive its views of what is in memory."""
    days, extracts = sample_days(), sample_extracts()
    facts, memory = DayFacts(store, date), DayMemory()
    facts.list_again()
    facts.start_run("r")
    facts.add_capture(days.listings[date], "r")
    update = ViewUpdate(settings, facts={date: facts}, memory={date: memory})
    memory.papers = update.neighbours(date).marked_list(facts)
    for arxiv_id in (p.arxiv_id for p in memory.papers.new):
        reading, record = days.readings[arxiv_id], days.records[arxiv_id]
        memory.readings[hash_of_record(record)] = reading
        facts.add_reading(record)
        for language in LANGUAGES:
            extract = extracts[arxiv_id, language]
            extract_record = AnalysisRecord.of(extract, "r", CAPTURED_AT, reading.sha256)
            memory.analyses[hash_of_record(extract_record)] = extract
            facts.add_analysis(extract_record)
    update.update([date])
    facts.end_run(finished_run("r", update.days[date].views.day().papers))
    update.commit()


def derive_from_facts(store: MemoryStore, settings: ViewSettings, dates: Iterable[dt.date]) -> None:
    """Delete everything but the facts, and derive it again."""
    store.data = facts_of(store)
    update_views(settings, dates)


def differences(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """The keys with other bytes, but for the index of papers, which holds its rows in the order in which they came."""
    keys = [k for k in one.keys() | other.keys() if one.get(k) != other.get(k)]
    return sorted(k for k in keys if not k.startswith(("index/papers-", "index/terms-")))


def written(store: MemoryStore, profile: Profile, dates: Iterable[dt.date]) -> dict[dt.date, set[str]]:
    """The names of the views that `rerender` with this profile writes, by date."""
    update = update_views(view_settings(store, profile), dates, list_changed=False)
    return {d: each.views.written for d, each in update.days.items() if each.views.written}


# --- deleted and derived again ---------------------------------------------------------------------------------------


def test_the_six_days_derived_again_are_the_same_bytes() -> None:
    lists = six_days()
    store = run_in([day(n) for n in (5, 2, 0, 1, 4, 3)], lists)
    before = dict(store.data)
    derive_from_facts(store, view_settings(store, DEFAULT), lists)
    assert differences(before, store.data) == []
    assert finished_dates(store) == sorted(lists)


def test_a_day_of_documents_derived_again_is_the_same_bytes() -> None:
    """HTML, a PDF, abstract pages, a wrong page and a repeat; in memory first, then from the stored responses."""
    store = MemoryStore()
    store.data = dict(sample_days().store.data)  # the responses
    settings = ViewSettings(store, DEFAULT, "cut", read_here)
    for date in SAMPLE_DAYS:
        run_sample_day(store, date, settings)
    sources = {r.source for r in rows(store, "readings", SAMPLE_DAYS[1])}
    assert sources == {"html", "pdf", "abs"}
    before = dict(store.data)
    derive_from_facts(store, settings, SAMPLE_DAYS)
    assert differences(before, store.data) == []


@needs_shared
def test_the_days_with_planted_repeats_derived_again_are_the_same_bytes() -> None:
    days = repeated_days()
    store = run_in(sorted(days), days, BRIEF)
    before = dict(store.data)
    derive_from_facts(store, view_settings(store, BRIEF), days)
    assert differences(before, store.data) == []


@pytest.mark.parametrize("folder", ["snapshots/papers/", "snapshots/readings/", "snapshots/analyses/", "editions/"])
def test_a_folder_of_views_derived_again_is_the_same_bytes(folder: str) -> None:
    lists = {d: papers for d, papers in six_days().items() if d < day(3)}
    store = run_in(sorted(lists), lists, BRIEF)
    before = dict(store.data)
    for key in list(store.keys(folder)):
        store.delete(key)
    assert finished_dates(store) == []
    update_views(view_settings(store, BRIEF), lists)
    assert differences(before, store.data) == []


# --- another profile -------------------------------------------------------------------------------------------------


def changed_profiles() -> dict[str, tuple[Profile, set[str]]]:
    """Changed profiles, each with the views that depend on the change."""
    *rest, last = DEFAULT.interests
    editions = {f"{name}.{code}" for name in DEFAULT.editions for code in DEFAULT.languages}
    other_cue = Interest.model_validate(last.model_dump() | {"cues": (*last.cues, "glaciers")})
    return {
        "title": (DEFAULT.model_copy(update={"title_zh": "另一份日报", "title_en": "Another daily"}), editions),
        "cue": (DEFAULT.model_copy(update={"interests": (*rest, other_cue)}), {"curation"} | editions),
    }


@pytest.mark.parametrize("change", ["title", "cue"])
def test_a_changed_profile_writes_only_what_depends_on_it_and_changed_back_gives_the_first_bytes(change: str) -> None:
    lists = {d: papers for d, papers in six_days().items() if d < day(2)}
    store = run_in(sorted(lists), lists)
    before = dict(store.data)
    profile, dependent = changed_profiles()[change]
    names = set().union(*written(store, profile, lists).values())
    assert names <= dependent
    assert names >= {"curated-post.zh", "curated-post.en"}
    assert ("curation" in names) == (change == "cue")
    assert views(store) == views(run_in(sorted(lists), lists, profile))
    assert written(store, profile, lists) == {}
    written(store, DEFAULT, lists)
    assert differences(before, store.data) == []


def test_editions_of_a_language_are_removed_and_added() -> None:
    lists = {d: papers for d, papers in six_days().items() if d < day(2)}
    store = run_in(sorted(lists), lists)
    before = views(store)
    chinese = DEFAULT.model_copy(update={"languages": ("zh",)})
    assert written(store, chinese, lists) == {}
    assert before.keys() - views(store).keys() == {k for k in before if k.endswith((".en.md", ".en.html"))}
    assert finished_dates(store) == sorted(lists)
    english = {f"{name}.en" for name in DEFAULT.editions}
    assert written(store, DEFAULT, lists) == dict.fromkeys(lists, english)
    assert views(store) == before


# --- other figures ---------------------------------------------------------------------------------------------------


def text_of(analysis: Analysis) -> dict[str, Any]:
    """An analysis without the count of stars."""
    return analysis.model_dump() | {"openness": analysis.openness.model_dump() | {"stars": None}}


def test_a_refresh_with_other_upvotes_and_stars_keeps_the_text_of_the_analyses() -> None:
    lists = six_days()
    github = {"github_url": "https://github.com/someone/something", "github_stars": 5}
    papers = [p.model_copy(update=github) for p in lists[day(0)].papers]
    lists[day(0)] = lists[day(0)].model_copy(update={"papers": papers})
    store = run_in(sorted(lists)[:2], lists, BRIEF)
    before = rows(store, "analyses", day(0))
    assert [a.openness.stars for a in before] == [5, 5]
    later = [p.model_copy(update={"upvotes": 90 + n, "github_stars": 700 + n}) for n, p in enumerate(papers)]
    refreshed = lists[day(0)].model_copy(update={"papers": later, "sha256": "f" * 64, "captured_at": NOON})
    run_without_prefect(store, refreshed, BRIEF)
    after = rows(store, "analyses", day(0))
    assert [a.openness.stars for a in after] == [700, 701]
    assert [text_of(a) for a in after] == [text_of(a) for a in before]
    assert [p.upvotes for p in rows(store, "papers", day(0))] == [90, 91]
    assert [p.upvotes for p in rows(store, "popularity", day(0))] == [9, 9, 90, 91]
    refreshed_views = views(store)
    derive_from_facts(store, view_settings(store, BRIEF), sorted(lists)[:2])
    assert views(store) == refreshed_views


# --- no further than a change reaches --------------------------------------------------------------------------------


def dates_written(store: WatchedStore) -> dict[str, set[str]]:
    """The folders in which views of each date were written."""
    folders: dict[str, set[str]] = {}
    for key in store.writes:
        if key.startswith(("snapshots/", "editions/")):
            parts = key.split("/")
            date, name = (parts[1], "editions") if parts[0] == "editions" else (parts[2][5:], parts[1])
            folders.setdefault(date, set()).add(name)
    return folders


def test_an_older_date_changes_only_the_dates_that_it_reaches() -> None:
    lists = six_days()
    store = WatchedStore(run_in(sorted(lists)[1:], lists, BRIEF))
    run_without_prefect(store, lists[day(0)], BRIEF)
    folders = dates_written(store)
    own = {"papers", "set_aside", "popularity", "readings", "analyses", "curation", "runs", "editions"}
    assert folders.pop(str(day(0))) == own
    assert folders == {
        str(day(1)): {"papers", "readings", "analyses", "curation", "editions"},  # paper 1 is a repeat
        str(day(2)): {"curation", "editions"},  # the abstract of a pick
        str(day(3)): {"papers", "readings", "analyses", "curation", "editions"},  # paper 2 is an update
    }
    assert [k for k, n in Counter(store.writes).items() if n > 1 and not k.startswith("index/")] == []


def test_an_older_date_with_papers_of_its_own_writes_no_later_view() -> None:
    lists = six_days()
    store = WatchedStore(run_in(sorted(lists), lists, BRIEF))
    earlier = day(-40)
    alone = lists[day(0)].model_copy(
        update={"date": earlier, "papers": [listed_paper(41, **paper_fields("windmills"))], "sha256": "a" * 64}
    )
    run_without_prefect(store, alone, BRIEF)
    assert dates_written(store).keys() == {str(earlier)}
    assert [key for key in store.writes if key.startswith("manifests/")] == [f"manifests/{earlier}.json"]


def test_a_retry_of_a_run_that_has_ended_writes_nothing() -> None:
    lists = six_days()
    store = WatchedStore(run_in(sorted(lists), lists, BRIEF))
    again = lists[day(0)].model_copy(update={"captured_at": NOON})
    run_without_prefect(store, again, BRIEF)
    assert {key for key in store.writes if not key.startswith("index/")} == set()


def test_a_second_run_of_an_unchanged_list_writes_nothing_but_its_own_record() -> None:
    lists = six_days()
    store = WatchedStore(run_in(sorted(lists), lists, BRIEF))
    again = lists[day(0)].model_copy(update={"captured_at": NOON})
    record_day(store, again, "second", BRIEF).commit()
    assert {key for key in store.writes if not key.startswith("index/")} == {
        f"runs/{day(0)}/second.start.json",
        f"runs/{day(0)}/second.end.json",
        f"snapshots/runs/date={day(0)}/part-0.parquet",
        f"manifests/{day(0)}.json",
    }
