"""Grounds a list of statements and prints the CPU seconds: run by its path, with PYTHONPATH at the checkout to measure.

The list is JSON: {"pages": [[block, …], …], "readings": [{"page": number, "statements": [statement, …]}, …]}, where a
statement is {"text", "quotes": [[text, block id], …]}.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from papers.models import Block
from tasks.analyze.grounding import number_check
from tasks.analyze.grounding.paper_text import PaperText


def main() -> None:
    """Print {"seconds", "findings", "accepted", "checkout"}."""
    work = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    fields = set(Block.model_fields)  # another checkout may know fewer
    pages = [[Block(**{k: v for k, v in block.items() if k in fields}) for block in page] for page in work["pages"]]
    findings = accepted = 0
    started = time.process_time()
    for reading in work["readings"]:
        source = PaperText(pages[reading["page"]])
        for statement in reading["statements"]:
            quotes = [number_check.Quote(text, block_id) for text, block_id in statement["quotes"]]
            found = number_check.ground(statement["text"], quotes, source)
            findings += len(found)
            accepted += sum(f.accepted for f in found)
    seconds = time.process_time() - started
    checkout = str(Path(number_check.__file__).resolve().parents[3])
    print(json.dumps({"seconds": seconds, "findings": findings, "accepted": accepted, "checkout": checkout}))


if __name__ == "__main__":
    main()
