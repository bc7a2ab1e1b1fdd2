"""The contradictions of the seeds: what two curated posts say of papers against the full report's sections on them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from papers.models import Block, Reading
from tasks.analyze.grounding.number_check import Finding, ground
from tasks.analyze.grounding.other_papers import OtherPapers
from tasks.analyze.grounding.paper_text import Source, sentences
from tests.shared import SHARED

SEEDS = SHARED / "seeds"
POSTS = ("curated-2026-02-21.md", "curated-2026-02-22.md")
REPORT = "full-report-2026-02-22.md"
NEST = ("2602.16802", {"44.5", "4.36"}, "2602.16835")  # claimed of, the values, whose they are


def report_sections() -> dict[str, tuple[str, list[Block]]]:
    """arXiv id -> (title, the lines of its section as blocks) of the full report."""
    found = {}
    for part in (SEEDS / REPORT).read_text(encoding="utf-8").split("## 📄 ")[1:]:
        title, _, body = part.partition("\n")
        arxiv_id = re.search(r"papers/(\d{4}\.\d{5})", body)
        lines = [re.sub(r"\*\*|^[*\-\d.\s]+", "", line).strip() for line in body.splitlines()]
        kept = [line for line in lines if len(line) > 8 and "http" not in line]
        if arxiv_id:
            blocks = [Block(id=f"p{i}", kind="paragraph", section="", text=line) for i, line in enumerate(kept, 1)]
            found[arxiv_id.group(1)] = (title.strip(), blocks)
    return found


def post_claims(name: str) -> Iterator[tuple[str, str]]:
    """(arXiv id, sentence) for every sentence with a digit that a curated post has on a paper."""
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
    """Print a row for each number that a post gives; True when 44.5% and 4.36% are named as NeST's."""
    sections = report_sections()
    readings = [Reading(arxiv_id=i, state="done", blocks=blocks) for i, (_, blocks) in sections.items()]
    others = OtherPapers(readings, {i: title for i, (title, _) in sections.items()})
    named: dict[str, str | None] = {}
    print("\nThe seeds: numbers of the curated posts against the same paper's section of the full report")
    for post in POSTS:
        for arxiv_id, text in post_claims(post):
            if arxiv_id not in sections:
                continue
            title, blocks = sections[arxiv_id]
            for found, holder in _traced(text, arxiv_id, Source(blocks, title), others):
                status = f"other-paper {holder}" if holder else found.status
                print(f"  {post[8:18]}  {arxiv_id}  {found.text:<14} {status:<24} {text[:60]}")
                if arxiv_id == NEST[0] and found.number and found.number.canonical in NEST[1]:
                    named[found.number.canonical] = holder
    good = set(named) == NEST[1] and set(named.values()) == {NEST[2]}
    print(f"  44.5% → 4.36% named as {NEST[2]}'s: {'yes' if good else 'NO'}")
    return good


def _traced(text: str, arxiv_id: str, source: Source, others: OtherPapers) -> list[tuple[Finding, str | None]]:
    findings = [f for f in ground(text, [], source) if f.number]
    lost = [f for f in findings if not f.accepted]
    holders = dict(zip(map(id, lost), others.holder(text, [f.number for f in lost if f.number], arxiv_id), strict=True))
    return [(f, holders.get(id(f))) for f in findings]
