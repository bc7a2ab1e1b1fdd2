"""Makes the fields of an analysis, with their evidence, from a checked answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from papers.models import Evidence, Innovation, Reason, Result, Usage
from papers.reasons import reason_text
from tasks.analyze.analysis_texts import PLAIN_FIELDS, STATEMENT_FIELDS, USAGE_FIELDS
from tasks.analyze.drafts import Draft
from tasks.analyze.llm.answer_check import CheckedAnswer, CheckedPassage
from tasks.analyze.llm.answer_schema import INNOVATION_PARTS, RESULT_PARTS, field_of

REMOVED = "removed: "  # begins the note of an evidence row whose text was removed; the rest says why


def draft_of(answer: CheckedAnswer) -> Draft:
    """The fields of an analysis and their evidence. Items of lists are numbered without gaps.

    What was refused has an evidence row without a number, whose note begins with REMOVED: the paper may well say
    something there. Its field is the field's name, for an item of a list "results[]".
    """
    draft, passages = Draft(), _numbered(without_repeats(answer.passages))
    texts = {name: checked.passage.texts for name, checked in passages.items()}
    for name in (*STATEMENT_FIELDS, *PLAIN_FIELDS):
        draft.fields[name] = texts.get(name, {}).get("")
    draft.fields["usage"] = Usage(**{part: texts.get(f"usage.{part}", {}).get("") for part in USAGE_FIELDS})
    draft.fields["innovations"] = [
        Innovation(**{part: t.get(part) for part in INNOVATION_PARTS}) for t in _items("innovations", texts)
    ]
    draft.fields["results"] = [Result(**{part: t.get(part) for part in RESULT_PARTS}) for t in _items("results", texts)]
    for name in ("highlights", "keywords", "directions"):
        draft.fields[name] = [t[""] for t in _items(name, texts)]
    for name, checked in passages.items():
        for part, rows in checked.evidence.items():
            full_name = f"{name}.{part}" if part else name
            draft.evidence += [row.model_copy(update={"field": full_name}) for row in rows]
        draft.problems += [(name, finding) for finding in checked.problems]
    draft.evidence += [_row_of_refusal(name, reason) for name, reason in answer.refused.items()]
    draft.numbers_total = sum(checked.numbers_total for checked in passages.values())
    draft.numbers_grounded = sum(checked.numbers_grounded for checked in passages.values())
    return draft


def _row_of_refusal(name: str, reason: Reason) -> Evidence:
    field_name, note = re.sub(r"\d+(?=\])", "", name), f"{REMOVED}{reason_text(reason, 'en')}"
    return Evidence(field=field_name, text="", status="quote-not-found", note=note)


# The parts that are printed together. Of two with one text the first stands.
_TOGETHER = (
    ("contribution", "results", "innovations", "insight", "limitations", "usage", "suited_for", "next_action",
     "application_area", "translated_title"),
    ("abstract_short", "highlights"),
)  # fmt: skip


def without_repeats(passages: Mapping[str, CheckedPassage]) -> dict[str, CheckedPassage]:
    """The passages without those that say what another part of the analysis says: the whole text, or its beginning."""
    repeats: set[str] = set()
    for fields in _TOGETHER:
        earlier: list[str] = []
        parts = [(fields.index(f), _place(name), name) for name in passages if (f := field_of(name).name) in fields]
        for _, _, name in sorted(parts):
            text = passages[name].passage.main_text
            if any(_is_same(text, other) for other in earlier):
                repeats.add(name)
            earlier.append(text)
    return {name: checked for name, checked in passages.items() if name not in repeats}


def _is_same(one: str, other: str) -> bool:
    """Whether two texts have the same words; one that was shortened has the same as a longer one that begins so."""
    (short, text), (long, _) = sorted((re.sub(r"\W+", "", t).casefold(), t) for t in (one, other))
    return short == long or (text.endswith("…") and long.startswith(short))


def _numbered(passages: Mapping[str, CheckedPassage]) -> dict[str, CheckedPassage]:
    """The passages with new numbers for the items of lists, from 0 and without gaps, in their order."""
    counts: dict[str, int] = {}
    renamed: dict[str, CheckedPassage] = {}
    for name in sorted(passages, key=_place):
        field_name, bracket, _ = name.partition("[")
        if bracket:
            counts[field_name] = counts.get(field_name, -1) + 1
            renamed[f"{field_name}[{counts[field_name]}]"] = passages[name]
        else:
            renamed[name] = passages[name]
    return renamed


def _place(name: str) -> tuple[str, int]:
    field_name, bracket, rest = name.partition("[")
    return field_name, int(rest.rstrip("]")) if bracket else 0


def _items(name: str, texts: Mapping[str, Mapping[str, str]]) -> Iterable[Mapping[str, str]]:
    return [t for key, t in texts.items() if key.startswith(f"{name}[")]
