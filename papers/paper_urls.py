"""The addresses that reports link to: the pages of papers and of a day's list."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import SplitResult, urlsplit, urlunsplit

from papers.models import Openness, Paper

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
    parts = _parts_of(url)
    for path, host in _PUBLIC_HOSTS:
        if path.match(parts.path):
            return host + urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    return url


# Of GitHub and GitLab the repository, of Hugging Face the model, data set or space: a branch may be gone later.
_REPOSITORY = re.compile(r"(/[^/]+/[^/]+?)(?:\.git)?(?:/(?:-/)?(?:blob|tree|raw|releases|wiki)(?:/.*)?)?/*")
_GITHUB_REPOSITORY = re.compile(r"(/(?!orgs/|users/|topics/|search/)[^/]+/[^/]+?)(?:\.git)?(?:/.*)?")
_NO_OWNERS = ("orgs", "papers", "collections", "users")
_HUGGING_FACE_REPOSITORY = re.compile(r"((?:/(?:datasets|spaces))?/[^/]+/[^/]+)/(?:blob|tree|resolve|raw)(?:/.*)?")


def canonical_address(url: str) -> str:
    """The address as a reader should have it: public, of a repository without branch, file and query."""
    url = public_address(url.strip())
    parts = _parts_of(url)
    host = (parts.hostname or "").removeprefix("www.")
    pattern = {"github.com": _GITHUB_REPOSITORY, "gitlab.com": _REPOSITORY}.get(host)
    if pattern and (match := pattern.fullmatch(parts.path)):
        return f"https://{host}{match[1]}"
    if host in ("huggingface.co", "hf.co"):
        match = _HUGGING_FACE_REPOSITORY.fullmatch(parts.path)
        return f"https://huggingface.co{match[1] if match else parts.path.rstrip('/')}"
    return url


def repository_name(url: str) -> str | None:
    """`owner/name` of a repository at GitHub, GitLab or Hugging Face; None for any other address."""
    parts = _parts_of(canonical_address(url))
    if parts.hostname not in ("github.com", "gitlab.com", "huggingface.co"):
        return None
    names = [n for n in parts.path.split("/") if n and n not in ("datasets", "spaces")]
    return "/".join(names) if len(names) == 2 and names[0] not in _NO_OWNERS else None


def _parts_of(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # brackets that hold no IP address
        return SplitResult("", "", url, "", "")


LINK_KINDS = ("code", "weights", "data", "project")


def work_links(paper: Paper, openness: Openness) -> dict[str, str]:
    """The canonical addresses of code, weights, data and project, by kind; each address once, under its first kind."""
    found = {
        "code": openness.code_url or paper.github_url,
        "weights": openness.weights_url,
        "data": openness.data_url,
        "project": openness.project_url or paper.project_url,
    }
    links: dict[str, str] = {}
    pages = [arxiv_page(paper.arxiv_id), f"{_HUGGING_FACE}/{paper.arxiv_id}"]
    for kind in LINK_KINDS:
        url = canonical_address(found[kind] or "")
        if url and url.rstrip("/") not in {u.rstrip("/") for u in (*pages, *links.values())}:
            links[kind] = url
    return links
