"""The paper's own row of its main table beside the best other row, as a sentence made by a rule."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, islice

from papers.analysis_choice import table_sentence
from papers.models import Language, RowComparison
from papers.plain_latex import plain_latex
from tasks.analyze.drafts import evidence_for
from tasks.analyze.extractive.contribution import WorkTitle
from tasks.analyze.extractive.sentence_cleanup import remove_references
from tasks.analyze.grounding.number_check import Quote
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.grounding.tables import Table, table_of_blocks
from tasks.analyze.section_kinds import section_kind

MAX_TABLES = 8  # looked at, in the order of the paper
MIN_ROWS = 3  # with numbers; a smaller table compares too little
_OURS = re.compile(r"\bours?\b", re.IGNORECASE)
_AVERAGE = re.compile(r"\b(?:avg|average|overall|mean|total)\b", re.IGNORECASE)
_HIGHER = re.compile(
    r"↑|\b(?:acc(?:uracy)?|f1|em|bleu|rouge|success|sr|scores?|m?ap|map50|psnr|ssim|pass@\d+|win[- ]rate|auroc|auc"
    r"|recall"
    r"|precision|iou|miou|exact match|correlation|clip-?[itr]?|throughput|pass rate|resolved)\b",
    re.IGNORECASE,
)
_LOWER = re.compile(
    r"↓|\b(?:fid|fvd|lpips|errors?|loss|perplexity|ppl|wer|cer|rmse|mae|mse|latency|time|kl|cost|memory|distance|epe"
    r"|params?|flops)\b",
    re.IGNORECASE,
)
# Tables of what was measured, whatever the heading above them.
_MAIN = re.compile(
    r"\b(?:main|overall) results?\b|\bcompar(?:ison|ed|ing)\b|\bperformance\b|\bsuccess rate", re.IGNORECASE
)
_OWN_NAME = re.compile(
    r"\b[Oo]ur (?:[\w-]+ ){0,2}?(?:model|method|approach|framework|system|agent), ([A-Z][\w.+-]+)[,.]"
)
# Variants of the own system, bounds, and rows that are no competitors.
_NO_RIVAL = re.compile(
    r"\bw/o\b|(?<![\w-])experts?(?![\w-])|\bteacher\b|\bwithout\b|\bw/|^[+−–-]|\bablat|\boracle\b|\bupper\b|\bhumans?\b"
    r"|\bground[- ]truth\b|\bgt\b"
    r"|(?<![\w-])reference(?![\w-])"
    r"|(?<![\w-])real(?![\w-])|\baverage\b|(?<![\w-])mean(?! ?[A-Z])(?![\w-])|Δ"
    r"|(?<![\w-])gain(?![\w-])|\bimprov|\bvs\b|\bdifference\b",
    re.IGNORECASE,
)
_ABLATION = re.compile(
    r"\bablat|\bvariants?\b|\beffect of\b|\bimpact of\b|\bhyper-?param|\bsensitivity\b", re.IGNORECASE
)
_PLAIN_NAME = re.compile(r"[^\\$_^{}|<>=?]{2,40}")


@dataclass(frozen=True)
class _Cell:
    name: str
    text: str  # as printed
    value: Fraction
    block_id: str
    own: bool
    group: str  # the label of the rows that it is among; "" where the table has no groups of its own rows


def table_result(
    title: WorkTitle, paper_text: PaperText, language: Language
) -> tuple[RowComparison, str, list[Quote]] | None:
    """The two rows, the sentence about them, and their quotes; None without a table that is surely the main one."""
    own_names = _OwnNames(title, paper_text)
    for table in islice(_tables(own_names, paper_text), MAX_TABLES):
        for column, pair in _comparisons(table, own_names):
            own, other = pair
            header = _plain(table.headers[column])
            rows = RowComparison(
                column=header,
                group=own.group or None,
                own=own.name,
                own_value=own.text,
                other=other.name,
                other_value=other.text,
            )
            text = table_sentence(language, rows)
            quotes = [Quote(paper_text.by_id[c.block_id].text, c.block_id) for c in pair]
            _, findings = evidence_for("", text, quotes, paper_text, check_names=False)
            if all(f.accepted for f in findings):
                return rows, text, quotes
    return None


def _comparisons(table: Table, own_names: _OwnNames) -> list[tuple[int, tuple[_Cell, _Cell]]]:
    """The columns with a clear pair of cells: averages by gain, then others, the last ones first."""
    comparisons = []
    for column, is_better_higher, is_average in _columns(table):
        if pair := _clear_pair(list(_cells(table, column, own_names)), is_better_higher):
            gain = abs(pair[0].value - pair[1].value) / (abs(pair[1].value) or 1)
            comparisons.append((not is_average, -gain if is_average else -column, column, pair))
    return [(column, pair) for _, _, column, pair in sorted(comparisons, key=lambda f: f[:3])]


class _OwnNames:
    """What rows of the own work are called: "ours", the name of the title, "our model, NAME" of the abstract."""

    def __init__(self, title: WorkTitle, paper_text: PaperText) -> None:
        self.short = title.name
        self._title = title
        opening = " ".join(b.text for b in paper_text.blocks if b.id.startswith("abstract"))
        self._others = [re.compile(rf"(?<!\w){re.escape(name)}(?!\w)") for name in _OWN_NAME.findall(opening)]

    def include(self, name: str) -> bool:
        """Whether the name of a row is of the own work."""
        named = _OURS.search(name) is not None or self._title.is_named_in(name)
        return named or any(pattern.search(name) for pattern in self._others)


def _tables(own_names: _OwnNames, paper_text: PaperText) -> Iterator[Table]:
    """The tables of results that have a row of the own work, ablations excepted."""
    rows = (b for b in paper_text.blocks if b.kind == "table_row")
    for _, group in groupby(rows, key=lambda b: (b.id.rsplit(".", 1)[0], b.header)):
        blocks = list(group)
        section = blocks[0].section
        if len(blocks) < MIN_ROWS or _ABLATION.search(section):
            continue
        caption, kind = paper_text.caption_of(blocks[0]), section_kind(section, blocks[0].id)
        if kind != "results" and not (kind in ("method", "body") and _MAIN.search(caption)):
            continue
        if any(own_names.include(b.text[:80]) for b in blocks) and not _ABLATION.search(caption):
            yield table_of_blocks(blocks, caption)


def _columns(table: Table) -> Iterator[tuple[int, bool, bool]]:
    """(column, whether higher is better, whether it is an average) of each column that says which is better."""
    says_lower = any(_LOWER.search(text) for text in (table.caption, *table.headers))
    for column in table.number_columns:
        header = table.headers[column] if column < len(table.headers) else ""
        lower, higher = _LOWER.search(header), _HIGHER.search(header)
        if lower is None and higher is None and _AVERAGE.search(header) and not says_lower:
            # A single task or dataset does not stand for the table.
            higher = _HIGHER.search(table.caption) or _MAIN.search(table.caption)
        if (lower is None) != (higher is None) and re.search(r"[A-Za-z]{2}", header):
            yield column, higher is not None, _AVERAGE.search(header) is not None


def _cells(table: Table, column: int, own_names: _OwnNames) -> Iterator[_Cell]:
    for index, row in enumerate(table.rows):
        number, name = table.main_number(index, column), _plain(row.name.text)
        if (
            number is None
            or row.block_id is None
            or not _PLAIN_NAME.fullmatch(name)
            or not re.search("[A-Za-z]{2}", name)
        ):
            continue
        own = own_names.include(name)
        if own or not _NO_RIVAL.search(name):
            name = own_names.short if own and own_names.short and _OURS.fullmatch(name) else name
            yield _Cell(name, number.text, number.value, row.block_id, own, _plain(row.group))


def _clear_pair(cells: Sequence[_Cell], is_better_higher: bool) -> tuple[_Cell, _Cell] | None:
    """The own cell and the best other one: of the whole column, else of the last group where both are clear."""
    if pair := _own_and_best_other(cells, is_better_higher):
        return replace(pair[0], group=""), pair[1]
    groups = [list(group) for label, group in groupby(cells, key=lambda c: c.group) if _PLAIN_NAME.fullmatch(label)]
    pairs = (_own_and_best_other(group, is_better_higher) for group in reversed(groups) if len(group) < len(cells))
    return next((pair for pair in pairs if pair is not None), None)


def _own_and_best_other(cells: Sequence[_Cell], is_better_higher: bool) -> tuple[_Cell, _Cell] | None:
    """The one row of the own system and the best other row; None where either is not clear or the own is no better."""
    own = [c for c in cells if c.own]
    others = [c for c in cells if not c.own]
    if len(own) != 1 or len(others) < MIN_ROWS - 1 or len({c.name for c in cells}) < len(cells):
        return None
    best = max(others, key=lambda c: c.value if is_better_higher else -c.value)
    if re.search(r"\bet al\b|\(\d{4}\)", best.name):
        return None  # a citation is no name
    is_better = own[0].value > best.value if is_better_higher else own[0].value < best.value
    return (own[0], best) if is_better and _PLAIN_NAME.fullmatch(own[0].name) else None


def _plain(text: str) -> str:
    """A header or a name without marks, arrows and citations."""
    return re.sub(r"\s*(?:[↑↓†‡*]+|\(\s*[↑↓%]*\s*\))\s*", " ", plain_latex(remove_references(text))).strip(" :,;")
