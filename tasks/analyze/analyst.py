"""One analyst a run: makes an analysis of a paper in a language, once, by the setting's model or by extraction."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis, Language, Paper, Reading
from papers.settings import Settings
from tasks.analyze.analysis_texts import language_share
from tasks.analyze.drafts import Draft, openness
from tasks.analyze.extractive import extract as extractive
from tasks.analyze.grounding.paper_text import Source
from tasks.analyze.llm.answer_cache import Cache, cache_key
from tasks.analyze.llm.answer_schema import schema_version
from tasks.analyze.llm.budget import BudgetExhausted, Spending
from tasks.analyze.llm.conversation import RunState, converse
from tasks.analyze.llm.prompting import prompt_version
from tasks.analyze.llm.providers import Mode, build_model, output_modes
from tasks.analyze.llm.retries import CallGate, CallsFailed, Turn


@dataclass(frozen=True)
class _Job:
    """What an analysis is made of."""

    paper: Paper
    reading: Reading
    language: Language
    key: str


class Analyst:
    """Analyses papers with the model of the settings; one for a run, shared by all papers at once.

    `directions` are the profile's, offered to the model. `backoff` is the first wait after a failed call, in seconds;
    `turn` is entered for each call.
    Raises ModelUnreachable when the model cannot be built at all (a missing package or key, an unknown name).
    """

    def __init__(
        self,
        settings: Settings,
        cache: Cache,
        directions: Sequence[str],
        *,
        backoff: float = 1.0,
        turn: Turn | None = None,
    ) -> None:
        self.settings, self.cache, self.directions = settings, cache, tuple(directions)
        self.name = settings.model
        self.extracts = settings.model == EXTRACTIVE
        self.prompt_version = extractive.VERSION if self.extracts else prompt_version()
        self.gate = CallGate(settings, backoff, turn)
        self.modes: list[Mode] = output_modes(settings)
        self._model = None if self.extracts else build_model(settings)

    @property
    def spent(self) -> Spending:
        """What this run's calls have cost so far: `input_tokens`, `output_tokens`, `cost_usd`, `calls`."""
        return self.gate.spent

    async def analyze(self, paper: Paper, reading: Reading, language: Language) -> Analysis:
        """The analysis of `paper`, before what is not grounded is cut or flagged (`remove_ungrounded`).

        From the cache when it was made before. A failure of this paper alone is a state with its reason; raises
        ModelUnreachable when the model cannot work for any paper.
        """
        job = _Job(paper, reading, language, self.key_of(paper, reading, language))
        if reading.state != "done":
            return self._without(job, "failed", f"not read: {reading.reason or reading.state}")
        if self.extracts:
            return await asyncio.to_thread(self._extracted, job)
        if cached := await self._cached(job):
            return cached
        return await self._made(job)

    def key_of(self, paper: Paper, reading: Reading, language: Language) -> str:
        """A hash of all that an analysis depends on."""
        parts = {
            "text": reading.sha256,
            "title": paper.title,
            "language": language,
            "model": self.settings.model,
            "model_url": self.settings.model_url,
            "model_context": self.settings.model_context,
            "prompt": self.prompt_version,
            "schema": schema_version(self.directions),
            "directions": list(self.directions),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    # --- by extraction ---------------------------------------------------------------------------------------------

    def _extracted(self, job: _Job) -> Analysis:
        started = time.monotonic()
        source = source_of(job.paper, job.reading)
        made = extractive.extract(job.paper, job.reading, job.language, source)
        return self._complete(job, made, Spending(), time.monotonic() - started)

    # --- by a model ------------------------------------------------------------------------------------------------

    async def _cached(self, job: _Job) -> Analysis | None:
        data = await asyncio.to_thread(self.cache.get, cache_key(job.key))
        if not data:
            return None
        try:
            found = Analysis.model_validate(json.loads(data)["analysis"])
        except (ValueError, KeyError, TypeError, ValidationError):
            return None  # an unreadable one is made again
        # the same text may be listed under another id, and stars change from day to day
        now = {"arxiv_id": job.paper.arxiv_id, "openness": openness(job.paper, job.reading)}
        return found.model_copy(update=now)

    async def _made(self, job: _Job) -> Analysis:
        assert self._model is not None
        if reason := self.gate.exhausted():
            return self._without(job, "budget", reason)
        started = time.monotonic()
        source = await asyncio.to_thread(source_of, job.paper, job.reading)
        talk = RunState(self._model, self.gate, self.cache, self.modes, self.settings, self.directions)
        try:
            told = await converse(talk, job.paper, job.reading, job.language, source, job.key)
        except BudgetExhausted as error:
            return self._without(job, "budget", str(error), talk.spent)
        except CallsFailed as error:
            return self._without(job, "failed", str(error), talk.spent)
        analysis = self._complete(job, told.draft, talk.spent, time.monotonic() - started)
        kept = {"analysis": analysis.model_dump(mode="json"), "answer": told.answer.model_dump(mode="json")}
        await asyncio.to_thread(self.cache.put, cache_key(job.key), json.dumps(kept, ensure_ascii=False).encode())
        return analysis

    # --- rows ------------------------------------------------------------------------------------------------------

    def _complete(self, job: _Job, made: Draft, spent: Spending, seconds: float) -> Analysis:
        analysis = Analysis(
            arxiv_id=job.paper.arxiv_id,
            language=job.language,
            state="done",
            model=self.name,
            prompt_version=self.prompt_version,
            cache_key=job.key,
            openness=openness(job.paper, job.reading),
            evidence=made.evidence,
            numbers_total=made.total,
            numbers_grounded=made.grounded,
            input_tokens=spent.input_tokens,
            output_tokens=spent.output_tokens,
            cost_usd=spent.cost_usd,
            seconds=round(seconds, 3),
            **made.fields,
        )
        return analysis.model_copy(update={"language_share": language_share(analysis)})

    def _without(self, job: _Job, state: str, reason: str, spent: Spending | None = None) -> Analysis:
        """The row of a paper that has no analysis, and why."""
        return Analysis.model_validate(
            {
                "arxiv_id": job.paper.arxiv_id,
                "language": job.language,
                "state": state,
                "reason": reason,
                "model": self.name,
                "prompt_version": self.prompt_version,
                "cache_key": job.key,
                "openness": openness(job.paper, job.reading),
                "input_tokens": spent.input_tokens if spent else 0,
                "output_tokens": spent.output_tokens if spent else 0,
                "cost_usd": spent.cost_usd if spent else 0.0,
            }
        )


def source_of(paper: Paper, reading: Reading) -> Source:
    """The paper's text and what its listing says, ready for grounding."""
    links = [paper.github_url or "", paper.project_url or "", *(link.url for link in reading.links)]
    said = [paper.title, paper.abstract, ", ".join(paper.ai_keywords), paper.organization or "", " ".join(links)]
    return Source(reading.blocks, "\n".join(part for part in said if part))


__all__ = ["Analyst", "Cache", "source_of"]
