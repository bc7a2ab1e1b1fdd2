"""Where analyses and a model's answers are cached in the store, so that no completed call is made twice."""

from __future__ import annotations

from typing import Protocol


class Cache(Protocol):
    """Stores analyses and answers: bytes under keys such as `cache/analyses/ab/abc….json`."""

    def get(self, key: str) -> bytes | None:
        """The bytes of `key`, or None when there are none."""

    def put(self, key: str, data: bytes) -> None:
        """Store the bytes and replace any older ones."""


def cache_key(digest: str) -> str:
    """The store key of an analysis or of a single answer."""
    return f"cache/analyses/{digest[:2]}/{digest}.json"
