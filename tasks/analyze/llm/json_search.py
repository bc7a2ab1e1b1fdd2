"""Finds the JSON objects in a model's text, in time linear in its length.

Models write JSON between sentences, in Markdown fences, after thoughts, with a comma too many, with Python's constants,
with quotation marks inside of strings, or cut off at a limit. All of these are read; strict JSON is read as it is.
"""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 40  # of objects and lists within each other; no answer needs as many
_SPACE = re.compile(r"\s*")
_SCALAR = re.compile(r"[^\s,:{}\[\]\"]+")
_STRING_RUN = re.compile(r'[^"\\]+')
_AFTER_STRING = re.compile(r"\s*(?:[,:}\]]|\Z)")
_ESCAPE = re.compile(r'(?:\\u[0-9a-fA-F]{4})+|\\["\\/bfnrt]')  # halves of a pair are read together
_CONSTANTS = {"null": None, "none": None, "undefined": None, "nan": None, "true": True, "false": False}
_END = object()  # the text ended within a value


class CutObject(dict[str, Any]):
    """An object that the text's end cut off: it has the members that were whole before."""


class CutList(list[Any]):
    """A list that the text's end cut off."""


class _Broken(Exception):
    """The text at `position` cannot be JSON."""

    def __init__(self, position: int) -> None:
        self.position = position


def json_objects(text: str) -> list[dict[str, Any]]:
    """The outermost JSON objects of the text, in order. One that was cut off is a `CutObject`."""
    objects: list[dict[str, Any]] = []
    start = text.find("{")
    while start >= 0:
        value, end = _object_at(text, start)
        if value is not None:
            objects.append(value)
        start = text.find("{", max(end, start + 1))
    return objects


def _object_at(text: str, start: int) -> tuple[dict[str, Any] | None, int]:
    """The object that begins at `start`, or None, and the position from which to search on."""
    try:
        return _TolerantReader(text).object(start, 0)
    except _Broken as error:
        return None, error.position


class _TolerantReader:
    """Reads one JSON value with the faults that models make. Raises _Broken where nothing sensible can be read."""

    def __init__(self, text: str) -> None:
        self.text = text

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self.text, position)
        return match.end() if match else position

    def value(self, position: int, depth: int) -> tuple[Any, int]:
        """The value at `position` and the position after it; `_END` if the text ends first."""
        position = self._skip(position)
        if position >= len(self.text):
            return _END, position
        mark = self.text[position]
        if mark == "{":
            return self.object(position, depth + 1)
        if mark == "[":
            return self._list(position, depth + 1)
        if mark == '"':
            return self._string(position)
        match = _SCALAR.match(self.text, position)
        if match is None:
            raise _Broken(position)
        if match.end() == len(self.text):
            return _END, match.end()
        return _scalar(match[0], position), match.end()

    def object(self, position: int, depth: int) -> tuple[dict[str, Any], int]:
        """The object whose brace is at `position`."""
        if depth > MAX_DEPTH:
            raise _Broken(position)
        members: dict[str, Any] = {}
        position = self._skip(position + 1)
        while position < len(self.text):
            mark = self.text[position]
            if mark == "}":
                return members, position + 1
            if mark == ",":
                position = self._skip(position + 1)
                continue
            if mark != '"':
                raise _Broken(position)
            key, position = self._string(position)
            position = self._skip(position)
            if key is _END or position >= len(self.text):
                break
            if self.text[position] != ":":
                raise _Broken(position)
            value, position = self.value(position + 1, depth)
            if value is _END:
                break
            members[key] = value
            if isinstance(value, CutObject | CutList):
                break
            position = self._skip(position)
        return CutObject(members), len(self.text)

    def _list(self, position: int, depth: int) -> tuple[list[Any], int]:
        if depth > MAX_DEPTH:
            raise _Broken(position)
        items: list[Any] = []
        position = self._skip(position + 1)
        while position < len(self.text):
            mark = self.text[position]
            if mark == "]":
                return items, position + 1
            if mark == ",":
                position = self._skip(position + 1)
                continue
            value, position = self.value(position, depth)
            if value is _END:
                break
            items.append(value)
            if isinstance(value, CutObject | CutList):
                break
            position = self._skip(position)
        return CutList(items), len(self.text)

    def _string(self, position: int) -> tuple[Any, int]:
        """A string; a quotation mark that neither comma nor bracket follows belongs to it."""
        pieces: list[str] = []
        position += 1
        while position < len(self.text):
            if match := _STRING_RUN.match(self.text, position):
                pieces.append(match[0])
                position = match.end()
            elif match := _ESCAPE.match(self.text, position):
                pieces.append(json.loads(f'"{match[0]}"'))
                position = match.end()
            elif self.text[position] == "\\":
                pieces.append("\\")
                position += 1
            elif _AFTER_STRING.match(self.text, position + 1):
                return "".join(pieces), position + 1
            else:
                pieces.append('"')
                position += 1
        return _END, position


def _scalar(word: str, position: int) -> Any:
    if word.lower() in _CONSTANTS:
        return _CONSTANTS[word.lower()]
    try:
        return float(word) if re.search(r"[.eE]", word) else int(word)
    except ValueError:
        raise _Broken(position) from None
