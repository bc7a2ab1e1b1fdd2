"""The gate of model calls: what is sent again, what is waited for, and what ends the calls of a run."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import Any

import pytest
from pydantic_ai import exceptions
from pydantic_ai.messages import ModelResponse, TextPart

from papers.errors import ModelUnreachable
from papers.settings import Settings
from tasks.analyze.llm.call_failures import AnswerUnusable, CallsFailed, PromptTooLong, RequestRefused
from tasks.analyze.llm.retries import SILENT_CALLS, CallGate
from tests.servers import QuietHandler, free_port, serve_http

OK = ModelResponse(parts=[TextPart("{}")])


def gate(said: list[str] | None = None, **fields: Any) -> CallGate:
    base: dict[str, Any] = {"model": "openai:x", "model_url": "http://127.0.0.1:9/v1", "model_timeout": 0.1}
    lines: list[str] = [] if said is None else said
    return CallGate(Settings(_env_file=None, **(base | fields)), backoff=0.01, say=lines.append)


def http(status: int, message: str = "", **more: Any) -> Exception:
    return exceptions.ModelHTTPError(status, "x", {"error": {"message": message}}, **more)


class Script:
    """A call that raises or returns what the script says; the last entry repeats."""

    def __init__(self, *steps: Any) -> None:
        self.steps, self.sent = list(steps), 0

    async def __call__(self) -> ModelResponse:
        step = self.steps[min(self.sent, len(self.steps) - 1)]
        self.sent += 1
        if step == "hang":
            await asyncio.sleep(60)
        if isinstance(step, Exception):
            raise step
        return OK


@pytest.mark.parametrize(
    ("error", "kind", "sent"),
    [
        (http(400, "no"), RequestRefused, 1),
        (http(404, "No endpoints found that support tool use."), RequestRefused, 1),
        (http(500, "tools param requires --jinja flag"), RequestRefused, 1),
        (http(413, "too large"), PromptTooLong, 1),
        (http(400, "maximum context length is 4096 tokens"), PromptTooLong, 1),
        (http(500, "boom"), CallsFailed, 3),
        (http(402, "pay"), CallsFailed, 1),
        (http(504), CallsFailed, 2),
        (IndexError("list index out of range"), AnswerUnusable, 1),
        (exceptions.UnexpectedModelBehavior("expected JSON data"), AnswerUnusable, 1),
        (http(401, "who are you"), ModelUnreachable, 1),
        (exceptions.ModelConnectionError("x", "refused", phase="connect"), ModelUnreachable, 3),
        (exceptions.ModelConnectionError("x", "reset", phase="read"), CallsFailed, 3),
    ],
)
async def test_each_failure_is_sent_as_often_as_it_may_help(error: Exception, kind: type, sent: int) -> None:
    script = Script(error)
    with pytest.raises(kind):
        await gate(model_tries=3, model_wait=0).call(script)
    assert script.sent == sent


async def test_a_filter_of_contents_is_a_papers_reason() -> None:
    with pytest.raises(RequestRefused, match="filter withheld"):
        await gate().call(Script(http(400, "Content Exists Risk")))


async def test_a_call_that_timed_out_is_sent_once_more() -> None:
    script, said = Script("hang", "ok"), list[str]()
    assert await gate(said).call(script) is not None
    assert script.sent == 2
    assert "asked again in" in said[0]


async def test_a_silent_server_costs_each_paper_one_timeout_at_most() -> None:
    silent_gate, scripts = gate(concurrency=2), [Script("hang") for _ in range(12)]
    started = time.monotonic()
    outcomes = await asyncio.gather(*(silent_gate.call(s) for s in scripts), return_exceptions=True)
    assert all(isinstance(outcome, CallsFailed) for outcome in outcomes)
    assert sum(s.sent for s in scripts) <= SILENT_CALLS + 4
    assert time.monotonic() - started < 1.5


async def test_a_key_that_is_refused_later_ends_the_calls_but_not_the_run() -> None:
    used_gate = gate()
    await used_gate.call(Script("ok"))
    with pytest.raises(CallsFailed, match="the key is refused"):
        await used_gate.call(Script(http(403, "expired")))
    script = Script("ok")
    with pytest.raises(CallsFailed, match="the key is refused"):
        await used_gate.call(script)
    assert script.sent == 0


async def test_a_server_that_restarts_is_waited_for() -> None:
    port, said = free_port(), list[str]()
    from tasks.analyze.llm.providers import build_model

    settings = {"model_url": f"http://127.0.0.1:{port}/v1", "model_timeout": 5.0, "model_tries": 2, "model_wait": 20.0}
    waiting_gate = gate(said, **settings)
    model = build_model(waiting_gate.settings)

    async def send() -> ModelResponse:
        from pydantic_ai.messages import ModelRequest
        from pydantic_ai.models import ModelRequestParameters

        return await model.request([ModelRequest.user_text_prompt("hello")], None, ModelRequestParameters())

    class Answer(QuietHandler):
        def do_POST(self) -> None:
            self.body()
            message = b'{"role": "assistant", "content": "{}"}'
            choice = b'{"index": 0, "finish_reason": "stop", "message": ' + message + b"}"
            body = b'{"id": "a", "object": "chat.completion", "created": 1, "model": "x", "choices": [' + choice + b"]}"
            self.reply(200, body, Content_Type="application/json")

    with serve_http(Answer, port):
        await waiting_gate.call(send)
    stopped = threading.Event()

    def serve_again() -> None:
        time.sleep(1.0)
        with serve_http(Answer, port):
            stopped.wait(20)

    thread = threading.Thread(target=serve_again)
    thread.start()
    try:
        await waiting_gate.call(send)
    finally:
        stopped.set()
        await asyncio.to_thread(thread.join)
    assert any("connection refused" in line for line in said)
    waiting_gate.settings = waiting_gate.settings.model_copy(update={"model_wait": 0.2})
    with pytest.raises(CallsFailed, match="connection refused"):
        await waiting_gate.call(send)
