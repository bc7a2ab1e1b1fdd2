"""Publishing after a run: the site is updated, one message is sent, and a failure does not fail the day."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import tasks.publish
from tests.flows.conftest import Command
from tests.servers import QuietHandler, serve_http, terminate

DAY = "2026-01-09"


@pytest.fixture
def service() -> Iterator[tuple[str, list[str]]]:
    """An apprise address on this machine, and the titles of the messages that it received."""
    titles: list[str] = []

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            titles.append(json.loads(self.body())["title"])
            self.reply(200)

    with serve_http(Handler) as url:
        yield url.replace("http:", "json:") + "/?+X-Key=secretsecret", titles


def test_a_run_publishes_and_notifies_once(
    command: Command, service: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, titles = service
    options = {"SITE": "true", "NOTIFY": address, "LANGUAGE": "en", "SITE_URL": "https://papers.example.org"}
    first = command("run", "--date", DAY, **options)
    assert first.code == 0, first
    assert "warning" not in first.err
    site = tmp_path / "store" / "site"
    page = (site / "en" / "papers" / "0000.00001.html").read_text()
    assert 'class="num"' in page
    assert re.search(r'href="https://arxiv\.org/html/0000\.00001(?:v\d)?#S\d', page)  # block ids of the reading
    assert "https://papers.example.org/en/papers/" in (site / "en" / "feeds" / "agent.json").read_text()
    before = {p: p.read_bytes() for p in site.rglob("*") if p.is_file()}
    again = command("run", "--date", DAY, **options)
    assert again.code == 0
    assert titles == [f"Daily AI Papers {DAY}"]
    assert {p: p.read_bytes() for p in site.rglob("*") if p.is_file()} == before

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(tasks.publish, "build_site", fail)
    broken = command("run", "--date", DAY, **options)
    assert broken.code == 0, broken
    assert "warning: The site was not updated: RuntimeError: the disk is full" in broken.err
    monkeypatch.undo()

    (site / "en" / "about.html").unlink()
    rebuilt = command("site", "--full", **options)
    assert rebuilt.code == 0, rebuilt
    assert "1 days rebuilt, 1 files written" in rebuilt.out
    assert (site / "en" / "about.html").is_file()
    older = command("run", "--date", "2026-01-08", **options)
    assert older.code == 0, older
    assert len(titles) == 1  # no message for an older day
    assert "secretsecret" not in f"{first}{again}{broken}{older}"


def test_without_the_setting_no_site_is_written(command: Command, tmp_path: Path) -> None:
    assert command("run", "--date", "2026-01-08", SITE="false").code == 0
    assert not (tmp_path / "store" / "site").exists()


def test_the_site_is_served(demo_store: Path) -> None:
    assert (demo_store / "site" / "index.html").is_file()
    code = "from tasks.publish.http_server import site_server; from papers.store import open_store; import sys\n"
    code += "s = site_server(open_store(sys.argv[1]), port=0); print(s.server_port, flush=True); s.serve_forever()"
    process = subprocess.Popen([sys.executable, "-c", code, str(demo_store)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        base = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        with urllib.request.urlopen(f"{base}/en/") as answer:
            assert "Daily AI Papers" in answer.read().decode()
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        with urllib.request.urlopen(f"{base}/en/days/{DAY}") as answer:
            assert answer.url == f"{base}/en/days/{DAY}/"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{base}/../snapshots/papers/date={DAY}/part-0.parquet")
    finally:
        terminate(process)


def test_a_taken_port_is_bad_usage(command: Command, service: tuple[str, list[str]]) -> None:
    port = re.findall(r":(\d+)/", service[0])[0]
    result = command("site", "--serve", "--port", port)
    assert result.code == 2
    assert "another --port" in result.err
