"""Reads a listed paper from the first source that is accepted: HTML, then PDF, then the abs page, then the listing.

Every attempt is recorded with its outcome and reason, whether it was accepted or not.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from papers.http import FetchFailed, HttpResponse
from papers.models import Affiliation, Attempt, Block, Link, ListedPaper, Reading, ReadingSource
from papers.token_counts import block_tokens
from tasks.read.abstract_page import extract_abs
from tasks.read.acceptance import error_page_kind, refusal_reason
from tasks.read.document import Document, Unreadable, blocks_of_abstract
from tasks.read.html import extract_html
from tasks.read.links import kind_of, merge_links
from tasks.read.pdf import extract_pdf

Fetch = Callable[[str], Awaitable[HttpResponse]]  # a path under the arXiv address ("html/2510.14949") -> its answer

EXTRACTORS: dict[ReadingSource, Callable[[bytes], Document]] = {
    "html": extract_html,
    "pdf": extract_pdf,
    "abs": extract_abs,
}
LIMIT_S = 90.0  # for one document, including the wait for its turn; the extractors' own limits are lower
FAILURES_TO_CLOSE = 4  # connection failures in a row without any answer between them


@dataclass
class ArxivGate:
    """Whether a run may still ask arXiv: it stops for good once arXiv refuses us or cannot be reached."""

    closed_reason: str | None = None  # why no further request is made
    failures: int = field(default=0, repr=False)  # in a row
    forbidden: bool = False  # closed by a refusal, which lasts longer than a failed connection

    def note_answer(self, status: int) -> None:
        """Note an answer; a 403 closes the gate, since arXiv blocks clients that continue."""
        self.failures = 0
        if status == 403 and self.closed_reason is None:
            self.forbidden = True
            self.closed_reason = (
                "arXiv answered 403 (forbidden): it takes this address for a robot. No further request is made in "
                "this run; wait a day, and keep DAILY_PAPERS_ARXIV_INTERVAL at 3 or more"
            )

    def note_failure(self, error: FetchFailed) -> None:
        """Note a request without a usable answer; several in a row without any answer close the gate."""
        if error.status is not None:
            self.note_answer(error.status)
            return
        self.failures += 1
        if self.failures >= FAILURES_TO_CLOSE and self.closed_reason is None:
            self.closed_reason = f"arXiv could not be reached {self.failures} times in a row (last: {error.reason})"


@dataclass(frozen=True)
class _SourceResult:
    """An attempt, with its document if it was accepted."""

    attempt: Attempt
    document: Document | None = None


async def read_paper(
    paper: ListedPaper, *, fetch: Fetch, save_response: Callable[[bytes], str], gate: ArxivGate, listing_url: str
) -> Reading:
    """Read a paper from the first of its sources that is accepted.

    `save_response` stores a response's body and returns its sha256; `listing_url` is the page of the listing's
    abstract, the last resort. Never raises because of an answer: a paper of which nothing can be read gives a reading
    with state "failed", a withdrawn one has state "withdrawn".
    """
    attempts: list[Attempt] = []
    for source in EXTRACTORS:
        result = await _try_source(source, paper, fetch, save_response, gate)
        attempts.append(result.attempt)
        if result.document is not None:
            return _reading_of_document(paper, result.document, attempts, result.attempt.url)
    return _reading_of_listing(paper, attempts, listing_url)


async def _try_source(
    source: ReadingSource, paper: ListedPaper, fetch: Fetch, save_response: Callable[[bytes], str], gate: ArxivGate
) -> _SourceResult:
    path = f"{source}/{paper.arxiv_id}"
    if gate.closed_reason is not None:
        return _SourceResult(Attempt(source=source, url=path, outcome="skipped", reason=gate.closed_reason))
    try:
        response = await fetch(path)
    except FetchFailed as error:
        gate.note_failure(error)
        return _SourceResult(
            Attempt(source=source, url=error.url, status=error.status, outcome="failed", reason=error.reason)
        )
    gate.note_answer(response.status)
    document: Document | None
    reason: str | None
    if response.status != 200:
        page_kind = error_page_kind(response.body)
        document, reason = None, f"HTTP {response.status}" + (f": {page_kind}" if page_kind else "")
    else:
        document, reason = await read_body_in_thread(source, response.body, paper.title, paper.abstract)
    attempt = Attempt(
        source=source,
        url=response.url,
        status=response.status,
        sha256=save_response(response.body) if response.body and response.status != 404 else None,
        fetched_at=response.fetched_at,
        outcome="accepted" if document else "refused" if response.status == 200 else "failed",
        reason=reason,
    )
    return _SourceResult(attempt, document)


async def read_body_in_thread(
    source: ReadingSource, body: bytes, title: str | None, abstract: str | None
) -> tuple[Document | None, str | None]:
    """`read_body` in a thread, for at most LIMIT_S seconds."""
    try:
        async with asyncio.timeout(LIMIT_S):
            return await asyncio.to_thread(read_body, source, body, title, abstract)
    except TimeoutError:
        return None, f"not read within {LIMIT_S:g} seconds"


def read_body(
    source: ReadingSource, body: bytes, title: str | None, abstract: str | None
) -> tuple[Document | None, str | None]:
    """The document of the body if it is this paper and complete, else None and the reason why not."""
    try:
        document = EXTRACTORS[source](body)
    except Unreadable as error:
        page_kind = error_page_kind(body) if body.strip() and not body.startswith(b"%PDF") else None
        return None, page_kind or error.reason
    # The abstract of a withdrawn paper may say only that; its title still has to be the listed one.
    reason = refusal_reason(document, title, None if document.withdrawn else abstract)
    return (document, None) if reason is None else (None, reason)


def _reading_of_document(paper: ListedPaper, document: Document, attempts: list[Attempt], url: str) -> Reading:
    fallback_reason = None
    if document.source != "html":
        fallback_reason = "; ".join(f"{a.source}: {a.reason}" for a in attempts if a.outcome != "accepted") or None
    return _build_reading(
        paper,
        document.blocks,
        attempts,
        state="withdrawn" if document.withdrawn else "done",
        reason=document.withdrawn_reason if document.withdrawn else fallback_reason,
        source=document.source,
        url=url,
        version=document.version,
        affiliations=list(document.affiliations),
        links=document.links,
    )


def _reading_of_listing(paper: ListedPaper, attempts: list[Attempt], listing_url: str) -> Reading:
    blocks = blocks_of_abstract(restore_abstract(paper.abstract).split("\n\n"))
    reasons = "; ".join(f"{a.source}: {a.reason}" for a in attempts)
    if not blocks:
        attempts.append(Attempt(source="abs", url=listing_url, outcome="refused", reason="the listing has no abstract"))
        return _build_reading(
            paper, [], attempts, state="failed", reason=f"nothing to read: {reasons}; the listing has no abstract"
        )
    attempts.append(Attempt(source="abs", url=listing_url, outcome="accepted", reason="the listing's own abstract"))
    return _build_reading(
        paper,
        blocks,
        attempts,
        state="done",
        reason=f"the listing's abstract alone: {reasons}",
        source="abs",
        url=listing_url,
    )


# Hugging Face prints `$2\times$` as "2times", `$\times\sim$` as "timessim", and omits spaces between some sentences.
_TIMES_SIGN = re.compile(r"(?<=\d)times(?P<about>sim(?=\d))?(?![a-z])")
_MISSING_SPACE = re.compile(
    r"(?<=[a-z]{3}[.!?])(?=(?:We|Our|The|This|To|In|It|However|Experiments|Extensive|Moreover|Furthermore)\s)"
)


def restore_abstract(abstract: str) -> str:
    """Undo what the listing's site did to an abstract: restore signs of formulas and spaces between sentences."""
    text = _TIMES_SIGN.sub(lambda m: "×~" if m["about"] else "×", abstract)
    text = re.sub(r"(?<=\d)--(?=\d)", "–", re.sub(r"(?<=[A-Za-z]{2})~(?=\d)", " ", text))  # LaTeX input
    return _MISSING_SPACE.sub(" ", text)


def _build_reading(
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
        links=merge_links(listing_links(paper), links),
        attempts=attempts,
    )


def listing_links(paper: ListedPaper) -> list[Link]:
    """The links of the listing: the code, then the project page."""
    links = []
    if paper.github_url:
        links.append(Link(kind="code", url=paper.github_url))
    if paper.project_url:
        links.append(Link(kind=kind_of(paper.project_url) or "project", url=paper.project_url))
    return links


def text_sha256(blocks: Sequence[Block]) -> str:
    """The hash of a text as an analysis sees it: the id, kind, text and header of each block as canonical JSON."""
    rows = [[block.id, block.kind, block.text, block.header] for block in blocks]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
