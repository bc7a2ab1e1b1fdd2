"""What a store or a server says of a key besides its bytes: the content type, and how long it may be kept."""

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
FOREVER, SHORT = "public, max-age=31536000, immutable", "public, max-age=300"
# Named by what they hold, so that they never change under their name.
_HASHED = re.compile(r"site/(?:assets/[^/]+-[0-9a-f]{8}\.\w+|search/.+\.pf_(?:fragment|index|filter|meta|sort))")


def content_type(key: str) -> str:
    """The content type of what is under `key`."""
    if key.startswith("site/") and key.endswith(".json") and "/feeds/" in key:
        return "application/feed+json; charset=utf-8"
    return CONTENT_TYPES.get(PurePosixPath(key).suffix, "application/octet-stream")


def cache_control(key: str) -> str | None:
    """How long a browser may keep what is under `key`, for what a site serves (`site/`); None for all else."""
    if not key.startswith("site/"):
        return None
    return FOREVER if _HASHED.fullmatch(key) else SHORT
