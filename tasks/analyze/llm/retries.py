"""Limits and retries of model calls: concurrency, pauses that the server asks for, and the run's budget.

One `CallGate` serves all papers of a run. It also classifies failures: some are retried, some end the analysis of one
paper, and some mean that no call can work.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass

from pydantic_ai import exceptions
from pydantic_ai.messages import ModelResponse

from papers.errors import ModelUnreachable
from papers.settings import Settings
from tasks.analyze.llm.budget import BudgetExhausted, Spending
from tasks.analyze.llm.redaction import redact_error
from tasks.analyze.llm.sanitizing import sanitize

_log = logging.getLogger(__name__)
SlotFactory = Callable[[], AbstractAsyncContextManager[None]]
MAX_WAIT = 120.0  # seconds; if a server asks for more, the calls fail


class CallsFailed(Exception):
    """The calls for one paper failed permanently; the message says why."""


class OutputModeRefused(Exception):
    """The server does not support this mode of structured output."""


class PromptTooLong(Exception):
    """The server says that the prompt is longer than the model's context."""


@dataclass(frozen=True)
class _TransientFailure:
    """A failure that a retry may fix. `pause` makes all calls wait, not only this one."""

    reason: str
    wait: float | None = None
    pause: bool = False
    unreachable: bool = False


class CallGate:
    """Limits and retries model calls. `backoff` is the first wait after a failure, in seconds, doubled with each.

    `slot` makes a context manager that is entered for each call. It limits the calls of all processes together.
    """

    def __init__(self, settings: Settings, backoff: float = 1.0, slot: SlotFactory | None = None) -> None:
        self.settings, self.backoff, self._slot = settings, backoff, slot or nullcontext
        self.spending = Spending()
        self._semaphore = asyncio.Semaphore(settings.concurrency)
        self._paused_until = 0.0
        self._fatal_error: ModelUnreachable | None = None
        self._jitter = random.Random()  # noqa: S311 - spreads retries

    def stop_reason(self) -> str | None:
        """Why no more calls may be made, or None."""
        limit, tokens = self.settings.budget_tokens, self.spending.input_tokens + self.spending.output_tokens
        if limit is not None and tokens >= limit:
            return f"the run's budget of {limit:,} tokens was reached"
        dollars = self.settings.budget_usd
        if dollars is not None and (self.spending.cost_usd or 0.0) >= dollars:
            return f"the run's budget of ${dollars:g} was reached"
        return None

    async def call(self, send: Callable[[], Awaitable[ModelResponse]]) -> ModelResponse:
        """Make one call, with retries where they can help.

        Raises BudgetExhausted, CallsFailed, OutputModeRefused, PromptTooLong, or ModelUnreachable when no call can
        work.
        """
        failure = _TransientFailure("no try was made")
        for attempt in range(1, self.settings.model_tries + 1):
            async with self._semaphore:
                await self._wait_while_paused()
                self._raise_if_forbidden()
                try:
                    response = await self._send_in_time(send)
                except (
                    OSError,
                    exceptions.AgentRunError,
                ) as error:  # OSError: timeouts, and errors that a client does not wrap
                    failure = self._classify(error)
                else:
                    self._count_spending(response)
                    return response
                wait = self._wait_for(failure, attempt)
                if failure.pause:
                    self._paused_until = max(self._paused_until, time.monotonic() + wait)
            if not failure.pause and attempt < self.settings.model_tries:
                await asyncio.sleep(wait)
        reason = f"{failure.reason}, {self.settings.model_tries} tries"
        if failure.unreachable:
            raise self._record_fatal_error(
                f"{self._describe_model()} cannot be reached: {reason}. Is the address right and the server running?"
            )
        raise CallsFailed(reason)

    async def _send_in_time(self, send: Callable[[], Awaitable[ModelResponse]]) -> ModelResponse:
        """The answer, within the time limit of a call, which does not include waiting for the slot.

        Servers repeat what they were sent, the key included, anywhere in an answer or an error: both are redacted
        here, before anything else sees them.
        """
        key = self.settings.model_key
        try:
            async with self._slot(), asyncio.timeout(self.settings.model_timeout):
                return sanitize(await send(), key)
        except (OSError, exceptions.AgentRunError) as error:
            redact_error(error, key)
            raise

    def _count_spending(self, response: ModelResponse) -> None:
        price_was_known = self.spending.cost_usd is not None
        self.spending.add(response)
        if price_was_known and self.spending.cost_usd is None and self.settings.budget_usd is not None:
            _log.warning(
                "The price of %s is not known, so DAILY_PAPERS_BUDGET_USD cannot hold: set DAILY_PAPERS_BUDGET_TOKENS",
                self.settings.model,
            )

    def _raise_if_forbidden(self) -> None:
        if self._fatal_error is not None:
            raise self._fatal_error
        if reason := self.stop_reason():
            raise BudgetExhausted(reason)

    async def _wait_while_paused(self) -> None:
        while (wait := self._paused_until - time.monotonic()) > 0:  # noqa: ASYNC110 - another call may extend the pause
            await asyncio.sleep(wait)

    def _wait_for(self, failure: _TransientFailure, attempt: int) -> float:
        if failure.wait is not None:
            return failure.wait
        wait: float = self.backoff * 2.0 ** (attempt - 1)
        return min(MAX_WAIT, wait) * self._jitter.uniform(0.75, 1.25)

    def _describe_model(self) -> str:
        return f"The model {self.settings.model}" + (
            f" at {self.settings.model_url}" if self.settings.model_url else ""
        )

    def _record_fatal_error(self, message: str) -> ModelUnreachable:
        self._fatal_error = self._fatal_error or ModelUnreachable(message)
        return self._fatal_error

    def _classify(self, error: Exception) -> _TransientFailure:
        """Classify a failed call: return a transient failure, or raise one of the exceptions of `call`."""
        if isinstance(error, TimeoutError | exceptions.ModelTimeoutError):
            return _TransientFailure(f"no answer within {self.settings.model_timeout:g} s")
        if isinstance(error, OSError):
            return _TransientFailure(f"connection broken ({type(error).__name__})")
        status = error.status_code if isinstance(error, exceptions.ModelHTTPError) else None
        self._raise_if_fatal(error, status)
        if status == 429 or isinstance(error, exceptions.ModelRateLimitError):
            return self._pausing_failure("rate limited (HTTP 429)", error)
        if isinstance(error, exceptions.ModelConnectionError):
            refused = error.phase == "connect"
            return _TransientFailure(
                "connection refused" if refused else f"connection broken ({error.message})", unreachable=refused
            )
        if status is not None and status < 500 and status not in (408, 409, 425):
            raise CallsFailed(f"the server refused the request (HTTP {status})") from error
        if status is not None:
            return (
                self._pausing_failure(f"server error (HTTP {status})", error)
                if _retry_after(error)
                else _TransientFailure(f"server error (HTTP {status})")
            )
        return _TransientFailure(f"an answer that is none ({str(error)[:120]})")

    def _pausing_failure(self, reason: str, error: Exception) -> _TransientFailure:
        wait = _retry_after(error)
        if wait is not None and wait > MAX_WAIT:
            raise CallsFailed(f"{reason}, and the server asks to wait {wait:.0f} s") from error
        return _TransientFailure(reason, wait, pause=True)

    def _raise_if_fatal(self, error: Exception, status: int | None) -> None:
        # These errors leave the stage without the server's message: some servers repeat the key, and logs are kept.
        if isinstance(error, exceptions.ModelContextWindowExceededError):
            raise PromptTooLong(str(error)) from error
        if isinstance(error, exceptions.ModelAuthenticationError) or status in (401, 403):
            fix = (
                "set DAILY_PAPERS_MODEL_KEY"
                if self.settings.model_url
                else "check the provider's key in the environment"
            )
            raise self._record_fatal_error(
                f"{self._describe_model()} refuses the key (HTTP {status}): {fix}."
            ) from None
        if isinstance(error, exceptions.ModelQuotaExceededError):
            raise self._record_fatal_error(
                f"{self._describe_model()}: the account's quota is used up (HTTP {status})."
            ) from None
        if isinstance(error, exceptions.ModelNotFoundError) or status == 404:
            raise self._record_fatal_error(
                f"{self._describe_model()} is not there (HTTP 404): check the model's name in DAILY_PAPERS_MODEL"
                + (
                    " and the address in DAILY_PAPERS_MODEL_URL (it often ends in /v1)."
                    if self.settings.model_url
                    else "."
                )
            ) from None
        if status in (400, 415, 422, 501) and _mentions_output_mode(str(getattr(error, "body", ""))):
            raise OutputModeRefused(str(error)) from error


def _retry_after(error: Exception) -> float | None:
    return error.retry_after if isinstance(error, exceptions.ModelAPIError) else None


def _mentions_output_mode(body: str) -> bool:
    words = ("tool", "function", "response_format", "json_schema", "structured", "schema", "grammar")
    return any(word in body.casefold() for word in words)
