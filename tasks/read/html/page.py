"""A page converted by LaTeXML (arXiv's HTML, ar5iv's) as a document of blocks with ids.

Elements are recognized by their `ltx_` classes, never by tag or by the generator's name. This module parses the page,
replaces notes and removes what is not text; `html_walk` makes the blocks, `tables` the table rows, and `affiliations`
and `links` read the rest.
"""

from __future__ import annotations

import re
import time

from pydantic import TypeAdapter
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from papers.models import Block
from papers.reasons import make_reason
from tasks.read.document import ABSTRACT, Document, Unreadable
from tasks.read.html.affiliations import affiliations_of
from tasks.read.html.latexml import (
    ERROR,
    LEVEL,
    LOWERED,
    NOTE,
    NOTE_END,
    RAISED,
    classes,
    error_sign,
    normalize_text,
    parse_page,
)
from tasks.read.html.page_links import HiddenLink, hidden_links, links_of
from tasks.read.html.walk import Walk

HEAD_BYTES = 100_000  # bytes in which a page states its address
# Each takes all of a tag at once, so that a page of tags without end is passed over once.
BASE = re.compile(rb"<base\b[^>]*+")
HREF = re.compile(rb"\bhref=[\"']")
ADDRESS = re.compile(rb"[^\"'>]*")
WATERMARK = re.compile(rb"\bid=[\"']watermark(?:-tr)?[\"'][^>]*+(?:>([^<]*))?")
VERSION = re.compile(rb"\d{4}\.\d{4,5}(v\d{1,3})\b")
BLOCKS = TypeAdapter(list[Block])
LIMIT_S = 30.0  # for one page

# Elements inside text that are replaced or removed before it is read: notes, invisible elements, broken references,
# macros that LaTeXML does not know, line breaks. Superscripts and subscripts get a character before and after them.
REPLACED_SELECTOR = ".ltx_note, .ltx_phantom, .ltx_missing_label, .ltx_missing_citation, .ltx_ERROR, br, sup, sub"
SHIFTS = {"sup": RAISED, "sub": LOWERED}
NOTE_MARKS = ".ltx_note_mark, .ltx_note_type, .ltx_tag_note"  # of a note: its number, twice, and its LaTeX name


def extract_html(body: bytes, limit_s: float = LIMIT_S) -> Document:
    """The document of a LaTeXML page.

    Raises Unreadable when the body is no such page or takes longer than `limit_s` seconds.
    """
    try:
        return _document(*_parse_body(body), body, limit_s)
    except UnicodeDecodeError:  # rare: checking first would cost each page 5% of its time
        return _document(*_parse_body(body.decode("utf-8", "replace").encode()), body, limit_s)


def _document(tree: LexborHTMLParser, has_errors: bool, body: bytes, limit_s: float) -> Document:
    note_links = _prepare_tree(tree)
    article = tree.css_first(".ltx_document") or tree.body
    if article is None:
        raise Unreadable(make_reason("page-without-body"))
    walk = Walk(tree, time.monotonic() + limit_s)
    walk.read(article)
    if not walk.rows:
        raise Unreadable(make_reason("page-without-text"))
    blocks = BLOCKS.validate_python(walk.rows)
    head_title = tree.css_first("title")
    title = walk.title or (normalize_text(head_title.text()) if head_title else "")
    if not walk.title and any(block.kind == "heading" and block.text == title for block in blocks):
        title = ""  # LaTeXML uses the first heading as the title if the paper marks none
    return Document(
        source="html",
        title=title,
        abstract="\n".join(block.text for block in blocks if block.section == ABSTRACT),
        version=_version(body),
        blocks=blocks,
        affiliations=affiliations_of(article),
        links=links_of(article, blocks, note_links),
        errors=_count_errors(article) if has_errors else 0,
        truncated=b"</html>" not in body[-20_000:].lower(),
    )


def _parse_body(body: bytes) -> tuple[LexborHTMLParser, bool]:
    if not body.strip():
        raise Unreadable(make_reason("empty-body"))
    if body.startswith(b"%PDF"):
        raise Unreadable(make_reason("pdf-not-html"))
    if b"ltx_" not in body:
        raise Unreadable(make_reason("no-latex-page"))
    try:
        return parse_page(body)
    except (SelectolaxError, ValueError, RuntimeError) as error:
        raise Unreadable(make_reason("bad-html", error=error)) from error


def _version(body: bytes) -> str | None:
    """The version that the page states: in its base address, else in its watermark."""
    address = _base_address(body)
    if address is None and (watermark := WATERMARK.search(body, 0, HEAD_BYTES)):
        address = watermark.group(1)
    match = VERSION.search(address) if address else None
    return match.group(1).decode() if match else None


def _base_address(body: bytes) -> bytes | None:
    """The address in the first `<base>` that has one: the last in it."""
    for tag in BASE.finditer(body, 0, HEAD_BYTES):
        starts = [match.end() for match in HREF.finditer(tag.group())]
        if starts and (address := ADDRESS.match(tag.group(), starts[-1])):
            return address.group()
    return None


def _prepare_tree(tree: LexborHTMLParser) -> list[HiddenLink]:
    """Remove what is not text, and put the text of each note where its mark was; returns the links in the notes.

    Goes backwards, so that no element is touched after an element around it was removed.
    """
    links: list[HiddenLink] = []
    for node in reversed(tree.css(REPLACED_SELECTOR)):
        class_names = classes(node)
        if node.tag == "br":
            node.replace_with("\n")
        elif node.tag in SHIFTS:
            if "ltx_note_mark" not in class_names:
                node.insert_before(SHIFTS[node.tag])
                node.insert_after(LEVEL)
        elif "ltx_ERROR" in class_names:
            node.replace_with(error_sign(node.text()))  # the macro's name is not text, but the error is counted
        elif (
            "ltx_note" not in class_names or "ltx_role_footnotemark" in class_names
        ):  # the text of such a note is at another mark
            node.decompose()
        else:
            for mark in reversed(node.css(NOTE_MARKS)):
                mark.decompose()
            links += hidden_links(node)
            text = " ".join(node.text().split())
            node.replace_with(f"{NOTE}{text}{NOTE_END}" if text else "")
    return links[::-1]


def _count_errors(article: LexborNode) -> int:
    """The number of conversion errors outside the bibliography."""
    count = (article.text_lexbor() or "").count(ERROR)
    return (
        count - sum(bibliography.text().count(ERROR) for bibliography in article.css(".ltx_bibliography"))
        if count
        else 0
    )
