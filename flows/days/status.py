"""Tables of what the store holds of each date, and of costs."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

from flows.days.date_selection import last_run
from papers.models import READING_SOURCES
from papers.store import Store, open_store
from papers.tables.snapshots import dates_of, read_columns
from papers.text import format_utc


def status_rows(root: str) -> list[tuple[str, ...]]:
    """One row per date, oldest first: state, counts of papers by source, numbers grounded, and the last run's end."""
    store = open_store(root)
    return [_status_row(store, date) for date in dates_of(store, "papers")]


def cost_rows(root: str) -> list[tuple[str, ...]]:
    """Rows of tokens and US dollars, by date and model, with each month's sum after its days.

    An unknown price is printed as "unknown"; the cost of a cached analysis counts for the day that has it.
    """
    store = open_store(root)
    rows: list[tuple[str, ...]] = []
    month_analyses: dict[str, list[dict[str, Any]]] = {}
    columns = ("model", "input_tokens", "cached_tokens", "output_tokens", "cost_usd")
    for date in dates_of(store, "analyses"):
        analyses = read_columns(store, "analyses", date, columns)
        for name, days in [(n, d) for n, d in month_analyses.items() if n != f"{date:%Y-%m}"]:
            rows += _cost_rows(name, days)
            del month_analyses[name]
        rows += _cost_rows(date.isoformat(), analyses)
        month_analyses.setdefault(f"{date:%Y-%m}", []).extend(analyses)
    for name, days in month_analyses.items():
        rows += _cost_rows(name, days)
    return rows


def _cost_rows(name: str, analyses: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    rows = []
    for model in sorted({a["model"] for a in analyses}):
        model_analyses = [a for a in analyses if a["model"] == model]
        tokens = [f"{sum(a[c] for a in model_analyses):,}" for c in ("input_tokens", "output_tokens")]
        costs = [a["cost_usd"] for a in model_analyses if a["cost_usd"] is not None]
        cost = f"{sum(costs):.4f}" if costs else "unknown"
        cached = f"{sum(a['cached_tokens'] for a in model_analyses):,}"
        rows.append((name, model, str(len(model_analyses)), *tokens, cost, cached))
    return rows


def _status_row(store: Store, date: dt.date) -> tuple[str, ...]:
    run = last_run(store, date)
    papers = read_columns(store, "papers", date, ("dedupe_kind",))
    sources = Counter(
        r["source"] for r in read_columns(store, "readings", date, ("source", "state")) if r["state"] == "done"
    )
    analyses = read_columns(store, "analyses", date, ("state", "numbers_total", "numbers_grounded"))
    total, grounded = (sum(a[c] for a in analyses) for c in ("numbers_total", "numbers_grounded"))
    counts = [len(papers), sum(p["dedupe_kind"] == "new" for p in papers)]
    counts += [*(sources[s] for s in READING_SOURCES), sum(a["state"] == "done" for a in analyses)]
    counts += [run.failed if run else 0]
    return (
        date.isoformat(),
        run.state if run else "unfinished",
        *map(str, counts),
        f"{grounded}/{total}",
        format_utc(run.finished_at) if run else "",
    )
