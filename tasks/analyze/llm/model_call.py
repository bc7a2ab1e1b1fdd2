"""One question to the model, in the form and the way of structured output that its server takes.

A conversation is a list of `ChatMessage`; the answer is what the caller's `read` makes of a `ModelReply`. The way is
found by asking and remembered for the run (`server_profile`). Beneath it are pydantic-ai's model classes, the gate that
retries and counts, and the cache of answers.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_ai.messages import (
    CachePoint,
    ModelMessage,
    ModelMessagesTypeAdapter,
    ModelRequest,
    ModelResponse,
    SystemPromptPart,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    UserContent,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.tools import ToolDefinition

from papers.models import Reason
from papers.reasons import make_reason
from papers.settings import Settings
from tasks.analyze.llm.answer_cache import Cache, answer_key
from tasks.analyze.llm.budget import Spending
from tasks.analyze.llm.call_failures import AnswerUnusable, CallsFailed, PromptTooLong, RequestRefused
from tasks.analyze.llm.providers import call_options
from tasks.analyze.llm.retries import CallGate
from tasks.analyze.llm.server_profile import RequestForm, ServerProfile, Way

T = TypeVar("T")
Role = Literal["system", "user", "assistant"]
ANSWER_NAME = "analysis"  # of the tool and of the schema
MAX_ADAPTATIONS = 6  # changes of form for one question


@dataclass(frozen=True)
class ChatMessage:
    """A message of a conversation. Where a server wants it, messages of one role that follow each other become one."""

    role: Role
    text: str


@dataclass(frozen=True)
class ModelReply:
    """What the model wrote: `texts` where to look for the JSON, in this order: tool arguments, content, reasoning.

    `finish_reason` is "length" when the answer was cut off.
    """

    texts: tuple[str, ...]
    finish_reason: str | None


@dataclass
class ModelAccess:
    """What a call needs. The last three belong to one paper, all others are the run's."""

    model: Model
    gate: CallGate
    cache: Cache
    settings: Settings
    server: ServerProfile
    arxiv_id: str = ""
    spending: Spending = field(default_factory=Spending)
    stored_keys: list[str] = field(default_factory=list)

    def for_paper(self, arxiv_id: str) -> ModelAccess:
        """The same access, which counts what one paper costs."""
        return replace(self, arxiv_id=arxiv_id, spending=Spending(), stored_keys=[])

    async def discard_answers(self) -> None:
        """Discard the paper's stored answers: no analysis came of them, and a later run has to ask again."""
        for key in self.stored_keys:
            await asyncio.to_thread(self.cache.put, key, b"")


async def call_model(
    access: ModelAccess,
    messages: Sequence[ChatMessage],
    schema: dict[str, Any] | type[BaseModel],
    read: Callable[[ModelReply], T | None],
    *,
    cache_key: str,
) -> T:
    """Ask the model for JSON that follows `schema`; the result is what `read` makes of the reply.

    When `read` returns None, or the server refuses the request, the next way of structured output is tried. A reply
    that was read is stored under a hash of `cache_key`, the messages and the schema, and is not asked for again.
    Raises PromptTooLong, CallsFailed with the reason, BudgetExhausted, or ModelUnreachable.
    """
    json_schema = schema if isinstance(schema, dict) else schema.model_json_schema()
    key = answer_key(access.arxiv_id, _hash_of(messages, json_schema, cache_key))
    if (entry := await _load(access, key)) is not None and (result := read(reply_of(entry))) is not None:
        access.spending.add(entry)
        access.stored_keys.append(key)
        return result

    async def keep(response: ModelResponse) -> None:
        """Store an answer that can be read."""
        if read(reply_of(response)) is not None:
            access.stored_keys.append(key)
            await asyncio.to_thread(access.cache.put, key, ModelMessagesTypeAdapter.dump_json([response]))

    failure = CallsFailed(make_reason("no-try"))
    for way in access.server.ways_to_try():
        try:
            response = await _ask(access, messages, json_schema, way, keep)
        except (RequestRefused, AnswerUnusable) as error:
            failure = error
            if isinstance(error, RequestRefused):
                if error.error.is_filtered or error.error.is_missing:
                    raise
                access.server.refuse(way, error.error)
            continue
        reply = reply_of(response)
        if (result := read(reply)) is not None:
            access.server.confirm(way)
            return result
        failure = CallsFailed(_unread_reason(reply))
        if reply.finish_reason == "content_filter":
            break
    access.server.note_failure()
    raise failure


def reply_of(response: ModelResponse) -> ModelReply:
    """The texts of a response, in the order in which to look for the JSON."""
    calls = [p.args if isinstance(p.args, str) else json.dumps(p.args, ensure_ascii=False)
             for p in response.parts if isinstance(p, ToolCallPart) and p.args]  # fmt: skip
    contents = ["".join(p.content for p in response.parts if isinstance(p, TextPart))]
    thoughts = [p.content for p in response.parts if isinstance(p, ThinkingPart)]
    texts = tuple(text for text in (*calls, *contents, *thoughts) if text.strip())
    return ModelReply(texts, response.finish_reason)


def _unread_reason(reply: ModelReply) -> Reason:
    if reply.finish_reason == "content_filter":
        return make_reason("answer-withheld")
    if reply.finish_reason == "length":
        return make_reason("answer-too-long")
    if not reply.texts:
        return make_reason("answer-empty")
    return make_reason("answer-off-schema", beginning=" ".join(reply.texts[0].split())[:80])


# --- sending ---------------------------------------------------------------------------------------------------------


async def _ask(
    access: ModelAccess,
    messages: Sequence[ChatMessage],
    schema: dict[str, Any],
    way: Way,
    keep: Callable[[ModelResponse], Awaitable[None]],
) -> ModelResponse:
    """The response in this way. What the server's words ask for is changed for the run, and the question sent again."""
    for _ in range(MAX_ADAPTATIONS):
        form = access.server.form
        try:
            response = await access.gate.call(lambda form=form: _send(access, messages, schema, way, form), keep)  # type: ignore[misc]
        except RequestRefused as error:
            if error.error.is_filtered or error.error.is_missing:
                raise
            is_worth_asking = access.server.adapt(error.error, form) or (
                _is_last_way(access, way) and access.server.simplify()
            )
            if not is_worth_asking:
                raise
            continue
        except PromptTooLong as error:
            access.server.context_tokens = error.limit or access.server.context_tokens
            raise
        access.spending.add(response)
        return response
    raise CallsFailed(make_reason("form-refused"))


def _is_last_way(access: ModelAccess, way: Way) -> bool:
    server = access.server
    return server.confirmed is None and way == server.ways[-1]


async def _send(
    access: ModelAccess, messages: Sequence[ChatMessage], schema: dict[str, Any], way: Way, form: RequestForm
) -> ModelResponse:
    compatible = bool(access.settings.model_url)
    parameters = _parameters(schema, way)
    body = dict(form.body)
    if way == "json_object":
        body.setdefault("response_format", {"type": "json_object"})
    if way in ("json_object", "prompted"):  # one message: a schema that stands apart is longer than a short paper
        messages, form = _with_schema(messages, schema), replace(form, separate=False)
    history = _history(messages, form, cache_points=not compatible)
    options = call_options(access.settings, form.options, body)
    if not form.stream:
        return await access.model.request(history, options, parameters)
    async with access.model.request_stream(history, options, parameters) as stream:
        async for _ in stream:
            pass
        return stream.get()


def _parameters(schema: dict[str, Any], way: Way) -> ModelRequestParameters:
    tool = ToolDefinition(
        name=ANSWER_NAME,
        description="Hand in the answer.",
        parameters_json_schema=schema,
        kind="output",
    )
    output = OutputObjectDefinition(json_schema=schema, name=ANSWER_NAME)
    if way == "tool":
        return ModelRequestParameters(output_mode="tool", output_tools=[tool], allow_text_output=False)
    if way == "native":
        return ModelRequestParameters(output_mode="native", output_object=output)
    if way == "provider":
        return ModelRequestParameters(output_mode="auto", output_tools=[tool], output_object=output)
    return ModelRequestParameters()


def _with_schema(messages: Sequence[ChatMessage], schema: dict[str, Any]) -> list[ChatMessage]:
    """The messages with the schema at the end of the user's first turn: after the paper, which stays a common prefix.

    In a correction it does not stand in the last message, which it would make longer than the paper.
    """
    text = json.dumps(schema, ensure_ascii=False, separators=(",", ":"))
    rule = f"\n\nAnswer with one JSON object that follows this JSON schema, and nothing else:\n{text}"
    roles = [message.role for message in messages]
    end = roles.index("assistant") if "assistant" in roles else len(messages)
    return [
        ChatMessage(message.role, message.text + rule) if i == end - 1 else message
        for i, message in enumerate(messages)
    ]


def _history(messages: Sequence[ChatMessage], form: RequestForm, *, cache_points: bool) -> list[ModelMessage]:
    """pydantic-ai's messages: at most one system message, then user and assistant in turn.

    Without `form.system` its text stands before the first user message. With `form.separate` or `cache_points` the
    user's texts stay apart; with the latter each but the last has a point up to which a provider may cache.
    """
    system = form.system
    rules = "\n\n".join(m.text for m in messages if m.role == "system")
    turns: list[tuple[Role, list[str]]] = []
    for message in messages:
        if message.role != "system":
            if turns and turns[-1][0] == message.role:
                turns[-1][1].append(message.text)
            else:
                turns.append((message.role, [message.text]))
    if rules and not system:
        turns[0][1].insert(0, rules)
    history: list[ModelMessage] = []
    for role, texts in turns:
        if role == "assistant":
            history.append(ModelResponse(parts=[TextPart("\n\n".join(texts))]))
            continue
        parts: list[SystemPromptPart | UserPromptPart] = [SystemPromptPart(rules)] if rules and system else []
        rules = ""
        contents: list[str | list[UserContent]] = [*texts] if form.separate else ["\n\n".join(texts)]
        if cache_points and len(texts) > 1:
            texts_and_points: list[UserContent] = [item for text in texts for item in (text, CachePoint())]
            contents = [texts_and_points[:-1]]
        history.append(ModelRequest(parts=[*parts, *(UserPromptPart(content) for content in contents)]))
    return history


# --- stored answers --------------------------------------------------------------------------------------------------


def _hash_of(messages: Sequence[ChatMessage], schema: dict[str, Any], key: str) -> str:
    parts = [key, [[m.role, m.text] for m in messages], schema]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


async def _load(access: ModelAccess, key: str) -> ModelResponse | None:
    data = await asyncio.to_thread(access.cache.get, key)
    try:
        message = ModelMessagesTypeAdapter.validate_json(data)[0] if data else None
    except (ValidationError, IndexError):
        return None
    return message if isinstance(message, ModelResponse) else None
