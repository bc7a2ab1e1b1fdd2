from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.quick_patterns import NeededWords, QuickPattern, matches_at_start_only, needed_words

PATTERNS = [
    r"\b(?:this|these|such an?)\b(?! (?:paper|work)\b)",
    r"\bset-?ups?\b|\d+ (?:layers|heads)|learning rate",
    r"^(?:our|the) (?:[\w-]+ ){0,2}limitations?\b",
    r"[Ff]irst|(?i:second) \w+|thir(?=d)d",
    r"(?:ab)+c|x{2,3}y?|(?P<name>q)(?P=name)",
    r"(?<=see )figure|a(?:b|)c",
    r"state[- ]of[- ]the[- ]art|优于|[^\W\d]{3}!",
]
WORDS = (
    "this these such an set-up setups paper layers 3 learning rate our new limitation First SECOND third abc ababc xxy"
)
WORDS += " qq see figure ac state of-the-art 优于 abc! ſuch ſee İs K the"


def assert_equal_results(patterns: Iterable[Any], texts: Sequence[str], at_least: int = 1) -> None:
    """Every `QuickPattern` of `patterns` gives on `texts` what the pattern alone gives."""
    quick_patterns = [p for p in patterns if isinstance(p, QuickPattern)]
    assert len(quick_patterns) >= at_least
    for quick in quick_patterns:
        plain = quick._compiled
        for text in texts:
            assert _span(quick.search(text)) == _span(plain.search(text)), (quick.pattern, text)
            assert [m.span() for m in quick.finditer(text)] == [m.span() for m in plain.finditer(text)]
            assert quick.sub("~", text) == plain.sub("~", text), (quick.pattern, text)


def _span(match: re.Match[str] | None) -> tuple[int, int] | None:
    return match and match.span()


@given(st.lists(st.sampled_from(WORDS.split(" ")), max_size=8), st.sampled_from(["", " ", ". "]))
def test_a_quick_pattern_finds_what_the_pattern_finds(words: list[str], separator: str) -> None:
    flags = (0, re.IGNORECASE)
    assert_equal_results([QuickPattern(p, f) for p in PATTERNS for f in flags], [separator.join(words)])


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"\b(?:models?|methods?)\b", ("model", "method")),
        (r"\bwe (?:\w+ )?find that\b", ("find that",)),
        (r"[Ii]nput", ("input",)),
        (r"(?:see|cf\.)? ?Fig\.", ("fig.",)),
        (r"\d+", None),
        (r"a?b?", None),
        (r"Größe|Maß", ("ma", "gr")),  # letters beyond ASCII have other cases that are not looked up
    ],
)
def test_needed_words(pattern: str, words: tuple[str, ...] | None) -> None:
    best_words = needed_words(pattern, re.IGNORECASE)
    assert best_words is None if words is None else set(best_words or ()) == set(words)


def test_a_pattern_without_needed_words_is_tried_on_every_text() -> None:
    assert NeededWords(r"\d").may_match("")
    assert not NeededWords(r"method \d").may_match("3 models")


def test_letters_that_equal_others_where_case_is_ignored() -> None:
    pattern = QuickPattern(r"such|this", re.IGNORECASE)
    for text in ("ſuch", "thıs", "THİS"):
        assert _span(pattern.search(text)) == _span(re.search(r"such|this", text, re.IGNORECASE)), text


@pytest.mark.parametrize(
    ("pattern", "expected"), [("^a|^b", True), ("(?:^a)b", True), ("^a|b", False), ("a^", False), ("", False)]
)
def test_matches_at_start_only(pattern: str, expected: bool) -> None:
    assert matches_at_start_only(pattern) is expected
    assert not matches_at_start_only(pattern, re.MULTILINE)
