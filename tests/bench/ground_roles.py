"""Planted roles: right values of a table given to the wrong row or column.

A statement names a row, a column and a value. It is right, or its value is that of another row in the same column, or
of another column in the same row. The quotation is the row where the value is. A wrong one is left out if the value is
also the right cell's in any rounding, if the names are not distinct for a reader (they differ by what stands in
parentheses, or by nothing), or if the page says the same elsewhere: another row of that name has the value, or a
sentence names the row and the value.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.bench.bounds import check, print_line
from tests.bench.ground_tables import (
    Cell,
    Column,
    Page,
    Planted,
    Row,
    Table,
    fill,
    is_same,
    judge,
    read_pages,
    words_of,
)

CELLS_PER_TABLE = 8  # each gives statements in both languages
BOUNDS = {True: (0.97, 0.03), False: (0.95, 0.05)}  # with a quotation or without: right at least, wrong at most

ENGLISH = (
    "On {x}, {m} scores {v}.",
    "{m} reaches {v} on {x}.",
    "The {x} of {m} is {v}.",
    "With {v} on {x}, {m} is one of the systems that the paper compares.",
    "A result of {v} is reported for {m} on {x}.",
    "In terms of {x}, {m} attains {v}.",
    "For {m}, {x} stands at {v}.",
    "{v} is achieved by {m} on {x}.",
    "The authors measure {v} for {m} under {x}.",
    "{m} obtains a {x} of {v}.",
    "When {m} is evaluated on {x}, the result is {v}.",
    "As for {x}, the paper gives {v} for {m}.",
    "{x} comes to {v} with {m}.",
    "Evaluated by {x}, {m} ends up at {v}.",
    "{m} yields {v} ({x}).",
)
ENGLISH_ROWS = (
    "On {x}, {m} scores {v} and {n} scores {w}.",
    "{m} reaches {v} on {x}, while {n} reaches {w}.",
    "{m} and {n} obtain {v} and {w} on {x}, respectively.",
    "For {x}, the paper reports {v} with {m}, compared to {w} with {n}.",
)
ENGLISH_COLUMNS = (
    "{m} scores {v} on {x} and {w} on {y}.",
    "{m} has a {x} of {v} and a {y} of {w}.",
    "On {x} and {y}, {m} attains {v} and {w}, respectively.",
)
ENGLISH_ONE_COLUMN = ("The {m} is {v}.", "{m} is set to {v}.", "{v} is given for {m}.", "The paper lists {v} as {m}.")
CHINESE = (
    "在 {x} 上，{m} 取得 {v}。",
    "{m} 在 {x} 上达到 {v}。",
    "{m} 的 {x} 为 {v}。",
    "就 {x} 而言，{m} 的结果是 {v}。",
    "以 {x} 衡量，{m} 得到 {v}。",
    "{m} 在 {x} 上的得分是 {v}。",
    "表中 {m} 在 {x} 一列的数值为 {v}。",
    "采用 {m} 时，{x} 为 {v}。",
    "{x} 方面，{m} 为 {v}。",
    "作者报告 {m} 在 {x} 上的结果为 {v}。",
    "{v} 是 {m} 在 {x} 上的成绩。",
    "凭借 {x} 上的 {v}，{m} 被列入比较。",
    "对 {m} 来说，{x} 是 {v}。",
    "{x} 上的 {v} 由 {m} 取得。",
)
CHINESE_ROWS = (
    "在 {x} 上，{m} 为 {v}，而 {n} 为 {w}。",
    "{m} 与 {n} 的 {x} 分别为 {v} 和 {w}。",
    "{m} 在 {x} 上达到 {v}，{n} 则为 {w}。",
)
CHINESE_COLUMNS = (
    "{m} 在 {x} 上为 {v}，在 {y} 上为 {w}。",
    "{m} 的 {x} 和 {y} 分别为 {v} 和 {w}。",
    "{m} 的 {x} 达到 {v}，{y} 达到 {w}。",
)
CHINESE_ONE_COLUMN = ("{m} 为 {v}。", "{m} 设为 {v}。", "表中给出的 {m} 是 {v}。", "{v} 是 {m} 的取值。")
# Names of metrics that an author writing in Chinese would translate.
TRANSLATED = {
    "accuracy": "准确率", "avg": "平均", "average": "平均", "avg.": "平均", "overall": "总体", "precision": "精确率",
    "recall": "召回率", "success rate": "成功率", "latency": "延迟", "total": "总数", "mean": "均值", "max": "最大值",
    "median": "中位数", "mean score": "平均分", "max score": "最高分", "reasoning accuracy": "推理准确率",
    "overall complete": "总体完整率", "correlation": "相关系数", "changed": "改变", "unchanged": "未变",
    "observations": "观测数", "height": "身高", "weight": "体重", "average rank": "平均排名",
}  # fmt: skip


# --- which cells may be exchanged -----------------------------------------------------------------------------------


def rows_differ(one: Row, other: Row) -> bool:
    """Whether a reader can tell two rows by their names: more differs than what stands in parentheses.

    One name may contain the other ("BAGEL" and "BAGEL-Canvas"): whoever means the longer one says so.
    """
    return one.block.id != other.block.id and (
        words_of(one.name) != words_of(other.name) or _group(one.name) != _group(other.name)
    )


def _group(name: str) -> str:
    match = re.search(r"\(([^()]*)\)$", name)
    return match[1].lower() if match else ""


def columns_differ(one: Column, other: Column) -> bool:
    """Whether a reader can tell two columns by their names."""
    return words_of(one.name) != words_of(other.name)


def says_elsewhere(page: Page, row: Row, value: Cell) -> bool:
    """Whether the page gives this value to a row or a sentence with this name, apart from the row itself."""
    name = words_of(row.name)
    digits = re.compile(rf"(?<![\d.]){re.escape(value.digits.lstrip('-'))}(?!\d|\.\d)")
    for table in page.tables:
        for other in table.rows:
            is_other = other.block.id != row.block.id and words_of(other.name) == name
            if is_other and any(is_same(c.number, value.number) for c in other.cells.values()):
                return True
    texts = (b.text for b in page.blocks if b.kind != "table_row" and digits.search(b.text))
    return any(set(name) & set(words_of(text)) for text in texts)


# --- statements ----------------------------------------------------------------------------------------------------


def write_value(cell: Cell, column: Column, rng: random.Random) -> str:
    """A value as a statement writes it: with a percent sign where the table says so, mostly."""
    percent = cell.percent or (column.percent and abs(cell.number) <= 100 and rng.random() < 0.6)
    digits = cell.digits if rng.random() < 0.5 else cell.digits.replace(",", "")
    return digits + ("%" if percent else "")


def name_column(column: Column, language: str, rng: random.Random) -> str:
    """A column as a statement names it: the whole name, the last level if it is enough, in Chinese also translated."""
    names = [column.name]
    if column.last:
        names.append(column.last)
    if column.first and "(" not in column.first:
        names.append(f"{column.name.removeprefix(column.first).strip()} ({column.first})")
    if language == "zh":
        names = [re.sub(r"^number of (.+)", r"\1 数量", n) for n in names]
        names += [t for n in (column.name, column.last) if (t := TRANSLATED.get(n.lower()))] * 2
    return rng.choice(names)


def plant(page: Page, table: Table, rng: random.Random) -> Iterator[Planted]:
    """Statements about a table: for each cell a right one, and wrong ones by row and by column."""
    cells = [(row, column) for row in table.rows for column in table.columns if column.index in row.cells]
    rng.shuffle(cells)
    for number, (row, column) in enumerate(cells[:CELLS_PER_TABLE]):
        for language in ("en", "zh"):
            yield from _about_cell(page, table, row, column, language, number, rng)


def _about_cell(
    page: Page, table: Table, row: Row, column: Column, language: str, number: int, rng: random.Random
) -> Iterator[Planted]:
    value = row.cells[column.index]
    yield _one_value(table, row, column, value, row, language, "right", rng)
    other_row = _pick_row(page, table, row, column, rng)
    other_column = _pick_column(page, table, row, column, rng)
    if other_row:
        yield _one_value(table, row, column, other_row.cells[column.index], other_row, language, "row", rng)
    if other_column and not column.is_generic:  # a statement without the column's name says nothing of it
        yield _one_value(table, row, column, row.cells[other_column.index], row, language, "column", rng)
    if number % 3 == 0 and not column.is_generic:
        if other_row and not says_elsewhere(page, other_row, value):
            yield from _two_rows(table, row, other_row, column, language, rng)
        if other_column and not other_column.is_generic:
            yield from _two_columns(table, row, column, other_column, language, rng)


def _pick_row(page: Page, table: Table, row: Row, column: Column, rng: random.Random) -> Row | None:
    value = row.cells[column.index].number
    fitting = [
        r
        for r in table.rows
        if column.index in r.cells
        and rows_differ(row, r)
        and not is_same(r.cells[column.index].number, value)
        and not says_elsewhere(page, row, r.cells[column.index])
    ]
    return rng.choice(fitting) if fitting else None


def _pick_column(page: Page, table: Table, row: Row, column: Column, rng: random.Random) -> Column | None:
    value = row.cells[column.index].number
    fitting = [
        c
        for c in table.columns
        if c.index in row.cells
        and columns_differ(column, c)
        and not is_same(row.cells[c.index].number, value)
        and not says_elsewhere(page, row, row.cells[c.index])
    ]
    return rng.choice(fitting) if fitting else None


def _one_value(
    table: Table, row: Row, column: Column, value: Cell, source: Row, language: str, kind: str, rng: random.Random
) -> Planted:
    templates: tuple[str, ...]
    if column.is_generic:
        templates = ENGLISH_ONE_COLUMN if language == "en" else CHINESE_ONE_COLUMN
    else:
        templates = ENGLISH if language == "en" else CHINESE
    names = {"m": row.name, "x": name_column(column, language, rng), "v": write_value(value, column, rng)}
    text, spans = fill(rng.choice(templates), names, "v")
    return Planted(text, spans, (source.quote(),), language, kind, f"{table.page} {table.id}")


def _two_rows(
    table: Table, row: Row, other: Row, column: Column, language: str, rng: random.Random
) -> Iterator[Planted]:
    templates = ENGLISH_ROWS if language == "en" else CHINESE_ROWS
    x = name_column(column, language, rng)
    values = [write_value(r.cells[column.index], column, rng) for r in (row, other)]
    for kind, (v, w) in (("right", values), ("row", values[::-1])):
        names = {"m": row.name, "n": other.name, "x": x, "v": v, "w": w}
        text, spans = fill(rng.choice(templates), names, "vw")
        yield Planted(text, spans, (row.quote(), other.quote()), language, kind, f"{table.page} {table.id}")


def _two_columns(
    table: Table, row: Row, column: Column, other: Column, language: str, rng: random.Random
) -> Iterator[Planted]:
    templates = ENGLISH_COLUMNS if language == "en" else CHINESE_COLUMNS
    x, y = (name_column(c, language, rng) for c in (column, other))
    values = [write_value(row.cells[c.index], c, rng) for c in (column, other)]
    for kind, (v, w) in (("right", values), ("column", values[::-1])):
        text, spans = fill(rng.choice(templates), {"m": row.name, "x": x, "y": y, "v": v, "w": w}, "vw")
        yield Planted(text, spans, (row.quote(),), language, kind, f"{table.page} {table.id}")


# --- measure -------------------------------------------------------------------------------------------------------


def run(misses: int = 0) -> None:
    """Print the accepted share of right and wrong roles, with quotations and without, and check the bounds."""
    pages = read_pages()
    planted = [(page, plant_page(page)) for page in pages]
    total = sum(len(claims) for _, claims in planted)
    _report_tables(pages)
    print_line(f"\nroles: {total} statements about tables of {sum(bool(c) for _, c in planted)} pages")
    check(total >= 2000, f"{total} statements, at least 2000")
    for quoted in (True, False):
        verdicts: dict[tuple[str, str], list[bool]] = defaultdict(list)
        examples: dict[tuple[str, str], list[str]] = defaultdict(list)
        for page, claims in planted:
            chosen = claims if quoted else random.Random(page.name).sample(claims, len(claims) // 2)
            for claim in chosen:
                asked = claim if quoted else Planted(claim.text, claim.spans, (), claim.language, claim.kind)
                passes, findings = judge(asked, page.source)
                verdicts[claim.kind, claim.language].append(passes)
                if passes != (claim.kind == "right"):
                    seen = ", ".join(f"{f.text}={f.status}" for f in findings)
                    quotes = " // ".join(q.text[:160] for q in asked.quotes)
                    examples[claim.kind, claim.language].append(f"[{claim.table}] {claim.text} <{seen}> {quotes}")
        _report(verdicts, examples, quoted, misses)


def plant_page(page: Page) -> list[Planted]:
    """All statements about the tables of a page."""
    rng = random.Random(page.name)
    return [claim for table in page.tables for claim in plant(page, table, rng)]


def _report_tables(pages: list[Page]) -> None:
    with_header = sum(p.with_header for p in pages)
    used = [t for p in pages for t in p.tables]
    print_line(f"\ntables with a header: {with_header}, used {len(used)}")
    for reason, count in sum((p.reasons for p in pages), Counter[str]()).most_common():
        print_line(f"  {count:>4}  not used: {reason}")
    for trait, count in Counter(trait for t in used for trait in t.traits).most_common():
        print_line(f"  {count:>4}  used, with {trait}")
    check(
        len(used) >= 0.6 * with_header, f"{len(used) / with_header:.1%} of the tables with a header used, at least 60%"
    )


def _report(
    verdicts: dict[tuple[str, str], list[bool]], examples: dict[tuple[str, str], list[str]], quoted: bool, misses: int
) -> None:
    least, most = BOUNDS[quoted]
    how = "with quotations" if quoted else "without quotations"
    print_line(f"\nroles {how}: accepted")
    for kind in ("right", "row", "column"):
        for language in ("en", "zh"):
            passed = verdicts[kind, language]
            share = sum(passed) / max(1, len(passed))
            holds = share >= least if kind == "right" else share <= most
            bound = f">= {least:.0%}" if kind == "right" else f"<= {most:.0%}"
            name = "right" if kind == "right" else f"another {kind}'s"
            check(
                bool(passed) and holds, f"roles {how}, {language}, {name:<16} {len(passed):>5}  {share:7.2%}  {bound}"
            )
            sample = examples[kind, language]
            random.Random(0).shuffle(sample)
            for line in sample[:misses]:
                print_line(f"          {line}")
