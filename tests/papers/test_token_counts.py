"""Token counts, and what is cut from a paper that does not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.models import Block, Reading
from papers.token_counts import block_tokens, count_tokens
from tasks.analyze.llm.fitting import fit


@pytest.mark.parametrize(
    ("text", "tokens"),  # by o200k_base
    [
        ("", 0),
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("We propose a novel framework that improves accuracy on long documents.", 12),
        ("| Ours | 97.3 | 88.1 |", 14),
        ("该论文提出稀疏门控机制，在三个数据集上将能耗降低了 41.5%，同时保持准确率不变。", 32),
        (r"E = mc^{2} \tag{7}", 11),
    ],
)
def test_counts_are_near_those_of_a_real_tokeniser(text: str, tokens: int) -> None:
    assert abs(count_tokens(text) - tokens) <= max(2, 0.2 * tokens)


@given(st.text(), st.text())
def test_more_text_is_never_fewer_tokens(first: str, second: str) -> None:
    assert count_tokens(first) >= 0
    assert count_tokens(f"{first}\n\n{second}") >= count_tokens(second)


def block(block_id: str, section: str, words: int = 40) -> Block:
    return Block(id=block_id, kind="paragraph", section=section, text="word " * words)


def paper() -> Reading:
    blocks = [block("abstract.p1", "Abstract"), Block(id="S1", kind="heading", section="1 Intro", text="1 Intro")]
    blocks += [block(f"S1.p{n}", "1 Intro") for n in range(6)]
    blocks += [block(f"S2.p{n}", "2 Related Work") for n in range(4)]
    blocks += [block(f"S3.p{n}", "3 Method > 3.1 Gates") for n in range(12)]
    blocks += [block(f"A1.p{n}", "Appendix A Proofs") for n in range(8)]
    return Reading(arxiv_id="1", state="done", blocks=blocks)


COST = block_tokens(block("x", "y"))


def test_a_paper_that_fits_is_unchanged() -> None:
    assert fit(paper(), 100_000) == (paper().blocks, ())


def test_the_appendix_is_cut_first_from_its_end() -> None:
    fitted = fit(paper(), 27 * COST)
    ids = [b.id for b in fitted.blocks]
    assert "A1.p0" in ids
    assert "A1.p7" not in ids
    assert "S2.p3" in ids
    assert len(fitted.omissions) == 1
    assert fitted.omissions[0].startswith("appendix: ")


def test_then_related_work_then_the_middle_of_the_longest_section() -> None:
    fitted = fit(paper(), 17 * COST)
    ids = [b.id for b in fitted.blocks]
    assert not [i for i in ids if i.startswith(("A1", "S2"))]
    assert {"S3.p0", "S3.p1", "S3.p10", "S3.p11", "S1.p3", "abstract.p1"} <= set(ids)
    assert "S3.p5" not in ids
    assert [c.split(":")[0] for c in fitted.omissions] == [
        "appendix",
        "related work",
        "middle of '3 Method > 3.1 Gates'",
    ]


def test_the_abstract_is_cut_last() -> None:
    assert [b.id for b in fit(paper(), COST + 2).blocks] == ["abstract.p1"]
    assert fit(paper(), 0).blocks == []


@given(st.integers(0, 3_000))
def test_the_result_fits_keeps_the_order_and_lists_the_cuts(tokens: int) -> None:
    reading = paper()
    fitted = fit(reading, tokens)
    assert sum(map(block_tokens, fitted.blocks)) <= tokens
    places = [reading.blocks.index(b) for b in fitted.blocks]
    assert places == sorted(places)
    assert bool(fitted.omissions) == (len(fitted.blocks) < len(reading.blocks))
    assert sum(int(c.rsplit(": ", 1)[1].split()[0]) for c in fitted.omissions) == len(reading.blocks) - len(
        fitted.blocks
    )
