"""How arguments are handed to tasks."""

from __future__ import annotations

from typing import TypeVar, cast

from prefect.utilities.annotations import quote

T = TypeVar("T")


def opaque(argument: T) -> T:
    """The argument, for a task, as one piece.

    Prefect otherwise walks through every model and list that it is made of, three times a task run, to look for
    futures: over a day's readings that takes longer than reading and analysing them.
    """
    return cast(T, quote(argument))  # Prefect takes the wrapper off again before it calls the task
