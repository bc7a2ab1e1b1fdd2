from __future__ import annotations

import pytest

from tasks.analyze.extractive.topics import choose_topics

OWN = ["We propose Lantern, a sparse routing layer for small language models.", "It needs half of the training tokens."]


@pytest.mark.parametrize(
    ("keywords", "topics"),
    [
        (["dense routing", "sparse routing"], ["sparse routing"]),  # what only the background has
        (["training tokens", "small language models"], ["small language models", "training tokens"]),  # title first
        (["Lantern", "sparse routing"], ["sparse routing"]),  # its own name
        (["prompt-guided", "$\\pi$-Flow", "sparse routing"], ["sparse routing"]),  # fragments and formulas
        (["small language models", "SLMs", "language model"], ["small language models"]),  # one thing twice
        (["ablation studies", "sparse routing"], ["sparse routing"]),  # of any paper
        (["quantum optics", "lasers"], ["quantum optics", "lasers"]),  # the text has none
        ([], []),
    ],
)
def test_topics_name_the_subject(keywords: list[str], topics: list[str]) -> None:
    assert choose_topics(keywords, "Routing for Small Language Models", "Lantern", OWN) == topics
