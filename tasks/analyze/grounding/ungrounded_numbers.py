"""What becomes of numbers that are not grounded: named as another paper's, then cut or flagged, once at a day's end.

Pure: the same analyses, readings and mode give the same result. `numbers_total` and `numbers_grounded` stay what the
model earned; evidence keeps every row. Rows of a list item that was cut lose their index: "results[].finding".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from papers.models import Analysis, Evidence, Innovation, Reading, Result, Usage
from papers.numbers.parser import parse
from tasks.analyze.analysis_texts import PLAIN, STATEMENTS, USAGE, language_share, texts
from tasks.analyze.grounding.number_check import ACCEPTED
from tasks.analyze.grounding.other_papers import OtherPapers
from tasks.analyze.grounding.paper_text import sentences

MARK = {"zh": "〔未核对〕", "en": " [unverified]"}
_CLAUSE_END = re.compile(r"(?<=[；;])\s*")
_ASIDE = re.compile(r"\s?[(（][^()（）]*[)）]")


def remove_ungrounded(
    analyses: Sequence[Analysis], readings: Sequence[Reading], titles: Mapping[str, str], mode: Literal["cut", "flag"]
) -> list[Analysis]:
    """The day's analyses with nothing ungrounded left in a text ("cut"), or with a mark after it ("flag").

    `titles` are the papers' titles by arXiv id. An ungrounded number that another reading of the day holds becomes
    `other-paper` with that paper's id.
    """
    others = OtherPapers(readings, titles)
    return [_settled(analysis, others, mode) if analysis.evidence else analysis for analysis in analyses]


def _settled(analysis: Analysis, others: OtherPapers, mode: str) -> Analysis:
    evidence = _attributed(analysis, others)
    bad: dict[str, list[Evidence]] = {}
    for row in evidence:
        if row.status not in ACCEPTED:
            bad.setdefault(row.field, []).append(row)
    named = dict(texts(analysis))
    changed: dict[str, str | None] = {}
    for name, rows in bad.items():
        if name not in named:
            continue
        if mode == "flag":
            changed[name] = flag(named[name], rows, MARK[analysis.language])
        elif any(_weighs(row) for row in rows):
            changed[name] = cut(named[name], rows)
    made, moved = _rebuilt(analysis, changed)
    rows = [
        row.model_copy(update={"field": moved.get(_item(row.field), "") + _rest(row.field)})
        if _item(row.field) in moved
        else row
        for row in evidence
    ]
    settled = analysis.model_copy(update={**made, "evidence": rows})
    return settled.model_copy(update={"language_share": language_share(settled)})


# --- whose number ----------------------------------------------------------------------------------------------------


def _attributed(analysis: Analysis, others: OtherPapers) -> list[Evidence]:
    """The evidence, with the rows of numbers that another paper of the day holds turned into `other-paper`."""
    groups: dict[tuple[str, str], list[Evidence]] = {}
    for row in analysis.evidence:
        if row.number is not None and row.status not in ACCEPTED:
            groups.setdefault((row.field, row.text), []).append(row)
    owner: dict[int, str] = {}
    for (_, text), rows in groups.items():
        numbers = {(n.canonical, n.unit): n for n in parse(text).numbers}
        for a, b in sentences(text):
            inside = [r for r in rows if (n := numbers.get((r.number or "", r.unit or ""))) and a <= n.start < b]
            found = others.holder(text[a:b], [numbers[r.number or "", r.unit or ""] for r in inside], analysis.arxiv_id)
            owner |= {id(r): arxiv_id for r, arxiv_id in zip(inside, found, strict=True) if arxiv_id}
    return [
        row.model_copy(update={"status": "other-paper", "other_paper": owner[id(row)]}) if id(row) in owner else row
        for row in analysis.evidence
    ]


# --- cut and flag ----------------------------------------------------------------------------------------------------


def _weighs(row: Evidence) -> bool:
    """Whether a row is about a number or other digits; a quotation or a bare name that is not found cuts nothing."""
    return row.number is not None or (row.status == "unsupported" and bool(re.search(r"\d", row.text)))


def spans(text: str, rows: Iterable[Evidence]) -> list[tuple[int, int]]:
    """Where the numbers and names of `rows` stand in `text`."""
    rows = list(rows)
    numbers = {(row.number, row.unit) for row in rows if row.number is not None}
    found = [(n.start, n.end) for n in parse(text).numbers if (n.canonical, n.unit) in numbers]
    names = {row.text for row in rows if row.number is None and row.status == "unsupported"}
    for name in names:
        before = r"(?<![A-Za-z0-9.])" if name[0].isalnum() else ""
        after = r"(?![A-Za-z0-9]|\.\d)" if name[-1].isalnum() else ""
        whole = [m.span() for m in re.finditer(before + re.escape(name) + after, text)]
        # Digits within a longer name ("Step4.37" of "Step4.37X-Edit"): the name is what is wrong.
        found += whole or [m.span() for m in re.finditer(rf"[\w.-]*{re.escape(name)}[\w-]*", text)]
    return sorted(found)


def flag(text: str, rows: Iterable[Evidence], mark: str) -> str:
    """`text` with `mark` after each number and name that is not grounded."""
    for _, end in reversed(spans(text, rows)):
        if not text.startswith(mark.strip(), end) and not text[end:].lstrip().startswith(mark.strip()):
            text = text[:end] + mark + text[end:]
    return text


def cut(text: str, rows: Iterable[Evidence]) -> str | None:
    """`text` without what holds an ungrounded number: the aside in brackets, the clause, or else the sentence.

    None when nothing that says anything is left.
    """
    bad = spans(text, [row for row in rows if _weighs(row)])
    kept = [_sentence(text[a:b], [(s - a, e - a) for s, e in bad if a <= s < b]) for a, b in sentences(text)]
    joint = "" if re.search(r"[\u4e00-\u9fff]", text) else " "
    left = joint.join(part for part in kept if part)
    return left if len(re.findall(r"\w", left)) >= 4 else None


def _sentence(text: str, bad: list[tuple[int, int]]) -> str:
    """A sentence without what is bad in it, or "" when the bad is in its main part."""
    if not bad:
        return text.strip()
    aside = next((m for m in _ASIDE.finditer(text) if all(m.start() <= s and e <= m.end() for s, e in bad)), None)
    if aside:
        return (text[: aside.start()] + text[aside.end() :]).strip()
    parts, start = [], 0
    for end in [*(m.end() for m in _CLAUSE_END.finditer(text)), len(text)]:
        if not any(start <= s < end for s, _ in bad):
            parts.append(text[start:end].strip())
        start = end
    left = " ".join(p for p in parts if p) if parts else ""
    if not left:
        return ""
    stop = "。" if re.search(r"[\u4e00-\u9fff]", left) else "."
    return left.rstrip("；; ") + (stop if left[-1] in "；;" else "")


# --- putting it together again ---------------------------------------------------------------------------------------

Moved = dict[str, str]


def _rebuilt(analysis: Analysis, changed: Mapping[str, str | None]) -> tuple[dict[str, Any], Moved]:
    """The fields of the analysis with the changed texts, and where list items went: "results[2]" -> "results[1]"."""
    made: dict[str, Any] = {n: changed[n] for n in (*STATEMENTS, *PLAIN) if n in changed}
    made["usage"] = Usage(**{n: changed.get(f"usage.{n}", getattr(analysis.usage, n)) for n in USAGE})
    moved: Moved = {}
    made["innovations"] = _items(
        analysis.innovations, "innovations", ("title", "text"), "text", Innovation, changed, moved
    )
    made["results"] = _items(
        analysis.results, "results", ("task", "dataset", "baseline", "finding"), "finding", Result, changed, moved
    )
    for name in ("highlights", "keywords"):
        kept: list[str] = []
        for i, text in enumerate(getattr(analysis, name)):
            value = changed.get(f"{name}[{i}]", text)
            moved[f"{name}[{i}]"] = f"{name}[{len(kept)}]" if value else f"{name}[]"
            kept += [value] if value else []
        made[name] = kept
    return made, moved


def _items(
    items: Sequence[Any],
    name: str,
    parts: Sequence[str],
    main: str,
    model: type[Any],
    changed: Mapping[str, str | None],
    moved: Moved,
) -> list[Any]:
    kept: list[Any] = []
    for i, item in enumerate(items):
        values = {part: changed.get(f"{name}[{i}].{part}", getattr(item, part)) for part in parts}
        moved[f"{name}[{i}]"] = f"{name}[{len(kept)}]" if values[main] else f"{name}[]"
        if values[main]:
            kept.append(model(**values))
    return kept


def _item(field: str) -> str:
    """The list item of a field: "results[2].finding" -> "results[2]"."""
    return field.partition(".")[0]


def _rest(field: str) -> str:
    _, dot, rest = field.partition(".")
    return dot + rest
