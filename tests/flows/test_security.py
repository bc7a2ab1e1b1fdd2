"""No key is ever kept or shown, and nothing that was fetched is run: not by a shell, a template, or a query."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from papers.models import Analysis, ListedPaper
from papers.profile import load_profile
from papers.redaction import redacted
from papers.settings import SAMPLE
from papers.store import open_store
from papers.tables.snapshots import read_snapshot
from tests.factories import listed, listing
from tests.plain import MemoryStore, run_plain
from tests.prefect_server import QUIET, prefect_server
from tests.servers import Quiet, serving

KEY = "sk-planted-4f9c1e7ab2d84c55"
DATE = "2026-01-08"


@contextmanager
def echo() -> Iterator[str]:
    """A model's server that says the key in every answer, as some do: `/401/v1`, `/400/v1`, `/500/v1`, `/200/v1`."""

    class Answer(Quiet):
        def do_POST(self) -> None:
            self.body()
            said = {
                "error": {
                    "message": f"Incorrect API key provided: {self.headers['Authorization']} (no tool)",
                    "code": "bad",
                }
            }
            self.reply(int(self.path.split("/")[1]), json.dumps(said).encode(), Content_Type="application/json")

    with serving(Answer) as url:
        yield url


def holders(folder: Path) -> list[str]:
    """The files under the folder that hold the key, databases and their journals included; Parquet decoded."""
    return [str(p.relative_to(folder)) for p in sorted(folder.rglob("*")) if p.is_file() and KEY in text_of(p)]


def text_of(path: Path) -> str:
    if path.suffix == ".parquet":
        import pyarrow.parquet as pq

        return str(pq.read_table(path, partitioning=None).to_pylist())
    return path.read_bytes().decode(errors="replace")


@pytest.mark.slow
def test_a_planted_key_is_found_nowhere(tmp_path: Path) -> None:
    """Store, artifacts, logs, Prefect's database, the server's log, the terminal: with servers that echo the key."""
    loud = {"PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_SERVER_LOGGING_LEVEL": "DEBUG"}
    said = []
    with echo() as model, prefect_server(tmp_path, **loud) as way:
        for status, code in (("401", 3), ("400", 1), ("500", 1), ("200", 1)):
            own = {
                "STORE": str(tmp_path / "store" / status),
                "HF_URL": SAMPLE,
                "ARXIV_URL": SAMPLE,
                "ARXIV_INTERVAL": "0",
                "MODEL": "openai:echo",
                "MODEL_URL": f"{model}/{status}/v1",
                "MODEL_KEY": KEY,
                "MODEL_TRIES": "1",
            }
            console = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "DEBUG"}
            env = os.environ | QUIET | loud | console | way | {f"DAILY_PAPERS_{k}": v for k, v in own.items()}
            words = [sys.executable, "-m", "flows.cli", "backfill", DATE, DATE]
            done = subprocess.run(words, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=180)
            assert done.returncode == code, (status, done.stdout[-2000:], done.stderr[-2000:])
            said.append(done.stdout + done.stderr)
    assert (tmp_path / "prefect" / "prefect.db").stat().st_size > 100_000
    assert (tmp_path / "server.log").stat().st_size > 0
    rows = read_snapshot(open_store(str(tmp_path / "store" / "400")), "analyses", dt.date.fromisoformat(DATE), Analysis)
    assert rows
    assert all(a.state == "failed" for a in rows)
    assert holders(tmp_path) == []
    assert [s for s in said if KEY in s] == []


# --- fetched text is data --------------------------------------------------------------------------------------------

HOSTILE = [
    "{{ 7919 * 7907 }} {% for x in ''.__class__.__mro__ %}{{ x }}{% endfor %} ${7919*7907} #{7919*7907}",
    "$(touch pwned) `touch pwned`; touch pwned | sh && touch pwned\n!touch pwned",
    "'; DROP TABLE flow_run; -- \" OR 1=1 /* SELECT */ COPY x TO 'pwned'",
    "{listing.date} {paper.__class__} %(date)s %s {0}",
    "<script>alert(7919*7907)</script><img src=x onerror=alert(1)>",
]


def hostile(n: int, text: str) -> ListedPaper:
    words = f"{text} A study of subject number {n} with words of its own: " + " ".join(f"w{n}x{k}" for k in range(40))
    return listed(
        n, title=f"{text} {n}", abstract=words, authors=[text], organization=text, ai_keywords=[text], upvotes=n
    )


def test_what_was_fetched_is_printed_and_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No template is made of it, no shell is started at all, and the text stands in the editions as it came."""

    def no_process(*words: object, **_: object) -> None:
        raise AssertionError(f"a process was started: {words}")

    monkeypatch.setattr(subprocess, "Popen", no_process)
    monkeypatch.setattr(os, "system", no_process)
    store = MemoryStore()
    papers = [hostile(n, text) for n, text in enumerate(HOSTILE, 1)]
    run_plain(store, listing(*papers), load_profile("default"))
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
    said = f"refused: Bearer {KEY}, of-the-store-1234, and a"
    assert redacted(said) == "refused: Bearer ***, ***, and a"


@pytest.mark.parametrize("text", HOSTILE)
def test_names_of_task_runs_hold_no_fetched_text_but_ids(text: str) -> None:
    """Their templates are filled with `str.format`, which would look up attributes in a text that it formats."""
    from tasks.analyze import analyze_paper_task
    from tasks.read import read_paper_task

    paper = hostile(1, text)
    for task, more in ((read_paper_task, {}), (analyze_paper_task, {"language": "en"})):
        assert isinstance(task.task_run_name, str)
        named = task.task_run_name.format(paper=paper, **more)
        assert named.split()[1] == "0000.00001"
        assert text[:10] not in named
