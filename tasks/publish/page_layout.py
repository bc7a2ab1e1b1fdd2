"""What all pages share: templates, wording, style sheet, and the policy that blocks all other hosts."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import tomllib
from collections.abc import Sequence
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from papers.formulas import with_formulas
from papers.models import EDITIONS, EditionName, Language
from papers.profile import Profile
from papers.text import clean, clip, format_utc

BASE = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
POLICY = BASE
# The modules of `papers` that make texts, links and charts of the pages
PARTS_OF_PAGES = (
    *("analysis_choice.py", "charts.py", "formulas.py", "keyword_glossary.py", "paper_entry.py", "paper_urls.py"),
    *("plain_latex.py", "reasons/printing.py", "reasons/templates.py", "text.py", "topics.py", "work_names.py"),
    *(f"numbers/{name}.py" for name in ("non_quantities", "normalization", "numerals", "parser", "units")),
)
# A worker with WebAssembly reads the index; only from this site.
SEARCH_POLICY = f"{BASE}; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'"

_LATEX = re.compile(r"\$([^$\s](?:[^$\n]*[^$\s])?)\$(?!\d)")


def asset(name: str) -> bytes:
    """A file of `assets/`."""
    return (files("tasks.publish") / "assets" / name).read_bytes()


@cache
def asset_name(name: str) -> str:
    """The name of an asset with a hash of its content, such as `site-1f2e3d4c.css`: browsers may cache it forever."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}-{hashlib.sha256(asset(name)).hexdigest()[:8]}.{suffix}"


@cache
def words(language: Language) -> dict[str, Any]:
    """The wording of the site in `language`."""
    return tomllib.loads((files("tasks.publish") / "templates" / f"words.{language}.toml").read_text("utf-8"))


def file_name(arxiv_id: str) -> str:
    """An arXiv id as a file name: old ids have a slash."""
    return re.sub(r"[^0-9A-Za-z.-]", "_", arxiv_id)


def slug(name: str) -> str:
    """A folder name for a direction; two directions never share one."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    lossless = plain not in EDITIONS and re.fullmatch(r"[a-z0-9]+(?: [a-z0-9]+)*", name.casefold()) is not None
    return plain if lossless and plain else f"{plain or 'd'}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


class PageLayout:
    """Renders pages for one profile; the same input gives the same bytes."""

    def __init__(self, profile: Profile, site_url: str) -> None:
        self.profile, self.site_url = profile, site_url.rstrip("/")
        self.languages: tuple[Language, ...] = profile.languages
        self.editions: tuple[EditionName, ...] = tuple(n for n in EDITIONS if n in profile.editions)

    @cached_property
    def version(self) -> str:
        """A hash of the code that makes pages and of all settings that they show."""
        digest = hashlib.sha256(self.profile.model_dump_json().encode() + self.site_url.encode())
        for folder in ("", "templates", "assets"):
            for path in sorted((files("tasks.publish") / folder).iterdir(), key=lambda p: p.name):
                if path.is_file() and path.name.rpartition(".")[2] in ("py", "j2", "toml", "css", "js", "svg"):
                    digest.update(path.name.encode() + path.read_bytes())
        for name in PARTS_OF_PAGES:
            digest.update((files("papers") / name).read_bytes())
        return digest.hexdigest()[:16]

    def name(self, language: Language) -> str:
        """The title of the site."""
        return self.profile.title_zh if language == "zh" else self.profile.title_en

    def page(self, template: str, language: Language, path: str, *, at_root: bool = False, **facts: Any) -> bytes:
        """The page at `path` in the folder of the language; with `at_root` its copy as the start page of the site."""
        root = "" if at_root else "../" * (path.count("/") + 1)
        context: dict[str, Any] = {
            "title": None,
            "description": None,
            "section": None,
            "policy": POLICY,
            "t": words(language),
            "words": {code: words(code) for code in self.languages},
            "language": language,
            "languages": self.languages,
            "editions": self.editions,
            "site_name": self.name(language),
            "profile": self.profile,
            "root": root,
            "home": f"{root}{language}/",
            "here": path,
            "css": asset_name("site.css"),
            "icon": asset_name("icon.svg"),
        }
        html: str = environment().get_template(template).render(context | facts)
        return html.encode()

    def article(self, language: Language, **facts: Any) -> str:
        """Only the analysis of a paper, as HTML."""
        html: str = environment().get_template("article.html.j2").render(t=words(language), **facts)
        return html


@cache
def environment() -> Environment:
    """The environment of the HTML templates: all that they print is escaped but `Markup` objects."""
    env = Environment(
        loader=PackageLoader("tasks.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        clip=clip,
        file=file_name,
        formulas=_formulas_to_html,
        long=_long_date,
        month=_month_name,
        plain=_plain_title,
        slug=slug,
        utc=format_utc,
    )
    return env


@cache
def plain_environment() -> Environment:
    """The environment of the text templates of messages, where nothing is escaped."""
    env = Environment(  # noqa: S701 - text, not HTML
        loader=PackageLoader("tasks.publish"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    env.filters.update(clip=clip, file=file_name)
    return env


def _formulas_to_html(text: Any) -> Any:
    return with_formulas(clean(str(text or "")))


def _plain_title(text: Any) -> str:
    """`text` for the title of a page: one line without markup, formulas without dollar signs."""
    return _LATEX.sub(r"\1", clean(str(text)))


def _long_date(date: dt.date, t: dict[str, Any], language: Language) -> str:
    """A date as headings show it."""
    months: Sequence[str] = t["day"]["months"]
    if language == "zh":
        return f"{date.year} 年 {months[date.month - 1]} {date.day} 日"
    return f"{date.day} {months[date.month - 1]} {date.year}"


def _month_name(date: dt.date, t: dict[str, Any], language: Language) -> str:
    months: Sequence[str] = t["day"]["months"]
    return f"{date.year} 年 {months[date.month - 1]}" if language == "zh" else f"{months[date.month - 1]} {date.year}"
