"""Addresses by which a paper offers its own code, weights, data or project page; never those of works it cites."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from selectolax.lexbor import LexborNode

from papers.models import Block, Link
from tasks.read.latexml import classes, squeeze

MAX_LINKS = 12
FRONT_CHARACTERS = 6_000  # of the text, abstract included, in which an address needs no words that offer it
URL = re.compile(r"(?:https?://|(?<![\w/.@])(?:github\.com|huggingface\.co|gitlab\.com)/)[^\s<>\"'{}|\\^`$]+")
OFFER = re.compile(
    r"\b(?:our|the|all|we|this|source|project)\b[^.]{0,120}\b(?:codes?|codebase|implementation|models?|weights|"
    r"checkpoints?|data(?:sets?)?|benchmark|website|page|demo|repository|released?)\b"
    r"|\b(?:available|released|open-sourced|accessible|found|hosted) (?:at|on|in|here|via)\b"
    r"|^(?:code|project|website|data|models?)\b",
    re.I,
)
PAGE_WORDS = re.compile(r"\b(?:project|web\s?site|home\s?page|web\s?page|demo)\b[^.]{0,40}$", re.I)
CODE_HOSTS = frozenset({"github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "gitee.com"})
PAGE_HOSTS = (".github.io", ".gitlab.io", ".netlify.app", ".vercel.app", ".pages.dev")
NOT_MODELS = frozenset({"papers", "docs", "blog", "collections", "organizations", "learn", "join", "settings"})


def kind_of(url: str, before: str = "") -> str | None:
    """What the address leads to by its host and path: "code", "weights", "data", "project"; None: nothing known.

    `before` is the text before it, which may call it a project page.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host, path = (parts.hostname or "").removeprefix("www."), [part for part in parts.path.split("/") if part]
    if host in CODE_HOSTS:
        return "code" if len(path) >= 2 else None
    if host in ("huggingface.co", "hf.co"):
        return _on_hugging_face(path)
    if host in ("modelscope.cn", "modelscope.ai"):
        return {"models": "weights", "datasets": "data"}.get(path[0] if path else "")
    if host in ("zenodo.org", "kaggle.com") or host.endswith("figshare.com"):
        return "data" if path else None
    if host.endswith(PAGE_HOSTS):
        return "project"
    return "project" if host and PAGE_WORDS.search(before) else None


def _on_hugging_face(path: Sequence[str]) -> str | None:
    if path[:1] == ["datasets"]:
        return "data" if len(path) >= 2 else None
    if path[:1] == ["spaces"]:
        return "project" if len(path) >= 3 else None
    if not path or path[0] in NOT_MODELS:
        return None
    return "weights"


def links_in_text(blocks: Sequence[Block], more: Iterable[tuple[str, str, bool]] = ()) -> list[Link]:
    """The paper's own addresses: those of the front part, and later ones in a sentence that offers something.

    `more` are addresses that stand behind words, each with the text before it and whether it is in the front part.
    """
    found: dict[str, Link] = {}
    seen = 0
    for block in blocks:
        front = seen < FRONT_CHARACTERS and not block.section.lower().startswith("appendix")
        seen += len(block.text)
        if "http" not in block.text and "github.com/" not in block.text and "huggingface.co/" not in block.text:
            continue
        for match in URL.finditer(block.text):
            before = block.text[max(0, match.start() - 200) : match.start()]
            _add(found, match.group(), before, front)
    for url, before, front in more:
        _add(found, url, before, front)
    return list(found.values())[:MAX_LINKS]


def _add(found: dict[str, Link], url: str, before: str, front: bool) -> None:
    url = clean(url)
    kind = kind_of(url, before)
    if kind is not None and (front or OFFER.search(before)):
        found.setdefault(_key(url), Link(kind=kind, url=url))


def clean(url: str) -> str:
    """The address as a browser needs it: with a scheme, without the sentence's punctuation after it."""
    url = url.rstrip(".,;:!?*†‡")
    for opening, closing in ("()", "[]"):
        while url.endswith(closing) and url.count(closing) > url.count(opening):
            url = url[:-1].rstrip(".,;:")
    return url if url.startswith("http") else f"https://{url}"


def _key(url: str) -> str:
    return re.sub(r"^https?://(?:www\.)?", "", url).rstrip("/").removesuffix(".git").lower()


def merged(*groups: Iterable[Link]) -> list[Link]:
    """The groups' links one after the other, each address once."""
    found: dict[str, Link] = {}
    for group in groups:
        for link in group:
            found.setdefault(_key(link.url), link)
    return list(found.values())


FRONT = frozenset({"ltx_authors", "ltx_abstract", "ltx_titlepage", "ltx_title_document"})


BACK = frozenset({"ltx_bibliography", "ltx_biblist", "ltx_appendix", "ltx_page_footer", "ltx_page_navbar"})


HiddenLink = tuple[str, str, bool]  # address, the text before it and its own, whether in the front part


def links_of(article: LexborNode, blocks: Sequence[Block], noted: Sequence[HiddenLink] = ()) -> list[Link]:
    """Addresses by which the paper offers its own code, weights, data or page: `tasks.read.links` says which.

    Those behind words are looked for in the front part and the first section; `noted` are those of notes.
    """
    hidden: list[HiddenLink] = []
    for selector in (".ltx_authors", ".ltx_abstract", ".ltx_section"):
        part = article.css_first(selector)
        if part is not None:
            hidden += hidden_links(part)
    return links_in_text(blocks, (*hidden, *noted))


def hidden_links(part: LexborNode) -> list[HiddenLink]:
    """The part's links with what is said of them; those of works cited and of the appendix left out."""
    found: list[HiddenLink] = []
    for node in part.css("a.ltx_href, a.ltx_url"):
        url, around = node.attributes.get("href") or "", node.parent
        if not url.startswith("http") or around is None:
            continue
        place, label = _place(node), squeeze(node.text())
        if place is not None:
            before = (squeeze(around.text()).split(label, 1)[0] if label else "")[-200:]
            found.append((url, f"{before} {label}", place == "front"))
    return found


def _place(node: LexborNode) -> str | None:
    """Where a link stands: "front" (title, authors, abstract), "text", or None for works cited and the like."""
    parent = node.parent
    while parent is not None:
        named = classes(parent)
        if not FRONT.isdisjoint(named):
            return "front"
        if not BACK.isdisjoint(named):
            return None
        parent = parent.parent
    return "text"
