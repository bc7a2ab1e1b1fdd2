"""What a model's server answers is kept without keys and without impossible figures."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from pydantic_ai.messages import ModelMessagesTypeAdapter, ModelResponse, TextPart, ThinkingPart, ToolCallPart
from pydantic_ai.usage import RequestUsage

from papers.models import Analysis, Block
from tasks.analyze.analyst import Analyst
from tasks.analyze.llm.budget import Spending
from tasks.analyze.llm.redaction import MIN_LENGTH
from tasks.analyze.llm.sanitizing import MAX_TOKENS, sanitize
from tests import factories
from tests.servers import replay
from tests.shared import needs_shared
from tests.tasks.analyze.memory import MemoryCache
from tests.tasks.analyze.scripted import settings_for

KEY = "sk-planted-4f9c1e7ab2d84c55"


def test_no_part_of_an_answer_holds_the_key() -> None:
    bearer = f"Bearer {KEY}"
    response = ModelResponse(
        parts=[
            TextPart(bearer, id=bearer),
            ThinkingPart(bearer, signature=bearer),
            ToolCallPart(tool_name=bearer, args=f'{{"text": "{KEY}"}}', tool_call_id=bearer),
            ToolCallPart(tool_name="analysis", args={bearer: [bearer, {"x": bearer}]}),
        ],
        model_name=bearer,
        provider_name=bearer,
        provider_response_id=bearer,
        provider_details={"system_fingerprint": bearer},
    )
    sanitized = sanitize(response, SecretStr(f" {KEY}\n"))
    assert KEY not in repr(sanitized)
    assert KEY not in ModelMessagesTypeAdapter.dump_json([sanitized]).decode()
    assert [type(p) for p in sanitized.parts] == [type(p) for p in response.parts]


@pytest.mark.parametrize("key", ["ollama", "EMPTY", "tool-call", "response"])
def test_a_placeholder_for_a_key_leaves_an_answer_readable(key: str) -> None:
    parts: list[TextPart | ToolCallPart] = [
        TextPart("served by ollama"),
        ToolCallPart(tool_name="analysis", args={"text": "EMPTY"}),
    ]
    response = ModelResponse(parts=parts, provider_name="ollama")
    sanitized = sanitize(response, SecretStr(key))
    assert sanitized.kind == "response"
    assert [(type(p), p.part_kind) for p in sanitized.parts] == [(type(p), p.part_kind) for p in parts]
    if len(key) < MIN_LENGTH:
        assert sanitized.parts == parts


@pytest.mark.parametrize("tokens", [10**30, -1, MAX_TOKENS + 1])
def test_an_impossible_count_of_tokens_is_unknown(tokens: int) -> None:
    response = sanitize(ModelResponse(parts=[], usage=RequestUsage(input_tokens=tokens, output_tokens=7)), None)
    spending = Spending()
    spending.add(response)
    assert (spending.input_tokens, spending.output_tokens, spending.cost_usd) == (0, 0, None)


def test_a_plausible_count_stays() -> None:
    response = sanitize(ModelResponse(parts=[], usage=RequestUsage(input_tokens=60_000, output_tokens=900)), None)
    assert (response.usage.input_tokens, response.usage.output_tokens) == (60_000, 900)


SENTENCES = [f"We study the {name} of invented pictures in depth here." for name in ("size", "colour", "age", "use")]
READING = factories.reading(
    blocks=[
        Block(id=f"S1.p{n}", kind="paragraph", section="1 Introduction", text=text) for n, text in enumerate(SENTENCES)
    ]
)


@needs_shared
@pytest.mark.parametrize("mode", ["bigusage", "keyfields"])
async def test_a_server_that_answers_so_does_not_poison_the_cache(mode: str) -> None:
    cache = MemoryCache()
    rows: list[Analysis] = []
    with replay("llm.py", "--zh") as upstream, replay("warped.py", "--upstream", f"{upstream}/v1") as url:
        settings = settings_for(f"{url}/{mode}/v1").model_copy(update={"model_key": SecretStr(KEY)})
        for _ in range(2):
            analyst = Analyst(settings, cache, [])
            rows.append(await analyst.analyze(factories.paper(), READING, "en"))
    assert [r.state for r in rows] == ["done", "done"]
    assert all(0 <= r.input_tokens < 10**7 for r in rows)
    assert not any(KEY.encode() in data for data in cache.values())
