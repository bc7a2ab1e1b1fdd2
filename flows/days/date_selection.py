"""Which dates to run: the newest listed day and the gaps before it; checks of dates that the user gives."""

from __future__ import annotations

import datetime as dt
import json
from zoneinfo import ZoneInfo

from papers.day import Run
from papers.errors import SiteUnreachable, UsageError
from papers.http import PoliteClient
from papers.store import Store
from papers.tables.snapshots import read_snapshot

LOOK_BACK = 14  # days in which to look for the newest list: more than the longest holiday without one


def today_in(time_zone: str) -> dt.date:
    """The current date in that time zone."""
    return dt.datetime.now(ZoneInfo(time_zone)).date()


def validate_date(date: dt.date, time_zone: str) -> dt.date:
    """Return the date. Raises UsageError if it has begun neither in the time zone nor in UTC."""
    today = max(today_in(time_zone), dt.datetime.now(dt.UTC).date())
    if date > today:
        raise UsageError(f"{date} is in the future (it is {today} in {time_zone}): give a day up to today")
    return date


def validate_range(start: dt.date, end: dt.date, time_zone: str) -> list[dt.date]:
    """The dates from `start` to `end`, both included. Raises UsageError for an invalid range or a future date."""
    if start > end:
        raise UsageError(f"{start} is after {end}: give the earlier date first")
    validate_date(end, time_zone)
    return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]


async def newest_listed_date(client: PoliteClient, time_zone: str) -> dt.date:
    """The newest day up to today whose list is not empty.

    Raises SiteUnreachable when the site does not answer, or when no day of the last two weeks has a list.
    """
    today = today_in(time_zone)
    for days_back in range(LOOK_BACK):
        date = today - dt.timedelta(days=days_back)
        response = await client.get("api/daily_papers", {"date": date.isoformat(), "limit": "1", "p": "0"})
        if response.status == 200 and response.body.strip() not in (b"", b"[]"):
            try:
                if json.loads(response.body):
                    return date
            except ValueError as error:
                raise SiteUnreachable(f"{response.url} did not answer with JSON: see DAILY_PAPERS_HF_URL") from error
    raise SiteUnreachable(
        f"{client.base_url} lists nothing for the {LOOK_BACK} days up to {today}. Next: give a date (--date)."
    )


def last_run(store: Store, date: dt.date) -> Run | None:
    """The run of `date` that ended last, or None if none has ended."""
    return max(read_snapshot(store, "runs", date, Run) or [], key=lambda r: r.finished_at, default=None)
