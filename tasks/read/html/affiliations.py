"""The affiliations that a LaTeXML page states before its text: institutions with their authors."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborNode

from papers.models import Affiliation
from tasks.read.html.latexml import CLOSE, OPEN, normalize_text, without_shifts

# The part before the `@` has 64 characters at most by the standard; without a bound, a long word takes a long time.
EMAIL = re.compile(r"(?i)\(?(?:e-?mails?:?\s*)?(?:\{[^{}@]*\}|[\w.+-]{1,200}+)@[\w.-]+\.\w+\)?")

MARK_START, MARK_END = "\x01", "\x02"  # around a superscript mark
RAISED_FORMULA = re.compile(
    rf"{OPEN}(?:\{{\}})?\^\{{?([\w,*]{{1,9}})\}}?{CLOSE}"
)  # a superscript mark written as a formula
LABEL = re.compile(r"\d{1,2}|[a-z]")  # of an institution; other marks say something about the author


def affiliations_of(article: LexborNode) -> list[Affiliation]:
    """The institutions that the page marks as such, in order, each with its authors.

    Either LaTeXML marks them, or one element contains all authors and institutions, linked by superscript marks. The
    latter are used only if the marks match on both sides. Otherwise the result is empty: nothing is guessed.
    """
    authors_by_institution: dict[str, list[str]] = {}
    authors_element = article.css_first(".ltx_authors")
    creators = authors_element.css(".ltx_creator") if authors_element is not None else []
    for creator in creators:
        person = creator.css_first(".ltx_personname")
        name = normalize_text(person.text()).strip(" ,") if person is not None else ""
        for contact in creator.css(".ltx_role_affiliation, .ltx_role_institution, .ltx_role_institutetext"):
            institution = EMAIL.sub("", normalize_text(contact.text())).strip(" ,;.")
            if not institution or len(institution) > 300:
                continue
            authors = authors_by_institution.setdefault(institution, [])
            if name and len(name) <= 80 and name not in authors:
                authors.append(name)
    if (
        not authors_by_institution
        and len(creators) == 1
        and (person := creators[0].css_first(".ltx_personname")) is not None
    ):
        authors_by_institution = parse_marked_authors(_text_with_marks(person))
    return [Affiliation(name=name, authors=authors) for name, authors in authors_by_institution.items()]


def _text_with_marks(person: LexborNode) -> str:
    """The text of the element, with each superscript mark between MARK_START and MARK_END."""
    parts = []
    for node in person.traverse(include_text=True):
        if node.tag == "sup":
            parts.append(f"{MARK_START}{node.text()}{MARK_END}")
        elif node.tag == "-text" and not _is_raised(node, person):
            parts.append(node.text_content or "")
    text = without_shifts("".join(parts))
    return RAISED_FORMULA.sub(lambda formula: f"{MARK_START}{formula.group(1)}{MARK_END}", text)


def _is_raised(node: LexborNode, within: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.mem_id != within.mem_id:
        if parent.tag == "sup":
            return True
        parent = parent.parent
    return False


def parse_marked_authors(text: str) -> dict[str, list[str]]:
    """Parse institutions with their authors from "A. One¹ B. Two¹² (line) ¹North University ²South Lab".

    Returns {} when in doubt: an author's mark without an institution, an institution without an author, a mark that
    is used twice, or a text that cannot be a name.
    """
    end = text.rfind(MARK_END) + 1  # after it no mark is complete, so none is looked for
    *pieces, last = re.split(f"{MARK_START}([^{MARK_END}]*){MARK_END}", text[:end])
    first_text, *rest = [*pieces, last + text[end:]]
    texts, marks = [first_text, *rest[1::2]], rest[::2]
    institutions_start = next((n for n in range(1, len(marks)) if not texts[n].strip() or _starts_line(texts[n])), 0)
    institutions: dict[str, str] = {}
    for mark, after in zip(marks[institutions_start:], texts[institutions_start + 1 :], strict=True):
        label, name = mark.strip(), normalize_text(after.strip().split("\n")[0]).strip(" ,;.")
        if not LABEL.fullmatch(label):
            continue  # equal contribution, corresponding author
        if not institutions_start or label in institutions or not _is_name(name, words=20):
            return {}
        institutions[label] = name
    authors_by_institution: dict[str, list[str]] = {name: [] for name in institutions.values()}
    for name, mark in zip(texts[:institutions_start], marks[:institutions_start], strict=True):
        author, labels = normalize_text(name).strip(" ,;&"), LABEL.findall(mark)
        if author and (not _is_name(author, words=6) or "," in author or not set(labels) <= set(institutions)):
            return {}
        for label in labels if author else ():
            authors_by_institution[institutions[label]].append(author)
    return authors_by_institution if all(authors_by_institution.values()) else {}


def _starts_line(text: str) -> bool:
    """Whether the text ends with a line break, and its first line has at most a comma after the author's mark."""
    return "\n" in text and not text.rsplit("\n", 1)[1].strip() and not text.split("\n", 1)[0].strip(" ,")


def _is_name(text: str, words: int) -> bool:
    return (
        bool(re.search(r"[^\W\d_]{2}", text)) and "@" not in text and "http" not in text and len(text.split()) <= words
    )
