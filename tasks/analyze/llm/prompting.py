"""Renders the prompt templates of `prompts/`. The paper's text is data between two fences that it cannot imitate.

Every request about a paper begins with the same text, so that servers cache it: the system prompt, then the paper. What
differs, the language and the task, comes last.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from papers.models import Block, Language, Paper
from tasks.analyze.grounding.paper_text import ARROW
from tasks.analyze.llm.answer_schema import FIELDS, USAGE_PARTS, field_lines, json_name

_FOLDER = Path(__file__).parent / "prompts"
_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER, encoding="utf-8"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - the prompts are plain text
    trim_blocks=False,
    keep_trailing_newline=False,
)
MAX_PROBLEMS = 40  # in one correction; a longer list does not help a model


@dataclass(frozen=True)
class Problem:
    """Why a value of an answer cannot stay: the `status` of one of its numbers (see `Evidence`), else `note`."""

    name: str  # of the value: "results[1]"
    note: str | None
    status: str | None = None
    text: str = ""  # the number or the words that are meant


@lru_cache(maxsize=1)
def prompt_version() -> str:
    """A hash of the contents of all templates."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.glob("*.j2")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def format_block(block: Block) -> str:
    """A block on one line: `[S3.p2] text`; a table row with its header before the arrow."""
    text = block.text
    if block.kind == "table_row" and block.header:
        text = f"{block.header}{ARROW}{text}"
    return f"[{block.id}] {one_line(text)}"


def one_line(text: str) -> str:
    """`text` with each run of white space and line breaks replaced by one space."""
    return re.sub(r"[\s\x00-\x1f\x85\u2028\u2029]+", " ", text).strip()


def fence_for(lines: Sequence[str]) -> str:
    """A line that does not occur in the text. It comes from a hash of the text, so no author can have predicted it."""
    text = "\n".join(lines)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    while digest in text:
        digest = hashlib.sha256(digest.encode()).hexdigest()[:16]
    return f"=====PAPER-{digest}====="


def system_prompt() -> str:
    """The system prompt: the rules for an analysis, the same for every paper, language and task."""
    return _render("system.j2")


def paper_prompt(paper: Paper, blocks: Sequence[Block], omissions: Sequence[str] = ()) -> str:
    """The paper: title, listing, and `blocks` between fences; `omissions` names the parts left out."""
    lines = [format_block(block) for block in blocks]
    return _render(
        "paper.j2",
        title=one_line(paper.title),
        organization=one_line(paper.organization or ""),
        keywords=[one_line(k) for k in paper.ai_keywords],
        cut=[one_line(c) for c in omissions],
        lines=lines,
        fence=fence_for(lines),
    )


def task_prompt(language: Language, names: Sequence[str], directions: Sequence[str]) -> str:
    """The task of an analysis with the fields `names`."""
    offered = directions if "directions" in names else ()
    return _render("task.j2", language=language, field_lines=field_lines(names, language), directions=list(offered))


def correction_prompt(language: Language, names: Sequence[str], problems: Sequence[Problem]) -> str:
    """The task of giving the values `names` again, with the reasons why they cannot stay."""
    rows = [
        {"name": json_name(p.name), "text": one_line(p.text)[:200], "status": p.status, "note": p.note}
        for p in problems[:MAX_PROBLEMS]
    ]
    return _render("correction.j2", language=language, field_lines=field_lines(names, language), problems=rows)


def translation_prompt(language: Language, texts: Mapping[str, str]) -> str:
    """The task of translating the texts into `language`."""
    return _render("translation.j2", language=language, texts=json.dumps(dict(texts), ensure_ascii=False))


@lru_cache(maxsize=1)
def own_words() -> str:
    """All that a prompt says in our own words, without any paper: what a model that echoes the prompt repeats."""
    names = [*(field.name for field in FIELDS), *(f"usage.{part}" for part in USAGE_PARTS), "highlights[0]"]
    tasks = [task_prompt(language, names, ()) for language in ("zh", "en")]
    problem = Problem("contribution", "no such number", "unsupported")
    return "\n".join([system_prompt(), *tasks, correction_prompt("en", [], [problem]), translation_prompt("en", {})])


def _render(name: str, **values: Any) -> str:
    return _TEMPLATES.get_template(name).render(**values)
