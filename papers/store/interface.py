"""The interface of all stores: bytes under keys, written atomically."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

Change = Callable[[bytes | None], bytes | None]
WriterLock = Callable[[str], AbstractContextManager[None]]


class Store(Protocol):
    """Bytes under keys such as `snapshots/papers/date=2026-02-20/part-0.parquet`."""

    root: str

    def get(self, key: str) -> bytes | None:
        """The bytes under `key`, or None if there are none."""

    def put(self, key: str, data: bytes) -> str:
        """Write `data` under `key` atomically; returns its stamp, as `stamps` lists it."""

    def update(self, key: str, change: Change) -> None:
        """Replace the bytes under `key` by what `change` returns for them.

        `change` gets None if there are no bytes, and returns None to leave them unchanged. No other writer's
        bytes are lost: if one was faster, `change` is called again with its bytes.
        """

    def delete(self, key: str) -> None:
        """Remove `key`; does nothing if it does not exist."""

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`, in order."""

    def stamps(self, prefix: str) -> Iterator[tuple[str, str]]:
        """All keys that begin with `prefix`, in order, each with a stamp that changes when its bytes do."""

    def exists(self, key: str) -> bool:
        """Whether `key` exists."""
