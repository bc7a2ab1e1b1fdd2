"""Which dates a run is about: the newest listed day, the gaps before it, and no day that cannot be."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection
from zoneinfo import ZoneInfo

from papers.day import Run
from papers.errors import SiteUnreachable, UsageError
from papers.http import PoliteClient
from papers.store import Store
from papers.tables.snapshots import dates_of, finished_dates, read_columns, read_snapshot
from papers.tables.unfinished_dates import unfinished

LOOK_BACK = 14  # days in which a newest listed day is sought: the longest holiday without a list, and some


def today_in(time_zone: str) -> dt.date:
    """The date that it is now in that time zone."""
    return dt.datetime.now(ZoneInfo(time_zone)).date()


def parse_date(text: str) -> dt.date:
    """A date of the form YYYY-MM-DD; UsageError for any other, and for a day that no calendar has."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise UsageError(f"'{text}' is no date: give it as YYYY-MM-DD, such as 2026-02-20") from error


def checked_date(date: dt.date, time_zone: str) -> dt.date:
    """The date itself, unless it has not begun anywhere that the profile looks at: then UsageError."""
    today = max(today_in(time_zone), dt.datetime.now(dt.UTC).date())
    if date > today:
        raise UsageError(f"{date} is in the future (it is {today} in {time_zone}): give a day up to today")
    return date


def checked_range(start: dt.date, end: dt.date, time_zone: str) -> list[dt.date]:
    """The dates from `start` to `end`, both included; UsageError where they cannot be a range up to today."""
    if start > end:
        raise UsageError(f"{start} is after {end}: give the earlier date first")
    checked_date(end, time_zone)
    return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]


async def newest_listed_date(client: PoliteClient, time_zone: str) -> dt.date:
    """The newest day up to today whose list is not empty.

    Raises SiteUnreachable when the site does not answer, or when no day of the last two weeks has a list.
    """
    today = today_in(time_zone)
    for back in range(LOOK_BACK):
        date = today - dt.timedelta(days=back)
        answer = await client.get("api/daily_papers", {"date": date.isoformat(), "limit": "1", "p": "0"})
        if answer.status == 200 and answer.body.strip() not in (b"", b"[]"):
            try:
                if json.loads(answer.body):
                    return date
            except ValueError as error:
                raise SiteUnreachable(f"{answer.url} gave no JSON: see DAILY_PAPERS_HF_URL") from error
    raise SiteUnreachable(
        f"{client.base_url} lists nothing for the {LOOK_BACK} days up to {today}. Next: give a date (--date)."
    )


def gaps_before(store: Store, newest: dt.date, days: int) -> list[dt.date]:
    """The days of the last `days` before `newest` that no run has finished, or whose writer was killed, oldest first.

    Days before the store's first are no gaps: a new store does not fetch a week that nobody asked for.
    """
    finished, runs = set(finished_dates(store)), dates_of(store, "runs")
    if not runs:
        return []
    candidates = (newest - dt.timedelta(days=back) for back in range(days, 0, -1))
    return [d for d in candidates if d not in finished and d >= runs[0]]


def last_run(store: Store, date: dt.date) -> Run | None:
    """The run of `date` that ended last, or None when none has ended."""
    return max(read_snapshot(store, "runs", date, Run) or [], key=lambda r: r.finished_at, default=None)


def complete(store: Store, date: dt.date, languages: Collection[str]) -> bool:
    """Whether nothing of `date` is left to do: its last run left no paper over, and no source was closed to it.

    Each paper read has an analysis in all of `languages`; by which model and under which profile is not asked.
    """
    run = last_run(store, date)
    if run is None or run.state != "done" or date in unfinished(store):
        return False
    readings = read_columns(store, "readings", date, ("arxiv_id", "state", "attempts"))
    if any(a["outcome"] == "skipped" for r in readings for a in r["attempts"]):
        return False
    told = {(a["arxiv_id"], a["language"]) for a in read_columns(store, "analyses", date, ("arxiv_id", "language"))}
    return all((r["arxiv_id"], lang) in told for r in readings if r["state"] == "done" for lang in languages)
