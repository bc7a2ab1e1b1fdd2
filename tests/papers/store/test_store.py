"""One suite for every kind of store: a folder, moto's S3, and Ceph's where it is installed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from papers.errors import StoreUnreachable, UsageError
from papers.store import FolderStore, Store, open_store, s3
from papers.store.raw_responses import keep_raw, load_raw, raw_key
from papers.store.s3 import S3Store
from tests.servers import STORES


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    made: Store = request.getfixturevalue(f"{request.param}_store")
    return made


def test_what_is_put_is_got(store: Store) -> None:
    assert store.get("a/b.json") is None
    assert not store.exists("a/b.json")
    store.put("a/b.json", b"one")
    store.put("a/b.json", b"two")
    assert store.get("a/b.json") == b"two"
    assert store.exists("a/b.json")


def test_keys_are_listed_by_prefix_in_order(store: Store) -> None:
    for key in ("s/p/date=2026-01-02/x", "s/p/date=2026-01-01/x", "s/pa/y", "t/z"):
        store.put(key, b"")
    assert list(store.keys("s/p/")) == ["s/p/date=2026-01-01/x", "s/p/date=2026-01-02/x"]
    assert list(store.keys("s/p")) == ["s/p/date=2026-01-01/x", "s/p/date=2026-01-02/x", "s/pa/y"]
    assert list(store.keys("none/")) == []


def test_a_response_is_kept_once(store: Store) -> None:
    sha = keep_raw(store, b"<html>" * 1000)
    assert keep_raw(store, b"<html>" * 1000) == sha
    assert load_raw(store, sha) == b"<html>" * 1000
    assert list(store.keys("raw/")) == [raw_key(sha)]
    assert load_raw(store, "0" * 64) is None


def test_many_keys_are_listed_over_all_pages(moto_store: Store) -> None:
    for n in range(1005):
        moto_store.put(f"many/{n:04d}", b"")
    assert len(list(moto_store.keys("many/"))) == 1005


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnreachable, match=r"cannot write a/b.*permissions"):
        FolderStore(tmp_path / "file").put("a/b", b"")


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path)
    store.put("a/b", b"before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreUnreachable, match="No space left"):
        store.put("a/b", b"after")
    assert store.get("a/b") == b"before"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]


def test_a_bucket_that_is_not_there_and_a_wrong_key_say_so(
    moto_store: S3Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(StoreUnreachable, match=r"s3://no-such-bucket/x.*NoSuchBucket.*AWS_ENDPOINT_URL"):
        open_store("s3://no-such-bucket/x").put("a", b"")
    with pytest.raises(StoreUnreachable, match="NoSuchBucket"):
        open_store("s3://no-such-bucket/x").get("a")


def test_a_wrong_key_says_so(ceph_store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(StoreUnreachable, match=r"SignatureDoesNotMatch.*AWS_ACCESS_KEY_ID"):
        open_store(ceph_store.root).put("a", b"")


def test_an_endpoint_that_is_down_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1:9"):
        open_store("s3://bucket/x").get("a")


def test_an_endpoint_that_never_answers_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "ANSWER", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        with pytest.raises(StoreUnreachable, match=r"cannot read a: Read timeout.*AWS_ENDPOINT_URL"):
            open_store("s3://bucket/x").get("a")


def test_a_folder_that_may_not_be_read_or_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    store = FolderStore(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", denied)
    monkeypatch.setattr("tempfile.mkstemp", denied)
    monkeypatch.setattr("os.scandir", denied)
    calls: dict[str, Callable[[], object]] = {
        "read a/b": lambda: store.get("a/b"),
        "write a/b": lambda: store.put("a/b", b""),
        "list a/": lambda: list(store.keys("a/")),
    }
    for doing, call in calls.items():
        with pytest.raises(StoreUnreachable, match=rf"cannot {doing}: .*denied.*see the folder's permissions"):
            call()


@pytest.mark.parametrize("root", ["gs://bucket/x", "s3:///x", "http://host/x"])
def test_another_address_is_bad_usage(root: str) -> None:
    with pytest.raises(UsageError, match="give a folder, or s3://bucket/prefix"):
        open_store(root)
