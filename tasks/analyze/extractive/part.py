"""A part of an analysis: how many sentences it takes, and how well a sentence suits it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Sentence(Protocol):
    """What a part looks at."""

    @property
    def text(self) -> str:
        """The sentence."""

    @property
    def kind(self) -> str:
        """Of its section."""

    @property
    def place(self) -> int:
        """Among the paper's sentences, from 0."""

    @property
    def centrality(self) -> float:
        """Share of its words that title and abstract have."""

    @property
    def figures(self) -> int:
        """Numbers with a unit or a decimal point."""

    @property
    def anaphoric(self) -> bool:
        """Whether it speaks of what stands before it."""


@dataclass(frozen=True)
class Part:
    """A part of the analysis: how many sentences, and what speaks for one.

    `cue` must occur, unless the section is one of `homes`; `must` must occur in any case. `sections` weigh, and are the
    only ones; each of `bonus` adds a point. A sentence of the abstract may be twice as long as another.
    """

    name: str
    count: int
    cue: str
    sections: Mapping[str, float]
    must: str = ""
    homes: frozenset[str] = frozenset()
    bonus: tuple[str, ...] = ()
    refuse: str = r"(?!)"
    figures: float = 0.0  # points for each number, three at most
    longest: int = 300  # characters
    early: float = 0.002  # points lost with each sentence before this one
    within: int = 10_000  # of the paper's first so many sentences
    anaphora: bool = True  # whether "it" may begin a sentence of the abstract
    _made: dict[str, re.Pattern[str]] = field(default_factory=dict, compare=False, repr=False)

    def _has(self, pattern: str, text: str) -> bool:
        if pattern not in self._made:
            self._made[pattern] = re.compile(pattern, re.IGNORECASE)
        return self._made[pattern].search(text) is not None

    def score(self, sentence: Sentence) -> float | None:
        """How well a sentence suits this part, or None when it does not."""
        weight, text = self.sections.get(sentence.kind), sentence.text
        longest = self.longest if sentence.kind != "abstract" or self.longest < 200 else 2 * self.longest
        if weight is None or len(text) > longest or sentence.place >= self.within:
            return None
        if sentence.anaphoric and not self.anaphora:
            return None
        cue = self._has(self.cue, text)
        if not (cue or sentence.kind in self.homes) or not self._has(self.must, text) or self._has(self.refuse, text):
            return None
        points = weight + 1.5 * cue + 2.0 * sentence.centrality + self.figures * min(sentence.figures, 3)
        points += sum(self._has(b, text) for b in self.bonus)
        points -= 0.5 if len(text) < 80 else 0.0
        points -= 0.7 * sentence.anaphoric + 0.7 * self._has(_DANGLING, text) + (0.4 if len(text) > 240 else 0.0)
        return points - self.early * sentence.place


# What the sentence is about was said before it.
_DANGLING = r"\b(?:this|that|these|such) (?:idea|question|goal|problem)s?\.$|\bdoes just that\b"
