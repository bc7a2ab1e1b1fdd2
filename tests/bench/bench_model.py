"""Checks the analysis by a model over a whole recorded day: `make bench-model`.

Each check runs the real command against the replay servers and prints its figures. Exits with 1 if a bound is missed.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx

from papers.models import Analysis, Reading
from papers.store import open_store
from papers.tables.snapshots import read_snapshot
from tests.bench.bounds import check, finish
from tests.servers import replay
from tests.shared import SHARED

DATE = dt.date(2025, 10, 17)
FAULTS = ("429", "500", "hang", "badjson", "wrongschema", "empty", "refuse", "hallucinate", "foreign")
# A number with its unit, or a list of numbers, and the mark after it.
MARKED = re.compile(r"\S*\d\S*(?:\s\S+){0,4}?\s?\[unverified\]\S*")


def command(store: Path, site: str, model: str, **settings: str) -> subprocess.Popen[str]:
    """Start the command for the day."""
    values = {
        "STORE": str(store),
        "HF_URL": site,
        "ARXIV_URL": site,
        "ARXIV_INTERVAL": "0",
        "MODEL": "openai:replay",
        "MODEL_URL": f"{model}/v1",
        "LANGUAGE": "en",
    } | settings
    env = os.environ | {f"DAILY_PAPERS_{k}": v for k, v in values.items()}
    words = [sys.executable, "-m", "flows.cli", "run", "--date", DATE.isoformat()]
    return subprocess.Popen(
        words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def wait_for(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Wait for the process; returns its exit code and output."""
    output, _ = process.communicate(timeout=900)
    return process.returncode, output


def log_of(model: str) -> list[dict[str, Any]]:
    """The requests that the model's server has logged."""
    return [json.loads(line) for line in httpx.get(f"{model}/__log").text.splitlines() if line]


def analyses(store: Path) -> list[Analysis]:
    """The day's analyses."""
    return read_snapshot(open_store(str(store)), "analyses", DATE, Analysis) or []


def readings(store: Path) -> dict[str, Reading]:
    """The day's readings by id."""
    return {r.arxiv_id: r for r in read_snapshot(open_store(str(store)), "readings", DATE, Reading) or []}


def digit_groups(text: str) -> set[str]:
    """The groups of digits of a text, by a separate expression, not by grounding's parser."""
    return set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3})|[{}]", "", text)))


def foreign_numbers(analysis: Analysis, reading: Reading, title: str = "") -> list[str]:
    """Numbers of an analysis that are not in its paper, without those that are marked as unverified."""
    body = " ".join(f"{b.text} {b.header or ''} {b.section}" for b in reading.blocks)
    paper_numbers = (
        digit_groups(body) | digit_groups(title) | digit_groups(" ".join(link.url for link in reading.links))
    )
    row = analysis.model_dump()
    for name in ("evidence", "arxiv_id", "model", "prompt_version", "cache_key", "openness", "next_action", "reason"):
        row.pop(name)
    texts = _texts(row)
    unmarked = [MARKED.sub("", t) for t in texts]
    return sorted({f for t in unmarked for f in digit_groups(t)} - paper_numbers)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in _texts(v)]
    return [t for v in value for t in _texts(v)] if isinstance(value, list) else []


def check_lying_model(root: Path, site: str) -> None:
    """Point 3: if the model invents numbers, no number that is not in the paper is printed."""
    for fault, mode in (("", "cut"), ("hallucinate", "cut"), ("hallucinate", "flag"), ("foreign", "cut")):
        options = ("--fault", f"{fault}=1", "--strikes", "0") if fault else ()
        with replay("llm.py", "--zh", *options) as model:
            store = root / f"{fault or 'none'}-{mode}"
            code, output = wait_for(command(store, site, model, UNGROUNDED=mode))
        rows, papers = analyses(store), readings(store)
        total, grounded = sum(a.numbers_total for a in rows), sum(a.numbers_grounded for a in rows)
        foreign = {a.arxiv_id: s for a in rows if a.state == "done" and (s := foreign_numbers(a, papers[a.arxiv_id]))}
        share = grounded / total if total else 0.0
        text = (
            f"exit {code}, {len(rows)} analyses, {grounded}/{total} grounded ({share:.1%}), foreign figures {foreign}"
        )
        holds = len(rows) == 35 and not foreign and (bool(fault) or share >= 0.95)
        check(holds, f"fault {fault or 'none'}, {mode}: {text}" + ("" if holds else "\n" + output[-2000:]))


def check_resume(root: Path, site: str) -> None:
    """Point 4: kill the command after a third of the calls, and run it again."""
    with replay("llm.py", "--zh", "--latency", "0.3") as model:
        wait_for(command(root / "whole", site, model))
        calls = len(log_of(model))
    with replay("llm.py", "--zh", "--latency", "0.3") as model:
        process = command(root / "killed", site, model)
        while len(log_of(model)) < calls / 3 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        in_flight = 8
        before = len(log_of(model))
        code, _ = wait_for(command(root / "killed", site, model))
        counts = Counter(row["conversation"] for row in log_of(model))
    repeated = sum(n > 1 for n in counts.values())
    is_equal = editions(root / "whole") == editions(root / "killed")
    text = (
        f"{before} of {calls} calls, then -9; again: exit {code}, {repeated} conversations twice, "
        f"editions equal: {is_equal}"
    )
    check(code == 0 and repeated <= in_flight and is_equal, f"kill and resume: {text}")


def editions(store: Path) -> dict[str, str]:
    """The text of the editions without capture times, which differ between runs."""
    folder = store / "editions" / DATE.isoformat()
    return {p.name: re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "", p.read_text()) for p in sorted(folder.iterdir())}


def check_faults(root: Path, site: str) -> None:
    """Point 5: three of ten calls fail in some way."""
    options = [w for f in FAULTS for w in ("--fault", f"{f}={0.3 / len(FAULTS):.4f}")]
    with replay("llm.py", "--zh", *options, "--hang-s", "20") as model:
        code, output = wait_for(command(root / "faults", site, model, MODEL_TIMEOUT="5"))
        fault_counts = Counter(row["fault"] for row in log_of(model) if row["fault"])
    states = Counter(a.state for a in analyses(root / "faults"))
    without_reason = [a.arxiv_id for a in analyses(root / "faults") if a.state != "done" and not a.reason]
    holds = sum(states.values()) == 35 and not without_reason and code in (0, 1)
    text = f"faults: exit {code}, {dict(states)}, struck {dict(fault_counts)}"
    check(holds, text if holds else text + "\n" + output[-2000:])


def main() -> int:
    """Run all checks; 1 if a bound is missed."""
    if not (SHARED / "recorded").is_dir():
        print("needs the recorded inputs beside the checkout")
        return 1
    with tempfile.TemporaryDirectory() as folder, replay("serve.py", "--fill") as site:
        for point in (check_lying_model, check_resume, check_faults):
            point(Path(folder), site)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
