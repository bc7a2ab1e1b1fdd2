"""Fills the prompt templates of `prompts/`; the paper's text goes in as data behind a fence that it cannot close."""

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
MAX_PROBLEMS = 40  # in one correction; a model that has more wrong is not helped by all of them


@lru_cache(maxsize=1)
def prompt_version() -> str:
    """A hash of all templates' contents."""
    digest = hashlib.sha256()
    for path in sorted(_FOLDER.glob("*.j2")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def line_of(block: Block) -> str:
    """A block on one line: `[S3.p2] text`; a table row with its header before the arrow."""
    text = block.text
    if block.kind == "table_row" and block.header:
        text = f"{block.header}{ARROW}{text}"
    return f"[{block.id}] {one_line(text)}"


def one_line(text: str) -> str:
    """`text` with every run of white space, line ends of any kind among them, as one space."""
    return re.sub(r"[\s\x00-\x1f\x85\u2028\u2029]+", " ", text).strip()


def fence_for(lines: Sequence[str]) -> str:
    """A line that the text does not hold, made of a hash of it: nobody could have written it into the text."""
    text = "\n".join(lines)
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    while digest in text:
        digest = hashlib.sha256(digest.encode()).hexdigest()[:16]
    return f"=====PAPER-{digest}====="


def system_prompt(language: Language) -> str:
    """The rules of an analysis."""
    return _filled(f"system.{language}.j2")


def user_prompt(
    paper: Paper, blocks: Sequence[Block], language: Language, directions: Sequence[str], cut: Sequence[str] = ()
) -> str:
    """The paper: title, what the listing says, and `blocks` behind a fence; `cut` names the sections left out."""
    lines = [line_of(block) for block in blocks]
    return _filled(
        f"user.{language}.j2",
        title=one_line(paper.title),
        organization=one_line(paper.organization or ""),
        keywords=[one_line(k) for k in paper.ai_keywords],
        directions=list(directions),
        cut=[one_line(c) for c in cut],
        lines=lines,
        fence=fence_for(lines),
    )


def correction_prompt(language: Language, problems: Sequence[tuple[str, Finding]]) -> str:
    """What could not be found: each a field and the finding."""
    rows = [{"field": name, "text": f.text, "status": f.status} for name, f in problems[:MAX_PROBLEMS]]
    return _filled(f"correction.{language}.j2", problems=rows)


def _filled(name: str, **values: Any) -> str:
    return _TEMPLATES.get_template(name).render(**values)
