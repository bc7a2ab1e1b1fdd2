"""Every code that a stage makes has its wording in both languages, with the parts that the stage gives it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import get_args

import pytest

from papers.models import DedupeKind, Language, Reason, ReasonPart
from papers.reasons import reason_text
from papers.reasons.templates import ADDITIONS, MERITS, TEMPLATES

ROOT = Path(__file__).parents[3]
# Codes that are no constants where a reason is made.
NAMED = {
    "paper.dedupe_kind": set(get_args(DedupeKind)) - {"new"},
    "c.paper.dedupe_kind": set(get_args(DedupeKind)) - {"new"},
    "exclusion.rule": {"excluded"},
}
# Of these only the words of a part or of a reason under it are printed.
WITHOUT_WORDS = {"text", "http", "http-page", "try", "fallback", "changed", "connection-failed"}
NAMES = {"HTML", "HTTP", "PDF", "JSON", "LaTeX", "arXiv", "token", "Content", "Encoding"}  # Chinese texts have them too


def codes_in(node: ast.expr) -> set[str]:
    """The codes that the first argument of `make_reason` may have."""
    match node:
        case ast.Constant(value=str(code)):
            return {code}
        case ast.IfExp(body=one, orelse=other):
            return codes_in(one) | codes_in(other)
    return NAMED[ast.unparse(node)]


def made_reasons() -> Iterator[tuple[str, set[str], bool]]:
    """Each code that is made, with the names of its parts, and whether there may be more."""
    for folder in ("papers", "tasks", "flows"):
        for file in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "make_reason":
                    names = {k.arg for k in node.keywords if k.arg}
                    for code in codes_in(node.args[0]):
                        yield code, names, any(k.arg is None for k in node.keywords)


def parts_of(template: str) -> dict[str, str]:
    """The parts that a template names, with the form of each."""
    return {name: form or "" for _, name, form, _ in Formatter().parse(template) if name}


def test_every_code_that_is_made_has_a_template_and_every_template_a_code() -> None:
    assert {code for code, _, _ in made_reasons()} == set(TEMPLATES)


def test_a_reason_is_made_with_the_parts_that_its_template_names() -> None:
    faults: defaultdict[str, list[str]] = defaultdict(list)
    additions = {part for name, a in (MERITS | ADDITIONS).items() for part in (name, *parts_of(a.en), *parts_of(a.zh))}
    for code, given, may_have_more in made_reasons():
        named = set(parts_of(TEMPLATES[code].en)) | set(parts_of(TEMPLATES[code].zh))
        faults[code] += [f"{part} is not printed" for part in given - named - additions]
        faults[code] += [f"{part} is not given" for part in named - given if not may_have_more]
    assert {code: words for code, words in faults.items() if words} == {}


@pytest.mark.parametrize("code", [c for c in TEMPLATES if c != "excluded"])  # a profile words it in both languages
def test_both_languages_name_the_same_parts(code: str) -> None:
    assert parts_of(TEMPLATES[code].en).keys() == parts_of(TEMPLATES[code].zh).keys()


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_text_has_no_word_of_the_other_language(code: str) -> None:
    def text(language: Language) -> str:
        values = {"reason": "http", "list": "2026-01-01", "field": "title"}
        forms = parts_of(TEMPLATES[code].en) | parts_of(TEMPLATES[code].zh)
        parts = [ReasonPart(name=n, value=values.get(form, "7")) for n, form in forms.items() if form != "reasons"]
        return reason_text(Reason(code=code, parts=parts), language)

    chinese = re.sub(r"DAILY_\w+|/v1|ltx_", "", text("zh"))
    assert not re.search(r"[\u3400-\u9fff]", text("en"))
    assert set(re.findall(r"[A-Za-z]{3,}", chinese)) <= NAMES
    assert code in WITHOUT_WORDS or re.search(r"[\u3400-\u9fff]", chinese)
