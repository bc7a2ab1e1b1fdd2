"""A page converted by LaTeXML (arXiv's HTML, ar5iv's) as a document of addressed blocks.

Elements are known by their `ltx_` classes, never by tag or by the generator's name. What stands here is the walk
from the page's elements to blocks; tables are in `tables`, what comes before the text in `front`.
"""

from __future__ import annotations

import re
import time

from pydantic import TypeAdapter
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from papers.models import Block
from tasks.read.affiliations import affiliations_of
from tasks.read.document import ABSTRACT, Document, Unreadable
from tasks.read.html_walk import NOTE, Walk
from tasks.read.latexml import ERROR, classes, parse, squeeze
from tasks.read.links import HiddenLink, hidden_links, links_of

HEAD = 100_000  # bytes in which a page says its address
BASE = re.compile(rb"<base\b[^>]*\bhref=[\"']([^\"'>]*)")
WATERMARK = re.compile(rb"\bid=[\"']watermark(?:-tr)?[\"'][^>]*>([^<]*)")
BLOCKS = TypeAdapter(list[Block])
LIMIT_S = 30.0  # for one page

# Inside of text, and to be settled before it is read: notes, what is invisible, references that lead nowhere, macros
# that LaTeXML does not know, line breaks.
UNSETTLED = ".ltx_note, .ltx_phantom, .ltx_missing_label, .ltx_missing_citation, .ltx_ERROR, br"
MARKS = ".ltx_note_mark, .ltx_note_type, .ltx_tag_note"  # of a note: its number, twice, and what LaTeX calls it


def extract_html(body: bytes, limit_s: float = LIMIT_S) -> Document:
    """The document of a LaTeXML page.

    Raises Unreadable when the body is no such page or takes longer than `limit_s` seconds.
    """
    try:
        return _document(*_tree(body), body, limit_s)
    except UnicodeDecodeError:  # seldom: looking first would cost every page a twentieth of its time
        return _document(*_tree(body.decode("utf-8", "replace").encode()), body, limit_s)


def _document(tree: LexborHTMLParser, broken: bool, body: bytes, limit_s: float) -> Document:
    noted_links = _settle(tree)
    article = tree.css_first(".ltx_document") or tree.body
    if article is None:
        raise Unreadable("a page without a body")
    walk = Walk(tree, time.monotonic() + limit_s)
    walk.read(article)
    if not walk.rows:
        raise Unreadable("a page without text")
    blocks = BLOCKS.validate_python(walk.rows)
    head_title = tree.css_first("title")
    title = walk.title or (squeeze(head_title.text()) if head_title else "")
    if not walk.title and any(block.kind == "heading" and block.text == title for block in blocks):
        title = ""  # LaTeXML takes the first heading for a title when the paper marks none
    return Document(
        source="html",
        title=title,
        abstract="\n".join(block.text for block in blocks if block.section == ABSTRACT),
        version=_version(body),
        blocks=blocks,
        affiliations=affiliations_of(article),
        links=links_of(article, blocks, noted_links),
        errors=_errors(article) if broken else 0,
        truncated=b"</html>" not in body[-20_000:].lower(),
    )


def _tree(body: bytes) -> tuple[LexborHTMLParser, bool]:
    if not body.strip():
        raise Unreadable("the body is empty")
    if body.startswith(b"%PDF"):
        raise Unreadable("the body is a PDF, not HTML")
    if b"ltx_" not in body:
        raise Unreadable("not a page converted from LaTeX: no ltx_ class on it")
    try:
        return parse(body)
    except (SelectolaxError, ValueError, RuntimeError) as error:
        raise Unreadable(f"HTML that cannot be parsed: {error}") from error


def _version(body: bytes) -> str | None:
    """The version that the page says it is: of its base address, else of its watermark."""
    said = BASE.search(body, 0, HEAD) or WATERMARK.search(body, 0, HEAD)
    found = re.search(rb"\d{4}\.\d{4,5}(v\d{1,3})\b", said.group(1)) if said else None
    return found.group(1).decode() if found else None


def _settle(tree: LexborHTMLParser) -> list[HiddenLink]:
    """Take out what is no text, and put every note's text where its mark was; returns the links of the notes.

    Backwards, so that no element is touched after one around it is gone.
    """
    links: list[HiddenLink] = []
    for node in reversed(tree.css(UNSETTLED)):
        named = classes(node)
        if node.tag == "br":
            node.replace_with("\n")
        elif "ltx_ERROR" in named:
            node.replace_with(ERROR)  # the macro's name is no text, but it counts
        elif "ltx_note" not in named or "ltx_role_footnotemark" in named:  # such a note's text stands with another mark
            node.decompose()
        else:
            for mark in reversed(node.css(MARKS)):
                mark.decompose()
            links += hidden_links(node)
            text = " ".join(node.text().split())
            node.replace_with(f"{NOTE}{text}]" if text else "")
    return links[::-1]


def _errors(article: LexborNode) -> int:
    """Conversion errors outside the works cited."""
    count = (article.text_lexbor() or "").count(ERROR)
    return count - sum(cited.text().count(ERROR) for cited in article.css(".ltx_bibliography")) if count else 0
