"""Caches model answers in the store, so that no completed call is made twice."""

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
    """Stores analyses and answers: bytes under keys such as `cache/analyses/ab/abc….json`."""

    def get(self, key: str) -> bytes | None:
        """The bytes of `key`, or None when there are none."""

    def put(self, key: str, data: bytes) -> None:
        """Store the bytes and replace any older ones."""


class CachingModel(WrapperModel):
    """Wraps the model for one paper's conversation: calls go through the gate, and answers are cached.

    Each answer is stored as soon as it arrives, before it is grounded or corrected. After a run was killed, the next
    run takes it from the cache.
    """

    def __init__(self, wrapped: Model, gate: CallGate, cache: Cache, key: str) -> None:
        super().__init__(wrapped)
        self.gate, self.cache, self.key = gate, cache, key
        self.spending = Spending()
        self._stored_keys: list[str] = []

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """The cached answer to these messages, else the model's."""
        key = self._key_of(messages)
        response = await self._load_answer(key)
        if response is None:
            response = _with_stable_call_ids(
                await self.gate.call(lambda: self.wrapped.request(messages, model_settings, model_request_parameters)),
                len(messages),
            )
            await asyncio.to_thread(self.cache.put, key, ModelMessagesTypeAdapter.dump_json([response]))
        self._stored_keys.append(key)
        self.spending.add(response)
        return response

    async def discard_answers(self) -> None:
        """Discard the cached answers of this conversation. It failed, and a later run has to ask the model again."""
        for key in self._stored_keys:
            await asyncio.to_thread(self.cache.put, key, b"")

    async def _load_answer(self, key: str) -> ModelResponse | None:
        data = await asyncio.to_thread(self.cache.get, key)
        try:
            message = ModelMessagesTypeAdapter.validate_json(data)[0] if data else None
        except (ValidationError, IndexError):
            return None
        return message if isinstance(message, ModelResponse) else None

    def _key_of(self, messages: list[ModelMessage]) -> str:
        """The cache key of the conversation so far, without timestamps and run ids."""
        parts = [
            [part.part_kind, str(getattr(part, "content", "") or getattr(part, "args", ""))]
            for message in messages
            for part in message.parts
        ]
        digest = hashlib.sha256(json.dumps([self.key, parts], ensure_ascii=False).encode()).hexdigest()
        return cache_key(digest)


def _with_stable_call_ids(response: ModelResponse, turn: int) -> ModelResponse:
    """The answer with tool call ids made from the turn, not by the server, so that later requests are reproducible."""
    parts = [
        replace(part, tool_call_id=f"answer-{turn}-{n}") if isinstance(part, ToolCallPart) else part
        for n, part in enumerate(response.parts)
    ]
    return replace(response, parts=parts)


def cache_key(digest: str) -> str:
    """The store key of an analysis or of a single answer."""
    return f"cache/analyses/{digest[:2]}/{digest}.json"
