"""From an abs page to a document."""

from __future__ import annotations

import pytest

from tasks.read.abstract_page import extract_abs
from tasks.read.document import Unreadable
from tests.shared import SHARED, needs_shared
from tests.tasks.read.builders import ABSTRACT, TITLE, abs_page


def test_title_abstract_and_version() -> None:
    document = extract_abs(abs_page(history="<strong><a href='/abs/1v1'>[v1]</a></strong> <strong>[v2]</strong>"))
    assert (document.title, document.abstract, document.version) == (TITLE, ABSTRACT, "v2")
    assert [b.id for b in document.blocks] == ["abstract.p1"]
    assert not document.withdrawn


@pytest.mark.parametrize(
    ("comments", "history", "withdrawn"),
    [
        ("This paper has been withdrawn by the author due to an error", "", True),
        ("Withdrawn", "", True),
        ("12 pages", "<strong>[v1]</strong> Mon (1 KB) <strong>[v2]</strong> Tue (withdrawn)", True),
        (
            "We study when a withdrawn consent has to be honoured by a model that was trained before; 12 pages, " * 3,
            "",
            False,
        ),
        ("12 pages, accepted at a venue", "", False),
    ],
)
def test_a_withdrawn_paper_is_recognized(comments: str, history: str, withdrawn: bool) -> None:
    assert extract_abs(abs_page(comments=comments, history=history)).withdrawn is withdrawn


@pytest.mark.parametrize(
    "body", [b"", b"%PDF-1.4", b"\x00\x01", b"<html><body>Not found</body></html>", abs_page(title="")]
)
def test_a_body_that_is_not_an_abs_page_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        extract_abs(body)


@needs_shared
def test_the_recorded_page() -> None:
    document = extract_abs((SHARED / "recorded/arxiv/abs/1902.02534.html").read_bytes())
    assert document.title.startswith("Crowdsourcing open citations with CROCI")
    assert document.version == "v2"
    assert len(document.abstract) > 300
