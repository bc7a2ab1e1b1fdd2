"""The doctor: a clear line for each thing that a run needs, whatever is wrong with it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from flows.cli import health_checks
from flows.cli.health_checks import CheckResult, examine
from papers.settings import SAMPLE, Settings
from papers.store import Store, open_store
from papers.store.s3 import S3Store
from papers.tables.unfinished_dates import open_date
from tests.conftest import s3_store
from tests.factories import DAY
from tests.overwriting import overwriting_server
from tests.servers import replay
from tests.shared import needs_shared

NOWHERE = "http://127.0.0.1:9"


def settings(**fields: Any) -> Settings:
    base: dict[str, Any] = {"hf_url": SAMPLE, "arxiv_url": SAMPLE, "model": "extractive", "tries": 1, "timeout": 2.0}
    return Settings(_env_file=None, **(base | fields))


async def lines(**fields: Any) -> dict[str, CheckResult]:
    return {line.name: line for line in await examine(settings(**fields))}


@pytest.fixture(autouse=True)
def no_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the session's harness set."""
    monkeypatch.setattr(health_checks, "_server", lambda: None)


async def test_all_is_well_in_a_folder_and_nothing_is_left_there(tmp_path: Path) -> None:
    found = await lines(store=str(tmp_path / "s"))
    assert {line.state for line in found.values()} == {"ok"}
    assert list(open_store(str(tmp_path / "s")).keys("")) == []
    assert found["model"].what.startswith("none: analyses are extracts")


async def test_on_s3_the_server_is_asked_what_it_honours(moto_store: S3Store) -> None:
    found = await lines(store=moto_store.root)
    assert found["store: concurrent runs"].what.startswith("conditional writes are honoured")
    assert found["store: clock"].state == "ok"


async def test_a_server_that_overwrites_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with overwriting_server() as env:
        found = await lines(store=s3_store(env, monkeypatch).root)
    assert found["store: concurrent runs"].state == "note"
    assert "run on one machine alone" in found["store: concurrent runs"].what


async def test_what_is_down_is_told_and_the_rest_is_still_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_ENDPOINT_URL", NOWHERE)
    found = await lines(store="s3://bucket/x", hf_url=NOWHERE, arxiv_url=NOWHERE)
    assert {n: line.state for n, line in found.items()} == {
        "store": "fault",
        "Hugging Face": "fault",
        "arXiv": "fault",
        "model": "ok",
        "Prefect server": "ok",
    }
    assert "AWS_ENDPOINT_URL" in found["store"].what
    assert NOWHERE in found["arXiv"].what


async def test_a_bucket_that_is_not_there_is_told(moto_store: S3Store) -> None:
    found = await lines(store="s3://no-such-bucket/x")
    assert found["store"].state == "fault"
    assert "NoSuchBucket" in found["store"].what


async def test_two_clocks_apart_are_told(folder_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_checks, "_now", lambda: dt.datetime.now(dt.UTC) + dt.timedelta(minutes=10))
    found = await lines(store=folder_store.root)
    assert found["store: clock"].state == "fault"
    assert "600 s behind this machine's: set the clock that is wrong" in found["store: clock"].what


async def test_unfinished_dates_are_told(folder_store: Store) -> None:
    open_date(folder_store, DAY, "r1")
    found = await lines(store=folder_store.root)
    assert found["store: dates"].what == "unfinished: 2026-01-09; run them again"


@needs_shared
async def test_sites_and_a_model_that_answer(folder_store: Store) -> None:
    with replay("serve.py") as site, replay("llm.py") as model:
        found = await lines(
            store=folder_store.root,
            hf_url=site,
            arxiv_url=site,
            model="openai:replayed",
            model_url=f"{model}/v1",
        )
    assert {line.state for line in found.values()} == {"ok"}, found


async def test_a_model_that_does_not_answer_is_told(folder_store: Store) -> None:
    found = await lines(store=folder_store.root, model="openai:any", model_url=f"{NOWHERE}/v1")
    assert found["model"].state == "fault"
    assert "DAILY_PAPERS_MODEL" in found["model"].what
