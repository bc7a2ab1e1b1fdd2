"""The words of real servers: what is wrong, and what they ask for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from papers.settings import Settings
from tasks.analyze.llm.redaction import redact_words
from tasks.analyze.llm.server_profile import ServerProfile
from tasks.analyze.llm.server_words import ServerError, words_of

KEY = "sk-planted-4f9c1e7ab2d84c55"


@pytest.mark.parametrize(
    ("status", "words", "limit"),
    [
        (400, "request (9000 tokens) exceeds the available context size (4096 tokens) (n_ctx: 4096)", 4096),
        (400, "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 30720]", 30720),
        (400, "This model's maximum context length is 8,192 tokens. However, you requested 9001 tokens", 8192),
        (400, "prompt is too long: 215000 tokens > 200000 maximum", 200000),
        (413, "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 7000", 6000),
        (413, "", None),
        (422, "Input validation error: `inputs` must have less than 1024 tokens. Given: 4000", 1024),
        (400, "Please reduce the length of the messages or completion.", None),
        (400, "The input (12000 tokens) is longer than the model's context length (2048 tokens).", 2048),
    ],
)
def test_too_long_in_anybodys_words(status: int, words: str, limit: int | None) -> None:
    error = ServerError(status, words)
    assert error.is_too_long
    assert error.context_tokens == limit


@pytest.mark.parametrize(
    "words",
    [
        "tools param requires --jinja flag",
        "No endpoints found that support tool use.",
        '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
        "This response_format type is unavailable now",
        "registry.ollama.ai/library/x does not support tools",
        "Failed to parse grammar",
        "Value is not callable: null at row 1, column 72 of the chat template",
    ],
)
def test_refusals_of_structured_output(words: str) -> None:
    error = ServerError(500, words)
    assert error.names_structure
    assert not error.is_too_long
    assert not error.is_filtered


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "no such model", "type": "x"}}, "no such model"),
        ({"error": "model 'x' not found"}, "model 'x' not found"),
        ({"detail": [{"loc": ["body", "top_k"], "msg": "Extra inputs"}]}, "Extra inputs (loc: ['body', 'top_k'])"),
        ({"object": "error", "message": "bad", "code": 400}, "bad"),
        ("<html><head><style>p{}</style></head><body><h1>502 Bad Gateway</h1></body></html>", "502 Bad Gateway"),
        ('{"error": {"message": "in a text"}}', "in a text"),
        ({"error": {"message": "Provider error", "metadata": {"raw": '{"m": 1}'}}}, 'Provider error {"m": 1}'),
        (None, ""),
        ([], ""),
    ],
)  # fmt: skip
def test_the_message_is_found(body: object, words: str) -> None:
    assert words_of(body) == words


def profile(**fields: Any) -> ServerProfile:
    return ServerProfile.of(Settings(_env_file=None, model="openai:x", model_url="http://x/v1", **fields))


@pytest.mark.parametrize(
    ("words", "changed"),
    [
        ("This model only supports streaming. Set stream=true", {"stream": True}),
        (
            "enable_thinking must be set to false for non-streaming calls",
            {"body": {"enable_thinking": False}},
        ),
        ("Unsupported value: 'temperature' does not support 0.2 with this model.", {"without": "temperature"}),
        ("body: Extra inputs are not permitted (loc: ['body', 'frequency_penalty'])", {"without": "frequency_penalty"}),
        ("Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", {"max_tokens": 8192}),
        ("max_tokens must be less than 4097", {"max_tokens": 4097}),
        (
            "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            {"body": {"max_completion_tokens": 16_000}},
        ),
        ("System role not supported", {"system": False}),
    ],
)
def test_the_form_changes_as_the_words_ask(words: str, changed: dict[str, object]) -> None:
    server = profile()
    sent = server.form
    assert server.adapt(ServerError(400, words), sent)
    form = server.form
    assert form.stream is changed.get("stream", False)
    assert form.system is changed.get("system", True)
    assert form.body == changed.get("body", {})
    if "without" in changed:
        assert changed["without"] not in form.options
    if "max_tokens" in changed:
        assert form.options["max_tokens"] == changed["max_tokens"]
    assert server.adapt(ServerError(400, words), sent), "another paper has found it out"


def test_an_unknown_refusal_changes_nothing() -> None:
    server = profile()
    assert not server.adapt(ServerError(400, "no"), server.form)
    assert server.simplify()
    assert set(server.form.options) == {"max_tokens"}
    assert not server.simplify()


def test_ways_are_remembered() -> None:
    server = profile()
    assert server.ways_to_try() == ["tool", "native", "json_object", "prompted"]
    server.refuse("tool", ServerError(404, "No endpoints found that support tool use."))
    server.refuse("native", ServerError(400, "no"))
    assert server.ways_to_try() == ["native", "json_object", "prompted"]
    server.confirm("json_object")
    assert server.ways_to_try() == ["json_object", "native"]
    assert profile(model_output="prompted").ways_to_try() == ["prompted", "prompted"]


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}.",
        "Incorrect API key provided: sk-plant***************4c55.",
        "invalid key sk-planted-4f9c…",
        "the key that ends in b2d84c55",
        f'{{"authorization": "Bearer {KEY[:20]}"}}',
    ],
)
def test_no_part_of_a_key_is_left(text: str) -> None:
    redacted = redact_words(text, SecretStr(KEY))
    assert not any(KEY[i : i + 8] in redacted for i in range(len(KEY) - 7))
    assert "***" in redacted


def test_other_words_stay() -> None:
    text = "The planet of the apes was planned; HTTP 400, model gpt-oss-120b."
    assert redact_words(text, SecretStr(KEY)) == text
