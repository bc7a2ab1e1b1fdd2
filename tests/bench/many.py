"""Years of invented history, quickly: `papers` snapshots of random but plausible titles and abstracts."""

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


def vocabulary(size: int, chance: random.Random) -> list[str]:
    """Invented words of two to four syllables."""
    return ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _ in range(size)]


class Invented:
    """Papers from one seed: the same ones every time."""

    def __init__(self, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.words = vocabulary(6_000, self.chance)
        self.count = 0

    def paper(self, position: int, date: dt.date) -> Paper:
        """A new paper of `date`."""
        self.count += 1
        pick = self.chance.choices
        words = pick(self.words, k=self.chance.randint(6, 13))
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
    """Write `papers` papers, `a_day` a day from 2000 on; the last days' papers, for repeats."""
    invented = Invented()
    last: list[Sequence[Paper]] = []
    for n in range(papers // a_day):
        date = FIRST + dt.timedelta(days=n)
        rows = [invented.paper(p, date) for p in range(a_day)]
        store.put(key_of("papers", date), encode("papers", rows, "made"))
        last = [*last[-9:], rows]
    return last


def days_list(last: Sequence[Sequence[Paper]], size: int = 50) -> list[ListedPaper]:
    """A list of `size` papers, every tenth one of the history, by id, by title, or by a title with a letter changed."""
    invented = Invented(seed=2)
    found = []
    for n in range(size):
        paper = invented.paper(n, dt.date(2099, 1, 1))
        if n % 10 == 0:
            old = last[n // 10 % len(last)][n]
            how = n // 10 % 3
            title = old.title if how < 2 else old.title[:-1]
            paper = old.model_copy(update={"arxiv_id": old.arxiv_id if how == 0 else f"9{n:03d}.00000", "title": title})
        values = {name: getattr(paper, name) for name in ListedPaper.model_fields} | {"position": n}
        found.append(ListedPaper(**values))
    return found
