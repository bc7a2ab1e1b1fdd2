"""The short forms of an extract: abstract and highlights of the ranked digest, gist, keywords; whole sentences only."""

from __future__ import annotations

import re
from collections.abc import Sequence

from papers.models import Paper
from tasks.analyze.extractive.candidates import Candidate

MAX_GIST = 160  # characters of contribution_short
MAX_HIGHLIGHT = 220  # characters
HIGHLIGHT_COUNT = 3
MAX_ABSTRACT_SENTENCES = 3
MAX_OPENING = 200  # characters of a sentence before the one that leads
MAX_ABSTRACT = 700  # characters of abstract_short, if two sentences fit


def digest_of(
    lead: Candidate | None, candidates: Sequence[Candidate], results: Sequence[Candidate], others: Sequence[Candidate]
) -> tuple[list[Candidate], list[Candidate]]:
    """The sentences of the short abstract around `lead`, and the highlights that it does not have, results first."""
    abstract = _short_abstract(lead, candidates, {c.position for c in _highlights(results, [])})
    lines = _highlights([c for c in results if c not in abstract], [])
    lines = lines or _highlights([], [c for c in others if c not in abstract])[:1]
    spare = [c for c in abstract if c is not lead and c.role == "result" and len(c.text) <= MAX_HIGHLIGHT]
    if not lines and spare and len(abstract) == MAX_ABSTRACT_SENTENCES:
        lines = spare[-1:]
        abstract = [c for c in abstract if c not in lines]
    return abstract, lines


def _highlights(results: Sequence[Candidate], others: Sequence[Candidate]) -> list[Candidate]:
    return [c for c in (*results, *others) if len(c.text) <= MAX_HIGHLIGHT][:HIGHLIGHT_COUNT]


def _short_abstract(lead: Candidate | None, candidates: Sequence[Candidate], last: set[int]) -> list[Candidate]:
    """Two or three sentences of the abstract around the one that leads, in order.

    Sentences at the positions `last`, which the highlights can show, are taken only where there are no others.
    """
    usable = [c for c in candidates if c.in_abstract and c.role != "other" and not c.side_matter]
    if lead is None or not lead.in_abstract:
        own = [c for c in usable if not _is_background(c) and not c.points_back]
        return _fitting((own if len(own) > 1 else usable)[:MAX_ABSTRACT_SENTENCES])
    whole = [c for c in usable if not c.anaphoric and not c.points_back]
    after = [c for c in whole if c.position > lead.position and not _is_background(c)]
    before = [c for c in whole if c.position < lead.position and is_good_opening(c.text)]
    chosen = [lead]
    if lead.points_back:  # to the sentence right before
        chosen += [c for c in usable if c.position == lead.position - 1 and not c.anaphoric]
    order = [c for c in after if c.position not in last]
    order += [c for c in after if c.position in last and len(c.text) > MAX_HIGHLIGHT]
    results = [c for c in after if c.position in last]
    order += (results[:1] if len(order) == 0 and len(results) > 1 else before[-1:]) + results
    for c in order:
        fits = _length([*chosen, c]) <= MAX_ABSTRACT
        if len(chosen) < MAX_ABSTRACT_SENTENCES and c not in chosen and fits:
            chosen.append(c)
    if chosen == [lead] and order:
        chosen.append(min(order, key=lambda c: len(c.text)))
    return sorted(chosen, key=lambda c: c.position)


def is_good_opening(text: str) -> bool:
    """Whether a sentence may open a text: short, and neither an objection to a sentence before nor about others."""
    return len(text) <= MAX_OPENING and not _BAD_OPENING.match(text)


_BAD_OPENING = re.compile(
    r"(?:Yet|But|Still|However|Curiously|Intuitively|Unfortunately|Interestingly|Existing|Current|Prior|Previous|Common"
    r"|Most|Many|Traditional|Conventional|Standard|Recent|Recently|Typically|Often|Although|While|Despite)\b"
)


def _is_background(c: Candidate) -> bool:
    return c.role == "background" or c.about_field


def _fitting(candidates: Sequence[Candidate]) -> list[Candidate]:
    return [c for n, c in enumerate(candidates) if n < 2 or _length(candidates[: n + 1]) <= MAX_ABSTRACT]


def _length(candidates: Sequence[Candidate]) -> int:
    return sum(len(c.text) + 1 for c in candidates)


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
