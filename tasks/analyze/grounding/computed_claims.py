"""Claims that are computed from a table: differences, ratios, relative changes, averages, ranks and counts.

Each is computed again from the cells that the statement names. `derived` gives the formula, `refuted` the right value.
Where the statement does not say clearly which cells it means, it is `not-checkable`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product

from papers.models import EvidenceStatus
from papers.numbers.parser import Number
from papers.numbers.units import decimal
from tasks.analyze.grounding.cell_roles import Cell, TableStatement
from tasks.analyze.grounding.comparison_cues import (
    SAYS_BEST,
    Cue,
    cue_of,
    is_lower_better,
    is_negated,
    says_average,
)
from tasks.analyze.grounding.name_mentions import AxisMentions, Mention, name_of

NEGATED = 80  # characters before a number in which a "not" concerns it
MAX_COUNT = 30  # of columns
MAX_PAIRS = 240  # of cells that one claim is computed from; a claim that may mean more is not checkable


@dataclass(frozen=True)
class Computation:
    """The result of computing a claim again: `derived` with its formula, `refuted` with the right value."""

    status: EvidenceStatus
    note: str


@dataclass(frozen=True)
class _Pair:
    """Two cells that a claim compares: the one that it is about, and the one it is compared with."""

    first: Cell
    second: Cell


def compute(number: Number, statement: TableStatement) -> Computation | None:
    """What the table says of a number that the statement presents as computed; None if it is not presented so."""
    cue = cue_of(number, statement.text_without_names)
    if cue is None and says_average(statement.text):  # the word may be a column's name too
        cue = Cue("average")
    if cue is None:
        return None
    if cue.kind == "average":
        result = _average(number, cue, statement)
    else:
        result = _compare_pairs(number, cue, statement, _pairs(statement))
    if result is None or not is_negated(statement.text_without_names, max(0, number.start - NEGATED), number.start):
        return result
    if result.status == "derived":
        return Computation("refuted", f"the statement denies it: {result.note}")
    return Computation("not-checkable", "the statement is a negation")


# --- differences, ratios, relative changes ----------------------------------------------------------------------------


def _compare_pairs(number: Number, cue: Cue, statement: TableStatement, compared: _Pairs) -> Computation | None:
    notes: dict[str, list[str]] = {"fits": [], "unsure": [], "reverse": [], "other": []}
    for pair in compared.pairs[:MAX_PAIRS]:
        for outcome, note in _outcomes(number, cue, statement, pair, compared):
            notes[outcome].append(note)
    if notes["fits"]:
        return Computation("derived", notes["fits"][0])
    if notes["unsure"]:
        return Computation("not-checkable", f"higher or lower may be better: {notes['unsure'][0]}")
    if notes["reverse"]:
        status: EvidenceStatus = "refuted" if compared.is_clear else "not-checkable"
        return Computation(status, f"the other way round: {notes['reverse'][0]}")
    if mean := _mean_difference(number, cue, statement, compared.pairs):
        return mean
    if notes["other"] and compared.is_single and len(compared.pairs) == 1:
        return Computation("refuted", notes["other"][0])
    return Computation("not-checkable", "the cells that it is computed from are not clear") if compared.pairs else None


def _outcomes(
    number: Number, cue: Cue, statement: TableStatement, pair: _Pair, compared: _Pairs
) -> Iterator[tuple[str, str]]:
    """("fits", "unsure", "reverse" or "other"; the formula) of each way to compute the claim from two cells."""
    table = statement.table
    sign, is_sign_certain = statement.sign_of(cue.sense, _metric_label(statement, pair))
    if cue.kind == "ratio" and cue.sense == "any" and compared.has_reference:
        sign = 1  # "twice that of B" is more than B
    values = zip(table.slots(*pair.first), table.slots(*pair.second), strict=False)
    for value, formula, fits in (f for first, second in values for f in _formulas(cue, first, second, sign)):
        note = f"{formula} ({table.describe(*pair.first)}; {table.describe(*pair.second)})"
        if not _rounds_to(value, number, cue.approximate, compared.is_clear and cue.kind != "difference"):
            yield "other", note
        elif fits:
            yield "fits", note
        else:
            yield "reverse" if is_sign_certain else "unsure", note


def _mean_difference(number: Number, cue: Cue, statement: TableStatement, pairs: Sequence[_Pair]) -> Computation | None:
    """The number as the mean of the differences of two rows over all columns: "improves by 2.3 points on average"."""
    if cue.kind != "difference" or not says_average(statement.text):
        return None
    differences: dict[tuple[int, int], list[Fraction]] = {}
    for pair in pairs:
        for first, second in zip(statement.table.slots(*pair.first), statement.table.slots(*pair.second), strict=False):
            differences.setdefault((pair.first[0], pair.second[0]), []).append(first - second)
    for (a, b), values in differences.items():
        mean = sum(values, Fraction(0)) / len(values)
        if len(values) > 1 and _rounds_to(abs(mean), number, cue.approximate):
            names = f"{statement.table.row_names[a].text}; {statement.table.row_names[b].text}"
            return Computation("derived", f"mean of {len(values)} differences = {_short(mean)} ({names})")
    return None


def _formulas(cue: Cue, first: Fraction, second: Fraction, sign: int) -> Iterator[tuple[Fraction, str, bool]]:
    """(value, formula, whether the direction fits) of each way to compute the claim."""
    a, b = decimal(first), decimal(second)
    actual_sign = (first > second) - (first < second)
    fits = sign in (0, actual_sign)
    if cue.kind == "difference":
        yield abs(first - second), f"|{a} − {b}| = {decimal(abs(first - second))}", fits
    elif cue.kind == "relative" and second:
        share = abs(first - second) / abs(second) * 100
        yield share, f"|{a} − {b}| / {b} = {_short(share)}%", fits
    elif cue.kind == "ratio" and first > 0 and second > 0:
        for value, formula, _up in ((first / second, f"{a} / {b}", True), (second / first, f"{b} / {a}", False)):
            if value > 1:
                yield value, f"{formula} = {_short(value)}", fits if sign else True


def _short(value: Fraction) -> str:
    return f"{float(value):.4g}"


def _rounds_to(exact: Fraction, number: Number, approximate: bool, one_digit: bool = False) -> bool:
    """Whether `exact`, rounded to the decimals written, is the number.

    A number of one digit has to be exact, unless the statement says that it is approximate, or `one_digit` is enough.
    """
    value = abs(number.value)
    if exact == value:
        return True
    if approximate and abs(exact - value) <= max(Fraction(1, 10 ** _decimals(number)), value * 3 / 100):
        return True
    digits = re.search(r"\d[\d,]*(?:\.(\d+))?", number.text)
    if digits is None or (len(re.sub(r"\D", "", digits.group())) < 2 and not one_digit):
        return False
    return abs(exact - value) <= Fraction(1, 2 * 10 ** _decimals(number))


def _decimals(number: Number) -> int:
    digits = re.search(r"\d[\d,]*\.(\d+)", number.text)
    return len(digits.group(1)) if digits else 0


def _metric_label(statement: TableStatement, pair: _Pair) -> str:
    """The words that say what is measured: the names of the line that both cells share, and of their other lines."""
    table = statement.table
    columns = {pair.first[1], pair.second[1]}
    texts = [table.headers[c] for c in columns if c < len(table.headers)]
    if pair.first[0] == pair.second[0]:
        texts.append(table.rows[pair.first[0]].name.text)
    return " ".join(texts)


@dataclass(frozen=True)
class _Pairs:
    """The pairs of cells that a statement may compare."""

    pairs: list[_Pair]
    is_single: bool = False  # the statement names each cell
    has_reference: bool = False  # it says what is compared with what: "than", "outperforms"

    @property
    def is_clear(self) -> bool:
        """Whether the statement says what it is about, and what that is compared with."""
        return self.is_single or self.has_reference


def _pairs(statement: TableStatement) -> _Pairs:
    """The pairs of cells that the statement may compare."""
    rows, columns = statement.rows, statement.columns
    named_columns, columns_certain = best_lines(columns, statement.table.number_columns)
    if len(rows.mentions) >= 2:
        pairs = [
            _Pair((a, c), (b, c))
            for first, second in _ordered(statement, rows.mentions)
            for a, b, c in product(sorted(first.lines), sorted(second.lines), named_columns)
            if a != b
        ]
        return _Pairs(pairs, columns_certain and len(rows.mentions) == 2, _has_reference(statement, rows.mentions))
    named_rows, rows_certain = best_lines(rows, range(len(statement.table.rows)))
    if len(columns.mentions) >= 2:
        pairs = [
            _Pair((r, a), (r, b))
            for first, second in _ordered(statement, columns.mentions)
            for r, a, b in product(named_rows, sorted(first.lines), sorted(second.lines))
            if a != b
        ]
        return _Pairs(pairs, rows_certain and len(columns.mentions) == 2, _has_reference(statement, columns.mentions))
    return _Pairs(_open_pairs(statement, named_rows, rows_certain, named_columns, columns_certain))


def _has_reference(statement: TableStatement, mentions: Sequence[Mention]) -> bool:
    return 0 < sum(statement.is_reference(m) for m in mentions) < len(mentions)


def _open_pairs(
    statement: TableStatement, rows: Sequence[int], one_row: bool, columns: Sequence[int], one_column: bool
) -> list[_Pair]:
    """The pairs of a statement that names one line alone ("improves by 3.2"): its cells against those beside them."""
    table = statement.table
    if one_row and statement.rows.mentions:
        return [_Pair((rows[0], c), (r, c)) for r in range(len(table.rows)) if r != rows[0] for c in columns]
    if one_column and statement.columns.mentions:
        return [_Pair((r, columns[0]), (r, c)) for c in table.number_columns if c != columns[0] for r in rows]
    return []


def _ordered(statement: TableStatement, mentions: Sequence[Mention]) -> list[tuple[Mention, Mention]]:
    """(what the claim is about, what it is compared with), the likeliest first."""
    references = [m for m in mentions if statement.is_reference(m)]
    subjects = [m for m in mentions if m not in references]
    if not references:
        if len(mentions) == 2:
            return [(mentions[0], mentions[1])]
        return [(a, b) for a in mentions for b in mentions if a is not b]
    if not subjects:
        return [(references[-1], m) for m in references[:-1]]
    return [(subject, reference) for subject in subjects for reference in references]


def best_lines(axis: AxisMentions, candidates: Sequence[int]) -> tuple[list[int], bool]:
    """The lines that the statement names, all candidates if it names none, and whether it is a single one."""
    named_lines = sorted({line for m in axis.mentions for line in m.lines if line in candidates})
    return (named_lines, len(named_lines) == 1) if named_lines else (list(candidates), len(candidates) == 1)


# --- averages ---------------------------------------------------------------------------------------------------------


def _average(number: Number, cue: Cue, statement: TableStatement) -> Computation | None:
    """The average of a named row over the named columns, or over all; the same for a column over rows."""
    table = statement.table
    named_rows, row_certain = best_lines(statement.rows, range(len(table.rows)))
    if not row_certain:
        return None
    row = named_rows[0]
    named_columns = [sorted(m.lines) for m in statement.columns.mentions if not _is_average(statement, m)]
    choices = list(islice(product(*named_columns), MAX_PAIRS)) if len(named_columns) >= 2 else [table.number_columns]
    result: Computation | None = None
    for columns in choices:
        numbers = [n for c in columns if (n := table.main_number(row, c)) is not None]
        if len(numbers) < 2:
            continue
        mean = sum((n.value for n in numbers), Fraction(0)) / len(numbers)
        formula = f"({' + '.join(n.canonical for n in numbers)}) / {len(numbers)} = {_short(mean)}"
        note = f"{formula} ({table.rows[row].name.text})"
        if _rounds_to(mean, number, cue.approximate):
            return Computation("derived", note)
        is_certain = len(choices) == 1 and len(named_columns) >= 2
        result = result or Computation("refuted" if is_certain else "not-checkable", note)
    return result


def _is_average(statement: TableStatement, mention: Mention) -> bool:
    """Whether a name is but the word "average", which says what the number is."""
    return all(name_of("average").keys == statement.columns.names[line].required for line in mention.lines)


# --- ranks and counts -------------------------------------------------------------------------------------------------


def check_rank(statement: TableStatement, cell: Cell, number: Number) -> Computation | None:
    """Whether a cell is the best, or the second best, of its line, if the statement says so of its number."""
    superlative = statement.superlative
    if (
        superlative is None
        or is_negated(statement.text_without_names, 0, superlative[1])
        or not _governs(statement, superlative[1], number)
    ):
        return None
    return rank_of(statement, cell, superlative[0])


def rank_of(statement: TableStatement, cell: Cell, kind: str) -> Computation | None:
    """Whether the cell has that rank among the cells of its column, or of its group of rows there."""
    table, (row, column) = statement.table, cell
    slots = {r: values for r in range(len(table.rows)) if (values := table.slots(r, column))}
    own = slots.pop(row, ())
    others = {r: values[0] for r, values in slots.items() if len(values) == len(own)}
    if not own:
        return None
    if not others:
        return None
    label = table.headers[column] if column < len(table.headers) else ""
    lower = kind.endswith("low") or (kind in ("best", "second") and is_lower_better(label))
    lower = lower != (kind == "worst")
    better = {r: v for r, v in others.items() if (v < own[0] if lower else v > own[0])}
    wanted = 1 if kind.startswith("second") else 0
    group = {r for r in others if table.rows[r].group == table.rows[row].group}
    counts = {len(set(better.values())), len({v for r, v in better.items() if r in group})}
    if wanted in counts:
        return Computation("derived", f"{kind.replace('_', ' ')}: {table.describe(row, column)}")
    top = (
        max(better, key=lambda r: -better[r] if lower else better[r])
        if better
        else max(others, key=lambda r: others[r])
    )
    return Computation("refuted", f"{table.describe(row, column)}, but {table.describe(top, column)}")


def _governs(statement: TableStatement, position: int, number: Number) -> bool:
    """Whether the superlative at `position` is said of `number`: in its clause, or the statement has one name only."""
    if len(statement.rows.mentions) <= 1 and len(statement.cell_numbers) <= 1:
        return True
    start, end = sorted((position, number.start))
    return not re.search(r"[,;，；。]|\b(?:while|whereas|but|and|followed by)\b|而|但", statement.text[start:end])


def check_count(statement: TableStatement) -> dict[int, Computation]:
    """For "the best on 3 of 5 datasets", whether the named row is the best in as many columns: by the numbers' starts.

    The columns are those that the statement names, or all.
    """
    counts = [n for n in statement.numbers if _is_count(n) and n not in statement.named_numbers]
    if (
        len(counts) != 2
        or not SAYS_BEST.search(statement.text_without_names)
        or is_negated(statement.text_without_names)
    ):
        return {}
    won, total = counts if _COUNT_OF.fullmatch(statement.text[counts[0].end : counts[1].start]) else counts[::-1]
    table, rows = statement.table, statement.rows.mentions
    subjects = [m for m in rows if not statement.is_reference(m)] or rows
    if len({min(m.lines) for m in subjects}) != 1 or len(subjects[0].lines) != 1:
        return {}
    row = min(subjects[0].lines)
    named_columns = [min(m.lines) for m in statement.columns.mentions if len(m.lines) == 1]
    if len(named_columns) not in (0, 1, len(statement.columns.mentions)):
        return {}
    columns = [c for c in table.number_columns if table.main_number(row, c) is not None]
    columns = named_columns if len(named_columns) > 1 else columns
    references = {min(m.lines) for m in rows if statement.is_reference(m)}
    best = {_count_wins(statement, row, columns, references or rivals) for rivals in _rivals(statement, row)}
    is_right = won.value in best and total.value == len(columns)
    note = f"{min(best)} of {len(columns)} columns"
    result = Computation("derived" if is_right else "refuted", note)
    return {n.start: result for n in counts}


def _rivals(statement: TableStatement, row: int) -> list[set[int]]:
    """The rows that a row may be compared with: all, or those of its group."""
    rows = statement.table.rows
    others = {r for r in range(len(rows)) if r != row and any(rows[r].cells[statement.table.label_columns :])}
    group = {r for r in others if rows[r].group == rows[row].group}
    return [others, group] if group and group != others else [others]


def _count_wins(statement: TableStatement, row: int, columns: Sequence[int], rivals: Iterable[int]) -> int:
    """In how many columns no rival is better than the row."""
    return sum(not any(_is_ahead(statement, rival, row, column) for rival in rivals) for column in columns)


_COUNT_OF = re.compile(r"\s*(?:out )?of (?:the |its |all |these )*|[^，。]{0,12}(?:，|,|（|\()?共\s*", re.IGNORECASE)


def _is_count(number: Number) -> bool:
    return number.unit == "none" and number.value.denominator == 1 and 0 < number.value <= MAX_COUNT


def _is_ahead(statement: TableStatement, first: int, second: int, column: int) -> bool:
    table = statement.table
    a, b = table.main_number(first, column), table.main_number(second, column)
    if a is None or b is None:
        return False
    return a.value < b.value if is_lower_better(table.headers[column]) else a.value > b.value
