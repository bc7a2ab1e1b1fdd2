"""Builds the model that the settings name, for any provider of pydantic-ai, and its call options."""

from __future__ import annotations

import os
import re
from typing import Any

from pydantic_ai import exceptions
from pydantic_ai.models import Model, infer_model
from pydantic_ai.settings import ModelSettings

from papers.errors import ModelUnreachable
from papers.settings import Settings, clean_key

EXTRAS = {
    "anthropic": "anthropic",
    "google": "google",
    "google-gla": "google",
    "google-vertex": "google",
    "google-cloud": "google",
}


def build_model(settings: Settings) -> Model:
    """The model that `settings` name.

    Raises ModelUnreachable when the provider's package or key is missing or the name is unknown.
    """
    try:
        if settings.model_url and settings.model.startswith(("openai:", "openai-chat:")):
            return _openai_compatible_model(settings)
        _clean_provider_key(settings.model.split(":")[0])
        return infer_model(settings.model)
    except ImportError as error:
        provider = settings.model.split(":")[0]
        extra = EXTRAS.get(provider)
        install_command = (
            f"pip install 'daily-papers[{extra}]'" if extra else f"pip install 'pydantic-ai-slim[{provider}]'"
        )
        raise ModelUnreachable(f"The package for {settings.model} is not installed: {install_command}") from error
    except (exceptions.UserError, ValueError) as error:
        message = str(error).split("\n")[0]
        variable = re.search(r"\b[A-Z][A-Z_]+_(?:API_)?KEY\b", message)
        if variable:
            raise ModelUnreachable(f"No key for {settings.model}: set {variable.group()}") from error
        raise ModelUnreachable(
            f"DAILY_PAPERS_MODEL={settings.model} cannot be used: {message}. "
            "Give extractive, or provider:name (openai-chat:gpt-5-mini, anthropic:…, google:…, ollama:…)"
        ) from error


def _openai_compatible_model(settings: Settings) -> Model:
    """Chat completions at `model_url`. The client's retries are off, because `CallGate` retries for all papers."""
    from openai import AsyncOpenAI  # slow to import, and extractive needs none of it
    from pydantic_ai.profiles.openai import OpenAIModelProfile
    from pydantic_ai.providers.openai import OpenAIProvider

    from tasks.analyze.llm.compatible_model import CompatibleChatModel

    key = settings.model_key.get_secret_value() if settings.model_key else "none"
    client = AsyncOpenAI(base_url=settings.model_url, api_key=key, max_retries=0, timeout=settings.model_timeout)
    # Nearly all such servers know max_tokens; one that wants max_completion_tokens says so, see `server_profile`.
    profile = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=False)
    return CompatibleChatModel(
        settings.model.split(":", 1)[1], provider=OpenAIProvider(openai_client=client), profile=profile
    )


def _clean_provider_key(provider: str) -> None:
    """Strip the key in the provider's variables. Raises ModelUnreachable for one that no HTTP header can hold."""
    names = {"google": ("GOOGLE", "GEMINI"), "openai-chat": ("OPENAI",), "openai-responses": ("OPENAI",)}
    for prefix in names.get(provider.partition("-gla")[0], (provider.upper().replace("-", "_"),)):
        name = f"{prefix}_API_KEY"
        if value := os.environ.get(name):
            try:
                key = clean_key(value)
            except ValueError as error:
                raise ModelUnreachable(f"{name} cannot be used: {error}") from None
            if key is not None and key.get_secret_value() != value:
                os.environ[name] = key.get_secret_value()


def call_options(settings: Settings, options: dict[str, Any], body: dict[str, Any]) -> ModelSettings:
    """The options of one call: `options` as the server takes them, and `body`, which is merged into the request's."""
    all_options = ModelSettings(timeout=settings.model_timeout, max_retries=0, cache=True)
    all_options.update(options)  # type: ignore[typeddict-item]
    if body:
        all_options["extra_body"] = body
    return all_options
