"""The table docs, generated from the registry of columns: `python -m papers.tables.table_docs > docs/tables.md`."""

from __future__ import annotations

import sys

import pyarrow as pa

from papers.tables.columns import Column
from papers.tables.registry import DATASETS, SCHEMA_VERSION

HEAD = f"""# Tables

Generated from `papers/tables/registry.py` by `make docs`; schema version {SCHEMA_VERSION}. A dataset is stored under
`snapshots/<dataset>/date=YYYY-MM-DD/part-0.parquet`; `date` is the day of the list and is only in the path.
"""


def table_docs() -> str:
    """The documentation of all datasets as Markdown."""
    parts = [HEAD]
    for name, dataset in DATASETS.items():
        keys = ", ".join(f"`{k}`" for k in dataset.key)
        parts.append(f"## {name}\n\nA row is {dataset.row}. Its key: `date`, {keys}.\n")
        rows = [f"| `{n}` | {_kind(c.kind)} | {c.meaning} | {_unit(c)} |" for n, c in dataset.columns.items()]
        parts.append("\n".join(["| column | type | meaning | unit |", "| --- | --- | --- | --- |", *rows]) + "\n")
    return "\n".join(parts)


def _unit(column: Column) -> str:
    return "; ".join(filter(None, [column.unit, "may be null" if column.null else ""]))


def _kind(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_kind(kind.value_type)}"
    if pa.types.is_struct(kind):
        return "struct(" + ", ".join(kind.field(i).name for i in range(kind.num_fields)) + ")"
    return str(kind)


if __name__ == "__main__":
    sys.stdout.write(table_docs())
