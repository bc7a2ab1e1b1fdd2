"""Grounding: checks whether each number of a statement occurs, with its unit, in the text quoted for it.

With quotations, the quotation has to occur in its block and the number in the quotation. Without, the statement's best
matching sentences are searched first and the number has to occur in one of those: a search of the whole paper would
accept half of all numbers with a changed digit. A right number with a wrong meaning cannot be detected here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from papers.models import Block, EvidenceStatus
from papers.numbers.non_quantities import NonQuantity
from papers.numbers.normalization import comparison_key
from papers.numbers.parser import Number, parse
from tasks.analyze.grounding.cell_roles import TableStatement
from tasks.analyze.grounding.comparison_cues import cue_of
from tasks.analyze.grounding.computed_claims import check_count, check_rank, compute
from tasks.analyze.grounding.number_comparison import compare, significant_digits
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.grounding.prose_roles import name_meant
from tasks.analyze.grounding.tables import Table
from tasks.analyze.grounding.window_search import best_windows, window_with_value

ACCEPTED_STATUSES: frozenset[EvidenceStatus] = frozenset({"grounded", "derived"})
_DOUBTS: tuple[EvidenceStatus, ...] = ("refuted", "other-cell", "wrong-unit")  # the one that says most first
MAX_NUMBERS = 100  # that are checked in one statement; each is compared with all others, and no statement has as many
MAX_SEARCHED_ROWS = 4  # rows found without a quotation whose tables a number is computed from

TOO_MANY = f"not checked: the statement has more than {MAX_NUMBERS} numbers"


@dataclass(frozen=True)
class Quote:
    """The evidence given for a statement: words of a block, and the id of that block."""

    text: str
    block_id: str | None = None


@dataclass(frozen=True)
class Finding:
    """The result for a number of a statement or, with `number` None, for digits that are no quantity (name, date)."""

    start: int  # offsets in the statement
    end: int
    text: str
    number: Number | None
    status: EvidenceStatus
    quote: str | None = None
    block_id: str | None = None
    note: str | None = None  # how a value is derived, what the right value is, or which cell is meant

    @property
    def accepted(self) -> bool:
        """Whether the paper contains it."""
        return self.status in ACCEPTED_STATUSES


@dataclass(frozen=True)
class _QuoteMatch:
    """A quotation that was found in a block, with its numbers."""

    quote: str
    block: Block
    numbers: tuple[Number, ...]


def ground(text: str, quotes: Sequence[Quote], paper_text: PaperText) -> list[Finding]:
    """The finding for each number and each other group of digits of `text`, in order.

    Without quotations, the windows of `paper_text` that match the statement best are searched for the numbers.
    Numbers after the first MAX_NUMBERS are not checked, and so are not accepted.
    """
    parsed = parse(text)
    checked, unchecked = parsed.numbers[:MAX_NUMBERS], parsed.numbers[MAX_NUMBERS:]
    check = _StatementCheck(text, checked, quotes, paper_text)
    findings = [check.finding(n) for n in checked]
    findings += [Finding(n.start, n.end, n.text, n, "unsupported", note=TOO_MANY) for n in unchecked]
    findings += [
        _check_non_quantity(a, text, check.quote_matches, paper_text)
        for a in parsed.non_quantities
        if a.kind != "marker"
    ]
    return sorted(findings, key=lambda f: f.start)


class _StatementCheck:
    """A statement with the quotations that were found for it, and with the tables that it is compared with."""

    def __init__(self, text: str, numbers: Sequence[Number], quotes: Sequence[Quote], paper_text: PaperText) -> None:
        self.text, self.numbers, self.paper_text = text, numbers, paper_text
        blocks = [(quote, paper_text.locate(quote.text, quote.block_id)) for quote in quotes]
        self.quote_matches = [
            _QuoteMatch(quote.text, block, tuple(paper_text.numbers_in(quote.text, block)))
            for quote, block in blocks
            if block
        ]
        self.missing_quotes = [quote for quote, block in blocks if block is None]
        self._statements: dict[int, TableStatement] = {}

    def finding(self, number: Number) -> Finding:
        """The finding for one number."""
        if not self.quote_matches and not self.missing_quotes:
            return self._search(number)
        rows = [m for m in self.quote_matches if m.block.kind == "table_row"]
        if finding := self._in_name_or_count(number, rows):
            return finding
        doubt: Finding | None = None
        for match in self.quote_matches:
            finding = self._support(number, match.quote, match.block, match.numbers)
            if finding and finding.accepted:
                return finding
            doubt = _graver(doubt, finding)
        computed = self._compute(number, rows)
        if computed and computed.accepted:
            return computed
        if (computed is None or computed.status != "refuted") and (derived := self._from_prose(number)):
            return derived
        if block := _block_with_name(number, self.text, self.paper_text):
            return self._made(number, "grounded", None, block.id)
        if computed and computed.status == "refuted":
            return computed
        return doubt or computed or self._without_support(number)

    def _in_name_or_count(self, number: Number, rows: Sequence[_QuoteMatch]) -> Finding | None:
        """The finding for a number within a row's or column's name, and for the counts of "best on 3 of 5"."""
        for match in rows:
            if self._is_in_name(number, match.block):
                return self._made(number, "grounded", match.quote, match.block.id)
        for match in rows:
            table, _ = self.paper_text.table_row(match.block)
            if count := check_count(self._table_statement(table)).get(number.start):
                return self._made(number, count.status, match.quote, match.block.id, count.note)
        return None

    def _from_prose(self, number: Number) -> Finding | None:
        """The finding for a number that two numbers of quoted sentences give."""
        prose = [m for m in self.quote_matches if m.block.kind != "table_row"]
        operands = find_operands(number, self.text, (n for m in prose for n in m.numbers))
        if operands is None:
            return None
        match = next(m for m in prose if operands[0] in m.numbers)
        note = "from " + " and ".join(n.text for n in operands)
        return self._made(number, "derived", match.quote, match.block.id, note)

    def _without_support(self, number: Number) -> Finding:
        """The finding for a number that no quotation has."""
        in_missing = any(compare(number, parse(q.text, inner=True).numbers) == "grounded" for q in self.missing_quotes)
        if self.quote_matches and not in_missing:
            match = self.quote_matches[0]
            return self._made(number, "not-in-quote", match.quote, match.block.id)
        return self._made(number, "quote-not-found", self.missing_quotes[0].text, None)

    def _is_in_name(self, number: Number, block: Block) -> bool:
        """Whether the number is part of a row's or a column's name, such as the 4 of "Claude Opus 4"."""
        table, _ = self.paper_text.table_row(block)
        return number in self._table_statement(table).named_numbers

    def _support(self, number: Number, quote: str, block: Block, numbers: Sequence[Number]) -> Finding | None:
        """What a passage says of the number: "grounded", "wrong-unit", "other-cell", "refuted"; None without it."""
        status = compare(number, numbers)
        if status != "grounded":
            return self._made(number, status, quote, block.id) if status else None
        if block.kind != "table_row":
            meant = name_meant(number, self.text, quote, parse(quote, inner=True).numbers)
            return self._made(
                number, "other-cell" if meant else "grounded", quote, block.id, meant and f"meant: {meant}"
            )
        table, row = self.paper_text.table_row(block)
        cells = [
            (row, column)
            for column, cell in enumerate(table.rows[row].cells)
            if column >= table.label_columns and compare(number, cell) == "grounded"
        ]
        if not cells:
            return self._made(number, "grounded", quote, block.id)
        statement = self._table_statement(table)
        meant_cells = [(cell, statement.cell_meant(number, *cell)) for cell in cells]
        right_cells = [cell for cell, meant_cell in meant_cells if meant_cell is None]
        if not right_cells:
            _, meant_cell = meant_cells[0]
            assert meant_cell
            return self._made(number, "other-cell", quote, block.id, f"meant: {table.describe(*meant_cell)}")
        ranks = [check_rank(statement, cell, number) for cell in right_cells]
        refutations = [rank for rank in ranks if rank and rank.status == "refuted"]
        if refutations and len(refutations) == len(ranks):
            return self._made(number, "refuted", quote, block.id, refutations[0].note)
        return self._made(number, "grounded", quote, block.id)

    def _compute(self, number: Number, matches: Sequence[_QuoteMatch]) -> Finding | None:
        """The number as computed from the tables of quoted rows; None if the statement does not present it so."""
        best: Finding | None = None
        for match in matches:
            table, _ = self.paper_text.table_row(match.block)
            statement = self._table_statement(table)
            result = compute(number, statement)
            if result is None:
                continue
            finding = self._made(number, result.status, match.quote, match.block.id, result.note)
            if finding.accepted:
                return finding
            if best is None or best.status == "not-checkable":
                best = finding
        return best

    def _in_named_cell(self, number: Number) -> Finding | None:
        """The finding for a number of which the statement names the cell, in any table of the paper.

        Of several tables those count of whose names the statement has the most words. It is "grounded" if one of the
        cells so named has the number, and "other-cell" if none has it, where the statement names row and column in full
        and does not say that the number was computed.
        """
        other_cell: Finding | None = None
        is_computed = cue_of(number, self.text) is not None
        statements = [s for t in self.paper_text.tables if (s := self._table_statement(t)).cells_for(number)]
        most_words = max((s.words_of_names(number) for s in statements), default=0)
        for statement in statements:
            table = statement.table
            if statement.words_of_names(number) < most_words - 1:
                continue
            for row, column in statement.cells_for(number):
                block = self.paper_text.by_id[table.rows[row].block_id or ""]
                if column < len(table.rows[row].cells) and compare(number, table.rows[row].cells[column]) == "grounded":
                    rank = check_rank(statement, (row, column), number)
                    status: EvidenceStatus = "refuted" if rank and rank.status == "refuted" else "grounded"
                    return self._made(number, status, block.text, block.id, rank.note if rank else None)
                is_clear = not is_computed and statement.names_in_full(number)
                if other_cell is None and is_clear and table.main_number(row, column):
                    note = f"meant: {table.describe(row, column)}"
                    other_cell = self._made(number, "other-cell", block.text, block.id, note)
        return other_cell

    def _table_statement(self, table: Table) -> TableStatement:
        if id(table) not in self._statements:
            quoted = [self.paper_text.table_row(m.block) for m in self.quote_matches if m.block.kind == "table_row"]
            quoted_rows = [row for quoted_table, row in quoted if quoted_table is table]
            self._statements[id(table)] = TableStatement(self.text, self.numbers, table, quoted_rows)
        return self._statements[id(table)]

    def _search(self, number: Number) -> Finding:
        """The finding for a number without a quotation, from the windows that match the statement best."""
        windows = [
            (self.paper_text.windows[i], self.paper_text.window_numbers[i])
            for i in best_windows(number, self.text, self.numbers, self.paper_text)
        ]
        if window := next(
            (w for w, _ in windows if w.block.kind == "table_row" and self._is_in_name(number, w.block)), None
        ):
            return self._made(number, "grounded", window.text, window.block.id)
        if verdict := self._in_named_cell(number):
            return verdict
        doubt: Finding | None = None
        for window, numbers in windows:
            finding = self._support(number, window.text, window.block, numbers)
            if finding and finding.accepted:
                return finding
            doubt = _graver(doubt, finding)
        rows = [_QuoteMatch(w.text, w.block, ()) for w, _ in windows if w.block.kind == "table_row"]
        computed = self._compute(number, rows[:MAX_SEARCHED_ROWS])
        if computed and computed.status in ("derived", "refuted"):
            return computed
        if block := _block_with_name(number, self.text, self.paper_text):
            return self._made(number, "grounded", None, block.id)
        if doubt is None and (window := window_with_value(number, self.text, self.paper_text)):
            return self._made(number, "grounded", window.text, window.block.id)
        return doubt or computed or self._made(number, "unsupported", None, None)

    def _made(
        self, number: Number, status: EvidenceStatus, quote: str | None, block_id: str | None, note: str | None = None
    ) -> Finding:
        return Finding(number.start, number.end, number.text, number, status, quote, block_id, note)


def _graver(one: Finding | None, other: Finding | None) -> Finding | None:
    """Of two doubts about a number, the one that says more."""
    return min((f for f in (one, other) if f), key=lambda f: _DOUBTS.index(f.status), default=None)


# --- derived values ------------------------------------------------------------------------------------------------

_CHANGE_WORDS = re.compile(
    r"提[升高]|增[加长益]|改[进善]|上升|下降|降低|减少|缩短|节省|领先|超[过出]|优于|高出|低于|差距|加速|快|improv"
    r"|increas|gain"
    r"|boost|rais|higher|lower|better"
    r"|worse|drop|decreas|declin|reduc|fewer|less|more|faster|slower|outperform|surpass"
    r"|exceed|gap|differ|lead|speed|over\b|above|below",
    re.IGNORECASE,
)
_PERCENTAGE_UNITS = frozenset({"percent", "none"})


def find_operands(number: Number, text: str, quoted_numbers: Iterable[Number]) -> tuple[Number, Number] | None:
    """The two quoted numbers whose difference or ratio is `number`, or None.

    A difference has to be exact and a ratio exact to the digits shown. The statement has to mention a change near the
    number, and the operands have to share a unit. Only percentage points, points and factors can be derived.
    """
    is_exact = number.kind == "digits" or "点" in number.text  # 三点二, as opposed to 三
    if number.unit not in ("percentage_point", "points", "times") or not is_exact:
        return None
    if not _CHANGE_WORDS.search(text[max(0, number.start - 40) : number.end + 30]):
        return None
    operands = list(islice((n for n in quoted_numbers if n.kind == "digits" and n.value > 0), 8))
    for i, first in enumerate(operands):
        for second in operands[i + 1 :]:
            if _is_derived(number, first, second):
                return first, second
    return None


def _is_derived(number: Number, first: Number, second: Number) -> bool:
    shared_units = {u for _, u in first.interpretations} & {u for _, u in second.interpretations} - {"unknown"}
    if not shared_units or first.value == second.value or min(map(significant_digits, (first, second))) < 2:
        return False
    if number.unit == "times":
        return number.value > 1 and _rounds_to(max(first.value, second.value) / min(first.value, second.value), number)
    return bool(shared_units & _PERCENTAGE_UNITS) and abs(first.value - second.value) == number.value


def _rounds_to(exact: Fraction, number: Number) -> bool:
    """Whether `exact`, rounded to the decimals written, is the number, which must have at least two written digits."""
    digits = re.search(r"\d[\d,]*(?:\.(\d+))?", number.text)
    if digits is None or len(re.sub(r"\D", "", digits.group())) < 2:
        return False
    places = len(digits.group(1) or "")
    return abs(exact - number.value) <= Fraction(1, 2 * 10**places)


# --- names and other digits that are no quantity ---------------------------------------------------------------------

_NAME_BEFORE = re.compile(r"(?<![A-Za-z])([A-Z][A-Za-z]*(?:[- ][A-Z][A-Za-z]*)?)[ -]?$")
MAX_NAME_BEFORE = 200  # characters


def _block_with_name(number: Number, text: str, paper_text: PaperText) -> Block | None:
    """The block with the name that `number` is part of, such as the 3.1 of "Llama 3.1" or the 500 of "MATH 500"."""
    if number.unit != "none" or number.kind != "digits":
        return None
    match = _NAME_BEFORE.search(text, max(0, number.start - MAX_NAME_BEFORE), number.start)
    if match is None or len(match.group(1)) < 3:
        return None
    name = re.compile(
        rf"(?<![a-z]){re.escape(comparison_key(match.group(1)))}-?{re.escape(comparison_key(number.text))}(?![\d.]*\d)"
    )
    return paper_text.block_with(name, text[match.start(1) : number.end])


def _check_non_quantity(
    non_quantity: NonQuantity, text: str, quote_matches: list[_QuoteMatch], paper_text: PaperText
) -> Finding:
    """The finding for a name, date or reference with digits, which has to occur in the paper or in its listing."""
    token = text[non_quantity.start : non_quantity.end]
    pattern = _token_pattern(token)
    for quote_match in quote_matches:
        if pattern.search(comparison_key(quote_match.quote)):
            return Finding(
                non_quantity.start, non_quantity.end, token, None, "grounded", quote_match.quote, quote_match.block.id
            )
    if pattern.search(comparison_key(paper_text.listing)) or paper_text.block_with(pattern, token):
        return Finding(non_quantity.start, non_quantity.end, token, None, "grounded")
    return Finding(non_quantity.start, non_quantity.end, token, None, "unsupported")


@lru_cache(maxsize=10_000)
def _token_pattern(token: str) -> re.Pattern[str]:
    key = re.sub(r"^第|[年月日]$", "", comparison_key(token))
    date = re.fullmatch(r"(\d{4})年(\d{1,2})(?:月(\d{1,2}))?", key)
    if date:
        key = date.group(1)  # papers write the month as a word
    before = r"(?<!\d)(?<!\d[.])" if key[:1].isdigit() else ""
    return re.compile(before + re.escape(key) + (r"(?![.]?\d)" if key[-1:].isdigit() else ""))
