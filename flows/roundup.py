"""The roundup flow: a week or a month from the snapshots, without network or model."""

from __future__ import annotations

from prefect import flow

from flows.days.date_selection import today_in
from flows.site import publish
from papers.profile import Profile, load_profile
from papers.roundups import RoundupHeadlines, parse_period, resolve_period
from papers.settings import load_settings
from papers.store import Store, open_store, put_changed
from tasks.curate.roundup import make_roundup
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
    """Write the roundup of a period and its headlines from an open store; returns the keys of the Markdown files."""
    content = make_roundup(store, parse_period(period), profile)
    keys = []
    headlines = {language: headline_of(content, language) for language in profile.languages}
    record = RoundupHeadlines(name=period, end=content.period.end, headlines=headlines, papers=tuple(content.paper_ids))
    put_changed(store, RoundupHeadlines.key(period), record.model_dump_json().encode())
    for language in profile.languages:
        pages = render_roundup(content, language, profile)
        for key, text in _page_files(period, pages).items():
            put_changed(store, key, text.encode())
        keys.append(f"roundups/{period}/roundup.{language}.md")
    return keys


def _page_files(period: str, pages: RoundupPages) -> dict[str, str]:
    folder = f"roundups/{period}"
    files = {f"{folder}/{name}": svg for name, svg in pages.charts.items()}
    base = f"{folder}/roundup.{pages.language}"
    return files | {f"{base}.md": pages.markdown, f"{base}.html": pages.html}
