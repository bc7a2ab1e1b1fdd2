"""The HTML page of an edition or a roundup in one self-contained file.

It has no script and loads nothing, so it opens the same way from a folder, an e-mail or a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from papers.edition_html import edition_html
from papers.models import Language

_HTML_LANG = {"zh": "zh-CN", "en": "en"}


def html_page(markdown: str, name: str, language: Language, charts: Mapping[str, str] | None = None) -> str:
    """The HTML page of `markdown`, with a table of contents under its title; see `edition_html`."""
    page = edition_html(markdown, name, language, charts)
    return _template().render(lang=_HTML_LANG[language], edition=name, page=page)


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
