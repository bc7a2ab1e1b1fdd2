"""A listed paper read from the best source that is surely it: HTML, else the PDF, else the abs page, else the listing.

Every try is an attempt on record, accepted or not, with its reason.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from papers.http import Fetched, FetchFailed
from papers.models import Affiliation, Attempt, Block, Link, ListedPaper, Reading, ReadingSource
from papers.tokens import block_tokens
from tasks.read.abstract_page import extract_abs
from tasks.read.acceptance import error_form, refusal
from tasks.read.document import Document, Unreadable, blocks_of_abstract
from tasks.read.html import extract_html
from tasks.read.links import kind_of, merged
from tasks.read.pdf import extract_pdf

Fetch = Callable[[str], Awaitable[Fetched]]  # a path under the arXiv address ("html/2510.14949") -> its answer

EXTRACTORS: dict[ReadingSource, Callable[[bytes], Document]] = {
    "html": extract_html,
    "pdf": extract_pdf,
    "abs": extract_abs,
}
LIMIT_S = 90.0  # for one document, waiting for its turn included; the extractors have limits of their own below it
FAILURES_TO_CLOSE = 4  # connection failures in a row, without any answer between them


@dataclass
class ArxivGate:
    """What one run knows of arXiv: open until it refuses us or cannot be reached, then closed for good."""

    closed: str | None = None  # why no further request is made
    failures: int = field(default=0, repr=False)  # in a row
    forbidden: bool = False  # closed by a refusal, which holds for longer than a failed connection

    def answered(self, status: int) -> None:
        """Note an answer; a 403 closes the source, for arXiv blocks those who go on."""
        self.failures = 0
        if status == 403 and self.closed is None:
            self.forbidden = True
            self.closed = (
                "arXiv answered 403 (forbidden): it takes this address for a robot. No further request is made in "
                "this run; wait a day, and keep DAILY_PAPERS_ARXIV_INTERVAL at 3 or more"
            )

    def failed(self, error: FetchFailed) -> None:
        """Note a request without a usable answer; several in a row without any answer close the source."""
        if error.status is not None:
            self.answered(error.status)
            return
        self.failures += 1
        if self.failures >= FAILURES_TO_CLOSE and self.closed is None:
            self.closed = f"arXiv could not be reached {self.failures} times in a row (last: {error.reason})"


@dataclass(frozen=True)
class _Tried:
    """An attempt, with its document if that was accepted."""

    attempt: Attempt
    document: Document | None = None


async def read_paper(
    paper: ListedPaper, *, fetch: Fetch, keep: Callable[[bytes], str], gate: ArxivGate, listing_url: str
) -> Reading:
    """Read a paper from the first of its sources that is accepted.

    `keep` stores a response's body and returns its sha256; `listing_url` is where the listing's abstract stands, the
    last resort. Never raises for what a source answers: a paper that nothing can be read of is a reading with state
    "failed", a withdrawn one has state "withdrawn".
    """
    attempts: list[Attempt] = []
    for source in EXTRACTORS:
        tried = await _try(source, paper, fetch, keep, gate)
        attempts.append(tried.attempt)
        if tried.document is not None:
            return _reading(paper, tried.document, attempts, tried.attempt.url)
    return _from_listing(paper, attempts, listing_url)


async def _try(
    source: ReadingSource, paper: ListedPaper, fetch: Fetch, keep: Callable[[bytes], str], gate: ArxivGate
) -> _Tried:
    path = f"{source}/{paper.arxiv_id}"
    if gate.closed is not None:
        return _Tried(Attempt(source=source, url=path, outcome="skipped", reason=gate.closed))
    try:
        answer = await fetch(path)
    except FetchFailed as error:
        gate.failed(error)
        return _Tried(Attempt(source=source, url=error.url, status=error.status, outcome="failed", reason=error.reason))
    gate.answered(answer.status)
    document: Document | None
    reason: str | None
    if answer.status != 200:
        form = error_form(answer.body)
        document, reason = None, f"HTTP {answer.status}" + (f": {form}" if form else "")
    else:
        document, reason = await judged(source, answer.body, paper.title, paper.abstract)
    attempt = Attempt(
        source=source,
        url=answer.url,
        status=answer.status,
        sha256=keep(answer.body) if answer.body and answer.status != 404 else None,
        fetched_at=answer.fetched_at,
        outcome="accepted" if document else "refused" if answer.status == 200 else "failed",
        reason=reason,
    )
    return _Tried(attempt, document)


async def judged(
    source: ReadingSource, body: bytes, title: str | None, abstract: str | None
) -> tuple[Document | None, str | None]:
    """The body's document if it is accepted, else None and why it is not; within LIMIT_S seconds."""
    try:
        async with asyncio.timeout(LIMIT_S):
            return await asyncio.to_thread(judge, source, body, title, abstract)
    except TimeoutError:
        return None, f"not read within {LIMIT_S:g} seconds"


def judge(
    source: ReadingSource, body: bytes, title: str | None, abstract: str | None
) -> tuple[Document | None, str | None]:
    """The body's document if it is this paper and whole, else None and why it is not."""
    try:
        document = EXTRACTORS[source](body)
    except Unreadable as error:
        form = error_form(body) if body.strip() and not body.startswith(b"%PDF") else None
        return None, form or error.reason
    # A withdrawn paper's abstract may say that alone; its title has to be the one listed all the same.
    reason = refusal(document, title, None if document.withdrawn else abstract)
    return (document, None) if reason is None else (None, reason)


def _reading(paper: ListedPaper, document: Document, attempts: list[Attempt], url: str) -> Reading:
    short = None
    if document.source != "html":
        short = "; ".join(f"{a.source}: {a.reason}" for a in attempts if a.outcome != "accepted") or None
    return _made(
        paper,
        document.blocks,
        attempts,
        state="withdrawn" if document.withdrawn else "done",
        reason=document.withdrawn_reason if document.withdrawn else short,
        source=document.source,
        url=url,
        version=document.version,
        affiliations=list(document.affiliations),
        links=document.links,
    )


def _from_listing(paper: ListedPaper, attempts: list[Attempt], listing_url: str) -> Reading:
    blocks = blocks_of_abstract(listed_text(paper.abstract).split("\n\n"))
    why = "; ".join(f"{a.source}: {a.reason}" for a in attempts)
    if not blocks:
        attempts.append(Attempt(source="abs", url=listing_url, outcome="refused", reason="the listing has no abstract"))
        return _made(paper, [], attempts, state="failed", reason=f"nothing to read: {why}; the listing has no abstract")
    attempts.append(Attempt(source="abs", url=listing_url, outcome="accepted", reason="the listing's own abstract"))
    return _made(
        paper,
        blocks,
        attempts,
        state="done",
        reason=f"the listing's abstract alone: {why}",
        source="abs",
        url=listing_url,
    )


# Hugging Face prints `$2\times$` as "2times", `$\times\sim$` as "timessim", and glues the lines of some abstracts.
_TIMES = re.compile(r"(?<=\d)times(?P<about>sim(?=\d))?(?![a-z])")
_GLUED = re.compile(
    r"(?<=[a-z]{3}[.!?])(?=(?:We|Our|The|This|To|In|It|However|Experiments|Extensive|Moreover|Furthermore)\s)"
)


def listed_text(abstract: str) -> str:
    """The listing's abstract with what its site did to it undone: its formulas' signs, the space between sentences."""
    text = _TIMES.sub(lambda m: "×~" if m["about"] else "×", abstract)
    text = re.sub(r"(?<=\d)--(?=\d)", "–", re.sub(r"(?<=[A-Za-z]{2})~(?=\d)", " ", text))  # of LaTeX, as it was typed
    return _GLUED.sub(" ", text)


def _made(
    paper: ListedPaper,
    blocks: Sequence[Block],
    attempts: list[Attempt],
    *,
    state: Literal["done", "failed", "withdrawn"],
    reason: str | None,
    source: ReadingSource | None = None,
    url: str | None = None,
    version: str | None = None,
    affiliations: Sequence[Affiliation] = (),
    links: Sequence[Link] = (),
) -> Reading:
    return Reading(
        arxiv_id=paper.arxiv_id,
        state=state,
        reason=reason,
        source=source,
        url=url,
        version=version,
        sha256=text_sha256(blocks) if blocks else None,
        characters=sum(len(block.text) for block in blocks),
        tokens=sum(block_tokens(block) for block in blocks),
        blocks=list(blocks),
        affiliations=list(affiliations),
        links=merged(listed_links(paper), links),
        attempts=attempts,
    )


def listed_links(paper: ListedPaper) -> list[Link]:
    """The addresses that the listing gives: its code, then its project page."""
    links = []
    if paper.github_url:
        links.append(Link(kind="code", url=paper.github_url))
    if paper.project_url:
        links.append(Link(kind=kind_of(paper.project_url) or "project", url=paper.project_url))
    return links


def text_sha256(blocks: Sequence[Block]) -> str:
    """The hash of a text as an analysis sees it: each block's id, kind, text and header, as canonical JSON."""
    rows = [[block.id, block.kind, block.text, block.header] for block in blocks]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
