"""The polite client against scripted responses and local servers."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import gzip
import itertools
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import zstandard

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
        return httpx.Response(200, text=f"{request.headers['Host']} at {request.url.host}")

    async with client(answer, allowed_hosts=frozenset({*addresses, "unknown.example"})) as c:
        with pytest.raises(FetchFailed, match=r"redirects to mirror\.example, a private address"):
            await c.get("/mirror.example")
        response = await c.get("/export.example")
        assert response.body == b"export.example at 151.101.3.42"
        assert response.url == "https://export.example"
        assert (await c.get("/unknown.example")).body == b"unknown.example at unknown.example"


async def test_a_name_that_turns_private_at_the_second_lookup_is_connected_to_at_its_first_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookups = iter(["151.101.3.42", "10.0.0.5", "10.0.0.5"])
    connected: list[str] = []

    async def resolve(_: object, host: str, *__: object, **___: object) -> list[tuple[object, ...]]:
        return [(2, 1, 6, "", (next(lookups) if host == "mirror.example" else "151.101.3.1", 0))]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)

    def answer(request: httpx.Request) -> httpx.Response:
        connected.append(request.url.host)
        if request.url.host == "site.example":
            return httpx.Response(302, headers={"Location": "https://mirror.example/y"})
        assert request.extensions["sni_hostname"] == "mirror.example"
        return httpx.Response(200, text="reached")

    async with client(answer, allowed_hosts=frozenset({"mirror.example"})) as c:
        assert (await c.get("/x")).body == b"reached"
    assert connected == ["site.example", "151.101.3.42"]


@pytest.mark.parametrize(
    "location", ["http://a\u2024b\uff0e.example/", "http://xn--\u00b2/", "http://[::1/", "http://\u00ad/"]
)
async def test_a_redirect_to_a_host_that_idna_refuses_is_a_failed_request(location: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(302, headers=[(b"Location", location.encode())])

    async with client(answer) as c:
        with pytest.raises(FetchFailed, match=r"redirects to|Invalid URL in location"):
            await c.get("/x")


@pytest.mark.parametrize("value", ["\u00b2", "1" * 400, "-1", "1e9", "soon"])
async def test_a_retry_after_that_is_no_number_is_ignored(value: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(429, headers=[(b"Retry-After", value.encode())])

    async with client(answer, tries=1) as c:
        with pytest.raises(FetchFailed, match="HTTP 429"):
            await c.get("/x")


def compressed(name: str, data: bytes) -> bytes:
    if name == "zstd":
        return zstandard.ZstdCompressor(level=19).compress(data)
    return gzip.compress(data) if name == "gzip" else zlib.compress(data)


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "deflate"])
async def test_the_cap_holds_while_a_body_is_decompressed(encoding: str) -> None:
    """No more than the cap is ever in memory: the bomb would unpack to 256 times as much."""
    cap = 1_000_000
    bomb = compressed(encoding, bytes(256 * cap))

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=httpx.ByteStream(bomb))

    async with client(answer, size_cap=cap) as c:
        tracemalloc.start()
        try:
            with pytest.raises(FetchFailed, match="larger than 1 MB"):
                await c.get("/x")
            assert tracemalloc.get_traced_memory()[1] < 8 * cap
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "deflate", "identity"])
async def test_a_compressed_body_is_decoded(encoding: str) -> None:
    text = b"a page that is not a bomb " * 4000
    body = text if encoding == "identity" else compressed(encoding, text)

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=httpx.ByteStream(body))

    async with client(answer) as c:
        assert (await c.get("/x")).body == text


GZIP = gzip.compress(b"a page " * 4000, mtime=0)  # the same bytes in each test process


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (GZIP[: len(GZIP) // 2], "ends too early"),
        (GZIP[:5], "ends too early"),
        (b"plain text", "not what its Content-E"),
    ],
)
async def test_a_damaged_body_is_fetched_again(damaged: bytes, reason: str) -> None:
    bodies = [damaged, GZIP]

    def answer(_: httpx.Request) -> httpx.Response:
        body = bodies.pop(0) if bodies else damaged
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(body))

    async with client(answer, tries=2) as c:
        assert (await c.get("/x")).body == b"a page " * 4000
        with pytest.raises(FetchFailed, match=reason):
            await c.get("/x")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (GZIP + gzip.compress(b"and more"), b"a page " * 4000 + b"and more"),
        (GZIP + bytes(512), b"a page " * 4000),
        (b"", b""),
    ],
)
async def test_gzip_may_have_several_members_padding_or_nothing(body: bytes, text: bytes) -> None:
    pieces = [body[n : n + 7] for n in range(0, len(body), 7)]

    async def stream() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async with client(lambda _: httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=stream())) as c:
        assert (await c.get("/x")).body == text


@pytest.mark.parametrize(("encoding", "reason"), [("br", "'br' is not supported"), ("gzip", "not what its Content-E")])
async def test_a_body_in_another_encoding_is_a_failed_request(encoding: str, reason: str) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=httpx.ByteStream(b"plain text"))

    async with client(answer) as c:
        with pytest.raises(FetchFailed, match=reason):
            await c.get("/x")


async def test_a_body_that_drips_is_given_up() -> None:
    async def drip() -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(0.02)
            yield b"."

    async with client(lambda _: httpx.Response(200, content=drip()), timeout=0.01, tries=1) as c:
        with pytest.raises(FetchFailed, match="no answer in time"):
            await c.get("/x")
