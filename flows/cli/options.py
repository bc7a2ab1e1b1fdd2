"""Options that several commands share, and the forms in which they print."""

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
    """What a work pool starts flow runs in."""

    process = "process"
    docker = "docker"
    kubernetes = "kubernetes"


InfrastructureOption = Annotated[Infrastructure, typer.Option("--infrastructure", help="what flow runs are started in")]


class Form(StrEnum):
    """How a document is printed."""

    md = "md"
    json = "json"


class Rows(StrEnum):
    """How the rows of a query are given."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"
