"""Profiles: the bundled ones, and how errors in a custom profile are reported."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import deployments
from papers.errors import UsageError
from papers.profile import load_profile
from papers.toml_lines import key_lines, line_of

SHIPPED = Path(str(deployments.__path__[0])) / "profiles"
GOOD = """\
name = "mine"
sources = ["hf", "arxiv:cs.CL", "arxiv:stat.ML"]

[ranked]
stars_weight = 2

[curated]
picks = 3

[[curated.exclude]]
name = "survey"
zh = "综述"
en = "a survey"
title = ['\\bsurvey\\b']

[[interests]]
name = "Agents"
zh = "智能体"
cues = [
    '\\bagents?\\b',
    '\\bagentic\\b',
]
"""


def load(text: str, folder: Path) -> Any:
    path = folder / "mine.toml"
    path.write_bytes(text.encode())
    return load_profile(str(path))


def fault(text: str, folder: Path) -> str:
    with pytest.raises(UsageError) as error:
        load(text, folder)
    return str(error.value)


@pytest.mark.parametrize("name", ["default", "minimal"])
def test_the_bundled_profiles_load(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    assert profile.label(profile.interests[0].name, "zh") == profile.interests[0].zh


def test_a_custom_profile_loads(tmp_path: Path) -> None:
    profile = load(GOOD, tmp_path)
    assert profile.sources == ("hf", "arxiv:cs.CL", "arxiv:stat.ML")
    assert (profile.ranked.stars_weight, profile.curated.picks) == (2.0, 3)
    assert [(e.rule, e.zh) for e in profile.curated.exclude] == [("excluded-survey", "综述")]


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("picks = 3", "pick = 3", 8, "curated.pick: there is no such key; did you mean picks?"),
        ("picks = 3", "wholly_else = 3", 8, "curated.wholly_else: there is no such key; known here: exclude, kinds,"),
        ("[ranked]", "[ranking]", 4, "ranking: there is no such key; did you mean ranked?"),
        (
            'zh = "智能体"',
            'zh = "智能体"\nwieght = 2.0',
            19,
            "interests[0].wieght: there is no such key; did you mean wei",
        ),
        ("'\\bagentic\\b'", "'(agentic'", 21, "interests[0].cues[1]: '(agentic' is no regular expression"),
        ("'\\bagentic\\b'", "'x*'", 21, "interests[0].cues[1]: 'x*' matches every text"),
        (
            "stars_weight = 2",
            'stars_weight = "2"',
            5,
            "ranked.stars_weight: Input should be a valid number (it is '2')",
        ),
        (
            "stars_weight = 2",
            "stars_weight = true",
            5,
            "ranked.stars_weight: Input should be a valid number (it is True)",
        ),
        ("stars_weight = 2", "stars_weight = -1", 5, "ranked.stars_weight: Input should be greater than or equal to 0"),
        ("stars_weight = 2", "stars_weight = inf", 5, "ranked.stars_weight: Input should be "),
        ("picks = 3", "picks = 2.5", 8, "curated.picks: Input should be a valid integer"),
        ("picks = 3", "must_read = 1.0\noptional = 2.0", 7, "curated: must_read (1) is below optional (2)"),
        ('"arxiv:stat.ML"', '"arxiv:cs.CL"', 2, "sources: 'arxiv:cs.CL' is given twice"),
        ('"arxiv:stat.ML"', '"rss:x"', 2, "sources[2]: 'rss:x' is no source"),
        ('name = "survey"', 'name = "No Code"', 11, "curated.exclude[0].name: String should match pattern"),
        ('zh = "智能体"\n', "", 16, "interests[0].zh: the key is missing"),
        ('name = "mine"', 'name = "mine"\ntime_zone = "Mars/Base"', 2, "time_zone: 'Mars/Base' is not a time zone"),
        ('name = "mine"', 'name = "mine"\nlanguages = ["zh", "fr"]', 2, "languages[1]: Input should be 'zh' or 'en'"),
        ('name = "mine"', 'name = "mine"\neditions = []', 2, "editions: the list is empty"),
    ],
)
def test_an_error_is_reported_with_line_and_key(old: str, new: str, line: int, expected: str, tmp_path: Path) -> None:
    assert old in GOOD
    message = fault(GOOD.replace(old, new), tmp_path)
    assert "mine.toml cannot be used" in message
    assert f"  line {line}: {expected}" in message
    assert len(message.splitlines()) == 2  # the error itself, and none that results from it


def test_an_empty_list_of_interests_is_reported(tmp_path: Path) -> None:
    text = 'name = "mine"\ninterests = []\n'
    assert "line 2: interests: the list is empty" in fault(text, tmp_path)
    assert "line 1: interests: the key is missing" in fault('name = "mine"\n', tmp_path)
    cues = GOOD.replace("    '\\bagents?\\b',\n    '\\bagentic\\b',\n", "")
    assert "line 19: interests[0].cues: the list is empty" in fault(cues, tmp_path)


def test_a_duplicate_interest_is_reported(tmp_path: Path) -> None:
    twice = GOOD + '\n[[interests]]\nname = "agents"\nzh = "又"\ncues = ["x"]\n'
    assert "interests: the interest 'agents' is given twice" in fault(twice, tmp_path)


def test_several_errors_are_reported_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = GOOD.replace("picks = 3", "pick = 3").replace("stars_weight = 2", 'stars_weight = "2"')
    lines = fault(text, tmp_path).splitlines()[1:]
    assert [line.split(":")[0] for line in lines] == ["  line 5", "  line 8"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"name = \n", "is no TOML"),
        (b'name = "a"\ntitle_zh = "\xff"\n', "line 2: it is no UTF-8"),
        (b"", "interests: the key is missing"),
    ],
)
def test_invalid_toml_is_reported(data: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(UsageError, match=r"bad\.toml") as error:
        load_profile(str(path))
    assert expected in str(error.value)


def test_a_byte_order_mark_and_windows_line_ends_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_profile(str(path)).name == "mine"
    path.write_bytes(GOOD.replace("picks = 3", "pick = 3").replace("\n", "\r\n").encode())
    with pytest.raises(UsageError, match=r"line 8: curated\.pick"):
        load_profile(str(path))


def test_an_unknown_profile_lists_the_available_ones() -> None:
    with pytest.raises(UsageError, match="give one of default, minimal"):
        load_profile("none")


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield from paths(part, (*path, key))


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        *(p.read_text() for p in sorted(SHIPPED.glob("*.toml"))),
        'a.b.c = 1 # [x]\n"q.r" = [1, [2, 3], { y = "]", z = [""" ] " """, \'\'\'}\'\'\'] }]\n',
        '[t."u v".w]\nd = 2020-01-01\n',
        '[[a]]\nx = 1\n[a.sub]\ny = 2\n[[a.many]]\nz = 3\n[[a]]\nx = 4\n[[a.many]]\nz = "\\" # ="\n',
    ],
)
def test_every_key_of_a_toml_text_has_its_line(text: str) -> None:
    lines = key_lines(text)
    assert set(lines) >= set(paths(tomllib.loads(text)))
    for path, line in lines.items():
        if isinstance(path[-1], str):
            assert path[-1] in text.splitlines()[line - 1]
    assert line_of(("no", "such"), lines) == 1
