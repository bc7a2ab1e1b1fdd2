"""Settings and profiles: their sources, and the errors for wrong ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from papers.errors import UsageError
from papers.profile import load_profile
from papers.settings import load_settings


def test_the_command_line_overrides_the_environment_which_overrides_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("DAILY_PAPERS_STORE=file\nDAILY_PAPERS_LANGUAGE=en\nDAILY_PAPERS_PROFILE=file\n")
    monkeypatch.setenv("DAILY_PAPERS_STORE", "environment")
    monkeypatch.setenv("DAILY_PAPERS_LANGUAGE", "zh, en")
    settings = load_settings(store="line", language=None)
    assert (settings.store, settings.language, settings.profile) == ("line", ("zh", "en"), "file")


def test_the_defaults_need_no_key() -> None:
    settings = load_settings()
    assert (settings.store, settings.model, settings.language, settings.arxiv_interval) == (
        "./data",
        "extractive",
        ("zh",),
        3.0,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANGUAGE", "fr"),
        ("LANGUAGE", ""),
        ("ARXIV_INTERVAL", "-1"),
        ("ARXIV_INTERVAL", "soon"),
        ("HF_URL", "huggingface.co"),
        ("CONCURRENCY", "0"),
        ("BUDGET_USD", "-3"),
        ("UNGROUNDED", "keep"),
    ],
)
def test_a_wrong_value_is_reported(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DAILY_PAPERS_{name}", value)
    with pytest.raises(UsageError, match=f"DAILY_PAPERS_{name}"):
        load_settings()


def test_a_key_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAILY_PAPERS_MODEL_KEY", "sk-very-secret")
    assert "very-secret" not in repr(load_settings())


def test_the_default_profile_knows_its_directions_in_both_languages() -> None:
    profile = load_profile("default")
    assert profile.label("World Model", "zh") == "世界模型"
    assert profile.label("World Model", "en") == "World Model"
    assert profile.label("unheard of", "zh") == "unheard of"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 'x'\nnames = 1\n[[interests]]\nname='a'\nzh='b'\ncues=['c']", "names"),
        ("name = 'x'\ninterests = []", "interests"),
        (
            "name = 'x'\n[[interests]]\nname='a'\nzh='b'\ncues=['(']",
            r"  line 5: interests\[0\]\.cues\[0\]: .*no regular expression",
        ),
        ("name = 'x'\ntime_zone='Mars'\n[[interests]]\nname='a'\nzh='b'\ncues=['c']", "time_zone.*'Mars'"),
        ("name = 'x'\nranked.upvotes_weight='many'\n[[interests]]\nname='a'\nzh='b'\ncues=['c']", "upvotes_weight"),
        ("name =", "is no TOML"),
    ],
)
def test_a_wrong_profile_is_reported(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"mine\.toml") as caught:
        load_profile(str(path))
    assert re.search(message, str(caught.value))


def test_an_unknown_profile_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="No profile 'mine': give one of default"):
        load_profile("mine")
