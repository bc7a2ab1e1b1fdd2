"""Fetches the list of a day from all sources of the profile and merges them by arXiv id."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence

from papers.http import PoliteClient
from papers.models import ListedPaper, Listing, SetAside
from tasks.fetch.arxiv import fetch_category
from tasks.fetch.hugging_face import fetch_listing

FILLED_FIELDS = (
    "abstract",
    "authors",
    "organization",
    "published_at",
)  # copied from a later source if the first has none


async def fetch_listings(
    date: dt.date, sources: Sequence[str], hf: PoliteClient, arxiv: PoliteClient, save_response: Callable[[bytes], str]
) -> Listing:
    """The list of `date` from `sources` ("hf", "arxiv:cs.CL"), fetched one after the other.

    Raises SiteUnreachable if any of them fails, since the list would be incomplete without it.
    """
    listings = []
    for source in sources:
        name, _, category = source.partition(":")
        if name == "hf":
            listings.append(await fetch_listing(date, hf, save_response))
        else:
            listings.append(await fetch_category(category, date, arxiv, save_response))
    return merge_listings(listings)


def merge_listings(listings: Sequence[Listing]) -> Listing:
    """Merge the lists of a date: a paper keeps its place on its first list, and gets missing fields from later ones.

    Duplicates within one list remain; the dedupe stage marks them. Positions continue from list to list.
    """
    first = listings[0]
    if len(listings) == 1:
        return first
    papers: list[ListedPaper] = []
    set_aside: list[SetAside] = []
    offset = 0
    for listing in listings:
        index_by_id = {p.arxiv_id: n for n, p in reversed(list(enumerate(papers)))}
        for paper in listing.papers:
            if (index := index_by_id.get(paper.arxiv_id)) is not None:
                papers[index] = _fill_gaps(papers[index], paper)
            else:
                papers.append(paper.model_copy(update={"position": paper.position + offset}))
        set_aside += [item.model_copy(update={"position": item.position + offset}) for item in listing.set_aside]
        offset += 1 + max([-1, *(p.position for p in listing.papers), *(i.position for i in listing.set_aside)])
    return first.model_copy(
        update={
            "source": ", ".join(listing.source for listing in listings),
            "sha256": hashlib.sha256("".join(listing.sha256 for listing in listings).encode()).hexdigest(),
            "papers": papers,
            "set_aside": set_aside,
            "warnings": [warning for listing in listings for warning in listing.warnings],
        }
    )


def _fill_gaps(paper: ListedPaper, other: ListedPaper) -> ListedPaper:
    return paper.model_copy(update={name: getattr(paper, name) or getattr(other, name) for name in FILLED_FIELDS})
