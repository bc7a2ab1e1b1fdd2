"""What is left out of a paper that does not fit into a model's context."""

from __future__ import annotations

import gzip
import re
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.models import Block, Reading
from papers.token_counts import block_tokens
from tasks.analyze.llm.fitting import block_kinds, fit, printed_tokens, smaller_budget
from tasks.analyze.section_kinds import section_kind
from tests.shared import SHARED, needs_shared


def block(block_id: str, section: str, words: int = 40) -> Block:
    return Block(id=block_id, kind="paragraph", section=section, text="word " * words)


def paper() -> Reading:
    blocks = [block("abstract.p1", "Abstract"), Block(id="S1", kind="heading", section="1 Intro", text="1 Intro")]
    blocks += [block(f"S1.p{n}", "1 Introduction") for n in range(6)]
    blocks += [block(f"S2.p{n}", "2 Related Work") for n in range(4)]
    blocks += [block(f"S3.p{n}", "3 Method > 3.1 Gates") for n in range(12)]
    blocks += [block(f"S4.p{n}", "4 Results") for n in range(2)]
    blocks += [block("S5.p1", "5 Conclusion")]
    blocks += [block(f"A1.p{n}", "Appendix A Proofs") for n in range(8)]
    return Reading(arxiv_id="1", state="done", blocks=blocks)


COST = block_tokens(block("x", "y"))


def test_a_paper_that_fits_is_unchanged() -> None:
    assert fit(paper(), 100_000) == (paper().blocks, ())


def test_the_appendix_goes_first_then_related_work_then_the_middle_of_sections() -> None:
    fitted = fit(paper(), 30 * COST)
    assert "S2.p3" in [b.id for b in fitted.blocks]
    assert fitted.omissions == ("appendix: 5 blocks",)
    fitted = fit(paper(), 17 * COST)
    ids = [b.id for b in fitted.blocks]
    assert not [i for i in ids if i.startswith(("A1", "S2"))]
    assert {"S3.p0", "S3.p11", "S1.p0", "S4.p0", "S4.p1", "S5.p1", "abstract.p1"} <= set(ids)
    assert "S3.p5" not in ids
    assert [c.split(":")[0] for c in fitted.omissions][:2] == ["appendix", "related work"]


def test_the_abstract_is_left_out_last() -> None:
    assert [b.id for b in fit(paper(), COST + 2).blocks] == ["abstract.p1"]
    assert fit(paper(), 0).blocks == []


def test_a_long_abstract_is_cut_at_the_end_of_a_sentence() -> None:
    text = "We study a thing of which nobody has heard so far. " * 40
    long = Block(id="abstract.p1", kind="paragraph", section="Abstract", text=text.strip())
    (kept,) = fit(Reading(arxiv_id="1", state="done", blocks=[long]), 200).blocks
    assert kept.text.endswith("so far.")
    assert text.startswith(kept.text)
    assert printed_tokens(kept) <= 200


@given(st.integers(0, 3_000))
def test_the_result_fits_keeps_the_order_and_lists_what_was_left_out(tokens: int) -> None:
    reading = paper()
    fitted = fit(reading, tokens)
    assert sum(map(printed_tokens, fitted.blocks)) <= tokens
    ids = [b.id for b in reading.blocks]
    places = [ids.index(b.id) for b in fitted.blocks]
    assert places == sorted(places)
    left_out = len(reading.blocks) - len(fitted.blocks)
    assert sum(int(c.rsplit(": ", 1)[1].split()[0]) for c in fitted.omissions) == left_out


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("I Introduction", "introduction"),
        ("I. INTRODUCTION", "introduction"),
        ("V Conclusions", "conclusion"),
        ("V. CONCLUSIONS", "conclusion"),
        ("V Results and Discussion > V.1 Force Analysis", "results"),
        ("A Conclusion", "conclusion"),
        ("A Proofs", "appendix"),
        ("B. Training Details", "appendix"),
        ("C.1 Prompts", "appendix"),
        ("APPENDIX", "appendix"),
        ("Appendix V Results", "appendix"),
    ],
)
def test_roman_numbers_are_no_letters_of_an_appendix(section: str, kind: str) -> None:
    assert section_kind(section, "p1.b1") == kind


@pytest.mark.parametrize(
    ("sections", "kinds"),
    [
        (["1 Introduction", "2 Conclusion", "A Model Card", "Prompts"], ["appendix", "appendix"]),
        (["A Model of Attention", "1 Results", "2 Conclusion"], ["method", "results", "conclusion"]),
        (["I Introduction", "V Conclusion, Limitations", "Appendix"], ["introduction", "conclusion", "appendix"]),
        (["2 Related Work > World Models", "4 Results > 4.1 Summary Statistics"], ["related work", "results"]),
        (["", "1 Introduction"], ["abstract", "introduction"]),
    ],
)
def test_kinds_depend_on_where_a_heading_stands(sections: list[str], kinds: list[str]) -> None:
    blocks = [block("abstract.p1", "Abstract")] if sections[0] else []
    blocks += [block(f"p{n}.b1", s, words=80) for n, s in enumerate(sections)]
    assert block_kinds(blocks)[-len(kinds) :] == kinds


def test_a_limit_of_the_server_leaves_room_for_the_answer() -> None:
    assert smaller_budget(60_000, sent=62_000, limit=None, answer=16_000) == 30_000
    small = smaller_budget(8_000, sent=10_000, limit=8_192, answer=2_000)
    assert 3_000 < small <= 8_192 - 2_000 - 2_000
    assert smaller_budget(8_000, sent=9_000, limit=1_024, answer=16_000) == 0
    assert smaller_budget(1_000, sent=1_500, limit=60_000, answer=100) == 500  # the server counts otherwise


# --- recorded papers -------------------------------------------------------------------------------------------------

ARXIV = SHARED / "recorded" / "arxiv"
NAMES = sorted(f"{p.parent.name}/{p.name}" for p in (*ARXIV.glob("html/*"), *ARXIV.glob("pdf/*")))
CONCLUSION = re.compile(r"(?i)^(?:\d+|[IVX]+)?\.?\s*conclu[^>]*$|> (?:\d+\.?)* ?conclu[^>]*$")
RESULTS = re.compile(r"(?i)^(?:\d+|[IVX]+)?\.?\s*(?:experiment|evaluation|(?:main )?results|empirical)[^>]*")


@cache
def recorded(name: str) -> Reading:
    from tasks.read.html.page import extract_html
    from tasks.read.pdf.text_layer import extract_pdf

    data = (ARXIV / name).read_bytes()
    page = extract_html(gzip.decompress(data)) if name.endswith(".gz") else extract_pdf(data)
    return Reading(arxiv_id="2510.00001", state="done", blocks=list(page.blocks))


@needs_shared
@pytest.mark.parametrize("name", NAMES)
def test_recorded_papers_keep_what_an_analysis_is_made_of(name: str) -> None:
    """The test finds these sections by their headings itself, without the module under test."""
    reading = recorded(name)
    for tokens in (500, 1_000, 2_000, 4_000, 8_000):
        blocks = fit(reading, tokens).blocks
        assert tokens * 0.8 < sum(map(printed_tokens, blocks)) <= tokens
        abstract = [b.id for b in reading.blocks if b.id.startswith("abstract.") and b.kind != "heading"]
        kept = {b.id for b in blocks}
        assert not abstract or kept & set(abstract), tokens
        if tokens < 2_000:
            continue
        assert {b.text for b in reading.blocks if b.id in abstract} <= {b.text for b in blocks}, tokens
        for pattern in (CONCLUSION, RESULTS):
            ids = {b.id for b in reading.blocks if pattern.search(b.section) and not b.id.startswith("A")}
            text = {b.id for b in reading.blocks if b.id in ids and b.kind != "heading"}
            assert not text or kept & text, (tokens, pattern.pattern)
