"""The HTML of an edition or a roundup, from its Markdown: its parts for the page of the edition and that of the site.

It has no script and loads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline import escape as parse_escape
from markdown_it.token import Token
from markupsafe import Markup, escape

from papers.formulas import formulas_in_html, with_formulas
from papers.models import Language

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_ESCAPES = re.compile(r"(?:\\[!-/:-@\[-`{-~])+")  # characters of ASCII punctuation, each after a backslash
# The deepest heading level in the table of contents: the papers, not the five parts of each.
_CONTENTS_DEPTH = {"full-report": 2, "ranked-digest": 3, "curated-post": 3, "roundup": 3}
_ALIGN = "text-align:"  # the style of a cell; a class here, since the site's pages allow no style


@dataclass(frozen=True)
class Heading:
    """A heading in the table of contents."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class EditionHtml:
    """The parts of a page."""

    title: str
    head: Markup  # the first heading
    contents: list[Heading]
    body: Markup  # all that follows
    language: Language

    @property
    def contents_html(self) -> Markup:
        """The table of contents; empty if it has one entry or none."""
        if len(self.contents) < 2:
            return Markup()
        entry = Markup('<li class="l{}"><a href="#{}">{}</a></li>\n')
        entries = Markup().join(entry.format(h.level, h.anchor, with_formulas(h.text)) for h in self.contents)
        summary = "目录" if self.language == "zh" else "Contents"
        page = Markup('<details class="contents">\n<summary>{}</summary>\n<ul>\n{}</ul>\n</details>\n')
        return page.format(summary, entries)

    @property
    def article(self) -> Markup:
        """Heading and body, without the table of contents."""
        return self.head + self.body

    @property
    def whole(self) -> Markup:
        """Heading, table of contents and body."""
        return self.head + self.contents_html + self.body


def edition_html(markdown: str, name: str, language: Language, charts: Mapping[str, str] | None = None) -> EditionHtml:
    """The parts of the page of `markdown`.

    `name` is the name of an edition, or "roundup". `charts` are SVG texts by the image path in the Markdown; they
    are embedded, so that the page is one file.
    """
    parser = _parser()
    env: dict[str, Any] = {"charts": charts or {}}
    tokens = parser.parse(_FRONT_MATTER.sub("", markdown), env)
    headings = _add_anchors(tokens)
    for token in _link_tokens(tokens):
        token.attrSet("rel", "noopener noreferrer")
    for token in tokens:
        if token.type in ("th_open", "td_open") and (align := str(token.attrGet("style") or "").removeprefix(_ALIGN)):
            token.attrs = {"class": align}
    start = 1 + next((i for i, token in enumerate(tokens) if token.type == "heading_close"), -1)

    def html_of(part: Sequence[Token]) -> Markup:
        html = formulas_in_html(parser.renderer.render(part, parser.options, env))
        return Markup(html)  # noqa: S704 - of the parser, which passes no HTML on

    return EditionHtml(
        title=next((h.text for h in headings if h.level == 1), ""),
        head=html_of(tokens[:start]),
        contents=[h for h in headings if 1 < h.level <= _CONTENTS_DEPTH[name]],
        body=html_of(tokens[start:]),
        language=language,
    )


def _add_anchors(tokens: Sequence[Token]) -> list[Heading]:
    """Give each heading among `tokens` an id that does not depend on its text; returns the headings."""
    headings: list[Heading] = []
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            anchor = f"h{len(headings)}"
            token.attrSet("id", anchor)
            text = "".join(child.content for child in content.children or [])
            headings.append(Heading(int(token.tag[1:]), anchor, text))
    return headings


def _link_tokens(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "link_open":
            yield token
        yield from _link_tokens(token.children or [])


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.inline.ruler.at("escape", _parse_escapes)
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    parser.add_render_rule("image", _image)
    return parser


def _parse_escapes(state: StateInline, silent: bool) -> bool:
    """A run of escaped characters as one token: one for each of thousands takes long, and they are joined later."""
    match = None if silent else _ESCAPES.match(state.src, state.pos, state.posMax)
    if match is None:
        return parse_escape(state, silent)
    token = state.push("text_special", "", 0)
    token.content, token.markup, token.info = match[0][1::2], match[0], "escape"
    state.pos = match.end()
    return True


def _table_open(*_: Any) -> str:
    return '<div class="table" tabindex="0">\n<table>\n'  # scrolls separately on a narrow screen


def _table_close(*_: Any) -> str:
    return "</table>\n</div>\n"


def _image(self: Any, tokens: Sequence[Token], index: int, options: Any, env: dict[str, Any]) -> str:
    """The chart itself; for any other image only its text, since a page loads nothing."""
    chart = env.get("charts", {}).get(str(tokens[index].attrGet("src")))
    return str(chart) if chart is not None else str(escape(tokens[index].content))
