"""Comparisons in words ("A outperforms B on X", "A is the fastest"): true, false, or not clear from the table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from tasks.analyze.grounding.cell_roles import TableStatement
from tasks.analyze.grounding.comparison_cues import is_negated, sense_of, superlative_of
from tasks.analyze.grounding.computed_claims import rank_of
from tasks.analyze.grounding.name_mentions import AxisMentions, Mention, name_of

_CLAUSE_END = re.compile(
    r"[.;](?=\s|$)|,?\s\b(?:while|whereas|but|however|although|though|since|because|despite|suggest\w*|show\w* that)\b"
)
_COMPARISON = re.compile(
    r"(?P<better>\b(?:outperform|surpass|beat|improve(?:s|d)? (?:up)?on)(?:s|ed|ing|e|es)?\b|\b(?:better"
    r"|superior)\b(?:[^.;,]|\.(?=\d)){0,60}?\b(?:than|to)\b)"
    r"|(?P<worse>\bunderperform(?:s|ed)?\b|\b(?:worse|inferior)\b(?:[^.;,]|\.(?=\d)){0,60}?\b(?:than|to)\b"
    r"|\b(?:lag|trail)(?:s|ged)?\b(?: behind)?)"
    r"|(?P<faster>\bfaster\b(?:[^.;,]|\.(?=\d)){0,60}?\bthan\b)|(?P<slower>\bslower\b(?:[^.;,]"
    r"|\.(?=\d)){0,60}?\bthan\b)"
    r"|(?P<up>\bexceed(?:s|ed)?\b|\b(?:higher|greater|larger|more)\b(?:[^.;,]|\.(?=\d)){0,60}?\bthan\b)"
    r"|(?P<down>\b(?:lower|smaller|fewer|less)\b(?:[^.;,]|\.(?=\d)){0,60}?\bthan\b)",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(r"\b(?:not|never|no longer|n't|fails? to|unable to)\b[^.;,]{0,30}$", re.IGNORECASE)
_EVERYONE = re.compile(
    r"\s*(?:all|every|any|each|the)\b(?: of)?(?: the)?(?: other| compared| competing)?"
    r"(?: two| three)? (?:others|comparisons|baselines|models|methods|systems|approaches|units|variants)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:on|for|in|under|at)\s(?:the\s)?((?:[\w-]+\s){1,3})(?:tests?|tasks?|sets?|datasets?|corpus|corpora"
    r"|benchmarks?|settings?|setup"
    r"|experiments?|scenarios?|splits?|domains?|languages?)\b",
    re.IGNORECASE,
)
DEGREE = re.compile(
    r"\b(?:significant\w*|much|far|substantial\w*|dramatic\w*|great\w*|considerabl\w*|slight\w*|marginal\w*"
    r"|only|statistical\w*)\b",
    re.IGNORECASE,
)  # how much is not in a table
_NO_PLACE = re.compile(
    r"(?i)the|a|an|this|that|these|those|all|both|each|every|our|its|their|most|some|any|other|same|different"
    r"|various|several|many"
    r"|which|larger?|smaller?|test|original|two|three|four|five|six|following|whole|full|given|target|main"
)
_MORE = re.compile(r"\b(?:more|less)\b", re.IGNORECASE)  # "more diverse" is no direction
_PAIR = re.compile(
    r"\s?(?:%|points?|\w{1,8})?\s?(?:\w{1,10}\s)?(?P<joint>vs\.?|versus|compared (?:to|with)|to"
    r"|against)\s(?:\w{1,3}\s?=\s?|the |only )*",
    re.IGNORECASE,
)
_FROM = re.compile(r"\bfrom\s(?:\w{1,3}\s?=\s?)?$")
_TO = re.compile(r"\bto\s(?:\w{1,3}\s?=\s?)?$")
_JOINED = re.compile(r"\b(?:and|as well as|or)\b")
COMPARATIVE = re.compile(
    r"\b(?:outperform\w*|surpass\w*|underperform\w*|better|worse|superior|inferior|higher|lower|faster|slower"
    r"|exceed\w*|improv\w*|decreas\w*"
    r"|increas\w*|drop\w*|reduc\w*|gains?|more|less|fewer|different|best|highest|lowest|fastest|most|comparable"
    r"|similar\w*|same)\b",
    re.IGNORECASE,
)
_JOINT = re.compile(r"[\s,]*(?:(?:and|or|both|either|as well as|&)?[\s,]*(?:the|both)?)?[\s,]*", re.IGNORECASE)
_NO_METRIC = re.compile(r"param|count|\bsize\b|#|\bsteps?\b|^$|alignment", re.IGNORECASE)
_LIKE = re.compile(r"\b(?:comparabl[ey]|similar(?:ly)?|almost the same|on par|matches|same value)\b", re.IGNORECASE)
_LOWER_SCORE = re.compile(
    r"\ban? (?P<sense>higher|lower|better|worse|larger|smaller|greater) (?:[\w-]+ ){0,2}(?:score|value|result|accuracy"
    r"|rate)s? of (?:about |around |only )?$",
    re.IGNORECASE,
)


def judge_comparisons(statement: TableStatement) -> list[bool | None]:
    """For each comparison and each superlative of the statement: whether it is true; None where it is not clear."""
    results: list[bool | None] = [None] if _is_elsewhere(statement) else []
    start = 0
    for end in [*(m.start() for m in _CLAUSE_END.finditer(statement.text)), len(statement.text)]:
        results += _judge_clause(statement, start, end)
        start = end
    return results + _judge_pairs(statement) + _judge_later_values(statement)


def _judge_later_values(statement: TableStatement) -> list[bool | None]:
    """For each "a lower score of 67.1" after one other number: whether it is lower than that."""
    results: list[bool | None] = []
    for earlier, number in pairwise(statement.numbers):
        match = _LOWER_SCORE.search(statement.text[: number.start])
        if match and earlier.unit == number.unit and number is statement.numbers[1]:
            sense = sense_of(match["sense"])
            sign, is_certain = statement.sign_of(sense, match.group())
            actual = (number.value > earlier.value) - (number.value < earlier.value)
            results.append(actual == sign if is_certain and actual else None)
    return results


def _judge_pairs(statement: TableStatement) -> list[bool | None]:
    """For each "higher (0.77 vs. 0.55)" and "increased from 0.60 to 0.61": whether the numbers go in that direction.

    A change without a direction of its own has that of the one before it: "increased from 1 to 2, as well as from 3 to
    4".
    """
    results: list[bool | None] = []
    previous = ""
    for first, second in pairwise(statement.numbers):
        match = _PAIR.match(statement.text, first.end)
        between = statement.text[first.end : second.start]
        before = statement.text[max(0, first.start - 90) : first.start]
        is_change = bool(_FROM.search(before)) and bool(_TO.search(between))
        if not is_change and not (match and match.end() == second.start and match["joint"].lower() != "to"):
            continue
        if is_change and sense_of(before) == "any" and _JOINED.search(before):
            before = previous + before
        previous = before if is_change else ""
        sense, label = sense_of(_MORE.sub(" ", before)), before
        sign, is_certain = statement.sign_of(sense, label)
        if sense == "any" or not is_certain or first.value == second.value:
            results.append(None)
            continue
        actual = (first.value > second.value) - (first.value < second.value)
        is_true = (-actual if is_change else actual) == sign
        if is_negated(before):
            # "did not increase from 1 to 2" is wrong; "did not increase from 2 to 1" may be meant so, or not
            is_denied = is_change and is_true and not DEGREE.search(before)
            results.append(False if is_denied else None)
        else:
            results.append(is_true)
    return results


def _is_elsewhere(statement: TableStatement) -> bool:
    """Whether the statement is about a test, task or setting that the table and its caption do not name."""
    table = statement.table
    table_keys = {key for name in (*table.row_names, *table.columns, name_of(table.caption)) for key in name.keys}
    for match in _PLACE.finditer(statement.text):
        words = " ".join(w for w in match.group(1).split() if not _NO_PLACE.fullmatch(w))
        if words and not name_of(words).keys & table_keys:
            return True
    return False


def _judge_clause(statement: TableStatement, start: int, end: int) -> Iterator[bool | None]:
    clause = statement.text[start:end]
    if _LIKE.search(clause):
        yield None
    matches = list(_COMPARISON.finditer(clause))
    for match in matches:
        truth = _judge_comparison(
            statement, start, end, start + match.start(), start + match.end(), match.lastgroup or ""
        )
        yield _negated(truth, clause) if _NOT_BEFORE.search(clause[: match.start()]) else truth
    if not matches and (superlative := superlative_of(clause)):
        truth = _judge_superlative(statement, superlative[0], start, start + superlative[1], end)
        yield (not truth) if truth is not None and _NOT_BEFORE.search(clause[: superlative[1]]) else truth


def _negated(truth: bool | None, clause: str) -> bool | None:
    """The truth of a denial; that something is not "significantly" so is no denial of it."""
    return None if truth is None or DEGREE.search(clause) else not truth


def _judge_comparison(
    statement: TableStatement, start: int, end: int, verb_start: int, verb_end: int, sense: str
) -> bool | None:
    for axis, other_axis in ((statement.rows, statement.columns), (statement.columns, statement.rows)):
        by_rows = axis is statement.rows
        subjects = _run_before(statement, axis, start, verb_start)
        references = _run_after(statement, axis, verb_end, end)
        if not subjects:
            continue
        if not references:
            if _EVERYONE.match(statement.text, verb_end):
                return _judge_superlative(statement, "best", start, verb_start, end)
            continue
        verdicts: set[bool] = set()
        for line in _metric_lines(statement, other_axis, by_rows, start, end):
            label = _label(statement, line, by_rows)
            sign, is_certain = statement.sign_of(sense, label)  # type: ignore[arg-type]
            if not is_certain or not sign:
                return None
            for a in subjects:
                for b in references:
                    slots = zip(_slots(statement, a, line, by_rows), _slots(statement, b, line, by_rows), strict=False)
                    verdicts |= {(first > second) - (first < second) == sign for first, second in slots if a != b}
        if len(verdicts) != 1:
            return None
        return verdicts.pop()
    return None


def _judge_superlative(statement: TableStatement, kind: str, start: int, position: int, end: int) -> bool | None:
    """Whether the row named before the superlative has that rank in each of the columns named."""
    subjects = _run_before(statement, statement.rows, start, position)
    if len(subjects) != 1:
        return None
    row = subjects[0]
    columns = _metric_lines(statement, statement.columns, True, start, end)
    results = [rank.status == "derived" for c in columns if (rank := rank_of(statement, (row, c), kind))]
    if not results or len(set(results)) > 1:
        return None
    return results[0]


def _run_before(statement: TableStatement, axis: AxisMentions, start: int, position: int) -> list[int]:
    """The lines of the names right before a position: "A and B" before "outperform"."""
    mentions = _mentions_within(statement, axis, start, position)
    run: list[Mention] = []
    for mention in reversed(mentions):
        if run and not _JOINT.fullmatch(
            statement.text[statement.tokens[mention.last].end : statement.tokens[run[-1].first].start]
        ):
            break
        run.append(mention)
    return _lines(run)


def _run_after(statement: TableStatement, axis: AxisMentions, position: int, end: int) -> list[int]:
    mentions = _mentions_within(statement, axis, position, end)
    run: list[Mention] = []
    for mention in mentions:
        gap_start = statement.tokens[run[-1].last].end if run else position
        gap = statement.text[gap_start : statement.tokens[mention.first].start]
        if not (_JOINT.fullmatch(gap) or (not run and len(gap) < 24 and "," not in gap)):
            break
        run.append(mention)
    return _lines(run)


def _lines(mentions: Sequence[Mention]) -> list[int]:
    """The lines that are named, if each name is that of a single line."""
    return [min(m.lines) for m in mentions] if all(len(m.lines) == 1 for m in mentions) else []


def _mentions_within(statement: TableStatement, axis: AxisMentions, start: int, end: int) -> list[Mention]:
    return [
        m for m in axis.mentions if statement.tokens[m.first].start >= start and statement.tokens[m.last].end <= end
    ]


def _metric_lines(statement: TableStatement, axis: AxisMentions, are_columns: bool, start: int, end: int) -> list[int]:
    """The lines of what is measured: those named in the clause, else all but counts and sizes."""
    table = statement.table
    lines = (
        list(table.number_columns)
        if are_columns
        else [r for r, row in enumerate(table.rows) if any(row.cells[table.label_columns :])]
    )
    lines_in_clause = sorted(
        {line for m in _mentions_within(statement, axis, start, end) for line in m.lines if line in lines}
    )
    if lines_in_clause:
        return lines_in_clause
    labels = {line: _label(statement, line, are_columns) for line in lines}
    metrics = [line for line in lines if len(lines) == 1 or not _NO_METRIC.search(labels[line])]
    return [line for line in metrics if statement.sign_of("better", labels[line])[1]] or metrics


def _label(statement: TableStatement, line: int, is_column: bool) -> str:
    if is_column:
        return statement.table.headers[line] if line < len(statement.table.headers) else ""
    return statement.table.rows[line].name.text


def _slots(statement: TableStatement, line: int, metric: int, by_rows: bool) -> tuple[Fraction, ...]:
    return statement.table.slots(*((line, metric) if by_rows else (metric, line)))
