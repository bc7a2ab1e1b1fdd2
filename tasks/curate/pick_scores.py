"""The pick score: interest and signal of a paper in one number, by the weights of the profile."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from papers.models import Paper, PickParts
from papers.profile import Kind, Profile
from tasks.curate.editor_words import word_points
from tasks.curate.ranking import Ranking


@dataclass(frozen=True)
class UpvotePlace:
    """A paper's place by upvotes among the day's new papers, and what it is worth."""

    place: int  # from 1; equal upvotes share the best of their places
    papers: int
    median: float  # of their upvotes; low while the day is young
    share: float  # 1 for the first of the day, falling with the logarithm of the place to about 0 for the last


def upvote_places(papers: Sequence[Paper]) -> dict[str, UpvotePlace]:
    """The places of the day's new papers by arXiv id. A paper without upvotes has the share 0."""
    upvotes = {p.arxiv_id: p.upvotes or 0 for p in papers if p.dedupe_kind == "new"}
    places, median = {}, statistics.median(upvotes.values() or (0,))
    for arxiv_id, count in upvotes.items():
        better = sum(other > count for other in upvotes.values())
        equal = sum(other == count for other in upvotes.values()) - 1
        share = 1 - math.log1p(better + equal / 2) / math.log1p(len(upvotes)) if count else 0.0
        places[arxiv_id] = UpvotePlace(better + 1, len(upvotes), median, share)
    return places


def kind_of(paper: Paper, profile: Profile) -> tuple[Kind, str, str] | None:
    """The first kind of the profile that the paper shows, with the place and the words that show it; else None."""
    texts = {"title": paper.title, "abstract": " ".join(paper.abstract.split())}
    for kind in profile.curated.kinds:
        if evidence := kind.evidence(texts):
            return kind, *evidence
    return None


def score_pick(
    paper: Paper,
    interest: float,
    place: UpvotePlace | None,
    ranking: Ranking,
    profile: Profile,
    words: Mapping[str, float] | None = None,
) -> tuple[float, PickParts]:
    """The pick score, rounded to one decimal, and its parts; `interest` are the paper's interest points.

    `words` are weights of words in place of the shipped ones.
    """
    weights, kind = profile.curated.weights, kind_of(paper, profile)
    lab = "super_lab" if "Super Lab" in ranking.tags else "frontier_lab" if "Frontier Lab" in ranking.tags else None
    parts = PickParts(
        words=round(weights.words * word_points(paper.title, paper.abstract, words), 2) if weights.words else 0.0,
        interest=round(weights.interest * interest, 2),
        upvotes=round(weights.upvotes * place.share, 2) if place else 0.0,
        stars=round(weights.stars * math.log1p(paper.github_stars or 0), 2),
        lab=getattr(weights, lab) if lab else 0.0,
        kind=kind[0].weight if kind else 0.0,
        trophy=weights.trophy if ranking.trophy else 0.0,
    )
    return round(math.fsum(parts.model_dump().values()), 1) + 0.0, parts
