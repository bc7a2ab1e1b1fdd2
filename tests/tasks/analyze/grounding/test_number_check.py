"""What is grounded, and what only looks like it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.models import Block
from papers.numbers.normalization import comparison_key, normalize
from papers.numbers.parser import parse
from papers.numbers.units import decimal
from tasks.analyze import clear_text_caches
from tasks.analyze.grounding.claims import check_claims
from tasks.analyze.grounding.number_check import Quote, ground
from tasks.analyze.grounding.paper_text import PaperText, sentences
from tasks.analyze.grounding.unknown_names import unknown_names
from tasks.analyze.grounding.words import word_stems

PROSE = (
    "On 14 open-weight models the mean attack success rate drops from 44.5% to 4.36%, "
    "with 17,310 times fewer trained parameters."
)
ROW, HEADER = "| NEO | 70.25 | 14.5 |", "| Model | Score | Latency (ms) |"
BLOCKS = [
    Block(id="S1.p1", kind="paragraph", section="1", text=f"{PROSE} Our Llama 3.1 model has 1.36B parameters."),
    Block(id="S2.p1", kind="paragraph", section="2", text="Accuracy improves from 68.4 to 71.6 on MATH-500."),
    Block(id="S4.T1", kind="caption", section="4", text="Table 1: Accuracy (%) of all models."),
    Block(id="S4.T1.r2", kind="table_row", section="4", text=ROW, header=HEADER),
]
PAPER_TEXT = PaperText(BLOCKS, "NeST: Safety tuning of few neurons\nhttps://github.com/example/nest-code")


def statuses(text: str, *quotes: tuple[str, str | None]) -> list[str]:
    return [f.status for f in ground(text, [Quote(q, b) for q, b in quotes], PAPER_TEXT)]


@pytest.mark.parametrize(
    ("text", "quote", "expected"),
    [
        ("攻击成功率从 44.5% 降至 4.36%", PROSE, ["grounded", "grounded"]),
        ("参数少 17310 倍", PROSE, ["grounded"]),
        ("模型有 13.6亿 参数", "model has 1.36B parameters", ["grounded"]),
        ("模型有 1.36亿 参数", "model has 1.36B parameters", ["not-in-quote"]),
        ("攻击成功率降至 4.63%", PROSE, ["not-in-quote"]),
        ("攻击成功率降至 4.36 个百分点", PROSE, ["wrong-unit"]),
        ("降至 4.36", PROSE, ["wrong-unit"]),
        ("降至 4.36%", "drops from 44.5% to 4.36% on every model", ["quote-not-found"]),
        ("准确率提升 3.2 个百分点", "improves from 68.4 to 71.6", ["derived"]),
        ("准确率为 3.2 个百分点", "improves from 68.4 to 71.6", ["not-in-quote"]),
        ("准确率提升 3.3 个百分点", "improves from 68.4 to 71.6", ["not-in-quote"]),
        ("NEO 的得分为 70.25%", "| NEO | 70.25 | 14.5 |", ["grounded"]),
        ("NEO 的延迟为 14.5 毫秒", "| NEO | 70.25 | 14.5 |", ["grounded"]),
        ("NEO 的延迟为 14.5 秒", "| NEO | 70.25 | 14.5 |", ["wrong-unit"]),
    ],
)
def test_with_a_quotation(text: str, quote: str, expected: list[str]) -> None:
    assert statuses(text, (quote, None)) == expected


def test_a_quotation_may_differ_in_spaces_dashes_and_emphasis_alone() -> None:
    assert statuses("14 models", ("On **14** open–weight  models the mean", "S1.p1")) == ["grounded"]
    assert statuses("14 models", ("On 14 … drops from 44.5% to", "S1.p1")) == ["grounded"]
    assert statuses("14 models", ("On 14 closed-weight models the mean", "S1.p1")) == ["quote-not-found"]


@pytest.mark.parametrize(
    ("text", "quote", "status"),
    [
        ("It reaches 1%.", "1%", "not-in-quote"),
        ("It reaches 58.6.", "58.6", "not-in-quote"),
        ("It uses 234 samples.", "234 samples", "not-in-quote"),
        ("It reaches 61%.", "Our model ... 61% accuracy", "not-in-quote"),
        ("It reaches 58.61%.", "58.61%", "grounded"),
        ("It uses 1,234 samples.", "1,234 samples", "grounded"),
    ],
)
def test_a_quotation_does_not_begin_or_end_within_a_number(text: str, quote: str, status: str) -> None:
    block = Block(
        id="p1", kind="paragraph", section="", text="Our model reaches 58.61% accuracy with 1,234 samples in 2024."
    )
    assert [f.status for f in ground(text, [Quote(quote, "p1")], PaperText([block]))] == [status]


def test_a_wrong_block_id_is_put_right() -> None:
    (finding,) = ground("降至 4.36%", [Quote(PROSE, "S9.p9")], PAPER_TEXT)
    assert (finding.status, finding.block_id) == ("grounded", "S1.p1")


def test_a_row_is_quoted_with_its_header_as_the_prompt_shows_it() -> None:
    quote = "| Model | Score | Latency (ms) | ⟶ | NEO | 70.25 | 14.5 |"
    assert statuses("70.25%", (quote, "S4.T1.r2")) == ["grounded"]


def test_only_both_operands_make_a_derived_value() -> None:
    assert statuses("准确率提升 3.2 个百分点", ("improves from 68.4", "S2.p1")) == ["not-in-quote"]


def test_without_a_quotation_the_best_sentences_are_searched() -> None:
    assert statuses("攻击成功率从 44.5% 降至 4.36%") == ["grounded", "grounded"]
    assert statuses("The attack success rate drops to 44.6%") == ["unsupported"]
    assert statuses("The licence costs 44.5%") != ["grounded"]


def test_names_and_dates_with_digits_must_stand_in_the_paper() -> None:
    assert statuses("在 MATH-500 上", (BLOCKS[1].text, "S2.p1")) == ["grounded"]
    assert statuses("在 MATH-900 上", (BLOCKS[1].text, "S2.p1")) == ["unsupported"]
    assert statuses("Llama 3.1 is used") == ["grounded"]


def test_names_that_occur_nowhere_are_found() -> None:
    assert unknown_names("PlowPilot and NeST by example/nest-code on GitHub, not Cal-TAG", PAPER_TEXT) == [
        "PlowPilot",
        "Cal-TAG",
    ]


def test_sentences_do_not_end_at_abbreviations() -> None:
    text = "As of Fig. 3 it holds, e.g. for A. Smith et al. in 2.5 steps. 它也成立。Then more."
    assert [text[a:b] for a, b in sentences(text)] == [
        "As of Fig. 3 it holds, e.g. for A. Smith et al. in 2.5 steps.",
        "它也成立。",
        "Then more.",
    ]


def test_check_prints_the_fields_of_the_command() -> None:
    claims = [{"text": "降至 4.36%，耗时 3 小时", "quote": PROSE}, {"text": "MATH-500"}]
    first, second = check_claims(claims, BLOCKS)
    assert first["numbers"][0] == {
        "text": "4.36%",
        "value": "4.36",
        "unit": "percent",
        "status": "grounded",
        "quote": PROSE,
        "block_id": "S1.p1",
        "note": None,
    }
    assert (first["numbers"][1]["unit"], first["numbers"][1]["status"]) == ("小时", "not-in-quote")
    assert second == {"text": "MATH-500", "numbers": []}


_UNITS = st.sampled_from(
    [("%", "%"), ("x", " 倍"), (" ms", " 毫秒"), (" GB", "GB"), (" percentage points", " 个百分点"), ("", "")]
)


@given(st.integers(101, 99_999), st.integers(0, 3), _UNITS)
@settings(max_examples=150, deadline=None)
def test_what_is_quoted_is_grounded_and_its_neighbour_is_not(digits: int, places: int, unit: tuple[str, str]) -> None:
    value = decimal(Fraction(digits, 10**places))
    neighbour = decimal(Fraction(digits + 1, 10**places))
    quote = f"Our method reaches {value}{unit[0]} on the invented benchmark."
    paper_text = PaperText([Block(id="S1.p1", kind="paragraph", section="", text=quote)])
    for claim, expected in ((value, "grounded"), (neighbour, "not-in-quote")):
        findings = ground(f"在该基准上达到 {claim}{unit[1]}。", [Quote(quote, "S1.p1")], paper_text)
        assert [f.status for f in findings] == [expected]


def test_text_caches_are_cleared() -> None:
    for cached_function in (normalize, comparison_key, word_stems):
        cached_function("let go of")
    parse("let go of 3")
    clear_text_caches()
    assert [
        cached_function.cache_info().currsize for cached_function in (normalize, comparison_key, word_stems, parse)
    ] == [0] * 4


def test_a_statement_of_very_many_numbers_is_checked_in_part() -> None:
    findings = ground(
        "7 " * 3000,
        [Quote("7 sets", "p1")],
        PaperText([Block(id="p1", kind="paragraph", section="", text="We use 7 sets.")]),
    )
    assert [f.accepted for f in findings] == [True] * 100 + [False] * 2900
    assert findings[-1].note == "not checked: the statement has more than 100 numbers"
