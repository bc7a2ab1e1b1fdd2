"""Cleans sentences of a paper so that they can stand alone, or rejects them.

Citations, lead-ins and references to figures are removed. A sentence that removal cannot repair (a formula in the
middle, "it" without its noun) is rejected, never reworded: an extract consists of the paper's own words.
"""

from __future__ import annotations

import re

from papers.models import Block
from papers.numbers.normalization import UNKNOWN_UNIT, normalize
from tasks.analyze.grounding.paper_text import sentences

MIN_LENGTH, MAX_LENGTH = 45, 340  # characters of a sentence that can stand alone
MAX_ABSTRACT_LENGTH = 640  # an abstract is self-contained, so its long sentences can be used
MAX_RAW_LENGTH = 4000  # with its citations and spaces; anything longer is no sentence

_YEAR = r"(?:19|20)\d\d[a-z]?"
_CITATION = re.compile(
    rf"\s?\((?=[^()]*\))(?:(?:see|e\.g\.|cf\.|i\.e\.|following"
    rf"|as in)[,\s]*+)*+[^()]{{0,30}}?[A-Z][^()]{{0,400}}?,?\s{_YEAR}(?:[^()]{{0,200}}?{_YEAR})*+[^()]{{0,40}}+\)"
    r"|\s?\[\s?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\s?\]|\s?\[(?:[A-Z][\w+]*+(?<=\d\d)[,;\s]*+)+\]"
)
_CROSS_REFERENCE = re.compile(
    (
        r"\s?\((?:see|cf\.|as shown in|refer to|details in|e\.g\.,?|and|in|\s)*\s?(?:Fig(?:ure"
        r"|s|\.)*|Tab(?:le|s|\.)*|Sec(?:tion|s|\.)*|App(?:endix|\.)*|Eq(?:uation|s|\.)*|Alg(?:orithm|\.)*|§)[^()]{0,60}\)"
    ),
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"^(?:as (?:shown|seen|illustrated|depicted|reported|presented|summarized|described"
    r"|can be seen|demonstrated|discussed)\s(?:in|by|from)\s[^,]{1,60},\s"
    r"|(?:however|moreover|furthermore|additionally|in addition|specifically|in particular"
    r"|notably|importantly|therefore|thus|hence|consequently|besides|also|finally"
    r"|overall|in summary|in contrast|interestingly|similarly|nevertheless|nonetheless"
    r"|instead|first|second|third|lastly|concretely|as a result|to this end|for example|for instance"
    r"|in other words|meanwhile|then|next|indeed|accordingly|on the other hand|to this end"
    r"|in conclusion|to summarize|by contrast|conversely|remarkably|crucially|firstly|secondly|thirdly)\s?[,:]\s"
    r"|(?:and|but|so|yet)\s)",
    re.IGNORECASE,
)
_LIST_MARKER = re.compile(r"^(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]|[•·▪–*-])\s+")
_UNUSABLE = re.compile(
    r"[\\{}_^$|<>@]|\b(?:Figure|Table|Section|Appendix|Equation|Algorithm \d|Theorem|Lemma"
    r"|Footnote|supplementary)s?\b|\b(?:Fig|Tab|Sec|Eq|App)s?\.|§|\bfootnote:"
    rf"|\bet al\b|\({_YEAR}\)|\[\s?\]|\(\s?\)|https?://|www\.|\?{{2}}|\bcopyright\b"
    rf"|\blicen[sc]ed? under\b|corresponding author|equal contribution|alphabetical order|[†‡]"
    r"|\backnowledge?ments?\b|\b(?:this|next|following|previous) (?:section|subsection"
    r"|appendix)\b|\bremainder of\b|\borgani[sz]ed as follows\b|\bas follows\b|\bfollowing (?:equation|figure|table)\b"
    r"|\b(?:above|below|aforementioned|former|latter)\b|[∑∏∫∂∇∈∀∃⊂⊆∥]",
    re.IGNORECASE,
)
_ANAPHORA = re.compile(
    r"^(?:it|they|them|its|their|these|those|such|he|she|this (?!paper|work|study|article"
    r"|survey|report|benchmark|dataset|framework)|that|here|there|where|which|who|whose"
    r"|while this|both of|the (?:former|latter|other|same|second|third)|another"
    r"|one (?:such|of these)|doing so|in (?:this|that|these|such|both)\s(?!paper|work|study|report)|with this|for this"
    r"|to (?:address|mitigate|overcome|tackle|solve|bridge|remedy|resolve"
    r"|alleviate) (?:this|these|it|that|such)|as such|as a|"
    r"if so|because of this|based on (?:this|these)|despite (?:this|these)|given (?:this|these))\b",
    re.IGNORECASE,
)
# Some documents show "(§3.1)" as "(3.1)". It is a section number when the sentence outlines the paper.
_BARE_SECTION_NUMBER = re.compile(r"\s\([1-9]\.[1-9](?:\.\d)?\)")
_OUTLINE = re.compile(
    r"\bwe (?:first |then |next |also )?(?:describe|present|introduce|detail|discuss|explain)\b", re.I
)
# LaTeX commands in the plain text of an abstract; only the words inside them stay
_BRACES = re.compile(r"\{(?:\\?(?:bf|it|em|tt|sc|rm)\s+)?([^{}]*)\}")
_UNUSABLE_IN_ABSTRACT = re.compile(
    r"[\\$]|https?://|www\.|\?{2}|\bet al\b|\bcopyright\b|\b(?:code|project|website|page)\b[^.]{0,30}\bavailable\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!]['\")\]]*$")
_CONNECTING_PHRASE = re.compile(
    r"^(?:to (?:address|mitigate|overcome|tackle|solve|bridge|remedy|resolve|alleviate|fill|close)"
    r" (?:this|these|such|the above)[^,]{0,60}|(?:based|building|drawing) (?:up)?on (?:this|these|such)[^,]{0,40}"
    r"|(?:inspired|motivated|guided) by (?:this|these|such)[^,]{0,40}|to (?:this|that) end|with this in mind), "
    r"(?=we |this |I )",
    re.IGNORECASE,
)


def usable_sentences(block: Block, abstract: bool = False) -> list[tuple[str, str]]:
    """(cleaned sentence, original sentence) for each sentence of a block that can stand alone, in order.

    Sentences of the `abstract` may be longer and may begin with "it", because they are shown under the paper's title.
    """
    text = block.text
    pairs = []
    for start, end in sentences(text):
        block_words = text[start:end]
        if (sentence := clean_sentence(block_words, abstract=abstract)) is not None:
            pairs.append((sentence, block_words.strip()))
    return pairs


def clean_sentence(raw: str, *, abstract: bool = False) -> str | None:
    """The sentence without references to other places, or None when it cannot stand alone."""
    if len(raw) > MAX_RAW_LENGTH or UNKNOWN_UNIT in raw:
        return None
    text = remove_references(raw)
    if "\\" in text or "$" in text:
        text = normalize(text).text
    text = _LIST_MARKER.sub("", re.sub(r"\s+", " ", text).strip())
    text = _CONNECTING_PHRASE.sub("", text)
    for _ in range(2):
        text = _LEAD_IN.sub("", text)
    text = re.sub(r"\s+([,.;:!?)])", r"\1", re.sub(r"\(\s+", "(", text)).strip()
    if abstract:
        text = _BRACES.sub(lambda m: m[0] if re.fullmatch(r"[-\d\s,.]*", m[1]) else m[1], text)
    if (
        not text
        or not MIN_LENGTH <= len(text) <= (MAX_ABSTRACT_LENGTH if abstract else MAX_LENGTH)
        or not _SENTENCE_END.search(text)
    ):
        return None
    if not (text[0].isalnum() or abstract) or not _is_balanced(text):
        return None
    if abstract:
        return None if _UNUSABLE_IN_ABSTRACT.search(text) else _capitalize(text)
    if _UNUSABLE.search(text) or _ANAPHORA.search(text):
        return None
    if text.count(",") > 12 or len(re.findall(r"[A-Za-z]", text)) < 0.6 * len(text):
        return None
    return _capitalize(text)


def is_anaphoric(text: str) -> bool:
    """Whether a sentence begins with "it", "these" or the like, which refer to an earlier sentence."""
    return _ANAPHORA.search(text) is not None


def _capitalize(text: str) -> str:
    return text[0].upper() + text[1:] if re.match(r"[a-z]+\b(?![A-Z])", text) else text


def remove_references(text: str) -> str:
    """`text` without bracketed citations and bracketed references to figures, tables and sections."""
    text = _CROSS_REFERENCE.sub("", _CITATION.sub("", text))
    return _BARE_SECTION_NUMBER.sub("", text) if _OUTLINE.search(text) else text


def _is_balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]") and text.count('"') % 2 == 0
