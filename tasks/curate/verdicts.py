"""Both verdicts on every listed paper: for the ranked digest and for the curated post, each with its reason."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from papers.models import Analysis, Direction, Paper, PickParts, Reading, Reason, Verdict
from papers.profile import Profile
from papers.reasons import make_reason, reason_text
from tasks.curate.editor_words import frequent_words
from tasks.curate.interests import directions_of, interest_points
from tasks.curate.near_duplicates import ComparedPaper, NearestPick, Pick, nearest
from tasks.curate.pick_scores import UpvotePlace, kind_of, score_pick, upvote_places
from tasks.curate.ranking import Ranking, rank

VERSION = 1  # of the rules: raise it when the same rows and profile give other verdicts
SIGNAL_SHARE = 0.25  # a must-read is in this share of the day's new papers by upvotes, rounded up, or has the tag Viral
VOTED_MEDIAN = 3  # upvotes of the median paper from which a paper without votes is one that readers passed over
TROPHY_TAGS = ("Viral", "Must Read")  # of the ranked digest
# What a reason names: a place by upvotes in this share of the day's new papers, so many stars, and words that give this
# many times the points of an average paper.
NAMED_SHARE, NAMED_STARS, NAMED_WORDS = 1 / 3, 100, 1.2
MUST_READ_SHARE = 3  # at most one pick of three is a must-read


@dataclass(frozen=True)
class _Candidate:
    """A listed paper with all that its verdict depends on."""

    paper: Paper
    ranking: Ranking
    directions: Sequence[Direction]
    interest: float
    upvotes: UpvotePlace | None  # of a new paper
    score: float
    parts: PickParts
    words: Sequence[str]  # of title and abstract, those that are most frequent among editors' picks

    @property
    def order(self) -> tuple[float, int, str]:
        """Sorts candidates: by pick score, then by upvotes, then by arXiv id."""
        return -self.score, -(self.paper.upvotes or 0), self.paper.arxiv_id

    @property
    def among_the_first(self) -> bool:
        """Whether the paper has upvotes, and only few papers of the day have more."""
        place = self.upvotes
        return place is not None and place.share > 0 and place.place <= _places(place, SIGNAL_SHARE)

    @property
    def signal(self) -> bool:
        """Whether readers' attention supports a must-read."""
        return self.among_the_first or "Viral" in self.ranking.tags


def curate(
    papers: Sequence[Paper],
    readings: Sequence[Reading],
    analyses: Sequence[Analysis],
    profile: Profile,
    past: Sequence[Pick] = (),
    words: Mapping[str, float] | None = None,
) -> list[Verdict]:
    """One verdict for each distinct paper of the list, in the list's order.

    `past` are the picks of the days before; `words` are weights of words in place of the shipped ones. The same papers,
    readings, analyses, profile and past picks give the same verdicts.
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
    places = upvote_places(list(papers_by_id.values()))
    all_candidates = []
    for p in papers_by_id.values():
        directions = directions_of(p, analyses_by_id[p.arxiv_id], profile)
        interest, place = interest_points(directions), places.get(p.arxiv_id)
        scored = score_pick(p, interest, place, ranking[p.arxiv_id], profile, words)
        editor_words = frequent_words(p.title, p.abstract, p.ai_keywords, words)
        own_directions = [d for d, _ in directions]
        all_candidates.append(
            _Candidate(p, ranking[p.arxiv_id], own_directions, interest, place, *scored, editor_words)
        )
    first = _most_upvoted(all_candidates, profile)
    reasons = {
        c.paper.arxiv_id: reason
        for c in all_candidates
        if (reason := _skip_reason(c, readings_by_id, analyses_by_id, profile, c is first))
    }
    candidates = [c for c in all_candidates if c.paper.arxiv_id not in reasons]
    picks, must_reads = _apply_cut(candidates, first, reasons, profile, past)
    ratings: dict[str, Literal[2, 3]] = {c.paper.arxiv_id: 3 if c in must_reads else 2 for c in picks}
    return [_verdict(c, reasons[c.paper.arxiv_id], ratings.get(c.paper.arxiv_id), profile) for c in all_candidates]


def _verdict(c: _Candidate, reason: Reason, rating: Literal[2, 3] | None, profile: Profile) -> Verdict:
    arxiv_id, skipped, kind = c.paper.arxiv_id, c.ranking.skip_reason, kind_of(c.paper, profile)
    if not c.ranking.rank:
        skipped = make_reason(c.paper.dedupe_kind, reason=c.paper.dedupe_reason)
    return Verdict(
        arxiv_id=arxiv_id,
        score=c.ranking.score,
        score_parts=c.ranking.parts,
        tags=c.ranking.tags,
        trophy=c.ranking.trophy,
        rank=c.ranking.rank,
        ranked_decision="skip" if skipped else "show",
        ranked_reason=reason_text(skipped, "en") if skipped else None,
        ranked_rule=skipped.code if skipped else None,
        ranked_parts=skipped.parts if skipped else [],
        directions=list(c.directions),
        kind=kind[0].name if kind else None,
        rating=rating,
        pick_score=c.score,
        pick_parts=c.parts,
        curated_decision="pick" if rating else "skip",
        curated_reason=reason_text(reason, "en"),
        curated_rule=reason.code,
        curated_parts=reason.parts,
    )


def _most_upvoted(candidates: Sequence[_Candidate], profile: Profile) -> _Candidate | None:
    """The day's most upvoted new paper, of equals the best by score; None without upvotes, or if it has no place."""
    voted = [c for c in candidates if c.upvotes and c.upvotes.place == 1 and (c.paper.upvotes or 0) > 0]
    return min(voted, key=lambda c: c.order) if voted and profile.curated.most_upvoted else None


def _skip_reason(
    c: _Candidate,
    readings: Mapping[str, Reading],
    analyses: Mapping[str, Sequence[Analysis]],
    profile: Profile,
    is_first: bool,
) -> Reason | None:
    """Why a paper cannot be picked, whatever its score; None for a candidate."""
    rules, paper = profile.curated, c.paper
    if paper.dedupe_kind != "new":
        return make_reason(paper.dedupe_kind, reason=paper.dedupe_reason)
    if reason := _unprepared(paper, readings.get(paper.arxiv_id), analyses[paper.arxiv_id]):
        return reason
    texts = {"title": paper.title, "abstract": " ".join(paper.abstract.split())}
    for exclusion in rules.exclude:
        if evidence := exclusion.evidence(texts):
            return make_reason(
                exclusion.rule, en=exclusion.en, zh=exclusion.zh, field=evidence[0], evidence=evidence[1]
            )
    if is_first:
        return None
    if c.interest < rules.optional:
        names = " / ".join(d.name for d in c.directions)
        return make_reason("off-interest", points=f"{c.interest:g}", least=f"{rules.optional:g}", directions=names)
    # Only Hugging Face has votes, and on a list captured early most papers have none or few yet.
    votes_given = c.upvotes is not None and c.upvotes.median >= VOTED_MEDIAN
    if paper.source == "hf" and votes_given and (paper.upvotes or 0) < rules.min_upvotes:
        median = f"{c.upvotes.median:g}" if c.upvotes else ""
        return make_reason("weak-signal", upvotes=paper.upvotes or 0, median=median, least=rules.min_upvotes)
    return None


def _unprepared(paper: Paper, reading: Reading | None, analyses: Sequence[Analysis]) -> Reason | None:
    """Why a new paper could not be judged: it was not read, or not analysed."""
    if reading is None or reading.state != "done":
        why = (reading.reason if reading else None) or make_reason("no-reading")
        is_withdrawn = reading is not None and reading.state == "withdrawn"
        return make_reason("withdrawn" if is_withdrawn else "not-read", reason=why)
    if any(a.state == "done" for a in analyses):
        return None
    why = next((a.reason for a in analyses if a.reason), None) or make_reason("no-analysis")
    return make_reason("budget" if any(a.state == "budget" for a in analyses) else "not-analyzed", reason=why)


def _apply_cut(
    candidates: Sequence[_Candidate],
    first: _Candidate | None,
    reasons: dict[str, Reason],
    profile: Profile,
    past: Sequence[Pick],
) -> tuple[list[_Candidate], list[_Candidate]]:
    """The picks, the best first, and the must-reads among them; adds to `reasons` that of each candidate.

    The most upvoted paper has a place, the rest go by score. A candidate that repeats a pick in other words has none.
    """
    order = sorted(candidates, key=lambda c: c.order)
    places = {c.paper.arxiv_id: n for n, c in enumerate(order, 1)}
    picks: list[_Candidate] = []
    compared: list[Pick] = list(past)
    queue = ([first] if first in order and profile.curated.picks else []) + [c for c in order if c is not first]
    left_out = []
    for c in queue:
        paper = ComparedPaper(c.paper.arxiv_id, c.paper.title, c.paper.abstract)
        if duplicate := nearest(paper, compared, profile.curated.near_duplicate):
            reasons[c.paper.arxiv_id] = _duplicate_reason(duplicate, profile)
        elif len(picks) < profile.curated.picks:
            picks.append(c)
            compared.append(Pick(paper.arxiv_id, paper.title, paper.abstract, c.paper.first_seen))
        else:
            left_out.append(c)
    picks.sort(key=lambda c: c.order)
    must_reads = _must_reads(picks, profile)
    for c in picks:
        reasons[c.paper.arxiv_id] = _pick_reason(c, c is first, c in must_reads, places, profile)
    for c in left_out:
        reasons[c.paper.arxiv_id] = _cut_reason(c, first, picks, places)
    return picks, must_reads


def _pick_reason(c: _Candidate, is_first: bool, must_read: bool, places: Mapping[str, int], profile: Profile) -> Reason:
    """The reason of a pick: what earned its points, its place and score, and the signal of a must-read."""
    parts: dict[str, object] = {"place": places[c.paper.arxiv_id], "candidates": len(places), "score": f"{c.score:.1f}"}
    return make_reason("pick", **parts, **_merits(c, is_first, must_read, profile))


def _merits(c: _Candidate, is_first: bool, must_read: bool, profile: Profile) -> dict[str, object]:
    """What earned a paper its points, as parts of its reason; what adds little is left out."""
    paper, kind, merits = c.paper, kind_of(c.paper, profile), dict[str, object]()
    if is_first:
        merits["most_upvoted"] = paper.upvotes
    elif not must_read and c.upvotes and c.upvotes.share > 0 and c.upvotes.place <= _places(c.upvotes, NAMED_SHARE):
        merits |= {"by_upvotes": c.upvotes.place, "papers": c.upvotes.papers}
    main = [d.name for d in c.directions if d.is_main][:2]
    if must_read:
        merits |= _signal(c) | {"must_on": " / ".join(main or [d.name for d in c.directions[:1]])}
    elif main:
        merits["on"] = " / ".join(main)
    if kind and kind[0].weight > 0:
        merits |= {"kind_en": kind[0].en, "kind_zh": kind[0].zh}
    if c.parts.lab > 0:
        merits["lab"] = " ".join((paper.organization or "").split())
    if (paper.github_stars or 0) >= NAMED_STARS and c.parts.stars > 0:
        merits["stars"] = paper.github_stars
    if c.words and c.parts.words >= NAMED_WORDS * profile.curated.weights.words > 0:
        merits["words"] = " / ".join(c.words)
    if c.parts.trophy > 0:
        merits["trophy"] = ", ".join(t for t in c.ranking.tags if t in TROPHY_TAGS)
    return merits


def _signal(c: _Candidate) -> dict[str, object]:
    """What makes a pick on a direction of interest a must-read, as parts of its reason."""
    if c.among_the_first and c.upvotes:
        return {"must_read": c.upvotes.place, "first": _places(c.upvotes, SIGNAL_SHARE), "papers": c.upvotes.papers}
    return {"viral": "yes"}


def _places(place: UpvotePlace, share: float) -> int:
    """How many places are in that share of the day's new papers, rounded up."""
    return math.ceil(place.papers * share)


def _cut_reason(
    c: _Candidate, first: _Candidate | None, picks: Sequence[_Candidate], places: Mapping[str, int]
) -> Reason:
    """The reason of a candidate that is left out: its place and score, and those of the last pick by score."""
    parts: dict[str, object] = {"place": places[c.paper.arxiv_id], "candidates": len(places), "score": f"{c.score:.1f}"}
    better = [n for n, pick in enumerate(picks, 1) if pick.order < c.order]
    if not better:
        return make_reason("no-places", **parts)
    last = picks[better[-1] - 1]
    parts |= {"cut_pick": better[-1], "cut": f"{last.score:.1f}"}
    if last.score == c.score:
        parts["equal"] = "yes"
    if first in picks and first is not None and first.order > c.order:
        parts["reserved"] = first.paper.arxiv_id
    if c.ranking.trophy:
        parts["tags"] = ", ".join(t for t in c.ranking.tags if t in TROPHY_TAGS)
        return make_reason("trophy-below-cut", **parts)
    return make_reason("below-cut", **parts)


def _duplicate_reason(duplicate: NearestPick, profile: Profile) -> Reason:
    pick = duplicate.pick
    return make_reason(
        "near-duplicate",
        id=pick.arxiv_id,
        date=pick.date,
        similarity=f"{duplicate.similarity:.2f}",
        limit=f"{profile.curated.near_duplicate:g}",
    )


def _must_reads(picks: Sequence[_Candidate], profile: Profile) -> list[_Candidate]:
    """The picks with three stars: with interest and a signal, the best by score, at most a third of the picks."""
    fit = [c for c in picks if c.interest >= profile.curated.must_read and c.signal]
    return fit[: len(picks) // MUST_READ_SHARE]
