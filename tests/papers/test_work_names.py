"""The name of a paper's work."""

from __future__ import annotations

import pytest

from papers.work_names import name_of_work
from tests.factories import analysis


def test_a_side_product_is_not_the_name_of_the_work() -> None:
    extract = analysis(contribution_short="We introduce Inner Sketching, a paradigm.", short_name="SketchBench")
    assert name_of_work(extract, "Toward Inner Sketching") == "Toward Inner Sketching"


def test_the_name_of_the_title_or_of_the_gist_is_the_work_s() -> None:
    extract = analysis(contribution_short="We propose Fast2, a sparse attention.", short_name="Fast2")
    assert name_of_work(extract, "Fast2: Attention with Masks") == "Fast2"
    assert name_of_work(extract, "Attention with Masks") == "Fast2"


def test_a_model_knows_the_name() -> None:
    assert name_of_work(analysis(model="openai:m", contribution="Long.", short_name="X"), "A Title") == "X"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Great Model Technical Report", "Great Model"),
        ("Great Model: A Safety Tech Report v1.5", "Great Model"),
        ("A Title without a Name", "A Title without a Name"),
        ("Technical Report", "Technical Report"),
        ('"Where Is It?": Effects of Signs on Walkers', '"Where Is It?": Effects of Signs on Walkers'),
        ("Who Walks? A Study: Part One", "Who Walks? A Study"),
        ("Who Walks?", "Who Walks?"),
    ],
)
def test_a_title_names_the_work(title: str, name: str) -> None:
    assert name_of_work(None, title) == name
