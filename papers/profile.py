"""Profiles: what a reader is interested in, and the rules and weights of curation, as one TOML file.

Shipped ones lie in `deployments/profiles/`; any other is given by its path.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from papers.errors import UsageError
from papers.models import EDITIONS, EditionName, Language
from papers.toml_lines import key_lines, line_of

ARXIV_SOURCE = re.compile(r"arxiv:([a-z][a-z-]*(?:\.[A-Za-z][A-Za-z-]*)?)")


def _expression(pattern: str) -> str:
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"'{pattern}' is no regular expression: {error}") from error
    if compiled.fullmatch("") or compiled.search(" \u2063 "):
        raise ValueError(f"'{pattern}' matches every text, the empty one too")
    return pattern


def _source(value: str) -> str:
    if value != "hf" and not ARXIV_SOURCE.fullmatch(value):
        raise ValueError(f"'{value}' is no source: give hf, or a category such as arxiv:cs.CL")
    return value


Expression = Annotated[str, AfterValidator(_expression)]
Expressions = tuple[Expression, ...]
Source = Annotated[str, AfterValidator(_source)]
# A number as TOML has it: no text and no boolean is taken for one.
Weight = Annotated[float, Field(strict=True, ge=0, le=1000, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _compiled(patterns: Sequence[str]) -> re.Pattern[str]:
    """One case-blind expression of all `patterns`; one that never matches when there are none."""
    return re.compile("|".join(f"(?:{p})" for p in patterns) or r"(?!)", re.IGNORECASE)


class Interest(_Part):
    """A direction of research: its name, its Chinese name, the expressions that speak for it, and its weight.

    `not_cues` speak against it: where one stands, what it covers is no cue ("diffusion of innovations").
    """

    name: str = Field(min_length=1)
    zh: str = Field(min_length=1)
    cues: Expressions = Field(min_length=1)
    not_cues: Expressions = ()
    weight: Weight = 1.0

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """All cues as one expression, case-blind."""
        return _compiled(self.cues)

    @cached_property
    def not_pattern(self) -> re.Pattern[str]:
        """What is no cue, as one expression, case-blind."""
        return _compiled(self.not_cues)


class Labs(_Part):
    """Expressions over an organization's full name."""

    super: Expressions = ()
    frontier: Expressions = ()

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

    upvotes_weight: Weight = 5.0
    stars_weight: Weight = 6.0
    comments_weight: Weight = 1.0
    super_lab_bonus: Weight = 50.0
    frontier_lab_bonus: Weight = 20.0
    topic_bonus: Weight = 0.0  # 10 turns the optional bonus and its tag on
    viral_stars: Count = 2000
    viral_upvotes: Count = 500
    window: int = Field(50, ge=1, strict=True)  # the first papers of the order, in which the last lab paper is sought
    show: Literal["to-last-lab", "all"] = "to-last-lab"


class Exclusion(_Part):
    """Papers that the curated post leaves out: expressions over title and abstract, and what is said of them.

    `name` makes the rule that the snapshot names: `excluded-NAME`.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    title: Expressions = ()
    abstract: Expressions = ()

    @property
    def rule(self) -> str:
        """The rule's code in the snapshots."""
        return f"excluded-{self.name}"

    @cached_property
    def patterns(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Where to look, and for what."""
        return (("title", _compiled(self.title)), ("abstract", _compiled(self.abstract)))


class Curated(_Part):
    """The curated post: how many picks, and what earns how many stars."""

    picks: int = Field(6, ge=0, le=100, strict=True)
    must_read: Weight = 3.0  # interest points for three stars
    optional: Weight = 1.0  # interest points for two stars
    min_upvotes: Count = 0  # with fewer, a paper of two stars is a weak signal
    near_duplicate: float = Field(
        0.6, gt=0, le=1, strict=True
    )  # likeness of two texts, from which one repeats the other
    exclude: tuple[Exclusion, ...] = ()

    @model_validator(mode="after")
    def _stars(self) -> Curated:
        if self.must_read < self.optional:
            raise ValueError(f"must_read ({self.must_read:g}) is below optional ({self.optional:g})")
        return self


class Profile(_Part):
    """All of a profile."""

    name: str = Field(min_length=1)
    title_zh: str = "每日论文"
    title_en: str = "Daily AI Papers"
    time_zone: str = "Asia/Shanghai"
    sources: tuple[Source, ...] = Field(("hf",), min_length=1)
    languages: tuple[Language, ...] = Field(("zh", "en"), min_length=1)  # of the editions
    editions: tuple[EditionName, ...] = Field(EDITIONS, min_length=1)
    keywords: Expressions = ()  # interest keywords over titles, for Must Read
    labs: Labs = Labs()
    ranked: Ranked = Ranked()
    curated: Curated = Curated()
    interests: tuple[Interest, ...] = Field(min_length=1)

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"'{value}' is no time zone, such as Asia/Shanghai") from error
        return value

    @field_validator("sources", "languages", "editions")
    @classmethod
    def _once(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if twice := [v for n, v in enumerate(values) if v in values[:n]]:
            raise ValueError(f"'{twice[0]}' stands twice")
        return values

    @field_validator("interests")
    @classmethod
    def _names(cls, values: tuple[Interest, ...]) -> tuple[Interest, ...]:
        names = [i.name.casefold() for i in values]
        if twice := [i.name for n, i in enumerate(values) if i.name.casefold() in names[:n]]:
            raise ValueError(f"the interest '{twice[0]}' stands twice")
        return values

    @cached_property
    def keyword_pattern(self) -> re.Pattern[str]:
        """The interest keywords as one expression, case-blind."""
        return _compiled(self.keywords)

    def label(self, direction: str, language: Language) -> str:
        """A direction's name in `language`; one that the profile does not know stands as it is."""
        if language == "en":
            return direction
        return next((i.zh for i in self.interests if i.name == direction), direction)

    def exclusion(self, rule: str, language: Language) -> str | None:
        """What is said in `language` of a paper that the rule `excluded-NAME` left out; None for an unknown rule."""
        found = next((e for e in self.curated.exclude if e.rule == rule), None)
        if found is None:
            return None
        return found.zh if language == "zh" else found.en


def load_profile(name: str) -> Profile:
    """The shipped profile of that name, or the one in the TOML file at that path.

    Raises UsageError that names the file and, for each fault, the line, the key and what is wrong with it.
    """
    shipped = files("deployments") / "profiles" / f"{name}.toml"
    path = Path(name) if name.endswith(".toml") else Path(str(shipped))
    if not path.is_file():
        known = sorted(p.stem for p in Path(str(files("deployments"))).glob("profiles/*.toml"))
        raise UsageError(f"No profile '{name}': give one of {', '.join(known)}, or the path of a .toml file")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return parse_profile(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise UsageError(f"{path} cannot be used: line {line}: it is no UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        lines = key_lines(text)
        faults = sorted((line_of(e["loc"], lines), _fault(e)) for e in _own(error))
        told = "\n".join(f"  line {line}: {fault}" for line, fault in faults)
        raise UsageError(f"{path} cannot be used:\n{told}") from error


def parse_profile(text: str) -> Profile:
    """The profile of a TOML text. Raises tomllib.TOMLDecodeError or pydantic's ValidationError."""
    return Profile.model_validate(tomllib.loads(text))


def _own(error: ValidationError) -> list[dict[str, Any]]:
    """The faults, but for lists that are too short only since their items are at fault."""
    found: list[dict[str, Any]] = [dict(e) for e in error.errors()]

    def within(loc: tuple[str | int, ...]) -> bool:
        return any(e["loc"][: len(loc)] == loc and len(e["loc"]) > len(loc) for e in found)

    return [e for e in found if e["type"] != "too_short" or not within(e["loc"])]


def _fault(error: dict[str, Any]) -> str:
    """One line about a fault: the key, what is wrong, and for an unknown key the ones that it may be meant for."""
    loc: tuple[str | int, ...] = error["loc"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    if error["type"] == "extra_forbidden":
        known = _keys_beside(loc)
        close = difflib.get_close_matches(str(loc[-1]), known, 1)
        hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
        return f"{key}: there is no such key; {hint}"
    if error["type"] == "too_short":
        return f"{key}: the list is empty, it has to name at least one"
    if error["type"] == "missing":
        return f"{key}: the key is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    given = error.get("input")
    return f"{key}: {message}" + (f" (it is {given!r})" if isinstance(given, str | int | float) else "")


def _keys_beside(loc: tuple[str | int, ...]) -> list[str]:
    """The keys that may stand where the last key of `loc` stands."""
    model: Any = Profile
    parts: dict[str, type[_Part]] = {
        "labs": Labs,
        "ranked": Ranked,
        "curated": Curated,
        "interests": Interest,
        "exclude": Exclusion,
    }
    for part in loc[:-1]:
        model = parts.get(str(part), model)
    return sorted(model.model_fields)
