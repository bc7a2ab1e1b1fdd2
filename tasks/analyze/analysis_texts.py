"""The texts of an analysis by the name of their field, and the share of Chinese in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from papers.models import Analysis

USAGE_FIELDS = ("scenarios", "inputs", "outputs", "workflow", "requirements", "deployment")


STATEMENT_FIELDS = (
    "application_area", "contribution", "contribution_short", "insight", "suited_for", "limitations", "next_action",
    "abstract_short",
)  # fmt: skip


PLAIN_FIELDS = {"translated_title": 200, "short_name": 60, "topic": 80}  # the most characters that each may have


def field_texts(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """Yield (field name, text) for every text of an analysis that the reports show."""
    for name in (*STATEMENT_FIELDS, *PLAIN_FIELDS):
        if value := getattr(analysis, name):
            yield name, value
    for name in USAGE_FIELDS:
        if value := getattr(analysis.usage, name):
            yield f"usage.{name}", value
    for i, innovation in enumerate(analysis.innovations):
        yield from ((f"innovations[{i}].{n}", v) for n in ("title", "text") if (v := getattr(innovation, n)))
    for i, result in enumerate(analysis.results):
        parts = ("task", "dataset", "baseline", "finding")
        yield from ((f"results[{i}].{n}", v) for n in parts if (v := getattr(result, n)))
    for name in ("highlights", "keywords"):
        yield from ((f"{name}[{i}]", text) for i, text in enumerate(getattr(analysis, name)))


def language_share(analysis: Analysis) -> float | None:
    """The share of Chinese in a Chinese analysis, from 0 to 1; None for an English one."""
    if analysis.language != "zh":
        return None
    return chinese_share(t for name, t in field_texts(analysis) if not name.startswith("keywords"))


def chinese_share(texts: Iterable[str]) -> float:
    """The share of Chinese in the texts, from 0 to 1.

    A Latin word counts as two characters, about the length of its Chinese translation.
    """
    text = " ".join(texts)
    chinese = len(re.findall(r"[\u3400-\u9fff]", text))
    latin = 2 * len(re.findall(r"[A-Za-z][A-Za-z'-]*", text))
    return round(chinese / (chinese + latin), 4) if chinese + latin else 0.0
