"""Limits and retries of model calls: concurrency, pauses that the server asks for, and the run's budget.

One `CallGate` serves all papers of a run. `call_failures` says what kind a failure is; the gate decides whether the
call is made again, and when no further call is worth making.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext

from pydantic_ai.messages import ModelResponse

from papers.errors import ModelUnreachable
from papers.models import Reason
from papers.reasons import make_reason, reason_text
from papers.settings import Settings
from tasks.analyze.llm.budget import BudgetExhausted, Spending
from tasks.analyze.llm.call_failures import (
    AnswerUnusable,
    CallsFailed,
    Failure,
    PromptTooLong,
    RequestRefused,
    classify,
)
from tasks.analyze.llm.redaction import redact_error
from tasks.analyze.llm.sanitizing import sanitize

_log = logging.getLogger(__name__)
SlotFactory = Callable[[], AbstractAsyncContextManager[None]]
MAX_WAIT = 120.0  # seconds; if a server asks for more, the calls fail
POLL = 5.0  # seconds between two looks at a server that went away, at most
CANCEL_PAUSE = 0.1  # seconds that a cancelled call keeps its turn
MAX_SENT = {"timeout": 2, "unusable": 1}  # times that a call with this kind of failure is sent
SILENT_CALLS = 3  # calls in a row without any answer, after which no more are made for a while
SILENCE_PAUSE = 600.0  # seconds until a silent server is asked again
REPEAT = 10.0  # seconds until the same message about a wait is shown again


class CallGate:
    """Limits and retries model calls. `backoff` is the first wait after a failure, in seconds, doubled with each.

    `slot` makes a context manager that is entered for each call. It limits the calls of all processes together.
    `say` gets a line for each wait; without it, waits are logged.
    """

    def __init__(
        self,
        settings: Settings,
        backoff: float = 1.0,
        slot: SlotFactory | None = None,
        say: Callable[[str], None] | None = None,
    ) -> None:
        self.settings, self.backoff, self._slot = settings, backoff, slot or nullcontext
        self.spending = Spending()
        self._say = say or _log.warning
        self._said: dict[str, float] = {}
        self._probe = asyncio.Lock()
        self._semaphore = asyncio.Semaphore(settings.concurrency)
        self._paused_until = 0.0
        self._fatal_error: ModelUnreachable | None = None
        self._closed_reason: Reason | None = None
        self._closed_until = 0.0
        self._answered = False  # whether the server ever answered, if only with an error
        self._silent_calls = 0
        self._down_since: float | None = None
        self._jitter = random.Random()  # noqa: S311 - spreads retries

    def stop_reason(self) -> Reason | None:
        """Why no more calls may be made, or None."""
        limit, tokens = self.settings.budget_tokens, self.spending.input_tokens + self.spending.output_tokens
        if limit is not None and tokens >= limit:
            return make_reason("token-budget", tokens=f"{limit:,}")
        dollars = self.settings.budget_usd
        if dollars is not None and (self.spending.cost_usd or 0.0) >= dollars:
            return make_reason("dollar-budget", dollars=f"{dollars:g}")
        return None

    async def call(
        self,
        send: Callable[[], Awaitable[ModelResponse]],
        keep: Callable[[ModelResponse], Awaitable[None]] | None = None,
    ) -> ModelResponse:
        """Make one call, with retries where they can help.

        `keep` stores the answer before the next call may take this one's turn: a process that is killed then loses no
        more answers than it had calls at once.
        Raises BudgetExhausted, CallsFailed (RequestRefused and AnswerUnusable are such), PromptTooLong, or
        ModelUnreachable when no call can work.
        """
        sends = timeouts = 0
        while True:
            async with AsyncExitStack() as turn:
                is_probe = await self._enter_as_probe(turn, timeouts)
                await turn.enter_async_context(self._semaphore)
                await self._wait_while_paused()
                if not is_probe and self._needs_probe(timeouts):
                    continue  # the server fell silent while this call waited for its turn
                self._raise_if_forbidden()
                sends += 1
                turn.push_async_exit(_keep_turn)
                try:
                    response = await self._send_in_time(send)
                except Exception as error:  # noqa: BLE001 - clients raise anything for an answer that is none
                    failure = classify(error, self.settings.model_key)
                else:
                    self._record_answer(response)
                    if keep is not None:
                        await keep(response)
                    return response
                timeouts += failure.kind == "timeout"
                wait = self._wait_after(failure, sends, is_probe)
                if failure.kind == "busy":
                    self._paused_until = max(self._paused_until, time.monotonic() + wait)
            self._show(failure.reason, f"asked again in {wait:.0f} s")
            if failure.kind != "busy":
                await asyncio.sleep(wait)

    async def _enter_as_probe(self, turn: AsyncExitStack, timeouts: int) -> bool:
        """While the server is silent, one call at a time is sent; it shows whether the others are worth sending.

        Returns whether this call is such a probe.
        """
        if self._needs_probe(timeouts):
            await turn.enter_async_context(self._probe)
            if self._silent_calls:
                return True
            await turn.aclose()  # the probe before this one was answered
        return False

    def _needs_probe(self, timeouts: int) -> bool:
        return self._silent_calls >= (1 if timeouts else SILENT_CALLS)

    async def _send_in_time(self, send: Callable[[], Awaitable[ModelResponse]]) -> ModelResponse:
        """The answer, within the time limit of a call, which does not include waiting for the slot.

        Servers repeat what they were sent, the key included, anywhere in an answer or an error: both are redacted
        here, before anything else sees them.
        """
        key = self.settings.model_key
        try:
            async with self._slot(), asyncio.timeout(self.settings.model_timeout):
                return sanitize(await send(), key)
        except Exception as error:
            redact_error(error, key)
            raise

    # --- after a failure ------------------------------------------------------------------------------------------

    def _wait_after(self, failure: Failure, sends: int, is_probe: bool) -> float:
        """Seconds until the call is made again. Raises one of the exceptions of `call` when it is not."""
        answered_before, self._answered = self._answered, self._answered or failure.is_answer
        self._silent_calls = self._silent_calls + 1 if failure.kind == "timeout" else 0
        if failure.kind != "down":
            self._down_since = None
        match failure.kind:
            case "refused":
                assert failure.error is not None
                raise RequestRefused(failure.error)
            case "too-long":
                assert failure.error is not None
                raise PromptTooLong(failure.error)
            case "forbidden":
                raise self._forbid(failure)
            case "no-credit":
                raise self._close(failure.reason)
            case "down":
                return self._wait_for_server(failure, sends, answered_before)
            case "timeout":
                return self._wait_after_silence(failure, sends, is_probe)
        if failure.wait is not None and failure.wait > MAX_WAIT:
            raise CallsFailed(make_reason("long-wait", reason=failure.reason, seconds=f"{failure.wait:.0f}"))
        if sends >= min(self.settings.model_tries, MAX_SENT.get(failure.kind, self.settings.model_tries)):
            error = AnswerUnusable if failure.kind == "unusable" else CallsFailed
            raise error(_after_tries(failure.reason, sends))
        return failure.wait if failure.wait is not None else self._backoff(sends)

    def _wait_after_silence(self, failure: Failure, sends: int, is_probe: bool) -> float:
        """A call that timed out is sent once more, as a probe; when that is silent too, no more calls are made."""
        reason = failure.reason
        if failure.error is None:
            reason = make_reason("no-answer-within", seconds=f"{self.settings.model_timeout:g}")
        if is_probe and self._silent_calls >= SILENT_CALLS:
            self._closed_until = time.monotonic() + SILENCE_PAUSE
            raise self._close(make_reason("calls-in-a-row", reason=reason, calls=self._silent_calls))
        if sends >= min(MAX_SENT["timeout"], self.settings.model_tries):
            raise CallsFailed(_after_tries(reason, sends))
        return self._backoff(sends)

    def _wait_for_server(self, failure: Failure, sends: int, answered_before: bool) -> float:
        """A server that went away is waited for; one that never answered gets the tries of a call."""
        now = time.monotonic()
        self._down_since = now if self._down_since is None else self._down_since
        waited = now - self._down_since
        limit = self.settings.model_wait
        if (answered_before or failure.is_answer) and waited < limit:
            return min(self._backoff(sends), POLL, limit - waited + 0.1)
        if not answered_before and not failure.is_answer and sends < self.settings.model_tries:
            return self._backoff(sends)
        reason = make_reason("after-tries", reason=failure.reason, tries=sends)
        if waited >= 1:
            reason = make_reason("waited", reason=failure.reason, seconds=f"{waited:.0f}")
        if self.spending.calls == 0 and not failure.is_answer:
            text = reason_text(reason, "en")
            raise self._end(
                f"{self._describe_model()} cannot be reached: {text}. Is the address right and the server running?"
            )
        raise CallsFailed(reason)

    def _forbid(self, failure: Failure) -> Exception:
        """A refused key ends the run before the first answer, and the calls after it."""
        fix = "set DAILY_PAPERS_MODEL_KEY" if self.settings.model_url else "check the provider's key in the environment"
        if self.spending.calls == 0:
            return self._end(f"{self._describe_model()} refuses the key ({failure.error}): {fix}.")
        return self._close(failure.reason)

    def _end(self, message: str) -> ModelUnreachable:
        self._fatal_error = self._fatal_error or ModelUnreachable(message)
        return self._fatal_error

    def _close(self, reason: Reason) -> CallsFailed:
        """No more calls are made; each paper gets this reason at once."""
        self._closed_reason = reason
        self._closed_until = self._closed_until or float("inf")
        self._show(reason, "no more calls are made")
        return CallsFailed(reason)

    # --- around a call --------------------------------------------------------------------------------------------

    def _record_answer(self, response: ModelResponse) -> None:
        self._answered, self._silent_calls, self._down_since = True, 0, None
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
        if self._closed_reason is not None:
            if time.monotonic() < self._closed_until:
                raise CallsFailed(self._closed_reason)
            self._closed_reason, self._closed_until = None, 0.0
        if reason := self.stop_reason():
            raise BudgetExhausted(reason)

    async def _wait_while_paused(self) -> None:
        while (wait := self._paused_until - time.monotonic()) > 0:  # noqa: ASYNC110 - another call may extend the pause
            await asyncio.sleep(wait)

    def _backoff(self, sends: int) -> float:
        wait: float = self.backoff * 2.0 ** (sends - 1)
        return min(MAX_WAIT, wait) * self._jitter.uniform(0.75, 1.25)

    def _show(self, reason: Reason, what_follows: str) -> None:
        """Show a line about a wait, for each reason at most every few seconds."""
        text, now = reason_text(reason, "en"), time.monotonic()
        if now - self._said.get(text, -REPEAT) >= REPEAT:
            self._said[text] = now
            self._say(f"{self._describe_model()}: {text}; {what_follows}")

    def _describe_model(self) -> str:
        return f"The model {self.settings.model}" + (
            f" at {self.settings.model_url}" if self.settings.model_url else ""
        )


def _after_tries(reason: Reason, sends: int) -> Reason:
    return make_reason("after-tries", reason=reason, tries=sends) if sends > 1 else reason


__all__ = ["AnswerUnusable", "CallGate", "CallsFailed", "PromptTooLong", "RequestRefused", "SlotFactory"]


async def _keep_turn(error: type[BaseException] | None, *_: object) -> bool:
    """Keep the turn of a call that is cancelled until the others are, too: else one of them would take it, and call."""
    if error is not None and issubclass(error, asyncio.CancelledError):
        await asyncio.sleep(CANCEL_PAUSE)
    return False
