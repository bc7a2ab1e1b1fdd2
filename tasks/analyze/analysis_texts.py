"""Every text that an analysis prints, by the name of its field."""

from __future__ import annotations

import re
from collections.abc import Iterator

from papers.models import Analysis

USAGE = ("scenarios", "inputs", "outputs", "workflow", "requirements", "deployment")


STATEMENTS = (
    "application_area", "contribution", "contribution_short", "insight", "suited_for", "limitations", "next_action",
    "abstract_short",
)  # fmt: skip


PLAIN = {"translated_title": 200, "short_name": 60, "topic": 80}  # and the characters that each may have


def texts(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """(field, text) of every text that an analysis prints."""
    for name in (*STATEMENTS, *PLAIN):
        if value := getattr(analysis, name):
            yield name, value
    for name in USAGE:
        if value := getattr(analysis.usage, name):
            yield f"usage.{name}", value
    for i, one in enumerate(analysis.innovations):
        yield from ((f"innovations[{i}].{n}", v) for n in ("title", "text") if (v := getattr(one, n)))
    for i, row in enumerate(analysis.results):
        parts = ("task", "dataset", "baseline", "finding")
        yield from ((f"results[{i}].{n}", v) for n in parts if (v := getattr(row, n)))
    for name in ("highlights", "keywords"):
        yield from ((f"{name}[{i}]", text) for i, text in enumerate(getattr(analysis, name)))


def language_share(analysis: Analysis) -> float | None:
    """The share of Chinese in a Chinese analysis, 0 to 1; None in English.

    A Latin word weighs as two characters, about what it would take in Chinese.
    """
    if analysis.language != "zh":
        return None
    text = " ".join(t for name, t in texts(analysis) if not name.startswith("keywords"))
    chinese = len(re.findall(r"[\u3400-\u9fff]", text))
    latin = 2 * len(re.findall(r"[A-Za-z][A-Za-z'-]*", text))
    return round(chinese / (chinese + latin), 4) if chinese + latin else 0.0
