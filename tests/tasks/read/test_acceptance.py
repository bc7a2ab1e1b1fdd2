"""Which documents are accepted as the listed paper and as complete."""

from __future__ import annotations

import pytest

from papers.reasons import make_reason, reason_text
from tasks.read.acceptance import error_page_kind, error_page_kind_of, refusal_reason
from tasks.read.extraction import read_body
from tasks.read.html.page import extract_html
from tasks.read.pdf.text_layer import extract_pdf
from tests.tasks.read.bad import ERROR_PAGES
from tests.tasks.read.builders import (
    ABSTRACT,
    OTHER_ABSTRACT,
    OTHER_TITLE,
    SENTENCE,
    TITLE,
    long_body,
    math,
    page,
    paper,
    para,
    pdf_paper,
    section,
)

REWRITTEN = (
    "In this paper, sparse gates tell a patient reader which sentences of long documents deserve attention. The gates "
    "open for measurements only, saving energy at the same accuracy. On three corpora, readers with gates make fewer "
    "mistakes and explain choices in words that people understand."
)


def html_refusal(body: bytes, title: str = TITLE, abstract: str = ABSTRACT) -> str | None:
    return reason_text(refusal_reason(extract_html(body), title, abstract), "en") or None


def test_the_paper_is_accepted_as_html_and_as_pdf() -> None:
    assert html_refusal(paper()) is None
    assert refusal_reason(extract_pdf(pdf_paper()), TITLE, ABSTRACT) is None
    assert refusal_reason(extract_pdf(pdf_paper(columns=2)), TITLE, ABSTRACT) is None


def test_another_paper_is_refused_by_name() -> None:
    reason = html_refusal(paper(OTHER_TITLE, OTHER_ABSTRACT))
    assert reason is not None
    assert "another paper" in reason
    assert OTHER_TITLE in reason
    assert refusal_reason(extract_pdf(pdf_paper(OTHER_TITLE, OTHER_ABSTRACT)), TITLE, ABSTRACT) is not None


def test_a_paper_that_cites_the_listed_one_is_refused() -> None:
    body = section("1 Introduction", para(f"We build on {TITLE} (Author et al.). " + SENTENCE * 60)) + long_body(4)
    assert html_refusal(page(body, title=OTHER_TITLE, abstract=OTHER_ABSTRACT)) is not None


@pytest.mark.parametrize(
    ("title", "abstract"),
    [
        ("Sparse Gates", ABSTRACT),
        (f"{TITLE}: A Study of Attention", ABSTRACT),
        ("SPARSE GATES FOR PATIENT READERS", ABSTRACT.replace("41.5%", "41.5\\%").upper()),
        ("Patience by Gates", ABSTRACT),
        (TITLE, ABSTRACT[: len(ABSTRACT) // 2]),
        (TITLE, REWRITTEN),
        ("Sparse  Gates\n  for Patient Readers", ABSTRACT.replace(" ", "\n", 9)),
        (TITLE, f"We study {TITLE}."),
        (TITLE, ""),
    ],
    ids=["short", "subtitle", "case", "renamed", "cut", "rewritten", "wrapped", "trivial", "empty"],
)
def test_a_lightly_changed_listing_is_still_the_paper(title: str, abstract: str) -> None:
    assert html_refusal(paper(), title, abstract) is None


@pytest.mark.parametrize("abstract", [f"We study {OTHER_TITLE}.", ""])
def test_a_trivial_abstract_leaves_the_title_to_decide(abstract: str) -> None:
    assert html_refusal(paper(), OTHER_TITLE, abstract) is not None


def test_the_same_title_over_another_abstract_is_refused() -> None:
    assert html_refusal(paper(TITLE, OTHER_ABSTRACT)) is not None


def test_a_page_without_marked_title_and_abstract_is_known_by_its_beginning() -> None:
    body = para(TITLE, "p1") + para(ABSTRACT, "p2") + long_body()
    assert html_refusal(page(body, title="", abstract="")) is None


def test_formulas_in_the_abstract_are_compared_as_words() -> None:
    listed_abstract = ABSTRACT.replace("41.5%", "$41.5\\%$")
    assert (
        html_refusal(page(long_body(), abstract=ABSTRACT.replace("41.5%", math("41.5\\%"))), TITLE, listed_abstract)
        is None
    )


CHECKLIST = "".join(
    section(f"{n} Claims", para("Question: Do the claims match? Answer: [Yes]", f"S{n}.p1"), section_id=f"S{n}")
    for n in range(1, 16)
)
TEMPLATE = section("1 Submission of papers", para("Papers are at most nine pages. " * 90), section_id="S1") + section(
    "2 Formatting", para("Use the style file. " * 90, "S2.p1"), section_id="S2"
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (page(CHECKLIST), "no body"),
        (
            page(TEMPLATE, title="Formatting Instructions", abstract="The abstract must be one paragraph. " * 6),
            "another paper",
        ),
        (page(""), "no body"),
        (page(section("1 Introduction", para(SENTENCE * 40))), "incomplete"),
        (page(para(SENTENCE * 40)), "no sections"),
        (page(long_body(), end=""), "cut off"),
        (page(long_body() + para('<span class="ltx_ERROR">\\x</span>' * 60)), "conversion errors"),
    ],
    ids=["checklist", "template", "abstract-only", "one-section", "no-section", "truncated", "errors"],
)
def test_an_incomplete_document_is_refused(body: bytes, reason: str) -> None:
    refusal = html_refusal(body)
    assert refusal is not None
    assert reason in refusal


def test_a_few_conversion_errors_are_accepted() -> None:
    assert html_refusal(page(long_body() + para('<span class="ltx_ERROR">\\x</span> text' * 15, "S9.p1"))) is None


def test_a_long_paper_without_sections_is_accepted() -> None:
    assert html_refusal(page("".join(para(SENTENCE * 20, f"p{n}") for n in range(12)))) is None


@pytest.mark.parametrize("name", sorted(ERROR_PAGES))
@pytest.mark.parametrize("source", ["html", "pdf", "abs"])
def test_error_pages_are_refused_even_unchecked(name: str, source: str) -> None:
    document, reason, _ = read_body(source, ERROR_PAGES[name], None, None)  # type: ignore[arg-type]
    assert document is None
    assert reason


def test_error_pages_are_classified() -> None:
    assert error_page_kind(ERROR_PAGES["arxiv-no-html"]) == make_reason("no-html")
    assert error_page_kind(ERROR_PAGES["arxiv-captcha"]) == make_reason("robot-check")
    assert error_page_kind(ERROR_PAGES["cloudflare"]) == make_reason("waiting-page")
    assert error_page_kind(ERROR_PAGES["proxy-502"]) == make_reason("server-error-page")
    assert error_page_kind(paper()) is None


def test_a_paper_about_captchas_is_a_paper() -> None:
    body = long_body() + section(
        "4 CAPTCHA", para("Verify you are a human, said the 403 Forbidden page. " * 9), section_id="S4"
    )
    assert error_page_kind_of(" ".join(["CAPTCHA"] * 2000)) is None
    assert html_refusal(page(body)) is None
