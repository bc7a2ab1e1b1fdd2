"""The registry: the columns are those of the models, and no file of a store changes its schema unnoticed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pytest

from papers.models import Model, Reason, ReasonPart
from papers.tables.columns import Column, columns_of
from papers.tables.registry import CLOCKS, DATASETS, SCHEMA_VERSION, schema_of

SCHEMAS = Path(__file__).parent / "schemas.txt"
PARTS = "list<item: struct<name: string, value: string>>"


class Inner(Model):
    """A nested model with a reason."""

    name: str
    reason: Reason | None = None
    parts: list[ReasonPart]


class Row(Model):
    """A field of each kind that a column can hold."""

    text: str
    number: int | None
    share: float
    flag: bool = False
    day: dt.date
    time: dt.datetime | None = None
    texts: list[str]
    word: Literal["a", "b"]
    stars: Literal[2, 3] | None
    inner: Inner
    inners: list[Inner]
    why: Reason


def test_the_schemas_are_those_of_the_stored_files() -> None:
    lines = [f"schema version {SCHEMA_VERSION}"]
    for dataset in DATASETS:
        lines += [
            f"{dataset}.{field.name}: {field.type}{'' if field.nullable else ' not null'}"
            for field in schema_of(dataset)
        ]
    assert SCHEMAS.read_text().splitlines() == lines, "files of users have these columns: raise SCHEMA_VERSION"


def test_the_types_are_those_of_the_model() -> None:
    inner = f"struct<name: string, reason: string, reason_code: string, reason_parts: {PARTS}, parts: {PARTS}>"
    columns = columns_of(Row, {name: Column("m") for name in Row.model_fields})
    assert {name: (str(c.kind), c.null) for name, c in columns.items()} == {
        "text": ("string", False),
        "number": ("int64", True),
        "share": ("double", False),
        "flag": ("bool", False),
        "day": ("date32[day]", False),
        "time": ("timestamp[us, tz=UTC]", True),
        "texts": ("list<item: string>", False),
        "word": ("string", False),
        "stars": ("int64", True),
        "inner": (inner, False),
        "inners": (f"list<item: {inner}>", False),
        "why": ("string", False),
        "why_code": ("string", True),
        "why_parts": (PARTS, True),
    }
    assert list(columns)[-3:] == ["why", "why_code", "why_parts"]


def test_a_column_says_what_the_model_does_not() -> None:
    about = {name: Column("m") for name in Row.model_fields}
    about |= {"texts": Column("m", "words", since=3, default=(), null=True), "why": Column("why", since=9)}
    columns = columns_of(Row, about)
    assert columns["texts"] == Column("m", "words", since=3, default=(), null=True, kind=pa.list_(pa.string()))
    assert columns["why"].meaning == "why, in English"
    assert [columns[n].since for n in ("why", "why_code", "why_parts")] == [9, 9, 9]
    assert columns["why_parts"].default == ()


@pytest.mark.parametrize("names", [["a"], ["a", "b", "c"]])
def test_a_field_without_a_column_and_a_column_without_a_field_are_refused(names: list[str]) -> None:
    class Two(Model):
        a: str
        b: str

    with pytest.raises(TypeError, match=r"Two: [bc]: not both a field and a column"):
        columns_of(Two, {name: Column("m") for name in names})


@pytest.mark.parametrize("kind", [dict[str, int], bytes, str | int, Literal["a", 1], list[bytes], tuple[str, ...]])
def test_a_type_that_no_column_can_hold_is_refused(kind: object) -> None:
    class One(Model):
        a: kind  # type: ignore[valid-type]

    with pytest.raises(TypeError, match="no column can hold"):
        columns_of(One, {"a": Column("m")})


@pytest.mark.parametrize("dataset", DATASETS)
def test_keys_and_clocks_are_columns(dataset: str) -> None:
    spec, schema = DATASETS[dataset], schema_of(dataset)
    assert [name for name in spec.key if schema.field(name).nullable] == []
    for clock in spec.clocks:
        name, _, inner = clock.partition(".")
        kind = schema.field(name).type
        assert not inner or inner in [f.name for f in kind.value_type]
        assert clock.rpartition(".")[2] in CLOCKS
