"""Scores for the results and the insight: outcomes of the work, not sizes, set-ups or plans."""

from __future__ import annotations

import re

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.contribution import WorkTitle

_BODY_POINTS = {"results": 0.5, "conclusion": 0.7, "introduction": 0.3}
_HEDGED = re.compile(
    r"\b(?:may|might|could|possibly|perhaps|presumably|likely|speculate|suppose|hypothes\w+|suggests? that future"
    r"|would)\b"
    r"|\?$|^(?:if|when|why|how|what|since|because|although|while)\b",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"\b(?:compared (?:to|with)|than|over|relative to|baselines?|versus|outperform\w*|surpass\w*)\b", re.IGNORECASE
)


_OWN_GAIN = (
    r"(?:outperform|surpass|exceed|achiev|improv|reach|attain|reduc|yield|obtain|boost|deliver)(?:e|es|s|ed|ing)?\b"
)


def result_score(c: Candidate) -> float | None:
    """How well a sentence of the abstract states an outcome of the work; None if it does not."""
    if not c.in_abstract or c.anaphoric or c.about_field or c.side_matter:
        return None
    number = c.number
    finds, outcome = c.finds, c.outcome
    if (cues.SIZE.search(c.text) or cues.SETUP.search(c.text)) and not (
        finds or (outcome and _COMPARES.search(c.text))
    ):
        return None
    return _abstract_score(c, number, finds, outcome)


def body_result_score(c: Candidate, title: WorkTitle) -> float | None:
    """How well a sentence of the body says, in numbers, what the own work gains over others; None if it does not."""
    if c.kind not in _BODY_POINTS or c.role not in ("", "result") or c.anaphoric or _HEDGED.search(c.text):
        return None
    own = rf"(?:\b[Oo]ur(?: \w+)?|\b[Tt]he proposed \w+|{re.escape(title.name) if title.name else '(?!)'})"
    if not re.search(rf"{own}\b[^.]{{0,60}}\b{_OWN_GAIN}", c.text) or not c.number:
        return None
    if cues.SETUP.search(c.text) or cues.SIZE.search(c.text) or not _COMPARES.search(c.text):
        return None
    if c.others_work or c.side_matter or c.points_back:
        return None
    return _BODY_POINTS[c.kind] + 1.0 * title.is_named_in(c.text) - 0.002 * c.position


def _abstract_score(c: Candidate, number: bool, finds: bool, outcome: bool) -> float | None:
    measured = number and outcome and c.role in ("method", "objective") and _COMPARES.search(c.text) is not None
    if c.role != "result" and not measured:
        return None
    proposes = c.proposes and not finds
    if proposes and not (number or outcome):
        return None
    points = 3.0 + 1.0 * number + 0.7 * outcome + 0.5 * finds
    points -= 0.7 * c.points_back
    points -= 1.5 * is_vague(c) + 0.5 * (_ALSO.search(c.text) is not None)
    return points - 1.0 * proposes - 0.5 * (cues.OUTCOME.search(c.text) is None)


_ALSO = re.compile(
    r"\balso (?:\w+ )?(?:outperform|enabl|demonstrat|translat|show|improv|support|provid)", re.IGNORECASE
)
_PRAISE = re.compile(
    r"\b(?:validat|demonstrat|show|confirm|highlight|underscor|verif|prov)\w*\b[^.]{0,60}"
    r"\b(?:effectiveness|efficacy|promise|promising|potential|practical path|feasibility|superiority|importance"
    r"|usefulness|value|validity)\b",
    re.IGNORECASE,
)


def is_vague(c: Candidate) -> bool:
    """Whether a result only praises the work, without saying what was found."""
    return not c.number and _PRAISE.search(c.text) is not None and _COMPARES.search(c.text) is None


_EXPERIMENTS_SHOW = re.compile(
    r"\b(?:experiments?|results?|evaluations?|findings?|simulations?|analys[ie]s)\b[^.]{0,160}\b(?:show|demonstrat"
    r"|reveal"
    r"|confirm|indicat|validat|verif|suggest)\w*",
    re.IGNORECASE,
)


def likely_result_score(c: Candidate) -> float | None:
    """For an abstract without a sure result: how likely a sentence states one; None if it does not."""
    if not c.in_abstract or c.anaphoric or c.side_matter or c.others_work:
        return None
    number = c.number
    outcome = c.outcome
    shows = c.finds or _EXPERIMENTS_SHOW.search(c.text) is not None
    if c.role != "result" and not shows and not (c.role == "method" and number and outcome):
        return None
    return 2.0 * (c.role == "result") + 1.5 * shows + 0.7 * outcome + 0.7 * number - 0.01 * c.position


_INSIGHT = re.compile(
    r"\b(?:we|this (?:paper|work|study)) (?:\w+ )?(?:find|found|observe|show|discover|reveal|uncover|prove|conclude)\w*"
    r" (?:\w+ )?that\b|\b(?:findings?|results?|analys[ie]s|experiments?|evidence) (?:\w+ )?(?:show|reveal|suggest"
    r"|indicate"
    r"|demonstrate|highlight|underscore|establish)\w*\b|\bsuggest(?:s|ing) that\b|\bhighlight(?:s|ing) the\b"
    r"|\bunderscor(?:es|ing)\b|\bsurpris\w+",
    re.IGNORECASE,
)
_INSIGHT_KINDS = {"abstract": 2.0, "conclusion": 1.0}


def insight_score(c: Candidate, title: WorkTitle) -> float | None:
    """How well a sentence says what was learnt; None if it does not."""
    if c.kind not in _INSIGHT_KINDS or c.anaphoric or not _INSIGHT.search(c.text):
        return None
    if c.about_field or c.side_matter or c.others_work:
        return None
    if c.role not in ("result", "method") or (not c.in_abstract and _HEDGED.search(c.text)):
        return None
    learnt = re.search(r"\bthat\b|\bsuggest|\breveal|\binsight|\bunderscor", c.text, re.IGNORECASE) is not None
    return _INSIGHT_KINDS[c.kind] + 1.0 * learnt + 0.5 * title.has_own_subject(c.text) - 0.01 * c.position
