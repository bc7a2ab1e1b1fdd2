"""What came of a run of a date: counts, failures, and the languages in which all is analysed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from papers.analysis_choice import stand_in_reasons
from papers.models import LANGUAGES, Analysis, Paper, Reading
from papers.reasons import reason_text
from papers.tables.manifests import DayOutcome


def outcome_of(papers: Sequence[Paper], readings: Sequence[Reading], analyses: Sequence[Analysis]) -> DayOutcome:
    """The outcome of a day's rows, of which `analyses` has one for each paper and language."""
    # A withdrawn paper has no analysis, and is no failure.
    read = {r.arxiv_id for r in readings if r.state == "done"}
    failed = {r.arxiv_id: f"not read: {reason_text(r.reason, 'en')}" for r in readings if r.state == "failed"}
    for a in analyses:
        if a.state != "done" and a.arxiv_id in read:
            failed.setdefault(a.arxiv_id, f"{a.state} ({a.language}): {reason_text(a.reason, 'en')}")
    stand_ins = {i: reason for i, reason in stand_in_reasons(analyses).items() if i not in failed}
    analyzed = {(a.arxiv_id, a.language) for a in analyses}
    tried = {r.arxiv_id for r in readings} - (read - {i for i, _ in analyzed})
    costs = [a.cost_usd for a in analyses if a.cost_usd is not None]
    return DayOutcome(
        state="partial" if failed or stand_ins else "done",
        listed=len(papers),
        new=sum(p.dedupe_kind == "new" for p in papers),
        untried=[p.arxiv_id for p in papers if p.dedupe_kind == "new" and p.arxiv_id not in tried],
        sources=dict(Counter(r.source for r in readings if r.state == "done" and r.source)),
        analyzed=sum(a.state == "done" for a in analyses),
        failed=failed,
        stand_ins=stand_ins,
        tokens=sum(a.input_tokens + a.output_tokens for a in analyses),
        cached_tokens=sum(a.cached_tokens for a in analyses),
        cost_usd=sum(costs) if costs else None,
        has_skipped_sources=any(a.outcome == "skipped" for r in readings for a in r.attempts),
        languages=[code for code in LANGUAGES if all((i, code) in analyzed for i in read)],
    )
