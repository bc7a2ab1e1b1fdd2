"""Extracts documents and prints what was chosen: run by its path, with PYTHONPATH at the checkout to measure.

The list is JSON: [{"id", "title", "abstract", "keywords", "source", "blocks"}, …].
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import time
from pathlib import Path
from typing import Any

from papers.models import Block, Paper, Reading
from tasks.analyze.analyst import prepare_paper_text
from tasks.analyze.extractive import extract as module


def main() -> None:
    """Print {"checkout", "seconds": the CPU of the extracts, "extracts": [fields, …]}."""
    work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    documents = [_document(item) for item in work]
    extracts: list[dict[str, Any]] = []
    started = time.process_time()
    for paper, reading in documents:
        draft = module.extract(paper, reading, "en", prepare_paper_text(paper, reading))
        fields = {k: [_plain(x) for x in v] if isinstance(v, list) else _plain(v) for k, v in draft.fields.items()}
        quotes = [(e.field, e.quote) for e in draft.evidence]
        extracts.append({"fields": fields, "quotes": quotes, "numbers": draft.numbers_total})
    seconds = time.process_time() - started
    checkout = str(Path(module.__file__).resolve().parents[3])
    print(json.dumps({"checkout": checkout, "seconds": seconds, "extracts": extracts}))


def _plain(value: Any) -> Any:
    return value.model_dump() if hasattr(value, "model_dump") else value


def _document(item: dict[str, Any]) -> tuple[Paper, Reading]:
    paper = Paper(
        arxiv_id=item["id"], source="hf", position=0, title=item["title"], abstract=item["abstract"],
        ai_keywords=item["keywords"], listing_sha256="0" * 64, captured_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        first_seen=dt.date(2026, 1, 1), dedupe_kind="new",
    )  # fmt: skip
    known = set(Block.model_fields)  # another checkout may know fewer
    blocks = [Block(**{k: v for k, v in block.items() if k in known}) for block in item["blocks"]]
    reading = Reading(arxiv_id=item["id"], state="done", source=item["source"], sha256="1" * 64, blocks=blocks)
    return paper, reading


if __name__ == "__main__":
    main()
