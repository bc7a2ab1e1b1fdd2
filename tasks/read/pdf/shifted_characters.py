"""Raised and lowered characters of a page's text: marks, powers and indices that the text layer glues to numbers.

The layer gives 94.2 with a raised 2 as "94.22". A character's baseline tells them apart; it is asked for only where a
digit stands beside another character, since each question takes as long as reading a few characters.
"""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from tasks.read.raised_text import lowered_text, raised_text

_FROM_DIGIT = re.compile(r"[0-9]\S*+")  # the rest of a word from its first digit
_BESIDE_DIGIT = re.compile(r"\d|(?<=\d).|.(?=\d)")
_MIN_STEP = 0.2  # points between the baselines of two characters
_MIN_SHIFT = 0.08  # of the font size: less is how the page places its characters
_MAX_SHIFT = 1.0  # more is another line
_SAME_SIZE = 0.97  # a size of at least this share of the largest counts as the largest
_CONTEXT = 40  # characters before a run that say what it is
_MAX_WORD = 80  # characters before the first digit of a word
_FRACTION = re.compile(r"\d{1,3}[/⁄]\d{1,3}$")


@dataclass(frozen=True)
class _Run:
    """Characters in a row on one baseline; `level` is its height on the page, across the line of writing."""

    text: str
    level: float
    size: float


def write_shifted(layer: pdfium.PdfTextPage, text: str) -> str:
    """`text`, which is all text of the layer, with its raised and lowered characters written apart from numbers."""
    characters = _Characters(layer, text)
    parts: list[str] = []
    position = 0
    words = text.replace("\n", " ").replace("\ufffe", " ")  # the latter is a hyphen at a line end
    for match in _FROM_DIGIT.finditer(words):
        first, end = match.span()
        start = max(words.rfind(" ", 0, first) + 1, first - _MAX_WORD)
        if end - start < 2 or not characters.has_shift(start, end):
            continue
        runs = characters.runs(start, end)
        if len(runs) == 1:
            continue
        # Sizes decide which run is the base; only among runs of one size is the line around them asked for.
        sizes = sorted(run.size for run in runs)
        levels_beside = characters.levels_beside(start, end) if sizes[-2] >= _SAME_SIZE * sizes[-1] else set()
        written = _write(text[max(position, start - _CONTEXT) : start], runs, levels_beside)
        parts += (text[position:start], written)
        position = end
    return "".join([*parts, text[position:]]) if parts else text


def _write(before: str, runs: list[_Run], levels_beside: set[float]) -> str:
    """The token with its shifted runs written apart; `levels_beside`: the baselines of the line around it.

    Its base is the run of the largest size; of several, the one on the baseline of the line, else the first.
    """
    plain = "".join(run.text for run in runs)
    largest = max(run.size for run in runs)
    base_runs = [run for run in runs if run.size >= _SAME_SIZE * largest]
    base = base_runs[0]
    if len(levels_beside) == 1:
        (level,) = levels_beside
        base = min(base_runs, key=lambda run: abs(run.level - level))
    if len(runs) == 3 and _FRACTION.match(plain):
        return plain
    written = ""
    for index, run in enumerate(runs):
        shift = run.level - base.level
        after = runs[index + 1].text if index + 1 < len(runs) and _is_level(runs[index + 1], base) else ""
        if abs(shift) < _MIN_SHIFT * base.size:
            written += run.text
        elif abs(shift) > _MAX_SHIFT * base.size:
            is_glued = written[-1:].isdigit() and run.text[:1].isdigit()
            written += f" {run.text}" if is_glued else run.text
        elif shift < 0 and index and runs[index - 1].level < base.level - _MIN_SHIFT * base.size:
            written += run.text  # an index of an index
        else:
            write = raised_text if shift > 0 else lowered_text
            written += write(_context(before, written), run.text, after)
    return written


def _context(before: str, written: str) -> str:
    """The text before a run: nothing before the first of a word, since a blank separates it from what precedes."""
    return f"{before}{written}"[-_CONTEXT:] if 0 < len(written) < _CONTEXT else written[-_CONTEXT:]


def _is_level(run: _Run, base: _Run) -> bool:
    return abs(run.level - base.level) < _MIN_SHIFT * base.size


class _Characters:
    """Where the characters of a layer's text are on the page."""

    def __init__(self, layer: pdfium.PdfTextPage, text: str) -> None:
        self._layer, self._text = layer.raw, text
        self._x, self._y, self._matrix = ctypes.c_double(), ctypes.c_double(), pdfium_c.FS_MATRIX()
        self._pointers = ctypes.byref(self._x), ctypes.byref(self._y)
        # The layer may have characters that are not in its text; text above U+FFFF takes two places.
        self._is_wide = len(text.encode("utf-16-le", "surrogatepass")) != 2 * len(text)
        self._is_aligned = not self._is_wide and pdfium_c.FPDFText_CountChars(self._layer) == len(text)

    @cached_property
    def _places(self) -> list[int]:
        """The place of each character of the text in UTF-16, in which the layer counts."""
        return [0, *accumulate(1 + (character > "\uffff") for character in self._text)]

    def _index(self, position: int) -> int:
        """The layer's index of the character at a position of the text."""
        if self._is_aligned:
            return position
        if self._is_wide:
            position = self._places[position]
        return int(pdfium_c.FPDFText_GetCharIndexFromTextIndex(self._layer, position))

    def has_shift(self, start: int, end: int) -> bool:
        """Whether the characters beside digits in this part of the text are on different baselines.

        Without those that make no difference: an index after a letter.
        """
        offset = self._index(start) - start
        # A change of baseline begins a new text object, and the layer has a rectangle for each.
        if pdfium_c.FPDFText_CountRects(self._layer, start + offset, end - start) < 2:
            return False
        get_origin, layer, text, (x, y) = pdfium_c.FPDFText_GetCharOrigin, self._layer, self._text, self._pointers
        first = last = 0.0
        last_position = -1
        for match in _BESIDE_DIGIT.finditer(text, start, end):
            position = match.start()
            if not get_origin(layer, position + offset, x, y):
                return False
            level = self._y.value
            if last_position < 0:
                first = level
            elif abs(level - last) > _MIN_STEP:
                follows_digit = last_position == position - 1 and text[last_position].isdigit()
                if level > first + _MIN_STEP or (follows_digit and (level < last or text[position].isdigit())):
                    return True
            last, last_position = level, position
        return False

    def runs(self, start: int, end: int) -> list[_Run]:
        """The runs of characters on one baseline in this part of the text."""
        angle = self._angle(start)
        levels = [self._level(position, angle) for position in range(start, end)]
        starts = [n for n, level in enumerate(levels) if not n or abs(level - levels[n - 1]) > _MIN_STEP]
        return [
            _Run(self._text[start + a : start + b], levels[a], self._size(start + a))
            for a, b in pairwise((*starts, len(levels)))
        ]

    def levels_beside(self, start: int, end: int) -> set[float]:
        """The baselines of the characters before and after this part of the text, if they are on its line."""
        levels = set()
        for position, blank in ((start - 2, start - 1), (end + 1, end)):
            if 0 <= position < len(self._text) and self._text[blank] == " " and not self._text[position].isspace():
                levels.add(round(self._level(position, self._angle(position)), 1))
        return levels

    def _level(self, position: int, angle: float) -> float:
        """The height of a character's origin on the page, across a line of writing of this angle."""
        pdfium_c.FPDFText_GetCharOrigin(self._layer, self._index(position), *self._pointers)
        return self._y.value if not angle else self._y.value * math.cos(angle) - self._x.value * math.sin(angle)

    def _angle(self, position: int) -> float:
        """The angle of the line of writing."""
        pdfium_c.FPDFText_GetMatrix(self._layer, self._index(position), self._matrix)
        return math.atan2(self._matrix.b, self._matrix.a) if self._matrix.b or self._matrix.a < 0 else 0.0

    def _size(self, position: int) -> float:
        """The font size on the page."""
        index = self._index(position)
        pdfium_c.FPDFText_GetMatrix(self._layer, index, self._matrix)
        return float(pdfium_c.FPDFText_GetFontSize(self._layer, index)) * math.hypot(self._matrix.c, self._matrix.d)
