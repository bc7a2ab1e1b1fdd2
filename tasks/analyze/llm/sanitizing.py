"""Answers of a model's server made safe to keep: without keys, and without impossible figures."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr
from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelResponse

from tasks.analyze.llm.redaction import redact_value

MAX_TOKENS = 10**9  # of one answer; a larger figure is not a count


def sanitize(response: ModelResponse, key: SecretStr | None) -> ModelResponse:
    """The response with every key in it replaced, wherever it is: text, arguments and name of a tool call, ids, model.

    Where the server gives token counts that no answer can have, its usage is unknown: no tokens, and no cost.
    """
    (data,) = ModelMessagesTypeAdapter.dump_python([response], mode="json")
    if not _is_plausible(data.get("usage")):
        data["usage"] = {"details": {"implausible": 1}}
    redacted = redact_value(data, key)
    redacted["kind"] = data["kind"]  # our own words, which a key may be part of
    for part, original in zip(redacted["parts"], data["parts"], strict=True):
        part["part_kind"] = original["part_kind"]
    (sanitized,) = ModelMessagesTypeAdapter.validate_python([redacted])
    assert isinstance(sanitized, ModelResponse)
    return sanitized


def _is_plausible(usage: Any) -> bool:
    if isinstance(usage, dict):
        return all(_is_plausible(value) for value in usage.values())
    return not isinstance(usage, int) or 0 <= usage <= MAX_TOKENS
