"""HTTP headers for a key: the content type, and how long it may be cached."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

CONTENT_TYPES = {
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".bib": "application/x-bibtex; charset=utf-8",
    ".ris": "application/x-research-info-systems; charset=utf-8",
    ".xml": "application/atom+xml; charset=utf-8",
}
IMMUTABLE, FIVE_MINUTES = "public, max-age=31536000, immutable", "public, max-age=300"
# These keys contain a hash of their content, so the content under a key never changes.
_IMMUTABLE_KEY = re.compile(r"site/(?:assets/[^/]+-[0-9a-f]{8}\.\w+|search/.+\.pf_(?:fragment|index|filter|meta|sort))")


def content_type(key: str) -> str:
    """The content type of the object under `key`."""
    if key.startswith("site/") and key.endswith(".json") and "/feeds/" in key:
        return "application/feed+json; charset=utf-8"
    return CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")


def cache_control(key: str) -> str | None:
    """The `Cache-Control` value for objects that the site serves (`site/`); None for all others."""
    if not key.startswith("site/"):
        return None
    return IMMUTABLE if _IMMUTABLE_KEY.fullmatch(key) else FIVE_MINUTES
