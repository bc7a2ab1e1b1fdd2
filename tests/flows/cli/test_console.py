"""Titles and reasons are other people's text: a terminal prints them as they are, and obeys none of them."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.progress import Progress, TextColumn
from rich.table import Table

from flows.cli.console import PlainConsole, program
from flows.cli.progress import BarReporter, LineReporter
from papers.models import Reading
from papers.reasons import make_reason
from tests import factories

HOSTILE = ["[/b]", "[bold red]x[/]", "a [link=http://x]b[/link]", ":100: and :smile:", "[/]", "\\[b]", "[@click=x]y"]


def console() -> tuple[PlainConsole, StringIO]:
    file = StringIO()
    return PlainConsole(file=file, width=200, force_terminal=True, color_system=None), file


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_and_emoji_codes_are_printed_as_they_are(text: str) -> None:
    plain, file = console()
    plain.print(f"failed: {text}")
    table = Table("title")
    table.add_row(text)
    plain.print(table)
    assert file.getvalue().count(text) == 2


@pytest.mark.parametrize(
    "text", ["\x1b]0;title\x07", "\x1b[31mred", "\x9b31m", "a\rb", "\u202eabc", "\x08\x08x", "\ud800"]
)
def test_control_characters_do_not_reach_the_terminal(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    plain, file = console()
    plain.print(f"failed: {text}")
    LineReporter().message(text)
    for shown in (file.getvalue(), capsys.readouterr().out):
        assert not set(shown) & set("\x1b\x07\x08\r\x9b\u202e\ud800")
        shown.encode()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_reason_with_markup_does_not_end_the_bars(text: str) -> None:
    plain, file = console()
    with Progress(TextColumn("{task.description}", markup=False), console=plain) as progress:
        reporter = BarReporter(progress, 1)
        reporter.on_list("2026-01-09", 1, 1)
        reason = make_reason("text", text=text)
        reporter.on_reading(factories.paper(), Reading(arxiv_id="0000.00001", state="failed", reason=reason))
        reporter.on_date_end("2026-01-09", text)
    assert file.getvalue().count(text) == 2


def test_a_hint_names_the_program_as_it_can_be_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "bin" / "daily-papers"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setattr("sys.argv", [".venv/bin/daily-papers", "demo"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert program() == ".venv/bin/daily-papers"
    monkeypatch.setenv("PATH", str(script.parent))
    assert program() == "daily-papers"
    monkeypatch.setattr("sys.argv", ["/somewhere/flows/cli/__main__.py", "demo"])
    assert program() == "daily-papers"
