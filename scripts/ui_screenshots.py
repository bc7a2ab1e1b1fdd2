"""The screenshots of Prefect's UI in docs/images, made anew: python -m scripts.ui_screenshots [FOLDER]

Starts what `daily-papers up` starts, in a folder of its own, runs the bundled sample days from the deployment, lets
`watch` fail, and has a headless Chromium look at it. Needs Debian's `chromium`; no network.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from papers.sample import SAMPLE_DAYS
from papers.settings import SAMPLE

ROOT = Path(__file__).resolve().parents[1]
SIZES = {"run": "1280,1300"}  # pixels; all others: 1280 x 760
PATIENCE = 20_000  # milliseconds of its own clock that a page has to load what it shows
LARGEST = 250_000  # bytes of a picture


def main() -> int:
    """All pictures; 1 where one is larger than it may be."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        sys.stderr.write("needs chromium: apt-get install chromium\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="daily-papers-screenshots-") as name:
        folder = Path(name)
        env = os.environ | {
            "PREFECT_HOME": str(folder / "prefect"),
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "DAILY_PAPERS_STORE": str(folder / "data"),
            "DAILY_PAPERS_HF_URL": SAMPLE,
            "DAILY_PAPERS_ARXIV_URL": SAMPLE,
            "DAILY_PAPERS_LANGUAGE": "zh,en",
        }
        command(["up", "--port", "0"], folder, env)
        try:
            url = json.loads((folder / "prefect/daily-papers.json").read_text())["url"]
            large = [p for p in pictures(url, chromium, folder, target) if p.stat().st_size > LARGEST]
        finally:
            command(["down"], folder, env)
    for path in large:
        sys.stderr.write(f"{path} is larger than {LARGEST:,} bytes\n")
    return int(bool(large))


def command(words: list[str], folder: Path, env: dict[str, str]) -> None:
    """A command of ours."""
    subprocess.run([sys.executable, "-m", "flows.cli", *words], cwd=folder, env=env, check=True)  # noqa: S603


def pictures(url: str, chromium: str, folder: Path, target: Path) -> list[Path]:
    """Runs of the deployments, and the pages that show them."""
    runs = [run_of(url, "daily", date=str(date)) for date in SAMPLE_DAYS]
    run_of(url, "watch", state="FAILED")
    day = SAMPLE_DAYS[-1]
    made = asked(url, "artifacts/filter", {"artifacts": {"key": {"any_": [f"papers-{day}", f"day-{day}"]}}})
    ids = {a["key"]: a["id"] for a in made}
    lost = next(a for a in asked(url, "automations/filter", {}) if "lost" in a["name"])
    pages = {
        "dashboard": "dashboard",
        "deployments": "deployments",
        "run": f"runs/flow-run/{runs[-1]}",
        "papers": f"artifacts/artifact/{ids[f'papers-{day}']}",
        "day": f"artifacts/artifact/{ids[f'day-{day}']}",
        "automations": f"automations/automation/{lost['id']}",
        "limits": "concurrency-limits",
    }
    return [picture(f"{url}/{page}", chromium, folder, target / f"prefect-{name}.png") for name, page in pages.items()]


def asked(url: str, path: str, body: Any) -> Any:
    """What Prefect's API answers."""
    for _ in range(10):  # 503: its database is busy
        answer = httpx.post(f"{url}/api/{path}", json=body, timeout=60)
        if answer.status_code != 503:
            break
        time.sleep(1)
    answer.raise_for_status()
    return answer.json()


def run_of(url: str, deployment: str, state: str = "COMPLETED", **parameters: str) -> str:
    """A flow run, once it has ended in that state; its id."""
    found = asked(url, "deployments/filter", {"deployments": {"name": {"any_": [deployment]}}})[0]["id"]
    run: str = asked(url, f"deployments/{found}/create_flow_run", {"parameters": parameters})["id"]
    until = time.monotonic() + 180
    this = {"flow_runs": {"id": {"any_": [run]}}}
    while (now := asked(url, "flow_runs/filter", this)[0]["state_type"]) != state:
        if now in ("COMPLETED", "FAILED", "CRASHED") or time.monotonic() > until:
            raise SystemExit(f"{deployment} is {now}, not {state}")
        time.sleep(0.5)
    return run


def picture(page: str, chromium: str, folder: Path, path: Path) -> Path:
    """One page as a PNG."""
    size = next((size for name, size in SIZES.items() if path.stem.endswith(name)), "1280,760")
    words = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"]
    words += [f"--user-data-dir={folder / 'chromium'}", f"--window-size={size}"]
    words += [f"--virtual-time-budget={PATIENCE}", f"--screenshot={path}", page]
    subprocess.run([chromium, *words], check=True, capture_output=True, timeout=120)  # noqa: S603
    return path


if __name__ == "__main__":
    sys.exit(main())
