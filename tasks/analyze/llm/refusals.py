"""Recognises what is no analysis: echoes of the prompt, loops, refusals, JSON, invented links, sentences as names.

Plain functions over one text. Each takes time linear in the text's length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from papers.models import Reason
from papers.reasons import make_reason
from tasks.analyze.grounding.paper_text import sentences
from tasks.analyze.llm.prompting import own_words

_TOKEN = re.compile(r"[A-Za-z0-9]+|[\u3400-\u9fff]")
SHINGLE = 4  # words
ECHO_SHARE = 0.6  # of a text's runs of four words that the prompt has too
LOOP_TOKENS, LOOP_SHARE = 24, 0.5  # in a text this long, fewer distinct runs of four words than that are a loop
SHORT_LOOP_TOKENS, SHORT_LOOP_SHARE = 8, 0.3  # the same for single words
SAME_SENTENCES = 3  # equal sentences that make a loop

_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>\"'（）()，。；、\u3400-\u9fff]+"
    r"|(?<![\w./@-])(?:github\.com|huggingface\.co|gitlab\.com|hf\.co)/[^\s<>\"'（）()，。；、\u3400-\u9fff]+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)
_DECLINES = re.compile(
    r"\s*(?:i(?:'m| am) (?:sorry|unable|an? (?:ai|language))|i (?:cannot|can't|can not) |as an? (?:ai|language) |sorry,"
    r"|抱歉|对不起|作为(?:一个|一名)?(?:人工智能|AI|语言模型)|我无法|很遗憾)",
    re.IGNORECASE,
)
_JSON_PIECE = re.compile(r'\{\s*"|"\s*:\s*["\[{]|"\s*\}|\}\s*,\s*\{|```|</?(?:think|tool_call)>')
_PLACEHOLDERS = frozenset(["string", "text", "statement", "quote", "placeholder", "todo", "tbd", "example", "block id"])
_SENTENCE_WORD = re.compile(
    r"(?i)\b(?:we|our|you|your|he|she|it|its|they|their|this|these|those|that|which|who|is|are|was|were|be|been|has|have|had"
    r"|do|does|did|can|could|will|would|should|may|might|must|shows?|achieves?|proposes?|presents?|uses?|improves?"
    r"|outperforms?|demonstrates?)\b"
)
MAX_NAME_WORDS, MAX_NAME_HAN = 12, 30


def _tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.casefold())


def _shingles(tokens: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(tokens[i : i + SHINGLE]) for i in range(len(tokens) - SHINGLE + 1)]


@lru_cache(maxsize=1)
def _own_shingles() -> frozenset[tuple[str, ...]]:
    return frozenset(_shingles(_tokens(own_words())))


def text_fault(text: str) -> Reason | None:
    """Why a text cannot be part of an analysis, which completes "the statement was …"; None if it can."""
    if is_echo(text):
        return make_reason("echo")
    if is_loop(text):
        return make_reason("loop")
    if _DECLINES.match(text):
        return make_reason("refusal")
    if _JSON_PIECE.search(text):
        return make_reason("json-piece")
    if not re.search(r"\w", text) or text.casefold().strip(" .<>[]()\"'") in _PLACEHOLDERS:
        return make_reason("placeholder")
    return None


def is_echo(text: str) -> bool:
    """Whether most of the text is from the prompt's own words."""
    shingles = _shingles(_tokens(text))
    return bool(shingles) and sum(s in _own_shingles() for s in shingles) >= ECHO_SHARE * len(shingles)


def is_loop(text: str) -> bool:
    """Whether the text says the same phrase again and again."""
    tokens = _tokens(text)
    if len(tokens) >= LOOP_TOKENS:
        shingles = _shingles(tokens)
        if len(set(shingles)) < LOOP_SHARE * len(shingles):
            return True
    if len(tokens) >= SHORT_LOOP_TOKENS and len(set(tokens)) <= SHORT_LOOP_SHARE * len(tokens):
        return True
    counts = Counter(" ".join(_tokens(text[a:b])) for a, b in sentences(text))
    return max((n for sentence, n in counts.items() if sentence), default=0) >= SAME_SENTENCES


def without_repeated_sentences(text: str) -> str:
    """The text with each sentence once."""
    spans, seen, spans_left = sentences(text), set[str](), list[tuple[int, int]]()
    for a, b in spans:
        key = " ".join(_tokens(text[a:b]))
        if not key or key not in seen:
            spans_left.append((a, b))
        seen.add(key)
    return text if len(spans_left) == len(spans) else _joined(text, spans_left)


def _joined(text: str, spans: Iterable[tuple[int, int]]) -> str:
    separator = "" if re.search(r"[\u4e00-\u9fff]", text) else " "
    return separator.join(text[a:b].strip() for a, b in spans)


def same_text(one: str, other: str) -> bool:
    """Whether two texts have the same words."""
    return _tokens(one) == _tokens(other)


def most_repeated(texts: Sequence[str]) -> int:
    """How many of the texts are the same."""
    counts = Counter(" ".join(_tokens(text)) for text in texts)
    return max(counts.values(), default=0)


# --- links -----------------------------------------------------------------------------------------------------------


def link_key(link: str) -> str:
    """A link for comparison: without scheme, case and the punctuation after it."""
    return _SCHEME.sub("", link.casefold()).rstrip("/.,;:!?)]}'\"*")


def unknown_links(text: str, known: str) -> list[str]:
    """The links in the text that do not occur in `known`, which is in lower case."""
    return [m[0] for m in _LINK.finditer(text) if link_key(m[0]) not in known]


def cut_unknown_links(text: str, known: str) -> str:
    """The text without the sentences that have an unknown link; "" when nothing is left."""
    if not unknown_links(text, known):
        return text
    links = [m.span() for m in _LINK.finditer(text) if link_key(m[0]) not in known]
    spans_left, first = [], 0
    for a, b in sentences(text):
        while first < len(links) and links[first][1] <= a:
            first += 1
        if first == len(links) or links[first][0] >= b:
            spans_left.append((a, b))
    return _joined(text, spans_left)


# --- names -----------------------------------------------------------------------------------------------------------


def is_sentence(name: str) -> bool:
    """Whether what should be a name (of a dataset, a baseline, a task) is a sentence, or the beginning of one."""
    words = re.findall(r"[^\s,;/()]+", name)
    plain = [word for word in words if word.isalpha() and word.islower()]
    if len(words) > MAX_NAME_WORDS or len(re.findall(r"[\u3400-\u9fff]", name)) > MAX_NAME_HAN:
        return True
    if re.search(r"\\[a-zA-Z]{3,}|[|⟶{}]", name):  # a formula or a row of a table
        return True
    if re.search(r"[。；！？]|[，：].*[，：]", name) or (name.endswith((".", "!", "?")) and len(plain) >= 3):
        return True
    return len(words) >= 4 and (len(plain) >= 8 or _SENTENCE_WORD.search(name) is not None)
