"""Whether all that a run needs is there: the store, the sites, the model and the Prefect server, each in one line."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

from flows.run_context import ARXIV, HUGGING_FACE, client_of
from papers.analysis_choice import EXTRACTIVE
from papers.errors import DailyPapersError, StoreUnreachable
from papers.http import FetchFailed
from papers.settings import SAMPLE, Settings
from papers.store import FolderStore, Store, open_store
from papers.tables.unfinished_dates import unfinished

SKEW = 60.0  # seconds that two clocks may be apart
PATIENCE = 30.0  # seconds that a check may take

State = Literal["ok", "note", "fault"]


@dataclass(frozen=True)
class CheckResult:
    """One check and what it found."""

    name: str
    state: State
    what: str


async def examine(settings: Settings) -> list[CheckResult]:
    """All checks, in order; none of them raises, and none changes what the store holds."""
    checks: list[tuple[str, Callable[[], Awaitable[list[CheckResult]]]]] = [
        ("store", lambda: asyncio.to_thread(_store, settings)),
        ("Hugging Face", lambda: _site(settings, "Hugging Face", settings.hf_url, HUGGING_FACE, "api/daily_papers")),
        ("arXiv", lambda: _site(settings, "arXiv", settings.arxiv_url, ARXIV, "abs/1706.03762")),
        ("model", lambda: _model(settings)),
        ("Prefect server", _prefect),
    ]
    lines: list[CheckResult] = []
    for name, check in checks:
        try:
            lines += await asyncio.wait_for(check(), PATIENCE)
        except TimeoutError:
            lines.append(CheckResult(name, "fault", f"no answer in {PATIENCE:.0f} s"))
        except DailyPapersError as error:
            lines.append(CheckResult(name, "fault", str(error)))
        except Exception as error:  # noqa: BLE001 - a check that breaks off is a fault that is told, not the doctor's end
            lines.append(CheckResult(name, "fault", f"{type(error).__name__}: {error}"))
    return lines


# --- store -----------------------------------------------------------------------------------------------------------


def _store(settings: Settings) -> list[CheckResult]:
    store = open_store(settings.store)
    key, body = f"meta/doctor-{uuid4().hex}", uuid4().bytes
    lines = []
    try:
        store.put(key, body)
        if store.get(key) != body:
            raise StoreUnreachable(f"The store {store.root}: what was written is not what is read")
        lines.append(CheckResult("store", "ok", f"{store.root}: written and read"))
        listed = key in list(store.keys("meta/"))
        lines.append(
            CheckResult("store: list", "ok", "what was written is listed")
            if listed
            else CheckResult(
                "store: list", "fault", "what was written is not listed: another view of the store is cached"
            )
        )
        lines.append(_conditions(store))
        lines.append(_clock(store, key))
    finally:
        store.delete(key)
    if torn := sorted(unfinished(store)):
        lines.append(CheckResult("store: dates", "note", f"unfinished: {', '.join(map(str, torn))}; run them again"))
    return lines


def _conditions(store: Store) -> CheckResult:
    """Asks the server anew, whatever an earlier probe found."""
    from papers.store.s3 import S3Store

    name = "store: concurrent runs"
    if not isinstance(store, S3Store):
        return CheckResult(name, "ok", "lock files in the folder")
    found = store.conditions(ask=True)
    if found.honoured:
        return CheckResult(name, "ok", f"conditional writes are honoured (ETag {'quoted' if found.quoted else 'bare'})")
    what = f"no conditional writes: {found.why}. Concurrent runs are kept apart by a Prefect server's limits, or by "
    return CheckResult(name, "note", f"{what}lock files on one machine: without a server, run on one machine alone")


def _clock(store: Store, key: str) -> CheckResult:
    from papers.store.s3 import S3Store

    name = "store: clock"
    if isinstance(store, FolderStore):
        there: dt.datetime | None = dt.datetime.fromtimestamp((store.folder / key).stat().st_mtime, dt.UTC)
    else:
        there = store.server_time() if isinstance(store, S3Store) else None
    if there is None:
        return CheckResult(name, "note", "the server does not say what time it is")
    apart = (_now() - there).total_seconds()
    if abs(apart) > SKEW:
        where = "behind" if apart > 0 else "ahead of"
        return CheckResult(name, "fault", f"{abs(apart):.0f} s {where} this machine's: set the clock that is wrong")
    return CheckResult(name, "ok", "keeps the time of this machine")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


# --- sites, model, server --------------------------------------------------------------------------------------------


async def _site(settings: Settings, name: str, url: str, site: str, path: str) -> list[CheckResult]:
    if url == SAMPLE:
        return [CheckResult(name, "ok", "the bundled sample: nothing is asked")]
    async with client_of(settings, url, site) as client:
        try:
            answer = await client.get(path, {"limit": "1"} if path.startswith("api/") else None)
        except FetchFailed as error:
            return [CheckResult(name, "fault", f"{client.base_url}: {error}")]
    if answer.status >= 500 or answer.status in (401, 403, 429):
        return [CheckResult(name, "fault", f"{answer.url} answered {answer.status}")]
    return [CheckResult(name, "ok", f"{client.base_url} answered {answer.status}")]


async def _model(settings: Settings) -> list[CheckResult]:
    if settings.model == EXTRACTIVE:
        return [CheckResult("model", "ok", "none: analyses are extracts (DAILY_PAPERS_MODEL names one)")]
    from pydantic_ai import Agent, exceptions

    from tasks.analyze.llm.providers import build_model

    model = build_model(settings)
    try:
        await Agent(model).run("Answer with the word ok.")
    except (exceptions.AgentRunError, exceptions.UserError) as error:
        first = str(error).partition("\n")[0]
        return [
            CheckResult("model", "fault", f"{settings.model}: {first}. Next: see DAILY_PAPERS_MODEL, _URL and _KEY")
        ]
    return [CheckResult("model", "ok", f"{settings.model} answers")]


def _server() -> str | None:
    """The address of the server that runs would use."""
    from prefect.settings import PREFECT_API_URL

    url: str | None = PREFECT_API_URL.value()
    return url


async def _prefect() -> list[CheckResult]:
    from prefect.client.orchestration import get_client

    url = _server()
    if not url:
        return [CheckResult("Prefect server", "ok", "none: each command starts one of its own, and ends it")]
    async with get_client() as client:
        error = await client.api_healthcheck()
        if error is not None:
            return [CheckResult("Prefect server", "fault", f"{url}: {error}. Next: see PREFECT_API_URL, or unset it")]
        return [CheckResult("Prefect server", "ok", f"{url} answers, version {await client.api_version()}")]
