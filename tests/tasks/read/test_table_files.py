"""Tables in CSV and Markdown files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.read.table_files import csv_blocks, markdown_blocks


def test_the_first_row_of_a_csv_file_names_the_columns() -> None:
    caption, first, second = csv_blocks("Model,Acc (%)\nA,71.6\n\nB,\n", "results")
    assert (caption.kind, caption.text) == ("caption", "results")
    assert (first.id, first.header, first.text) == ("T1.r1", "| Model | Acc (%) |", "| A | 71.6 |")
    assert second.text == "| B |  |"


@pytest.mark.parametrize("text", ["Model;Acc\nA;71.6\n", "Model\tAcc\nA\t71.6\n"])
def test_other_delimiters_are_recognized(text: str) -> None:
    assert csv_blocks(text, "")[-1].text == "| A | 71.6 |"


@pytest.mark.parametrize("text", ["", "\n\n", "Model,Acc\n"])
def test_a_csv_file_without_rows_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="at least one more row"):
        csv_blocks(text, "")


def test_markdown_has_paragraphs_and_tables() -> None:
    text = (
        "Some words.\n\nTable 1: Accuracy.\n\n| Model | A |\n| --- | ---: |\n| **X** | 71.6 |\n| Y | - |\n\nMore words."
    )
    blocks = markdown_blocks(text)
    assert [(b.id, b.kind) for b in blocks] == [
        ("p1", "paragraph"),
        ("p2", "paragraph"),
        ("T1", "caption"),
        ("T1.r1", "table_row"),
        ("T1.r2", "table_row"),
        ("p3", "paragraph"),
    ]
    assert (blocks[2].text, blocks[3].text, blocks[3].header) == ("Table 1: Accuracy.", "| X | 71.6 |", "| Model | A |")


@given(st.text(alphabet="|-:\n ab1\\*", max_size=80))
def test_no_markdown_breaks_the_reader(text: str) -> None:
    assert all(block.text for block in markdown_blocks(text))
