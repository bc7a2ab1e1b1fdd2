"""What an extractor makes of one response, whatever its format, and the one error that it may raise.

The figures by which `tasks.read.acceptance` judges a document stand here too; the judgement does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from papers.models import Affiliation, Block, Link, Model, ReadingSource

ABSTRACT = "Abstract"  # the section that an abstract's blocks are in
SAFE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,79}")


class Unreadable(Exception):
    """A body that is no document of the format asked for; `reason` says why, in a few words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Document(Model):
    """A response's text in addressed blocks, with what it says of itself."""

    source: ReadingSource
    title: str = ""  # "" where the document marks none
    abstract: str = ""  # "" where the document marks none
    version: str | None = None  # "v2"
    blocks: Sequence[Block] = ()
    affiliations: Sequence[Affiliation] = ()
    links: Sequence[Link] = ()
    withdrawn: bool = False
    withdrawn_reason: str | None = None
    errors: int = 0  # conversion errors outside the bibliography
    truncated: bool = False  # the body ends before the document does

    def opening(self, characters: int = 8_000) -> str:
        """The text's beginning, at least `characters` long where there is as much, in whole blocks."""
        parts, length = [self.title], 0
        for block in self.blocks:
            parts.append(block.text)
            length += len(block.text)
            if length >= characters:
                break
        return "\n".join(parts)

    def body_characters(self) -> int:
        """Characters of the text besides abstract and headings."""
        return sum(len(b.text) for b in self.blocks if b.kind != "heading" and b.section != ABSTRACT)

    def sections(self) -> list[str]:
        """The top-level sections that hold text, in order; that of the abstract is none of them."""
        tops = (b.section.split(" > ")[0] for b in self.blocks if b.kind != "heading")
        return [top for top in dict.fromkeys(tops) if top and top != ABSTRACT]


class Ids:
    """Gives every block of a document an id of its own: the page's where it has a usable one, else a made one."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._counts: dict[str, int] = {}

    def claim(self, wanted: str) -> str:
        """`wanted` if it is free, else `wanted.2`, `wanted.3`, ..."""
        if wanted not in self._taken:
            self._taken.add(wanted)
            return wanted
        return self.number(f"{wanted}.", start=2)

    def number(self, prefix: str, start: int = 1) -> str:
        """The next free of `prefix1`, `prefix2`, ..."""
        count = self._counts.get(prefix, start - 1) + 1
        while f"{prefix}{count}" in self._taken:
            count += 1
        self._counts[prefix] = count
        self._taken.add(f"{prefix}{count}")
        return f"{prefix}{count}"


def blocks_of_abstract(paragraphs: Iterable[str], ids: Ids | None = None) -> list[Block]:
    """The blocks `abstract.p1`, `abstract.p2`, ... of an abstract's paragraphs, empty ones left out."""
    ids = ids or Ids()
    return [
        Block(id=ids.number("abstract.p"), kind="paragraph", section=ABSTRACT, text=text)
        for paragraph in paragraphs
        if (text := " ".join(paragraph.split()))
    ]
