"""Docs that are generated, or that name things, fail here when they drift."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from papers.settings import Settings
from papers.tables.table_docs import table_docs

ROOT = Path(__file__).resolve().parents[3]


def test_the_table_docs_are_those_of_the_registry() -> None:
    assert (ROOT / "docs" / "tables.md").read_text() == table_docs(), "run `make docs`"


def test_every_dependency_has_its_line_of_why() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    names = {re.match(r"[\w-]+", d)[0] for d in wanted}  # type: ignore[index]
    told = set(re.findall(r"^\| `([\w-]+)` \| \S", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE))
    assert names == told


def test_every_setting_stands_in_the_readme() -> None:
    for readme in ("README.md", "README.zh.md"):
        told = set(re.findall(r"DAILY_PAPERS_([A-Z_]+)", (ROOT / readme).read_text()))
        assert {name.upper() for name in Settings.model_fields} <= told, readme


def test_the_readme_begins_with_the_two_commands() -> None:
    for readme in ("README.md", "README.zh.md"):
        quick = re.search(r"```\n(.*?)```", (ROOT / readme).read_text(), re.DOTALL)
        assert quick is not None
        assert [line.split("#")[0].strip() for line in quick[1].strip().splitlines()] == ["make demo", "make test"]
