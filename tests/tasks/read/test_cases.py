"""The recorded cases: claims about pages with marks, tables of spans, and a title with a note."""

from __future__ import annotations

import json

import pytest

from tasks.analyze.grounding.claims import check_claims
from tasks.read.document import Document
from tasks.read.html.page import extract_html
from tests.shared import SHARED, needs_shared

CASES = SHARED / "cases"

pytestmark = needs_shared


def document_of(name: str) -> Document:
    return extract_html((CASES / name).read_bytes())


@pytest.mark.parametrize(
    ("claims", "page"),
    [
        ("marks/claims.jsonl", "marks/page.html"),
        ("marks/claims2.jsonl", "marks/std.html"),
        ("span-tables/claims.jsonl", "span-tables/page.html"),
        ("span-tables/claims.jsonl", "span-tables/same-as-table.html"),
    ],
)
def test_claims_are_judged_right(claims: str, page: str) -> None:
    blocks, wrong = document_of(page).blocks, []
    for line in (CASES / claims).read_text().splitlines():
        claim = json.loads(line)
        (verdict,) = check_claims([claim], blocks)
        statuses = [number["status"] in ("grounded", "derived") for number in verdict["numbers"]]
        holds = {"ok": bool(statuses) and all(statuses), "refuse": bool(statuses) and not all(statuses), "either": True}
        wrong += [] if holds[claim["right"]] else [(claim["text"], verdict["numbers"])]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "quote", "holds"),
    [
        ("The router keeps 94.2% of the accuracy.", "The router keeps 94.2²% of the accuracy", True),
        ("The router keeps 94.2% of the accuracy.", "The router keeps 94.2% of the accuracy", True),
        ("The router keeps 94.2²% of the accuracy.", "The router keeps 94.2²% of the accuracy", True),
        ("The router keeps 94.22% of the accuracy.", "The router keeps 94.22% of the accuracy", False),
        ("The router keeps 2% of the accuracy.", "The router keeps 94.2²% of the accuracy", False),
        ("We train for 32,768 steps.", "We train for 2^15 steps.", True),
        ("We train for 2¹⁵ steps.", "We train for 2^15 steps.", True),
        ("We train for 215 steps.", "We train for 2^15 steps.", False),
        ("We train for 2 steps.", "We train for 2^15 steps.", False),
        ("The learning rate is 1e-5.", "10^-5 is the learning rate", True),
    ],
)
def test_quotations_of_marks_and_powers(text: str, quote: str, holds: bool) -> None:
    (verdict,) = check_claims([{"text": text, "quote": quote}], document_of("marks/page.html").blocks)
    assert [number["status"] == "grounded" for number in verdict["numbers"]] == [holds]


def test_a_table_of_spans_reads_as_a_table() -> None:
    def rows(name: str) -> list[tuple[str, str | None]]:
        return [(b.text, b.header) for b in document_of(name).blocks if b.kind == "table_row"]

    spans = rows("span-tables/page.html")
    assert len(spans) == 4
    assert spans == rows("span-tables/same-as-table.html")


def test_the_title_is_whole() -> None:
    document = document_of("title-note/page.html")
    assert document.title.endswith("Sparse Lantern Routing for Small Language Agents")
    assert "[footnote: Work done at an internship.]" in [b.text for b in document.blocks]
