"""Which rows and columns of a table a statement names.

Names are compared by their words, not as strings: "AIME- 24" is named by "AIME 2024", and "Avg. Succ. (↑)" by "average
success rate" and by 平均成功率. A name that is written only in part counts as less than one written in full.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

from papers.numbers.normalization import normalize
from tasks.analyze.grounding.chinese_glossary import CHINESE_WORD, GLOSSARY
from tasks.analyze.grounding.words import stem

MAX_GAP = 3  # words from one word of a name to the next: "success rate on average"
MAX_PLACES = 20  # of one word in a statement
MIN_SHARE = 0.5  # of a name's weight that a statement must have to name it
MAX_TOKENS = 400  # of a statement; more is not a sentence

_TOKEN = re.compile(r"w/o\b|[A-Za-z]+|\d+(?:\.\d+)?|[\u4e00-\u9fff]+|[\u0370-\u03ff]|[,;，；。、]")
_PUNCTUATION = frozenset(",;，；。、")
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
        "w",
        "with",
        "by",
        "from",
        "as",
        "at",
        "is",
        "are",
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
    is_stop: bool = False  # a comma or the like, beyond which no name goes


@dataclass(frozen=True)
class Name:
    """The name of a row or column, as its words."""

    text: str
    keys: frozenset[str]  # all words
    required: frozenset[str]  # those outside parentheses: without them the name is not complete
    context: frozenset[str] = frozenset()  # the words of what it is among: its group, its other labels

    @cached_property
    def own(self) -> frozenset[str]:
        """Its words without those that are its context's alone."""
        return self.required | (self.keys - self.context)

    @property
    def is_generic(self) -> bool:
        """Whether each of its words is in most statements ("Score", "Model"), or it has none."""
        return self.required <= _GENERIC


@dataclass(frozen=True)
class Mention:
    """A name in a statement: the places of its words among the statement's tokens, and the lines that have the name."""

    places: frozenset[int]
    lines: frozenset[int]
    is_complete: bool  # all its words, those in parentheses excepted
    weight: float = 0.0
    core: frozenset[int] = frozenset()  # the places of its own words, without those of its context

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
            for keys, start, end in _chinese_words(word):
                tokens.append(Token(keys, *normalized.span(match.start() + start, match.start() + end)))
        else:
            is_stop = word in _PUNCTUATION
            keys = frozenset() if is_stop else frozenset({_key(word)})
            tokens.append(Token(keys, *normalized.span(*match.span()), is_stop))
        if len(tokens) > MAX_TOKENS:
            break
    return tuple(tokens)


def _chinese_words(run: str) -> Iterator[tuple[frozenset[str], int, int]]:
    """The words of a run of Chinese characters that the glossary has, and what is between, which means nothing."""
    end = 0
    for part in CHINESE_WORD.finditer(run):
        if part.start() > end:
            yield frozenset(), end, part.start()
        yield frozenset(map(_key, GLOSSARY[part.group()])), part.start(), part.end()
        end = part.end()
    if end < len(run):
        yield frozenset(), end, len(run)


@lru_cache(maxsize=20_000)
def _key(word: str) -> str:
    if _YEAR.fullmatch(word):
        return word[2:]  # AIME 2024, AIME24
    word = word.casefold()
    return stem(_SYNONYMS.get(word) or _SYNONYMS.get(stem(word)) or word)


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


class NameIndex:
    """The names of a table's rows, or of its columns, with the weight of each of their words.

    A word weighs the more, the fewer lines have it.
    """

    def __init__(self, names: Sequence[Name]) -> None:
        self.names = tuple(names)
        counts = Counter(key for name in names for key in name.keys)
        total = sum(bool(name.keys) for name in names)
        self.weights = {
            key: math.log((total + 1) / count) + 0.05 if key not in _GENERIC else 0.05 for key, count in counts.items()
        }
        self.lines_by_word: dict[str, list[int]] = {}
        for line, name in enumerate(names):
            for key in name.required:
                self.lines_by_word.setdefault(key, []).append(line)


class AxisMentions:
    """How a statement names the lines (the rows, or the columns) of a table.

    A line is named where words of its name are close together that have at least half of the name's weight; where
    several lines may be meant, those with the most weight are.
    """

    def __init__(self, index: NameIndex, tokens: Sequence[Token], barriers: Sequence[int] = ()) -> None:
        self.names = index.names
        self._weights = index.weights
        self._barriers = sorted({*barriers, *(n for n, t in enumerate(tokens) if t.is_stop)})
        places: dict[str, list[int]] = {}
        for place, token in enumerate(tokens):
            for key in token.keys:
                if key in self._weights:
                    places.setdefault(key, []).append(place)
        self._places = {key: found[:MAX_PLACES] for key, found in places.items()}
        self.mentions = self._mentions({line for key in places for line in index.lines_by_word.get(key, ())})

    def prefer_exact(self, text: str, tokens: Sequence[Token]) -> None:
        """Of several lines with the words of a name, keep those that are written just so: "LSTM", not "LSTM*"."""
        for n, mention in enumerate(self.mentions):
            words = text[tokens[mention.first].start : tokens[mention.last].end].casefold()
            exact = frozenset(line for line in mention.lines if self.names[line].text.casefold() == words)
            if exact and len(mention.lines) > 1:
                self.mentions[n] = replace(mention, lines=exact)

    def without(self, places: frozenset[int]) -> None:
        """Drop the names that overlap `places`."""
        self.mentions = [m for m in self.mentions if not m.places & places]

    def _mentions(self, lines: Iterable[int]) -> list[Mention]:
        """The names of `lines` in the statement in their order: where two overlap, the one with more weight.

        Words of a name's context that belong to another name are left to that.
        """
        candidates: dict[tuple[frozenset[int], frozenset[int]], list[tuple[int, bool]]] = {}
        weights: dict[tuple[frozenset[int], frozenset[int]], float] = {}
        for line in sorted(lines):
            name = self.names[line]
            name_keys = name.required & self._places.keys()
            required = sum(self._weights[k] for k in name.required)
            own_places = {key: self._places[key] for key in name.own & self._places.keys()}
            contexts = list(self._context_clusters(name))
            for cluster in self._clusters(own_places, max(name_keys, key=lambda k: (self._weights[k], k))):
                keys = cluster.keys()
                if sum(self._weights[k] for k in keys & name.required) < MIN_SHARE * required:
                    continue
                if not any(len(k) > 1 for k in keys & name.required) and not _is_whole(cluster, name):
                    continue  # a letter or a digit alone, unless they are the name: "o3"
                core = frozenset(place for key, place in cluster.items() if key in name.required)
                near = [c for c in contexts if self._distance(cluster, c) <= MAX_GAP]
                around = max(near, key=len, default={})
                places = core, (frozenset(cluster.values()) | frozenset(around.values())) - core
                weight = sum(self._weights[k] for k in {*keys, *around})
                weights[places] = max(weights.get(places, 0.0), round(weight, 6))  # the order of a sum must not matter
                candidates.setdefault(places, []).append((line, name.required <= keys))
        used_places: set[int] = set()
        mentions: dict[frozenset[int], Mention] = {}
        for core, context in sorted(candidates, key=lambda p: (-weights[p], len(p[0] | p[1]), min(p[0]))):
            lines_of_mention = candidates[core, context]
            is_complete = any(complete for _, complete in lines_of_mention)
            lines = frozenset(line for line, complete in lines_of_mention if complete or not is_complete)
            if core in mentions and weights[core, context] == mentions[core].weight:
                mentions[core] = replace(mentions[core], lines=mentions[core].lines | lines)
            elif not core & used_places:
                own = core | (context - used_places)
                used_places |= own
                mentions[core] = Mention(own, lines, is_complete, weights[core, context], core)
        return sorted(mentions.values(), key=lambda m: m.first)

    def _clusters(self, places: Mapping[str, list[int]], anchor: str) -> Iterator[dict[str, int]]:
        """Around each occurrence of the word `anchor`: the name's other words that are close together with it.

        Of a word that occurs several times, the occurrence nearest to the anchor counts. No name goes beyond a barrier.
        """
        for start in places.get(anchor, ()):
            if len(places) == 1:
                yield {anchor: start}
                continue
            reachable = {
                key: [p for p in found if not self._is_barred(*sorted((start, p)))] for key, found in places.items()
            }
            nearest = {key: min(found, key=lambda p: abs(p - start)) for key, found in reachable.items() if found}
            cluster = {anchor: start}
            for direction in (1, -1):
                last = start
                side = sorted(
                    (direction * (p - start), key, p) for key, p in nearest.items() if direction * (p - start) > 0
                )
                for _, key, place in side:
                    if abs(place - last) > MAX_GAP:
                        break
                    cluster[key], last = place, place
            yield cluster

    def _context_clusters(self, name: Name) -> Iterator[dict[str, int]]:
        """The occurrences of words of the name's context that are close together."""
        places = {key: self._places[key] for key in name.context & self._places.keys()}
        if places:
            yield from self._clusters(places, max(places, key=lambda k: (self._weights[k], k)))

    def _distance(self, own: Mapping[str, int], context: Mapping[str, int]) -> int:
        """How many words are between a name and its context; more than any gap if a comma is."""
        pairs = [
            (a, b)
            for a in (min(own.values()), max(own.values()))
            for b in (min(context.values()), max(context.values()))
        ]
        return min(MAX_TOKENS if self._is_barred(*sorted(pair)) else abs(pair[0] - pair[1]) for pair in pairs)

    def _is_barred(self, start: int, end: int) -> bool:
        return bisect_left(self._barriers, start) != bisect_right(self._barriers, end)


def _is_whole(cluster: Mapping[str, int], name: Name) -> bool:
    """Whether the words of a whole name follow each other without a gap."""
    places = [cluster[key] for key in name.required if key in cluster]
    return bool(places) and len(places) == len(name.required) and max(places) - min(places) < len(places)
