"""A paper with two analyses in one language, as concurrent runs of different models leave: all views print the same."""

from __future__ import annotations

import pytest

from flows.roundup import write_roundup
from papers.models import Analysis
from papers.store import Store
from tasks.publish.site_build import build_site
from tests import factories
from tests.plain import MemoryStore
from tests.tasks.publish.invented import PROFILE, layout, put_day

MODEL, EXTRACT = "A wheel that a model wrote about.", "A wheel in the paper's own words."


def analyses() -> list[Analysis]:
    by_model = {"model": "openai:one", "cache_key": "m", "contribution": MODEL, "contribution_short": MODEL}
    by_rule = {"model": "extractive", "cache_key": "x", "contribution": EXTRACT, "contribution_short": EXTRACT}
    return [factories.analysis(1, **by_model), factories.analysis(1, **by_rule)]


@pytest.mark.parametrize("order", [1, -1])
def test_editions_site_and_roundup_print_the_same_analysis(order: int) -> None:
    store: Store = MemoryStore()
    date = factories.DAY
    put_day(store, date, [factories.paper(1)], [factories.reading(1)], analyses()[::order], [factories.verdict(1)])
    build_site(store, layout(), full=True)
    write_roundup(store, PROFILE, f"{date:%Y-%m}")
    views = [
        f"editions/{date}/full-report.en.md",
        "site/en/papers/0000.00001.html",
        f"roundups/{date:%Y-%m}/roundup.en.md",
    ]
    for key in views:
        text = (store.get(key) or b"").decode()
        assert MODEL in text, key
        assert EXTRACT not in text, key
