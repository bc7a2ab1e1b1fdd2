"""The `run` command, end to end, on recorded input: the output and the content of the store."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from papers.models import Analysis, Paper, Reading, Verdict
from papers.store import Store, open_store
from papers.store.s3 import CONDITIONS_KEY
from papers.tables.registry import DATASETS
from papers.tables.snapshots import comparable_rows, dates_of, read_snapshot
from tests.flows.conftest import Command
from tests.plain import contents_without_times
from tests.servers import replay
from tests.shared import SHARED, needs_shared

pytestmark = needs_shared
DATE = dt.date(2025, 10, 17)
RUN = ("run", "--date", "2025-10-17")
Site = Callable[..., str]


def site_settings(address: str) -> dict[str, str]:
    return {"HF_URL": address, "ARXIV_URL": address}


def rows(store: Store, dataset: str, date: dt.date = DATE) -> list[Any]:
    snapshot = read_snapshot(store, dataset, date, DATASETS[dataset].model)
    assert snapshot is not None
    return snapshot


def snapshots_and_editions(store: Store, *dates: dt.date) -> dict[str, Any]:
    """All snapshots except `runs`, without run times, and all editions."""
    snapshots: dict[str, Any] = {
        f"{dataset} {date}": comparable_rows(rows(store, dataset, date))
        for dataset in DATASETS
        if dataset != "runs"
        for date in dates_of(store, dataset)
    }
    return snapshots | {key: store.get(key) for key in store.keys("editions/")}


def key_forms(store: Store) -> set[str]:
    """The keys without times, hashes of captures and the ids of runs."""
    return {re.sub(r"\d{8}T\d{12}-\w+|[0-9a-f]{8}-[0-9a-f-]{27}", "*", key) for key in store.keys("")}


def sources(store: Store) -> Counter[str | None]:
    return Counter(r.source for r in rows(store, "readings") if r.state == "done")


def test_every_paper_of_a_day_is_read_as_html_analysed_and_curated(
    command: Command, site: Site, tmp_path: Path
) -> None:
    result = command(*RUN, **site_settings(site("--fill")))
    assert result.code == 0, result
    store = open_store(str(tmp_path / "store"))
    papers: list[Paper] = rows(store, "papers")
    assert len(papers) == len({p.arxiv_id for p in papers}) == 35
    for dataset in ("readings", "analyses", "curation"):
        assert {r.arxiv_id for r in rows(store, dataset)} == {p.arxiv_id for p in papers}
        assert len(rows(store, dataset)) == 35
    assert sources(store) == {"html": 35}
    for reading in rows(store, "readings"):
        assert [a.outcome for a in reading.attempts] == ["accepted"]
        assert reading.attempts[0].sha256
        assert len(reading.blocks) > 20
    assert {a.state for a in rows(store, "analyses")} == {"done"}
    assert "35 listed, 35 new; read: 35 html" in result.out
    editions = sorted(p.name for p in (tmp_path / "store/editions/2025-10-17").iterdir())
    assert len(editions) == 12
    for path in (tmp_path / "store/editions/2025-10-17").glob("full-report.*.md"):
        text = path.read_text()
        assert all(p.arxiv_id in text for p in papers)


def test_without_stand_ins_the_other_sources_are_read(command: Command, site: Site, tmp_path: Path) -> None:
    assert command(*RUN, **site_settings(site())).code == 0
    store = open_store(str(tmp_path / "store"))
    assert sources(store) == {"html": 9, "abs": 26}
    for reading in rows(store, "readings"):
        assert reading.attempts[-1].outcome == "accepted"
        assert all(a.reason for a in reading.attempts[:-1])


def test_pages_of_other_papers_are_refused(command: Command, site: Site, tmp_path: Path) -> None:
    assert command(*RUN, **site_settings(site("--fault", "wrong=1", "--strikes", "0"))).code == 0
    store = open_store(str(tmp_path / "store"))
    assert sources(store) == {"pdf": 5, "abs": 30}
    attempts = [a for r in rows(store, "readings") for a in r.attempts if a.source == "html"]
    assert len(attempts) == 35
    assert all(a.outcome == "refused" and a.reason for a in attempts if a.status == 200)


def test_a_second_run_changes_nothing(command: Command, site: Site, tmp_path: Path) -> None:
    facts: list[set[str]] = []
    for _ in range(2):
        assert command(*RUN, LANGUAGE="en", **site_settings(site())).code == 0
        store = open_store(str(tmp_path / "store"))
        after = snapshots_and_editions(store)
        facts.append(set(store.keys("facts/")))
    assert facts[0] == facts[1]  # the same list, and the same texts from the same sources
    assert len(rows(store, "runs")) == 2
    assert len(rows(store, "popularity")) == 35
    before = after
    assert command("rerender", "--date", "2025-10-17").code == 0
    assert snapshots_and_editions(store) == before


def test_a_model_is_called_once_for_each_paper(command: Command, site: Site, tmp_path: Path) -> None:
    with replay("llm.py", "--zh") as model:
        settings = site_settings(site("--fill")) | {"MODEL": "openai:replay", "MODEL_URL": f"{model}/v1"}
        assert command(*RUN, **settings).code == 0
        store = open_store(str(tmp_path / "store"))
        analyses: list[Analysis] = rows(store, "analyses")
        assert len(analyses) == 35
        assert {(a.state, "replay" in a.model) for a in analyses} == {("done", True)}
        total, grounded = sum(a.numbers_total for a in analyses), sum(a.numbers_grounded for a in analyses)
        assert total > 100
        assert grounded / total >= 0.95
        calls, before = httpx.get(f"{model}/__log").text.count("\n"), snapshots_and_editions(store)
        assert calls >= 35
        assert command(*RUN, **settings).code == 0
        assert httpx.get(f"{model}/__log").text.count("\n") == calls
    assert snapshots_and_editions(store) == before


@pytest.mark.slow
def test_repeats_duplicates_and_updates_are_found_and_not_read_again(
    command: Command, site: Site, tmp_path: Path
) -> None:
    folder = SHARED / "recorded" / "repeats"
    address = site("--listings", str(folder))
    store = open_store(str(tmp_path / "store"))
    dates = [dt.date.fromisoformat(p.name[:10]) for p in sorted(folder.glob("*.listing.json"))]
    for date in dates:
        assert command("run", "--date", date.isoformat(), **site_settings(address)).code == 0
    expected = {
        (e["date"], e["arxiv_id"], e["kind"]): (e["first_seen"], e["duplicate_of"])
        for e in json.loads((folder / "expected.json").read_text())
        if e["kind"] != "new"
    }
    papers: list[tuple[dt.date, Paper]] = [(d, p) for d in dates for p in rows(store, "papers", d)]
    matches = {
        (d.isoformat(), p.arxiv_id, p.dedupe_kind): (p.first_seen.isoformat(), p.duplicate_of)
        for d, p in papers
        if p.dedupe_kind != "new"
    }
    assert matches == expected
    for date in dates:
        new = {p.arxiv_id for d, p in papers if d == date and p.dedupe_kind == "new"}
        for dataset in ("readings", "analyses"):
            assert {r.arxiv_id for r in rows(store, dataset, date)} == new
        verdicts: list[Verdict] = rows(store, "curation", date)
        assert {v.arxiv_id for v in verdicts} == {p.arxiv_id for d, p in papers if d == date}
        for name in ("full-report", "ranked-digest", "curated-post"):
            text = (tmp_path / f"store/editions/{date}/{name}.en.md").read_text()
            for d, p in papers:
                if d == date and p.dedupe_kind == "repeat":
                    assert p.arxiv_id in text
                    assert p.first_seen.isoformat() in text


def test_a_saturday_says_that_nothing_was_listed(command: Command, site: Site, tmp_path: Path) -> None:
    assert command("run", "--date", "2026-03-07", **site_settings(site())).code == 0
    folder = tmp_path / "store/editions/2026-03-07"
    assert "nothing was listed" in (folder / "full-report.en.md").read_text().lower()
    assert len(list(folder.glob("*.md"))) == 6
    assert dates_of(open_store(str(tmp_path / "store")), "papers") == [dt.date(2026, 3, 7)]


@pytest.mark.parametrize("kind", ["moto", pytest.param("ceph", marks=pytest.mark.slow)])
def test_s3_holds_the_same_keys_and_rows_as_a_folder(
    kind: str, command: Command, site: Site, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    s3: Store = request.getfixturevalue(f"{kind}_store")
    for root in (str(tmp_path / "store"), s3.root):
        assert command(*RUN, STORE=root, **site_settings(site())).code == 0
    folder = open_store(str(tmp_path / "store"))
    assert key_forms(s3) - {CONDITIONS_KEY} == key_forms(folder)
    assert contents_without_times(s3) == contents_without_times(folder)


@pytest.mark.slow
def test_network_faults_still_end_in_readings(command: Command, site: Site, tmp_path: Path) -> None:
    faults = [w for f in ("429=0.2", "500=0.1", "cut=0.1", "reset=0.1", "empty=0.1") for w in ("--fault", f)]
    result = command(*RUN, **site_settings(site("--fill", *faults)))
    assert result.code == 0, result
    store = open_store(str(tmp_path / "store"))
    readings: list[Reading] = rows(store, "readings")
    assert len(readings) == 35
    assert {r.state for r in readings} == {"done"}
