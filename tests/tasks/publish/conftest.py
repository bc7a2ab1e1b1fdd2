"""One site, one server and one browser for all tests of what is published."""

from __future__ import annotations

import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tasks.publish.http_server import site_server
from tasks.publish.site_build import build_site
from tests.plain import MemoryStore
from tests.tasks.publish.invented import invented_store, shell

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")


@pytest.fixture(scope="session")
def built() -> MemoryStore:
    """The invented store with its site. Not to be changed."""
    store = invented_store()
    report = build_site(store, shell())
    assert not report.warnings, report.warnings
    return store


@pytest.fixture(scope="session")
def address(built: MemoryStore) -> Iterator[str]:
    """Where the site is served."""
    server = site_server(built, port=0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@dataclass
class Watched:
    """A page of the browser, and what it did that it should not have."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    async def go(self, path: str) -> Page:
        """Open a page of the site."""
        answer = await self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == 200, path
        return self.page


@asynccontextmanager
async def watched(browser: Browser, address: str, **options: Any) -> AsyncIterator[Watched]:
    """A new page; at its end, no request left the host, nothing was written to the console, no dialog came up."""
    context = await browser.new_context(**({"viewport": {"width": 1100, "height": 800}} | options))
    try:
        page = await context.new_page()
        found = Watched(page, address)
        page.on("request", lambda r: None if r.url.startswith(address) else found.faults.append(f"request {r.url}"))
        page.on("console", lambda m: found.faults.append(f"console {m.text}"))
        page.on("pageerror", lambda e: found.faults.append(f"error {e}"))
        page.on("dialog", lambda d: found.faults.append(f"dialog {d.message}"))
        yield found
        assert not found.faults
    finally:
        await context.close()
