"""Concurrent runs of one date, each in its own process, and the check that no row is lost."""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing as mp
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from flows.days.date_states import finished_dates
from flows.days.view_updates import ViewUpdate
from papers.day import Run
from papers.facts.day_facts import DayFacts
from papers.facts.records import AnalysisRecord, ReadingRecord
from papers.models import Analysis, ListedPaper, Paper, Reading, Verdict
from papers.profile import load_profile
from papers.store import Store, open_store
from papers.tables.snapshots import read_snapshot
from tasks.analyze.llm.answer_cache import answer_key
from tasks.read.stored_readings import read_again
from tests.factories import DAY, NOON, analysis, listed_paper, listing
from tests.plain import finished_run, no_answer, read_nothing, view_settings

SHARED_PAPERS = 2  # papers that all writers have, each with an analysis by its own model
OWN_PAPERS = 3


def papers_of(writer: int) -> list[ListedPaper]:
    """The list as this writer saw it: the shared papers, and some that no other writer saw."""
    numbers = [*range(1, SHARED_PAPERS + 1), *(100 * (writer + 1) + n for n in range(OWN_PAPERS))]
    return [listed_paper(n, position=n) for n in numbers]


def run_writer(root: str, writer: int, env: Mapping[str, str]) -> None:
    """Run `DAY` as this writer, from after fetching, reading and analysing to the end."""
    os.environ.update(env)
    store, profile, run_id = open_store(root), load_profile("default"), f"writer-{writer:02d}"
    facts = DayFacts(store, DAY)  # not listed: all writers began at once
    facts.start_run(run_id)
    captured_at = NOON + dt.timedelta(seconds=writer)
    facts.add_capture(listing(*papers_of(writer), captured_at=captured_at, sha256=f"{writer:064d}"), run_id)
    numbers = [int(p.arxiv_id.split(".")[1]) for p in papers_of(writer)]
    for number in numbers:
        facts.add_reading(ReadingRecord.of(abstract_of(store, writer, number), run_id, captured_at, ""))
        row = analysis(number, model=f"m{writer}", cache_key=f"{writer:02d}-{number}")
        store.put(
            answer_key(row.arxiv_id, row.cache_key), json.dumps({"analysis": row.model_dump(mode="json")}).encode()
        )
        facts.add_analysis(AnalysisRecord.of(row, run_id, captured_at, abstract_of(store, writer, number).sha256))
    update = ViewUpdate(view_settings(store, profile), facts={DAY: facts})
    update.update([DAY])
    facts.end_run(finished_run(run_id, update.days[DAY].views.day().papers))
    update.commit()


def abstract_of(store: Store, writer: int, number: int) -> Reading:
    """The reading of a paper's listed abstract."""
    listed_paper = next(p for p in papers_of(writer) if p.arxiv_id == f"0000.{number:05d}")
    marks = {"listing_sha256": "", "captured_at": NOON, "first_seen": DAY, "dedupe_kind": "new"}
    paper = Paper.model_validate(listed_paper.model_dump() | marks)
    return read_again(no_answer(paper), paper, store, read_nothing)


def write_side_by_side(root: str, writers: int, env: Mapping[str, str]) -> None:
    """Run `writers` processes at once. Raises what any of them raised."""
    mp_context = mp.get_context("forkserver")
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))  # else the fork server finds no `tests`
    mp_context.set_forkserver_preload(["tests.writers", "boto3"])
    with ProcessPoolExecutor(writers, mp_context=mp_context) as pool:
        for result in [pool.submit(run_writer, root, n, dict(env)) for n in range(writers)]:
            result.result()


def lost_rows(store: Store, writers: int) -> list[str]:
    """Descriptions of facts and rows that the writers wrote and that are missing, duplicated or not of one run."""
    facts = DayFacts(store, DAY)
    facts.list_again()
    listed_ids = {p.arxiv_id for n in range(writers) for p in papers_of(n)}
    newest = {p.arxiv_id for p in papers_of(writers - 1)}
    papers = read_snapshot(store, "papers", DAY, Paper) or []
    stored_ids = {
        "papers": (listed_ids, [p.arxiv_id for p in papers]),
        "papers on the newest list": (newest, [p.arxiv_id for p in papers if p.dedupe_kind == "new"]),
        "readings": (newest, [r.arxiv_id for r in read_snapshot(store, "readings", DAY, Reading) or []]),
        "analyses": (newest, [a.arxiv_id for a in read_snapshot(store, "analyses", DAY, Analysis) or []]),
        "curation": (listed_ids, [v.arxiv_id for v in read_snapshot(store, "curation", DAY, Verdict) or []]),
    }
    problems = [
        f"{name}: {sorted(ids ^ set(ids_in_store))}"
        for name, (ids, ids_in_store) in stored_ids.items()
        if sorted(ids_in_store) != sorted(ids)
    ]
    keys = {(i, r.cache_key) for i in listed_ids for r in facts.analyses(i)}
    expected_keys = {
        (p.arxiv_id, f"{n:02d}-{int(p.arxiv_id.split('.')[1])}") for n in range(writers) for p in papers_of(n)
    }
    problems += [f"analyses on record: {sorted(expected_keys ^ keys)}"] if expected_keys != keys else []
    runs = [r.run_id for r in read_snapshot(store, "runs", DAY, Run) or []]
    problems += [f"runs: {runs}"] if sorted(runs) != [f"writer-{n:02d}" for n in range(writers)] else []
    problems += [] if finished_dates(store) == [DAY] else ["the manifest does not match"]
    ranks = sorted(v.rank or 0 for v in read_snapshot(store, "curation", DAY, Verdict) or [])
    expected_ranks = [0] * (len(listed_ids) - len(newest)) + list(range(1, len(newest) + 1))
    return problems + ([f"ranks: {ranks}"] if ranks != expected_ranks else [])
