"""Profiles: what a reader is interested in, and the rules and weights of curation, as one TOML file.

Shipped ones lie in `deployments/profiles/`; any other is given by its path.
"""

from __future__ import annotations

import re
import tomllib
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from papers.errors import UsageError
from papers.models import EDITIONS, EditionName, Language


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One case-blind expression of all `patterns`; one that never matches when there are none."""
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"(?!)", re.IGNORECASE)


class Interest(_Part):
    """A direction of research: its name, its Chinese name, the expressions that speak for it, and its weight."""

    name: str = Field(min_length=1)
    zh: str = Field(min_length=1)
    cues: tuple[str, ...] = Field(min_length=1)
    weight: float = Field(1.0, ge=0)

    @field_validator("cues")
    @classmethod
    def _expressions(cls, cues: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(cues)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All cues as one expression, case-blind."""
        return _compiled(self.cues)


class Labs(_Part):
    """Expressions over an organization's full name."""

    super: tuple[str, ...] = ()
    frontier: tuple[str, ...] = ()

    @field_validator("super", "frontier")
    @classmethod
    def _expressions(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(patterns)

    @cached_property
    def super_pattern(self) -> re.Pattern[str]:
        """Super Labs as one expression, case-blind."""
        return _compiled(self.super)

    @cached_property
    def frontier_pattern(self) -> re.Pattern[str]:
        """Frontier Labs as one expression, case-blind."""
        return _compiled(self.frontier)


class Ranked(_Part):
    """The ranked digest: weights of the score, bounds of the tags, and the selection."""

    upvotes_weight: float = 5.0
    stars_weight: float = 6.0
    comments_weight: float = 1.0
    super_lab_bonus: float = 50.0
    frontier_lab_bonus: float = 20.0
    topic_bonus: float = 0.0  # 10 turns the optional bonus and its tag on
    viral_stars: int = 2000
    viral_upvotes: int = 500
    window: int = Field(50, ge=1)  # the first papers of the order, in which the last lab paper is sought
    show: Literal["to-last-lab", "all"] = "to-last-lab"


class Curated(_Part):
    """The curated post: how many picks, and what earns how many stars."""

    picks: int = Field(6, ge=0)
    must_read: float = 3.0  # interest points for three stars
    optional: float = 1.0  # interest points for two stars
    min_upvotes: int = Field(0, ge=0)  # fewer is a weak signal
    exclude: tuple[str, ...] = ()  # titles of surveys and of reports without a method

    @field_validator("exclude")
    @classmethod
    def _expressions(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(patterns)

    @cached_property
    def exclude_pattern(self) -> re.Pattern[str]:
        """Titles that are left out, as one expression, case-blind."""
        return _compiled(self.exclude)


def _checked(patterns: tuple[str, ...]) -> tuple[str, ...]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            raise ValueError(f"'{pattern}' is no regular expression: {error}") from error
    return patterns


class Profile(_Part):
    """All of a profile."""

    name: str
    title_zh: str = "每日论文"
    title_en: str = "Daily AI Papers"
    time_zone: str = "Asia/Shanghai"
    sources: tuple[Literal["hf"], ...] = ("hf",)
    languages: tuple[Language, ...] = ("zh", "en")  # of the editions
    editions: tuple[EditionName, ...] = EDITIONS
    keywords: tuple[str, ...] = ()  # interest keywords over titles, for Must Read
    labs: Labs = Labs()
    ranked: Ranked = Ranked()
    curated: Curated = Curated()
    interests: tuple[Interest, ...] = Field(min_length=1)

    @field_validator("keywords")
    @classmethod
    def _expressions(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(patterns)

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"'{value}' is no time zone, such as Asia/Shanghai") from error
        return value

    @cached_property
    def keyword_pattern(self) -> re.Pattern[str]:
        """The interest keywords as one expression, case-blind."""
        return _compiled(self.keywords)

    def label(self, direction: str, language: Language) -> str:
        """A direction's name in `language`; one that the profile does not know stands as it is."""
        if language == "en":
            return direction
        return next((i.zh for i in self.interests if i.name == direction), direction)


def load_profile(name: str) -> Profile:
    """The shipped profile of that name, or the one in the TOML file at that path.

    Raises UsageError that names the file and each wrong key.
    """
    shipped = files("deployments") / "profiles" / f"{name}.toml"
    path = Path(name) if name.endswith(".toml") else Path(str(shipped))
    if not path.is_file():
        known = sorted(p.stem for p in Path(str(files("deployments"))).glob("profiles/*.toml"))
        raise UsageError(f"No profile '{name}': give one of {', '.join(known)}, or the path of a .toml file")
    try:
        return Profile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        lines = [f"  {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise UsageError(f"{path} cannot be used:\n" + "\n".join(lines)) from error
