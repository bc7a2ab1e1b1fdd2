"""What a paper is about, as editions and site print it: labels of directions, then keywords."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from papers.analysis_choice import EXTRACTIVE
from papers.keyword_glossary import head_subject, keyword_in
from papers.models import Analysis, Direction, Language

MAX_TOPICS = 4
MAX_LABELS = 2
CHINESE_OVERLAP = 0.75  # of the characters of a Chinese topic, from which another one says the same
SEPARATORS: Mapping[Language, str] = {"en": "; ", "zh": "；"}


def topics_of(
    analysis: Analysis | None, directions: Sequence[Direction], labels: Mapping[str, str], language: Language
) -> list[str]:
    """The topics of a paper; those of a model's analysis are its application area.

    Of an extract they are its keywords; without one they are one or two of its `directions`, as `labels` call them:
    these are broad, and a word of the title may be meant in another sense. In Chinese a keyword without a Chinese form
    is printed only where there is nothing else.
    """
    if analysis is None or analysis.model != EXTRACTIVE:
        return [analysis.application_area] if analysis and analysis.application_area else []
    keywords = list(dict.fromkeys(_keyword_in(k, language) for k in analysis.keywords))
    if language == "zh":
        chinese = [k for k in keywords if re.search(r"[\u4e00-\u9fff]", k)]
        keywords = chinese if chinese or directions else keywords
    names = [labels.get(d.name, d.name) for d in shown_directions(directions)]
    return (_without_repeats(keywords) or _without_repeats(names)[:MAX_LABELS])[:MAX_TOPICS]


MAX_SHOWN = 3  # directions at a paper


def shown_directions(directions: Sequence[Direction]) -> list[Direction]:
    """The directions that an edition prints at a paper: those that the title or a model names, else the first one."""
    return [d for d in directions if d.is_main][:MAX_SHOWN] or list(directions[:1])


def topic_line(topics: Sequence[str], language: Language) -> str:
    """The topics as one line that begins with a capital; "" if there are none."""
    line = SEPARATORS[language].join(topics)
    return line[:1].upper() + line[1:] if re.match(r"[a-z]+(?![A-Z\d])\b", line) else line


def _keyword_in(keyword: str, language: Language) -> str:
    """The keyword in `language`; without a Chinese form, that of what it is a kind of."""
    if language == "zh" and keyword_in(keyword, language) == keyword and (subject := head_subject(keyword)):
        return keyword_in(subject, language)
    return keyword_in(keyword, language)


def _without_repeats(names: Sequence[str]) -> list[str]:
    """The names without those that an earlier one has: "Agents" and "Reinforcement learning" after "Agentic RL"."""
    kept: list[str] = []
    for name in names:
        if not any(_is_within(name, k) or _initials(name) in k for k in kept):
            kept.append(name)
    return kept


def _is_within(one: str, other: str) -> bool:
    """Whether all words of one topic are in another, whatever their endings; in Chinese its characters."""
    if re.search(r"[\u4e00-\u9fff]", one):
        characters = set(re.sub(r"[\s的与-]", "", one))
        return len(characters & set(other)) >= CHINESE_OVERLAP * len(characters)
    stems = _stems(other)
    return all(any(_is_one_word(stem, s) for s in stems) for stem in _stems(one))


def _is_one_word(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) > 2 and (one.startswith(other) or other.startswith(one)))


def _stems(text: str) -> list[str]:
    words = [
        w
        for w in re.findall(r"\w+", text.casefold().replace("llm", "language model"))
        if w not in ("and", "of", "for", "the")
    ]
    return [re.sub(r"(?:ing|ic|s)$", "", w) if len(w) > 4 else w for w in words]


def _initials(name: str) -> str:
    words = re.findall(r"[A-Za-z]+", name)
    return "".join(w[0] for w in words).upper() if len(words) > 1 else "\0"
