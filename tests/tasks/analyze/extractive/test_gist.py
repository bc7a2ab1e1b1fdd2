"""The sentence that says what a paper does, and its short form."""

from __future__ import annotations

import pytest

from papers.models import Block
from tasks.analyze.extractive.candidates import candidates_of
from tasks.analyze.extractive.gist import gist_candidates, short_sentence
from tests import factories

TITLE = "Toward Inner Sketching in Image Models"
ABSTRACT = (
    "Image models draw well but plan badly. To mitigate this deficiency, we introduce Inner Sketching, a training "
    "paradigm for image models. To evaluate it, we present SketchBench, a benchmark of five skills."
)


def gists(title: str, abstract: str, own: str) -> list[str]:
    block = Block(id="abstract.p1", kind="paragraph", section="Abstract", text=abstract)
    reading = factories.reading(1, source="abs", blocks=[block])
    candidates = candidates_of(factories.paper(1, title=title, abstract=abstract), reading)
    contribution = next((c for c in candidates if own in c.text), None)
    return [c.text for c in gist_candidates(title, contribution, candidates)]


def test_a_side_product_is_not_what_the_paper_does() -> None:
    first, last = gists(TITLE, ABSTRACT, "SketchBench")
    assert first == "We introduce Inner Sketching, a training paradigm for image models."
    assert "SketchBench" in last


def test_a_contribution_that_names_the_title_s_work_stays() -> None:
    abstract = "We study three questions of fast attention with masks and distillation. We propose Fast2, an attention."
    own = "We propose Fast2, an attention."
    assert gists("Fast2: Attention with Masks and Distillation", abstract, own) == [own]


def test_without_a_contribution_a_sentence_with_words_of_the_title_says_what_is_done() -> None:
    assert gists(TITLE, ABSTRACT, "nowhere")[0].startswith("We introduce Inner Sketching")
    assert gists("Of Other Things", ABSTRACT, "nowhere") == []


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (
            "We present Guard, a series of models with two variants that are described below in detail: First Guard, "
            "which judges, and Second Guard, which streams, and both have three sizes and many languages to serve.",
            "We present Guard, a series of models with two variants that are described below in detail.",
        ),
        (
            "We propose the Less Noise Sampling Framework for reinforcement learning of large models (LENS), which "
            "first prompts by identifying the tokens that carry noise, and then removes all of them from the rollout.",
            "We propose the Less Noise Sampling Framework for reinforcement learning of large models (LENS).",
        ),
        ("To serve users, " + "x" * 200 + ", we do.", "To serve users, " + "x" * 200 + ", we do."),
        ("We look into the past and propose a clock.", "We propose a clock."),
        ("To this end, we propose X.", "We propose X."),
        ("In this paper, we propose X.", "We propose X."),
        ("To serve users, we propose X.", "To serve users, we propose X."),
        ("To address the issue, we propose X.", "We propose X."),
        ("To address the problem, this paper presents X.", "The paper presents X."),
        ("To enable end-to-end training, we propose X.", "To enable end-to-end training, we propose X."),
        ("With inputs such as text, we propose X.", "With inputs such as text, we propose X."),
        (
            "We introduce Wide, a tokenizer designed to bridge this gap using a codebook of binary words.",
            "We introduce Wide, a tokenizer using a codebook of binary words.",
        ),
        (
            "We propose Balance, a framework of two halves, designed to transcend this inherent trade-off.",
            "We propose Balance, a framework of two halves.",
        ),
        ("We train such models as readers of this paper know.", "We train such models as readers of this paper know."),
        (
            "While decoding was fast, quality has remained elusive. Today, we unveil Swift.",
            "Today, we unveil Swift.",
        ),
        (
            "We present Ultra, a principled framework for all images, that addresses both issues.",
            "We present Ultra, a principled framework for all images.",
        ),
        ("Short.", "Short."),
        ("", ""),
    ],
)
def test_a_long_sentence_loses_what_points_back_and_its_last_clauses(text: str, short: str) -> None:
    assert short_sentence(text, 200) == short
