"""Judges a claim about one table: every number of it, and what it says of them.

"supported" needs every number of the claim to be in a cell that the claim may mean, or to be derived from such cells.
"refuted" needs a contradiction: the cells are clear, and they say the opposite. All else is "not-checkable".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Literal

from papers.numbers.parser import Number, parse
from papers.numbers.units import same_unit
from tasks.analyze.grounding.cell_roles import TableStatement
from tasks.analyze.grounding.comparison_claims import COMPARATIVE, DEGREE, judge_comparisons
from tasks.analyze.grounding.comparison_cues import is_negated
from tasks.analyze.grounding.computed_claims import check_rank, compute
from tasks.analyze.grounding.number_comparison import compare
from tasks.analyze.grounding.tables import Table, plain_cell, table_of

_STRONG = re.compile(r"\b(?:significantly|much|far|substantially|dramatically|greatly|considerably)\b", re.IGNORECASE)
MAX_NUMBERS = 100  # in one claim; each is compared with all others
Judgement = Literal["supported", "refuted", "not-checkable"]


def judge_claim(claim: str, caption: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Judgement:
    """The judgement on a claim about a table of `columns` (headers) and `rows` (cells)."""
    return judge(plain_cell(claim), table_of(caption, columns, rows))


def judge(claim: str, table: Table) -> Judgement:
    """The judgement on a claim about a table."""
    numbers = [_without_unit(n, table) for n in parse(claim).numbers if _is_checked(n, claim, table)]
    if len(numbers) > MAX_NUMBERS:
        return "not-checkable"
    statement = TableStatement(claim, numbers, table)
    results = [_judge_number(n, statement) for n in numbers]
    comparisons = judge_comparisons(statement)
    if "refuted" in results or False in comparisons:
        return "refuted"
    if not (results or comparisons) or None in comparisons or any(r not in ("supported", "derived") for r in results):
        return "not-checkable"
    is_compared = bool(comparisons) or "derived" in results
    if comparisons and DEGREE.search(claim) and "derived" not in results:
        return "not-checkable"
    if is_negated(claim) or (COMPARATIVE.search(claim) and not is_compared) or _STRONG.search(claim):
        return "not-checkable"
    is_located = any(statement.rows.mentions) and any(statement.columns.mentions)
    return "supported" if is_compared or is_located else "not-checkable"


def _is_checked(number: Number, claim: str, table: Table) -> bool:
    """Whether a number is one that a table would have: not a year, a level of significance, or the 5 of "top 5"."""
    if number.kind != "digits" or re.fullmatch(r"(?:19|20)\d\d", number.text):
        return False
    if re.search(r"\bp(?:-value)?s?\s?[<>=≤]\s?$", claim[max(0, number.start - 12) : number.start]):
        return False
    if "." in number.text or number.unit in ("percent", "percentage_point"):
        return True
    return len(re.sub(r"\D", "", number.text)) >= 3 and number.value in table.values


def _without_unit(number: Number, table: Table) -> Number:
    """A percentage that may also be a plain value, where no cell of the table has a unit: claims often add the sign."""
    if number.unit != "percent" or any(unit == "percent" for _, unit in table.interpretations):
        return number
    return replace(number, alternatives=number.alternatives | {(number.value, "none")})


def _compute(number: Number, statement: TableStatement) -> Judgement | Literal["derived"]:
    """The judgement on a number that no cell has; a percentage may be a relative change, or a difference of cells."""
    readings = [number, replace(number, unit="points")] if (number.value, "none") in number.alternatives else [number]
    statuses = [computation.status for n in readings if (computation := compute(n, statement))]
    if "derived" in statuses:
        return "derived"
    return "refuted" if statuses[:1] == ["refuted"] else "not-checkable"


def _is_rounded(number: Number, text: str, cell: Sequence[Number]) -> bool:
    """Whether the number is a cell's, rounded to fewer decimals; "about" allows one more in the last place."""
    digits = re.search(r"\d[\d,]*\.(\d+)", number.text)
    if digits is None or not cell:
        return False
    places = len(digits.group(1))
    is_approximate = re.search(
        r"(?:about|around|roughly|approximately|nearly|~)\s?$", text[max(0, number.start - 16) : number.start]
    )
    tolerance = Fraction(1 if is_approximate else Fraction(1, 2), 10**places)
    units = {unit for _, unit in number.interpretations}
    is_near = abs(cell[0].value - number.value) <= tolerance
    return is_near and any(same_unit(unit, cell[0].unit) for unit in units)


def _judge_number(number: Number, statement: TableStatement) -> Judgement | Literal["derived"]:
    table = statement.table
    cells = [
        (r, c)
        for r, row in enumerate(table.rows)
        for c in range(table.label_columns, len(row.cells))
        if compare(number, row.cells[c]) == "grounded" or _is_rounded(number, statement.text, row.cells[c])
    ]
    if not cells:
        return _compute(number, statement)
    right = [cell for cell in cells if statement.cell_meant(number, *cell) is None]
    if not right:
        return "not-checkable"
    ranks = [rank.status for cell in right if (rank := check_rank(statement, cell, number))]
    if ranks and all(status == "refuted" for status in ranks):
        return "refuted"
    return "supported"
