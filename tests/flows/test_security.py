"""No key is ever stored or shown, and fetched text is never executed: not by a shell, a template, or a query."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from pydantic_ai.exceptions import ModelHTTPError

from papers.analysis_choice import is_stand_in
from papers.models import Analysis, ListedPaper
from papers.profile import load_profile
from papers.settings import SAMPLE
from papers.store import open_store
from papers.tables.snapshots import read_snapshot
from tasks.analyze.llm.redaction import redact_error, redact_value
from tests.factories import listed_paper, listing
from tests.plain import MemoryStore, run_without_prefect
from tests.prefect_server import QUIET, prefect_server
from tests.servers import QuietHandler, replay, serve_http
from tests.shared import SHARED

KEY = "sk-planted-4f9c1e7ab2d84c55"
PART = KEY[3:14]
DATE = "2026-01-08"


@contextmanager
def echo() -> Iterator[str]:
    """A model server that repeats the key in every answer, as some do: `/401/v1`, `/400/v1`, `/500/v1`, `/200/v1`."""

    class Answer(QuietHandler):
        def do_POST(self) -> None:
            self.body()
            body = {
                "error": {
                    "message": f"Incorrect API key provided: {self.headers['Authorization']} (no tool)",
                    "code": "bad",
                }
            }
            self.reply(int(self.path.split("/")[1]), json.dumps(body).encode(), Content_Type="application/json")

    with serve_http(Answer) as url:
        yield url


def files_with_key(folder: Path) -> list[str]:
    """The files under the folder that contain a part of the key: databases, their journals and decoded Parquet too."""
    return [str(p.relative_to(folder)) for p in sorted(folder.rglob("*")) if p.is_file() and PART in text_of(p)]


def text_of(path: Path) -> str:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return str(pq.read_table(path, partitioning=None).to_pylist())
    return path.read_bytes().decode(errors="replace")


@pytest.mark.slow
def test_a_planted_key_is_found_nowhere(tmp_path: Path) -> None:
    """With a server that echoes the key: store, artifacts, logs, Prefect's database, the server's log, the terminal."""
    debug_logs = {"PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_SERVER_LOGGING_LEVEL": "DEBUG"}
    outputs = []
    with ExitStack() as stack:
        server_env = stack.enter_context(prefect_server(tmp_path, **debug_logs))
        urls = dict.fromkeys(("401", "400", "500", "200"), stack.enter_context(echo()))
        if SHARED.is_dir():
            upstream = stack.enter_context(replay("llm.py", "--zh"))
            warped = stack.enter_context(replay("warped.py", "--upstream", f"{upstream}/v1"))
            urls |= dict.fromkeys(("toolkey", "keyfields"), warped)
        codes = {"401": 3, "400": 0, "500": 0, "200": 0, "toolkey": 0, "keyfields": 0}
        for mode, url in urls.items():
            settings = {
                "STORE": str(tmp_path / "store" / mode),
                "HF_URL": SAMPLE,
                "ARXIV_URL": SAMPLE,
                "ARXIV_INTERVAL": "0",
                "MODEL": "openai:echo",
                "MODEL_URL": f"{url}/{mode}/v1",
                "MODEL_KEY": KEY,
                "MODEL_TRIES": "1",
            }
            console = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG"}
            env = (
                os.environ
                | QUIET
                | debug_logs
                | console
                | server_env
                | {f"DAILY_PAPERS_{k}": v for k, v in settings.items()}
            )
            arguments = [sys.executable, "-m", "flows.cli", "backfill", DATE, DATE]
            process = subprocess.run(arguments, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=180)
            assert process.returncode == codes[mode], (mode, process.stdout[-2000:], process.stderr[-2000:])
            outputs.append(process.stdout + process.stderr)
    assert (tmp_path / "prefect" / "prefect.db").stat().st_size > 100_000
    assert (tmp_path / "server.log").stat().st_size > 0
    rows = read_snapshot(open_store(str(tmp_path / "store" / "400")), "analyses", dt.date.fromisoformat(DATE), Analysis)
    assert rows
    assert all(is_stand_in(a) for a in rows)
    assert files_with_key(tmp_path) == []
    assert [s for s in outputs if PART in s] == []


# --- fetched text is data --------------------------------------------------------------------------------------------

HOSTILE = [
    "{{ 7919 * 7907 }} {% for x in ''.__class__.__mro__ %}{{ x }}{% endfor %} ${7919*7907} #{7919*7907}",
    "$(touch pwned) `touch pwned`; touch pwned | sh && touch pwned\n!touch pwned",
    "'; DROP TABLE flow_run; -- \" OR 1=1 /* SELECT */ COPY x TO 'pwned'",
    "{listing.date} {paper.__class__} %(date)s %s {0}",
    "<script>alert(7919*7907)</script><img src=x onerror=alert(1)>",
]


def hostile_paper(n: int, text: str) -> ListedPaper:
    words = f"{text} A study of subject number {n} with words of its own: " + " ".join(f"w{n}x{k}" for k in range(40))
    return listed_paper(
        n, title=f"{text} {n}", abstract=words, authors=[text], organization=text, ai_keywords=[text], upvotes=n
    )


def test_what_was_fetched_is_printed_and_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never used as a template, no shell is started, and the editions print it unchanged."""

    def no_process(*words: object, **_: object) -> None:
        raise AssertionError(f"a process was started: {words}")

    monkeypatch.setattr(subprocess, "Popen", no_process)
    monkeypatch.setattr(os, "system", no_process)
    store = MemoryStore()
    papers = [hostile_paper(n, text) for n, text in enumerate(HOSTILE, 1)]
    run_without_prefect(store, listing(*papers), load_profile("default"))
    editions = {k: v.decode() for k, v in store.data.items() if k.startswith("editions/")}
    assert len(editions) == 12
    for key, text in editions.items():
        assert "62615533" not in text, key
        assert "<class" not in text, key
        assert not re.search(r"(?<!\\)<(?:script>alert|img src=x)", text), key  # escaped in Markdown, entities in HTML
    full = editions["editions/2026-01-09/full-report.en.md"]
    assert "touch pwned" in full
    assert "7919 * 7907" in full.replace("\\", "")
    assert "DROP TABLE" in full
    assert not list(tmp_path.rglob("pwned"))


def test_a_reason_that_quotes_an_answer_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-store-1234")
    monkeypatch.setenv("SHORT_KEY", "a")
    reason = f"refused: Bearer {KEY}, of-the-store-1234, and a"
    assert redact_value(reason) == "refused: Bearer ***, ***, and a"
    assert redact_value({KEY: [reason, 7, None]}) == {"***": ["refused: Bearer ***, ***, and a", 7, None]}


def test_an_error_and_what_caused_it_are_redacted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    try:
        try:
            raise ValueError(f"sent {KEY}")
        except ValueError as cause:
            raise ModelHTTPError(400, "replay", {"error": {"message": f"Bearer {KEY}"}}) from cause
    except ModelHTTPError as error:
        redact_error(error)
        shown = "".join(traceback.format_exception(error)) + repr(error.body)
    assert "Bearer ***" in shown
    assert "sent ***" in shown
    assert KEY not in shown


@pytest.mark.parametrize("text", HOSTILE)
def test_names_of_task_runs_hold_no_fetched_text_but_ids(text: str) -> None:
    """Task run names are filled with `str.format`, which can look up attributes of its arguments."""
    from tasks.analyze import analyze_paper_task
    from tasks.read import read_paper_task

    paper = hostile_paper(1, text)
    for task, arguments in ((read_paper_task, {}), (analyze_paper_task, {"language": "en"})):
        assert isinstance(task.task_run_name, str)
        run_name = task.task_run_name.format(paper=paper, **arguments)
        assert run_name.split()[1] == "0000.00001"
        assert text[:10] not in run_name
