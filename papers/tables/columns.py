"""Columns: what is said about each of them in the registry, and the Arrow types that the rows' models give.

Text, numbers, dates and times are as they are, `Literal` values as their type, lists and other models as lists and
structs. A reason is three columns: its text in English, its code and its parts (`papers.tables.reason_columns`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pyarrow as pa

from papers.models import Model, Reason, ReasonPart

CODE, PARTS = "_code", "_parts"  # endings of the names of a reason's other two columns
REASONS_SINCE = 7  # the schema version in which reasons became data

_ARROW_TYPES: dict[Any, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    dt.date: pa.date32(),
    dt.datetime: pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Column:
    """A column: its meaning, and the unit of its values, if they have one. Its model gives the type."""

    meaning: str
    unit: str | None = None
    since: int = 1  # the schema version that added it
    default: object = None  # its value in files of earlier versions
    repeats: bool = False  # whether its values repeat so often that dictionaries make a day's file smaller
    null: bool = False  # whether it may be null; said only where the model's field may not
    kind: pa.DataType | None = None  # its Arrow type, taken from the model


def columns_of(model: type[Model], columns: Mapping[str, Column]) -> dict[str, Column]:
    """The columns of the rows of `model`, in the order of its fields: with their types, and three for each reason.

    `columns` has one entry for each field. A column may be null if its field may be None or its entry says so. Raises
    TypeError if the names differ from those of the fields, or for a field whose type no column can hold.
    """
    if difference := columns.keys() ^ model.model_fields.keys():
        raise TypeError(f"{model.__name__}: {', '.join(sorted(difference))}: not both a field and a column")
    result: dict[str, Column] = {}
    for name, field in model.model_fields.items():
        column, (inner, is_optional) = columns[name], _split_optional(field.annotation)
        column = replace(column, null=column.null or is_optional)
        if inner is Reason:
            result |= _reason_columns(name, column)
        else:
            result[name] = replace(column, kind=_arrow_type(inner))
    return result


def _reason_columns(name: str, column: Column) -> dict[str, Column]:
    """The columns of a reason. In rows of earlier versions it is its text alone, so the other two may be null."""
    kinds, since = dict(_reason_fields(name)), max(column.since, REASONS_SINCE)
    columns = {
        name: replace(column, meaning=f"{column.meaning}, in English"),
        name + CODE: Column("the code of the reason", since=since, null=True),
        name + PARTS: Column("the values that the reason names", since=since, default=(), null=True),
    }
    return {n: replace(c, kind=kinds[n]) for n, c in columns.items()}


def _reason_fields(name: str) -> list[tuple[str, pa.DataType]]:
    return [(name, _arrow_type(str)), (name + CODE, _arrow_type(str)), (name + PARTS, _arrow_type(list[ReasonPart]))]


def _split_optional(annotation: Any) -> tuple[Any, bool]:
    """The type without None, and whether None is allowed."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation, False
    others = [a for a in get_args(annotation) if a is not NoneType]
    if len(others) != 1:
        raise TypeError(f"no column can hold {annotation}: it has more than one type")
    return others[0], True


def _arrow_type(annotation: Any) -> pa.DataType:
    """The Arrow type of a field without None. Raises TypeError for a type that no column can hold."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is list:
        return pa.list_(_arrow_type(arguments[0]))
    if origin is Literal and len({type(a) for a in arguments}) == 1:
        return _arrow_type(type(arguments[0]))
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return pa.struct(list(_struct_fields(annotation)))
    if annotation not in _ARROW_TYPES:
        raise TypeError(f"no column can hold {annotation}")
    return _ARROW_TYPES[annotation]


def _struct_fields(model: type[Model]) -> Iterator[tuple[str, pa.DataType]]:
    """The fields of a model's struct; all may be null in rows of earlier versions."""
    for name, field in model.model_fields.items():
        inner, _ = _split_optional(field.annotation)
        if inner is Reason:
            yield from _reason_fields(name)
        else:
            yield name, _arrow_type(inner)
