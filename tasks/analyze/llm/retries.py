"""When model calls may be made: so many at once, none while the server asks for patience, none beyond the budget.

One `CallGate` serves all papers of a run. It also knows which failures another try may fix, which end one paper, and
which mean that nothing can work.
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
from papers.redaction import redacted
from papers.settings import Settings
from tasks.analyze.llm.budget import BudgetExhausted, Spending

_log = logging.getLogger(__name__)
Turn = Callable[[], AbstractAsyncContextManager[None]]
MAX_WAIT = 120.0  # seconds; a server that asks for more is not waited for


class CallsFailed(Exception):
    """The calls for one paper failed for good; the message says why."""


class OutputRefused(Exception):
    """The server does not know this way of asking for structured output."""


class TooLong(Exception):
    """The server says that the prompt is longer than the model's context."""


@dataclass(frozen=True)
class _Trouble:
    """A failed call that another try may mend: `pause` holds back all calls, not this one alone."""

    reason: str
    wait: float | None = None
    pause: bool = False
    unreachable: bool = False


class CallGate:
    """Lets model calls through; `backoff` is the first wait after a failure, in seconds, doubled with each.

    `turn` is entered for each call, where calls of other processes count against the same bound.
    """

    def __init__(self, settings: Settings, backoff: float = 1.0, turn: Turn | None = None) -> None:
        self.settings, self.backoff, self._turn = settings, backoff, turn or nullcontext
        self.spent = Spending()
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._open_at = 0.0
        self._dead: ModelUnreachable | None = None
        self._jitter = random.Random()  # noqa: S311 - spreads retries

    def exhausted(self) -> str | None:
        """Why no more calls may be made, or None."""
        limit, spent = self.settings.budget_tokens, self.spent.input_tokens + self.spent.output_tokens
        if limit is not None and spent >= limit:
            return f"the run's budget of {limit:,} tokens was reached"
        dollars = self.settings.budget_usd
        if dollars is not None and (self.spent.cost_usd or 0.0) >= dollars:
            return f"the run's budget of ${dollars:g} was reached"
        return None

    async def call(self, send: Callable[[], Awaitable[ModelResponse]]) -> ModelResponse:
        """Make one call, tried again where that helps.

        Raises BudgetExhausted, CallsFailed, OutputRefused, TooLong, or ModelUnreachable when no call can work.
        """
        trouble = _Trouble("no try was made")
        for attempt in range(1, self.settings.model_tries + 1):
            async with self._slots:
                await self._wait_until_open()
                self._check()
                try:
                    response = await self._sent(send)
                except (
                    OSError,
                    exceptions.AgentRunError,
                ) as error:  # OSError: timeouts, and what a client lets through
                    trouble = self._understand(error)
                else:
                    self._count(response)
                    return response
                wait = self._wait_for(trouble, attempt)
                if trouble.pause:
                    self._open_at = max(self._open_at, time.monotonic() + wait)
            if not trouble.pause and attempt < self.settings.model_tries:
                await asyncio.sleep(wait)
        reason = f"{trouble.reason}, {self.settings.model_tries} tries"
        if trouble.unreachable:
            raise self._fatal(
                f"{self._where()} cannot be reached: {reason}. Is the address right and the server running?"
            )
        raise CallsFailed(reason)

    async def _sent(self, send: Callable[[], Awaitable[ModelResponse]]) -> ModelResponse:
        """The answer, within the time that a call may take; waiting for the turn is no part of it."""
        async with self._turn(), asyncio.timeout(self.settings.model_timeout):
            return await send()

    def _count(self, response: ModelResponse) -> None:
        known = self.spent.cost_usd is not None
        self.spent.add(response)
        if known and self.spent.cost_usd is None and self.settings.budget_usd is not None:
            _log.warning(
                "The price of %s is not known, so DAILY_PAPERS_BUDGET_USD cannot hold: set DAILY_PAPERS_BUDGET_TOKENS",
                self.settings.model,
            )

    def _check(self) -> None:
        if self._dead is not None:
            raise self._dead
        if reason := self.exhausted():
            raise BudgetExhausted(reason)

    async def _wait_until_open(self) -> None:
        while (wait := self._open_at - time.monotonic()) > 0:  # noqa: ASYNC110 - another may put it off
            await asyncio.sleep(wait)

    def _wait_for(self, trouble: _Trouble, attempt: int) -> float:
        if trouble.wait is not None:
            return trouble.wait
        doubled: float = self.backoff * 2.0 ** (attempt - 1)
        return min(MAX_WAIT, doubled) * self._jitter.uniform(0.75, 1.25)

    def _where(self) -> str:
        return f"The model {self.settings.model}" + (
            f" at {self.settings.model_url}" if self.settings.model_url else ""
        )

    def _fatal(self, message: str) -> ModelUnreachable:
        self._dead = self._dead or ModelUnreachable(message)
        return self._dead

    def _understand(self, error: Exception) -> _Trouble:
        """What a failed call means: a trouble that may pass, else one of the exceptions of `call`."""
        if isinstance(error, TimeoutError | exceptions.ModelTimeoutError):
            return _Trouble(f"no answer within {self.settings.model_timeout:g} s")
        if isinstance(error, OSError):
            return _Trouble(f"connection broken ({type(error).__name__})")
        status = error.status_code if isinstance(error, exceptions.ModelHTTPError) else None
        self._raise_if_fatal(error, status)
        if status == 429 or isinstance(error, exceptions.ModelRateLimitError):
            return self._patient("rate limited (HTTP 429)", error)
        if isinstance(error, exceptions.ModelConnectionError):
            refused = error.phase == "connect"
            return _Trouble(
                "connection refused" if refused else f"connection broken ({error.message})", unreachable=refused
            )
        if status is not None and status < 500 and status not in (408, 409, 425):
            raise CallsFailed(f"the server refused the request (HTTP {status})") from error
        if status is not None:
            return (
                self._patient(f"server error (HTTP {status})", error)
                if _retry_after(error)
                else _Trouble(f"server error (HTTP {status})")
            )
        return _Trouble(f"an answer that is none ({redacted(str(error), self.settings.model_key)[:120]})")

    def _patient(self, reason: str, error: Exception) -> _Trouble:
        wait = _retry_after(error)
        if wait is not None and wait > MAX_WAIT:
            raise CallsFailed(f"{reason}, and the server asks to wait {wait:.0f} s") from error
        return _Trouble(reason, wait, pause=True)

    def _raise_if_fatal(self, error: Exception, status: int | None) -> None:
        # What leaves the stage leaves without the server's own words: some say the key, and a traceback is kept.
        if isinstance(error, exceptions.ModelContextWindowExceededError):
            raise TooLong(str(error)) from error
        if isinstance(error, exceptions.ModelAuthenticationError) or status in (401, 403):
            fix = (
                "set DAILY_PAPERS_MODEL_KEY"
                if self.settings.model_url
                else "check the provider's key in the environment"
            )
            raise self._fatal(f"{self._where()} refuses the key (HTTP {status}): {fix}.") from None
        if isinstance(error, exceptions.ModelQuotaExceededError):
            raise self._fatal(f"{self._where()}: the account's quota is used up (HTTP {status}).") from None
        if isinstance(error, exceptions.ModelNotFoundError) or status == 404:
            raise self._fatal(
                f"{self._where()} is not there (HTTP 404): check the model's name in DAILY_PAPERS_MODEL"
                + (
                    " and the address in DAILY_PAPERS_MODEL_URL (it often ends in /v1)."
                    if self.settings.model_url
                    else "."
                )
            ) from None
        if status in (400, 415, 422, 501) and _about_output(str(getattr(error, "body", ""))):
            raise OutputRefused(str(error)) from error


def _retry_after(error: Exception) -> float | None:
    return error.retry_after if isinstance(error, exceptions.ModelAPIError) else None


def _about_output(body: str) -> bool:
    words = ("tool", "function", "response_format", "json_schema", "structured", "schema", "grammar")
    return any(word in body.casefold() for word in words)
