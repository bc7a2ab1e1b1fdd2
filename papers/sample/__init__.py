"""The sample day: six invented papers, written for this project, as the two sites would serve them.

`api/` contains the lists; `html/`, `pdf/` and `abs/` contain what arXiv would have of each paper. Gaps are intentional:
0000.00003 has only a PDF, 0000.00004 only an abstract page, 0000.00005 was already listed the day before, and the HTML
of 0000.00006 is a checklist. The main day's list also contains an item without an id.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from importlib.resources import files

import httpx

SAMPLE_DAYS = (dt.date(2026, 1, 8), dt.date(2026, 1, 9))
SAMPLE_DAY = SAMPLE_DAYS[-1]

DOCUMENT = re.compile(r"/(?P<kind>html|pdf|abs)/(?P<id>\d{4}\.\d{4,5})(?:v\d+)?(?:\.pdf)?/?")
CONTENT_TYPES = {"html": "text/html; charset=utf-8", "abs": "text/html; charset=utf-8", "pdf": "application/pdf"}
NO_HTML = (
    "<!DOCTYPE html><html><head><title>No HTML</title></head><body><h1>No HTML for '{id}'</h1>"
    "<p>HTML is not available for the source. (An invented sample.)</p></body></html>"
)


def sample_transport() -> httpx.AsyncBaseTransport:
    """A transport that answers for both sites from the bundled files, without a network.

    `/api/daily_papers?date=…&p=…&limit=…`: the list of that day, `[]` for a day that is not in the sample;
    `/html/ID`, `/pdf/ID`, `/abs/ID`: the document, for any version. Everything else is a 404.
    """
    return httpx.MockTransport(_respond)


def _respond(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/api/daily_papers":
        return _list_page(request.url.params)
    match = DOCUMENT.fullmatch(request.url.path)
    if not match:
        return httpx.Response(404, text="not found")
    kind, arxiv_id = match["kind"], match["id"]
    body = _read_file(kind, f"{arxiv_id}.{'pdf' if kind == 'pdf' else 'html'}")
    if body is not None:
        return httpx.Response(200, content=body, headers={"Content-Type": CONTENT_TYPES[kind]})
    return httpx.Response(404, html=NO_HTML.format(id=arxiv_id) if kind == "html" else "not found")


def _list_page(params: httpx.QueryParams) -> httpx.Response:
    """A page of a day's list, with the same bounds on `limit` and `p` as the site."""
    try:
        day = dt.date.fromisoformat(params.get("date", ""))
        limit, page = int(params.get("limit", "50")), int(params.get("p", "0"))
    except ValueError:
        return httpx.Response(400, json={"error": "Invalid date or page"})
    if not 1 <= limit <= 100 or page < 0:
        return httpx.Response(400, json={"error": "Invalid page"})
    items = json.loads(_read_file("api", f"{day}.json") or b"[]")
    return httpx.Response(200, json=items[page * limit : (page + 1) * limit])


def _read_file(folder: str, name: str) -> bytes | None:
    file = files(__name__) / folder / name
    return file.read_bytes() if file.is_file() else None
