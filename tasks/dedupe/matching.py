"""Whether a listed paper is new, stands twice on the list, was reported before, or is an update of what was.

Two papers are one when their arXiv ids are equal, versions apart, or when their titles are equal up to case,
punctuation and Unicode form, or differ in a letter or two under an abstract that is the same.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from papers.models import ListedPaper, Listing, Paper
from papers.text import normalized_title

TITLE_SIMILARITY = 95.0  # of 100: a typo or a plural, not another word
ABSTRACT_SIMILARITY = 90.0  # of 100
SHORT_TITLE = 12  # characters of a normalised title below which equal titles alone prove nothing


@dataclass(frozen=True)
class Known:
    """A paper as an earlier day listed it last, and the first day that listed it.

    `arxiv_id` is the id that it was first listed under: another id under the same title is the same paper.
    """

    arxiv_id: str
    title: str
    abstract: str
    first_seen: dt.date


@dataclass
class History:
    """All papers known before a date, by id and by normalised title."""

    by_id: dict[str, Known] = field(default_factory=dict)
    by_title: dict[str, Known] = field(default_factory=dict)

    def add(self, paper: ListedPaper, date: dt.date, duplicate_of: str | None = None) -> None:
        """Remember a paper listed on `date`; days are added oldest first, so that the first day stays the first."""
        self.remember(paper.arxiv_id, paper.title, paper.abstract, date, duplicate_of)

    def remember(self, arxiv_id: str, title: str, abstract: str, date: dt.date, duplicate_of: str | None) -> None:
        """As `add`, of the bare columns."""
        first = self.by_id.get(duplicate_of or arxiv_id)
        known = Known(first.arxiv_id if first else arxiv_id, title, abstract, first.first_seen if first else date)
        self.by_id[arxiv_id] = known
        self.by_title.setdefault(normalized_title(title), known)


def dedupe(listing: Listing, history: History) -> list[Paper]:
    """The listing's papers in its order, each marked by what `history` and the list before it say of it."""
    marked: list[Paper] = []
    today = History()
    for listed in listing.papers:
        base = listed.model_dump() | {"listing_sha256": listing.sha256, "captured_at": listing.captured_at}
        earlier, how = _find(listed, history)
        twin, twin_how = (None, "") if earlier else _find(listed, today)
        if earlier is not None:
            change = _difference(earlier, listed) if earlier.arxiv_id == listed.arxiv_id else None
            base |= {
                "first_seen": earlier.first_seen,
                "duplicate_of": earlier.arxiv_id,
                "dedupe_kind": "update" if change else "repeat",
                "dedupe_reason": change or f"reported on {earlier.first_seen} ({how})",
            }
        elif twin is not None:
            base |= {
                "first_seen": listing.date,
                "duplicate_of": twin.arxiv_id,
                "dedupe_kind": "in-day",
                "dedupe_reason": f"stands on this list as {twin.arxiv_id} already ({twin_how})",
            }
        else:
            base |= {"first_seen": listing.date, "dedupe_kind": "new"}
            today.add(listed, listing.date)
        marked.append(Paper.model_validate(base))
    return marked


def _find(paper: ListedPaper, history: History) -> tuple[Known | None, str]:
    """The known paper that `paper` is, and how it was found."""
    if known := history.by_id.get(paper.arxiv_id):
        return known, "same arXiv id"
    title = normalized_title(paper.title)
    known = history.by_title.get(title)
    if known and (len(title) >= SHORT_TITLE or _same_abstract(known.abstract, paper.abstract)):
        return known, "same title"
    close = process.extract(title, history.by_title.keys(), scorer=fuzz.ratio, score_cutoff=TITLE_SIMILARITY, limit=5)
    for candidate, _, _ in close:
        known = history.by_title[candidate]
        if _digits(candidate) == _digits(title) and _same_abstract(known.abstract, paper.abstract):
            return known, "nearly the same title, the same abstract"
    return None, ""


def _digits(title: str) -> list[str]:
    """The numbers of a title, single letters and roman numerals with them: 'Part II' is not 'Part I'."""
    return re.findall(r"\b(?:\w*\d\w*|[a-z]|[ivx]+)\b", title)


def _same_abstract(one: str, other: str) -> bool:
    return bool(one and other) and fuzz.ratio(_words(one), _words(other)) >= ABSTRACT_SIMILARITY


def _words(text: str) -> str:
    """A text without case, spacing and the punctuation around words; numbers stay as they are written."""
    words = unicodedata.normalize("NFKC", text).casefold().split()
    return " ".join(w for word in words if (w := word.strip("\"'“”‘’.,;:!?()[]{}`*_$-–—")))


def _difference(before: Known, now: ListedPaper) -> str | None:
    """What changed in the listed title and abstract, as one line; None when nothing did."""
    parts = []
    if normalized_title(before.title) != normalized_title(now.title):
        parts.append(f'title: "{before.title}" → "{now.title}"')
    if before.abstract and now.abstract and _words(before.abstract) != _words(now.abstract):
        parts.append("abstract: " + _abstract_change(before.abstract, now.abstract))
    return "; ".join(parts) or None


def _abstract_change(before: str, now: str) -> str:
    """The sentences that were added and dropped, shortened."""
    old, new = _sentences(before), _sentences(now)
    added: list[str] = []
    dropped: list[str] = []
    matcher = difflib.SequenceMatcher(None, [_words(s) for s in old], [_words(s) for s in new], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            dropped += old[i1:i2]
            added += new[j1:j2]
    shown = [f'added "{_short(" ".join(added))}"'] if added else []
    shown += [f'dropped "{_short(" ".join(dropped))}"'] if dropped else []
    return ", ".join(shown) or "wording changed"


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?。！？])\s+", " ".join(text.split()))


def _short(text: str, limit: int = 240) -> str:
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"
