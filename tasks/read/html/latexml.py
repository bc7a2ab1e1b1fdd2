"""Prepares the bytes of a LaTeXML page for the parser, and cleans the text that comes out of it.

A formula is on the page twice: as LaTeX in `alttext` and as MathML, which is a third of the page. Before parsing, only
the LaTeX is kept, as text, so that a paragraph takes one call of the parser's own text function. Two Unicode
noncharacters enclose it: the block of an equation drops them, other text shows them as `$`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import unescape

from selectolax.lexbor import LexborHTMLParser, LexborNode

OPEN, CLOSE, ERROR = "\ufdd0", "\ufdd1", "\ufdd2"
HARMLESS_ERROR = "\ufdd5"  # of a macro that marks or colours text
NOTE_OPEN, NOTE_CLOSE = "\ufdd3", "\ufdd4"  # around the text of a footnote
UNKNOWN_UNIT = "\ufffd"  # beside a number where LaTeXML left an error: what was there may have been its unit
NO_CLASSES: frozenset[str] = frozenset()
_OPEN, _CLOSE, _ERROR = OPEN.encode(), CLOSE.encode(), ERROR.encode()

_ALTTEXT = re.compile(rb"""[^<>]*?\balttext=(?:"([^"]*)"|'([^']*)')""")
_ANNOTATION, _ANNOTATION_END, _TEX_TYPE = b"<annotation", b"</annotation>", b"application/x-tex"
# Invisible characters: soft hyphens, zero-width spaces and joiners, direction marks, byte-order marks.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_DECORATION = re.compile(
    r"\\(?:ul|hl|st|sout|u?uline|uwave|underline|textcolor|color|(?:cell|row|column)color|colorbox|fbox|best|first|second\w*|third|bst"
    r"|scnd|bf|bm|bold\w*|text\w{1,4}|emph|c?mark|[cx]mark|ding|fa\w+|multirow|makecell|thead|\w*rule|rotatebox|up\w*|down\w*|highlight\w*)\*?\s*"
)
_ERROR_AFTER_NUMBER = re.compile(rf"(\d[\s{{}}()$]{{0,4}}|\$[^$\d]{{0,40}}\d[^$]{{0,40}}\$\s?){ERROR}+")
_ERROR_BEFORE_NUMBER = re.compile(rf"{ERROR}+(?=[\s{{(\[$]{{0,4}}[-+−]?[\d.])")
_NOTE = re.compile(f"{NOTE_OPEN}([^{NOTE_CLOSE}]*){NOTE_CLOSE}")
_DISPLAYSTYLE = re.compile(r"^\s*\\(?:displaystyle|textstyle)\b\s*")
_BLANK_BEFORE_STOP = re.compile(r" +(?=[,;.](?:\s|$))")
_UNSEEN_ELEMENT = re.compile(r"(?i)<(?:(script)|(style))\b")
_UNSEEN_ELEMENT_ENDS = (re.compile(r"(?i)</script>"), re.compile(r"(?i)</style>"))
_HUGE_REFERENCE = re.compile(r"&#\d{1000,}+;?")  # more digits than Python converts


def replace_math(body: bytes, has_errors: bool = True) -> bytes:
    """The page with each `<math>` replaced by its LaTeX; a formula without LaTeX or without an end tag is unchanged.

    If the page `has_errors`, each error inside a formula becomes an ERROR character after it.
    """
    first, *pieces = body.split(b"<math")
    parts = [first]
    for piece in pieces:
        end = piece.find(b"</math>")
        if piece.startswith(b' alttext="') and 0 <= (quote := piece.find(b'"', 10)) < end:
            tex: bytes | None = piece[10:quote]
        else:
            tex = _formula_latex(piece, end)
        if tex is None:
            parts += (b"<math", piece)
            continue
        if b"<" in tex:
            tex = tex.replace(b"<", b"&lt;")
        errors = _ERROR * piece.count(b"<merror", 0, end) if has_errors else b""
        parts += (_OPEN, tex.replace(b"%\n", b""), _CLOSE, errors, piece[end + 7 :])
    return b"".join(parts)


def _formula_latex(piece: bytes, end: int) -> bytes | None:
    """The LaTeX of a formula; `piece` is everything after "<math", and the formula ends at `end`."""
    if end < 0:
        return None
    if match := _ALTTEXT.match(piece, 0, end):
        return match.group(1) or match.group(2)
    return _annotated_latex(piece, end)


def _annotated_latex(piece: bytes, end: int) -> bytes | None:
    """The text of the first annotation before `end` that holds LaTeX and nothing else.

    In one pass: a regular expression would look for the end of each tag again and again where there is none.
    """
    start = piece.find(_ANNOTATION, 0, end)
    while start >= 0 and (tag_end := piece.find(b">", start, end)) >= 0:
        if piece.find(_TEX_TYPE, start + len(_ANNOTATION), tag_end) >= 0:
            text_end = piece.find(b"<", tag_end, end)
            if text_end < 0:
                return None
            if piece.startswith(_ANNOTATION_END, text_end, end):
                return piece[tag_end + 1 : text_end]
        start = piece.find(_ANNOTATION, tag_end, end)
    return None


def remove_element(body: bytes, opening: bytes, closing: bytes) -> bytes:
    """The bytes without the first element with these tags, which must not contain another of the same kind."""
    start = body.find(opening)
    end = body.find(closing, start) if start >= 0 else -1
    return body[:start] + body[end + len(closing) :] if end >= 0 else body


def parse_page(body: bytes) -> tuple[LexborHTMLParser, bool]:
    """The parsed page with formulas as text, and whether LaTeXML left any error on it.

    The table of contents and the bibliography are not text of the paper: they are removed first, for speed. Any that
    this does not find are skipped in the walk over the tree.
    """
    has_errors = b"ltx_ERROR" in body
    page = remove_element(replace_math(body, has_errors), b'<nav class="ltx_TOC"', b"</nav>")
    page = remove_element(page, b'<section class="ltx_bibliography"', b"</section>")
    return LexborHTMLParser(page), has_errors


def normalize_text(text: str) -> str:
    """The text on one line: with single spaces, without invisible characters, formulas in `$`."""
    if not text.isascii():
        if _INVISIBLE.search(text):
            text = _INVISIBLE.sub("", text)
        if OPEN in text:
            text = text.replace(OPEN + "\\displaystyle", OPEN).replace(OPEN, "$").replace(CLOSE, "$").replace("$$", "")
        if ERROR in text:
            text = _mark_unknown_units(text).replace(ERROR, "")
        if HARMLESS_ERROR in text:
            text = text.replace(HARMLESS_ERROR, "")
        if NOTE_OPEN in text:
            text = text.replace(NOTE_OPEN, " [footnote: ").replace(NOTE_CLOSE, "]")
        if "\u02dc" in text:  # LaTeX's non-breaking space, as LaTeXML writes it in "Figure~1"
            text = text.replace("\u02dc", " ")
    return " ".join(text.split())


def split_notes(text: str) -> tuple[str, list[str]]:
    """A title without its footnotes, and the footnotes, both normalized."""
    pieces = _NOTE.split(text)
    notes = [note for n in pieces[1::2] if (note := normalize_text(n))]
    return _BLANK_BEFORE_STOP.sub("", normalize_text(" ".join(pieces[::2]) if len(pieces) > 1 else text)), notes


def error_sign(macro: str) -> str:
    """What stands for an error in a page's text: of a macro that only decorates text, no unit can be lost."""
    return HARMLESS_ERROR if _DECORATION.fullmatch(macro.strip()) else ERROR


def _mark_unknown_units(text: str) -> str:
    """The text with UNKNOWN_UNIT for each error that touches a number, across blanks, braces and `$`."""
    text = _ERROR_AFTER_NUMBER.sub(lambda m: m.group(1) + UNKNOWN_UNIT, text)
    return _ERROR_BEFORE_NUMBER.sub(UNKNOWN_UNIT, text)


def display_latex(text: str) -> str:
    """The text of a display equation as LaTeX, without `$` around its formulas."""
    parts = [_DISPLAYSTYLE.sub("", part) for part in text.split(OPEN)]
    return _BLANK_BEFORE_STOP.sub("", normalize_text(" ".join(parts).replace(CLOSE, " ")))


def classes(node: LexborNode) -> frozenset[str]:
    """The CSS classes of the element."""
    attribute = node.attributes.get("class")
    return split_classes(attribute) if attribute else NO_CLASSES


@lru_cache(maxsize=4096)
def split_classes(attribute: str) -> frozenset[str]:
    """The classes in a `class` attribute; cached, since a page has few distinct values."""
    return frozenset(attribute.split())


def visible_text(body: bytes, limit: int = 200_000) -> str:
    """Roughly the visible text of any HTML, without a parser; used to recognize error pages."""
    text = _without_tags(_without_unseen_elements(body[:limit].decode("utf-8", "replace")))
    return " ".join(unescape(_HUGE_REFERENCE.sub("\N{REPLACEMENT CHARACTER}", text)).split())


def _without_unseen_elements(text: str) -> str:
    """The text with a space for each script or style element; one without an end tag stays.

    Each end tag is looked for once: where one is missing, it is missing for all later elements of the kind.
    """
    parts: list[str] = []
    position = 0
    unclosed: set[int] = set()
    for opening in _UNSEEN_ELEMENT.finditer(text):
        kind = (opening.lastindex or 1) - 1
        if opening.start() < position or kind in unclosed:
            continue
        closing = _UNSEEN_ELEMENT_ENDS[kind].search(text, opening.end())
        if closing is None:
            unclosed.add(kind)
            continue
        parts += (text[position : opening.start()], " ")
        position = closing.end()
    return "".join([*parts, text[position:]])


def _without_tags(text: str, longest: int = 2_000) -> str:
    """The text with a space for each tag: from a `<` to the next `>`, with at most `longest` characters between."""
    *pieces, last = text.split(">")
    parts: list[str] = []
    for piece in pieces:
        start = piece.find("<", max(0, len(piece) - longest - 1))
        parts += (piece, ">") if start < 0 else (piece[:start], " ")
    return "".join([*parts, last])
