"""The ranked digest: score, tags, trophy, order and selection, by the weights and lab lists of the profile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from papers.models import Paper, Reason, ScoreParts
from papers.profile import Profile
from papers.reasons import make_reason


@dataclass(frozen=True)
class Ranking:
    """A paper's place in the ranked digest; `rank` and `skip_reason` are set for new papers only."""

    score: float
    parts: ScoreParts
    tags: list[str]
    rank: int | None = None  # from 1
    skip_reason: Reason | None = None  # why the digest does not show it

    @property
    def trophy(self) -> bool:
        """Whether the paper ranks before all others and has a 🏆."""
        return "Viral" in self.tags or "Must Read" in self.tags

    @property
    def lab(self) -> bool:
        """Whether the paper comes from a Super Lab or a Frontier Lab."""
        return "Super Lab" in self.tags or "Frontier Lab" in self.tags


def rank(papers: Sequence[Paper], profile: Profile) -> dict[str, Ranking]:
    """The ranking of each paper by arXiv id; it does not depend on the order of `papers`.

    Papers with a trophy come first, then by descending score; ties by arXiv id. Only papers new on the day have a rank.
    """
    rankings: dict[str, Ranking] = {}
    for paper in papers:
        if paper.dedupe_kind != "in-day":
            rankings[paper.arxiv_id] = _score(paper, profile)
    for paper in papers:  # an in-day duplicate has its own figures only if it has its own id
        rankings.setdefault(paper.arxiv_id, _score(paper, profile))
    new = [p.arxiv_id for p in papers if p.dedupe_kind == "new"]
    order = sorted(new, key=lambda i: (not rankings[i].trophy, -rankings[i].score, i))
    shown_count = _count_shown([rankings[i] for i in order], profile)
    lab_shown = any(rankings[i].lab for i in order[:shown_count])
    for place, arxiv_id in enumerate(order):
        r = rankings[arxiv_id]
        skip_reason = None if place < shown_count else _explain_skip(place, shown_count, lab_shown, profile)
        rankings[arxiv_id] = Ranking(r.score, r.parts, r.tags, place + 1, skip_reason)
    return rankings


def _score(paper: Paper, profile: Profile) -> Ranking:
    rules, organization = profile.ranked, paper.organization or ""
    upvotes, stars = paper.upvotes or 0, paper.github_stars or 0
    super_lab = profile.labs.super_pattern.first_match(organization) is not None
    frontier = not super_lab and profile.labs.frontier_pattern.first_match(organization) is not None
    keyword = profile.keyword_pattern.first_match(paper.title) is not None
    relevant = keyword and rules.topic_bonus > 0
    parts = ScoreParts(
        upvotes=rules.upvotes_weight * math.log1p(upvotes),
        stars=rules.stars_weight * math.log1p(stars),
        comments=rules.comments_weight * math.log1p(paper.comments or 0),
        lab=rules.super_lab_bonus if super_lab else rules.frontier_lab_bonus if frontier else 0.0,
        topic=rules.topic_bonus if relevant else 0.0,
    )
    tags = ["Super Lab"] if super_lab else ["Frontier Lab"] if frontier else []
    tags += ["Relevant"] if relevant else []
    tags += ["Viral"] if stars > rules.viral_stars or upvotes > rules.viral_upvotes else []
    tags += ["Must Read"] if super_lab and keyword else []
    score = round(parts.upvotes + parts.stars + parts.comments + parts.lab + parts.topic, 2)
    return Ranking(score, parts, tags)


def _count_shown(order: Sequence[Ranking], profile: Profile) -> int:
    """How many papers are shown: down to the last paper of a lab in the window, or one if there is none."""
    if profile.ranked.show == "all":
        return len(order)
    window = order[: profile.ranked.window]
    return max((place + 1 for place, r in enumerate(window) if r.lab), default=min(1, len(order)))


def _explain_skip(place: int, shown_count: int, lab_shown: bool, profile: Profile) -> Reason:
    if place >= profile.ranked.window:
        return make_reason("outside-window", rank=place + 1, window=profile.ranked.window)
    if not lab_shown:
        return make_reason("no-lab", rank=place + 1)
    return make_reason("after-last-lab", rank=place + 1, last=shown_count)
