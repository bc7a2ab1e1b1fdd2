"""Ten recorded days: the editions and the site say the same of every paper."""

from __future__ import annotations

import re

from papers.profile import load_profile
from tasks.publish.day_sheets import load_sheets
from tasks.publish.page_layout import PageLayout
from tasks.publish.site_build import build_site
from tests.plain import MemoryStore, recorded_days, run_without_prefect
from tests.shared import needs_shared

PROFILE = load_profile("default")


@needs_shared
def test_editions_and_site_agree_on_every_paper_of_ten_days() -> None:
    store, lists = MemoryStore(), recorded_days()
    short = sorted((len(listing.papers), date) for date, listing in lists.items() if listing.papers)[:10]
    dates = sorted(date for _, date in short)
    for date in dates:
        run_without_prefect(store, lists[date], PROFILE)
    build_site(store, PageLayout(PROFILE, "https://papers.example.org"), search=False)
    for date in dates:
        day = load_sheets(store, date, PROFILE)
        assert day is not None
        post = (store.get(f"editions/{date}/curated-post.en.md") or b"").decode()
        picks = re.findall(r"^- \*\*Links\*\*: \[arXiv:([\d.]+)\]", post, re.MULTILINE)
        assert picks == [p.id for p in day.summary().picks]
        page = (store.get(f"site/en/days/{date}/index.html") or b"").decode()
        on_page = re.findall(r"/en/papers/([\d.]+)\.html", page)
        assert list(dict.fromkeys(on_page))[: len(picks)] == picks
        digest = (store.get(f"editions/{date}/ranked-digest.en.md") or b"").decode()
        for paper in day.summary().papers:
            assert f"/abs/{paper.id})" in post
            assert f"/abs/{paper.id})" in digest
            assert paper.id in on_page
            assert store.exists(f"site/en/papers/{paper.id}.html")
