"""The analysis by a model over a whole recorded day, as issue by issue it has to hold: `make bench-model`.

Each point runs the real command against the replay servers and prints its figures; a bound that is missed ends with 1.
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
from tests.bench.bounds import check, ended
from tests.servers import replay
from tests.shared import SHARED

DATE = dt.date(2025, 10, 17)
FAULTS = ("429", "500", "hang", "badjson", "wrongschema", "empty", "refuse", "hallucinate", "foreign")
# a number with its unit, or a list of numbers, and the mark after it
MARKED = re.compile(r"\S*\d\S*(?:\s\S+){0,4}?\s?\[unverified\]\S*")


def command(store: Path, site: str, model: str, **settings: str) -> subprocess.Popen[str]:
    """The command over the day, started."""
    given = {
        "STORE": str(store),
        "HF_URL": site,
        "ARXIV_URL": site,
        "ARXIV_INTERVAL": "0",
        "MODEL": "openai:replay",
        "MODEL_URL": f"{model}/v1",
        "LANGUAGE": "en",
    } | settings
    env = os.environ | {f"DAILY_PAPERS_{k}": v for k, v in given.items()}
    words = [sys.executable, "-m", "flows.cli", "run", "--date", DATE.isoformat()]
    return subprocess.Popen(
        words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit code and output."""
    said, _ = process.communicate(timeout=900)
    return process.returncode, said


def log_of(model: str) -> list[dict[str, Any]]:
    """What the model's server was asked."""
    return [json.loads(line) for line in httpx.get(f"{model}/__log").text.splitlines() if line]


def analyses(store: Path) -> list[Analysis]:
    """The day's analyses."""
    return read_snapshot(open_store(str(store)), "analyses", DATE, Analysis) or []


def readings(store: Path) -> dict[str, Reading]:
    """The day's readings by id."""
    return {r.arxiv_id: r for r in read_snapshot(open_store(str(store)), "readings", DATE, Reading) or []}


def figures(text: str) -> set[str]:
    """The groups of digits of a text, by an expression of its own: not grounding's parser."""
    return set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"(?<=\d),(?=\d{3})|[{}]", "", text)))


def strangers(analysis: Analysis, reading: Reading, title: str = "") -> list[str]:
    """Numbers of an analysis that its paper does not hold, those that are marked apart."""
    body = " ".join(f"{b.text} {b.header or ''} {b.section}" for b in reading.blocks)
    known = figures(body) | figures(title) | figures(" ".join(link.url for link in reading.links))
    row = analysis.model_dump()
    for name in ("evidence", "arxiv_id", "model", "prompt_version", "cache_key", "openness", "next_action", "reason"):
        row.pop(name)
    texts = _texts(row)
    plain = [MARKED.sub("", t) for t in texts]
    return sorted({f for t in plain for f in figures(t)} - known)


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in _texts(v)]
    return [t for v in value for t in _texts(v)] if isinstance(value, list) else []


def lies(root: Path, site: str) -> None:
    """Point 3: with a model that lies, nothing that the paper does not hold is printed."""
    for fault, mode in (("", "cut"), ("hallucinate", "cut"), ("hallucinate", "flag"), ("foreign", "cut")):
        options = ("--fault", f"{fault}=1", "--strikes", "0") if fault else ()
        with replay("llm.py", *options) as model:
            store = root / f"{fault or 'none'}-{mode}"
            code, said = finished(command(store, site, model, UNGROUNDED=mode))
        rows, papers = analyses(store), readings(store)
        total, grounded = sum(a.numbers_total for a in rows), sum(a.numbers_grounded for a in rows)
        odd = {a.arxiv_id: s for a in rows if a.state == "done" and (s := strangers(a, papers[a.arxiv_id]))}
        share = grounded / total if total else 0.0
        text = f"exit {code}, {len(rows)} analyses, {grounded}/{total} grounded ({share:.1%}), foreign figures {odd}"
        holds = len(rows) == 35 and not odd and (bool(fault) or share >= 0.95)
        check(holds, f"fault {fault or 'none'}, {mode}: {text}" + ("" if holds else "\n" + said[-2000:]))


def killed(root: Path, site: str) -> None:
    """Point 4: killed after a third of the calls, and run again."""
    with replay("llm.py", "--latency", "0.3") as model:
        finished(command(root / "whole", site, model))
        calls = len(log_of(model))
    with replay("llm.py", "--latency", "0.3") as model:
        process = command(root / "killed", site, model)
        while len(log_of(model)) < calls / 3 and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()
        in_flight = 8
        before = len(log_of(model))
        code, _ = finished(command(root / "killed", site, model))
        counts = Counter(row["conversation"] for row in log_of(model))
    twice = sum(n > 1 for n in counts.values())
    same = editions(root / "whole") == editions(root / "killed")
    said = (
        f"{before} of {calls} calls, then -9; again: exit {code}, {twice} conversations twice, editions equal: {same}"
    )
    check(code == 0 and twice <= in_flight and same, f"kill and resume: {said}")


def editions(store: Path) -> dict[str, str]:
    """The editions' text without the captures' times, which are of two runs."""
    folder = store / "editions" / DATE.isoformat()
    return {p.name: re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "", p.read_text()) for p in sorted(folder.iterdir())}


def faults(root: Path, site: str) -> None:
    """Point 5: three calls in ten fail in some way."""
    options = [w for f in FAULTS for w in ("--fault", f"{f}={0.3 / len(FAULTS):.4f}")]
    with replay("llm.py", *options, "--hang-s", "20") as model:
        code, said = finished(command(root / "faults", site, model, MODEL_TIMEOUT="5"))
        struck = Counter(row["fault"] for row in log_of(model) if row["fault"])
    states = Counter(a.state for a in analyses(root / "faults"))
    unsaid = [a.arxiv_id for a in analyses(root / "faults") if a.state != "done" and not a.reason]
    holds = sum(states.values()) == 35 and not unsaid and code in (0, 1)
    told = f"faults: exit {code}, {dict(states)}, struck {dict(struck)}"
    check(holds, told if holds else told + "\n" + said[-2000:])


def main() -> int:
    """All points; 1 when a bound is missed."""
    if not (SHARED / "recorded").is_dir():
        print("needs the recorded inputs beside the checkout")
        return 1
    with tempfile.TemporaryDirectory() as folder, replay("serve.py", "--fill") as site:
        for point in (lies, killed, faults):
            point(Path(folder), site)
    return ended()


if __name__ == "__main__":
    sys.exit(main())
