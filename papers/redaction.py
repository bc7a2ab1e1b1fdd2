"""Keys are kept out of what is said: of reasons, which go into snapshots, editions and logs."""

from __future__ import annotations

import os
import re

from pydantic import SecretStr

NAMES = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)$")  # of variables that hold one
SHORTEST = 8  # characters; a shorter value may be a word of the text


def redacted(text: str, key: SecretStr | None = None) -> str:
    """The text with `key`, and the values of all variables that hold one, replaced by `***`: so it may be quoted."""
    values = [value for name, value in os.environ.items() if len(value) >= SHORTEST and NAMES.search(name)]
    if key is not None and key.get_secret_value():
        values.append(key.get_secret_value())  # from `.env`, which is no variable
    for value in values:
        text = text.replace(value, "***")
    return text
