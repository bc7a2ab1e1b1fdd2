"""Rows, cells and headers of tables."""

from __future__ import annotations

import re

import pytest

from papers.models import Block
from tasks.read.html.page import extract_html
from tests.tasks.read.builders import math, page

Cell = str | tuple[str, str]  # text, or text and attributes


def table(*rows: tuple[str, list[Cell]], tag: bool = True) -> str:
    """A table; each row is "th" or "td" and its cells. Built of spans when `tag` is False."""
    row_elements = []
    for kind, cells in rows:
        parts = []
        for cell in cells:
            text, attributes = cell if isinstance(cell, tuple) else (cell, "")
            class_names = "ltx_td ltx_th ltx_th_column" if kind == "th" else "ltx_td"
            parts.append(
                f'<{kind if tag else "span"} class="{class_names}" {attributes}>{text}</{kind if tag else "span"}>'
            )
        row_elements.append(f'<{"tr" if tag else "span"} class="ltx_tr">{"".join(parts)}</{"tr" if tag else "span"}>')
    name = "table" if tag else "span"
    return f'<figure class="ltx_table" id="S4.T1"><{name} class="ltx_tabular">{"".join(row_elements)}</{name}></figure>'


def rows(body: str) -> list[Block]:
    return [b for b in extract_html(page(body)).blocks if b.kind == "table_row"]


@pytest.mark.parametrize("tag", [True, False], ids=["table", "span"])
def test_a_row_has_its_own_cells_and_the_headers_above(tag: bool) -> None:
    blocks = rows(
        table(("th", ["Model", "Accuracy (%)"]), ("td", ["Ours", "97.3"]), ("td", ["Theirs", "95.1"]), tag=tag)
    )
    assert [(b.id, b.text, b.header) for b in blocks] == [
        ("S4.T1.r1", "| Model | Accuracy (%) |", None),
        ("S4.T1.r2", "| Ours | 97.3 |", "| Model | Accuracy (%) |"),
        ("S4.T1.r3", "| Theirs | 95.1 |", "| Model | Accuracy (%) |"),
    ]


def test_headers_over_several_columns_go_to_each() -> None:
    blocks = rows(
        table(
            ("th", [("Model", 'rowspan="2"'), ("GLUE", 'colspan="2"')]),
            ("th", ["F1", "EM"]),
            ("td", ["Ours", "90.1", "88.2"]),
        )
    )
    assert blocks[2].text == "| Ours | 90.1 | 88.2 |"
    assert blocks[2].header == "| Model | GLUE F1 | GLUE EM |"


def test_a_cell_over_several_rows_is_repeated_in_each() -> None:
    blocks = rows(
        table(("th", ["Set", "Model", "F1"]), ("td", [("dev", 'rowspan="2"'), "A", "1.0"]), ("td", ["B", "2.0"]))
    )
    assert [b.text for b in blocks[1:]] == ["| dev | A | 1.0 |", "| dev | B | 2.0 |"]


def test_columns_stay_aligned_behind_a_wide_cell() -> None:
    blocks = rows(table(("th", ["A", "B", "C"]), ("td", [("both", 'colspan="2"'), "3"])))
    assert blocks[1].text == "| both |  | 3 |"


def test_unmarked_headers_are_the_first_rows_without_numbers() -> None:
    blocks = rows(table(("td", ["Model", "F1"]), ("td", ["Ours", "97.3 ± 0.2"]), ("td", ["Theirs", "$95.1$"])))
    assert [b.header for b in blocks] == [None, "| Model | F1 |", "| Model | F1 |"]
    words_only = rows(table(("td", ["Cat", "Dog"]), ("td", ["Meow", "Woof"])))
    assert [b.header for b in words_only] == [None, None]


def test_a_second_head_in_the_middle_replaces_the_first() -> None:
    blocks = rows(table(("th", ["Model", "Dev"]), ("td", ["A", "1"]), ("th", ["Model", "Test"]), ("td", ["A", "2"])))
    assert [b.header for b in blocks] == [None, "| Model | Dev |", None, "| Model | Test |"]


def test_a_nested_table_is_text_of_its_cell() -> None:
    inner = table(("td", ["two"]), ("td", ["lines"]), tag=False).removeprefix('<figure class="ltx_table" id="S4.T1">')
    blocks = rows(table(("th", ["Name", "N"]), ("td", [inner.removesuffix("</figure>"), "5"])))
    assert [b.text for b in blocks] == ["| Name | N |", "| two lines | 5 |"]


def test_formulas_in_cells_are_latex() -> None:
    blocks = rows(table(("th", ["Method", "Time"]), ("td", ["Ours", math(r"2.3\times")])))
    assert blocks[1].text == r"| Ours | $2.3\times$ |"


@pytest.mark.parametrize("span", ["0", "-3", "999999999", "two", ""])
def test_invalid_spans_do_no_harm(span: str) -> None:
    blocks = rows(
        table(("th", ["A", "B"]), ("td", [("x", f'colspan="{span}" rowspan="{span}"'), "1"]), ("td", ["y", "2"]))
    )
    assert len(blocks) == 3
    assert all(len(b.text) < 500 for b in blocks)


def test_spans_are_read_from_attributes_and_classes_alike() -> None:
    def spanned(columns: int, rows_: int) -> str:
        return f'colspan="{columns}" rowspan="{rows_}"'

    head: list[tuple[str, list[Cell]]] = [
        ("th", [("Model", spanned(1, 3)), ("Web", spanned(4, 1)), ("Code", spanned(2, 1))]),
        ("th", [("easy", spanned(2, 1)), ("hard", spanned(2, 1)), ("all", spanned(2, 1))]),
        ("th", ["Acc", "Cost", "Acc", "Cost", "Acc", "Cost"]),
        ("td", ["Ours", "1.0", "2.0", "3.0", "", "5.0", "6.0"]),
    ]
    as_table = table(*head)
    as_spans = re.sub(
        r'class="([^"]*)" colspan="(\d)" rowspan="(\d)"',
        r'class="\1 ltx_colspan ltx_colspan_\2 ltx_rowspan ltx_rowspan_\3"',
        table(*head, tag=False),
    )
    assert [(b.text, b.header) for b in rows(as_spans)] == [(b.text, b.header) for b in rows(as_table)]
    assert rows(as_spans)[3].text == "| Ours | 1.0 | 2.0 | 3.0 |  | 5.0 | 6.0 |"
    assert rows(as_spans)[3].header == (
        "| Model | Web easy Acc | Web easy Cost | Web hard Acc | Web hard Cost | Code all Acc | Code all Cost |"
    )


def test_a_corner_marked_as_a_row_header_leaves_the_column_headers() -> None:
    body = table(
        ("th", ["", "Lantern-S", "Lantern-L"]), ("td", ["Acc (%)", "72.4", "77.8"]), ("td", ["ms", "118", "341"])
    )
    corner = body.replace('"ltx_td ltx_th ltx_th_column" >', '"ltx_td ltx_th ltx_th_row" >Metric', 1)
    blocks = rows(corner)
    assert [b.text for b in blocks] == [
        "| Metric | Lantern-S | Lantern-L |",
        "| Acc (%) | 72.4 | 77.8 |",
        "| ms | 118 | 341 |",
    ]
    assert blocks[1].header == "| Metric | Lantern-S | Lantern-L |"


def test_a_header_over_the_last_level_reaches_all_its_columns() -> None:
    blocks = rows(table(("th", ["Model", ("Accuracy (%)", 'colspan="2"')]), ("td", ["Ours", "90.1", "88.2"])))
    assert blocks[1].header == "| Model | Accuracy (%) | Accuracy (%) |"


def test_a_title_of_rows_keeps_the_column_headers() -> None:
    blocks = rows(
        table(
            ("th", ["Model", "F1", "EM"]),
            ("th", [("Open models", 'colspan="3"')]),
            ("td", ["A", "1.0", "2.0"]),
            ("th", [("Closed models", 'colspan="3"')]),
            ("td", ["B", "3.0", "4.0"]),
        )
    )
    assert [b.header for b in blocks] == [None, *["| Model | F1 | EM |"] * 4]


def test_rows_with_marks_are_not_column_headers() -> None:
    blocks = rows(table(("td", ["Model", "F1"]), ("td", ["Ours", "0.575<sup>***</sup>"]), ("td", ["Theirs", "0.5"])))
    assert [b.header for b in blocks] == [None, "| Model | F1 |", "| Model | F1 |"]
