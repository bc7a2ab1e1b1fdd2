"""Rendering: the editions of a day, in Markdown and HTML, from its snapshots."""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from papers.day import Day, Edition
from papers.models import Language
from papers.profile import Profile
from tasks.render.editions import render_day

__all__ = ["render_day_task"]


@task(name="render", task_run_name="render {day.date}", cache_policy=NO_CACHE, persist_result=False)
def render_day_task(day: Day, profile: Profile, languages: tuple[Language, ...] | None = None) -> list[Edition]:
    """The profile's editions of `day`, each in all `languages` (default: the profile's)."""
    return render_day(day, profile, languages)
