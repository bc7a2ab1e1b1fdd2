"""Reads a single document for `daily-papers read SOURCE`: an arXiv id, an address, or a file."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from papers.arxiv_ids import parse_arxiv_id
from papers.errors import UsageError
from papers.http import FetchFailed
from papers.models import ReadingSource
from papers.reasons import reason_text
from tasks.read.best_source import Fetch
from tasks.read.document import Document
from tasks.read.extraction import EXTRACTORS, BodyReader


@dataclass(frozen=True)
class SourceReading:
    """The result for one source: its document, or the reason why it was refused, in English."""

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
        """The document as Markdown, with each block's id before it; for a refused document, the reason."""
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


async def read_source(
    source: str, *, title: str | None, abstract: str | None, fetch: Fetch, read_body: BodyReader
) -> SourceReading:
    """Read one source and check it against `title` and `abstract`; without them its identity is not checked.

    `source` is an arXiv id (its HTML, else its PDF, else its abs page), an http(s) address, or the path of an .html
    or .pdf file. Raises UsageError for anything else.
    """
    if source.startswith(("http://", "https://")):
        return await _read_paths(source, [(source, None)], title, abstract, fetch, read_body)
    path = Path(source)
    if path.suffix.lower() in (".html", ".htm", ".pdf"):
        return await _read_file(source, path, title, abstract, read_body)
    arxiv_id = parse_arxiv_id(source.strip())
    if arxiv_id is None:
        raise UsageError(f"'{source}' is no arXiv id, no http(s) address, and no .html or .pdf file")
    candidates: list[tuple[str, ReadingSource | None]] = [(f"{kind}/{''.join(arxiv_id)}", kind) for kind in EXTRACTORS]
    return await _read_paths(source, candidates, title, abstract, fetch, read_body)


async def _read_file(
    source: str, path: Path, title: str | None, abstract: str | None, read_body: BodyReader
) -> SourceReading:
    try:
        body = await asyncio.to_thread(path.read_bytes)
    except OSError as error:
        raise UsageError(f"{source} cannot be read: {error.strerror}") from error
    result = await read_body(kind_of_body(body), body, title, abstract)
    return SourceReading(source, result.document, reason_text(result.reason, "en") or None)


async def _read_paths(
    source: str,
    candidates: list[tuple[str, ReadingSource | None]],
    title: str | None,
    abstract: str | None,
    fetch: Fetch,
    read_body: BodyReader,
) -> SourceReading:
    reasons: list[str] = []
    for path, kind in candidates:
        try:
            response = await fetch(path)
        except FetchFailed as error:
            reasons.append(str(error))
            continue
        if response.status != 200:
            reasons.append(f"{path}: HTTP {response.status}")
            continue
        result = await read_body(kind or kind_of_body(response.body), response.body, title, abstract)
        if result.document is not None:
            return SourceReading(source, result.document, None)
        reason = reason_text(result.reason, "en")
        reasons.append(f"{path}: {reason}" if kind else reason)
    return SourceReading(source, None, "; ".join(reasons))


def kind_of_body(body: bytes) -> ReadingSource:
    """Which extractor reads a body of unknown kind: decided by its first bytes and its markup, not by its name."""
    if b"%PDF-" in body[:1024]:
        return "pdf"
    if b"ltx_" not in body and (b"citation_title" in body or b'id="abs"' in body):
        return "abs"
    return "html"
