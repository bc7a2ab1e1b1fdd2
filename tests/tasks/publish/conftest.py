"""One site, one server and one browser for all tests of the published site."""

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
from tests.tasks.publish.invented import invented_store, layout

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")


@pytest.fixture(scope="session")
def built() -> MemoryStore:
    """The invented store with its site. Tests must not change it."""
    store = invented_store()
    report = build_site(store, layout())
    assert not report.warnings, report.warnings
    return store


@pytest.fixture(scope="session")
def address(built: MemoryStore) -> Iterator[str]:
    """The address of a server of the site."""
    server = site_server(built, port=0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Debian's Chromium, headless."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@dataclass
class MonitoredPage:
    """A page of the browser, and the faults that it showed."""

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)

    async def go(self, path: str) -> Page:
        """Open a page of the site."""
        response = await self.page.goto(self.address + path)
        assert response is not None
        assert response.status == 200, path
        return self.page


@asynccontextmanager
async def monitored_page(browser: Browser, address: str, **options: Any) -> AsyncIterator[MonitoredPage]:
    """A new page; at its end asserts that no request left the host, the console is empty and no dialog appeared."""
    context = await browser.new_context(**({"viewport": {"width": 1100, "height": 800}} | options))
    try:
        page = await context.new_page()
        monitored = MonitoredPage(page, address)
        page.on("request", lambda r: None if r.url.startswith(address) else monitored.faults.append(f"request {r.url}"))
        page.on("console", lambda m: monitored.faults.append(f"console {m.text}"))
        page.on("pageerror", lambda e: monitored.faults.append(f"error {e}"))
        page.on("dialog", lambda d: monitored.faults.append(f"dialog {d.message}"))
        yield monitored
        assert not monitored.faults
    finally:
        await context.close()
