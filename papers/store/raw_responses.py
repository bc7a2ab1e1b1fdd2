"""Raw responses: each response behind a list or a reading is stored once, under its hash."""

from __future__ import annotations

import hashlib

import zstandard

from papers.store.interface import Store

LEVEL = 6  # of zstandard: pages shrink to a fifth at some 100 MB a second


def raw_key(sha256: str) -> str:
    """The key of the response with that hash."""
    return f"raw/{sha256[:2]}/{sha256}.zst"


def save_raw(store: Store, body: bytes) -> str:
    """Store a response unless it is already there; returns its SHA-256 in hex."""
    sha256 = hashlib.sha256(body).hexdigest()
    if not store.exists(raw_key(sha256)):
        store.put(raw_key(sha256), zstandard.ZstdCompressor(level=LEVEL).compress(body))
    return sha256


def load_raw(store: Store, sha256: str) -> bytes | None:
    """The response with that hash, or None if it is not stored."""
    data = store.get(raw_key(sha256))
    return None if data is None else zstandard.ZstdDecompressor().decompress(data)
