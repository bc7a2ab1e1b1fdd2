"""Runs dates one after another, in the order given, in one process: `python -P order_run.py DATE ...`.

A part of `views_digest`. Settings come from the environment. The flow is that of the checkout on PYTHONPATH.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import sys

from flows.daily import daily


async def run_dates(words: list[str]) -> None:
    """Run each date to its end before the next one."""
    for word in words:
        await daily(dt.date.fromisoformat(word))


if __name__ == "__main__":
    asyncio.run(run_dates(sys.argv[1:]))
