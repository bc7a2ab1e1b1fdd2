"""What a page says before its text: institutions with their authors, and addresses that stand behind words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from selectolax.lexbor import LexborNode

from papers.models import Affiliation, Block, Link
from tasks.read.links import links_in_text
from tasks.read.markup import classes, squeeze

EMAIL = re.compile(r"(?i)\(?(?:e-?mails?:?\s*)?(?:\{[^{}@]*\}|[\w.+-]+)@[\w.-]+\.\w+\)?")

FRONT = frozenset({"ltx_authors", "ltx_abstract", "ltx_titlepage", "ltx_title_document"})
BACK = frozenset({"ltx_bibliography", "ltx_biblist", "ltx_appendix", "ltx_page_footer", "ltx_page_navbar"})

HiddenLink = tuple[str, str, bool]  # address, the text before it and its own, whether in the front part


def affiliations_of(article: LexborNode) -> list[Affiliation]:
    """Institutions that the page marks as such, in order, each with the authors it marks them for."""
    found: dict[str, list[str]] = {}
    authors_of_page = article.css_first(".ltx_authors")
    for creator in authors_of_page.css(".ltx_creator") if authors_of_page is not None else ():
        person = creator.css_first(".ltx_personname")
        name = squeeze(person.text()).strip(" ,") if person is not None else ""
        for contact in creator.css(".ltx_role_affiliation, .ltx_role_institution, .ltx_role_institutetext"):
            institution = EMAIL.sub("", squeeze(contact.text())).strip(" ,;.")
            if not institution or len(institution) > 300:
                continue
            authors = found.setdefault(institution, [])
            if name and len(name) <= 80 and name not in authors:
                authors.append(name)
    return [Affiliation(name=name, authors=authors) for name, authors in found.items()]


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
