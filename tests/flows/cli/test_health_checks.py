"""The `doctor` command: a clear line for each thing that a run needs, whatever is wrong."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from flows.cli import health_checks
from flows.cli.health_checks import CheckResult, run_checks
from papers.facts.day_facts import DayFacts
from papers.settings import SAMPLE, Settings
from papers.store import Store, open_store
from papers.store.s3 import S3Store
from tests.conftest import s3_store
from tests.factories import DAY
from tests.overwriting import unconditional_server
from tests.servers import replay
from tests.shared import needs_shared

NOWHERE = "http://127.0.0.1:9"


def settings(**fields: Any) -> Settings:
    base: dict[str, Any] = {"hf_url": SAMPLE, "arxiv_url": SAMPLE, "model": "extractive", "tries": 1, "timeout": 2.0}
    return Settings(_env_file=None, **(base | fields))


async def check_results(**fields: Any) -> dict[str, CheckResult]:
    return {result.name: result for result in await run_checks(settings(**fields))}


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """No Prefect server, although the test harness has set one."""
    monkeypatch.setattr(health_checks, "_server_url", lambda: None)


async def test_a_folder_passes_all_checks_and_nothing_is_left_in_it(tmp_path: Path) -> None:
    results = await check_results(store=str(tmp_path / "s"))
    assert {line.state for line in results.values()} == {"ok"}
    assert list(open_store(str(tmp_path / "s")).keys("")) == []
    assert results["model"].detail.startswith("none: analyses are extracts")


async def test_on_s3_the_server_is_asked_what_it_honours(moto_store: S3Store) -> None:
    results = await check_results(store=moto_store.root)
    assert results["store: concurrent runs"].detail.startswith("conditional writes are honoured")
    assert results["store: clock"].state == "ok"


async def test_a_server_that_overwrites_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    with unconditional_server() as env:
        results = await check_results(store=s3_store(env, monkeypatch).root)
    assert results["store: concurrent runs"].state == "note"
    assert "lock files on one machine" in results["store: concurrent runs"].detail


async def test_what_is_down_is_reported_and_the_rest_is_still_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    results = await check_results(store="s3://bucket/x", hf_url=NOWHERE, arxiv_url=NOWHERE)
    assert {n: line.state for n, line in results.items()} == {
        "store": "fault",
        "Hugging Face": "fault",
        "arXiv": "fault",
        "model": "ok",
        "Prefect server": "ok",
    }
    assert "AWS_ENDPOINT_URL" in results["store"].detail
    assert NOWHERE in results["arXiv"].detail


async def test_a_missing_bucket_is_reported(moto_store: S3Store) -> None:
    results = await check_results(store="s3://no-such-bucket/x")
    assert results["store"].state == "fault"
    assert "NoSuchBucket" in results["store"].detail


async def test_two_clocks_that_differ_are_reported(folder_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_checks, "_now", lambda: dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10))
    results = await check_results(store=folder_store.root)
    assert results["store: clock"].state == "fault"
    assert "600 s behind this machine's clock: set the one that is wrong" in results["store: clock"].detail


async def test_unfinished_dates_are_reported(folder_store: Store) -> None:
    DayFacts(folder_store, DAY).start_run("r1")
    results = await check_results(store=folder_store.root)
    assert results["store: dates"].detail == "unfinished: 2026-01-09; run them again"


@needs_shared
async def test_sites_and_a_model_that_answer(folder_store: Store) -> None:
    with replay("serve.py") as site, replay("llm.py", "--zh") as model:
        results = await check_results(
            store=folder_store.root,
            hf_url=site,
            arxiv_url=site,
            model="openai:replayed",
            model_url=f"{model}/v1",
        )
    assert {line.state for line in results.values()} == {"ok"}, results


async def test_a_model_that_does_not_answer_is_reported(folder_store: Store) -> None:
    results = await check_results(store=folder_store.root, model="openai:any", model_url=f"{NOWHERE}/v1")
    assert results["model"].state == "fault"
    assert "DAILY_PAPERS_MODEL" in results["model"].detail


@needs_shared
@pytest.mark.parametrize(
    ("mode", "state", "words"),
    [
        ("none", "ok", "as a call of a tool (tool)"),
        ("jinja", "ok", "by response_format json_schema (native)"),
        ("prose", "ok", "json_object"),
        ("streamonly", "ok", "streamed"),
        ("emptychoices", "fault", "it has no choices"),
    ],
)
async def test_the_model_is_asked_with_the_real_schema(mode: str, state: str, words: str, folder_store: Store) -> None:
    with replay("llm.py") as upstream, replay("warped.py", "--upstream", f"{upstream}/v1") as warped:
        results = await check_results(store=folder_store.root, model="openai:x", model_url=f"{warped}/{mode}/v1")
    assert results["model"].state == state, results["model"]
    assert words in results["model"].detail
