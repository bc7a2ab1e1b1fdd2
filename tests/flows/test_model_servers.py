"""Model servers that answer as real ones do: the day is whole, and extracts stand in where no analysis came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from papers.analysis_choice import is_stand_in
from papers.day import Run
from papers.models import Analysis, Verdict
from papers.sample import SAMPLE_DAY
from papers.store import open_store
from papers.tables.snapshots import read_snapshot
from tests.flows.conftest import Command, CommandResult
from tests.servers import QuietHandler, free_port, replay, serve_http
from tests.shared import needs_shared

KEY = "sk-planted-4f9c1e7ab2d84c55"
DAY = SAMPLE_DAY.isoformat()
ANALYSED = (
    "jinja", "noendpoint", "enable_thinking", "streamonly", "ctx_llamacpp", "ctx_dashscope", "ctx_413", "ctx_vllm",
    "thinkopen", "think", "prose", "trailing", "reasoning", "toolastext", "nulls", "toomany", "stringstatement",
    "badcorrection", "keyfields", "bigusage", "rolealternation",
)  # fmt: skip
SOME = ("emptyone", "links", "numerals")  # some papers may have an extract
EXTRACTS = ("emptychoices", "toolkey", "echo")
HEADINGS = {"full-report": "## 📄 ", "ranked-digest": r"### (?:🏆 )?\d+\. ", "curated-post": r"### \d+\. "}  # of papers
IN_PLACE = {"zh": "原文摘录，代替模型未给出的分析", "en": "an extract in place of a model's analysis"}


@pytest.fixture(scope="module")
def warped() -> Iterator[str]:
    with (
        replay("llm.py", "--zh") as upstream,
        replay("warped.py", "--upstream", f"{upstream}/v1", "--paper", "Who Signs the Preference") as address,
    ):
        yield address


def run_with(command: Command, url: str, **settings: str) -> CommandResult:
    model = {"MODEL": "openai:replay", "MODEL_URL": url, "MODEL_KEY": KEY, "MODEL_TRIES": "2"}
    return command("run", "--date", DAY, **(model | settings))


def analyses_and_run(folder: Path) -> tuple[list[Analysis], Run]:
    store = open_store(str(folder))
    run = max(read_snapshot(store, "runs", SAMPLE_DAY, Run) or [], key=lambda r: r.finished_at)
    return read_snapshot(store, "analyses", SAMPLE_DAY, Analysis) or [], run


def files_with(folder: Path, text: str) -> list[str]:
    """The files that hold the text, in any column of Parquet too."""
    import pyarrow.parquet as pq

    def content(path: Path) -> str:
        if path.suffix == ".parquet":
            return str(pq.read_table(path, partitioning=None).to_pylist())
        return path.read_bytes().decode(errors="replace")

    return [str(p.relative_to(folder)) for p in sorted(folder.rglob("*")) if p.is_file() and text in content(p)]


def check_day(mode: str, result: CommandResult, folder: Path) -> list[Analysis]:
    analyses, run = analyses_and_run(folder)
    assert result.code == 0, (mode, result)
    assert "Traceback" not in result.out + result.err
    stand_ins = [a for a in analyses if is_stand_in(a)]
    assert {a.state for a in analyses} == {"done"}
    assert (run.state, run.stand_ins) == ("partial" if stand_ins else "done", len({a.arxiv_id for a in stand_ins}))
    for a in stand_ins:
        assert a.reason
        assert a.arxiv_id in result.err
    assert files_with(folder, KEY[3:15]) == []
    assert KEY[3:15] not in result.out + result.err
    check_editions(folder, {a.arxiv_id for a in stand_ins})
    return stand_ins


def check_editions(folder: Path, stand_ins: set[str]) -> None:
    """In each edition exactly the papers with an extract in place of an analysis say so."""
    verdicts = read_snapshot(open_store(str(folder)), "curation", SAMPLE_DAY, Verdict) or []
    printed = {
        "full-report": {v.arxiv_id for v in verdicts if v.rank is not None},
        "ranked-digest": {v.arxiv_id for v in verdicts if v.ranked_decision == "show"},
        "curated-post": {v.arxiv_id for v in verdicts if v.curated_decision == "pick"},
    }
    assert all(printed.values())
    for language, words in IN_PLACE.items():
        for name, ids in printed.items():
            text = (folder / f"editions/{DAY}/{name}.{language}.md").read_text()
            sections = re.findall(rf"^{HEADINGS[name]}.*?^---$", text, re.MULTILINE | re.DOTALL)
            texts = {re.findall(r"arxiv\.org/abs/(\d{4}\.\d{5})", section)[0]: section for section in sections}
            assert texts.keys() == ids, (name, language)
            assert {i for i, section in texts.items() if words in section} == stand_ins & ids, (name, language)


@needs_shared
@pytest.mark.parametrize("mode", ["jinja", "toolkey", "emptyone"])
def test_a_day_is_whole_whatever_the_server_does(mode: str, warped: str, command: Command, tmp_path: Path) -> None:
    result = run_with(command, f"{warped}/{mode}/v1")
    stand_ins = check_day(mode, result, tmp_path / "store")
    assert bool(stand_ins) == (mode != "jinja")


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("mode", [*ANALYSED, *SOME, *EXTRACTS])
def test_each_way_of_answering(mode: str, warped: str, command: Command, tmp_path: Path) -> None:
    stand_ins = check_day(mode, run_with(command, f"{warped}/{mode}/v1", SITE="true"), tmp_path / "store")
    analyses, _ = analyses_and_run(tmp_path / "store")
    if mode in ANALYSED:
        assert [(a.arxiv_id, a.reason) for a in stand_ins] == []
    if mode in EXTRACTS:
        assert len(stand_ins) == len(analyses)
    if mode == "emptyone":
        assert {a.arxiv_id for a in stand_ins} == {"0000.00003"}


@needs_shared
@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_day_of_35_papers_with_half_of_them_bent(
    seed: int, warped: str, command: Command, site: Any, tmp_path: Path
) -> None:
    address = site("--fill")
    settings = {"MODEL": "openai:replay", "MODEL_URL": f"{warped}/mixed-{seed}/v1", "MODEL_KEY": KEY}
    result = command("run", "--date", "2025-10-17", HF_URL=address, ARXIV_URL=address, **settings)
    assert result.code == 0, result
    import datetime as dt

    rows = read_snapshot(open_store(str(tmp_path / "store")), "analyses", dt.date(2025, 10, 17), Analysis) or []
    assert len(rows) == 35
    assert {a.state for a in rows} == {"done"}
    assert all(a.reason for a in rows if a.model == "extractive")
    assert sum(a.model != "extractive" for a in rows) >= 18
    assert files_with(tmp_path / "store", KEY[3:15]) == []


def test_stand_ins_can_fail_the_run_and_a_later_run_asks_again(command: Command, tmp_path: Path) -> None:
    class Broken(QuietHandler):
        def do_POST(self) -> None:
            self.body()
            self.reply(500, b'{"error": {"message": "the disk is full"}}', Content_Type="application/json")

    with serve_http(Broken) as url:
        result = run_with(command, f"{url}/v1", STAND_IN="fail", MODEL_TRIES="1")
    assert result.code == 1
    assert "the disk is full" in result.err
    analyses, run = analyses_and_run(tmp_path / "store")
    assert run.state == "partial"
    assert run.stand_ins == run.new == len(analyses)
    text = (tmp_path / f"store/editions/{DAY}/full-report.zh.md").read_text()
    assert "服务器错误（HTTP 500: the disk is full）" in text


def test_a_server_that_is_not_there_ends_the_run(command: Command, tmp_path: Path) -> None:
    result = run_with(command, f"http://127.0.0.1:{free_port()}/v1", MODEL_TRIES="1")
    assert result.code == 3
    assert "cannot be reached" in result.err
    assert not (tmp_path / "store" / "snapshots" / "analyses").exists()


@pytest.mark.parametrize("key", ["sk-您的密钥", "sk-a b", "＜your-key＞"])
def test_a_placeholder_as_key_is_reported(key: str, command: Command) -> None:
    result = run_with(command, "http://127.0.0.1:9/v1", MODEL_KEY=key)
    assert result.code == 2
    assert "DAILY_PAPERS_MODEL_KEY" in result.err
    assert key not in result.err
    assert "Traceback" not in result.err + result.out
