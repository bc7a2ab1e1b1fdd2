"""The second language of a paper: its checked analysis, translated statement by statement, with the same numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from papers.models import Analysis, Evidence, Language
from papers.numbers.parser import MAX_DIGITS, Number, parse
from tasks.analyze.analysis_texts import chinese_share, field_texts
from tasks.analyze.drafts import MAX_ABSTRACT_SHORT, clean, shorten
from tasks.analyze.grounding.ungrounded_numbers import replace_texts
from tasks.analyze.llm.answer_schema import NAME_LENGTHS, SLACK, field_of
from tasks.analyze.llm.json_search import json_objects
from tasks.analyze.llm.refusals import is_echo, is_loop

TITLE = "translated_title"
UNTRANSLATED = ("short_name", "dataset", "baseline")  # names stay as the paper writes them
STRICT_UNITS = frozenset({"percent", "times", "usd"})
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass
class Translation:
    """Translated texts by the names of their fields, and why others are not: reasons by name."""

    texts: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def texts_to_translate(analysis: Analysis, title: str, language: Language) -> dict[str, str]:
    """The texts by the names of their fields; the paper's title for a Chinese analysis. Names stay as they are."""
    texts = {name: text for name, text in field_texts(analysis) if name != TITLE and not _is_name(name, text)}
    return {TITLE: title} | texts if language == "zh" else texts


def _is_name(name: str, text: str) -> bool:
    if name.startswith("keywords"):
        return not _HAN.search(text)
    return name.rpartition(".")[2] in UNTRANSLATED


def json_key(name: str) -> str:
    """The key of a text in the request: "results[1].finding" -> "results_2_finding"."""
    return re.sub(r"\[(\d+)\]", lambda m: f"_{int(m[1]) + 1}", name).replace(".", "_")


def translation_json_schema(texts: Mapping[str, str]) -> dict[str, Any]:
    """The JSON schema of the translated texts. Each may be twice as long as its place or its original."""
    properties = {
        json_key(name): {"type": "string", "maxLength": int(max(_place(name), len(text)) * SLACK)}
        for name, text in texts.items()
    }
    return {"title": "translation", "type": "object", "properties": properties, "required": list(properties)}


def _place(name: str) -> int:
    """The most characters that the text of a field may have."""
    if name == "abstract_short":
        return MAX_ABSTRACT_SHORT
    return NAME_LENGTHS.get(name.rpartition(".")[2], field_of(name).length)


def read_translation(replies: Iterable[str], texts: Mapping[str, str], language: Language) -> Translation | None:
    """The translations in the texts of a reply, each checked against its original; None when there are none at all."""
    keys = {json_key(name): name for name in texts}
    for reply in replies:
        for candidate in reversed(json_objects(reply)):
            members = _members(candidate, keys)
            if members:
                return _checked({keys[key]: value for key, value in members.items()}, texts, language)
    return None


def _members(candidate: dict[str, Any], keys: Mapping[str, str], depth: int = 0) -> dict[str, Any]:
    members = {key: value for key, value in candidate.items() if key in keys}
    inner = [v for v in candidate.values() if isinstance(v, dict)] if not members and depth < 3 else []
    return members or next((m for v in inner if (m := _members(v, keys, depth + 1))), {})


def _checked(members: Mapping[str, Any], texts: Mapping[str, str], language: Language) -> Translation:
    translation = Translation()
    for name, value in members.items():
        text = clean(value) if isinstance(value, str) else None
        if text is None:
            continue
        if fault := translation_fault(texts[name], text, language):
            translation.faults[name] = fault
        else:
            translation.texts[name] = shorten(text, _place(name))
    return translation


def translation_fault(original: str, text: str, language: Language) -> str | None:
    """Why `text` cannot stand as the translation of `original`; None if it can."""
    if not same_numbers(original, text):
        return "its numbers are not those of the original"
    if is_loop(text) or is_echo(text):
        return "it repeats itself or the prompt"
    if _is_long(original) and _is_long(text):
        share = chinese_share([text])
        if language == "zh" and not _HAN.search(text):
            return "it is not in Chinese"
        if language == "en" and share > 0.5:
            return "it is not in English"
    return None


def _is_long(text: str) -> bool:
    """Whether the text has words enough to have a language; commands of LaTeX are none."""
    return len(re.findall(r"(?<![\\A-Za-z{])[A-Za-z]{3,}|[\u3400-\u9fff]", text)) >= 4


def same_numbers(one: str, other: str) -> bool:
    """Whether two texts have the same numbers with the same units, and the same digits in names and dates.

    One, two and half in words may come or go ("a new method", 一种新方法), and the month and day of a date; no other
    number may.
    """
    first, second = _figures(one), _figures(other)
    return _covers(first, second) and _covers(second, first)


@dataclass(frozen=True)
class _Figure:
    """A number, or digits of a name or a date. `keys` are the ways to read it: (value, unit)."""

    keys: tuple[tuple[Fraction, str], ...]
    is_optional: bool


def _figures(text: str) -> list[_Figure]:
    parsed = parse(text)
    figures = [_Figure(_keys(n), _is_optional(n)) for n in parsed.numbers]
    position = 0
    pieces: list[tuple[str, bool]] = []  # text outside of numbers, and whether it is a date
    dates = sorted((a.start, a.end) for a in parsed.non_quantities if a.kind == "date")
    spans = [*((n.start, n.end, False) for n in parsed.numbers), *((a, b, True) for a, b in dates)]
    for start, end, is_date in sorted(spans):
        pieces.append((text[position:start], False))
        if is_date:
            pieces.append((text[max(position, start) : end], True))
        position = max(position, end)
    pieces.append((text[position:], False))
    for piece, is_date in pieces:
        groups = [int(group[:MAX_DIGITS]) for group in re.findall(r"[0-9]+", piece)]
        figures += [_Figure(((Fraction(value), ""),), is_date and value <= 31) for value in groups]
    return figures


def _is_optional(number: Number) -> bool:
    return number.kind == "word" and number.unit == "none" and number.value in (1, 2, Fraction(1, 2))


def _keys(number: Number) -> tuple[tuple[Fraction, str], ...]:
    """The ways to read a number. Of units only those are kept that both languages have."""
    return tuple((value, unit if unit in STRICT_UNITS else "") for value, unit in sorted(number.interpretations))


def _covers(figures: Iterable[_Figure], others: Iterable[_Figure]) -> bool:
    """Whether each of `others` that is not optional is one of `figures`, as often as it is there."""
    unused: dict[tuple[Fraction, str], list[int]] = {}
    for index, figure in enumerate(figures):
        for key in figure.keys:
            unused.setdefault(key, []).append(index)
    used: set[int] = set()
    for other in others:
        matches = (_pop_unused(unused.get(key, []), used) for key in other.keys)
        match = next((index for index in matches if index is not None), None)
        if match is not None:
            used.add(match)
        elif not other.is_optional:
            return False
    return True


def _pop_unused(indices: list[int], used: set[int]) -> int | None:
    while indices:
        if (index := indices.pop()) not in used:
            return index
    return None


# --- the analysis ----------------------------------------------------------------------------------------------------


def translated_analysis(analysis: Analysis, translation: Translation, language: Language) -> Analysis:
    """The analysis with the translated texts. Its evidence stays, since its numbers are the same.

    A text that was not translated is removed, and has an evidence row that says so.
    """
    originals = dict(field_texts(analysis))
    names = {name for name, text in originals.items() if name != TITLE and not _is_name(name, text)}
    new_texts: dict[str, str | None] = {name: translation.texts.get(name) for name in names}
    new_texts[TITLE] = translation.texts.get(TITLE)
    evidence = [_translated_row(row, originals, new_texts) for row in analysis.evidence]
    lost = [name for name in sorted(names) if new_texts[name] is None]
    evidence += [
        Evidence(field=name, text="", status="quote-not-found", note=f"removed: not translated, since {reason}")
        for name in lost
        if (reason := translation.faults.get(name, "the model left it out"))
    ]
    return replace_texts(analysis.model_copy(update={"language": language}), new_texts, evidence)


def _translated_row(row: Evidence, originals: Mapping[str, str], new_texts: Mapping[str, str | None]) -> Evidence:
    """The row with the statement in the new language, and the number's unit as it is parsed there."""
    text = new_texts.get(row.field)
    if text is None or row.text != originals.get(row.field):
        return row
    changes: dict[str, Any] = {"text": text}
    if row.number is not None:
        numbers = [n for n in parse(text).numbers if n.canonical == row.number]
        if numbers and row.unit not in [n.unit for n in numbers]:
            changes["unit"] = numbers[0].unit
    return row.model_copy(update=changes)
