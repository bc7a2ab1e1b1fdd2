"""What the lines of a text without markup mean: title, headings, paragraphs, captions, works cited, running heads.

Made for the text layer of a LaTeX PDF. A page's text comes as lines; a line's length, its end and its first
words are all there is to go by, and the numbers of the headings, which must follow on each other.
"""

from __future__ import annotations

import re
from collections import Counter

from tasks.read.document import ABSTRACT, Document
from tasks.read.links import links_in_text
from tasks.read.pdf_blocks import _Reader

STAMP = re.compile(r"^\s*arXiv:(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?\b.*$")
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
UNTEXT = re.compile("[\x00-\x08\x0b-\x1f\xad\u200b\ufeff\ufb00-\ufb06]")  # what no reader sees, and ligatures
LEADERS = re.compile(r"(?:\. ?){6,}\d*$")  # a line of the contents
# First parts of compounds that keep their hyphen when nothing else in the paper decides.
PREFIXES = frozenset({
    "chain", "closed", "cross", "data", "domain", "end", "few", "fine", "first", "ground", "high", "human",
    "instruction", "large", "long", "low", "multi", "non", "off", "on", "one", "open", "post", "pre", "real", "second",
    "self", "semi", "short", "single", "small", "state", "step", "task", "text", "three", "token", "two", "vision",
    "well", "zero",
})  # fmt: skip
HYPHEN = "\ufffe"  # pdfium's mark of a hyphen at a line's end; the line break after it is gone
WORD = re.compile(r"[^\W\d_]{2,}")
CUT = re.compile(rf"([^\W\d_]+){HYPHEN}([^\W_]+)")
EDGE = 2  # lines at a page's top and bottom that may be running heads


def document_of(pages: list[str]) -> Document:
    """The document that the pages' texts make."""
    lines, version = _without_frame([_split(page) for page in pages])
    lines = _dehyphened(lines)
    reader = _Reader(_width(lines))
    for number, page in enumerate(lines, start=1):
        reader.read_page(number, page)
    reader.flush()
    blocks = reader.blocks
    return Document(
        source="pdf",
        title=_title(lines[0] if lines else []),
        abstract="\n".join(b.text for b in blocks if b.section == ABSTRACT and b.kind != "heading"),
        version=version,
        blocks=blocks,
        links=links_in_text(blocks),
    )


# --- lines as the page has them ------------------------------------------------------------------------------------


def _split(page: str) -> list[str]:
    text = UNTEXT.sub(lambda found: LIGATURES.get(found.group(), ""), page.replace("\r", ""))
    return [line for raw in text.split("\n") if (line := " ".join(raw.split()))]


def _without_frame(pages: list[list[str]]) -> tuple[list[list[str]], str | None]:
    """The pages without stamp, page numbers and running heads, and the version that the stamp names."""
    version = None
    for page in pages[:2]:
        for line in page:
            if stamp := STAMP.match(line):
                version = version or stamp.group(1)
    heads: Counter[str] = Counter()
    for page in pages:
        heads.update({_shape(line) for line in (*page[:EDGE], *page[-EDGE:])})
    often = max(3, 0.25 * len(pages))
    running = {shape for shape, count in heads.items() if count >= often and len(shape) > 3}
    return [_body(page, running) for page in pages], version


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def _body(page: list[str], running: set[str]) -> list[str]:
    kept = []
    for place, line in enumerate(page):
        at_edge = place < EDGE or place >= len(page) - EDGE
        if (
            STAMP.match(line)
            or LEADERS.search(line)
            or (at_edge and (_shape(line) in running or re.fullmatch(r"[-– ]*\d{1,4}[-– ]*", line)))
        ):
            continue
        kept.append(line)
    return kept


def _dehyphened(pages: list[list[str]]) -> list[list[str]]:
    """Words that a line's end cut in two, joined: with the hyphen where the paper writes the word so elsewhere."""
    text = "\n".join(line for page in pages for line in page)
    if HYPHEN not in text:
        return pages
    tokens = Counter(text.lower().split())

    def seen(word: str) -> int:
        return sum(tokens[word + stop] for stop in ("", ",", ".", ";", ":", ")"))

    def mend(cut: re.Match[str]) -> str:
        left, right = cut.group(1), cut.group(2)
        whole, compound = (left + right).lower(), f"{left}-{right}".lower()
        if seen(whole):
            return left + right
        keeps = (
            not right[0].islower()
            or seen(compound)
            or left.lower() in PREFIXES
            or (seen(left.lower()) > 1 and seen(right.lower()) > 1)
        )
        return f"{left}-{right}" if keeps else left + right

    return [[CUT.sub(mend, line).replace(HYPHEN, "-") if HYPHEN in line else line for line in page] for page in pages]


def _width(pages: list[list[str]]) -> int:
    """Characters of a full line of running text."""
    lengths = sorted(len(line) for page in pages for line in page if len(line) > 30)
    return lengths[int(0.6 * len(lengths))] if lengths else 80


def _title(first_page: list[str]) -> str:
    """The first lines, up to what looks like authors."""
    taken: list[str] = []
    for line in (line for line in first_page[:5] if WORD.search(line)):
        authors = re.search(r"[\d@∗*†‡,]| and [A-Z]|^abstract", line, re.I if line.lower() == "abstract" else 0)
        if taken and (authors or len(taken[-1]) < 30):
            break
        taken.append(line)
    return " ".join(taken)[:300]


# --- lines as blocks -----------------------------------------------------------------------------------------------
