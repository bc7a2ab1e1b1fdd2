"""Removes keys from texts that are stored or shown: reasons go into snapshots, editions and logs."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Any

from pydantic import SecretStr

SECRET_NAMES = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)$")  # of variables that hold a key
MIN_LENGTH = 8  # characters; a shorter value may be an ordinary word, such as the "ollama" that local servers accept


def redact_value(value: Any, key: SecretStr | None = None) -> Any:
    """A JSON value with `key`, and the values of all variables that hold keys, replaced by `***` in every text of it,
    keys of its objects included.
    """
    return _redact(value, _secrets(key))


def redact_error(error: BaseException, key: SecretStr | None = None) -> None:
    """Redact an exception in place, with those that caused it: its arguments and the texts among its attributes.

    Tracebacks are logged, and Prefect keeps logs in its database.
    """
    secrets, seen = _secrets(key), set[int]()
    pending: list[BaseException | None] = [error]
    while pending:
        current = pending.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        current.args = tuple(_redact(argument, secrets) for argument in current.args)
        for name, value in vars(current).items():
            if isinstance(value, str | dict | list):
                setattr(current, name, _redact(value, secrets))
        pending += [current.__cause__, current.__context__]


def _secrets(key: SecretStr | None) -> list[str]:
    values = [value for name, value in os.environ.items() if SECRET_NAMES.search(name)]
    if key is not None:
        values.append(key.get_secret_value())  # may come from `.env`, so it may not be in the environment
    return [value.strip() for value in values if len(value.strip()) >= MIN_LENGTH]


def _redact(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            value = value.replace(secret, "***")
        return value
    if isinstance(value, dict):
        return {_redact(k, secrets): _redact(v, secrets) for k, v in value.items()}
    return [_redact(v, secrets) for v in value] if isinstance(value, list) else value
