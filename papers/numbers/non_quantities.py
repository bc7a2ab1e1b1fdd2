"""Finds digits that are not quantities: dates, years, versions, ids, citations, numbers of sections, tables and steps.

They are excluded before numbers are parsed, so that "Table 3" is not the number three and "Qwen2.5-7B" is neither 2.5
nor seven billion. In a claim they are not compared as values, but `tasks.analyze.grounding` requires that they occur in
the paper too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class NonQuantity:
    """A span with digits that is not a quantity, by its offsets."""

    kind: str  # "date", "year", "version", "id", "citation", "section", "ordinal", "marker", "name", "formula", "other"
    start: int
    end: int


_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_YEAR = r"(?:19[5-9]\d|20[0-4]\d)"
_REFERENCE_WORD = (
    r"(?:Sec(?:tions?|s?\.)|Tab(?:les?|\.)|Fig(?:ures?|s?\.)|Eq(?:uations?|ns?|s?\.)"
    r"|App(?:endix|endices|\.)|Alg(?:orithms?|\.)"
    r"|Theorems?|Thm\.|Lemmas?|Prop(?:ositions?|\.)|Corollary|Definitions?|Assumptions?"
    r"|Chapters?|Remarks?|Examples?|Footnotes?"
    r"|Lines?|Steps?|Stages?|Phases?|Layers?|Levels?|RQ|Cases?|Rows?|Columns?|Parts?"
    r"|Types?|Observations?|Findings?|Takeaways?"
    r"|Listings?|Prompts?|Rounds?|Tiers?|Seeds?|§+)"
)
_REFERENCE_LABEL = r"[A-Z]?\.?\d+(?:\.\d+)*(?:[a-z]\b|\([a-z]\))?"
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("id", r"https?://[^\s)\]>，。；]+|\b(?:www\.|github\.com/|huggingface\.co/)[^\s)\]>，。；]+|\b10\.\d{4,}/\S+"),
    (
        "id",
        (
            r"(?i:\barxiv)\s?:?\s?(?:abs/)?\d{4}\.\d{4,5}(?:v\d+)?|(?<![\d.,])(?:0[7-9]"
            r"|[12]\d)(?:0[1-9]|1[0-2])\.\d{5}(?:v\d+)?(?![\d.])"
        ),
    ),
    (
        "date",
        rf"(?<!\d){_YEAR}\s?年(?:\s?\d{{1,2}}\s?月(?:\s?\d{{1,2}}\s?日)?)?|(?<!\d)\d{{1,2}}\s?月\s?\d{{1,2}}\s?日",
    ),
    (
        "date",
        (
            rf"(?<![\d.-]){_YEAR}([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?![\d-])"
            rf"|(?<![\d.-]){_YEAR}-(?:0[1-9]|1[0-2])(?![\d-])"
        ),
    ),
    (
        "date",
        (
            rf"\b{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s{_YEAR}\b|\b(?!\.?\d|\s?[%×]))"
            rf"|\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s)?{_MONTH},?\s{_YEAR}\b"
        ),
    ),
    ("version", r"(?<![\w.])v\d+(?:\.\d+)*\b|(?<![\w.,])\d+(?:\.\d+){2,}(?!\w)"),
    (
        "citation",
        r"\[\d{1,3}(?:\s?[,;-]\s?\d{1,3})*\]|\((?:[^()]{0,120}?\b(?:et al\.?|and|&)[^()]{0,80}?,?\s"
        + _YEAR
        + r"[a-z]?[^()]{0,80})\)",
    ),
    (
        "section",
        (
            rf"(?<![A-Za-z]){_REFERENCE_WORD}\s?~?\(?{_REFERENCE_LABEL}\)?(?:(?:\s?(?:,|-|&|and|or"
            rf"|to)\s?){{1,2}}\(?{_REFERENCE_LABEL}\)?(?!\s?[%×]))*(?![\d%×])(?!\.\d)"
        ),
    ),
    (
        "section",
        (
            r"(?:(?<![代发列图外])表|(?<![意])图(?!像)|公式|(?<![公方形模格正样])式|定理|引理|附录|章节|(?<!调)节"
            r"|步骤|阶段|案例"
            r"|算法)\s?\(?[A-Z]?\d+(?:\.\d+)*\)?(?![\d.]*\s?(?:[%×倍万亿个]|百分))"
        ),
    ),
    ("year", r"\b(?:18|19|20)\d0s\b"),
    # the names of programs with their versions, and of lists of companies
    (
        "version",
        (
            r"\b(?:Python|CUDA|cuDNN|PyTorch|TensorFlow|JAX|Ubuntu|Debian|Windows|Java|GCC|Node|Android|iOS|macOS|Fortune)"
            r"\s\d+(?:\.\d+)*\b"
        ),
    ),
    ("name", r"\b[A-Z][A-Za-z]*-[A-Z]{1,2}/\d+\b"),
    ("ordinal", r"第\s?\d+|\b\d+(?:st|nd|rd|th)\b"),
    (
        "marker",
        (
            r"(?:(?<=^)|(?<=[\s:：;；，,。.、]))\(\d{1,2}\)(?=\s?\D)|^\s*\d{1,2}[.、)](?=\s?[^\d\s])"
            r"|(?<=[。；;：:\n] )\d{1,2}[.、)]\s(?=\D)"
        ),
    ),
    ("formula", r"(?<=[A-Za-zα-ωℓ)}\]])[_^]\{[^{}]*\}|(?<=[A-Za-zα-ωℓ)}\]])[_^]-?\d+(?!\.\d)"),
    # a letter and digits in one word: Qwen2.5-7B, H100, GSM8K, pass@1, ViT-B/16, π_0.5; not near-100%, sub-10ms.
    # Counts are bounded: a long chain of words without a digit would be tried from each of its words to its end.
    (
        "name",
        r"(?<![A-Za-z0-9])[A-Za-zα-ω][A-Za-z'+]{0,40}(?:[-_@.][A-Za-z][A-Za-z'+]{0,40}){0,12}[-_@.]?\d[\w@+]*(?:[-_./@+:][A-Za-z0-9][\w@+]*)*(?:\.\d+)*(?!\d)",
    ),
    ("name", r"(?<![A-Za-z0-9.])\d+[A-Za-z]+\d*(?:[-_][A-Za-z0-9]+)*(?![A-Za-z0-9])"),
    ("year", rf"(?i:\b(?:in|since|during|year|early|late|until|mid)\s){_YEAR}(?=\s[A-Z]|\s?[\u4e00-\u9fff])"),
    (
        "year",
        (
            rf"(?i:\b(?:in|since|during|year|early|late|until|mid|for|of|from"
            rf"|to)\s){_YEAR}(?![\d%×-]|[.,]\d)(?=\s?(?:[,.;:)\]']|$|(?:and|we|the|that|to|a|an|with"
            rf"|is|was|has|have|in|on|at|by|which|using|for)\b))"
        ),
    ),
    (
        "year",
        rf"(?<=[A-Z]{{2}}[ -]){_YEAR}(?![\d%×]|[.,]\d)(?!\s?[a-z]{{4,}})|(?<=[A-Z]{{2}}'){_YEAR}|\b[A-Z]{{3,}}'\d\d\b",
    ),
)
_COMPILED = [(kind, re.compile(pattern, re.ASCII)) for kind, pattern in _PATTERNS]  # ASCII: 在 is no word character

# words of letters and digits that are quantities with a unit: "80GB", "10ms", "7B", "5x", "3-fold"
_QUANTITY = re.compile(
    r"\d+(?:\.\d+)?(?:bn|mn|[kKMBbT]|[kKMGTP]i?B|[num]?s|[MGTP]FLOPS?|[MGTP]FLOPs?|GMACs?"
    r"|[kMG]?Hz|dB|fps|px|mm|cm|km|m|kg|kWh?|W|h|min|mins|hrs?"
    r"|sec|x|X|pp|pts?|bits?|days?|e\d+|E\d+)(?:[-_][A-Za-z]+)*"
)
_ANY_DIGIT = re.compile(r"\d")
_TAIL = re.compile(r"(?:^|[-/])(\d[\d.]*)$")
_AFTER_QUANTITY = re.compile(r"\s?(?:%|×|percent|倍|个?百分点)")


def _is_quantity(text: str, start: int, end: int) -> bool:
    """Whether a match of kind "name" is in fact a quantity: 7B, 80GB, 5x."""
    first = text[start:end].split("-")[0]
    return text[start].isdigit() and bool(
        _QUANTITY.fullmatch(text[start:end])
        or _QUANTITY.fullmatch(first)
        or re.fullmatch(r"\d+[eE]-?\d+", text[start:end])
    )


def _name_end(text: str, start: int, end: int) -> int:
    """The end of a "name", without a last part that is a quantity: near-100%, top-10%."""
    tail = _TAIL.search(text[start:end])
    if tail and (_AFTER_QUANTITY.match(text, end) or _QUANTITY.match(text, start + tail.start(1), end)):
        return start + tail.start(1)
    part = re.search(r"[-/](?=(\d+(?:\.\d+)?)(?:[GMTK]B|ms|s|h|x)$)", text[start:end])
    return start + part.end() if part else end


def non_quantities(text: str) -> list[NonQuantity]:
    """The spans of the normalized `text` with digits that are not quantities, in order and without overlap."""
    if not _ANY_DIGIT.search(text):
        return []
    spans: list[NonQuantity] = []
    occupied = bytearray(len(text))  # 1 for each character of a span
    for kind, pattern in _COMPILED:
        for match in pattern.finditer(text):
            start, end = match.span()
            if kind == "name":
                if _is_quantity(text, start, end):
                    continue
                end = _name_end(text, start, end)
            if end > start and not any(occupied[start:end]) and any(c.isdigit() for c in text[start:end]):
                spans.append(NonQuantity(kind, start, end))
                occupied[start:end] = b"\x01" * (end - start)
    return sorted(spans, key=lambda span: span.start)
