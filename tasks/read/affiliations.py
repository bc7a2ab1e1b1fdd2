"""What a page says before its text: institutions with their authors, and addresses that stand behind words."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from papers.models import Affiliation
from tasks.read.latexml import CLOSE, OPEN, squeeze

EMAIL = re.compile(r"(?i)\(?(?:e-?mails?:?\s*)?(?:\{[^{}@]*\}|[\w.+-]+)@[\w.-]+\.\w+\)?")

MARK, END = "\x01", "\x02"  # around a raised mark
RAISED = re.compile(rf"{OPEN}(?:\{{\}})?\^\{{?([\w,*]{{1,9}})\}}?{CLOSE}")  # a mark written as a formula
LABEL = re.compile(r"\d{1,2}|[a-z]")  # of an institution; other marks say something of the author


def affiliations_of(article: LexborNode) -> list[Affiliation]:
    """Institutions that the page names as such, in order, each with the authors it says belong there.

    Either LaTeXML marks them, or one element holds all authors and institutions, tied by raised marks; those are taken
    only when the marks agree on both sides. Else none: nothing is guessed.
    """
    found: dict[str, list[str]] = {}
    authors_of_page = article.css_first(".ltx_authors")
    creators = authors_of_page.css(".ltx_creator") if authors_of_page is not None else []
    for creator in creators:
        person = creator.css_first(".ltx_personname")
        name = squeeze(person.text()).strip(" ,") if person is not None else ""
        for contact in creator.css(".ltx_role_affiliation, .ltx_role_institution, .ltx_role_institutetext"):
            institution = EMAIL.sub("", squeeze(contact.text())).strip(" ,;.")
            if not institution or len(institution) > 300:
                continue
            authors = found.setdefault(institution, [])
            if name and len(name) <= 80 and name not in authors:
                authors.append(name)
    if not found and len(creators) == 1 and (person := creators[0].css_first(".ltx_personname")) is not None:
        found = tied_by_marks(_with_marks(person))
    return [Affiliation(name=name, authors=authors) for name, authors in found.items()]


def _with_marks(person: LexborNode) -> str:
    """The element's text, each raised mark between MARK and END."""
    parts = []
    for node in person.traverse(include_text=True):
        if node.tag == "sup":
            parts.append(f"{MARK}{node.text()}{END}")
        elif node.tag == "-text" and not _raised(node, person):
            parts.append(node.text_content or "")
    return RAISED.sub(lambda formula: f"{MARK}{formula.group(1)}{END}", "".join(parts))


def _raised(node: LexborNode, within: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.mem_id != within.mem_id:
        if parent.tag == "sup":
            return True
        parent = parent.parent
    return False


def tied_by_marks(text: str) -> dict[str, list[str]]:
    """Institutions with their authors, of "A. One¹ B. Two¹² (line) ¹North University ²South Lab"; {} when in doubt.

    In doubt: a mark of an author without an institution, an institution without an author, a mark used twice, or a
    name that is none.
    """
    before, *rest = re.split(f"{MARK}([^{END}]*){END}", text)
    texts, marks = [before, *rest[1::2]], rest[::2]
    begin = next((n for n in range(1, len(marks)) if not texts[n].strip() or _starts_line(texts[n])), 0)
    institutions: dict[str, str] = {}
    for mark, after in zip(marks[begin:], texts[begin + 1 :], strict=True):
        label, name = mark.strip(), squeeze(after.strip().split("\n")[0]).strip(" ,;.")
        if not LABEL.fullmatch(label):
            continue  # equal contribution, corresponding author
        if not begin or label in institutions or not _is_name(name, words=20):
            return {}
        institutions[label] = name
    found: dict[str, list[str]] = {name: [] for name in institutions.values()}
    for name, mark in zip(texts[:begin], marks[:begin], strict=True):
        author, labels = squeeze(name).strip(" ,;&"), LABEL.findall(mark)
        if author and (not _is_name(author, words=6) or "," in author or not set(labels) <= set(institutions)):
            return {}
        for label in labels if author else ():
            found[institutions[label]].append(author)
    return found if all(found.values()) else {}


def _starts_line(text: str) -> bool:
    """Whether what follows the text begins a line: after an author's mark, at most a comma is left on his."""
    return "\n" in text and not text.rsplit("\n", 1)[1].strip() and not text.split("\n", 1)[0].strip(" ,")


def _is_name(text: str, words: int) -> bool:
    return (
        bool(re.search(r"[^\W\d_]{2}", text)) and "@" not in text and "http" not in text and len(text.split()) <= words
    )
