"""Finds the line of each key of a TOML text, for error messages; `tomllib` does not give lines."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*(?:"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*""")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}\n#]*")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line, from 1, of each key, table and list item of `text`, by its path: `("interests", 2, "cues", 0)`.

    `text` must be valid TOML, that is, `tomllib` must have parsed it.
    """
    return _Scanner(text.replace("\r\n", "\n")).scan()


def line_of(path: KeyPath, lines: dict[KeyPath, int]) -> int:
    """The line of `path`, or of its longest prefix that is in the text; 1 if there is none."""
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), 1)


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0
        self.line_ends = [match.start() for match in re.finditer("\n", text)]
        self.lines: dict[KeyPath, int] = {}
        self.tables: dict[KeyPath, int] = {}  # arrays of tables: the number of tables so far

    def scan(self) -> dict[KeyPath, int]:
        prefix: KeyPath = ()
        self._skip()
        while self.position < len(self.text):
            if self.text.startswith("[", self.position):
                prefix = self._header()
            else:
                self._pair(prefix)
            self._skip()
        return self.lines

    def _skip(self) -> None:
        match = _BLANK.match(self.text, self.position)
        assert match
        self.position = match.end()

    def _line(self) -> int:
        return bisect_left(self.line_ends, self.position) + 1

    def _keys(self) -> Iterator[str]:
        while match := _KEY.match(self.text, self.position):
            self.position = match.end()
            yield next(g for g in match.groups() if g is not None)
            if not self.text.startswith(".", self.position):
                return
            self.position += 1

    def _header(self) -> KeyPath:
        """Scan a `[table]` or `[[array]]` line; returns the path of the keys after it."""
        line, brackets = self._line(), 2 if self.text.startswith("[[", self.position) else 1
        self.position += brackets
        path: KeyPath = ()
        for key in self._keys():
            if path in self.tables:
                path += (self.tables[path] - 1,)
            path += (key,)
            self.lines.setdefault(path, line)
        self.position += brackets
        if brackets == 2:
            self.tables[path] = self.tables.get(path, 0) + 1
            path += (self.tables[path] - 1,)
            self.lines[path] = line
        return path

    def _pair(self, prefix: KeyPath) -> None:
        line, path = self._line(), prefix
        for key in self._keys():
            path += (key,)
            self.lines.setdefault(path, line)
        self.position += 1  # the equals sign
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        while self.text.startswith((" ", "\t"), self.position):
            self.position += 1
        opening = self.text[self.position : self.position + 1]
        if opening in ("[", "{"):
            self.position += 1
            self._items(path, "]" if opening == "[" else "}")
        elif match := _STRING.match(self.text, self.position) or _SCALAR.match(self.text, self.position):
            self.position = match.end()

    def _items(self, path: KeyPath, closing: str) -> None:
        """Scan the items of a list, or the pairs of an inline table."""
        item = 0
        self._skip()
        while self.position < len(self.text) and not self.text.startswith(closing, self.position):
            if closing == "]":
                self.lines[(*path, item)] = self._line()
                self._value((*path, item))
            else:
                self._pair(path)
            item += 1
            self._skip()
            if self.text.startswith(",", self.position):
                self.position += 1
            self._skip()
        self.position += 1
