"""The roundup flow: a week or a month from the snapshots, without network or model."""

from __future__ import annotations

from prefect import flow
from pydantic import ValidationError

from flows.days.date_selection import today_in
from flows.days.neighbours import WINDOW
from flows.site import publish
from papers.profile import Profile, load_profile
from papers.roundups import Period, RoundupHeadlines, parse_period, resolve_period
from papers.settings import load_settings
from papers.store import Store, open_store
from papers.tables.manifests import Manifests, ViewRecord, digest, put_file
from papers.tables.snapshots import dates_of
from tasks.curate.roundup import LATER_DAYS, make_roundup
from tasks.curate.roundup import VERSION as ROUNDUP_VERSION
from tasks.render.editions import templates_hash
from tasks.render.roundup_pages import RoundupPages, headline_of, render_roundup


@flow(name="roundup", flow_run_name="roundup {period}", persist_result=False)
async def roundup(period: str, profile: str | None = None) -> list[str]:
    """Write the roundup of a week ("2026-W08") or a month ("2026-02") in the profile's languages; returns its keys.

    "last-week" and "last-month" are relative to today in the profile's time zone. Raises UsageError for an invalid
    period, and for one of which the store has no day.
    """
    settings = load_settings(profile=profile)
    store, loaded_profile = open_store(settings.store), load_profile(settings.profile)
    name = resolve_period(period, today_in(loaded_profile.time_zone)).name
    keys = write_roundup(store, loaded_profile, name)
    await publish(store, settings, loaded_profile, (), notify_roundup=name)
    return keys


def write_roundup(store: Store, profile: Profile, period: str) -> list[str]:
    """Bring the roundup of a period and its headlines up to date; returns the keys of the Markdown files.

    Nothing is written if none of the days that it shows changed. Raises UsageError for an invalid period, and for one
    of which the store has no day.
    """
    inputs = _inputs_of(store, profile, parse_period(period))
    key, stamps = f"manifests/roundups/{period}.json", dict(store.stamps(f"roundups/{period}/"))
    before = _record(store.get(key))
    if before is not None and inputs and before.inputs == inputs and before.stamps().items() <= stamps.items():
        return [name for name in before.files if name.endswith(".md")]
    pages = _files(store, profile, period)
    files = {name: put_file(store, name, data, before, stamps.get(name)) for name, data in pages.items()}
    store.put(key, ViewRecord(inputs=inputs, files=files).model_dump_json().encode())
    return [name for name in files if name.endswith(".md")]


def _inputs_of(store: Store, profile: Profile, period: Period) -> str:
    """A hash of all that a roundup is made of; "" if a date that it shows has no manifest."""
    manifests = Manifests(store)
    dates = [d for d in dates_of(store, "curation") if period.start - WINDOW <= d <= period.end + LATER_DAYS]
    summaries = [manifests.summary(d) for d in dates]
    if not all(summaries):
        return ""
    contents = [(d, s.content) for d, s in zip(dates, summaries, strict=True) if s]
    return digest([ROUNDUP_VERSION, templates_hash(), profile.model_dump(), contents])


def _record(data: bytes | None) -> ViewRecord | None:
    try:
        return ViewRecord.model_validate_json(data) if data else None
    except ValidationError:
        return None


def _files(store: Store, profile: Profile, period: str) -> dict[str, bytes]:
    """The files of a roundup by key."""
    content = make_roundup(store, parse_period(period), profile)
    headlines = {language: headline_of(content, language) for language in profile.languages}
    record = RoundupHeadlines(name=period, end=content.period.end, headlines=headlines, papers=tuple(content.paper_ids))
    files = {RoundupHeadlines.key(period): record.model_dump_json().encode()}
    for language in profile.languages:
        pages = render_roundup(content, language, profile)
        files |= {key: text.encode() for key, text in _page_files(period, pages).items()}
    return files


def _page_files(period: str, pages: RoundupPages) -> dict[str, str]:
    folder = f"roundups/{period}"
    files = {f"{folder}/{name}": svg for name, svg in pages.charts.items()}
    base = f"{folder}/roundup.{pages.language}"
    return files | {f"{base}.md": pages.markdown, f"{base}.html": pages.html}
