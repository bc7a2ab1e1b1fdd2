"""The kinds of failure of a model call, and the errors that a paper's analysis may end with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr
from pydantic_ai import exceptions

from papers.errors import ReasonedError
from papers.models import Reason
from papers.reasons import make_reason
from tasks.analyze.llm.redaction import redact_words
from tasks.analyze.llm.server_words import ServerError, words_of


class CallsFailed(ReasonedError):
    """The calls for one paper failed permanently."""


class RequestRefused(CallsFailed):
    """The server refused the request as it was; `error` has its words. Another form of it may be accepted."""

    def __init__(self, error: ServerError) -> None:
        self.error = error
        if error.is_filtered:
            super().__init__(make_reason("prompt-withheld", server=error))
        elif error.is_missing:
            super().__init__(make_reason("model-missing", server=error))
        else:
            super().__init__(make_reason("request-refused", server=error))


class AnswerUnusable(CallsFailed):
    """The server's answer is none: no choices, no JSON, a page of HTML."""


class PromptTooLong(ReasonedError):
    """The prompt is longer than the model's context. `limit` is the context in tokens, if the server says it."""

    def __init__(self, error: ServerError) -> None:
        self.error, self.limit = error, error.context_tokens
        super().__init__(make_reason("prompt-too-long", server=error))


# refused: as it is; too-long: the prompt; forbidden: the key; no-credit: the account; busy: all calls have to wait;
# down: no server, or one that is starting; timeout: no answer in time; unusable: an answer that is none;
# transient: anything else that may be over soon.
Kind = Literal["refused", "too-long", "forbidden", "no-credit", "busy", "down", "timeout", "unusable", "transient"]
_KIND_OF_STATUS: dict[int, Kind] = {
    **dict.fromkeys((401, 403), "forbidden"), **dict.fromkeys((408, 504, 524), "timeout"),
    **dict.fromkeys((502, 503), "down"), **dict.fromkeys((409, 425), "transient"), 402: "no-credit", 413: "too-long",
    429: "busy", 529: "busy",
}  # fmt: skip


@dataclass(frozen=True)
class Failure:
    """A failed call. `wait` are the seconds that the server asks for; `is_answer` says whether the server answered."""

    kind: Kind
    reason: Reason
    error: ServerError | None = None
    wait: float | None = None
    is_answer: bool = True


def classify(error: Exception, key: SecretStr | None) -> Failure:
    """The kind of failure that a client's exception stands for. `key` appears in none of its texts."""
    if isinstance(error, TimeoutError | exceptions.ModelTimeoutError | exceptions.ModelRequestTimeout):
        return Failure("timeout", make_reason("no-answer"), is_answer=False)
    if isinstance(error, exceptions.ModelConnectionError):
        cause = redact_words(str(error.message)[:120], key)
        if error.phase == "connect":
            return Failure("down", make_reason("connection-refused"), is_answer=False)
        return Failure("transient", make_reason("connection-broken", error=cause), is_answer=False)
    if isinstance(error, OSError):
        return Failure("transient", make_reason("connection-broken", error=type(error).__name__), is_answer=False)
    if isinstance(error, exceptions.ModelAPIError):
        return _classify_answer(error, key)
    words = " ".join(redact_words(str(error), key).split())[:160]
    if isinstance(error, exceptions.UserError):  # the provider's class knows that its server does not take this
        return Failure("refused", make_reason("text", text=words), ServerError(None, words))
    if isinstance(error, exceptions.UnexpectedModelBehavior):
        return Failure("unusable", make_reason("no-real-answer", error=words))
    return Failure("unusable", make_reason("no-real-answer", error=f"{type(error).__name__}: {words}"))


def _classify_answer(error: exceptions.ModelAPIError, key: SecretStr | None) -> Failure:
    """The failure that a server reported, by its status and its words."""
    status = error.status_code if isinstance(error, exceptions.ModelHTTPError) else None
    body = error.body if error.body not in (None, "") else None if status else error.message
    server_error = ServerError(status, redact_words(words_of(body), key))
    kind = _kind_of(error, server_error)
    return Failure(kind, _reason_of_answer(kind, server_error), server_error, error.retry_after)


def _reason_of_answer(kind: Kind, error: ServerError) -> Reason:
    match kind:
        case "busy":
            return make_reason("rate-limited", server=error)
        case "no-credit":
            return make_reason("quota-used-up", server=error)
        case "forbidden":
            return make_reason("key-refused", server=error)
    return make_reason("server-error", server=error)


def _kind_of(error: exceptions.ModelAPIError, server_error: ServerError) -> Kind:
    status = server_error.status
    if isinstance(error, exceptions.ModelQuotaExceededError):
        return "no-credit"
    if server_error.is_filtered and status not in (429, 503, 529):
        return "refused"
    if isinstance(error, exceptions.ModelContextWindowExceededError):
        return "too-long"
    if status is not None and 400 <= status != 429 and status not in (401, 402, 403, 502, 503, 504, 529):
        if server_error.is_too_long:
            return "too-long"
        if status == 500 and not (server_error.names_structure or server_error.refuses_system):
            return "transient"
        if status in _KIND_OF_STATUS:
            return _KIND_OF_STATUS[status]
        return "refused" if status < 500 or status in (500, 501, 505) else "transient"
    if status is None:
        return "busy" if isinstance(error, exceptions.ModelRateLimitError) else "transient"
    return "busy" if error.retry_after and status in (503, 529) else _KIND_OF_STATUS.get(status, "transient")
