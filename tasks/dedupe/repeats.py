"""Decides whether a listed paper is new, a duplicate on the same list, a repeat, or an update of an earlier paper.

Two papers are the same if their arXiv ids are equal apart from the version, or if their titles are equal apart from
case, punctuation and Unicode form, or if their titles differ in a letter or two and their abstracts are the same.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from papers.models import ListedPaper, Listing, Paper, Reason
from papers.reasons import make_reason
from papers.text import normalized_title

VERSION = 1  # of the marks: raise it when the same lists give other ones
TITLE_SIMILARITY = 95.0  # of 100: allows a typo or a plural, but not another word
ABSTRACT_SIMILARITY = 90.0  # of 100
# Longer texts are no titles and no abstracts (arXiv allows 1,920 characters of one): their ends are not compared letter
# by letter, since that takes time by the product of the lengths.
MAX_TITLE, MAX_ABSTRACT, MAX_SENTENCES = 2_000, 10_000, 200
SHORT_TITLE = 12  # characters of a normalised title; shorter titles may be equal by chance


@dataclass(frozen=True)
class KnownPaper:
    """A paper as it was last listed on an earlier day, and the first day that listed it.

    `arxiv_id` is the id under which it was first listed: the same title may later be listed under another id.
    """

    arxiv_id: str
    title: str
    abstract: str
    first_seen: dt.date


@dataclass
class History:
    """All papers listed before a date, by id and by normalised title."""

    by_id: dict[str, KnownPaper] = field(default_factory=dict)
    by_title: dict[str, KnownPaper] = field(default_factory=dict)

    def add(self, paper: ListedPaper, date: dt.date, duplicate_of: str | None = None) -> None:
        """Add a paper listed on `date`. Add days in ascending order, so that `first_seen` is the first day."""
        self.remember(paper.arxiv_id, paper.title, paper.abstract, date, duplicate_of)

    def remember(self, arxiv_id: str, title: str, abstract: str, date: dt.date, duplicate_of: str | None) -> None:
        """Like `add`, but with the single columns of a row."""
        first = self.by_id.get(duplicate_of or arxiv_id)
        entry = KnownPaper(first.arxiv_id if first else arxiv_id, title, abstract, first.first_seen if first else date)
        self.by_id[arxiv_id] = entry
        self.by_title.setdefault(normalized_title(title), entry)


def dedupe(listing: Listing, history: History) -> list[Paper]:
    """The papers of the listing in its order, each marked by comparison with `history` and the papers before it."""
    papers: list[Paper] = []
    today = History()
    for paper in listing.papers:
        fields = paper.model_dump() | {"listing_sha256": listing.sha256, "captured_at": listing.captured_at}
        earlier, match = _find(paper, history)
        twin, twin_match = (None, None) if earlier else _find(paper, today)
        if earlier is not None:
            change = _difference(earlier, paper) if earlier.arxiv_id == paper.arxiv_id else None
            fields |= {
                "first_seen": earlier.first_seen,
                "duplicate_of": earlier.arxiv_id,
                "dedupe_kind": "update" if change else "repeat",
                "dedupe_reason": change or make_reason("reported", date=earlier.first_seen, match=match),
            }
        elif twin is not None:
            fields |= {
                "first_seen": listing.date,
                "duplicate_of": twin.arxiv_id,
                "dedupe_kind": "in-day",
                "dedupe_reason": make_reason("on-list", id=twin.arxiv_id, match=twin_match),
            }
        else:
            fields |= {"first_seen": listing.date, "dedupe_kind": "new"}
            today.add(paper, listing.date)
        papers.append(Paper.model_validate(fields))
    return papers


def mark_left(papers: Sequence[ListedPaper], listing: Listing) -> list[Paper]:
    """Papers that an earlier capture of the list had, and `listing`, the newest, has not."""
    marks = {
        "listing_sha256": listing.sha256,
        "captured_at": listing.captured_at,
        "first_seen": listing.date,
        "dedupe_kind": "left",
        "dedupe_reason": make_reason("left-list"),
    }
    return [Paper.model_validate(paper.model_dump() | marks) for paper in papers]


def _find(paper: ListedPaper, history: History) -> tuple[KnownPaper | None, Reason | None]:
    """The entry of `history` that is the same paper, and why, or (None, None)."""
    if entry := history.by_id.get(paper.arxiv_id):
        return entry, make_reason("same-id")
    title = normalized_title(paper.title)
    entry = history.by_title.get(title)
    if entry and (len(title) >= SHORT_TITLE or _same_abstract(entry.abstract, paper.abstract)):
        return entry, make_reason("same-title")
    if len(title) > MAX_TITLE:
        return None, None
    candidates = process.extract(
        title, history.by_title.keys(), scorer=fuzz.ratio, score_cutoff=TITLE_SIMILARITY, limit=5
    )
    for candidate, _, _ in candidates:
        entry = history.by_title[candidate]
        if _digits(candidate) == _digits(title) and _same_abstract(entry.abstract, paper.abstract):
            return entry, make_reason("similar-title")
    return None, None


def _digits(title: str) -> list[str]:
    """The numbers of a title, including single letters and roman numerals: 'Part II' is not 'Part I'."""
    return re.findall(r"\b(?:\w*\d\w*|[a-z]|[ivx]+)\b", title)


def _same_abstract(one: str, other: str) -> bool:
    if not (one and other):
        return False
    return fuzz.ratio(_words(one)[:MAX_ABSTRACT], _words(other)[:MAX_ABSTRACT]) >= ABSTRACT_SIMILARITY


def _words(text: str) -> str:
    """The text without case, extra spaces and punctuation around words; numbers are unchanged."""
    words = unicodedata.normalize("NFKC", text).casefold().split()
    return " ".join(w for word in words if (w := word.strip("\"'“”‘’.,;:!?()[]{}`*_$-–—")))


def _difference(before: KnownPaper, now: ListedPaper) -> Reason | None:
    """What changed in the listed title and abstract; None if nothing changed."""
    changes = []
    if normalized_title(before.title) != normalized_title(now.title):
        changes.append(make_reason("title-changed", before=before.title, after=now.title))
    if before.abstract and now.abstract and _words(before.abstract) != _words(now.abstract):
        changes.append(_abstract_change(before.abstract, now.abstract))
    return make_reason("changed", changes=changes) if changes else None


def _abstract_change(before: str, now: str) -> Reason:
    """The sentences that were added and removed, shortened."""
    old, new = _sentences(before)[:MAX_SENTENCES], _sentences(now)[:MAX_SENTENCES]
    added_sentences: list[str] = []
    dropped_sentences: list[str] = []
    matcher = difflib.SequenceMatcher(None, [_words(s) for s in old], [_words(s) for s in new], autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            dropped_sentences += old[i1:i2]
            added_sentences += new[j1:j2]
    added, dropped = (_short(" ".join(sentences)) for sentences in (added_sentences, dropped_sentences))
    if added and dropped:
        return make_reason("abstract-changed", added=added, dropped=dropped)
    if added:
        return make_reason("abstract-longer", added=added)
    return make_reason("abstract-shorter", dropped=dropped) if dropped else make_reason("abstract-reworded")


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.!?。！？])\s+", " ".join(text.split()))


def _short(text: str, limit: int = 240) -> str:
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"
