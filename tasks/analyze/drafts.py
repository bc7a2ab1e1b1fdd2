"""SlotPool a model's answer into an `Analysis` and the evidence for it.

Every text is walked once, under its field's name ("results[0].finding"): grounded against its own quotations, or, where
it has none, against the paper's best matching sentences. What is then done with what is not grounded is `policy`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from papers.models import Evidence, Openness, Paper, Reading
from tasks.analyze.grounding.number_check import Finding, Quote, ground
from tasks.analyze.grounding.paper_text import Source, sentences
from tasks.analyze.grounding.unknown_names import unknown_names

ABSTRACT_SHORT = 150  # characters
_NOTHING = re.compile(
    (
        r"(?:null|none|n/?a|not (?:stated|mentioned|specified|provided|available)|unknown|原文未述"
        r"|未提及|未说明|无|暂无)[.。]?"
    ),
    re.IGNORECASE,
)


@dataclass
class Draft:
    """An answer as the fields of an analysis, with what grounding found of each."""

    fields: dict[str, Any] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    problems: list[tuple[str, Finding]] = field(default_factory=list)
    total: int = 0
    grounded: int = 0


def evidence_for(
    name: str, text: str, quotes: Sequence[Quote], source: Source, names: bool = True
) -> tuple[list[Evidence], list[Finding]]:
    """The evidence rows of one text and the findings behind them.

    A row for each number; for other digits and names only where the paper does not have them (`text` is then the name);
    and for a text without any number one for each quotation. Without `names`, names without digits are not looked at:
    the text is known to be the paper's own.
    """
    findings = ground(text, quotes, source)
    rows = [
        Evidence(
            field=name,
            text=text if f.number else f.text,
            number=f.number.canonical if f.number else None,
            unit=f.number.unit if f.number else None,
            quote=f.quote,
            block_id=f.block_id,
            status=f.status,
        )
        for f in findings
        if f.number or not f.accepted
    ]
    if not any(f.number for f in findings):
        rows += [_quoted(name, text, quote, source) for quote in quotes]
    if names:
        rows += [Evidence(field=name, text=n, status="unsupported") for n in unknown_names(text, source)]
    return rows, findings


def _quoted(name: str, text: str, quote: Quote, source: Source) -> Evidence:
    block = source.locate(quote.text, quote.block_id)
    return Evidence(
        field=name,
        text=text,
        quote=quote.text,
        block_id=block.id if block else quote.block_id,
        status="grounded" if block else "quote-not-found",
    )


def clean(text: str | None) -> str | None:
    """`text` on one line, or None where it says nothing ("N/A", 原文未述)."""
    joined = re.sub(r"[\s\x00-\x1f]+", " ", text or "").strip()
    return None if not joined or _NOTHING.fullmatch(joined) else joined


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters: whole sentences where some fit, else whole words and an ellipsis."""
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= limit:
        return text
    ends = [end for _, end in sentences(text) if end <= limit]
    if ends and ends[-1] >= limit * 0.4:
        return text[: ends[-1]].rstrip()
    head = text[: limit - 1]
    breaks = [m.start() for m in re.finditer(r"\s|(?<=[，；、])|(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", head)]
    return head[: breaks[-1] if breaks else len(head)].rstrip(" ,;:，；、：-–—(（") + "…"


def openness(paper: Paper, reading: Reading) -> Openness:
    """What is open, by listing and page alone."""
    found: dict[str, str] = {}
    for link in reading.links:
        found.setdefault(link.kind, link.url)
    return Openness(
        code_url=paper.github_url or found.get("code"),
        weights_url=found.get("weights"),
        data_url=found.get("data"),
        project_url=paper.project_url or found.get("project"),
        stars=paper.github_stars,
    )
