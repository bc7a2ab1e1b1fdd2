"""CPU of a day's run beside the plain script's and beside an empty date: `make bench-day ARGS='--only cpu'`.

CPU is user and system time of the command and all its processes: the temporary Prefect server and the children that
read documents too. Each command runs `--repeat` times (5); all commands take turns, and the median counts. Then a run
counts what it computes and reads. It imports nothing of the project: `--checkout DIR` judges another version, and
`--against DIR` measures that one in the same turns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from tests.bench.bounds import check, finish, print_line
from tests.bench.process_cpu import Cost, run_command
from tests.prefect_server import QUIET
from tests.servers import replay
from tests.shared import SHARED

DATE, DAY_BEFORE, EMPTY_DATE = "2025-10-17", "2025-10-16", "2025-10-18"
HERE = Path(__file__).resolve()
# Above the empty date: times the CPU of the plain script's day; seconds of a second run; reads of snapshots.
MAX_MODEL, MAX_KEYLESS, MAX_AGAIN, MAX_READS = 4.0, 2.5, 1.0, 20
MAX_EMPTY = 1.1  # times the CPU of the other checkout
CASES = {  # name -> store, date, by a model; in this order, so that "again" finds the store of the first run
    "an empty date": ("empty", EMPTY_DATE, False),
    "by the model": ("model", DATE, True),
    "by the model again": ("model", DATE, True),
    "keyless": ("keyless", DATE, False),
    "keyless again": ("keyless", DATE, False),
}


class DayCommands:
    """The commands, on one pair of replay servers; each round has new stores in `folder`."""

    def __init__(self, folder: Path, site: str, model: str) -> None:
        self.folder, self.site, self.model = folder, site, model
        (folder / "home").mkdir()

    def env(self, checkout: Path, store: Path, by_model: bool, with_site: bool) -> dict[str, str]:
        """The environment of a command: nothing of this shell's settings."""
        values = {
            "STORE": str(store),
            "HF_URL": self.site,
            "ARXIV_URL": self.site,
            "ARXIV_INTERVAL": "0",
            "LANGUAGE": "en",
            "SITE": str(with_site).lower(),
        }
        if by_model:
            values |= {"MODEL": "openai:replay", "MODEL_URL": f"{self.model}/v1", "CONCURRENCY": "8"}
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("DAILY_PAPERS_", "PREFECT_", "PYTHON"))}
        folders = {"HOME": str(self.folder / "home"), "PYTHONPATH": str(checkout)}
        return clean | QUIET | folders | {f"DAILY_PAPERS_{k}": v for k, v in values.items()}

    def run_bare(self) -> Cost:
        """The plain script's day."""
        command = [sys.executable, str(SHARED / "replay/bare_day.py"), "--hf", self.site, "--arxiv", self.site]
        command += ["--llm", self.model, "--date", DATE, "--out", str(self.folder / "bare")]
        return run_command(command, self.env(self.folder, self.folder / "none", True, False), self.folder)

    def run_case(self, checkout: Path, name: str, with_site: bool) -> Cost:
        """One run of the command line."""
        store, date, by_model = CASES[name]
        place = self.folder / f"{checkout.name}-{store}-{with_site}"
        if not name.endswith("again"):
            shutil.rmtree(place, ignore_errors=True)
        command = [sys.executable, "-m", "flows.cli", "run", "--date", date]
        return run_command(command, self.env(checkout, place / "store", by_model, with_site), checkout)

    def count(self, checkout: Path, store: Path, date: str) -> dict[str, dict[str, int]]:
        """What a keyless run with the site computes and reads."""
        result = self.folder / "counts.json"
        command = [sys.executable, "-P", str(HERE.with_name("day_calls.py")), str(result), "run", "--date", date]
        env = self.env(checkout, store, False, True)
        subprocess.run(command, env=env, cwd=checkout, check=True, capture_output=True)
        counts: dict[str, dict[str, int]] = json.loads(result.read_text())
        return counts


def measure(commands: DayCommands, checkouts: list[Path], repeat: int) -> dict[tuple[str, ...], list[Cost]]:
    """All commands `repeat` times, taking turns, after one round that warms up."""
    costs: dict[tuple[str, ...], list[Cost]] = defaultdict(list)
    for n in range(repeat + 1):
        round_costs: dict[tuple[str, ...], Cost] = {("bare",): commands.run_bare()}
        for with_site in (False, True):
            for name in CASES:
                for checkout in checkouts:
                    round_costs[name, str(with_site), str(checkout)] = commands.run_case(checkout, name, with_site)
        for key, cost in round_costs.items():
            assert cost.code == 0, f"{key}: exit code {cost.code}\n{cost.output[-2000:]}"
            if n:
                costs[key].append(cost)
        print_line(f"     round {n} of {repeat}: {sum(c.cpu for c in round_costs.values()):.0f} s CPU")
    return costs


def judge(costs: dict[tuple[str, ...], list[Cost]], checkout: Path, with_site: bool) -> None:
    """Print the medians of a checkout and check the bounds."""

    def cpu(*key: str) -> float:
        return statistics.median(c.cpu for c in costs[key])

    bare, empty = cpu("bare"), cpu("an empty date", str(with_site), str(checkout))
    print_line(f"\nCPU, {'with' if with_site else 'without'} the site, {checkout}; the plain script's day {bare:.2f} s")
    for name in CASES:
        key = (name, str(with_site), str(checkout))
        seconds, values = statistics.median(c.seconds for c in costs[key]), [c.cpu for c in costs[key]]
        text = f"{name}: {cpu(*key):.2f} s ({min(values):.2f} to {max(values):.2f}), {seconds:.2f} s on the clock"
        above = cpu(*key) - empty
        if name == "an empty date":
            print_line(f"        {text}")
        elif name.endswith("again"):
            check(above <= MAX_AGAIN, f"{text}; above the empty date {above:.2f} s (at most {MAX_AGAIN:g})")
        else:
            bound = MAX_MODEL if name == "by the model" else MAX_KEYLESS
            text = f"{text}; above the empty date {above:.2f} s, {above / bare:.2f} times the plain script's day"
            check(above <= bound * bare, f"{text} (at most {bound:g})")


def compare(costs: dict[tuple[str, ...], list[Cost]], checkout: Path, other: Path) -> None:
    """Print each command's CPU in both checkouts; an empty date must not cost more than in the other."""
    print_line(f"\nCPU beside that of {other}")
    for with_site in ("False", "True"):
        for name in CASES:
            here, there = (statistics.median(c.cpu for c in costs[name, with_site, str(p)]) for p in (checkout, other))
            text = f"{name}{', site' if with_site == 'True' else ''}: {here:.2f} s, {there:.2f} s there"
            if name == "an empty date":
                check(here <= MAX_EMPTY * there, text)
            else:
                print_line(f"        {text}")


def count_calls(commands: DayCommands, checkout: Path) -> None:
    """What runs with the site compute and read: of a new store, again, and of a day before the stored one."""
    print_line(f"\nComputed and read, with the site, {checkout}")
    store = commands.folder / "counted"
    shutil.rmtree(store, ignore_errors=True)
    for name, date in (("first run", DATE), ("second run", DATE), ("the day before, late", DAY_BEFORE)):
        counts = commands.count(checkout, store, date)
        calls = ", ".join(f"{c} {counts['calls'].get(c, 0)}" for c in ("dedupe", "verdicts", "history"))
        reads = max(counts[kind].get("snapshots", 0) for kind in ("gets", "opened"))
        if name == "first run":
            once = all(counts["calls"].get(c) == 1 for c in ("dedupe", "verdicts", "history"))
            check(once, f"{name}: times computed: {calls} (once each)")
            check(reads <= MAX_READS, f"{name}: {reads} reads of snapshots (at most {MAX_READS})")
        else:
            print_line(f"        {name}: times computed: {calls}; {reads} reads of snapshots")
        print_line(f"        store.get: {counts['gets']}; of snapshots: {counts['datasets']}")
        print_line(f"        files opened: {counts['opened']}")


def bench_cpu(checkout: Path, other: Path | None, repeat: int, only_calls: bool = False) -> None:
    """All of the measurements above."""
    with (
        tempfile.TemporaryDirectory(prefix="day-cpu-") as name,
        replay("serve.py", "--fill") as site,
        replay("llm.py") as model,
    ):
        commands = DayCommands(Path(name), site, model)
        checkouts = [checkout, *([other] if other else [])]
        if not only_calls:
            costs = measure(commands, checkouts, repeat)
            for path in checkouts:
                judge(costs, path, with_site=False)
                judge(costs, path, with_site=True)
            if other:
                compare(costs, checkout, other)
        for path in checkouts:
            count_calls(commands, path)


def main() -> int:
    """Measure; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--checkout", type=Path, default=HERE.parents[2])
    parser.add_argument("--against", type=Path, help="another checkout, measured in the same turns")
    parser.add_argument("--calls", action="store_true", help="only what a run computes and reads")
    options = parser.parse_args()
    bench_cpu(options.checkout, options.against, options.repeat, options.calls)
    return finish()


if __name__ == "__main__":
    sys.exit(main())
