"""The lines of a PDF's text as blocks: headings, paragraphs, captions, lists, works cited."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

from papers.models import Block, BlockKind
from tasks.read.document import ABSTRACT, Ids

RUN_IN = re.compile(r"^(?:Abstract|ABSTRACT)\s*[—–:.-]\s*(?=\S)")


# Sections that carry a number in a paper that numbers its sections; there such a line alone is a label of a drawing.
NUMBERED_ELSEWHERE = frozenset({
    "introduction", "related", "background", "method", "methods", "methodology", "experiment", "experiments",
    "results", "discussion",
})  # fmt: skip


NUMBERED = re.compile(
    r"^(?:(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})|(?P<roman>[IVX]{1,5})(?=\.))(?P<dot>\.?)\s+(?P<title>\S.*)$"
)


LETTERED = re.compile(
    r"^(?:Appendix\s+|APPENDIX\s+)?(?P<number>[A-Z](?:\.\d{1,2}){0,3})(?P<stop>[.:]?)\s+(?P<title>[A-Z\d].*)$"
)


NAMED = re.compile(
    r"^(?:abstract|introduction|related works?|background|methods?|methodology|experiments?|results|discussion|"
    r"conclusions?|limitations?|acknowledge?ments?|ethics statement|broader impacts?|impact statement|"
    r"reproducibility statement|data availability|author contributions?|appendix|appendices|"
    r"supplementary (?:materials?|information)|references|bibliography)\s*[:.]?$",
    re.I,
)


CITED = re.compile(r"^(?:references|bibliography|literature cited|works cited)\s*[:.]?$", re.I)


APPENDED = re.compile(
    r"^(?:appendix|appendices|supplementary (?:materials?|information)|technical appendices.*)\b.{0,60}$", re.I
)


CAPTION = re.compile(r"^(?:Figure|Fig\.|Table|Algorithm|Listing)\s+[A-Z]?\.?\d{1,3}(?:\.\d+)?\s*[:.|]\s*\S")


REFERENCE_LIKE = re.compile(
    r"\b(?:19|20)\d\d[a-z]?\.$|\barXiv[: ]|\bIn Proc|\bpp?\.\s?\d|\bdoi\b|https?://|^\[\d+\]|\bpages \d"
)


ITEM = re.compile(r"^(?:[•◦▪‣–-]|\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)])\s+\S")


ENDS = re.compile(r"[.!?:;][\"”’')\]]*$")


MAX_HEADING = 110  # characters


MAX_NAMED = 80


MAX_PARAGRAPH = 3_000  # characters after which the next sentence begins a new block


class _Reader:
    """Reads line after line; holds the block that is being put together and the headings it stands under."""

    def __init__(self, width: int) -> None:
        self.blocks: list[Block] = []
        self._width = width
        self._path: tuple[str, ...] = ()
        self._number: tuple[int, ...] = ()  # of the last numbered heading
        self._letter: tuple[int, ...] = ()  # of the last appendix heading; A is 1
        self._dotted: bool | None = None  # whether a stop follows the headings' numbers, once that is known
        self._citing = False  # inside the works cited
        self._cited = False  # past their beginning
        self._page = 0
        self._ids = Ids()
        self._begun = 0  # the page that the lines in hand begin on
        self._kind: BlockKind = "paragraph"
        self._lines: list[str] = []
        self._length = 0  # characters of the lines

    def read_page(self, number: int, lines: list[str]) -> None:
        """Read a page; a paragraph that the page before leaves open goes on where this one begins in small letters."""
        goes_on = bool(self._lines) and self._kind == "paragraph" and bool(lines) and lines[0][:1].islower()
        if not goes_on:
            self.flush()
        self._page = number
        for place, line in enumerate(lines):
            if self._is_heading(lines, place):
                continue
            if not self._citing:
                self._take(line, lines[place + 1] if place + 1 < len(lines) else "")

    def flush(self) -> None:
        """End the block that is being put together."""
        if not self._lines:
            return
        glue = "\n" if self._kind == "listing" else " "
        text = glue.join(self._lines)
        self._lines, self._length = [], 0
        if any(map(str.isalnum, text)):
            self._emit(self._kind, text, self._begun)

    def _emit(self, kind: BlockKind, text: str, page: int) -> None:
        block_id = self._ids.number(f"p{page}.b")
        self.blocks.append(Block(id=block_id, kind=kind, section=" > ".join(self._path), text=text))

    def _take(self, line: str, following: str) -> None:
        starts = _starts(line)
        if starts or (self._kind == "listing" and self._lines and len(line) >= 0.7 * self._width):
            self.flush()
        if not self._lines:
            self._begun = self._page
            narrow = 0.55 * self._width
            # A drawing's labels, a table's narrow rows, a formula's parts: kept as lines.
            apart = len(line) < narrow and 0 < len(following) < narrow and not ENDS.search(line)
            self._kind = starts or ("listing" if apart else "paragraph")
        self._lines.append(line)
        self._length += len(line)
        if self._length > 2 * MAX_PARAGRAPH:
            self.flush()
        elif self._kind != "listing" and line[-1] != ":":
            last = len(line) < 0.85 * self._width or self._length > MAX_PARAGRAPH
            if last and ENDS.search(line):
                self.flush()

    # --- headings ------------------------------------------------------------------------------------------------

    def _is_heading(self, lines: list[str], place: int) -> bool:
        """Whether the line is a heading; if so, it becomes a block and what follows stands under it."""
        line = lines[place]
        first = line[0]
        if first.isdigit():
            return len(line) <= MAX_HEADING and self._numbered(line)
        if not first.isupper():
            return False
        if len(line) <= MAX_HEADING and (
            (len(line) <= MAX_NAMED and self._named(line, lines, place))
            or (first in "IVX" and self._numbered(line))
            or self._lettered(lines, place)
        ):
            return True
        return first == "A" and self._abstract_runs_in(lines, place)

    def _enter(self, path: tuple[str, ...], line: str) -> bool:
        self.flush()
        self._path, self._citing = path, False
        self._emit("heading", line, self._page)
        return True

    def _named(self, line: str, lines: list[str], place: int) -> bool:
        if CITED.match(line):
            self.flush()
            self._citing = self._cited = True
            return True
        if self._cited and APPENDED.match(line) and not _looks_cited(lines, place):
            return self._enter((_as_appendix(line),), line)
        known = NAMED.match(line)
        if self._citing or not known:
            return False
        if self._number and known.group().lower().split()[0] in NUMBERED_ELSEWHERE:
            return False
        return self._enter((ABSTRACT,) if line.lower().startswith("abstract") else (line,), line)

    def _numbered(self, line: str) -> bool:
        found = NUMBERED.match(line)
        if self._citing or found is None or not _is_title(found["title"]):
            return False
        dotted = found["dot"] == "."
        if self._dotted not in (None, dotted):
            return False
        if found["roman"]:
            number: tuple[int, ...] = (_roman(found["roman"]),)
            if not found["title"][:12].isupper():
                return False
        else:
            number = tuple(int(part) for part in found["number"].split("."))
        if not _follows(self._number, number):
            return False
        self._number, self._dotted = number, dotted
        return self._enter((*self._path_above(len(number)), line), line)

    def _lettered(self, lines: list[str], place: int) -> bool:
        found = LETTERED.match(lines[place])
        if found is None or not _is_title(found["title"]):
            return False
        if not (self._cited or self._letter or lines[place].lower().startswith("appendix")):
            return False
        letter, *parts = found["number"].split(".")
        number = (ord(letter) - 64, *map(int, parts))
        if not _follows(self._letter, number) or (self._citing and _looks_cited(lines, place)):
            return False
        self._letter = number
        line = lines[place]
        above = self._path_above(len(number)) if len(number) > 1 else ()
        return self._enter((*above, line if above else _as_appendix(line)), line)

    def _path_above(self, depth: int) -> tuple[str, ...]:
        return self._path[: depth - 1] if self._path[:1] != (ABSTRACT,) else ()

    def _abstract_runs_in(self, lines: list[str], place: int) -> bool:
        """An abstract whose heading stands on its first line: "Abstract—We show ..."."""
        found = RUN_IN.match(lines[place]) if self._page <= 2 and not self._path else None
        if found is None:
            return False
        self._enter((ABSTRACT,), "Abstract")
        self._take(lines[place][found.end() :], lines[place + 1] if place + 1 < len(lines) else "")
        return True


def _starts(line: str) -> Literal["caption", "list_item"] | None:
    """What the line begins, as its first words tell; None: nothing of its own."""
    if line[0] in "FTAL":
        return "caption" if CAPTION.match(line) else None
    return "list_item" if ITEM.match(line) else None


def _is_title(text: str) -> bool:
    """Whether what follows a heading's number can be a heading: words, not a sentence's end, not a table's figures."""
    letters = sum(map(str.isalpha, text))
    return (
        text[:1].isupper()
        and bool(re.search(r"[^\W\d_]{3}", text))
        and text[-1] not in ".,;="
        and not re.search(r"\s\d{1,3}$", text)  # a line of the contents, with its page
        and letters >= 0.6 * len(text)
        and sum(map(str.isdigit, text)) <= 0.15 * len(text)
    )


def _follows(last: tuple[int, ...], new: tuple[int, ...]) -> bool:
    """Whether a heading numbered `new` may come after `last`: the next of its level, or the first of the level below.

    One missed heading is allowed for, since a heading over two lines may have escaped.
    """
    if not last:
        return new == (1,)
    if len(new) > len(last):
        return new[: len(last)] == last and len(new) == len(last) + 1 and new[-1] in (1, 2)
    level = len(new) - 1
    return new[:level] == last[:level] and last[level] < new[level] <= last[level] + 2


def _looks_cited(lines: list[str], place: int) -> bool:
    """Whether the line stands among works cited, as those after it tell."""
    before, after = lines[place - 1] if place else "", lines[place + 1 : place + 9]
    if before and before[-1] not in ".]" and not before[-1].isdigit():
        return True
    hits = sum(bool(REFERENCE_LIKE.search(line)) for line in after)
    return hits > 0 and 4 * hits >= len(after)


def _as_appendix(line: str) -> str:
    return line if "appendi" in line.lower() else f"Appendix {line}"


def _roman(numeral: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[character] for character in numeral]
    return sum(-value if value < after else value for value, after in pairwise((*values, 0)))
