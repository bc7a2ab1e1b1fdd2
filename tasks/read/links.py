"""Links to a paper's own code, weights, data or project page, but not to those of the works that it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from papers.models import Block, Link

MAX_LINKS = 12
FRONT_CHARACTERS = 6_000  # of the text, with the abstract, in which a link needs no phrase such as "our code"
URL = re.compile(
    r"(?:https?://|(?<![\w/.@])(?:(?:github\.com|huggingface\.co|gitlab\.com)/|(?=[\w-]+\.github\.io\b)))"
    r"[^\s<>\"'{}|\\^`$⁰¹²³⁴-⁹]+"
)
_PARTS_OF_URLS = ("http", "github.com/", "huggingface.co/", "github.io")  # tested first, because it is fast
OFFER = re.compile(
    r"\b(?:our|the|all|we|this|source|project)\b[^.]{0,120}\b(?:codes?|codebase|implementation|models?|weights|"
    r"checkpoints?|data(?:sets?)?|benchmark|website|page|demo|repository|released?)\b"
    r"|\b(?:available|released|open-sourced|accessible|found|hosted) (?:at|on|in|here|via)\b"
    r"|^(?:code|project|website|data|models?)\b",
    re.I,
)
PAGE_WORDS = re.compile(r"\b(?:project|web\s?site|home\s?page|web\s?page|demo)\b[^.]{0,40}$", re.I)
MAX_BEFORE = 1_000  # characters before an address that may say what it is
CODE_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com"})
PAGE_HOSTS = (".github.io", ".gitlab.io", ".netlify.app", ".vercel.app", ".pages.dev")
NOT_MODELS = frozenset({"papers", "docs", "blog", "collections", "organizations", "learn", "join", "settings"})


def kind_of(url: str, before: str = "") -> str | None:
    """What the address leads to, by its host and path: "code", "weights", "data", "project", or None if unknown.

    `before` is the text before it, which may call it a project page.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host, path = (parts.hostname or "").removeprefix("www."), [part for part in parts.path.split("/") if part]
    if host in CODE_HOSTS:
        return "code" if len(path) >= 2 else None
    if host == "anonymous.4open.science":
        return "code" if path[:1] == ["r"] else None
    if host in ("huggingface.co", "hf.co"):
        return _kind_of_collection(before) if path[:1] == ["collections"] else _on_hugging_face(path)
    if host in ("modelscope.cn", "modelscope.ai"):
        return {"models": "weights", "datasets": "data"}.get(path[0] if path else "")
    if host in ("zenodo.org", "kaggle.com") or host.endswith("figshare.com"):
        return "data" if path else None
    if host.endswith(PAGE_HOSTS):
        return "project"
    return "project" if host and PAGE_WORDS.search(before) else None


def _kind_of_collection(before: str) -> str | None:
    """What a collection on Hugging Face holds, by the last word before the address that tells it."""
    words = re.findall(r"\b(?:models?|weights|checkpoints?|encoders?)\b|\b(data|datasets?|benchmark|corpus)\b", before)
    return None if not words else "data" if words[-1] else "weights"


def _on_hugging_face(path: Sequence[str]) -> str | None:
    if path[:1] == ["datasets"]:
        return "data" if len(path) >= 2 else None
    if path[:1] == ["spaces"]:
        return "project" if len(path) >= 3 else None
    if not path or path[0] in NOT_MODELS:
        return None
    return "weights"


def links_in_text(blocks: Sequence[Block], more: Iterable[tuple[str, str, bool]] = ()) -> list[Link]:
    """The paper's own links: those in the front part, and later ones in a sentence that offers something.

    `more` are links whose address is not in the text, each with the text before it and whether it is in the front part.
    """
    links: dict[str, Link] = {}
    length = 0
    for block in blocks:
        in_front = length < FRONT_CHARACTERS and block.section[:8].lower() != "appendix"
        length += len(block.text)
        if not any(part in block.text for part in _PARTS_OF_URLS):
            continue
        for match in URL.finditer(block.text):
            before = block.text[max(0, match.start() - 200) : match.start()]
            _add_link(links, match.group(), before, in_front)
    for url, before, in_front in more:
        _add_link(links, url, before, in_front)
    return list(links.values())[:MAX_LINKS]


def _add_link(links: dict[str, Link], url: str, before: str, in_front: bool) -> None:
    url, before = clean_url(url), before[-MAX_BEFORE:]
    kind = kind_of(url, before)
    if kind is not None and (in_front or OFFER.search(before)):
        links.setdefault(_url_key(url), Link(kind=kind, url=url))


def clean_url(url: str) -> str:
    """The address with a scheme, and without the punctuation of the sentence after it."""
    url = url.rstrip(".,;:!?*†‡")
    for opening, closing in ("()", "[]"):
        end, surplus = len(url), url.count(closing) - url.count(opening)
        while surplus > 0 and url[end - 1] == closing:
            end, surplus = end - 1, surplus - 1
            while end and url[end - 1] in ".,;:":
                end -= 1
        url = url[:end]
    return url if url.startswith("http") else f"https://{url}"


def _url_key(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", url).rstrip("/").removesuffix(".git").lower()


def merge_links(*groups: Iterable[Link]) -> list[Link]:
    """The links of all groups in order, each address once."""
    links: dict[str, Link] = {}
    for group in groups:
        for link in group:
            links.setdefault(_url_key(link.url), link)
    return list(links.values())
