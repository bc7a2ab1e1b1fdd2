"""Both verdicts on every listed paper: for the ranked digest and for the curated post, each with reason and rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Literal

from papers.models import Analysis, Paper, Reading, Verdict
from papers.profile import Profile
from tasks.curate.interests import directions_of, interest_points
from tasks.curate.near_duplicates import ComparedPaper, NearestPick, Pick, nearest
from tasks.curate.ranking import Ranking, rank


def curate(
    papers: Sequence[Paper],
    readings: Sequence[Reading],
    analyses: Sequence[Analysis],
    profile: Profile,
    past: Sequence[Pick] = (),
) -> list[Verdict]:
    """One verdict for each distinct paper of the list, in the list's order.

    `past` are the picks of the days before (`near_duplicates.past_picks`). The same papers, readings, analyses, profile
    and past picks give the same verdicts.
    """
    ranking = rank(papers, profile)
    readings_by_id = {r.arxiv_id: r for r in readings}
    analyses_by_id: dict[str, list[Analysis]] = defaultdict(list)
    for analysis in analyses:
        analyses_by_id[analysis.arxiv_id].append(analysis)
    papers_by_id: dict[str, Paper] = {}
    for paper in papers:  # of two rows with one id, the one that is not an in-day duplicate
        if paper.arxiv_id not in papers_by_id or papers_by_id[paper.arxiv_id].dedupe_kind == "in-day":
            papers_by_id[paper.arxiv_id] = paper
    drafts = [
        _draft(p, ranking[p.arxiv_id], readings_by_id.get(p.arxiv_id), analyses_by_id[p.arxiv_id], profile)
        for p in papers_by_id.values()
    ]
    return _apply_cut(drafts, papers_by_id, profile, past)


def _draft(
    paper: Paper, ranking: Ranking, reading: Reading | None, analyses: Sequence[Analysis], profile: Profile
) -> Verdict:
    """The verdict from the paper's own facts: each candidate is a pick until `_apply_cut` compares those of the day."""
    directions = directions_of(paper, analyses, profile)
    points = interest_points(directions)
    rating = _rating(points, profile)
    rule, reason = _skip_rule(paper, reading, analyses, rating, points, profile) or ("pick", "")
    return Verdict(
        arxiv_id=paper.arxiv_id,
        score=ranking.score,
        score_parts=ranking.parts,
        tags=ranking.tags,
        trophy=ranking.trophy,
        rank=ranking.rank,
        ranked_decision="show" if ranking.rank and not ranking.skip_reason else "skip",
        ranked_reason=ranking.skip_reason or (None if ranking.rank else f"{paper.dedupe_kind}: {paper.dedupe_reason}"),
        directions=[d for d, _ in directions],
        rating=rating,
        curated_decision="pick" if rule == "pick" else "skip",
        curated_reason=reason or f"{points:g} interest points, score {ranking.score:g}",
        curated_rule=rule,
    )


def _rating(points: float, profile: Profile) -> Literal[2, 3] | None:
    if points >= profile.curated.must_read:
        return 3
    return 2 if points >= profile.curated.optional else None


def _skip_rule(
    paper: Paper,
    reading: Reading | None,
    analyses: Sequence[Analysis],
    rating: int | None,
    points: float,
    profile: Profile,
) -> tuple[str, str] | None:
    """The rule and the reason why a paper cannot be picked, else None."""
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
    if exclusion := _exclusion(paper, profile):
        return exclusion
    if rating is None:
        return "off-interest", f"{points:g} interest points, at least {rules.optional:g} required"
    # Only Hugging Face has votes; a must-read needs none.
    if rating == 2 and paper.source == "hf" and (paper.upvotes or 0) < rules.min_upvotes:
        return "weak-signal", f"{paper.upvotes or 0} upvotes, at least {rules.min_upvotes} required"
    return None


def _exclusion(paper: Paper, profile: Profile) -> tuple[str, str] | None:
    """The rule and the reason of the profile's exclusion that matches the paper, else None."""
    texts = {"title": paper.title, "abstract": " ".join(paper.abstract.split())}
    for exclusion in profile.curated.exclude:
        for place, pattern in exclusion.patterns:
            if (match := pattern.first_match(texts[place])) is not None:
                return exclusion.rule, f"{exclusion.en}: {place}: {match}"
    return None


def _apply_cut(
    drafts: list[Verdict], papers: Mapping[str, Paper], profile: Profile, past: Sequence[Pick]
) -> list[Verdict]:
    """The drafts; candidates that repeat a pick or come after the profile's number of picks are skipped."""
    candidates = sorted(
        (v for v in drafts if v.curated_decision == "pick"),
        key=lambda v: (-(v.rating or 0), -v.score, v.arxiv_id),
    )
    picks: list[Pick] = []
    skips: dict[str, tuple[str, str]] = {}
    for place, verdict in enumerate(candidates, 1):
        paper = papers[verdict.arxiv_id]
        compared = ComparedPaper(paper.arxiv_id, paper.title, paper.abstract)
        if duplicate := nearest(compared, [*past, *picks], profile.curated.near_duplicate):
            skips[verdict.arxiv_id] = "near-duplicate", _duplicate_reason(duplicate, profile)
        elif len(picks) < profile.curated.picks:
            picks.append(Pick(compared.arxiv_id, compared.title, compared.abstract, paper.first_seen))
        else:
            reason = f"place {place} of {len(candidates)} candidates, {profile.curated.picks} are picked"
            skips[verdict.arxiv_id] = "below-cut", reason
    return [_skip(v, *skips[v.arxiv_id]) if v.arxiv_id in skips else v for v in drafts]


def _duplicate_reason(duplicate: NearestPick, profile: Profile) -> str:
    pick, threshold = duplicate.pick, profile.curated.near_duplicate
    return (
        f"similar to {pick.arxiv_id}, picked on {pick.date}: "
        f"similarity {duplicate.similarity:.2f}, the limit is {threshold:g}"
    )


def _skip(verdict: Verdict, rule: str, reason: str) -> Verdict:
    update = {"curated_decision": "skip", "curated_rule": rule, "curated_reason": reason}
    return verdict.model_copy(update=update)
