"""`Draft`: the fields of an analysis with the evidence for each text, made by a model or by extraction.

Each text is checked once, under its field's name ("results[0].finding"): against its own quotations, or, without any,
against the paper's best matching sentences. Module `ungrounded_numbers` later cuts or flags what is not grounded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from papers.models import Analysis, Evidence, Openness, Paper, Reading
from papers.numbers.normalization import UNKNOWN_UNIT
from tasks.analyze.analysis_texts import language_share
from tasks.analyze.grounding.number_check import Finding, Quote, ground
from tasks.analyze.grounding.paper_text import PaperText, sentences
from tasks.analyze.grounding.unknown_names import unknown_names

MAX_ABSTRACT_SHORT = 150  # characters
_EMPTY_TEXT = re.compile(
    (
        r"(?:null|none|n/?a|not (?:stated|mentioned|specified|provided|available)|unknown|原文未述"
        r"|未提及|未说明|无|暂无)[.。]?"
    ),
    re.IGNORECASE,
)


@dataclass
class Draft:
    """The fields of an analysis, with the results of grounding."""

    fields: dict[str, Any] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    problems: list[tuple[str, Finding]] = field(default_factory=list)
    numbers_total: int = 0
    numbers_grounded: int = 0


def finished_analysis(draft: Draft, **columns: Any) -> Analysis:
    """The analysis of a draft, in state "done"; `columns` are its other fields: paper, language, model, cost."""
    analysis = Analysis(
        state="done",
        evidence=draft.evidence,
        numbers_total=draft.numbers_total,
        numbers_grounded=draft.numbers_grounded,
        **draft.fields,
        **columns,
    )
    return analysis.model_copy(update={"language_share": language_share(analysis)})


def evidence_for(
    name: str, text: str, quotes: Sequence[Quote], paper_text: PaperText, check_names: bool = True
) -> tuple[list[Evidence], list[Finding]]:
    """The evidence rows of one text and the findings that they come from.

    There is a row for each number. Other digits and names get a row only when the paper does not contain them (`text`
    is then the name). A text without numbers gets a row for each quotation. Without `check_names`, names without
    digits are not checked, because the text is the paper's own.
    """
    findings = ground(text, quotes, paper_text)
    rows = [
        Evidence(
            field=name,
            text=text if f.number else f.text,
            number=f.number.canonical if f.number else None,
            unit=f.number.unit if f.number else None,
            quote=f.quote and f.quote.replace(UNKNOWN_UNIT, ""),
            block_id=f.block_id,
            status=f.status,
            note=f.note,
        )
        for f in findings
        if f.number or not f.accepted
    ]
    if not any(f.number for f in findings):
        rows += [_quotation_row(name, text, quote, paper_text) for quote in quotes]
    if check_names:
        rows += [Evidence(field=name, text=n, status="unsupported") for n in unknown_names(text, paper_text)]
    return rows, findings


def _quotation_row(name: str, text: str, quote: Quote, paper_text: PaperText) -> Evidence:
    block = paper_text.locate(quote.text, quote.block_id)
    return Evidence(
        field=name,
        text=text,
        quote=quote.text,
        block_id=block.id if block else quote.block_id,
        status="grounded" if block else "quote-not-found",
    )


def clean(text: str | None) -> str | None:
    """`text` on one line, or None when it is empty or only says that there is nothing ("N/A", 原文未述)."""
    line = re.sub(r"[\s\x00-\x1f]+", " ", text or "").strip()
    return None if not line or _EMPTY_TEXT.fullmatch(line) else line


def shorten(text: str, limit: int) -> str:
    """Shorten `text` to at most `limit` characters: whole sentences if any fit, else whole words and an ellipsis."""
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= limit:
        return text
    ends = [end for _, end in sentences(text) if end <= limit]
    if ends and ends[-1] >= limit * 0.4:
        return text[: ends[-1]].rstrip()
    head = text[: limit - 1]
    breaks = [m.start() for m in re.finditer(r"\s|(?<=[，；、])|(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", head)]
    head = head[: breaks[-1] if breaks else len(head)]
    opened = max(head.rfind("("), head.rfind("（"))
    if opened > max(head.rfind(")"), head.rfind("）")) and opened >= limit * 0.4:
        head = head[:opened]  # half a parenthesis: of a citation only the year would be left
    return head.rstrip(" ,;:，；、：-–—(（") + "…"


def openness(paper: Paper, reading: Reading) -> Openness:
    """The links to code, weights and data, from the listing and the paper's page alone."""
    urls: dict[str, str] = {}
    for link in reading.links:
        urls.setdefault(link.kind, link.url)
    return Openness(
        code_url=paper.github_url or urls.get("code"),
        weights_url=urls.get("weights"),
        data_url=urls.get("data"),
        project_url=paper.project_url or urls.get("project"),
        stars=paper.github_stars,
    )
