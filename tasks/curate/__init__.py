"""Curation: two verdicts on each listed paper, each with its reason, and the day's trends."""

from __future__ import annotations

from collections.abc import Sequence

from prefect import task
from prefect.cache_policies import NO_CACHE

from papers.models import Analysis, Paper, Reading, Verdict
from papers.profile import Profile
from tasks.curate.near_duplicates import Pick
from tasks.curate.verdicts import curate

__all__ = ["curate_task"]


@task(name="curate", cache_policy=NO_CACHE, persist_result=False)
def curate_task(
    papers: Sequence[Paper],
    readings: Sequence[Reading],
    analyses: Sequence[Analysis],
    profile: Profile,
    past: Sequence[Pick] = (),
) -> list[Verdict]:
    """The verdicts of a day; see `tasks.curate.verdicts.curate`."""
    return curate(papers, readings, analyses, profile, past)
