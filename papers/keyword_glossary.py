"""Chinese forms of the commonest keywords of the lists, and which keywords name the subject of a paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from papers.models import Language

GLOSSARY_FILE = Path(__file__).with_name("keywords_zh.txt")  # a keyword and its Chinese form in a line
_NO_TOPICS = "# No topics"  # the heading before keywords that are no subject
_MAX_WORDS = 6  # of a keyword in the glossary


@dataclass(frozen=True)
class _Entry:
    english: str
    chinese: str
    is_topic: bool


def keyword_in(keyword: str, language: Language) -> str:
    """`keyword` in `language`; in its own words if the glossary does not have it."""
    entry = _entries().get(keyword_key(keyword))
    return entry.chinese if entry and language == "zh" else keyword


def is_no_topic(keyword: str) -> bool:
    """Whether the glossary says that `keyword` names no subject: a name, a metric, a part, a word of any paper."""
    entry = _entries().get(keyword_key(keyword))
    return entry is not None and not entry.is_topic


def is_subject(keyword: str) -> bool:
    """Whether the glossary has `keyword` as a subject of papers."""
    entry = _entries().get(keyword_key(keyword))
    return entry is not None and entry.is_topic


def subjects_in(text: str) -> list[str]:
    """The subjects of the glossary that `text` names, the longest first; none within another one."""
    words = keyword_key(text, every_word=True).split()
    places: list[tuple[int, int, str]] = []
    for length in range(min(_MAX_WORDS, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            entry = _entries().get(" ".join(words[start : start + length]))
            within = any(first <= start and start + length <= end for first, end, _ in places)
            if entry and entry.is_topic and not within:
                places.append((start, start + length, entry.english))
    return [english for _, _, english in places]


def ends_subject(word: str) -> bool:
    """Whether a subject of the glossary ends with this word, without a plural s: "animation", "attention"."""
    return word in _last_words()


def head_subject(keyword: str) -> str | None:
    """The subject that `keyword` is a kind of: "video editing" of "instructional video editing"."""
    key = keyword_key(keyword, every_word=True)
    return next((s for s in subjects_in(keyword) if key.endswith(keyword_key(s, every_word=True))), None)


def area_of(keywords: Sequence[str], language: Language) -> str | None:
    """The keywords as an application area; in Chinese only those that have a Chinese form, if there are any."""
    terms = list(dict.fromkeys(keyword_in(k, language) for k in keywords))
    if language == "zh":
        terms = [t for t in terms if t not in keywords] or terms
    return ("；" if language == "zh" else "; ").join(terms) or None


def topic_of(keywords: Sequence[str], name: str | None, language: Language) -> str | None:
    """The keyword that tells the topic, in Chinese best one with a Chinese form; never the work's own name."""
    terms = [k for k in keywords if len(k) > 2 and k != name]
    translated = [k for k in terms if language == "zh" and keyword_in(k, language) != k]
    return next((keyword_in(k, language) for k in [*translated, *terms]), None)


@lru_cache(maxsize=10_000)
def keyword_key(text: str, *, every_word: bool = False) -> str:
    """A keyword for comparison: "Vision-Language Models (VLMs)" is "vision language model".

    Its last word is without a plural s; with `every_word` all words are, and punctuation is left out.
    """
    text = re.sub(r"\s?\([^()]{1,20}\)$", "", text.casefold()).replace("-", " ")
    words = re.findall(r"[\w+.@]+", text) if every_word else text.split()
    return " ".join(_singular(w) if every_word or n == len(words) - 1 else w for n, w in enumerate(words))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def _last_words() -> frozenset[str]:
    return frozenset(key.split()[-1] for key, entry in _entries().items() if entry.is_topic)


@cache
def _entries() -> dict[str, _Entry]:
    """The glossary, by the keys of both kinds."""
    entries: dict[str, _Entry] = {}
    is_topic = True
    for line in GLOSSARY_FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            is_topic = is_topic and not line.startswith(_NO_TOPICS)
        elif line:
            english, chinese = line.split(" | ")
            for every_word in (False, True):
                entries.setdefault(keyword_key(english, every_word=every_word), _Entry(english, chinese, is_topic))
    return entries
