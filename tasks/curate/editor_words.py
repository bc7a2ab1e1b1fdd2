"""How the words of a title and an abstract weigh in the picks of human editors.

The weights in `editor_words.json` are those of a logistic regression on the picks of a weekly newsletter in 2024 and
the lists of those days; `scripts/train_picks.py` fits them. Inference needs a dictionary and a sum.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

WEIGHTS_FILE = Path(__file__).with_name("editor_words.json")
TITLE_MARK = "title:"  # begins the feature of a word in a title, which counts besides the word itself
_WORD = re.compile(r"[a-z][a-z0-9]+")
_STOP_WORD_TEXT = """
    a an the of for in on to and or with by from via is are be as at we our this that it its their can which these into
    than using use used based such not more most new both while but have has been also however through across over
    under between without show shows propose proposed present introduce
"""
_STOP_WORDS = frozenset(_STOP_WORD_TEXT.split())


def word_features(title: str, abstract: str) -> frozenset[str]:
    """The words of title and abstract, and those of the title again with `TITLE_MARK`; plurals count as singulars."""
    title_words = _words(title)
    return title_words | _words(abstract) | {TITLE_MARK + word for word in title_words}


def word_points(title: str, abstract: str, weights: Mapping[str, float] | None = None) -> float:
    """How far the words speak for a pick, 0 or more; 1 for a text without known words. Default: the shipped weights."""
    known = shipped_weights() if weights is None else weights
    value = math.fsum(known.get(feature, 0.0) for feature in word_features(title, abstract))
    return max(0.0, 1.0 + value - known.get("", 0.0))


@cache
def shipped_weights() -> Mapping[str, float]:
    """The weight of each feature; that of "" is the mean value of the texts they were fitted on."""
    weights: dict[str, float] = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))["weights"]
    return weights


def _words(text: str) -> frozenset[str]:
    words = (
        w[:-1] if w.endswith("s") and not w.endswith("ss") and len(w) > 3 else w for w in _WORD.findall(text.lower())
    )
    return frozenset(w for w in words if w not in _STOP_WORDS)
