"""What each part of an extract says: the own work, its outcomes, its limits, and what one needs to use it."""

from __future__ import annotations

import pytest

from papers.models import Block
from tasks.analyze.extractive.cues import refers_to_earlier_sentence
from tasks.analyze.section_kinds import section_kind
from tests.tasks.analyze.extractive.test_bad_input import OUTCOME, PROPOSAL, extract_of, paragraph

PROBLEM = "Readers of long documents lose much time with parts that do not matter to them."


def test_the_contribution_is_the_work_of_the_title_and_not_a_side_product() -> None:
    abstract = (
        "Dialects vary by region. In this work, we ask whether image models understand them. "
        "We design a general strategy that helps encoders with rare words. "
        "Experiments show that our strategy raises performance by 34.4% on five dialects."
    )
    named = "We construct DialectGen, a new large benchmark of dialect robustness in image generation."
    draft = extract_of(
        abstract, paragraph(1, "1 Introduction", named), title="DialectGen: Benchmarking Dialects in Image Generation"
    )
    assert draft.fields["contribution"] == named
    assert draft.fields["results"][0].finding.endswith("by 34.4% on five dialects.")


def test_the_first_sentence_can_be_the_contribution() -> None:
    abstract = (
        "This paper develops a sensitivity analysis that transfers policy effects to data without network information. "
        "We assume that both datasets share the same conditional mean outcome. "
        "The limiting distribution is derived, and we develop a bootstrap to approximate it."
    )
    draft = extract_of(abstract, title="Evaluating Policy Effects without Network Information: A Sensitivity Analysis")
    assert draft.fields["contribution"].startswith("The paper develops a sensitivity analysis")


def test_a_contribution_that_says_little_has_its_neighbour() -> None:
    thin = "We present a new training paradigm that needs no pairs."
    how = "Our approach optimizes an image editor with the feedback of a vision-language model."
    assert (
        extract_of(f"{PROBLEM} {thin} {how}", title="Editing without Pairs").fields["contribution"] == f"{thin} {how}"
    )
    tension = "The balance between speed and quality of readers has remained hard to strike."
    back = "We unveil ShortCut, a change of paradigm designed to resolve this balance."
    contribution = extract_of(f"{tension} {back}").fields["contribution"]
    assert contribution in (back, f"{tension} {back}")


@pytest.mark.parametrize(
    ("text", "is_unclear"),
    [
        ("The model is designed to transcend this trade-off.", True),
        ("Analysis shows that the issue originates in early embeddings.", True),
        ("On ImageNet, it attains an accuracy of 85.1%.", True),
        ("Despite its size, on coding tasks it attains 892 tokens a second.", True),
        ("By preserving the advantages of decoding, these models deliver superior quality.", True),
        ("We study the gap between two models and close this gap by training.", False),
        ("These results show that reading less is enough.", False),
        ("We evaluate this framework on three tasks.", False),
        ("The gap between speed and quality is narrowed.", False),
        ("When the reader is trained, it outperforms all baselines.", False),
    ],
)
def test_what_refers_to_an_earlier_sentence_is_known(text: str, is_unclear: bool) -> None:
    assert refers_to_earlier_sentence(text) is is_unclear


def test_results_are_found_by_their_words_and_those_with_figures_come_first() -> None:
    robust = "ShortCut remains robust across domains and outperforms strong readers in all settings."
    abstract = f"{PROBLEM} {PROPOSAL} {robust} On average, ShortCut improves accuracy by 3.2% over the best baseline."
    findings = [r.finding for r in extract_of(abstract).fields["results"]]
    assert findings == ["On average, ShortCut improves accuracy by 3.2% over the best baseline.", robust]


def test_a_result_brings_the_figures_that_go_on_from_it() -> None:
    first = "Across 33 benchmarks, ShortCut delivers strong performance at a high decoding speed."
    more = "Despite its size, on coding tasks it attains 892 tokens a second, faster than all others."
    findings = [r.finding for r in extract_of(f"{PROBLEM} {PROPOSAL} {first} {more}").fields["results"]]
    assert findings == [f"{first} {more}"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Keywords: estimation, mixtures, kernel density, likelihood, consistency.",
        "We explore the gamma process as a key example throughout.",
        "We hope that our work will bring attention to reading as a research direction.",
        "Our work takes a step toward readers that people can trust.",
    ],
)
def test_what_is_no_outcome_is_no_result(sentence: str) -> None:
    findings = [r.finding for r in extract_of(f"{PROBLEM} {PROPOSAL} {OUTCOME} {sentence}").fields["results"]]
    assert findings == [OUTCOME]


def test_the_datasets_of_a_result_are_named_together_and_a_task_is_none() -> None:
    abstract = f"{PROPOSAL} Experiments on WebArena and AndroidWorld show that ShortCut outperforms all baselines."
    assert extract_of(abstract).fields["results"][0].dataset == "WebArena and AndroidWorld"
    task = "Multimodal sarcasm detection (MSD) finds irony in posts with images."
    abstract = f"{task} {PROPOSAL} Experiments on MSD benchmarks show that ShortCut outperforms all baselines."
    assert extract_of(abstract).fields["results"][0].dataset is None


def test_limitations_follow_the_sentence_that_announces_them() -> None:
    discussion = (
        "ShortCut reads fast and well. Despite its speed, our method has several limitations. "
        "It was built for English. ShortCut demands tuning and computational resources for each new domain. "
        "Overall, our results show that reading less is enough and does not cost quality."
    )
    limitations = extract_of(PROPOSAL, paragraph(5, "5 Discussion", discussion)).fields["limitations"]
    assert limitations == "ShortCut demands tuning and computational resources for each new domain."


@pytest.mark.parametrize(
    ("section", "kind"),
    [
        ("7 Broader Impact and Limitations", "limitations"),
        ("Appendix C Limitations and Future Work", "limitations"),
        ("3 Limitations of Existing Readers", "body"),
        ("2 Related Work > Datasets and Benchmarks", "related"),
        ("Acknowledgements > Data", "other-matter"),
        ("6 Experiments > Failure Cases", "limitations"),
        ("3 Failure Detection Method", "method"),
    ],
)
def test_kinds_of_sections_about_limits_and_others_work(section: str, kind: str) -> None:
    assert section_kind(section, "S3.p1") == kind


def test_a_set_up_is_no_requirement_and_what_is_released_is_told() -> None:
    ablation = paragraph(4, "4 Experiments > 4.3 Ablation Studies", "The depth is 4, and we initialize from Reader-7B.")
    hours = paragraph(5, "5 Experiments", "We conduct all experiments on H100 GPUs, consuming 1840 GPU-hours in total.")
    assert extract_of(PROPOSAL, ablation, hours).fields["usage"].requirements is None
    release = "We open-source the reading kernel, and release the checkpoints of ShortCut."
    body = Block(id="S1.p2", kind="paragraph", section="1 Introduction", text=release)
    usage = extract_of(PROPOSAL, body).fields["usage"]
    assert usage.deployment == release


def test_a_workflow_says_what_the_stages_are() -> None:
    empty = paragraph(3, "3 Method", "We formulate our reading process in two stages.")
    stages = paragraph(
        4, "3 Method", "Our pipeline follows two stages: (1) finding headings and (2) reading what matters."
    )
    assert extract_of(PROPOSAL, empty).fields["usage"].workflow is None
    assert extract_of(PROPOSAL, empty, stages).fields["usage"].workflow == stages.text


def test_a_single_column_does_not_stand_for_the_main_table() -> None:
    rows = [("Expert", "81.6"), ("Skim", "70.2"), ("Scan", "71.4"), ("ShortCut (ours)", "86.4")]
    table = [
        Block(
            id=f"S4.T1.r{n}", kind="table_row", section="4 Experiments", text=f"| {name} | {value} |",
            header="| Method | Place Wine |",
        )
        for n, (name, value) in enumerate(rows, 1)
    ]  # fmt: skip
    caption = Block(id="S4.T1.caption", kind="caption", section="4 Experiments", text="Table 1: Success rate.")
    findings = [r.finding for r in extract_of(PROPOSAL, caption, *table).fields["results"]]
    assert not any("main table" in finding for finding in findings)
