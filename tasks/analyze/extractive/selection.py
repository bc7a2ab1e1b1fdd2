"""Chooses sentences for the parts: each once, no two alike, with the evidence for each text of the draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy

from tasks.analyze.drafts import Draft, evidence_for
from tasks.analyze.extractive.candidates import Candidate
from tasks.analyze.extractive.insertions import Abbreviations
from tasks.analyze.extractive.shorter_sentence import MAX_HIGHLIGHT
from tasks.analyze.grounding.number_check import Quote, ground
from tasks.analyze.grounding.paper_text import PaperText

DUPLICATE_OVERLAP = 0.5  # share of words in common from which two sentences count as duplicates
ABSTRACT_DUPLICATE_OVERLAP = 0.8  # for two sentences of the abstract, which hardly repeats itself

Score = Callable[[Candidate], float | None]  # None: the sentence does not qualify


class Selection:
    """The sentences chosen so far, and the draft with their evidence."""

    def __init__(self, candidates: Sequence[Candidate], paper_text: PaperText, name: str | None) -> None:
        self.candidates, self.paper_text = candidates, paper_text
        self.choices: list[Candidate] = []
        self.abstract = {c.position: c for c in candidates if c.in_abstract}
        self.draft = Draft()
        self._counted: set[str] = set()
        opening = (c.raw for c in candidates if c.kind in ("abstract", "introduction"))
        self._abbreviations = Abbreviations(opening, name)

    def for_draft(self) -> Selection:
        """The same choices with an empty draft: one for each language."""
        new = copy(self)
        new.draft, new._counted, new._abbreviations = Draft(), set(), self._abbreviations.unseen()
        return new

    def best(self, count: int, score: Score) -> list[Candidate]:
        """At most `count` sentences with the highest scores, in the order of the paper."""
        ranking = [(points, c) for c in self.candidates if (points := score(c)) is not None]
        ranking.sort(key=lambda pair: (-pair[0], pair[1].position))
        return self.take((c for _, c in ranking), count)

    def take(self, candidates: Iterable[Candidate], count: int) -> list[Candidate]:
        """The first `count` of these sentences that are new and grounded, in the order of the paper."""
        choice: list[Candidate] = []
        for candidate in candidates:
            if len(choice) == count:
                break
            if self._is_new(candidate) and self.is_grounded(candidate):
                self.choices.append(candidate)
                choice.append(candidate)
        return sorted(choice, key=lambda c: c.position)

    def add_neighbours(
        self, passage: tuple[Candidate, ...], center: Candidate, part: Sequence[Candidate] = ()
    ) -> tuple[Candidate, ...]:
        """`passage` without those neighbours of the sentence `center` that cannot be used.

        What was chosen before stands elsewhere, unless it was chosen for this part.
        """
        neighbours = [
            c for c in passage if c in part or (c is not center and c not in self.choices and self.is_grounded(c))
        ]
        self.choices += [c for c in neighbours if c not in self.choices]
        return tuple(c for c in passage if c is center or c in neighbours)

    def _is_new(self, candidate: Candidate) -> bool:
        for other in self.choices:
            limit = ABSTRACT_DUPLICATE_OVERLAP if candidate.in_abstract and other.in_abstract else DUPLICATE_OVERLAP
            if other is candidate or _overlap(candidate.words, other.words) >= limit:
                return False
        return True

    def is_grounded(self, candidate: Candidate) -> bool:
        """Whether all numbers of the cleaned sentence are in its block; the same check as for a model's text."""
        quotes = [Quote(candidate.raw, candidate.block_id)]
        return all(f.accepted for f in ground(candidate.text, quotes, self.paper_text))

    def add_sentence(self, field: str, candidate: Candidate) -> str:
        """The sentence's text for a field, with its evidence.

        What an abbreviation means is said where it stands first in the digest, and in the other fields.
        """
        series = "digest" if field.startswith(("abstract_short", "highlights")) else "report"
        most = MAX_HIGHLIGHT if field.startswith("highlights") else None
        quotes = [Quote(candidate.raw, candidate.block_id)]
        text = self._abbreviations.explain(series, candidate.text, most)
        if text != candidate.text and not all(f.accepted for f in ground(text, quotes, self.paper_text)):
            text = candidate.text  # what is put in changed how a number is read
        return self.add_text(field, text, quotes)

    def add_text(self, field: str, text: str, quotes: Sequence[Quote]) -> str:
        """`text` with its evidence added to the draft, once for each quotation: its numbers are counted once."""
        key = "\n".join(q.text for q in quotes)
        if key not in self._counted:
            self._counted.add(key)
            rows, findings = evidence_for(field, text, quotes, self.paper_text, check_names=False)
            self.draft.evidence += rows
            self.draft.numbers_total += sum(f.number is not None for f in findings)
            self.draft.numbers_grounded += sum(f.number is not None and f.accepted for f in findings)
        return text


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    return len(first & second) / (min(len(first), len(second)) or 1)
