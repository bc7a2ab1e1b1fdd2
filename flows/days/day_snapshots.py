"""A date's rows, from the stages into the snapshots and back out of them as the day that editions are rendered from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from papers.analysis_choice import chosen
from papers.day import Day, Edition
from papers.errors import StoreUnreachable
from papers.models import Analysis, Listing, Model, Paper, Popularity, Reading, SetAside, Verdict
from papers.store import Store
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.paper_index import term_days
from papers.tables.snapshots import append_rows, read_snapshot, write_snapshot
from tasks.curate.trends import count_trends, new_terms, past_directions

ROUNDS = 20  # that others may write a date while its editions are rendered


def popularity_of(papers: Sequence[Paper]) -> list[Popularity]:
    """One capture of each listed paper's figures; of an in-day double under the same id, the first alone."""
    rows: dict[str, Popularity] = {}
    for p in papers:
        row = Popularity(
            arxiv_id=p.arxiv_id,
            captured_at=p.captured_at,
            upvotes=p.upvotes,
            stars=p.github_stars,
            comments=p.comments,
        )
        rows.setdefault(p.arxiv_id, row)
    return list(rows.values())


def write_day(
    store: Store,
    listing: Listing,
    papers: Sequence[Paper],
    readings: Sequence[Reading],
    analyses: Sequence[Analysis],
    verdicts: Sequence[Verdict],
    run_id: str,
    base: SnapshotVersions | None = None,
) -> None:
    """Write every dataset of a date but `runs`; rows equal to the snapshot's leave it as it is.

    Rows that other runs of the date wrote since `base` are joined to these; `flows.days.concurrent_runs` then makes
    them consistent.
    """
    date = listing.date
    datasets: dict[str, Sequence[Model]] = {
        "papers": papers,
        "set_aside": listing.set_aside,
        "readings": readings,
        "analyses": analyses,
        "curation": verdicts,
    }
    for dataset, rows in datasets.items():
        write_snapshot(store, dataset, date, rows, run_id, base)
    stored = read_snapshot(store, "papers", date, Paper) or []  # a list seen before keeps its first capture
    append_rows(store, "popularity", date, popularity_of(stored), run_id)


def load_day(store: Store, date: dt.date, terms: Mapping[dt.date, frozenset[str]] | None = None) -> Day | None:
    """All that the snapshots hold of a date, or None when it was never run to its end.

    `terms` are the keywords of all days (`term_days`), for a caller that loads many of them.
    """
    verdicts = read_snapshot(store, "curation", date, Verdict)
    papers = read_snapshot(store, "papers", date, Paper)
    if verdicts is None or papers is None:
        return None
    known = term_days(store) if terms is None else terms
    ranks = {v.arxiv_id: v.rank for v in verdicts if v.rank is not None}
    return Day(
        date=date,
        papers=papers,
        set_aside=read_snapshot(store, "set_aside", date, SetAside) or [],
        readings=read_snapshot(store, "readings", date, Reading) or [],
        analyses=chosen(read_snapshot(store, "analyses", date, Analysis) or []),
        verdicts=verdicts,
        trends=count_trends(verdicts, past_directions(store, date)),
        new_terms=new_terms(papers, ranks, [found for day, found in known.items() if day < date]),
    )


def write_editions(store: Store, editions: Sequence[Edition]) -> list[str]:
    """Write each edition as Markdown and HTML, where it changed; returns the keys of the Markdown files."""
    for e in editions:
        base = f"editions/{e.date.isoformat()}/{e.name}.{e.language}"
        for key, text in ((f"{base}.md", e.markdown), (f"{base}.html", e.html)):
            data = text.encode()
            if store.get(key) != data:
                store.put(key, data)
    return keys_of(editions)


def keys_of(editions: Sequence[Edition]) -> list[str]:
    """The keys of the editions' Markdown files."""
    return [f"editions/{e.date.isoformat()}/{e.name}.{e.language}.md" for e in editions]


def publish_day(store: Store, date: dt.date, render: Callable[[Day], Sequence[Edition]]) -> tuple[Day, list[Edition]]:
    """Render and write the editions of a date that was judged, until no other run changed its rows meanwhile."""
    for _ in range(ROUNDS):
        base = SnapshotVersions.of(store, date)
        day = load_day(store, date)
        assert day is not None, date
        editions = list(render(day))
        write_editions(store, editions)
        if base.holds(store, date):
            return day, editions
    raise StoreUnreachable(
        f"The store {store.root}: other runs wrote {date} {ROUNDS} times while its editions were rendered. "
        "Next: see how many runs of this date there are, and run it again."
    )
