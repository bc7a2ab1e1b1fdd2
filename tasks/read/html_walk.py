"""One pass over a LaTeXML page in the order of its text: from the page's elements to blocks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from papers.models import BlockKind
from tasks.read.document import ABSTRACT, SAFE_ID, Ids, Unreadable
from tasks.read.latexml import CLOSE, classes, formula, squeeze
from tasks.read.tables import rows_of

LISTING_LINES = 60  # of one block; a longer listing becomes several


MAX_DEPTH = 120  # of nested elements; deeper ones are read as plain text


WORKS_CITED = re.compile(r"(?i)^[\dIVX. ]*(?:references|bibliography|literature cited|works cited)\W*$")


BULLETS = frozenset("•–—-∙◦∗*▪■►▶◆⋄·✓†‡")


NOTE = " [footnote: "


NUMBER_AFTER = re.compile(r"\(([\w.*′'-]{1,12})\)\s*$")  # an equation's, after its last formula


NUMBER_BEFORE = re.compile(r"\s*\(([\w.*′'-]{1,12})\)(?=\s)")


# What makes its own block, so that an element with one inside is walked through instead of read in one go.
BLOCKISH = ".ltx_p, .ltx_tabular, .ltx_equation, .ltx_listing, .ltx_item, pre.ltx_verbatim"


WALKED = frozenset({"article", "blockquote", "center", "dd", "div", "dl", "figure", "main", "ol", "section", "ul"})


SKIPPED = frozenset({"defs", "title", "desc", "metadata", "text", "clippath", "nav", "head", "button", "img"})


PICTURE = frozenset({"svg", "g", "foreignobject"})  # a drawing's labels are no text; paragraphs inside are


HEADED = (
    "part", "chapter", "section", "subsection", "subsubsection", "paragraph", "subparagraph", "appendix",
    "acknowledgements",
)  # fmt: skip


ROLES: dict[str, str] = {
    "ltx_p": "p",
    "ltx_para": "para",
    "ltx_tabular": "table",
    "ltx_equation": "equation",
    "ltx_equationgroup": "equations",
    "ltx_listing": "listing",
    "ltx_caption": "caption",
    "ltx_title": "title",
    "ltx_item": "item",
    "ltx_abstract": "abstract",
}
ROLES |= {f"ltx_{name}": "section" for name in HEADED}
# No text of the paper: lists of contents and of works cited, the page's frame, who wrote it when (see `front`).
UNREAD = (
    "authors", "dates", "tag_item", "TOC", "page_navbar", "page_header", "page_footer", "pagination", "bibliography",
    "biblist", "index", "glossary", "listing_data", "rdf", "rule",
)  # fmt: skip
ROLES |= {f"ltx_{name}": "skip" for name in UNREAD}


State = tuple[str, bool, BlockKind, tuple[str, ...]]  # what a Walk is inside of


class Walk:
    """One pass over a page in the order of its text, which fills `rows`: what the blocks are made of, all at once."""

    def __init__(self, tree: LexborHTMLParser, deadline: float) -> None:
        self.rows: list[dict[str, str | None]] = []
        self.title = ""
        self._ids = Ids()
        self._path: tuple[str, ...] = ()
        self._kind: BlockKind = "paragraph"
        self._lead = ""  # a list item's mark, due at its first text
        self._base = ""  # id of the element that the next paragraph belongs to
        self._is_para = False
        self._deadline = deadline
        self._roles: dict[tuple[str, str], str] = {}  # of a tag with its classes; a page has few
        self._branching = _around(tree, BLOCKISH)
        self._handlers: dict[str, Callable[[LexborNode, int], None]] = {
            "p": self._leaf_or_walk,
            "para": self._para,
            "table": self._table,
            "equation": self._equation,
            "equations": self._equation,
            "listing": self._listing,
            "caption": self._caption,
            "title": self._heading,
            "item": self._item,
            "abstract": self._abstract,
            "section": self._section,
            "verbatim": self._verbatim,
            "skip": lambda node, depth: None,
        }

    def read(self, node: LexborNode, depth: int = 0) -> None:
        """Make blocks of the node's content: of its block elements each, of loose text between them a paragraph."""
        if depth > MAX_DEPTH:
            return self._text(node.text())
        if time.monotonic() > self._deadline:
            raise Unreadable("a page that takes too long to read")
        loose: list[str] = []
        for child in node.iter(include_text=True):
            tag = child.tag
            if tag == "-text":
                text = child.text_content
                if text and (loose or not text.isspace()):
                    loose.append(text)
                continue
            role = self._role(child, tag or "-")
            if role == "inline":
                loose.append(child.text_lexbor() or "")
                continue
            if loose:
                self._text("".join(loose))
                loose.clear()
            if role == "generic":
                self._inside(child, depth + 1)
            else:
                self._handlers[role](child, depth + 1)
        if loose:
            self._text("".join(loose))
        return None

    def _role(self, node: LexborNode, tag: str) -> str:
        named = node.attributes.get("class") or ""
        role = self._roles.get((tag, named))
        if role is None:
            role = self._roles[tag, named] = _role_of(tag, named)
        if role == "open":
            return "generic" if node.mem_id in self._branching else "inline"
        if role == "picture":
            return "generic" if node.mem_id in self._branching else "skip"
        return role

    # --- state ---------------------------------------------------------------------------------------------------

    def _enter(self, node: LexborNode, *, para: bool = False, kind: BlockKind | None = None) -> State:
        """What is read from here on belongs to the node, by its id where it has one; returns what to `_leave` with."""
        before = self._base, self._is_para, self._kind, self._path
        if own := _id(node):
            self._base, self._is_para = own, para
        if kind:
            self._kind = kind
        return before

    def _leave(self, before: State) -> None:
        self._base, self._is_para, self._kind, self._path = before

    def _next_id(self) -> str:
        if self._base == "abstract":
            return self._ids.number("abstract.p")
        if self._is_para:
            return self._ids.claim(self._base)
        return self._ids.number(f"{self._base}.b" if self._base else "b")

    def _emit(self, block_id: str, kind: BlockKind, text: str, header: str | None = None) -> None:
        section = " > ".join(self._path)
        self.rows.append({"id": block_id, "kind": kind, "section": section, "text": text, "header": header})

    def _text(self, raw: str) -> None:
        text = squeeze(raw)
        if not text or (len(text) < 20 and not any(map(str.isalnum, text))):
            return
        if self._lead:
            text, self._lead = f"{self._lead} {text}", ""
        self._emit(self._next_id(), self._kind, text)

    # --- the kinds of element ------------------------------------------------------------------------------------

    def _inside(self, node: LexborNode, depth: int) -> None:
        before = self._enter(node)
        self.read(node, depth)
        self._leave(before)

    def _para(self, node: LexborNode, depth: int) -> None:
        before = self._enter(node, para=True)
        self.read(node, depth)
        self._leave(before)

    def _leaf_or_walk(self, node: LexborNode, depth: int) -> None:
        if node.mem_id in self._branching:
            self.read(node, depth)
        else:
            self._text(node.text_lexbor() or "")

    def _section(self, node: LexborNode, depth: int) -> None:
        title = node.css_first(".ltx_title")
        if title is not None and WORKS_CITED.match(squeeze(title.text())):
            return
        before = self._enter(node)
        self.read(node, depth)
        self._leave(before)

    def _abstract(self, node: LexborNode, depth: int) -> None:
        before = self._enter(node)
        self._base, self._path = "abstract", (ABSTRACT,)
        self.read(node, depth)
        self._leave(before)

    def _heading(self, node: LexborNode, depth: int) -> None:
        named = classes(node)
        text, _, note = squeeze(node.text()).partition(NOTE)
        if "ltx_title_document" in named and not self.title:
            self.title = text
            if sum(len(row["text"] or "") for row in self.rows) < 200:
                self.rows.clear()  # what LaTeXML made of the preamble
        elif text and named.isdisjoint(("ltx_title_document", "ltx_title_abstract")):
            self._headed(node, named, text)
        if note:
            self._text(f"[footnote: {note}")

    def _headed(self, node: LexborNode, named: frozenset[str], text: str) -> None:
        owner = node.parent
        if owner is not None and any(f"ltx_title_{name}" in named for name in HEADED):
            in_appendix = any("appendi" in part.lower() for part in (*self._path, text))
            marked = f"Appendix {text}" if "ltx_appendix" in classes(owner) and not in_appendix else text
            self._path = (*self._path, marked)
        own = (_id(owner) if owner is not None else None) or _id(node)
        self._emit(self._ids.claim(own) if own else self._ids.number("h"), "heading", text)

    def _item(self, node: LexborNode, depth: int) -> None:
        tag = node.css_first(".ltx_tag_item")
        if tag is not None and tag.parent is not None and tag.parent.mem_id == node.mem_id:
            lead = squeeze(tag.text())
            self._lead = "" if set(lead) <= BULLETS else lead
        before = self._enter(node, para=True, kind="list_item")
        self.read(node, depth)
        self._leave(before)
        if node.tag != "dt":  # a term's description comes in an element of its own
            self._lead = ""

    def _caption(self, node: LexborNode, depth: int) -> None:
        if text := squeeze(node.text()):
            own = _id(node) or self._base
            self._emit(self._ids.claim(own) if own else self._ids.number("caption"), "caption", text)

    def _equation(self, node: LexborNode, depth: int) -> None:
        before = self._enter(node)
        texts: list[tuple[str, str]] = []  # id, LaTeX
        for row, above in _equation_rows(node):
            own, text = _id(row) or _id(above) or "", _equation_text(row)
            if text and texts and (not own or own == texts[-1][0]):
                texts[-1] = texts[-1][0], f"{texts[-1][1]} \\\\ {text}"
            elif text:
                texts.append((own, text))
        for own, text in texts:
            wanted = own or (self._base if _id(node) else "")
            made = self._ids.claim(wanted) if wanted else self._ids.number(f"{self._base or 'b'}.eq")
            self._emit(made, "equation", text)
        self._leave(before)

    def _table(self, node: LexborNode, depth: int) -> None:
        before = self._enter(node)
        for row in rows_of(node, self._branching):
            self._emit(self._ids.number(f"{self._base or 'T'}.r"), "table_row", row.text, row.header)
        self._leave(before)

    def _listing(self, node: LexborNode, depth: int) -> None:
        lines = [_code(line.text_lexbor() or "") for line in node.css(".ltx_listingline")]
        self._listing_of(node, lines or _code(node.text()).splitlines())

    def _verbatim(self, node: LexborNode, depth: int) -> None:
        self._listing_of(node, _code(node.text()).splitlines())

    def _listing_of(self, node: LexborNode, lines: list[str]) -> None:
        before = self._enter(node)
        for start in range(0, len(lines), LISTING_LINES):
            text = "\n".join(lines[start : start + LISTING_LINES]).strip("\n")
            if text.strip():
                self._emit(self._ids.number(f"{self._base or 'b'}.l"), "listing", text)
        self._leave(before)


def _role_of(tag: str, named: str) -> str:
    """What an element is by tag and classes: a handler's name, "skip", "open" (as its content says), or "picture"."""
    tag = tag.lower()
    if tag in PICTURE:
        return "picture"
    if tag in SKIPPED or tag[0] in "-!_":
        return "skip"
    names = named.split()
    for name in names:
        if role := ROLES.get(name):
            return role
    if tag == "pre" and "ltx_verbatim" in names:
        return "verbatim"
    return "generic" if tag in WALKED else "open"


def _around(tree: LexborHTMLParser, selector: str) -> set[int]:
    """The memory ids of all elements that have one of the selected ones inside."""
    around: set[int] = set()
    for node in tree.css(selector):
        parent = node.parent
        while parent is not None and parent.mem_id not in around:
            around.add(parent.mem_id)
            parent = parent.parent
    return around


def _id(node: LexborNode) -> str | None:
    own: str | None = node.id
    return own if own and SAFE_ID.fullmatch(own) else None


def _equation_rows(node: LexborNode) -> list[tuple[LexborNode, LexborNode]]:
    """The rows of an equation or a group of them, each with the element around it, which may hold its id."""
    if "ltx_eqn_row" in classes(node):
        return [(node, node.parent or node)]
    rows = []
    for child in node.iter():
        if "ltx_eqn_row" in classes(child):
            rows.append((child, node))
        elif child.tag == "tbody":
            rows += [(row, child) for row in child.iter()]
    return rows or [(node, node)]


def _equation_text(row: LexborNode) -> str:
    """A row's LaTeX, its number as a tag: the number stands in a cell of its own, first or last."""
    text, tag = row.text_lexbor() or "", ""
    if found := NUMBER_AFTER.search(text, text.rfind(CLOSE) + 1) or NUMBER_BEFORE.match(text):
        tag = f" \\tag{{{found.group(1)}}}"
        text = text[: found.start()] + text[found.end() :]
    latex = formula(text)
    return latex + tag if latex else ""


def _code(text: str) -> str:
    """A line of code or of an algorithm: its indentation kept, formulas in `$`."""
    lines = text.replace("\xa0", " ").replace("\u2002", " ").replace("\u2003", "  ").splitlines() or [""]
    kept = [" " * (len(line) - len(line.lstrip())) + squeeze(line) for line in lines]
    return "\n".join(line.rstrip() for line in kept).strip("\n")
