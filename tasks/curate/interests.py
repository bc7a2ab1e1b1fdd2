"""A paper's directions, the evidence for each, and the interest points they give."""

from __future__ import annotations

from collections.abc import Sequence

from papers.models import Analysis, Direction, Paper
from papers.profile import Interest, Profile

# Interest points of a direction, by where its cue was found. A title names the topic of a paper. A word that occurs
# only once in an abstract often does not ("causal reasoning", "pay attention to"), so there it must occur twice.
TITLE_POINTS, KEYWORD_POINTS, ABSTRACT_POINTS, MODEL_POINTS = 2.0, 1.0, 1.0, 2.0
CONFIRMATION_POINTS = 0.5  # extra points for a cue in the title if keywords or abstract have a cue too
MIN_ABSTRACT_CUES = 2
# The share that counts of the strongest direction, of the second, and of each further one: a paper with many directions
# is less about each of them than a paper with few.
DIRECTION_SHARES = (1.0, 0.5, 0.25)


def directions_of(paper: Paper, analyses: Sequence[Analysis], profile: Profile) -> list[tuple[Direction, float]]:
    """The paper's directions with their weighted interest points, the strongest first.

    If a model's analysis names directions, these are used; otherwise the cues in title, keywords and abstract decide.
    """
    model_directions = {d for a in analyses if a.state == "done" for d in a.directions}
    directions = []
    for interest in profile.interests:
        if model_directions:
            cue = (f"model: {interest.name}", MODEL_POINTS) if interest.name in model_directions else None
        else:
            cue = _strongest_cue(paper, interest)
        if cue:
            directions.append((Direction(name=interest.name, evidence=cue[0]), cue[1] * interest.weight))
    return sorted(directions, key=lambda d: -d[1])


def interest_points(directions: Sequence[tuple[Direction, float]]) -> float:
    """The points of a paper with these directions, given the strongest first."""
    shares = [*DIRECTION_SHARES, *[DIRECTION_SHARES[-1]] * len(directions)]
    return round(sum(points * share for (_, points), share in zip(directions, shares, strict=False)), 2)


def _strongest_cue(paper: Paper, interest: Interest) -> tuple[str, float] | None:
    """The evidence for an interest that gives most points (a cue and its place), and the points before weighting."""
    title = _cues_in(interest, paper.title)
    keywords = _cues_in(interest, "; ".join(paper.ai_keywords))
    abstract = _cues_in(interest, " ".join(paper.abstract.split()))
    in_abstract = len(abstract) >= MIN_ABSTRACT_CUES
    if title:
        return f"title: {title[0]}", TITLE_POINTS + (CONFIRMATION_POINTS if keywords or in_abstract else 0.0)
    if keywords:
        return f"keywords: {keywords[0]}", KEYWORD_POINTS
    if in_abstract:
        return f"abstract: {abstract[0]} ({len(abstract)} times)", ABSTRACT_POINTS
    return None


def _cues_in(interest: Interest, text: str) -> list[str]:
    """The cues in `text`, in order, without the phrases that the interest excludes."""
    return interest.pattern.matches(interest.not_pattern.mask(text))
