"""A digest of every view that the command line makes of the recorded days, to compare two versions of the program.

    make views-digest ARGS='--output before.json'                     # in the checkout of one version
    make views-digest ARGS='--output after.json --against before.json'  # in the other

Runs the real command line on replay servers: the bundled sample, the six days with planted repeats and the recorded
days by extraction, ten of these by the replayed model, and roundups. Then hashes each snapshot, edition, site file
and feed, without the clock times and run ids that differ from run to run. Of the project it imports only helpers of
the tests, so that it can judge any version. ARGS: `--days N` (129), `--checkout DIR` (this one).

`--orders N` instead runs ten days, six of them with planted repeats, in date order and in N random orders, each date
by a run of its own, and compares the stores: a view must not depend on the order in which the dates were run.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.prefect_server import QUIET, prefect_server
from tests.servers import replay
from tests.shared import SHARED

MODEL_DAYS = 10
ORDER_DAYS = 10
SAMPLE = "sample:"  # the setting that means the bundled sample day
PORTS = {
    "site": "18711",
    "repeats": "18712",
    "model": "18713",
    "orders": "18714",
}  # fixed: editions and readings name the addresses
CLOCKS = {"captured_at", "fetched_at", "started_at", "finished_at", "run_id", "seconds"}
TIMES = re.compile(rb"20\d\d-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:\+00:00|Z| UTC)?")
BASE = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "DAILY_PAPERS_ARXIV_INTERVAL": "0",
}


def run(checkout: Path, home: Path, env: dict[str, str], *words: str) -> None:
    """One command of the checkout's command line."""
    started = time.monotonic()
    full = os.environ | BASE | {"PYTHONPATH": str(checkout), "HOME": str(home)} | env
    process = subprocess.run(
        [sys.executable, "-m", "flows.cli", *words], cwd=checkout, env=full, capture_output=True, text=True, check=False
    )
    print(f"     {' '.join(words)}: exit code {process.returncode}, {time.monotonic() - started:.0f} s", flush=True)
    if process.returncode not in (0, 1):
        raise SystemExit(process.stdout[-2000:] + process.stderr[-2000:])


def build(checkout: Path, folder: Path, days: int) -> None:
    """All stores, in folders of `folder`."""
    dates, repeats = dates_in("hf/daily")[:days], dates_in("repeats")
    home = folder / "home"
    home.mkdir()

    def env(store: str, address: str, **more: str) -> dict[str, str]:
        settings = {"STORE": str(folder / store), "HF_URL": address, "ARXIV_URL": address} | more
        return {f"DAILY_PAPERS_{name}": value for name, value in settings.items()}

    with (
        replay("serve.py", "--port", PORTS["site"], "--fill") as site,
        replay("serve.py", "--port", PORTS["repeats"], "--listings", str(SHARED / "recorded/repeats")) as repeated,
        replay("llm.py", "--zh", "--port", PORTS["model"]) as model,
    ):
        by_model = {"MODEL": "openai:replay", "MODEL_URL": f"{model}/v1", "LANGUAGE": "zh,en"}
        for date in ("2026-01-08", "2026-01-09"):
            run(checkout, home, env("sample", SAMPLE), "run", "--date", date)
        run(checkout, home, env("repeats", repeated), "backfill", repeats[0], repeats[-1])
        run(checkout, home, env("recorded", site), "backfill", dates[0], dates[-1])
        for period in sorted({d[:7] for d in dates}):
            run(checkout, home, env("recorded", site), "roundup", period)
        run(checkout, home, env("model", site, **by_model), "backfill", dates[0], dates[min(MODEL_DAYS, days) - 1])
        if days > MODEL_DAYS:  # out of order, which corrects later days
            run(checkout, home, env("order", site), "run", "--date", dates[3])
            run(checkout, home, env("order", site), "run", "--date", dates[1])
            run(checkout, home, env("order", site), "run", "--date", dates[2])


def dates_in(folder: str) -> list[str]:
    """The dates of the recorded lists in a folder, sorted."""
    return sorted(p.name[:10] for p in (SHARED / "recorded" / folder).glob("20*.json*"))


def orders_of(number: int) -> list[list[str]]:
    """The days with planted repeats and those before them: in date order, then in `number` random orders.

    The n-th random order is the same for every `number`.
    """
    repeats = dates_in("repeats")
    before = [d for d in dates_in("hf/daily") if d < repeats[0]]
    dates = [*before[len(repeats) - ORDER_DAYS :], *repeats]
    return [dates, *(random.Random(n).sample(dates, len(dates)) for n in range(1, number + 1))]


def build_orders(checkout: Path, folder: Path, number: int) -> None:
    """A store for each order, without a model and a site, in folders of `folder`; one Prefect server for all."""
    listings = ("--listings", str(SHARED / "recorded/repeats"))
    with (
        replay("serve.py", "--port", PORTS["orders"], "--fill", *listings) as site,
        tempfile.TemporaryDirectory(prefix="prefect-") as prefect,
        prefect_server(Path(prefect)) as server,
    ):
        settings = {"HF_URL": site, "ARXIV_URL": site, "SITE": "false"}
        for n, order in enumerate(orders_of(number)):
            store = {"STORE": str(folder / f"order-{n:02}")}
            values = {f"DAILY_PAPERS_{k}": v for k, v in (settings | store).items()}
            env = os.environ | BASE | QUIET | server | {"PYTHONPATH": str(checkout), "HOME": prefect} | values
            started = time.monotonic()
            # -P: not the folder of the script, but the checkout comes first
            command = [sys.executable, "-P", str(Path(__file__).with_name("order_run.py")), *order]
            process = subprocess.run(command, cwd=checkout, env=env, capture_output=True, text=True, check=False)
            if process.returncode:
                raise SystemExit(process.stdout[-2000:] + process.stderr[-2000:])
            print(f"     order {n}: {' '.join(d[5:] for d in order)}: {time.monotonic() - started:.0f} s", flush=True)


def compare_orders(hashes: dict[str, str]) -> int:
    """Print how many orders give the views of the date order; how many do not.

    A row of `runs` counts what that run did itself, so `runs` are counted apart.
    """
    stores: dict[str, dict[str, str]] = {}
    for key, value in hashes.items():
        store, _, rest = key.partition("/")
        stores.setdefault(store, {})[rest] = value
    in_order = stores.pop("order-00")
    unlike = {s: [k for k in {*in_order, *v} if in_order.get(k) != v.get(k)] for s, v in sorted(stores.items())}
    views = {s: [k for k in keys if not k.startswith("snapshots/runs/")] for s, keys in unlike.items()}
    runs = sum(len(keys) - len(views[s]) for s, keys in unlike.items())
    different = [s for s, keys in views.items() if keys]
    print(f"{len(stores) - len(different)} of {len(stores)} orders equal the date order; {runs} `runs` differ")
    counts = Counter(kind_of(f"{s}/{k}") for s, keys in views.items() for k in keys)
    for kind, count in counts.most_common():
        print(f"     {kind}: {count}")
    for store in different:
        print(f"     {store}: {' '.join(sorted(views[store])[:4])}")
    return len(different)


def clockless(value: Any) -> Any:
    """A row without the values that are another in each run."""
    if isinstance(value, dict):
        return {k: clockless(v) for k, v in value.items() if k not in CLOCKS}
    if isinstance(value, list):
        return [clockless(v) for v in value]
    return value


def digest_of(path: Path, folder: Path) -> str:
    """The hash of a file's content, without clocks."""
    data = path.read_bytes()
    if path.suffix == ".parquet":
        rows = clockless(pq.read_table(BytesIO(data)).to_pylist())
        data = json.dumps(rows, ensure_ascii=False, default=str).encode("utf-8", "surrogatepass")
    data = TIMES.sub(b"", data).replace(str(folder).encode(), b"")
    return hashlib.sha256(data).hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """The hash of each view, by its store and key; the search index is pagefind's, and made of the pages."""
    parts_compared = ("snapshots", "editions", "roundups", "site")
    hashes = {}
    for path in sorted(folder.rglob("*")):
        key = path.relative_to(folder).as_posix()
        parts = key.split("/")
        if path.is_file() and len(parts) > 2 and parts[1] in parts_compared and "/site/search/" not in key:
            hashes[key] = digest_of(path, folder)
    return hashes


def kind_of(key: str) -> str:
    """What a view is counted as: store, part of it, dataset or folder."""
    store, part, rest = key.split("/", 2)
    store = "every order" if store.startswith("order-") else store
    return "/".join((store, part, rest.split("/")[0] if part == "snapshots" else ""))


def compare(before: dict[str, str], after: dict[str, str]) -> int:
    """Print what differs; how many views do."""
    unlike = [k for k in sorted(before.keys() | after.keys()) if before.get(k) != after.get(k)]
    print(f"{len(after)} views, {len(unlike)} differ")
    for kind, count in Counter(kind_of(k) for k in unlike).most_common():
        print(f"     {kind}: {count}, such as {next(k for k in unlike if kind_of(k) == kind)}")
    return len(unlike)


def main() -> int:
    """Build, hash, compare; 1 when a view differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, help="a JSON file for the hashes")
    parser.add_argument("--against", type=Path, help="the hashes of another version")
    parser.add_argument("--checkout", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--days", type=int, default=129)
    parser.add_argument("--orders", type=int, default=0, help="ten days in so many random orders, instead of the days")
    parser.add_argument("--keep", type=Path, help="build the stores here, and keep them")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that it ends its servers, whose ports are fixed
    with tempfile.TemporaryDirectory(prefix="views-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if options.orders:
            build_orders(options.checkout, folder, options.orders)
        else:
            build(options.checkout, folder, options.days)
        after = digests(folder)
    total = hashlib.sha256(json.dumps(after, sort_keys=True).encode()).hexdigest()
    print(f"{len(after)} views: {total}")
    if options.output:
        options.output.write_text(json.dumps(after, indent=0, sort_keys=True))
    unlike = compare_orders(after) if options.orders else 0
    if options.against:
        before: dict[str, str] = json.loads(options.against.read_text())
        if options.orders:  # the other version has perhaps run another number of them
            stores = {k.split("/")[0] for k in before} & {k.split("/")[0] for k in after}
            before, after = ({k: v for k, v in h.items() if k.split("/")[0] in stores} for h in (before, after))
        unlike += compare(before, after)
    return bool(unlike)


if __name__ == "__main__":
    sys.exit(main())
