"""A right number in a wrong role, and values computed from a table."""

from __future__ import annotations

import pytest

from papers.models import Block
from tasks.analyze.grounding.number_check import Quote, ground
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.grounding.table_claims import judge_claim

HEADER = "| Method | Accuracy (%) MATH-500 | Accuracy (%) AMC-23 | Latency (ms) ↓ |"
ROWS = {
    "r1": "| GRPO | 71.6 | 40.2 | 118 |",
    "r2": "| GRPO + LaSeR | 74.8 | 43.5 | 131 |",
    "r3": "| PPO | 68.4 | - | 96 |",
    "r4": "| w/o Simpl. | 66.0 ± 0.4 | 39.9 | 204 |",
}
PROSE = "On MATH-500 GRPO reaches 71.6 and PPO 68.4, while Lemur scores 60.1."
BLOCKS = [
    Block(id="S1.p1", kind="paragraph", section="1", text=PROSE),
    Block(id="S4.T1", kind="caption", section="4", text="Table 1: Results of all methods."),
    *(
        Block(id=f"S4.T1.{name}", kind="table_row", section="4", text=text, header=HEADER)
        for name, text in ROWS.items()
    ),
]
PAPER = PaperText(BLOCKS)


def status_of(text: str, *rows: str) -> list[str]:
    quotes = [Quote(ROWS[row], f"S4.T1.{row}") for row in rows]
    return [f.status for f in ground(text, quotes, PAPER) if f.number is not None]


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("GRPO reaches 71.6% on MATH-500.", "r1", "grounded"),
        ("PPO reaches 71.6% on MATH-500.", "r1", "other-cell"),
        ("GRPO reaches 71.6% on AMC-23.", "r1", "other-cell"),
        ("GRPO + LaSeR reaches 71.6% on MATH-500.", "r1", "other-cell"),
        ("GRPO 在 AMC-23 上的准确率为 40.2%。", "r1", "grounded"),
        ("GRPO 的延迟为 40.2 毫秒。", "r1", "wrong-unit"),
        ("Without Simpl. the accuracy on MATH-500 is 66.0%.", "r4", "grounded"),
        ("The accuracy is 71.6%.", "r1", "grounded"),  # it names no row: any is right
    ],
)
def test_a_value_of_a_table_belongs_to_its_row_and_column(text: str, row: str, expected: str) -> None:
    assert status_of(text, row) == [expected]


def test_values_are_given_to_names_in_order() -> None:
    assert status_of("GRPO and PPO reach 71.6% and 68.4% on MATH-500.", "r1", "r3") == ["grounded", "grounded"]
    assert status_of("GRPO and PPO reach 68.4% and 71.6% on MATH-500.", "r1", "r3") == ["other-cell", "other-cell"]


def test_the_note_has_the_cell_that_is_meant() -> None:
    finding, _ = ground("PPO reaches 71.6% on MATH-500.", [Quote(ROWS["r1"], "S4.T1.r1")], PAPER)
    assert finding.note == "meant: PPO, MATH-500: 68.4"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GRPO reaches 71.6 on MATH-500.", "grounded"),
        ("PPO reaches 71.6 on MATH-500.", "other-cell"),
        ("Lemur scores 68.4 on MATH-500.", "other-cell"),
        ("Lemur 得分为 60.1。", "grounded"),
    ],
)
def test_a_value_of_a_sentence_belongs_to_the_name_of_its_clause(text: str, expected: str) -> None:
    statuses = [f.status for f in ground(text, [Quote(PROSE, "S1.p1")], PAPER) if f.number is not None]
    assert statuses == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("GRPO is 3.2 points higher than PPO on MATH-500.", "derived"),
        ("GRPO is 3.2 points lower than PPO on MATH-500.", "refuted"),
        ("GRPO is 3.4 points higher than PPO on MATH-500.", "refuted"),
        ("On MATH-500, PPO trails GRPO by 3.2 points.", "derived"),
        ("在 MATH-500 上，GRPO 比 PPO 高 3.2 个百分点。", "derived"),
        ("在 MATH-500 上，GRPO 比 PPO 低 3.2 个百分点。", "refuted"),
        ("The Latency of GRPO is 1.23 times that of PPO.", "derived"),
        ("The Latency of PPO is 1.23 times that of GRPO.", "refuted"),
        ("Compared with GRPO, PPO reduces Latency by 18.6%.", "derived"),
        ("Compared with GRPO, PPO increases Latency by 18.6%.", "refuted"),
        ("GRPO does not exceed PPO by 3.2 points on MATH-500.", "refuted"),
    ],
)
def test_differences_and_ratios_are_computed_again(text: str, expected: str) -> None:
    assert status_of(text, "r1", "r3") == [expected]


@pytest.mark.parametrize(
    ("text", "row", "expected"),
    [
        ("GRPO + LaSeR is the best on MATH-500 with 74.8%.", "r2", ["grounded"]),
        ("GRPO is the best on MATH-500 with 71.6%.", "r1", ["refuted"]),
        ("GRPO ranks second on MATH-500 with 71.6%.", "r1", ["grounded"]),
        ("PPO has the lowest Latency, 96 ms.", "r3", ["grounded"]),
        ("GRPO 在 MATH-500 上最高，为 71.6%。", "r1", ["refuted"]),
        ("GRPO + LaSeR averages 59.15 over MATH-500 and AMC-23.", "r2", ["derived"]),
        ("GRPO + LaSeR averages 58.15 over MATH-500 and AMC-23.", "r2", ["refuted"]),
        ("Of MATH-500 and AMC-23, GRPO + LaSeR leads on 2 of 2.", "r2", ["derived", "derived"]),
        ("Of MATH-500 and AMC-23, GRPO leads on 2 of 2.", "r1", ["refuted", "refuted"]),
    ],
)
def test_ranks_averages_and_counts_are_computed_again(text: str, row: str, expected: list[str]) -> None:
    assert status_of(text, row) == expected


def test_a_number_within_a_name_is_no_value() -> None:
    header, row = "| Model | Retries | Score |", "| Claude Opus 4 | 4 | 5.38 |"
    paper = PaperText([Block(id="T1.r1", kind="table_row", section="", text=row, header=header)])
    findings = ground("The Score of Claude Opus 4 is 5.38.", [Quote(row, "T1.r1")], paper)
    assert [f.status for f in findings] == ["grounded", "grounded"]


def test_an_abbreviation_ends_no_sentence() -> None:
    header = "| Method | NQ | Avg. |"
    rows = [("r1", "| RLOO | 40.7 | 49.7 |"), ("r2", "| Reinforce++ | 34.3 | 47.3 |")]
    paper = PaperText([Block(id=f"T1.{i}", kind="table_row", section="", text=t, header=header) for i, t in rows])
    quotes = [Quote(text, f"T1.{i}") for i, text in rows]
    for direction, status in (("increases", "refuted"), ("decreases", "derived")):
        findings = ground(f"Reinforce++ {direction} Avg. by 4.8% relative to RLOO.", quotes, paper)
        assert [f.status for f in findings] == [status]


def test_a_rank_is_checked_where_the_name_of_a_column_holds_that_of_a_row() -> None:
    header = "| Method | Per-image metrics PSNR ↑ | Per-image metrics LPIPS ↓ |"
    rows = [("r1", "| Per-image | 16.5 | 0.253 |"), ("r2", "| SDEdit | 15.4 | 0.468 |")]
    paper = PaperText([Block(id=f"T1.{i}", kind="table_row", section="", text=t, header=header) for i, t in rows])
    text = "With 0.468, SDEdit ranks first on LPIPS (Per-image metrics)."
    assert [f.status for f in ground(text, [Quote(rows[1][1], "T1.r2")], paper)] == ["refuted"]


def test_equal_cells_in_columns_of_other_units_are_both_quoted() -> None:
    row = "| Ours | 52 | 52 |"
    block = Block(id="T1.r1", kind="table_row", section="", text=row, header="| Method | Acc (%) | Latency (ms) |")
    paper = PaperText([block])
    for text in ("Accuracy is 52%.", "Latency is 52 ms."):
        assert [f.status for f in ground(text, [Quote("Ours | 52", "T1.r1")], paper)] == ["grounded"]


def test_without_a_quotation_the_table_is_found_by_its_names() -> None:
    assert status_of("GRPO + LaSeR reaches 43.5% on AMC-23.") == ["grounded"]
    assert status_of("GRPO + LaSeR reaches 40.2% on AMC-23.") == ["other-cell"]


COLUMNS = ["System", "BLEU", "TER ↓"]
TABLE = [["A", "26.28", "0.55"], ["B", "[BOLD] 26.73", "0.53"], ["C", "25.70", "-"]]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("B yields the best BLEU score of 26.73, outperforming A (+0.45 BLEU).", "supported"),
        ("A yields the best BLEU score of 26.28, outperforming B (+0.45 BLEU).", "refuted"),
        ("B outperforms A in terms of BLEU.", "supported"),
        ("A outperforms B in terms of BLEU.", "refuted"),
        ("A does not outperform B in terms of BLEU.", "not-checkable"),  # a denial is not what the table says
        ("BLEU increases from 26.28 in A to 26.73 in B.", "supported"),
        ("BLEU does not increase from 26.28 in A to 26.73 in B.", "refuted"),
        ("A has a BLEU of 26.28% and B a lower score of 26.73%.", "refuted"),
        ("B is trained on more data.", "not-checkable"),
        ("B reaches 27.9 on the hidden test set.", "not-checkable"),
    ],
)
def test_a_claim_is_judged_by_a_table(claim: str, expected: str) -> None:
    assert judge_claim(claim, "BLEU scores of three systems", COLUMNS, TABLE) == expected
