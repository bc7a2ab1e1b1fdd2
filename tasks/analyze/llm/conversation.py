"""One paper's conversation with the model: the question, what is asked for again, and the translation.

All requests about a paper begin with the same text, the rules and the paper, so that servers cache it. What is good in
an answer is kept; what is missing or wrong is asked for once more, alone. Failures are raised as `CallsFailed`,
`BudgetExhausted` or `ModelUnreachable`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from papers.models import Analysis, Language, Paper, Reading, Reason
from papers.reasons import make_reason
from papers.token_counts import block_tokens, count_tokens
from tasks.analyze.drafts import Draft
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.llm.answer_check import AnswerChecker, CheckedAnswer, analysis_fault
from tasks.analyze.llm.answer_draft import draft_of
from tasks.analyze.llm.answer_reading import Passage, ReadAnswer, read_answer
from tasks.analyze.llm.answer_schema import GROUPS, answer_json_schema, field_names, field_of, json_name
from tasks.analyze.llm.budget import BudgetExhausted
from tasks.analyze.llm.call_failures import CallsFailed, PromptTooLong
from tasks.analyze.llm.fitting import fit, smaller_budget
from tasks.analyze.llm.model_call import ChatMessage, ModelAccess, ModelReply, call_model
from tasks.analyze.llm.prompting import (
    Problem,
    correction_prompt,
    paper_prompt,
    system_prompt,
    task_prompt,
    translation_prompt,
)
from tasks.analyze.llm.translation import (
    Translation,
    json_key,
    read_translation,
    texts_to_translate,
    translated_analysis,
    translation_json_schema,
)

MAX_CALLS = 4  # about a paper in one language, after which nothing more is asked that could be left out
MAX_REFITS = 8
MIN_PAPER_TOKENS = 100
MIN_TRANSLATED = 0.6  # share of the texts that a translation must have
MIN_PROMISING = 0.3  # share from which it is worth asking for the rest

T = TypeVar("T")


@dataclass
class RunMemory:
    """What one paper's conversation finds out for those after it."""

    in_parts: bool = False  # the model cannot fill all fields in one answer
    paper_tokens: int | None = None  # the most tokens of a paper for which the server has room


@dataclass(frozen=True)
class RunState:
    """What a conversation needs of the run. `access` counts this paper's costs."""

    access: ModelAccess
    memory: RunMemory
    directions: tuple[str, ...]


class Conversation:
    """The questions about one paper in one language. `key` is the cache key of the analysis."""

    def __init__(self, state: RunState, paper: Paper, reading: Reading, language: Language, key: str) -> None:
        self.state, self.paper, self.reading, self.language, self.key = state, paper, reading, language, key
        self._has_unread_reply = False
        self._prefix: list[ChatMessage] = []

    async def analyze(self, paper_text: PaperText) -> Draft:
        """The fields of an analysis, grounded in the paper.

        Raises CallsFailed, also where what came is no analysis, BudgetExhausted, or ModelUnreachable.
        """
        try:
            checker = await asyncio.to_thread(AnswerChecker, self.paper, paper_text, self.language)
            answer = await self._first_answer(checker)
            answer = await self._correct(answer, checker)
            if answer.in_wrong_language(self.language):
                answer = await self._in_right_language(answer, checker)
            if fault := analysis_fault(answer, self.language):
                raise CallsFailed(fault)
            return draft_of(answer)
        except CallsFailed:
            await self.state.access.discard_answers()
            raise

    async def translate(self, analysis: Analysis) -> Analysis:
        """`analysis`, which is in another language, in this one.

        Raises CallsFailed when too few of its texts can be translated.
        """
        texts = texts_to_translate(analysis, self.paper.title, self.language)
        try:
            translation = await self._translation_of(texts)
        except CallsFailed:
            await self.state.access.discard_answers()
            raise
        if "contribution" not in translation.texts or len(translation.texts) < MIN_TRANSLATED * len(texts):
            await self.state.access.discard_answers()
            raise CallsFailed(make_reason("few-translations", translated=len(translation.texts), total=len(texts)))
        return translated_analysis(analysis, translation, self.language)

    # --- the answer -------------------------------------------------------------------------------------------------

    async def _first_answer(self, checker: AnswerChecker) -> CheckedAnswer:
        """The model's answer to the whole question or, if it cannot fill that, to smaller ones."""
        memory, names, answer = self.state.memory, field_names(self.language), ReadAnswer()
        if not memory.in_parts:
            try:
                answer = await self._ask_for(names)
            except CallsFailed:
                if not self._has_unread_reply:
                    raise
            memory.in_parts |= answer.is_at_limit
            if not answer.is_at_limit and answer.given:
                return await self._with_rest(answer, names, checker)
        for group in GROUPS:
            wanted = [name for name in field_names(self.language, group) if not answer.has(name)]
            if group != "core" and not self._may_ask():
                break
            try:
                part = await self._ask_for(wanted) if wanted else ReadAnswer()
            except (CallsFailed, PromptTooLong):
                if group == "core":
                    raise
                continue
            answer.add(part)
            memory.in_parts = True
            if group == "core" and (await asyncio.to_thread(checker.check, answer)).missing(["contribution"]):
                break
        return await asyncio.to_thread(checker.check, answer)

    async def _with_rest(self, answer: ReadAnswer, names: Sequence[str], checker: AnswerChecker) -> CheckedAnswer:
        """The checked answer; if it was cut off, with the fields that it lacks, which are asked for alone."""
        if answer.is_cut and (wanted := [name for name in names if not answer.has(name)]):
            with suppress(CallsFailed, BudgetExhausted, PromptTooLong):  # what came is then judged alone
                answer.add(await self._ask_for(wanted))
        return await asyncio.to_thread(checker.check, answer)

    async def _correct(self, answer: CheckedAnswer, checker: AnswerChecker) -> CheckedAnswer:
        """The answer with what was wrong or missing asked for once more, that alone. It never gets worse."""
        problems = answer.problems()
        names = list(dict.fromkeys([problem.name for problem in problems]))
        names += [n for n in answer.missing(field_names(self.language)) if n not in {field_of(m).name for m in names}]
        if not names or not self._may_ask():
            return answer
        try:
            second = await self._ask_for(names, self._correction(answer, names, problems))
        except (CallsFailed, BudgetExhausted, PromptTooLong):
            return answer
        return await asyncio.to_thread(checker.merge, answer, second)

    def _correction(
        self, answer: CheckedAnswer, names: Sequence[str], problems: Sequence[Problem]
    ) -> list[ChatMessage] | None:
        """The messages that ask for a correction; None when there is nothing of the answer to correct."""
        wrong = {json_name(n): _as_json(answer.passages[n].passage) for n in names if n in answer.passages}
        if not wrong:
            return None
        return [
            ChatMessage("user", task_prompt(self.language, field_names(self.language), self.state.directions)),
            ChatMessage("assistant", json.dumps(wrong, ensure_ascii=False)),
            ChatMessage("user", correction_prompt(self.language, names, problems)),
        ]

    async def _in_right_language(self, answer: CheckedAnswer, checker: AnswerChecker) -> CheckedAnswer:
        """An answer in the wrong language, translated. Its quotations stay."""
        texts = {
            f"{name}.{part}" if part else name: text
            for name, checked in answer.passages.items()
            for part, text in checked.passage.texts.items()
            if part not in ("dataset", "baseline") and name != "short_name"
        }
        try:
            translation = await self._translation_of(texts)
        except (CallsFailed, BudgetExhausted, PromptTooLong):
            return answer
        passages = {
            name: Passage(
                {p: translation.texts.get(f"{name}.{p}" if p else name, t) for p, t in checked.passage.texts.items()},
                checked.passage.cites,
            )
            for name, checked in answer.passages.items()
        }
        return await asyncio.to_thread(checker.check, ReadAnswer(passages))

    # --- questions --------------------------------------------------------------------------------------------------

    async def _ask_for(self, names: Sequence[str], task: Sequence[ChatMessage] | None = None) -> ReadAnswer:
        """The answer with these values; `task` are the messages after the paper."""

        def read(reply: ModelReply) -> ReadAnswer | None:
            answer = read_answer(reply.texts, names, self.state.directions)
            if answer is None:
                self._has_unread_reply = True
                return None
            answer.is_at_limit = reply.finish_reason == "length"
            return answer

        messages = task or [ChatMessage("user", task_prompt(self.language, names, self.state.directions))]
        return await self._ask(messages, answer_json_schema(names, self.state.directions), read)

    def _may_ask(self) -> bool:
        """Whether a question that could be left out is still worth its price."""
        return self.state.access.spending.calls < MAX_CALLS

    async def _translation_of(self, texts: Mapping[str, str]) -> Translation:
        """The translations. What is missing or has other numbers is asked for once more."""
        translation = await self._ask_for_translation(texts)
        rest = {name: text for name, text in texts.items() if name not in translation.texts}
        is_promising = len(rest) < (1 - MIN_PROMISING) * len(texts)
        if rest and is_promising and self._may_ask():
            try:
                second = await self._ask_for_translation(rest)
            except (CallsFailed, BudgetExhausted, PromptTooLong):
                return translation
            translation.texts |= second.texts
            translation.faults |= second.faults
        return translation

    async def _ask_for_translation(self, texts: Mapping[str, str]) -> Translation:
        def read(reply: ModelReply) -> Translation | None:
            return read_translation(reply.texts, texts, self.language)

        task = [ChatMessage("user", translation_prompt(self.language, {json_key(n): t for n, t in texts.items()}))]
        return await self._ask(task, translation_json_schema(texts), read)

    async def _ask(
        self, task: Sequence[ChatMessage], schema: dict[str, Any], read: Callable[[ModelReply], T | None]
    ) -> T:
        """Ask after the rules and the paper. The paper is fitted to the server's room at the first question."""
        if self._prefix:
            return await self._call(_joined(self._prefix, task), schema, read)
        memory, longest = self.state.memory, self.state.access.settings.model_context
        paper_tokens = await asyncio.to_thread(lambda: sum(map(block_tokens, self.reading.blocks)))
        tokens = min(longest, memory.paper_tokens or longest, paper_tokens)
        for _ in range(MAX_REFITS):
            prefix = await asyncio.to_thread(self._fitted_prefix, tokens)
            try:
                result = await self._call(_joined(prefix, task), schema, read)
            except PromptTooLong as error:
                estimate = tokens + count_tokens(system_prompt()) + sum(count_tokens(message.text) for message in task)
                limit, counted = error.limit, error.error.prompt_tokens
                if limit and counted and counted > estimate:  # the model's tokens are shorter than those estimated here
                    limit = limit * estimate // counted
                tokens = smaller_budget(tokens, estimate, limit, self.state.access.settings.model_answer)
                if tokens < MIN_PAPER_TOKENS:
                    raise CallsFailed(_no_room(error.limit)) from error
                memory.paper_tokens = min(tokens, memory.paper_tokens or tokens)
            else:
                self._prefix = prefix
                return result
        raise CallsFailed(make_reason("context-setting", tokens=f"{tokens * 2:,}"))

    async def _call(
        self, messages: Sequence[ChatMessage], schema: dict[str, Any], read: Callable[[ModelReply], T | None]
    ) -> T:
        return await call_model(self.state.access, messages, schema, read, cache_key=self.key)

    def _fitted_prefix(self, tokens: int) -> list[ChatMessage]:
        fitted = fit(self.reading, tokens)
        paper = paper_prompt(self.paper, fitted.blocks, fitted.omissions)
        return [ChatMessage("system", system_prompt()), ChatMessage("user", paper)]


def _no_room(limit: int | None) -> Reason:
    return make_reason("context-too-small", tokens=f"{limit:,}") if limit else make_reason("no-room")


def _joined(prefix: Sequence[ChatMessage], task: Sequence[ChatMessage]) -> list[ChatMessage]:
    """The rules, the paper and the task. A paper that is shorter than the task is in one message with it."""
    rules, paper = prefix
    first, *others = task
    if len(paper.text) < len(first.text):
        return [rules, ChatMessage("user", f"{paper.text}\n\n{first.text}"), *others]
    return [*prefix, *task]


def _as_json(passage: Passage) -> Any:
    """The passage as the model wrote it."""
    texts = {part or "text": text for part, text in passage.texts.items()}
    return texts | {"evidence": [{"quote": c.quote, "block_id": c.block_id} for c in passage.cites]}
