"""Attributes ungrounded numbers to other papers of the day where possible, then cuts or flags them; once a day.

Pure: the same analyses, readings and mode give the same result. `numbers_total` and `numbers_grounded` keep the values
of the original analysis, and no evidence row is removed. The rows of a list item that was cut lose their index:
"results[].finding".
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

from papers.models import Analysis, Evidence, Reading, Usage
from papers.numbers.parser import parse
from tasks.analyze.analysis_texts import PLAIN_FIELDS, STATEMENT_FIELDS, USAGE_FIELDS, field_texts, language_share
from tasks.analyze.grounding.number_check import ACCEPTED_STATUSES
from tasks.analyze.grounding.other_papers import OtherPapers
from tasks.analyze.grounding.paper_text import sentences

UNVERIFIED_MARK = {"zh": "〔未核对〕", "en": " [unverified]"}
_CLAUSE_END = re.compile(r"(?<=[；;])\s*")
_PARENTHESIS = re.compile(r"\s?[(（][^()（）]*[)）]")


def remove_ungrounded(
    analyses: Sequence[Analysis], readings: Sequence[Reading], titles: Mapping[str, str], mode: Literal["cut", "flag"]
) -> list[Analysis]:
    """The day's analyses with ungrounded numbers removed from the texts ("cut") or marked in them ("flag").

    `titles` are the papers' titles by arXiv id. The evidence of an ungrounded number that another reading of the day
    contains gets the status `other-paper` and that paper's id.
    """
    other_papers = OtherPapers(readings, titles)
    return [
        _remove_from_analysis(analysis, other_papers, mode) if analysis.evidence else analysis for analysis in analyses
    ]


def _remove_from_analysis(analysis: Analysis, other_papers: OtherPapers, mode: str) -> Analysis:
    evidence = _attribute_to_other_papers(analysis, other_papers)
    rows_by_field: dict[str, list[Evidence]] = {}
    for row in evidence:
        if row.status not in ACCEPTED_STATUSES:
            rows_by_field.setdefault(row.field, []).append(row)
    text_by_field = dict(field_texts(analysis))
    new_texts: dict[str, str | None] = {}
    for name, rows in rows_by_field.items():
        if name not in text_by_field:
            continue
        if mode == "flag":
            new_texts[name] = flag_ungrounded(text_by_field[name], rows, UNVERIFIED_MARK[analysis.language])
        elif any(_concerns_digits(row) for row in rows):
            new_texts[name] = cut_ungrounded(text_by_field[name], rows)
    return replace_texts(analysis, new_texts, evidence)


def replace_texts(analysis: Analysis, new_texts: Mapping[str, str | None], evidence: Sequence[Evidence]) -> Analysis:
    """The analysis with other texts, by the names of their fields, and with `evidence`, whose rows follow list items.

    A text that is None is removed; if it is the statement of a list item, the item goes with it.
    """
    fields, item_renames = _rebuild_fields(analysis, new_texts)
    rows = [
        row.model_copy(update={"field": item_renames.get(_list_item(row.field), "") + _after_list_item(row.field)})
        if _list_item(row.field) in item_renames
        else row
        for row in evidence
    ]
    result = analysis.model_copy(update={**fields, "evidence": rows})
    return result.model_copy(update={"language_share": language_share(result)})


# --- attribution -----------------------------------------------------------------------------------------------------


def _attribute_to_other_papers(analysis: Analysis, other_papers: OtherPapers) -> list[Evidence]:
    """The evidence, with the status `other-paper` for numbers that another paper of the day contains."""
    rows_by_text: dict[tuple[str, str], list[Evidence]] = {}
    for row in analysis.evidence:
        if row.number is not None and row.status not in ACCEPTED_STATUSES:
            rows_by_text.setdefault((row.field, row.text), []).append(row)
    other_paper_by_row: dict[int, str] = {}
    for (_, text), rows in rows_by_text.items():
        numbers = {(n.canonical, n.unit): n for n in parse(text).numbers}
        spans = sentences(text)
        rows_by_sentence: list[list[Evidence]] = [[] for _ in spans]
        for row in rows:
            if number := numbers.get((row.number or "", row.unit or "")):
                index = bisect_right(spans, (number.start, len(text))) - 1
                if index >= 0 and number.start < spans[index][1]:
                    rows_by_sentence[index].append(row)
        for (a, b), sentence_rows in zip(spans, rows_by_sentence, strict=True):
            paper_ids = other_papers.find_papers(
                text[a:b], [numbers[r.number or "", r.unit or ""] for r in sentence_rows], analysis.arxiv_id
            )
            other_paper_by_row |= {
                id(r): arxiv_id for r, arxiv_id in zip(sentence_rows, paper_ids, strict=True) if arxiv_id
            }
    return [
        row.model_copy(update={"status": "other-paper", "other_paper": other_paper_by_row[id(row)]})
        if id(row) in other_paper_by_row
        else row
        for row in analysis.evidence
    ]


# --- cut and flag ----------------------------------------------------------------------------------------------------


def _concerns_digits(row: Evidence) -> bool:
    """Whether a row is about a number or other digits; a missing quotation or a name without digits cuts nothing."""
    return row.number is not None or (row.status == "unsupported" and bool(re.search(r"\d", row.text)))


def ungrounded_spans(text: str, rows: Iterable[Evidence]) -> list[tuple[int, int]]:
    """(start, end) of the numbers and names of `rows` in `text`."""
    rows = list(rows)
    numbers = {(row.number, row.unit) for row in rows if row.number is not None}
    positions = [(n.start, n.end) for n in parse(text).numbers if (n.canonical, n.unit) in numbers]
    names = {row.text for row in rows if row.number is None and row.status == "unsupported"}
    for name in names:
        before = r"(?<![A-Za-z0-9.])" if name[0].isalnum() else ""
        after = r"(?![A-Za-z0-9]|\.\d)" if name[-1].isalnum() else ""
        matches = [m.span() for m in re.finditer(before + re.escape(name) + after, text)]
        # Digits within a longer name ("Step4.37" of "Step4.37X-Edit"): the whole name is wrong.
        positions += matches or _longer_names(text, name)
    return sorted(positions)


_NAME_CHARACTERS, _NAME_END = re.compile(r"[\w.-]*"), re.compile(r"[\w-]*")


def _longer_names(text: str, name: str) -> list[tuple[int, int]]:
    """(start, end) of the words that contain `name`, each up to the last `name` in it and the letters after that.

    One regular expression for this would try every start in a long word.
    """
    spans: list[tuple[int, int]] = []
    position = 0
    while (start := text.find(name, position)) >= 0:
        while start > position and _NAME_CHARACTERS.fullmatch(text, start - 1, start):
            start -= 1
        run = _NAME_CHARACTERS.match(text, start)
        assert run
        last = text.rfind(name, start, run.end() + len(name))
        end = _NAME_END.match(text, last + len(name))
        assert end
        position = end.end()
        spans.append((start, position))
    return spans


_BLANKS = re.compile(r"\s*")


def flag_ungrounded(text: str, rows: Iterable[Evidence], mark: str) -> str:
    """`text` with `mark` after each ungrounded number and name."""
    places: list[int] = []  # of the marks, the last first
    for _, end in reversed(ungrounded_spans(text, rows)):
        blanks = _BLANKS.match(text, end)
        assert blanks
        is_marked_within = bool(places) and end >= places[-1]
        if not is_marked_within and not text.startswith(mark.strip(), blanks.end()):
            places.append(end)
    return mark.join(text[a:b] for a, b in pairwise([0, *reversed(places), len(text)]))


def cut_ungrounded(text: str, rows: Iterable[Evidence]) -> str | None:
    """`text` without the parentheses, clauses or sentences that contain an ungrounded number.

    None when nothing meaningful is left.
    """
    bad_spans = ungrounded_spans(text, [row for row in rows if _concerns_digits(row)])
    parts = [
        _cut_sentence(text[a:b], [(s - a, e - a) for s, e in bad_spans[_from(bad_spans, a) : _from(bad_spans, b)]])
        for a, b in sentences(text)
    ]
    separator = "" if re.search(r"[\u4e00-\u9fff]", text) else " "
    remainder = separator.join(part for part in parts if part)
    return remainder if len(re.findall(r"\w", remainder)) >= 4 else None


def _from(spans: Sequence[tuple[int, int]], position: int) -> int:
    """The index of the first of the sorted `spans` that begins at `position` or later."""
    return bisect_left(spans, (position, 0))


def _cut_sentence(text: str, bad_spans: list[tuple[int, int]]) -> str:
    """The sentence without the parenthesis or clauses with `bad_spans`, or "" when nothing else is left."""
    if not bad_spans:
        return text.strip()
    parenthesis = next(
        (m for m in _PARENTHESIS.finditer(text) if all(m.start() <= s and e <= m.end() for s, e in bad_spans)), None
    )
    if parenthesis:
        return (text[: parenthesis.start()] + text[parenthesis.end() :]).strip()
    parts, start = [], 0
    for end in [*(m.end() for m in _CLAUSE_END.finditer(text)), len(text)]:
        if _from(bad_spans, start) == _from(bad_spans, end):
            parts.append(text[start:end].strip())
        start = end
    remainder = " ".join(p for p in parts if p) if parts else ""
    if not remainder:
        return ""
    full_stop = "。" if re.search(r"[\u4e00-\u9fff]", remainder) else "."
    return remainder.rstrip("；; ") + (full_stop if remainder[-1] in "；;" else "")


# --- new fields ------------------------------------------------------------------------------------------------------

ItemRenames = dict[str, str]


def _rebuild_fields(analysis: Analysis, new_texts: Mapping[str, str | None]) -> tuple[dict[str, Any], ItemRenames]:
    """The fields of the analysis with the changed texts, and new names of list items: "results[2]" -> "results[1]"."""
    fields: dict[str, Any] = {n: new_texts[n] for n in (*STATEMENT_FIELDS, *PLAIN_FIELDS) if n in new_texts}
    fields["usage"] = Usage(**{n: new_texts.get(f"usage.{n}", getattr(analysis.usage, n)) for n in USAGE_FIELDS})
    item_renames: ItemRenames = {}
    fields["innovations"] = _rebuild_items(
        analysis.innovations, "innovations", ("title", "text"), "text", new_texts, item_renames
    )
    fields["results"] = _rebuild_items(
        analysis.results,
        "results",
        ("task", "dataset", "baseline", "finding"),
        "finding",
        new_texts,
        item_renames,
    )
    for name in ("highlights", "keywords"):
        new_items: list[str] = []
        for i, text in enumerate(getattr(analysis, name)):
            value = new_texts.get(f"{name}[{i}]", text)
            item_renames[f"{name}[{i}]"] = f"{name}[{len(new_items)}]" if value else f"{name}[]"
            new_items += [value] if value else []
        fields[name] = new_items
    return fields, item_renames


def _rebuild_items(
    items: Sequence[Any],
    name: str,
    parts: Sequence[str],
    main_part: str,
    new_texts: Mapping[str, str | None],
    item_renames: ItemRenames,
) -> list[Any]:
    new_items: list[Any] = []
    for i, item in enumerate(items):
        values = {part: new_texts.get(f"{name}[{i}].{part}", getattr(item, part)) for part in parts}
        item_renames[f"{name}[{i}]"] = f"{name}[{len(new_items)}]" if values[main_part] else f"{name}[]"
        if values[main_part]:
            new_items.append(item.model_copy(update=values))
    return new_items


def _list_item(field: str) -> str:
    """The list item of a field: "results[2].finding" -> "results[2]"."""
    return field.partition(".")[0]


def _after_list_item(field: str) -> str:
    _, dot, rest = field.partition(".")
    return dot + rest
