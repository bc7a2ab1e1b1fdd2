"""Contradictions in the seeds: checks the claims of two curated posts against the sections of the full report."""

from __future__ import annotations

import re
from collections.abc import Iterator

from papers.models import Block, Reading
from tasks.analyze.grounding.number_check import Finding, ground
from tasks.analyze.grounding.other_papers import OtherPapers
from tasks.analyze.grounding.paper_text import PaperText, sentences
from tests.shared import SHARED

SEEDS = SHARED / "seeds"
POSTS = ("curated-2026-02-21.md", "curated-2026-02-22.md")
REPORT = "full-report-2026-02-22.md"
NEST_CLAIM = (
    "2602.16802",
    {"44.5", "4.36"},
    "2602.16835",
)  # paper of the claim, values, paper that the values belong to


def report_sections() -> dict[str, tuple[str, list[Block]]]:
    """arXiv id -> (title, the lines of its section as blocks), from the full report."""
    sections = {}
    for part in (SEEDS / REPORT).read_text(encoding="utf-8").split("## 📄 ")[1:]:
        title, _, body = part.partition("\n")
        arxiv_id = re.search(r"papers/(\d{4}\.\d{5})", body)
        lines = [re.sub(r"\*\*|^[*\-\d.\s]+", "", line).strip() for line in body.splitlines()]
        section_lines = [line for line in lines if len(line) > 8 and "http" not in line]
        if arxiv_id:
            blocks = [
                Block(id=f"p{i}", kind="paragraph", section="", text=line) for i, line in enumerate(section_lines, 1)
            ]
            sections[arxiv_id.group(1)] = (title.strip(), blocks)
    return sections


def post_claims(name: str) -> Iterator[tuple[str, str]]:
    """(arXiv id, sentence) for every sentence with a digit in a curated post."""
    body = (SEEDS / name).read_text(encoding="utf-8").split("## 论文详解")[1].split("## 总结")[0].split("## 排除")[0]
    for part in re.split(r"\n### \d+\. ", body)[1:]:
        arxiv_id = re.search(r"arXiv:(\d{4}\.\d{5})", part)
        for line in part.splitlines()[1:]:
            text = re.sub(r"\*\*|^[-\d.\s]+", "", line).strip()
            if (
                arxiv_id is None
                or "http" in text
                or text.startswith(("作者", "链接", "方向", "评分", "HF Upvotes", "开源"))
            ):
                continue
            yield from ((arxiv_id.group(1), text[a:b]) for a, b in sentences(text) if re.search(r"\d", text[a:b]))


def show_contradictions() -> bool:
    """Print a row for each number in the posts; True if 44.5% and 4.36% are recognized as NeST's."""
    sections = report_sections()
    readings = [Reading(arxiv_id=i, state="done", blocks=blocks) for i, (_, blocks) in sections.items()]
    others = OtherPapers(readings, {i: title for i, (title, _) in sections.items()})
    holders_by_value: dict[str, str | None] = {}
    print("\nThe seeds: numbers of the curated posts against the same paper's section of the full report")
    for post in POSTS:
        for arxiv_id, text in post_claims(post):
            if arxiv_id not in sections:
                continue
            title, blocks = sections[arxiv_id]
            for finding, holder in _trace(text, arxiv_id, PaperText(blocks, title), others):
                status = f"other-paper {holder}" if holder else finding.status
                print(f"  {post[8:18]}  {arxiv_id}  {finding.text:<14} {status:<24} {text[:60]}")
                if arxiv_id == NEST_CLAIM[0] and finding.number and finding.number.canonical in NEST_CLAIM[1]:
                    holders_by_value[finding.number.canonical] = holder
    all_named = set(holders_by_value) == NEST_CLAIM[1] and set(holders_by_value.values()) == {NEST_CLAIM[2]}
    print(f"  44.5% → 4.36% named as {NEST_CLAIM[2]}'s: {'yes' if all_named else 'NO'}")
    return all_named


def _trace(text: str, arxiv_id: str, source: PaperText, others: OtherPapers) -> list[tuple[Finding, str | None]]:
    findings = [f for f in ground(text, [], source) if f.number]
    ungrounded = [f for f in findings if not f.accepted]
    holders = dict(
        zip(
            map(id, ungrounded),
            others.find_papers(text, [f.number for f in ungrounded if f.number], arxiv_id),
            strict=True,
        )
    )
    return [(f, holders.get(id(f))) for f in findings]
