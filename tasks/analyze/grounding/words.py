"""The words of English and Chinese text by their stems, for the comparison of statements with a paper's text."""

from __future__ import annotations

import re
from functools import lru_cache

from papers.numbers.normalization import normalize
from tasks.analyze.grounding.chinese_glossary import english_words

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[-'][A-Za-z0-9]+)*|\d+(?:[.,]\d+)*")
_STOP_WORDS = frozenset([
    "the", "a", "an", "of", "in", "on", "to", "and", "or", "for", "with", "by", "from",
    "as", "at", "is", "are", "was", "were", "be", "been", "this", "that", "these", "those", "it",
    "its", "we", "our", "they", "their", "which", "can", "than", "then", "also", "such", "into", "over",
    "under", "between", "while", "both", "each", "all", "not", "no", "more", "most", "other", "has", "have",
    "had", "do", "does", "use", "used", "using", "based", "via", "per", "only", "when", "where", "how",
    "what", "who", "i.e", "e.g", "et", "al", "paper", "work",
])  # fmt: skip
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ness", "edly", "ers", "er", "ed", "es", "ly", "s", "e")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A crude stem that English inflections share: "improves", "improved" and "improving" have the same."""
    word = word.casefold()
    if len(word) > 5 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)].rstrip("e")
    return word


@lru_cache(maxsize=40_000)
def word_stems(text: str) -> frozenset[str]:
    """The stems of a text's words; for Chinese, of their glossary translations, and all pairs of characters."""
    normalized = normalize(text).text
    stems = set()
    for word in _WORD.findall(normalized):
        if not word[0].isdigit() and word.casefold() not in _STOP_WORDS:
            stems.add(stem(word))
            stems.update(stem(part) for part in re.split(r"[-']", word) if len(part) > 2)
    stems.update(stem(word) for word in english_words(normalized))
    for characters in re.findall(r"[\u4e00-\u9fff]{2,}", normalized):
        stems.update(characters[i : i + 2] for i in range(len(characters) - 1))
    return frozenset(stems)
