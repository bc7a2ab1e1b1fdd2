"""Both verdicts on every listed paper: the ranked digest's and the curated post's, each with reason and rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from papers.models import Analysis, Paper, Reading, Verdict
from papers.profile import Profile
from tasks.curate.interests import directions_of, interest_points
from tasks.curate.near_duplicates import ComparedPaper, Pick, Twin, nearest
from tasks.curate.ranking import Ranking, rank


def curate(
    papers: Sequence[Paper],
    readings: Sequence[Reading],
    analyses: Sequence[Analysis],
    profile: Profile,
    past: Sequence[Pick] = (),
) -> list[Verdict]:
    """One verdict for each distinct paper of the list, in the list's order.

    `past` are the picks of the days before (`similar.past_picks`). The same papers, readings, analyses, profile and
    past picks give the same verdicts.
    """
    ranking = rank(papers, profile)
    read = {r.arxiv_id: r for r in readings}
    analysed: dict[str, list[Analysis]] = defaultdict(list)
    for analysis in analyses:
        analysed[analysis.arxiv_id].append(analysis)
    firsts: dict[str, Paper] = {}
    for paper in papers:  # of two copies of one id, the one that is no in-day double
        if paper.arxiv_id not in firsts or firsts[paper.arxiv_id].dedupe_kind == "in-day":
            firsts[paper.arxiv_id] = paper
    drafts = [
        _draft(p, ranking[p.arxiv_id], read.get(p.arxiv_id), analysed[p.arxiv_id], profile) for p in firsts.values()
    ]
    return _cut(drafts, firsts, profile, past)


def _draft(
    paper: Paper, ranking: Ranking, reading: Reading | None, analyses: Sequence[Analysis], profile: Profile
) -> Verdict:
    """The verdict as far as the paper alone decides it: a candidate is a pick until the day's cut."""
    found = directions_of(paper, analyses, profile)
    points = interest_points(found)
    rating = _rating(points, profile)
    rule, reason = _skip(paper, reading, analyses, rating, points, profile) or ("pick", "")
    return Verdict(
        arxiv_id=paper.arxiv_id,
        score=ranking.score,
        score_parts=ranking.parts,
        tags=ranking.tags,
        trophy=ranking.trophy,
        rank=ranking.rank,
        ranked_decision="show" if ranking.rank and not ranking.skipped else "skip",
        ranked_reason=ranking.skipped or (None if ranking.rank else f"{paper.dedupe_kind}: {paper.dedupe_reason}"),
        directions=[d for d, _ in found],
        rating=rating,
        curated_decision="pick" if rule == "pick" else "skip",
        curated_reason=reason or f"{points:g} interest points, score {ranking.score:g}",
        curated_rule=rule,
    )


def _rating(points: float, profile: Profile) -> Literal[2, 3] | None:
    if points >= profile.curated.must_read:
        return 3
    return 2 if points >= profile.curated.optional else None


def _skip(
    paper: Paper,
    reading: Reading | None,
    analyses: Sequence[Analysis],
    rating: int | None,
    points: float,
    profile: Profile,
) -> tuple[str, str] | None:
    """Rule and reason of a paper that cannot be picked, else None."""
    rules = profile.curated
    if paper.dedupe_kind != "new":
        return paper.dedupe_kind, paper.dedupe_reason or ""
    if reading is None or reading.state != "done":
        rule = "withdrawn" if reading and reading.state == "withdrawn" else "not-read"
        return rule, (reading.reason if reading else None) or "no reading"
    if not any(a.state == "done" for a in analyses):
        budget = any(a.state == "budget" for a in analyses)
        reason = next((a.reason for a in analyses if a.reason), None) or "no analysis"
        return ("budget" if budget else "not-analyzed"), reason
    if excluded := _excluded(paper, profile):
        return excluded
    if rating is None:
        return "off-interest", f"{points:g} interest points, {rules.optional:g} are asked for"
    # Elsewhere than on Hugging Face nobody votes, and a must-read is one before anybody has.
    if rating == 2 and paper.source == "hf" and (paper.upvotes or 0) < rules.min_upvotes:
        return "weak-signal", f"{paper.upvotes or 0} upvotes, {rules.min_upvotes} are asked for"
    return None


def _excluded(paper: Paper, profile: Profile) -> tuple[str, str] | None:
    """Rule and reason of a paper that an exclusion of the profile names."""
    texts = {"title": paper.title, "abstract": " ".join(paper.abstract.split())}
    for exclusion in profile.curated.exclude:
        for place, pattern in exclusion.patterns:
            if found := pattern.search(texts[place]):
                return exclusion.rule, f"{exclusion.en}: {place}: {found[0]}"
    return None


def _cut(drafts: list[Verdict], papers: Mapping[str, Paper], profile: Profile, past: Sequence[Pick]) -> list[Verdict]:
    """The drafts with the candidates left out that repeat a pick, or come after the profile's number of picks."""
    candidates = sorted(
        (v for v in drafts if v.curated_decision == "pick"),
        key=lambda v: (-(v.rating or 0), -v.score, v.arxiv_id),
    )
    picks: list[Pick] = []
    left: dict[str, tuple[str, str]] = {}
    for place, verdict in enumerate(candidates, 1):
        paper = papers[verdict.arxiv_id]
        told = ComparedPaper(paper.arxiv_id, paper.title, paper.abstract)
        if twin := nearest(told, [*past, *picks], profile.curated.near_duplicate):
            left[verdict.arxiv_id] = "near-duplicate", _alike(twin, profile)
        elif len(picks) < profile.curated.picks:
            picks.append(Pick(told.arxiv_id, told.title, told.abstract, paper.first_seen))
        else:
            reason = f"place {place} of {len(candidates)} candidates, {profile.curated.picks} are picked"
            left[verdict.arxiv_id] = "below-cut", reason
    return [_left_out(v, *left[v.arxiv_id]) if v.arxiv_id in left else v for v in drafts]


def _alike(twin: Twin, profile: Profile) -> str:
    pick, bound = twin.pick, profile.curated.near_duplicate
    return f"like {pick.arxiv_id}, picked on {pick.date}: likeness {twin.likeness:.2f}, {bound:g} is too near"


def _left_out(verdict: Verdict, rule: str, reason: str) -> Verdict:
    update = {"curated_decision": "skip", "curated_rule": rule, "curated_reason": reason}
    return verdict.model_copy(update=update)
