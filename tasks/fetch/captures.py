"""Chooses a day's list among its captures, and keeps the papers that left it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from papers.facts.records import clock_was_wrong
from papers.models import ListedPaper, Listing

MIN_SHARE = 0.5  # of the list before; a shorter one is taken for a failure of the site


@dataclass(frozen=True)
class ChosenList:
    """The list of a day: its newest complete capture, the papers that earlier ones had, and what was ignored."""

    listing: Listing
    left: list[ListedPaper] = field(default_factory=list)
    used: list[Listing] = field(default_factory=list)  # all complete captures, oldest first
    ignored: list[str] = field(default_factory=list)  # why captures do not count, in English


def choose_list(captures: Sequence[Listing]) -> ChosenList | None:
    """The list of a day from its captures, oldest first; None if none counts.

    One by a wrong clock does not count, and one that is empty or less than half as long as the list before never
    replaces it.
    """
    used: list[Listing] = []
    ignored: list[str] = []
    for listing in captures:
        before = used[-1] if used else None
        if clock_was_wrong(listing):
            ignored.append(f"the capture of {listing.captured_at:%Y-%m-%d %H:%M} UTC: the clock was wrong")
        elif before is not None and len(listing.papers) < MIN_SHARE * len(before.papers):
            count = f"{len(listing.papers)} papers, the list before had {len(before.papers)}"
            ignored.append(f"the capture of {listing.captured_at:%Y-%m-%d %H:%M} UTC: {count}")
        else:
            used.append(listing)
    if not used:
        return None
    list_ids = {p.arxiv_id for p in used[-1].papers}
    papers_by_id: dict[str, ListedPaper] = {}
    for listing in used[:-1]:
        papers_by_id |= {p.arxiv_id: p for p in listing.papers if p.arxiv_id not in list_ids}
    return ChosenList(used[-1], list(papers_by_id.values()), used, ignored)
