"""Which of the profile's directions a paper belongs to, and what says so."""

from __future__ import annotations

from collections.abc import Sequence

from papers.models import Analysis, Direction, Paper
from papers.profile import Interest, Profile

TITLE, KEYWORDS, ABSTRACT, MODEL = 2.0, 1.0, 1.0, 2.0  # interest points of a cue, by where it stands


def directions_of(paper: Paper, analyses: Sequence[Analysis], profile: Profile) -> list[tuple[Direction, float]]:
    """The paper's directions with their interest points, the strongest first.

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


def _cue(paper: Paper, interest: Interest) -> tuple[str, float] | None:
    """The first cue of an interest, best place first, and its points before the weight."""
    places = (
        ("title", paper.title, TITLE),
        ("keywords", "; ".join(paper.ai_keywords), KEYWORDS),
        ("abstract", " ".join(paper.abstract.split()), ABSTRACT),
    )
    for place, text, points in places:
        told = interest.not_pattern.sub(lambda m: "\0" * len(m[0]), text)
        if found := interest.pattern.search(told):
            return f"{place}: {found[0]}", points
    return None
