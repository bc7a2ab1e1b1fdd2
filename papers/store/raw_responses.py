"""Raw responses: each response behind a list or a reading is stored once, by month and hash."""

from __future__ import annotations

import hashlib
import threading

import zstandard

from papers.store.interface import Store

LEVEL = 6  # of zstandard: pages shrink to a fifth at some 100 MB a second


def raw_key(month: str, sha256: str) -> str:
    """The key of the response with that hash; `month` is that of the paper's arXiv id or of the list, "2510"."""
    return f"raw/{month}/{sha256}.zst"


class RawResponses:
    """The stored responses. A month's keys are listed once, so that no response is looked for alone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._keys: dict[str, set[str]] = {}
        self._lock = threading.Lock()

    def save(self, month: str, body: bytes) -> str:
        """Store a response unless it is already there; returns its SHA-256 in hex."""
        sha256 = hashlib.sha256(body).hexdigest()
        with self._lock:
            if month not in self._keys:
                self._keys[month] = set(self._store.keys(f"raw/{month}/"))
            is_known = raw_key(month, sha256) in self._keys[month]
            self._keys[month].add(raw_key(month, sha256))
        if not is_known:
            self._store.put(raw_key(month, sha256), zstandard.ZstdCompressor(level=LEVEL).compress(body))
        return sha256


def load_raw(store: Store, month: str, sha256: str) -> bytes | None:
    """The response with that hash, or None if it is not stored."""
    data = store.get(raw_key(month, sha256))
    return None if data is None else zstandard.ZstdDecompressor().decompress(data)
