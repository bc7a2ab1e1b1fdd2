"""Generates years of history quickly: `papers` snapshots with random but plausible titles and abstracts."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

from papers.models import ListedPaper, Paper
from papers.store import Store
from papers.tables.parquet import encode
from papers.tables.snapshot_keys import key_of
from tests.factories import NOON

FIRST = dt.date(2000, 1, 1)
SYLLABLES = [c + v for c in "bcdfglmnprstvz" for v in "aeiou"]


def vocabulary(size: int, rng: random.Random) -> list[str]:
    """Invented words of two to four syllables."""
    return ["".join(rng.choices(SYLLABLES, k=rng.randint(2, 4))) for _ in range(size)]


class InventedPapers:
    """Generates papers from a seed: the same papers every time."""

    def __init__(self, seed: int = 1) -> None:
        self.rng = random.Random(seed)
        self.words = vocabulary(6_000, self.rng)
        self.count = 0

    def paper(self, position: int, date: dt.date) -> Paper:
        """A new paper of `date`."""
        self.count += 1
        pick = self.rng.choices
        words = pick(self.words, k=self.rng.randint(6, 13))
        return Paper(
            arxiv_id=f"{date:%y%m}.{self.count % 100_000:05d}v{self.count // 100_000}",
            source="hf",
            position=position,
            title=" ".join(words).capitalize(),
            abstract=" ".join(pick(self.words, k=60)),
            ai_keywords=[" ".join(pick(self.words, k=2)) for _ in range(4)],
            listing_sha256="0" * 64,
            captured_at=NOON,
            first_seen=date,
            dedupe_kind="new",
        )


def write_history(store: Store, papers: int, a_day: int) -> list[Sequence[Paper]]:
    """Write `papers` papers, `a_day` per day from 2000 on; returns the papers of the last days, for repeats."""
    invented = InventedPapers()
    recent_days: list[Sequence[Paper]] = []
    for n in range(papers // a_day):
        date = FIRST + dt.timedelta(days=n)
        rows = [invented.paper(p, date) for p in range(a_day)]
        store.put(key_of("papers", date), encode("papers", rows))
        recent_days = [*recent_days[-9:], rows]
    return recent_days


def list_with_repeats(last: Sequence[Sequence[Paper]], size: int = 50) -> list[ListedPaper]:
    """A list of `size` papers: every tenth repeats an earlier one by id, by title, or by a nearly equal title."""
    invented = InventedPapers(seed=2)
    papers = []
    for n in range(size):
        paper = invented.paper(n, dt.date(2099, 1, 1))
        if n % 10 == 0:
            earlier = last[n // 10 % len(last)][n]
            variant = n // 10 % 3
            title = earlier.title if variant < 2 else earlier.title[:-1]
            paper = earlier.model_copy(
                update={"arxiv_id": earlier.arxiv_id if variant == 0 else f"9{n:03d}.00000", "title": title}
            )
        values = {name: getattr(paper, name) for name in ListedPaper.model_fields} | {"position": n}
        papers.append(ListedPaper(**values))
    return papers
