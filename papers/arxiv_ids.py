"""The form of arXiv ids."""

from __future__ import annotations

import re

_ARXIV_ID = re.compile(
    r"(?:arxiv:)?(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?", re.IGNORECASE | re.ASCII
)  # the id without its version, then the version


def parse_arxiv_id(text: str) -> tuple[str, str] | None:
    """The arXiv id that `text` is, and its version, which may be empty: "2510.00001v2" is ("2510.00001", "v2").

    The id may begin with "arXiv:". None for any other text.
    """
    match = _ARXIV_ID.fullmatch(text)
    return (match[1], match[2] or "") if match else None


def month_of(arxiv_id: str) -> str:
    """The month in an arXiv id, "2510"; "0000" for an id without one."""
    match = re.search(r"(?:^|/)(\d{4})", arxiv_id)
    return match[1] if match else "0000"
