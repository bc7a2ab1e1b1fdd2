"""The editions of a day: what the snapshots hold of it, as Markdown and as a page.

The same day gives the same bytes: no clock of the run and none of its totals is printed. How each edition is worded
and laid out stands in `templates/`, one file an edition and language.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from functools import cache, partial

from jinja2 import Environment, PackageLoader, StrictUndefined

from papers.analysis_choice import EXTRACTIVE
from papers.day import Day, Edition
from papers.models import EditionName, Language
from papers.profile import Profile
from papers.reasons import reason_in
from papers.text import clean, clip
from tasks.render.day_view import list_url, view_of
from tasks.render.html_page import page
from tasks.render.markdown_escape import cell, finalize, front_matter, image, link
from tasks.render.paper_entry import ARXIV_PAGE, CHINESE_BOUND


def render_day(day: Day, profile: Profile, languages: Iterable[Language] | None = None) -> list[Edition]:
    """The profile's editions of `day`, each in every one of `languages`, by default the profile's."""
    wanted = tuple(profile.languages if languages is None else languages)
    return [render_edition(day, name, language, profile) for name in profile.editions for language in wanted]


def render_edition(day: Day, name: EditionName, language: Language, profile: Profile) -> Edition:
    """One edition of `day` in `language`; analyses that exist in the other language alone are taken from there."""
    template = environment().get_template(f"{name}.{language}.md.j2")
    markdown = tidy(template.render(day=view_of(day, language, profile), profile=profile))
    html = page(markdown, name, language)
    return Edition(date=day.date, name=name, language=language, markdown=markdown, html=html)


@cache
def environment() -> Environment:
    """Templates of Markdown: all that they print is escaped as Markdown by `finalize`, unless made by `escape`."""
    env = Environment(
        loader=PackageLoader("tasks.render"),
        autoescape=True,  # with it, macros and blocks hand on Markup: what is escaped is not escaped again
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.globals.update(
        link=link,
        image=image,
        front_matter=front_matter,
        list_url=list_url,
        arxiv=_arxiv,
        utc=_utc,
        extractive=EXTRACTIVE,
        chinese_bound=CHINESE_BOUND,
    )
    env.filters.update(cell=cell, clip=clip, visible=_visible, chinese=partial(reason_in, language="zh"))
    return env


def _arxiv(arxiv_id: str | None) -> str | None:
    return f"{ARXIV_PAGE}/{arxiv_id}" if arxiv_id else None


def _visible(text: str | None) -> str:
    """`text` without what no reader sees; "" for none."""
    return clean(text or "")


def _utc(time: dt.datetime) -> str:
    """`time` in UTC, to the minute; one without a zone is UTC already."""
    aware = time if time.tzinfo else time.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def tidy(markdown: str) -> str:
    """`markdown` without the blanks that a template leaves."""
    lines = "\n".join(line.rstrip() for line in markdown.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip() + "\n"
