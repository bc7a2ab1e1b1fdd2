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
from tasks.analyze.grounding.paper_text import sentences

MIN_LENGTH, MAX_LENGTH = 45, 340  # characters of a sentence of the body that can stand alone
MIN_ABSTRACT_LENGTH = 30
MAX_ABSTRACT_LENGTH = 900  # an abstract is self-contained, so its long sentences and enumerations can be used
MAX_RAW_LENGTH = 4000  # with its citations and spaces; anything longer is no sentence
_HAN = re.compile("[\u4e00-\u9fff]")
_HAN_WEIGHT = 3  # a Chinese character says as much as about three Latin letters

_YEAR = r"(?:19|20)\d\d[a-z]?"
_CITATION = re.compile(
    rf"\s?\((?=[^()]*\))(?:(?:see|e\.g\.|cf\.|i\.e\.|following"
    rf"|as in)[,\s]*+)*+[^()]{{0,30}}?[A-Z][^()]{{0,400}}?,?\s{_YEAR}(?:[^()]{{0,200}}?{_YEAR})*+[^()]{{0,40}}+\)"
    r"|\s?\[\s?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\s?\]|\s?\[(?:[A-Z][\w+]*+(?<=\d\d)[,;\s]*+)+\]"
)
_CROSS_REFERENCE = re.compile(
    (
        r"\s?\((?:see|cf\.|as shown in|refer to|details in|e\.g\.,?|and|in|\s)*\s?(?:Fig(?:ure"
        r"|s|\.)*|Tab(?:le|s|\.)*|Sec(?:tion|s|\.)*|App(?:endix|\.)*|Eq(?:uation|s|\.)*|Alg(?:orithm|\.)*"
        r"|§)[^()]{0,60}\)"
    ),
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
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
_LIST_MARKER = re.compile(r"^(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]|[•·▪–*➤►✓■◦-])\s+(?=\S)|^[•▪➤►✓■◦*]\s*(?=[A-Z])")
# The headings within a structured abstract.
HEADING = re.compile(
    r"^(?P<name>abstract|summary|background|context|introduction|motivation|problem|objectives?|aims?|purpose|goals?"
    r"|methods?"
    r"|methodology|materials and methods|approach|design|results?|findings|main results|evaluation|conclusions?"
    r"|discussion|significance|implications|contributions?)\s?(?::|[.—–]\s(?=[A-Z]))\s*(?=[A-Z\d\u4e00-\u9fff])",
    re.IGNORECASE,
)
_UNUSABLE = re.compile(
    r"[\\{}_^$|<>@]|\b(?:Figure|Table|Section|Appendix|Equation|Algorithm \d|Theorem|Lemma|Remark|Proposition|Corollary"
    r"|Footnote|supplementary)s?\b|\b(?:Fig|Tab|Sec|Eq|App|Thm|Def|Prop)s?\.|§|\bfootnote:"
    r"|\b(?:Example|Assumption|Definition|Condition|Step|Case|Phase|Chapter|Part|Setting|Panel|Note)s? \(?[A-Z]?\d"
    rf"|\bet al\b|\({_YEAR}\)|\[\s?\]|\(\s?\)|https?://|www\.|\?{{2}}|\bcopyright\b|\bsee\b|\b(?:main|full) text\b"
    rf"|\blicen[sc]ed? under\b|corresponding author|equal contribution|alphabetical order|[†‡✓✗→←↑↓■●▲]"
    r"|\backnowledge?ments?\b|\b(?:this|next|following|previous|subsequent|present) (?:section|subsection"
    r"|appendix|figure|table)\b|\bremainder of\b|\borgani[sz]ed as follows\b|\bas follows\b"
    r"|\bfollowing (?:equation|figure|table)\b|\((?:left|right|top|bottom|middle|[a-h])\)|\b(?:dashed|dotted|shaded)\b"
    r"|\b(?:above|below|aforementioned|former|latter)\b|[∑∏∫∂∇∈∀∃⊂⊆∥∼≲≪]|\b[A-Z][a-z]+ and [A-Z][a-z]+,? \(?(?:19"
    r"|20)\d\d"
    r"|\b(?:here|earlier|later|previously|already) (?:we|mentioned|discussed|described|introduced|stated)\b|\bi\.e\.$",
    re.IGNORECASE,
)
# The words of which a sentence has one where a word makes it unusable: to look them up is quicker than the pattern.
_UNUSABLE_WORDS = frozenset(
    word + ending
    for ending in ("", "s")
    for word in [
        "figure", "table", "section", "appendix", "equation", "algorithm", "theorem", "lemma", "remark",
        "proposition", "corollary", "footnote", "supplementary", "fig", "tab", "sec", "eq", "app", "thm", "def",
        "prop", "example", "assumption", "definition", "condition", "step", "case", "phase", "chapter", "part",
        "setting", "panel", "note", "al", "http", "www", "copyright", "see", "text", "under", "author",
        "contribution", "order", "acknowledgment", "acknowledgement", "subsection", "remainder", "follow", "dashed",
        "dotted", "shaded", "above", "below", "aforementioned", "former", "latter", "here", "earlier", "later",
        "previously", "already", "following",
    ]
)  # fmt: skip
_UNUSABLE_SIGNS = re.compile(
    r"[\\{}_^$|<>@§†‡✓✗→←↑↓■●▲∑∏∫∂∇∈∀∃⊂⊆∥∼≲≪]|\?\?|[(\[]\s?[)\]]|\([a-h]\)|(?:19|20)\d\d|\bi\.e\.$"
    r"|\((?:left|right|top|bottom|middle)\)",
    re.IGNORECASE,
)


def _is_unusable(text: str) -> bool:
    """Whether a sentence of the body points elsewhere or has signs of a formula."""
    may_be = (
        not _UNUSABLE_WORDS.isdisjoint(re.findall(r"[a-z]+", text.lower())) or _UNUSABLE_SIGNS.search(text) is not None
    )
    return may_be and _UNUSABLE.search(text) is not None


# Names like these cannot be told from citation keys and formula debris.
_DEBRIS = re.compile(
    r"\bdenot(?:ed|ing) (?:as|by)\b|\b[a-z]+(?:19|20)\d\d[a-z]\w*|(?:\s[a-zA-Z0-9=+*/−-]){4,}(?=\s|$)|\s[=≤≥≈]\s"
    r"|\w\(\w\)\s?=|\bO\(|(?<![\w-])[A-Za-zα-ω]\([a-zα-ω](?:,\s?[a-zα-ω]){0,3}\)"
)
_ANAPHORA = re.compile(
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
_POINTS_BACK = re.compile(
    r"\b(?:these|those|such an?|that same)\b(?! (?:that|who|which|of)\b)"
    r"|\b(?:this|which)\b(?= (?:is|was|can|could|may|makes?|allows?|leads?|means|does|also)\b)"
    r"|\bthis(?! (?:paper|work|study|article|survey|report|benchmark|dataset|framework)\b)\b",
    re.IGNORECASE,
)
_OWN_NOUNS = (
    r"(?:new |novel |simple |unified |proposed |simple yet effective )?(?:paper|work|study|report|survey|article|thesis"
    r"|review|approach|method|framework|model|system|benchmark|dataset|algorithm|technique|design|strategy|architecture"
    r"|pipeline|paradigm|results?|findings|experiments|evaluations?|analysis|analyses|insights?|observations?"
    r"|investigation|research|project|models|methods|improvements?|gains|effects|estimators?|bounds?|procedures?)"
)
_DETERMINER = re.compile(rf"^(?:This|These)(?= {_OWN_NOUNS}\b)", re.IGNORECASE)
_ADVERB = re.compile(
    r"^(we|our \w+) (?:also|instead|further|furthermore|additionally|then|next|finally|lastly) ", re.IGNORECASE
)
# Some documents show "(§3.1)" as "(3.1)". It is a section number when the sentence outlines the paper.
_BARE_SECTION_NUMBER = re.compile(r"\s\([1-9]\.[1-9](?:\.\d)?\)")
_OUTLINE = re.compile(
    r"\bwe (?:first |then |next |also )?(?:describe|present|introduce|detail|discuss|explain)\b", re.I
)
_UNUSABLE_IN_ABSTRACT = re.compile(
    r"[\\$]|^[^{]*\}|\{[^}]*$|https?:|(?:\.\.\.|…)$|www\.|\?{2}|\bet al\b|\bcopyright\b", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?:[\s~(]|\bat\s|\bon\s){0,4}\bhttps?://[^\s),;]{1,300}(?<![.:])\)?")
_SENTENCE_END = re.compile(r"[.!。！”\"')\]]$")
_BEGINS_WHOLE = re.compile(r"[A-Z0-9\"“'(‘$~≈+\u4e00-\u9fff]|[a-z]{1,3}[A-Z\d-]|[a-z]\^|[α-ωπ]")
# "To address this gap, we propose": what stands before "we" points to the sentence before.
_CONNECTING_PHRASE = re.compile(
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
_PURPOSE = re.compile(
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
_FIRST_ITEM = re.compile(r"\((?:1|i|a)\)\s|(?:^|[:.;]\s)(?:1|i)[.)](?:\s|$)")
MAX_BETWEEN_ITEMS = 3  # sentences of one item
_LONE_MARKER = re.compile(r"(?:^|[:.;!?]\s)\(?(?:\d{1,2}|[ivx]{1,4})[.)]$")


# Before an item with a bullet; after a full stop without a space, as where lines of an abstract were joined.
_NO_SPACE = re.compile(
    r"(?<=[.;:!?])\s+(?=[•▪●*–-]\s+[A-Z])|(?<=[a-z]{2}\.)(?=(?:We|Our|In|To|The|This|These|Code|Codes|Extensive"
    r"|Experiments?|Experimental|However|It|On)\s)"
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
        if _FIRST_ITEM.search(text, start, min(end, start + MAX_RAW_LENGTH)):
            first_item = len(spans) - 1
    return spans


def _split_again(text: str) -> Iterator[tuple[int, int]]:
    for start, end in sentences(text):
        cuts = [start, *(start + match.start() for match in _NO_SPACE.finditer(text[start:end])), end]
        yield from itertools.pairwise(cuts)


_SPACE_AFTER_BRACKET, _SPACE_BEFORE_MARK = re.compile(r"(?<=\()\s+"), re.compile(r"\s+([,.;:!?)])")


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
    text = _SPACE_BEFORE_MARK.sub(r"\1", _SPACE_AFTER_BRACKET.sub("", text)).strip()
    if not (_fits(text, abstract) and _SENTENCE_END.search(text) and _is_balanced(text)):
        return None
    if _UNUSABLE_IN_ABSTRACT.search(text) if abstract else _is_unusable(text) or not is_plain_prose(text):
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
        text = _LEAD_IN.sub("", _PURPOSE.sub("", _CONNECTING_PHRASE.sub("", text)))
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


# A heading that runs into the sentence: "Output gate We compare", "Data Quality: As a method".
_RUN_IN_HEADING = re.compile(
    r"[a-z\d)] (?:We|Our|The|In|To|For|Overall|As|Given|This|These|It|When|While|Unlike|Following) [a-z]"
    r"|^[A-Z][^.:,;]{3,100}: [A-Z]"
)


# A verb that says something: an auxiliary, the word after a pronoun, a word in "-s" or "-ed" on which the sentence goes
# on, or a verb without an ending after its subject. What has none of them is a heading or a piece of a sentence.
_VERB = re.compile(
    r"\b(?:is|are|was|were|am|has|have|had|do|does|did|can|cannot|could|may|might|must|should|will|would|let|made|led"
    r"|gave|took|found|built|ran|rose|fell|grew|won|lost|kept|held|saw|cut)\b"
    r"|\b(?:we|they|it|you|which|who|i) (?:\w+ly |also |then |further )?[a-z]{3,}"
    r"|[a-z]{2}(?:[^s\W]s|ed)\b(?=[ —–])"
    r"|[\w)],? (?:\w+ly )?(?:outperform|surpass|exceed|achieve|improve|reduce|demonstrate|show|reveal|confirm|indicate"
    r"|validate|suggest|enable|allow|yield|provide|support|require|remain|fail|struggle|lead|perform|exhibit|highlight"
    r"|generali[sz]e|underscore|establish|offer|make|become|give|use|foster|suffer|leverage|enforce)\b",
    re.IGNORECASE,
)


def has_verb(text: str) -> bool:
    """Whether a sentence has a main verb, as far as word forms tell; Chinese text counts as having one."""
    return _VERB.search(text) is not None or _HAN.search(text) is not None


def is_plain_prose(text: str) -> bool:
    """Whether a sentence of the body has words rather than formulas, and points to no other sentence."""
    letters = len(re.findall(r"[A-Za-z\u4e00-\u9fff]", text))
    points_back = (
        _ANAPHORA.search(text) or _POINTS_BACK.search(text) or _DEBRIS.search(text) or _RUN_IN_HEADING.search(text)
    )
    return not points_back and text.count(",") <= 12 and letters >= 0.6 * len(text) and text[0].isalnum()


def is_anaphoric(text: str) -> bool:
    """Whether a sentence begins with "it", "these" or the like, which refer to an earlier sentence."""
    return _ANAPHORA.search(text) is not None


def _fits(text: str, abstract: bool) -> bool:
    length = len(text) + (_HAN_WEIGHT - 1) * len(_HAN.findall(text))
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
