"""Counts what one command computes and reads: `python -P day_calls.py FILE COMMAND ...`; a part of `bench-day`.

Runs a command of the checkout on PYTHONPATH and writes a JSON object to FILE: how often each computation was called,
and what was read from the store (a folder). Functions are found by the names that they have when they are called, so
that it does not matter who imports them from where.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

# What is counted: the folder of the code, and the names that the function may have there.
COMPUTATIONS = {
    "dedupe": ("/tasks/dedupe/", {"dedupe"}),
    "verdicts": ("/tasks/curate/", {"curate"}),
    "history": ("/tasks/dedupe/", {"load_history"}),
}
NAMES = {name for _, names in COMPUTATIONS.values() for name in names}
calls: list[str] = []  # lists, because appending is atomic among threads
gets: list[str] = []
opened: list[str] = []


def count_call(frame: FrameType, event: str, _: Any) -> None:
    """A profile function: counts the computations."""
    if event == "call" and (name := frame.f_code.co_name) in NAMES:
        file = frame.f_code.co_filename
        calls.extend(c for c, (folder, names) in COMPUTATIONS.items() if name in names and folder in file)


def count_files(store: Path) -> None:
    """Count the files of the store that are opened for reading, whoever opens them."""
    prefix = f"{store}/"

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(arguments[0], str | os.PathLike):
            path, flags = os.fspath(arguments[0]), arguments[2] or 0
            is_read = isinstance(path, str) and path.startswith(prefix) and not flags & (os.O_WRONLY | os.O_RDWR)
            if is_read and not Path(path).is_dir():  # a folder is opened to flush a rename
                opened.append(path[len(prefix) :])

    sys.addaudithook(hook)


def count_gets(store: Path) -> None:
    """Count the keys that are asked of the store."""
    from papers.store import open_store

    cls: Any = type(open_store(str(store)))
    original = cls.get

    def get(self: Any, key: str) -> bytes | None:
        gets.append(key)
        data: bytes | None = original(self, key)
        return data

    cls.get = get


def parts_of(keys: list[str]) -> dict[str, int]:
    """How many keys there are of each part of the store, the first part of the key."""
    return dict(Counter(key.split("/")[0] for key in keys if not Path(key).name.startswith(".")))


def main(file: Path, command: list[str]) -> int:
    """Run the command, count, write; returns the exit code of the command."""
    store = Path(os.environ["DAILY_PAPERS_STORE"])
    count_gets(store)
    count_files(store)
    threading.setprofile(count_call)
    sys.setprofile(count_call)
    from flows.cli import main as command_line

    sys.argv = ["daily-papers", *command]
    code: Any = 0
    try:
        command_line()
    except SystemExit as error:
        code = error.code or 0
    sys.setprofile(None)
    counts = {"calls": dict(Counter(calls)), "gets": parts_of(gets), "opened": parts_of(opened)}
    counts["datasets"] = dict(Counter(k.split("/")[1] for k in gets if k.startswith("snapshots/")))
    file.write_text(json.dumps(counts))
    return int(code)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
