"""Turns the lines of a PDF's text into blocks: headings, paragraphs, captions, list items; skips the bibliography.

A line's length, its end and its first words are all the information there is, besides the heading numbers, which
must follow each other.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Literal

from papers.models import Block, BlockKind
from tasks.read.document import ABSTRACT, BlockIds

RUN_IN_ABSTRACT = re.compile(r"^(?:Abstract|ABSTRACT)\s*[—–:.-]\s*(?=\S)")
# Sections that have a number if the paper numbers its sections; such a line without one is a label of a drawing.
USUALLY_NUMBERED = frozenset({
    "introduction", "related", "background", "method", "methods", "methodology", "experiment", "experiments",
    "results", "discussion",
})  # fmt: skip
NUMBERED_HEADING = re.compile(
    r"^(?:(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})|(?P<roman>[IVX]{1,5})(?=\.))(?P<dot>\.?)\s+(?P<title>\S.*)$"
)
LETTERED_HEADING = re.compile(
    r"^(?:Appendix\s+|APPENDIX\s+)?(?P<number>[A-Z](?:\.\d{1,2}){0,3})(?P<stop>[.:]?)\s+(?P<title>[A-Z\d].*)$"
)
NAMED_HEADING = re.compile(
    r"^(?:abstract|introduction|related works?|background|methods?|methodology|experiments?|results|discussion|"
    r"conclusions?|limitations?|acknowledge?ments?|ethics statement|broader impacts?|impact statement|"
    r"reproducibility statement|data availability|author contributions?|appendix|appendices|"
    r"supplementary (?:materials?|information)|references|bibliography)\s*[:.]?$",
    re.I,
)
REFERENCES_HEADING = re.compile(r"^(?:references|bibliography|literature cited|works cited)\s*[:.]?$", re.I)
APPENDIX_HEADING = re.compile(
    r"^(?:appendix|appendices|supplementary (?:materials?|information)|technical appendices.*)\b.{0,60}$", re.I
)
CAPTION = re.compile(r"^(?:Figure|Fig\.|Table|Algorithm|Listing)\s+[A-Z]?\.?\d{1,3}(?:\.\d+)?\s*[:.|]\s*\S")
REFERENCE = re.compile(
    r"\b(?:19|20)\d\d[a-z]?\.$|\barXiv[: ]|\bIn Proc|\bpp?\.\s?\d|\bdoi\b|https?://|^\[\d+\]|\bpages \d"
)
LIST_ITEM = re.compile(r"^(?:[•◦▪‣–-]|\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])[.)])\s+\S")
SENTENCE_END = re.compile(r"[.!?:;][\"”’')\]]*$")

MAX_HEADING = 110  # characters
MAX_NAMED_HEADING = 80
MAX_PARAGRAPH = 3_000  # characters after which the next sentence starts a new block


class BlockReader:
    """Reads line by line; holds the block that is being assembled and the path of its headings."""

    def __init__(self, width: int) -> None:
        self.blocks: list[Block] = []
        self._width = width
        self._path: tuple[str, ...] = ()
        self._number: tuple[int, ...] = ()  # of the last numbered heading
        self._letter: tuple[int, ...] = ()  # of the last appendix heading; A is 1
        self._has_dots: bool | None = None  # whether a dot follows the heading numbers; None: not known yet
        self._in_references = False  # inside the bibliography
        self._past_references_heading = False  # the bibliography has begun
        self._page = 0
        self._ids = BlockIds()
        self._first_page = 0  # the page on which the current lines begin
        self._kind: BlockKind = "paragraph"
        self._lines: list[str] = []
        self._length = 0  # characters of the current lines

    def read_page(self, number: int, lines: list[str]) -> None:
        """Read a page; an unfinished paragraph of the last page continues if this page begins with a small letter."""
        continues = bool(self._lines) and self._kind == "paragraph" and bool(lines) and lines[0][:1].islower()
        if not continues:
            self.flush()
        self._page = number
        for index, line in enumerate(lines):
            if self._try_heading(lines, index):
                continue
            if not self._in_references:
                self._add_line(line, lines[index + 1] if index + 1 < len(lines) else "")

    def flush(self) -> None:
        """Finish the current block."""
        if not self._lines:
            return
        separator = "\n" if self._kind == "listing" else " "
        text = separator.join(self._lines)
        self._lines, self._length = [], 0
        if any(map(str.isalnum, text)):
            self._emit(self._kind, text, self._first_page)

    def _emit(self, kind: BlockKind, text: str, page: int) -> None:
        block_id = self._ids.generate(f"p{page}.b")
        self.blocks.append(Block(id=block_id, kind=kind, section=" > ".join(self._path), text=text))

    def _add_line(self, line: str, next_line: str) -> None:
        opening_kind = _opening_kind(line)
        if opening_kind or (self._kind == "listing" and self._lines and len(line) >= 0.7 * self._width):
            self.flush()
        if not self._lines:
            self._first_page = self._page
            max_fragment = 0.55 * self._width
            # Labels of a drawing, narrow rows of a table, parts of a formula: they remain separate lines.
            is_fragment = (
                len(line) < max_fragment and 0 < len(next_line) < max_fragment and not SENTENCE_END.search(line)
            )
            self._kind = opening_kind or ("listing" if is_fragment else "paragraph")
        self._lines.append(line)
        self._length += len(line)
        if self._length > 2 * MAX_PARAGRAPH:
            self.flush()
        elif self._kind != "listing" and line[-1] != ":":
            may_end = len(line) < 0.85 * self._width or self._length > MAX_PARAGRAPH
            if may_end and SENTENCE_END.search(line):
                self.flush()

    # --- headings ------------------------------------------------------------------------------------------------

    def _try_heading(self, lines: list[str], index: int) -> bool:
        """Whether the line is a heading; if so, it becomes a block, and the following blocks belong to it."""
        line = lines[index]
        first = line[0]
        if first.isdigit():
            return len(line) <= MAX_HEADING and self._try_numbered(line)
        if not first.isupper():
            return False
        if len(line) <= MAX_HEADING and (
            (len(line) <= MAX_NAMED_HEADING and self._try_named(line, lines, index))
            or (first in "IVX" and self._try_numbered(line))
            or self._try_lettered(lines, index)
        ):
            return True
        return first == "A" and self._try_run_in_abstract(lines, index)

    def _enter(self, path: tuple[str, ...], line: str) -> bool:
        self.flush()
        self._path, self._in_references = path, False
        self._emit("heading", line, self._page)
        return True

    def _try_named(self, line: str, lines: list[str], index: int) -> bool:
        if REFERENCES_HEADING.match(line):
            self.flush()
            self._in_references = self._past_references_heading = True
            return True
        if self._past_references_heading and APPENDIX_HEADING.match(line) and not _looks_like_reference(lines, index):
            return self._enter((_appendix_title(line),), line)
        match = NAMED_HEADING.match(line)
        if self._in_references or not match:
            return False
        if self._number and match.group().lower().split()[0] in USUALLY_NUMBERED:
            return False
        return self._enter((ABSTRACT,) if line.lower().startswith("abstract") else (line,), line)

    def _try_numbered(self, line: str) -> bool:
        match = NUMBERED_HEADING.match(line)
        if self._in_references or match is None or not _is_title(match["title"]):
            return False
        has_dots = match["dot"] == "."
        if self._has_dots not in (None, has_dots):
            return False
        if match["roman"]:
            number: tuple[int, ...] = (_roman_value(match["roman"]),)
            if not match["title"][:12].isupper():
                return False
        else:
            number = tuple(int(part) for part in match["number"].split("."))
        if not _may_follow(self._number, number):
            return False
        self._number, self._has_dots = number, has_dots
        return self._enter((*self._parent_path(len(number)), line), line)

    def _try_lettered(self, lines: list[str], index: int) -> bool:
        match = LETTERED_HEADING.match(lines[index])
        if match is None or not _is_title(match["title"]):
            return False
        if not (self._past_references_heading or self._letter or lines[index].lower().startswith("appendix")):
            return False
        letter, *parts = match["number"].split(".")
        number = (ord(letter) - 64, *map(int, parts))
        if not _may_follow(self._letter, number) or (self._in_references and _looks_like_reference(lines, index)):
            return False
        self._letter = number
        line = lines[index]
        parent_path = self._parent_path(len(number)) if len(number) > 1 else ()
        return self._enter((*parent_path, line if parent_path else _appendix_title(line)), line)

    def _parent_path(self, depth: int) -> tuple[str, ...]:
        return self._path[: depth - 1] if self._path[:1] != (ABSTRACT,) else ()

    def _try_run_in_abstract(self, lines: list[str], index: int) -> bool:
        """Whether an abstract begins here, with its heading on the same line: "Abstract—We show ..."."""
        match = RUN_IN_ABSTRACT.match(lines[index]) if self._page <= 2 and not self._path else None
        if match is None:
            return False
        self._enter((ABSTRACT,), "Abstract")
        self._add_line(lines[index][match.end() :], lines[index + 1] if index + 1 < len(lines) else "")
        return True


def _opening_kind(line: str) -> Literal["caption", "list_item"] | None:
    """The kind of block that the line begins, by its first words; None: it begins no caption or list item."""
    if line[0] in "FTAL":
        return "caption" if CAPTION.match(line) else None
    return "list_item" if LIST_ITEM.match(line) else None


def _is_title(text: str) -> bool:
    """Whether the text after a number can be a heading: words, not the end of a sentence or figures of a table."""
    letters = sum(map(str.isalpha, text))
    return (
        text[:1].isupper()
        and bool(re.search(r"[^\W\d_]{3}", text))
        and text[-1] not in ".,;="
        and not re.search(r"\s\d{1,3}$", text)  # a line of the table of contents, with its page number
        and letters >= 0.6 * len(text)
        and sum(map(str.isdigit, text)) <= 0.15 * len(text)
    )


def _may_follow(last: tuple[int, ...], new: tuple[int, ...]) -> bool:
    """Whether a heading numbered `new` may come after `last`: the next of its level, or the first of the level below.

    One number may be skipped, since a heading that takes two lines may have been missed.
    """
    if not last:
        return new == (1,)
    if len(new) > len(last):
        return new[: len(last)] == last and len(new) == len(last) + 1 and new[-1] in (1, 2)
    level = len(new) - 1
    return new[:level] == last[:level] and last[level] < new[level] <= last[level] + 2


def _looks_like_reference(lines: list[str], index: int) -> bool:
    """Whether the line is inside the bibliography, judged by the lines around it."""
    before, after = lines[index - 1] if index else "", lines[index + 1 : index + 9]
    if before and before[-1] not in ".]" and not before[-1].isdigit():
        return True
    hits = sum(bool(REFERENCE.search(line)) for line in after)
    return hits > 0 and 4 * hits >= len(after)


def _appendix_title(line: str) -> str:
    return line if "appendi" in line.lower() else f"Appendix {line}"


def _roman_value(numeral: str) -> int:
    values = [{"I": 1, "V": 5, "X": 10}[character] for character in numeral]
    return sum(-value if value < after else value for value, after in pairwise((*values, 0)))
