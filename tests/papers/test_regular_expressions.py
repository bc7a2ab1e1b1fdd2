"""A profile's expressions: checked when the profile is loaded, and bounded when they are matched."""

from __future__ import annotations

import logging
import time
from contextlib import suppress

import pytest

from papers import regular_expressions
from papers.errors import UsageError
from papers.profile import load_profile
from papers.regular_expressions import Expression, check_expression
from tests.shared import SHARED, needs_shared


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+$", r"(\w+\s?)+!", r"(x|x)*y", r"(?:agent\s*)*(?:agent\s*)*(?:agent\s*)*z$", r"(.*,)*,;", r"([a-z]+)*\d"],
)
def test_an_expression_that_backtracks_without_end_is_refused_or_quick(pattern: str) -> None:
    started = time.monotonic()
    with suppress(ValueError):
        check_expression(pattern)
        Expression([pattern]).matches("agent " * 5000 + "x" * 5000 + "a" * 5000)
    assert time.monotonic() - started < 12


@pytest.mark.parametrize("pattern", ["", ".*", "a?", r"\s", "[ab", "(?<x", "*"])
def test_an_expression_that_is_invalid_or_matches_everything_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is no regular expression|matches every text"):
        check_expression(pattern)


@pytest.mark.parametrize("pattern", [r"(\w+) \1", r"(?P<a>x)(?P=a)", "(?x) foo # c", "(?s)a.b", r"(a)?(?(1)b|c)"])
def test_an_expression_that_means_something_else_beside_others_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is not supported|is no regular expression"):
        check_expression(pattern)


@pytest.mark.parametrize("pattern", [r"(?i)agent", r"C\\1", r"(?s:a.b)", r"(?:multi)?-?agent"])
def test_groups_and_scoped_flags_are_accepted(pattern: str) -> None:
    assert check_expression(pattern) == pattern


def test_an_exponential_expression_is_refused_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regular_expressions, "PROBE_TIMEOUT", 1e-6)
    with pytest.raises(ValueError, match=r"'\(\?:ab\?\|a\)\*c' takes too long on a text such as"):
        check_expression("(?:ab?|a)*c")


def test_the_shipped_profiles_are_accepted_within_seconds() -> None:
    started = time.monotonic()
    assert load_profile("default").interests
    assert time.monotonic() - started < 5


@needs_shared
def test_a_profile_that_made_a_run_hang_is_reported_or_bounded() -> None:
    started = time.monotonic()
    with suppress(UsageError):
        profile = load_profile(str(SHARED / "cases" / "profiles" / "redos.toml"))
        profile.keyword_pattern.first_match("a" * 40 + "!")
        profile.interests[0].pattern.first_match("word " * 40)
    assert time.monotonic() - started < 5


def test_a_match_that_takes_too_long_counts_as_none_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(regular_expressions, "TIMEOUT", 1e-6)
    expression, text = Expression([r"(?:a|b|ab)*\d"]), "ab" * 20_000
    with caplog.at_level(logging.WARNING):
        assert expression.matches(text) == []
        assert expression.mask(text) == text
    assert "counts as not matching" in caplog.text


def test_matches_are_those_of_re() -> None:
    expression = Expression([r"\bagents?\b", "智能体"])
    assert expression.matches("Agents and an agent: 智能体") == ["Agents", "agent", "智能体"]
    assert expression.first_match("nothing") is None
    assert expression.mask("an agent.") == "an \0\0\0\0\0."
    assert Expression([]).matches("anything") == []
