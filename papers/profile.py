"""Profiles: a reader's interests, and the rules and weights of curation, in one TOML file.

Bundled profiles are in `deployments/profiles/`; any other is given by its path.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from papers.errors import UsageError
from papers.models import EDITIONS, EditionName, Language
from papers.regular_expressions import Expression, check_expression
from papers.toml_lines import key_lines, line_of

ARXIV_SOURCE = re.compile(r"arxiv:([a-z][a-z-]*(?:\.[A-Za-z][A-Za-z-]*)?)")


def _check_source(value: str) -> str:
    if value != "hf" and not ARXIV_SOURCE.fullmatch(value):
        raise ValueError(f"'{value}' is no source: give hf, or a category such as arxiv:cs.CL")
    return value


Pattern = Annotated[str, AfterValidator(check_expression)]
Patterns = tuple[Pattern, ...]
Source = Annotated[str, AfterValidator(_check_source)]
# Numbers are strict: a string or a boolean is not converted.
Weight = Annotated[float, Field(strict=True, ge=0, le=1000, allow_inf_nan=False)]
Count = Annotated[int, Field(strict=True, ge=0, le=10**9)]
SignedWeight = Annotated[float, Field(strict=True, ge=-1000, le=1000, allow_inf_nan=False)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Interest(_Section):
    """A direction of research: its name, its labels, the expressions that indicate it, and its weight.

    Snapshots have the name; editions and site print the label, in English `en` or else the name.

    Text that matches one of `not_cues` does not count as a cue ("diffusion of innovations"). `last_cues` are looked for
    in the titles of papers that have no direction otherwise: "technical report" tells little of a paper's subject.
    """

    name: str = Field(min_length=1)
    zh: str = Field(min_length=1)
    en: str = ""
    cues: Patterns = Field(min_length=1)
    not_cues: Patterns = ()
    last_cues: Patterns = ()
    weight: Weight = 1.0

    @cached_property
    def pattern(self) -> Expression:
        """All cues as one case-insensitive expression."""
        return Expression(self.cues)

    @cached_property
    def not_pattern(self) -> Expression:
        """All `not_cues` as one case-insensitive expression."""
        return Expression(self.not_cues)

    @cached_property
    def last_pattern(self) -> Expression:
        """All `last_cues` as one case-insensitive expression."""
        return Expression(self.last_cues)


class Labs(_Section):
    """Expressions that are matched against an organization's full name."""

    super: Patterns = ()
    frontier: Patterns = ()

    @cached_property
    def super_pattern(self) -> Expression:
        """The Super Labs as one case-insensitive expression."""
        return Expression(self.super)

    @cached_property
    def frontier_pattern(self) -> Expression:
        """The Frontier Labs as one case-insensitive expression."""
        return Expression(self.frontier)


class Ranked(_Section):
    """The ranked digest: the weights of the score, the thresholds of the tags, and the selection."""

    upvotes_weight: Weight = 5.0
    stars_weight: Weight = 6.0
    comments_weight: Weight = 1.0
    super_lab_bonus: Weight = 50.0
    frontier_lab_bonus: Weight = 20.0
    topic_bonus: Weight = 0.0  # 10 turns on the optional bonus and its tag
    viral_stars: Count = 2000
    viral_upvotes: Count = 500
    window: int = Field(50, ge=1, strict=True)  # the number of top papers among which the last lab paper is searched
    show: Literal["to-last-lab", "all"] = "to-last-lab"


class TextRule(_Section):
    """A rule on the words of a paper: expressions for title and abstract, and those that speak against it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)
    title: Patterns = ()
    abstract: Patterns = ()
    unless: Patterns = ()  # in title or abstract: the rule does not apply ("we propose a method")

    @cached_property
    def patterns(self) -> tuple[tuple[str, Expression], ...]:
        """Each field to search ("title", "abstract") with its expression."""
        return (("title", Expression(self.title)), ("abstract", Expression(self.abstract)))

    @cached_property
    def _unless_pattern(self) -> Expression:
        return Expression(self.unless)

    def evidence(self, texts: Mapping[str, str]) -> tuple[str, str] | None:
        """The field that shows the rule and the words in it, given the texts by field; None if it does not apply."""
        for place, pattern in self.patterns:
            if (match := pattern.first_match(texts[place])) is not None:
                against = any(self._unless_pattern.first_match(text) is not None for text in texts.values())
                return None if against else (place, match)
        return None


class Exclusion(TextRule):
    """Papers that the curated post leaves out, with the reason to print.

    In the snapshots the rule is called `excluded-NAME`.
    """

    @property
    def rule(self) -> str:
        """The rule's name in the snapshots."""
        return f"excluded-{self.name}"


class Kind(TextRule):
    """A kind of paper, and the points that it adds to the pick score or takes from it."""

    weight: SignedWeight = 0.0


class PickWeights(_Section):
    """The weights of the pick score, in points."""

    words: Weight = 0.0  # of the words in title and abstract, as editors' picks weigh them; 0: not used
    interest: Weight = 3.0  # for an interest point
    upvotes: Weight = 20.0  # for the day's most upvoted new paper; the others by their place
    stars: Weight = 1.0  # for the natural logarithm of 1 + stars
    super_lab: Weight = 6.0
    frontier_lab: Weight = 3.0
    trophy: Weight = 6.0
    keywords: Weight = 1.0  # interest points of a direction whose cue is only in the listed keywords


class Curated(_Section):
    """The curated post: the number of picks, and the thresholds of the star ratings."""

    picks: int = Field(6, ge=0, le=100, strict=True)
    must_read: Weight = 3.0  # interest points that a must-read has at least
    optional: Weight = 1.0  # interest points that a pick has at least
    min_upvotes: Count = 0  # a paper with fewer upvotes is a weak signal, once half of the day's papers have 3
    most_upvoted: bool = Field(True, strict=True)  # whether the day's most upvoted new paper has a place
    near_duplicate: float = Field(
        0.6, gt=0, le=1, strict=True
    )  # similarity of two texts from which they are near duplicates
    exclude: tuple[Exclusion, ...] = ()
    kinds: tuple[Kind, ...] = ()
    weights: PickWeights = PickWeights()

    @model_validator(mode="after")
    def _check_star_bounds(self) -> Curated:
        if self.must_read < self.optional:
            raise ValueError(f"must_read ({self.must_read:g}) is below optional ({self.optional:g})")
        return self


class Profile(_Section):
    """A whole profile."""

    name: str = Field(min_length=1)
    title_zh: str = "每日论文"
    title_en: str = "Daily AI Papers"
    time_zone: str = "Asia/Shanghai"
    sources: tuple[Source, ...] = Field(("hf",), min_length=1)
    languages: tuple[Language, ...] = Field(("zh", "en"), min_length=1)  # of the editions
    editions: tuple[EditionName, ...] = Field(EDITIONS, min_length=1)
    keywords: Patterns = ()  # interest keywords that are matched against titles, for Must Read
    labs: Labs = Labs()
    ranked: Ranked = Ranked()
    curated: Curated = Curated()
    interests: tuple[Interest, ...] = Field(min_length=1)

    @field_validator("time_zone")
    @classmethod
    def _check_time_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"'{value}' is not a time zone such as Asia/Shanghai") from error
        return value

    @field_validator("sources", "languages", "editions")
    @classmethod
    def _check_no_repeats(cls, values: tuple[Any, ...]) -> tuple[Any, ...]:
        if repeats := [v for n, v in enumerate(values) if v in values[:n]]:
            raise ValueError(f"'{repeats[0]}' is given twice")
        return values

    @field_validator("interests")
    @classmethod
    def _check_unique_names(cls, values: tuple[Interest, ...]) -> tuple[Interest, ...]:
        names = [i.name.casefold() for i in values]
        if repeats := [i.name for n, i in enumerate(values) if i.name.casefold() in names[:n]]:
            raise ValueError(f"the interest '{repeats[0]}' is given twice")
        return values

    @cached_property
    def keyword_pattern(self) -> Expression:
        """The interest keywords as one case-insensitive expression."""
        return Expression(self.keywords)

    def label(self, direction: str, language: Language) -> str:
        """A direction's label in `language`; its name if the profile does not have the direction, or no such label."""
        labels = (i.zh if language == "zh" else i.en for i in self.interests if i.name == direction)
        return next(labels, "") or direction


def load_profile(name: str) -> Profile:
    """The bundled profile of that name, or the one in the TOML file at that path.

    Raises UsageError with the file name and, for each error, the line, the key and what is wrong with it.
    """
    shipped_file = files("deployments") / "profiles" / f"{name}.toml"
    path = Path(name) if name.endswith(".toml") else Path(str(shipped_file))
    if not path.is_file():
        names = sorted(p.stem for p in Path(str(files("deployments"))).glob("profiles/*.toml"))
        raise UsageError(f"No profile '{name}': give one of {', '.join(names)}, or the path of a .toml file")
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
        errors = sorted((line_of(e["loc"], lines), _describe_error(e)) for e in _root_faults(error))
        report = "\n".join(f"  line {line}: {message}" for line, message in errors)
        raise UsageError(f"{path} cannot be used:\n{report}") from error


def parse_profile(text: str) -> Profile:
    """Parse a profile in TOML. Raises tomllib.TOMLDecodeError or pydantic's ValidationError."""
    return Profile.model_validate(tomllib.loads(text))


def _root_faults(error: ValidationError) -> list[dict[str, Any]]:
    """The errors, without lists that are too short only because their items are invalid."""
    errors: list[dict[str, Any]] = [dict(e) for e in error.errors()]

    def has_faulty_items(loc: tuple[str | int, ...]) -> bool:
        return any(e["loc"][: len(loc)] == loc and len(e["loc"]) > len(loc) for e in errors)

    return [e for e in errors if e["type"] != "too_short" or not has_faulty_items(e["loc"])]


def _describe_error(error: dict[str, Any]) -> str:
    """One line for an error: the key, what is wrong, and for an unknown key the ones that may be meant."""
    loc: tuple[str | int, ...] = error["loc"]
    key = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in loc).lstrip(".")
    if error["type"] == "extra_forbidden":
        keys = _sibling_keys(loc)
        close = difflib.get_close_matches(str(loc[-1]), keys, 1)
        hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(keys)}"
        return f"{key}: there is no such key; {hint}"
    if error["type"] == "too_short":
        return f"{key}: the list is empty, it has to name at least one"
    if error["type"] == "missing":
        return f"{key}: the key is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    value = error.get("input")
    return f"{key}: {message}" + (f" (it is {value!r})" if isinstance(value, str | int | float) else "")


def _sibling_keys(loc: tuple[str | int, ...]) -> list[str]:
    """The keys that are valid at the place of the last key of `loc`."""
    model: Any = Profile
    sections: dict[str, type[_Section]] = {
        "labs": Labs,
        "ranked": Ranked,
        "curated": Curated,
        "interests": Interest,
        "exclude": Exclusion,
        "kinds": Kind,
        "weights": PickWeights,
    }
    for part in loc[:-1]:
        model = sections.get(str(part), model)
    return sorted(model.model_fields)
