"""Derives the views of damaged dates again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flows.days.view_settings import ViewSettings
from flows.days.view_updates import update_views
from papers.profile import load_profile
from papers.settings import Settings
from papers.store import Store
from tasks.read.child_processes.pool import ReaderPool


def derive_again(store: Store, settings: Settings, dates: Sequence[dt.date]) -> tuple[list[dt.date], list[dt.date]]:
    """Derive the views of `dates`; returns those that were derived, and those of which no list is on record."""
    with ReaderPool() as readers:
        views = ViewSettings(store, load_profile(settings.profile), settings.ungrounded, readers.read_body)
        update = update_views(views, dates)
    return [d for d in dates if d in update.days], [d for d in dates if d in update.without_list]
