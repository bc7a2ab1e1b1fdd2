"""Text as reports print it: one line, without invisible and reordering marks; safe URLs; times in UTC."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import quote, urlsplit

# Invisible marks that reorder or hide the text around them. ZWJ and ZWNJ are not removed: they shape letters and emoji.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]")
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f]")
_CONTROL_IN_LINES = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]")
_UNPAIRED_SURROGATE = re.compile("[\ud800-\udfff]")  # unpaired surrogates
_SAFE_IN_URL = "%/:?#@!$&',+=~-._[]"


def clean(text: str) -> str:
    """`text` on one line: runs of whitespace become one space; control, bidirectional and unpaired characters go."""
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip():
        return text  # the usual case
    visible = _INVISIBLE.sub("", " ".join(text.split()))
    return " ".join(replace_surrogates(_CONTROL.sub("", visible)).split())


def replace_surrogates(text: str) -> str:
    """`text` with each half of a surrogate pair, which UTF-8 cannot encode, replaced by U+FFFD."""
    return _UNPAIRED_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)


def printable(text: str) -> str:
    """`text` as a terminal may print it: its lines and tabs, without control characters and invisible marks."""
    return replace_surrogates(_INVISIBLE.sub("", _CONTROL_IN_LINES.sub("", text)))


def clip(text: str, length: int) -> str:
    """`text` on one line, cut at a word to at most `length` characters, with an ellipsis if it was cut."""
    text = clean(text)
    if len(text) <= length:
        return text
    head = text[: length - 1]
    word = head.rsplit(" ", 1)[0]
    return (word if len(word) > length * 2 // 3 else head).rstrip(" ,;:，；：、") + "…"


def format_utc(time: dt.datetime) -> str:
    """`time` in UTC, to the minute; a time without a zone is taken as UTC."""
    aware = time if time.tzinfo else time.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def safe_url(url: str) -> str | None:
    """`url` encoded for use between the parentheses of a link; None unless it is an http(s) URL."""
    bare = re.sub(r"[\t\r\n]", "", _INVISIBLE.sub("", url)).strip()
    try:
        parts = urlsplit(bare)
        encoded = quote(bare, safe=_SAFE_IN_URL)
    except ValueError:  # an unpaired surrogate, or a host in brackets that is no IP address
        return None
    return encoded if parts.scheme.lower() in ("http", "https") and parts.hostname else None


def title_or_id(title: str, arxiv_id: str) -> str:
    """A paper's title on one line; its arXiv id if the title has no visible text."""
    return clean(title) or arxiv_id


def normalized_title(title: str) -> str:
    """A title for comparison, without case, punctuation, spacing and Unicode form: only words of letters and digits."""
    text = unicodedata.normalize("NFKC", title).casefold()
    return " ".join(re.findall(r"[^\W_]+", text))


def first_sentence(text: str) -> str:
    """The first sentence of a Chinese or English text; all of it if no sentence ends."""
    match = re.match(r".*?(?:[。！？]|[.!?](?=\s+[A-Z\u4e00-\u9fff]))", text, re.DOTALL)
    return match[0] if match else text


def short_list(names: Iterable[str], most: int = 5) -> str:
    """The first names in order, with an ellipsis for the rest."""
    ordered = sorted(names)
    return ", ".join(ordered[:most]) + (" …" if len(ordered) > most else "")
