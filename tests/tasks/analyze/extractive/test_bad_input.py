"""Unusual abstracts and papers: short, long, Chinese, structured, with lists, LaTeX, or without experiments."""

from __future__ import annotations

import re

import pytest

from papers.models import Block, Reading
from papers.plain_latex import whole_abstract
from tasks.analyze.analyst import prepare_paper_text
from tasks.analyze.drafts import Draft
from tasks.analyze.extractive.extract import extract
from tests import factories

PROPOSAL = "We propose ShortCut, a framework that reads only what matters in long documents."
OUTCOME = "Experiments on ten tasks show that ShortCut outperforms all baselines by 3.2% on average."


def extract_of(abstract: str, *body: Block, title: str = "ShortCut: Reading What Matters") -> Draft:
    paper = factories.paper(1, title=title, abstract=abstract)
    block = Block(id="abstract.p1", kind="paragraph", section="Abstract", text=" ".join(abstract.split()))
    reading: Reading = factories.reading(1, source="html" if body else "abs", blocks=[block, *body])
    return extract(paper, reading, "en", prepare_paper_text(paper, reading))


def paragraph(number: int, section: str, text: str) -> Block:
    return Block(id=f"S{number}.p1", kind="paragraph", section=section, text=text)


def texts_of(draft: Draft) -> list[str]:
    f = draft.fields
    plain = [f[n] for n in ("contribution", "insight", "limitations", "suited_for", "abstract_short") if f[n]]
    return [*plain, *(i.text for i in f["innovations"]), *(r.finding for r in f["results"]), *f["highlights"]]


def test_an_abstract_of_one_sentence() -> None:
    draft = extract_of(PROPOSAL)
    assert draft.fields["contribution"] == draft.fields["abstract_short"] == PROPOSAL
    assert draft.fields["results"] == draft.fields["highlights"] == []


def test_an_abstract_without_text() -> None:
    draft = extract_of("")
    assert texts_of(draft) == []
    assert draft.evidence == []


def test_an_abstract_of_600_words() -> None:
    middle = " ".join(
        f"The reader number {n} skims page {n} of each document and marks what it finds." for n in range(45)
    )
    draft = extract_of(f"Long documents are hard for small models. {PROPOSAL} {middle} {OUTCOME}")
    assert draft.fields["contribution"] == PROPOSAL
    assert OUTCOME in [r.finding for r in draft.fields["results"]]
    assert len(draft.fields["abstract_short"]) <= 900


def test_a_chinese_abstract() -> None:
    proposal = "为此，我们提出了一种只阅读关键内容的框架，能够处理很长的文档并保持较高的准确率。"
    draft = extract_of(f"长文档对小模型来说很难处理，已有的方法都需要逐字阅读全文。{proposal}", title="只读要点")
    assert "我们提出" in draft.fields["contribution"]
    assert all(text.endswith("。") for text in texts_of(draft))


def test_a_structured_abstract_is_read_by_its_headings() -> None:
    draft = extract_of(
        "Background: Long documents are hard for small models. Methods: ShortCut skims the pages with two readers. "
        "Results: The readers find nine of ten marked passages in a minute. Conclusions: Most pages need no reading."
    )
    findings = [r.finding for r in draft.fields["results"]]
    assert "The readers find nine of ten marked passages in a minute." in findings
    assert not any(re.match(r"(?:Background|Methods|Results|Conclusions):", text) for text in texts_of(draft))


@pytest.mark.parametrize(
    "items",
    [
        "(1) a reader that skims the pages, (2) a reader that marks passages, and (3) a writer that joins them.",
        "(1) We build a reader that skims the pages. (2) We build a reader that marks passages.",
        "1. We build a reader that skims the pages. 2. We build a reader that marks passages.",
    ],
)
def test_lists_stay_whole(items: str) -> None:
    draft = extract_of(f"Long documents are hard. We propose ShortCut, which consists of: {items} {OUTCOME}")
    for text in texts_of(draft):
        assert not re.match(r"\(?[2-9][.)]", text)
        assert ("(1)" in text or "1. " in text) == ("(2)" in text or "2. " in text)
        assert not re.search(r"\b[12]\.$", text)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            r"We present \textbf{ShortCut}, which is 97\% \textit{exact} and ``fast''.",
            "We present ShortCut, which is 97% exact and “fast”.",
        ),
        (
            r"We present \method, a reader of long documents \cite{smith2020}.",
            "We present ShortCut, a reader of long documents.",
        ),
        (r"It is $2.3\times$ faster \emph{and {bf smaller", "It is 2.3× faster and smaller."),
        (r"ShortCut \unknown{reads} R\&D pages at $O(n^{2})$.", "ShortCut ShortCutreads R&D pages at O(n^2)."),
        ("Code: https://example.org/a{this link}", "Code: https://example.org/a."),
        ("All of the data\nis open", "All of the data is open."),
        ("The set {-1, 0, 1} costs 3{times} as much", "The set {-1, 0, 1} costs 3× as much."),
    ],
)
def test_latex_of_abstracts_becomes_plain_text(written: str, read: str) -> None:
    assert whole_abstract(written, "ShortCut") == read


def test_a_macro_alone_in_brackets_leaves_no_empty_brackets() -> None:
    written = r"We propose Incentivized Exploration(\method). That is new."
    assert whole_abstract(written) == "We propose Incentivized Exploration. That is new."
    assert whole_abstract(written, "IE") == "We propose Incentivized Exploration (IE). That is new."


def test_a_theory_paper_has_no_invented_parts() -> None:
    proof = paragraph(
        1, "2 Main results", "We prove that the bound is tight for all convex sets, see Remark 3.2 below."
    )
    draft = extract_of("We study reading as a game. We prove that no reader wins each game against nature.", proof)
    assert draft.fields["contribution"]
    assert not any(draft.fields["usage"].model_dump().values())
    assert draft.fields["limitations"] is None
    assert not any("Remark" in text for text in texts_of(draft))


@pytest.mark.parametrize(
    "abstract",
    [
        "Readers are everywhere. This survey reviews how readers of long documents were built over the last ten years.",
        "Readers are everywhere. In this position paper, we argue that readers should be judged by what they skip.",
        "Readers are everywhere. We introduce ReadBench, a benchmark of 1,200 documents with marked passages.",
    ],
)
def test_surveys_positions_and_benchmarks_have_a_contribution_and_no_sizes_as_results(abstract: str) -> None:
    draft = extract_of(abstract, title="Readers Everywhere")
    assert draft.fields["contribution"] is not None
    assert not draft.fields["contribution"].startswith(("Readers are", "This"))
    assert not any("1,200" in r.finding for r in draft.fields["results"])


def test_limitations_come_from_their_section_and_never_from_an_abstract() -> None:
    limit = "Our method cannot read documents without any headings, which limits its use for letters."
    abstract = f"{PROPOSAL} {limit}"
    assert extract_of(abstract).fields["limitations"] is None
    assert extract_of(PROPOSAL, paragraph(6, "6 Limitations", limit)).fields["limitations"] == limit
    others = "Prior methods cannot read documents without any headings and fail for most of the letters."
    assert extract_of(PROPOSAL, paragraph(6, "6 Conclusion", others)).fields["limitations"] is None


def test_requirements_come_from_the_set_up() -> None:
    setup = paragraph(4, "4 Experiments > 4.1 Setup", "We train for two days on 8 A100 GPUs with 80 GB of memory each.")
    assert extract_of(PROPOSAL, setup).fields["usage"].requirements == setup.text


def test_each_number_is_counted_once() -> None:
    draft = extract_of(f"{PROPOSAL} {OUTCOME}")
    assert draft.numbers_total == draft.numbers_grounded == 2


def table_rows(*rows: tuple[str, str, str]) -> list[Block]:
    return [
        Block(id="S4.T1.caption", kind="caption", section="4 Experiments", text="Table 1: Main results. Accuracy (%)."),
        *(
            Block(
                id=f"S4.T1.r{n}", kind="table_row", section="4 Experiments", text=f"| {a} | {b} | {c} |",
                header="| Method | NQ Acc ↑ | Avg. Acc ↑ |",
            )
            for n, (a, b, c) in enumerate(rows, 1)
        ),
    ]  # fmt: skip


def test_the_own_row_of_the_main_table_stands_beside_the_best_other_row() -> None:
    rows = table_rows(("Skim", "50.1", "48.0"), ("Scan", "52.6", "49.5"), ("ShortCut (ours)", "55.0", "52.3"))
    draft = extract_of(PROPOSAL, *rows)
    assert draft.fields["results"][0].finding == (
        "In the main table, ShortCut (ours) has 52.3 in the column Avg. Acc; the best competitor, Scan, has 49.5."
    )
    rows_of_evidence = [e for e in draft.evidence if e.field == "results[0].finding"]
    assert {e.block_id for e in rows_of_evidence} == {"S4.T1.r2", "S4.T1.r3"}
    assert all(e.status == "grounded" for e in rows_of_evidence)


def test_a_table_in_which_the_own_row_is_not_best_or_not_single_gives_no_sentence() -> None:
    worse = table_rows(("Skim", "50.1", "48.0"), ("Scan", "52.6", "59.5"), ("ShortCut", "51.0", "52.3"))
    double = table_rows(("Skim", "50.1", "48.0"), ("ShortCut-S", "55.0", "52.0"), ("ShortCut", "55.0", "52.3"))
    findings = [r.finding for rows in (worse, double) for r in extract_of(PROPOSAL, *rows).fields["results"]]
    assert not any("main table" in f and "Avg" in f for f in findings)
