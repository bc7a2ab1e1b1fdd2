"""Requests to an S3 server (Ceph), from the server's own log: `make bench-requests`.

Part `day`: the first keyless run of a day with its site, and a second unchanged one. Part `unchanged`: a backfill over
1,000 days that are complete, each of two invented papers; the store is made by a backfill into a folder and copied to
the bucket. ARGS: `--only day`, `--only unchanged`, `--days N` (1000), `--checkout DIR` (this one), `--keep DIR`: make
the folder there, or go on with the one that is there.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import re
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

from tests.bench.bounds import check, finish, print_line
from tests.bench.process_cpu import Cost, run_command
from tests.prefect_server import QUIET
from tests.servers import ceph, ceph_missing, replay

DATE = "2025-10-17"
LAST = dt.date(2026, 3, 31)  # of the invented days
MAX_SECOND, MAX_UNCHANGED, MAX_CPU = 60, 200, 2.0  # requests, requests, seconds above the start of the command
REQUEST = re.compile(r'beast: \S+: \S+ - \S+ \[[^]]*\] "(\w+) (\S+) HTTP/1\.1" (\d+)')
WORDS = "sparse dense robust latent causal neural graph token speech vision reward policy memory prompt tensor kernel"


class RequestLog:
    """The requests that a bucket has got, read from the log of Ceph's gateway."""

    def __init__(self, ceph_folder: Path, client: Any, bucket: str) -> None:
        self._log, self._client, self._bucket = ceph_folder / "log/client.rgw.log", client, bucket
        self._offset = self._log.stat().st_size

    def since_last(self) -> Counter[str]:
        """The requests since the last call, counted by method and by the first part of the key."""
        lines = self._lines_until_now()
        counts: Counter[str] = Counter()
        for line in lines:
            match = REQUEST.search(line)
            path = urlsplit(match[2]) if match else None
            if match is None or path is None or unquote(path.path).split("/")[1] != self._bucket:
                continue
            query, key = parse_qs(path.query), unquote(path.path).partition("/")[2].partition("/")[2]
            is_list = match[1] == "GET" and not key
            name = query.get("prefix", [""])[0] if is_list else key
            counts[f"{'LIST' if is_list else match[1]} {name.removeprefix('in/').split('/')[0]}"] += 1
        return counts

    def _lines_until_now(self) -> list[str]:
        """The log's lines up to a request that is sent now."""
        mark = uuid4().hex
        self._client.list_objects_v2(Bucket=self._bucket, Prefix=mark, MaxKeys=1)
        deadline = time.monotonic() + 60
        while True:
            with self._log.open("rb") as file:
                file.seek(self._offset)
                data = file.read()
            end = data.find(mark.encode())
            if end >= 0 and b"\n" in data[end:]:
                break
            assert time.monotonic() < deadline, "the request is not in Ceph's log"
            time.sleep(0.1)
        self._offset += end + data[end:].index(b"\n") + 1
        return [line for line in data[:end].decode(errors="replace").splitlines()[:-1] if "beast: " in line]


@dataclass
class Bench:
    """A bucket on Ceph, and the command line of a checkout that uses it."""

    folder: Path
    checkout: Path
    s3: dict[str, str]
    bucket: str = field(default_factory=lambda: f"bench-{uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        import boto3
        from botocore.config import Config

        os.environ.update(self.s3)
        config = Config(retries={"max_attempts": 10}, max_pool_connections=16)
        self.client = boto3.session.Session().client("s3", config=config)
        self.client.create_bucket(Bucket=self.bucket)
        self.log = RequestLog(self.folder / "ceph", self.client, self.bucket)

    def run(self, site: str, store: str, *words: str) -> Cost:
        """One command; its store is the bucket unless `store` names a folder."""
        values = {"STORE": store or f"s3://{self.bucket}/in", "HF_URL": site, "ARXIV_URL": site}
        values |= {"ARXIV_INTERVAL": "0", "LANGUAGE": "en"}
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DAILY_PAPERS_", "PREFECT_", "PYTHON"))}
        home = {
            "HOME": str(self.folder),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "PYTHONPATH": str(self.checkout),
        }
        env = clean | QUIET | self.s3 | home | {f"DAILY_PAPERS_{k}": v for k, v in values.items()}
        cost = run_command([sys.executable, "-m", "flows.cli", *words], env, self.checkout)
        assert cost.code == 0, f"{words}: exit code {cost.code}\n{cost.output[-3000:]}"
        return cost

    def objects(self) -> Counter[str]:
        """The number of objects in the bucket, by the first part of the key."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix="in/")
        return Counter(o["Key"].split("/")[1] for page in pages for o in page.get("Contents", []))

    def show(self, name: str, cost: Cost, most: int | None = None) -> None:
        """Print the requests of the command that has just ended, and check their number."""
        counts = self.log.since_last()
        methods: Counter[str] = Counter()
        for key, count in counts.items():
            methods[key.split()[0]] += count
        total = f"{counts.total()} requests ({text_of(methods)}), {cost.cpu:.1f} s CPU, {cost.seconds:.1f} s"
        if most is None:
            print_line(f"        {name}: {total}")
        else:
            check(counts.total() <= most, f"{name}: {total} (at most {most} requests)")
        print_line(f"           {text_of(counts)}")


def text_of(counts: Counter[str]) -> str:
    """Counts as text, the largest first."""
    return ", ".join(f"{name.strip()} {count}" for name, count in counts.most_common())


def measure_day(bench: Bench) -> None:
    """A first run of a day, and a second one that changes nothing."""
    print_line(f"\nA keyless run of {DATE} with the site")
    with replay("serve.py", "--fill") as site:
        for name, most in (("first run", None), ("second run", MAX_SECOND)):
            bench.show(name, bench.run(site, "", "run", "--date", DATE), most)
            objects = bench.objects()
            bench.log.since_last()
            print_line(f"           {objects.total()} objects: {text_of(objects)}")


def invented_days(days: int) -> Iterator[tuple[dt.date, list[dict[str, Any]]]]:
    """Lists of two invented papers, on consecutive dates, the same in every call."""
    words, generator = WORDS.split(), random.Random(20)
    for n in range(days):
        date = LAST - dt.timedelta(days=days - 1 - n)
        items = []
        for k in (1, 2):
            title = " ".join(generator.choices(words, k=7)).capitalize() + f" {n}.{k}"
            text = ". ".join(" ".join(generator.choices(words, k=12)).capitalize() for _ in range(4)) + "."
            paper = {"id": f"{date:%y%m}.{2 * n + k:05d}", "title": title, "summary": text, "upvotes": n % 50}
            paper |= {"publishedAt": f"{date}T00:00:00.000Z", "submittedOnDailyAt": f"{date}T01:00:00.000Z"}
            paper["authors"] = [{"name": f"Author {k}"}]
            items.append({"paper": paper, "numComments": k})
        yield date, items


def copy_to_bucket(bench: Bench, store: Path) -> int:
    """Copy a folder's files to the bucket; returns how many."""
    paths = [p for p in store.rglob("*") if p.is_file() and not any(q.startswith(".") for q in p.parts[-2:])]

    def put(path: Path) -> None:
        bench.client.put_object(
            Bucket=bench.bucket, Key=f"in/{path.relative_to(store).as_posix()}", Body=path.read_bytes()
        )

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put, paths))
    return len(paths)


def measure_unchanged(bench: Bench, days: int, keep: Path | None) -> None:
    """A backfill over days that are complete: the first after the copy, then another, then over one day alone."""
    print_line(f"\nA backfill over {days} complete days")
    lists, store = bench.folder / "lists", (keep or bench.folder) / f"days-{days}"
    lists.mkdir()
    dates = [date for date, _ in invented_days(days)]
    for date, items in invented_days(days):
        (lists / f"{date}.listing.json").write_text(json.dumps(items))
    words = ("backfill", str(dates[0]), str(dates[-1]))
    with replay("serve.py", "--listings", str(lists)) as site:
        backfill = bench.run(site, str(store), *words)  # does what is left to do
        print_line(f"        made in a folder: {backfill.seconds:.0f} s, {backfill.cpu:.0f} s CPU")
        started = time.monotonic()
        print_line(f"        {copy_to_bucket(bench, store)} objects copied in {time.monotonic() - started:.0f} s")
        bench.log.since_last()
        bench.show("first check after the copy", bench.run(site, "", *words))
        many = bench.run(site, "", *words)
        bench.show("check", many, MAX_UNCHANGED)
        one = bench.run(site, "", "backfill", str(dates[-1]), str(dates[-1]))
        bench.show("check of the last day alone", one)
        above = many.cpu - one.cpu
        check(above <= MAX_CPU, f"{above:.1f} s CPU above the check of one day (at most {MAX_CPU:g})")


def main() -> int:
    """Measure; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["day", "unchanged"])
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--checkout", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that it ends Ceph's daemons
    if reason := ceph_missing():
        print_line(f"no Ceph: {reason}")
        return 1
    with tempfile.TemporaryDirectory(prefix="requests-") as name, ceph(Path(name) / "ceph") as s3:
        if options.only in (None, "day"):
            measure_day(Bench(Path(name), options.checkout, s3))
        if options.only in (None, "unchanged"):
            measure_unchanged(Bench(Path(name), options.checkout, s3), options.days, options.keep)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
