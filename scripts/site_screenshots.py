"""Writes screenshots of the bundled sample's site into `docs/`: `make screenshots`. Needs Debian's chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import sync_playwright

from papers.store import open_store
from tasks.publish.http_server import site_server

DOCS = Path(__file__).resolve().parents[1] / "docs"
MAX_BYTES = 250_000  # per screenshot
SCREENSHOTS = {  # file: path, width, height, colour scheme
    "site-today": ("/en/index.html", 1100, 900, "light"),
    "site-paper": ("/en/papers/0000.00001.html#results", 1100, 900, "light"),
    "site-today-zh-dark": ("/zh/index.html", 1100, 900, "dark"),
    "site-phone": ("/zh/papers/0000.00001.html", 360, 740, "light"),
    "site-search": ("/en/search.html?q=drawing", 1100, 700, "light"),
}


def main() -> int:
    """Run the demo in a new folder and take screenshots of its pages; 1 if one is too large."""
    chromium = shutil.which("chromium")
    if chromium is None:
        print("chromium was not found. Next: apt-get install chromium")
        return 1
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        command = [sys.executable, "-m", "flows.cli", "demo", "--store", folder]
        subprocess.run(  # noqa: S603 - our own command
            command, check=True, stdout=subprocess.DEVNULL, env=os.environ | {"DAILY_PAPERS_SITE": "true"}
        )
        server = site_server(open_store(folder), port=0)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            sizes = take_screenshots(chromium, f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            server.server_close()
    for name, size in sizes.items():
        print(f"docs/{name}.png: {size / 1000:.0f} kB")
    return int(any(size > MAX_BYTES for size in sizes.values()))


def take_screenshots(chromium: str, address: str) -> dict[str, int]:
    """Write all screenshots; returns their sizes in bytes."""
    sizes = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (path, width, height, scheme) in SCREENSHOTS.items():
            view = {"width": width, "height": height}
            page = browser.new_page(viewport=view, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.goto(address + path)
            if "search" in path:
                page.locator("#found li").first.wait_for()
            target = DOCS / f"{name}.png"
            page.screenshot(path=target)
            sizes[name] = target.stat().st_size
            page.close()
        browser.close()
    return sizes


if __name__ == "__main__":
    sys.exit(main())
