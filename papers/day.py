"""The models of a whole day: all its rows, the editions rendered from them, and the record of a run."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from papers.models import Analysis, EditionName, Language, Model, NewTerms, Paper, Reading, SetAside, Trend, Verdict


class Versions(Model):
    """The versions that a run used; None where an earlier version of the tables did not record them."""

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
    stand_ins: int = 0
    tokens: int
    cached_tokens: int = 0
    cost_usd: float | None
    versions: Versions


class Day(Model):
    """All rows of a date's snapshots: the input of an edition."""

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
