"""Analyses a paper in a language with the model of the settings or by extraction. A run has one `Analyst`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from papers.analysis_choice import EXTRACTIVE
from papers.models import Analysis, Language, Paper, Reading, Reason
from papers.reasons import make_reason
from papers.settings import Settings
from tasks.analyze.drafts import Draft, finished_analysis, openness
from tasks.analyze.extractive import extract as extractive
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.llm.answer_cache import Cache, answer_key
from tasks.analyze.llm.answer_schema import schema_version
from tasks.analyze.llm.budget import BudgetExhausted, Spending
from tasks.analyze.llm.call_failures import CallsFailed, PromptTooLong
from tasks.analyze.llm.conversation import Conversation, RunMemory, RunState
from tasks.analyze.llm.model_call import ModelAccess
from tasks.analyze.llm.prompting import prompt_version
from tasks.analyze.llm.providers import build_model
from tasks.analyze.llm.retries import CallGate, SlotFactory
from tasks.analyze.llm.server_profile import ServerProfile

MAX_CHOICES = 64  # papers of which a run keeps the chosen sentences for the next language

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _AnalysisRequest:
    """The inputs of an analysis and its cache key."""

    paper: Paper
    reading: Reading
    language: Language
    key: str

    @property
    def answer_key(self) -> str:
        """The store key of the analysis."""
        return answer_key(self.paper.arxiv_id, self.key)


class Analyst:
    """Analyses papers with the model of the settings; one instance for a run, shared by all concurrent papers.

    `directions` are the profile's and are offered to the model. `backoff` is the first wait after a failed call, in
    seconds. `slot` makes a context manager that is entered for each call. `say` gets a line for each wait.
    Raises ModelUnreachable when the model cannot be built (a missing package or key, an unknown name).
    """

    def __init__(
        self,
        settings: Settings,
        cache: Cache,
        directions: Sequence[str],
        *,
        backoff: float = 1.0,
        slot: SlotFactory | None = None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.settings, self.cache, self.directions = settings, cache, tuple(directions)
        self.name = settings.model
        self.is_extractive = settings.model == EXTRACTIVE
        self.prompt_version = extractive.VERSION if self.is_extractive else prompt_version()
        self.gate = CallGate(settings, backoff, slot, say)
        self.server = ServerProfile.of(settings)
        self.memory = RunMemory()
        self._model = None if self.is_extractive else build_model(settings)
        self._choices: dict[str, extractive.Choice] = {}  # of the papers whose other languages are still to be written

    @property
    def spending(self) -> Spending:
        """The cost of this run's calls so far: `input_tokens`, `output_tokens`, `cost_usd`, `calls`."""
        return self.gate.spending

    async def analyze(self, paper: Paper, reading: Reading, language: Language) -> Analysis:
        """Analyse `paper`; ungrounded numbers are cut or flagged later, by `remove_ungrounded`.

        An analysis in the cache is not made again. A failure of this paper alone becomes a state with its reason.
        Raises ModelUnreachable when the model cannot work for any paper.
        """
        request = _AnalysisRequest(paper, reading, language, self.analysis_key(paper, reading.sha256, language))
        if reading.state != "done":
            return self._empty_analysis(request, "failed", make_reason("unread", reason=reading.reason))
        if self.is_extractive:
            return await asyncio.to_thread(self._extract, request)
        if cached := await self._load_cached(request):
            return cached
        return await self._ask_model(request)

    def analysis_key(self, paper: Paper, text_sha256: str | None, language: Language) -> str:
        """A hash of everything that an analysis depends on; `text_sha256` is `Reading.sha256`."""
        parts = {
            "text": text_sha256,
            "title": paper.title,
            "language": language,
            "model": self.settings.model,
            "model_url": self.settings.model_url,
            "model_context": self.settings.model_context,
            "model_answer": self.settings.model_answer,
            "extra_body": self.settings.extra_body,
            "prompt": self.prompt_version,
            "schema": schema_version(self.directions),
            "directions": list(self.directions),
            "translated_from": self._language_to_translate(language),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    # --- by extraction ---------------------------------------------------------------------------------------------

    def _extract(self, request: _AnalysisRequest) -> Analysis:
        start_time = time.monotonic()
        draft = extractive.write(self._choice(request), request.language)
        return self._finished_analysis(request, draft, Spending(), time.monotonic() - start_time)

    def _choice(self, request: _AnalysisRequest) -> extractive.Choice:
        """The sentences chosen of the paper: chosen once, and kept until its last language is written."""
        paper, reading = request.paper, request.reading
        choice = self._choices.pop(paper.arxiv_id, None)
        if choice is None or choice.paper != paper or choice.reading != reading:
            choice = extractive.choose(paper, reading, prepare_paper_text(paper, reading))
        if request.language != self.settings.language[-1]:
            self._choices[paper.arxiv_id] = choice
        while len(self._choices) > MAX_CHOICES:
            del self._choices[next(iter(self._choices))]
        return choice

    # --- by a model ------------------------------------------------------------------------------------------------

    async def _load_cached(self, request: _AnalysisRequest) -> Analysis | None:
        data = await asyncio.to_thread(self.cache.get, request.answer_key)
        if not data:
            return None
        try:
            analysis = Analysis.model_validate(json.loads(data)["analysis"])
        except (ValueError, KeyError, TypeError, ValidationError):
            return None  # an unreadable entry is made again
        # the same text can be listed under another id, and the star count changes from day to day
        changes = {"arxiv_id": request.paper.arxiv_id, "openness": openness(request.paper, request.reading)}
        return analysis.model_copy(update=changes)

    def _language_to_translate(self, language: Language) -> Language | None:
        """The first of the run's languages, whose analysis is translated into `language`; None if it is analysed."""
        first, *others = self.settings.language
        return first if self.settings.second_language == "translate" and language in others else None

    async def _ask_model(self, request: _AnalysisRequest) -> Analysis:
        """The model's analysis in the language of the request: a translation where there is one to translate."""
        assert self._model is not None
        if reason := self.gate.stop_reason():
            return self._empty_analysis(request, "budget", reason)
        access = ModelAccess(self._model, self.gate, self.cache, self.settings, self.server).for_paper(
            request.paper.arxiv_id
        )
        state = RunState(access, self.memory, self.directions)
        conversation = Conversation(state, request.paper, request.reading, request.language, request.key)
        start_time = time.monotonic()
        try:
            analysis = await self._translate(request, conversation)
            if analysis is None:
                paper_text = await asyncio.to_thread(prepare_paper_text, request.paper, request.reading)
                draft = await conversation.analyze(paper_text)
                analysis = self._finished_analysis(request, draft, access.spending, time.monotonic() - start_time)
        except BudgetExhausted as error:
            return self._empty_analysis(request, "budget", error.reason, access.spending)
        except (CallsFailed, PromptTooLong) as error:
            return self._empty_analysis(request, "failed", error.reason, access.spending)
        analysis = analysis.model_copy(update={"seconds": round(time.monotonic() - start_time, 3)})
        entry = {"analysis": analysis.model_dump(mode="json")}
        await asyncio.to_thread(
            self.cache.put,
            answer_key(request.paper.arxiv_id, request.key),
            json.dumps(entry, ensure_ascii=False).encode(),
        )
        return analysis

    async def _translate(self, request: _AnalysisRequest, conversation: Conversation) -> Analysis | None:
        """The analysis of the first language in that of the request; None when the paper has to be analysed.

        Raises CallsFailed where a weak model failed, for which a whole analysis would be harder still.
        """
        first_language = self._language_to_translate(request.language)
        if first_language is None:
            return None
        key = self.analysis_key(request.paper, request.reading.sha256, first_language)
        first = await self._load_cached(replace(request, language=first_language, key=key))
        if first is None:
            return None
        try:
            analysis = await conversation.translate(first)
        except CallsFailed as error:
            if self.memory.in_parts:
                raise
            _log.warning("%s: analysed again, not translated: %s", request.paper.arxiv_id, error)
            return None
        changes = {"cache_key": request.key, **conversation.state.access.spending.columns()}
        return analysis.model_copy(update=changes)

    # --- rows ------------------------------------------------------------------------------------------------------

    def _finished_analysis(
        self, request: _AnalysisRequest, draft: Draft, spending: Spending, seconds: float
    ) -> Analysis:
        columns = self._columns(request) | spending.columns()
        return finished_analysis(draft, seconds=round(seconds, 3), **columns)

    def _empty_analysis(
        self, request: _AnalysisRequest, state: str, reason: Reason, spending: Spending | None = None
    ) -> Analysis:
        """The row of a paper without an analysis, with the reason."""
        columns = self._columns(request) | (spending or Spending()).columns()
        return Analysis.model_validate({"state": state, "reason": reason, **columns})

    def _columns(self, request: _AnalysisRequest) -> dict[str, Any]:
        """The fields that say whose analysis it is, and how it was made."""
        return {
            "arxiv_id": request.paper.arxiv_id,
            "language": request.language,
            "model": self.name,
            "prompt_version": self.prompt_version,
            "cache_key": request.key,
            "openness": openness(request.paper, request.reading),
        }


def prepare_paper_text(paper: Paper, reading: Reading) -> PaperText:
    """The paper's text and the facts of its listing, prepared for grounding."""
    links = [paper.github_url or "", paper.project_url or "", *(link.url for link in reading.links)]
    listing_parts = [
        paper.title,
        paper.abstract,
        ", ".join(paper.ai_keywords),
        paper.organization or "",
        " ".join(links),
    ]
    return PaperText(reading.blocks, "\n".join(part for part in listing_parts if part))


__all__ = ["Analyst", "Cache", "prepare_paper_text"]
