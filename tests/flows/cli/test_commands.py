"""The commands demo, rerender, status, read and check, and their output."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from flows.cli.options import parse_date
from papers.errors import UsageError
from papers.models import Paper, Reading
from papers.sample import SAMPLE_DAY, SAMPLE_DAYS
from papers.store import open_store
from papers.tables.snapshots import dates_of, read_snapshot
from tests import factories
from tests.flows.conftest import Command
from tests.plain import put_rows

ROOT = Path(__file__).resolve().parents[3]


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
    wrong_page = next(r for r in readings if r.arxiv_id == "0000.00006")
    assert (wrong_page.attempts[0].source, wrong_page.attempts[0].outcome) == ("html", "refused")


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
    result = command("rerender", STORE=str(demo))
    assert result.code == 0
    assert "12 editions rendered" in result.out
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == before


def test_rerender_of_a_day_that_is_not_there_says_what_to_do(command: Command) -> None:
    result = command("rerender", "--date", "2026-01-05")
    assert result.code == 2
    assert "Next: daily-papers run --date 2026-01-05" in result.err


def test_status_shows_what_the_store_holds(demo: Path, command: Command) -> None:
    result = command("status", STORE=str(demo))
    assert result.code == 0
    line = next(line for line in result.out.splitlines() if SAMPLE_DAY.isoformat() in line)
    assert [w for w in re.split(r"[\s│]+", line) if w][:7] == [SAMPLE_DAY.isoformat(), "done", "6", "5", "2", "1", "2"]
    assert "has no day yet" in command("status", STORE=str(demo / "nothing")).out


def test_a_command_that_does_not_exist_is_bad_usage(command: Command) -> None:
    assert command("fly").code == 2
    assert command("run", "--dat", "x").code == 2


def test_a_date_is_rebuilt_from_the_stored_pages_without_a_request(demo: Path, command: Command) -> None:
    before = snapshots_of(demo)
    nowhere = {"HF_URL": "http://127.0.0.1:9", "ARXIV_URL": "http://127.0.0.1:9", "LANGUAGE": "zh,en"}
    result = command("run", "--date", SAMPLE_DAY.isoformat(), "--from-raw", STORE=str(demo), **nowhere)
    assert result.code == 0, result
    assert "read: 2 abs, 2 html, 1 pdf" in result.out
    assert snapshots_of(demo) == before
    assert command("run", "--date", "2026-01-05", "--from-raw", STORE=str(demo), **nowhere).code == 2
    assert command("run", "--from-raw", STORE=str(demo), **nowhere).code == 2


def snapshots_of(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted((folder / "snapshots").rglob("*.parquet")) if "runs" not in str(p)}


def test_read_prints_a_document_or_why_it_is_refused(command: Command, tmp_path: Path) -> None:
    page = Path(str(files("papers.sample") / "html" / "0000.00001.html"))
    result = command("read", str(page), "--format", "json")
    document = json.loads(result.out)
    assert result.code == 0
    assert list(document) == ["source", "accepted", "reason", "title", "affiliations", "links", "blocks"]
    assert set(document["blocks"][0]) == {"id", "kind", "section", "text", "header"}
    assert command("read", "0000.00001").out.startswith("# ReceiptRL")
    refused_result = command("read", str(page), "--title", "Another Paper", "--abstract", "On other things altogether.")
    assert refused_result.code == 1
    assert "refused: another paper" in refused_result.out
    assert command("read", "no-such-thing").code == 2
    assert command("read", str(tmp_path / "none.html")).code == 2


def test_check_prints_one_line_per_claim(command: Command, tmp_path: Path) -> None:
    (tmp_path / "paper.txt").write_text("We reach 61.8% on the test tasks.\n\nTraining takes 96 GPU hours.\n")
    claims = [
        {"text": "It reaches 61.8%.", "quote": "We reach 61.8% on the test tasks."},
        {"text": "It reaches 68.1%.", "quote": "We reach 61.8% on the test tasks."},
        {"text": "Training takes 96 GPU hours."},
    ]
    (tmp_path / "claims.jsonl").write_text("\n".join(map(json.dumps, claims)))
    result = command("check", str(tmp_path / "claims.jsonl"), "--against", str(tmp_path / "paper.txt"))
    assert result.code == 0, result
    verdicts = [json.loads(line) for line in result.out.splitlines()]
    numbers = [v["numbers"][0] for v in verdicts]
    assert [(n["value"], n["unit"], n["status"]) for n in numbers[:2]] == [
        ("61.8", "percent", "grounded"),
        ("68.1", "percent", "not-in-quote"),
    ]
    assert (numbers[2]["value"], numbers[2]["status"], numbers[2]["block_id"]) == ("96", "grounded", "p2")
    (tmp_path / "claims.jsonl").write_text("{broken")
    assert command("check", str(tmp_path / "claims.jsonl"), "--against", str(tmp_path / "paper.txt")).code == 2


@pytest.mark.parametrize("text", ["2026-02-30", "26-02-20", "2026/02/20", "today", "2026-2-3x"])
def test_an_invalid_date_is_bad_usage(text: str) -> None:
    with pytest.raises(UsageError, match="is not a date"):
        parse_date(text)


def test_the_command_line_starts_without_slow_libraries() -> None:
    """A command starts its server first; the libraries of tables, of S3 and Prefect itself are imported meanwhile."""
    code = "import sys, flows.cli; print(sorted({'pyarrow', 'prefect', 'boto3', 'duckdb'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_cost_is_shown_by_day_and_month(demo: Path, command: Command) -> None:
    result = command("status", "--cost", STORE=str(demo))
    assert result.code == 0
    assert re.search(r"2026-01-09\W+extractive\W+10\W+0\W+0\W+0\.0000", result.out)
    assert re.search(r"2026-01 \W+extractive\W+12\W", result.out)


def test_a_long_model_name_stays_on_one_line(tmp_path: Path, command: Command) -> None:
    name = "openai-chat:" + "a-name-that-is-long-" * 5
    store = open_store(str(tmp_path / "store"))
    put_rows(store, "analyses", factories.DAY, [factories.analysis(model=name)])
    assert len([row for row in command("status", "--cost").out.splitlines() if name in row]) == 2  # the day, the month
