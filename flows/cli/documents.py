"""Commands about one document: read, check."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from flows.cli.options import DocumentFormat
from papers.settings import load_settings
from papers.text import printable


def read(
    source: Annotated[str, typer.Argument(help="an arXiv id, an address, or an .html or .pdf file")],
    form: Annotated[DocumentFormat, typer.Option("--format", help="md or json")] = DocumentFormat.md,
    title: Annotated[str | None, typer.Option(help="title that the document must have")] = None,
    abstract: Annotated[str | None, typer.Option(help="abstract that the document must have")] = None,
) -> None:
    """Print the text of a document, or why it is refused (exit code 1)."""
    from flows.cli.document_reading import read_document

    reading = asyncio.run(read_document(source, title, abstract, load_settings()))
    sys.stdout.write(reading.as_json() + "\n" if form is DocumentFormat.json else printable(reading.as_markdown()))
    sys.exit(0 if reading.accepted else 1)


def check(
    claims: Annotated[Path, typer.Argument(help='JSON lines: {"text": ..., "quote": ... (optional)}')],
    against: Annotated[
        str, typer.Option("--against", help="a source as in `read`, a text file, or a table (.csv, .tsv, .md)")
    ],
) -> None:
    """Print a JSON line for each claim: its numbers, and whether each is in the source."""
    from flows.cli.document_reading import check_claims_file

    for verdict in asyncio.run(check_claims_file(claims, against, load_settings())):
        sys.stdout.write(json.dumps(verdict, ensure_ascii=False) + "\n")
