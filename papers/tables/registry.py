"""The registry: for each dataset its rows' model, its key, how it is written and compared, and what its columns mean.

The Arrow schemas, the checks when writing and the table docs (`docs/tables.md`) are all derived from it. The models
give names, order, types and nulls of the columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, field
from functools import cache

import pyarrow as pa

from papers.day import Run
from papers.models import Analysis, Model, Paper, Popularity, Reading, SetAside, Verdict
from papers.tables.columns import Column, columns_of

# 2: runs.versions is a struct, no longer JSON; 3: evidence has a note; 4: stand-ins, cached tokens; 5: verdicts have
# pick scores, and reasons as data; 6: results have the rows that they compare; 7: all reasons are data
SCHEMA_VERSION = 7


@dataclass(frozen=True)
class Dataset:
    """A dataset: the model of its rows, what a row is, the key columns, and all columns in order."""

    model: type[Model]
    row: str
    key: tuple[str, ...]
    about: InitVar[Mapping[str, Column]]  # of each field of the model: what its column means
    clocks: tuple[str, ...] = ()  # what differs between equal runs (times, run ids): ignored when rows are compared
    columns: dict[str, Column] = field(init=False)

    def __post_init__(self, about: Mapping[str, Column]) -> None:
        """Take the types from the model. Raises TypeError if fields and columns differ."""
        object.__setattr__(self, "columns", columns_of(self.model, about))

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema."""
        fields = [pa.field(name, c.kind, nullable=c.null) for name, c in self.columns.items()]
        return pa.schema(fields)


ARXIV_ID = Column("arXiv id without version")
CAPTURED_AT = Column("when a list of that hash was first seen", "UTC")
CACHED_TOKENS = Column("of the tokens sent, those that the provider had cached", "tokens", since=4, default=0)
# rows before version 5 have no parts of a reason
VERDICT_PARTS = Column("the values that the reason names", since=5, default=(), null=True)

DATASETS: dict[str, Dataset] = {
    "papers": Dataset(
        Paper,
        "a listed paper, repeats included",
        key=("arxiv_id", "position"),
        clocks=("captured_at",),
        about={
            "arxiv_id": ARXIV_ID,
            "source": Column("where it was listed: hf, arxiv"),
            "position": Column("place on the list, from 0"),
            "title": Column("title as listed, on one line"),
            "abstract": Column("abstract as listed"),
            "authors": Column("authors in order"),
            "organization": Column("full name of the organization that the list gives"),
            "published_at": Column("first publication", "UTC"),
            "listed_at": Column("submission to the day's list", "UTC"),
            "upvotes": Column("upvotes at captured_at", "votes"),
            "comments": Column("comments at captured_at", "comments"),
            "github_url": Column("code repository that the list gives"),
            "github_stars": Column("its stars at captured_at", "stars"),
            "project_url": Column("project page that the list gives"),
            "ai_keywords": Column("keywords that the list gives"),
            "listing_sha256": Column("hash of the list's pages"),
            "captured_at": CAPTURED_AT,
            "first_seen": Column("the first day that listed it, by id or title"),
            "duplicate_of": Column("arXiv id of the paper that it repeats"),
            "dedupe_kind": Column("new, in-day, repeat, update or left"),
            "dedupe_reason": Column("why it is not new; for an update, what changed"),
        },
    ),
    "set_aside": Dataset(
        SetAside,
        "a malformed list item",
        key=("position",),
        about={
            "position": Column("place on the list, from 0"),
            "reason": Column("what is wrong with it"),
            "item_json": Column("the item, unchanged"),
        },
    ),
    "popularity": Dataset(
        Popularity,
        "a paper's upvotes, stars and comments at one time, never overwritten",
        key=("arxiv_id", "captured_at"),
        clocks=("captured_at",),
        about={
            "arxiv_id": ARXIV_ID,
            "captured_at": CAPTURED_AT,
            "upvotes": Column("upvotes", "votes"),
            "stars": Column("stars of the code repository", "stars"),
            "comments": Column("comments", "comments"),
        },
    ),
    "readings": Dataset(
        Reading,
        "the text of a paper as it was read",
        key=("arxiv_id",),
        clocks=("attempts.fetched_at",),
        about={
            "arxiv_id": ARXIV_ID,
            "state": Column("done, failed or withdrawn"),
            "reason": Column("why not done, or why not from the best source"),
            "source": Column("html, pdf or abs (abs also for the abstract of the list)"),
            "url": Column("address of the document that was read"),
            "version": Column("version that the document states"),
            "sha256": Column("hash of the text that was read"),
            "characters": Column("length of the text", "characters"),
            "tokens": Column("length of the text, estimated", "tokens"),
            "blocks": Column("the text in blocks, each with an id"),
            "affiliations": Column("institutions that the page names"),
            "links": Column("code, project page, weights and data, from the list and the page"),
            "attempts": Column("every source that was tried, with the result"),
        },
    ),
    "analyses": Dataset(
        Analysis,
        "a paper's analysis in one language",
        key=("arxiv_id", "language", "cache_key"),
        clocks=("seconds",),
        about={
            "arxiv_id": ARXIV_ID,
            "language": Column("zh or en"),
            "state": Column("done, failed or budget"),
            "reason": Column("why not done; of an extract: why it takes the place of a model's analysis"),
            "model": Column("extractive, or the model's name"),
            "prompt_version": Column("hash of the prompts"),
            "cache_key": Column("the hash in its key under answers/"),
            "application_area": Column("area of application"),
            "contribution": Column("the core contribution in one sentence"),
            "contribution_short": Column("what the paper does in one sentence, for lists"),
            "usage": Column("how the work is used"),
            "innovations": Column("main new ideas"),
            "results": Column("findings of the experiments"),
            "insight": Column("the key insight"),
            "suited_for": Column("who or what it is suited for"),
            "limitations": Column("limitations"),
            "next_action": Column("what a reader may do next"),
            "translated_title": Column("title in the analysis' language"),
            "short_name": Column("short name of the work"),
            "topic": Column("topic in a few words"),
            "abstract_short": Column("abstract in at most 150 characters"),
            "highlights": Column("up to three highlights"),
            "directions": Column("directions that the model gives"),
            "keywords": Column("keywords"),
            "openness": Column("what is open, according to the list and the paper's page only"),
            "evidence": Column("for each statement and number: its quote and the result of the check", repeats=True),
            "numbers_total": Column("numbers in the analysis as first written", "numbers"),
            "numbers_grounded": Column("of these, grounded or derived", "numbers"),
            "language_share": Column("share of Chinese text", "0 to 1"),
            "input_tokens": Column("tokens sent to the model", "tokens"),
            "cached_tokens": CACHED_TOKENS,
            "output_tokens": Column("tokens written by the model", "tokens"),
            "cost_usd": Column("cost; null where the price is not known", "USD"),
            "seconds": Column("time of the analysis", "s"),
        },
    ),
    "curation": Dataset(
        Verdict,
        "the verdicts on a listed paper",
        key=("arxiv_id",),
        about={
            "arxiv_id": ARXIV_ID,
            "score": Column("score of the ranked digest", "points"),
            "score_parts": Column("its components", "points"),
            "tags": Column("Super Lab, Frontier Lab, Relevant, Viral, Must Read"),
            "trophy": Column("Viral or Must Read"),
            "rank": Column("place among the day's new papers, from 1"),
            "ranked_decision": Column("show or skip in the ranked digest"),
            "ranked_reason": Column("why skipped, in English"),
            "ranked_rule": Column("the rule that decided", since=5),
            "ranked_parts": VERDICT_PARTS,
            "directions": Column("directions and their cues"),
            "kind": Column("a kind of paper that the profile names", since=5),
            "rating": Column("of a pick: 3 must read, 2 optional", "stars"),
            "pick_score": Column("score among the day's candidates for the curated post", "points", since=5),
            "pick_parts": Column("its components", "points", since=5),
            "curated_decision": Column("pick or skip in the curated post"),
            "curated_reason": Column("why, in English"),
            "curated_rule": Column("the rule that decided"),
            "curated_parts": VERDICT_PARTS,
        },
    ),
    "runs": Dataset(
        Run,
        "one run of a date",
        key=("run_id",),
        clocks=("run_id", "started_at", "finished_at"),
        about={
            "run_id": Column("the flow run's id"),
            "started_at": Column("start", "UTC"),
            "finished_at": Column("end", "UTC"),
            "state": Column("done, or partial: some papers failed or have an extract instead of an analysis"),
            "listed": Column("papers on the list", "papers"),
            "new": Column("of these, new", "papers"),
            "read": Column("papers read", "papers"),
            "analyzed": Column("analyses done", "analyses"),
            "failed": Column("papers with a reading or an analysis that is not done", "papers"),
            "stand_ins": Column("papers with an extract instead of an analysis", "papers", since=4, default=0),
            "tokens": Column("tokens of the analyses", "tokens"),
            "cached_tokens": CACHED_TOKENS,
            "cost_usd": Column("cost of the analyses", "USD"),
            "versions": Column("of program, schema, prompts; model and profile"),
        },
    ),
}

# the last names of all clocks, for rows whose dataset is not known
CLOCKS = frozenset(name.rpartition(".")[2] for dataset in DATASETS.values() for name in dataset.clocks)


@cache
def schema_of(dataset: str) -> pa.Schema:
    """The Arrow schema of `dataset`. Raises KeyError for an unknown dataset."""
    return DATASETS[dataset].schema
