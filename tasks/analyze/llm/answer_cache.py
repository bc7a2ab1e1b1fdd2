"""Where analyses and a model's answers are kept in the store, so that no completed call is made twice."""

from __future__ import annotations

from typing import Protocol

from papers.arxiv_ids import month_of


class Cache(Protocol):
    """Stores analyses and answers: bytes under keys such as `answers/2510/abc….json`."""

    def get(self, key: str) -> bytes | None:
        """The bytes of `key`, or None when there are none."""

    def put(self, key: str, data: bytes) -> object:
        """Store the bytes and replace any older ones."""


def answer_key(arxiv_id: str, digest: str) -> str:
    """The store key of an analysis or of a single answer about a paper: by the month of its id, then by its hash."""
    return f"answers/{month_of(arxiv_id)}/{digest}.json"
