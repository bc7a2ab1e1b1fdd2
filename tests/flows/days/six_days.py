"""Six invented days with repeats, an update, two titles for one abstract, and keywords; and stores of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from papers.models import Listing, Verdict
from papers.profile import Profile, load_profile
from papers.store import Store
from papers.tables.registry import DATASETS
from papers.tables.snapshots import read_snapshot
from tests.factories import listed_paper, listing
from tests.plain import MemoryStore, run_without_prefect

DEFAULT = load_profile("default")
# One edition in one language, for tests that do not depend on how many there are.
BRIEF = DEFAULT.model_copy(update={"editions": ("curated-post",), "languages": ("en",)})
MONDAY = dt.date(2026, 1, 5)
TEXT = "An agent weighs each call of a tool before it is made. " * 3
THEMES = ("glaciers", "harbours", "violins", "beehives", "kilns", "lanterns", "orchards", "saddles")


def day(n: int) -> dt.date:
    """The date `n` days after the first."""
    return MONDAY + dt.timedelta(days=n)


def paper_fields(theme: str, **fields: Any) -> dict[str, Any]:
    """A title and an abstract with words that no other theme has."""
    words = " ".join(f"{theme}{chr(97 + k)}{k}" for k in range(30))
    return {"title": f"An agent among {theme}", "abstract": f"{words}. {TEXT}", "upvotes": 9} | fields


def six_days() -> dict[dt.date, Listing]:
    """The lists by date."""
    base = {n: paper_fields(theme, ai_keywords=[theme, "agents"]) for n, theme in enumerate(THEMES, 1)}
    lists = [
        [listed_paper(1, **base[1]), listed_paper(2, **base[2])],
        [listed_paper(3, **base[3]), listed_paper(1, **base[1])],
        [listed_paper(4, **(base[1] | {"title": "Frozen rivers and their agents"})), listed_paper(5, **base[5])],
        [
            listed_paper(2, **(base[2] | {"abstract": base[2]["abstract"] + " A later remark on quays."})),
            listed_paper(6, **base[6]),
        ],
        [listed_paper(9, **(base[5] | {"title": "AN AGENT — among orchards?", "abstract": base[7]["abstract"]}))],
        [listed_paper(7, **base[7]), listed_paper(8, **base[8]), listed_paper(3, **base[3])],
    ]
    return {day(n): listing(*papers, date=day(n), sha256=f"{n:064d}") for n, papers in enumerate(lists)}


def run_in(
    order: Iterable[dt.date], lists: Mapping[dt.date, Listing], profile: Profile = DEFAULT, later: bool = True
) -> MemoryStore:
    """A new store in which these dates were run in this order."""
    store = MemoryStore()
    for date in order:
        run_without_prefect(store, lists[date], profile, later)
    return store


def rows(store: Store, dataset: str, date: dt.date) -> list[Any]:
    """The rows of a snapshot."""
    return read_snapshot(store, dataset, date, DATASETS[dataset].model) or []


def verdict_on(store: Store, number: int, date: dt.date) -> Verdict:
    """The verdict on the paper with that number."""
    verdict: Verdict = next(v for v in rows(store, "curation", date) if v.arxiv_id == f"0000.{number:05d}")
    return verdict


def views(store: MemoryStore) -> dict[str, bytes]:
    """The bytes of all snapshots and editions, but for the records of runs."""
    folders = ("snapshots/", "editions/")
    return {k: v for k, v in store.data.items() if k.startswith(folders) and not k.startswith("snapshots/runs/")}


def facts_of(store: MemoryStore) -> dict[str, bytes]:
    """The bytes of all facts."""
    return {k: v for k, v in store.data.items() if k.startswith(("facts/", "runs/", "raw/", "answers/"))}
