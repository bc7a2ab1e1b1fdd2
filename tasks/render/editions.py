"""The editions of a day: the content of its snapshots as Markdown and as an HTML page.

The same day gives the same bytes, because neither times nor totals of the run are printed. Wording and layout are in
`templates/`, one file per edition and language.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from papers.analysis_choice import EXTRACTIVE
from papers.day import Day, Edition
from papers.day_view import view_of
from papers.keyword_glossary import keyword_in
from papers.models import EditionName, Language, Reason
from papers.paper_entry import MIN_CHINESE_SHARE
from papers.paper_urls import arxiv_page, list_page
from papers.profile import Profile
from papers.reasons import reason_text
from papers.text import clean, clip, format_utc
from tasks.render.html_page import html_page
from tasks.render.markdown_escape import cell, finalize, front_matter, image, link

VERSION = 1  # of what templates are given: raise it when the same day and templates give another edition


def render_day(day: Day, profile: Profile, languages: Iterable[Language] | None = None) -> list[Edition]:
    """The profile's editions of `day`, each in all `languages` (default: the profile's)."""
    all_languages = tuple(profile.languages if languages is None else languages)
    return [render_edition(day, name, language, profile) for name in profile.editions for language in all_languages]


def render_edition(day: Day, name: EditionName, language: Language, profile: Profile) -> Edition:
    """One edition of `day` in `language`; an analysis that exists only in the other language is used as it is."""
    template = environment().get_template(f"{name}.{language}.md.j2")
    markdown = tidy(template.render(day=view_of(day, language, profile), profile=profile))
    html = html_page(markdown, name, language)
    return Edition(date=day.date, name=name, language=language, markdown=markdown, html=html)


@cache
def templates_hash() -> str:
    """A hash of all that an edition depends on besides the day and the profile: the version and the templates."""
    folder = files("tasks.render") / "templates"
    contents = [(file.name, file.read_bytes()) for file in folder.iterdir() if file.is_file()]
    return hashlib.sha256(repr((VERSION, sorted(contents))).encode()).hexdigest()[:32]


@cache
def environment() -> Environment:
    """The environment of the Markdown templates: `finalize` escapes all that they print but `Markdown` objects."""
    env = Environment(
        loader=PackageLoader("tasks.render"),
        autoescape=True,  # macros and blocks then return Markup, so that nothing is escaped twice
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        link=link,
        image=image,
        front_matter=front_matter,
        list_url=list_page,
        arxiv=_arxiv_url,
        utc=format_utc,
        extractive=EXTRACTIVE,
        chinese_bound=MIN_CHINESE_SHARE,
    )
    env.filters.update(cell=cell, clip=clip, visible=_visible_text, reason=_reason_text, keyword=keyword_in)
    return env


def _arxiv_url(arxiv_id: str | None) -> str | None:
    return arxiv_page(arxiv_id) if arxiv_id else None


def _visible_text(text: str | None) -> str:
    """`text` without invisible characters; "" for None."""
    return clean(text or "")


def _reason_text(reason: Reason | None, language: Language) -> str:
    """The reason without invisible characters; "" for None."""
    return clean(reason_text(reason, language))


def tidy(markdown: str) -> str:
    """`markdown` without the trailing spaces and repeated empty lines that templates leave."""
    lines = "\n".join(line.rstrip() for line in markdown.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
