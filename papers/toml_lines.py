"""Where each key of a TOML text stands: the line to name in a message; `tomllib` gives none."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


def key_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of each key, table and list item of `text`, by its path: `("interests", 2, "cues", 0)`.

    `text` is TOML that `tomllib` has read; of any other the answer means nothing.
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


def line_of(path: Path, lines: dict[Path, int]) -> int:
    """The line of `path`, or of the nearest part of it that the text has; 1 when it has none."""
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.lines: dict[Path, int] = {}
        self.tables: dict[Path, int] = {}  # arrays of tables: how many tables each has so far

    def scan(self) -> dict[Path, int]:
        prefix: Path = ()
        self._skip()
        while self.at < len(self.text):
            if self.text.startswith("[", self.at):
                prefix = self._header()
            else:
                self._pair(prefix)
            self._skip()
        return self.lines

    def _skip(self) -> None:
        found = _BLANK.match(self.text, self.at)
        assert found
        self.at = found.end()

    def _line(self) -> int:
        return self.text.count("\n", 0, self.at) + 1

    def _keys(self) -> Iterator[str]:
        while found := _KEY.match(self.text, self.at):
            self.at = found.end()
            yield next(g for g in found.groups() if g is not None)
            if not self.text.startswith(".", self.at):
                return
            self.at += 1

    def _header(self) -> Path:
        """A `[table]` or `[[array]]` line; the path under which the keys after it stand."""
        line, brackets = self._line(), 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        path: Path = ()
        for key in self._keys():
            if path in self.tables:
                path += (self.tables[path] - 1,)
            path += (key,)
            self.lines.setdefault(path, line)
        self.at += brackets
        if brackets == 2:
            self.tables[path] = self.tables.get(path, 0) + 1
            path += (self.tables[path] - 1,)
            self.lines[path] = line
        return path

    def _pair(self, prefix: Path) -> None:
        line, path = self._line(), prefix
        for key in self._keys():
            path += (key,)
            self.lines.setdefault(path, line)
        self.at += 1  # the sign of equality
        self._value(path)

    def _value(self, path: Path) -> None:
        while self.text.startswith((" ", "\t"), self.at):
            self.at += 1
        opening = self.text[self.at : self.at + 1]
        if opening in ("[", "{"):
            self.at += 1
            self._inside(path, "]" if opening == "[" else "}")
        elif found := _STRING.match(self.text, self.at) or _SCALAR.match(self.text, self.at):
            self.at = found.end()

    def _inside(self, path: Path, closing: str) -> None:
        """The items of a list, or the pairs of an inline table."""
        item = 0
        self._skip()
        while self.at < len(self.text) and not self.text.startswith(closing, self.at):
            if closing == "]":
                self.lines[(*path, item)] = self._line()
                self._value((*path, item))
            else:
                self._pair(path)
            item += 1
            self._skip()
            if self.text.startswith(",", self.at):
                self.at += 1
            self._skip()
        self.at += 1
