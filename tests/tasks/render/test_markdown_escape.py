"""Any text of a paper is shown unchanged in Markdown, and none of it becomes markup."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import html
from markdown_it import MarkdownIt

from papers.text import clean, clip, safe_url
from tasks.render.markdown_escape import cell, finalize, front_matter, inline, link

# The parsers that read the editions: ours, and one that passes HTML on; both with the tables of GFM.
PARSERS = {
    "ours": MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]),
    "html": MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]),
}
MARKUP = list("\\`*_{}[]()<>#+-.!|~&;:=$%^\"'@/ \t\n0123abcé漢שלם🐱\u202e\u200b\u200d\ud800")
PIECES = ["<script>", "](", "![", "&lt;", "&#38;", "**", "__", "~~", "{{<", "{%", "}}", "---", "1. ", "    ", "\\|"]
hostile = st.lists(st.sampled_from(MARKUP) | st.sampled_from(PIECES) | st.characters(), max_size=24).map("".join)


def _text(markup: str) -> str:
    tree = html.fragment_fromstring(markup, create_parent="div")
    return " ".join(str(tree.text_content()).split())


def _tags(markup: str) -> list[str]:
    return [str(e.tag) for e in html.fragment_fromstring(markup, create_parent="div").iterdescendants()]


def _comparable(text: str) -> str:
    """`text` without the noncharacter code points, which HTML parsers drop."""
    return "".join(c for c in text if ord(c) & 0xFFFE != 0xFFFE)


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize(
    ("frame", "tags"),
    [
        ("{}", ["p"]),
        ("**Label**: {}", ["p", "strong"]),
        ("## {}", ["h2"]),
        ("### 🏆 1. {}", ["h3"]),
        ("- {}", ["ul", "li"]),
        ("1. **x{}y**: z", ["ol", "li", "strong"]),
        ("> {}", ["blockquote", "p"]),
        ("*{} · z*", ["p", "em"]),
    ],
)
@given(text=hostile)
@example(text="# Title #")
@example(text="*a* _b_ `c` ~~d~~ <script>alert(1)</script> &lt; [x](javascript:alert(1))")
@example(text="trailing backslash \\")
@example(text="snake_case a * b $\\alpha_{i}^*$ C# AT&T ~5%")
def test_text_renders_as_itself_in_each_place_of_a_template(
    parser: str, frame: str, tags: list[str], text: str
) -> None:
    visible = clean(text)
    if not visible:
        return
    markup = PARSERS[parser].render(frame.format(inline(text)))
    words = re.sub(r"^[#>\-\s]+|\*\*|^1\. |^\*|\*$", "", frame)
    assert _comparable(_text(markup)) == _comparable(" ".join(words.format(visible).split()))
    assert _tags(markup) == tags


@pytest.mark.parametrize("parser", PARSERS)
@given(first=hostile, second=hostile)
@example(first="a|b", second="c\\|d")
@example(first="\\", second="|")
def test_cells_keep_their_columns_and_text(parser: str, first: str, second: str) -> None:
    table = f"| A | B |\n| --- | --- |\n| {cell(first)} | {cell(link(second, 'https://e.org/a|b'))} |\n"
    markup = PARSERS[parser].render(table)
    cells = html.fragment_fromstring(markup, create_parent="div").findall(".//td")
    assert [_comparable(" ".join(str(c.text_content()).split())) for c in cells] == [
        _comparable(clean(first)),
        _comparable(clean(second)),
    ]
    assert set(_tags(markup)) <= {"table", "thead", "tbody", "tr", "th", "td", "a"}


@pytest.mark.parametrize("parser", PARSERS)
@given(text=hostile.filter(lambda t: clean(t) != ""), path=hostile)
def test_links_keep_text_and_target(parser: str, text: str, path: str) -> None:
    url = f"https://example.org/{path}"
    markup = PARSERS[parser].render(f"- {link(text, url)} | {link('next', 'https://example.org')}")
    anchors = html.fragment_fromstring(markup, create_parent="div").findall(".//a")
    target = safe_url(url)
    if target is None:
        assert len(anchors) == 1
        return
    hrefs = [unquote(str(a.get("href"))) for a in anchors]
    assert hrefs == [unquote(target), "https://example.org"]
    assert _comparable(" ".join(str(anchors[0].text_content()).split())) == _comparable(clean(text))


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "//example.org/x", "ftp://example.org", "https://", "http://[x", ""],
)
def test_only_web_addresses_become_links(url: str) -> None:
    markup = PARSERS["html"].render(str(link("name", url)))
    assert "<a" not in markup
    assert url in markup.replace("&lt;", "<")


@given(url=hostile.map(lambda t: "https://e.org/" + t))
def test_addresses_have_no_character_that_ends_a_link_or_a_cell(url: str) -> None:
    target = safe_url(url)
    assert target is None or not set(target) & set(' ()<>|\\`*{}"\n')


@given(text=hostile)
def test_no_template_of_a_site_generator_is_left(text: str) -> None:
    assert "{{" not in inline(text)
    assert "{%" not in inline(text)


@pytest.mark.parametrize(
    "text",
    [
        "Attention is all you need (2.3× faster, +5.1%)",
        "snake_case and a * b < c & d > e",
        "Energy $E = mc^2$ and $\\alpha_i \\leq \\frac{1}{n}$",
        "~5% of $10 at 3 - 4 or #1?! R&D",
        "Stop!",
        "中文标题：“引号”与、标点（括号）",
    ],
)
def test_harmless_text_is_unchanged(text: str) -> None:
    assert inline(text) == text


@given(text=hostile)
def test_cleaning_leaves_one_line_without_hidden_marks(text: str) -> None:
    visible = clean(text)
    assert visible == clean(visible)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x1f\x7f-\x9f\ud800-\udfff\n]", visible)


@given(text=hostile, length=st.integers(min_value=2, max_value=30))
def test_clipping_keeps_the_length(text: str, length: int) -> None:
    assert len(clip(text, length)) <= length


@given(text=hostile)
@example(text="a: b # c")
@example(text="---")
@example(text="yes")
def test_front_matter_reads_back(text: str) -> None:
    block = str(front_matter(title=text, tags=[text, "x"], draft=False))
    opening, body, rest = re.split(r"^---\n", block, flags=re.MULTILINE)
    assert opening == rest == ""
    value = re.sub("<(?=[A-Za-z/!?])", "‹", clean(text))  # themes may print it unescaped
    assert yaml.safe_load(body) == {"title": value, "tags": [value, "x"], "draft": False}


def test_none_cannot_be_printed() -> None:
    with pytest.raises(TypeError, match="not there"):
        finalize(None)
