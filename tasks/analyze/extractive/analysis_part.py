"""A part of an analysis: how many sentences it has, and how a sentence is scored for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Sentence(Protocol):
    """The features of a sentence that a part's score depends on."""

    @property
    def text(self) -> str:
        """The sentence itself."""

    @property
    def kind(self) -> str:
        """The kind of its section."""

    @property
    def position(self) -> int:
        """The index among the paper's sentences, from 0."""

    @property
    def centrality(self) -> float:
        """The share of its words that also occur in the title or abstract."""

    @property
    def number_count(self) -> int:
        """How many numbers it has with a unit or a decimal point."""

    @property
    def anaphoric(self) -> bool:
        """Whether it begins with "it" or the like and so depends on the sentence before."""


@dataclass(frozen=True)
class Part:
    """A part of the analysis: the number of its sentences and the scoring rules.

    `cue` has to match unless the section is one of `home_sections`; `required` always has to match, and `excluded`
    must not. Only the sections of `section_weights` are used. Each match of `bonus_patterns` adds a point. A sentence
    of the abstract may be twice as long as others.
    """

    name: str
    count: int
    cue: str
    section_weights: Mapping[str, float]
    required: str = ""
    home_sections: frozenset[str] = frozenset()
    bonus_patterns: tuple[str, ...] = ()
    excluded: str = r"(?!)"
    number_points: float = 0.0  # points for each number, for at most three
    max_length: int = 300  # characters
    position_penalty: float = 0.002  # points subtracted for each sentence before this one
    position_limit: int = 10_000  # only sentences at positions below this
    allow_anaphora: bool = True  # whether a sentence of the abstract may begin with "it"
    _compiled: dict[str, re.Pattern[str]] = field(default_factory=dict, compare=False, repr=False)

    def _matches(self, pattern: str, text: str) -> bool:
        if pattern not in self._compiled:
            self._compiled[pattern] = re.compile(pattern, re.IGNORECASE)
        return self._compiled[pattern].search(text) is not None

    def score(self, sentence: Sentence) -> float | None:
        """The sentence's score for this part, or None when it does not qualify."""
        weight, text = self.section_weights.get(sentence.kind), sentence.text
        max_length = self.max_length if sentence.kind != "abstract" or self.max_length < 200 else 2 * self.max_length
        if weight is None or len(text) > max_length or sentence.position >= self.position_limit:
            return None
        if sentence.anaphoric and not self.allow_anaphora:
            return None
        has_cue = self._matches(self.cue, text)
        if (
            not (has_cue or sentence.kind in self.home_sections)
            or not self._matches(self.required, text)
            or self._matches(self.excluded, text)
        ):
            return None
        points = weight + 1.5 * has_cue + 2.0 * sentence.centrality + self.number_points * min(sentence.number_count, 3)
        points += sum(self._matches(b, text) for b in self.bonus_patterns)
        points -= 0.5 if len(text) < 80 else 0.0
        points -= 0.7 * sentence.anaphoric + 0.7 * self._matches(_REFERS_BACK, text) + (0.4 if len(text) > 240 else 0.0)
        return points - self.position_penalty * sentence.position


# The sentence refers to something that an earlier sentence introduced.
_REFERS_BACK = r"\b(?:this|that|these|such) (?:idea|question|goal|problem)s?\.$|\bdoes just that\b"
