"""The same tests for every kind of store: a folder, moto's S3, and Ceph's if it is installed."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from papers.errors import StoreUnreachable, UsageError
from papers.store import FolderStore, Store, open_store, s3
from papers.store.raw_responses import RawResponses, load_raw, raw_key
from papers.store.s3 import S3Store
from tests.servers import STORES


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    store: Store = request.getfixturevalue(f"{request.param}_store")
    return store


def test_get_returns_what_was_put(store: Store) -> None:
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


def test_a_response_is_stored_once(store: Store) -> None:
    body, responses = b"<html>" * 1000, RawResponses(store)
    sha = responses.save("2510", body)
    stamps = dict(store.stamps("raw/"))
    assert responses.save("2510", body) == RawResponses(store).save("2510", body) == sha
    assert dict(store.stamps("raw/")) == stamps
    assert list(stamps) == [raw_key("2510", sha)] == [f"raw/2510/{sha}.zst"]
    assert load_raw(store, "2510", sha) == body
    assert load_raw(store, "2510", "0" * 64) is None
    responses.save("2511", body)  # of a paper of another month
    assert list(store.keys("raw/")) == [raw_key("2510", sha), raw_key("2511", sha)]


def test_a_write_returns_the_stamp_that_is_listed(store: Store) -> None:
    for data in (b"one", b"two"):
        stamp = store.put("a/b.json", data)
        assert dict(store.stamps("a/")) == {"a/b.json": stamp}


def test_many_keys_are_listed_over_all_pages(moto_store: Store) -> None:
    for n in range(1005):
        moto_store.put(f"many/{n:04d}", b"")
    assert len(list(moto_store.keys("many/"))) == 1005


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreUnreachable, match=r"cannot write a/b.*permissions"):
        FolderStore(tmp_path / "file").put("a/b", b"")


def test_a_failed_write_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FolderStore(tmp_path)
    store.put("a/b", b"before")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(StoreUnreachable, match="No space left"):
        store.put("a/b", b"after")
    assert store.get("a/b") == b"before"
    assert [p.name for p in (tmp_path / "a").iterdir()] == ["b"]


def test_a_missing_bucket_is_reported(moto_store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StoreUnreachable, match=r"s3://no-such-bucket/x.*NoSuchBucket.*AWS_ENDPOINT_URL"):
        open_store("s3://no-such-bucket/x").put("a", b"")
    with pytest.raises(StoreUnreachable, match="NoSuchBucket"):
        open_store("s3://no-such-bucket/x").get("a")


def test_a_wrong_key_is_reported(ceph_store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(StoreUnreachable, match=r"SignatureDoesNotMatch.*AWS_ACCESS_KEY_ID"):
        open_store(ceph_store.root).put("a", b"")


def test_an_endpoint_that_is_down_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with pytest.raises(StoreUnreachable, match=r"127\.0\.0\.1:9"):
        open_store("s3://bucket/x").get("a")


def test_an_endpoint_that_never_answers_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "READ_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
        with pytest.raises(StoreUnreachable, match=r"cannot read a: Read timeout.*AWS_ENDPOINT_URL"):
            open_store("s3://bucket/x").get("a")


def test_missing_permissions_of_a_folder_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    store = FolderStore(tmp_path)
    monkeypatch.setattr(Path, "read_bytes", deny)
    monkeypatch.setattr("tempfile.mkstemp", deny)
    monkeypatch.setattr("os.scandir", deny)
    calls: dict[str, Callable[[], object]] = {
        "read a/b": lambda: store.get("a/b"),
        "write a/b": lambda: store.put("a/b", b""),
        "list a/": lambda: list(store.keys("a/")),
    }
    for action, call in calls.items():
        with pytest.raises(StoreUnreachable, match=rf"cannot {action}: .*denied.*see the folder's permissions"):
            call()


@pytest.mark.parametrize("root", ["gs://bucket/x", "s3:///x", "http://host/x"])
def test_another_scheme_is_a_usage_error(root: str) -> None:
    with pytest.raises(UsageError, match="give a folder, or s3://bucket/prefix"):
        open_store(root)
