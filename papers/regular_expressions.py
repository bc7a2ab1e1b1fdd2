"""A profile's regular expressions, matched within a bound of time: other people write them, and the texts too."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import regex

from papers.quick_patterns import NeededWords

TIMEOUT = 1.0  # seconds for one text; an expression that needs more does not match it
PROBE_TIMEOUT = 0.2
PROBE_LENGTH = 4000  # characters; an expression that backtracks exponentially needs a few dozen
# References to groups, and flags for the whole: in the joined expression they would mean something else.
_NOT_ALONE = re.compile(r"\\[1-9]|\(\?P=|\(\?\(|\(\?(?!i\))[aiLmsux]+\)")
_log = logging.getLogger(__name__)


class Expression:
    """All `patterns` as one case-insensitive expression; without patterns, one that never matches."""

    def __init__(self, patterns: Sequence[str]) -> None:
        joined = "|".join(f"(?:{p})" for p in patterns) or r"(?!)"
        self._compiled = regex.compile(joined, regex.IGNORECASE)
        self._words = NeededWords(joined, re.IGNORECASE) if patterns else None

    def first_match(self, text: str) -> str | None:
        """The first match in `text`, or None."""
        matches = self.matches(text, 1)
        return matches[0] if matches else None

    def matches(self, text: str, most: int | None = None) -> list[str]:
        """The matches in `text`, in order, at most `most` of them."""
        matches: list[str] = []
        if self._words is None or not self._words.may_match(text):
            return matches
        try:
            for match in self._compiled.finditer(text, timeout=TIMEOUT):
                matches.append(match[0])
                if len(matches) == most:
                    break
        except TimeoutError:
            _warn(text)
        return matches

    def mask(self, text: str) -> str:
        """`text` with each match replaced by as many null characters."""
        if self._words is None or not self._words.may_match(text):
            return text
        try:
            return str(self._compiled.sub(lambda match: "\0" * len(match[0]), text, timeout=TIMEOUT))
        except TimeoutError:
            _warn(text)
            return text


def _warn(text: str) -> None:
    _log.warning("An expression takes more than %g s on a text and counts as not matching: %.80s", TIMEOUT, text)


def check_expression(pattern: str) -> str:
    """`pattern` itself. Raises ValueError for one that is invalid, refers to its own groups, matches every
    text, or takes too long on a text.
    """
    try:
        re.compile(pattern, re.IGNORECASE)  # whose messages are the better ones, and whose syntax is documented
        compiled = regex.compile(f"(?:{pattern})", regex.IGNORECASE)
    except (re.error, regex.error) as error:
        raise ValueError(f"'{pattern}' is no regular expression: {error}") from error
    if name := _NOT_ALONE.search(re.sub(r"\\\\", "", pattern)):
        raise ValueError(f"'{pattern}': {name[0]} is not supported, because all expressions are tried as one")
    if compiled.fullmatch("") or compiled.search(" \u2063 "):
        raise ValueError(f"'{pattern}' matches every text, the empty one too")
    for text in _probes(pattern):
        try:
            compiled.search(text, timeout=PROBE_TIMEOUT)
        except TimeoutError:
            raise ValueError(
                f"'{pattern}' takes too long on a text such as '{text[:12]}…': repeat no group that repeats itself"
            ) from None
    return pattern


def _probes(pattern: str) -> list[str]:
    """Texts on which an expression that backtracks without end does so: its own letters, repeated."""
    letters = list(dict.fromkeys(re.findall(r"[^\W_]|_", re.sub(r"\\.|\(\?.", "", pattern))))[:6]
    pieces = ["a", " ", "a ", "1", "A", *letters, "".join(letters), *(f"{letter} " for letter in letters)]
    return [(piece * PROBE_LENGTH)[:PROBE_LENGTH] + "\u2063" for piece in dict.fromkeys(pieces) if piece]
