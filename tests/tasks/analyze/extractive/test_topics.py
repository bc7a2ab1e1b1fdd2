from __future__ import annotations

import pytest

from tasks.analyze.extractive.topics import choose_topics, is_same

TITLE = "Lantern: Sparse Routing for Video Generation"
LEAD = "We propose Lantern, a routing layer for machine translation that uses imitation learning."


@pytest.mark.parametrize(
    ("keywords", "title", "lead", "topics"),
    [
        (["dense routing", "sparse routing"], TITLE, None, ["video generation", "sparse routing"]),  # the title has it
        ([], TITLE, None, ["video generation"]),  # a subject of the glossary
        (["Lantern", "Lantern routing"], TITLE, None, ["video generation"]),  # its own name
        (["Sparse Routing Layer"], "Routing Layer 2", None, []),  # the name of a part
        ([], "Lantern: Unfolding a Pose for Interactive Puppet Animation", None, ["interactive puppet animation"]),
        ([], "Discovering Multiagent Learning Algorithms with LLMs", None, ["multiagent learning algorithms"]),
        ([], "Just Talk: LLMs Learn Earlier", None, []),
        (["sparse-guided", "$\\pi$-Flow", "sparse"], TITLE, None, ["video generation"]),  # fragments, formulas
        (["video generation", "long video generation"], "Long Video Generation", None, ["long video generation"]),
        (["Retrieval-Augmented Generation", "RAG"], "RAG: Retrieval-Augmented Generation", None,
         ["retrieval-augmented generation"]),
        (["ablation studies", "accuracy"], "Accuracy in Ablation Studies", None, []),  # of any paper
        (["reward models"], "Search without Reward Models", None, []),  # what it does without
        ([], "Lantern: A Study", LEAD, ["machine translation"]),  # of the contribution, not the means
        (["quantum optics"], "Lantern: A Study", LEAD, ["machine translation"]),
        (["quantum optics"], "Lantern: A Study", None, []),
        (["lasers", "code generation", "GUI agents"], "Lantern: A Study", None, ["code generation"]),
        ([], "On GUI Agents and RL", None, ["GUI agents"]),
    ],
)  # fmt: skip
def test_topics_name_the_subject(keywords: list[str], title: str, lead: str | None, topics: list[str]) -> None:
    assert choose_topics(keywords, title, "Lantern", lead) == topics


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("diffusion transformers", "DiTs", True),
        ("group relative policy optimization", "GRPO", True),
        ("world models", "world model", True),
        ("video editing", "image editing", False),
        ("reward models", "RAG", False),
    ],
)
def test_names_of_one_thing(one: str, other: str, same: bool) -> None:
    assert is_same(one, other) is is_same(other, one) is same
