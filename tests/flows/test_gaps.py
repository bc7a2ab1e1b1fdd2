"""A run without a date that closes gaps: each one that fails is logged, and the newest day is reported."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Any

import pytest

from flows import daily
from flows.days.date_states import DateStates
from papers.errors import SiteUnreachable
from tests.plain import MemoryStore

NEWEST = dt.date(2026, 1, 9)
GAPS = [dt.date(2026, 1, 6), dt.date(2026, 1, 7)]


async def test_every_gap_that_fails_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    finished: list[dt.date] = []

    async def newest_date(_: Any) -> dt.date:
        return NEWEST

    async def run_date(date: dt.date, _: Any, **__: Any) -> daily.DayReport:
        if date in GAPS:
            raise SiteUnreachable(f"no list of {date}")
        finished.append(date)
        return daily.DayReport(date, 0, 0, {}, {}, [], "memory")

    async def publish_reports(_: Any, reports: list[daily.DayReport]) -> list[daily.DayReport]:
        return reports

    class Settings:
        gap_days = 7

    class Context:
        store, settings = MemoryStore(), Settings()

    monkeypatch.setattr(daily, "newest_date", newest_date)
    monkeypatch.setattr(DateStates, "gaps_before", lambda *_: GAPS)
    monkeypatch.setattr(daily, "run_date", run_date)
    monkeypatch.setattr(daily, "publish_reports", publish_reports)
    monkeypatch.setattr(daily, "get_run_logger", lambda: logging.getLogger("tests.gaps"))
    with caplog.at_level(logging.ERROR, "tests.gaps"), pytest.raises(SiteUnreachable, match="2026-01-06"):
        await daily.run_newest(Context())  # type: ignore[arg-type]
    assert finished == [NEWEST]
    assert [record.getMessage() for record in caplog.records] == [f"{d} failed: no list of {d}" for d in GAPS]
