"""A digest of every view that the command line makes of the recorded days, to compare two versions of the program.

    make views-digest ARGS='--output before.json'                     # in the checkout of one version
    make views-digest ARGS='--output after.json --against before.json'  # in the other

Runs the real command line on replay servers: the bundled sample, the six days with planted repeats and the recorded
days by extraction, ten of these by the replayed model, and roundups. Then hashes each snapshot, edition, site file
and feed, without the clock times and run ids that differ from run to run. Of the project it imports only helpers of
the tests, so that it can judge any version. ARGS: `--days N` (129), `--checkout DIR` (this one).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.servers import replay
from tests.shared import SHARED

MODEL_DAYS = 10
SAMPLE = "sample:"  # the setting that means the bundled sample day
PORTS = {"site": "18711", "repeats": "18712", "model": "18713"}  # fixed: editions and readings name the addresses
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
    dates = sorted(p.name[:10] for p in (SHARED / "recorded/hf/daily").glob("*.json.gz"))[:days]
    repeats = sorted(p.name[:10] for p in (SHARED / "recorded/repeats").glob("*.listing.json"))
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
    parser.add_argument("--keep", type=Path, help="build the stores here, and keep them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="views-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        build(options.checkout, folder, options.days)
        after = digests(folder)
    total = hashlib.sha256(json.dumps(after, sort_keys=True).encode()).hexdigest()
    print(f"{len(after)} views: {total}")
    if options.output:
        options.output.write_text(json.dumps(after, indent=0, sort_keys=True))
    return bool(compare(json.loads(options.against.read_text()), after)) if options.against else 0


if __name__ == "__main__":
    sys.exit(main())
