"""The stage that reads a listed paper: plain functions, and the Prefect task that runs them in a flow."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from prefect import get_run_logger, task
from prefect.cache_policies import NO_CACHE

from papers.models import Attempt, ListedPaper, Reading
from papers.reasons import reason_text
from tasks.read.best_source import ArxivGate, Fetch, read_paper
from tasks.read.extraction import BodyReader

__all__ = ["ArxivGate", "read_paper", "read_paper_task"]


# No retries here: the client already retries where that helps, and a paper that cannot be read is a row, not an error.
@task(name="read", task_run_name="read {paper.arxiv_id}", cache_policy=NO_CACHE, persist_result=False)
async def read_paper_task(
    paper: ListedPaper,
    *,
    fetch: Fetch,
    read_body: BodyReader,
    save_response: Callable[[bytes], str],
    gate: ArxivGate,
    listing_url: str,
    earlier_attempts: Sequence[Attempt] = (),
) -> Reading:
    """`read_paper` as one task run; its log says which paper was read, and from which source."""
    reading = await read_paper(
        paper,
        fetch=fetch,
        read_body=read_body,
        save_response=save_response,
        gate=gate,
        listing_url=listing_url,
        earlier_attempts=earlier_attempts,
    )
    if reading.state == "done":
        summary = (reading.source, len(reading.blocks), reading.characters)
        get_run_logger().info("%s: read from %s: %d blocks, %d characters", paper.arxiv_id, *summary)
    else:
        get_run_logger().warning("%s: %s: %s", paper.arxiv_id, reading.state, reason_text(reading.reason, "en"))
    return reading
