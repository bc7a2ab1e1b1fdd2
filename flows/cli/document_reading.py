"""Read one document, or check claims against it, outside any run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows.run_context import ARXIV, make_client
from papers.errors import UsageError
from papers.http import PoliteClient
from papers.models import Block
from papers.settings import Settings
from tasks.analyze.grounding.claims import check_claims
from tasks.read.child_processes.pool import ReaderPool
from tasks.read.single_document import SourceReading, read_source
from tasks.read.table_files import csv_blocks, markdown_blocks

TEXT_SUFFIXES = (".txt", ".text")
TABLE_SUFFIXES = (".csv", ".tsv")


async def read_document(source: str, title: str | None, abstract: str | None, settings: Settings) -> SourceReading:
    """Read an arXiv id, an address or a file; see `tasks.read.single_document.read_source`."""
    with ReaderPool(1) as pool:
        async with _client_for(source, settings) as client:
            return await read_source(source, title=title, abstract=abstract, fetch=client.get, read_body=pool.read_body)


async def check_claims_file(claims: Path, against: str, settings: Settings) -> Iterator[dict[str, Any]]:
    """The verdicts on the claims of a JSON-lines file against a source as in `read_document`, or a text file.

    Raises UsageError for an unreadable file, a line that is not a claim, or a source that is refused.
    """
    blocks = await read_blocks(against, settings)
    return check_claims(list(_read_claims(claims)), blocks)


async def read_blocks(source: str, settings: Settings) -> list[Block]:
    """The blocks of a source; for a text file, its paragraphs as `p1`, `p2` and so on, and the rows of its tables.

    A .csv or .tsv file is a table whose first row names the columns; its name is the caption.
    """
    path = Path(source)
    if path.suffix.lower() in TABLE_SUFFIXES:
        try:
            return csv_blocks(_read_text(path), path.stem)
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from error
    if path.suffix.lower() == ".md":
        return markdown_blocks(_read_text(path))
    if path.suffix.lower() in TEXT_SUFFIXES:
        parts = [part.strip() for part in _read_text(path).split("\n\n")]
        return [
            Block(id=f"p{n}", kind="paragraph", section="", text=part) for n, part in enumerate(filter(None, parts), 1)
        ]
    reading = await read_document(source, None, None, settings)
    if reading.document is None:
        raise UsageError(f"{source} was refused: {reading.reason}")
    return list(reading.document.blocks)


def _read_claims(path: Path) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_read_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            claim = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: not JSON: {error}") from error
        if not isinstance(claim, dict) or not isinstance(claim.get("text"), str):
            raise UsageError(f'{path}, line {number}: a claim is {{"text": …, "quote": … (optional)}}')
        yield claim


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _client_for(source: str, settings: Settings) -> PoliteClient:
    """A client for arXiv, or for the host of an address."""
    if source.startswith(("http://", "https://")):
        url = urlsplit(source)
        return make_client(settings, f"{url.scheme}://{url.netloc}", "", settings.arxiv_interval)
    return make_client(settings, settings.arxiv_url, ARXIV, settings.arxiv_interval)
