"""The other commands: demo, rerender, status, and what a user sees of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from papers.models import Paper, Reading
from papers.sample import SAMPLE_DAY, SAMPLE_DAYS
from papers.snapshots import dates_of, read_snapshot
from papers.store import open_store
from tests.flows.conftest import Command


@pytest.fixture
def demo(demo_store: Path, tmp_path: Path) -> Path:
    """A copy of the demo's store."""
    return Path(shutil.copytree(demo_store, tmp_path / "demo"))


def test_the_demo_reads_each_sample_paper_from_the_source_it_is_made_for(demo: Path) -> None:
    store = open_store(str(demo))
    assert dates_of(store, "papers") == sorted(SAMPLE_DAYS)
    papers = read_snapshot(store, "papers", SAMPLE_DAY, Paper) or []
    assert {p.arxiv_id: p.dedupe_kind for p in papers} == {
        **{f"0000.0000{n}": "new" for n in (1, 2, 3, 4, 6)},
        "0000.00005": "repeat",
    }
    readings = read_snapshot(store, "readings", SAMPLE_DAY, Reading) or []
    assert {r.arxiv_id: r.source for r in readings} == {
        "0000.00001": "html",
        "0000.00002": "html",
        "0000.00003": "pdf",
        "0000.00004": "abs",
        "0000.00006": "abs",
    }
    wrong = next(r for r in readings if r.arxiv_id == "0000.00006")
    assert (wrong.attempts[0].source, wrong.attempts[0].outcome) == ("html", "refused")


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("edition", ["full-report", "ranked-digest", "curated-post"])
def test_the_demo_writes_three_editions_in_both_languages(edition: str, language: str, demo: Path) -> None:
    base = demo / "editions" / SAMPLE_DAY.isoformat() / f"{edition}.{language}"
    markdown, html = base.with_name(base.name + ".md").read_text(), base.with_name(base.name + ".html").read_text()
    for n in range(1, 7):
        assert f"0000.0000{n}" in markdown
        assert f"0000.0000{n}" in html
    assert "<script" not in html


def test_rerender_writes_the_same_editions_again(demo: Path, command: Command) -> None:
    folder = demo / "editions" / SAMPLE_DAY.isoformat()
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    (folder / "full-report.en.md").write_text("spoilt")
    (folder / "ranked-digest.zh.html").unlink()
    got = command("rerender", STORE=str(demo))
    assert got.code == 0
    assert "12 editions rendered" in got.out
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_rerender_of_a_day_that_is_not_there_says_what_to_do(command: Command) -> None:
    got = command("rerender", "--date", "2026-01-05")
    assert got.code == 2
    assert "Next: daily-papers run --date 2026-01-05" in got.err


def test_status_tells_what_the_store_holds(demo: Path, command: Command) -> None:
    got = command("status", STORE=str(demo))
    assert got.code == 0
    line = next(line for line in got.out.splitlines() if SAMPLE_DAY.isoformat() in line)
    assert [w for w in re.split(r"[\s│]+", line) if w][:7] == [SAMPLE_DAY.isoformat(), "done", "6", "5", "2", "1", "2"]
    assert "holds no day yet" in command("status", STORE=str(demo / "nothing")).out


def test_a_command_that_does_not_exist_is_bad_usage(command: Command) -> None:
    assert command("fly").code == 2
    assert command("run", "--dat", "x").code == 2
