"""Which of the profile's directions a paper belongs to, what says so, and how many interest points that makes."""

from __future__ import annotations

from collections.abc import Sequence

from papers.models import Analysis, Direction, Paper
from papers.profile import Interest, Profile

# Interest points of a direction, by what speaks for it. A title names what a paper is about; a word said once in an
# abstract often does not ("causal reasoning", "pay attention to"), so that only one said again counts there.
TITLE, KEYWORDS, ABSTRACT, MODEL = 2.0, 1.0, 1.0, 2.0
BORNE_OUT = 0.5  # more for a title whose cue stands in keywords or abstract too
ABSTRACT_TIMES = 2
# What the strongest direction, the second and each further one add: a paper on many is less on each than one on few.
SHARES = (1.0, 0.5, 0.25)


def directions_of(paper: Paper, analyses: Sequence[Analysis], profile: Profile) -> list[tuple[Direction, float]]:
    """The paper's directions with their interest points, weight included, the strongest first.

    Those that a model's analysis names, when there is one; else by the cues in title, keywords and abstract.
    """
    named = {d for a in analyses if a.state == "done" for d in a.directions}
    found = []
    for interest in profile.interests:
        if named:
            hit = (f"model: {interest.name}", MODEL) if interest.name in named else None
        else:
            hit = _cue(paper, interest)
        if hit:
            found.append((Direction(name=interest.name, evidence=hit[0]), hit[1] * interest.weight))
    return sorted(found, key=lambda d: -d[1])


def interest_points(found: Sequence[tuple[Direction, float]]) -> float:
    """The points of a paper on these directions, the strongest first."""
    shares = [*SHARES, *[SHARES[-1]] * len(found)]
    return round(sum(points * share for (_, points), share in zip(found, shares, strict=False)), 2)


def _cue(paper: Paper, interest: Interest) -> tuple[str, float] | None:
    """The cue of an interest that weighs most, where it stands, and its points before the weight."""
    title = _found(interest, paper.title)
    keywords = _found(interest, "; ".join(paper.ai_keywords))
    abstract = _found(interest, " ".join(paper.abstract.split()))
    often = len(abstract) >= ABSTRACT_TIMES
    if title:
        return f"title: {title[0]}", TITLE + (BORNE_OUT if keywords or often else 0.0)
    if keywords:
        return f"keywords: {keywords[0]}", KEYWORDS
    if often:
        return f"abstract: {abstract[0]} ({len(abstract)} times)", ABSTRACT
    return None


def _found(interest: Interest, text: str) -> list[str]:
    """The cues in `text`, in order, but for what the interest says is none."""
    told = interest.not_pattern.sub(lambda m: "\0" * len(m[0]), text)
    return [m[0] for m in interest.pattern.finditer(told)]
