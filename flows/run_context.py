"""What a run needs: settings, profile, store, HTTP clients and the analyst, opened and closed together."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from prefect import get_run_logger
from prefect.context import TagsContext

from flows.days.progress import reporter
from flows.days.view_settings import ViewSettings
from flows.server.garbage_collection import exclude_imports
from flows.server.model_key import add_model_key
from flows.server.shared_limits import SlotFactory, arxiv_slots, model_slots, store_lock
from papers.analysis_choice import EXTRACTIVE
from papers.http import PoliteClient
from papers.models import Listing
from papers.profile import Profile, load_profile
from papers.sample import sample_transport
from papers.settings import SAMPLE, Settings
from papers.store import Store, open_store
from papers.store.raw_responses import RawResponses
from tasks.analyze.analyst import Analyst
from tasks.fetch.list_sources import fetch_listings
from tasks.read.best_source import ArxivGate
from tasks.read.child_processes.pool import ReaderPool

HUGGING_FACE, ARXIV = "https://huggingface.co", "https://arxiv.org"
READERS = 4  # papers being read at once: one waits for arXiv while others are extracted
REDIRECTS = frozenset({"huggingface.co", "arxiv.org", "www.arxiv.org", "export.arxiv.org"})


@dataclass(frozen=True)
class RunContext:
    """What a run needs. `gate` remembers whether arXiv answers; `readers` limits how many papers are read at once."""

    settings: Settings
    profile: Profile
    store: Store
    hf: PoliteClient
    arxiv: PoliteClient
    analyst: Analyst
    gate: ArxivGate
    body_readers: ReaderPool
    responses: RawResponses
    readers: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS))
    background_tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def views(self) -> ViewSettings:
        """What the views of a date depend on besides facts."""
        return ViewSettings(self.store, self.profile, self.settings.ungrounded, self.body_readers.read_body)

    def save_responses(self, month: str) -> Callable[[bytes], str]:
        """A function that stores a response of a month ("2510") and returns its SHA-256."""
        return lambda body: self.responses.save(month, body)

    async def fetch_list(self, date: dt.date) -> Listing:
        """The list of `date` from the sources of the profile, its responses stored."""
        save = self.save_responses(f"{date:%y%m}")
        return await fetch_listings(date, self.profile.sources, self.hf, self.arxiv, save)

    def run_in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Run `work` concurrently; no later step waits for it."""
        self.background_tasks.append(asyncio.create_task(work))

    @asynccontextmanager
    async def nested(self) -> AsyncIterator[RunContext]:
        """A copy for one part of the work. Its background tasks are awaited at the end, and their errors raised."""
        child = replace(self, background_tasks=[])
        try:
            yield child
            for task in child.background_tasks:
                await task
        finally:
            for task in child.background_tasks:
                task.cancel()


@asynccontextmanager
async def open_run_context(settings: Settings) -> AsyncIterator[RunContext]:
    """Open the context for these settings; its clients are closed at the end.

    Raises UsageError for an unusable profile or store address, ModelUnreachable for an unusable model.
    """
    exclude_imports()
    profile = load_profile(settings.profile)
    settings = await add_model_key(settings)
    with TagsContext(current_tags=set()):  # else tasks inherit the tags, and each asks for a slot
        async with _open(settings, profile) as context:
            yield context


@asynccontextmanager
async def _open(settings: Settings, profile: Profile) -> AsyncIterator[RunContext]:
    store = open_store(settings.store, store_lock(settings.store))
    async with (
        model_slots(0 if settings.model == EXTRACTIVE else settings.concurrency) as model_slot,
        arxiv_slots(0.0 if settings.arxiv_url == SAMPLE else settings.arxiv_interval) as arxiv_slot,
        make_client(settings, settings.hf_url, HUGGING_FACE) as hf,
        make_client(settings, settings.arxiv_url, ARXIV, settings.arxiv_interval, arxiv_slot) as arxiv,
    ):
        analyst = Analyst(settings, store, [i.name for i in profile.interests], slot=model_slot, say=_say)
        with ReaderPool() as body_readers:
            context = RunContext(
                settings, profile, store, hf, arxiv, analyst, ArxivGate(), body_readers, RawResponses(store)
            )
            async with context.nested() as nested:
                yield nested


def _say(text: str) -> None:
    """Show a line about a wait while it happens: as progress and in the run's log."""
    reporter.get().message(text)
    get_run_logger().warning("%s", text)


def make_client(
    settings: Settings, url: str, site: str, interval: float | None = None, slot: SlotFactory | None = None
) -> PoliteClient:
    """A client for the site at `url`, or for the bundled sample. With an interval, it sends one request at a time."""
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
        slot=slot,
    )
