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


def test_a_single_result_stands_in_the_abstract_where_that_has_one_sentence() -> None:
    fields = digest(PROBLEM, PROPOSAL, MAIN)
    assert (fields["abstract_short"], fields["highlights"]) == (f"{PROPOSAL} {MAIN}", [])


def test_of_two_results_the_second_stands_in_a_short_abstract() -> None:
    fields = digest(PROBLEM, PROPOSAL, MAIN, SECOND)
    assert (fields["abstract_short"], fields["highlights"]) == (f"{PROPOSAL} {SECOND}", [MAIN])


def test_a_result_that_cannot_be_shortened_stands_in_the_abstract() -> None:
    others = "one more of the many known readers of long documents and " * 4
    long = f"On LongBench, ShortCut outperforms {others}all others by 3%."
    fields = digest(PROBLEM, PROPOSAL, METHOD, long)
    assert fields["abstract_short"] == f"{PROPOSAL} {METHOD} {long}"
    assert fields["highlights"] == []


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
        (f"While readers are slow, it is{TAIL}{TAIL}.", None),  # no clause that stands alone
        (f"ShortCut, a reader{TAIL}, also with others{TAIL}, improves both.", None),
    ],
)  # fmt: skip
def test_long_sentences_lose_whole_clauses(text: str, short: str | None) -> None:
    assert shortened(text) == short
    assert short is None or len(short) <= MAX_HIGHLIGHT
