"""What every bench says: its lines, which bounds hold, and how many do not."""

from __future__ import annotations

_missed: list[str] = []


def say(text: str = "") -> None:
    """A line, at once."""
    print(text, flush=True)


def check(holds: bool, told: str) -> None:
    """A line that says whether a bound is kept; one that is not makes the bench fail."""
    say(f"  {'ok  ' if holds else 'FAIL'}  {told}")
    if not holds:
        _missed.append(told)


def ended() -> int:
    """The last lines: the bounds that were missed. The exit code."""
    say(f"\n{len(_missed)} bounds missed" + "".join(f"\n  {told}" for told in _missed))
    return 1 if _missed else 0
