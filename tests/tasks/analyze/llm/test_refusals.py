"""What is no analysis: echoes, loops, refusals, JSON, links, sentences as names."""

from __future__ import annotations

import pytest

from papers.reasons import make_reason, reason_text
from tasks.analyze.llm.prompting import system_prompt
from tasks.analyze.llm.refusals import (
    cut_unknown_links,
    is_sentence,
    most_repeated,
    text_fault,
    unknown_links,
    without_repeated_sentences,
)

ZH_PREFIX = "下面这句话摘自论文原文，我们用中文说明它的主要意思，供读者对照阅读和理解，具体的表述以论文原文为准："


@pytest.mark.parametrize(
    "text",
    [
        *[line[:120] for line in system_prompt().splitlines() if len(line) > 30],
        "the main contribution, one sentence",
        "what goes in; statement, at most 320 characters",
        "The parser reaches 91.4% accuracy on ToyBench.",
        "write every text in Chinese (简体中文); names and quotations stay as they are",
    ],
)
def test_an_echo_of_the_prompt(text: str) -> None:
    assert text_fault(text) == make_reason("echo")


@pytest.mark.parametrize(
    "text",
    [
        "the model is the model is the model is the model is the model is the model is the model is the model",
        "and and and and and and and and and",
        "It is good. It is good. It is good.",
        "该方法很好，该方法很好，该方法很好，该方法很好，该方法很好，该方法很好。",
        "我们提出新方法。我们提出新方法。我们提出新方法。",
    ],
)
def test_a_loop(text: str) -> None:
    assert text_fault(text) == make_reason("loop")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("I cannot help with that.", "a refusal of the model"),
        ("As an AI language model, I …", "a refusal of the model"),
        ("抱歉，我无法分析这篇论文。", "a refusal of the model"),
        ('{"text": "half', "a piece of JSON"),
        ("```json", "a piece of JSON"),
        ("string", "a placeholder"),
        ("...", "a placeholder"),
    ],
)
def test_other_texts_that_are_no_statement(text: str, fault: str) -> None:
    assert reason_text(text_fault(text), "en") == fault


@pytest.mark.parametrize(
    "text",
    [
        "We present a method for visual question answering that needs no labels.",
        "The method reaches 97.3% on ImageNet, 2.1 points above the baseline, and 88.0% on CIFAR, 1.0 points above it.",
        "该方法在 ImageNet 上达到 97.3%，比基线高 2.1 个百分点；在 CIFAR 上达到 88.0%，比基线高 1.0 个百分点。",
        ZH_PREFIX + "We do not employ the advantage integration strategy here.",
        "An analysis of 14 models.",
        "It improves accuracy, recall and speed.",
    ],
)
def test_honest_statements_have_no_fault(text: str) -> None:
    assert text_fault(text) is None


def test_repeated_sentences_are_printed_once() -> None:
    assert without_repeated_sentences("It is fast. It is good. It is fast.") == "It is fast. It is good."
    assert without_repeated_sentences("很快。很好。很快。") == "很快。很好。"
    assert most_repeated(["A b.", "a b", "c"]) == 2


KNOWN = "code:https://github.com/acme/toolandwww.acme.org/demo"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See https://github.com/acme/tool.", []),
        ("See github.com/acme/tool/ and http://www.acme.org/demo).", []),
        ("It works. See https://example.invalid/made/up for more.", ["https://example.invalid/made/up"]),
        ("见 https://github.com/other/tool，很好。", ["https://github.com/other/tool"]),
        ("Use huggingface.co/acme/other.", ["huggingface.co/acme/other."]),
        ("No link: e.g. this, v1.2/3.", []),
    ],
)
def test_links_that_the_paper_does_not_have(text: str, expected: list[str]) -> None:
    assert unknown_links(text, KNOWN) == expected


def test_the_sentence_with_an_unknown_link_goes() -> None:
    assert cut_unknown_links("It works. See https://example.invalid/x for more. Good.", KNOWN) == "It works. Good."
    assert cut_unknown_links("See https://example.invalid/x", KNOWN) == ""


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ImageNet", False),
        ("GSM8K, MATH500 and OlympiadBench", False),
        ("Qwen2.5-7B with supervised fine-tuning", False),
        ("long-horizon planning in household environments", False),
        ("视觉问答", False),
        ("We evaluate on three benchmarks", True),
        ("the model is trained on the data of the first", True),
        ("results on the test set of the benchmark after training for three more epochs", True),
        ("该方法在三个数据集上均优于基线，并且训练更快，推理也更快。", True),
        ("F1 | ⟶ | Base | 45.0", True),
        (r"\mathbb{P}(\theta)", True),
    ],
)
def test_sentences_as_names(name: str, expected: bool) -> None:
    assert is_sentence(name) is expected
