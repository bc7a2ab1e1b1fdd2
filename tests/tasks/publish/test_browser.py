"""The site in a browser: what readers do, and what no page may do."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from playwright.async_api import Browser, Page

from tests.plain import MemoryStore
from tests.tasks.publish.conftest import monitored_page, needs_chromium
from tests.tasks.publish.invented import EMPTY, FIRST, HOSTILE, LATER

pytestmark = needs_chromium

PATHS = (
    "/",
    "/zh/index.html",
    f"/en/days/{FIRST}/index.html",
    f"/zh/days/{EMPTY}/index.html",
    f"/zh/days/{HOSTILE}/index.html",
    f"/en/days/{FIRST}/full-report.html",
    f"/zh/days/{HOSTILE}/ranked-digest.html",
    f"/en/days/{FIRST}/curated-post.html",
    "/en/papers/0000.00001.html",
    "/zh/papers/0000.00011.html",
    "/zh/papers/0000.00012.html",
    "/en/archive.html",
    "/zh/directions/index.html",
    "/en/directions/agent/index.html",
    "/en/directions/agent/2026-01.html",
    "/zh/roundups/index.html",
    "/zh/search.html",
    "/en/about.html",
    "/en/feeds/index.html",
)


async def results(page: Page) -> list[str]:
    """The titles of the search results."""
    for _ in range(200):
        await page.wait_for_timeout(50)
        status, rows = await page.locator("#said").inner_text(), await page.locator("#found li").count()
        count = re.search(r"\d+", status)  # none while the page still searches
        if (rows and count and rows == min(20, int(count[0]))) or status.startswith(("No ", "没有")):
            break
    return await page.locator("#found .title").all_inner_texts()


async def test_the_start_page_works_without_script(browser: Browser, address: str) -> None:
    async with monitored_page(browser, address, java_script_enabled=False) as w:
        page = await w.go("/")
        assert await page.locator("h1").inner_text() == "2026 年 2 月 2 日"
        assert await page.locator(".pick .title").all_inner_texts() == ["虚构研究之二"]
        assert await page.locator(".row").count() == 2
        await page.get_by_role("link", name=re.compile("完整报告")).click()
        assert "full-report" in page.url
        await page.get_by_role("link", name=re.compile("当日")).click()
        await page.locator(".pick .title a").click()
        assert page.url.endswith("/zh/papers/0000.00031.html")
        await page.goto(f"{address}/en/search.html")
        assert "Search needs JavaScript" in await page.locator("main").inner_text()


async def test_the_language_is_switched_on_the_same_page(browser: Browser, address: str) -> None:
    async with monitored_page(browser, address) as w:
        page = await w.go("/en/papers/0000.00002.html")
        assert await page.locator("html").get_attribute("lang") == "en"
        await page.locator(".tongue a").click()
        assert page.url.endswith("/zh/papers/0000.00002.html")
        assert await page.locator("html").get_attribute("lang") == "zh-CN"
        assert await page.locator("h1").inner_text() == "虚构研究之三"
        await page.locator(".tongue a").click()
        assert page.url.endswith("/en/papers/0000.00002.html")


async def test_a_number_leads_to_its_quote_and_the_quote_to_its_section(browser: Browser, address: str) -> None:
    async with monitored_page(browser, address) as w:
        page = await w.go("/en/papers/0000.00001.html")
        await page.locator("a.num", has_text="97.3").first.click()
        target = page.locator(":target")
        assert "We reach 97.3% on the invented set." in await target.inner_text()
        assert await target.evaluate("e => getComputedStyle(e).backgroundColor") != "rgba(0, 0, 0, 0)"
        source = target.get_by_role("link", name="Open in the paper")
        assert await source.get_attribute("href") == "https://arxiv.org/html/0000.00001v2#S1.p1"
        assert "1 Introduction" in await target.inner_text()
        await target.get_by_role("link", name="back to the number").click()
        assert (await page.locator(":target").inner_text()).startswith("97.3")
        row = page.locator(".quotes li", has_text="Table 2").get_by_role("link", name="Open in the paper")
        assert await row.get_attribute("href") == "https://arxiv.org/html/0000.00001v2#S4.T2"  # rows have no anchor
        assert await page.locator("mark.doubt").all_inner_texts() == ["12.5"]
        assert await page.locator("main math").count() >= 1
        assert await page.locator("figure svg circle").count() == 2


async def test_search_works_in_both_languages_and_across_months(browser: Browser, address: str) -> None:
    async with monitored_page(browser, address) as w:
        page = await w.go("/en/search.html?q=spectrogram")
        assert len(await results(page)) == 2
        assert await page.locator("#said").inner_text() == "2 papers"
        page = await w.go("/zh/search.html?q=虚构研究之三")
        assert (await results(page))[0] == "虚构研究之三"
        page = await w.go("/zh/search.html?q=强化学习方法")
        assert len(await results(page)) == 8  # of three days and two months
        page = await w.go("/en/search.html?q=nothingholdsthisword")
        assert await results(page) == []
        assert await page.locator("#said").inner_text() == "No paper matches."


async def test_filters_narrow_the_results(browser: Browser, address: str) -> None:
    async with monitored_page(browser, address) as w:
        page = await w.go("/en/search.html")
        await page.locator("#direction").select_option("Agent")
        assert len(await results(page)) == 3
        await page.locator("#from").fill("2026-01-08")
        await page.locator("#to").fill("2026-01-31")
        await page.locator("#to").dispatch_event("change")
        assert len(await results(page)) == 1
        assert "direction=Agent" in page.url
        await page.reload()  # the URL contains the search
        assert len(await results(page)) == 1
        page = await w.go("/en/search.html?organization=Example+Lab&tag=Frontier+Lab&sort=date")
        assert len(await results(page)) == 5
        dates = await page.locator("#found time").all_inner_texts()
        assert dates == [str(LATER)] * 2 + ["2026-01-08"] + [str(FIRST)] * 2


async def test_everything_can_be_reached_by_keyboard(browser: Browser, address: str) -> None:
    async with monitored_page(browser, address) as w:
        page = await w.go("/en/index.html")
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        assert (await page.locator(".skip").bounding_box() or {"x": -1.0})["x"] >= 0
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "content"
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.querySelector('main').contains(document.activeElement)")
        assert "3px" in await page.evaluate("getComputedStyle(document.activeElement).outline")
        await page.locator(".find input").focus()
        await page.keyboard.type("spectrogram")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/en/search.html?q=spectrogram")
        assert len(await results(page)) == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_scrolls_sideways_or_fails_axe(browser: Browser, address: str, scheme: str) -> None:
    axe = (files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    phone = {"viewport": {"width": 360, "height": 740}, "color_scheme": scheme, "bypass_csp": True}
    backgrounds = set()
    async with monitored_page(browser, address, **phone) as w:
        for path in PATHS:
            page = await w.go(path)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, (path, width)
            backgrounds.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"))
            await page.evaluate(axe)
            # The color scheme changes only colors.
            rules = "" if scheme == "light" else ", runOnly: {type: 'rule', values: ['color-contrast']}"
            report = await page.evaluate(f"axe.run(document, {{resultTypes: ['violations']{rules}}})")
            violations = [
                (path, v["id"], v["nodes"][0]["html"][:200], v["nodes"][0].get("failureSummary", "")[:300])
                for v in report["violations"]
                if v["impact"] in ("serious", "critical")
            ]
            assert not violations, violations
    assert backgrounds == {"rgb(251, 249, 244)" if scheme == "light" else "rgb(23, 21, 18)"}


async def test_no_planted_script_runs_on_any_page(browser: Browser, address: str, built: MemoryStore) -> None:
    """All pages with text of the hostile day; they must be safe without the policy too."""
    pages = [k.removeprefix("site") for k in built.keys("site/") if k.endswith(".html") and b"pwned" in built.data[k]]
    assert len(pages) > 20
    for bypass in (True, False):  # all pages without the policy, one in five with it
        async with monitored_page(browser, address, bypass_csp=bypass) as w:
            for path in pages if bypass else pages[::5]:
                page = await w.go(path)
                assert await page.evaluate("window.pwned") is None, path
                assert await page.locator("main script, main img, main [onload], main [onerror]").count() == 0, path
                unsafe = "[...document.links].filter(a => !/^https?:/.test(a.protocol)).map(a => a.href)"
                assert await page.evaluate(unsafe) == [], path
            if not bypass:
                page = await w.go("/zh/search.html?q=pwned")
                assert await results(page)
                assert await page.evaluate("window.pwned") is None


async def test_print_hides_the_navigation(browser: Browser, address: str) -> None:
    async with monitored_page(browser, address) as w:
        page = await w.go("/en/papers/0000.00001.html")
        await page.emulate_media(media="print")
        assert not await page.locator(".masthead nav").is_visible()
        assert await page.locator("h1").is_visible()
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
