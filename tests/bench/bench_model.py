"""Checks the analysis by a model over a whole recorded day: `make bench-model`.

Each check runs the real command against the replay servers and prints its figures. Exits with 1 if a bound is missed.
`--against DIR` compares the cost of the day in two languages with the program in another checkout; `--only WORD` runs
the checks whose names hold the word.
"""

from __future__ import annotations

import argparse
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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis, Reading
from papers.store import open_store
from papers.tables.snapshots import read_snapshot
from tests.bench.bounds import check, finish
from tests.servers import replay
from tests.shared import SHARED
from tests.tasks.analyze.scripted import Reply, ScriptedServer, scripted, statement

DATE = dt.date(2025, 10, 17)
FAULTS = ("429", "500", "hang", "badjson", "wrongschema", "empty", "refuse", "hallucinate", "foreign")
ANSWER_FAULTS = ("hallucinate", "foreign", "refuse", "wrongschema", "badjson")
FULL = {"done by model", "done by extract"}
TASK_TOKENS = 600  # of the task after the paper, at least
# A number with its unit, or a list of numbers, and the mark after it.
MARKED = re.compile(r"\S*\d\S*(?:\s\S+){0,4}?\s?\[unverified\]\S*")


def command(store: Path, site: str, model: str, checkout: Path | None = None, **settings: str) -> subprocess.Popen[str]:
    """Start the command for the day, of this checkout or of another one."""
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
    if checkout is not None:
        env["PYTHONPATH"] = str(checkout)
    words = [sys.executable, "-m", "flows.cli", "run", "--date", DATE.isoformat()]
    return subprocess.Popen(
        words,
        env=env,
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
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


def model_analyses(store: Path) -> list[Analysis]:
    """The day's analyses that a model made, without extracts in their place."""
    return [a for a in analyses(store) if a.state == "done" and a.model != EXTRACTIVE]


def unexplained(rows: Iterable[Analysis]) -> list[str]:
    """The papers that have neither a model's analysis nor a reason why not."""
    return [a.arxiv_id for a in rows if (a.state != "done" or a.model == EXTRACTIVE) and not a.reason]


def check_lying_model(root: Path, site: str) -> None:
    """If the model invents numbers, no number that is not in the paper is printed."""
    for language, fault, mode in (
        ("en", "", "cut"),
        ("zh", "", "cut"),
        ("en", "hallucinate", "cut"),
        ("en", "hallucinate", "flag"),
        ("en", "foreign", "cut"),
    ):
        options = ("--fault", f"{fault}=1", "--strikes", "0") if fault else ()
        with replay("llm.py", *(["--zh"] if language == "zh" else []), *options) as model:
            store = root / f"{language}-{fault or 'none'}-{mode}"
            code, output = wait_for(command(store, site, model, UNGROUNDED=mode, LANGUAGE=language))
        rows, papers, made = analyses(store), readings(store), model_analyses(store)
        total, grounded = sum(a.numbers_total for a in made), sum(a.numbers_grounded for a in made)
        foreign = {a.arxiv_id: s for a in made if (s := foreign_numbers(a, papers[a.arxiv_id]))}
        share = grounded / total if total else 0.0
        text = (
            f"exit {code}, {len(made)} of {len(rows)} by the model, {grounded}/{total} grounded ({share:.1%}), "
            f"foreign figures {foreign}"
        )
        holds = len(rows) == 35 and not foreign and not unexplained(rows) and (bool(fault) or share >= 0.999)
        check(holds, f"{language}, fault {fault or 'none'}, {mode}: {text}" + ("" if holds else "\n" + output[-2000:]))


def check_correction(root: Path, site: str) -> None:
    """A right answer with two wrong fields keeps the others and costs one small call."""
    with answering_server() as server:
        store = root / "two-wrong"
        code, output = wait_for(command(store, site, server.url.removesuffix("/v1")))
    made = model_analyses(store)
    questions = Counter(json.dumps(r["messages"][1]) for r in server.requests)
    corrections = [r for r in server.requests if any(m["role"] == "assistant" for m in r["messages"])]
    asked = {len(r["tools"][0]["function"]["parameters"]["properties"]) for r in corrections}
    kept = sum(bool(a.contribution and a.limitations and a.insight and a.suited_for) for a in made)
    text = (
        f"exit {code}, {kept} of {len(made)} analyses kept all fields, {max(questions.values())} calls a paper, "
        f"{len(corrections)} corrections of {asked} fields"
    )
    holds = kept == len(made) == 35 and set(questions.values()) == {2} and asked == {2}
    check(holds, f"two wrong fields: {text}" + ("" if holds else "\n" + output[-2000:]))


@contextmanager
def answering_server() -> Iterator[ScriptedServer]:
    """A model whose first answer about a paper has two numbers that no paper holds, and whose correction has none."""

    def script(request: dict[str, Any], _: int) -> Reply:
        right = {"insight": statement("Data matters."), "suited_for": statement("Use it for pictures.")}
        if any(m["role"] == "assistant" for m in request["messages"]):
            return Reply(right)
        wrong = {
            "insight": statement("It gains 98.7654 points."),
            "suited_for": statement("Use it with 87654.3 pictures."),
        }
        texts = {
            "application_area": statement("Vision"),
            "contribution": statement("A new method for pictures is given."),
            "contribution_short": statement("A new method for pictures"),
            "abstract_short": statement("The paper gives a new method for pictures."),
            "limitations": statement("It was not tried on films."),
            "innovations": [{"title": "Method", "text": "It needs no labels.", "evidence": []}],
        }
        return Reply(texts | wrong)

    with scripted(script) as server:
        yield server


def check_resume(root: Path, site: str) -> None:
    """Kill the command after a third of the calls, and run it again."""
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
    """Three of ten calls fail in some way: every paper has an analysis, or an extract with the reason."""
    for name, kinds in (("all faults", FAULTS), ("faults of answers", ANSWER_FAULTS)):
        options = [w for f in kinds for w in ("--fault", f"{f}={0.3 / len(kinds):.4f}")]
        with replay("llm.py", "--zh", *options, "--hang-s", "20") as model:
            store = root / name
            code, output = wait_for(command(store, site, model, MODEL_TIMEOUT="5", LANGUAGE="zh"))
            fault_counts = Counter(row["fault"] for row in log_of(model) if row["fault"])
        rows = analyses(store)
        states = Counter(f"{a.state} by {'extract' if a.model == EXTRACTIVE else 'model'}" for a in rows)
        holds = len(rows) == 35 and not unexplained(rows) and code == 0 and set(states) <= FULL
        text = f"{name}: exit {code}, {dict(states)}, struck {dict(fault_counts)}"
        check(holds, text if holds else text + "\n" + output[-2000:])


@dataclass(frozen=True)
class DayCost:
    """What a day costs in two languages: calls, tokens of the input that were cached and not, tokens of the output."""

    calls: int
    cached: int
    uncached: int
    output: int

    def __str__(self) -> str:
        return (
            f"{self.calls} calls, input {self.uncached:,} not cached and {self.cached:,} cached, output {self.output:,}"
        )


def day_cost(store: Path, site: str, languages: str, checkout: Path | None = None) -> tuple[DayCost, list[float]]:
    """The cost of a day, and the share of each paper's tokens that were cached at the later calls about it.

    The earlier version is asked by a model without --zh, which takes a paper that speaks of translation for a task.
    """
    with replay("llm.py", *([] if checkout else ["--zh"])) as model:
        code, output = wait_for(command(store, site, model, checkout, LANGUAGE=languages))
        log = log_of(model)
    assert code == 0, output[-2000:]
    cached = sum(row["cached_tokens"] for row in log)
    tokens = sum(row["prompt_tokens"] for row in log)
    cost = DayCost(len(log), cached, tokens - cached, sum(a.output_tokens for a in analyses(store)))
    rules = min(row["cached_tokens"] for row in log[1:]) if len(log) > 1 else 0  # what calls about two papers share
    first: dict[str, int] = {}
    shares = []
    for row in log:
        if row["prompt"] in first:
            shares.append((row["cached_tokens"] - rules) / first[row["prompt"]])
        else:  # the task takes some tokens of the first call, so the paper has fewer than this
            first[row["prompt"]] = max(1, row["prompt_tokens"] - rules - TASK_TOKENS)
    return cost, shares


def check_cost(root: Path, site: str, against: Path | None) -> None:
    """A day in two languages costs less than before; later calls about a paper find it in the server's cache."""
    for languages in ("zh,en", "en,zh"):
        now, shares = day_cost(root / f"now-{languages}", site, languages)
        check(
            min(shares) >= 0.95,
            f"{languages}: {now}; a paper's tokens cached from its second call on: {min(shares):.1%}",
        )
        if against is not None:
            before, _ = day_cost(root / f"before-{languages}", site, languages, against)
            share = now.uncached / before.uncached
            check(share <= 0.6, f"{languages}, before: {before}; not cached now: {share:.1%} of that")


def main() -> int:
    """Run all checks; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, metavar="DIR", help="a checkout of an earlier version")
    parser.add_argument("--only", default="", metavar="WORD", help="the checks whose names hold this word")
    options = parser.parse_args()
    if not (SHARED / "recorded").is_dir():
        print("needs the recorded inputs beside the checkout")
        return 1
    cost = partial(check_cost, against=options.against)
    checks: dict[str, Callable[[Path, str], None]] = {
        "lies": check_lying_model,
        "correction": check_correction,
        "resume": check_resume,
        "faults": check_faults,
        "cost": cost,
    }
    with tempfile.TemporaryDirectory() as folder, replay("serve.py", "--fill") as site:
        for name, run_check in checks.items():
            if options.only in name:
                run_check(Path(folder), site)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
