"""The sentence that says what a paper does, its short form, and the name of the work."""

from __future__ import annotations

import pytest

from papers.contribution_sentences import contribution_sentence, gist_of, name_of_work, short_sentence, without_opening
from tests.factories import analysis

TITLE = "Toward Inner Sketching in Image Models"
ABSTRACT = (
    "Image models draw well. To mitigate this deficiency, we introduce Inner Sketching, a training paradigm for image "
    "models. To evaluate it, we present SketchBench, a benchmark of five skills."
)


def test_a_side_product_is_not_what_the_paper_does() -> None:
    extract = analysis(contribution="To evaluate it, we present SketchBench, a benchmark.", short_name="SketchBench")
    sentence = contribution_sentence(extract, TITLE, ABSTRACT)
    assert sentence == "We introduce Inner Sketching, a training paradigm for image models."
    assert name_of_work(extract, TITLE, sentence) == TITLE


def test_a_contribution_that_names_the_title_s_work_stays() -> None:
    own = "We propose Fast2, a sparse attention."
    abstract = "We study three questions of fast attention with masks and distillation. We propose Fast2."
    extract = analysis(contribution=own, short_name="Fast2")
    assert contribution_sentence(extract, "Fast2: Attention with Masks and Distillation", abstract) == own
    assert name_of_work(extract, "Fast2: Attention with Masks and Distillation", own) == "Fast2"


def test_a_model_s_short_form_is_used_as_it_is() -> None:
    model = analysis(model="openai:m", contribution="Long.", contribution_short="Short.", short_name="X")
    assert contribution_sentence(model, TITLE, ABSTRACT) == "Short."
    assert name_of_work(model, TITLE, "Short.") == "X"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Great Model Technical Report", "Great Model"),
        ("Great Model: A Safety Tech Report v1.5", "Great Model"),
        ("A Title without a Name", "A Title without a Name"),
        ("Technical Report", "Technical Report"),
    ],
)
def test_a_title_names_the_work(title: str, name: str) -> None:
    assert name_of_work(None, title, None) == name


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
        ("Short.", "Short."),
        ("", ""),
    ],
)
def test_a_long_sentence_loses_its_last_clauses_and_stays_whole(text: str, short: str) -> None:
    assert short_sentence(text) == short


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("To this end, we propose X.", "We propose X."),
        ("In this paper, we propose X.", "We propose X."),
        ("To serve users, we propose X.", "To serve users, we propose X."),
    ],
)
def test_an_opening_that_points_back_goes(text: str, rest: str) -> None:
    assert without_opening(text) == rest


def test_of_several_sentences_the_one_that_says_what_is_done_is_the_gist() -> None:
    extract = analysis(contribution="While decoding was fast, quality has remained elusive. Today, we unveil Swift.")
    assert gist_of(extract, "Swift: Edits", "") == "Today, we unveil Swift."
