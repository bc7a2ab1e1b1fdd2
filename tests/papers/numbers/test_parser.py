"""Numbers as they are written in English and Chinese papers and reports."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.numbers.normalization import normalize
from papers.numbers.parser import parse
from papers.numbers.units import decimal, header_unit

FORMS = [
    ("97.3%", [("97.3", "percent")]),
    ("97.3 percent", [("97.3", "percent")]),
    ("$97.3\\%$", [("97.3", "percent")]),
    ("$\\mathbf{97.3}\\%$", [("97.3", "percent")]),
    ("10\\,000", [("10000", "none")]),
    ("９７.３％", [("97.3", "percent")]),
    ("百分之97.3", [("97.3", "percent")]),
    ("百分之三十", [("30", "percent")]),
    ("拥有十亿个参数", [("1000000000", "none")]),
    ("百分之二二", []),  # no numeral that Chinese has
    ("百分之十十", []),
    ("提升 3.2 个百分点", [("3.2", "percentage_point")]),
    ("3.2 percentage points", [("3.2", "percentage_point")]),
    ("3.2 pp", [("3.2", "percentage_point")]),
    ("3.2 points", [("3.2", "points")]),
    ("2.3× faster", [("2.3", "times")]),
    ("$2.3\\times$", [("2.3", "times")]),
    ("2.3x", [("2.3", "times")]),
    ("2.3 倍", [("2.3", "times")]),
    ("3-fold", [("3", "times")]),
    ("17,310 times fewer", [("17310", "times")]),
    ("17{,}310", [("17310", "none")]),
    ("1.36B parameters", [("1360000000", "none")]),
    ("13.6亿参数", [("1360000000", "none")]),
    ("4.6k", [("4600", "none")]),
    ("3.2 million", [("3200000", "none")]),
    ("1.5 万", [("15000", "none")]),
    ("4200+", [("4200", "none")]),
    ("1e-4", [("0.0001", "none")]),
    ("3.2×10^{-5}", [("0.000032", "none")]),
    ("10⁻⁶", [("0.000001", "none")]),
    ("$1.2M", [("1200000", "usd")]),
    ("3.5 万美元", [("35000", "usd")]),
    ("$5-10M", [("5000000", "usd"), ("10000000", "usd")]),
    ("1/4", [("0.25", "none")]),
    ("四分之一", [("0.25", "none")]),
    ("2.5-3.8x", [("2.5", "times"), ("3.8", "times")]),
    ("61.4–63.4%", [("61.4", "percent"), ("63.4", "percent")]),
    ("73.1 ± 0.4%", [("73.1", "percent"), ("0.4", "percent")]),
    ("(73.1±0.4)%", [("73.1", "percent"), ("0.4", "percent")]),
    ("10-20K tokens", [("10000", "none"), ("20000", "none")]),
    ("44.5% → 4.36%", [("44.5", "percent"), ("4.36", "percent")]),
    ("−3.2%", [("-3.2", "percent")]),
    ("three tasks and twelve models", [("3", "none"), ("12", "none")]),
    ("两阶段，十二个基准，三倍", [("2", "none"), ("12", "none"), ("3", "times")]),
    ("twice as fast", [("2", "times")]),
    ("64x64x4", [("64", "none"), ("64", "none"), ("4", "none")]),
    ("8×H100 with 80GB", [("8", "none"), ("80", "GB")]),
    ("3,000 GPU hours, 40 ms", [("3000", "hour"), ("40", "ms")]),
    ("分别达到73.1%和58.7%", [("73.1", "percent"), ("58.7", "percent")]),
]
NO_NUMBERS = [
    "Table 3 and Figures 2-4, Section 3.2, Eq. (5), 第 3 节、表 4 与图 5",
    "Qwen2.5-7B, Llama-3-8B, H100, GSM8K, CIFAR-10, pass@1, top-5, GPT-4o",
    "2025-10-17, 2025年10月17日, October 17, 2025, in 2024, AIME 2024",
    "v1.5, arXiv:2602.16835, 2602.16835v2, https://example.org/2024/3",
    "[12], [3, 7], (1) one of them; (2) another, (Smith et al., 2023)",
    "one of the best, 一个方法，第三个, 统一",
]


@pytest.mark.parametrize(("text", "expected"), FORMS, ids=[f[0] for f in FORMS])
def test_numbers_are_parsed(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(n.canonical, n.unit) for n in parse(text).numbers] == expected


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_dates_versions_ids_and_sections_are_no_numbers(text: str) -> None:
    assert [n.text for n in parse(text).numbers] == []


def test_a_list_shares_its_last_unit_as_another_interpretation() -> None:
    first = parse("70.0 and 74.1%").numbers[0]
    assert first.interpretations == {(Fraction(70), "none"), (Fraction(70), "percent")}


def test_a_quotation_gives_more_numbers_than_a_claim() -> None:
    assert [n.text for n in parse("Qwen2.5-7B doubles one score").numbers] == []
    assert {n.text for n in parse("Qwen2.5-7B doubles one score", inner=True).numbers} == {"7B", "doubles", "one"}


def test_offsets_are_those_of_the_original_text() -> None:
    text = "约 $97.3\\%$，ﬁne ２.３倍"
    assert [text[n.start : n.end] for n in parse(text).numbers] == ["97.3\\%", "２.３倍"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Accuracy (%)", ("percent", 1)),
        ("Params (M)", ("none", 10**6)),
        ("Latency [ms]", ("ms", 1)),
        ("Acc. % $\\uparrow$", ("percent", 1)),
        ("Method", None),
    ],
)
def test_header_units(header: str, expected: tuple[str, int] | None) -> None:
    assert header_unit(header) == expected


_ALPHABET = st.text(alphabet="0123456789.,%×xkMB$-–/()[] ab十二个百分点倍亿万约^{}\\", max_size=40)


@given(_ALPHABET)
@settings(max_examples=400, deadline=None)
def test_every_digit_is_part_of_a_number_or_a_non_quantity(text: str) -> None:
    parsed = parse(text)
    positions = {i for n in parsed.numbers for i in range(n.start, n.end)} | {
        i for a in parsed.non_quantities for i in range(a.start, a.end)
    }
    assert all(i in positions for i, c in enumerate(text) if c in "0123456789")
    assert all(0 <= n.start < n.end <= len(text) for n in parsed.numbers)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_normalization_keeps_order_and_bounds(text: str) -> None:
    normalized = normalize(text)
    assert len(normalized.text) == len(normalized.starts) == len(normalized.ends)
    assert list(normalized.starts) == sorted(normalized.starts)
    assert all(0 <= a < b <= len(text) for a, b in zip(normalized.starts, normalized.ends, strict=True))


@given(st.integers(0, 10**7), st.integers(0, 4), st.sampled_from([("%", "percent"), ("x", "times"), ("倍", "times")]))
@settings(max_examples=200, deadline=None)
def test_a_decimal_with_a_unit_is_parsed_exactly(digits: int, places: int, unit: tuple[str, str]) -> None:
    value = Fraction(digits, 10**places)
    (number,) = parse(f"which reaches {decimal(value)}{unit[0]}。").numbers
    assert (number.value, number.unit) == (value, unit[1])


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=1))
def test_scales_agree_in_both_languages(value: Fraction) -> None:
    (english,) = parse(f"{decimal(value / 10**9)}B").numbers
    (chinese,) = parse(f"{decimal(value / 10**8)}亿").numbers
    assert english.value == chinese.value == value
