"""Whether a document is the paper that was listed, and whole; the words and figures say so, or why not.

Nothing here trusts an address: a server can answer any of them with another paper, a checklist, or an error page.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from rapidfuzz import fuzz

from tasks.read.document import Document
from tasks.read.latexml import plain

MIN_BODY = 2_500  # characters besides abstract and headings; the shortest papers of two pages have about 5,000
MIN_SECTIONS = 2
MANY_CHARACTERS = 12_000  # a body of this length may lack marked sections
MIN_ERRORS = 20
ERROR_SHARE = 0.02  # conversion errors by words
ABSTRACT_PAIRS = 0.5  # of the listed abstract's pairs of neighbouring words in the document's beginning: surely it
SOME_PAIRS = 0.2  # as many besides a title that fits: the abstract was rewritten
ABSTRACT_WORDS = 0.6  # of its single words, besides a title that fits
TITLE_FITS = 80.0  # of 100
TITLE_SAME = 92.0
TELLING = 25  # words, beyond the title's own, that an abstract needs to tell one paper from another

WORD = re.compile(r"[^\W_]+")
MARKUP = re.compile(r"\\[a-zA-Z]+|[{}$^_~\\]")
# What error pages, checks for robots and stubs say; on short pages only, since a paper may quote any of it.
FORMS = (
    (r"html is not available for the source|no html for '", "arXiv has no HTML of it"),
    (
        r"captcha|verify (?:that )?you are (?:a )?human|are you a robot|unusual traffic",
        "a check for robots, not the paper",
    ),
    (
        r"just a moment\b|checking your browser|cf-browser-verification|attention required! \| cloudflare",
        "a proxy's waiting page",
    ),
    (r"fatal error and exited abruptly|conversion to html had a fatal error", "a conversion that broke off"),
    (r"\b403 forbidden|access denied|error 403|you don't have permission", "a 403 page"),
    (r"\b429\b.{0,20}too many requests|rate limit(?:ed| exceeded)", "a rate-limit page"),
    (
        r"\b(?:404|page) not found|no such (?:paper|article)|article identifier .{0,40} not recognized",
        "a not-found page",
    ),
    (
        r"\b50[0-4]\b.{0,40}(?:error|gateway|unavailable)|service (?:is )?(?:temporarily )?unavailable|bad gateway"
        r"|internal server error",
        "a server-error page",
    ),
    (
        r"(?:source|document) to .{0,60}is (?:currently )?(?:unavailable|being processed)|pdf (?:is )?being generated",
        "a page that says to come back later",
    ),
)
FORM_CHARACTERS = 4_000


def error_form(body: bytes) -> str | None:
    """What kind of error page or stub the body is, else None."""
    return form_of(plain(body))


def form_of(text: str) -> str | None:
    """The same of a page's text."""
    if len(text) > FORM_CHARACTERS:
        return None
    lowered = text.lower()
    for pattern, name in FORMS:
        if re.search(pattern, lowered):
            return name
    return None


def refusal(document: Document, title: str | None, abstract: str | None) -> str | None:
    """Why the document is not the listed paper or not all of it; None when it is.

    `title` and `abstract` are the listing's; where both are None or empty the document is taken at its word.
    An abs page has to be the paper, not whole.
    """
    form = form_of("\n".join(block.text for block in document.blocks[:200])) if len(document.blocks) < 200 else None
    if form:
        return form
    other = _another(document, title or "", abstract or "")
    if other:
        return other
    return None if document.source == "abs" else _part(document)


def _another(document: Document, title: str, abstract: str) -> str | None:
    """Why it is not the paper, by title and abstract."""
    if not words(title) and not words(abstract):
        return None
    beginning = tuple(words(document.opening()))
    likeness = title_likeness(title, document.title, beginning)
    telling = _telling(abstract, title)
    if not telling:
        return None if likeness >= TITLE_SAME else f"another paper: its title is {_shown(document)}"
    pairs, singles = _shares(telling, beginning)
    if pairs >= ABSTRACT_PAIRS:
        return None
    if likeness >= TITLE_FITS and (pairs >= SOME_PAIRS or singles >= ABSTRACT_WORDS):
        return None
    return (
        f"another paper: {pairs:.0%} of the listed abstract's word pairs stand at its beginning, "
        f"and its title is {_shown(document)}"
    )


def _shown(document: Document) -> str:
    return f"'{document.title[:100]}'" if document.title else "not marked"


def _part(document: Document) -> str | None:
    """Why it is not all of a paper."""
    size, sections = document.body_characters(), document.sections()
    if document.truncated:
        return "cut off: the page ends before its end"
    if size < MIN_BODY:
        return f"no body: {size} characters besides the abstract"
    if len(sections) < MIN_SECTIONS and size < MANY_CHARACTERS:
        return f"not whole: {len(sections)} section of {size} characters" if sections else "not whole: no sections"
    count = sum(len(block.text.split()) for block in document.blocks)
    if document.errors >= MIN_ERRORS and document.errors > ERROR_SHARE * count:
        return f"{document.errors} conversion errors in {count} words"
    return None


def title_likeness(listed: str, marked: str, beginning: tuple[str, ...]) -> float:
    """How alike the titles are, from 0 to 100: the one marked, else the best place of the document's first words."""
    wanted = " ".join(words(listed))
    if not wanted:
        return 0.0
    said = " ".join(words(marked))
    best = fuzz.ratio(wanted, said)
    short, long = sorted((wanted, said), key=len)
    if len(short.split()) >= 3 and long.startswith(short):
        best = max(best, 95.0)  # listed, or printed, without its subtitle
    elif len(short.split()) >= 5 and short in long:
        best = max(best, 93.0)
    head = " ".join(beginning[:80])
    if len(wanted.split()) >= 4:
        best = max(best, fuzz.partial_ratio(wanted, head) if len(wanted) <= len(head) else 0.0)
    return best


def _telling(abstract: str, title: str) -> tuple[str, ...]:
    """The abstract's words, if there are enough beyond the title's own to tell papers apart; else none."""
    listed, known = words(abstract), set(words(title))
    return tuple(listed) if sum(word not in known for word in listed) >= TELLING else ()


def _shares(listed: tuple[str, ...], beginning: tuple[str, ...]) -> tuple[float, float]:
    """The shares of the listed words' neighbouring pairs, and of the longer words, that the beginning has."""
    there = set(pairwise(beginning))
    wanted = set(pairwise(listed))
    content = {word for word in listed if len(word) > 3}
    vocabulary = set(beginning)
    return (
        len(wanted & there) / len(wanted) if wanted else 0.0,
        len(content & vocabulary) / len(content) if content else 0.0,
    )


@lru_cache(maxsize=512)
def words(text: str) -> tuple[str, ...]:
    """The words to compare texts by: no case, no accents, no LaTeX commands, ligatures as letters."""
    bare = unicodedata.normalize("NFKD", MARKUP.sub(" ", text)).casefold()
    return tuple(WORD.findall("".join(c for c in bare if not unicodedata.combining(c)) if not bare.isascii() else bare))
