"""The labels of sentence roles."""

from __future__ import annotations

import time

import pytest

from tasks.analyze.extractive.roles import ROLES, WEIGHTS_FILE, label_sentences

ABSTRACT = (
    "Neural networks have recently become the standard tool for reading documents.",
    "In this paper, we propose a new framework for reading long documents.",
    "Our method uses a two-stage network that is trained with gradient descent.",
    "Experimental results show that our approach outperforms all baselines by 3.2%.",
    "© 2015 Elsevier Ltd. All rights reserved.",
)


def test_each_sentence_has_the_role_that_people_give_it() -> None:
    labels = label_sentences(ABSTRACT)
    assert labels[0] == "background"
    assert labels[1] in ("objective", "method")
    assert labels[2:] == ["method", "result", "other"]


@pytest.mark.parametrize(
    "sentences", [[], [""], ["。"], ["我们提出一种方法。", "结果很好。"], ["a" * 200_000], ["x"] * 300]
)
def test_any_text_has_labels_quickly(sentences: list[str]) -> None:
    started = time.process_time()
    labels = label_sentences(sentences)
    assert len(labels) == len(sentences)
    assert set(labels) <= set(ROLES)
    assert time.process_time() - started < 2


def test_the_weights_fit_into_the_package() -> None:
    assert WEIGHTS_FILE.stat().st_size <= 1_000_000
