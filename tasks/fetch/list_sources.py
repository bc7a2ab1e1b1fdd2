"""A day's list from all of the profile's sources, merged by arXiv id."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence

from papers.http import PoliteClient
from papers.models import ListedPaper, Listing, SetAside
from tasks.fetch.arxiv import fetch_category
from tasks.fetch.hugging_face import fetch_listing

FILLED = ("abstract", "authors", "organization", "published_at")  # taken from a later source where the first has none


async def fetch_listings(
    date: dt.date, sources: Sequence[str], hf: PoliteClient, arxiv: PoliteClient, keep: Callable[[bytes], str]
) -> Listing:
    """The list of `date` from `sources` ("hf", "arxiv:cs.CL"), one after the other.

    Raises SiteUnreachable when one of them gives no list: a list without it would be a partial one.
    """
    found = []
    for source in sources:
        name, _, category = source.partition(":")
        if name == "hf":
            found.append(await fetch_listing(date, hf, keep))
        else:
            found.append(await fetch_category(category, date, arxiv, keep))
    return merged(found)


def merged(listings: Sequence[Listing]) -> Listing:
    """One list of several of a date: a paper stands where the first list has it, with what only a later one knows.

    Doubles within one list stay, for dedupe to mark. Positions count on from list to list.
    """
    first = listings[0]
    if len(listings) == 1:
        return first
    papers: list[ListedPaper] = []
    aside: list[SetAside] = []
    offset = 0
    for listing in listings:
        known = {p.arxiv_id: n for n, p in reversed(list(enumerate(papers)))}
        for paper in listing.papers:
            if (place := known.get(paper.arxiv_id)) is not None:
                papers[place] = _filled(papers[place], paper)
            else:
                papers.append(paper.model_copy(update={"position": paper.position + offset}))
        aside += [item.model_copy(update={"position": item.position + offset}) for item in listing.set_aside]
        offset += 1 + max([-1, *(p.position for p in listing.papers), *(i.position for i in listing.set_aside)])
    return first.model_copy(
        update={
            "source": ", ".join(listing.source for listing in listings),
            "sha256": hashlib.sha256("".join(listing.sha256 for listing in listings).encode()).hexdigest(),
            "papers": papers,
            "set_aside": aside,
        }
    )


def _filled(paper: ListedPaper, other: ListedPaper) -> ListedPaper:
    return paper.model_copy(update={name: getattr(paper, name) or getattr(other, name) for name in FILLED})
