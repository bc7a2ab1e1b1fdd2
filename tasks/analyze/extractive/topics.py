"""The topics of a paper: those of its keywords that name its subject.

A list's keywords also name what the paper does without, the parts that it is made of, and one thing twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_TOPICS = 5
_FRAGMENT = re.compile(
    r"(?:-(?:based|guided|style|driven|aware|free|centric|level|wise|conditioned|agnostic|oriented|like|specific|efficient)"
    r"|[$\\{}])",
    re.IGNORECASE,
)  # ends an adjective, or is part of a formula
# Words of any paper.
_GENERAL = frozenset([
    "ablation study", "ablation studie", "generalization", "performance", "performance degradation", "inference speed",
    "computational efficiency", "efficiency", "offline phase", "user experience", "evaluation", "benchmark", "dataset",
    "training", "model", "state of the art", "experiment", "legal", "scientific",
])  # fmt: skip


def choose_topics(keywords: Sequence[str], title: str, name: str | None, own_sentences: Sequence[str]) -> list[str]:
    """The keywords that title or `own_sentences` (what the paper says of its own work) have, those of the title first.

    `own_sentences` begin with the one that states the contribution. The work's own `name`, fragments, formulas and
    second names of one thing are left out. Where the text has none of the keywords, the first of them are taken.
    """
    usable = [k for k in dict.fromkeys(" ".join(k.split()) for k in keywords) if _is_usable(k, name)]
    places = [_key(title), *map(_key, own_sentences)]
    found = {k: place for k in usable if (place := _first_place(_key(k), places)) is not None}
    order = sorted(found, key=lambda k: min(found[k], 2)) or usable  # after title and contribution, the list's order
    topics: list[str] = []
    for keyword in order:
        if not any(_is_same(keyword, other) for other in topics):
            topics.append(keyword)
    return topics[:MAX_TOPICS]


def _is_usable(keyword: str, name: str | None) -> bool:
    if not keyword or (name and _key(keyword).startswith(_key(name))):
        return False
    if _key(keyword) in _GENERAL:
        return False
    match = _FRAGMENT.search(keyword)
    return match is None or (match.end() < len(keyword) and match.group()[0] == "-")


def _first_place(key: str, places: Sequence[str]) -> int | None:
    return next((n for n, place in enumerate(places) if f" {key}" in f" {place}"), None)


def _is_same(one: str, other: str) -> bool:
    """Whether two keywords name one thing: equal words, one within the other, or an abbreviation."""
    a, b = _key(one), _key(other)
    if a == b or f" {a} " in f" {b} " or f" {b} " in f" {a} ":
        return True
    return _initials(one) == _letters(other) or _initials(other) == _letters(one)


def _key(text: str) -> str:
    """The words of a text for comparison, without plurals: "Vision-Language Models" is "vision language model"."""
    words = re.findall(r"[\w+.@]+", re.sub(r"\s?\([^()]{1,20}\)$", "", text).casefold())
    return " ".join(w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in words)


def _initials(keyword: str) -> str:
    words = re.findall(r"[A-Za-z]+", keyword)
    return "".join(w[0] for w in words).casefold() if len(words) > 1 else ""


def _letters(keyword: str) -> str:
    letters = re.sub(r"[^A-Za-z]", "", keyword)
    return (letters[:-1] if letters.endswith("s") and letters[:-1].isupper() else letters).casefold()
