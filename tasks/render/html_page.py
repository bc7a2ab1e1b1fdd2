"""The page of an edition: HTML from its Markdown, in a file that stands by itself.

No script, nothing loaded from elsewhere: a page opens from a folder, a mail or a server alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import escape

from papers.models import Language

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
# Down to which heading the list of contents goes: to the papers, not to the five parts of each.
_CONTENTS_TO = {"full-report": 2, "ranked-digest": 3, "curated-post": 3, "roundup": 3}
_HTML_LANG = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True)
class Heading:
    """A heading as the list of contents shows it."""

    level: int
    anchor: str
    text: str


def page(markdown: str, name: str, language: Language, charts: Mapping[str, str] | None = None) -> str:
    """The HTML page of Markdown, with a list of its headings under its title.

    `name` is an edition's, or "roundup". `charts` are SVG files by the path that the Markdown gives for an image: they
    stand in the page itself, so that it is one file.
    """
    parser = _parser()
    env: dict[str, Any] = {"charts": charts or {}}
    tokens = parser.parse(_FRONT_MATTER.sub("", markdown), env)
    headings = _anchored(tokens)
    for token in _links(tokens):
        token.attrSet("rel", "noopener noreferrer")
    start = 1 + next((i for i, token in enumerate(tokens) if token.type == "heading_close"), -1)
    return _template().render(
        lang=_HTML_LANG[language],
        language=language,
        edition=name,
        title=next((h.text for h in headings if h.level == 1), ""),
        contents=[h for h in headings if 1 < h.level <= _CONTENTS_TO[name]],
        head=parser.renderer.render(tokens[:start], parser.options, env),
        body=parser.renderer.render(tokens[start:], parser.options, env),
    )


def _anchored(tokens: Sequence[Token]) -> list[Heading]:
    """The headings among `tokens`, each given an id that does not depend on its words."""
    headings: list[Heading] = []
    for token, content in pairwise(tokens):
        if token.type == "heading_open":
            anchor = f"h{len(headings)}"
            token.attrSet("id", anchor)
            text = "".join(child.content for child in content.children or [])
            headings.append(Heading(int(token.tag[1:]), anchor, text))
    return headings


def _links(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "link_open":
            yield token
        yield from _links(token.children or [])


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", _table_close)
    parser.add_render_rule("image", _image)
    return parser


def _table_open(*_: Any) -> str:
    return '<div class="table" tabindex="0">\n<table>\n'  # scrolls by itself on a narrow screen


def _table_close(*_: Any) -> str:
    return "</table>\n</div>\n"


def _image(self: Any, tokens: Sequence[Token], at: int, options: Any, env: dict[str, Any]) -> str:
    """A chart in its place; of any other image its text, since a page loads nothing from elsewhere."""
    chart = env.get("charts", {}).get(str(tokens[at].attrGet("src")))
    return str(chart) if chart is not None else str(escape(tokens[at].content))


@cache
def _template() -> Template:
    env = Environment(
        loader=PackageLoader("tasks.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return env.get_template("page.html.j2")
