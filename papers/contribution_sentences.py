"""What a paper does, in one sentence, and the name of its work: for previews, tables, roundups and lists.

An extract's sentence is the paper's own. It is the analysis's contribution, unless a sentence of the abstract says it
with clearly more words of the title: a benchmark that comes with a method is not what the paper is about.
"""

from __future__ import annotations

import re

from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis
from papers.plain_latex import plain_latex
from papers.text import clean

LENGTH = 200  # characters from which a sentence loses clauses at its end
MIN_LENGTH = 85  # that remain of it
# How much more of the words of the title a sentence of the abstract has than a contribution that is a claim; how much
# less it may have than one that is not, such as a finding.
CLEARLY_MORE, LESS = 0.25, 0.1

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


def contribution_sentence(analysis: Analysis | None, title: str, abstract: str) -> str | None:
    """The sentence that says what the paper does, whole; None if there is none. A model's short form is preferred."""
    if analysis is None:
        return None
    if analysis.model != EXTRACTIVE:
        return analysis.contribution_short or analysis.contribution
    own, best = analysis.contribution, None
    name = re.split(r": |：", title)[0]
    if own and name != title and _is_word_of(own, name):
        return without_opening(own)
    claimed = own is not None and _CLAIM.search(own) is not None
    most = share_of_title(title, own or "") + (CLEARLY_MORE if claimed else -LESS)
    for sentence in _SENTENCE_END.split(clean(plain_latex(abstract, analysis.short_name))):
        share = share_of_title(title, sentence)
        if share >= max(most, 0.3) and _CLAIM.search(sentence) and not _BACKWARD.search(sentence):
            best, most = sentence, share + 0.01
    found = best or own
    return without_opening(found) if found else None


def gist_of(analysis: Analysis | None, title: str, abstract: str) -> str | None:
    """The contribution for a list or a table: one sentence of an extract's, without its last clauses if it is long."""
    sentence = contribution_sentence(analysis, title, abstract)
    if sentence is None or analysis is None or analysis.model != EXTRACTIVE:
        return sentence
    sentences = _SENTENCE_END.split(sentence)
    return short_sentence(next((s for s in sentences if _CLAIM.search(s)), sentences[0]))


def share_of_title(title: str, text: str) -> float:
    """The share of the title's words, without common ones, that the text has too, 0 to 1."""
    words = _content_words(title)
    return len(words & _content_words(text)) / len(words) if words else 0.0


def _content_words(text: str) -> set[str]:
    """The words by their first six letters, so that "assistants" is "assistant"."""
    return {w[:6] for w in _WORD.findall(text.casefold().replace("-", " ")) if w not in _COMMON and len(w) > 1}


_REPORT = re.compile(r"(?::(?: [A-Z]\w*){0,3})? Tech(?:nical)? Report(?: v?[\d.]+)?$", re.IGNORECASE)


def name_of_work(analysis: Analysis | None, title: str, sentence: str | None) -> str:
    """The name of the work that the title names, else one that the sentence of its contribution introduces.

    Without one the title up to its colon, without "Technical Report". Never cut.
    """
    name = clean(analysis.short_name or "") if analysis else ""
    head = re.split(r": |：", title)[0]
    if analysis is not None and name and (analysis.model != EXTRACTIVE or _names(title, sentence or "", name)):
        return name
    return _REPORT.sub("", head) or head


def _names(title: str, sentence: str, name: str) -> bool:
    return _is_word_of(title, name) or _is_word_of(sentence, name)


def _is_word_of(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


# "To mitigate this deficiency, we ...": what it points back to is not printed with it.
_OPENING = re.compile(
    r"(?:In this (?:paper|work|study|report|article)|Here|Specifically|Therefore|Thus|Hence|Accordingly|Consequently"
    r"|Building on|Motivated by|Inspired by|To|In|By|With|Based on)\b"
    r"(?=[^,]{0,80}\b(?:this|these|such|those|end)\b|, )[^,]{0,90}, (?=(?:we|this|our) )",
    re.IGNORECASE,
)


def without_opening(sentence: str) -> str:
    """The sentence without an opening that points to one before it: "To this end, we propose" is "We propose"."""
    rest = _OPENING.sub("", sentence, count=1) if _OPENING.match(sentence) else sentence
    return rest[:1].upper() + rest[1:]


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


_TWO_CLAIMS = re.compile(r"^We (?:[\w',-]+ ){1,13}?and ((?:propose|introduce|present) (?:an?|the|our|[A-Z]))")


def short_sentence(text: str, length: int = LENGTH) -> str:
    """The sentence without its last clauses if it is long: a sentence still, never cut within a clause."""
    text = _TWO_CLAIMS.sub(r"We \1", clean(text), count=1)
    if len(text) <= length:
        return text
    ends = []
    for match in _CLAUSE.finditer(text):
        mark, after = (match["mark"] or "").strip(), (match["next"] or "").casefold()
        if mark == "," and after not in _OPENS_CLAUSE:
            continue
        head = text[: match.start()].rstrip(" ,;:—–")
        if MIN_LENGTH <= len(head) <= length and _is_whole(head):
            ends.append(head)
    return f"{ends[-1]}." if ends else text


_OPENING_PHRASE = re.compile(r"(?:In|To|By|With|For|While|Although|As|Given|Under)\b")


def _is_whole(head: str) -> bool:
    """Whether a piece from a sentence's beginning says something: brackets closed, an opening phrase not alone."""
    if any(head.count(a) != head.count(b) for a, b in ("()", "[]", "“”", "{}")) or head.count('"') % 2:
        return False
    if re.search(r"[:;](?!\d)", head):  # a part of a list
        return False
    if head.count("$") % 2 or re.search(r"\b(?:and|or|of|the|a|an|to|for|with|in|e\.g|i\.e)$", head):
        return False
    if re.search(r"\b(?:which|that)(?: \w+){1,2}$", head):  # a clause without its object
        return False
    return (
        _CLAIM.search(head) is not None
        or re.match(r"(?:In|To|By|With|For|While|Although|As|Given|Under)\b", head) is None
    )
