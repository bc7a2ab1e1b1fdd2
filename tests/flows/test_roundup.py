"""Roundups from snapshots, with the latest upvotes and stars; and the command."""

from __future__ import annotations

import datetime as dt
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from flows.roundup import write_roundup
from papers.errors import UsageError
from papers.models import Listing
from papers.profile import load_profile
from papers.roundups import parse_period
from papers.store import open_store
from tasks.curate.roundup import make_roundup
from tests.factories import NOON, listed_paper, listing
from tests.flows.conftest import Command
from tests.plain import MemoryStore, run_without_prefect

DEFAULT = load_profile("default")
MONDAY = dt.date(2026, 2, 16)
HOSTILE = "Agents | `code` <script>alert(1)</script> [x](javascript:alert(1)) & \u202etxt"


def store_of(*lists: Listing) -> MemoryStore:
    store = MemoryStore()
    for day_list in lists:
        run_without_prefect(store, day_list, DEFAULT)
    return store


def a_week() -> MemoryStore:
    """Two days of one week and an earlier one, with a repeat, and upvotes that rise later."""
    before = listing(listed_paper(8, title="A world model of tides", upvotes=3), date=MONDAY - dt.timedelta(days=7))
    monday = listing(
        listed_paper(1, title="An agent that rests", upvotes=4, organization="Google"),
        listed_paper(2, title=HOSTILE, upvotes=2),
        listed_paper(8, title="A world model of tides", upvotes=9),
        date=MONDAY,
    )
    friday = listing(listed_paper(3, title="Sparse attention for tides", upvotes=7), date=MONDAY + dt.timedelta(days=4))
    store = store_of(before, monday, friday)
    figures = {"0000.00001": (6, None), "0000.00002": (902, 5)}
    later = [
        p.model_copy(update=dict(zip(("upvotes", "github_stars"), figures[p.arxiv_id], strict=True)))
        if p.arxiv_id in figures
        else p
        for p in monday.papers
    ]
    changes = {"papers": later, "captured_at": NOON + dt.timedelta(days=60), "sha256": "2" * 64}
    run_without_prefect(store, monday.model_copy(update=changes), DEFAULT)
    return store


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2026-W08", "2026-02-16", "2026-02-22"),
        ("2026-W01", "2025-12-29", "2026-01-04"),
        ("2020-W53", "2020-12-28", "2021-01-03"),
    ],
)
def test_a_period_is_a_week_or_a_month(name: str, start: str, end: str) -> None:
    period = parse_period(name)
    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize(
    "name", ["2026", "2026-13", "2026-00", "2026-W54", "2026-W00", "0000-01", "february", "", "2026-2"]
)
def test_anything_else_is_no_period(name: str) -> None:
    with pytest.raises(UsageError, match="no week and no month"):
        parse_period(name)


def test_the_best_papers_are_ranked_by_their_latest_upvotes() -> None:
    roundup = make_roundup(a_week(), parse_period("2026-W08"), DEFAULT)
    assert [(p.arxiv_id, p.upvotes) for p in roundup.best] == [
        ("0000.00002", 902),
        ("0000.00003", 7),
        ("0000.00001", 6),
    ]
    assert "Viral" in roundup.best[0].tags
    assert [(r.paper.arxiv_id, r.first, r.gain) for r in roundup.rising] == [
        ("0000.00002", 2, 900),
        ("0000.00001", 4, 2),
    ]


def test_picks_come_first_then_papers_not_picked_then_the_directions_of_titles_all_by_upvotes() -> None:
    agents = [listed_paper(n, title=f"An agent of kind {n}", upvotes=40 - n) for n in range(1, 31)]
    quiet = listed_paper(31, title="Rooms", abstract="Agents, agents and agents.", upvotes=0)
    days = [listing(*agents[:15], date=MONDAY), listing(*agents[15:], quiet, date=MONDAY + dt.timedelta(days=1))]
    roundup = make_roundup(store_of(*days), parse_period("2026-W08"), DEFAULT)
    assert [p.picked for p in roundup.best] == [True] * 10
    assert [p.picked for p in roundup.popular] == [False] * 5
    for papers in (roundup.best, roundup.popular, *(line.best for line in roundup.lines)):
        upvotes = [p.upvotes or 0 for p in papers]
        assert upvotes == sorted(upvotes, reverse=True)
    (agent,) = (line for line in roundup.lines if line.trend.direction == "Agent")
    assert agent.trend.count == 31
    assert [p.main_direction for p in agent.best] == ["Agent"] * 3  # "Rooms" has its direction from the abstract


def test_directions_are_counted_against_the_28_days_before() -> None:
    roundup = make_roundup(a_week(), parse_period("2026-W08"), DEFAULT)
    counts = {line.trend.direction: line.trend for line in roundup.lines}
    assert (counts["Agent"].count, counts["Agent"].total) == (2, 3)
    assert (counts["Agent"].trailing_count, counts["Agent"].trailing_total) == (0, 1)
    assert "World Model" not in counts  # a repeat counts on the day that reported it
    (agent,) = (line for line in roundup.lines if line.trend.direction == "Agent")
    assert [(d.count, d.total) for d in agent.days] == [(2, 2), (0, 1)]


def test_coverage_counts_what_the_snapshots_hold() -> None:
    coverage = make_roundup(a_week(), parse_period("2026-02"), DEFAULT).coverage
    assert (coverage.days, coverage.days_listed, coverage.listed, coverage.new, coverage.known) == (3, 3, 5, 4, 1)
    assert coverage.read == {"abs": 4}
    assert (coverage.unread, coverage.analyzed, coverage.models) == (0, 4, ["extractive"])
    assert coverage.captured_at == NOON + dt.timedelta(days=60)


def test_a_period_without_a_day_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="Next: daily-papers backfill 2026-04-01 2026-04-30"):
        make_roundup(a_week(), parse_period("2026-04"), DEFAULT)


def test_a_period_of_empty_days_is_a_result() -> None:
    store = store_of(listing(date=MONDAY))
    write_roundup(store, DEFAULT, "2026-W08")
    assert "这段时间没有新论文" in (store.get("roundups/2026-W08/roundup.zh.md") or b"").decode()
    assert "There was no new paper" in (store.get("roundups/2026-W08/roundup.en.md") or b"").decode()


def test_a_roundup_is_written_in_both_languages_and_is_the_same_again() -> None:
    store = a_week()
    assert write_roundup(store, DEFAULT, "2026-W08") == [
        "roundups/2026-W08/roundup.zh.md",
        "roundups/2026-W08/roundup.en.md",
    ]
    before = dict(store.data)
    write_roundup(store, DEFAULT, "2026-W08")
    assert store.data == before
    zh = (store.get("roundups/2026-W08/roundup.zh.md") or b"").decode()
    assert "2026 年第 8 周" in zh
    assert "点赞 2 → 902（+900）" in zh
    charts = re.findall(r"\]\((charts/[^)]+\.svg)\)", zh)
    assert charts
    assert all(store.exists(f"roundups/2026-W08/{name}") for name in charts)


def test_a_roundup_shows_each_paper_once_and_has_no_empty_parts() -> None:
    papers = [listed_paper(n, title=f"An agent of kind {n}", upvotes=0) for n in range(1, 31)]
    days = [MONDAY, MONDAY + dt.timedelta(days=1), MONDAY + dt.timedelta(days=2)]  # a month with three listed days
    store = store_of(*(listing(*papers[10 * n : 10 * n + 10], date=day) for n, day in enumerate(days)))
    write_roundup(store, DEFAULT, "2026-02")
    for language in ("zh", "en"):
        text = (store.get(f"roundups/2026-02/roundup.{language}.md") or b"").decode()
        links = re.findall(r"\]\(https://arxiv\.org/abs/([\d.]+)\)", text)
        assert len(links) == len(set(links)) >= 10
        for word in ("Rising", "上升最快", "—", "| "):
            assert word not in text
        html = (store.get(f"roundups/2026-02/roundup.{language}.html") or b"").decode()
        headings = {"zh": ["最佳论文", "各方向"], "en": ["The best", "By direction"]}[language]
        assert re.findall(r"<h2[^>]*>([^<]*)", html) == headings  # no text is a heading by a rule under it
    assert "30 new papers" in (store.get("roundups/2026-02/roundup.en.md") or b"").decode()


def test_marks_are_explained_only_if_they_are_printed() -> None:
    plain = [listed_paper(n, title=f"An agent of kind {n}", upvotes=n) for n in range(1, 3)]
    viral = [*plain, *(listed_paper(n, title=f"An agent of tea {n}", upvotes=600 + n) for n in range(3, 6))]
    for papers, marks in (
        (plain, ["⭐⭐ was an optional"]),
        (viral, ["🏆 is a trophy", "⭐⭐⭐ was", "⭐⭐ an optional"]),
    ):
        store = store_of(listing(*papers, date=MONDAY))
        write_roundup(store, DEFAULT, "2026-W08")
        text = (store.get("roundups/2026-W08/roundup.en.md") or b"").decode()
        (guide,) = re.findall(r"^> \*\*How to read it.*$", text, re.MULTILINE)
        assert all(mark in guide for mark in marks)
        assert ("🏆" in guide, "⭐⭐⭐" in guide) == (len(marks) > 1, len(marks) > 1)


def test_the_headline_is_the_description_and_names_the_most_upvoted() -> None:
    store = a_week()
    write_roundup(store, DEFAULT, "2026-W08")
    english = (store.get("roundups/2026-W08/roundup.en.md") or b"").decode()
    assert "Week 8 of 2026: 3 new papers, 3 picks, most upvoted “Agents" in english.split("---")[1]


def test_charts_are_well_formed_and_part_of_the_page_without_a_script() -> None:
    store = a_week()
    write_roundup(store, DEFAULT, "2026-W08")
    svgs = [k for k in store.keys("roundups/") if k.endswith(".svg")]
    assert svgs
    for key in svgs:
        text = (store.get(key) or b"").decode()
        root = ET.fromstring(text)
        assert root.tag.endswith("svg")
        assert "prefers-color-scheme: dark" in text
        assert "<script" not in text
        titles = [e.text or "" for e in root.iter() if e.tag.endswith("}title")]
        assert len(titles) == 2  # one bar per day
        assert re.search(r"2026-02-16(：|: )\d", titles[0])
    for language in ("zh", "en"):
        html = (store.get(f"roundups/2026-W08/roundup.{language}.html") or b"").decode()
        assert html.count("<svg") == len([k for k in svgs if f".{language}." in k])
        assert "<img" not in html
        assert "<script" not in html
        assert "javascript:" not in re.sub(r">[^<]*<", "><", html)


def test_the_command_writes_it_and_says_where(command: Command, tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    for key, data in a_week().data.items():
        store.put(key, data)
    result = command("roundup", "2026-W08", HF_URL="http://127.0.0.1:9", ARXIV_URL="http://127.0.0.1:9")
    assert result.code == 0, result
    for path in re.findall(r"^\s+(\S+\.md)$", result.out, re.MULTILINE):
        assert Path(path).is_file()
    assert "roundup.en.md" in result.out
    assert command("roundup", "2026-99").code == 2
    assert "no snapshot of 2026-05-01" in command("roundup", "2026-05").err
