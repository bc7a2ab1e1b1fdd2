"""How well a sentence of the abstract tells an outcome of the work, for the highlights of the digest."""

from __future__ import annotations

import re

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.results import is_vague, names_gain

_GAIN = re.compile(
    r"\b(?:outperform|surpass|exceed|rival)\w*|\bstate[- ]of[- ]the[- ]art\b|\bSOTA\b|\bon par\b"
    r"|\b(?:best|new record)\b|\bgains?\b"
    r"|\b(?:superior|comparable|competitive|substantial\w*|significant\w*|consistent\w*) \w*",
    re.IGNORECASE,
)
_BEATS = re.compile(
    r"(?<!to )\b(?:outperform|surpass|exceed)\w*|\bstate[- ]of[- ]the[- ]art (?:performance|results?)\b", re.IGNORECASE
)
# Better than what others have: "improve over prior text-to-3D models".
_BEATS_OTHERS = re.compile(
    r"\b(?:improv|gain|better|higher|lower|faster|more)\w*(?: \w+){0,4} (?:over|than|compared (?:to|with)|relative to)"
    r" (?:\w+ ){0,3}?(?:prior|previous|existing|baselines?|state-of-the-art|other|competing|strong)\b",
    re.IGNORECASE,
)
# "VAD-CFR employs … to outperform state-of-the-art baselines": what a named part achieves, not what is hoped for.
_PART_BEATS = re.compile(
    r"^[A-Z][\w.+]*-?[A-Z][\w.+-]* [a-z]+s [^.]*\bto (?:outperform|surpass|exceed) (?:\w+ ){0,2}?"
    r"(?:state-of-the-art|strong|prior|existing|previous|all)\b"
)
_AS_A = re.compile(r"As an? [^,]{3,60}, (?:[A-Z]|our |the |(?:on|in|with) [A-Z])")
_COMPARES = re.compile(
    r"\b(?:compared (?:to|with)|than|over|relative to|baselines?|versus|outperform\w*|surpass\w*|from \d)\b",
    re.IGNORECASE,
)
SHOWS_THAT = re.compile(
    r"\b(?:show|find|found|observ|demonstrat|prov|reveal|discover|conclud|establish|confirm|uncover|indicat|suggest)\w*\b"
    r"[^.]{0,40}?\bthat\b"
    r"|\b(?:findings?|results?|experiments?|evaluations?|analys[ie]s) (?:\w+ ){0,2}?(?:show|reveal)s?\b",
    re.IGNORECASE,
)
BESIDE = re.compile(
    r"\b(?:also|further|furthermore|moreover|additionally|in addition|user stud(?:y|ies)|ablations?|analys[ie]s)\b",
    re.IGNORECASE,
)
# A hope, an offer, or praise of the work without an outcome.
NO_RESULT = re.compile(
    r"\bcan inform\b|\bwe (?:\w+ )?(?:anticipate|hope|believe|expect|envision|plan|aim)\b|^following prior\b"
    r"|^(?:the|our|these) (?:findings?|results?|work|study|insights?|contributions?|framework|approach|research) "
    r"(?:\w+ ){0,2}?(?:establish|highlight|underscore|position|open|pave|provide|offer|point|mark|bridge|contribute"
    r"|advance|lay|represent|call|serve|pioneer)\w*\b(?! that\b)"
    r"|(?:^|\bwe (?:\w+ )?)open-?sourc\w+ (?:[\w-]+ ){0,4}(?:codes?|data|datasets?|models?|weights|pipeline)\b"
    r"|^[^,:]{0,100}\b(?:reveal|yield|lead to|uncover|provide|offer|share)s? (?:\w+ ){0,3}"
    r"(?:findings|insights|observations|conclusions)\b[^:]*$",
    re.IGNORECASE,
)
_IDEA = re.compile(r"\b(?:key|core|central|main) (?:observation|insight|idea|intuition|challenge)s?\b", re.IGNORECASE)
# What it speaks of stands in the sentences before.
LOOKS_BACK = re.compile(
    r"^(?:the|our|these) (?:gains?|improvements?|results?|findings?|work|study|analys[ie]s|advantages?|effects?)\b",
    re.IGNORECASE,
)
# A measured figure; not the number in a name such as "GUI-Owl-1.5".
FIGURE = re.compile(
    r"(?<![\w.])(?<![^\W\d]-)\d+(?:[.,]\d+)*\s?(?:\\?%|×|x\b|-?fold\b|percent|points?\b|pp\b|dB\b|FPS\b|ms\b|times\b)"
    r"|(?<![\w.])(?<![^\W\d]-)\d+\.\d+(?![\w-]|\.\d)",
    re.IGNORECASE,
)
_SCORES = re.compile(
    r"\bscor(?:e|es|ed|ing)\b|\baccuracy\b|\bperformance\b|\bsolves?\b|\bsuccess rates?\b|\b(?:below|under|only) \d",
    re.IGNORECASE,
)
# A sentence about what the work is made of.
_MECHANISM = re.compile(
    r"^(?:we|our [\w-]+|the [\w-]+|[\w^+.-]+) (?:\w+ly )?(?:introduce|comprise|consist|employ|integrate|combine"
    r"|incorporate|decompose|leverage|use|adopt|feature)s?\b|^[\w^+.-]+ is (?:built|based|trained|composed|designed)\b",
    re.IGNORECASE,
)
_WINS = re.compile(r"\b(?:outperform|surpass|exceed)\w*|\bstate[- ]of[- ]the[- ]art\b", re.IGNORECASE)


def outcome_score(c: Candidate) -> float | None:
    """How well a sentence of the abstract tells an outcome of the work; None if it does not."""
    shows = SHOWS_THAT.search(c.text) is not None
    gains = _GAIN.search(c.text) is not None
    compares = _COMPARES.search(c.text) is not None
    if (c.anaphoric and not _AS_A.match(c.text)) or c.about_field or NO_RESULT.search(c.text) or _IDEA.search(c.text):
        return None
    if c.proposes and not (c.number and c.outcome):
        return None
    figure = FIGURE.search(c.text) is not None
    if _MECHANISM.match(c.text) and not (figure or shows or _WINS.search(c.text)):
        return None
    measured = c.outcome and (compares or figure or (c.number and not cues.SIZE.search(c.text)))
    if (cues.SIZE.search(c.text) or cues.SETUP.search(c.text)) and not (shows or measured):
        return None
    is_outcome = (c.role == "result" and (c.number or c.outcome or c.finds)) or shows
    is_outcome |= c.number and c.outcome and (compares or gains)
    is_outcome |= gains and c.outcome and re.search(cues.OWN_SYSTEM, c.text, re.IGNORECASE) is not None
    is_outcome |= figure and (c.outcome or _SCORES.search(c.text) is not None) and not is_background(c)
    is_outcome |= c.role == "method" and _BEATS.search(c.text) is not None
    is_outcome |= _PART_BEATS.match(c.text) is not None
    is_outcome |= c.outcome and (_BEATS_OTHERS.search(c.text) is not None or (gains and names_gain(c.text)))
    if not is_outcome or (c.role == "background" and not (c.number and (c.outcome or shows))):
        return None
    points = 2.0 * c.number + 1.0 * compares + 0.8 * gains + 0.4 * shows + 0.4 * c.outcome - 0.01 * c.position
    points -= 1.0 * (BESIDE.search(c.text) is not None) + 2.0 * is_vague(c) + 1.0 * c.points_back
    return points - 1.5 * (LOOKS_BACK.search(c.text) is not None)


def has_measured_figure(c: Candidate) -> bool:
    """Whether a figure tells how good something is."""
    return FIGURE.search(c.text) is not None and (c.outcome or _SCORES.search(c.text) is not None)


_DEMANDS = re.compile(
    r"^(?!we\b)[^,]{3,80}\b(?:must|should|needs? to|has to|have to) (?:\w+ )?(?:be|have)\b", re.IGNORECASE
)


def is_background(c: Candidate) -> bool:
    """Whether a sentence is about the field, what came before, or what a solution would need."""
    return c.role == "background" or c.about_field or _DEMANDS.search(c.text) is not None
