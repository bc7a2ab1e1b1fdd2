"""The name of a paper's work, for headings, tables and links."""

from __future__ import annotations

import re

from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis
from papers.text import clean

_REPORT = re.compile(r"(?::(?: [A-Z]\w*){0,3})? Tech(?:nical)? Report(?: v?[\d.]+)?$", re.IGNORECASE)
_QUESTION = re.compile(r"[?？!！\"'”’»」』]$")  # ends a question or a quotation, which names no work


def name_of_work(analysis: Analysis | None, title: str) -> str:
    """The name of the work that the title names, else one that the sentence of its contribution introduces.

    Without one the title up to its colon, without "Technical Report"; the whole title if that is a question or a
    quotation. Never cut.
    """
    name = clean(analysis.short_name or "") if analysis else ""
    if analysis is not None and name and _is_of_work(analysis, title, name):
        return name
    head = title_head(title)
    if _QUESTION.search(head):
        return title
    return _REPORT.sub("", head) or head


def title_head(title: str) -> str:
    """The title up to its colon."""
    return re.split(r": |：", title)[0]


def has_words(text: str, name: str) -> bool:
    """Whether `text` has `name` as whole words, in any case."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None


def _is_of_work(analysis: Analysis, title: str, name: str) -> bool:
    """Whether the name is that of the work, not of a product beside it; a model knows."""
    return analysis.model != EXTRACTIVE or has_words(title, name) or has_words(analysis.gist or "", name)
