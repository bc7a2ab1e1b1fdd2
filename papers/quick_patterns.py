"""Regular expressions that are tried only on texts with a word that each of their matches has.

A pattern of many phrases takes a hundred microseconds to find nothing in a sentence, since it is tried at each
character; to look up the words without which it cannot match takes a few. The words are derived from the pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

try:
    from re import _constants, _parser  # type: ignore[attr-defined]  # no public module gives a pattern's structure
except ImportError:  # then every pattern is tried on every text
    _parser = None

MAX_WORDS = 120  # words that are looked up before a pattern is tried; more would take as long as the pattern
MAX_VARIANTS = 16  # of a phrase that are looked up whole; of one with more, its rarest part is
_LETTER, _SIGN, _FOREIGN = 0.07, 0.02, 0.003  # the share of characters that are a given one, roughly
_LOOKUP = 1e-4  # the price of one word beside that of trying the pattern
_OTHER_CASES = re.compile("[ſıİ]")  # letters that equal "s" and "i" where case is ignored, but not in lower case
_LONGEST = 24  # characters of a word that are looked up

Words = frozenset[str]


class NeededWords:
    """The words of a pattern, derived when the first text is asked about."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self._pattern, self._flags = pattern, flags

    @cached_property
    def words(self) -> tuple[str, ...] | None:
        """As `needed_words`."""
        return needed_words(self._pattern, self._flags)

    def may_match(self, text: str) -> bool:
        """False where the pattern has no match in `text`."""
        if self.words is None:
            return True
        lowered = text.lower()
        for word in self.words:
            if word in lowered:
                return True
        return not text.isascii() and _OTHER_CASES.search(text) is not None


class QuickPattern:
    """A compiled pattern with the methods of `re.Pattern` that are used here; all give what that gives."""

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern, self._compiled = pattern, re.compile(pattern, flags)
        self._may_match = NeededWords(pattern, flags).may_match

    @cached_property
    def _is_anchored(self) -> bool:
        return matches_at_start_only(self.pattern, self._compiled.flags)

    def search(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        if self._is_anchored:
            return self._compiled.match(text)
        return self._compiled.search(text) if self._may_match(text) else None

    def match(self, text: str, position: int = 0) -> re.Match[str] | None:
        """As `re.Pattern.match`."""
        return self._compiled.match(text, position)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.fullmatch`."""
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        return self._compiled.finditer(text) if self._may_match(text) else iter(())

    def sub(self, replacement: str, text: str) -> str:
        """As `re.Pattern.sub`."""
        is_tried = self._compiled.match(text) if self._is_anchored else self._may_match(text)
        return self._compiled.sub(replacement, text) if is_tried else text


def needed_words(pattern: str, flags: int = 0) -> tuple[str, ...] | None:
    """Strings in lower case, one of which is in every text (in lower case) that has a match of `pattern`; None if the
    pattern does not tell.
    """
    if _parser is None:
        return None
    words = _words_of(_parser.parse(pattern, flags))
    return None if words is None else tuple(sorted(words, key=lambda word: (len(word), word)))


def matches_at_start_only(pattern: str, flags: int = 0) -> bool:
    """Whether `pattern` begins with "^" and so matches nowhere else; False where that cannot be told."""
    return _parser is not None and not flags & re.MULTILINE and _begins_at_start(_parser.parse(pattern, flags))


def _begins_at_start(items: Any) -> bool:
    if not len(items):
        return False
    kind, value = items[0]
    if kind is _constants.BRANCH:
        return all(_begins_at_start(branch) for branch in value[1])
    if kind is _constants.SUBPATTERN:
        return not value[1] & re.MULTILINE and _begins_at_start(value[3])
    return bool(kind is _constants.AT and value is _constants.AT_BEGINNING)


def _words_of(items: Any) -> Words | None:
    """The best words of a sequence: those of the rarest part that every match has."""
    word_sets: list[Words] = []
    texts: Words = frozenset([""])  # what the parts since the last gap can be
    for kind, value in items:
        if kind in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT):
            continue  # they match no characters
        own = _texts_of(kind, value)
        joined = _joined(texts, own) if own is not None else None
        if joined is not None:
            texts = joined
            continue
        word_sets.append(texts)
        texts = frozenset([""])
        if own is not None:
            texts = own
        elif (inner := _inner_words(kind, value)) is not None:
            word_sets.append(inner)
    word_sets.append(texts)
    usable = [_shortest(words) for words in word_sets if "" not in words]
    usable = [words for words in usable if len(words) <= MAX_WORDS]
    return min(usable, key=_price, default=None)


def _inner_words(kind: Any, value: Any) -> Words | None:
    """The words of a part that is no plain text."""
    if kind is _constants.SUBPATTERN:
        return _words_of(value[3])
    if kind is _constants.ATOMIC_GROUP:
        return _words_of(value)
    if kind is _constants.BRANCH:
        branches = [_words_of(branch) for branch in value[1]]
        return None if None in branches else frozenset().union(*branches)  # type: ignore[arg-type]
    if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT) and value[0] > 0:
        return _words_of(value[2])
    return None


def _texts_of(kind: Any, value: Any) -> Words | None:
    """All texts that a part can match, in lower case, if they are few."""
    if kind is _constants.LITERAL:
        return _character(value)
    if kind is _constants.IN:
        return _union(_character(v) if k is _constants.LITERAL else None for k, v in value)
    if kind is _constants.SUBPATTERN:
        return _texts_of_all(value[3])
    if kind is _constants.BRANCH:
        return _union(_texts_of_all(branch) for branch in value[1])
    if kind in (_constants.MAX_REPEAT, _constants.MIN_REPEAT) and value[1] == 1:
        once = _texts_of_all(value[2])
        return once if once is None or value[0] else once | {""}
    return None


def _texts_of_all(items: Any) -> Words | None:
    texts: Words | None = frozenset([""])
    for kind, value in items:
        if kind in (_constants.AT, _constants.ASSERT, _constants.ASSERT_NOT):
            continue
        own = _texts_of(kind, value)
        texts = _joined(texts, own) if own is not None and texts is not None else None
        if texts is None:
            return None
    return texts


def _character(code: int) -> Words | None:
    """A literal character; None for a letter beyond ASCII, of which there may be other cases."""
    character = chr(code)
    is_plain = character.isascii() or character.lower() == character.upper()
    return frozenset([character.lower()]) if is_plain else None


def _union(sets: Iterable[Words | None]) -> Words | None:
    union: set[str] = set()
    for words in sets:
        if words is None:
            return None
        union |= words
    return frozenset(union) if len(union) <= MAX_WORDS else None


def _joined(first: Words, second: Words) -> Words | None:
    """Each of the first texts with each of the second ones after it; None if these are too many."""
    if len(first) * len(second) > MAX_VARIANTS:
        return None
    return frozenset(a + b for a, b in product(first, second))


def _shortest(words: Words) -> Words:
    """The words without those that contain another one, each no longer than is looked up."""
    cut = {word[:_LONGEST] for word in words}
    return frozenset(w for w in cut if not any(other != w and other in w for other in cut))


def _price(words: Words) -> float:
    """How often one of the words occurs in a text by chance, and what it takes to look for them."""
    return sum(prod(map(_share, word)) + _LOOKUP for word in words)


def _share(character: str) -> float:
    if not character.isascii():
        return _FOREIGN
    return _LETTER if character.isalpha() or character == " " else _SIGN
