"""One sample paper in Chinese and English by a real small model: `make test-model`.

The model is far too weak for a good analysis. What is shown is that it does no harm: the run ends with exit code 0,
asks little, and publishes neither an echo of the prompt nor a loop. Takes minutes on one core, needs the shared inputs,
and downloads the packages of the model (100 MB) once.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis
from papers.sample import SAMPLE_DAY
from papers.store import open_store
from papers.tables.snapshots import read_snapshot
from tasks.analyze.analysis_texts import field_texts
from tasks.analyze.llm.refusals import text_fault
from tests.bench.bounds import check, finish, print_line
from tests.servers import QuietHandler, serve_http
from tests.shared import SHARED

PAPER = "0000.00001"
PORT, CONTEXT, ANSWER = 18790, 4096, 400  # of the model's server: port, tokens of context; tokens of one answer
MAX_CALLS, MAX_OUTPUT = 8, 3200
START_SECONDS, CALL_SECONDS = 300, 900


@contextmanager
def model_server() -> Iterator[str]:
    """The model behind llama.cpp's server; yields its address."""
    script = str(SHARED / "model" / "start-model.sh")
    home = {"MODEL_HOME": os.environ.get("MODEL_HOME", str(Path(tempfile.gettempdir()) / "daily-papers-model"))}
    command = [script, str(PORT), "smollm", str(CONTEXT)]
    with subprocess.Popen(command, env=os.environ | home, stdout=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _is_ready(f"http://127.0.0.1:{PORT}/health"):
                assert process.poll() is None, "the model's server did not start"
                assert time.monotonic() < deadline, "the model's server is not ready"
                time.sleep(1)
            yield f"http://127.0.0.1:{PORT}"
        finally:
            process.terminate()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def counting(upstream: str, answers: list[dict[str, Any]]) -> Iterator[str]:
    """A server before the model's that adds each answer with its usage to `answers`."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            request = urllib.request.Request(upstream + self.path, self.body(), {"Content-Type": "application/json"})
            start = time.monotonic()
            try:
                with urllib.request.urlopen(request, timeout=CALL_SECONDS) as answer:
                    status, data = answer.status, answer.read()
            except urllib.error.HTTPError as error:
                status, data = error.code, error.read()
            if status == 200:
                answers.append(json.loads(data))
            usage = json.loads(data).get("usage") if status == 200 else data[:200].decode(errors="replace")
            print_line(f"  HTTP {status}, {time.monotonic() - start:.0f} s, {usage}")
            self.reply(status, data, **{"Content-Type": "application/json"})

    with serve_http(Handler) as url:
        yield url


@contextmanager
def list_of_one_paper() -> Iterator[str]:
    """The site of the sample's list, with one of its papers."""
    items = json.loads((files("papers.sample") / "api" / f"{SAMPLE_DAY}.json").read_text())
    one = [item for item in items if item.get("paper", {}).get("id") == PAPER]

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            is_first_page = "p=0" in self.path or "p=" not in self.path
            data = json.dumps(one if is_first_page else []).encode()
            self.reply(200, data, **{"Content-Type": "application/json"})

    with serve_http(Handler) as url:
        yield url


def run(store: Path, site: str, model: str) -> tuple[int, str]:
    """The exit code and the output of a run of the sample's day."""
    settings = {
        "STORE": str(store),
        "HF_URL": site,
        "ARXIV_URL": "sample:",
        "MODEL": "openai:smollm",
        "MODEL_URL": f"{model}/v1",
        "MODEL_ANSWER": str(ANSWER),
        "MODEL_TIMEOUT": str(CALL_SECONDS),
        "LANGUAGE": "zh,en",
        "SITE": "false",
    }
    env = os.environ | {f"DAILY_PAPERS_{name}": value for name, value in settings.items()}
    command = [sys.executable, "-m", "flows.cli", "run", "--date", SAMPLE_DAY.isoformat()]
    process = subprocess.run(command, env=env, check=False, capture_output=True, text=True)
    return process.returncode, process.stdout + process.stderr


def main() -> int:
    """Run the paper and print the figures; 1 if a bound is missed."""
    if not (SHARED / "model").is_dir():
        print_line("needs the shared inputs beside the checkout")
        return 1
    answers: list[dict[str, Any]] = []
    started = dt.datetime.now(dt.UTC)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        model = stack.enter_context(counting(stack.enter_context(model_server()), answers))
        code, output = run(folder, stack.enter_context(list_of_one_paper()), model)
        rows = read_snapshot(open_store(str(folder)), "analyses", SAMPLE_DAY, Analysis) or []
    print_line(output)
    written = sum(answer["usage"]["completion_tokens"] for answer in answers)
    seconds = (dt.datetime.now(dt.UTC) - started).total_seconds()
    check(code == 0, f"exit code {code}, {seconds:.0f} s")
    check(len(answers) <= MAX_CALLS, f"{len(answers)} calls")
    check(written <= MAX_OUTPUT, f"{written:,} tokens of output")
    check(len(rows) == 2, f"{len(rows)} rows of analyses")
    for row in rows:
        is_extract = row.model == EXTRACTIVE
        faults = [] if is_extract else [(n, f) for n, text in field_texts(row) if (f := text_fault(text))]
        has_text = row.state == "done" and bool(row.contribution)
        check(has_text and not faults, f"{row.language}: {row.state} by {row.model}, {row.reason}, faults {faults}")
    return finish()


if __name__ == "__main__":
    sys.exit(main())
