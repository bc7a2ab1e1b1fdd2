"""Bytes of a LaTeXML page before they are parsed, and small text after: formulas, notes, blanks.

A formula is on the page twice: as LaTeX in `alttext` and as MathML, which makes a third of the page. The LaTeX alone is
kept, as text, before parsing, so that a paragraph is one call to the parser's own text function. Two characters
that Unicode reserves for such a use enclose it: an equation's own block drops them, text shows them as `$`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

OPEN, CLOSE, ERROR = "\ufdd0", "\ufdd1", "\ufdd2"
NONE: frozenset[str] = frozenset()
_OPEN, _CLOSE, _ERROR = OPEN.encode(), CLOSE.encode(), ERROR.encode()

_ALT = re.compile(rb"""[^<>]*?\balttext=(?:"([^"]*)"|'([^']*)')""")
_TEX = re.compile(rb"<annotation[^>]*application/x-tex[^>]*>([^<]*)</annotation>")
# Characters that show nothing: soft hyphens, zero-width blanks and joiners, marks of direction, byte-order marks.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_DISPLAYSTYLE = re.compile(r"^\s*\\(?:displaystyle|textstyle)\b\s*")
_BLANK_BEFORE_STOP = re.compile(r" +(?=[,;.](?:\s|$))")


def with_latex(body: bytes, broken: bool = True) -> bytes:
    """The page with each `<math>` replaced by its LaTeX; one without LaTeX or without an end stays as it is.

    Where the page is `broken`, errors inside of a formula are counted by as many ERROR characters after it.
    """
    first, *pieces = body.split(b"<math")
    parts = [first]
    for piece in pieces:
        end = piece.find(b"</math>")
        if piece.startswith(b' alttext="') and 0 <= (closed := piece.find(b'"', 10)) < end:
            tex: bytes | None = piece[10:closed]
        else:
            tex = _latex(piece, end)
        if tex is None:
            parts += (b"<math", piece)
            continue
        if b"<" in tex:
            tex = tex.replace(b"<", b"&lt;")
        wrong = _ERROR * piece.count(b"<merror", 0, end) if broken else b""
        parts += (_OPEN, tex.replace(b"%\n", b""), _CLOSE, wrong, piece[end + 7 :])
    return b"".join(parts)


def _latex(piece: bytes, end: int) -> bytes | None:
    """The LaTeX of a formula of which `piece` is all after "<math", and which ends at `end`."""
    if end < 0:
        return None
    if found := _ALT.match(piece, 0, end):
        return found.group(1) or found.group(2)
    note = _TEX.search(piece, 0, end)
    return note.group(1) if note else None


def without(body: bytes, opening: bytes, closing: bytes) -> bytes:
    """The bytes without the first element that begins and ends so, one that holds none of its kind."""
    start = body.find(opening)
    end = body.find(closing, start) if start >= 0 else -1
    return body[:start] + body[end + len(closing) :] if end >= 0 else body


def parse(body: bytes) -> tuple[LexborHTMLParser, bool]:
    """The page's tree with formulas as text, and whether LaTeXML left any error on it.

    Contents and works cited, which are no text, are cut out before, for speed; those that the cut does not find are
    passed by in the walk over the tree.
    """
    broken = b"ltx_ERROR" in body
    lean = without(with_latex(body, broken), b'<nav class="ltx_TOC"', b"</nav>")
    lean = without(lean, b'<section class="ltx_bibliography"', b"</section>")
    return LexborHTMLParser(lean), broken


def squeeze(text: str) -> str:
    """One line of text: blanks single, unseen characters gone, formulas in `$`."""
    if not text.isascii():
        if _UNSEEN.search(text):
            text = _UNSEEN.sub("", text)
        if OPEN in text:
            text = text.replace(OPEN + "\\displaystyle", OPEN).replace(OPEN, "$").replace(CLOSE, "$").replace("$$", "")
        if ERROR in text:
            text = text.replace(ERROR, "")
        if "\u02dc" in text:  # LaTeX's blank that no line breaks at, as LaTeXML writes it in "Figure~1"
            text = text.replace("\u02dc", " ")
    return " ".join(text.split())


def formula(text: str) -> str:
    """A display equation's text as LaTeX: no `$` around its formulas."""
    parts = [_DISPLAYSTYLE.sub("", part) for part in text.split(OPEN)]
    return _BLANK_BEFORE_STOP.sub("", squeeze(" ".join(parts).replace(CLOSE, " ")))


def classes(node: LexborNode) -> frozenset[str]:
    """The element's classes."""
    named = node.attributes.get("class")
    return split_classes(named) if named else NONE


@lru_cache(maxsize=4096)
def split_classes(named: str) -> frozenset[str]:
    """The classes that a `class` attribute names; a page has few such attributes that differ."""
    return frozenset(named.split())


def plain(body: bytes, limit: int = 200_000) -> str:
    """What a reader sees of any HTML, roughly and without a parser; used on what is no paper."""
    text = body[:limit].decode("utf-8", "replace")
    text = re.sub(r"(?is)<(script|style)\b.*?</\1>", " ", text)
    return " ".join(unescape(re.sub(r"<[^>]{0,2000}>", " ", text)).split())
