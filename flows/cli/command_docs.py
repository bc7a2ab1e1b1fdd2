"""The docs of all commands, generated from their help: `python -m flows.cli.command_docs > docs/commands.md`."""

from __future__ import annotations

import sys
from typing import Any

import typer.main

from flows.cli import app

HEAD = """# Commands

Generated from the commands' own help by `make docs`. Each command takes `--help`; exit codes and settings are in the
[README](../README.md).
"""


def command_docs() -> str:
    """The docs of all commands as Markdown, in the order of `daily-papers --help`."""
    group: Any = typer.main.get_command(app)
    return "\n".join([HEAD, *(_section(name, command) for name, command in group.commands.items())])


def _section(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["daily-papers", name, *(p.name.upper() for p in arguments)])
    rows = [f"| `{p.name.upper()}` | {_text(p)} |" for p in arguments]
    rows += [f"| `{' / '.join(p.opts + p.secondary_opts)}` | {_text(p)} |" for p in options]
    table = "\n".join(["| argument or option | meaning |", "| --- | --- |", *rows]) + "\n" if rows else ""
    return f"## {name}\n\n`{usage}`\n\n{' '.join((command.help or '').split())}\n\n{table}"


def _text(parameter: Any) -> str:
    """A parameter's help, and its default where it has one."""
    default = parameter.default
    has_default = default is not None and default is not False and default != "" and not callable(default)
    value = getattr(default, "value", default)
    return (parameter.help or "").replace("|", "\\|") + (f" (default: `{value}`)" if has_default else "")


if __name__ == "__main__":
    sys.stdout.write(command_docs())
