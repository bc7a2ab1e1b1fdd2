"""Questions to servers of every kind: contexts that are too small, and answers that are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from papers.models import Block, Reading
from papers.reasons import reason_text
from tasks.analyze.analyst import Analyst
from tests import factories
from tests.servers import QuietHandler, serve_http
from tests.tasks.analyze.memory import MemoryCache
from tests.tasks.analyze.scripted import Reply, scripted, settings_for

WORDS = "invented words of a very long paper that nobody will read to its end and that say little " * 6


def long_reading() -> Reading:
    blocks = [Block(id=f"S{i}.p1", kind="paragraph", section=f"{i} Part", text=f"{WORDS} {i}") for i in range(1, 40)]
    return factories.reading(1, sha256="1" * 64, blocks=blocks)


async def test_a_context_of_1024_tokens_is_a_papers_reason() -> None:
    def script(request: dict[str, Any], _: int) -> Reply:
        tokens = len(json.dumps(request)) // 4
        error = {"message": f"request ({tokens} tokens) exceeds the available context size", "n_ctx": 1024}
        return Reply(status=400, body={"error": error})

    with scripted(script) as server:
        analyst = Analyst(settings_for(server.url), MemoryCache(), [], backoff=0.01)
        analysis = await analyst.analyze(factories.paper(1), long_reading(), "zh")
    assert analysis.state == "failed"
    assert "1,024 tokens" in reason_text(analysis.reason, "en")
    assert len(server.requests) <= 12


BODIES: dict[str, tuple[int, str, bytes]] = {
    "HTML with status 200": (200, "text/html", b"<html><body><h1>Sign in</h1></body></html>"),
    "no JSON": (200, "application/json", b"Service temporarily busy"),
    "nothing": (200, "application/json", b""),
    "a list": (200, "application/json", b"[1, 2]"),
    "null choices": (200, "application/json", b'{"choices": null}'),
    "an error in status 200": (200, "application/json", b'{"error": {"message": "upstream is gone", "code": 502}}'),
    "no message": (200, "application/json", b'{"id": "a", "created": 1, "model": "x", "choices": [{"index": 0}]}'),
    "null content": (
        200, "application/json",
        b'{"id": "a", "created": null, "model": null, "choices": [{"index": 0, "finish_reason": "weird",'
        b' "message": {"role": "assistant", "content": null}}]}',
    ),
    "a filter": (
        200, "application/json",
        b'{"id": "a", "created": 1, "model": "x", "object": "chat.completion", "choices": [{"index": 0,'
        b' "finish_reason": "content_filter", "message": {"role": "assistant", "content": ""}}]}',
    ),
    "a page of a proxy": (502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
async def test_an_answer_that_is_none_is_a_papers_reason(kind: str) -> None:
    status, content_type, body = BODIES[kind]

    class Answer(QuietHandler):
        def do_POST(self) -> None:
            self.body()
            self.reply(status, body, Content_Type=content_type)

    with serve_http(Answer) as url:
        settings = settings_for(f"{url}/v1", model_tries=2, model_wait=0.1)
        analysis = await Analyst(settings, MemoryCache(), [], backoff=0.01).analyze(
            factories.paper(1), long_reading(), "zh"
        )
    assert analysis.state == "failed"
    assert len(reason_text(analysis.reason, "en")) > 10
