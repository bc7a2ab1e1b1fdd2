"""The short forms of an extract: its gist, and its keywords where the list gives none."""

from __future__ import annotations

import re

from papers.models import Paper

MAX_GIST = 160  # characters of contribution_short


_NO_GIST = re.compile(
    r"[a-z]|(?:[Ii]t|[Tt]his|[Tt]hese)\b"
)  # the beginning of a title's second half that needs the first


def gist(title: str, contribution: str | None) -> str | None:
    """The title after its colon, else the contribution without its opening if that is short, else the whole of it."""
    _, colon, tail = title.partition(":")
    tail = re.sub(r"^\s*[a-z]+(?=\s)", lambda m: m[0].strip().capitalize(), tail)
    if colon and len(tail.split()) >= 3 and not _NO_GIST.match(tail.lstrip()):
        return " ".join(tail.split())
    if contribution is None:
        return None
    rest = remove_opening(contribution)
    return rest if len(rest) <= MAX_GIST else contribution


_OPENING = re.compile(
    r"^(?:In this (?:paper|work|study|report|technical report), )?(?:(?:(?:we|(?:the|this) (?:paper|work)|I) "
    r"(?:propose|introduce|present|develop|study|describe|launch|release)s?\s(?!and\b|how\b|that\b|whether\b))"
    r"|(?:we (?:[\w',-]+ ){1,13}?and (?:propose|introduce|present)\s(?=(?:an?|the|our)\s|(?-i:[A-Z]))))?(?=\S)",
    re.IGNORECASE,
)


def remove_opening(text: str) -> str:
    """The sentence without an opening such as "In this paper, we propose"."""
    rest = _OPENING.sub("", text)
    return rest[0].upper() + rest[1:]


_CAPITALISED = re.compile(r"\b[A-Z](?=[A-Za-z]*[A-Z])[A-Za-z]++\b(?:-[A-Z][A-Za-z]*+\b)*+")  # GPT, ViT-Large


def keywords(paper: Paper) -> list[str]:
    """The listing's keywords, else the most frequent capitalised terms of title and abstract."""
    if paper.ai_keywords:
        return list(dict.fromkeys(k.strip() for k in paper.ai_keywords if k.strip()))[:8]
    words = set(re.findall(r"[A-Za-z-]+", f"{paper.title} {paper.abstract}"))
    counts: dict[str, int] = {}
    for term in _CAPITALISED.findall(f"{paper.title} {paper.abstract}"):
        singular = term[:-1] if term.endswith("s") and term[:-1] in words else term
        counts[singular] = counts.get(singular, 0) + 1
    return sorted(counts, key=lambda t: (-counts[t], t))[:5]
