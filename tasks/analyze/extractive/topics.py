"""The topics of a paper: the keywords that surely name its subject.

A list's keywords also name what the paper does without, the parts that it is made of, and one thing twice. So a keyword
counts if the title has it, or if the sentence of the contribution has it and the glossary has it as a subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from papers.keyword_glossary import ends_subject, is_no_topic, is_subject, keyword_in, keyword_key, subjects_in
from papers.models import Paper
from tasks.analyze.extractive.insertions import is_made_of

MAX_TOPICS, ENOUGH = 3, 2  # with enough from the title the contribution adds none
MIN_NAME_WORDS = 5  # of the part of a title before its colon, from which it is more than the name of the work
_FRAGMENT = re.compile(
    r"-(?:based|guided|style|driven|aware|free|centric|level|wise|conditioned|agnostic|oriented|like|specific|efficient)$"
    r"|\b(?:framework|pipeline|paradigm|approach|method|strategy)s?$"
    r"|[$\\{}]",
    re.IGNORECASE,
)  # ends an adjective, says only that there is a method, or is part of a formula
# Right before what a work does without, or leaves behind.
_LEFT_BEHIND = re.compile(
    r"(?:\b(?:without|beyond|rather than|instead of|not|no|versus|vs)|^from)\s+(?:[\w-]+\s+){0,2}$", re.IGNORECASE
)
_MEANS = re.compile(
    r"\s(?:via|by|using|through|based on|built on|with|that|which|whose|where|to|in order|without|rather than"
    r"|the use of)\s",
    re.IGNORECASE,
)
_ACRONYM = re.compile(r"\b(?:ai|llms?|rl|rag|gui|moe|kv|gpu|sql|cad|ocr|vla|asr|rlhf|rlvr|dpo|dllms?|[34]d)\b")
_NAME = re.compile(r"\b(?:gaussian|bayesian|markov|transformers?)\b")


_CAPITALISED = re.compile(r"\b[A-Z](?=[A-Za-z]*[A-Z])[A-Za-z]++\b(?:-[A-Z][A-Za-z]*+\b)*+")  # GPT, ViT-Large


def keywords_of(paper: Paper) -> list[str]:
    """The listing's keywords, else the most frequent capitalised terms of title and abstract."""
    if paper.ai_keywords:
        return list(dict.fromkeys(k.strip() for k in paper.ai_keywords if k.strip()))[:8]
    words = set(re.findall(r"[A-Za-z-]+", f"{paper.title} {paper.abstract}"))
    counts: dict[str, int] = {}
    for term in _CAPITALISED.findall(f"{paper.title} {paper.abstract}"):
        singular = term[:-1] if term.endswith("s") and term[:-1] in words else term
        counts[singular] = counts.get(singular, 0) + 1
    return sorted(counts, key=lambda t: (-counts[t], t))[:5]


def choose_topics(keywords: Sequence[str], title: str, name: str | None, contribution: str | None) -> list[str]:
    """At most three keywords and subjects of the glossary that title or contribution have, those of the title first.

    The work's own `name`, its parts, fragments, formulas and second names of one thing are left out. Where there is no
    topic, it is the first of the keywords that the glossary has as a subject.
    """
    subject = _without_name(title)
    places = [_Place(subject), _Place(_MEANS.split(contribution, maxsplit=1)[0] if contribution else "")]
    in_title = [*(k for k in _unique(keywords) if _is_usable(k, name)), *subjects_in(subject)]
    in_title = [k for k in in_title if places[0].names(k)]
    named = [k for k in subjects_in(places[1].text) if places[1].names(k) and _is_usable(k, name)]
    in_title.sort(key=lambda k: (not is_subject(k), -len(keyword_key(k))))
    topics: list[str] = []
    for keyword in in_title:
        topics = _with(keyword, topics)
    for keyword in named if len(topics) < ENOUGH else []:
        topics = _with(keyword, topics)
    return [_as_written(k) for k in topics[:MAX_TOPICS] or _phrase_of(subject, name) or _related(keywords, title)]


# Between the phrases of a title.
_BETWEEN = re.compile(
    r"\s+(via|by|using|through|with|without|for|in|of|from|to|on|and|as|at|under|beyond|across|towards?|into|over|when"
    r"|how|what|why|is|are|that|can|do|does|not|you|your|their|its|meets?|vs\.?|versus|than|between|during|among"
    r"|based on)\s+|[:,;?!()“”\"]|\s[–—-]+\s",
    re.IGNORECASE,
)
_NO_PART_OF_PHRASE = re.compile(
    r"^(?:(?:an?|the|is|are|be|towards?|on|from|for|in|we|via|by|with|\w+ing|efficient|scalable|versatile|simple|effective|novel"
    r"|unified|general|generalist|robust|better|improved|comprehensive|new|fast|faster|accurate|large-scale"
    r"|high-quality|general-purpose|open|single|effects?|case|study|survey|review|technical|both|more|less|full"
    r"|two|three|many)\s+)+",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"(?:tion|sion|ment|ity|ance|ence|sis|ics|ism|ning|ling|ding|ting|val|feedback|fields?|algorithm|network|transformer|data|memory|asset|token"
    r"|primitive|prior|world|environment|assistant|robot|video|image|document|signal|reward|trajector(?:y|ie)|skill"
    r"|preference|simulator|encoder|operator|kernel|solver|verifier|judge|retriever|planner|representation)s?$"
    r"|polic(?:y|ies)$",
    re.IGNORECASE,
)
_NO_SUBJECT = re.compile(
    r"\b(?:report|framework|approach|method|benchmark|dataset|solution|challenge|capability|step|time|world|all|need"
    r"|paradigm|foundation|resolution)s?$|^(?:end-to-end|holistic) \w+$|\b(?:you|we|llms?|language models?)$",
    re.IGNORECASE,
)
# What comes after these is what the work does without, or its means.
_BEFORE_OTHERS = frozenset([
    "without", "beyond", "than", "versus", "vs", "vs.", "not", "with", "via", "by", "using", "through", "based on",
])  # fmt: skip
PHRASE_WORDS = range(2, 5)


def _phrase_of(subject: str, name: str | None) -> list[str]:
    """The first phrase of a title that surely is a noun with what describes it: "human-human interaction animation"."""
    heads = {keyword_key(k, every_word=True).split()[-1] for k in subjects_in(subject)}
    parts = _BETWEEN.split(subject)
    for before, part in zip(["", *parts[1::2]], parts[::2], strict=True):
        if (before or "").casefold() in _BEFORE_OTHERS:
            continue
        phrase = _NO_PART_OF_PHRASE.sub("", part.strip())
        words = phrase.split()
        if len(words) not in PHRASE_WORDS or re.search(r"\d", phrase) or (name and name in phrase):
            continue
        if re.match(r"[A-Z][a-z]+[A-Z]", words[0]):  # a name, such as BitNet
            continue
        last = keyword_key(words[-1], every_word=True)
        if (_NOUN.search(words[-1]) or last in heads or ends_subject(last)) and not _NO_SUBJECT.search(phrase):
            return [" ".join(_in_lower_case(w) for w in words)]
    return []


def _in_lower_case(word: str) -> str:
    """A word of a title as in a sentence; a name or an abbreviation, with a capital inside, stays."""
    return "-".join(p if re.search(r"[A-Z]", p[1:]) or len(p) == 1 else p.lower() for p in word.split("-"))


def _related(keywords: Sequence[str], title: str) -> list[str]:
    """The first subject of the keywords that shares a word with the title, else the first that is not in it whole."""
    subjects = [k for k in _unique(keywords) if is_subject(k) and _words(k) not in _words(title)]
    words = set(_words(title).split())
    return ([k for k in subjects if words & set(_words(k).split())] or subjects)[:1]


class _Place:
    """A text in which keywords are looked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lower = text.casefold()

    def names(self, keyword: str) -> bool:
        """Whether the text has the keyword, and not as something that the work does without."""
        stems = [w.rstrip("s") for w in re.findall(r"[\w+.@]+", _bare(keyword))]
        if not all(stem.casefold() in self._lower for stem in stems):  # to compile a pattern takes time
            return False
        words = (rf"{re.escape(stem)}(?:s|es)?" for stem in stems)
        pattern = re.compile(r"(?<!\w)" + r"[\s/-]+".join(words) + r"(?!\w)", re.IGNORECASE)
        return any(not _LEFT_BEHIND.search(self.text[: match.start()]) for match in pattern.finditer(self.text))


def _unique(keywords: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(k for keyword in keywords if (k := " ".join(keyword.split()))))


def _without_name(title: str) -> str:
    """The title without the name of the work before its colon."""
    head, _, tail = title.partition(": ")
    return tail if len(tail.split()) >= 2 and len(head.split()) < MIN_NAME_WORDS else title


def _is_usable(keyword: str, name: str | None) -> bool:
    if is_no_topic(keyword) or _FRAGMENT.search(keyword):
        return False
    if name and keyword_key(keyword).startswith(keyword_key(name)):
        return False
    words = _bare(keyword).split()
    return is_subject(keyword) or (len(words) > 1 and sum(w[0].isupper() for w in words) < 2)  # no name of a part


def _with(keyword: str, topics: list[str]) -> list[str]:
    """`topics` with `keyword`; of two that name one thing the first is kept, or the one that says more."""
    for n, other in enumerate(topics):
        if is_same(keyword, other):
            longer = f" {_words(other)} " in f" {_words(keyword)} " and is_subject(keyword)
            return [*topics[:n], keyword, *topics[n + 1 :]] if longer else topics
    return [*topics, keyword]


def is_same(one: str, other: str) -> bool:
    """Whether two keywords name one thing: equal words, one within the other, an abbreviation, one Chinese form."""
    a, b = _words(one), _words(other)
    if a == b or f" {a} " in f" {b} " or f" {b} " in f" {a} ":
        return True
    one_form, other_form = keyword_in(one, "zh"), keyword_in(other, "zh")
    if is_subject(one) and is_subject(other) and (one_form in other_form or other_form in one_form):
        return True
    return _abbreviates(one, other) or _abbreviates(other, one)


def _abbreviates(short: str, long: str) -> bool:
    """Whether `short` is made of letters of the words of `long`, the first of each in their order: DiTs, GRPO."""
    letters = re.sub(r"s$", "", re.sub(r"[^A-Za-z]", "", _bare(short)))
    words = re.findall(r"[a-z]+", _bare(long).casefold())
    if len(words) < 2 or not 2 <= len(letters) <= 6 or sum(c.isupper() for c in letters) < 2:
        return False
    return is_made_of(letters.casefold(), words)


def _as_written(keyword: str) -> str:
    """A subject of the glossary as it stands in a sentence: "Image Editing" is "image editing", "rag" is "RAG"."""
    if not is_subject(keyword):
        return keyword
    return _ACRONYM.sub(_upper, _NAME.sub(lambda m: m[0].capitalize(), keyword.lower()))


def _upper(match: re.Match[str]) -> str:
    letters = match[0].upper()
    return f"{letters[:-1]}s" if letters.endswith("MS") else letters


def _bare(keyword: str) -> str:
    """The keyword without an abbreviation in brackets after it."""
    return re.sub(r"\s?\([^()]{1,20}\)$", "", keyword)


def _words(keyword: str) -> str:
    return keyword_key(keyword, every_word=True)
