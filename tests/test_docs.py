"""The docs match the code: generated files, and lists of settings, commands and dependencies."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer.main

from flows.cli import app
from flows.cli.command_docs import command_docs
from papers.settings import Settings, variable_of
from papers.tables.table_docs import table_docs

ROOT = Path(__file__).resolve().parents[1]


def test_the_table_docs_are_those_of_the_registry() -> None:
    assert (ROOT / "docs" / "tables.md").read_text() == table_docs(), "run `make docs`"


def test_the_command_docs_are_those_of_the_commands() -> None:
    assert (ROOT / "docs" / "commands.md").read_text() == command_docs(), "run `make docs`"


GROUP: Any = typer.main.get_command(app)


@pytest.mark.parametrize("name", GROUP.commands)
def test_every_command_argument_and_option_says_what_it_is_for(name: str) -> None:
    command = GROUP.commands[name]
    assert command.help, name
    assert [p.name for p in command.params if not p.help] == []


def test_the_docs_say_what_every_dependency_is_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    requirements = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.match(r"[\w-]+", d)[0] for d in requirements}  # type: ignore[index]
    documented = set(re.findall(r"^\| `([\w-]+)` \| \S", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE))
    assert names == documented


def test_every_setting_is_in_the_readme() -> None:
    for readme in ("README.md", "README.zh.md"):
        documented = set(re.findall(r"DAILY_PAPERS_[A-Z_]+", (ROOT / readme).read_text()))
        assert {variable_of(name) for name in Settings.model_fields} <= documented, readme


def test_the_readme_begins_with_the_two_commands() -> None:
    for readme in ("README.md", "README.zh.md"):
        quick = re.search(r"```\n(.*?)```", (ROOT / readme).read_text(), re.DOTALL)
        assert quick is not None
        assert [line.split("#")[0].strip() for line in quick[1].strip().splitlines()] == ["make demo", "make test"]
