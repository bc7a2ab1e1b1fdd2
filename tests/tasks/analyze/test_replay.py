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
from tasks.analyze.analysis_texts import field_texts
from tasks.analyze.analyst import Analyst, prepare_paper_text
from tasks.analyze.grounding.ungrounded_numbers import UNVERIFIED_MARK, remove_ungrounded
from tests import factories
from tests.servers import replay
from tests.shared import SHARED, needs_shared
from tests.tasks.analyze.memory import MemoryCache
from tests.tasks.analyze.scripted import settings_for

pytestmark = needs_shared
PAGES = SHARED / "recorded" / "arxiv" / "html"
PapersAndReadings = tuple[tuple[Paper, Reading], ...]
IDS = ("2510.14055", "2510.14943", "2510.14958", "2510.14968", "2510.14978", "2510.14979")


@cache
def papers_and_readings() -> PapersAndReadings:
    """A few recorded papers."""
    from tasks.read.html.page import extract_html

    pairs = []
    for number, name in enumerate(IDS, 1):
        page = extract_html(gzip.decompress((PAGES / f"{name}.html.gz").read_bytes()))
        paper = factories.paper(number, title=page.title or "?", abstract=page.abstract or "")
        pairs.append((paper, factories.reading(number, sha256=name.replace(".", "") * 8, blocks=list(page.blocks))))
    return tuple(pairs)


async def run(address: str, memory: MemoryCache | None = None, **fields: Any) -> tuple[Analyst, list[Analysis]]:
    """All papers through one analyst."""
    settings = settings_for(f"{address}/v1", **fields)
    analyst = Analyst(settings, MemoryCache() if memory is None else memory, ["Agents", "Vision"], backoff=0.02)
    return analyst, list(await asyncio.gather(*(analyst.analyze(p, r, "zh") for p, r in papers_and_readings())))


def without_ungrounded(analyses: list[Analysis], mode: Any = "cut") -> list[Analysis]:
    return remove_ungrounded(
        analyses, [r for _, r in papers_and_readings()], {p.arxiv_id: p.title for p, _ in papers_and_readings()}, mode
    )


def unknown_numbers(analyses: list[Analysis], text_of: Any = lambda text: text) -> list[tuple[str, str]]:
    """(field, digits) of the analyses that do not occur in their papers, found without the parser of grounding."""
    numbers = []
    for analysis, (paper, reading) in zip(analyses, papers_and_readings(), strict=True):
        paper_words = " ".join([paper.title, paper.abstract, *(f"{b.header or ''} {b.text}" for b in reading.blocks)])
        paper_digits = set(re.findall(r"\d+(?:\.\d+)?", paper_words.replace(",", "")))
        for name, text in field_texts(analysis):
            digits = re.findall(r"\d+(?:\.\d+)?", text_of(text).replace(",", ""))
            numbers += [(name, d) for d in digits if d not in paper_digits]
    return numbers


async def test_with_no_fault_nearly_every_number_is_grounded() -> None:
    with replay("llm.py", "--zh") as address:
        _, analyses = await run(address)
    assert {a.state for a in analyses} == {"done"}
    total, grounded_count = sum(a.numbers_total for a in analyses), sum(a.numbers_grounded for a in analyses)
    assert total > 50
    assert grounded_count >= 0.95 * total
    assert unknown_numbers(without_ungrounded(analyses)) == []


@pytest.mark.parametrize("fault", ["hallucinate", "foreign"])
async def test_no_false_number_is_left_in_a_text(fault: str) -> None:
    with replay("llm.py", "--zh", "--fault", f"{fault}=1") as address:
        _, analyses = await run(address)
    assert {a.state for a in analyses} == {"done"}
    result = without_ungrounded(analyses)
    assert unknown_numbers(result) == []
    for analysis, (paper, reading) in zip(result, papers_and_readings(), strict=True):
        assert "44.5%" not in " ".join(t for _, t in field_texts(analysis))
        assert prepare_paper_text(paper, reading)


async def test_a_model_that_always_invents_numbers_gives_no_analysis() -> None:
    with replay("llm.py", "--zh", "--fault", "hallucinate=1", "--strikes", "0") as address:
        _, analyses = await run(address)
    assert {a.state for a in analyses} == {"failed"}
    assert {a.reason.code for a in analyses if a.reason} <= {"contribution-numbers", "few-numbers"}


async def test_flagged_numbers_stay_with_their_mark() -> None:
    with replay("llm.py", "--zh", "--fault", "foreign=1") as address:
        _, analyses = await run(address)
    result = without_ungrounded(analyses, "flag")
    assert sum(UNVERIFIED_MARK["zh"] in t for a in result for _, t in field_texts(a)) > 3
    marked_number = re.compile(rf"\S*\d\S*(?=\s?\S{{0,12}}{UNVERIFIED_MARK['zh']})")
    assert (
        len(unknown_numbers(result, lambda text: marked_number.sub("", text))) <= len(unknown_numbers(analyses)) * 0.1
    )


@pytest.mark.parametrize("fault", ["429", "500", "badjson", "wrongschema", "empty", "refuse", "hang"])
async def test_a_temporary_fault_is_overcome(fault: str) -> None:
    with replay("llm.py", "--zh", "--fault", f"{fault}=1", "--hang-s", "6") as address:
        _, analyses = await run(address, model_timeout=3.0 if fault == "hang" else 10.0)
    assert {a.state for a in analyses} == {"done"}, [a.reason for a in analyses]


async def test_of_answers_that_are_always_cut_in_half_the_rest_is_asked_for() -> None:
    with replay("llm.py", "--zh", "--fault", "badjson=1", "--strikes", "0") as address:
        _, analyses = await run(address)
    assert {a.state for a in analyses} == {"done"}
    assert all(a.contribution for a in analyses)


@pytest.mark.parametrize("fault", ["500", "wrongschema", "empty", "refuse"])
async def test_a_permanent_fault_ends_in_a_reason(fault: str) -> None:
    with replay("llm.py", "--zh", "--fault", f"{fault}=1", "--strikes", "0") as address:
        _, analyses = await run(address, model_tries=2)
    assert {a.state for a in analyses} == {"failed"}
    assert all(a.reason for a in analyses)


async def test_with_all_faults_at_once_every_paper_ends_analysed_or_with_its_reason() -> None:
    kinds = ("429", "500", "hang", "badjson", "wrongschema", "empty", "refuse", "hallucinate", "foreign")
    faults = [part for kind in kinds for part in ("--fault", f"{kind}=0.11")]
    with replay("llm.py", "--zh", *faults, "--strikes", "2", "--hang-s", "2") as address:
        _, analyses = await run(address, model_timeout=0.7, model_tries=4)
    assert {a.state for a in analyses} <= {"done", "failed"}
    assert all(a.reason for a in analyses if a.state == "failed")
    assert unknown_numbers(without_ungrounded(analyses)) == []


def _log_of(address: str) -> str:
    with urllib.request.urlopen(f"{address}/__log") as answer:
        return str(answer.read().decode())


async def test_a_second_run_after_faults_asks_nothing_twice() -> None:
    memory = MemoryCache()
    with replay("llm.py", "--zh", "--fault", "hallucinate=0.5", "--fault", "badjson=0.3") as address:
        _, first = await run(address, memory)
        second_analyst, second = await run(address, memory)
        log = await asyncio.to_thread(_log_of, address)
    conversations = [json.loads(line)["conversation"] for line in log.splitlines() if line]
    assert second == first
    assert second_analyst.spending.calls == 0
    assert len(set(conversations)) == len(conversations)
