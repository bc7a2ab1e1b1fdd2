"""Output shared by all benchmarks: lines, checks of bounds, and the exit code."""

from __future__ import annotations

_missed_bounds: list[str] = []


def print_line(text: str = "") -> None:
    """Print a line without buffering."""
    print(text, flush=True)


def check(holds: bool, text: str) -> None:
    """Print whether a bound holds; the benchmark fails if one does not."""
    print_line(f"  {'ok  ' if holds else 'FAIL'}  {text}")
    if not holds:
        _missed_bounds.append(text)


def finish() -> int:
    """Print the bounds that were missed; returns the exit code."""
    print_line(f"\n{len(_missed_bounds)} bounds missed" + "".join(f"\n  {text}" for text in _missed_bounds))
    return 1 if _missed_bounds else 0
