"""Scores for limitations and fitting uses: what the paper says of its own work where it looks back on it."""

from __future__ import annotations

import re

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.contribution import WorkTitle

_LIMIT = re.compile(
    r"\blimitations?\b|\blimited (?:to|by|in)\b|\bis limited\b|\brestrict(?:s|ed)\b|\b(?:does|do|did|is|are|was"
    r"|were) not\b"
    r"|\bcannot\b|\bfails?\b|\bmay (?:not|still|fail|struggle|limit|introduce|lead|be)\b|\bstill (?:requires?"
    r"|struggles?|relies"
    r"|depends?|lags?|remains?)|\bonly (?:on|consider|cover|focus|evaluat|explor|support|stud|test)\w*|\bsolely\b"
    r"|\brelies on\b"
    r"|\bdepends? on\b|\bwe (?:leave|focus only|only|have not|did not|do not)\b|\bbeyond the scope\b"
    r"|\bcomes? at the cost\b"
    r"|\bremains? (?:an? )?(?:challeng|open|difficult|unclear|unexplored|to be)\w*|\bcomputationally (?:expensive"
    r"|demanding)"
    r"|\bstruggles?\b|\boverhead\b|\bconstrained by\b|\bbottleneck\b|\bincreases? (?:the )?(?:memory|comput|latency"
    r"|cost|time)\w*"
    r"|\bgap remains\b|\bremains? (?:preliminary|limited)\b|\bdemands? (?:[\w-]+ ){0,2}(?:tuning|resources|comput\w+"
    r"|memory|effort|data)\b|\bhighly dependent\b|\bless (?:effective|reliable|accurate|suitable)\b|\btrade-off\b"
    r"|\bpersists?\b|\bhampered\b"
    r"|\bhindered\b|\bnot perfect\w*\b|\bintroduces? (?:\w+ )?(?:bias|noise|overhead|error)\w*|\bcould introduce\b"
    r"|\bunable to\b|\bdeviate\b"
    r"|\bat the expense of\b",
    re.IGNORECASE,
)
_STRONG_LIMIT = re.compile(
    r"\blimitations? (?:of|is|in)\b|\bwe (?:leave|focus only)\b|\b(?:our|the (?:current|proposed|present))\b[^.]{0,80}"
    r"\b(?:limited|cannot|does not|do not|fails?|relies on|only|restricted|struggles?|still)\b|\bbeyond the scope\b",
    re.IGNORECASE,
)
_SOLVED = re.compile(
    r"\b(?:address|overcom|alleviat|mitigat|resolv|remov|eliminat|tackl|bypass|circumvent|avoid)\w*\b"
    r"|\bnot limited to\b|\bwithout (?:any )?(?:limit|restrict)|\bdoes not (?:require|need|rely|depend|affect)"
    r"|\bdo not (?:require|need|rely)|\bnot only\b|\b(?:we|to) (?:discuss|report|list|outline|acknowledge) (?:the "
    r"|its |several |some"
    r" )?limitations\b|\blimitations? of (?:existing|prior|current|previous|standard)|\bsignificant(?:ly)? (?:improv"
    r"|outperform)"
    r"|\bcan not only\b|\blimitations? (?:and|&) future\b|\bhas (?:several|some|a few|two|three) limitations\b"
    r"|\brequires? only\b|\bonly requires?\b|\b(?:reduc|improv|enhanc)(?:es?|ed|ing)\b|\boffers? (?:an?"
    r"|insights?)\b.{0,40}\binsight"
    r"|\blimitations? (?:still )?remains?\b|\bnot without\b.{0,20}\blimitations\b|\bimportant limitations to\b"
    r"|\bwe thank\b"
    r"|\brecommend\b|\bhere\b|\bfuture (?:work|research|studies|directions?)\b.{0,20}\b(?:could|will|should|may|can"
    r"|might|includes?)\b"
    r"|\bthere are (?:still )?(?:several|some|a few|two|three) (?:\w+ )?limitations\b",
    re.IGNORECASE,
)
_SUITED = re.compile(
    r"\b(?:well-)?suit(?:ed|able) (?:for|to)\b|\b(?:is|are|be|directly|readily|broadly|also) applicable (?:to|in)\b"
    r"|\bcan (?:also |readily |easily |directly |further )?be (?:\w+ )?(?:used|applied|extended|integrated|adapted"
    r"|deployed)\b"
    r"|\b(?:particularly|especially) (?:useful|valuable|effective|beneficial|suitable|relevant)\b|\buseful (?:for|in)\b"
    r"|\bpractical (?:tool|solution|choice|framework|applications?)\b|\bpractitioners?\b|\bpolicy ?makers?\b",
    re.IGNORECASE,
)
_OWN_LIMIT_SUBJECT = re.compile(
    r"\bone limitation\b|\b(?:a|another|the (?:main|key|primary|first)|key|main) limitation\b|\bfuture work\b",
    re.IGNORECASE,
)


_NARROW = re.compile(
    r"^(?:our|the|this) (?:\w+ )?(?:study|evaluation|analysis|work|experiments|method|approach|benchmark|dataset"
    r"|framework)\b"
    r"[^.]{0,60}\b(?:focus(?:es)?|considers?|relies|rely|assumes?|centers|covers?|is based)\b",
    re.IGNORECASE,
)


def limitation_score(c: Candidate, title: WorkTitle) -> float | None:
    """How well a sentence states a limit of the paper's own work; None if it does not, or stands elsewhere.

    In a section of limitations the subject may be left out; in a conclusion it has to be the own work.
    """
    if c.kind not in ("limitations", "conclusion") or _SOLVED.search(c.text) or c.anaphoric:
        return None
    if c.others_work or cues.OUTLOOK.search(c.text) or c.proposes:
        return None
    narrow = c.kind == "limitations" and _NARROW.search(c.text) is not None
    strong = _STRONG_LIMIT.search(c.text) is not None
    if not (narrow or _LIMIT.search(c.text)) or (c.kind == "conclusion" and not strong):
        return None
    own = title.has_own_subject(c.text) or _OWN_LIMIT_SUBJECT.search(c.text) is not None
    if not own and (c.kind == "conclusion" or c.about_field):
        return None
    return 2.0 * (c.kind == "limitations") + 1.0 * strong + 0.7 * own - 0.02 * c.position


def suited_for_score(c: Candidate, title: WorkTitle) -> float | None:
    """How well a sentence tells what the work is fit for; None if it does not, or stands elsewhere."""
    if c.kind not in ("limitations", "conclusion") or not _SUITED.search(c.text):
        return None
    if c.anaphoric or c.others_work or re.search(r"\bnot\b|\bcannot\b|\bfuture\b|\bhope\b", c.text):
        return None
    if not title.has_own_subject(c.text):
        return None
    return 1.0 + 0.5 * title.is_named_in(c.text) - 0.01 * c.position
