"""Which rows and columns of a table a statement names.

Names are compared by their words, not as strings: "AIME- 24" is named by "AIME 2024", and "Avg. Succ. (↑)" by "average
success rate" and by 平均成功率. A name that is written only in part counts as less than one written in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from papers.numbers.normalization import normalize
from tasks.analyze.grounding.chinese_glossary import CHINESE_WORD, GLOSSARY
from tasks.analyze.grounding.words import stem

MAX_GAP = 3  # words from one word of a name to the next: "success rate on average"
MAX_TOKENS = 400  # of a statement; more is not a sentence

_TOKEN = re.compile(r"w/o\b|[A-Za-z]+|\d+(?:\.\d+)?|[\u4e00-\u9fff]+|[\u0370-\u03ff]")
_SYNONYMS = {
    "avg": "average", "mean": "average", "ave": "average", "acc": "accuracy", "accurat": "accuracy",
    "succ": "success", "param": "parameter", "dev": "validation", "val": "validation", "temp": "temperature",
    "lat": "latency", "mem": "memory", "prec": "precision", "rec": "recall", "ppl": "perplexity",
    "finetun": "finetune", "std": "deviation", "w/o": "without", "ours": "our", "propos": "our",
}  # fmt: skip
_STOP_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "in",
        "on",
        "to",
        "and",
        "or",
        "for",
        "with",
        "w",
        "by",
        "from",
        "as",
        "at",
        "is",
        "are",
        "our",
        "ours",
        "we",
        "this",
        "that",
    ]
)
_GENERIC = frozenset(
    [
        "model",
        "method",
        "approach",
        "result",
        "score",
        "value",
        "performance",
        "rate",
        "name",
        "type",
        "data",
        "dataset",
        "task",
    ]
)
_OPTIONAL = re.compile(r"\[[^\]]{0,40}\]|\([^()]{0,60}\)")
_MARKUP = re.compile(r"\\[A-Za-z]+|[{}$^_~↑↓⬆⬇]|\[(?:BOLD|ITALIC|EMPTY|CONTINUE)\]|\[\d{1,3}(?:, ?\d{1,3})*\]")
_CITATION = re.compile(
    r"\((?:[A-Z][\w'-]{0,30}(?: et al\.?| (?:and|&) [A-Z][\w'-]{0,30})?,? ?\(?(?:19|20)\d\d[a-z]?\)?;? ?){1,6}\)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True)
class Token:
    """A word or number of a statement: what it may mean, and its offsets in the original text."""

    keys: frozenset[str]
    start: int
    end: int


@dataclass(frozen=True)
class Name:
    """The name of a row or column, as its words."""

    text: str
    keys: frozenset[str]  # all words
    required: frozenset[str]  # those outside parentheses: without them the name is not complete
    context: frozenset[str] = frozenset()  # the words of what it is among: its group, its other labels

    @property
    def is_generic(self) -> bool:
        """Whether each of its words is in most statements ("Score", "Model"), or it has none."""
        return self.required <= _GENERIC


@dataclass(frozen=True)
class Mention:
    """A complete name in a statement: the places of its words among the statement's tokens, and the lines so named."""

    places: frozenset[int]
    lines: frozenset[int]

    @property
    def first(self) -> int:
        """The place of its first word."""
        return min(self.places)

    @property
    def last(self) -> int:
        """The place of its last word."""
        return max(self.places)


@lru_cache(maxsize=4_000)
def tokens_of(text: str) -> tuple[Token, ...]:
    """The words and numbers of a statement; Chinese words by their English translations."""
    normalized = normalize(text)
    tokens: list[Token] = []
    for match in _TOKEN.finditer(normalized.text):
        word = match.group()
        if "\u4e00" <= word[0] <= "\u9fff":
            for part in CHINESE_WORD.finditer(word):
                keys = frozenset(map(_key, GLOSSARY[part.group()]))
                start, end = match.start() + part.start(), match.start() + part.end()
                tokens.append(Token(keys, *normalized.span(start, end)))
        else:
            tokens.append(Token(frozenset({_key(word)}), *normalized.span(*match.span())))
        if len(tokens) > MAX_TOKENS:
            break
    return tuple(tokens)


@lru_cache(maxsize=20_000)
def _key(word: str) -> str:
    if _YEAR.fullmatch(word):
        return word[2:]  # AIME 2024, AIME24
    word = word.casefold()
    return _SYNONYMS.get(word) or _SYNONYMS.get(stem(word)) or stem(word)


@lru_cache(maxsize=20_000)
def name_of(text: str, context: str = "") -> Name:
    """The name of a row or column from its label; `context` is what it may also be called by, such as its group."""
    plain = _plain(text)
    keys, context_keys = _name_keys(plain), _name_keys(_plain(context))
    return Name(
        " ".join(plain.split()), keys | context_keys, _name_keys(_OPTIONAL.sub(" ", plain)) or keys, context_keys
    )


def _plain(text: str) -> str:
    return _MARKUP.sub(" ", _CITATION.sub(" ", text))


def _name_keys(text: str) -> frozenset[str]:
    keys = frozenset(key for token in tokens_of(text) for key in token.keys)
    return (keys - _STOP_WORDS) or keys  # "Ours"


class AxisMentions:
    """How a statement names the lines (the rows, or the columns) of a table."""

    def __init__(self, names: Sequence[Name], tokens: Sequence[Token]) -> None:
        self.names = names
        places_by_key: dict[str, list[int]] = {}
        for place, token in enumerate(tokens):
            for key in token.keys:
                places_by_key.setdefault(key, []).append(place)
        self._places = [_places_of(name, places_by_key) for name in names]
        self.mentions = self._complete_mentions()

    def lines_in_named_context(self) -> list[int]:
        """The lines whose context the statement names in full, such as all rows of a group."""
        return [
            line
            for line, name in enumerate(self.names)
            if any(True for _ in _windows(name.context, self._places[line]))
        ]

    def named_keys(self, line: int, ignored: frozenset[int]) -> frozenset[str]:
        """The words of the line's name that the statement has outside the `ignored` places."""
        places = {key: [p for p in found if p not in ignored] for key, found in self._places[line].items()}
        return frozenset(_adjacent(places))

    def is_complete(self, line: int, ignored: frozenset[int]) -> bool:
        """Whether the statement has the line's whole name outside the `ignored` places."""
        return any(line in m.lines and not m.places & ignored for m in self.mentions)

    def _complete_mentions(self) -> list[Mention]:
        """The complete names, those with more words first where two overlap, in their order in the statement."""
        lines_by_places: dict[frozenset[int], set[int]] = {}
        for line, name in enumerate(self.names):
            for places in _windows(name.required, self._places[line]):
                extra = {p for key in name.keys - name.required for p in self._places[line].get(key, ())}
                near = {p for p in extra if min(places) - 2 <= p <= max(places) + 4}
                lines_by_places.setdefault(places | near, set()).add(line)
        taken: set[int] = set()
        mentions: list[Mention] = []
        for places in sorted(lines_by_places, key=lambda p: (-len(p), max(p) - min(p), min(p))):
            if not places & taken:
                taken |= places
                mentions.append(Mention(places, frozenset(lines_by_places[places])))
        return sorted(mentions, key=lambda m: m.first)


def _places_of(name: Name, places_by_key: Mapping[str, list[int]]) -> dict[str, list[int]]:
    return {key: places_by_key[key] for key in name.keys if key in places_by_key}


def _adjacent(places: Mapping[str, list[int]]) -> Iterator[str]:
    """The keys that count as named: words, and single letters and numbers beside another word of the name."""
    for key, found in places.items():
        if (len(key) > 1 and not key[0].isdigit() and found) or any(
            abs(p - other) <= 2 for p in found for k, others in places.items() if k != key for other in others
        ):
            yield key


def _windows(required: frozenset[str], places: Mapping[str, list[int]]) -> Iterator[frozenset[int]]:
    """The places of each occurrence of all `required` words close together, without overlaps, in order."""
    if not required or not required <= places.keys():
        return
    if sum(len(places[key]) for key in required) > MAX_TOKENS:
        return
    events = sorted((p, key) for key in required for p in places[key])
    last_seen: dict[str, int] = {}
    for place, key in events:
        last_seen[key] = place
        if len(last_seen) == len(required):
            found = sorted(last_seen.values())
            if all(b - a <= MAX_GAP for a, b in pairwise(found)):
                yield frozenset(found)
                last_seen.clear()
