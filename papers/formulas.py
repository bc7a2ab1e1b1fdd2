r"""Formulas in the text of papers as MathML; a formula that cannot be converted stays LaTeX.

`$...$`, `$$...$$`, `\(...\)` and `\[...\]` are formulas; `$5 and $10` is money. The converter copies the content of
`\text{}` unchecked, so its output is parsed, and only MathML elements and attributes that cannot hold a script pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree as ET

from latex2mathml.converter import convert
from markupsafe import Markup, escape

from papers.text import clean

_FORMULA = re.compile(
    r"""\$\$(?P<display>[^$]{1,2000}?)\$\$
      | (?<![\\$\w])\$(?=[^\s$])(?P<inline>[^$\n]{0,1000}?[^\s\\$])\$(?!\d)
      | \\\((?P<round>.{1,1000}?)\\\)
      | \\\[(?P<square>.{1,2000}?)\\\]""",
    re.VERBOSE | re.DOTALL,
)
_MATHML = "http://www.w3.org/1998/Math/MathML"
_ELEMENTS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "mfrac",
        "msqrt",
        "mroot",
        "mstyle",
        "msub",
        "msup",
        "msubsup",
        "munder",
        "mover",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
        "mpadded",
        "mphantom",
        "menclose",
        "merror",
        "mmultiscripts",
        "mprescripts",
        "none",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "display",
        "displaystyle",
        "scriptlevel",
        "mathvariant",
        "stretchy",
        "fence",
        "separator",
        "accent",
        "accentunder",
        "linethickness",
        "columnalign",
        "rowspacing",
        "columnspacing",
        "columnlines",
        "rowlines",
        "largeop",
        "movablelimits",
        "minsize",
        "maxsize",
        "lspace",
        "rspace",
        "width",
        "height",
        "depth",
        "form",
        "symmetric",
        "notation",
    ]
)
_CHILD_COUNTS = {"mfrac": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "mroot": 2, "msubsup": 3, "munderover": 3}
_COMMAND = re.compile(r"\\[A-Za-z]")
_BARE_NUMBER = re.compile(r"[\d.,\s]+")


def formula(latex: str, display: bool = False) -> Markup | None:
    """`latex` as a MathML element; None if it cannot be converted completely and safely."""
    return _to_mathml(clean(latex), display)


@lru_cache(maxsize=20_000)
def _to_mathml(latex: str, display: bool) -> Markup | None:
    if not latex or _BARE_NUMBER.fullmatch(latex) or len(latex) > 1500:
        return None
    try:
        mathml = convert(latex.replace("<", r"\lt ").replace(">", r"\gt "), display="block" if display else "inline")
        root = ET.fromstring(mathml)  # noqa: S314 - from our converter, without a document type or entities
    except Exception:  # noqa: BLE001 - any error of the converter only leaves one formula as LaTeX
        return None
    if not _sanitize(root):
        return None
    root.set("xmlns", _MATHML)
    return Markup(ET.tostring(root, encoding="unicode", short_empty_elements=False))  # noqa: S704 - checked above


def _sanitize(root: ET.Element) -> bool:
    """Remove namespaces and unknown attributes; True if all elements are known and complete and no command is left."""
    for node in root.iter():
        node.tag = str(node.tag).rpartition("}")[2]
        if node.tag not in _ELEMENTS or _COMMAND.search(node.text or "") or (node.tail or "").strip():
            return False
        if len(node) != _CHILD_COUNTS.get(node.tag, len(node)):
            return False
        for name in [n for n in node.attrib if n not in _ATTRIBUTES]:
            del node.attrib[name]
    return True


def split_formulas(text: str) -> Iterator[tuple[int, int, Markup | None]]:
    """The spans of `text` in order: start, end, and the MathML of a formula or None for plain text."""
    position = 0
    may_have_formulas = "$" in text or "\\" in text
    for match in _FORMULA.finditer(text) if may_have_formulas else ():
        latex = next(g for g in match.groups() if g is not None)
        mathml = formula(latex, match.lastgroup in ("display", "square"))
        if mathml is None:
            continue
        if match.start() > position:
            yield position, match.start(), None
        yield match.start(), match.end(), mathml
        position = match.end()
    if position < len(text):
        yield position, len(text), None


def with_formulas(text: str) -> Markup:
    """`text` escaped for HTML, with its formulas as MathML."""
    if "$" not in text and "\\" not in text:
        return escape(text)
    return Markup("").join(escape(text[a:b]) if mathml is None else mathml for a, b, mathml in split_formulas(text))


_TAG = re.compile(r"(<[^>]*>)")
_VERBATIM = re.compile(r"<(/?)(?:code|pre|svg)\b")


def formulas_in_html(html: str) -> str:
    """The renderer's HTML with the formulas in its text as MathML; code and SVG are unchanged."""
    if "$" not in html and "\\(" not in html and "\\[" not in html:
        return html
    end = html.rfind(">") + 1  # after it no tag ends, so none is looked for
    *parts, last = _TAG.split(html[:end])
    parts.append(last + html[end:])
    verbatim = 0
    for n, part in enumerate(parts):
        if n % 2:
            match = _VERBATIM.match(part)
            verbatim += (-1 if match[1] else 1) if match else 0
        elif not verbatim and ("$" in part or "\\" in part):
            parts[n] = str(with_formulas(str(Markup(part).unescape())))  # noqa: S704 - text between tags
    return "".join(parts)
