"""Passing arguments to Prefect tasks."""

from __future__ import annotations

from typing import TypeVar, cast

from prefect.utilities.annotations import quote

T = TypeVar("T")


def opaque(argument: T) -> T:
    """Wrap an argument of a task so that Prefect does not look inside it.

    Otherwise Prefect searches every nested model and list for futures, three times per task run. For a day's readings
    that takes longer than reading and analysing them.
    """
    return cast(T, quote(argument))  # Prefect unwraps it before it calls the task
