"""Checks of everything that a run needs: the store, the sites, the model and the Prefect server."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from flows.days.date_states import unfinished_dates
from flows.run_context import ARXIV, HUGGING_FACE, make_client
from papers.analysis_choice import EXTRACTIVE
from papers.errors import DailyPapersError, ModelUnreachable, StoreUnreachable
from papers.http import FetchFailed
from papers.settings import SAMPLE, Settings
from papers.store import FolderStore, Store, open_store

MAX_CLOCK_SKEW = 60.0  # seconds that two clocks may differ
CHECK_TIMEOUT = 30.0  # seconds that a check may take; that of the model has time for two calls besides

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True)
class CheckResult:
    """The result of one check."""

    name: str
    state: State
    detail: str


async def run_checks(settings: Settings) -> list[CheckResult]:
    """Run all checks, in order. None raises, and none changes the content of the store."""
    checks: list[tuple[str, Callable[[], Awaitable[list[CheckResult]]]]] = [
        ("store", lambda: asyncio.to_thread(_check_store, settings)),
        (
            "Hugging Face",
            lambda: _check_site(settings, "Hugging Face", settings.hf_url, HUGGING_FACE, "api/daily_papers"),
        ),
        ("arXiv", lambda: _check_site(settings, "arXiv", settings.arxiv_url, ARXIV, "abs/1706.03762")),
        ("model", lambda: _check_model(settings)),
        ("Prefect server", _check_prefect),
    ]
    results: list[CheckResult] = []
    for name, check in checks:
        try:
            limit = CHECK_TIMEOUT + (2 * settings.model_timeout if name == "model" else 0.0)
            results += await asyncio.wait_for(check(), limit)
        except TimeoutError:
            results.append(CheckResult(name, "fault", f"no answer in {limit:.0f} s"))
        except DailyPapersError as error:
            results.append(CheckResult(name, "fault", str(error)))
        except Exception as error:  # noqa: BLE001 - a check that raises is reported as a fault
            results.append(CheckResult(name, "fault", f"{type(error).__name__}: {error}"))
    return results


# --- store -----------------------------------------------------------------------------------------------------------


def _check_store(settings: Settings) -> list[CheckResult]:
    store = open_store(settings.store)
    key, body = f"meta/doctor-{uuid4().hex}", uuid4().bytes
    results = []
    try:
        store.put(key, body)
        if store.get(key) != body:
            raise StoreUnreachable(f"The store {store.root}: what was written is not what is read")
        results.append(CheckResult("store", "ok", f"{store.root}: written and read"))
        is_listed = key in list(store.keys("meta/"))
        results.append(
            CheckResult("store: list", "ok", "what was written is listed")
            if is_listed
            else CheckResult(
                "store: list", "fault", "what was written is not listed: another view of the store is cached"
            )
        )
        results.append(_check_conditional_writes(store))
        results.append(_check_clock(store, key))
    finally:
        store.delete(key)
    if unfinished := sorted(unfinished_dates(store)):
        results.append(
            CheckResult("store: dates", "note", f"unfinished: {', '.join(map(str, unfinished))}; run them again")
        )
    return results


def _check_conditional_writes(store: Store) -> CheckResult:
    """Probe the server again, whatever the result of an earlier probe."""
    name = "store: concurrent runs"
    if isinstance(store, FolderStore):
        return CheckResult(name, "ok", "lock files in the folder")
    from papers.store.s3 import S3Store  # boto3 is slow to import

    assert isinstance(store, S3Store)
    conditions = store.conditions(probe=True)
    if conditions.honoured:
        return CheckResult(
            name, "ok", f"conditional writes are honoured (ETag {'quoted' if conditions.quoted else 'bare'})"
        )
    detail = (
        f"no conditional writes: {conditions.why}. Concurrent runs end with the same files all the same; that each "
        "message is sent once is left to a Prefect server's limit, or to lock files on one machine"
    )
    return CheckResult(name, "note", detail)


def _check_clock(store: Store, key: str) -> CheckResult:
    name = "store: clock"
    server_time: dt.datetime | None
    if isinstance(store, FolderStore):
        server_time = dt.datetime.fromtimestamp((store.folder / key).stat().st_mtime, dt.UTC)
    else:
        from papers.store.s3 import S3Store

        assert isinstance(store, S3Store)
        server_time = store.server_time()
    if server_time is None:
        return CheckResult(name, "note", "the server sends no time")
    skew = (_now() - server_time).total_seconds()
    if abs(skew) > MAX_CLOCK_SKEW:
        direction = "behind" if skew > 0 else "ahead of"
        return CheckResult(
            name, "fault", f"{abs(skew):.0f} s {direction} this machine's clock: set the one that is wrong"
        )
    return CheckResult(name, "ok", "agrees with the clock of this machine")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


# --- sites, model, server --------------------------------------------------------------------------------------------


async def _check_site(settings: Settings, name: str, url: str, site: str, path: str) -> list[CheckResult]:
    if url == SAMPLE:
        return [CheckResult(name, "ok", "the bundled sample: nothing is asked")]
    async with make_client(settings, url, site) as client:
        try:
            response = await client.get(path, {"limit": "1"} if path.startswith("api/") else None)
        except FetchFailed as error:
            return [CheckResult(name, "fault", f"{client.base_url}: {error}")]
    if response.status >= 500 or response.status in (401, 403, 429):
        return [CheckResult(name, "fault", f"{response.url} answered {response.status}")]
    return [CheckResult(name, "ok", f"{client.base_url} answered {response.status}")]


async def _check_model(settings: Settings) -> list[CheckResult]:
    if settings.model == EXTRACTIVE:
        return [CheckResult("model", "ok", "none: analyses are extracts (DAILY_PAPERS_MODEL names one)")]
    from tasks.analyze.llm.call_failures import CallsFailed, PromptTooLong
    from tasks.analyze.llm.server_trial import try_server

    try:
        return [CheckResult("model", "ok", f"{settings.model} {await try_server(settings)}")]
    except (CallsFailed, PromptTooLong, ModelUnreachable) as error:
        detail = f"{settings.model}: {error}. Next: see DAILY_PAPERS_MODEL, _URL, _KEY, _EXTRA and _OUTPUT"
        return [CheckResult("model", "fault", detail)]


def _server_url() -> str | None:
    """The address of the Prefect server that runs would use."""
    from prefect.settings import PREFECT_API_URL

    url: str | None = PREFECT_API_URL.value()
    return url


async def _check_prefect() -> list[CheckResult]:
    from prefect.client.orchestration import get_client

    url = _server_url()
    if not url:
        return [CheckResult("Prefect server", "ok", "none: each command starts its own and stops it")]
    async with get_client() as client:
        error = await client.api_healthcheck()
        if error is not None:
            return [CheckResult("Prefect server", "fault", f"{url}: {error}. Next: see PREFECT_API_URL, or unset it")]
        return [CheckResult("Prefect server", "ok", f"{url} answers, version {await client.api_version()}")]
