"""Removes keys from texts that are stored or shown: reasons go into snapshots, editions and logs."""

from __future__ import annotations

import os
import re

from pydantic import SecretStr

SECRET_NAMES = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)$")  # of variables that hold a key
MIN_LENGTH = 8  # characters; a shorter value may be an ordinary word


def redact(text: str, key: SecretStr | None = None) -> str:
    """The text with `key` and the values of all variables that hold keys replaced by `***`."""
    values = [value for name, value in os.environ.items() if len(value) >= MIN_LENGTH and SECRET_NAMES.search(name)]
    if key is not None and key.get_secret_value():
        values.append(key.get_secret_value())  # may come from `.env`, so it may not be in the environment
    for value in values:
        text = text.replace(value, "***")
    return text
