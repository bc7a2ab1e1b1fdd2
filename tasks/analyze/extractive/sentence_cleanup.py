"""A paper's sentences made fit to stand alone: without citations, lead-ins and pointers to figures, or refused.

What cannot be mended by leaving something out (a formula in the middle, "it" without its noun) is refused, never
reworded: what an extract prints is the paper's.
"""

from __future__ import annotations

import re

from papers.models import Block
from papers.numbers.normalization import spell
from tasks.analyze.grounding.paper_text import sentences

MIN, MAX = 45, 340  # characters of a sentence that can stand alone
MAX_ABSTRACT = 640  # an abstract is written to be read by itself, its long sentences too

_YEAR = r"(?:19|20)\d\d[a-z]?"
_CITED = re.compile(
    rf"\s?\((?:(?:see|e\.g\.|cf\.|i\.e\.|following"
    rf"|as in)[,\s]*)*[^()]{{0,30}}?[A-Z][^()]{{0,400}}?,?\s{_YEAR}(?:[^()]{{0,200}}{_YEAR})*[^()]{{0,40}}\)"
    r"|\s?\[\s?\d{1,3}(?:\s?[,;–-]\s?\d{1,3})*\s?\]|\s?\[(?:[A-Z][\w+]*\d{2}[,;\s]*)+\]"
)
_POINTER = re.compile(
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
_MARKER = re.compile(r"^(?:\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)]|[•·▪–*-])\s+")
_REFUSED = re.compile(
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
# of "(§3.1)" some documents leave "(3.1)", which is a section where the sentence says what comes where
_SECTION_LEFT = re.compile(r"\s\([1-9]\.[1-9](?:\.\d)?\)")
_TELLS_OF_SECTIONS = re.compile(
    r"\bwe (?:first |then |next |also )?(?:describe|present|introduce|detail|discuss|explain)\b", re.I
)
# what an abstract's plain text has of LaTeX: its words are kept
_BRACED = re.compile(r"\{(?:\\?(?:bf|it|em|tt|sc|rm)\s+)?([^{}]*)\}")
_IN_ABSTRACT = re.compile(
    r"[\\$]|https?://|www\.|\?{2}|\bet al\b|\bcopyright\b|\b(?:code|project|website|page)\b[^.]{0,30}\bavailable\b",
    re.IGNORECASE,
)
_END = re.compile(r"[.!]['\")\]]*$")
_CONNECTED = re.compile(
    r"^(?:to (?:address|mitigate|overcome|tackle|solve|bridge|remedy|resolve|alleviate|fill|close)"
    r" (?:this|these|such|the above)[^,]{0,60}|(?:based|building|drawing) (?:up)?on (?:this|these|such)[^,]{0,40}"
    r"|(?:inspired|motivated|guided) by (?:this|these|such)[^,]{0,40}|to (?:this|that) end|with this in mind), "
    r"(?=we |this |I )",
    re.IGNORECASE,
)


def candidates(block: Block, abstract: bool = False) -> list[tuple[str, str]]:
    """(clean sentence, the block's own words) for each sentence of a block that can stand alone, in order.

    One of the `abstract` may be longer, and may speak of "it": it stands under the paper's title.
    """
    text = block.text
    found = []
    for start, end in sentences(text):
        raw = text[start:end]
        if (made := stand_alone(raw, abstract=abstract)) is not None:
            found.append((made, raw.strip()))
    return found


def stand_alone(raw: str, *, abstract: bool = False) -> str | None:
    """The sentence without what points elsewhere, or None where it cannot stand alone."""
    text = without_references(raw)
    if "\\" in text or "$" in text:
        text = spell(text).text
    text = _MARKER.sub("", re.sub(r"\s+", " ", text).strip())
    text = _CONNECTED.sub("", text)
    for _ in range(2):
        text = _LEAD_IN.sub("", text)
    text = re.sub(r"\s+([,.;:!?)])", r"\1", re.sub(r"\(\s+", "(", text)).strip()
    if abstract:
        text = _BRACED.sub(lambda m: m[0] if re.fullmatch(r"[-\d\s,.]*", m[1]) else m[1], text)
    if not text or not MIN <= len(text) <= (MAX_ABSTRACT if abstract else MAX) or not _END.search(text):
        return None
    if not (text[0].isalnum() or abstract) or not _balanced(text):
        return None
    if abstract:
        return None if _IN_ABSTRACT.search(text) else _capital(text)
    if _REFUSED.search(text) or _ANAPHORA.search(text):
        return None
    if text.count(",") > 12 or len(re.findall(r"[A-Za-z]", text)) < 0.6 * len(text):
        return None
    return _capital(text)


def speaks_of_another(text: str) -> bool:
    """Whether a sentence begins with "it", "these" or the like, whose noun stands before it."""
    return _ANAPHORA.search(text) is not None


def _capital(text: str) -> str:
    return text[0].upper() + text[1:] if re.match(r"[a-z]+\b(?![A-Z])", text) else text


def without_references(text: str) -> str:
    """`text` without citations in brackets and pointers to figures, tables and sections in brackets."""
    text = _POINTER.sub("", _CITED.sub("", text))
    return _SECTION_LEFT.sub("", text) if _TELLS_OF_SECTIONS.search(text) else text


def _balanced(text: str) -> bool:
    return text.count("(") == text.count(")") and text.count("[") == text.count("]") and text.count('"') % 2 == 0
