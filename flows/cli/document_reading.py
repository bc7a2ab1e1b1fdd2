"""One document by hand: read it, or check claims against it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows.run_context import client_of
from papers.errors import UsageError
from papers.http import PoliteClient
from papers.models import Block
from papers.settings import Settings
from tasks.analyze.grounding.claims import check_claims
from tasks.read.single_document import SourceReading, read_source

TEXT = (".txt", ".md", ".text")


async def read_document(source: str, title: str | None, abstract: str | None, settings: Settings) -> SourceReading:
    """An arXiv id, an address or a file, read and judged; see `tasks.read.single_document.read_source`."""
    async with _client(source, settings) as client:
        return await read_source(source, title=title, abstract=abstract, fetch=client.get)


async def check_file(claims: Path, against: str, settings: Settings) -> Iterator[dict[str, Any]]:
    """The verdicts on the claims of a JSON-lines file against a source as in `read_document`, or a text file.

    Raises UsageError for a file that cannot be read, a line that is no claim, or a source that is refused.
    """
    blocks = await blocks_of(against, settings)
    return check_claims(list(_claims(claims)), blocks)


async def blocks_of(source: str, settings: Settings) -> list[Block]:
    """The blocks of a source; of a text file its paragraphs, `p1` and up."""
    path = Path(source)
    if path.suffix.lower() in TEXT:
        parts = [part.strip() for part in _text(path).split("\n\n")]
        return [
            Block(id=f"p{n}", kind="paragraph", section="", text=part) for n, part in enumerate(filter(None, parts), 1)
        ]
    found = await read_document(source, None, None, settings)
    if found.document is None:
        raise UsageError(f"{source} was refused: {found.reason}")
    return list(found.document.blocks)


def _claims(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            claim = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: no JSON: {error}") from error
        if not isinstance(claim, dict) or not isinstance(claim.get("text"), str):
            raise UsageError(f'{path}, line {number}: a claim is {{"text": …, "quote": … (optional)}}')
        yield claim


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _client(source: str, settings: Settings) -> PoliteClient:
    """arXiv's client, or for an address one of its host."""
    if source.startswith(("http://", "https://")):
        url = urlsplit(source)
        return client_of(settings, f"{url.scheme}://{url.netloc}", "", settings.arxiv_interval)
    return client_of(settings, settings.arxiv_url, "https://arxiv.org", settings.arxiv_interval)
