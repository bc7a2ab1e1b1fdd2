"""Reads a listed paper from the first source that is accepted: HTML, then PDF, then the abs page, then the listing.

Every attempt is recorded with its outcome and reason, whether it was accepted or not.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from papers.http import FetchFailed, HttpResponse
from papers.models import Affiliation, Attempt, AttemptOutcome, Block, Link, ListedPaper, Reading, ReadingSource, Reason
from papers.reasons import make_reason, reason_text
from papers.token_counts import block_tokens
from tasks.read.acceptance import error_page_kind
from tasks.read.document import Document, blocks_of_abstract
from tasks.read.extraction import EXTRACTORS, BodyReader, BodyResult
from tasks.read.links import kind_of, links_in_text, merge_links

Fetch = Callable[[str], Awaitable[HttpResponse]]  # a path under the arXiv address ("html/2510.14949") -> its answer

ADVICE = "No further request is made in this run; wait a day, and keep DAILY_PAPERS_ARXIV_INTERVAL at 3 or more"
FAILURES_TO_CLOSE = 4  # connection failures in a row without any answer between them


@dataclass
class ArxivGate:
    """Whether a run may still ask arXiv: it stops for good once arXiv refuses us or cannot be reached."""

    closed_reason: Reason | None = None  # why no further request is made
    failures: int = field(default=0, repr=False)  # in a row
    forbidden: bool = False  # closed by a refusal, which lasts longer than a failed connection

    def note_answer(self, status: int) -> None:
        """Note an answer; a 403 closes the gate, since arXiv blocks clients that continue."""
        self.failures = 0
        if status == 403 and self.closed_reason is None:
            self.forbidden = True
            self.closed_reason = make_reason("arxiv-forbidden")

    def note_failure(self, error: FetchFailed) -> None:
        """Note a request without a usable answer; several in a row without any answer close the gate."""
        if error.status is not None:
            self.note_answer(error.status)
            return
        self.failures += 1
        if self.failures >= FAILURES_TO_CLOSE and self.closed_reason is None:
            self.closed_reason = make_reason("arxiv-unreachable", times=self.failures, last=error.reason)

    def close_as(self, other: ArxivGate) -> None:
        """Close the gate for the reason for which the other is closed."""
        self.closed_reason, self.forbidden = other.closed_reason, other.forbidden

    @property
    def message(self) -> str | None:
        """Why no further request is made and what the user can do, in English; None while the gate is open."""
        text = reason_text(self.closed_reason, "en")
        return f"{text}. {ADVICE}" if self.forbidden else text or None


@dataclass(frozen=True)
class _SourceResult:
    """An attempt, with its document if it was accepted."""

    attempt: Attempt
    document: Document | None = None


async def read_paper(
    paper: ListedPaper,
    *,
    fetch: Fetch,
    read_body: BodyReader,
    save_response: Callable[[bytes], str],
    gate: ArxivGate,
    listing_url: str,
    earlier_attempts: Sequence[Attempt] = (),
) -> Reading:
    """Read a paper from the first of its sources that is accepted.

    `save_response` stores a response's body and returns its sha256; `listing_url` is the page of the listing's
    abstract, the last resort. A document that was stopped at a limit in one of `earlier_attempts` is not read again.
    Never raises because of an answer: a paper of which nothing can be read gives a reading with state "failed", a
    withdrawn one has state "withdrawn".
    """
    attempts: list[Attempt] = []
    stopped = {a.sha256: a.reason for a in earlier_attempts if a.outcome == "stopped"}
    for source in EXTRACTORS:
        result = await _try_source(source, paper, fetch, read_body, save_response, gate, stopped)
        attempts.append(result.attempt)
        if result.document is not None:
            return _reading_of_document(paper, result.document, attempts, result.attempt.url)
    return _reading_of_listing(paper, attempts, listing_url)


async def _try_source(
    source: ReadingSource,
    paper: ListedPaper,
    fetch: Fetch,
    read_body: BodyReader,
    save_response: Callable[[bytes], str],
    gate: ArxivGate,
    stopped: Mapping[str | None, Reason | None],
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
    sha256 = save_response(response.body) if response.body and response.status != 404 else None
    if response.status != 200:
        result = BodyResult(None, _status_reason(response))
    elif sha256 in stopped:
        result = BodyResult(None, stopped[sha256], stopped=True)
    else:
        result = await read_body(source, response.body, paper.title, paper.abstract)
    attempt = Attempt(
        source=source,
        url=response.url,
        status=response.status,
        sha256=sha256,
        fetched_at=response.fetched_at,
        outcome=_outcome(response.status, result),
        reason=result.reason,
    )
    return _SourceResult(attempt, result.document)


def _status_reason(response: HttpResponse) -> Reason:
    """Why a response with another status than 200 has no document."""
    if page := error_page_kind(response.body):
        return make_reason("http-page", status=response.status, page=page)
    return make_reason("http", status=response.status)


def _outcome(status: int, result: BodyResult) -> AttemptOutcome:
    if result.document is not None:
        return "accepted"
    if result.stopped:
        return "stopped"
    return "refused" if status == 200 else "failed"


def _reading_of_document(paper: ListedPaper, document: Document, attempts: list[Attempt], url: str) -> Reading:
    tries = _tries(a for a in attempts if a.outcome != "accepted") if document.source != "html" else []
    fallback_reason = make_reason("fallback", tries=tries) if tries else None
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
    tries = _tries(attempts)
    if not blocks:
        attempts.append(
            Attempt(source="abs", url=listing_url, outcome="refused", reason=make_reason("no-listed-abstract"))
        )
        return _build_reading(paper, [], attempts, state="failed", reason=make_reason("nothing-to-read", tries=tries))
    attempts.append(Attempt(source="abs", url=listing_url, outcome="accepted", reason=make_reason("listed-abstract")))
    return _build_reading(
        paper,
        blocks,
        attempts,
        state="done",
        reason=make_reason("listed-abstract-alone", tries=tries),
        source="abs",
        url=listing_url,
    )


def _tries(attempts: Iterable[Attempt]) -> list[Reason]:
    """Why the sources of attempts were not accepted."""
    return [make_reason("try", source=a.source, reason=a.reason) for a in attempts]


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
    reason: Reason | None,
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
    """The links of the listing: the code, the project page, then those that the listed abstract names."""
    links = []
    if paper.github_url:
        links.append(Link(kind="code", url=paper.github_url))
    if paper.project_url:
        links.append(Link(kind=kind_of(paper.project_url) or "project", url=paper.project_url))
    return merge_links(links, links_in_text(blocks_of_abstract([paper.abstract])))


def text_sha256(blocks: Sequence[Block]) -> str:
    """The hash of a text as an analysis sees it: the id, kind, text and header of each block as canonical JSON."""
    rows = [[block.id, block.kind, block.text, block.header] for block in blocks]
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
