"""Checks by words and figures whether a document is the listed paper and complete, and gives the reason if not.

No address is trusted: a server can answer any request with another paper, a checklist, or an error page.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from papers.models import Reason
from papers.reasons import make_reason
from tasks.read.document import Document
from tasks.read.html.latexml import visible_text

MIN_BODY = 2_500  # characters without abstract and headings; the shortest two-page papers have about 5,000
MIN_SECTIONS = 2
MIN_BODY_WITHOUT_SECTIONS = 12_000  # characters; a body of this length need not have marked sections
MIN_ERRORS = 20
MAX_ERROR_SHARE = 0.02  # conversion errors per word
MIN_PAIRS = 0.5  # share of the listed abstract's word pairs at the document's beginning that alone proves a match
MIN_PAIRS_WITH_TITLE = 0.2  # the same share if the title is similar too: the abstract was rewritten
MIN_WORDS_WITH_TITLE = 0.6  # share of its longer words if the title is similar too
SIMILAR_TITLE = 80.0  # similarity, at most 100
SAME_TITLE = 92.0
MIN_DISTINCTIVE_WORDS = 25  # words besides those of the title that an abstract needs to tell papers apart

# A longer text is no title and no beginning of 80 words; comparing takes time by the product of the lengths.
MAX_TITLE_CHARACTERS, MAX_HEAD_CHARACTERS = 2_000, 4_000

WORD = re.compile(r"[^\W_]+")
IOTA_BELOW, TIBETAN_MARKS = "\u0345", "\u0f73\u0f75\u0f81"  # the latter: pairs of combining marks
MARKUP = re.compile(r"\\[a-zA-Z]+|[{}$^_~\\]")
# Texts of error pages, robot checks and stubs; applied to short pages only, since a paper may quote any of them.
ERROR_PAGE_PATTERNS = (
    (r"html is not available for the source|no html for '", make_reason("no-html")),
    (
        r"captcha|verify (?:that )?you are (?:a )?human|are you a robot|unusual traffic",
        make_reason("robot-check"),
    ),
    (
        r"just a moment\b|checking your browser|cf-browser-verification|attention required! \| cloudflare",
        make_reason("waiting-page"),
    ),
    (r"fatal error and exited abruptly|conversion to html had a fatal error", make_reason("broken-conversion")),
    (r"\b403 forbidden|access denied|error 403|you don't have permission", make_reason("forbidden-page")),
    (r"\b429\b.{0,20}too many requests|rate limit(?:ed| exceeded)", make_reason("rate-limit-page")),
    (
        r"\b(?:404|page) not found|no such (?:paper|article)|article identifier .{0,40} not recognized",
        make_reason("not-found-page"),
    ),
    (
        r"\b50[0-4]\b.{0,40}(?:error|gateway|unavailable)|service (?:is )?(?:temporarily )?unavailable|bad gateway"
        r"|internal server error",
        make_reason("server-error-page"),
    ),
    (
        r"(?:source|document) to .{0,60}is (?:currently )?(?:unavailable|being processed)|pdf (?:is )?being generated",
        make_reason("later-page"),
    ),
)
MAX_ERROR_PAGE_CHARACTERS = 4_000


def error_page_kind(body: bytes) -> Reason | None:
    """The kind of error page or stub that the body is, or None."""
    return error_page_kind_of(visible_text(body))


def error_page_kind_of(text: str) -> Reason | None:
    """The kind of error page or stub that has this text, or None."""
    if len(text) > MAX_ERROR_PAGE_CHARACTERS:
        return None
    lowered = text.lower()
    for pattern, kind in ERROR_PAGE_PATTERNS:
        if re.search(pattern, lowered):
            return kind
    return None


def refusal_reason(document: Document, title: str | None, abstract: str | None) -> Reason | None:
    """Why the document is not the listed paper or not complete; None if it is accepted.

    `title` and `abstract` are the listing's; if both are None or empty, it is not checked which paper this is.
    An abs page has to be of the paper, but it need not be complete.
    """
    page_kind = (
        error_page_kind_of("\n".join(block.text for block in document.blocks[:200]))
        if len(document.blocks) < 200
        else None
    )
    if page_kind:
        return page_kind
    reason = _other_paper_reason(document, title or "", abstract or "")
    if reason:
        return reason
    return None if document.source == "abs" else _incomplete_reason(document)


def _other_paper_reason(document: Document, title: str, abstract: str) -> Reason | None:
    """Why it is not the listed paper, by title and abstract, or None."""
    if not words(title) and not words(abstract):
        return None
    beginning = tuple(words(document.opening()))
    similarity = title_similarity(title, document.title, beginning)
    abstract_words = _comparable_words(abstract, title)
    if not abstract_words:
        return None if similarity >= SAME_TITLE else make_reason("other-title", title=document.title[:100])
    pairs, singles = _shared_fractions(abstract_words, beginning)
    if pairs >= MIN_PAIRS:
        return None
    if similarity >= SIMILAR_TITLE and (pairs >= MIN_PAIRS_WITH_TITLE or singles >= MIN_WORDS_WITH_TITLE):
        return None
    return make_reason("other-paper", share=f"{pairs:.0%}", title=document.title[:100])


def _incomplete_reason(document: Document) -> Reason | None:
    """Why it is not a complete paper, or None."""
    size, sections = document.body_characters(), document.sections()
    if document.truncated:
        return make_reason("cut-off")
    if size < MIN_BODY:
        return make_reason("no-body", characters=size)
    if len(sections) < MIN_SECTIONS and size < MIN_BODY_WITHOUT_SECTIONS:
        return make_reason("one-section", characters=size) if sections else make_reason("no-sections")
    count = sum(len(block.text.split()) for block in document.blocks)
    if document.errors >= MIN_ERRORS and document.errors > MAX_ERROR_SHARE * count:
        return make_reason("conversion-errors", errors=document.errors, words=count)
    return None


def title_similarity(listed: str, marked: str, beginning: tuple[str, ...]) -> float:
    """How similar the listed title is, from 0 to 100, to the marked title or to a part of the document's beginning."""
    listed_title = " ".join(words(listed))[:MAX_TITLE_CHARACTERS]
    if not listed_title:
        return 0.0
    marked_title = " ".join(words(marked))[:MAX_TITLE_CHARACTERS]
    best = fuzz.ratio(listed_title, marked_title)
    short, long = sorted((listed_title, marked_title), key=len)
    if len(short.split()) >= 3 and long.startswith(short):
        best = max(best, 95.0)  # listed or printed without its subtitle
    elif len(short.split()) >= 5 and short in long:
        best = max(best, 93.0)
    head = " ".join(beginning[:80])[:MAX_HEAD_CHARACTERS]
    if len(listed_title.split()) >= 4:
        best = max(best, fuzz.partial_ratio(listed_title, head) if len(listed_title) <= len(head) else 0.0)
    return best


def _comparable_words(abstract: str, title: str) -> tuple[str, ...]:
    """The words of the abstract if there are enough besides those of the title to tell papers apart, else ()."""
    abstract_words, title_words = words(abstract), set(words(title))
    return (
        tuple(abstract_words)
        if sum(word not in title_words for word in abstract_words) >= MIN_DISTINCTIVE_WORDS
        else ()
    )


def _shared_fractions(listed: tuple[str, ...], beginning: tuple[str, ...]) -> tuple[float, float]:
    """The shares of the listed words' neighbouring pairs, and of the longer words, that are in the beginning."""
    beginning_pairs = set(pairwise(beginning))
    listed_pairs = set(pairwise(listed))
    long_words = {word for word in listed if len(word) > 3}
    vocabulary = set(beginning)
    return (
        len(listed_pairs & beginning_pairs) / len(listed_pairs) if listed_pairs else 0.0,
        len(long_words & vocabulary) / len(long_words) if long_words else 0.0,
    )


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """The words used to compare texts: without case, accents and LaTeX commands, ligatures as letters."""
    bare = unicodedata.normalize("NFKD", _without_marks(MARKUP.sub(" ", text))).casefold()
    return tuple(WORD.findall(_without_marks(bare)))


def _without_marks(text: str) -> str:
    """The text without combining marks: the NFKD form sorts a run of them in quadratic time, and they go anyway.

    The iota below stays, since without case it is a letter.
    """
    if text.isascii():
        return text
    marks = [c for c in set(text) if c in TIBETAN_MARKS or (unicodedata.combining(c) and c != IOTA_BELOW)]
    return text.translate(dict.fromkeys(map(ord, marks))) if marks else text
