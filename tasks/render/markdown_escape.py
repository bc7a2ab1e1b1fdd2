r"""Escaping of papers' text for Markdown: no title can become a table, a tag, a link or a template.

Only characters that would be markup in their position are escaped, so that the source stays readable: `_` inside a
word, `<` before a space and the LaTeX of `$\alpha_i$` stay as they are. Besides CommonMark and the tables of GFM, this
covers what Hugo, Jekyll and Astro interpret in a post: shortcodes, Liquid tags, strikethrough. HTML is made in
`html_page.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import yaml
from markupsafe import Markup

from papers.text import clean, safe_url

_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

_ENTITY = re.compile(r"(#?\w+)(?:;|$)")  # or at the end: a semicolon may follow in the template
_LEADING = re.compile(
    r"""\#{1,6}(?=\s|$)        # heading
      | [-+](?=\s|$|-|=)       # list item, rule, underline of a heading
      | [=>|]                  # underline of a heading, quotation, table row
      | :(?=\s|$|-)            # definition
    """,
    re.VERBOSE,
)
# Words in brackets that are no link, reference, footnote or checkbox, whatever a template prints after the text.
_PLAIN_BRACKETS = re.compile(r"\[(?!\^)[^\[\]\s][^\[\]]{1,80}\](?=[\s,.;)][^(\[:])")
_LEADING_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_UNDERSCORES = re.compile(r"_+")
_CLOSING_HASHES = re.compile(r"(^|\s)(#+)$")


def _is_entity(text: str, start: int) -> bool:
    name = _ENTITY.match(text, start)
    return name is not None and (name[1].startswith("#") or f"{name[1]};" in html5)


# Whether the character between `before` and `after` ("" at the start or the end of the line) is markup; the last
# arguments are the line and the position after the character.
_Rule = Callable[[str, str, str, int], bool]
_RULES: dict[str, _Rule] = {
    "\\": lambda before, after, text, end: not after or after in _ASCII_PUNCTUATION,
    "`": lambda before, after, text, end: True,
    "[": lambda before, after, text, end: not _PLAIN_BRACKETS.match(text, end - 1),
    "*": lambda before, after, text, end: not before == after == " ",
    "<": lambda before, after, text, end: not after or after in "/!?" or after.isalpha(),
    "&": lambda before, after, text, end: _is_entity(text, end),
    "~": lambda before, after, text, end: after == "~" or before not in ("", " "),
    "{": lambda before, after, text, end: before == "{",  # Liquid's {{, Hugo's {{< and {{%
    "%": lambda before, after, text, end: before == "{",  # Liquid's {%
}
_RULED = re.compile(f"[{re.escape(''.join(_RULES))}]")


class Markdown(Markup):
    """Text that is already Markdown: templates print it unchanged, so all of its parts must be escaped."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe dumper without anchors, which Jekyll rejects."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def inline(text: str) -> Markdown:
    """`text` as Markdown that renders as this text, also at the start of a line, in a heading and in bold."""
    return Markdown(_escape(clean(text)))


def cell(text: Any) -> Markdown:
    """`text`, or Markdown from these functions, for a table cell: pipes in it do not separate columns."""
    markdown = text if isinstance(text, Markup) else inline(str(text))
    return Markdown(str(markdown).replace("|", r"\|"))


def link(text: str, url: str | None) -> Markdown:
    """`[text](url)`; only the text if there is no url; text and url as plain text if the url is not http(s)."""
    if not url:
        return inline(text)
    target = safe_url(url)
    if target is None:
        return inline(f"{text} ({url})")
    label = _escape(clean(text)).replace("]", r"\]")
    return Markdown(f"[{label}]({target})")


def image(text: str, path: str) -> Markdown:
    """`![text](path)` for a file next to the page; `path` must come from this program."""
    label = _escape(clean(text)).replace("]", r"\]")
    return Markdown(f"![{label}]({quote(path)})")


def front_matter(**fields: Any) -> Markdown:
    """The front matter of a post: YAML that Astro, Hugo and Jekyll read, quoted where necessary."""
    values = {key: _clean_strings(value) for key, value in fields.items()}
    block = yaml.dump(values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=10**9)
    return Markdown(f"---\n{block}---\n")


def finalize(value: Any) -> Markup:
    """What a template prints: Markdown from this module unchanged, everything else escaped.

    Raises TypeError for None: templates must say what to print for a missing value.
    """
    if value is None:
        raise TypeError("a template prints a value that is not there")
    return value if isinstance(value, Markup) else inline(str(value))


_TAG_OPENING = re.compile(r"<(?=[A-Za-z/!?])")  # many themes print the front matter's values unescaped


def _clean_strings(value: Any) -> Any:
    if isinstance(value, str):
        return _TAG_OPENING.sub("‹", clean(value))
    return [_clean_strings(item) for item in value] if isinstance(value, list) else value


def _escape(text: str) -> str:
    """The line `text` with a backslash before each character that would be markup in its position."""
    positions = {
        i
        for i in (match.start() for match in _RULED.finditer(text))
        if _RULES[text[i]](text[i - 1 : i], text[i + 1 : i + 2], text, i + 1)
    }
    for run in _UNDERSCORES.finditer(text):
        if not text[run.start() - 1 : run.start()].isalnum():  # after a letter they open no emphasis
            positions.update(range(*run.span()))
    if _LEADING.match(text):
        positions.add(0)
    elif number := _LEADING_NUMBER.match(text):
        positions.add(number.start(2))
    if closing := _CLOSING_HASHES.search(text):
        positions.add(closing.start(2))
    edges = sorted(positions | {0, len(text)})
    return "".join(f"\\{text[a:b]}" if a in positions else text[a:b] for a, b in pairwise(edges))
