"""Model answers kept in the store: no finished call is made twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import replace
from typing import Protocol

from pydantic import ValidationError
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse, ToolCallPart
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from tasks.analyze.llm.budget import Spending
from tasks.analyze.llm.retries import CallGate


class Cache(Protocol):
    """Where analyses are kept: bytes under keys such as `cache/analyses/ab/abc….json`."""

    def get(self, key: str) -> bytes | None:
        """The bytes, or None when there are none."""

    def put(self, key: str, data: bytes) -> None:
        """Keep the bytes, over those that were there."""


class Conversation(WrapperModel):
    """The model as one paper's conversation sees it: every call goes through the gate, and none is made twice.

    Each answer is kept the moment that it is there, before it is looked at: what a killed run was grounding, or was
    having corrected, the next run takes from the cache.
    """

    def __init__(self, wrapped: Model, gate: CallGate, cache: Cache, key: str) -> None:
        super().__init__(wrapped)
        self.gate, self.cache, self.key = gate, cache, key
        self.spent = Spending()
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
