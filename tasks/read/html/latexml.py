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

from papers.numbers.normalization import UNKNOWN_UNIT
from tasks.read.raised_text import lowered_text, raised_text

OPEN, CLOSE, ERROR = "\ufdd0", "\ufdd1", "\ufdd2"
RAISED, LOWERED, LEVEL = "\ufdd3", "\ufdd4", "\ufdd5"  # the beginning of a superscript, of a subscript; their end
STYLE = "\ufdd8"  # after an ERROR: the macro sets a style, and says nothing about a number beside it
NOTE, NOTE_END = "\ufdd6", "\ufdd7"  # around the text of a note, where its mark was
STYLE_MACROS = frozenset({
    "ul", "uline", "uuline", "uwave", "sout", "xout", "hl", "st", "so", "useunder", "xspace", "cellcolor", "rowcolor",
    "columncolor", "rowcolors", "textls", "bm", "bfseries", "itshape", "scriptsize", "footnotesize", "makecell",
})  # fmt: skip
NO_CLASSES: frozenset[str] = frozenset()
_OPEN, _CLOSE, _ERROR = OPEN.encode(), CLOSE.encode(), ERROR.encode()

_ALTTEXT = re.compile(rb"""[^<>]*?\balttext=(?:"([^"]*)"|'([^']*)')""")
_ANNOTATION, _ANNOTATION_END, _TEX_TYPE = b"<annotation", b"</annotation>", b"application/x-tex"
# Invisible characters: soft hyphens, zero-width spaces and joiners, direction marks, byte-order marks.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_DISPLAYSTYLE = re.compile(r"^\s*\\(?:displaystyle|textstyle)\b\s*")
_BLANK_BEFORE_STOP = re.compile(r" +(?=[,;.](?:\s|$))")
_UNSEEN_ELEMENT = re.compile(r"(?i)<(?:(script)|(style))\b")
_UNSEEN_ELEMENT_ENDS = (re.compile(r"(?i)</script>"), re.compile(r"(?i)</style>"))
# A superscript or subscript, and the inner one of two.
_SHIFTED = re.compile(f"([{RAISED}{LOWERED}])([^{RAISED}{LOWERED}{LEVEL}]{{0,300}}){LEVEL}")
_SHIFTS = re.compile(f"[{RAISED}{LOWERED}{LEVEL}]")
_MERROR = re.compile(rb"<merror[^>]*+>(?:<mtext[^>]*+>)?(\\[A-Za-z]{1,40})")
# An error beside a number. In text, spaces, braces, signs, the ends of a formula, or a short formula without numbers
# may be between; within a formula spaces and braces, since an operator makes the macro a quantity of its own.
_SYMBOLS = rf"{OPEN}(?:\\[A-Za-z]{{1,20}}|[^{CLOSE}\dA-Za-z]){{0,12}}{CLOSE}"
_BESIDE = rf"(?:[\s{{}}()~±+−-]|\\[,;:! ]|{_SYMBOLS}|[{OPEN}{CLOSE}]){{0,12}}+"
_BESIDE_IN_FORMULA = r"(?:[ {}~]|\\[,;:! ]){0,12}+"
_MACRO = r"\\[A-Za-z]{1,40}+"
_ERROR_BESIDE_NUMBER = re.compile(
    rf"(?<=\d)(?P<between>{_BESIDE}){ERROR}(?!\\)|{ERROR}(?!\\)(?={_BESIDE}\.?\d)"
    rf"|(?<=\d)(?P<inside>{_BESIDE_IN_FORMULA}){ERROR}{_MACRO}|{ERROR}{_MACRO}(?={_BESIDE_IN_FORMULA}(?:(?<=\{{)[+-])?\.?\d)"
)
_NOTE_BEFORE_PERCENT = re.compile(rf"(?<=\d)({NOTE}[^{NOTE}{NOTE_END}]*{NOTE_END})(\s?(?:{OPEN}?\\)?%(?:{CLOSE})?)")
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
        errors = b""
        if has_errors and (count := piece.count(b"<merror", 0, end)):
            tex, placed = _place_errors(tex, piece, end)
            errors = _ERROR * (count - placed)
        if b"<" in tex:
            tex = tex.replace(b"<", b"&lt;")
        parts += (_OPEN, tex.replace(b"%\n", b""), _CLOSE, errors, piece[end + 7 :])
    return b"".join(parts)


def _place_errors(tex: bytes, piece: bytes, end: int) -> tuple[bytes, int]:
    """The LaTeX with an ERROR character before each unknown macro that is found in it, and how many they are."""
    parts: list[bytes] = []
    placed = position = 0
    for error in _MERROR.finditer(piece, 0, end):
        macro = error.group(1)
        start = tex.find(macro, position)
        if start >= 0 and not tex[start + len(macro) : start + len(macro) + 1].isalpha():
            parts += (tex[position:start], error_sign(macro.decode()).encode(), macro)
            placed, position = placed + 1, start + len(macro)
    return b"".join([*parts, tex[position:]]), placed


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
        if RAISED in text or LOWERED in text:
            text = _write_shifts(text)
        if LEVEL in text:
            text = text.replace(LEVEL, "")
        if ERROR in text:
            text = _write_errors(text)
        if NOTE in text:
            text = _NOTE_BEFORE_PERCENT.sub(r"\2\1", text).replace(NOTE, " [footnote: ").replace(NOTE_END, "]")
        if OPEN in text:
            text = text.replace(OPEN + "\\displaystyle", OPEN).replace(OPEN, "$").replace(CLOSE, "$").replace("$$", "")
        if "\u02dc" in text:  # LaTeX's non-breaking space, as LaTeXML writes it in "Figure~1"
            text = text.replace("\u02dc", " ")
    return " ".join(text.split())


def _write_shifts(text: str) -> str:
    """The text with its superscripts and subscripts written apart from numbers."""
    parts: list[str] = []
    before, position = "", 0
    for match in _SHIFTED.finditer(text):
        start, end = match.span()
        between, content = text[position:start], match.group(2)
        before = _SHIFTS.sub("", before + between)[-60:]
        after = _SHIFTS.split(text[end : end + 16].lstrip(LEVEL), maxsplit=1)[0]
        write = raised_text if match.group(1) == RAISED else lowered_text
        written = write(before, content, after)
        parts += (between, written)
        before, position = before + written, end
    return _SHIFTS.sub("", "".join([*parts, text[position:]]))


def error_sign(macro: str) -> str:
    """The characters that stand for an unknown macro until `normalize_text` writes or drops them."""
    return ERROR + STYLE if macro.strip().lstrip("\\") in STYLE_MACROS else ERROR


def split_notes(text: str) -> tuple[str, list[str]]:
    """The text without its notes, and the notes; a note within a note is a part of it."""
    if NOTE not in text:
        return text, []
    parts: list[str] = []
    notes: list[list[str]] = []
    depth = 0
    for piece in re.split(f"([{NOTE}{NOTE_END}])", text):
        if piece == NOTE:
            depth += 1
            if depth == 1:
                notes.append([])
                continue
        elif piece == NOTE_END:
            depth = max(0, depth - 1)
            if not depth:
                continue
        (notes[-1] if depth else parts).append(piece)
    return "".join(parts), ["".join(note) for note in notes]


def without_shifts(text: str) -> str:
    """The text without the characters around superscripts and subscripts."""
    return _SHIFTS.sub("", text)


def _write_errors(text: str) -> str:
    """The text with the sign of an unknown unit for each error beside a number, and without the others."""
    if STYLE in text:
        text = text.replace(ERROR + STYLE, "")
    text = _ERROR_BESIDE_NUMBER.sub(lambda m: (m["between"] or m["inside"] or "") + UNKNOWN_UNIT, text)
    return text.replace(ERROR, "")


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
