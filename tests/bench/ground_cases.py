"""The small inputs that failed once: claims with what is right for each, by the check that the command uses."""

from __future__ import annotations

import json
from pathlib import Path

from papers.models import Block
from tasks.analyze.grounding.claims import check_claims
from tasks.read.html.page import extract_html
from tests.bench.bounds import check, print_line
from tests.shared import SHARED

CASES = SHARED / "cases"
SETS = (  # name, claims, what they are about
    ("numerals-zh", "numerals-zh/claims.jsonl", "numerals-zh/paper.txt"),
    ("numerals-en", "numerals-en/claims.jsonl", "numerals-en/paper.txt"),
    ("marks, page.html", "marks/claims.jsonl", "marks/page.html"),
    ("marks, std.html", "marks/claims2.jsonl", "marks/std.html"),
    ("span-tables, page.html", "span-tables/claims.jsonl", "span-tables/page.html"),
    ("span-tables, same-as-table.html", "span-tables/claims.jsonl", "span-tables/same-as-table.html"),
)
TITLE = "Sparse Lantern Routing for Small Language Agents"


def read_blocks(path: Path) -> list[Block]:
    """The blocks of a page, or the paragraphs of a text."""
    if path.suffix == ".html":
        return list(extract_html(path.read_bytes()).blocks)
    parts = [p.strip() for p in path.read_text(encoding="utf-8").split("\n\n") if p.strip()]
    return [Block(id=f"p{n}", kind="paragraph", section="", text=p) for n, p in enumerate(parts, 1)]


def is_as_right(right: str, accepted: list[bool]) -> bool:
    """Whether the verdicts on a claim's numbers are what its `right` says; a claim without a seen number fails."""
    if right == "either":
        return True
    return bool(accepted) and all(accepted) == (right == "ok")


def run(misses: int = 0) -> None:
    """Print for each set of cases how many are as they should be; all must be."""
    print_line("\ncases")
    for name, claims_file, source in SETS:
        claims = [json.loads(line) for line in (CASES / claims_file).read_text(encoding="utf-8").splitlines() if line]
        wrong = []
        for claim, verdict in zip(claims, check_claims(claims, read_blocks(CASES / source)), strict=True):
            statuses = {n["text"]: n["status"] for n in verdict["numbers"]}
            if not is_as_right(claim["right"], [n["status"] in ("grounded", "derived") for n in verdict["numbers"]]):
                wrong.append(f"{claim['right']}: {claim['text']} {statuses}")
        judged = sum(c["right"] != "either" for c in claims)
        check(
            not wrong,
            f"{name}: {judged - len(wrong)} of {judged} as they should be ({len(claims) - judged} not judged)",
        )
        for line in wrong[:misses]:
            print_line(f"          {line}")
    _check_spans()
    title = extract_html((CASES / "title-note" / "page.html").read_bytes()).title
    holds = (
        title.endswith(TITLE) and "n" in title.removesuffix(TITLE) and "internship" not in title and "†" not in title
    )
    check(holds, f"title-note: the whole title without the note: {title!r}")


def _check_spans() -> None:
    """The table of spans gives the rows and headers of the same table in table markup."""
    spans, table = (
        [(b.header, b.text) for b in read_blocks(CASES / "span-tables" / name) if b.kind == "table_row"]
        for name in ("page.html", "same-as-table.html")
    )
    same = sum(a == b for a, b in zip(spans, table, strict=False))
    check(
        bool(table) and spans == table, f"span-tables: {same} of {len(table)} rows and headers the same in both pages"
    )
