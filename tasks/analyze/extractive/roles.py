"""Labels the sentences of an abstract or a section by their role, with a small linear model.

The roles are background, objective, method, result and other. The weights are in `role_weights.npz` beside this module:
a softmax over hashed features of a sentence and its neighbours, and the log odds of one role after another, with which
the labels of all sentences are chosen together. `make train-roles` makes the file.

The weights were learned from the training part of CSAbstruct alone (A. Cohan, I. Beltagy, D. King, B. Dalvi, D. Weld,
"Pretrained Language Models for Sequential Sentence Classification", EMNLP 2019; data of
allenai/sequential_sentence_classification, Apache-2.0). On its development part, from which nothing was
learned, micro-F1 is 0.676 over all sentences and 0.817 over those on whose label at least 60% of the people agreed.
"""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ROLES = ("background", "objective", "method", "result", "other")
WEIGHTS_FILE = Path(__file__).with_name("role_weights.npz")
BUCKETS = 1 << 18  # of the feature hash
MAX_SENTENCE = 2000  # characters of a sentence that are looked at
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?|[%$©]")

_SPREAD = 40_503  # an odd number: multiplied by it, buckets stay apart

Floats = NDArray[np.float32]
Buckets = NDArray[np.int64]


class RoleWeights(NamedTuple):
    """The model: `features` has a row for each bucket and a column for each role; the others are log odds of roles."""

    features: NDArray[np.int8]
    scale: Floats  # by role: what a step of `features` is worth
    intercept: Floats  # by role
    start: Floats  # by role, for the first sentence
    transitions: Floats  # from the role of a row to that of a column


def label_sentences(sentences: Sequence[str]) -> list[str]:
    """The role of each sentence of one abstract or section, in order: one of `ROLES`."""
    if not sentences:
        return []
    weights = _load_weights()
    return [ROLES[i] for i in _most_likely(role_scores(sentences), weights.start, weights.transitions)]


def role_scores(sentences: Sequence[str]) -> Floats:
    """The log probability of each role (columns) for each sentence (rows), by the sentence and its neighbours alone."""
    weights = _load_weights()
    rows = [values @ weights.features[buckets] for buckets, values in sentence_features(sentences)]
    scores = np.stack(rows) * weights.scale + weights.intercept
    scores -= scores.max(axis=1, keepdims=True)
    normalized: Floats = (scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))).astype(np.float32)
    return normalized


def sentence_features(sentences: Sequence[str]) -> list[tuple[Buckets, Floats]]:
    """For each sentence the buckets of its features and their values: n-grams of it and its neighbours, place, length.

    A bucket may occur more than once; its values add up.
    """
    tokens = [_tokens(sentence) for sentence in sentences]
    own = [_buckets(_grams(words)) for words in tokens]
    context = [_buckets(_context_grams(words)) for words in tokens]
    return [_features(own[i], context, len(tokens[i]), i) for i in range(len(sentences))]


def _features(own: Buckets, context: Sequence[Buckets], word_count: int, place: int) -> tuple[Buckets, Floats]:
    count = len(context)
    parts = [(own, len(own) ** -0.5)]
    for offset in (-1, 1):
        if 0 <= place + offset < count:
            shifted = (context[place + offset] * _SPREAD + offset) % BUCKETS  # other buckets than its own n-grams
            parts.append((shifted, 0.6 * len(shifted) ** -0.5))
        else:
            parts.append((_buckets([f"none at {offset}"]), 0.5))
    places = [f"place={min(place, 12)}", f"place from end={min(count - 1 - place, 12)}", f"share={8 * place // count}"]
    parts.append((_buckets(places), 0.5))
    parts.append((_buckets([f"count={min(count, 15)}", f"words={min(word_count // 6, 8)}"]), 0.25))
    buckets = np.concatenate([b for b, _ in parts])
    return buckets, np.concatenate([np.full(len(b), value, dtype=np.float32) for b, value in parts])


def _buckets(names: Sequence[str]) -> Buckets:
    return np.array([zlib.crc32(name.encode()) % BUCKETS for name in names], dtype=np.int64)


def _tokens(sentence: str) -> list[str]:
    """The words in lower case; each number is "#"."""
    return ["#" if word[0].isdigit() else word for word in _TOKEN.findall(sentence[:MAX_SENTENCE].lower())]


def _grams(words: list[str]) -> list[str]:
    """The distinct n-grams: of one to three words, and of six or more letters a word's two ends (p, x)."""
    bounded = ["<", *words, ">"]
    names = _context_grams(words)
    names += [f"t={a}_{b}_{c}" for a, b, c in zip(bounded, bounded[1:], bounded[2:], strict=False)]
    for word in words:
        if len(word) > 5:
            names += (f"p={word[:5]}", f"x={word[-4:]}")
    return list(dict.fromkeys(names))


def _context_grams(words: list[str]) -> list[str]:
    """The distinct n-grams that count for the neighbours too: of one word, of two, and of the first ones (s)."""
    bounded = ["<", *words, ">"]
    names = [f"u={word}" for word in words]
    names += [f"b={a}_{b}" for a, b in itertools.pairwise(bounded)]
    names += [f"s={'_'.join(words[:count])}" for count in (1, 2, 3)]
    return list(dict.fromkeys(names))


def _most_likely(scores: Floats, start: Floats, transitions: Floats) -> list[int]:
    """The most likely sequence of roles (Viterbi), as indices of `ROLES`."""
    best = scores[0] + start
    before: list[NDArray[np.int64]] = []
    for row in scores[1:]:
        paths = best[:, None] + transitions
        before.append(paths.argmax(axis=0))
        best = paths.max(axis=0) + row
    labels = [int(best.argmax())]
    for choices in reversed(before):
        labels.append(int(choices[labels[-1]]))
    return labels[::-1]


@cache
def _load_weights() -> RoleWeights:
    with np.load(WEIGHTS_FILE) as arrays:
        return RoleWeights(*(arrays[name] for name in RoleWeights._fields))
