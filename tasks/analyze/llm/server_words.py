"""What a model's server says in an error: its words for the user, and what they ask the client to change.

Each pattern was taken from the messages of real servers: llama.cpp, vLLM, Ollama, OpenRouter, DashScope, DeepSeek,
Mistral, OpenAI, Groq, TGI and the proxies before them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

MAX_WORDS = 2000  # characters of a server's message that are looked at
MAX_SHOWN = 240  # characters of it that are shown
OPTIONS = ("temperature", "frequency_penalty", "max_tokens", "max_completion_tokens")

_STRUCTURE = re.compile(
    r"(?i)\btools?\b|tool_|function|response_?format|json|structured|schema|grammar|template|jinja|guided"
)
_STREAM_ONLY = re.compile(
    r"(?i)only supports? stream|stream(?:ing)? (?:mode )?is required|stream=true|set stream"
    r"|stream(?:ing)?\b[^.]*must be (?:true|set|enabled)|non-stream\w* (?:is|are) not"
)
_NO_SYSTEM = re.compile(
    r"(?i)system (?:role|message|prompt)s?\b[^.]*\bnot (?:supported|allowed|implemented)|only user and assistant roles"
    r"|(?:invalid|unknown|unsupported) (?:message )?role\W+system|developer instruction is not enabled"
)
_ALTERNATION = re.compile(
    r"(?i)roles? must (?:be )?alternat|alternat\w+ (?:user|role|message)|(?:successive|consecutive) (?:user|message)"
    r"|same role|after the optional system message"
)
_TOO_LONG = re.compile(
    r"(?i)context.{0,20}(?:length|size|window)|exceed_context_size|n_ctx|input length should be|prompt is too long"
    r"|too many (?:input )?tokens|input.{0,30}too long|maximum (?:allowed )?(?:input |prompt )?(?:length|tokens)"
    r"|(?:reduce|shorten) (?:the length|your (?:prompt|message|input))|request (?:entity )?too large|payload too large"
    r"|must have less than \d+ tokens|input tokens exceed|larger than the context|超过.{0,12}长度|上下文"
)
_LIMITS = (
    r"n_ctx\W{1,4}(\d+)",
    r"maximum context length (?:is|of) (\d+)",
    r"context (?:length|size|window)\D{0,24}(\d{3,})",
    r"input length should be \[\s*\d+\s*,\s*(\d+)",
    r"must have less than (\d+) tokens",
    r"(?:maximum|max|limit|at most)\D{0,24}(\d{3,}) ?(?:tokens?)?",
    r"> (\d{3,}) maximum",
)
_PROMPT_TOKENS = (
    r"n_prompt_tokens\W{1,4}(\d+)", r"request \((\d+) tokens\)", r"messages? (?:have|resulted in|has) (\d+)",
    r"(\d{3,}) (?:tokens )?in the messages", r"(\d{3,}) tokens >", r"you requested (\d{3,})",
)  # fmt: skip
_ANSWER_LIMIT = re.compile(
    r"(?i)max(?:_completion|_new|_output)?_tokens\D{0,60}(?:\[\s*\d+\s*,\s*(\d+)|(?:at most|<=?|less than|up to|"
    r"between \d+ and|maximum\D{0,12}|supports at most) ?(\d+))"
)
_NO_THINKING = re.compile(r"(?i)enable_thinking\W+(?:must be|should be)\D*false")
_WITHHELD = re.compile(
    r"(?i)content.?(?:filter|exists risk|management policy|policy violation|safety)|data_inspection_failed"
    r"|inappropriate content|flagged (?:by|as|for)|moderation|safety (?:system|settings|filter)"
)


@dataclass(frozen=True)
class ServerError:
    """An error answer: its HTTP status (None when there was none) and the server's words."""

    status: int | None
    words: str

    def __str__(self) -> str:
        """The status and the words, for the user."""
        words = self.words if len(self.words) <= MAX_SHOWN else self.words[: MAX_SHOWN - 1] + "…"
        status = f"HTTP {self.status}" if self.status else ""
        return ": ".join(part for part in (status, words) if part)

    @property
    def is_filtered(self) -> bool:
        """Whether a filter of contents refused the prompt or the answer."""
        return bool(_WITHHELD.search(self.words))

    @property
    def is_missing(self) -> bool:
        """Whether the address or the model is not there, whatever the form of the request."""
        return self.status in (404, 405, 410) and not self.names_structure

    @property
    def names_structure(self) -> bool:
        """Whether it speaks of tools, formats, schemas, grammars or templates."""
        return bool(_STRUCTURE.search(self.words))

    @property
    def wants_stream(self) -> bool:
        """Whether the server only streams."""
        return bool(_STREAM_ONLY.search(self.words))

    @property
    def wants_no_thinking(self) -> bool:
        """Whether `enable_thinking` has to be false."""
        return bool(_NO_THINKING.search(self.words))

    @property
    def refuses_system(self) -> bool:
        """Whether the server takes no system message."""
        return bool(_NO_SYSTEM.search(self.words))

    @property
    def wants_alternation(self) -> bool:
        """Whether messages of the user and the assistant have to take turns."""
        return bool(_ALTERNATION.search(self.words))

    @property
    def is_too_long(self) -> bool:
        """Whether the prompt does not fit into the model's context."""
        return self.status == 413 or (self.answer_limit is None and bool(_TOO_LONG.search(self.words)))

    @property
    def context_tokens(self) -> int | None:
        """The tokens of the model's context, if the words name them."""
        return _first_number(_LIMITS, self.words)

    @property
    def prompt_tokens(self) -> int | None:
        """The tokens that the server counted in the prompt, if the words name them."""
        return _first_number(_PROMPT_TOKENS, self.words)

    @property
    def answer_limit(self) -> int | None:
        """The most tokens that the server lets a model write, if that is what it complains of."""
        match = _ANSWER_LIMIT.search(self.words)
        if not match or re.search(r"(?i)context (?:length|size|window)|in the messages", self.words):
            return None
        return int(match[1] or match[2])

    @property
    def refused_options(self) -> list[str]:
        """The options of a call that the words name."""
        return [name for name in OPTIONS if re.search(rf"\b{name}\b", self.words)]


def words_of(body: Any) -> str:
    """The message of an error's body (JSON, HTML or text) on one line, with the figures that stand beside it."""
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return _one_line(re.sub(r"(?s)<(script|style)\b.*?</\1>|<[^>]{0,400}>", " ", body[:20_000]))
    return _one_line(_message(body))


def _message(body: Any) -> str:
    if isinstance(body, list):
        return "; ".join(_message(item) for item in body[:3])
    if not isinstance(body, dict):
        return "" if body is None else str(body)
    inner = next((body[k] for k in ("error", "message", "detail", "msg", "error_msg", "errors") if body.get(k)), None)
    text = _message(inner) if inner is not None else json.dumps(body, ensure_ascii=False)
    metadata = body.get("metadata")
    raw = _message(metadata["raw"]) if isinstance(metadata, dict) and metadata.get("raw") else ""
    figures = [f"{k}: {v}" for k, v in body.items() if k in ("n_ctx", "n_prompt_tokens", "loc", "param") and v]
    return " ".join([text, raw, *([f"({', '.join(figures)})"] if figures else [])]).strip()


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_WORDS else line[: MAX_WORDS - 1] + "…"


def _first_number(patterns: tuple[str, ...], words: str) -> int | None:
    text = re.sub(r"(?<=\d),(?=\d{3})", "", words)
    for pattern in patterns:
        if match := re.search(pattern, text, re.IGNORECASE):
            return int(match[1])
    return None
