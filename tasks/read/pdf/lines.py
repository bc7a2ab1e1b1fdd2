"""Turns the page texts of a LaTeX PDF into a document.

Removes the arXiv stamp, running heads and page numbers, joins words that were hyphenated at line ends, and finds the
title. `tasks.read.pdf.blocks` then turns the lines into blocks.
"""

from __future__ import annotations

import re
from collections import Counter

from tasks.read.document import ABSTRACT, Document
from tasks.read.links import links_in_text
from tasks.read.pdf.blocks import BlockReader

STAMP = re.compile(r"^\s*arXiv:(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(v\d+)?\b.*$")
LIGATURES = {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"}
REPLACED_CHARACTERS = re.compile(
    "[\x00-\x08\x0b-\x1f\xad\u200b\ufeff\ufb00-\ufb06]"
)  # invisible characters and ligatures
DOT_LEADERS = re.compile(r"(?:\. ?){6}\d*$")  # at least six: a line of the table of contents
# First parts of compounds that keep their hyphen if nothing else in the paper decides.
PREFIXES = frozenset({
    "chain", "closed", "cross", "data", "domain", "end", "few", "fine", "first", "ground", "high", "human",
    "instruction", "large", "long", "low", "multi", "non", "off", "on", "one", "open", "post", "pre", "real", "second",
    "self", "semi", "short", "single", "small", "state", "step", "task", "text", "three", "token", "two", "vision",
    "well", "zero",
})  # fmt: skip
HYPHEN = "\ufffe"  # pdfium's mark for a hyphen at a line end; it removes the line break after it
WORD = re.compile(r"[^\W\d_]{2,}")
HYPHENATED = re.compile(rf"(?<![^\W\d_])([^\W\d_]++){HYPHEN}([^\W_]+)")
EDGE_LINES = 2  # lines at the top and bottom of a page that may be running heads


def document_of(pages: list[str]) -> Document:
    """The document made from the texts of the pages."""
    lines, version = _remove_frame([_clean_lines(page) for page in pages])
    lines = _join_hyphenated(lines)
    reader = BlockReader(_width(lines))
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


# --- cleaning of lines ---------------------------------------------------------------------------------------------


def _clean_lines(page: str) -> list[str]:
    text = REPLACED_CHARACTERS.sub(lambda match: LIGATURES.get(match.group(), ""), page.replace("\r", ""))
    return [line for raw in text.split("\n") if (line := " ".join(raw.split()))]


def _remove_frame(pages: list[list[str]]) -> tuple[list[list[str]], str | None]:
    """The pages without stamp, page numbers and running heads, and the version on the stamp."""
    version = None
    for page in pages[:2]:
        for line in page:
            if stamp := STAMP.match(line):
                version = version or stamp.group(1)
    edge_lines: Counter[str] = Counter()
    for page in pages:
        edge_lines.update({_without_digits(line) for line in (*page[:EDGE_LINES], *page[-EDGE_LINES:])})
    threshold = max(3, 0.25 * len(pages))
    running_heads = {shape for shape, count in edge_lines.items() if count >= threshold and len(shape) > 3}
    return [_body_lines(page, running_heads) for page in pages], version


def _without_digits(line: str) -> str:
    return re.sub(r"\d+", "#", line)


def _body_lines(page: list[str], running_heads: set[str]) -> list[str]:
    lines = []
    for index, line in enumerate(page):
        at_edge = index < EDGE_LINES or index >= len(page) - EDGE_LINES
        if (
            STAMP.match(line)
            or DOT_LEADERS.search(line)
            or (at_edge and (_without_digits(line) in running_heads or re.fullmatch(r"[-– ]*\d{1,4}[-– ]*", line)))
        ):
            continue
        lines.append(line)
    return lines


def _join_hyphenated(pages: list[list[str]]) -> list[list[str]]:
    """Join words that are split at a line end, with the hyphen if the paper writes the word so elsewhere."""
    text = "\n".join(line for page in pages for line in page)
    if HYPHEN not in text:
        return pages
    tokens = Counter(text.lower().split())

    def count(word: str) -> int:
        return sum(tokens[word + stop] for stop in ("", ",", ".", ";", ":", ")"))

    def join(match: re.Match[str]) -> str:
        left, right = match.group(1), match.group(2)
        whole, compound = (left + right).lower(), f"{left}-{right}".lower()
        if count(whole):
            return left + right
        keeps_hyphen = (
            not right[0].islower()
            or count(compound)
            or left.lower() in PREFIXES
            or (count(left.lower()) > 1 and count(right.lower()) > 1)
        )
        return f"{left}-{right}" if keeps_hyphen else left + right

    return [
        [HYPHENATED.sub(join, line).replace(HYPHEN, "-") if HYPHEN in line else line for line in page] for page in pages
    ]


def _width(pages: list[list[str]]) -> int:
    """The number of characters in a full line of running text."""
    lengths = sorted(len(line) for page in pages for line in page if len(line) > 30)
    return lengths[int(0.6 * len(lengths))] if lengths else 80


def _title(first_page: list[str]) -> str:
    """The first lines, up to the first one that looks like authors."""
    title_lines: list[str] = []
    for line in (line for line in first_page[:5] if WORD.search(line)):
        authors = re.search(r"[\d@∗*†‡,⁰¹²³⁴-⁹]| and [A-Z]|^abstract", line, re.I if line.lower() == "abstract" else 0)
        if title_lines and (authors or len(title_lines[-1]) < 30):
            break
        title_lines.append(line)
    return " ".join(title_lines)[:300]
