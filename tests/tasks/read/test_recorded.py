"""The recorded pages: each is accepted as its own paper and as no other."""

from __future__ import annotations

import gzip
import json
from functools import cache

from tasks.read.acceptance import refusal_reason
from tasks.read.document import Document
from tasks.read.html.page import extract_html
from tasks.read.pdf.text_layer import extract_pdf
from tests.shared import SHARED, needs_shared

ARXIV = SHARED / "recorded" / "arxiv"

pytestmark = needs_shared


@cache
def expected_metadata() -> dict[str, dict[str, str]]:
    return {path.stem: json.loads(path.read_text()) for path in sorted((ARXIV / "expected").iterdir())}


@cache
def documents() -> dict[tuple[str, str], Document]:
    by_kind_and_id = {}
    for path in sorted((ARXIV / "html").iterdir()):
        by_kind_and_id["html", path.name.split(".html")[0]] = extract_html(gzip.decompress(path.read_bytes()))
    for path in sorted((ARXIV / "pdf").iterdir()):
        by_kind_and_id["pdf", path.stem] = extract_pdf(path.read_bytes())
    return by_kind_and_id


def test_each_is_accepted_as_its_own_paper() -> None:
    for (kind, arxiv_id), document in documents().items():
        if metadata := expected_metadata().get(arxiv_id):
            assert refusal_reason(document, metadata["title"], metadata["abstract"]) is None, (kind, arxiv_id)


def test_each_is_refused_as_any_other() -> None:
    for (kind, arxiv_id), document in documents().items():
        for other, metadata in expected_metadata().items():
            if other != arxiv_id:
                assert refusal_reason(document, metadata["title"], metadata["abstract"]) is not None, (
                    kind,
                    arxiv_id,
                    other,
                )


def test_each_is_complete_and_has_unique_ids() -> None:
    for (kind, arxiv_id), document in documents().items():
        assert refusal_reason(document, None, None) is None, (kind, arxiv_id)
        ids = [block.id for block in document.blocks]
        assert len(set(ids)) == len(ids), (kind, arxiv_id)
        if kind == "html":
            assert document.version == "v1"


def test_nothing_of_the_markup_is_left() -> None:
    for (kind, arxiv_id), document in documents().items():
        text = "\n".join(block.text for block in document.blocks)
        for debris in ("\ufdd0", "\ufdd1", "\ufdd2", "\ufffe", "ltx_", "LABEL:", "footnotemark", "\ufb01"):
            assert debris not in text, (kind, arxiv_id, debris)
