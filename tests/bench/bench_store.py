"""Measures the guarantees of the store: `make bench-store` (ARGS=quick: smaller, fewer kills; ARGS="3 5": parts).

Part 1: the probe on each server; 2: sixteen writers of one date; 3: dedupe against a long history; 4: queries on a
year; 5: kills in a folder; 6: kills on Ceph, whose daemons are killed too.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from papers.models import Analysis, Popularity, Reading
from papers.store import FolderStore, Store, open_store
from papers.store.s3 import S3Store
from papers.tables.paper_index import rebuild_index
from papers.tables.parquet import encode
from papers.tables.snapshot_keys import key_of
from papers.tables.sql import fetch_rows, run_query
from tests.bench.bounds import check, finish, print_line
from tests.bench.many import FIRST, InventedPapers, write_history
from tests.factories import NOON, analysis, reading, verdict
from tests.loop import fsck_faults, kill_after, random_delays, run_loop, uninterrupted_contents
from tests.overwriting import unconditional_server
from tests.plain import MemoryStore, finished_run, store_contents
from tests.servers import ceph, ceph_missing, free_port
from tests.shared import SHARED
from tests.writers import lost_rows, write_side_by_side

WRITERS = 16


def main(quick: bool, parts: set[str]) -> int:
    """Run the parts with these numbers; returns the exit code."""
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        ceph_folder = folder / "ceph"
        servers = {"moto": stack.enter_context(moto()), "overwriting": stack.enter_context(unconditional_server())}
        if reason := ceph_missing():
            print_line(f"no Ceph: {reason}")
        else:
            servers["ceph"] = stack.enter_context(ceph(ceph_folder))
        part_functions: dict[str, Callable[[], None]] = {
            "1": lambda: probes(servers),
            "2": lambda: writers(folder, servers),
            "3": lambda: history(folder, (10_000, 100_000) if quick else (10_000, 100_000, 1_000_000)),
            "4": lambda: year(folder),
            "5": lambda: kills(folder, None, ceph_folder, 20 if quick else 200),
            "6": lambda: kills(folder, servers.get("ceph"), ceph_folder, 4 if quick else 20),
        }
        for part in sorted(parts & set(part_functions) or set(part_functions)):
            part_functions[part]()
    return finish()


@contextmanager
def moto() -> Iterator[dict[str, str]]:
    """Moto's server in a process of its own, so that it does not share the interpreter of the writers."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        env = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_DEFAULT_REGION": "us-east-1"}
        try:
            yield env | {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
        finally:
            process.terminate()


def bucket(env: dict[str, str]) -> str:
    """The address of a new bucket on the server that `env` configures."""
    import boto3
    from botocore.config import Config

    os.environ.update(env)
    name = f"bench-{uuid4().hex[:8]}"
    config = Config(retries={"max_attempts": 10})
    boto3.session.Session().client("s3", config=config).create_bucket(Bucket=name)
    return f"s3://{name}/in"


def probes(servers: dict[str, dict[str, str]]) -> None:
    """Part 1: whether each server honours conditional writes. (`make test` runs the same store tests on all.)"""
    print_line("\n1. Conditional writes")
    for name, env in servers.items():
        store = open_store(bucket(env))
        assert isinstance(store, S3Store)
        conditions = store.conditions()
        detail = f"ETag {'quoted' if conditions.quoted else 'bare'}" if conditions.honoured else conditions.why
        check(conditions.honoured == (name != "overwriting"), f"{name}: honoured {conditions.honoured} ({detail})")


def writers(folder: Path, servers: dict[str, dict[str, str]]) -> None:
    """Part 2: sixteen processes write one date."""
    print_line(f"\n2. {WRITERS} writers of one date")
    none: dict[str, str] = {}
    for name, env in ({"folder": none} | servers).items():
        root = str(folder / "writers") if name == "folder" else bucket(env)
        writer_env = env | {"XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"]}
        started = time.perf_counter()
        write_side_by_side(root, WRITERS, writer_env)
        seconds = time.perf_counter() - started
        store = open_store(root)
        problems = lost_rows(store, WRITERS) + [f.problem for f in fsck_faults(store)]
        check(
            not problems,
            f"{name}: all rows of all {WRITERS} are there, fsck clean, {seconds:.1f} s {' '.join(problems)[:300]}",
        )


def history(folder: Path, sizes: tuple[int, ...]) -> None:
    """Part 3: a day of 50 papers against histories of each size, each in its own process to measure its memory."""
    print_line("\n3. Dedupe of 50 papers against a history (250 papers a day)")
    for size in sizes:
        store = FolderStore(folder / f"history-{size}")
        write_history(store, size, 250)
        started = time.perf_counter()
        rebuild_index(store)
        index_seconds = time.perf_counter() - started
        command = [sys.executable, "-m", "tests.bench.dedupe_alone", store.root, str(size <= 100_000)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        seconds, megabytes, repeats, same = float(output[0]), float(output[1]), int(output[2]), output[3]
        index = sum(p.stat().st_size for p in (store.folder / "index").iterdir()) / 1e6
        text = f"{size:,}: {seconds:.2f} s, {megabytes:.0f} MB, {repeats} of 5 repeats, as without an index: {same}"
        print_line(f"    index made in {index_seconds:.1f} s, {index:.1f} MB")
        check(seconds < 1 and megabytes < 300 and repeats == 5 and same != "no", text)


def year(folder: Path) -> None:
    """Part 4: 365 days of 30 papers, written, listed and queried."""
    print_line("\n4. A year: 365 days x 30 papers")
    store, generator = FolderStore(folder / "year"), InventedPapers()
    started = time.perf_counter()
    for n in range(365):
        date = FIRST + dt.timedelta(days=n)
        papers = [generator.paper(k, date) for k in range(30)]
        ids = [p.arxiv_id for p in papers]
        readings: list[Reading] = [reading(1).model_copy(update={"arxiv_id": i}) for i in ids]
        analyses: list[Analysis] = [analysis(1).model_copy(update={"arxiv_id": i}) for i in ids]
        verdicts = [verdict(1).model_copy(update={"arxiv_id": i, "score": 10.0 + k}) for k, i in enumerate(ids)]
        popularity = [Popularity(arxiv_id=i, captured_at=NOON, upvotes=k) for k, i in enumerate(ids)]
        run = finished_run(f"run-{n}", papers)
        rows = {"papers": papers, "readings": readings, "analyses": analyses, "curation": verdicts, "set_aside": []}
        for dataset, dataset_rows in (rows | {"popularity": popularity, "runs": [run]}).items():
            store.put(key_of(dataset, date), encode(dataset, dataset_rows))  # type: ignore[arg-type]
    write_seconds = time.perf_counter() - started
    started = time.perf_counter()
    file_count = sum(1 for _ in store.keys("snapshots/"))
    list_seconds = time.perf_counter() - started
    sql = "SELECT date_trunc('month', date) AS month, count(*), avg(score) FROM curation GROUP BY month ORDER BY month"
    started = time.perf_counter()
    _, months = fetch_rows(run_query(store, sql))
    seconds = time.perf_counter() - started
    print_line(f"    written in {write_seconds:.1f} s, {file_count} files listed in {list_seconds:.2f} s")
    for dataset in ("papers", "readings", "analyses", "curation", "popularity", "runs", "set_aside"):
        size = sum(p.stat().st_size for p in (store.folder / "snapshots" / dataset).rglob("*.parquet"))
        print_line(f"    {dataset:12} {size / 1e6:6.2f} MB")
    is_complete = sum(m[1] for m in months) == 365 * 30 and len(months) == 12
    check(seconds < 2 and is_complete, f"count and average by month: {seconds:.2f} s")
    started = time.perf_counter()
    faults = fsck_faults(store)
    print_line(f"    fsck, without facts and manifests: {time.perf_counter() - started:.1f} s, {len(faults)} faults")


def kills(folder: Path, env: dict[str, str] | None, ceph_folder: Path, number: int) -> None:
    """Parts 5 and 6: kill -9 at random times in a loop over ten days; on Ceph, its daemons are killed too."""
    print_line(f"\n{6 if env else 5}. {number} kills")
    os.environ.update(env or {})
    _kill_loop(folder, env, number, uninterrupted_contents(MemoryStore()), ceph_folder)


def _kill_loop(folder: Path, env: dict[str, str] | None, number: int, expected: object, ceph_folder: Path) -> None:
    name, next_delay = "Ceph, its daemons killed too" if env else "folder", random_delays(7, 8.0 if env else 2.5)
    unclean = unequal = kill_count = loops = 0
    started = time.perf_counter()
    while kill_count < number:
        root = bucket(env) if env else str(folder / f"kills-{loops}")
        loops += 1
        while kill_count < number:
            was_running = kill_after(next_delay(), root, env or {})
            kill_count += was_running
            if env and was_running:
                _kill_daemons(ceph_folder, env)
            unclean += bool(fsck_faults(open_store(root)))
            if not was_running:
                break
        run_loop(root, env or {})
        store: Store = open_store(root)
        unclean += bool(fsck_faults(store))
        unequal += store_contents(store) != expected
    seconds = time.perf_counter() - started
    text = (
        f"{name}: {kill_count} kills over {loops} loops in {seconds:.0f} s, {unclean} times not clean, "
        f"{unequal} loops not equal"
    )
    check(unclean == 0 and unequal == 0, text)


def _kill_daemons(folder: Path, env: dict[str, str]) -> None:
    """Kill the processes of the server by their ids, and start it again."""
    for daemon in ("rgw", "osd", "mon"):
        os.kill(int((folder / "run" / f"{daemon}.pid").read_text()), signal.SIGKILL)
    port = env["AWS_ENDPOINT_URL"].rpartition(":")[2]
    mon = next(line for line in (folder / "ceph.conf").read_text().splitlines() if line.startswith("mon_host"))
    server_env = {"S3_DIR": str(folder), "S3_PORT": port, "S3_MON_PORT": mon.rpartition(":")[2].rstrip("]")}
    subprocess.run(
        [str(SHARED / "replay" / "start-s3.sh"), "start"], env=os.environ | server_env, check=True, capture_output=True
    )


if __name__ == "__main__":
    sys.exit(main("quick" in sys.argv[1:], set(sys.argv[1:])))
