"""The digest of an abstract: two or three sentences that begin with the work itself, and its results as highlights.

A highlight is a whole sentence, or a sentence without its last clauses where it is too long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import LIST_START, Candidate
from tasks.analyze.extractive.results import is_vague
from tasks.analyze.extractive.sentence_cleanup import is_anaphoric

MAX_HIGHLIGHT = 220  # characters
HIGHLIGHT_COUNT = 3
MAX_ABSTRACT_SENTENCES = 3
MAX_ABSTRACT = 750  # characters, if two sentences fit

_GAIN = re.compile(
    r"\b(?:outperform|surpass|exceed|rival)\w*|\bstate[- ]of[- ]the[- ]art\b|\bSOTA\b|\bon par\b"
    r"|\b(?:best|new record)\b|\bgains?\b"
    r"|\b(?:superior|comparable|competitive|substantial\w*|significant\w*|consistent\w*) \w*",
    re.IGNORECASE,
)
_BEATS = re.compile(
    r"(?<!to )\b(?:outperform|surpass|exceed)\w*|\bstate[- ]of[- ]the[- ]art (?:performance|results?)\b", re.IGNORECASE
)
_AS_A = re.compile(r"As an? [^,]{3,60}, (?:[A-Z]|our |the )")
_COMPARES = re.compile(
    r"\b(?:compared (?:to|with)|than|over|relative to|baselines?|versus|outperform\w*|surpass\w*|from \d)\b",
    re.IGNORECASE,
)
_SHOWS_THAT = re.compile(
    r"\b(?:show|find|found|observ|demonstrat|prov|reveal|discover|conclud|establish|confirm|uncover|indicat|suggest)\w*\b"
    r"[^.]{0,40}?\bthat\b"
    r"|\b(?:findings?|results?|experiments?|evaluations?|analys[ie]s) (?:\w+ ){0,2}?(?:show|reveal)s?\b",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\b(?:also|further|furthermore|moreover|additionally|in addition|user stud(?:y|ies)|ablations?|analys[ie]s)\b",
    re.IGNORECASE,
)
# A hope, an offer, or praise of the work without an outcome.
_NO_RESULT = re.compile(
    r"\bwe (?:\w+ )?(?:anticipate|hope|believe|expect|envision|plan|aim)\b|^following prior\b"
    r"|^(?:the|our|these) (?:findings?|results?|work|study|insights?|contributions?|framework|approach|research) "
    r"(?:\w+ ){0,2}?(?:establish|highlight|underscore|position|open|pave|provide|offer|point|mark|bridge|contribute"
    r"|advance|lay|represent|call|serve|pioneer)\w*\b(?! that\b)"
    r"|\bopen-?sourc\w+ (?:[\w-]+ ){0,4}(?:codes?|data|datasets?|models?|weights|pipeline)\b"
    r"|^[^,:]{0,100}\b(?:reveal|yield|lead to|uncover|provide|offer|share)s? (?:\w+ ){0,3}"
    r"(?:findings|insights|observations|conclusions)\b[^:]*$",
    re.IGNORECASE,
)
_IDEA = re.compile(r"\b(?:key|core|central|main) (?:observation|insight|idea|intuition|challenge)s?\b", re.IGNORECASE)
# What it speaks of stands in the sentences before.
_LOOKS_BACK = re.compile(
    r"^(?:the|our|these) (?:gains?|improvements?|results?|findings?|work|study|analys[ie]s|advantages?|effects?)\b",
    re.IGNORECASE,
)
_ASSESSES = re.compile(
    r"\b(?:extensive|comprehensive|thorough|qualitative|quantitative) (?:[\w-]+ ){0,3}"
    r"(?:experiments|evaluations?|analys[ie]s)\b",
    re.IGNORECASE,
)
# The end of a sentence that praises what stands before it.
_PRAISE_TAIL = re.compile(
    r", (?:thus |thereby |further )?(?:offering|providing|highlighting|underscoring|paving|opening|establishing"
    r"|suggesting|demonstrating|showcasing|validating|confirming|marking|making|positioning|indicating|emphasizing) "
    r"[^,;]*\b(?:path|paradigm|perspective|potential|solutions?|step|foundation|directions?|effectiveness|promise|way"
    r"|difficulty|superiority|practicality|value|importance|need|robustness|feasibility|efficacy|advantages?|viability"
    r"|versatility|scalability|usefulness|utility)\b[^;]*\.$"
)


def digest_of(
    lead: Candidate | None, candidates: Sequence[Candidate], body_results: Sequence[Candidate]
) -> tuple[list[Candidate], list[Candidate]]:
    """The sentences of the short abstract, `lead` first, and the highlights, the main result first.

    `body_results` are results that stand outside of the abstract; they count where it has none with a number.
    """
    usable = [c for c in candidates if c.in_abstract and not c.side_matter and not c.text.endswith("?")]
    ranked = sorted(
        ((s, c) for c in usable if c is not lead and (s := outcome_score(c)) is not None),
        key=lambda pair: (-pair[0], pair[1].position),
    )
    results = [c for _, c in ranked][: HIGHLIGHT_COUNT + 1]
    if not any(c.number for c in results):
        results = [*(c for c in body_results if not c.in_abstract and c is not lead), *results]
    abstract = _opening(lead, usable, {c.position for _, c in ranked})
    abstract += _method(abstract, usable, {c.position for _, c in ranked})
    main, others = (results[0] if results else None), results[1:]
    if main is not None and (len(abstract) < 2 or shortened(main.text) is None):
        # A result that is too long to be a highlight, and one of few sentences, stands in the abstract.
        moved = main if shortened(main.text) is None or not others else others[0]
        room = MAX_ABSTRACT_SENTENCES - 1 if _length([*abstract, moved]) <= MAX_ABSTRACT else 1
        abstract = [*abstract[:room], moved]
        results = [c for c in results if c is not moved]
    return abstract, _highlights(results)


def outcome_score(c: Candidate) -> float | None:
    """How well a sentence of the abstract tells an outcome of the work; None if it does not."""
    shows = _SHOWS_THAT.search(c.text) is not None
    gains = _GAIN.search(c.text) is not None
    compares = _COMPARES.search(c.text) is not None
    if (c.anaphoric and not _AS_A.match(c.text)) or c.about_field or _NO_RESULT.search(c.text) or _IDEA.search(c.text):
        return None
    if c.proposes and not (c.number and c.outcome):
        return None
    measured = c.outcome and (compares or (c.number and not cues.SIZE.search(c.text)))
    if (cues.SIZE.search(c.text) or cues.SETUP.search(c.text)) and not (shows or measured):
        return None
    is_outcome = (c.role == "result" and (c.number or c.outcome or c.finds)) or shows
    is_outcome |= c.number and c.outcome and (compares or gains)
    is_outcome |= gains and c.outcome and re.search(cues.OWN_SYSTEM, c.text, re.IGNORECASE) is not None
    is_outcome |= c.role == "method" and _BEATS.search(c.text) is not None
    if not is_outcome or (c.role == "background" and not (c.number and c.outcome)):
        return None
    points = 2.0 * c.number + 1.0 * compares + 0.8 * gains + 0.4 * shows + 0.4 * c.outcome - 0.01 * c.position
    points -= 1.0 * (_BESIDE.search(c.text) is not None) + 2.0 * is_vague(c) + 1.0 * c.points_back
    return points - 1.5 * (_LOOKS_BACK.search(c.text) is not None)


def _highlights(results: Sequence[Candidate]) -> list[Candidate]:
    """The main result first, then at most two others in the order of the abstract; weak ones only where alone."""
    lines = [replace(c, text=text) for c in results if (text := shortened(c.text)) is not None]
    strong = [c for c in lines if not (is_vague(c) or c.points_back or _is_weak(c))]
    lines = (strong or lines[:1])[:HIGHLIGHT_COUNT]
    return lines[:1] + sorted(lines[1:], key=lambda c: c.position)


def _is_weak(c: Candidate) -> bool:
    """Whether a result is a remark beside the main one, or looks back on it without a figure."""
    return _BESIDE.search(c.text[:60]) is not None or (_LOOKS_BACK.search(c.text) is not None and not c.number)


# --- the abstract --------------------------------------------------------------------------------------------------


def _opening(lead: Candidate | None, usable: Sequence[Candidate], results: set[int]) -> list[Candidate]:
    """The sentence that leads, after the one right before it if it points to that one."""
    if lead is None or not lead.in_abstract:
        own = [c for c in usable if not _is_background(c) and not c.points_back and not c.anaphoric]
        return [c for c in own if c.position not in results][:1] or own[:1] or list(usable[:1])
    before = [
        c
        for c in usable
        if c.position == lead.position - 1
        and not (c.anaphoric or _is_background(c))
        and re.search(cues.AUTHORS, c.text, re.I)
    ]
    return [*(before if lead.points_back else []), lead]


def _method(opening: Sequence[Candidate], usable: Sequence[Candidate], results: set[int]) -> list[Candidate]:
    """The next sentences that tell how the work is done, as many as fit."""
    sentences = list(opening)
    for c in usable:
        continues = bool(sentences) and c.position == sentences[-1].position + 1
        if not sentences or c.position <= sentences[-1].position or c.position in results or _is_background(c):
            continue
        if (c.anaphoric or c.points_back) and not continues:
            continue
        if (
            c.role == "other"
            or _ASSESSES.search(c.text)
            or _NO_RESULT.search(c.text)
            or len(sentences) == MAX_ABSTRACT_SENTENCES
        ):
            continue
        if len(sentences) < 2 or _length([*sentences, c]) <= MAX_ABSTRACT:
            sentences.append(c)
    return sentences[len(opening) :]


def _is_background(c: Candidate) -> bool:
    return c.role == "background" or c.about_field


def _length(candidates: Sequence[Candidate]) -> int:
    return sum(len(c.text) + 1 for c in candidates)


# --- shorter sentences ---------------------------------------------------------------------------------------------

_TAIL = (
    r"while|whereas|demonstrating|highlighting|suggesting|indicating|thereby|leading|making|which|establishing|validating"
    r"|confirming|showing|offering|enabling|providing|underscoring|revealing|outperforming|surpassing|achieving|reaching"
    r"|exceeding|reducing|improving|matching|requiring|using|with|without|especially|particularly|including|even"
)
_VERB = (
    r"achieve|outperform|improve|reduce|surpass|generali[sz]e|remain|maintain|exhibit|demonstrate|show|provide|enable"
    r"|attain|reach|yield|set|match|exceed|deliver|establish|produce|offer|transfer|significantly|substantially"
)
# Where a clause begins without which the sentence is whole.
_BOUNDARY = re.compile(
    rf"; |, (?:(?:{_TAIL})\b|and (?:(?:{_VERB})e?s?\b|(?:we|it|our|its|the|also|further|can|is|are)\b))"
    rf"|: (?=\(?(?:1|i|a)[.)])|\s[—–-]{{1,2}}\s"
)
_SUBORDINATE = re.compile(
    r"(?:While|Although|Though|When|If|Since|Because|Unlike|Compared|On|In|Across|By|With|For|Through|Using|Despite|Under"
    r"|At|As|To|Without|Beyond|Given|Despite|After|Among|From|Trained|Built)\b"
)
_EXPERIMENTS_SHOW = re.compile(
    r"^(?:[\w,-]+ ){0,12}?(?:show|demonstrate|reveal|confirm|indicate|find|observe|verify)s? that (?=\S)", re.IGNORECASE
)


def shortened(text: str) -> str | None:
    """`text` if it is short enough for a highlight, else without its last clauses; None if nothing whole is left.

    An end that only praises is left out in any case.
    """
    if (match := _PRAISE_TAIL.search(text)) and _is_whole(text[: match.start()]):
        text = f"{text[: match.start()]}."
    for sentence in (text, _first_item(text), _without_opening(text)):
        if sentence is not None and len(sentence) <= MAX_HIGHLIGHT:
            return sentence
        heads = [sentence[: m.start()] for m in _BOUNDARY.finditer(sentence or "") if sentence]
        whole = [h for h in heads if len(h) < MAX_HIGHLIGHT and _is_whole(h)]
        if whole:
            return f"{whole[-1].rstrip(' ,;:')}."
    return None


def _is_whole(head: str) -> bool:
    """Whether the beginning of a sentence is a statement of an outcome by itself."""
    if _SUBORDINATE.match(head) and ", " not in head:
        return False
    after = head.split(", ", 1)[1] if _SUBORDINATE.match(head) else head
    if LIST_START.search(head):  # the first items of a list are not the list
        return False
    balanced = all(head.count(a) == head.count(b) for a, b in ("()", "[]", "“”")) and head.count('"') % 2 == 0
    says = cues.OUTPERFORMS.search(after) or cues.FINDS.search(after) or _SHOWS_THAT.search(after)
    return balanced and len(after) > 40 and says is not None and not re.search(r"\b(?:both|either|neither)\b", after)


def _first_item(text: str) -> str | None:
    """A sentence with a list, up to the end of the list's first item."""
    head, *items = LIST_START.split(text, maxsplit=1)
    match = re.match(r"\(?(?:1|i|a)[.)]\s(.+?)[;,.]?\s(?:and )?\(?(?:2|ii|b)[.)]\s", items[0]) if items else None
    is_clause = match is not None and cues.OUTPERFORMS.search(match[1]) is not None
    return f"{head} {match[1].rstrip(';,. ')}." if match and is_clause else None


def _without_opening(text: str) -> str | None:
    """What experiments show, without saying that they show it."""
    rest = _EXPERIMENTS_SHOW.sub("", text)
    return None if rest == text or is_anaphoric(rest) else rest[0].upper() + rest[1:]
