"""One document read by hand, for `daily-papers read SOURCE`: an arXiv id, an address, or a file."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path

from papers.errors import UsageError
from papers.http import FetchFailed
from papers.models import ReadingSource
from tasks.read.document import Document
from tasks.read.reading import EXTRACTORS, Fetch, judged

ARXIV_ID = re.compile(r"(?:arxiv:)?((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)", re.I)


@dataclass(frozen=True)
class SourceReading:
    """What came of a source: its document, or why it was refused."""

    source: str
    document: Document | None
    reason: str | None

    @property
    def accepted(self) -> bool:
        """Whether there is a document."""
        return self.document is not None

    def as_json(self) -> str:
        """`{"source", "accepted", "reason", "title", "affiliations", "links", "blocks"}`, indented."""
        document = self.document
        return json.dumps(
            {
                "source": self.source,
                "accepted": self.accepted,
                "reason": self.reason,
                "title": document.title if document else None,
                "affiliations": [a.model_dump() for a in document.affiliations] if document else [],
                "links": [link.model_dump() for link in document.links] if document else [],
                "blocks": [block.model_dump() for block in document.blocks] if document else [],
            },
            ensure_ascii=False,
            indent=1,
        )

    def as_markdown(self) -> str:
        """The document as Markdown, each block's id before it; of a refused one the reason."""
        if self.document is None:
            return f"refused: {self.reason}\n"
        document = self.document
        parts = [f"# {document.title or self.source}"]
        parts += [f"- {a.name}" + (f" ({', '.join(a.authors)})" if a.authors else "") for a in document.affiliations]
        parts += [f"- {link.kind}: <{link.url}>" for link in document.links]
        for block in document.blocks:
            if block.kind == "heading":
                parts.append(f"{'#' * min(6, 2 + block.section.count(' > '))} {block.text}")
            elif block.kind == "listing":
                parts.append(f"`[{block.id}]`\n```\n{block.text}\n```")
            else:
                parts.append(f"`[{block.id}]` {block.text}")
        return "\n\n".join(parts) + "\n"


async def read_source(source: str, *, title: str | None, abstract: str | None, fetch: Fetch) -> SourceReading:
    """Read one source and judge it against `title` and `abstract`; without them it is taken at its word.

    `source` is an arXiv id (its HTML, else its PDF, else its abs page), an http(s) address, or the path of an .html
    or .pdf file. Raises UsageError when it is none of these.
    """
    if source.startswith(("http://", "https://")):
        return await _from_paths(source, [(source, None)], title, abstract, fetch)
    path = Path(source)
    if path.suffix.lower() in (".html", ".htm", ".pdf"):
        return await _from_file(source, path, title, abstract)
    found = ARXIV_ID.fullmatch(source.strip())
    if found is None:
        raise UsageError(f"'{source}' is no arXiv id, no http(s) address, and no .html or .pdf file")
    tries: list[tuple[str, ReadingSource | None]] = [(f"{kind}/{found.group(1)}", kind) for kind in EXTRACTORS]
    return await _from_paths(source, tries, title, abstract, fetch)


async def _from_file(source: str, path: Path, title: str | None, abstract: str | None) -> SourceReading:
    try:
        body = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from error
    document, reason = await judged(kind_of_body(body), body, title, abstract)
    return SourceReading(source, document, reason)


async def _from_paths(
    source: str, tries: list[tuple[str, ReadingSource | None]], title: str | None, abstract: str | None, fetch: Fetch
) -> SourceReading:
    reasons: list[str] = []
    for path, kind in tries:
        try:
            answer = await fetch(path)
        except FetchFailed as error:
            reasons.append(str(error))
            continue
        if answer.status != 200:
            reasons.append(f"{path}: HTTP {answer.status}")
            continue
        document, reason = await judged(kind or kind_of_body(answer.body), answer.body, title, abstract)
        if document is not None:
            return SourceReading(source, document, None)
        reasons.append(f"{path}: {reason}" if kind else reason or "refused")
    return SourceReading(source, None, "; ".join(reasons))


def kind_of_body(body: bytes) -> ReadingSource:
    """By which extractor a body of unknown kind is to be read: its first bytes and its markup say, not its name."""
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if b"ltx_" not in body and (b"citation_title" in body or b'id="abs"' in body):
        return "abs"
    return "html"
