"""Write a date's rows into the snapshots, load them as a `Day`, and write the editions rendered from it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from papers.analysis_choice import best_analyses
from papers.day import Day, Edition
from papers.errors import StoreUnreachable
from papers.models import Analysis, Listing, Model, Paper, Popularity, Reading, SetAside, Verdict
from papers.store import Store, put_changed
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.paper_index import terms_by_date
from papers.tables.snapshots import append_rows, read_snapshot, write_snapshot
from tasks.curate.trends import count_trends, new_terms, past_directions

MAX_ROUNDS = 20  # how often other runs may write a date while its editions are rendered


def popularity_rows(papers: Sequence[Paper]) -> list[Popularity]:
    """One row of upvotes, stars and comments per listed paper; of duplicates under one id, only the first."""
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
    base: SnapshotVersions,
) -> None:
    """Write every dataset of a date except `runs`; a snapshot whose rows are equal is left unchanged.

    Rows that other runs of the date wrote since `base` are merged in; `flows.days.reconciliation` then makes them
    consistent.
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
    # Read back: a list that was fetched before keeps its first capture time.
    stored_papers = read_snapshot(store, "papers", date, Paper) or []
    append_rows(store, "popularity", date, popularity_rows(stored_papers), run_id)


def load_day(store: Store, date: dt.date, terms: Mapping[dt.date, frozenset[str]] | None = None) -> Day | None:
    """Everything that the snapshots hold of a date, or None if no run of it got as far as the verdicts.

    `terms` are the keywords of all days (`terms_by_date`), for a caller that loads many days.
    """
    verdicts = read_snapshot(store, "curation", date, Verdict)
    papers = read_snapshot(store, "papers", date, Paper)
    if verdicts is None or papers is None:
        return None
    all_terms = terms_by_date(store) if terms is None else terms
    ranks = {v.arxiv_id: v.rank for v in verdicts if v.rank is not None}
    return Day(
        date=date,
        papers=papers,
        set_aside=read_snapshot(store, "set_aside", date, SetAside) or [],
        readings=read_snapshot(store, "readings", date, Reading) or [],
        analyses=best_analyses(read_snapshot(store, "analyses", date, Analysis) or []),
        verdicts=verdicts,
        trends=count_trends(verdicts, past_directions(store, date)),
        new_terms=new_terms(papers, ranks, [day_terms for day, day_terms in all_terms.items() if day < date]),
    )


def write_editions(store: Store, editions: Sequence[Edition]) -> list[str]:
    """Write each edition as Markdown and HTML if it changed; returns the keys of the Markdown files."""
    for e in editions:
        base = f"editions/{e.date.isoformat()}/{e.name}.{e.language}"
        put_changed(store, f"{base}.md", e.markdown.encode())
        put_changed(store, f"{base}.html", e.html.encode())
    return edition_keys(editions)


def edition_keys(editions: Sequence[Edition]) -> list[str]:
    """The keys of the editions' Markdown files."""
    return [f"editions/{e.date.isoformat()}/{e.name}.{e.language}.md" for e in editions]


def publish_day(store: Store, date: dt.date, render: Callable[[Day], Sequence[Edition]]) -> tuple[Day, list[Edition]]:
    """Render and write the editions of a date that has verdicts; repeated if another run changes its rows meanwhile."""
    for _ in range(MAX_ROUNDS):
        base = SnapshotVersions.of(store, date)
        day = load_day(store, date)
        assert day is not None, date
        editions = list(render(day))
        write_editions(store, editions)
        if base.holds(store, date):
            return day, editions
    raise StoreUnreachable(
        f"The store {store.root}: other runs wrote {date} {MAX_ROUNDS} times while its editions were rendered. "
        "Next: see how many runs of this date there are, and run it again."
    )
