"""One paper's conversation with the model: the question, the answer, and one correction of what is not grounded.

Nothing of pydantic-ai's is handed on but the answer: every failure leaves as `CallsFailed`, `BudgetExhausted` or
`ModelUnreachable`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pydantic_ai import Agent, exceptions
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models import Model

from papers.models import Language, Paper, Reading
from papers.redaction import redacted
from papers.settings import Settings
from tasks.analyze.drafts import Draft
from tasks.analyze.grounding.paper_text import Source
from tasks.analyze.llm.answer_cache import Cache, Conversation
from tasks.analyze.llm.answer_conversion import draft
from tasks.analyze.llm.answer_schema import Answer, answer_type
from tasks.analyze.llm.budget import BudgetExhausted, Spending
from tasks.analyze.llm.fitting import fit
from tasks.analyze.llm.prompting import correction_prompt, system_prompt, user_prompt
from tasks.analyze.llm.providers import Mode, model_settings, output_type
from tasks.analyze.llm.retries import CallGate, CallsFailed, OutputRefused, TooLong

OUTPUT_RETRIES = 2  # times that a model may mend an answer which does not fit the schema
REFITS = 3  # times that the text is halved when the server finds it too long


@dataclass
class RunState:
    """What a conversation needs of the run; `modes` is shared, so that one paper's refusal spares the others theirs."""

    model: Model
    gate: CallGate
    cache: Cache
    modes: list[Mode]
    settings: Settings
    directions: tuple[str, ...]
    spent: Spending = field(default_factory=Spending)


@dataclass(frozen=True)
class CheckedAnswer:
    """What the model answered, and what grounding made of it."""

    answer: Answer
    draft: Draft


async def converse(
    talk: RunState, paper: Paper, reading: Reading, language: Language, source: Source, key: str
) -> CheckedAnswer:
    """Ask for the analysis; where numbers are not grounded, ask once more with the reasons and take the better answer.

    Raises CallsFailed, BudgetExhausted or ModelUnreachable.
    """
    budget = talk.settings.model_context
    for _ in range(REFITS + 1):
        prompt = await asyncio.to_thread(_prompt, talk, paper, reading, language, budget)
        try:
            return await _in_some_mode(talk, prompt, source, language, f"{key}:{budget}")
        except TooLong:
            budget //= 2
    raise CallsFailed(f"the server finds even {budget * 2:,} tokens too long: lower DAILY_PAPERS_MODEL_CONTEXT")


def _prompt(talk: RunState, paper: Paper, reading: Reading, language: Language, budget: int) -> str:
    fitted = fit(reading, budget)
    return user_prompt(paper, fitted.blocks, language, talk.directions, fitted.cut)


async def _in_some_mode(talk: RunState, prompt: str, source: Source, language: Language, key: str) -> CheckedAnswer:
    """The conversation in the first way of structured output that the server knows."""
    while True:
        mode = talk.modes[0]
        try:
            return await _in_mode(talk, mode, prompt, source, language, f"{key}:{mode}")
        except OutputRefused as error:
            if talk.modes[0] == mode and len(talk.modes) == 1:
                said = redacted(str(error), talk.settings.model_key)
                raise CallsFailed(f"the server refuses structured output ({mode}): {said}") from error
            if talk.modes[0] == mode:
                talk.modes.pop(0)


async def _in_mode(
    talk: RunState, mode: Mode, prompt: str, source: Source, language: Language, key: str
) -> CheckedAnswer:
    conversation = Conversation(talk.model, talk.gate, talk.cache, key)
    agent: Agent[object, Any] = Agent(
        conversation,
        output_type=output_type(mode, answer_type(talk.directions)),
        instructions=system_prompt(language),
        retries={"tools": OUTPUT_RETRIES, "output": OUTPUT_RETRIES},
        model_settings=model_settings(talk.settings),
    )
    try:
        answer, messages = await _ask(agent, prompt, None)
        first = CheckedAnswer(answer, await asyncio.to_thread(draft, answer, source, language))
        return await _corrected(agent, first, messages, source, language)
    except CallsFailed:
        await conversation.forget()
        raise
    finally:
        _add(talk.spent, conversation.spent)


async def _ask(
    agent: Agent[object, Any], prompt: str, history: list[ModelMessage] | None
) -> tuple[Answer, list[ModelMessage]]:
    try:
        result = await agent.run(prompt, message_history=history, infer_name=False)
    except exceptions.AgentRunError as error:
        raise CallsFailed(_why(error)) from error
    assert isinstance(result.output, Answer)
    return result.output, result.all_messages()


def _why(error: exceptions.AgentRunError) -> str:
    if isinstance(error, exceptions.ContentFilterError):
        return "the provider's filter withheld the answer"
    if isinstance(error, exceptions.OutputTokenLimitExceeded):
        return "the answer was longer than the model may write"
    if isinstance(error, exceptions.UnexpectedModelBehavior):
        return f"no answer fitted the schema in {OUTPUT_RETRIES + 1} tries ({error.message[:100]})"
    return f"{type(error).__name__}: {str(error)[:200]}"


async def _corrected(
    agent: Agent[object, Any], first: CheckedAnswer, messages: list[ModelMessage], source: Source, language: Language
) -> CheckedAnswer:
    """`first`, or the answer to its reasons when that is better grounded. A failed correction costs nothing."""
    if not first.draft.problems:
        return first
    try:
        answer, _ = await _ask(agent, correction_prompt(language, first.draft.problems), messages)
    except (CallsFailed, BudgetExhausted, TooLong, OutputRefused):
        return first
    second = CheckedAnswer(answer, await asyncio.to_thread(draft, answer, source, language))
    return second if _worth(second.draft) > _worth(first.draft) else first


def _worth(made: Draft) -> tuple[float, int]:
    """Share of numbers grounded, then how few problems."""
    return (made.grounded / made.total if made.total else 1.0, -len(made.problems))


def _add(total: Spending, part: Spending) -> None:
    total.input_tokens += part.input_tokens
    total.output_tokens += part.output_tokens
    total.calls += part.calls
    total.cost_usd = None if total.cost_usd is None or part.cost_usd is None else total.cost_usd + part.cost_usd
