"""Text that attacks stays text in every edition."""

from __future__ import annotations

import json
import re

import pytest
from lxml import html

from papers.day import Day
from papers.models import EDITIONS, EditionName, Language
from papers.profile import Profile
from papers.reasons import make_reason
from tasks.render.editions import render_edition
from tests.tasks.render.conftest import HOSTILE

EVERY: list[tuple[EditionName, Language]] = [(name, language) for name in EDITIONS for language in ("zh", "en")]
HOSTILE_JSON = json.dumps(HOSTILE, ensure_ascii=False)[1:-1]

REASON = make_reason("other-paper", share=HOSTILE, title=HOSTILE)


@pytest.mark.parametrize("field", ["title", "abstract", "organization", "github_url", "project_url"])
@pytest.mark.parametrize(("name", "language"), EVERY)
def test_hostile_listings_stay_text(
    day: Day, profile: Profile, name: EditionName, language: Language, field: str
) -> None:
    papers = [p.model_copy(update={field: HOSTILE, "authors": [HOSTILE] * 5}) for p in day.papers]
    _assert_harmless(day.model_copy(update={"papers": papers}), profile, name, language)


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_hostile_analyses_stay_text(day: Day, profile: Profile, name: EditionName, language: Language) -> None:
    def hostile(value: object) -> object:
        if isinstance(value, str):
            return HOSTILE
        if isinstance(value, list):
            return [hostile(item) for item in value]
        if isinstance(value, dict):
            return {k: hostile(v) for k, v in value.items()}
        return value

    unchanged = ("arxiv_id", "language", "state", "evidence", "directions")
    analyses = [
        type(a).model_validate({k: v if k in unchanged else hostile(v) for k, v in a.model_dump().items()})
        for a in day.analyses
    ]
    readings = [
        r.model_copy(
            update={
                "url": HOSTILE,
                "reason": REASON,
                "version": HOSTILE,
                "attempts": [a.model_copy(update={"reason": REASON}) for a in r.attempts],
            }
        )
        for r in day.readings
    ]
    changed = day.model_copy(update={"analyses": analyses, "readings": readings})
    _assert_harmless(changed, profile, name, language)


def _assert_harmless(day: Day, profile: Profile, name: EditionName, language: Language) -> None:
    plain = render_edition(_plain(day), name, language, profile)
    edition = render_edition(day, name, language, profile)
    assert plain.html.count("plain words") > edition.html.count("plain words")
    assert "\u202e" not in edition.markdown
    assert "{{" not in edition.markdown.split("\n---\n", 1)[-1]
    page, expected = (html.document_fromstring(e.html) for e in (edition, plain))
    assert not page.xpath("//script | //img | //iframe | //*[@onerror] | //main//style")
    for tag in ("h1", "h2", "h3", "table", "tr", "td", "li", "hr"):
        assert len(page.findall(f".//{tag}")) == len(expected.findall(f".//{tag}")), tag
    assert all(re.match("https?://|#h", href) for href in page.xpath("//a/@href"))


def _plain(day: Day) -> Day:
    """`day` with harmless words in place of HOSTILE."""
    return Day.model_validate_json(day.model_dump_json().replace(HOSTILE_JSON, "plain words"))
