"""What the store holds of each date, as the rows of a table."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from papers.day import Run
from papers.store import Store, open_store
from papers.tables.snapshots import dates_of, read_columns, read_snapshot


def status_rows(root: str) -> list[tuple[str, ...]]:
    """A row a date, oldest first: state, counts of papers by source, numbers grounded, and the last run's end."""
    store = open_store(root)
    return [_row(store, date) for date in dates_of(store, "papers")]


def cost_rows(root: str) -> list[tuple[str, ...]]:
    """Rows of tokens and US dollars, by date and model, each month's sum after its days.

    A price that is not known is printed as "unknown"; what a cached analysis once cost counts for the day that has it.
    """
    store = open_store(root)
    rows: list[tuple[str, ...]] = []
    month: dict[str, list[dict[str, Any]]] = {}
    columns = ("model", "input_tokens", "output_tokens", "cost_usd")
    for date in dates_of(store, "analyses"):
        found = read_columns(store, "analyses", date, columns)
        for name, days in [(n, d) for n, d in month.items() if n != f"{date:%Y-%m}"]:
            rows += _sums(name, days)
            del month[name]
        rows += _sums(date.isoformat(), found)
        month.setdefault(f"{date:%Y-%m}", []).extend(found)
    for name, days in month.items():
        rows += _sums(name, days)
    return rows


def _sums(name: str, analyses: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    rows = []
    for model in sorted({a["model"] for a in analyses}):
        own = [a for a in analyses if a["model"] == model]
        tokens = [f"{sum(a[c] for a in own):,}" for c in ("input_tokens", "output_tokens")]
        known = [a["cost_usd"] for a in own if a["cost_usd"] is not None]
        rows.append((name, model, str(len(own)), *tokens, f"{sum(known):.4f}" if known else "unknown"))
    return rows


def _row(store: Store, date: dt.date) -> tuple[str, ...]:
    runs = read_snapshot(store, "runs", date, Run) or []
    last = max(runs, key=lambda r: r.finished_at, default=None)
    papers = read_columns(store, "papers", date, ("dedupe_kind",))
    sources = Counter(
        r["source"] for r in read_columns(store, "readings", date, ("source", "state")) if r["state"] == "done"
    )
    analyses = read_columns(store, "analyses", date, ("state", "numbers_total", "numbers_grounded"))
    total, grounded = (sum(a[c] for a in analyses) for c in ("numbers_total", "numbers_grounded"))
    counts = [len(papers), sum(p["dedupe_kind"] == "new" for p in papers)]
    counts += [sources["html"], sources["pdf"], sources["abs"], sum(a["state"] == "done" for a in analyses)]
    counts += [last.failed if last else 0]
    return (
        date.isoformat(),
        last.state if last else "unfinished",
        *map(str, counts),
        f"{grounded}/{total}",
        f"{last.finished_at:%Y-%m-%d %H:%M} UTC" if last else "",
    )
