"""Chat completions as servers other than OpenAI's answer them, made fit for pydantic-ai's reader of such answers."""

from __future__ import annotations

import json
from typing import Any

from openai.types import chat
from pydantic_ai import exceptions
from pydantic_ai.models.openai import OpenAIChatModel

from tasks.analyze.llm.server_words import words_of


class CompatibleChatModel(OpenAIChatModel):
    """A model behind a compatible server: answers without choices are errors with the server's words, and arguments of
    a tool call may be an object.
    """

    def _validate_completion(self, response: chat.ChatCompletion) -> Any:
        choices: Any = response.choices
        error = (response.model_extra or {}).get("error")
        if not isinstance(choices, list) or not choices:
            words = words_of(error) if error else "it has no choices"
            raise exceptions.UnexpectedModelBehavior(words)
        for choice in choices[:1]:
            message = getattr(choice, "message", None)
            if message is None:
                raise exceptions.UnexpectedModelBehavior("its choice has no message")
            for call in getattr(message, "tool_calls", None) or []:
                function = getattr(call, "function", None)
                if function is not None and not isinstance(function.arguments, str):
                    function.arguments = json.dumps(function.arguments, ensure_ascii=False)
        return super()._validate_completion(response)
