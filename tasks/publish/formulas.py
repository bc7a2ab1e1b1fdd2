r"""Formulas of papers' text as MathML, made when a page is: what cannot be converted stays as the LaTeX that it was.

`$...$`, `$$...$$`, `\(...\)` and `\[...\]` are formulas; `$5 and $10` is money. The converter hands on whatever stands
in `\text{}`, so its output is taken apart and only elements and attributes of MathML that no script can hide in pass.
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
_PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "mover": 2, "munder": 2, "mroot": 2, "msubsup": 3, "munderover": 3}
_COMMAND = re.compile(r"\\[A-Za-z]")
_ONLY_A_NUMBER = re.compile(r"[\d.,\s]+")


def formula(latex: str, display: bool = False) -> Markup | None:
    """`latex` as a MathML element; None when it cannot be converted whole and safely."""
    return _converted(clean(latex), display)


@lru_cache(maxsize=20_000)
def _converted(latex: str, display: bool) -> Markup | None:
    if not latex or _ONLY_A_NUMBER.fullmatch(latex) or len(latex) > 1500:
        return None
    try:
        made = convert(latex.replace("<", r"\lt ").replace(">", r"\gt "), display="block" if display else "inline")
        root = ET.fromstring(made)  # noqa: S314 - of our converter, without a document type or entities
    except Exception:  # noqa: BLE001 - a converter's fault, of whatever kind, costs the look of one formula
        return None
    if not _sound(root):
        return None
    root.set("xmlns", _MATHML)
    return Markup(ET.tostring(root, encoding="unicode", short_empty_elements=False))  # noqa: S704 - checked above


def _sound(root: ET.Element) -> bool:
    """Strip namespaces and unknown attributes; whether every element is known, whole, and no command left as it is."""
    for node in root.iter():
        node.tag = str(node.tag).rpartition("}")[2]
        if node.tag not in _ELEMENTS or _COMMAND.search(node.text or "") or (node.tail or "").strip():
            return False
        if len(node) != _PARTS.get(node.tag, len(node)):
            return False
        for name in [n for n in node.attrib if n not in _ATTRIBUTES]:
            del node.attrib[name]
    return True


def pieces(text: str) -> Iterator[tuple[int, int, Markup | None]]:
    """The stretches of `text`, in order: start, end, and the MathML of a formula or None for plain text."""
    at = 0
    for found in _FORMULA.finditer(text):
        latex = next(g for g in found.groups() if g is not None)
        made = formula(latex, found.lastgroup in ("display", "square"))
        if made is None:
            continue
        if found.start() > at:
            yield at, found.start(), None
        yield found.start(), found.end(), made
        at = found.end()
    if at < len(text):
        yield at, len(text), None


def with_formulas(text: str) -> Markup:
    """`text` escaped for HTML, its formulas as MathML."""
    if "$" not in text and "\\" not in text:
        return escape(text)
    return Markup("").join(escape(text[a:b]) if made is None else made for a, b, made in pieces(text))


_TAG = re.compile(r"(<[^>]*>)")
_VERBATIM = re.compile(r"<(/?)(?:code|pre|svg)\b")


def formulas_in_html(html: str) -> str:
    """HTML made by the renderer with the formulas of its text as MathML; code and drawings stay as they are."""
    if "$" not in html and "\\(" not in html and "\\[" not in html:
        return html
    parts, verbatim = _TAG.split(html), 0
    for n, part in enumerate(parts):
        if n % 2:
            found = _VERBATIM.match(part)
            verbatim += (-1 if found[1] else 1) if found else 0
        elif not verbatim and ("$" in part or "\\" in part):
            parts[n] = str(with_formulas(str(Markup(part).unescape())))  # noqa: S704 - text between tags
    return "".join(parts)
