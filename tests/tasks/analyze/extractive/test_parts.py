"""What each part of an extract says: the own work, its outcomes, its limits, and what one needs to use it."""

from __future__ import annotations

import pytest

from papers.models import Block
from tasks.analyze.extractive.cues import refers_to_earlier_sentence
from tasks.analyze.extractive.results import is_no_outcome
from tasks.analyze.extractive.sentence_checks import has_verb
from tasks.analyze.extractive.sentence_cleanup import clean_sentence
from tasks.analyze.section_kinds import section_kind
from tests.tasks.analyze.extractive.test_bad_input import OUTCOME, PROPOSAL, extract_of, paragraph

PROBLEM = "Readers of long documents lose much time with parts that do not matter to them."


def test_the_contribution_is_the_work_of_the_title_and_not_a_side_product() -> None:
    abstract = (
        "Dialects vary by region. In this work, we ask whether image models understand them. "
        "We design a general strategy that helps encoders with rare words. "
        "Experiments show that our strategy raises performance by 34.4% on five dialects."
    )
    sentence = "We construct DialectGen, a new large benchmark of dialect robustness in image generation."
    draft = extract_of(
        abstract,
        paragraph(1, "1 Introduction", sentence),
        title="DialectGen: Benchmarking Dialects in Image Generation",
    )
    assert draft.fields["contribution"] == sentence
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


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("On two retrieval benchmarks that need reasoning, BRIGHT and R2MED.", True),
        ("On two reasoning intensive retrieval benchmarks, BRIGHT and R2MED.", False),
        ("Distribution matching with a text-to-image teacher model.", False),
        ("ShortCut reads the headings of a long document first.", True),
        ("Models without headings fail on most of the questions.", True),
    ],
)
def test_a_sentence_has_a_verb(sentence: str, expected: bool) -> None:
    assert has_verb(sentence) is expected


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (
            "We propose ShortCut, a reader of long documents with a budget, that eliminates this dependency.",
            "We propose ShortCut, a reader of long documents with a budget.",
        ),
        (
            "To overcome these limitations, ShortCut reads the headings of a document first.",
            "ShortCut reads the headings of a document first.",
        ),
        (
            "Taking a first step towards this vision, we introduce ShortCut, a reader of long documents.",
            "We introduce ShortCut, a reader of long documents.",
        ),
    ],
)
def test_what_an_earlier_sentence_has_to_explain_is_cut(raw: str, text: str) -> None:
    assert clean_sentence(raw, abstract=True) == text


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("As open models fall short, we explore reading as a path: we curate data, run experiments, and go on.", True),
        ("We adapt direct reward tuning, a popular technique for image models, to readers.", True),
        ("We train ShortCut on a corpus of two million documents.", True),
        ("We investigate long documents and find that headings tell most.", False),
        ("We train ShortCut on few documents, achieving the accuracy of larger readers.", False),
        ("ShortCut outperforms all baselines.", False),
    ],
)
def test_plans_and_steps_of_the_method_are_no_outcomes(sentence: str, expected: bool) -> None:
    assert is_no_outcome(sentence) is expected


def test_a_result_that_only_confirms_another_is_left_out() -> None:
    vague = "User studies further validate that ShortCut achieves clear answers for readers."
    findings = [r.finding for r in extract_of(f"{PROBLEM} {PROPOSAL} {OUTCOME} {vague}").fields["results"]]
    assert findings == [OUTCOME]


def test_what_a_model_was_trained_on_is_no_dataset_of_the_measurement() -> None:
    trained = f"{PROPOSAL} Experiments show that readers trained on TFQ-Data outperform all baselines by 4.1%."
    assert extract_of(trained).fields["results"][0].dataset is None


def results_table(*rows: str, caption: str = "Table 1: Main results on seven datasets.") -> list[Block]:
    """Rows of a method, one dataset and an average that says neither "accuracy" nor "error"."""
    header = "| Method | NQ | Avg. |"
    kind = {"kind": "table_row", "section": "4 Experiments", "header": header}
    blocks = [Block.model_validate({"id": f"S4.T1.r{n}", "text": text} | kind) for n, text in enumerate(rows, 1)]
    return [Block(id="S4.T1.caption", kind="caption", section="4 Experiments", text=caption), *blocks]


def first_finding(*blocks: Block) -> str:
    return str(extract_of(PROPOSAL, *blocks).fields["results"][0].finding)


def test_an_average_of_a_table_of_main_results_is_better_when_higher() -> None:
    rows = ("| Skim | 50.1 | 48.0 |", "| Scan | 52.6 | 49.5 |", "| ShortCut | 55.0 | 52.3 |")
    sentence = "In the main table, ShortCut has 52.3 in the column Avg.; the best competitor, Scan, has 49.5."
    assert first_finding(*results_table(*rows)) == sentence
    errors = results_table(*rows, caption="Table 1: Main results, errors.")
    assert not any("main table" in r.finding for r in extract_of(PROPOSAL, *errors).fields["results"])


def test_own_rows_of_several_groups_are_compared_within_the_last_clear_one() -> None:
    groups = (
        *("| Small-3B | | |", "| Skim | 50.1 | 48.0 |", "| Scan | 52.6 | 49.5 |", "| ShortCut | 55.0 | 52.3 |"),
        *("| Large-7B | | |", "| Skim | 60.1 | 58.0 |", "| Scan | 62.6 | 59.5 |", "| ShortCut | 65.0 | 62.3 |"),
    )
    assert first_finding(*results_table(*groups)) == (
        "In the main table, among the rows of “Large-7B”, ShortCut has 62.3 in the column Avg.; "
        "the best competitor there, Scan, has 59.5."
    )


def test_what_goes_on_from_an_innovation_stands_with_it() -> None:
    proposal = "We propose ShortCut, a reader that reads only what matters in long documents and skips the other parts."
    first = "ShortCut models each page as a step and defines rewards for pages from its own belief updates."
    second = "These rewards are combined with supervision of the answer to form dense trajectories."
    innovations = extract_of(f"{proposal} {first} {second}").fields["innovations"]
    assert [i.text for i in innovations] == [f"{first} {second}"]


def test_a_finding_before_the_proposal_is_a_result() -> None:
    finding = "We theoretically reveal that the reward of a page equals the score of its last token."
    findings = [r.finding for r in extract_of(f"{PROBLEM} {finding} {PROPOSAL}").fields["results"]]
    assert finding in findings


def test_a_contribution_does_not_announce_what_it_leaves_out() -> None:
    proposal = "We propose ShortCut, a reader of long documents that reads only what matters in them"
    draft = extract_of(f"{PROBLEM} {proposal}, which consists of three key components. The first one skims headings.")
    assert draft.fields["contribution"] == draft.fields["contribution_short"] == f"{proposal}."
