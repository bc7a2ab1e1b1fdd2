"""A chat-completions server on localhost that follows a script."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from papers.settings import Settings
from tests.servers import QuietHandler, serve_http


@dataclass
class Reply:
    """What the server does with a request: an answer for the schema, or a status with a body."""

    answer: dict[str, Any] | None = None
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  # seconds


@dataclass
class ScriptedServer:
    """The server's address and the requests that it received, with their times."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


Script = Callable[[dict[str, Any], int], Reply]


def _completion(request: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    content = json.dumps(answer, ensure_ascii=False)
    message: dict[str, Any] = {"role": "assistant", "content": content}
    if tools := request.get("tools"):
        call = {
            "id": "call_1",
            "type": "function",
            "function": {"name": tools[0]["function"]["name"], "arguments": content},
        }
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tools else "stop", "logprobs": None}
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100}
    base = {"id": "c1", "object": "chat.completion", "created": 1, "model": request["model"]}
    return base | {"choices": [choice], "usage": usage}


@contextmanager
def scripted(script: Script) -> Iterator[ScriptedServer]:
    """A server that answers the n-th request (from 0) with `script(request, n)`."""
    state = ScriptedServer("")
    lock = threading.Lock()

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.body())
            with lock:
                number = len(state.requests)
                state.requests.append(request)
                state.times.append(time.monotonic())
                reply = script(request, number)
            time.sleep(reply.delay)
            body = reply.body if reply.answer is None else _completion(request, reply.answer)
            data = json.dumps(body, ensure_ascii=False).encode()
            self.reply(reply.status, data, **{"Content-Type": "application/json", **reply.headers})

    with serve_http(Handler) as url:
        state.url = f"{url}/v1"
        yield state


def settings_for(url: str, **fields: Any) -> Settings:
    """Settings for the model at `url`, with short waits."""
    base: dict[str, Any] = {"model": "openai:replay", "model_url": url, "model_timeout": 5.0, "model_tries": 3}
    return Settings(_env_file=None, **(base | fields))


def statement(text: str, quote: str = "", block_id: str = "S1.p1") -> dict[str, Any]:
    """A statement, with its quotation if it has one."""
    return {"text": text, "evidence": [{"quote": quote, "block_id": block_id}] if quote else []}


def answer(**fields: Any) -> dict[str, Any]:
    """A complete answer without numbers, with `fields` replaced."""
    base = {
        "application_area": statement("视觉语言模型"),
        "contribution": statement("提出一种新方法。"),
        "contribution_short": statement("一种新方法"),
        "usage": {},
        "innovations": [{"title": "新方法", "text": "一种新方法", "evidence": []}],
        "abstract_short": statement("本文提出一种新方法。"),
    }
    return base | fields
