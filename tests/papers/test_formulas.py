r"""Formulas: what is a formula, what is money, and what must not get through the converter."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from papers.formulas import formulas_in_html, with_formulas


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
def test_the_output_is_only_mathml(latex: str) -> None:
    tree = LexborHTMLParser(str(with_formulas(f"${latex}$")))
    assert not tree.css("script, img, a, iframe, style")
    attributes = {name for node in tree.css("body *") for name in node.attributes}
    assert not [n for n in attributes if n.startswith("on") or n in ("href", "style", "class", "src")]


@given(st.text(alphabet=st.sampled_from(list("$\\{}()[]<>&\"'=/ax1 ^_%#;\nαé中")), max_size=60))
def test_any_text_gives_safe_html(text: str) -> None:
    tree = LexborHTMLParser(f"<main>{with_formulas(text)}</main>")
    allowed = {"main", "math"}
    other_tags = [
        n.tag for n in tree.css("main *") if n.tag not in allowed and not re.fullmatch(r"m[a-z]+|none", n.tag or "")
    ]
    assert not other_tags
    assert len(tree.css("main")) == 1


def test_html_of_an_edition_keeps_its_tags_code_and_drawings() -> None:
    html = '<p><a href="https://x/$a$">$x$ &lt;b&gt;</a> <code>$y$</code><svg><text>$z$</text></svg></p>'
    converted = formulas_in_html(html)
    assert converted.count("<math") == 1
    assert 'href="https://x/$a$"' in converted
    assert "&lt;b&gt;</a> <code>$y$</code><svg><text>$z$</text></svg>" in converted
