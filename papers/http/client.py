"""The polite HTTP client: it identifies itself, limits its rate, retries transient errors, and bounds what it reads."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import hashlib
import ipaddress
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version

import httpx
import stamina

from papers.errors import ReasonedError, SiteUnreachable
from papers.http.content_encoding import ACCEPTED, BodyReader, DamagedBody, TooLarge, UnsupportedEncoding
from papers.models import Reason
from papers.reasons import make_reason, reason_text

USER_AGENT = f"daily-papers/{version('daily-papers')} (research digest; one polite client)"
MAX_RETRY_AFTER = 120.0  # seconds; if a site asks for more, the request fails
MAX_REDIRECTS = 5


class FetchFailed(SiteUnreachable):
    """A request without a usable response: its `url`, the last `status` (None: no response at all) and the `reason`."""

    def __init__(self, url: str, status: int | None, reason: Reason) -> None:
        super().__init__(f"{url}: {reason_text(reason, 'en')}")
        self.url, self.status, self.reason = url, status, reason


class _RetryableError(ReasonedError):
    """A failure that may go away on a retry; `wait` is the delay that the server asked for, in seconds."""

    def __init__(self, reason: Reason, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(reason)
        self.status, self.wait = status, wait


@dataclass(frozen=True)
class HttpResponse:
    """A complete response, with any status except those that are retried (429 and 5xx)."""

    url: str
    status: int
    body: bytes
    content_type: str
    fetched_at: dt.datetime
    site_time: dt.datetime | None = None  # by the clock of the site: the header Date

    @cached_property
    def sha256(self) -> str:
        """The hash of the body: its key under `raw/`."""
        return hashlib.sha256(self.body).hexdigest()


class PoliteClient:
    """A client of one site: at most one request in `interval` seconds, and one at a time if `single` is set.

    `allowed_hosts` are the hosts, besides the site's own, that a redirect may lead to. `slot` is entered for each
    request, where the limit is shared with other clients.
    """

    def __init__(
        self,
        base_url: str,
        *,
        interval: float = 0.0,
        single: bool = False,
        timeout: float = 30.0,
        tries: int = 4,
        size_cap: int = 40_000_000,
        allowed_hosts: frozenset[str] = frozenset(),
        transport: httpx.AsyncBaseTransport | None = None,
        slot: Callable[[], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self.base_url, self.interval, self.tries, self.size_cap = (
            base_url.rstrip("/"),
            interval,
            tries,
            size_cap,
        )
        self._base_url = httpx.URL(base_url)
        self.hosts = allowed_hosts | {self._base_url.host}
        self.limit = 10 * timeout  # seconds for a whole response, however slowly it arrives
        self._lock = asyncio.Lock() if single or interval else None
        self._next_request_at = 0.0
        self._slot = slot
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=timeout,
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED},
            limits=httpx.Limits(max_connections=1 if self._lock else 8),
            follow_redirects=False,
        )

    async def __aenter__(self) -> PoliteClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, params: dict[str, str] | None = None) -> HttpResponse:
        """GET `path` under the base URL, or an absolute URL.

        Returns a response with any status except 429 and 5xx. Those and broken connections are retried with jittered
        backoff, or after `Retry-After` where the server gives one. Raises FetchFailed when the tries are used up, when
        the body is larger than the cap, or when a redirect is not allowed.
        """
        url = path if path.startswith("http") else f"{self.base_url}/{path.lstrip('/')}"
        try:
            async for attempt in stamina.retry_context(
                on=_retry_wait,
                attempts=self.tries,
                timeout=None,
                wait_initial=0.3,
                wait_max=8.0,
                wait_jitter=0.5,
            ):
                with attempt:
                    return await self._get_when_allowed(url, params)
        except _RetryableError as error:
            reason = (
                make_reason("after-tries", reason=error.reason, tries=self.tries) if self.tries > 1 else error.reason
            )
            raise FetchFailed(url, error.status, reason) from error
        raise AssertionError("a retry loop ends in a return or an error")

    async def _get_when_allowed(self, url: str, params: dict[str, str] | None) -> HttpResponse:
        if self._lock is None:
            return await self._follow_redirects(url, params)
        async with self._lock:
            if self._slot is None:
                return await self._follow_redirects(url, params)
            async with self._slot():
                return await self._follow_redirects(url, params)

    async def _wait_for_interval(self) -> None:
        """Sleep until the interval since this client's last request, or the delay that a 429 asked for, is over."""
        while (wait := self._next_request_at - time.monotonic()) > 0:  # noqa: ASYNC110 - a 429 may change it meanwhile
            await asyncio.sleep(wait)
        self._next_request_at = time.monotonic() + self.interval

    async def _follow_redirects(self, url: str, params: dict[str, str] | None) -> HttpResponse:
        ip: str | None = None
        for _ in range(MAX_REDIRECTS):
            await self._wait_for_interval()
            response, location = await self._request_once(url, params, ip)
            if location is None:
                return response
            url, ip = await self._redirect_target(url, response.status, location)
            params = None
        raise FetchFailed(url, None, make_reason("many-redirects", limit=MAX_REDIRECTS))

    async def _redirect_target(self, url: str, status: int, location: str) -> tuple[str, str | None]:
        """The URL that a redirect leads to, and the IP address to connect to, or None for any that the host has.

        The address of another host is resolved once, checked, and connected to: a second lookup might give another.
        Raises FetchFailed unless it is an allowed host, at the site's own port or a default port, and no private
        address: a site's response must not make us send requests into the local network. A site that is itself in the
        local network may redirect to others there.
        """
        try:
            target = httpx.URL(url).join(location)  # by the request's own parser: another may see another host
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchFailed(url, status, make_reason("bad-redirect", error=error)) from error
        ports = {None, 80, 443} | ({self._base_url.port} if target.host == self._base_url.host else set())
        is_allowed = target.scheme in ("http", "https") and target.host in self.hosts and target.port in ports
        if not is_allowed or target.userinfo:
            host = f"{target.host}:{target.port}" if target.port else target.host
            raise FetchFailed(url, status, make_reason("foreign-redirect", host=host or target.scheme))
        if target.host == self._base_url.host:
            return str(target), None
        addresses = await _resolve(target.host)
        if _any_private(addresses) and not _any_private(await _resolve(self._base_url.host)):
            raise FetchFailed(url, status, make_reason("private-redirect", host=target.host))
        return str(target), str(addresses[0]) if addresses else None

    async def _request_once(
        self, url: str, params: dict[str, str] | None, ip: str | None
    ) -> tuple[HttpResponse, str | None]:
        try:
            async with (
                asyncio.timeout(self.limit),
                self._stream(url, params, ip) as response,
            ):
                # Count the interval from the response too: requests may arrive closer together than they were sent.
                self._next_request_at = max(self._next_request_at, time.monotonic() + self.interval)
                if response.status_code == 429 or response.status_code >= 500:
                    raise self._retryable_error(response)
                body = await self._read_body(response, url)
                location = response.headers.get("Location") if response.is_redirect else None
                result = HttpResponse(
                    url=url if ip else str(response.url),
                    status=response.status_code,
                    body=body,
                    content_type=response.headers.get("Content-Type", ""),
                    fetched_at=dt.datetime.now(dt.UTC),
                    site_time=_time_of(response.headers.get("Date")),
                )
                return result, location
        except (httpx.TimeoutException, TimeoutError) as error:
            raise _RetryableError(make_reason("no-answer-in-time", error=type(error).__name__)) from error
        except httpx.TransportError as error:
            text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise _RetryableError(make_reason("connection-failed", error=text)) from error
        except httpx.InvalidURL as error:
            raise FetchFailed(url, None, make_reason("bad-address", error=error)) from error

    def _stream(
        self, url: str, params: dict[str, str] | None, ip: str | None
    ) -> AbstractAsyncContextManager[httpx.Response]:
        if ip is None:
            return self._client.stream("GET", url, params=params)
        target = httpx.URL(url)
        return self._client.stream(
            "GET",
            target.copy_with(host=ip),
            headers={"Host": target.netloc.decode("ascii")},
            extensions={"sni_hostname": target.raw_host.decode("ascii")},  # the certificate is the host's
        )

    async def _read_body(self, response: httpx.Response, url: str) -> bytes:
        """The decoded body. Raises FetchFailed for one that is larger than the cap, or in an unknown encoding, and
        _RetryableError for a damaged one.
        """
        try:
            reader = BodyReader(response.headers.get("Content-Encoding", ""), self.size_cap)
            assert isinstance(response.stream, httpx.AsyncByteStream)
            async for chunk in response.stream:  # as it came; httpx would decode it without a bound
                reader.feed(chunk)
            return reader.body()
        except DamagedBody as error:
            raise _RetryableError(error.reason, response.status_code) from error
        except TooLarge:
            raise FetchFailed(
                url, response.status_code, make_reason("too-large", megabytes=f"{self.size_cap / 1e6:g}")
            ) from None
        except UnsupportedEncoding as error:
            raise FetchFailed(url, response.status_code, error.reason) from error

    def _retryable_error(self, response: httpx.Response) -> _RetryableError:
        """The error for a 429 or 5xx; a `Retry-After` delays all requests of this client, not only this one."""
        wait = _retry_after(response)
        if wait is not None and wait <= MAX_RETRY_AFTER:
            self._next_request_at = max(self._next_request_at, time.monotonic() + wait)
        return _RetryableError(make_reason("http", status=response.status_code), response.status_code, wait)


IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


async def _resolve(host: str) -> list[IPAddress]:
    """The addresses of a host; none if it does not resolve."""
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in infos]


def _any_private(addresses: Iterable[IPAddress]) -> bool:
    """Whether one of the addresses is outside the public network."""
    return any(not (getattr(a, "ipv4_mapped", None) or a).is_global for a in addresses)


def _retry_wait(error: Exception) -> bool | float:
    """What stamina needs to know: False for no retry, True for the default backoff, else the seconds to wait."""
    if not isinstance(error, _RetryableError):
        return False
    if error.wait is None:
        return True
    return error.wait if error.wait <= MAX_RETRY_AFTER else False


def _retry_after(response: httpx.Response) -> float | None:
    """The delay in seconds that the `Retry-After` header asks for; it may be given in seconds or as a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit() and len(value) < 10:
        return float(value)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(value) - dt.datetime.now(dt.UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


def _time_of(header: str | None) -> dt.datetime | None:
    """The time of a Date header; None for none, or one that cannot be read."""
    try:
        time = email.utils.parsedate_to_datetime(header or "")
    except ValueError:
        return None
    return time.astimezone(dt.UTC) if time.tzinfo else time.replace(tzinfo=dt.UTC)
