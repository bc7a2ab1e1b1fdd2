"""Options that several commands share, and their output formats."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

DateOption = Annotated[str | None, typer.Option("--date", help="YYYY-MM-DD")]
StoreOption = Annotated[str | None, typer.Option("--store", help="a folder, or s3://bucket/prefix")]
ProfileOption = Annotated[str | None, typer.Option("--profile", help="a profile's name, or a TOML file")]
LanguageOption = Annotated[str | None, typer.Option("--language", help="of the analysis: zh, en or zh,en")]
ModelOption = Annotated[str | None, typer.Option("--model", help="extractive, or a model of pydantic-ai")]


class Infrastructure(StrEnum):
    """The kinds of infrastructure on which a work pool starts flow runs."""

    process = "process"
    docker = "docker"
    kubernetes = "kubernetes"


InfrastructureOption = Annotated[Infrastructure, typer.Option("--infrastructure", help="what flow runs are started in")]


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
