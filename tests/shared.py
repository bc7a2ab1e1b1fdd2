"""Where the recorded inputs are, for the tests that need them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Beside the checkout, not in it: the recordings contain other people's text, which the project may not distribute.
SHARED = Path(os.environ.get("DAILY_PAPERS_SHARED") or Path(__file__).resolve().parents[2] / "shared")

needs_shared = pytest.mark.skipif(
    not (SHARED / "recorded").is_dir(),
    reason="needs the recorded inputs: a folder `shared` beside the checkout, or DAILY_PAPERS_SHARED",
)
