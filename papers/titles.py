"""Titles as they are compared."""

from __future__ import annotations

import re
import unicodedata


def normalised(title: str) -> str:
    """A title without case, punctuation, spacing and Unicode form: letters and digits in words."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.findall(r"[^\W_]+", text))
