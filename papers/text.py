"""Text of papers as a reader may see it: on one line, without what is invisible or reorders what stands around it."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

# Marks that no reader sees and that reorder or hide what stands around them; ZWJ and ZWNJ shape letters and emoji.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f]")
_HALF = re.compile("[\ud800-\udfff]")  # half of a surrogate pair
_SAFE_IN_ADDRESS = "%/:?#@!$&',+=~-._[]"


def clean(text: str) -> str:
    """`text` on one line: whitespace runs as one space, without control and bidirectional marks or half characters."""
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip():
        return text  # as nearly all are
    visible = _INVISIBLE.sub("", " ".join(text.split()))
    return " ".join(_HALF.sub("\N{REPLACEMENT CHARACTER}", _CONTROL.sub("", visible)).split())


def clip(text: str, length: int) -> str:
    """`text` on one line, cut at a word after at most `length` characters, with an ellipsis where it is cut."""
    text = clean(text)
    if len(text) <= length:
        return text
    head = text[: length - 1]
    word = head.rsplit(" ", 1)[0]
    return (word if len(word) > length * 2 // 3 else head).rstrip(" ,;:，；：、") + "…"


def address(url: str) -> str | None:
    """`url` as it may stand between the parentheses of a link; None unless it is an http(s) address."""
    bare = re.sub(r"[\t\r\n]", "", _INVISIBLE.sub("", url)).strip()
    try:
        parts = urlsplit(bare)
        encoded = quote(bare, safe=_SAFE_IN_ADDRESS)
    except ValueError:  # half a surrogate pair, or a host in brackets that is no address
        return None
    return encoded if parts.scheme.lower() in ("http", "https") and parts.hostname else None


def normalized_title(title: str) -> str:
    """A title without case, punctuation, spacing and Unicode form: letters and digits in words."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.findall(r"[^\W_]+", text))
