"""A paper's directions, the evidence for each, and the interest points they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from papers.models import Analysis, Direction, Paper
from papers.profile import Interest, Profile

# Interest points of a direction, by where its cue was found. A title names the topic of a paper. A word that occurs
# only once in an abstract often does not ("causal reasoning", "pay attention to"), so there it must occur twice.
TITLE_POINTS, ABSTRACT_POINTS, MODEL_POINTS = 2.0, 1.0, 2.0  # those of a cue in the keywords are in the profile
CONFIRMATION_POINTS = 0.5  # extra points for a cue in the title if keywords or abstract have a cue too
MIN_ABSTRACT_CUES = 2
MAX_DIRECTIONS = 3  # of a paper whose title names fewer
FREQUENT = 3  # occurrences in keywords and abstract from which a cue counts beside those in the title
SINGLE_CUE_POINTS = 0.5  # of a cue that occurs once in the abstract: it counts only if the paper has no other direction
# The share that counts of the strongest direction, of the second, and of each further one: a paper with many directions
# is less about each of them than a paper with few.
DIRECTION_SHARES = (1.0, 0.5, 0.25)


@dataclass(frozen=True)
class _Cue:
    """The strongest cue of an interest in a paper: its evidence, its points before weighting, how often cues occur."""

    interest: Interest
    evidence: str
    points: float
    count: int = 0  # in keywords and abstract
    in_title: bool = False
    by_model: bool = False

    @property
    def is_sure(self) -> bool:
        """Whether a model or the title names the interest."""
        return self.in_title or self.by_model

    @property
    def weighted(self) -> float:
        """Its points times the weight of the interest."""
        return self.points * self.interest.weight


def directions_of(paper: Paper, analyses: Sequence[Analysis], profile: Profile) -> list[tuple[Direction, float]]:
    """The paper's directions with their weighted interest points.

    Those of a model or of the title come first, the strongest before the others; then those that occur most often.

    If a model's analysis names directions, these are used; otherwise the cues in title, keywords and abstract decide.
    """
    model_directions = {d for a in analyses if a.state == "done" for d in a.directions}
    if model_directions:
        named = [i for i in profile.interests if i.name in model_directions]
        found = [_Cue(i, f"model: {i.name}", MODEL_POINTS, by_model=True) for i in named]
    else:
        cues = (_strongest_cue(paper, i, profile.curated.weights.keywords) for i in profile.interests)
        found = _main_cues([c for c in cues if c]) or _single_cue(paper, profile) or _last_cues(paper, profile)
    sure = sorted((c for c in found if c.is_sure), key=lambda c: -c.weighted)
    order = sure + [c for c in found if not c.is_sure]
    return [(Direction(name=c.interest.name, evidence=c.evidence), c.weighted) for c in order]


def interest_points(directions: Sequence[tuple[Direction, float]]) -> float:
    """The points of a paper with these directions."""
    shares = [*DIRECTION_SHARES, *[DIRECTION_SHARES[-1]] * len(directions)]
    strongest_first = sorted((points for _, points in directions), reverse=True)
    return round(sum(points * share for points, share in zip(strongest_first, shares, strict=False)), 2)


def _strongest_cue(paper: Paper, interest: Interest, keyword_points: float) -> _Cue | None:
    """The evidence for an interest that gives most points: a cue and its place."""
    title = _cues_in(interest, paper.title)
    keywords = _cues_in(interest, "; ".join(paper.ai_keywords))
    abstract = _cues_in(interest, " ".join(paper.abstract.split()))
    in_abstract, count = len(abstract) >= MIN_ABSTRACT_CUES, len(keywords) + len(abstract)
    if title:
        points = TITLE_POINTS + (CONFIRMATION_POINTS if keywords or in_abstract else 0.0)
        return _Cue(interest, f"title: {title[0]}", points, count, in_title=True)
    if keywords:
        return _Cue(interest, f"keywords: {keywords[0]}", keyword_points, count)
    if in_abstract:
        return _Cue(interest, f"abstract: {abstract[0]} ({len(abstract)} times)", ABSTRACT_POINTS, count)
    return None


def _main_cues(cues: Sequence[_Cue]) -> list[_Cue]:
    """All cues in the title; others, the most frequent first, until the paper has `MAX_DIRECTIONS` directions.

    Keywords and abstract name much that a paper only uses; what it is about occurs often. The most frequent cue counts
    in any case for a paper whose title has none.
    """
    in_title = [c for c in cues if c.in_title]
    others = sorted((c for c in cues if not c.in_title), key=lambda c: -c.count)
    kept = [c for n, c in enumerate(others) if c.count >= FREQUENT or (n == 0 and not in_title)]
    return in_title + kept[: max(0, MAX_DIRECTIONS - len(in_title))]


def _single_cue(paper: Paper, profile: Profile) -> list[_Cue]:
    """The cue that stands first in the abstract, for a paper without stronger evidence of any direction."""
    abstract = " ".join(paper.abstract.split())
    found = [
        (abstract.find(cues[0]), _Cue(interest, f"abstract: {cues[0]}", SINGLE_CUE_POINTS))
        for interest in profile.interests
        if (cues := _cues_in(interest, abstract))
    ]
    return [min(found, key=lambda f: f[0])[1]] if found else []


def _last_cues(paper: Paper, profile: Profile) -> list[_Cue]:
    """The cues in the title that say little of the subject, for a paper without any other."""
    found = ((i, i.last_pattern.matches(paper.title)) for i in profile.interests)
    return [_Cue(i, f"title: {cues[0]}", SINGLE_CUE_POINTS, in_title=True) for i, cues in found if cues]


def _cues_in(interest: Interest, text: str) -> list[str]:
    """The cues in `text`, in order, without the phrases that the interest excludes."""
    return interest.pattern.matches(interest.not_pattern.mask(text))
