"""One paper's conversation with the model: the prompt, the answer, and one correction of ungrounded numbers.

pydantic-ai's exceptions do not leave this module: every failure is raised as `CallsFailed`, `BudgetExhausted` or
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
from papers.settings import Settings
from tasks.analyze.drafts import Draft
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.llm.answer_cache import Cache, CachingModel
from tasks.analyze.llm.answer_conversion import convert_answer
from tasks.analyze.llm.answer_schema import Answer, answer_type
from tasks.analyze.llm.budget import BudgetExhausted, Spending
from tasks.analyze.llm.fitting import fit
from tasks.analyze.llm.prompting import correction_prompt, system_prompt, user_prompt
from tasks.analyze.llm.providers import Mode, model_settings, output_type
from tasks.analyze.llm.retries import CallGate, CallsFailed, PromptTooLong, RequestRefused

OUTPUT_RETRIES = 2  # times that a model may repair an answer that does not match the schema
MAX_REFITS = 3  # times that the text is halved when the server rejects it as too long


@dataclass
class RunState:
    """The run's state for a conversation. `modes` is shared: a mode refused once is not tried for other papers."""

    model: Model
    gate: CallGate
    cache: Cache
    modes: list[Mode]
    settings: Settings
    directions: tuple[str, ...]
    spending: Spending = field(default_factory=Spending)


@dataclass(frozen=True)
class CheckedAnswer:
    """The model's answer and its grounded draft."""

    answer: Answer
    draft: Draft


async def run_conversation(
    state: RunState, paper: Paper, reading: Reading, language: Language, paper_text: PaperText, key: str
) -> CheckedAnswer:
    """Ask for the analysis. If numbers are not grounded, ask once more with the reasons and take the better answer.

    Raises CallsFailed, BudgetExhausted or ModelUnreachable.
    """
    budget = state.settings.model_context
    for _ in range(MAX_REFITS + 1):
        prompt = await asyncio.to_thread(_prompt, state, paper, reading, language, budget)
        try:
            return await _run_in_supported_mode(state, prompt, paper_text, language, f"{key}:{budget}")
        except PromptTooLong:
            budget //= 2
    raise CallsFailed(f"the server finds even {budget * 2:,} tokens too long: lower DAILY_PAPERS_MODEL_CONTEXT")


def _prompt(state: RunState, paper: Paper, reading: Reading, language: Language, budget: int) -> str:
    fitted_reading = fit(reading, budget)
    return user_prompt(paper, fitted_reading.blocks, language, state.directions, fitted_reading.omissions)


async def _run_in_supported_mode(
    state: RunState, prompt: str, paper_text: PaperText, language: Language, key: str
) -> CheckedAnswer:
    """Run the conversation in the first mode of structured output that the server supports."""
    while True:
        mode = state.modes[0]
        try:
            return await _run_in_mode(state, mode, prompt, paper_text, language, f"{key}:{mode}")
        except RequestRefused as error:
            if state.modes[0] == mode and len(state.modes) == 1:
                raise CallsFailed(f"the server refuses structured output ({mode}): {error}") from error
            if state.modes[0] == mode:
                state.modes.pop(0)


async def _run_in_mode(
    state: RunState, mode: Mode, prompt: str, paper_text: PaperText, language: Language, key: str
) -> CheckedAnswer:
    caching_model = CachingModel(state.model, state.gate, state.cache, key)
    agent: Agent[object, Any] = Agent(
        caching_model,
        output_type=output_type(mode, answer_type(state.directions)),
        instructions=system_prompt(language),
        retries={"tools": OUTPUT_RETRIES, "output": OUTPUT_RETRIES},
        model_settings=model_settings(state.settings),
    )
    try:
        answer, messages = await _ask(agent, prompt, None)
        first = CheckedAnswer(answer, await asyncio.to_thread(convert_answer, answer, paper_text, language))
        return await _correct(agent, first, messages, paper_text, language)
    except CallsFailed:
        await caching_model.discard_answers()
        raise
    finally:
        _add_spending(state.spending, caching_model.spending)


async def _ask(
    agent: Agent[object, Any], prompt: str, history: list[ModelMessage] | None
) -> tuple[Answer, list[ModelMessage]]:
    try:
        result = await agent.run(prompt, message_history=history, infer_name=False)
    except exceptions.AgentRunError as error:
        raise CallsFailed(_failure_reason(error)) from error
    assert isinstance(result.output, Answer)
    return result.output, result.all_messages()


def _failure_reason(error: exceptions.AgentRunError) -> str:
    if isinstance(error, exceptions.ContentFilterError):
        return "the provider's filter withheld the answer"
    if isinstance(error, exceptions.OutputTokenLimitExceeded):
        return "the answer was longer than the model may write"
    if isinstance(error, exceptions.UnexpectedModelBehavior):
        return f"no answer fitted the schema in {OUTPUT_RETRIES + 1} tries ({error.message[:100]})"
    return f"{type(error).__name__}: {str(error)[:200]}"


async def _correct(
    agent: Agent[object, Any],
    first: CheckedAnswer,
    messages: list[ModelMessage],
    paper_text: PaperText,
    language: Language,
) -> CheckedAnswer:
    """Ask for a correction and return the better answer. If the correction fails, `first` is returned."""
    if not first.draft.problems:
        return first
    try:
        answer, _ = await _ask(agent, correction_prompt(language, first.draft.problems), messages)
    except (CallsFailed, BudgetExhausted, PromptTooLong):
        return first
    second = CheckedAnswer(answer, await asyncio.to_thread(convert_answer, answer, paper_text, language))
    return second if _quality(second.draft) > _quality(first.draft) else first


def _quality(draft: Draft) -> tuple[float, int]:
    """Sort key: the share of grounded numbers, then the fewest problems."""
    return (draft.numbers_grounded / draft.numbers_total if draft.numbers_total else 1.0, -len(draft.problems))


def _add_spending(total: Spending, part: Spending) -> None:
    total.input_tokens += part.input_tokens
    total.cached_tokens += part.cached_tokens
    total.output_tokens += part.output_tokens
    total.calls += part.calls
    total.cost_usd = None if total.cost_usd is None or part.cost_usd is None else total.cost_usd + part.cost_usd
