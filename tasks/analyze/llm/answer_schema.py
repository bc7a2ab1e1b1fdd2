"""What every model is asked for: one schema, whatever the provider.

A statement carries its evidence beside it, so that a model cannot give a number without saying where it read it.
`statements` turns an answer into the analysis; what is checked and what is cut is not decided here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Cite(_Answer):
    """Where a statement comes from."""

    quote: str = Field(description="words of one block, copied exactly, with every number that the statement has")
    block_id: str = Field(description="id of that block, without brackets, such as S3.p2")


class Statement(_Answer):
    """One or two sentences, and the quotations that they rest on."""

    text: str
    evidence: list[Cite] = Field(default=[], description="a quotation for every number; empty when there is no number")


class UsageAnswer(_Answer):
    """How the work is put to use; null where the paper does not say."""

    scenarios: Statement | None = Field(default=None, description="where it applies")
    inputs: Statement | None = Field(default=None, description="what goes in")
    outputs: Statement | None = Field(default=None, description="what comes out")
    workflow: Statement | None = Field(default=None, description="the steps of its use")
    requirements: Statement | None = Field(default=None, description="hardware, data, software")
    deployment: Statement | None = Field(default=None, description="how it is run or served, code and weights")


class InnovationAnswer(_Answer):
    """One of the paper's main new ideas."""

    title: str = Field(description="a few words")
    text: str = Field(description="what is new and why it matters")
    evidence: list[Cite] = Field(default=[], description="a quotation for every number; empty when there is no number")


class ResultAnswer(_Answer):
    """One finding of the experiments."""

    task: str | None = Field(default=None, description="what was tested, a few words")
    dataset: str | None = Field(default=None, description="the benchmark or dataset, by name")
    baseline: str | None = Field(default=None, description="what it was compared with, by name")
    finding: str = Field(description="what came out, with the numbers")
    evidence: list[Cite] = Field(default=[], description="a quotation for every number; empty when there is no number")


class Answer(_Answer):
    """The analysis of one paper."""

    application_area: Statement = Field(description="field and task")
    contribution: Statement = Field(description="the main contribution, one sentence")
    contribution_short: Statement = Field(description="the same in a dozen words")
    usage: UsageAnswer = Field(default=UsageAnswer())
    innovations: list[InnovationAnswer] = Field(
        min_length=1, max_length=4, description="three, the most important first"
    )
    results: list[ResultAnswer] = Field(default=[], max_length=6, description="two to four, the most important first")
    insight: Statement | None = Field(default=None, description="what one learns from the paper beyond its numbers")
    suited_for: Statement | None = Field(default=None, description="when to use it")
    limitations: Statement | None = Field(default=None, description="what it cannot do, by the paper's own account")
    next_action: Statement | None = Field(default=None, description="what a reader should do next, one sentence")
    abstract_short: Statement = Field(description="the abstract in at most 150 characters")
    highlights: list[Statement] = Field(default=[], max_length=4, description="three, one short sentence each")
    translated_title: str | None = Field(default=None, description="the title in Chinese; null in an English analysis")
    short_name: str | None = Field(default=None, description="name of the method or model, as the paper writes it")
    topic: str | None = Field(default=None, description="topic, two to five words")
    keywords: list[str] = Field(default=[], max_length=8, description="three to six")
    directions: list[str] = Field(default=[], description="those of the offered directions that the paper belongs to")


@lru_cache(maxsize=16)
def _answer_type(directions: tuple[str, ...]) -> type[Answer]:
    if not directions:
        return Answer
    offered: Any = Literal[directions]
    field: Any = Field(default=[], description="those of the offered directions that the paper belongs to")
    return create_model("Analysis", __base__=Answer, __doc__=Answer.__doc__, directions=(list[offered], field))


def answer_type(directions: Sequence[str]) -> type[Answer]:
    """The schema with `directions` as the only ones that an answer may name."""
    return _answer_type(tuple(directions))


def schema_version(directions: Sequence[str]) -> str:
    """A hash of the schema with these directions: part of what an analysis is cached by."""
    return _schema_version(tuple(directions))


@lru_cache(maxsize=16)
def _schema_version(directions: tuple[str, ...]) -> str:
    text = json.dumps(_answer_type(directions).model_json_schema(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
