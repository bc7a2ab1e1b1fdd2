"""Builds the model that the settings name, for any provider of pydantic-ai, and wraps it for a paper's conversation."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from dataclasses import replace
from typing import Any, Literal, Protocol

from pydantic import ValidationError
from pydantic_ai import NativeOutput, PromptedOutput, ToolOutput, exceptions
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters, infer_model
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from papers.errors import ModelUnreachable
from papers.settings import Settings
from tasks.analyze.pacing import Gate, Spent
from tasks.analyze.schema import Answer

Mode = Literal["provider", "tool", "native", "prompted"]  # "provider": what pydantic-ai's profile of the model says
EXTRAS = {
    "anthropic": "anthropic",
    "google": "google",
    "google-gla": "google",
    "google-vertex": "google",
    "google-cloud": "google",
}


class Cache(Protocol):
    """Where analyses are kept: bytes under keys such as `cache/analyses/ab/abc….json`."""

    def get(self, key: str) -> bytes | None:
        """The bytes, or None when there are none."""

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes, over those that were there."""


def build_model(settings: Settings) -> Model:
    """The model that `settings` name.

    Raises ModelUnreachable when its provider's package or key is missing, or the name means nothing.
    """
    try:
        if settings.model_url and settings.model.startswith(("openai:", "openai-chat:")):
            return _chat_at(settings)
        return infer_model(settings.model)
    except ImportError as error:
        provider = settings.model.split(":")[0]
        extra = EXTRAS.get(provider)
        how = f"pip install 'daily-papers[{extra}]'" if extra else f"pip install 'pydantic-ai-slim[{provider}]'"
        raise ModelUnreachable(f"The package for {settings.model} is not installed: {how}") from error
    except (exceptions.UserError, ValueError) as error:
        message = str(error).split("\n")[0]
        variable = re.search(r"\b[A-Z][A-Z_]+_(?:API_)?KEY\b", message)
        if variable:
            raise ModelUnreachable(f"No key for {settings.model}: set {variable.group()}") from error
        raise ModelUnreachable(
            f"DAILY_PAPERS_MODEL={settings.model} cannot be used: {message}. "
            "Give extractive, or provider:name (openai-chat:gpt-5-mini, anthropic:…, google:…, ollama:…)"
        ) from error


def _chat_at(settings: Settings) -> Model:
    """Chat completions at `model_url`; the client's own retries are off, since `Gate` makes them for all papers."""
    from openai import AsyncOpenAI  # slow to import, and extractive needs none of it
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    key = settings.model_key.get_secret_value() if settings.model_key else "none"
    client = AsyncOpenAI(base_url=settings.model_url, api_key=key, max_retries=0, timeout=settings.model_timeout)
    return OpenAIChatModel(settings.model.split(":", 1)[1], provider=OpenAIProvider(openai_client=client))


def model_settings(settings: Settings) -> ModelSettings:
    """What goes with every call."""
    made = ModelSettings(timeout=settings.model_timeout, max_retries=0)
    if settings.model.startswith("anthropic:"):
        made["max_tokens"] = 16_000  # asked for by its API; the default cuts a long analysis
    return made


def output_modes(settings: Settings) -> list[Mode]:
    """The ways to ask for structured output, the first to try first."""
    if settings.model_output != "auto":
        return [settings.model_output]
    return ["tool", "native", "prompted"] if settings.model_url else ["provider", "prompted"]


def output_type(mode: Mode, answer: type[Answer]) -> Any:
    """What an agent is told to return."""
    if mode == "tool":
        return ToolOutput(answer, name="analysis", description="Hand in the analysis of the paper.")
    if mode == "native":
        return NativeOutput(answer, name="analysis")
    return PromptedOutput(answer) if mode == "prompted" else answer


class Conversation(WrapperModel):
    """The model as one paper's conversation sees it: every call goes through the gate, and none is made twice.

    Each answer is kept the moment that it is there, before it is looked at: what a killed run was grounding, or was
    having corrected, the next run takes from the cache.
    """

    def __init__(self, wrapped: Model, gate: Gate, cache: Cache, key: str) -> None:
        super().__init__(wrapped)
        self.gate, self.cache, self.key = gate, cache, key
        self.spent = Spent()
        self._kept: list[str] = []

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """The kept answer to these messages, else the model's."""
        key = self._key_of(messages)
        response = await self._recall(key)
        if response is None:
            response = _named(
                await self.gate.call(lambda: self.wrapped.request(messages, model_settings, model_request_parameters)),
                len(messages),
            )
            await asyncio.to_thread(self.cache.put, key, ModelMessagesTypeAdapter.dump_json([response]))
        self._kept.append(key)
        self.spent.add(response)
        return response

    async def forget(self) -> None:
        """Give up the answers kept of this conversation: it led nowhere, and a later run shall ask anew."""
        for key in self._kept:
            await asyncio.to_thread(self.cache.put, key, b"")

    async def _recall(self, key: str) -> ModelResponse | None:
        data = await asyncio.to_thread(self.cache.get, key)
        try:
            found = ModelMessagesTypeAdapter.validate_json(data)[0] if data else None
        except (ValidationError, IndexError):
            return None
        return found if isinstance(found, ModelResponse) else None

    def _key_of(self, messages: list[ModelMessage]) -> str:
        """A cache key of what was said so far; times and run ids are no part of it."""
        said = [
            [part.part_kind, str(getattr(part, "content", "") or getattr(part, "args", ""))]
            for message in messages
            for part in message.parts
        ]
        digest = hashlib.sha256(json.dumps([self.key, said], ensure_ascii=False).encode()).hexdigest()
        return cache_key(digest)


def _named(response: ModelResponse, turn: int) -> ModelResponse:
    """The answer with tool calls named by their turn, not by the server: what is sent on is then the same each time."""
    parts = [
        replace(part, tool_call_id=f"answer-{turn}-{n}") if isinstance(part, ToolCallPart) else part
        for n, part in enumerate(response.parts)
    ]
    return replace(response, parts=parts)


def cache_key(digest: str) -> str:
    """The store's key of an analysis, or of an answer on the way to it."""
    return f"cache/analyses/{digest[:2]}/{digest}.json"
