"""Powers, marks of notes, and numbers whose unit the conversion of the paper lost."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from papers.numbers.normalization import UNKNOWN_UNIT, comparison_key
from papers.numbers.parser import parse
from papers.numbers.superscripts import RAISED
from papers.numbers.units import literal_unit, same_unit

POWERS = [
    ("2^15", "32768", "none"),
    ("2^{15} steps", "32768", "none"),
    ("$2^{15}$", "32768", "none"),
    ("2¹⁵", "32768", "none"),
    ("10^-5", "0.00001", "none"),
    ("10⁻⁵", "0.00001", "none"),
    ("$10^{5}$", "100000", "none"),
    ("10$^{-5}$", "0.00001", "none"),
    ("3×10⁸", "300000000", "none"),
    ("3×10^8 ms", "300000000", "ms"),
    ("4^2", "16", "none"),
    ("$10^{6}$ tokens/s", "1000000", "tokens/s"),
    ("1e-5.", "0.00001", "none"),
]
MARKED = [
    ("94.2²%", "94.2", "percent"),
    ("94.2¹,²%", "94.2", "percent"),
    ("94.2ᵃ%", "94.2", "percent"),
    ("94.2∗∗%", "94.2", "percent"),
    ("94.2†%", "94.2", "percent"),
    ("94.2 ²%", "94.2", "percent"),
    ("94.2 [12]%", "94.2", "percent"),
    ("94.2$^{2}$%", "94.2", "percent"),
    ("$94.2^{2}\\%$", "94.2", "percent"),
    ("94.2$^\\dagger$\\%", "94.2", "percent"),
    ("10²%", "10", "percent"),
    ("58.6¹", "58.6", "none"),
    ("41⁵", "41", "none"),
    ("94.2ᵏ", "94.2", "none"),
    ("¹300 episodes", "300", "none"),
    ("4.2² ms", "4.2", "ms"),
    ("1.36B²", "1360000000", "none"),
]


@pytest.mark.parametrize(("text", "value", "unit"), [*POWERS, *MARKED], ids=[row[0] for row in [*POWERS, *MARKED]])
def test_a_power_has_its_value_and_a_mark_none(text: str, value: str, unit: str) -> None:
    assert [(n.canonical, n.unit) for n in parse(text, inner=True).numbers] == [(value, unit)]


def test_an_amount_in_superscript_characters_is_a_number() -> None:
    assert [(n.canonical, n.unit) for n in parse("reaches ⁹⁴%").numbers] == [("94", "percent")]


def test_a_spread_is_a_number_of_its_own_with_the_unit_of_both() -> None:
    for text in ("58.6 (0.3)%", "$58.6_{\\pm 0.3}\\%$"):
        assert [(n.canonical, n.unit) for n in parse(text).numbers] == [("58.6", "percent"), ("0.3", "percent")]


def test_a_mark_is_no_part_of_a_quotation_and_a_power_is() -> None:
    assert comparison_key("keeps 94.2²% of it") == comparison_key("keeps 94.2% of it")
    assert comparison_key("94.2²%") != comparison_key("94.22%")
    assert comparison_key("2^15 steps") not in (comparison_key("215 steps"), comparison_key("2 steps"))
    assert comparison_key("by 0.3\N{REPLACEMENT CHARACTER} from") == comparison_key("by 0.3 from")


def test_the_unit_is_printed_without_the_mark() -> None:
    (number,) = parse("4.2² ms").numbers
    assert literal_unit(number.unit, number.text) == "ms"


@pytest.mark.parametrize(
    "text",
    [
        "by 0.3? from",
        "?0.3 from",
        "? 0.3 from",
        "?{0.3}{?}",
        "$0.3\\,?{\\percent}$",
        "0.3 $\\pm$ ?",
        "0.2–0.3?",
        "0.2 and 0.3?",
        "0.3? ± 0.1",
        "?7B",
        "?three",
    ],
)
def test_a_number_beside_the_sign_has_a_unit_that_equals_no_other(text: str) -> None:
    numbers = parse(text.replace("?", UNKNOWN_UNIT), inner=True).numbers
    units = {unit for number in numbers for _, unit in number.interpretations}
    assert units == {"unknown"}
    assert not any(same_unit("unknown", unit) or same_unit(unit, "unknown") for unit in ("unknown", "none", "percent"))


def test_a_number_elsewhere_keeps_its_unit() -> None:
    numbers = parse(f"0.3{UNKNOWN_UNIT} from 94.2% and 5").numbers
    assert [n.unit for n in numbers] == ["unknown", "percent", "none"]


@given(st.text(alphabet=f"0123456789.,^_{{}}$%+-− ()[]abkm*†\ufffd{RAISED}", max_size=40))
@settings(max_examples=400, deadline=None)
def test_any_marks_are_parsed(text: str) -> None:
    parsed = parse(text, inner=True)
    assert all(0 <= n.start < n.end <= len(text) for n in parsed.numbers)
    assert all(0 <= a.start < a.end <= len(text) for a in parsed.non_quantities)
    comparison_key(text)


@given(st.integers(0, 9999), st.integers(1, 99), st.sampled_from("123456789"))
def test_a_mark_after_a_decimal_never_changes_its_value(whole: int, places: int, mark: str) -> None:
    number = f"{whole}.{places}"
    raised_mark = mark.translate({ord(str(n)): "⁰¹²³⁴⁵⁶⁷⁸⁹"[n] for n in range(10)})
    for text in (f"{number}{raised_mark}", f"{number}^{mark}", f"{number}$^{{{mark}}}$"):
        assert [n.value for n in parse(text).numbers] == [n.value for n in parse(number).numbers]
