"""How the words of a title and an abstract weigh in the picks of human editors.

The weights in `editor_words.json` are those of a logistic regression on the picks of a weekly newsletter in 2024 and
the lists of those days; `scripts/train_picks.py` fits them. Inference needs a dictionary and a sum.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from papers.keyword_glossary import is_subject
from papers.work_names import title_head

WEIGHTS_FILE = Path(__file__).with_name("editor_words.json")
TITLE_MARK = "title:"  # begins the feature of a word in a title, which counts besides the word itself
_WORD = re.compile(r"[a-z][a-z0-9]+")
_STOP_WORD_TEXT = """
    a an the of for in on to and or with by from via is are be as at we our this that it its their can which these into
    than using use used based such not more most new both while but have has been also however through across over
    under between without show shows propose proposed present introduce
"""
_STOP_WORDS = frozenset(_STOP_WORD_TEXT.split())
# What a reason names: so many words, each with so much weight, and none that says nothing of a subject.
MIN_NAMED, MAX_NAMED, LEAST_WEIGHT = 2, 3, 0.015
_GENERAL_WORD_TEXT = """
    ability about accuracy action ai aim all analysis answer answering any art attempt augment augmented average
    baseline better beyond build can chain challenge complex context deep development do does each effective end even
    every external find first framework from frontier future gain generation good guide hard help high how idea
    improve internal iterative key knowledge language large larger learning less llm long low make many matter method
    model more need next no novel one only open out output own paradigm perform point potential powerful problem
    process question real report response self shift single smaller solving standard state step study supervised
    surpassing system task then there they time token toward towards two unlock user what when where which why you
"""
_GENERAL_WORDS = frozenset(_GENERAL_WORD_TEXT.split())
_TOKEN = re.compile(r"(?<![\w-])[A-Za-z]+(?:-[A-Za-z]+)*(?![\w-])")


def word_features(title: str, abstract: str) -> frozenset[str]:
    """The words of title and abstract, and those of the title again with `TITLE_MARK`; plurals count as singulars."""
    title_words = _words(title)
    return title_words | _words(abstract) | {TITLE_MARK + word for word in title_words}


def word_points(title: str, abstract: str, weights: Mapping[str, float] | None = None) -> float:
    """How far the words speak for a pick, 0 or more; 1 for a text without known words. Default: the shipped weights."""
    known = shipped_weights() if weights is None else weights
    value = math.fsum(known.get(feature, 0.0) for feature in word_features(title, abstract))
    return max(0.0, 1.0 + value - known.get("", 0.0))


def frequent_words(
    title: str, abstract: str, keywords: Sequence[str], weights: Mapping[str, float] | None = None
) -> list[str]:
    """The words of title and abstract with the largest weights, as they are written there; [] if only one stands out.

    Only words that name a subject: they stand in the title or in the listed `keywords`, and are no general words. Where
    the glossary has some of them as subjects, only these.
    """
    known = shipped_weights() if weights is None else weights
    features = word_features(title, abstract)
    subject = (_words(title) | _words(" ".join(keywords))) & features
    points = {
        w: known.get(w, 0.0) + (known.get(TITLE_MARK + w, 0.0) if TITLE_MARK + w in features else 0.0) for w in subject
    }
    own_name = title_head(title)
    tokens = [t for t in _TOKEN.findall(f"{title}\n{abstract}") if t != own_name]
    words: list[str] = []
    for word in sorted(points, key=lambda w: (-points[w], w)):
        if points[word] < LEAST_WEIGHT or len(words) == MAX_NAMED:
            break
        token = None if word in _GENERAL_WORDS else _as_written(word, tokens)
        if token and token not in words:
            words.append(token)
    subjects = [word for word in words if is_subject(word)]
    return subjects or (words if len(words) >= MIN_NAMED else [])


def _as_written(word: str, tokens: Sequence[str]) -> str | None:
    """A token that is that word, else one that ends with it; in small letters if it occurs so. None without one."""
    matches = [t for t in tokens if _words(t) == {word}] or [t for t in tokens if _words(t.split("-")[-1]) == {word}]
    return next((t for t in matches if t.islower()), matches[0] if matches else None)


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
