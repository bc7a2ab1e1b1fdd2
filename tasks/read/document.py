"""What an extractor returns for one response, whatever its format, and the only error that it may raise.

`Document` also computes the figures that `tasks.read.acceptance` needs to accept or refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from papers.errors import ReasonedError
from papers.models import Affiliation, Block, Link, Model, ReadingSource, Reason

ABSTRACT = "Abstract"  # the section that an abstract's blocks are in
SAFE_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.:-]{0,79}")


class Unreadable(ReasonedError):
    """The body is not a document of the requested format."""


class Document(Model):
    """The text of a response as blocks with ids, and its metadata."""

    source: ReadingSource
    title: str = ""  # "" if the document does not mark one
    abstract: str = ""  # "" if the document does not mark one
    version: str | None = None  # "v2"
    blocks: Sequence[Block] = ()
    affiliations: Sequence[Affiliation] = ()
    links: Sequence[Link] = ()
    withdrawn: bool = False
    withdrawn_reason: Reason | None = None
    errors: int = 0  # conversion errors outside the bibliography
    truncated: bool = False  # the body ends before the document does

    def opening(self, characters: int = 8_000) -> str:
        """The beginning of the text in whole blocks: at least `characters` long, or all of it if it is shorter."""
        parts, length = [self.title], 0
        for block in self.blocks:
            parts.append(block.text)
            length += len(block.text)
            if length >= characters:
                break
        return "\n".join(parts)

    def body_characters(self) -> int:
        """The number of characters, without the abstract and the headings."""
        return sum(len(b.text) for b in self.blocks if b.kind != "heading" and b.section != ABSTRACT)

    def sections(self) -> list[str]:
        """The top-level sections that contain text, in order, without the abstract."""
        sections = dict.fromkeys(b.section for b in self.blocks if b.kind != "heading")
        tops = (section.split(" > ", 1)[0] for section in sections)
        return [top for top in dict.fromkeys(tops) if top and top != ABSTRACT]


class BlockIds:
    """Gives every block of a document a unique id: the page's own id if it is usable, else a generated one."""

    def __init__(self) -> None:
        self._used: set[str] = set()
        self._counts: dict[str, int] = {}

    def claim(self, preferred: str) -> str:
        """`preferred` if it is free, else `preferred.2`, `preferred.3`, ..."""
        if preferred not in self._used:
            self._used.add(preferred)
            return preferred
        return self.generate(f"{preferred}.", start=2)

    def generate(self, prefix: str, start: int = 1) -> str:
        """The next free id of `prefix1`, `prefix2`, ..."""
        count = self._counts.get(prefix, start - 1) + 1
        while f"{prefix}{count}" in self._used:
            count += 1
        self._counts[prefix] = count
        self._used.add(f"{prefix}{count}")
        return f"{prefix}{count}"


def blocks_of_abstract(paragraphs: Iterable[str], ids: BlockIds | None = None) -> list[Block]:
    """The blocks `abstract.p1`, `abstract.p2`, ... for the paragraphs of an abstract, without empty ones."""
    ids = ids or BlockIds()
    return [
        Block(id=ids.generate("abstract.p"), kind="paragraph", section=ABSTRACT, text=text)
        for paragraph in paragraphs
        if (text := " ".join(paragraph.split()))
    ]
