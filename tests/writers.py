"""Concurrent runs of one date, each in its own process, and the check that no row is lost."""

from __future__ import annotations

import multiprocessing as mp
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from flows.days.day_snapshots import publish_day, write_day
from flows.days.reconciliation import reconcile_day
from papers.day import Run
from papers.models import Analysis, ListedPaper, Paper, Reading, Verdict
from papers.profile import load_profile
from papers.store import Store, open_store
from papers.tables.concurrent_writers import SnapshotVersions
from papers.tables.snapshots import append_rows, read_snapshot
from papers.tables.unfinished_dates import close_date, open_date
from tasks.curate.near_duplicates import past_picks
from tasks.curate.verdicts import curate
from tasks.dedupe.history import load_history
from tasks.dedupe.repeats import dedupe
from tasks.render.editions import render_day
from tests.factories import DAY, analysis, listed_paper, listing, reading
from tests.plain import finished_run

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
    # No snapshot yet: all writers began at once.
    base = SnapshotVersions(dict.fromkeys(("papers", "set_aside", "readings", "analyses", "curation")))
    papers = dedupe(listing(*papers_of(writer)), load_history(store, DAY, papers_of(writer)))
    numbers = [int(p.arxiv_id.split(".")[1]) for p in papers]
    readings = [reading(n) for n in numbers]
    analyses = [analysis(n, model=f"m{writer}", cache_key=f"{writer:02d}-{n}") for n in numbers]
    verdicts = curate(papers, readings, analyses, profile, past_picks(store, DAY))
    open_date(store, DAY, run_id)
    write_day(store, listing(*papers_of(writer)), papers, readings, analyses, verdicts, run_id, base)
    reconcile_day(store, profile, DAY, run_id)
    publish_day(store, DAY, lambda day: render_day(day, profile))
    append_rows(store, "runs", DAY, [finished_run(run_id, papers)], run_id)
    close_date(store, DAY, run_id)


def write_side_by_side(root: str, writers: int, env: Mapping[str, str]) -> None:
    """Run `writers` processes at once. Raises what any of them raised."""
    mp_context = mp.get_context("forkserver")
    os.environ.setdefault("PYTHONPATH", str(Path(__file__).parents[1]))  # else the fork server finds no `tests`
    mp_context.set_forkserver_preload(["tests.writers", "boto3"])
    with ProcessPoolExecutor(writers, mp_context=mp_context) as pool:
        for result in [pool.submit(run_writer, root, n, dict(env)) for n in range(writers)]:
            result.result()


def lost_rows(store: Store, writers: int) -> list[str]:
    """Descriptions of rows that the writers wrote and that are missing or duplicated."""
    expected_ids = {p.arxiv_id for n in range(writers) for p in papers_of(n)}
    stored_ids = {
        "papers": [p.arxiv_id for p in read_snapshot(store, "papers", DAY, Paper) or []],
        "readings": [r.arxiv_id for r in read_snapshot(store, "readings", DAY, Reading) or []],
        "curation": [v.arxiv_id for v in read_snapshot(store, "curation", DAY, Verdict) or []],
    }
    problems = [
        f"{name}: {sorted(expected_ids ^ set(ids))}"
        for name, ids in stored_ids.items()
        if sorted(ids) != sorted(expected_ids)
    ]
    keys = {(a.arxiv_id, a.cache_key) for a in read_snapshot(store, "analyses", DAY, Analysis) or []}
    expected_keys = {
        (p.arxiv_id, f"{n:02d}-{int(p.arxiv_id.split('.')[1])}") for n in range(writers) for p in papers_of(n)
    }
    problems += [f"analyses: {sorted(expected_keys ^ keys)}"] if expected_keys != keys else []
    runs = [r.run_id for r in read_snapshot(store, "runs", DAY, Run) or []]
    problems += [f"runs: {runs}"] if sorted(runs) != [f"writer-{n:02d}" for n in range(writers)] else []
    ranks = sorted(v.rank or 0 for v in read_snapshot(store, "curation", DAY, Verdict) or [])
    return problems + ([f"ranks: {ranks}"] if ranks != list(range(1, len(expected_ids) + 1)) else [])
