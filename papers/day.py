"""A date as a whole: its rows together, the editions rendered from it, and the record of a run."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from papers.models import Analysis, EditionName, Language, Model, NewTerms, Paper, Reading, SetAside, Trend, Verdict


class Versions(Model):
    """What a run was made by; None where an earlier version of the tables did not say."""

    program: str | None = None
    schema_version: int | None = None
    model: str | None = None
    prompt: str | None = None
    profile: str | None = None


class Run(Model):
    """One run of a date: a row of `runs`."""

    run_id: str
    started_at: dt.datetime
    finished_at: dt.datetime
    state: Literal["done", "partial"]
    listed: int
    new: int
    read: int
    analyzed: int
    failed: int
    tokens: int
    cost_usd: float | None
    versions: Versions


class Day(Model):
    """All that the snapshots hold of a date: what an edition is rendered from."""

    date: dt.date
    papers: list[Paper]
    set_aside: list[SetAside]
    readings: list[Reading]
    analyses: list[Analysis]
    verdicts: list[Verdict]
    trends: list[Trend]
    new_terms: NewTerms = NewTerms()


class Edition(Model):
    """A rendered report of a day in one language."""

    date: dt.date
    name: EditionName
    language: Language
    markdown: str
    html: str
