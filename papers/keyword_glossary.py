"""Chinese forms of the commonest keywords of the lists, so that Chinese editions name their topics in Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from papers.models import Language

GLOSSARY_FILE = Path(__file__).with_name("keywords_zh.txt")  # a keyword and its Chinese form in a line


AREA_SIZE = 5  # keywords in an area
ENOUGH = 2  # Chinese forms from which an area needs no English ones


def keyword_in(keyword: str, language: Language) -> str:
    """`keyword` in `language`; in its own words if the glossary does not have it."""
    return _chinese_forms().get(_key(keyword), keyword) if language == "zh" else keyword


def area_of(keywords: Sequence[str], language: Language) -> str | None:
    """The first keywords as an application area; in Chinese those that have a Chinese form, if there are enough."""
    terms = list(dict.fromkeys(keyword_in(k, language) for k in keywords))
    if language == "zh":
        chinese = [t for t in terms if t not in keywords]
        terms = chinese if len(chinese) >= ENOUGH else [*chinese, *(t for t in terms if t not in chinese)][:3]
    return ("；" if language == "zh" else "; ").join(terms[:AREA_SIZE]) or None


def topic_of(keywords: Sequence[str], name: str | None, language: Language) -> str | None:
    """The keyword that tells the topic, in Chinese best one with a Chinese form; never the work's own name."""
    terms = [k for k in keywords if len(k) > 2 and k != name]
    known = [k for k in terms if language == "zh" and keyword_in(k, language) != k]
    return next((keyword_in(k, language) for k in [*known, *terms]), None)


def _key(keyword: str) -> str:
    """A keyword for comparison: "Vision-Language Models (VLMs)" is "vision language model"."""
    text = re.sub(r"\s?\([^()]{1,20}\)$", "", keyword.casefold()).replace("-", " ")
    words = " ".join(text.split())
    return words[:-1] if len(words) > 4 and words.endswith("s") and not words.endswith("ss") else words


@cache
def _chinese_forms() -> dict[str, str]:
    lines = GLOSSARY_FILE.read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" | ") for line in lines if line and not line.startswith("#"))
    return {_key(english): chinese for english, chinese in pairs}
