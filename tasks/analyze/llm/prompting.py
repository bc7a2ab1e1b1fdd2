"""Renders the prompt templates of `prompts/`. The paper's text is data between two fences that it cannot imitate."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from papers.models import Block, Language, Paper
from tasks.analyze.grounding.number_check import Finding
from tasks.analyze.grounding.paper_text import ARROW

_FOLDER = Path(__file__).parent / "prompts"
_TEMPLATES = Environment(
    loader=FileSystemLoader(_FOLDER, encoding="utf-8"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - the prompts are plain text
    trim_blocks=False,
    keep_trailing_newline=False,
)
MAX_PROBLEMS = 40  # in one correction; a longer list does not help a model


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


def system_prompt(language: Language) -> str:
    """The system prompt: the rules for an analysis."""
    return _render(f"system.{language}.j2")


def user_prompt(
    paper: Paper, blocks: Sequence[Block], language: Language, directions: Sequence[str], omissions: Sequence[str] = ()
) -> str:
    """The user prompt: title, listing, and `blocks` between fences; `omissions` names the parts left out."""
    lines = [format_block(block) for block in blocks]
    return _render(
        f"user.{language}.j2",
        title=one_line(paper.title),
        organization=one_line(paper.organization or ""),
        keywords=[one_line(k) for k in paper.ai_keywords],
        directions=list(directions),
        cut=[one_line(c) for c in omissions],
        lines=lines,
        fence=fence_for(lines),
    )


def correction_prompt(language: Language, problems: Sequence[tuple[str, Finding]]) -> str:
    """The prompt for a correction: the ungrounded numbers with their fields and reasons."""
    rows = [{"field": name, "text": f.text, "status": f.status, "note": f.note} for name, f in problems[:MAX_PROBLEMS]]
    return _render(f"correction.{language}.j2", problems=rows)


def _render(name: str, **values: Any) -> str:
    return _TEMPLATES.get_template(name).render(**values)
