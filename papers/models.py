"""The models that stages exchange.

`Listing` -> `Paper` -> `Reading` -> `Analysis` (with its `Evidence`) -> `Verdict` -> `Edition`. Each dataset's rows are
one of these models; `papers.tables.registry` documents each column. All are immutable: a stage creates new ones.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")
EditionName = Literal["full-report", "ranked-digest", "curated-post"]
EDITIONS: tuple[EditionName, ...] = ("full-report", "ranked-digest", "curated-post")


class Model(BaseModel):
    """Base class of all models: immutable; unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# --- reasons -------------------------------------------------------------------------------------------------------


class ReasonPart(Model):
    """A named value of a reason; numbers are written as they are printed ("41.2")."""

    name: str
    value: str


class Reason(Model):
    """Why something is as it is: a code and its parts. `papers.reasons` makes and prints it.

    A part may be a reason itself: its value is then the code, and its parts follow with its name before theirs
    ("last" and "last.status"). The reasons of a list are named by their numbers ("tries.0", "tries.0.source").
    A text alone, as rows of earlier schemas have it, is a reason with the code "text" and the part "text".
    """

    code: str
    parts: list[ReasonPart] = []

    def part(self, name: str) -> str:
        """The value of a part; "" if the reason has none of that name."""
        return next((p.value for p in self.parts if p.name == name), "")

    def inner(self, name: str) -> Reason | None:
        """The part of that name as a reason; None if there is none."""
        code, prefix = self.part(name), f"{name}."
        parts = [
            ReasonPart(name=p.name.removeprefix(prefix), value=p.value) for p in self.parts if p.name.startswith(prefix)
        ]
        return Reason(code=code, parts=parts) if code else None

    def inner_list(self, name: str) -> list[Reason]:
        """The reasons of the list of that name."""
        names = (p.name for p in self.parts if re.fullmatch(rf"{name}\.\d+", p.name))
        return [reason for n in names if (reason := self.inner(n))]


# --- fetch ---------------------------------------------------------------------------------------------------------


class SetAside(Model):
    """A malformed list item, stored unchanged."""

    position: int
    reason: Reason
    item_json: str


class ListedPaper(Model):
    """One item of a day's list: what the site says about a paper, before the comparison with earlier days."""

    arxiv_id: str  # without version
    source: str  # "hf" or "arxiv"
    position: int  # place on the list, from 0; malformed items count
    title: str
    abstract: str
    authors: list[str] = []
    organization: str | None = None
    published_at: dt.datetime | None = None
    listed_at: dt.datetime | None = None
    upvotes: int | None = None
    comments: int | None = None
    github_url: str | None = None
    github_stars: int | None = None
    project_url: str | None = None
    ai_keywords: list[str] = []


class Listing(Model):
    """A day's list as the site gave it, with the time of capture."""

    date: dt.date
    source: str
    url: str
    sha256: str  # of the list's pages, concatenated
    captured_at: dt.datetime
    site_time: dt.datetime | None = None  # by the clock of the site
    papers: list[ListedPaper]
    set_aside: list[SetAside]
    warnings: list[str] = []  # what the user has to know of the list, such as items that a bound leaves out


# --- dedupe --------------------------------------------------------------------------------------------------------

DedupeKind = Literal["new", "in-day", "repeat", "update", "left"]  # left: an earlier capture of the list had it


class Paper(ListedPaper):
    """A listed paper with the result of deduplication: a row of `papers`."""

    listing_sha256: str
    captured_at: dt.datetime
    first_seen: dt.date
    duplicate_of: str | None = None
    dedupe_kind: DedupeKind
    dedupe_reason: Reason | None = None


class Popularity(Model):
    """A paper's upvotes, stars and comments at one time: a row of `popularity`, never overwritten."""

    arxiv_id: str
    captured_at: dt.datetime
    upvotes: int | None = None
    stars: int | None = None
    comments: int | None = None


# --- read ----------------------------------------------------------------------------------------------------------

BlockKind = Literal["heading", "paragraph", "list_item", "equation", "table_row", "caption", "listing"]
ReadingSource = Literal["html", "pdf", "abs"]
READING_SOURCES: tuple[ReadingSource, ...] = ("html", "pdf", "abs")  # the best first


class Block(Model):
    """A piece of a paper's text with an id, which an analysis can quote."""

    id: str  # "S3.p2", "S4.T1.r3", "A1.p1", "abstract.p1"
    kind: BlockKind
    section: str  # path of headings, "4 Experiments > 4.2 Ablations"; "" before the first
    text: str
    header: str | None = None  # of a table row: its column headers, "| Model | Accuracy (%) |"


class Affiliation(Model):
    """An institution named on the page, with its authors if the page links them."""

    name: str
    authors: list[str] = []


class Link(Model):
    """A URL from the listing or the page: kind is "code", "project", "weights", "data" or "other"."""

    kind: str
    url: str


AttemptOutcome = Literal["accepted", "refused", "failed", "skipped", "stopped"]  # stopped: at a limit of time or memory


class Attempt(Model):
    """One try at a source: the request, the response, and why it was accepted or refused."""

    source: ReadingSource
    url: str
    status: int | None = None  # HTTP status; null without a response
    sha256: str | None = None  # of the body, its key under raw/; null without a body
    fetched_at: dt.datetime | None = None
    outcome: AttemptOutcome
    reason: Reason | None = None


class Reading(Model):
    """The text of a paper as it was read: a row of `readings`."""

    arxiv_id: str
    state: Literal["done", "failed", "withdrawn"]
    reason: Reason | None = None  # why failed or withdrawn; if done, why not from the best source
    source: ReadingSource | None = None
    url: str | None = None
    version: str | None = None  # "v2", as stated in the accepted document
    sha256: str | None = None  # of the accepted document's text (its blocks); part of an analysis' cache key
    characters: int = 0
    tokens: int = 0
    blocks: list[Block] = []
    affiliations: list[Affiliation] = []
    links: list[Link] = []
    attempts: list[Attempt] = []


# --- analyze -------------------------------------------------------------------------------------------------------

EvidenceStatus = Literal[
    "grounded", "derived", "wrong-unit", "not-in-quote", "quote-not-found", "other-paper", "other-cell", "refuted",
    "not-checkable", "unsupported",
]  # fmt: skip


class Evidence(Model):
    """The evidence for a statement, or for one number in it (`number` null: the statement has none)."""

    field: str  # "results[0].finding"
    text: str  # the statement, as it is or was in the analysis
    number: str | None = None  # canonical decimal, "97.3"
    unit: str | None = None  # "percent", "percentage_point", "times", "usd", "none", or the literal unit
    quote: str | None = None  # verbatim from the block
    block_id: str | None = None
    status: EvidenceStatus
    other_paper: str | None = None  # arXiv id of the paper of the day that does contain the number
    note: str | None = None  # the formula of a derived value, the right value, or the cell that is meant


class Usage(Model):
    """How the work is used; null where the paper does not say."""

    scenarios: str | None = None
    inputs: str | None = None
    outputs: str | None = None
    workflow: str | None = None
    requirements: str | None = None
    deployment: str | None = None


class Innovation(Model):
    """One of the paper's main new ideas."""

    title: str | None = None
    text: str


class RowComparison(Model):
    """The paper's own row of its main table beside the best other row: values of one column, as printed."""

    column: str
    group: str | None = None  # the label of the rows among which it is the best other one; None: all
    own: str  # names of the rows
    own_value: str
    other: str
    other_value: str


class Result(Model):
    """One result of the experiments."""

    task: str | None = None
    dataset: str | None = None
    baseline: str | None = None
    finding: str
    rows: RowComparison | None = None  # of a finding that an extract makes by rule from the main table


class Openness(Model):
    """Which artifacts are open, from the listing and the page only, never from a model."""

    code_url: str | None = None
    weights_url: str | None = None
    data_url: str | None = None
    project_url: str | None = None
    stars: int | None = None


class Analysis(Model):
    """The analysis of a paper in one language: a row of `analyses`. Null or empty where the paper does not say."""

    arxiv_id: str
    language: Language
    state: Literal["done", "failed", "budget"]
    reason: Reason | None = None  # why not done; of an extract: why no model's analysis, if one was asked for
    model: str
    prompt_version: str
    cache_key: str
    application_area: str | None = None
    contribution: str | None = None
    contribution_short: str | None = None
    usage: Usage = Usage()
    innovations: list[Innovation] = []
    results: list[Result] = []
    insight: str | None = None
    suited_for: str | None = None
    limitations: str | None = None
    next_action: str | None = None
    translated_title: str | None = None
    short_name: str | None = None
    topic: str | None = None
    abstract_short: str | None = None
    highlights: list[str] = []
    directions: list[str] = []
    keywords: list[str] = []
    openness: Openness = Openness()
    evidence: list[Evidence] = []
    numbers_total: int = 0
    numbers_grounded: int = 0
    language_share: float | None = None  # share of Chinese text, 0 to 1; null in English
    input_tokens: int = 0
    cached_tokens: int = 0  # of the input tokens, those that the provider had cached
    output_tokens: int = 0
    cost_usd: float | None = None  # null if the model's price is unknown
    seconds: float = 0.0

    @property
    def gist(self) -> str | None:
        """What the paper does in one sentence, for lists and tables."""
        return self.contribution_short or self.contribution


# --- curate --------------------------------------------------------------------------------------------------------


class Direction(Model):
    """A direction of the profile that a paper belongs to, and the cue that matched ("title: world model")."""

    name: str
    evidence: str

    @property
    def is_main(self) -> bool:
        """Whether the title or a model names it; keywords and abstract name much that a paper only uses."""
        return self.evidence.startswith(("title:", "model:"))


class PickParts(Model):
    """The components of a paper's pick score, in points."""

    words: float  # of title and abstract, as editors' picks weigh them
    interest: float
    upvotes: float
    stars: float
    lab: float
    kind: float
    trophy: float


class ScoreParts(Model):
    """The components of a score, in points."""

    upvotes: float
    stars: float
    comments: float
    lab: float
    topic: float


class Verdict(Model):
    """The verdicts of both digests on a listed paper: a row of `curation`."""

    arxiv_id: str
    score: float
    score_parts: ScoreParts
    tags: list[str]
    trophy: bool
    rank: int | None  # among the papers new on the day; null for a repeat or an update
    ranked_decision: Literal["show", "skip"]
    ranked_reason: str | None = None  # the text of the reason in English
    ranked_rule: str | None = None  # the code of the reason
    ranked_parts: list[ReasonPart] = []
    directions: list[Direction]
    kind: str | None = None  # of the profile's kinds: "survey", "report"; null for all others
    rating: Literal[2, 3] | None = None
    pick_score: float | None = None
    pick_parts: PickParts | None = None
    curated_decision: Literal["pick", "skip"]
    curated_reason: str  # the text of the reason in English
    curated_rule: str  # the code of the reason
    curated_parts: list[ReasonPart] = []

    @property
    def ranked(self) -> Reason | None:
        """Why the ranked digest does not show the paper."""
        return _reason_of_row(self.ranked_reason, self.ranked_rule, self.ranked_parts)

    @property
    def curated(self) -> Reason:
        """Why the curated post presents the paper or leaves it out."""
        reason = _reason_of_row(self.curated_reason, self.curated_rule, self.curated_parts)
        return reason or Reason(code=self.curated_rule)


def _reason_of_row(text: str | None, code: str | None, parts: list[ReasonPart]) -> Reason | None:
    """The reason of a verdict; its text alone in a row of an earlier schema, which has no parts."""
    if code and parts:
        return Reason(code=code, parts=parts)
    return Reason(code="text", parts=[ReasonPart(name="text", value=text)]) if text else None


class Trend(Model):
    """A direction's count in a day or a period, and in the trailing days before it.

    `change` is the share in the period minus the share in the trailing days; `low` and `high` are its 95% confidence
    interval.
    """

    direction: str
    count: int
    total: int
    trailing_count: int
    trailing_total: int
    trailing_days: int = Field(description="days with a snapshot among the trailing 28")
    change: float | None = None  # -1 to 1; null where one of the totals is 0
    low: float | None = None
    high: float | None = None


class NewTerm(Model):
    """A keyword that is on no earlier day's list."""

    term: str
    arxiv_ids: list[str]  # the day's new papers with this keyword, the best ranked first


class NewTerms(Model):
    """The keywords of a day that are on no earlier day's list."""

    terms: list[NewTerm] = []  # those with the most papers first, then those of the best ranked
    earlier_days: int = 0  # number of earlier days that they were compared with
