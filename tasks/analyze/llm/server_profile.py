"""What a run has found out about the model's server: the way of structured output, and what its requests must avoid.

One `ServerProfile` serves all papers of a run, so that what one of them finds out is not asked again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from papers.settings import Settings
from tasks.analyze.llm.server_words import ServerError

Way = Literal["provider", "tool", "native", "json_object", "prompted"]  # "provider": what pydantic-ai's profile says
MAX_DISCOVERIES = 3  # papers that may try every way; if all fail, later papers try the first one only
TEMPERATURE = 0.2
FREQUENCY_PENALTY = 0.1  # against loops, yet too small to hurt the marks that JSON repeats


def ways_of(settings: Settings) -> list[Way]:
    """The ways of structured output, in the order in which to try them."""
    if settings.model_output != "auto":
        return [settings.model_output]
    return ["tool", "native", "json_object", "prompted"] if settings.model_url else ["provider", "prompted"]


@dataclass(frozen=True)
class RequestForm:
    """The form of a request, apart from its texts and its schema.

    `system`: whether a system message is sent. `options`: temperature, max_tokens and so on. `body`: what is merged
    into the body. `separate`: whether the paper and the task are two messages of the user.
    """

    stream: bool
    system: bool
    options: dict[str, Any]
    body: dict[str, Any]
    separate: bool = True


@dataclass
class ServerProfile:
    """The form of request that the server takes, as far as it is known. `confirmed` is the way that has worked."""

    ways: list[Way]
    form: RequestForm
    confirmed: Way | None = None
    refused: set[Way] = field(default_factory=set)
    failures: int = 0  # papers for which no way worked, before any did
    context_tokens: int | None = None  # of the model, once the server has said it

    @classmethod
    def of(cls, settings: Settings) -> ServerProfile:
        """What the settings say; the rest is found out by asking."""
        options: dict[str, Any] = {"temperature": TEMPERATURE, "max_tokens": settings.model_answer}
        if settings.model_url:
            options["frequency_penalty"] = FREQUENCY_PENALTY
        options = {name: value for name, value in options.items() if name not in settings.extra_body}
        return cls(ways_of(settings), RequestForm(settings.model_stream, True, options, dict(settings.extra_body)))

    def ways_to_try(self) -> list[Way]:
        """The ways for one question: the one that works and then another, else all that were not refused."""
        ways: list[Way] = [way for way in self.ways if way not in self.refused] or self.ways[-1:]
        if self.confirmed is not None:
            return [self.confirmed, *([way for way in ways if way != self.confirmed] or ways)[:1]]
        if self.failures >= MAX_DISCOVERIES:
            return ways[:1]
        return ways if len(ways) > 1 else ways * 2

    def confirm(self, way: Way) -> None:
        """An answer in this way could be read."""
        self.confirmed = self.confirmed or way

    def refuse(self, way: Way, error: ServerError) -> None:
        """The server refused a request in this way; if it said that the way is why, no other paper tries it."""
        if error.names_structure and self.confirmed != way:
            self.refused.add(way)

    def note_failure(self) -> None:
        """No way worked for a paper."""
        if self.confirmed is None:
            self.failures += 1

    def adapt(self, error: ServerError, sent: RequestForm) -> bool:
        """Change the form as the server's words ask for. Returns whether a request in the new form is worth sending."""
        if sent != self.form:
            return True  # another paper changed it meanwhile
        self.form = self._adapted(error)
        return sent != self.form

    def simplify(self) -> bool:
        """Leave out all that a server might not take: the system message and the options. The last resort."""
        before = self.form
        limit = {name: v for name, v in before.options.items() if name == "max_tokens"}
        self.form = RequestForm(before.stream, False, limit, before.body, separate=False)
        return before != self.form

    def _adapted(self, error: ServerError) -> RequestForm:
        form, options, body = self.form, dict(self.form.options), dict(self.form.body)
        if error.wants_no_thinking and body.get("enable_thinking") is not False:
            return replace(form, body=body | {"enable_thinking": False})
        if error.wants_stream and not form.stream:
            return replace(form, stream=True)
        if error.wants_alternation and form.separate:
            return replace(form, separate=False)
        refused_options = set(error.refused_options)
        if {"max_tokens", "max_completion_tokens"} & refused_options:
            limit = options.pop("max_tokens", None)
            if error.answer_limit and limit and error.answer_limit < limit:
                options["max_tokens"] = error.answer_limit
            elif "max_completion_tokens" in refused_options and limit and "max_completion_tokens" not in body:
                body["max_completion_tokens"] = limit
            elif "max_completion_tokens" in body:
                body.pop("max_completion_tokens")
        for name in refused_options:
            if name not in ("max_tokens", "max_completion_tokens"):
                options.pop(name, None)
        system = form.system and not error.refuses_system
        return replace(form, system=system, options=options, body=body)
