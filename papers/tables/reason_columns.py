"""Reasons in rows: a model has one value where a snapshot has three columns: text in English, code and parts.

The text is for people and for SQL; only code and parts are read back. Rows of earlier schemas have the text alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pyarrow as pa

from papers.models import Reason
from papers.reasons import reason_text
from papers.tables.columns import CODE, PARTS
from papers.tables.registry import schema_of

Row = dict[str, Any]


def split_reasons(dataset: str, row: Row) -> Row:
    """A dumped model as a row of `dataset`: three columns for each reason, also in the structs of a list."""
    own, nested = _reason_names(dataset)
    items = {column: [_split(item, names) for item in row[column]] for column, names in nested}
    return _split(row, own) | items


def join_reasons(dataset: str, rows: list[Row], columns: Sequence[str]) -> list[Row]:
    """Rows with `columns` as the models have them: each reason as one value, code and parts or a text without them."""
    own, nested = _reason_names(dataset)
    own = [name for name in own if name in columns]
    nested = [(column, names) for column, names in nested if column in columns]
    if not (own or nested):
        return rows
    return [
        _join(row, own) | {column: [_join(i, names) for i in row[column]] for column, names in nested} for row in rows
    ]


def with_parts(dataset: str, columns: Sequence[str]) -> list[str]:
    """The columns, with those of the code and the parts of each reason among them."""
    others = [name + ending for name in _reason_names(dataset)[0] if name in columns for ending in (CODE, PARTS)]
    return list(dict.fromkeys([*columns, *others]))


@cache
def _reason_names(dataset: str) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The columns of `dataset` that are the text of a reason; and its lists, with those fields of their structs."""
    schema = schema_of(dataset)
    structs = [(f.name, f.type.value_type) for f in schema if pa.types.is_list(f.type)]
    nested = [(name, _texts_of([f.name for f in kind])) for name, kind in structs if pa.types.is_struct(kind)]
    return _texts_of(schema.names), [(name, texts) for name, texts in nested if texts]


def _texts_of(names: Sequence[str]) -> list[str]:
    return [name for name in names if name + CODE in names]


def _split(row: Row, names: Iterable[str]) -> Row:
    columns: Row = {}
    for name in names:
        value = row[name]
        text = reason_text(Reason.model_validate(value), "en") if value else None
        columns |= {name: text, name + CODE: value and value["code"], name + PARTS: value["parts"] if value else []}
    return row | columns


def _join(row: Row, names: Iterable[str]) -> Row:
    result = dict(row)
    for name in names:
        code, parts = result.pop(name + CODE, None), result.pop(name + PARTS, None)
        if row[name] is not None:
            of_text = {"code": "text", "parts": [{"name": "text", "value": row[name]}]}
            result[name] = {"code": code, "parts": parts or []} if code else of_text
    return result
