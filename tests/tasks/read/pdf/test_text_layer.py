"""From a PDF's text layer to blocks."""

from __future__ import annotations

import threading

import pytest

from tasks.read.document import Unreadable
from tasks.read.pdf.lines import document_of
from tasks.read.pdf.text_layer import MAX_PAGES, extract_pdf
from tests.tasks.read.builders import ABSTRACT, SENTENCE, TITLE, encrypted_pdf, pdf, pdf_paper, wrap_lines

HYPHEN = "\ufffe"


@pytest.mark.parametrize("columns", [1, 2])
def test_a_paper_has_title_abstract_sections_and_version(columns: int) -> None:
    document = extract_pdf(pdf_paper(columns=columns))
    assert document.title == TITLE
    assert document.abstract == ABSTRACT
    assert document.version == "v3"
    assert document.sections() == ["1 Introduction", "2 Method", "3 Results", "Appendix A Proof of the Claim"]
    assert document.blocks[0].id == "p1.b1"
    assert len({b.id for b in document.blocks}) == len(document.blocks)


def test_running_heads_page_numbers_stamp_and_bibliography_are_left_out() -> None:
    document = extract_pdf(pdf_paper())
    text = "\n".join(b.text for b in document.blocks)
    assert "Patient Readers" not in text.splitlines()
    assert "arXiv:" not in text
    assert "A. Cited" not in text
    assert text.count("that the gate opens when it pays.") == 8 + 14 + 14 + 8


def test_a_word_split_at_a_line_end_is_joined_as_the_paper_writes_it() -> None:
    lines = [
        f"The particu{HYPHEN}lar state-of-the-art is high{HYPHEN}level and multi{HYPHEN}modal here.",
        "A particular reader. High-level goals. We use GPT-4 here and multimodal text.",
        f"Some GPT{HYPHEN}4 runs.",
    ]
    text = " ".join(b.text for b in document_of(["\n".join(lines)]).blocks)
    assert "particular state" in text
    assert "high-level and multimodal" in text
    assert "Some GPT-4 runs" in text
    assert HYPHEN not in text


def test_ligatures_and_control_characters_are_replaced() -> None:
    text = document_of(["The e\ufb03cient \ufb02ow\x02 of \ufb01gures is\xad kept here."]).blocks[0].text
    assert text == "The efficient flow of figures is kept here."


def test_a_paragraph_continues_on_the_next_page() -> None:
    width = 80
    pages = [
        "\n".join([*wrap_lines(SENTENCE * 5, width), "and the sentence has"]),
        "no end on this page. It ends here.",
    ]
    last = document_of(pages).blocks[-1]
    assert last.id.startswith("p1.")
    assert last.text.endswith("and the sentence has no end on this page. It ends here.")


def test_figures_in_a_table_are_not_headings() -> None:
    lines = [
        "1 Introduction",
        *wrap_lines(SENTENCE * 3),
        "2 Baseline 34.5 12.1 99.0",
        "3 Ours 77",
        "2 Method",
        SENTENCE,
    ]
    headings = [b.text for b in document_of(["\n".join(lines)]).blocks if b.kind == "heading"]
    assert headings == ["1 Introduction", "2 Method"]


def test_captions_and_lists_are_blocks_of_their_own() -> None:
    lines = ["Figure 3: The gate.", *wrap_lines(SENTENCE * 2), "• First of them.", "(2) Second of them."]
    kinds = [b.kind for b in document_of(["\n".join(lines)]).blocks]
    assert kinds == ["caption", "paragraph", "list_item", "list_item"]


def test_a_cited_title_that_begins_with_a_letter_does_not_end_the_bibliography() -> None:
    lines = ["References"]
    for n in range(12):
        lines += [f"X. Author{n}, Y. Other.", "A Survey of Large Models", f"arXiv preprint arXiv:2301.0000{n}, 2023."]
    assert not [b for b in document_of(["\n".join(lines)]).blocks if "Survey" in b.text]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<html><body>403</body></html>", "not a PDF"),
        (b"%PDF-1.5\nnothing more", "damaged"),
        (pdf_paper()[:400], "damaged"),
        (encrypted_pdf(), "encrypted"),
        (pdf([[] for _ in range(8)]), "text layer"),
        (pdf([["arXiv:2510.00001v1"]]), "text layer"),
    ],
    ids=["empty", "html", "stub", "truncated", "encrypted", "scanned", "stamp-only"],
)
def test_an_unreadable_body_gives_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        extract_pdf(body)


def test_500_pages_are_read_and_too_many_refused() -> None:
    page = [f"Line {n}. {SENTENCE}" for n in range(12)]
    document = extract_pdf(pdf([page] * 500))
    assert document.blocks[-1].id.startswith("p500.")
    with pytest.raises(Unreadable, match="pages"):
        extract_pdf(pdf([["x"]] * (MAX_PAGES + 1)))


def test_a_pdf_that_takes_too_long_is_refused() -> None:
    with pytest.raises(Unreadable, match="too long"):
        extract_pdf(pdf_paper(), limit_s=-1.0)


def test_threads_read_concurrently() -> None:
    body, block_counts = pdf_paper(), []
    threads = [threading.Thread(target=lambda: block_counts.append(len(extract_pdf(body).blocks))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(block_counts) == 8
    assert len(set(block_counts)) == 1
