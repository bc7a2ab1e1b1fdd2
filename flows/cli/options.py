"""Options that several commands share, their output formats, and the dates that users give."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated

import typer

from papers.errors import UsageError

DateOption = Annotated[str | None, typer.Option("--date", help="YYYY-MM-DD")]
StoreOption = Annotated[str | None, typer.Option("--store", help="a folder, or s3://bucket/prefix")]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="a profile's name, or a TOML file")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="language of the analysis: zh, en or zh,en")]
ModelOption = Annotated[str | None, typer.Option("--model", help="extractive, or a model of pydantic-ai")]


class Infrastructure(StrEnum):
    """The kinds of infrastructure on which a work pool starts flow runs."""

    process = "process"
    docker = "docker"
    kubernetes = "kubernetes"


InfrastructureOption = Annotated[Infrastructure, typer.Option("--infrastructure", help="where flow runs are started")]


class DocumentFormat(StrEnum):
    """The formats in which a document is printed."""

    md = "md"
    json = "json"


class RowFormat(StrEnum):
    """The formats in which the rows of a query are printed or written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


def parse_date(text: str) -> dt.date:
    """Parse YYYY-MM-DD. Raises UsageError for any other form, and for a day that does not exist."""
    try:
        return dt.datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise UsageError(f"'{text}' is not a date: give it as YYYY-MM-DD, such as 2026-02-20") from error
