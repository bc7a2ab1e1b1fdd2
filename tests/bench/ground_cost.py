"""CPU of grounding a day of 35 analyses, of this checkout or of two in one run (`--against FOLDER`).

The statements are those of the parts `changes` and `roles` with their quotations; the pages are used more than once,
each time as a new text. The list is made once and given to each checkout as a file. Reading the pages is not measured.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench.bounds import check, print_line

READINGS = 35
STATEMENTS = 40  # of each analysis: two languages, about twenty statements with a number
RUNS = 3  # of each checkout, in turn; the least counts
MOST_RATIO = 1.3
HERE = Path(__file__).resolve().parents[2]


def make_work(statements: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]) -> dict[str, Any]:
    """The list for one day from (blocks, statements) of each page: every page in turn, other statements each time."""
    rng = random.Random(0)
    with_statements = [(blocks, items) for blocks, items in statements if items]
    readings = []
    for number in range(READINGS):
        page = number % len(with_statements)
        items = with_statements[page][1]
        readings.append({"page": page, "statements": rng.sample(items, min(STATEMENTS, len(items)))})
    return {"pages": [blocks for blocks, _ in with_statements], "readings": readings}


def measure(checkout: Path, work: Path) -> dict[str, Any]:
    """One run over the list with the code of a checkout."""
    script = Path(__file__).with_name("ground_cost_run.py")
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONHASHSEED": "0"}
    output = subprocess.run(
        [sys.executable, str(script), str(work)],
        cwd=checkout, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if output.returncode:
        raise SystemExit(f"Grounding failed with the code of {checkout}:\n{output.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(output.stdout)
    if Path(result["checkout"]) != checkout.resolve():
        raise SystemExit(f"The code of {result['checkout']} was measured instead of {checkout}.")
    return result


def run(work: dict[str, Any], against: Path | None) -> None:
    """Print the CPU seconds of this checkout, and their ratio to another's if it is given."""
    statements = sum(len(r["statements"]) for r in work["readings"])
    print_line(f"\ncost: {len(work['readings'])} analyses of {len(work['pages'])} pages, {statements} statements")
    checkouts = [HERE, *([against.resolve()] if against else [])]
    results: dict[Path, list[dict[str, Any]]] = {c: [] for c in checkouts}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.json"
        path.write_text(json.dumps(work, ensure_ascii=False), encoding="utf-8")
        for _ in range(RUNS):
            for checkout in checkouts:
                results[checkout].append(measure(checkout, path))
    seconds = {c: min(r["seconds"] for r in rs) for c, rs in results.items()}
    for checkout, rs in results.items():
        name = "this checkout" if checkout == HERE else f"{checkout.name} ({_commit(checkout)})"
        each = ", ".join(f"{r['seconds']:.2f}" for r in rs)
        per = 1000 * seconds[checkout] / len(work["readings"])
        print_line(
            f"  {name}: {seconds[checkout]:.2f} s CPU ({each}), {per:.0f} ms for each analysis,"
            f" {rs[0]['accepted']} of {rs[0]['findings']} findings accepted"
        )
    if against:
        ratio = seconds[HERE] / seconds[checkouts[1]]
        check(ratio <= MOST_RATIO, f"cost: {ratio:.2f} times the CPU of {_commit(checkouts[1])}  <= {MOST_RATIO}")


def _commit(checkout: Path) -> str:
    output = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return output.stdout.strip() or "no commit"
