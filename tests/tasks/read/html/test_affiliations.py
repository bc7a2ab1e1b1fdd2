"""Institutions and authors linked by superscript marks."""

from __future__ import annotations

import pytest

from tasks.read.html.affiliations import MARK_END, MARK_START, parse_marked_authors
from tasks.read.html.page import extract_html
from tests.tasks.read.builders import math, page, para


def with_marks(text: str) -> str:
    """The text with <1> replaced by a superscript 1."""
    return text.replace("<", MARK_START).replace(">", MARK_END)


def test_matching_marks_link_authors_to_institutions() -> None:
    text = "A. One<1> B. Two<1,2,*>, and C. Three<2>\n<1> North University <2> South Lab\n<*> Equal work"
    assert parse_marked_authors(with_marks(text.replace(", and", ","))) == {
        "North University": ["A. One", "B. Two"],
        "South Lab": ["B. Two", "C. Three"],
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A. One, B. Two",
        "A. One<1> B. Two<3>\n<1>North <2>South",
        "A. One<1>\n<1>North <2>South",
        "A. One<1> B. Two<2>\n<1>North <1>South",
        "A. One, B. Two<1>\n<1>North",
        "A. One<1>\n<1>one@north.edu",
        "A. One<*> B. Two<†>",
        "We show that many words stand where a name is due<1>\n<1>North",
    ],
)
def test_in_doubt_there_are_no_affiliations(text: str) -> None:
    assert parse_marked_authors(with_marks(text)) == {}


@pytest.mark.parametrize(
    "mark", ["<sup class='ltx_sup'><span>{}</span></sup>", math("{{}}^{{{}}}")], ids=["sup", "formula"]
)
def test_the_marks_of_a_page_are_read(mark: str) -> None:
    one, two = mark.format(1), mark.format(2)
    person = f"A. One{one} B. Two{two}<br class='ltx_break'/>{one} North University {two} South Lab<br/>{{a,b}}@x.edu"
    authors = f'<span class="ltx_creator ltx_role_author"><span class="ltx_personname">{person}</span></span>'
    affiliations = extract_html(page(para("Text."), authors=authors)).affiliations
    assert [(a.name, a.authors) for a in affiliations] == [("North University", ["A. One"]), ("South Lab", ["B. Two"])]
