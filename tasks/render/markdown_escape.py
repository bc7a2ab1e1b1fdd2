r"""Text of papers made safe for Markdown: what keeps a title from being a table, a tag, a link or a template.

Only what would be read as markup where it stands is escaped, so that the source stays readable: `_` inside a word, `<`
before a space and the LaTeX of `$\alpha_i$` stay as they are. Beyond CommonMark and GFM's tables, what Hugo, Jekyll
and Astro read in a post is disarmed too: shortcodes, Liquid tags, strike-through. HTML is not made here (`page.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html.entities import html5
from typing import Any
from urllib.parse import quote

import yaml
from markupsafe import Markup

from papers.text import address, clean

_ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")

_ENTITY = re.compile(r"(#?\w+)(?:;|$)")  # at the end, since a semicolon may follow in the template
_LEADING = re.compile(
    r"""\#{1,6}(?=\s|$)        # heading
      | [-+](?=\s|$|-|=)       # list item, rule, underline of a heading
      | [=>|]                  # underline of a heading, quotation, table row
      | :(?=\s|$|-)            # definition
    """,
    re.VERBOSE,
)
_LEADING_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_CLOSING_HASHES = re.compile(r"(^|\s)(#+)$")


def _is_entity(after: str) -> bool:
    name = _ENTITY.match(after)
    return name is not None and (name[1].startswith("#") or f"{name[1]};" in html5)


# Whether the character is markup after `before` and in front of `after` (each what stands on that side, "" at an edge).
_Rule = Callable[[str, str], bool]
_RULES: dict[str, _Rule] = {
    "\\": lambda before, after: after[:1] in _ASCII_PUNCTUATION or not after,
    "`": lambda before, after: True,
    "[": lambda before, after: True,
    "*": lambda before, after: not (before.endswith(" ") and after.startswith(" ")),
    "_": lambda before, after: not before.rstrip("_")[-1:].isalnum(),  # after a letter it opens no emphasis
    "<": lambda before, after: not after or after[0] in "/!?" or after[0].isalpha(),
    "&": lambda before, after: _is_entity(after),
    "~": lambda before, after: after.startswith("~") or (before != "" and not before.endswith(" ")),
    "{": lambda before, after: before.endswith("{"),  # Liquid's {{, Hugo's {{< and {{%
    "%": lambda before, after: before.endswith("{"),  # Liquid's {%
}


class Markdown(Markup):
    """Text that is Markdown already: templates print it as it is. What it is made of must have been escaped."""


class _Dumper(yaml.SafeDumper):
    """PyYAML's safe writer without anchors: Jekyll refuses them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def inline(text: str) -> Markdown:
    """`text` as Markdown that renders as itself, at the start of a line, in a heading or within bold."""
    return Markdown(_escaped(clean(text)))


def cell(text: Any) -> Markdown:
    """`text`, or Markdown made by these functions, for a cell of a table: no pipe in it parts columns."""
    markdown = text if isinstance(text, Markup) else inline(str(text))
    return Markdown(str(markdown).replace("|", r"\|"))


def link(text: str, url: str | None) -> Markdown:
    """`[text](url)`; the text alone without a url, and text and url as text when it is no http(s) address."""
    if not url:
        return inline(text)
    target = address(url)
    if target is None:
        return inline(f"{text} ({url})")
    label = _escaped(clean(text)).replace("]", r"\]")
    return Markdown(f"[{label}]({target})")


def image(text: str, path: str) -> Markdown:
    """`![text](path)` of a file beside the page; `path` is one that this program made."""
    label = _escaped(clean(text)).replace("]", r"\]")
    return Markdown(f"![{label}]({quote(path)})")


def front_matter(**fields: Any) -> Markdown:
    """Front matter of a post: YAML that Astro, Hugo and Jekyll read, quoted where it must be."""
    values = {key: _plain(value) for key, value in fields.items()}
    dumped = yaml.dump(
        values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=10**9
    )
    return Markdown(f"---\n{dumped}---\n")


def finalize(value: Any) -> Markup:
    """What a template prints: Markdown made here as it is, all else escaped.

    Raises TypeError for None: a template names what is printed for a value that the day does not hold.
    """
    if value is None:
        raise TypeError("a template prints a value that is not there")
    return value if isinstance(value, Markup) else inline(str(value))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _escaped(text: str) -> str:
    """`text`, of one line, with a backslash before each character that would be markup where it stands."""
    marked = {i for i, char in enumerate(text) if char in _RULES and _RULES[char](text[:i], text[i + 1 :])}
    if _LEADING.match(text):
        marked.add(0)
    elif number := _LEADING_NUMBER.match(text):
        marked.add(number.start(2))
    if closing := _CLOSING_HASHES.search(text):
        marked.add(closing.start(2))
    return "".join("\\" + char if i in marked else char for i, char in enumerate(text))
