"""Removes keys from texts that are stored or shown: reasons go into snapshots, editions and logs."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import SecretStr

SECRET_NAMES = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)$")  # of variables that hold a key
MASKED = re.compile(r"[\w-]{0,24}(?:\*{3,}|•{3,}|[xX]{6,})[\w-]{0,24}")  # "sk-pl***4c55", as servers quote a key
MIN_PART = 5  # characters of a key that are recognised in a server's message
MIN_LENGTH = 8  # characters; a shorter value may be an ordinary word, such as the "ollama" that local servers accept


def redact_value(value: Any, key: SecretStr | None = None) -> Any:
    """A JSON value with `key`, and the values of all variables that hold keys, replaced by `***` in every text of it,
    keys of its objects included.
    """
    return _redact(value, _secrets(key))


def redact_words(words: str, key: SecretStr | None = None) -> str:
    """A server's message without keys and without parts of them: servers quote a key masked, or its beginning."""
    hidden = bytearray(len(words))
    for secret in _secrets(key):
        length = max(MIN_PART, min(len(secret) // 4, 8))
        parts = {secret[i : i + length] for i in range(len(secret) - length + 1)}
        for i in range(len(words) - length + 1):
            if words[i : i + length] in parts:
                hidden[i : i + length] = b"\1" * length
    text = "".join("\0" if is_hidden else c for c, is_hidden in zip(words, hidden, strict=True))
    return MASKED.sub("***", re.sub("\0+", "***", text))


def redact_error(error: BaseException, key: SecretStr | None = None) -> None:
    """Redact an exception in place, with those that caused it: its arguments and the texts among its attributes.

    Tracebacks are logged, and Prefect keeps logs in its database.
    """
    seen = set[int]()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.args = tuple(_change_texts(argument, lambda text: redact_words(text, key)) for argument in current.args)
        for name, value in vars(current).items():
            if isinstance(value, str | dict | list):
                setattr(current, name, _change_texts(value, lambda text: redact_words(text, key)))
        pending += [current.__cause__, current.__context__]


def _secrets(key: SecretStr | None) -> list[str]:
    values = [value for name, value in os.environ.items() if SECRET_NAMES.search(name)]
    if key is not None:
        values.append(key.get_secret_value())  # may come from `.env`, so it may not be in the environment
    return [value.strip() for value in values if len(value.strip()) >= MIN_LENGTH]


def _redact(value: Any, secrets: Sequence[str]) -> Any:
    def replace_secrets(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    return _change_texts(value, replace_secrets)


def _change_texts(value: Any, change: Callable[[str], str]) -> Any:
    """The JSON value with every text in it changed, keys of objects included."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_change_texts(k, change): _change_texts(v, change) for k, v in value.items()}
    return [_change_texts(v, change) for v in value] if isinstance(value, list) else value
