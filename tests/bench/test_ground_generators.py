"""The makers of statements for `make bench-ground`: what they call right is right, what they call wrong is wrong."""

from __future__ import annotations

import random
import re
from decimal import Decimal

import pytest

from papers.models import Block
from tests.bench import computed_statements, ground_roles
from tests.bench.ground_numerals import make_claims
from tests.bench.ground_scitab import has_number
from tests.bench.ground_tables import Page, clean_name, is_same, parse_cell, read_page, split_row
from tests.bench.numeral_grammar import chinese_decimal, chinese_words, english_decimal, english_words

HEADER = "| Method | Web Acc. (%) | Code Acc. (%) | Math Acc. (%) | Avg. |"
ROWS = {
    "BAGEL [12]": "| BAGEL [12] | 71.6 | 58.2 | 33.1 | 54.3 |",
    "BAGEL-Canvas": "| BAGEL-Canvas | 79.3* | 65.4 | 39.9 | 61.5 |",
    "Lantern (ours)": "| Lantern (ours) | 88.8 | 49.2 | 42.0 | - |",
    "Omni": "| Omni | 64.7 ± 0.3 | 61.0 | 30.5 | 52.1 |",
}


def small_page() -> Page:
    blocks = [Block(id="S1.T1", kind="caption", section="", text="Table 1: Results.")]
    blocks.append(Block(id="S1.T1.r1", kind="table_row", section="", text=HEADER))
    for number, text in enumerate(ROWS.values(), 2):
        blocks.append(Block(id=f"S1.T1.r{number}", kind="table_row", section="", text=text, header=HEADER))
    return read_page("small", blocks)


@pytest.mark.parametrize(
    ("number", "words"),
    [(13, "thirteen"), (205, "two hundred and five"), (2_000_021, "two million and twenty-one"), (90, "ninety")],
)
def test_english_words(number: int, words: str) -> None:
    assert english_words(number) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (13, "十三"), (205, "两百零五"), (1010, "一千零一十"), (10_005, "一万零五"), (215_000, "二十一万五千"),
        (100_010_000, "一亿零一万"), (2_000_000_000, "二十亿"), (210_000_000, "两亿一千万"),
    ],
)  # fmt: skip
def test_chinese_words(number: int, words: str) -> None:
    assert chinese_words(number, "两") == words


def test_decimals_in_words() -> None:
    assert english_decimal("12.05") == "twelve point zero five"
    assert chinese_decimal("12.05") == "十二点零五"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_numeral_claims_come_in_fours(language: str) -> None:
    claims = list(make_claims(language))
    assert len(claims) >= 4 * 300
    assert [c.right for c in claims[:4]] == [True, False, True, False]
    for right, changed in zip(claims[::2], claims[1::2], strict=True):
        assert right.paper == changed.paper
        assert right.text[right.start : right.end] != changed.text[changed.start : changed.end]


def test_cells_and_names() -> None:
    cell = parse_cell(r"$\mathbf{-71.6}$ ± 0.3")
    assert cell is not None
    assert (cell.number, cell.marks) == (Decimal("-71.6"), "± 0.3")
    assert parse_cell("7B") is None
    assert parse_cell("12–15") is None
    assert clean_name("FLUX.1-Kontext (Labs et al., 2025)") == "FLUX.1-Kontext"
    assert clean_name(r"Avg. Succ. $(\uparrow)$") == "Avg. Succ."
    assert is_same(Decimal("0.716"), Decimal("71.6"))
    assert not is_same(Decimal("71.6"), Decimal("71.9"))


def test_roles_of_a_small_table() -> None:
    page = small_page()
    cells = {name: split_row(text)[1:] for name, text in ROWS.items()}
    claims = list(ground_roles.plant(page, page.tables[0], random.Random(1)))
    assert {c.kind for c in claims} == {"right", "row", "column"}
    for claim in claims:
        stated = [claim.text[a:b].removesuffix("%") for a, b in claim.spans]
        quoted = " ".join(q.text for q in claim.quotes)
        assert all(value in quoted for value in stated)
        named = [n for n in cells if re.search(rf"(?<!\w){re.escape(clean_name(n))}(?![\w-])", claim.text)]
        if len(stated) == 1 and claim.kind != "column":
            (name,) = named
            assert any(c.startswith(stated[0]) for c in cells[name]) == (claim.kind == "right")


def test_computed_statements_of_a_small_table() -> None:
    page = small_page()
    statements = computed_statements.make_statements([page], attempts=400)
    kinds = {kind for kind, _, _ in statements}
    assert {"points", "ratio", "relative", "best"} <= kinds
    best = [c for kind, _, c in statements if kind == "best" and c.kind == "right" and "best on Web" in c.text]
    assert best
    assert all("Lantern" in c.text and "88.8" in c.text for c in best)
    for kind, _, claim in statements:
        if kind == "points" and claim.kind == "right":
            one, other = ([cell.number for t in split_row(q.text)[1:] if (cell := parse_cell(t))] for q in claim.quotes)
            stated = Decimal(claim.text[slice(*claim.spans[0])])
            assert stated in {abs(a - b) for a, b in zip(one, other, strict=False)}


@pytest.mark.parametrize(
    ("claim", "counts"),
    [
        ("LRN improves by 0.33 EM.", True),
        ("It wins on all three metrics.", True),
        ("Table 3 shows that BLEU-4 drops [14].", False),
        ("Dual2seq beats LSTM-800 (Noreen, 1989).", False),
    ],
)
def test_claims_with_a_number(claim: str, counts: bool) -> None:
    assert has_number(claim) is counts
