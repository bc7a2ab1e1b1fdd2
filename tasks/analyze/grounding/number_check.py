"""Grounding: checks whether each number of a statement occurs, with its unit, in the text quoted for it.

With quotations, the quotation has to occur in its block and the number in the quotation. Without, the statement's best
matching sentences are searched first and the number has to occur in one of those: a search of the whole paper would
accept half of all numbers with a changed digit. A right number with a wrong meaning cannot be detected here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import islice

from papers.models import Block, EvidenceStatus
from papers.numbers.non_quantities import NonQuantity
from papers.numbers.normalization import comparison_key, normalize
from papers.numbers.parser import Number, parse
from papers.numbers.units import same_unit
from tasks.analyze.grounding.paper_text import PaperText, Window, word_stems

ACCEPTED_STATUSES: frozenset[EvidenceStatus] = frozenset({"grounded", "derived"})


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
    """
    parsed = parse(text)
    quote_matches = [quote_match for quote in quotes if (quote_match := _match_quote(quote, paper_text))]
    missing_quotes = [quote for quote in quotes if paper_text.locate(quote.text, quote.block_id) is None]
    findings = [_check_number(n, text, quote_matches, missing_quotes, paper_text) for n in parsed.numbers]
    findings += [
        _check_non_quantity(a, text, quote_matches, paper_text) for a in parsed.non_quantities if a.kind != "marker"
    ]
    return sorted(findings, key=lambda f: f.start)


def _match_quote(quote: Quote, paper_text: PaperText) -> _QuoteMatch | None:
    block = paper_text.locate(quote.text, quote.block_id)
    return _QuoteMatch(quote.text, block, tuple(paper_text.numbers_in(quote.text, block))) if block else None


def _check_number(
    number: Number, text: str, quote_matches: list[_QuoteMatch], missing_quotes: list[Quote], paper_text: PaperText
) -> Finding:
    def finding(status: EvidenceStatus, quote: str | None = None, block_id: str | None = None) -> Finding:
        return Finding(number.start, number.end, number.text, number, status, quote, block_id)

    wrong_unit_match: _QuoteMatch | None = None
    for quote_match in quote_matches:
        match_status = compare(number, quote_match.numbers)
        if match_status == "grounded":
            return finding("grounded", quote_match.quote, quote_match.block.id)
        if match_status == "wrong-unit":
            wrong_unit_match = wrong_unit_match or quote_match
    if operands := find_operands(number, text, (n for quote_match in quote_matches for n in quote_match.numbers)):
        quote_match = next(m for m in quote_matches if operands[0] in m.numbers)
        return finding("derived", quote_match.quote, quote_match.block.id)
    if block := _block_with_name(number, text, paper_text):
        return finding("grounded", None, block.id)
    if wrong_unit_match:
        return finding("wrong-unit", wrong_unit_match.quote, wrong_unit_match.block.id)
    if quote_matches and not any(
        compare(number, parse(q.text, inner=True).numbers) == "grounded" for q in missing_quotes
    ):
        return finding("not-in-quote", quote_matches[0].quote, quote_matches[0].block.id)
    if missing_quotes:
        return finding("quote-not-found", missing_quotes[0].text, None)
    return finding(*search_windows(number, text, paper_text))


def compare(number: Number, candidates: Sequence[Number]) -> EvidenceStatus | None:
    """ "grounded" if `candidates` contain the value with the unit, "wrong-unit" if only with another, else None."""
    value_matches = False
    for candidate in candidates:
        for value, unit in number.interpretations:
            for candidate_value, candidate_unit in candidate.interpretations:
                if value == candidate_value or (value == -candidate_value and value > 0):
                    if same_unit(unit, candidate_unit):
                        return "grounded"
                    value_matches = True
    return "wrong-unit" if value_matches else None


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
    shared_units = {u for _, u in first.interpretations} & {u for _, u in second.interpretations}
    if not shared_units or first.value == second.value or min(map(_significant_digits, (first, second))) < 2:
        return False
    if number.unit == "times":
        return number.value > 1 and _rounds_to(max(first.value, second.value) / min(first.value, second.value), number)
    return bool(shared_units & _PERCENTAGE_UNITS) and abs(first.value - second.value) == number.value


def _significant_digits(number: Number) -> int:
    return len(re.sub(r"\D", "", number.text).strip("0"))


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
    return next((block for key, block in paper_text.block_keys if name.search(key)), None)


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
    if any(pattern.search(line) for line in paper_text.full_text_lines):
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


# --- without quotations ----------------------------------------------------------------------------------------------

MIN_RELATIVE_SCORE = 0.7  # share of the best window's score that a window needs to count as evidence
MIN_SHARE = 0.16  # weighted share of the statement's words below which a window is no evidence
OTHER_NUMBER_SCORE = 0.15  # added to a window's score for each other number of the statement in it
MAX_WINDOWS = 18  # windows that count as evidence; when more match equally well, the statement is too vague


def search_windows(number: Number, text: str, paper_text: PaperText) -> tuple[EvidenceStatus, str | None, str | None]:
    """(status, sentence, block id) of a number without a quotation: "grounded", "wrong-unit" or "unsupported"."""
    wrong_unit_window: Window | None = None
    for index in _best_windows(number, text, paper_text):
        match_status = compare(number, paper_text.window_numbers[index])
        window = paper_text.windows[index]
        if match_status == "grounded":
            return "grounded", window.text, window.block.id
        if match_status == "wrong-unit" and wrong_unit_window is None:
            wrong_unit_window = window
    if wrong_unit_window is not None:
        return "wrong-unit", wrong_unit_window.text, wrong_unit_window.block.id
    return "unsupported", None, None


def _best_windows(number: Number, text: str, paper_text: PaperText) -> list[int]:
    """The indices of the windows that match the statement best by its words and its other numbers, the best first."""
    scores = list(_word_shares(text, paper_text))
    for index, starts in _grounded_starts(text, paper_text).items():
        scores[index] += OTHER_NUMBER_SCORE * min(3, starts.total() - starts[number.start])
    best = max(scores, default=0.0)
    indices = [i for i, score in enumerate(scores) if score >= max(MIN_SHARE, MIN_RELATIVE_SCORE * best)]
    indices.sort(key=lambda i: (-scores[i], i))
    return indices[:MAX_WINDOWS]


def _grounded_starts(text: str, paper_text: PaperText) -> dict[int, Counter[int]]:
    """For each window with words of the statement, the starts of the statement's numbers that the window contains.

    It is counted once for a statement, not for each of its numbers, of which a hostile text has thousands.
    """
    if text not in paper_text.grounded_by_statement:
        numbers = parse(text).numbers
        indices = [i for i, share in enumerate(_word_shares(text, paper_text)) if share > MIN_SHARE / 2]
        paper_text.grounded_by_statement[text] = {
            i: Counter(n.start for n in numbers if compare(n, paper_text.window_numbers[i]) == "grounded")
            for i in (indices if len(numbers) > 1 else ())
        }
    return paper_text.grounded_by_statement[text]


def _word_shares(text: str, paper_text: PaperText) -> list[float]:
    """For each window the weighted share of the statement's words that it contains."""
    if text not in paper_text.scores_by_statement:
        weights = {word: paper_text.rarity.get(word, 0.0) for word in word_stems(normalize(text).text)}
        total_weight = sum(weights.values()) + 1e-9
        paper_text.scores_by_statement[text] = [
            sum(weight for word, weight in weights.items() if word in words) / total_weight
            for words in paper_text.window_words
        ]
    return paper_text.scores_by_statement[text]
