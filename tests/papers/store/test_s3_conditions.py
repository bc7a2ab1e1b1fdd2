"""No writer's rows are lost: with conditional writes where the server honours them, else with lock files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from papers.profile import load_profile
from papers.store import Store, open_store
from papers.store.s3 import CONDITIONS_KEY, S3Store
from papers.tables.fsck import check_store
from tasks.render.editions import render_day
from tests.conftest import s3_store
from tests.factories import DAY
from tests.overwriting import unconditional_server
from tests.plain import load_day
from tests.servers import STORES
from tests.writers import lost_rows, write_side_by_side

KINDS = (*STORES, "overwriting")


@pytest.fixture(scope="module")
def overwriting_env() -> Iterator[dict[str, str]]:
    with unconditional_server() as env:
        yield env


@pytest.fixture
def overwriting_store(overwriting_env: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return s3_store(overwriting_env, monkeypatch)


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> Store:
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return store


def test_an_update_gets_the_current_bytes(store: Store) -> None:
    store.update("a/b", lambda before: b"one" if before is None else b"lost")
    store.update("a/b", lambda before: (before or b"") + b", two")
    assert store.get("a/b") == b"one, two"
    store.update("a/b", lambda before: None)
    assert store.get("a/b") == b"one, two"


def test_delete_can_be_repeated(store: Store) -> None:
    store.put("a/b", b"x")
    store.delete("a/b")
    store.delete("a/b")
    assert store.get("a/b") is None


def test_a_stamp_changes_with_the_bytes(store: Store) -> None:
    store.put("s/a", b"one")
    store.put("s/b", b"one")
    before = dict(store.stamps("s/"))
    store.put("s/a", b"two")
    after = dict(store.stamps("s/"))
    assert list(before) == list(after) == ["s/a", "s/b"]
    assert before["s/a"] != after["s/a"]
    assert before["s/b"] == after["s/b"]


@pytest.mark.parametrize("kind", ["moto", "ceph"])
def test_a_concurrent_write_is_detected(kind: str, request: pytest.FixtureRequest) -> None:
    store: S3Store = request.getfixturevalue(f"{kind}_store")
    assert store.conditions().honoured, store.conditions().why
    versions: list[bytes | None] = []

    def append(before: bytes | None) -> bytes:
        versions.append(before)
        if len(versions) < 3:
            store.put("a/b", f"theirs {len(versions)}".encode())
        return (before or b"") + b" and ours"

    store.update("a/b", append)
    assert versions == [None, b"theirs 1", b"theirs 2"]
    assert store.get("a/b") == b"theirs 2 and ours"


def test_a_server_that_ignores_conditions_is_detected(overwriting_store: S3Store) -> None:
    conditions = overwriting_store.conditions()
    assert not conditions.honoured
    assert conditions.why == "If-None-Match: * is accepted, and what was there overwritten"
    record = json.loads(overwriting_store.get(CONDITIONS_KEY) or b"")
    assert record["honoured"] is False
    assert list(overwriting_store.keys("meta/")) == [CONDITIONS_KEY]  # the probe leaves no objects behind


def test_the_result_of_the_probe_is_stored_for_that_server_only(moto_store: S3Store) -> None:
    first = moto_store.conditions()
    assert S3Store(moto_store.bucket, moto_store.prefix.strip("/")).conditions() == first
    other = json.dumps(
        json.loads(moto_store.get(CONDITIONS_KEY) or b"") | {"endpoint": "http://elsewhere", "honoured": False}
    )
    moto_store.put(CONDITIONS_KEY, other.encode())
    assert S3Store(moto_store.bucket, moto_store.prefix.strip("/")).conditions().honoured


@pytest.mark.slow
def test_concurrent_runs_lose_no_row(store: Store) -> None:
    writers = 3
    env = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "XDG_"))}
    write_side_by_side(store.root, writers, env)
    assert lost_rows(store, writers) == []
    assert [f for f in check_store(open_store(store.root)) if f.level == "fault"] == []
    editions = {k: (store.get(k) or b"").decode() for k in store.keys("editions/")}
    for edition in render_day(load_day(store, DAY), load_profile("default")):
        assert editions[f"editions/{DAY}/{edition.name}.{edition.language}.md"] == edition.markdown  # it has all rows
