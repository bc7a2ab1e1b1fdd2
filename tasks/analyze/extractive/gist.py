"""The gist: the one sentence that says what a paper does, for lists, tables and roundups.

It is the contribution, unless another sentence of the abstract says what the authors do with clearly more words of the
title: a benchmark that comes with a method is not what the paper is about.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from papers.text import clean
from papers.work_names import has_words, title_head
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.sentence_cleanup import without_announcement

LENGTH = 280  # characters from which a sentence loses clauses at its end
MIN_LENGTH = 85  # that remain of it
# How much more of the words of the title a sentence of the abstract has than a contribution that is a claim; how much
# less it may have than one that is not, such as a finding.
CLEARLY_MORE, LESS = 0.25, 0.1
MIN_SHARE = 0.3  # of the title's words that such a sentence has

_WORD = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_COMMON = frozenset([
    "a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "how", "in", "into", "is",
    "it", "its", "of", "on", "or", "paper", "report", "study", "technical", "the", "their", "to", "toward",
    "towards", "via", "what", "when", "where", "with", "without", "you", "your", "we", "our", "large", "language",
    "model", "models", "llm", "llms",
])  # fmt: skip
# What a sentence says that tells what the authors do.
_CLAIM = re.compile(
    r"\b(?:we|this (?:paper|work|study|report|survey|article)|the (?:paper|report))\b.{0,120}?"
    r"\b(?:(?:propose|introduce|present|develop|investigate|describe|conduct|examine|explore|build|derive|release|unveil)s?|"
    r"design|train|"
    r"stud(?:y|ies)|analy[sz]es?)\b(?! (?:implications|choices|space))|\bpresents? an?\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(
    r"(?<=[.!?])(?<!e\.g\.)(?<!i\.e\.)(?<!et al\.)(?<!vs\.)(?<!cf\.)(?<!\b[A-Z]\.)\s+(?=[A-Z\"“])"
)
# It leans on a sentence before it.
_BACKWARD = re.compile(
    r"\bthis (?:gap|issue|problem|challenge)\b(?!, )"
    r"|^(?:First|Second|Third|Finally|Beyond|Besides|Moreover|Furthermore|Additionally|In addition|Also)\b"
    r"|^(?:It|They|This|These|Such|Those|Its|Their|Both)\b(?! (?:paper|work|report|study|survey))"
)


def gist_candidates(title: str, contribution: Candidate | None, abstract: Iterable[Candidate]) -> Iterable[Candidate]:
    """The sentences that may say what the paper does, the best first; the last is the contribution, if there is one."""
    own = contribution.text if contribution else ""
    name = title_head(title)
    if not own or name == title or not has_words(own, name):
        margin = CLEARLY_MORE if _CLAIM.search(own) else -LESS
        least = max(share_of_title(title, own) + margin, MIN_SHARE)
        claims = [c for c in abstract if _CLAIM.search(c.text) and not _BACKWARD.search(c.raw.lstrip())]
        shares = [(share_of_title(title, c.text), -c.position, c) for c in claims]
        yield from (c for share, _, c in sorted(shares, key=lambda s: s[:2], reverse=True) if share >= least)
    if contribution:
        yield contribution


def share_of_title(title: str, text: str) -> float:
    """The share of the title's words, without common ones, that the text has too, 0 to 1."""
    words = _content_words(title)
    return len(words & _content_words(text)) / len(words) if words else 0.0


def _content_words(text: str) -> set[str]:
    """The words by their first six letters, so that "assistants" is "assistant"."""
    return {w[:6] for w in _WORD.findall(text.casefold().replace("-", " ")) if w not in _COMMON and len(w) > 1}


# "To mitigate this deficiency, we ...": what it points back to is not printed with it.
_OPENING = re.compile(
    r"(?:In this (?:paper|work|study|report|article)|Here|Specifically|Therefore|Thus|Hence|Accordingly|Consequently"
    r"|Building on|Motivated by|Inspired by|To|In|By|With|Based on)\b"
    r"(?=[^,]{0,80}\b(?:(?:this|these|such(?! as)|those)\b|the (?:issue|problem|gap|challenge|limitation)s?(?=,))|, )"
    r"[^,]{0,90}, (?=(?:we|this|our) )",
    re.IGNORECASE,
)
_TWO_CLAIMS = re.compile(r"^We (?:[\w',-]+ ){1,13}?and ((?:propose|introduce|present) (?:an?|the|our|[A-Z]))")


def short_sentence(text: str, length: int = LENGTH) -> str:
    """The sentence without an opening and ends that point to other sentences, and without its last clauses if it is
    long: a sentence still, never cut within a clause.
    """
    sentences = _SENTENCE_END.split(clean(text))
    text = next((s for s in sentences if _CLAIM.search(s)), sentences[0])
    text = _without_end(_TWO_CLAIMS.sub(r"We \1", _without_opening(text), count=1))
    if len(text) <= length:
        return text
    heads = [head for head in _heads(text) if MIN_LENGTH <= len(head) <= length]
    return f"{heads[-1]}." if heads else text


def _without_opening(sentence: str) -> str:
    """The sentence without an opening that points to one before it: "To this end, we propose" is "We propose"."""
    rest = _OPENING.sub("", sentence, count=1) if _OPENING.match(sentence) else sentence
    rest = re.sub(r"^this (?=(?:paper|work|study|report)\b)", "the ", rest)
    return rest[:1].upper() + rest[1:]


# ", designed to transcend this trade-off": a last clause that points to an earlier sentence.
_BACKWARD_END = re.compile(
    r",? (?:(?:designed|intended|built|crafted|able) to|aim(?:ed|ing) (?:to|at)|which|that|thereby|thus|while"
    r"|(?:address|overcom|resolv|mitigat|tackl|bridg|clos|solv)ing) "
    r"[^,;:]*\b(?:(?:this|these|those|such)\b(?! (?:as|that|who|which|of|an?|paper|work|study|report|survey)\b)"
    r"|both (?:issues|problems|challenges|limitations|gaps|shortcomings)\b)[^,;:]*\.$",
    re.IGNORECASE,
)


# "designed to bridge this gap using a binary codebook": the means go on without the end.
_BACKWARD_PURPOSE = re.compile(
    r",? (?:designed|intended|built|crafted|able|aim(?:ed|ing)) (?:to|at) [a-z]+ (?:this|these|those|such) [\w-]+"
    r"(?= (?:using|via|by|through|with) )"
)


def _without_end(text: str) -> str:
    text = _BACKWARD_PURPOSE.sub("", without_announcement(text))
    match = _BACKWARD_END.search(text)
    is_fit = match is not None and match.start() >= MIN_LENGTH // 2 and _is_whole(text[: match.start()])
    return f"{text[: match.start()]}." if match and is_fit else text


# Where a sentence may end before its end, and still be whole.
_CLAUSE = re.compile(
    r"(?P<mark>[:;]| [—–] |,) (?=(?P<next>\w+))"
    r"|(?<= )(?=(?:by|through|via|while|so that|in order to|enabling|allowing) )"
)
_OPENS_CLAUSE = frozenset([
    "which", "where", "while", "who", "thereby", "thus", "jointly", "enabling", "allowing", "achieving", "making",
    "leading", "yielding", "providing", "supporting", "addressing", "reducing", "improving", "ensuring",
    "resulting", "forming", "facilitating", "balancing", "demonstrating", "outperforming", "using", "leveraging",
    "combining", "including", "i.e", "e.g", "by", "through", "via", "so", "with", "without", "under", "designed",
    "aimed",
])  # fmt: skip


def _heads(text: str) -> list[str]:
    """The beginnings of the sentence that are whole, the shortest first, without their full stop."""
    heads = []
    for match in _CLAUSE.finditer(text):
        mark, after = (match["mark"] or "").strip(), (match["next"] or "").casefold()
        if mark == "," and after not in _OPENS_CLAUSE:
            continue
        head = text[: match.start()].rstrip(" ,;:—–")
        if _is_whole(head):
            heads.append(head)
    return heads


def _is_whole(head: str) -> bool:
    """Whether a piece from a sentence's beginning says something: brackets closed, an opening phrase not alone."""
    if any(head.count(a) != head.count(b) for a, b in ("()", "[]", "“”", "{}")) or head.count('"') % 2:
        return False
    if re.search(r"[:;](?!\d)", head):  # a part of a list
        return False
    if head.count("$") % 2 or re.search(r"\b(?:and|or|of|the|a|an|to|for|with|in|only|e\.g|i\.e)$", head):
        return False
    if re.search(r"\b(?:which|that)(?: \w+){1,2}$", head):  # a clause without its object
        return False
    return (
        _CLAIM.search(head) is not None
        or re.match(r"(?:In|To|By|With|For|While|Although|As|Given|Under)\b", head) is None
    )
