"""The polite HTTP client: it says who it is, waits its turn, tries again where that helps, and reads within bounds."""

from __future__ import annotations

import asyncio
import datetime as dt
import email.utils
import hashlib
import ipaddress
import socket
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version

import httpx
import stamina

from papers.errors import SiteUnreachable

USER_AGENT = f"daily-papers/{version('daily-papers')} (research digest; one polite client)"
MAX_RETRY_AFTER = 120.0  # seconds; a site that asks for more is not waited for
MAX_REDIRECTS = 5


class FetchFailed(SiteUnreachable):
    """A request that got no usable answer: `url`, the last `status` (None: none at all), `reason`."""

    def __init__(self, url: str, status: int | None, reason: str) -> None:
        super().__init__(f"{url}: {reason}")
        self.url, self.status, self.reason = url, status, reason


class _TransientError(Exception):
    """A failure that another try may mend; `wait` is what the server asked for, in seconds."""

    def __init__(self, reason: str, status: int | None = None, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.status, self.wait = reason, status, wait


@dataclass(frozen=True)
class Fetched:
    """An answer, whole: any status but those that were tried again (429 and 5xx)."""

    url: str
    status: int
    body: bytes
    content_type: str
    fetched_at: dt.datetime

    @cached_property
    def sha256(self) -> str:
        """Of the body: its key under `raw/`."""
        return hashlib.sha256(self.body).hexdigest()


class PoliteClient:
    """A client of one site: one request in `interval` seconds at most, and one at a time where `single` says so.

    `allowed_hosts` are the hosts, besides the site's own, that a redirect may lead to; `turn` is entered for each
    request, where others besides this client must be waited for.
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
        turn: Callable[[], AbstractAsyncContextManager[None]] | None = None,
    ) -> None:
        self.base_url, self.interval, self.tries, self.size_cap = (
            base_url.rstrip("/"),
            interval,
            tries,
            size_cap,
        )
        self._base = httpx.URL(base_url)
        self.hosts = allowed_hosts | {self._base.host}
        self.limit = 10 * timeout  # seconds for one answer, however slowly it drips
        self._one = asyncio.Lock() if single or interval else None
        self._next_at = 0.0
        self._turn = turn
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=timeout,
            headers={"User-Agent": USER_AGENT},
            limits=httpx.Limits(max_connections=1 if self._one else 8),
            follow_redirects=False,
        )

    async def __aenter__(self) -> PoliteClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def get(self, path: str, params: dict[str, str] | None = None) -> Fetched:
        """GET `path` under the base URL, or an absolute URL.

        Returns any answer but 429 and 5xx, which are tried again with jittered backoff, or after `Retry-After` where
        the server gives one, as are broken connections. Raises FetchFailed when the tries are used up, when the body
        is larger than the cap, or when a redirect leads elsewhere.
        """
        url = path if path.startswith("http") else f"{self.base_url}/{path.lstrip('/')}"
        try:
            async for attempt in stamina.retry_context(
                on=_wait_of,
                attempts=self.tries,
                timeout=None,
                wait_initial=0.3,
                wait_max=8.0,
                wait_jitter=0.5,
            ):
                with attempt:
                    return await self._politely(url, params)
        except _TransientError as error:
            reason = f"{error.reason}, {self.tries} tries" if self.tries > 1 else error.reason
            raise FetchFailed(url, error.status, reason) from error
        raise AssertionError("a retry loop ends in a return or an error")

    async def _politely(self, url: str, params: dict[str, str] | None) -> Fetched:
        if self._one is None:
            return await self._follow(url, params)
        async with self._one:
            if self._turn is None:
                return await self._follow(url, params)
            async with self._turn():
                return await self._follow(url, params)

    async def _wait_turn(self) -> None:
        """Sleep until the interval since this client's last request, or what a 429 asked for, is over."""
        while (wait := self._next_at - time.monotonic()) > 0:  # noqa: ASYNC110 - another may move it meanwhile
            await asyncio.sleep(wait)
        self._next_at = time.monotonic() + self.interval

    async def _follow(self, url: str, params: dict[str, str] | None) -> Fetched:
        for _ in range(MAX_REDIRECTS):
            await self._wait_turn()
            answer, location = await self._once(url, params)
            if location is None:
                return answer
            url, params = await self._target(url, answer.status, location), None
        raise FetchFailed(url, None, f"more than {MAX_REDIRECTS} redirects")

    async def _target(self, url: str, status: int, location: str) -> str:
        """Where a redirect leads.

        Raises FetchFailed unless that is a host this client was told of, at the site's own port or a usual one, and no
        private address: what a site answers must not reach into the network that we are in. A site that is in there
        itself may lead to others of it.
        """
        try:
            target = httpx.URL(url).join(location)  # parsed as the request will be: two parsers may differ in the host
        except (httpx.InvalidURL, ValueError) as error:
            raise FetchFailed(url, status, f"redirects to no usable address: {error}") from error
        ports = {None, 80, 443} | ({self._base.port} if target.host == self._base.host else set())
        known = target.scheme in ("http", "https") and target.host in self.hosts and target.port in ports
        if not known or target.userinfo:
            where = f"{target.host}:{target.port}" if target.port else target.host
            raise FetchFailed(url, status, f"redirects to {where or target.scheme}, which is not followed")
        if target.host != self._base.host and await _private(target.host) and not await _private(self._base.host):
            raise FetchFailed(url, status, f"redirects to {target.host}, a private address, which is not followed")
        return str(target)

    async def _once(self, url: str, params: dict[str, str] | None) -> tuple[Fetched, str | None]:
        try:
            async with (
                asyncio.timeout(self.limit),
                self._client.stream("GET", url, params=params) as response,
            ):
                # From the answer as well as from the request: on the way there two may have come closer together.
                self._next_at = max(self._next_at, time.monotonic() + self.interval)
                if response.status_code == 429 or response.status_code >= 500:
                    raise self._put_off(response)
                body = bytearray()
                async for chunk in response.aiter_bytes():
                    body += chunk
                    if len(body) > self.size_cap:
                        raise FetchFailed(url, response.status_code, f"larger than {self.size_cap / 1e6:g} MB")
                location = response.headers.get("Location") if response.is_redirect else None
                fetched = Fetched(
                    url=str(response.url),
                    status=response.status_code,
                    body=bytes(body),
                    content_type=response.headers.get("Content-Type", ""),
                    fetched_at=dt.datetime.now(dt.UTC),
                )
                return fetched, location
        except (httpx.TimeoutException, TimeoutError) as error:
            raise _TransientError(f"no answer in time ({type(error).__name__})") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise _TransientError(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__) from error
        except httpx.InvalidURL as error:
            raise FetchFailed(url, None, f"no usable address: {error}") from error

    def _put_off(self, response: httpx.Response) -> _TransientError:
        """The error of a 429 or 5xx; a `Retry-After` holds back every request of this client, not this one alone."""
        wait = _retry_after(response)
        if wait is not None and wait <= MAX_RETRY_AFTER:
            self._next_at = max(self._next_at, time.monotonic() + wait)
        return _TransientError(f"HTTP {response.status_code}", response.status_code, wait)


async def _private(host: str) -> bool:
    """Whether the host is, or has, an address that is not one of the public network; a name nobody knows has none."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    addresses = [ipaddress.ip_address(str(address[0]).partition("%")[0]) for *_, address in found]
    return any(not (getattr(a, "ipv4_mapped", None) or a).is_global for a in addresses)


def _wait_of(error: Exception) -> bool | float:
    """What stamina asks of an error: False, no other try; True, after the usual backoff; else the seconds to wait."""
    if not isinstance(error, _TransientError):
        return False
    if error.wait is None:
        return True
    return error.wait if error.wait <= MAX_RETRY_AFTER else False


def _retry_after(response: httpx.Response) -> float | None:
    """Seconds that the `Retry-After` header asks for, given as seconds or as a date."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (email.utils.parsedate_to_datetime(value) - dt.datetime.now(dt.UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
