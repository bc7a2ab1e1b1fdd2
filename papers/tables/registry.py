"""The registry of columns: the meaning, type and unit of each column of each dataset.

The Arrow schemas, the checks when writing and the table docs (`docs/tables.md`) are all derived from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pyarrow as pa

# 2: runs.versions is a struct, no longer JSON; 3: evidence has a note; 4: stand-ins, cached tokens; 5: verdicts have
# pick scores, and reasons as data; 6: results have the rows that they compare; 7: all reasons are data
SCHEMA_VERSION = 7

TEXT, INT, FLOAT, BOOL, DAY = pa.string(), pa.int64(), pa.float64(), pa.bool_(), pa.date32()
TIME = pa.timestamp("us", tz="UTC")
TEXTS = pa.list_(TEXT)


def _struct(**fields: pa.DataType) -> pa.DataType:
    return pa.struct([pa.field(name, kind) for name, kind in fields.items()])


_BLOCKS = pa.list_(_struct(id=TEXT, kind=TEXT, section=TEXT, text=TEXT, header=TEXT))
_AFFILIATIONS = pa.list_(_struct(name=TEXT, authors=TEXTS))
_LINKS = pa.list_(_struct(kind=TEXT, url=TEXT))
_REASON_PARTS = pa.list_(_struct(name=TEXT, value=TEXT))
_ATTEMPTS = pa.list_(
    _struct(
        source=TEXT,
        url=TEXT,
        status=INT,
        sha256=TEXT,
        fetched_at=TIME,
        outcome=TEXT,
        reason=TEXT,
        reason_code=TEXT,
        reason_parts=_REASON_PARTS,
    )
)
_USAGE = _struct(scenarios=TEXT, inputs=TEXT, outputs=TEXT, workflow=TEXT, requirements=TEXT, deployment=TEXT)
_ROWS = _struct(column=TEXT, group=TEXT, own=TEXT, own_value=TEXT, other=TEXT, other_value=TEXT)
_EVIDENCE = pa.list_(
    _struct(
        field=TEXT,
        text=TEXT,
        number=TEXT,
        unit=TEXT,
        quote=TEXT,
        block_id=TEXT,
        status=TEXT,
        other_paper=TEXT,
        note=TEXT,
    )
)
_OPENNESS = _struct(code_url=TEXT, weights_url=TEXT, data_url=TEXT, project_url=TEXT, stars=INT)
_SCORE_PARTS = _struct(upvotes=FLOAT, stars=FLOAT, comments=FLOAT, lab=FLOAT, topic=FLOAT)
_PICK_PARTS = _struct(words=FLOAT, interest=FLOAT, upvotes=FLOAT, stars=FLOAT, lab=FLOAT, kind=FLOAT, trophy=FLOAT)
_VERSIONS = _struct(program=TEXT, schema_version=INT, model=TEXT, prompt=TEXT, profile=TEXT)


@dataclass(frozen=True)
class Column:
    """A column: its Arrow type, its meaning, and the unit of its values, if they have one."""

    kind: pa.DataType
    meaning: str
    unit: str | None = None
    null: bool = True  # whether it may be null
    since: int = 1  # the schema version that added it
    default: object = None  # its value in files of earlier versions
    repeats: bool = False  # whether its values repeat so often that dictionaries make a day's file smaller


@dataclass(frozen=True)
class Dataset:
    """A dataset: what a row is, the key columns, and all columns in order."""

    row: str
    key: tuple[str, ...]
    columns: dict[str, Column]

    @property
    def schema(self) -> pa.Schema:
        """The Arrow schema."""
        fields = [pa.field(name, c.kind, nullable=c.null) for name, c in self.columns.items()]
        return pa.schema(fields)


def _id(meaning: str = "arXiv id without version") -> Column:
    return Column(TEXT, meaning, null=False)


def _reason(name: str, meaning: str, null: bool = True) -> dict[str, Column]:
    """The columns of a reason: its text in English, its code and its parts."""
    return {
        name: Column(TEXT, f"{meaning}, in English", null=null),
        f"{name}_code": Column(TEXT, "the code of the reason", since=7),
        f"{name}_parts": Column(_REASON_PARTS, "the values that the reason names", since=7, default=()),
    }


CAPTURED_AT = Column(TIME, "when a list of that hash was first seen", "UTC", null=False)

DATASETS: dict[str, Dataset] = {
    "papers": Dataset(
        "a listed paper, repeats included",
        ("arxiv_id", "position"),
        {
            "arxiv_id": _id(),
            "source": Column(TEXT, "where it was listed: hf, arxiv", null=False),
            "position": Column(INT, "place on the list, from 0", null=False),
            "title": Column(TEXT, "title as listed, on one line", null=False),
            "abstract": Column(TEXT, "abstract as listed", null=False),
            "authors": Column(TEXTS, "authors in order", null=False),
            "organization": Column(TEXT, "full name of the organization that the list gives"),
            "published_at": Column(TIME, "first publication", "UTC"),
            "listed_at": Column(TIME, "submission to the day's list", "UTC"),
            "upvotes": Column(INT, "upvotes at captured_at", "votes"),
            "comments": Column(INT, "comments at captured_at", "comments"),
            "github_url": Column(TEXT, "code repository that the list gives"),
            "github_stars": Column(INT, "its stars at captured_at", "stars"),
            "project_url": Column(TEXT, "project page that the list gives"),
            "ai_keywords": Column(TEXTS, "keywords that the list gives", null=False),
            "listing_sha256": Column(TEXT, "hash of the list's pages", null=False),
            "captured_at": CAPTURED_AT,
            "first_seen": Column(DAY, "the first day that listed it, by id or title", null=False),
            "duplicate_of": Column(TEXT, "arXiv id of the paper that it repeats"),
            "dedupe_kind": Column(TEXT, "new, in-day, repeat or update", null=False),
            **_reason("dedupe_reason", "why it is not new; for an update, what changed"),
        },
    ),
    "set_aside": Dataset(
        "a malformed list item",
        ("position",),
        {
            "position": Column(INT, "place on the list, from 0", null=False),
            **_reason("reason", "what is wrong with it", null=False),
            "item_json": Column(TEXT, "the item, unchanged", null=False),
        },
    ),
    "popularity": Dataset(
        "a paper's upvotes, stars and comments at one time, never overwritten",
        ("arxiv_id", "captured_at"),
        {
            "arxiv_id": _id(),
            "captured_at": CAPTURED_AT,
            "upvotes": Column(INT, "upvotes", "votes"),
            "stars": Column(INT, "stars of the code repository", "stars"),
            "comments": Column(INT, "comments", "comments"),
        },
    ),
    "readings": Dataset(
        "the text of a paper as it was read",
        ("arxiv_id",),
        {
            "arxiv_id": _id(),
            "state": Column(TEXT, "done, failed or withdrawn", null=False),
            **_reason("reason", "why not done, or why not from the best source"),
            "source": Column(TEXT, "html, pdf or abs (abs also for the abstract of the list)"),
            "url": Column(TEXT, "address of the document that was read"),
            "version": Column(TEXT, "version that the document states"),
            "sha256": Column(TEXT, "hash of the text that was read"),
            "characters": Column(INT, "length of the text", "characters", null=False),
            "tokens": Column(INT, "length of the text, estimated", "tokens", null=False),
            "blocks": Column(_BLOCKS, "the text in blocks, each with an id", null=False),
            "affiliations": Column(_AFFILIATIONS, "institutions that the page names", null=False),
            "links": Column(_LINKS, "code, project page, weights and data, from the list and the page", null=False),
            "attempts": Column(_ATTEMPTS, "every source that was tried, with the result", null=False),
        },
    ),
    "analyses": Dataset(
        "a paper's analysis in one language",
        ("arxiv_id", "language", "cache_key"),
        {
            "arxiv_id": _id(),
            "language": Column(TEXT, "zh or en", null=False),
            "state": Column(TEXT, "done, failed or budget", null=False),
            **_reason("reason", "why not done; of an extract: why it takes the place of a model's analysis"),
            "model": Column(TEXT, "extractive, or the model's name", null=False),
            "prompt_version": Column(TEXT, "hash of the prompts", null=False),
            "cache_key": Column(TEXT, "key under cache/analyses/", null=False),
            "application_area": Column(TEXT, "area of application"),
            "contribution": Column(TEXT, "the core contribution in one sentence"),
            "contribution_short": Column(TEXT, "what the paper does in one sentence, for lists"),
            "usage": Column(_USAGE, "how the work is used", null=False),
            "innovations": Column(pa.list_(_struct(title=TEXT, text=TEXT)), "main new ideas", null=False),
            "results": Column(
                pa.list_(_struct(task=TEXT, dataset=TEXT, baseline=TEXT, finding=TEXT, rows=_ROWS)),
                "findings of the experiments",
                null=False,
            ),
            "insight": Column(TEXT, "the key insight"),
            "suited_for": Column(TEXT, "who or what it is suited for"),
            "limitations": Column(TEXT, "limitations"),
            "next_action": Column(TEXT, "what a reader may do next"),
            "translated_title": Column(TEXT, "title in the analysis' language"),
            "short_name": Column(TEXT, "short name of the work"),
            "topic": Column(TEXT, "topic in a few words"),
            "abstract_short": Column(TEXT, "abstract in at most 150 characters"),
            "highlights": Column(TEXTS, "up to three highlights", null=False),
            "directions": Column(TEXTS, "directions that the model gives", null=False),
            "keywords": Column(TEXTS, "keywords", null=False),
            "openness": Column(_OPENNESS, "what is open, according to the list and the paper's page only", null=False),
            "evidence": Column(
                _EVIDENCE,
                "for each statement and number: its quote and the result of the check",
                null=False,
                repeats=True,
            ),
            "numbers_total": Column(INT, "numbers in the analysis as first written", "numbers", null=False),
            "numbers_grounded": Column(INT, "of these, grounded or derived", "numbers", null=False),
            "language_share": Column(FLOAT, "share of Chinese text", "0 to 1"),
            "input_tokens": Column(INT, "tokens sent to the model", "tokens", null=False),
            "cached_tokens": Column(
                INT, "of the tokens sent, those that the provider had cached", "tokens", null=False, since=4, default=0
            ),
            "output_tokens": Column(INT, "tokens written by the model", "tokens", null=False),
            "cost_usd": Column(FLOAT, "cost; null where the price is not known", "USD"),
            "seconds": Column(FLOAT, "time of the analysis", "s", null=False),
        },
    ),
    "curation": Dataset(
        "the verdicts on a listed paper",
        ("arxiv_id",),
        {
            "arxiv_id": _id(),
            "score": Column(FLOAT, "score of the ranked digest", "points", null=False),
            "score_parts": Column(_SCORE_PARTS, "its components", "points", null=False),
            "tags": Column(TEXTS, "Super Lab, Frontier Lab, Relevant, Viral, Must Read", null=False),
            "trophy": Column(BOOL, "Viral or Must Read", null=False),
            "rank": Column(INT, "place among the day's new papers, from 1"),
            "ranked_decision": Column(TEXT, "show or skip in the ranked digest", null=False),
            "ranked_reason": Column(TEXT, "why skipped, in English"),
            "ranked_rule": Column(TEXT, "the rule that decided", since=5),
            "ranked_parts": Column(_REASON_PARTS, "the values that the reason names", since=5, default=()),
            "directions": Column(pa.list_(_struct(name=TEXT, evidence=TEXT)), "directions and their cues", null=False),
            "kind": Column(TEXT, "a kind of paper that the profile names", since=5),
            "rating": Column(INT, "of a pick: 3 must read, 2 optional", "stars"),
            "pick_score": Column(FLOAT, "score among the day's candidates for the curated post", "points", since=5),
            "pick_parts": Column(_PICK_PARTS, "its components", "points", since=5),
            "curated_decision": Column(TEXT, "pick or skip in the curated post", null=False),
            "curated_reason": Column(TEXT, "why, in English", null=False),
            "curated_rule": Column(TEXT, "the rule that decided", null=False),
            "curated_parts": Column(_REASON_PARTS, "the values that the reason names", since=5, default=()),
        },
    ),
    "runs": Dataset(
        "one run of a date",
        ("run_id",),
        {
            "run_id": Column(TEXT, "the flow run's id", null=False),
            "started_at": Column(TIME, "start", "UTC", null=False),
            "finished_at": Column(TIME, "end", "UTC", null=False),
            "state": Column(
                TEXT, "done, or partial: some papers failed or have an extract instead of an analysis", null=False
            ),
            "listed": Column(INT, "papers on the list", "papers", null=False),
            "new": Column(INT, "of these, new", "papers", null=False),
            "read": Column(INT, "papers read", "papers", null=False),
            "analyzed": Column(INT, "analyses done", "analyses", null=False),
            "failed": Column(INT, "papers with a reading or an analysis that is not done", "papers", null=False),
            "stand_ins": Column(
                INT, "papers with an extract instead of an analysis", "papers", null=False, since=4, default=0
            ),
            "tokens": Column(INT, "tokens of the analyses", "tokens", null=False),
            "cached_tokens": Column(
                INT, "of the tokens sent, those that the provider had cached", "tokens", null=False, since=4, default=0
            ),
            "cost_usd": Column(FLOAT, "cost of the analyses", "USD"),
            "versions": Column(_VERSIONS, "of program, schema, prompts; model and profile", null=False),
        },
    ),
}


@cache
def schema_of(dataset: str) -> pa.Schema:
    """The Arrow schema of `dataset`. Raises KeyError for an unknown dataset."""
    return DATASETS[dataset].schema
