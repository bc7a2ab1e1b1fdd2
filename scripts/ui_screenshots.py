"""Takes the screenshots of Prefect's UI in docs/images again: python -m scripts.ui_screenshots [FOLDER]

Runs `daily-papers up` in a temporary folder, runs the bundled sample days from the deployment, lets `watch` fail, and
takes the screenshots with a headless Chromium. Needs Debian's `chromium`, but no network.
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
LOAD_MILLISECONDS = 20_000  # of the browser's virtual clock, for a page to load its content
MAX_BYTES = 250_000  # per screenshot


def main() -> int:
    """Take all screenshots; 1 if one is too large."""
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
        run_command(["up", "--port", "0"], folder, env)
        try:
            url = json.loads((folder / "prefect/daily-papers.json").read_text())["url"]
            large = [p for p in take_screenshots(url, chromium, folder, target) if p.stat().st_size > MAX_BYTES]
        finally:
            run_command(["down"], folder, env)
    for path in large:
        sys.stderr.write(f"{path} is larger than {MAX_BYTES:,} bytes\n")
    return int(bool(large))


def run_command(arguments: list[str], folder: Path, env: dict[str, str]) -> None:
    """Run a command of `daily-papers`."""
    subprocess.run([sys.executable, "-m", "flows.cli", *arguments], cwd=folder, env=env, check=True)  # noqa: S603


def take_screenshots(url: str, chromium: str, folder: Path, target: Path) -> list[Path]:
    """Run the deployments and take screenshots of the pages that show the runs."""
    runs = [run_deployment(url, "daily", date=str(date)) for date in SAMPLE_DAYS]
    run_deployment(url, "watch", state="FAILED")
    day = SAMPLE_DAYS[-1]
    artifacts = post(url, "artifacts/filter", {"artifacts": {"key": {"any_": [f"papers-{day}", f"day-{day}"]}}})
    ids = {a["key"]: a["id"] for a in artifacts}
    automation = next(a for a in post(url, "automations/filter", {}) if "lost" in a["name"])
    pages = {
        "dashboard": "dashboard",
        "deployments": "deployments",
        "run": f"runs/flow-run/{runs[-1]}",
        "papers": f"artifacts/artifact/{ids[f'papers-{day}']}",
        "day": f"artifacts/artifact/{ids[f'day-{day}']}",
        "automations": f"automations/automation/{automation['id']}",
        "limits": "concurrency-limits",
    }
    return [
        take_screenshot(f"{url}/{page}", chromium, folder, target / f"prefect-{name}.png")
        for name, page in pages.items()
    ]


def post(url: str, path: str, body: Any) -> Any:
    """The answer of Prefect's API."""
    for _ in range(10):  # 503: its database is busy
        answer = httpx.post(f"{url}/api/{path}", json=body, timeout=60)
        if answer.status_code != 503:
            break
        time.sleep(1)
    answer.raise_for_status()
    return answer.json()


def run_deployment(url: str, deployment: str, state: str = "COMPLETED", **parameters: str) -> str:
    """Start a flow run and wait until it ends in that state; returns its id."""
    deployment_id = post(url, "deployments/filter", {"deployments": {"name": {"any_": [deployment]}}})[0]["id"]
    run: str = post(url, f"deployments/{deployment_id}/create_flow_run", {"parameters": parameters})["id"]
    deadline = time.monotonic() + 180
    run_filter = {"flow_runs": {"id": {"any_": [run]}}}
    while (current := post(url, "flow_runs/filter", run_filter)[0]["state_type"]) != state:
        if current in ("COMPLETED", "FAILED", "CRASHED") or time.monotonic() > deadline:
            raise SystemExit(f"{deployment} is {current}, not {state}")
        time.sleep(0.5)
    return run


def take_screenshot(page: str, chromium: str, folder: Path, path: Path) -> Path:
    """Take a screenshot of one page as PNG."""
    size = next((size for name, size in SIZES.items() if path.stem.endswith(name)), "1280,760")
    arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
    ]
    arguments += [f"--user-data-dir={folder / 'chromium'}", f"--window-size={size}"]
    arguments += [f"--virtual-time-budget={LOAD_MILLISECONDS}", f"--screenshot={path}", page]
    subprocess.run([chromium, *arguments], check=True, capture_output=True, timeout=120)  # noqa: S603
    return path


if __name__ == "__main__":
    sys.exit(main())
