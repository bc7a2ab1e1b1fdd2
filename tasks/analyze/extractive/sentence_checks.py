"""Whether a sentence can stand alone in the plain text of an extract: it has a verb, words rather than formulas, and
points to no other place.

Patterns of many phrases are tried only where a word of theirs stands (`papers.quick_patterns`): most sentences have
none.
"""

from __future__ import annotations

import re

from papers.quick_patterns import QuickPattern

HAN = re.compile("[\u4e00-\u9fff]")
YEAR = r"(?:19|20)\d\d[a-z]?"
# Signs that make a sentence unusable. Each pattern begins with its sign, so that not every character is tried.
_UNUSABLE_SIGNS = re.compile(
    r"[\\{}_^$|<>@§†‡✓✗→←↑↓■●▲∑∏∫∂∇∈∀∃⊂⊆∥∼≲≪]"
    rf"|[?\[(](?:(?<=\?)\?|(?<=\[)\s?\]|(?<=\()(?:\s?|{YEAR}|left|right|top|bottom|middle|[a-h])\))"
)
# Words that may make one unusable (or the same in the plural), with the pattern that then tells.
_UNUSABLE_WORDS = {
    word + ending: re.compile(pattern)
    for words, pattern in (
        (
            "figure table section appendix equation theorem lemma remark proposition corollary footnote supplementary",
            r"\b(?:figure|table|section|appendix|equation|theorem|lemma|remark|proposition|corollary|footnote"
            r"|supplementary)s?\b|\bfootnote:",
        ),
        ("algorithm", r"\balgorithm \ds?\b"),
        ("fig tab sec eq app thm def prop", r"\b(?:fig|tab|sec|eq|app|thm|def|prop)s?\."),
        (
            "example assumption definition condition step case phase chapter part setting panel note",
            r"\b(?:example|assumption|definition|condition|step|case|phase|chapter|part|setting|panel|note)s? "
            r"\(?[a-z]?\d",
        ),
        ("al", r"\bet al\b"),
        ("http", r"https?://"),
        ("www", r"www\."),
        ("copyright", r"\bcopyright\b"),
        ("see", r"\bsee\b"),
        ("text", r"\b(?:main|full) text\b"),
        ("under", r"\blicen[sc]ed? under\b"),
        ("author", r"corresponding author"),
        ("contribution", r"equal contribution"),
        ("order", r"alphabetical order"),
        ("acknowledgment acknowledgement", r"\backnowledge?ments?\b"),
        ("remainder", r"\bremainder of\b"),
        ("follow", r"\b(?:organi[sz]ed )?as follows\b"),
        ("following", r"\bfollowing (?:equation|figure|table)\b"),
        ("subsection", r"\b(?:this|next|following|previous|subsequent|present) subsection\b"),
        ("dashed dotted shaded", r"\b(?:dashed|dotted|shaded)\b"),
        ("above below aforementioned former latter", r"\b(?:above|below|aforementioned|former|latter)\b"),
        (
            "here earlier later previously already",
            r"\b(?:here|earlier|later|previously|already) (?:we|mentioned|discussed|described|introduced|stated)\b",
        ),
        ("and", r"\b[a-z]{2,} and [a-z]{2,},? \(?(?:19|20)\d\d"),
        ("e", r"\bi\.e\.$"),
    )
    for word in words.split()
    for ending in ("", "s")
}
# Names like these cannot be told from citation keys and formula debris.
_DEBRIS = re.compile(r"\s[a-zA-Z0-9=+*/−-](?:\s[a-zA-Z0-9=+*/−-]){3,}(?=\s|$)|[=≤≥≈](?<=\s.)\s")
_DEBRIS_WITH = {  # a string that it has: the pattern
    "denot": re.compile(r"\bdenot(?:ed|ing) (?:as|by)\b"),
    "19": re.compile(r"\b[a-z]+19\d\d[a-z]\w*"),
    "20": re.compile(r"\b[a-z]+20\d\d[a-z]\w*"),
    "(": re.compile(r"\w\(\w\)\s?=|\bO\(|(?<![\w-])[A-Za-zα-ω]\([a-zα-ω](?:,\s?[a-zα-ω]){0,3}\)"),
}


def is_unusable(text: str) -> bool:
    """Whether a sentence of the body points elsewhere or has signs of a formula."""
    lowered = text.lower()
    if _UNUSABLE_SIGNS.search(lowered):
        return True
    words = _UNUSABLE_WORDS.keys() & re.findall(r"[a-z]+", lowered)
    return any(_UNUSABLE_WORDS[word].search(lowered) for word in words)


def _has_debris(text: str) -> bool:
    """Whether a sentence has pieces of a formula or a citation key."""
    if _DEBRIS.search(text):
        return True
    return any(string in text and pattern.search(text) for string, pattern in _DEBRIS_WITH.items())


_ANAPHORA = QuickPattern(
    r"^(?:it|they|them|its|their|these|those|such|he|she|this (?!paper|work|study|article"
    r"|survey|report|benchmark|dataset|framework)|that|there|where|which|who|whose"
    r"|while this|both of|both\b|the (?:former|latter|other|same|second|third)|another|neither|either"
    r"|one (?:such|of these)|doing so|in (?:this|that|these|such|both)\s(?!paper|work|study|report)|with this|for this"
    r"|to (?:address|mitigate|overcome|tackle|solve|bridge|remedy|resolve"
    r"|alleviate) (?:this|these|it|that|such)|as such|as a|"
    r"if so|because of this|based on (?:this|these)|despite (?:this|these)|given (?:this|these))\b",
    re.IGNORECASE,
)
# "This" and "these" that point to a sentence before, anywhere in a sentence of the body.
_POINTS_BACK = QuickPattern(
    r"\b(?:these|those|such an?|that same)\b(?! (?:that|who|which|of)\b)"
    r"|\b(?:this|which)\b(?= (?:is|was|can|could|may|makes?|allows?|leads?|means|does|also)\b)"
    r"|\bthis(?! (?:paper|work|study|article|survey|report|benchmark|dataset|framework)\b)\b",
    re.IGNORECASE,
)
# A heading that runs into the sentence: "Output gate We compare", "Data Quality: As a method".
_RUN_IN_HEADING = QuickPattern(
    r"[a-z\d)] (?:We|Our|The|In|To|For|Overall|As|Given|This|These|It|When|While|Unlike|Following) [a-z]"
    r"|^[A-Z][^.:,;]{3,100}: [A-Z]"
)


# A verb that says something: an auxiliary, the word after a pronoun, a word in "-s" or "-ed" on which the sentence goes
# on, or a verb without an ending after its subject. What has none of them is a heading or a piece of a sentence.
_AUXILIARIES = frozenset([
    "is", "are", "was", "were", "am", "has", "have", "had", "do", "does", "did", "can", "cannot", "could", "may",
    "might", "must", "should", "will", "would", "let", "made", "led", "gave", "took", "found", "built", "ran", "rose",
    "fell", "grew", "won", "lost", "kept", "held", "saw", "cut",
])  # fmt: skip
_VERB = re.compile(
    rf"\b(?:{'|'.join(sorted(_AUXILIARIES))})\b"
    r"|\b(?:we|they|it|you|which|who|i) (?:\w+ly |also |then |further )?[a-z]{3,}"
    r"|[a-z]{2}(?:[^s\W]s|ed)\b(?=[ —–])"
    r"|[\w)],? (?:\w+ly )?(?:outperform|surpass|exceed|achieve|improve|reduce|demonstrate|show|reveal|confirm|indicate"
    r"|validate|suggest|enable|allow|yield|provide|support|require|remain|fail|struggle|lead|perform|exhibit|highlight"
    r"|generali[sz]e|underscore|establish|offer|make|become|give|use|foster|suffer|leverage|enforce)\b",
    re.IGNORECASE,
)


def has_verb(text: str) -> bool:
    """Whether a sentence has a main verb, as far as word forms tell; Chinese text counts as having one."""
    if not _AUXILIARIES.isdisjoint(re.findall(r"\w+", text.lower())):  # quicker than the pattern
        return True
    return _VERB.search(text) is not None or HAN.search(text) is not None


def is_plain_prose(text: str) -> bool:
    """Whether a sentence of the body has words rather than formulas, and points to no other sentence."""
    letters = sum(map(len, re.findall(r"[A-Za-z\u4e00-\u9fff]+", text)))
    if text.count(",") > 12 or letters < 0.6 * len(text) or not text[0].isalnum():
        return False
    points_back = _ANAPHORA.search(text) or _POINTS_BACK.search(text)
    return not (points_back or _has_debris(text) or _RUN_IN_HEADING.search(text))


def is_anaphoric(text: str) -> bool:
    """Whether a sentence begins with "it", "these" or the like, which refer to an earlier sentence."""
    return _ANAPHORA.search(text) is not None
