"""Which dates to run, and which dates are valid."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest

from flows.days.date_selection import newest_listed_date, today_in, validate_date
from flows.days.date_states import DateStates
from papers.errors import SiteUnreachable, UsageError
from papers.facts.day_facts import DayFacts
from papers.http import PoliteClient
from tests.factories import DAY, listing
from tests.flows.days.six_days import BRIEF
from tests.plain import MemoryStore, run_without_prefect


def client(list_dates: set[dt.date]) -> PoliteClient:
    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{}] if dt.date.fromisoformat(request.url.params["date"]) in list_dates else [])

    return PoliteClient("https://hf.example", tries=1, transport=httpx.MockTransport(respond))


def test_today_is_not_in_the_future_where_the_day_has_begun() -> None:
    ahead = today_in("Pacific/Kiritimati")
    assert validate_date(ahead, "Pacific/Kiritimati") == ahead
    with pytest.raises(UsageError, match="is in the future"):
        validate_date(ahead + dt.timedelta(days=1), "Pacific/Kiritimati")


async def test_the_newest_listed_day_may_lie_before_a_weekend() -> None:
    friday = today_in("UTC") - dt.timedelta(days=3)
    async with client({friday, friday - dt.timedelta(days=1)}) as hf:
        assert await newest_listed_date(hf, "UTC") == friday


async def test_a_site_that_lists_nothing_says_so() -> None:
    async with client(set()) as hf:
        with pytest.raises(SiteUnreachable, match="lists nothing for the 14 days"):
            await newest_listed_date(hf, "UTC")


def test_gaps_are_unfinished_days_after_the_stores_first() -> None:
    store = MemoryStore()
    assert DateStates(store).gaps_before(DAY, 7) == []
    for days_back in (4, 2):
        run_without_prefect(store, listing(date=DAY - dt.timedelta(days=days_back)), BRIEF)
    DayFacts(store, DAY - dt.timedelta(days=1)).start_run("killed")
    states = DateStates(store)
    assert states.gaps_before(DAY, 7) == [DAY - dt.timedelta(days=b) for b in (3, 1)]
    assert states.gaps_before(DAY, 1) == [DAY - dt.timedelta(days=1)]
