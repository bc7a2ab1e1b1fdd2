"""The sample day: its transport answers like the two sites, and every paper says that it is invented."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import httpx
import pypdfium2
import pytest
from selectolax.lexbor import LexborHTMLParser

from papers.sample import SAMPLE_DAY, SAMPLE_DAYS, sample_transport

IDS = [f"0000.0000{n}" for n in range(1, 7)]
HTML_IDS, PDF_ID, WRONG_HTML_ID = IDS[:2], IDS[2], IDS[5]
SOURCES = dict(zip(IDS, [["html"], ["html"], ["pdf"], ["abs"], ["abs"], ["html", "abs"]], strict=True))
SAMPLE_NOTE = "invented sample"


async def get(path: str, **params: str) -> httpx.Response:
    async with httpx.AsyncClient(transport=sample_transport(), base_url="https://example.org") as client:
        return await client.get(path, params=params)


async def list_items(day: object, **params: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await get("/api/daily_papers", date=str(day), **params)).json()
    return items


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def pdf_text(body: bytes) -> str:
    document = pypdfium2.PdfDocument(body)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


# --- the lists ---------------------------------------------------------------------------------------------------


def test_the_sample_days_are_a_thursday_and_a_friday() -> None:
    assert [day.isoweekday() for day in SAMPLE_DAYS] == [4, 5]
    assert SAMPLE_DAYS[-1] == SAMPLE_DAY


async def test_the_main_day_lists_six_papers_and_an_item_without_an_id() -> None:
    items = await list_items(SAMPLE_DAY)
    assert sorted(item["paper"].get("id", "") for item in items) == ["", *IDS]


async def test_one_paper_was_listed_the_day_before_unchanged() -> None:
    (before,) = await list_items(SAMPLE_DAYS[0])
    (again,) = [i for i in await list_items(SAMPLE_DAY) if i["paper"].get("id") == before["paper"]["id"]]
    assert before["paper"]["id"] == "0000.00005"
    assert [before["title"], before["summary"]] == [again["title"], again["summary"]]


async def test_items_are_listed_on_the_day_that_lists_them() -> None:
    for day in SAMPLE_DAYS:
        dates = {i["paper"]["submittedOnDailyAt"][:10] for i in await list_items(day) if "id" in i["paper"]}
        assert dates == {day.isoformat()}


async def test_the_pages_of_a_list_make_up_the_list() -> None:
    first, second, third = [await list_items(SAMPLE_DAY, limit="4", p=str(page)) for page in range(3)]
    assert [len(first), len(second), len(third)] == [4, 3, 0]
    assert first + second == await list_items(SAMPLE_DAY)


async def test_another_day_is_empty() -> None:
    assert await list_items("2026-01-10") == []


@pytest.mark.parametrize(
    "params", [{"date": "someday"}, {"date": "2026-01-09", "limit": "101"}, {"date": "2026-01-09", "p": "-1"}]
)
async def test_an_invalid_request_is_refused(params: dict[str, str]) -> None:
    assert (await get("/api/daily_papers", **params)).status_code == 400


# --- the documents -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arxiv_id", IDS)
async def test_each_paper_has_the_sources_that_it_is_meant_to_have(arxiv_id: str) -> None:
    kinds = [kind for kind in ("html", "pdf", "abs") if (await get(f"/{kind}/{arxiv_id}")).status_code == 200]
    assert kinds == SOURCES[arxiv_id]


async def test_a_version_and_a_suffix_ask_for_the_same_document() -> None:
    plain, versioned = await get(f"/pdf/{PDF_ID}"), await get(f"/pdf/{PDF_ID}v1.pdf")
    assert plain.content == versioned.content
    assert plain.headers["Content-Type"] == "application/pdf"


async def test_a_paper_without_html_says_so_as_the_archive_does() -> None:
    answer = await get(f"/html/{PDF_ID}")
    assert answer.status_code == 404
    assert "HTML is not available for the source" in answer.text


@pytest.mark.parametrize("path", ["/", "/html/0000.00009", "/abs/../api/2026-01-09.json", "/pdf/0000.00003.txt"])
async def test_anything_else_is_a_404(path: str) -> None:
    assert (await get(path)).status_code == 404


@pytest.mark.parametrize("arxiv_id", HTML_IDS)
async def test_a_page_is_complete_and_is_the_listed_paper(arxiv_id: str) -> None:
    (item,) = [i for i in await list_items(SAMPLE_DAY) if i["paper"].get("id") == arxiv_id]
    page = LexborHTMLParser((await get(f"/html/{arxiv_id}")).text)
    title, abstract = page.css_first("h1.ltx_title_document"), page.css_first(".ltx_abstract p")
    assert title is not None
    assert abstract is not None
    assert one_line(title.text()) == item["title"].replace("`", "")
    assert one_line(abstract.text()) == item["summary"]
    for part in (".ltx_section", ".ltx_appendix", ".ltx_bibliography", ".ltx_tabular", ".ltx_note", "math[alttext]"):
        assert page.css(part), f"{arxiv_id} has no {part}"
    ids = [node.attributes["id"] for node in page.css("[id]")]
    assert len(ids) == len(set(ids))


async def test_the_wrong_page_is_not_the_listed_paper() -> None:
    (item,) = [i for i in await list_items(SAMPLE_DAY) if i["paper"].get("id") == WRONG_HTML_ID]
    page = (await get(f"/html/{WRONG_HTML_ID}")).text
    assert item["title"] not in page
    assert item["summary"][:40] not in page


async def test_the_pdf_has_a_text_layer_with_its_title_and_stamp() -> None:
    (item,) = [i for i in await list_items(SAMPLE_DAY) if i["paper"].get("id") == PDF_ID]
    text = one_line(pdf_text((await get(f"/pdf/{PDF_ID}")).content))
    assert item["title"] in text
    assert f"arXiv:{PDF_ID}v1 [cs.CL]" in text
    assert "References" in text


async def test_the_pdf_is_what_its_source_makes() -> None:
    make_pdf = pytest.importorskip("papers.sample.make_pdf")
    source = (files("papers.sample") / "pdf" / f"{PDF_ID}.txt").read_text(encoding="utf-8")
    assert pdf_text(make_pdf.make(source)) == pdf_text((await get(f"/pdf/{PDF_ID}")).content)


# --- the note that they are samples ------------------------------------------------------------------------------


async def test_every_item_says_that_it_is_a_sample() -> None:
    for item in [*await list_items(SAMPLE_DAYS[0]), *await list_items(SAMPLE_DAY)]:
        assert "(Sample)" in item["title"], item["title"]
        assert SAMPLE_NOTE in item["paper"]["summary"], item["title"]


@pytest.mark.parametrize("arxiv_id", IDS)
async def test_every_document_says_that_it_is_a_sample(arxiv_id: str) -> None:
    for kind in ("html", "pdf", "abs"):
        answer = await get(f"/{kind}/{arxiv_id}")
        if answer.status_code == 200:
            text = pdf_text(answer.content) if kind == "pdf" else answer.text
            # The papers themselves say it in the abstract and again in the body.
            assert one_line(text).count(SAMPLE_NOTE) >= 2, f"{kind}/{arxiv_id}"


async def test_links_lead_only_to_example_hosts() -> None:
    items = json.dumps(await list_items(SAMPLE_DAY))
    pages = "".join([(await get(f"/html/{arxiv_id}")).text for arxiv_id in HTML_IDS])
    hosts = set(re.findall(r"https?://([^/\"]+(?:/example)?)", items + pages))
    assert hosts <= {"github.com/example", "example.org", "arxiv.org"}
