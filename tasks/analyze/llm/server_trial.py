"""One question with the real answer schema about a few sentences: does the model's server work, and in which way?"""

from __future__ import annotations

import time

from papers.models import Block
from papers.settings import Settings
from tasks.analyze.llm.answer_reading import read_answer
from tasks.analyze.llm.answer_schema import answer_json_schema, field_names
from tasks.analyze.llm.model_call import ChatMessage, ModelAccess, call_model
from tasks.analyze.llm.prompting import format_block, system_prompt, task_prompt
from tasks.analyze.llm.providers import build_model
from tasks.analyze.llm.retries import CallGate
from tasks.analyze.llm.server_profile import ServerProfile, Way

SENTENCES = (
    "We propose Sluice, a gate that skips tokens which the next layer does not need.",
    "On three public benchmarks Sluice keeps 99.2% of the accuracy and takes 41.5% less energy.",
    "It was tested on models of up to 7 billion parameters only.",
)
WAYS: dict[Way, str] = {
    "provider": "as the provider's API has it",
    "tool": "as a call of a tool",
    "native": "by response_format json_schema",
    "json_object": "by response_format json_object, with the schema in the prompt",
    "prompted": "with the schema in the prompt",
}


class _NoCache:
    def get(self, key: str) -> bytes | None:
        return None

    def put(self, key: str, data: bytes) -> None:
        pass


async def try_server(settings: Settings) -> str:
    """How the model answers, in a sentence: the way of structured output, the time, and what the server does not take.

    Raises CallsFailed or PromptTooLong with the server's words, or ModelUnreachable.
    """
    settings = settings.model_copy(update={"model_tries": 1, "model_wait": 0.0})
    server = ServerProfile.of(settings)
    access = ModelAccess(build_model(settings), CallGate(settings), _NoCache(), settings, server)
    language = settings.language[0]
    blocks = [Block(id=f"S1.p{n}", kind="paragraph", section="", text=text) for n, text in enumerate(SENTENCES, 1)]
    messages = [
        ChatMessage("system", system_prompt()),
        ChatMessage("user", "\n".join(map(format_block, blocks))),
        ChatMessage("user", task_prompt(language, field_names(language), ())),
    ]
    names, first_form = field_names(language), server.form
    started = time.monotonic()
    await call_model(
        access,
        messages,
        answer_json_schema(names, ()),
        lambda reply: read_answer(reply.texts, names, ()),
        cache_key="trial",
    )
    seconds = time.monotonic() - started
    assert server.confirmed is not None
    notes = [f"{WAYS[server.confirmed]} ({server.confirmed})"]
    notes += ["streamed"] if server.form.stream else []
    notes += ["without a system message"] if first_form.system and not server.form.system else []
    if left_out := sorted(set(first_form.options) - set(server.form.options)):
        notes.append(f"without {', '.join(left_out)}")
    return f"answers in {seconds:.1f} s, {', '.join(notes)}"
