"""arXiv's abs page as a document: title, abstract, version, and whether the paper was withdrawn."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from papers.models import Reason
from papers.reasons import make_reason
from tasks.read.document import Document, Unreadable, blocks_of_abstract
from tasks.read.html.latexml import normalize_text
from tasks.read.links import links_in_text

WITHDRAWN = re.compile(
    r"(?i)\b(?:this (?:paper|submission|article|version|manuscript) has been withdrawn|withdrawn by)\b"
)
VERSION = re.compile(r"\[(v\d{1,3})\]")
WITHDRAWN_WORD = re.compile(r"(?i)\bwithdrawn\b")


def extract_abs(body: bytes) -> Document:
    """The document of an abs page; its blocks are the paragraphs of the abstract.

    Raises Unreadable when the body is not an abs page.
    """
    if not body.strip():
        raise Unreadable(make_reason("empty-body"))
    if body.startswith(b"%PDF"):
        raise Unreadable(make_reason("pdf-not-abs"))
    if b"\x00" in body[:2000]:
        raise Unreadable(make_reason("no-text"))
    try:
        tree = LexborHTMLParser(body.decode("utf-8", "replace"))
    except (SelectolaxError, ValueError, RuntimeError) as error:
        raise Unreadable(make_reason("bad-html", error=error)) from error
    title = _meta(tree, "citation_title") or _field_text(tree.css_first("h1.title"))
    abstract = _field_text(tree.css_first("blockquote.abstract")) or _meta(tree, "citation_abstract")
    notice = _withdrawal_notice(tree, abstract)
    if not title or not (abstract or notice):
        raise Unreadable(make_reason("no-abs-page"))
    blocks = blocks_of_abstract(abstract.split("\n\n"))
    return Document(
        source="abs",
        title=title,
        abstract=abstract,
        version=_version(tree),
        blocks=blocks,
        links=links_in_text(blocks),
        withdrawn=notice is not None,
        withdrawn_reason=notice,
    )


def _meta(tree: LexborHTMLParser, name: str) -> str:
    node = tree.css_first(f'meta[name="{name}"]')
    return normalize_text(node.attributes.get("content") or "") if node is not None else ""


def _field_text(node: LexborNode | None) -> str:
    """The text of a field without the "Title:" or "Abstract:" before it; an empty line separates paragraphs."""
    if node is None:
        return ""
    text = re.sub(r"^\s*(?:Title|Abstract):\s*", "", node.text())
    return "\n\n".join(line for part in re.split(r"\n\s*\n", text) if (line := normalize_text(part)))


def _version(tree: LexborHTMLParser) -> str | None:
    """The version that the page shows: the entry of its history that is not a link, else the last one."""
    history = tree.css_first(".submission-history")
    if history is None:
        return None
    current = " ".join(node.text() for node in history.css("strong") if node.css_first("a") is None)
    versions: list[str] = VERSION.findall(current) or VERSION.findall(history.text())
    return versions[-1] if versions else None


def _withdrawal_notice(tree: LexborHTMLParser, abstract: str) -> Reason | None:
    """What the page says about the paper's withdrawal, or None if it is not withdrawn."""
    comments, history = tree.css_first("td.comments, .comments"), tree.css_first(".submission-history")
    comment = normalize_text(comments.text()) if comments is not None else ""
    if WITHDRAWN.search(comment) or (WITHDRAWN_WORD.search(comment) and len(comment) < 200):
        return make_reason("text", text=comment)
    if WITHDRAWN.search(abstract[:300]):
        return make_reason("text", text=abstract[:300])
    last = normalize_text(history.text())[-60:] if history is not None else ""
    return make_reason("last-version-withdrawn") if "(withdrawn)" in last else None
