"""SQL over the snapshots: the queries of the README, every kind of store, every output format."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from papers.errors import UsageError
from papers.models import Popularity
from papers.profile import load_profile
from papers.store import Store, open_store
from papers.tables.registry import DATASETS, SCHEMA_VERSION
from papers.tables.snapshot_keys import key_of
from papers.tables.sql import fetch_rows, run_query, write_result
from tests.factories import DAY, NOON, listed_paper, listing
from tests.papers.tables.test_parquet import OLD
from tests.plain import put_rows, run_without_prefect
from tests.servers import STORES

ROOT = Path(__file__).parents[3]
NEXT = DAY + dt.timedelta(days=1)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return store


def fill(store: Store) -> None:
    title = "Agentic reasoning with tool use, number"
    for n, date in enumerate((DAY, NEXT)):
        papers = [listed_paper(2 * n + 1, title=f"{title} {n}", upvotes=40), listed_paper(2 * n + 2, position=1)]
        run_without_prefect(store, listing(*papers, date=date), load_profile("default"))


def test_each_dataset_is_a_table_with_the_columns_of_the_registry(store: Store) -> None:
    fill(store)
    for name, dataset in DATASETS.items():
        names, rows = fetch_rows(run_query(store, f"SELECT * FROM {name}"))
        assert set(names) == {*dataset.columns, "date"}
        assert {row[names.index("date")] for row in rows} <= {DAY, NEXT}
    _, counts = fetch_rows(
        run_query(store, "SELECT date, count(*) FROM papers WHERE date > '2026-01-09' GROUP BY date")
    )
    assert counts == [(NEXT, 2)]


def test_an_empty_store_has_empty_tables(folder_store: Store) -> None:
    assert fetch_rows(run_query(folder_store, "SELECT count(*) FROM papers")) == (["count_star()"], [(0,)])


def test_files_of_an_earlier_version_are_queried(folder_store: Store) -> None:
    fill(folder_store)
    folder_store.put(key_of("runs", DAY - dt.timedelta(days=9)), (OLD / "runs-v1.parquet").read_bytes())
    _, rows = fetch_rows(run_query(folder_store, "SELECT versions.schema_version FROM runs ORDER BY date"))
    assert rows == [(1,), (SCHEMA_VERSION,), (SCHEMA_VERSION,)]


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_the_queries_of_the_readme_give_rows(readme: str, folder_store: Store) -> None:
    fill(folder_store)
    later = Popularity(arxiv_id=listed_paper(1).arxiv_id, captured_at=NOON + dt.timedelta(days=3), upvotes=12)
    first = later.model_copy(update={"captured_at": NOON, "upvotes": 2})
    put_rows(folder_store, "popularity", NEXT, [first, later])
    queries = re.findall(r'daily-papers query "(SELECT .*?)"', (ROOT / readme).read_text(), re.DOTALL)
    queries = [q for q in queries if q != "SELECT …"]
    assert len(queries) == 5
    results = [fetch_rows(run_query(folder_store, q)) for q in queries]
    assert [bool(rows) for _, rows in results] == [
        True,
        True,
        False,
        True,
        True,
    ]  # the third finds ungrounded numbers, and there are none
    assert results[4][1][0][0] == listed_paper(1).arxiv_id
    assert results[4][1][0][2] == 38  # 2 at first, 40 in the list


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_a_result_is_written_in_each_form(form: str, folder_store: Store, tmp_path: Path) -> None:
    fill(folder_store)
    path = tmp_path / f"out.{form}"
    write_result(run_query(folder_store, "SELECT arxiv_id, title FROM papers ORDER BY arxiv_id"), path, form)
    if form == "json":
        rows = json.loads(path.read_text())
    else:
        rows = (pd.read_csv(path, dtype=str) if form == "csv" else pd.read_parquet(path)).to_dict("records")
    assert [r["arxiv_id"] for r in rows] == [f"0000.0000{n}" for n in range(1, 5)]
    assert rows[1]["title"] == listed_paper(2).title


@pytest.mark.parametrize("sql", ["SELEC 1", "SELECT * FROM nowhere", "SELECT nothing FROM papers", ""])
def test_bad_sql_is_bad_usage(sql: str, folder_store: Store) -> None:
    with pytest.raises(UsageError):
        run_query(folder_store, sql)


def test_a_folder_with_special_characters_in_its_name_is_queried(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "it's [here] 论文"))
    fill(store)
    assert fetch_rows(run_query(store, "SELECT count(*) FROM papers"))[1] == [(4,)]
