"""Links of a page that its visible text does not show, such as a link behind a word."""

from __future__ import annotations

from collections.abc import Sequence

from selectolax.lexbor import LexborNode

from papers.models import Block, Link
from tasks.read.html.latexml import classes, normalize_text
from tasks.read.links import links_in_text

FRONT_CLASSES = frozenset({"ltx_authors", "ltx_abstract", "ltx_titlepage", "ltx_title_document"})


BACK_CLASSES = frozenset({"ltx_bibliography", "ltx_biblist", "ltx_appendix", "ltx_page_footer", "ltx_page_navbar"})


MAX_BEFORE = 100_000  # characters of an element in which the text before its link is looked for


HiddenLink = tuple[str, str, bool]  # address, text before it and of the link, whether in the front part


def links_of(article: LexborNode, blocks: Sequence[Block], note_links: Sequence[HiddenLink] = ()) -> list[Link]:
    """The links to the paper's own code, weights, data or project page; `links_in_text` decides which they are.

    Links whose address is not in the text are taken from the front part, the first section and the notes
    (`note_links`).
    """
    hidden: list[HiddenLink] = []
    for selector in (".ltx_authors", ".ltx_abstract", ".ltx_section"):
        part = article.css_first(selector)
        if part is not None:
            hidden += hidden_links(part)
    return links_in_text(blocks, (*hidden, *note_links))


def hidden_links(part: LexborNode) -> list[HiddenLink]:
    """The links of a part of the page with the text before them, without those in the bibliography and appendix."""
    links: list[HiddenLink] = []
    texts: dict[int, str] = {}  # of the elements around links, by memory id: many links may be in the same
    for node in part.css("a.ltx_href, a.ltx_url"):
        url, parent = node.attributes.get("href") or "", node.parent
        if not url.startswith("http") or parent is None:
            continue
        page_part, label = _page_part(node), normalize_text(node.text())
        if page_part is not None:
            if parent.mem_id not in texts:
                texts[parent.mem_id] = normalize_text(parent.text())
            before = _text_before(label, texts[parent.mem_id]) if label else ""
            links.append((url, f"{before} {label}", page_part == "front"))
    return links


def _text_before(label: str, text: str) -> str:
    """The last 200 characters before the link's text, or of the whole text if it is not in it."""
    start = text.find(label, 0, MAX_BEFORE)
    return text[max(0, start - 200) : start] if start >= 0 else text[-200:]


def _page_part(node: LexborNode) -> str | None:
    """Where a link is: "front" (title, authors, abstract), "text", or None for the bibliography and similar parts."""
    parent = node.parent
    while parent is not None:
        class_names = classes(parent)
        if not FRONT_CLASSES.isdisjoint(class_names):
            return "front"
        if not BACK_CLASSES.isdisjoint(class_names):
            return None
        parent = parent.parent
    return "text"
