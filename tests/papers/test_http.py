"""The polite client against scripted responses and local servers."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from papers.http import FetchFailed, PoliteClient
from tests.servers import QuietHandler, serve_http

Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, **options: object) -> PoliteClient:
    options = {"tries": 3} | options
    return PoliteClient("https://site.example", transport=httpx.MockTransport(answer), **options)  # type: ignore[arg-type]


def script(*answers: httpx.Response | Exception) -> tuple[Answer, list[httpx.Request]]:
    """A handler that gives the answers in order, repeating the last; and the list of its requests."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        response = answers[min(len(requests), len(answers)) - 1]
        if isinstance(response, Exception):
            raise response
        return response

    return answer, requests


async def test_a_page_is_complete_and_the_request_names_the_project() -> None:
    answer, requests = script(httpx.Response(200, text="hello", headers={"Content-Type": "text/plain"}))
    async with client(answer) as c:
        response = await c.get("a/b", {"x": "1"})
    assert (response.status, response.body, response.content_type) == (200, b"hello", "text/plain")
    assert response.sha256 == "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert str(requests[0].url) == "https://site.example/a/b?x=1"
    assert requests[0].headers["User-Agent"].startswith("daily-papers/")


@pytest.mark.parametrize("status", [404, 403, 400, 410])
async def test_a_client_error_is_a_response_and_is_not_retried(status: int) -> None:
    answer, requests = script(httpx.Response(status))
    async with client(answer) as c:
        assert (await c.get("x")).status == status
    assert len(requests) == 1


@pytest.mark.parametrize(
    "first", [httpx.Response(500), httpx.Response(503), httpx.ConnectError("down"), httpx.ReadTimeout("slow")]
)
@pytest.mark.usefixtures("no_backoff")
async def test_transient_errors_are_retried(first: httpx.Response | Exception) -> None:
    answer, requests = script(first, httpx.Response(200, text="ok"))
    async with client(answer) as c:
        assert (await c.get("x")).body == b"ok"
    assert len(requests) == 2


@pytest.mark.usefixtures("no_backoff")
async def test_tries_end_with_the_last_status_and_the_reason() -> None:
    answer, requests = script(httpx.Response(502))
    async with client(answer) as c:
        with pytest.raises(FetchFailed, match=r"site\.example/x: HTTP 502, 3 tries") as caught:
            await c.get("x")
    assert (caught.value.status, len(requests)) == (502, 3)


async def test_retry_after_is_respected_in_seconds_and_as_a_date() -> None:
    for kind, least in (("seconds", 0.95), ("date", 0.5)):
        soon = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=2)
        value = "1" if kind == "seconds" else email.utils.format_datetime(soon, usegmt=True)
        answer, _ = script(httpx.Response(429, headers={"Retry-After": value}), httpx.Response(200))
        async with client(answer) as c:
            start = time.monotonic()
            assert (await c.get("x")).status == 200
        assert time.monotonic() - start >= least


async def test_a_retry_after_of_hours_is_not_waited_for() -> None:
    answer, requests = script(httpx.Response(429, headers={"Retry-After": "7200"}))
    async with client(answer) as c:
        with pytest.raises(FetchFailed, match="429"):
            await c.get("x")
    assert len(requests) == 1


async def test_the_interval_lies_between_any_two_requests() -> None:
    at: list[float] = []

    def answer(_: httpx.Request) -> httpx.Response:
        at.append(time.monotonic())
        return httpx.Response(200)

    async with client(answer, interval=0.1) as c:
        await asyncio.gather(*(c.get(f"{n}") for n in range(4)))
    assert min(b - a for a, b in itertools.pairwise(at)) >= 0.09


async def test_a_body_over_the_cap_is_refused() -> None:
    answer, _ = script(httpx.Response(200, content=b"x" * 2001))
    async with client(answer, size_cap=2000) as c:
        with pytest.raises(FetchFailed, match=r"larger than 0\.002 MB"):
            await c.get("x")


async def test_redirects_are_followed_only_to_known_hosts() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/here":
            return httpx.Response(301, headers={"Location": "/there"})
        if request.url.path == "/away":
            return httpx.Response(302, headers={"Location": "http://169.254.169.254/latest"})
        return httpx.Response(200, text=request.url.path)

    async with client(answer) as c:
        assert (await c.get("here")).body == b"/there"
        with pytest.raises(FetchFailed, match=r"redirects to 169\.254\.169\.254"):
            await c.get("away")


async def test_a_redirect_loop_ends() -> None:
    answer, requests = script(httpx.Response(301, headers={"Location": "/again"}))
    async with client(answer) as c:
        with pytest.raises(FetchFailed, match="redirects"):
            await c.get("x")
    assert len(requests) == 5


# --- redirects -------------------------------------------------------------------------------------------------------


@contextmanager
def site(answers: dict[str, str]) -> Iterator[tuple[str, list[str]]]:
    """A server on loopback that redirects each path of `answers`; gives its URL and the requested paths."""
    paths: list[str] = []

    class Answer(QuietHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            location = answers.get(self.path)
            self.reply(302 if location else 200, b"here", **({"Location": location} if location else {}))

    with serve_http(Answer) as url:
        yield url, paths


async def test_a_real_site_redirects_to_its_own_pages_and_to_no_other_service() -> None:
    with site({}) as (other, paths_of_other):
        port = other.rpartition(":")[2]
        redirects = {
            "/a": "/b?x=1",
            "/service": f"{other}/secret",
            "/name": f"http://localhost:{port}/secret",
            "/user": f"http://127.0.0.1@localhost:{port}/secret",
            "/slashes": f"//127.0.0.1:{port}/secret",
            "/back": f"http://localhost:{port}\\@127.0.0.1/secret",
            "/file": "file:///etc/passwd",
            "/mapped": f"http://[::ffff:127.0.0.1]:{port}/secret",
            "/decimal": f"http://2130706433:{port}/secret",
        }
        with site(redirects) as (address, paths):
            async with PoliteClient(address, tries=1, allowed_hosts=frozenset({"localhost"})) as c:
                assert (await c.get("a")).body == b"here"
                for path in list(redirects)[1:]:
                    with pytest.raises(FetchFailed, match=r"redirects to .*not followed|no usable address"):
                        await c.get(path)
        assert paths[:2] == ["/a", "/b?x=1"]
        assert paths_of_other == []


@pytest.mark.parametrize(
    "target", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.1", "[::1]", "[fd00::1]", "[::ffff:10.0.0.1]"]
)
async def test_a_public_site_does_not_redirect_to_a_private_address(target: str) -> None:
    """Not even if its host is allowed; only a site that is itself private may redirect there."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/x":
            return httpx.Response(302, headers={"Location": f"http://{target}/y"})
        return httpx.Response(200, text="reached")

    hosts = frozenset({httpx.URL(f"http://{target}").host})
    async with client(answer, allowed_hosts=hosts) as c:
        with pytest.raises(FetchFailed, match="private address"):
            await c.get("x")
    transport = httpx.MockTransport(answer)
    async with PoliteClient("http://127.0.0.2:8700", transport=transport, allowed_hosts=hosts) as c:
        assert (await c.get("x")).body == b"reached"


async def test_a_name_that_resolves_to_a_private_address_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = {"mirror.example": "10.0.0.5", "export.example": "151.101.3.42"}

    async def resolve(_: object, host: str, *__: object, **___: object) -> list[tuple[object, ...]]:
        if host not in addresses:
            raise OSError(f"{host} is not known")
        return [(2, 1, 6, "", (addresses[host], 0))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == "site.example":
            return httpx.Response(302, headers={"Location": f"https:/{request.url.path}"})
        return httpx.Response(200, text=request.url.host)

    async with client(answer, allowed_hosts=frozenset({*addresses, "unknown.example"})) as c:
        with pytest.raises(FetchFailed, match=r"redirects to mirror\.example, a private address"):
            await c.get("/mirror.example")
        assert (await c.get("/export.example")).body == b"export.example"
        assert (await c.get("/unknown.example")).body == b"unknown.example"
