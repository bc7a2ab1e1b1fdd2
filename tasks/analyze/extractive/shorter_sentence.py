"""A sentence cut to the length of a highlight: whole clauses go, a figure stays."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tasks.analyze.extractive import cues
from tasks.analyze.extractive.candidates import LIST_START
from tasks.analyze.extractive.outcomes import FIGURE, SHOWS_THAT
from tasks.analyze.extractive.sentence_checks import is_anaphoric

MAX_HIGHLIGHT = 220  # characters

# The end of a sentence that praises what stands before it.
_PRAISE_TAIL = re.compile(
    r", (?:thus |thereby |further )?(?:offering|providing|highlighting|underscoring|paving|opening|establishing"
    r"|suggesting|demonstrating|showcasing|validating|confirming|marking|making|positioning|indicating|emphasizing) "
    r"[^,;]*\b(?:path|paradigm|perspective|potential|solutions?|step|foundation|directions?|effectiveness|promise|way"
    r"|difficulty|superiority|practicality|value|importance|need|robustness|feasibility|efficacy|advantages?|viability"
    r"|versatility|scalability|usefulness|utility)\b[^;]*\.$"
)

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
    rf"; |, (?:(?:(?:\w+ly )?(?:{_TAIL}))\b|and (?:(?:{_VERB})e?s?\b|(?:we|it|our|its|the|also|further|can|is|are)\b))"
    rf"|: (?=\(?(?:1|i|a)[.)])|\s[—–-]{{1,2}}\s"
)
_SUBORDINATE = re.compile(
    r"(?:While|Although|Though|When|If|Since|Because|Unlike|Compared|On|In|Across|By|With|For|Through|Using|Despite|Under"
    r"|At|As|To|Without|Beyond|Given|Despite|After|Among|From|Trained|Built)\b"
)
_EXPERIMENTS_SHOW = re.compile(
    r"^(?:[\w,-]+ ){0,12}?(?:show|demonstrate|reveal|confirm|indicate|find|observe|verify)s? that (?=\S)", re.IGNORECASE
)

# What experiments were made on belongs to their outcome, unless it is "on several benchmarks".
_SCOPE = re.compile(r"\b(?:on|across|in|with|over|for|under) ", re.IGNORECASE)
_ANY_TASKS = re.compile(
    r"\b(?:on|across|in|over) (?:a )?(?:[\w-]+ ){0,4}?(?:benchmarks?|datasets?|tasks?|settings|domains)\b",
    re.IGNORECASE,
)


def shortened(text: str) -> str | None:
    """`text` if it is short enough for a highlight, else without its last clauses; None if nothing whole is left.

    An end that only praises is left out in any case.
    """
    if (match := _PRAISE_TAIL.search(text)) and _is_whole(text[: match.start()]):
        text = f"{text[: match.start()]}."
    shorter = (_first_item(text), _after_colon(text), _without_opening(text), _without_means(text))
    forms = [text, *(s for s in shorter if s is not None)]
    for sentence in forms:
        ends = [m for m in _BOUNDARY.finditer(sentence) if not _is_last_item(sentence, m)]
        heads = [sentence[: m.start()] for m in ends]
        if short := sentence if len(sentence) <= MAX_HIGHLIGHT else _longest(heads, text):
            return short
    return next((short for s in forms if (short := _longest(_items_of_list(s), text))), None)


def _is_last_item(sentence: str, boundary: re.Match[str]) -> bool:
    """Whether ", and provide" ends a list: "to perceive the environment, infer intent, and provide …"."""
    if not boundary[0].startswith(", and "):
        return False
    clause = re.split(r"[;:]", sentence[: boundary.start()])[-1]
    return re.search(r"\bto (?:\w+ly )?\w+ [^,]+, \w+ [^,]+$", clause) is not None


def _longest(heads: Sequence[str], text: str) -> str | None:
    """The longest beginning of a sentence that is a statement by itself, never without the figure of `text`."""
    needs_figure = FIGURE.search(text) is not None
    whole = [h for h in heads if len(h) < MAX_HIGHLIGHT and _is_whole(h) and not _UNFINISHED.search(h)]
    whole = [h for h in whole if FIGURE.search(h) or not needs_figure]
    return f"{max(whole, key=len).rstrip(' ,;:')}." if whole else None


def _is_whole(head: str) -> bool:
    """Whether the beginning of a sentence is a statement of an outcome by itself."""
    if _SUBORDINATE.match(head) and ", " not in head:
        return False
    after = head.split(", ", 1)[1] if _SUBORDINATE.match(head) else head
    if LIST_START.search(head):  # the first items of a list are not the list
        return False
    balanced = all(head.count(a) == head.count(b) for a, b in ("()", "[]", "“”")) and head.count('"') % 2 == 0
    says = cues.OUTPERFORMS.search(after) or cues.FINDS.search(after) or SHOWS_THAT.search(after)
    return balanced and len(after) > 40 and says is not None and not re.search(r"\b(?:both|either|neither)\b", after)


_UNFINISHED = re.compile(
    r"\b(?:and|or|to|of|by|from|with|than|over|about|around|nearly|almost|an?|the|at|in|on|for|only|least|most)$", re.I
)
_CLAUSE_WITH_RESULT = re.compile(
    r"(?:(?:an?|the|our) )?(?:[\w.+-]+ ){1,5}?(?:achieve|reach|outperform|surpass|exceed|improve|attain|obtain|score"
    r"|yield|reduce)(?:s|ed)? ",
    re.IGNORECASE,
)


def _after_colon(text: str) -> str | None:
    """The clause after a colon that tells all figures of a sentence: "…: a 7B reader achieves 80.5% on LongBench"."""
    head, colon, rest = text.partition(": ")
    if not colon or FIGURE.search(head) or not FIGURE.search(rest) or is_anaphoric(rest) or LIST_START.search(text):
        return None
    return rest[0].upper() + rest[1:] if _CLAUSE_WITH_RESULT.match(rest) else None


def _items_of_list(text: str) -> list[str]:
    """The beginnings of a sentence that end after a figure and what it is of: "reaches 47.6% on GAIA, 11.2% on …"."""
    if "respectively" in text:
        return []
    cuts = (
        text[: m.start()] for m in re.finditer(r",? (?:and )?(?=\d[\d.]*\s?%?x? )|,? over (?:the|all|prior)\b", text)
    )
    return [
        h
        for h in cuts
        if re.search(r"\d%? (?:[\w-]+ ){0,2}(?:on|in|for|at) [^,\d]{2,60}[\w)@-]*$", h) and not _UNFINISHED.search(h)
    ]


_COUNTS_ITEMS = re.compile(r"\b(?:two|three|four|five|six|several|the following) (?:[\w-]+ ){0,3}\w+:$", re.IGNORECASE)


def _first_item(text: str) -> str | None:
    """A sentence with a list, up to the end of the list's first item."""
    head, *items = LIST_START.split(text, maxsplit=1)
    match = re.match(r"\(?(?:1|i|a)[.)]\s(.+?)[;,.]?\s(?:and )?\(?(?:2|ii|b)[.)]\s", items[0]) if items else None
    is_clause = match is not None and cues.OUTPERFORMS.search(match[1]) is not None and not _COUNTS_ITEMS.search(head)
    return f"{head} {match[1].rstrip(';,. ')}." if match and is_clause else None


_MEANS = re.compile(
    r"^(?:By|Through|Via|Using|Leveraging|Thanks to|Combined with|Powered by|Building on)\b [^,;:]{20,140}, "
)


def _without_means(text: str) -> str | None:
    """A long sentence without the means at its beginning: "By refining from coarse to fine, NAME achieves …"."""
    rest = _MEANS.sub("", text)
    if len(text) <= MAX_HIGHLIGHT or rest == text or is_anaphoric(rest) or not _CLAUSE_WITH_RESULT.match(rest):
        return None
    return rest[0].upper() + rest[1:]


def _without_opening(text: str) -> str | None:
    """What experiments show, without saying that they show it."""
    rest = _EXPERIMENTS_SHOW.sub("", text)
    opening = text[: len(text) - len(rest)]
    has_scope = _SCOPE.search(opening) is not None and _ANY_TASKS.search(opening) is None
    return None if rest == text or has_scope or is_anaphoric(rest) else rest[0].upper() + rest[1:]
