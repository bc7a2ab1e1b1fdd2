"""Recorded papers against the replay model server: its faults, one by one and all at once."""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import urllib.request
from functools import cache
from typing import Any

import pytest

from papers.models import Analysis, Paper, Reading
from tasks.analyze.analysis_texts import texts
from tasks.analyze.analyst import Analyst, source_of
from tasks.analyze.grounding.ungrounded_numbers import MARK, remove_ungrounded
from tests import factories
from tests.servers import replay
from tests.shared import SHARED, needs_shared
from tests.tasks.analyze.memory import Memory
from tests.tasks.analyze.scripted import settings_for

pytestmark = needs_shared
PAGES = SHARED / "recorded" / "arxiv" / "html"
Jobs = tuple[tuple[Paper, Reading], ...]
IDS = ("2510.14055", "2510.14943", "2510.14958", "2510.14968", "2510.14978", "2510.14979")


@cache
def jobs() -> Jobs:
    """A few recorded papers."""
    from tasks.read.html import extract_html

    made = []
    for number, name in enumerate(IDS, 1):
        page = extract_html(gzip.decompress((PAGES / f"{name}.html.gz").read_bytes()))
        paper = factories.paper(number, title=page.title or "?", abstract=page.abstract or "")
        made.append((paper, factories.reading(number, sha256=name.replace(".", "") * 8, blocks=list(page.blocks))))
    return tuple(made)


async def run(address: str, cache_: Memory | None = None, **fields: Any) -> tuple[Analyst, list[Analysis]]:
    """All papers through one analyst."""
    settings = settings_for(f"{address}/v1", **fields)
    analyst = Analyst(settings, Memory() if cache_ is None else cache_, ["Agents", "Vision"], backoff=0.02)
    return analyst, list(await asyncio.gather(*(analyst.analyze(p, r, "zh") for p, r in jobs())))


def settled(analyses: list[Analysis], mode: Any = "cut") -> list[Analysis]:
    return remove_ungrounded(analyses, [r for _, r in jobs()], {p.arxiv_id: p.title for p, _ in jobs()}, mode)


def strange_numbers(analyses: list[Analysis], text_of: Any = lambda text: text) -> list[tuple[str, str]]:
    """Groups of digits in the analyses that their papers do not have, found without grounding's parser."""
    found = []
    for analysis, (paper, reading) in zip(analyses, jobs(), strict=True):
        whole = " ".join([paper.title, paper.abstract, *(f"{b.header or ''} {b.text}" for b in reading.blocks)])
        known = set(re.findall(r"\d+(?:\.\d+)?", whole.replace(",", "")))
        for name, text in texts(analysis):
            digits = re.findall(r"\d+(?:\.\d+)?", text_of(text).replace(",", ""))
            found += [(name, d) for d in digits if d not in known]
    return found


async def test_with_no_fault_nearly_every_number_is_grounded() -> None:
    with replay("llm.py") as address:
        _, made = await run(address)
    assert {a.state for a in made} == {"done"}
    total, grounded = sum(a.numbers_total for a in made), sum(a.numbers_grounded for a in made)
    assert total > 50
    assert grounded >= 0.95 * total
    assert strange_numbers(settled(made)) == []


@pytest.mark.parametrize("fault", ["hallucinate", "foreign"])
async def test_no_lie_is_left_in_a_text(fault: str) -> None:
    with replay("llm.py", "--fault", f"{fault}=1", "--strikes", "0") as address:
        _, made = await run(address)
    assert sum(a.numbers_grounded for a in made) < sum(a.numbers_total for a in made)
    assert strange_numbers(made)
    left = settled(made)
    assert strange_numbers(left) == []
    for analysis, (paper, reading) in zip(left, jobs(), strict=True):
        assert analysis.state == "done"
        assert "44.5%" not in " ".join(t for _, t in texts(analysis))
        assert source_of(paper, reading)


async def test_flagged_lies_stay_with_their_mark() -> None:
    with replay("llm.py", "--fault", "hallucinate=1", "--strikes", "0") as address:
        _, made = await run(address)
    left = settled(made, "flag")
    assert sum(MARK["zh"] in t for a in left for _, t in texts(a)) > 20
    unmarked = re.compile(rf"\S*\d\S*(?=\s?\S{{0,12}}{MARK['zh']})")
    assert len(strange_numbers(left, lambda text: unmarked.sub("", text))) <= len(strange_numbers(made)) * 0.1


@pytest.mark.parametrize("fault", ["429", "500", "badjson", "wrongschema", "empty", "refuse", "hang"])
async def test_a_fault_that_passes_is_got_over(fault: str) -> None:
    with replay("llm.py", "--fault", f"{fault}=1", "--hang-s", "2") as address:
        _, made = await run(address, model_timeout=0.7 if fault == "hang" else 10.0)
    assert {a.state for a in made} == {"done"}


@pytest.mark.parametrize("fault", ["500", "badjson", "wrongschema", "empty", "refuse"])
async def test_a_fault_that_stays_ends_in_a_reason(fault: str) -> None:
    with replay("llm.py", "--fault", f"{fault}=1", "--strikes", "0") as address:
        _, made = await run(address, model_tries=2)
    assert {a.state for a in made} == {"failed"}
    assert all(a.reason for a in made)


async def test_with_all_faults_at_once_every_paper_ends_analysed_or_with_its_reason() -> None:
    kinds = ("429", "500", "hang", "badjson", "wrongschema", "empty", "refuse", "hallucinate", "foreign")
    faults = [part for kind in kinds for part in ("--fault", f"{kind}=0.11")]
    with replay("llm.py", *faults, "--strikes", "2", "--hang-s", "2") as address:
        _, made = await run(address, model_timeout=0.7, model_tries=4)
    assert {a.state for a in made} <= {"done", "failed"}
    assert all(a.reason for a in made if a.state == "failed")
    assert strange_numbers(settled(made)) == []


def _log_of(address: str) -> str:
    with urllib.request.urlopen(f"{address}/__log") as answer:
        return str(answer.read().decode())


async def test_a_second_run_after_faults_asks_nothing_twice() -> None:
    memory = Memory()
    with replay("llm.py", "--fault", "hallucinate=0.5", "--fault", "badjson=0.3") as address:
        _, first = await run(address, memory)
        again, second = await run(address, memory)
        log = await asyncio.to_thread(_log_of, address)
    conversations = [json.loads(line)["conversation"] for line in log.splitlines() if line]
    assert second == first
    assert again.spent.calls == 0
    assert len(set(conversations)) == len(conversations)
