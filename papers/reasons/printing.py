"""Prints reasons in either language: the template of the code, filled with the parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from string import Formatter

from papers.models import Language, Reason
from papers.paper_urls import arxiv_page, list_page
from papers.reasons.parts import make_reason
from papers.reasons.templates import ADDITIONS, CURATED, DIGEST_ENDS, FIELDS, MERITS, TEMPLATES, Wording

_SEPARATORS: dict[Language, str] = {"en": "; ", "zh": "；"}
_UNKNOWN = make_reason("unknown")
Pieces = list[tuple[str, str | None]]  # of text, each with the address that it links to, or None


def reason_pieces(reason: Reason, language: Language, labels: Mapping[str, str] | None = None) -> Pieces:
    """The reason in `language` as pieces of text, each with the address that it links to, or None.

    `labels` are the names of directions in that language. A code that is not known is printed with its parts.
    """
    template = _template_of(reason.code)
    if template is None:
        values = ", ".join(f"{p.name} {p.value}" for p in reason.parts)
        return [(f"{reason.code}: {values}" if values else reason.code, None)]
    text = _with_additions(reason, template, language) if template in CURATED.values() else _in(language, template)
    pieces: Pieces = []

    def add(text: str, url: str | None) -> None:
        if url is None and pieces and pieces[-1][1] is None:
            text = pieces.pop()[0] + text
        pieces.append((text, url))

    for literal, name, form, _ in Formatter().parse(text):
        add(literal, None)
        if name:
            add(*_print_part(reason, name, form or "", language, labels or {}))
    return pieces


def reason_text(reason: Reason | None, language: Language, labels: Mapping[str, str] | None = None) -> str:
    """The reason in `language` as plain text; "" for None."""
    return "".join(text for text, _ in reason_pieces(reason, language, labels)) if reason else ""


def digest_end_text(reason: Reason | None, language: Language) -> str | None:
    """Where the digest ends, if that is why it does not show a paper; None for any other reason."""
    if reason is None or reason.code not in DIGEST_ENDS:
        return None
    return _in(language, DIGEST_ENDS[reason.code]).format_map({p.name: p.value for p in reason.parts})


def _with_additions(reason: Reason, template: Wording, language: Language) -> str:
    """The template of a verdict, with what earned its points before it and what else it names after it."""
    merits = [_in(language, merit) for name, merit in MERITS.items() if reason.part(name)]
    additions = [_in(language, addition) for name, addition in ADDITIONS.items() if reason.part(name)]
    return _SEPARATORS[language].join([*merits, _in(language, template)]) + "".join(additions)


def _template_of(code: str) -> Wording | None:
    """The template of a code; the rules of a profile that exclude papers have one together."""
    return TEMPLATES.get("excluded" if code.startswith("excluded-") else code)


def _in(language: Language, wording: Wording) -> str:
    return wording.zh if language == "zh" else wording.en


def _print_part(
    reason: Reason, name: str, form: str, language: Language, labels: Mapping[str, str]
) -> tuple[str, str | None]:
    value = reason.part(name)
    match form:
        case "reason":
            return reason_text(reason.inner(name) or _UNKNOWN, language), None
        case "reasons":
            return _SEPARATORS[language].join(reason_text(inner, language) for inner in reason.inner_list(name)), None
        case "place":
            return _ordinal(value) if language == "en" else value, None
        case "paper":
            return value, arxiv_page(value)
        case "list":
            return value, list_page(dt.date.fromisoformat(value)) if value else None
        case "field":
            return _in(language, FIELDS[value]) if value in FIELDS else value, None
        case "title":
            return _print_title(value, language), None
        case "labels":
            none = "没有方向" if language == "zh" else "no direction"
            return " / ".join(labels.get(n, n) for n in value.split(" / ") if n) or none, None
        case "words":
            quoted = [f"“{word}”" for word in value.split(" / ")]
            return ("、" if language == "zh" else ", ").join(quoted), None
    return value, None


def _print_title(title: str, language: Language) -> str:
    """What a document gives as its title; "" if it marks none."""
    if language == "zh":
        return f"标题为 '{title}'" if title else "标题未标明"
    return f"its title is '{title}'" if title else "its title is not marked"


def _ordinal(value: str) -> str:
    if not value.isdigit():
        return value
    ending = "th" if value[-2:] in ("11", "12", "13") else {"1": "st", "2": "nd", "3": "rd"}.get(value[-1], "th")
    return value + ending
