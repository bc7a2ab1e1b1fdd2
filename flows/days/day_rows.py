"""Rows of a date that are made of its captures, and the parts of rows that other views and other dates use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from papers.models import Analysis, Listing, Paper, Popularity, SetAside, Verdict
from papers.tables.manifests import ListedKey, PickedText, digest
from papers.tables.paper_index import normalized_term
from papers.text import normalized_title

LIST_DATASETS = ("papers", "set_aside", "popularity")  # made together, of the captures of a list


@dataclass(frozen=True)
class MarkedList:
    """A date's list with repeats marked, and what it was made of."""

    papers: list[Paper]
    set_aside: list[SetAside]
    captures: list[Listing]  # that count, oldest first
    warnings: list[str]  # captures that do not count, in English
    capture_keys: tuple[str, ...]
    history: str  # a hash of the earlier lists

    @property
    def new(self) -> list[Paper]:
        """The papers that are new on the date."""
        return [p for p in self.papers if p.dedupe_kind == "new"]


def popularity_rows(captures: Iterable[Listing]) -> list[Popularity]:
    """The upvotes, stars and comments of each paper at each capture; of two rows with one id, only the first."""
    rows: dict[tuple[str, object], Popularity] = {}
    for listing in captures:
        for paper in listing.papers:
            row = Popularity(
                arxiv_id=paper.arxiv_id,
                captured_at=listing.captured_at,
                upvotes=paper.upvotes,
                stars=paper.github_stars,
                comments=paper.comments,
            )
            rows.setdefault((paper.arxiv_id, listing.captured_at), row)
    return list(rows.values())


def analyzed_texts(papers: Iterable[Paper]) -> str:
    """A hash of what the analyses of new papers use of the list, stars aside."""
    names = ("arxiv_id", "title", "abstract", "ai_keywords", "organization", "github_url", "project_url")
    return digest([[getattr(p, name) for name in names] for p in papers if p.dedupe_kind == "new"])


def hash_of_stars(papers: Iterable[Paper]) -> str:
    """A hash of the counts of stars of new papers."""
    return digest([[p.arxiv_id, p.github_stars] for p in papers if p.dedupe_kind == "new"])


def with_stars(analyses: Iterable[Analysis], papers: Iterable[Paper]) -> list[Analysis]:
    """The analyses with the counts of stars of the list."""
    stars = {p.arxiv_id: p.github_stars for p in papers if p.dedupe_kind == "new"}
    return [
        a.model_copy(update={"openness": a.openness.model_copy(update={"stars": stars.get(a.arxiv_id)})})
        for a in analyses
    ]


def listed_keys(papers: Sequence[Paper]) -> list[ListedKey]:
    """What dedupe uses of the listed papers; those that left the list are no history."""
    return [
        ListedKey(
            arxiv_id=p.arxiv_id,
            title=normalized_title(p.title),
            rest=digest([p.title, p.abstract, p.duplicate_of])[:16],
        )
        for p in papers
        if p.dedupe_kind != "left"
    ]


def terms_of(papers: Iterable[Paper]) -> list[str]:
    """The keywords of a list, each once."""
    return sorted({normalized_term(k) for p in papers for k in p.ai_keywords})


def picked_texts(papers: Iterable[Paper], verdicts: Iterable[Verdict]) -> list[PickedText]:
    """The picks of a day, as later days compare with them."""
    ids = {v.arxiv_id for v in verdicts if v.curated_decision == "pick"}
    return [
        PickedText(arxiv_id=p.arxiv_id, title=p.title, abstract=p.abstract)
        for p in papers
        if p.arxiv_id in ids and p.dedupe_kind == "new"
    ]
