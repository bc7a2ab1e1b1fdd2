"""What a run works with: settings, profile, store, the sites' clients and the analyst, opened and closed together."""

from __future__ import annotations

import asyncio
import atexit
import gc
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import httpx
from prefect.context import TagsContext

from flows.server.model_key import with_key
from flows.server.shared_limits import Turn, arxiv_slots, model_slots, store_lock
from papers.analysis_choice import EXTRACTIVE
from papers.http import PoliteClient
from papers.profile import Profile, load_profile
from papers.sample import sample_transport
from papers.settings import SAMPLE, Settings
from papers.store import Store, open_store
from papers.store.raw_responses import keep_raw
from tasks.analyze.analyst import Analyst
from tasks.read.reading import ArxivGate

HUGGING_FACE, ARXIV = "https://huggingface.co", "https://arxiv.org"
READERS = 4  # papers in reading at once: one waits for arXiv while others are extracted
REDIRECTS = frozenset({"huggingface.co", "arxiv.org", "www.arxiv.org", "export.arxiv.org"})


@dataclass(frozen=True)
class RunContext:
    """All of it; `gate` remembers whether arXiv answers at all, `readers` are taken first come, first served."""

    settings: Settings
    profile: Profile
    store: Store
    hf: PoliteClient
    arxiv: PoliteClient
    analyst: Analyst
    gate: ArxivGate
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS))
    asides: list[asyncio.Task[None]] = field(default_factory=list)

    def keep(self, body: bytes) -> str:
        """Store a response under `raw/`; returns its hash."""
        return keep_raw(self.store, body)

    def aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do what no later step waits for beside them."""
        self.asides.append(asyncio.create_task(work))

    @asynccontextmanager
    async def part(self) -> AsyncIterator[RunContext]:
        """The workbench for one part of the work: what that puts aside is done when it ends, or raises its error."""
        own = replace(self, asides=[])
        try:
            yield own
            for task in own.asides:
                await task
        finally:
            for task in own.asides:
                task.cancel()


@asynccontextmanager
async def open_run_context(settings: Settings) -> AsyncIterator[RunContext]:
    """The workbench for these settings; its clients are closed at the end.

    Raises UsageError for a profile or a store address that cannot be used, ModelUnreachable for a model that cannot.
    """
    _forget_imports()
    profile = load_profile(settings.profile)
    settings = await with_key(settings)
    with TagsContext(current_tags=set()):  # a flow run's tags are not its tasks': each would ask for a slot by them
        async with _opened(settings, profile) as bench:
            yield bench


@cache
def _forget_imports() -> None:
    """What the imports made lives as long as the process: not to look at it saves some twentieth of a day's run."""
    gc.freeze()
    atexit.register(gc.unfreeze)  # else libraries take them for leaks at the end, and say so


@asynccontextmanager
async def _opened(settings: Settings, profile: Profile) -> AsyncIterator[RunContext]:
    store = open_store(settings.store, store_lock(settings.store))
    async with (
        model_slots(0 if settings.model == EXTRACTIVE else settings.concurrency) as calls,
        arxiv_slots(0.0 if settings.arxiv_url == SAMPLE else settings.arxiv_interval) as requests,
        client_of(settings, settings.hf_url, HUGGING_FACE) as hf,
        client_of(settings, settings.arxiv_url, ARXIV, settings.arxiv_interval, requests) as arxiv,
    ):
        analyst = Analyst(settings, store, [i.name for i in profile.interests], turn=calls)
        async with RunContext(settings, profile, store, hf, arxiv, analyst, ArxivGate()).part() as bench:
            yield bench


def client_of(
    settings: Settings, url: str, site: str, interval: float | None = None, turn: Turn | None = None
) -> PoliteClient:
    """A client of the site at `url`, one request at a time where an interval is given; or of the bundled sample."""
    transport: httpx.AsyncBaseTransport | None = None
    single = interval is not None
    if url == SAMPLE:
        url, transport, interval = site, sample_transport(), 0.0
    return PoliteClient(
        url,
        interval=interval or 0.0,
        single=single,
        timeout=settings.timeout,
        tries=settings.tries,
        size_cap=int(settings.size_cap_mb * 1e6),
        allowed_hosts=REDIRECTS,
        transport=transport,
        turn=turn,
    )
