"""Classifies sections by their headings: abstract, method, results, related work and so on."""

from __future__ import annotations

import re
from functools import lru_cache

_NOT_OF_OTHERS = r"(?! of (?:existing|current|prior|previous|others?)\b)"
_KIND_PATTERNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("related", ("related works?", "prior work", "literature", "background and related")),
    ("limitations", (rf"limitations?\b{_NOT_OF_OTHERS}", "failure (?:case|mode|analys)", "threats to validity")),
    (
        "other-matter",
        (
            *("acknowledg", "references", "bibliograph", "ethic", "author contribution", "checklist", "funding"),
            *("impact statement", "broader impact", "reproducib", "disclosure", "license", "declaration"),
            *("use of (?:llm|large language)", "contents?$"),
        ),
    ),
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
    """The kind of a block's section, by the innermost heading that matches a pattern.

    What stands under related work or acknowledgements belongs there, whatever its own heading says.
    """
    if block_id.startswith("abstract"):
        return "abstract"
    kinds = _heading_kinds(section)
    if re.match(r"A\d|App", block_id) or _APPENDIX.match(section):
        return next((k for k in kinds if k in ("limitations", "other-matter", "related")), "appendix")
    innermost = next(iter(kinds), "body")
    if "related" in kinds:
        return "related"
    return "other-matter" if "other-matter" in kinds and innermost != "limitations" else innermost


@lru_cache(maxsize=512)  # the blocks of a section have the same headings
def _heading_kinds(section: str) -> list[str]:
    headings = [h.strip() for h in section.split(">")]
    return [kind for heading in reversed(headings) for kind, pattern in _COMPILED_PATTERNS if pattern.search(heading)]
