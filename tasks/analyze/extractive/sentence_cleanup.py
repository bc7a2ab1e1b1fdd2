"""Cleans sentences of a paper so that they can stand alone, or refuses them.

Citations, lead-ins and references to figures are removed, LaTeX becomes plain text, "This method" becomes "The method".
A sentence that removal cannot repair (a formula in the middle, "these" without its noun) is refused, never reworded: an
extract consists of the paper's own words, and of names in square brackets (`insertions.py`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from papers.numbers.normalization import UNKNOWN_UNIT
from papers.plain_latex import plain_latex
from papers.quick_patterns import QuickPattern
from tasks.analyze.extractive.sentence_checks import HAN, YEAR, has_verb, is_plain_prose, is_unusable
from tasks.analyze.grounding.paper_text import sentences

MIN_LENGTH, MAX_LENGTH = 45, 340  # characters of a sentence of the body that can stand alone
MIN_ABSTRACT_LENGTH = 30
MAX_ABSTRACT_LENGTH = 900  # an abstract is self-contained, so its long sentences and enumerations can be used
MAX_RAW_LENGTH = 4000  # with its citations and spaces; anything longer is no sentence
_HAN_WEIGHT = 3  # a Chinese character says as much as about three Latin letters

_CITATION = QuickPattern(
    rf"\s?\((?=[^()]*\))(?:(?:see|e\.g\.|cf\.|i\.e\.|following"
    rf"|as in)[,\s]*+)*+[^()]{{0,30}}?[A-Z][^()]{{0,400}}?,?\s{YEAR}(?:[^()]{{0,200}}?{YEAR})*+[^()]{{0,40}}+\)"
    r"|\s?\[\s?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\s?\]|\s?\[(?:[A-Z][\w+]*+(?<=\d\d)[,;\s]*+)+\]"
)
_CROSS_REFERENCE = QuickPattern(
    (
        r"\s?\((?:see|cf\.|as shown in|refer to|details in|e\.g\.,?|and|in|\s)*\s?(?:Fig(?:ure"
        r"|s|\.)*|Tab(?:le|s|\.)*|Sec(?:tion|s|\.)*|App(?:endix|\.)*|Eq(?:uation|s|\.)*|Alg(?:orithm|\.)*"
        r"|§)[^()]{0,60}\)"
    ),
    re.IGNORECASE,
)
_LEAD_IN = QuickPattern(
    r"^(?:as (?:shown|seen|illustrated|depicted|reported|presented|summarized|described"
    r"|can be seen|demonstrated|discussed)\s(?:in|by|from)\s[^,]{1,60},\s"
    r"|(?:however|moreover|furthermore|further|additionally|in addition|specifically|in particular|more specifically"
    r"|notably|importantly|most importantly|therefore|thus|hence|consequently|besides|also|finally|here|herein"
    r"|overall|in summary|in contrast|interestingly|similarly|nevertheless|nonetheless|together|in total|critically"
    r"|instead|first|second|third|fourth|lastly|concretely|as a result|to this end|for example|for instance|in short"
    r"|in other words|meanwhile|then|next|indeed|accordingly|on the other hand|to that end|taken together|ultimately"
    r"|in conclusion|to summarize|by contrast|conversely|remarkably|crucially|firstly|secondly|thirdly|beyond this"
    r"|yet|still|curiously|intuitively|in this way|as such|in response|to our knowledge|surprisingly|collectively"
    r"|building on this|more importantly)"
    r"\s?[,:]\s"
    r"|it (?:is|was|has been) (?:\w+ )?(?:shown|demonstrated|found|observed|revealed|argued|proved|proven"
    r"|concluded) that\s"
    r"|(?:and|but|so|yet|thus|hence|therefore|here|further|furthermore|additionally|finally|moreover|also|overall"
    r"|herein"
    r"|then|next|first)\s(?=(?:we|our|this (?:paper|work))\b)|(?:and|but|so|yet)\s)",
    re.IGNORECASE,
)
_LIST_MARKER = QuickPattern(r"^(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]|[•·▪–*➤►✓■◦-])\s+(?=\S)|^[•▪➤►✓■◦*]\s*(?=[A-Z])")
# The headings within a structured abstract.
HEADING = QuickPattern(
    r"^(?P<name>abstract|summary|background|context|introduction|motivation|problem|objectives?|aims?|purpose|goals?"
    r"|methods?"
    r"|methodology|materials and methods|approach|design|results?|findings|main results|evaluation|conclusions?"
    r"|discussion|significance|implications|contributions?)\s?(?::|[.—–]\s(?=[A-Z]))\s*(?=[A-Z\d\u4e00-\u9fff])",
    re.IGNORECASE,
)
_OWN_NOUNS = (
    r"(?:new |novel |simple |unified |proposed |simple yet effective )?(?:paper|work|study|report|survey|article|thesis"
    r"|review|approach|method|framework|model|system|benchmark|dataset|algorithm|technique|design|strategy|architecture"
    r"|pipeline|paradigm|results?|findings|experiments|evaluations?|analysis|analyses|insights?|observations?"
    r"|investigation|research|project|models|methods|improvements?|gains|effects|estimators?|bounds?|procedures?)"
)
_DETERMINER = QuickPattern(rf"^(?:This|These)(?= {_OWN_NOUNS}\b)", re.IGNORECASE)
_ADVERB = QuickPattern(
    r"^(we|our \w+) (?:also|instead|further|furthermore|additionally|then|next|finally|lastly) ", re.IGNORECASE
)
# Some documents show "(§3.1)" as "(3.1)". It is a section number when the sentence outlines the paper.
_BARE_SECTION_NUMBER = re.compile(r"\s\([1-9]\.[1-9](?:\.\d)?\)")
_OUTLINE = QuickPattern(
    r"\bwe (?:first |then |next |also )?(?:describe|present|introduce|detail|discuss|explain)\b", re.I
)
_UNUSABLE_IN_ABSTRACT = QuickPattern(
    r"[\\$]|^[^{]*\}|\{[^}]*$|https?:|(?:\.\.\.|…)$|www\.|\?{2}|\bet al\b|\bcopyright\b", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:[\s~(]|\bat\s|\bon\s){0,4}\bhttps?://[^\s),;]{1,300}(?<![.:])\)?")
_SENTENCE_END = re.compile(r"[.!。！”\"')\]]$")
_BEGINS_WHOLE = re.compile(r"[A-Z0-9\"“'(‘$~≈+\u4e00-\u9fff]|[a-z]{1,3}[A-Z\d-]|[a-z]\^|[α-ωπ]")
# "To address this gap, we propose": what stands before "we" points to the sentence before.
_CONNECTING_PHRASE = QuickPattern(
    r"^(?:to|toward|towards|based|building|built|drawing|inspired|motivated|guided|given|in|despite|with|through|by"
    r"|using"
    r"|leveraging|following|for|from|beyond|on|against|considering|recognizing|under|as|because|since|while|upon|driven"
    r"|grounded|armed|equipped|observing|addressing|rather|unlike|within|at|informed|prompted|taking|extending|tackling"
    r"|exploiting|responding|capitalizing)\b[^;:.]{0,160}?"
    r"\b(?:this|these|those|such|it|its|them|they|their|that|above|aforementioned|so)\b[^;:.]{0,120}?,\s"
    r"(?=(?:we|this (?:paper|work|study|report)|in this (?:paper|work|study|report)|our|I)\s)",
    re.IGNORECASE,
)
# The same before another subject: "To overcome these limitations, ShortCut reads …".
_PURPOSE = QuickPattern(
    r"^To (?:\w+ly )?[a-z]+ (?:this|these|those|such|it|them)\b[^,;:.]{0,60}, "
    r"(?=(?:an?|the|our|we) |[A-Z][\w.+-]* (?:\([^()]{1,60}\) )?[a-z]+s )|^To (?:investigate|this),? (?=we )"
)
# "…, a framework that overcomes these limitations.": the end of a sentence that says only that earlier problems end.
_SOLVES_EARLIER = re.compile(
    r",? (?:(?:that|which) (?:\w+ly )?(?:address|overcome|tackle|bridge|eliminate|mitigate|resolve|solve|fill|alleviate"
    r"|close|remedie)(?:e?s)?|(?:(?:\w+ly )?designed |aim(?:ed|ing) |intended |built )?(?:to|at) (?:\w+ly )?(?:address"
    r"|overcom|tackl|bridg|eliminat|mitigat|resolv|solv|fill|alleviat|clos|transcend)(?:e|ing)?) "
    r"(?:both |all )?(?:this|these|those|such)(?: [\w-]+){0,2}? "
    r"(?:limitations?|challenges?|issues?|problems?|gaps?|dependenc(?:y|ies)|shortcomings?|bottlenecks?|trade-offs?"
    r"|difficult(?:y|ies)|tensions?|drawbacks?|mismatch|barriers?)(?=\.$)",
    re.IGNORECASE,
)
_ITEM = re.compile(r"^(?:\(?(?:[2-9]|1\d|i{2,3}|iv|v|vi{1,3}|ix|[b-h])\)|(?:[2-9]|1\d)\.)\s")
# Both begin with the sign, not with a look behind for it: then only signs are tried, and not every character.
_FIRST_ITEM = re.compile(r"[(:.;](?:(?<=\()(?:1|i|a)\)\s|(?<=[:.;])\s(?:1|i)[.)](?:\s|$))")
_ITEM_AT_START = re.compile(r"(?:1|i)[.)](?:\s|$)")
MAX_BETWEEN_ITEMS = 3  # sentences of one item
_LONE_MARKER = re.compile(r"(?:^|[:.;!?]\s)\(?(?:\d{1,2}|[ivx]{1,4})[.)]$")


# Before an item with a bullet; after a full stop without a space, as where lines of an abstract were joined.
_NO_SPACE = re.compile(
    r"[.;:!?](?:\s+(?=[•▪●*–-]\s+[A-Z])|(?<=[a-z]{2}\.)(?=(?:We|Our|In|To|The|This|These|Code|Codes|Extensive"
    r"|Experiments?|Experimental|However|It|On)\s))"
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence; an enumeration "(1) … (2) …" stays together as one, with what stands between."""
    spans: list[tuple[int, int]] = []
    first_item = -1  # the place in `spans` of the list's first item
    for start, end in _split_again(text):
        before = text[max(spans[-1][0], spans[-1][1] - 20) : spans[-1][1]] if spans else ""
        if spans and _ITEM.match(text[start : start + 12]):
            joined = first_item if len(spans) - MAX_BETWEEN_ITEMS <= first_item < len(spans) and first_item >= 0 else -1
            spans[joined:] = [(spans[joined][0], end)]
            first_item = len(spans) - 1
        elif spans and _LONE_MARKER.search(before):
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((start, end))
        stop = min(end, start + MAX_RAW_LENGTH)
        if _FIRST_ITEM.search(text, start, stop) or (start == 0 and _ITEM_AT_START.match(text, 0, stop)):
            first_item = len(spans) - 1
    return spans


def _split_again(text: str) -> Iterator[tuple[int, int]]:
    for start, end in sentences(text):
        cuts = [start, *(start + match.start() + 1 for match in _NO_SPACE.finditer(text[start:end])), end]
        yield from itertools.pairwise(cuts)


_SPACE_BEFORE_MARK, _MARK_AFTER_SPACE = re.compile(r" +([,.;:!?)])"), re.compile(r"[,.;:!?)](?<= .)")


def clean_sentence(raw: str, *, abstract: bool = False, name: str | None = None) -> str | None:
    """The sentence without references to other places, or None when it cannot stand alone.

    A sentence of the `abstract` may be longer. `name` is the paper's name of its work, for macros such as "\\method".
    """
    if len(raw) > MAX_RAW_LENGTH or UNKNOWN_UNIT in raw:
        return None
    text = plain_latex(remove_references(raw), name)
    text = HEADING.sub("", _ADDRESS.sub("", text) if "http" in text else text)
    if not _BEGINS_WHOLE.match(text) and not _LIST_MARKER.match(text):
        return None
    text = _LIST_MARKER.sub("", text)
    text = _without_earlier_problem(strip_opening(text))
    while "( " in text:
        text = text.replace("( ", "(")
    if _MARK_AFTER_SPACE.search(text):  # quicker than the other, which tries every space
        text = _SPACE_BEFORE_MARK.sub(r"\1", text)
    text = text.strip()
    if not (_fits(text, abstract) and _SENTENCE_END.search(text) and _is_balanced(text)):
        return None
    if _UNUSABLE_IN_ABSTRACT.search(text) if abstract else is_unusable(text) or not is_plain_prose(text):
        return None
    if not has_verb(text):
        return None
    return _capitalize(text)


# After such a word an abstract was cut.
_CUT_OFF = re.compile(
    r"\b(?:the|and|with|for|from|that|which|even|into|than|then|are|was|were|been|have|has|can|may|will|our|their"
    r"|its|this"
    r"|these|those|such|both|via|using|between|across|over|under|more|most|very|also|but|not)$"
)


def with_full_stop(text: str) -> str:
    """The end of an abstract with its full stop, which some lack; unchanged after anything but a word."""
    text = text.rstrip()
    return (
        f"{text}." if re.search(r"(?:^|\s)[A-Za-z][A-Za-z-]{2,30}[a-z]$", text) and not _CUT_OFF.search(text) else text
    )


def strip_opening(text: str) -> str:
    """The sentence without words that join it to the one before: "However,", "To address this gap,"."""
    for _ in range(2):
        before = text
        text = _LEAD_IN.sub("", _PURPOSE.sub("", _CONNECTING_PHRASE.sub("", text)))
        if text == before:
            break
    return _DETERMINER.sub("The", _ADVERB.sub(r"\1 ", text))


_EARLIER_PROBLEM = re.compile(r" (?:this|these|those|such) ", re.IGNORECASE)
MIN_REST = 60  # characters that a sentence keeps when its end is cut


def _without_earlier_problem(text: str) -> str:
    """The sentence without an end such as "that overcomes these limitations", if enough is left."""
    if not _EARLIER_PROBLEM.search(text, max(0, len(text) - 60)):  # the whole pattern takes longer
        return text
    rest = _SOLVES_EARLIER.sub("", text)
    return rest if len(rest) >= MIN_REST else text


# A sentence that ends where it would have to go on.
_NUMBER_OF = r"(?:two|three|four|five|six|several|(?:the )?following)"
_ANNOUNCED = (
    r"(?:[\w-]+ ){0,3}(?:challenges?|techniques|components|contributions|innovations|designs|stages|steps|modules"
    r"|insights|aspects|strategies|phases|questions|findings|parts|features|properties|principles|ideas|mechanisms)"
)
ANNOUNCES = re.compile(rf"\b{_NUMBER_OF} {_ANNOUNCED}[.:]$", re.IGNORECASE)
_ANNOUNCING_END = re.compile(
    rf",? (?:addressing|tackling|featuring|comprising|consisting of|with|built on|based on|via|through|by"
    rf"|(?:which|that) (?:consists of|comprises|includes|has|features|introduces|involves))"
    rf" {_NUMBER_OF} {_ANNOUNCED}[.:]$",
    re.IGNORECASE,
)


def without_announcement(text: str) -> str:
    """The sentence without an end that announces more: ", which consists of three key components"."""
    rest = _ANNOUNCING_END.sub(".", text)
    return rest if len(rest) >= MIN_LENGTH else text


def _fits(text: str, abstract: bool) -> bool:
    length = len(text) if text.isascii() else len(text) + (_HAN_WEIGHT - 1) * len(HAN.findall(text))
    if abstract:
        return MIN_ABSTRACT_LENGTH <= length <= MAX_ABSTRACT_LENGTH
    return MIN_LENGTH <= length <= MAX_LENGTH


def _capitalize(text: str) -> str:
    return text[0].upper() + text[1:] if re.match(r"[a-z]+\b(?![A-Z])", text) else text


def remove_references(text: str) -> str:
    """`text` without bracketed citations and bracketed references to figures, tables and sections."""
    if "(" in text or "[" in text:
        text = _CROSS_REFERENCE.sub("", _CITATION.sub("", text))
    return _BARE_SECTION_NUMBER.sub("", text) if _OUTLINE.search(text) else text


def _is_balanced(text: str) -> bool:
    pairs = (("(", ")"), ("[", "]"), ("“", "”"))
    return all(_matched(text, *pair) for pair in pairs) and text.count('"') % 2 == 0


_CLOSING_OF_ITEM = re.compile(r"(?<![\w(])(?:\d{1,2}|[a-h]|[ivx]{1,4})\)")


def _matched(text: str, opening: str, closing: str) -> bool:
    """Whether brackets match; the closing ones of an enumeration, "1)", need no partner."""
    if text.count(opening) == text.count(closing):
        return True
    without_items = _CLOSING_OF_ITEM.sub("", text)
    return without_items.count(opening) == without_items.count(closing)
