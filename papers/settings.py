"""Settings, by precedence: the command line, the environment (`DAILY_PAPERS_*`), `.env`, the defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from papers.errors import UsageError
from papers.models import Language

PREFIX = "DAILY_PAPERS_"
Ungrounded = Literal["cut", "flag"]  # what is done with a number that is not in the paper
StandIn = Literal["extract", "fail"]  # what it means that an extract takes the place of a model's analysis
SAMPLE = "sample:"  # instead of a site's URL: use the bundled sample day, without a network


class Settings(BaseSettings):
    """All settings of a run; each field is the variable `DAILY_PAPERS_<FIELD>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, populate_by_name=True
    )

    store: str = Field("./data", description="where everything is kept: a folder, or s3://bucket/prefix")
    profile: str = Field("default", description="a shipped profile's name, or the path of a TOML file")
    hf_url: str = Field("https://huggingface.co", description="where the day's list comes from")
    arxiv_url: str = Field("https://arxiv.org", description="where the papers come from")
    arxiv_interval: float = Field(3.0, ge=0, description="seconds between two requests to arXiv")
    timeout: float = Field(30.0, gt=0, description="seconds that a site may stay silent")
    tries: int = Field(4, ge=1, description="tries of one request to a site before it counts as failed")
    size_cap_mb: float = Field(40.0, gt=0, description="megabytes that a response may have")
    model: str = Field("extractive", description="extractive, or a model of pydantic-ai (openai-chat:gpt-5-mini)")
    model_url: str | None = Field(None, description="chat-completions address that openai:NAME then means")
    model_key: SecretStr | None = Field(None, description="key for the model at model_url")
    model_timeout: float = Field(180.0, gt=0, description="seconds that one model call may take")
    model_tries: int = Field(4, ge=1, description="tries of one model call before the paper counts as failed")
    model_context: int = Field(60_000, ge=512, description="most tokens of a paper that the model gets")
    model_answer: int = Field(16_000, ge=64, description="most tokens that the model may write in one answer")
    model_output: Literal["auto", "tool", "native", "json_object", "prompted"] = Field(
        "auto", description="how the model is made to follow the schema; auto asks the server"
    )
    extra_body: Annotated[dict[str, Any], NoDecode] = Field(  # pydantic has an attribute `model_extra`
        {},
        validation_alias="daily_papers_model_extra",
        description='JSON object merged into the body of each model call: {"enable_thinking": false}',
    )
    model_stream: bool = Field(False, description="whether the model's answers are streamed")
    model_wait: float = Field(120.0, ge=0, description="seconds to wait for a model server that went away")
    language: Annotated[tuple[Language, ...], NoDecode] = Field(("zh",), description="zh, en, or zh,en")
    second_language: Literal["translate", "analyze"] = Field(
        "translate", description="how the second language is made: a translation, or a second analysis"
    )
    stand_in: StandIn = Field(
        "extract", description="when a model gives no analysis: extract counts as partial, fail ends with exit code 1"
    )
    concurrency: int = Field(8, ge=1, description="model calls at once")
    budget_usd: float | None = Field(None, ge=0, description="US dollars that a run may spend")
    budget_tokens: int | None = Field(None, ge=0, description="tokens that a run may use")
    ungrounded: Ungrounded = Field(
        "cut", description="what is done with a number that is not in the paper: cut or flag"
    )
    alert_url: SecretStr | None = Field(
        None, description="apprise address that failed and crashed runs are reported to"
    )
    gap_days: int = Field(7, ge=0, description="days back in which a run without a date closes gaps")

    site: bool = Field(True, description="whether a run brings the site up to date")
    site_url: str = Field(
        "http://localhost:8000", description="where the site is served; feeds and messages link there"
    )
    notify: SecretStr | None = Field(None, description="apprise URLs that the day's picks are sent to")

    @field_validator("language", mode="before")
    @classmethod
    def _split_languages(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        parts = tuple(dict.fromkeys(part.strip() for part in value.split(",") if part.strip()))
        if not parts or any(part not in get_args(Language) for part in parts):
            raise ValueError(f"'{value}' is not zh, en or zh,en")
        return parts

    @field_validator("extra_body", mode="before")
    @classmethod
    def _parse_object(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            parsed = json.loads(value or "{}")
        except ValueError as error:
            raise ValueError(f"not JSON: {error}") from error
        if not isinstance(parsed, dict):
            raise ValueError('not a JSON object, such as {"enable_thinking": false}')
        return parsed

    @field_validator("model_key")
    @classmethod
    def _strip_key(cls, value: SecretStr | None) -> SecretStr | None:
        return clean_key(value.get_secret_value()) if value else None

    @field_validator("hf_url", "arxiv_url", "model_url", "site_url")
    @classmethod
    def _check_address(cls, value: str | None) -> str | None:
        if value is not None and value != SAMPLE and not value.startswith(("http://", "https://")):
            raise ValueError(f"'{value}' does not begin with http:// or https://")
        return value.rstrip("/") if value else value


def clean_key(text: str) -> SecretStr | None:
    """A key without the white space around it; None for an empty one.

    Raises ValueError for a text that no HTTP header can hold. The message does not quote it.
    """
    key = text.strip()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise ValueError("a key has no blanks and only ASCII letters, digits and marks; this one may be a placeholder")
    return SecretStr(key) if key else None


_options: ContextVar[Mapping[str, Any]] = ContextVar("options", default=MappingProxyType({}))


def set_options(**options: Any) -> None:
    """Set the options of a command, which override the environment; None means that an option was not given.

    They apply in the current context (`contextvars`) and in everything that runs in it, including the flows that the
    command calls.
    """
    _options.set({**_options.get(), **{name: value for name, value in options.items() if value is not None}})


def variable_of(name: str) -> str:
    """The environment variable of a setting, by its field's name or alias."""
    field = Settings.model_fields.get(name)
    alias = (field.validation_alias if field else None) or name
    return PREFIX + str(alias).upper().removeprefix(PREFIX)


def load_settings(**overrides: Any) -> Settings:
    """Settings from the environment and `.env`, overridden by a command's options and then by `overrides`.

    An override that is None counts as not given.

    Raises UsageError that names each invalid variable and the reason.
    """
    try:
        return Settings(**{**_options.get(), **{k: v for k, v in overrides.items() if v is not None}})
    except ValidationError as error:
        lines = [f"  {variable_of(str(e['loc'][0]))}: {e['msg']}" for e in error.errors()]
        raise UsageError("Settings that cannot be used:\n" + "\n".join(lines)) from error
