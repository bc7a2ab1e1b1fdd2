"""Derives the views of dates from their facts, with a reader for stored documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from flows.days.view_settings import ViewSettings
from flows.days.view_updates import ViewUpdate, update_views
from papers.profile import Profile
from papers.settings import Ungrounded
from papers.store import Store
from tasks.read.child_processes.pool import ReaderPool


def derive_views(
    store: Store, profile: Profile, ungrounded: Ungrounded, dates: Iterable[dt.date], list_changed: bool = True
) -> ViewUpdate:
    """Bring the views of `dates` up to date; see `update_views`. The result names the dates without a list."""
    with ReaderPool() as readers:
        settings = ViewSettings(store, profile, ungrounded, readers.read_body)
        return update_views(settings, dates, list_changed=list_changed)
