"""Texts as reports print them."""

from __future__ import annotations

import datetime as dt

import pytest

from papers.text import format_utc


@pytest.mark.parametrize(
    "time",
    [
        dt.datetime(2026, 1, 9, 23, 5, 59),
        dt.datetime(2026, 1, 9, 23, 5, tzinfo=dt.UTC),
        dt.datetime(2026, 1, 10, 7, 5, tzinfo=dt.timezone(dt.timedelta(hours=8))),
    ],
)
def test_times_are_shown_in_utc_to_the_minute(time: dt.datetime) -> None:
    assert format_utc(time) == "2026-01-09 23:05 UTC"
