"""The addresses that reports link to: the pages of papers and of a day's list."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit, urlunsplit

from papers.models import Paper

_HUGGING_FACE = "https://huggingface.co/papers"


def arxiv_page(arxiv_id: str) -> str:
    """The URL of the paper's abstract page on arXiv."""
    return f"https://arxiv.org/abs/{arxiv_id}"


def hugging_face_page(paper: Paper) -> str | None:
    """The URL of the paper's page on Hugging Face; None for a paper listed from arXiv."""
    return None if paper.source.startswith("arxiv") else f"{_HUGGING_FACE}/{paper.arxiv_id}"


def list_page(date: dt.date) -> str:
    """The URL of the page with the list of `date`."""
    return f"{_HUGGING_FACE}/date/{date.isoformat()}"


_PUBLIC_HOSTS = (
    (re.compile(r"/(?:html|pdf|abs)/[^/]"), "https://arxiv.org"),
    (re.compile(r"/papers/[^/]"), "https://huggingface.co"),
)


def public_address(url: str) -> str:
    """The address of a document at arXiv or Hugging Face, whatever mirror it was fetched from; any other as it is."""
    parts = urlsplit(url)
    for path, host in _PUBLIC_HOSTS:
        if path.match(parts.path):
            return host + urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    return url
