"""What every store can do: bytes under keys, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

Change = Callable[[bytes | None], bytes | None]
Exclusive = Callable[[str], AbstractContextManager[None]]


class Store(Protocol):
    """Bytes under keys such as `snapshots/papers/date=2026-02-20/part-0.parquet`."""

    root: str

    def get(self, key: str) -> bytes | None:
        """The bytes under `key`, or None when there are none."""

    def put(self, key: str, data: bytes) -> None:
        """Write `data` under `key`, whole or not at all."""

    def update(self, key: str, change: Change) -> None:
        """Write what `change` makes of the bytes under `key` (None: nothing there); None of it leaves them.

        No other writer's bytes are lost: where one was first, `change` is called again with what it wrote.
        """

    def delete(self, key: str) -> None:
        """Remove what is under `key`; nothing happens where nothing is."""

    def keys(self, prefix: str) -> Iterator[str]:
        """All keys that begin with `prefix`, in order."""

    def stamps(self, prefix: str) -> Iterator[tuple[str, str]]:
        """All keys that begin with `prefix`, in order, each with a stamp that changes when its bytes do."""

    def exists(self, key: str) -> bool:
        """Whether anything is under `key`."""
