r"""Formulas: what is one, what is money, and what the converter must not let through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from tasks.publish.formulas import formulas_in_html, with_formulas


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        ("a $\\alpha_i$ b", 1),
        ("$x<y$ and \\(a^2\\) and $$\\frac{1}{2}$$ and \\[z\\]", 4),
        ("it costs $5 and $10 more", 0),
        ("from $5-$10, US$3", 0),
        ("$ a $ and \\$x\\$", 0),
        ("$\\undefined{x}$", 0),
        ("$\\frac{1}$", 0),
        ("no formula", 0),
    ],
)
def test_what_is_a_formula(text: str, formulas: int) -> None:
    html = str(with_formulas(text))
    assert html.count("<math") == formulas
    if not formulas:
        assert LexborHTMLParser(html).text() == text


@pytest.mark.parametrize(
    "latex",
    [
        "\\text{<script>alert(1)</script>}",
        "\\text{</math><img src=x onerror=alert(1)>}",
        "\\href{javascript:alert(1)}{x}",
        "\\style{position:fixed}{x}",
        "\\class{x}{y}",
        "\\color{red}{x}",
        "\\text{&lt;script&gt;}",
    ],
)
def test_nothing_but_mathml_comes_out(latex: str) -> None:
    tree = LexborHTMLParser(str(with_formulas(f"${latex}$")))
    assert not tree.css("script, img, a, iframe, style")
    attributes = {name for node in tree.css("body *") for name in node.attributes}
    assert not [n for n in attributes if n.startswith("on") or n in ("href", "style", "class", "src")]


@given(st.text(alphabet=st.sampled_from(list("$\\{}()[]<>&\"'=/ax1 ^_%#;\nαé中")), max_size=60))
def test_any_text_gives_safe_html_that_says_the_same(text: str) -> None:
    tree = LexborHTMLParser(f"<main>{with_formulas(text)}</main>")
    known = {"main", "math"}
    outside = [
        n.tag for n in tree.css("main *") if n.tag not in known and not re.fullmatch(r"m[a-z]+|none", n.tag or "")
    ]
    assert not outside
    assert len(tree.css("main")) == 1


def test_html_of_an_edition_keeps_its_tags_code_and_drawings() -> None:
    html = '<p><a href="https://x/$a$">$x$ &lt;b&gt;</a> <code>$y$</code><svg><text>$z$</text></svg></p>'
    made = formulas_in_html(html)
    assert made.count("<math") == 1
    assert 'href="https://x/$a$"' in made
    assert "&lt;b&gt;</a> <code>$y$</code><svg><text>$z$</text></svg>" in made
