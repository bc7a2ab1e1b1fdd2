"""What is put into quoted sentences, in square brackets."""

from __future__ import annotations

import time

import pytest

from tasks.analyze.extractive.insertions import Abbreviations, with_subject

BEFORE = "We propose pi-Flow, a policy-based model."


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("It achieves an FID of 2.85.", "[pi-Flow] achieves an FID of 2.85."),
        ("On ImageNet, it attains an FID of 2.85.", "On ImageNet, [pi-Flow] attains an FID of 2.85."),
        ("It also reduces memory.", "[pi-Flow] also reduces memory."),
        ("It is known that flows are slow.", "It is known that flows are slow."),
        ("It remains to be seen.", "It remains to be seen."),
        ("We find it improves.", "We find it improves."),
    ],
)
def test_the_subject_it_is_the_work_that_the_sentence_before_names(text: str, named: str) -> None:
    assert with_subject(text, BEFORE, "pi-Flow") == named


@pytest.mark.parametrize(
    ("before", "name"), [("Others are slow.", "pi-Flow"), (BEFORE, None), ("pi-Flow2 runs.", "pi-Flow")]
)
def test_without_the_name_in_the_sentence_before_it_stays(before: str, name: str | None) -> None:
    assert with_subject("It achieves 2.85.", before, name) == "It achieves 2.85."


@pytest.mark.parametrize(
    "before",
    ["Unlike pi-Flow, GPT-5 is larger.", "GPT-5 is compared with pi-Flow.", "The teacher of pi-Flow is large."],
)
def test_it_is_not_the_work_where_another_thing_is_the_subject(before: str) -> None:
    assert with_subject("On ImageNet, it attains 2.85.", before, "pi-Flow") == "On ImageNet, it attains 2.85."
    assert with_subject("It outperforms pi-Flow.", BEFORE, "pi-Flow") == "It outperforms pi-Flow."


def test_many_hyphens_take_no_time() -> None:
    started = time.process_time()
    Abbreviations(["We use a" + "-a" * 60 + " (AAaaaaaX) here."], None)
    assert time.process_time() - started < 1.0  # a safeguard against backtracking, not a measure


def explain(definition: str, text: str, name: str | None = None) -> str:
    return Abbreviations([definition], name).explain("report", text)


@pytest.mark.parametrize(
    ("definition", "text", "explained"),
    [
        (
            "Approaches to Visual Chain-of-Thought (VCoT) are limited.",
            "It gives models VCoT skills.",
            "It gives models VCoT [Visual Chain-of-Thought] skills.",
        ),
        (
            "Large Reasoning Models (LRMs) are slow.",
            "We train LRMs with less.",
            "We train LRMs [Large Reasoning Models] with less.",
        ),
        (
            "Diffusion large language models (dLLMs) are new.",
            "For dLLMs it is fast.",
            "For dLLMs [diffusion large language models] it is fast.",
        ),
        ("Methods of joint optimal transport (JOT) exist.", "JOT++ is better.", "JOT++ is better."),
        ("Large language models (LLMs) are new.", "LLMs are good.", "LLMs are good."),
        ("Our deep thing (XYZ) is new.", "XYZ is good.", "XYZ is good."),
    ],
)
def test_an_abbreviation_is_explained_where_the_paper_introduces_it(definition: str, text: str, explained: str) -> None:
    assert explain(definition, text) == explained


def test_an_abbreviation_is_explained_once_in_a_series_and_never_the_work_itself() -> None:
    texts = ["Visual Chain-of-Thought (VCoT) is our Visual Work Thing (VWT)."]
    abbreviations = Abbreviations(texts, "VWT")
    assert abbreviations.explain("report", "VCoT helps VWT.") == "VCoT [Visual Chain-of-Thought] helps VWT."
    assert abbreviations.explain("report", "VCoT helps.") == "VCoT helps."
    assert abbreviations.explain("digest", "VCoT helps.", most=20) == "VCoT helps."
    assert abbreviations.explain("digest", "VCoT helps.") == "VCoT [Visual Chain-of-Thought] helps."


def test_what_the_sentence_itself_explains_counts_as_seen() -> None:
    sentence = "Visual Chain-of-Thought (VCoT) helps."
    abbreviations = Abbreviations([sentence], None)
    assert abbreviations.explain("report", sentence) == sentence
    assert abbreviations.explain("report", "VCoT helps.") == "VCoT helps."
