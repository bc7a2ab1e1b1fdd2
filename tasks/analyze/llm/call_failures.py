"""The kinds of failure of a model call, and the errors that a paper's analysis may end with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr
from pydantic_ai import exceptions

from tasks.analyze.llm.redaction import redact_words
from tasks.analyze.llm.server_words import ServerError, words_of


class CallsFailed(Exception):
    """The calls for one paper failed permanently; the message says why."""


class RequestRefused(CallsFailed):
    """The server refused the request as it was; `error` has its words. Another form of it may be accepted."""

    def __init__(self, error: ServerError) -> None:
        self.error = error
        if error.is_filtered:
            super().__init__(f"the provider's filter withheld the answer ({error})")
        elif error.is_missing:
            super().__init__(
                f"the model is not there ({error}), check DAILY_PAPERS_MODEL and DAILY_PAPERS_MODEL_URL (often /v1)"
            )
        else:
            super().__init__(f"the server refused the request ({error})")


class AnswerUnusable(CallsFailed):
    """The server's answer is none: no choices, no JSON, a page of HTML."""


class PromptTooLong(Exception):
    """The prompt is longer than the model's context. `limit` is the context in tokens, if the server says it."""

    def __init__(self, error: ServerError) -> None:
        self.error, self.limit = error, error.context_tokens
        super().__init__(f"the server finds the prompt too long ({error})")


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
    reason: str
    error: ServerError | None = None
    wait: float | None = None
    is_answer: bool = True


def classify(error: Exception, key: SecretStr | None) -> Failure:
    """The kind of failure that a client's exception stands for. `key` appears in none of its texts."""
    if isinstance(error, TimeoutError | exceptions.ModelTimeoutError | exceptions.ModelRequestTimeout):
        return Failure("timeout", "no answer in time", is_answer=False)
    if isinstance(error, exceptions.ModelConnectionError):
        cause = redact_words(str(error.message)[:120], key)
        if error.phase == "connect":
            return Failure("down", "connection refused", is_answer=False)
        return Failure("transient", f"connection broken ({cause})", is_answer=False)
    if isinstance(error, OSError):
        return Failure("transient", f"connection broken ({type(error).__name__})", is_answer=False)
    if isinstance(error, exceptions.ModelAPIError):
        return _classify_answer(error, key)
    words = " ".join(redact_words(str(error), key).split())[:160]
    if isinstance(error, exceptions.UserError):  # the provider's class knows that its server does not take this
        return Failure("refused", words, ServerError(None, words))
    if isinstance(error, exceptions.UnexpectedModelBehavior):
        return Failure("unusable", f"an answer that is none ({words})")
    return Failure("unusable", f"an answer that is none ({type(error).__name__}: {words})")


def _classify_answer(error: exceptions.ModelAPIError, key: SecretStr | None) -> Failure:
    """The failure that a server reported, by its status and its words."""
    status = error.status_code if isinstance(error, exceptions.ModelHTTPError) else None
    body = error.body if error.body not in (None, "") else None if status else error.message
    server_error = ServerError(status, redact_words(words_of(body), key))
    kind = _kind_of(error, server_error)
    reason = {
        "busy": f"rate limited ({server_error})",
        "no-credit": f"the account's quota is used up ({server_error})",
        "forbidden": str(server_error),
    }.get(kind, f"server error ({server_error})")
    return Failure(kind, reason, server_error, error.retry_after)


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
