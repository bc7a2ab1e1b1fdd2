"""From a LaTeXML page to blocks."""

from __future__ import annotations

import pytest

from papers.models import Block
from tasks.read.document import Unreadable
from tasks.read.html.page import extract_html
from tests.tasks.read.builders import ABSTRACT, TITLE, math, page, paper, para, section


def blocks(body: str) -> list[Block]:
    return [b for b in extract_html(page(body)).blocks if b.section != "Abstract"]


def test_a_paper_has_title_abstract_sections_and_unique_ids() -> None:
    document = extract_html(paper())
    assert (document.title, document.abstract) == (TITLE, ABSTRACT)
    ids = [b.id for b in document.blocks]
    assert ids[:3] == ["abstract.p1", "S1", "S1.p1"]
    assert len(set(ids)) == len(ids)
    assert document.blocks[2].section == "1 Part 1"
    assert not document.truncated


def test_sections_nest_in_the_path() -> None:
    inner = section("4.2 Ablations", para("Text.", "S4.SS2.p1"), section_id="S4.SS2", kind="subsection")
    page_blocks = blocks(
        section("4 Experiments", inner, section_id="S4") + section("5 End", para("Done.", "S5.p1"), section_id="S5")
    )
    assert [(b.id, b.kind, b.section) for b in page_blocks] == [
        ("S4", "heading", "4 Experiments"),
        ("S4.SS2", "heading", "4 Experiments > 4.2 Ablations"),
        ("S4.SS2.p1", "paragraph", "4 Experiments > 4.2 Ablations"),
        ("S5", "heading", "5 End"),
        ("S5.p1", "paragraph", "5 End"),
    ]


def test_a_formula_appears_once_as_latex() -> None:
    text = blocks(para(f"If {math('a&lt;b', '<mi>a</mi><mo>&lt;</mo><mi>b</mi>')} holds, {math('c')}."))[0].text
    assert text == "If $a<b$ holds, $c$."


@pytest.mark.parametrize("quote", ['alttext="x^{2}"', "alttext='x^{2}'", 'class="m" alttext="x^{2}"'])
def test_the_latex_is_found_however_the_attribute_is_written(quote: str) -> None:
    assert blocks(para(f"Of <math {quote}><mi>x</mi></math> then."))[0].text == "Of $x^{2}$ then."


def test_a_formula_without_alttext_uses_its_annotation_or_its_characters() -> None:
    annotated = '<math><mi>y</mi><annotation encoding="application/x-tex">y_{1}</annotation></math>'
    assert blocks(para(f"See {annotated} and <math><mi>z</mi></math> too."))[0].text == "See $y_{1}$ and z too."


def test_a_formula_without_end_loses_no_text() -> None:
    texts = " ".join(b.text for b in blocks(para('Before <math alttext="x"> after') + para("Next.", "S1.p2")))
    assert "Before" in texts
    assert "Next." in texts


def test_display_equations_are_blocks_with_their_number() -> None:
    table = (
        '<table class="ltx_equation ltx_eqn_table" id="S3.E7"><tbody><tr class="ltx_equation ltx_eqn_row">'
        f'<td class="ltx_eqn_cell"></td><td class="ltx_eqn_cell">{math("E=mc^{2}", display="block")}</td>'
        '<td class="ltx_eqn_cell ltx_eqn_eqno"><span class="ltx_tag ltx_tag_equation">(7)</span></td>'
        "</tr></tbody></table>"
    )
    page_blocks = blocks(
        f'<div class="ltx_para" id="S3.p1"><p class="ltx_p">As</p>{table}<p class="ltx_p">says.</p></div>'
    )
    assert [(b.id, b.kind, b.text) for b in page_blocks] == [
        ("S3.p1", "paragraph", "As"),
        ("S3.E7", "equation", r"E=mc^{2} \tag{7}"),
        ("S3.p1.2", "paragraph", "says."),
    ]


def test_rows_of_an_aligned_group_have_their_own_ids() -> None:
    def row(row_id: str, left: str, right: str) -> str:
        cells = f'<td class="ltx_td ltx_eqn_cell">{math(left)}</td><td class="ltx_td ltx_eqn_cell">{math(right)}</td>'
        return f'<tbody id="{row_id}"><tr class="ltx_equation ltx_eqn_row">{cells}</tr></tbody>'

    rows = row("S1.E1", r"\displaystyle a", r"\displaystyle=b") + row("S1.E2", "", "=c")
    table = f'<table class="ltx_equationgroup" id="S1.EGx1">{rows}</table>'
    assert [(b.id, b.text) for b in blocks(table)] == [("S1.E1", "a =b"), ("S1.E2", "=c")]


def test_a_footnote_appears_once_at_its_mark() -> None:
    note = (
        '<span class="ltx_note ltx_role_footnote" id="footnote1"><sup class="ltx_note_mark">1</sup>'
        '<span class="ltx_note_outer"><span class="ltx_note_content"><sup class="ltx_note_mark">1</sup>'
        '<span class="ltx_tag ltx_tag_note">1</span>On odd days.</span></span></span>'
    )
    assert blocks(para(f"It works{note} well."))[0].text == "It works [footnote: On odd days.] well."


def test_a_footnote_of_the_title_is_not_part_of_it() -> None:
    note = '<span class="ltx_note"><span class="ltx_note_content">Equal work.</span></span>'
    document = extract_html(page(para("Text."), title=f"{TITLE}{note}"))
    assert document.title == TITLE
    assert sum("Equal work." in b.text for b in document.blocks) == 1


def test_lists_keep_their_numbers_and_lose_their_bullets() -> None:
    def item(tag: str, text: str, n: int) -> str:
        return (
            f'<li class="ltx_item" id="S1.I1.i{n}"><span class="ltx_tag ltx_tag_item">{tag}</span>'
            f'<div class="ltx_para" id="S1.I1.i{n}.p1"><p class="ltx_p">{text}</p></div></li>'
        )

    page_blocks = blocks(f'<ul class="ltx_itemize">{item("•", "First.", 1)}{item("2.", "Second.", 2)}</ul>')
    assert [(b.id, b.kind, b.text) for b in page_blocks] == [
        ("S1.I1.i1.p1", "list_item", "First."),
        ("S1.I1.i2.p1", "list_item", "2. Second."),
    ]


def test_theorems_quotes_algorithms_and_code_are_kept() -> None:
    body = (
        '<div class="ltx_theorem" id="S1.Thm1"><h6 class="ltx_title ltx_runin ltx_title_theorem">Theorem 1.</h6>'
        + para("It holds.", "S1.Thm1.p1")
        + '</div><blockquote class="ltx_quote"><p class="ltx_p">Said so.</p></blockquote>'
        '<figure class="ltx_float_algorithm" id="alg1"><figcaption class="ltx_caption">Algorithm 1 Go</figcaption>'
        '<div class="ltx_listing"><div class="ltx_listingline">for all do</div>'
        '<div class="ltx_listingline">  step</div></div></figure><pre class="ltx_verbatim">a = 1\n  b = 2</pre>'
    )
    by_kind = {b.kind: b for b in blocks(body)}
    assert by_kind["caption"].id == "alg1"
    assert [b.text for b in blocks(body)] == [
        "Theorem 1.", "It holds.", "Said so.", "Algorithm 1 Go", "for all do\n  step", "a = 1\n  b = 2",
    ]  # fmt: skip


def test_a_long_listing_becomes_several_blocks() -> None:
    lines = "".join(f'<div class="ltx_listingline">line {n}</div>' for n in range(150))
    page_blocks = blocks(f'<div class="ltx_listing" id="LST1">{lines}</div>')
    assert [b.id for b in page_blocks] == ["LST1.l1", "LST1.l2", "LST1.l3"]
    assert "\n".join(b.text for b in page_blocks).splitlines() == [f"line {n}" for n in range(150)]


def test_bibliography_contents_and_broken_references_are_left_out() -> None:
    body = (
        '<nav class="ltx_TOC">Contents nobody reads</nav>'
        + para(
            'We follow <cite class="ltx_cite">Doe et al. (2020)</cite> in '
            '<span class="ltx_ref ltx_missing_label">LABEL:fig:x</span><span class="ltx_text ltx_phantom">0</span>all.'
        )
        + '<section class="ltx_bibliography"><ul class="ltx_biblist"><li class="ltx_bibitem">Doe.</li></ul></section>'
        + section("References", para("[1] Roe. Another work.", "S9.p1"), section_id="S9")
    )
    assert [b.text for b in blocks(body)] == ["We follow Doe et al. (2020) in all."]


def test_an_appendix_is_marked_in_the_path() -> None:
    page_blocks = blocks(section("A Proofs", para("By hand.", "A1.p1"), section_id="A1", kind="appendix"))
    assert [(b.id, b.section) for b in page_blocks] == [("A1", "Appendix A Proofs"), ("A1.p1", "Appendix A Proofs")]


def test_paragraphs_inside_drawings_are_text_and_labels_are_not() -> None:
    drawing = (
        "<svg><g><text>axis</text><foreignObject><span class='ltx_foreignobject_content'>label</span></foreignObject>"
        "<foreignObject><span class='ltx_inline-block'><span class='ltx_p'>A prompt in a box.</span></span>"
        "</foreignObject></g></svg>"
    )
    assert [b.text for b in blocks(drawing)] == ["A prompt in a box."]


def test_conversion_errors_are_counted_outside_the_bibliography() -> None:
    error = '<span class="ltx_ERROR undefined">\\ul</span>'
    merror = '<math alttext="\\foo"><merror class="ltx_ERROR"><mtext>\\foo</mtext></merror></math>'
    bibliography = f'<section class="ltx_bibliography"><p>{error}</p></section>'
    document = extract_html(page(para(f"Gives {error}55.6 for {merror}.") + bibliography))
    assert document.errors == 2
    assert document.blocks[-1].text == r"Gives 55.6 for $\foo$."


def test_affiliations_come_with_the_authors_that_the_page_gives_them() -> None:
    def creator(name: str, *institutions: str) -> str:
        contacts = "".join(f'<span class="ltx_contact ltx_role_affiliation">{i}</span>' for i in institutions)
        return (
            f'<span class="ltx_creator ltx_role_author"><span class="ltx_personname">{name}</span>'
            f'<span class="ltx_author_notes">{contacts}</span></span>'
        )

    authors = creator("A. One", "North University, a.one@north.edu") + creator(
        "B. Two", "North University", "South Lab"
    )
    affiliations = extract_html(page(para("Text."), authors=authors)).affiliations
    assert [(a.name, a.authors) for a in affiliations] == [
        ("North University", ["A. One", "B. Two"]),
        ("South Lab", ["B. Two"]),
    ]
    unmarked_authors = creator("A. One<sup>1</sup> North University")
    assert not extract_html(page(para("Text."), authors=unmarked_authors)).affiliations


@pytest.mark.parametrize(
    ("head", "version"),
    [
        ('<base href="/html/2510.14949v3/"/>', "v3"),
        ('<base href="https://arxiv.org/html/2510.14949v12/"/>', "v12"),
        ('<div id="watermark-tr">arXiv:2510.14949v2 [cs.CL] 16 Oct 2025</div>', "v2"),
        ("", None),
    ],
)
def test_the_version_is_what_the_page_says(head: str, version: str | None) -> None:
    assert extract_html(page(para("Text."), head=head)).version == version


def test_a_first_heading_is_not_the_title() -> None:
    body = section("1 Introduction", para("Text."))
    document = extract_html(page(body, title="").replace(b"<title></title>", b"<title>1 Introduction</title>"))
    assert document.title == ""


def test_ids_that_the_page_repeats_or_misuses_are_made_unique_and_safe() -> None:
    page_blocks = blocks(para("One.", "S1.p1") + para("Two.", "S1.p1") + para("Three.", "x y\n"))
    assert [b.id for b in page_blocks] == ["S1.p1", "S1.p1.2", "b1"]


def test_a_page_that_ends_early_says_so() -> None:
    assert extract_html(page(para("Text."), end="")).truncated


@pytest.mark.parametrize(
    "body",
    [b"", b" \n", b"%PDF-1.5 not html", b"\x00\x01\x02" * 50, b"<html><body><p>Hello</p></body></html>", b"ltx_"[:3]],
    ids=["empty", "blank", "pdf", "binary", "no-latexml", "stub"],
)
def test_a_body_that_is_not_a_latexml_page_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        extract_html(body)


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    document = extract_html(page(para("Caf")).replace(b"Caf", b"Caf\xe9 \xff\xfe end"))
    assert document.blocks[-1].text.startswith("Caf")
    assert document.blocks[-1].text.endswith("end")


def test_a_page_of_15_mb_is_read_in_seconds() -> None:
    text = "A sentence of the page that goes on. " * 60
    body = "".join(para(text, f"S1.p{n}") for n in range(6_600))
    assert len(page(body)) > 14_500_000
    assert len(extract_html(page(body)).blocks) == 6_601


def test_deep_nesting_is_not_an_error() -> None:
    body = '<div class="ltx_block">' * 5_000 + '<p class="ltx_p">Deep.</p>' + "</div>" * 5_000
    assert "Deep." in " ".join(b.text for b in blocks(body))


def test_a_page_that_takes_too_long_is_refused() -> None:
    with pytest.raises(Unreadable, match="too long"):
        extract_html(paper(), limit_s=-1.0)
