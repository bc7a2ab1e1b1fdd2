"""Computed statements over the recorded tables: differences, ratios, relative changes, ranks, counts and averages.

Half of them are right. The others are wrong by direction (higher for lower, the names exchanged), by operand (another
row's value was used), by digits (more of them than the cells give, or other ones), or by rank (a method that is not the
best with its own true value, one win too many). The quotations are the rows used. Left out: computed values that a
quoted cell also states, ties, values of time and size, and wrong values that some other reading of the two cells gives.
"""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from tests.bench.ground_roles import name_column
from tests.bench.ground_tables import (
    Column,
    Page,
    Planted,
    Row,
    Table,
    fill,
    is_same,
    parse_cell,
    split_row,
    words_of,
)

PER_CLASS = 20  # statements of each kind in each language, right and wrong each
RANKS = ("best", "second", "wins")  # their number is a cell's or a count; they hold or are refuted

# Template, and the words for higher and for lower that it takes. {u} is the unit of a difference.
POINTS = {
    "en": (
        ("On {x}, {m} is {d}{u} {up} than {n}.", "higher", "lower"),
        ("{m} scores {d}{u} {up} {n} on {x}.", "above", "below"),
        ("Compared with {n}, {m} {up} {x} by {d}{u}.", "raises", "lowers"),
        ("The {x} of {m} {up} that of {n} by {d}{u}.", "exceeds", "falls short of"),
        ("Moving from {n} to {m}, {x} {up} by {d}{u}.", "rises", "drops"),
    ),
    "zh": (
        ("在 {x} 上，{m} 比 {n} {up} {d}{u}。", "高", "低"),
        ("与 {n} 相比，{m} 使 {x} {up}了 {d}{u}。", "提高", "降低"),
        ("{m} 的 {x} 比 {n} {up} {d}{u}。", "高出", "低了"),
        ("从 {n} 换成 {m} 后，{x} {up}了 {d}{u}。", "上升", "下降"),
    ),
}
RATIO = {
    "en": (
        "The {x} of {m} is {d} times that of {n}.",
        "{m} reaches {d}x the {x} of {n}.",
        "On {x}, {m} attains {d} times the value of {n}.",
        "{m}'s value on {x} is {d} times as high as that of {n}.",
    ),
    "zh": (
        "{m} 的 {x} 是 {n} 的 {d} 倍。",
        "在 {x} 上，{m} 达到 {n} 的 {d} 倍。",
        "与 {n} 相比，{m} 的 {x} 为其 {d} 倍。",
    ),
}
RELATIVE = {
    "en": (
        ("{m} {up} {x} by {d}% relative to {n}.", "increases", "decreases"),
        ("Relative to {n}, the {x} of {m} is {d}% {up}.", "higher", "lower"),
        ("In relative terms, {x} {up} by {d}% from {n} to {m}.", "grows", "shrinks"),
        ("The relative {up} of {m} over {n} on {x} is {d}%.", "gain", "loss"),
    ),
    "zh": (
        ("相对于 {n}，{m} 的 {x} {up}了 {d}%。", "提升", "下降"),
        ("{m} 的 {x} 相对 {n} {up} {d}%。", "高出", "低了"),
        ("与 {n} 相比，{m} 在 {x} 上的相对{up}为 {d}%。", "增幅", "降幅"),
    ),
}
AVERAGE = {
    "en": (
        "Averaged over {l}, {m} scores {d}.",
        "The mean of {m} over {l} is {d}.",
        "{m} reaches {d} on average across {l}.",
        "Across {l}, the average of {m} comes to {d}.",
    ),
    "zh": (
        "{m} 在 {l} 上的平均值为 {d}。",
        "就 {l} 取平均，{m} 为 {d}。",
        "{m} 在 {l} 上平均达到 {d}。",
    ),
}
BEST = {
    "en": (
        ("{m} is the best on {x} at {d}.", "", ""),
        ("With {d}, {m} ranks first on {x}.", "", ""),
        ("{m} has the {up} {x} of all, {d}.", "highest", "lowest"),
        ("The {up} {x} in the table, {d}, belongs to {m}.", "highest", "lowest"),
    ),
    "zh": (
        ("{m} 以 {d} 在 {x} 上排名第一。", "", ""),
        ("在 {x} 上，{m} 取得最好的结果 {d}。", "", ""),
        ("{m} 的 {x} {up}，为 {d}。", "最高", "最低"),
        ("{x} 的{up}值 {d} 来自 {m}。", "最高", "最低"),
    ),
}
SECOND = {
    "en": (
        ("{m} is second best on {x} with {d}.", "", ""),
        ("On {x}, {m} takes second place at {d}.", "", ""),
        ("{m} has the second {up} {x}, {d}.", "highest", "lowest"),
    ),
    "zh": (
        ("{m} 以 {d} 在 {x} 上排名第二。", "", ""),
        ("{m} 的 {x} 为 {d}，是次优结果。", "", ""),
        ("{m} 的 {x} 第二{up}，为 {d}。", "高", "低"),
    ),
}
WINS = {
    "en": (
        "Of {l}, {m} leads on {d} of {k}.",
        "{m} ranks first on {d} out of the {k} columns {l}.",
        "Among the {k} measures {l}, {m} is the best in {d}.",
    ),
    "zh": (
        "在 {l} 这 {k} 项中，{m} 有 {d} 项排名第一。",
        "{m} 在 {k} 项指标（{l}）中的 {d} 项上最好。",
        "就 {l} 这 {k} 项而言，{m} 在其中 {d} 项上取得最优。",
    ),
}
_WORDS = {
    "en": {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"},
    "zh": {2: "两", 3: "三", 4: "四", 5: "五", 6: "六"},
}
_NOT_SCORES = re.compile(
    r"time|size|steps?\b|param|number|#|rank|length|count|\bstd\b|total|\bN\b|\(h\)|\(s\)|epoch|frames", re.I
)
_NOT_METHODS = re.compile(r"variable|hyper|statistic|configuration|attribute|item|outcome|dimension|correlation", re.I)
_GOOD = re.compile(
    r"acc|score|f1|avg|average|succ|\bSR\b|overall|bench|QA\b|MMMU|MMB|MMVet|MMStar|SEED|POPE|math|CLIP|valid|weighted"
    r"|complete|\bNQ\b|\bTQ\b|wiki|musique|AIME|AMC|jar|drawer|wine|buttons",
    re.I,
)


@dataclass(frozen=True)
class Field:
    """A column of a table whose rows are methods: all its values, and which way is better if that is known."""

    page: Page
    table: Table
    column: Column
    good: int  # 1 higher, -1 lower, 0 not known

    def rows(self) -> list[Row]:
        return [r for r in self.table.rows if self.column.index in r.cells]

    def value(self, row: Row) -> Decimal:
        return row.cells[self.column.index].number

    def all_values(self) -> list[Decimal]:
        """The values of all rows, with those that have no name."""
        found = [parse_cell(split_row(b.text)[self.column.index]) for b in self.table.body]
        return [c.number for c in found if c]


def collect_fields(pages: Sequence[Page]) -> list[Field]:
    """The columns of scores: at least two methods, values of one order."""
    fields = []
    for page in pages:
        for table in page.tables:
            if table.is_transposed or _NOT_METHODS.search(table.first_header):
                continue
            for column in table.columns:
                good = column.direction or (1 if column.percent or _GOOD.search(column.name) else 0)
                field = Field(page, table, column, good)
                values = [field.value(r) for r in field.rows()]
                if len(values) >= 2 and min(values) > 0 and max(values) < 60 * min(values):
                    fields.append(field)
    return [f for f in fields if not _NOT_SCORES.search(f.column.name) and not f.column.is_generic]


# --- arithmetic ----------------------------------------------------------------------------------------------------


def rounded(value: Decimal, places: int) -> Decimal:
    """The value to so many places, half up."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def is_tie(value: Decimal, places: int) -> bool:
    """Whether two usual ways to round give different digits."""
    step = Decimal(1).scaleb(-places)
    return value.quantize(step, ROUND_HALF_UP) != value.quantize(step, ROUND_HALF_EVEN)


def readings(one: Decimal, other: Decimal) -> list[Decimal]:
    """What a reader could compute from two values: difference, ratios, relative changes, and the values."""
    return [
        one, other, abs(one - other), one / other, other / one, abs(one - other) / other * 100,
        abs(one - other) / one * 100,
    ]  # fmt: skip


def near(value: Decimal, places: int, others: Sequence[Decimal]) -> bool:
    """Whether a written value could be meant for one of the others, with some tolerance for rounding of the cells."""
    step = Decimal(1).scaleb(-places)
    return any(abs(abs(value) - abs(o)) <= 2 * step + abs(o) * Decimal("0.003") for o in others)


Result = tuple[str, str, dict[str, str], tuple[Row, ...]]  # how it is wrong or "right", template, values, rows quoted


def _compute(kind: str, a: Decimal, b: Decimal, places: int) -> Decimal:
    value = {"points": abs(a - b), "ratio": a / b, "relative": abs(a - b) / b * 100}[kind]
    return rounded(value, places)


def _pair(kind: str, field: Field, language: str, right: bool, rng: random.Random) -> Result | None:
    """A difference, a ratio or a relative change between two rows."""
    m, n, other = _three_rows(field, rng)
    if m is None or n is None or words_of(m.name) == words_of(n.name) or field.value(m) == field.value(n):
        return None
    if kind == "ratio" and field.value(m) < field.value(n):
        m, n = n, m
    a, b = field.value(m), field.value(n)
    decimals = max(r.cells[field.column.index].decimals for r in (m, n))
    places = decimals if kind == "points" else rng.choice((1, 2) if kind == "ratio" else (0, 1))
    value = _compute(kind, a, b, places)
    if not _can_state(kind, value, a, b, places, (m, n)):
        return None
    way = "right" if right else rng.choice(("direction", "operand", "digits"))
    if way in ("operand", "digits"):
        changed = _change_pair(kind, way, field, (m, n, other), (value, places), rng)
        if changed is None:
            return None
        value = changed
    if way == "direction" and kind == "ratio":
        m, n = n, m
    up = (a > b) != (way == "direction")
    return _write_pair(kind, field, language, (m, n), f"{value:f}", up, way, rng)


def _change_pair(
    kind: str,
    way: str,
    field: Field,
    rows: tuple[Row, Row, Row | None],
    stated: tuple[Decimal, int],
    rng: random.Random,
) -> Decimal | None:
    """Another value: computed with another row, or with other digits; None if a reader could compute it as well."""
    (m, n, other), (value, places) = rows, stated
    if way == "digits":
        value, places = _other_digits(kind, value, places, rng)
    elif other is None:
        return None
    else:
        value = _compute(kind, field.value(m), field.value(other), places)
    readable = [*readings(field.value(m), field.value(n)), *_cells_of(m, n)]
    return None if value <= 0 or near(value, places, readable) else value


def _three_rows(field: Field, rng: random.Random) -> tuple[Row | None, Row | None, Row | None]:
    rows = field.rows()
    rng.shuffle(rows)
    padded: list[Row | None] = [*rows, None, None, None]
    return padded[0], padded[1], padded[2]


def _can_state(kind: str, value: Decimal, a: Decimal, b: Decimal, places: int, rows: Sequence[Row]) -> bool:
    ranges = {"points": ("0", "1000000"), "ratio": ("1.15", "20"), "relative": ("2", "300")}
    least, most = map(Decimal, ranges[kind])
    exact = {"points": abs(a - b), "ratio": a / b, "relative": abs(a - b) / b * 100}[kind]
    in_cells = any(is_same(value, c) for c in _cells_of(*rows))
    return least < value < most and not in_cells and not is_tie(exact, places)


def _cells_of(*rows: Row) -> list[Decimal]:
    """All values of the rows, also of columns that cannot be named."""
    cells = [parse_cell(c) for row in rows for c in split_row(row.block.text)]
    return [c.number for c in cells if c]


def _other_digits(kind: str, value: Decimal, places: int, rng: random.Random) -> tuple[Decimal, int]:
    """The value with a digit that the cells do not give, or with other last digits."""
    if kind == "points" and rng.random() < 0.5:
        return value + Decimal(rng.randint(3, 7)).scaleb(-places - 1), places + 1
    return value + rng.choice((-1, 1)) * Decimal(rng.randint(4, 9)).scaleb(-places), places


def _write_pair(
    kind: str, field: Field, language: str, rows: tuple[Row, Row], value: str, up: bool, way: str, rng: random.Random
) -> Result:
    names = {"m": rows[0].name, "n": rows[1].name, "x": name_column(field.column, language, rng), "d": value}
    if kind == "ratio":
        return way, rng.choice(RATIO[language]), names, rows
    template, higher, lower = rng.choice((POINTS if kind == "points" else RELATIVE)[language])
    names |= {"up": higher if up else lower, "u": _unit(field, language)}
    return way, template, names, rows


def _unit(field: Field, language: str) -> str:
    if field.column.percent:
        return " percentage points" if language == "en" else " 个百分点"
    if min(field.value(r) for r in field.rows()) < 1:
        return ""
    return " points" if language == "en" else " 分"


def _average(field: Field, language: str, right: bool, rng: random.Random) -> Result | None:
    """The mean of some named cells of a row."""
    row, other, _ = _three_rows(field, rng)
    if row is None:
        return None
    columns = _like(field, row, rng, (3, 4))
    if not columns:
        return None
    places = max(row.cells[c.index].decimals for c in columns)
    exact = sum((row.cells[c.index].number for c in columns), Decimal(0)) / len(columns)
    value = rounded(exact, places)
    if is_tie(exact, places) or any(is_same(value, c) for c in _cells_of(row)):
        return None
    way = "right"
    if not right:
        way = rng.choice(("operand", "digits"))
        if way == "operand":
            if other is None or any(c.index not in other.cells for c in columns):
                return None
            value = rounded(sum((other.cells[c.index].number for c in columns), Decimal(0)) / len(columns), places)
        else:
            value += rng.choice((-1, 1)) * Decimal(rng.randint(4, 9)).scaleb(-places)
        parts = [row.cells[c.index].number for c in columns]
        sums = [sum(parts), *(abs(a - b) for a in parts for b in parts)]
        if near(value, places, [exact, *_cells_of(row), *map(Decimal, sums)]):
            return None
    names = {"m": row.name, "l": _list(columns, language, rng), "d": f"{value:f}"}
    return way, rng.choice(AVERAGE[language]), names, (row,)


def _like(field: Field, row: Row, rng: random.Random, sizes: tuple[int, int]) -> list[Column]:
    """Some columns of one kind with the field's: better in the same direction, values of one order, simple names."""
    fitting = [
        c
        for c in field.table.columns
        if c.index in row.cells and not _NOT_SCORES.search(c.name)
        and c.direction == field.column.direction and c.percent == field.column.percent and "," not in c.name
        and row.cells[c.index].decimals == row.cells[field.column.index].decimals
        and Decimal("0.2") < abs(row.cells[c.index].number) / field.value(row) < 5
        and (c.first == field.column.first or c.last == field.column.last != "")
        and not re.search(r"\bavg|average|overall|mean|max", c.name, re.I)
    ]  # fmt: skip
    size = rng.randint(*sizes)
    return sorted(rng.sample(fitting, size), key=lambda c: c.index) if len(fitting) >= size else []


def _list(columns: Sequence[Column], language: str, rng: random.Random) -> str:
    names = [c.last or c.name for c in columns]
    if language == "zh":
        return "、".join(names[:-1]) + rng.choice((" 和 ", "、")) + names[-1]
    return ", ".join(names[:-1]) + " and " + names[-1]


# --- ranks ---------------------------------------------------------------------------------------------------------


def _rank(kind: str, field: Field, language: str, right: bool, rng: random.Random) -> Result | None:
    """Who is best or second best, with its value."""
    good = field.good or rng.choice((1, -1))
    values = sorted(field.all_values(), key=lambda v: -good * v)
    place = 0 if kind == "best" else 1
    if len(values) < 3 or len(set(values[: place + 2])) < place + 2 or (not right and _has_groups(field.table)):
        return None
    fitting = [r for r in field.rows() if (field.value(r) == values[place]) == right]
    if not right:
        fitting = [r for r in fitting if field.value(r) not in values[: place + 1] or kind == "second"]
    if not fitting or (right and len(fitting) > 1):
        return None
    row = rng.choice(fitting)
    templates = (BEST if kind == "best" else SECOND)[language]
    template, high, low = rng.choice([t for t in templates if field.good or t[1]])
    cell = row.cells[field.column.index]
    percent = "%" if cell.percent or (field.column.percent and rng.random() < 0.5) else ""
    names = {"m": row.name, "x": name_column(field.column, language, rng), "d": cell.digits + percent}
    names["up"] = high if good == 1 else low
    return "right" if right else "rank", template, names, (row,)


def _has_groups(table: Table) -> bool:
    """Whether the rows are in groups, within which a method could be the best."""
    single = any(sum(bool(c) for c in split_row(b.text)) == 1 for b in table.all_rows)
    return single or "groups of rows" in table.traits


def _wins(field: Field, language: str, right: bool, rng: random.Random) -> Result | None:
    """On how many of some columns a row is the best."""
    rows = field.rows()
    if not field.good or (not right and _has_groups(field.table)):
        return None
    row = max(rows, key=lambda r: field.good * field.value(r)) if rng.random() < 0.7 else rng.choice(rows)
    columns = _like(field, row, rng, (3, 6))
    if not columns:
        return None
    wins = 0
    for column in columns:
        values = Field(field.page, field.table, column, field.good).all_values()
        top = max(values, key=lambda v: field.good * v)
        if values.count(top) > 1:
            return None
        wins += row.cells[column.index].number == top
    stated = wins if right else wins + rng.choice((-1, 1))
    if not 2 <= stated <= len(columns) or not wins >= 0:
        return None
    words = rng.random() < 0.4
    d, k = ((_WORDS[language][n] if words else str(n)) for n in (stated, len(columns)))
    names = {"m": row.name, "l": _list(columns, language, rng), "d": d, "k": k}
    template = rng.choice(WINS[language])
    if words and language == "zh":
        template = re.sub(r" ?(\{[dk]\}) ?", r"\1", template)
    return "right" if right else "rank", template, names, (row,)


# --- statements -------------------------------------------------------------------------------------------------------

Maker = Callable[[Field, str, bool, random.Random], "Result | None"]
KINDS: dict[str, Maker] = {
    "points": lambda f, lang, right, rng: _pair("points", f, lang, right, rng),
    "ratio": lambda f, lang, right, rng: _pair("ratio", f, lang, right, rng),
    "relative": lambda f, lang, right, rng: _pair("relative", f, lang, right, rng),
    "average": _average,
    "best": lambda f, lang, right, rng: _rank("best", f, lang, right, rng),
    "second": lambda f, lang, right, rng: _rank("second", f, lang, right, rng),
    "wins": _wins,
}


def make_statements(pages: Sequence[Page], attempts: int = 6000) -> list[tuple[str, Page, Planted]]:
    """(kind, page, statement), spread over the tables."""
    by_table: dict[str, list[Field]] = defaultdict(list)
    for field in collect_fields(pages):
        by_table[f"{field.table.page} {field.table.id}"].append(field)
    statements = []
    for kind, maker in KINDS.items():
        for language in ("en", "zh"):
            for right in (True, False):
                rng = random.Random(f"{kind} {language} {right}")
                statements += _make_class(kind, maker, by_table, language, right, rng, attempts)
    return statements


def _make_class(
    kind: str,
    maker: Maker,
    by_table: dict[str, list[Field]],
    language: str,
    right: bool,
    rng: random.Random,
    attempts: int,
) -> list[tuple[str, Page, Planted]]:
    made: dict[str, tuple[str, Page, Planted]] = {}
    of_table: Counter[str] = Counter()
    tables = list(by_table)
    for attempt in range(attempts):
        if not attempt % len(tables):
            rng.shuffle(tables)
        table = tables[attempt % len(tables)]
        if of_table[table] >= (2 if attempt < attempts / 3 else 5 if attempt < 2 * attempts / 3 else PER_CLASS):
            continue
        field = rng.choice(by_table[table])
        result = maker(field, language, right, rng)
        if result:
            way, template, names, rows = result
            text, spans = fill(template, names, "dk" if kind == "wins" else "d")
            quotes = tuple(r.quote() for r in rows)
            of_table[table] += text not in made
            made.setdefault(text, (kind, field.page, Planted(text, spans, quotes, language, way, table)))
        if len(made) == PER_CLASS:
            break
    return list(made.values())
