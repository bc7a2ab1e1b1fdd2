"""Raised and lowered characters of a PDF, by each way in which files place them."""

from __future__ import annotations

import pypdfium2 as pdfium
import pytest

from tasks.read.pdf.shifted_characters import write_shifted
from tasks.read.pdf.text_layer import extract_pdf
from tests.tasks.read.builders import SHIFT_WAYS, numbered_sentences, pdf, shifted_pdf, wrap_lines

Parts = list[tuple[str, int]]  # texts, each with 1 if it is raised, -1 if it is lowered

LINES: list[tuple[Parts, str]] = [
    ([("keeps 94.2", 0), ("2", 1), ("% of it", 0)], "keeps 94.2²% of it"),
    ([("a rate of 10", 0), ("-5", 1), (" here", 0)], "a rate of 10^-5 here"),
    ([("all 2", 0), ("15", 1), (" steps", 0)], "all 2^15 steps"),
    ([("and 3\xd710", 0), ("8", 1), (" of them", 0)], "and 3×10^8 of them"),
    ([("for 41", 0), ("5", 1), (" kinds", 0)], "for 41⁵ kinds"),
    ([("gets 33.9", 0), ("+2.4", -1), (" more", 0)], "gets 33.9 (+2.4) more"),
    ([("gets 58.6", 0), ("0.3", -1), (" more", 0)], "gets 58.6 (0.3) more"),
    ([("gets 41.0", 0), ("1,2", 1), (" more", 0)], "gets 41.0¹,² more"),
    ([("1", 1), ("Measured on 300 episodes", 0)], "¹Measured on 300 episodes"),
    ([("1", 1), ("300 episodes were seen", 0)], "¹ 300 episodes were seen"),
    ([("with H", 0), ("2", -1), ("O on 5 m", 0), ("2", 1), (" of it", 0)], "with H2O on 5 m^2 of it"),
    ([("by Jane Doe", 0), ("1,2", 1), (" and others", 0)], "by Jane Doe¹,² and others"),
    ([("the log", 0), ("2", -1), ("10 of it", 0)], "the log2 10 of it"),
    ([("GPT-4 and 94.22% in 2024", 0)], "GPT-4 and 94.22% in 2024"),
]


def text_of(lines: list[Parts], way: str) -> str:
    document = pdfium.PdfDocument(shifted_pdf(lines, way))
    layer = document[0].get_textpage()
    return " ".join(write_shifted(layer, layer.get_text_range()).split())


@pytest.mark.parametrize("way", SHIFT_WAYS)
@pytest.mark.parametrize(("parts", "expected"), LINES, ids=[row[1] for row in LINES])
def test_marks_and_powers_stand_apart(parts: Parts, expected: str, way: str) -> None:
    assert text_of([parts], way) == expected


@pytest.mark.parametrize("way", SHIFT_WAYS)
def test_lines_below_each_other_do_not_disturb(way: str) -> None:
    lines = [parts for parts, _ in LINES]
    assert text_of(lines, way) == " ".join(expected for _, expected in LINES)


def test_a_document_has_the_written_forms() -> None:
    lines: list[Parts] = [[(line, 0)] for line in wrap_lines(numbered_sentences(8, "readers"))]
    document = extract_pdf(shifted_pdf([*lines, [("It keeps 94.2", 0), ("2", 1), ("% of it.", 0)]], "latex"))
    text = " ".join(block.text for block in document.blocks)
    assert "It keeps 94.2²% of it." in text
    assert "94.22" not in text


def test_a_page_without_shifts_is_unchanged() -> None:
    document = pdfium.PdfDocument(pdf([["In 2024 the 7B model of 94.22% had 10-5 and 58.61 points."]]))
    layer = document[0].get_textpage()
    text = layer.get_text_range()
    assert write_shifted(layer, text) == text
