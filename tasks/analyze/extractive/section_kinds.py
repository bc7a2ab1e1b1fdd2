"""Classifies sections by their headings: abstract, method, results, related work and so on."""

from __future__ import annotations

import re

_KIND_PATTERNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("related", ("related works?", "prior work", "literature", "background and related")),
    (
        "other-matter",
        (
            *("acknowledg", "references", "bibliograph", "ethic", "author contribution", "checklist", "funding"),
            *("impact statement", "broader impact", "reproducib", "disclosure", "license", "declaration"),
            *("use of (?:llm|large language)", "contents?$"),
        ),
    ),
    ("limitations", ("limitation", "failure", "threats to validity")),
    ("abstract", ("abstract",)),
    ("introduction", ("introduction", "motivation", "overview$")),
    ("conclusion", ("conclusion", "concluding", "discussion", "future work", "summary", "takeaway")),
    ("background", ("preliminar", "background", "problem (?:setup|formulation|statement|definition)", "notation")),
    (
        "results",
        (
            *("experiment", "result", "evaluation", "analys[ie]s", "ablation", "finding", "benchmark(?:ing)? "),
            *("performance", "comparison", "study", "empirical", "case stud"),
        ),
    ),
    (
        "method",
        (
            *("method", "approach", "framework", "architecture", "model", "algorithm", "training", "system", "design"),
            *("pipeline", "data", "construct", "implementation", "objective", "optimi[sz]ation"),
        ),
    ),
)


_COMPILED_PATTERNS = [(kind, re.compile("|".join(patterns), re.IGNORECASE)) for kind, patterns in _KIND_PATTERNS]

# A letter before a title, unless it is a Roman number ("I Introduction") or the title ends a paper ("A Conclusion").
_APPENDIX = re.compile(
    r"Appendi|APPENDI|附录"
    r"|(?![IVX][. ])[A-Z](?:\.\d|[. ]\s?(?!(?i:introduction|conclusions?|concluding remarks)\b)[A-Z])"
)


def section_kind(section: str, block_id: str) -> str:
    """The kind of a block's section, by the innermost heading that matches a pattern."""
    if block_id.startswith("abstract"):
        return "abstract"
    kinds = _heading_kinds(section)
    if re.match(r"A\d|App", block_id) or _APPENDIX.match(section):
        return next((k for k in kinds if k in ("limitations", "other-matter", "related")), "appendix")
    return next(iter(kinds), "body")


def _heading_kinds(section: str) -> list[str]:
    headings = [h.strip() for h in section.split(">")]
    return [kind for heading in reversed(headings) for kind, pattern in _COMPILED_PATTERNS if pattern.search(heading)]
