"""Makes a reason of a code and its parts, which may be reasons themselves."""

from __future__ import annotations

from collections.abc import Iterator

from papers.models import Reason, ReasonPart
from papers.text import replace_surrogates


def make_reason(code: str, **parts: object) -> Reason:
    """A reason with these parts, without those that are None.

    A part may be a reason, or a list of reasons. Numbers of type float have one decimal, or two if they need them.
    """
    return Reason(code=code, parts=[part for name, value in parts.items() for part in _parts_of(name, value)])


def _parts_of(name: str, value: object) -> Iterator[ReasonPart]:
    if isinstance(value, Reason):
        yield ReasonPart(name=name, value=value.code)
        yield from (ReasonPart(name=f"{name}.{part.name}", value=part.value) for part in value.parts)
    elif isinstance(value, list):
        for number, reason in enumerate(value):
            yield from _parts_of(f"{name}.{number}", reason)
    elif value is not None:
        yield ReasonPart(name=name, value=_value_text(value))


def _value_text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if round(value, 1) == value else f"{value:.2f}"
    return replace_surrogates(str(value))
