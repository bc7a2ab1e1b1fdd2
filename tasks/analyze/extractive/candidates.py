"""The sentences of a paper that can stand alone, with their section, role, and words in common with the title."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import groupby

from papers.models import Block, Paper, Reading
from papers.quick_patterns import QuickPattern
from tasks.analyze.extractive import cues
from tasks.analyze.extractive.entity_names import short_name
from tasks.analyze.extractive.insertions import with_subject
from tasks.analyze.extractive.roles import label_sentences
from tasks.analyze.extractive.sentence_checks import is_anaphoric
from tasks.analyze.extractive.sentence_cleanup import (
    HEADING,
    clean_sentence,
    sentence_spans,
    with_full_stop,
)
from tasks.analyze.section_kinds import section_kind

MAX_SENTENCES = 400  # sentences considered; by then the rest of a very long paper is appendix
APPENDIX_LIMIT = 200  # sentences after which an appendix is skipped
MAX_LABELED = 50  # sentences of a section of which the roles are labelled
MIN_LISTED_SHARE = 0.7  # of the words of an abstract's sentence that the listed abstract has
DISCUSSING_KINDS = ("conclusion", "results", "body", "method", "appendix")  # with paragraphs about limitations
LABELED_KINDS = ("abstract", "conclusion")  # elsewhere the section says enough; the introduction without an abstract
# In the bulk of a paper only sentences with such a word can be of use: about inputs, steps, set-up, or measured gains.
HINTED_KINDS = ("method", "body", "results", "appendix", "background")
_HINT_STRINGS = (
    "RTX", "PyTorch", "Input", "input", "Output", "output", "setup", "set-up", "initiali", "backbone", "base model",
    "survey", "corpus", "comput", "implement", "solv", "calculat", "estimat", "scheme", "on top of", "produces",
    "generates", "returns", "predicts", "synthesi", "employ",
)  # fmt: skip
_HINT_WORDS = QuickPattern(
    r"PUs?\b|\b[Ff]irst\b|\b(?:two|three|four|five)\b|\bdata\b|requires?\b|needs?\b|assumes?\b|\bas our\b|as the\b"
)
_DIGIT = re.compile(r"\d")
# Sentences of a discussion that come after such a one are about limitations too, until the text looks ahead.
_LIMITATIONS_FOLLOW = re.compile(
    r"\b(?:(?:our|this|the (?:current|present|proposed)) (?:[\w-]+ ){0,2}(?:has|have|suffers from)|there (?:are|remain)"
    r"|are not without|is not without|is subject to|comes with|not free of|limitations of (?:this|our)"
    r"|acknowledge)\b[^.]{0,60}\blimitations?\b|\blimitations of (?:this|our|the (?:present|current)) (?:study|work"
    r"|paper|method|approach|analysis|framework|model)\b|\b(?:several|some|important|notable) limitations (?:remain"
    r"|to consider|should|must)\b|^limitations?(?: and future (?:work|directions?))?[.:]",
    re.IGNORECASE,
)
_LIMITATIONS_END = re.compile(
    r"^(?:overall|in (?:future|summary|conclusion)|despite|nevertheless|nonetheless|future|looking|conclusions?\b"
    r"|acknowledge?ments?\b|broader impact|we (?:hope|plan|believe|thank))",
    re.IGNORECASE,
)
_KEYWORD_LIST = re.compile(r"^\W*(?:key ?words|index terms|jel|msc)\b", re.IGNORECASE)
LIST_START = re.compile(r"(?<=:) (?=\(?(?:1|i|a)[.)])")
_HEADING_ROLES = {
    "background": "background", "context": "background", "introduction": "background", "motivation": "background",
    "problem": "background", "objective": "objective", "aim": "objective", "purpose": "objective",
    "goal": "objective", "method": "method", "methodology": "method", "materials and method": "method",
    "approach": "method", "design": "method", "result": "result", "finding": "result", "main result": "result",
    "evaluation": "result", "conclusion": "result", "contribution": "objective",
}  # fmt: skip
_STOP_WORDS = frozenset(
    [
        "the",
        "and",
        "for",
        "with",
        "that",
        "this",
        "from",
        "are",
        "our",
        "can",
        "which",
        "have",
        "has",
        "been",
        "was",
        "were",
        "its",
        "their",
        "such",
        "these",
        "into",
        "than",
        "not",
        "also",
        "via",
        "using",
        "towards",
        "toward",
        "based",
    ]
)


@dataclass(frozen=True)
class Candidate:
    """A sentence that can stand alone."""

    text: str  # cleaned
    raw: str  # as in the block
    block_id: str
    kind: str  # kind of its section: "abstract", "introduction", "method", "results", "conclusion", "limitations", ...
    section: str  # path of headings
    is_list_item: bool
    position: int  # index among the paper's sentences, refused ones included
    role: str  # one of `roles.ROLES`; "" in sections that are not labelled
    words: frozenset[str]
    title_share: float  # share of the title's words that it has, 0 to 1
    anaphoric: bool  # begins with "it" or the like

    @property
    def in_abstract(self) -> bool:
        """Whether it is a sentence of the abstract."""
        return self.kind == "abstract"

    @cached_property
    def about_field(self) -> bool:
        """Whether it is about the field and not about this work."""
        return cues.is_about_field(self.text)

    @cached_property
    def side_matter(self) -> bool:
        """Whether it offers code, looks ahead, or is a note."""
        return cues.is_side_matter(self.text)

    @cached_property
    def others_work(self) -> bool:
        """Whether it is about the work of others."""
        return cues.OTHERS_WORK.search(self.text) is not None

    @cached_property
    def points_back(self) -> bool:
        """Whether it needs the sentence before, as "this gap" does."""
        return cues.POINTS_BACK.search(self.text) is not None

    @cached_property
    def is_unclear_alone(self) -> bool:
        """Whether it says "this" or "the issue" of something that only an earlier sentence names."""
        return self.anaphoric or cues.refers_to_earlier_sentence(self.text)

    @cached_property
    def proposes(self) -> bool:
        """Whether the authors propose something in it."""
        statement = LIST_START.split(self.text, maxsplit=1)[0]  # what the items of a list propose is a part of it
        return cues.PROPOSES.search(statement) is not None

    @cached_property
    def finds(self) -> bool:
        """Whether it says what was found or shown."""
        return cues.FINDS.search(self.text) is not None

    @cached_property
    def outcome(self) -> bool:
        """Whether it says that something gets better or worse."""
        return cues.OUTPERFORMS.search(self.text) is not None

    @cached_property
    def number(self) -> bool:
        """Whether it has a measured number."""
        return cues.NUMBER.search(self.text) is not None


def candidates_of(paper: Paper, reading: Reading) -> list[Candidate]:
    """The sentences that can stand alone, in order, without related work, appendices far back, and notes."""
    title_stems, name = _stems(content_words(paper.title)), short_name(paper.title, paper.abstract)
    listed_words = content_words(paper.abstract)
    position = 0
    candidates: list[Candidate] = []
    for section, kind, blocks in _sections(reading.blocks):
        is_far = position >= MAX_SENTENCES or (kind == "appendix" and position > APPENDIX_LIMIT)
        if is_far and kind != "limitations":
            continue
        spans = [(b, b.text[start:end]) for b in blocks for start, end in sentence_spans(b.text)]
        is_labeled = kind in LABELED_KINDS or (kind == "introduction" and not any(c.in_abstract for c in candidates))
        roles = _roles_of([raw for _, raw in spans]) if is_labeled else []
        kinds = _kinds_of(kind, spans)
        for number, (block, raw) in enumerate(spans):
            if kind == "abstract" and _KEYWORD_LIST.match(raw):
                break
            if kinds[number] in HINTED_KINDS and not has_hint(raw):
                continue
            last = kind == "abstract" and number == len(spans) - 1
            text = clean_sentence(with_full_stop(raw) if last else raw, abstract=kind == "abstract", name=name)
            if text is not None and kind == "abstract" and number:
                text = with_subject(text, spans[number - 1][1], name)
            if text is not None and (kind != "abstract" or _is_listed(text, listed_words)):
                role = roles[number] if number < len(roles) else ""
                place = (kinds[number], section, position + number)
                candidates.append(_candidate(text, raw, block, place, role, title_stems))
        position += len(spans)
    return candidates


def has_hint(sentence: str) -> bool:
    """Whether a sentence of the bulk of a paper can be of use."""
    if _DIGIT.search(sentence):
        return True
    return any(string in sentence for string in _HINT_STRINGS) or _HINT_WORDS.search(sentence) is not None


def _kinds_of(kind: str, spans: Sequence[tuple[Block, str]]) -> list[str]:
    """The kind of each sentence of a section: in a paragraph about limitations another one than the section's."""
    if kind not in DISCUSSING_KINDS:
        return [kind] * len(spans)
    kinds: list[str] = []
    paragraph: Block | None = None  # the one in which limitations follow
    for block, raw in spans:
        if paragraph and (block is not paragraph or _LIMITATIONS_END.match(raw)):
            paragraph = None
        kinds.append("limitations" if paragraph else kind)
        if "imitation" in raw and _LIMITATIONS_FOLLOW.search(raw):
            paragraph = block
    return kinds


def _sections(blocks: Sequence[Block]) -> Iterator[tuple[str, str, list[Block]]]:
    """(section, kind, blocks) of each section that is about the paper's own work."""
    texts = (b for b in blocks if b.kind in ("paragraph", "list_item"))
    for (section, kind), group in groupby(texts, key=lambda b: (b.section, section_kind(b.section, b.id))):
        if kind not in ("related", "other-matter"):
            yield section, kind, list(group)


def _is_listed(text: str, listed_words: frozenset[str]) -> bool:
    """Whether a sentence is of the listed abstract; in PDFs notes and figures stand among its sentences."""
    words = content_words(text)
    return not listed_words or len(words & listed_words) >= MIN_LISTED_SHARE * len(words)


def _roles_of(sentences: Sequence[str]) -> list[str]:
    """The role of each sentence; the headings of a structured abstract count more than the model."""
    roles = label_sentences(sentences[:MAX_LABELED])
    heading_role = ""
    for number, sentence in enumerate(sentences[:MAX_LABELED]):
        if match := HEADING.match(sentence.lstrip()):
            heading_role = _HEADING_ROLES.get(match["name"].lower().rstrip("s"), "")
        roles[number] = heading_role or roles[number]
    return roles


def _candidate(
    text: str, raw: str, block: Block, place: tuple[str, str, int], role: str, title_stems: frozenset[str]
) -> Candidate:
    """The candidate at a place: kind and section, and its number in the paper."""
    words = content_words(text)
    kind, section, position = place
    return Candidate(
        text=text,
        raw=raw.strip(),
        block_id=block.id,
        kind=kind,
        section=section,
        is_list_item=block.kind == "list_item",
        position=position,
        role=role,
        words=words,
        title_share=len(_stems(words) & title_stems) / (len(title_stems) or 1),
        anaphoric=is_anaphoric(text),
    )


_ENDING = re.compile(r"(?:ations?|ative|ing|ed|es|s|e)$")


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return _ENDING.sub("", word)[:7]


def _stems(words: frozenset[str]) -> frozenset[str]:
    return frozenset(map(_stem, words))


def content_words(text: str) -> frozenset[str]:
    """The words of three letters or more, in lower case, without the commonest; pairs of Chinese characters."""
    han = re.findall(r"(?=([\u4e00-\u9fff]{2}))", text)
    return frozenset([*re.findall(r"[a-z]{3,}", text.lower()), *han]) - _STOP_WORDS
