"""The digest: the abstract begins with the work, the highlights with the main result."""

from __future__ import annotations

from typing import Any

import pytest

from papers.models import Block
from tasks.analyze.analyst import prepare_paper_text
from tasks.analyze.extractive.extract import extract
from tasks.analyze.extractive.shorter_sentence import MAX_HIGHLIGHT, shortened
from tests import factories

PROBLEM = "Long documents remain hard for small models, and existing readers read all of them."
PROPOSAL = "We propose ShortCut, a framework that reads only what matters in long documents."
METHOD = "ShortCut skims the pages with one model and marks the passages that a second model then reads in full."
MAIN = "On LongBench, ShortCut outperforms all baselines by 3.2% while reading half of each document."
SECOND = "Experiments on ten tasks show that ShortCut generalizes to languages that it was never trained on."


def digest(*sentences: str) -> dict[str, Any]:
    abstract = " ".join(sentences)
    paper = factories.paper(1, title="ShortCut: Reading What Matters", abstract=abstract)
    block = Block(id="abstract.p1", kind="paragraph", section="Abstract", text=abstract)
    reading = factories.reading(1, source="abs", blocks=[block])
    return extract(paper, reading, "en", prepare_paper_text(paper, reading)).fields


def test_the_abstract_begins_with_the_work_and_the_highlights_with_the_main_result() -> None:
    fields = digest(PROBLEM, f"However, {PROPOSAL[0].lower()}{PROPOSAL[1:]}", METHOD, SECOND, MAIN)
    assert fields["abstract_short"] == f"{PROPOSAL} {METHOD}"
    assert fields["highlights"] == [MAIN, SECOND]


@pytest.mark.parametrize(
    "sentence",
    [
        "User studies further validate that readers like ShortCut.",
        "The results validate the effectiveness and promise of ShortCut.",
        "We hope that ShortCut inspires work on reading.",
        "Our findings establish skimming as a new paradigm of reading.",
        "Our key insight is that most pages need no reading.",
        "Our analysis of readers reveals several interesting findings.",
        "We open-source all code and data of ShortCut.",
    ],
)
def test_side_remarks_and_praise_are_no_highlights_beside_a_result(sentence: str) -> None:
    assert digest(PROBLEM, PROPOSAL, METHOD, MAIN, sentence)["highlights"] == [MAIN]


def test_a_proposal_without_a_method_stands_after_its_problem() -> None:
    fields = digest(PROBLEM, PROPOSAL, MAIN, SECOND)
    assert (fields["abstract_short"], fields["highlights"]) == (f"{PROBLEM} {PROPOSAL}", [MAIN, SECOND])


def test_a_single_result_stands_in_the_abstract_where_that_has_one_sentence() -> None:
    fields = digest(PROPOSAL, MAIN)
    assert (fields["abstract_short"], fields["highlights"]) == (f"{PROPOSAL} {MAIN}", [])


def test_of_two_results_the_second_stands_in_a_short_abstract() -> None:
    fields = digest(PROPOSAL, MAIN, SECOND)
    assert (fields["abstract_short"], fields["highlights"]) == (f"{PROPOSAL} {SECOND}", [MAIN])


def test_a_result_that_cannot_be_shortened_stands_in_the_abstract() -> None:
    others = "one more of the many known readers of long documents and " * 4
    long = f"On LongBench, ShortCut outperforms {others}all others by 3%."
    fields = digest(PROBLEM, PROPOSAL, METHOD, long)
    assert fields["abstract_short"] == f"{PROPOSAL} {METHOD} {long}"
    assert fields["highlights"] == []


GAP = "The simplest strategy of reading a document only once has remained largely unexplored."
FIRST = "First, the pages are skimmed by a small model that marks passages."
THEN = "Second, the passages are read in full by the large model."


@pytest.mark.parametrize(
    ("opening", "start"),
    [
        ("We introduce ShortCut, a framework for long documents that does just that.", GAP),
        ("We address this challenge with ShortCut, a framework that we propose for long documents.", GAP),
        (
            "To address the first limitation, we propose ShortCut, a framework for long documents.",
            "We propose ShortCut",
        ),
        ("To investigate, we introduce ShortCut, a framework for long documents.", "We introduce ShortCut"),
        ("We therefore propose ShortCut, a framework for long documents.", "We propose ShortCut"),
    ],
)
def test_the_abstract_can_be_understood_alone(opening: str, start: str) -> None:
    assert digest(PROBLEM, f"Curiously, {GAP[0].lower()}{GAP[1:]}", opening, METHOD, MAIN)["abstract_short"].startswith(
        start
    )


def test_the_question_of_this_question_stands_before_it() -> None:
    question = "However, can small models read long documents?"
    study = "In this work, we study this question by constructing a new benchmark for reading what matters."
    abstract = digest(PROBLEM, question, study, "To this end, we propose a general strategy for small models.", MAIN)[
        "abstract_short"
    ]
    assert abstract.startswith("Can small models read long documents? We study this question by constructing")


def test_an_announcement_is_followed_by_what_it_announces_or_left_out() -> None:
    lead = "We propose ShortCut, a framework for long documents, with the following components."
    assert "the following" not in digest(PROBLEM, lead, METHOD, MAIN)["abstract_short"]
    told = digest(PROBLEM, PROPOSAL, "ShortCut works with two key techniques.", FIRST, THEN, MAIN)["abstract_short"]
    assert "two key techniques" not in told or "The passages are read in full" in told


def test_a_result_does_not_stand_in_place_of_the_proposal() -> None:
    parts = "To address this, we (1) construct a dataset of pages that are hard; (2) introduce a benchmark."
    result = "Experiments demonstrate that ShortCut significantly improves what matters in reading over all baselines."
    fields = digest(PROBLEM, "These readers fail.", parts, result)
    assert fields["abstract_short"].startswith(f"{PROBLEM} We (1) construct a dataset of pages")
    assert "Experiments" not in fields["abstract_short"]


@pytest.mark.parametrize(
    ("sentence", "part"),
    [
        ("It achieves 67.7% accuracy on LongBench and 83% on Pages.", "67.7%"),
        ("With just 1K samples of documents, ShortCut achieves 47.6% on LongBench.", "47.6%"),
        ("On this benchmark, readers achieve only 52.7% mean accuracy.", "52.7%"),
        (
            "Our approach delivers the best accuracy among open-source models: ShortCut achieves 80.5% on Pages.",
            "80.5%",
        ),
    ],
)
def test_figures_of_the_abstract_are_shown(sentence: str, part: str) -> None:
    fields = digest(PROBLEM, PROPOSAL, METHOD, SECOND, sentence)
    assert part in " ".join([fields["abstract_short"], *fields["highlights"]])


@pytest.mark.parametrize(
    "sentence",
    [
        "ShortCut introduces a hybrid skimmer that linearly blends the best readers with a smoothed one.",
        "ShortCut outperforms more involved models.",
        "We find that ShortCut is not only effective; it is surprisingly powerful.",
    ],
)
def test_mechanisms_and_bare_wins_are_no_highlights_beside_a_figure(sentence: str) -> None:
    assert digest(PROBLEM, PROPOSAL, METHOD, METHOD, MAIN, sentence)["highlights"] == [MAIN]


def test_praise_is_no_highlight_even_alone() -> None:
    praise = "The results validate the effectiveness and promise of ShortCut."
    assert digest(PROBLEM, PROPOSAL, METHOD, praise)["highlights"] == []


TAIL = " reading only a small part of each of the many documents that the ten tasks of the benchmark are made of"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (MAIN, MAIN),
        (f"ShortCut outperforms all baselines on LongBench by 3.2%, while{TAIL} in the end{TAIL}.",
         "ShortCut outperforms all baselines on LongBench by 3.2%."),
        (f"On LongBench, ShortCut reaches 71.2% of the points in total; it does so{TAIL} without a second look{TAIL}.",
         "On LongBench, ShortCut reaches 71.2% of the points in total."),
        ("ShortCut outperforms all baselines by 3.2%, offering a promising path toward better reading.",
         "ShortCut outperforms all baselines by 3.2%."),
        ("ShortCut is best in all: (1) on LongBench, it reaches 71.2%, and on Pages 33%; "
         f"(2) on Books, it reaches{TAIL}{TAIL}.",
         "ShortCut is best in all: on LongBench, it reaches 71.2%, and on Pages 33%."),
        (f"ShortCut is the best reader of all,{TAIL},{TAIL}: a 7B ShortCut achieves 80.5% on Pages and 75.6% on Books.",
         "A 7B ShortCut achieves 80.5% on Pages and 75.6% on Books."),
        (f"ShortCut reaches 80.5% on Pages, 82.3% on Books, and 75.6% on Shelves of the library{TAIL}{TAIL}.",
         "ShortCut reaches 80.5% on Pages, 82.3% on Books."),
        (f"ShortCut is better than the baselines on Pages, achieving{TAIL}{TAIL} gains of 3.2%.", None),  # no figure
        (f"Experiments on video models show that ShortCut outperforms others{TAIL}{TAIL} by 3%.", None),  # the scope
        (f"While readers are slow, it is{TAIL}{TAIL}.", None),  # no clause that stands alone
        (f"ShortCut, a reader{TAIL}, also with others{TAIL}, improves both.", None),
    ],
)  # fmt: skip
def test_long_sentences_lose_whole_clauses(text: str, short: str | None) -> None:
    assert shortened(text) == short
    assert short is None or len(short) <= MAX_HIGHLIGHT
