"""Token counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.token_counts import count_tokens


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
