"""Trends, counted: how many of the day's new papers are of a direction, and how many were in the days before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pandas as pd

from papers.models import Trend, Verdict
from papers.snapshots import rows_before
from papers.store import Store

TRAILING_DAYS = 28


def past_directions(store: Store, date: dt.date) -> pd.DataFrame:
    """The directions of the new papers of the trailing days: columns date, arxiv_id, directions (list of names)."""
    rows = [
        (day, row["arxiv_id"], [d["name"] for d in row["directions"]])
        for day, found in rows_before(store, "curation", date, ("arxiv_id", "rank", "directions"), TRAILING_DAYS)
        for row in found
        if row["rank"] is not None
    ]
    return pd.DataFrame(rows, columns=["date", "arxiv_id", "directions"])


def count_trends(verdicts: Sequence[Verdict], past: pd.DataFrame) -> list[Trend]:
    """Each direction of the day or of the days before, the day's largest first.

    `past` is a frame of `past_directions`. Only papers new on their day count.
    """
    new = [v for v in verdicts if v.rank is not None]
    today = pd.Series([d.name for v in new for d in v.directions], dtype="string").value_counts()
    before = past["directions"].explode().dropna().astype("string").value_counts()
    names = sorted(
        set(today.index) | set(before.index), key=lambda n: (-int(today.get(n, 0)), -int(before.get(n, 0)), n)
    )
    return [
        Trend(
            direction=name,
            count=int(today.get(name, 0)),
            total=len(new),
            trailing_count=int(before.get(name, 0)),
            trailing_total=len(past),
            trailing_days=int(past["date"].nunique()),
        )
        for name in names
    ]
