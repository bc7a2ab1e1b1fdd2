"""Turns the elements of a LaTeXML page into blocks, in one pass in document order."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from selectolax.lexbor import LexborHTMLParser, LexborNode

from papers.models import BlockKind
from papers.numbers.normalization import UNKNOWN_UNIT
from papers.reasons import make_reason
from tasks.read.document import ABSTRACT, SAFE_ID, BlockIds, Unreadable
from tasks.read.html.latexml import CLOSE, classes, display_latex, normalize_text, split_notes
from tasks.read.html.tables import rows_of

LISTING_LINES = 60  # per block; a longer listing becomes several blocks
MAX_DEPTH = 120  # of nested elements; deeper elements are read as plain text
WORKS_CITED = re.compile(r"(?i)^[\dIVX. ]*(?:references|bibliography|literature cited|works cited)\W*$")
BULLETS = frozenset("•–—-∙◦∗*▪■►▶◆⋄·✓†‡")
NUMBER_AFTER = re.compile(r"\(([\w.*′'-]{1,12})\)\s*$")  # an equation number after the last formula
NUMBER_BEFORE = re.compile(r"\s*\(([\w.*′'-]{1,12})\)(?=\s)")

# Elements that make blocks of their own: an element that contains one is walked, not read as one text.
BLOCK_SELECTOR = ".ltx_p, .ltx_tabular, .ltx_equation, .ltx_listing, .ltx_item, pre.ltx_verbatim"
CONTAINER_TAGS = frozenset(
    {"article", "blockquote", "center", "dd", "div", "dl", "figure", "main", "ol", "section", "ul"}
)
SKIPPED_TAGS = frozenset({"defs", "title", "desc", "metadata", "text", "clippath", "nav", "head", "button", "img"})
PICTURE_TAGS = frozenset({"svg", "g", "foreignobject"})  # labels of a drawing are skipped, paragraphs inside are read

SECTION_KINDS = (
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
ROLES |= {f"ltx_{name}": "section" for name in SECTION_KINDS}
# Not text of the paper: table of contents, bibliography, page header and footer, authors and dates.
SKIPPED_CLASSES = (
    "authors", "dates", "tag_item", "TOC", "page_navbar", "page_header", "page_footer", "pagination", "bibliography",
    "biblist", "index", "glossary", "listing_data", "rdf", "rule",
)  # fmt: skip
ROLES |= {f"ltx_{name}": "skip" for name in SKIPPED_CLASSES}

State = tuple[str, bool, BlockKind, tuple[str, ...]]  # base id, whether it is a paragraph's, block kind, section path


class Walk:
    """One pass over a page in document order. Collects the fields of each block in `rows`."""

    def __init__(self, tree: LexborHTMLParser, deadline: float) -> None:
        self.rows: list[dict[str, str | None]] = []
        self.title = ""
        self._ids = BlockIds()
        self._path: tuple[str, ...] = ()
        self._joined_path: tuple[tuple[str, ...], str] = ((), "")  # the path of the last block, and as text
        self._kind: BlockKind = "paragraph"
        self._item_label = ""  # a list item's number or mark, to be put before its first text
        self._base_id = ""  # id of the element that contains the next paragraph
        self._is_para = False
        self._deadline = deadline
        self._roles: dict[tuple[str, str], str] = {}  # by tag and class attribute; a page has few combinations
        self._branching = _ancestor_ids(tree, BLOCK_SELECTOR)
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
        """Make blocks of the node's content: of each block element, and a paragraph of any text between them."""
        if depth > MAX_DEPTH:
            return self._text(node.text())
        if time.monotonic() > self._deadline:
            raise Unreadable(make_reason("slow-page"))
        inline_parts: list[str] = []
        for child in node.iter(include_text=True):
            tag = child.tag
            if tag == "-text":
                text = child.text_content
                if text and (inline_parts or not text.isspace()):
                    inline_parts.append(text)
                continue
            role = self._role(child, tag or "-")
            if role == "inline":
                inline_parts.append(child.text_lexbor() or "")
                continue
            if inline_parts:
                self._text("".join(inline_parts))
                inline_parts.clear()
            if role == "generic":
                self._generic(child, depth + 1)
            else:
                self._handlers[role](child, depth + 1)
        if inline_parts:
            self._text("".join(inline_parts))
        return None

    def _role(self, node: LexborNode, tag: str) -> str:
        class_attribute = node.attributes.get("class") or ""
        role = self._roles.get((tag, class_attribute))
        if role is None:
            role = self._roles[tag, class_attribute] = _role_of(tag, class_attribute)
        if role == "open":
            return "generic" if node.mem_id in self._branching else "inline"
        if role == "picture":
            return "generic" if node.mem_id in self._branching else "skip"
        return role

    # --- state ---------------------------------------------------------------------------------------------------

    def _enter(self, node: LexborNode, *, para: bool = False, kind: BlockKind | None = None) -> State:
        """Enter the node: the next blocks get ids based on its id, if it has one. Returns the state for `_leave`."""
        state = self._base_id, self._is_para, self._kind, self._path
        if own_id := _safe_id(node):
            self._base_id, self._is_para = own_id, para
        if kind:
            self._kind = kind
        return state

    def _leave(self, state: State) -> None:
        self._base_id, self._is_para, self._kind, self._path = state

    def _next_id(self) -> str:
        if self._base_id == "abstract":
            return self._ids.generate("abstract.p")
        if self._is_para:
            return self._ids.claim(self._base_id)
        return self._ids.generate(f"{self._base_id}.b" if self._base_id else "b")

    def _emit(self, block_id: str, kind: BlockKind, text: str, header: str | None = None) -> None:
        if self._joined_path[0] is not self._path:
            self._joined_path = self._path, " > ".join(self._path)
        section = self._joined_path[1]
        self.rows.append({"id": block_id, "kind": kind, "section": section, "text": text, "header": header})

    def _text(self, raw: str) -> None:
        text = normalize_text(raw)
        if not text or (len(text) < 20 and not any(map(str.isalnum, text))):
            return
        if self._item_label:
            text, self._item_label = f"{self._item_label} {text}", ""
        self._emit(self._next_id(), self._kind, text)

    # --- the kinds of element ------------------------------------------------------------------------------------

    def _generic(self, node: LexborNode, depth: int) -> None:
        state = self._enter(node)
        self.read(node, depth)
        self._leave(state)

    def _para(self, node: LexborNode, depth: int) -> None:
        state = self._enter(node, para=True)
        self.read(node, depth)
        self._leave(state)

    def _leaf_or_walk(self, node: LexborNode, depth: int) -> None:
        if node.mem_id in self._branching:
            self.read(node, depth)
        else:
            self._text(node.text_lexbor() or "")

    def _section(self, node: LexborNode, depth: int) -> None:
        title = node.css_first(".ltx_title")
        if title is not None and WORKS_CITED.match(normalize_text(title.text())):
            return
        state = self._enter(node)
        self.read(node, depth)
        self._leave(state)

    def _abstract(self, node: LexborNode, depth: int) -> None:
        state = self._enter(node)
        self._base_id, self._path = "abstract", (ABSTRACT,)
        self.read(node, depth)
        self._leave(state)

    def _heading(self, node: LexborNode, depth: int) -> None:
        class_names = classes(node)
        raw_text, notes = split_notes(node.text())
        text = normalize_text(raw_text)
        if "ltx_title_document" in class_names and not self.title:
            self.title = text.replace(UNKNOWN_UNIT, "")
            if sum(len(row["text"] or "") for row in self.rows[:200]) < 200:  # no row is without text
                self.rows.clear()  # text that LaTeXML made from the preamble
        elif text and class_names.isdisjoint(("ltx_title_document", "ltx_title_abstract")):
            self._section_heading(node, class_names, text)
        for note in notes:
            self._text(f"[footnote: {note}]")

    def _section_heading(self, node: LexborNode, class_names: frozenset[str], text: str) -> None:
        owner = node.parent
        if owner is not None and any(f"ltx_title_{name}" in class_names for name in SECTION_KINDS):
            in_appendix = any("appendi" in part.lower() for part in (*self._path, text))
            label = f"Appendix {text}" if "ltx_appendix" in classes(owner) and not in_appendix else text
            self._path = (*self._path[: MAX_DEPTH - 1], label)
        own_id = (_safe_id(owner) if owner is not None else None) or _safe_id(node)
        self._emit(self._ids.claim(own_id) if own_id else self._ids.generate("h"), "heading", text)

    def _item(self, node: LexborNode, depth: int) -> None:
        tag = node.css_first(".ltx_tag_item")
        if tag is not None and tag.parent is not None and tag.parent.mem_id == node.mem_id:
            label = normalize_text(tag.text())
            self._item_label = "" if set(label) <= BULLETS else label
        state = self._enter(node, para=True, kind="list_item")
        self.read(node, depth)
        self._leave(state)
        if node.tag != "dt":  # the description of a term is a separate element
            self._item_label = ""

    def _caption(self, node: LexborNode, depth: int) -> None:
        if text := normalize_text(node.text()):
            own_id = _safe_id(node) or self._base_id
            self._emit(self._ids.claim(own_id) if own_id else self._ids.generate("caption"), "caption", text)

    def _equation(self, node: LexborNode, depth: int) -> None:
        state = self._enter(node)
        texts: list[tuple[str, list[str]]] = []  # id, LaTeX of its rows
        for row, parent in _equation_rows(node):
            own_id, text = _safe_id(row) or _safe_id(parent) or "", _equation_text(row)
            if text and texts and (not own_id or own_id == texts[-1][0]):
                texts[-1][1].append(text)
            elif text:
                texts.append((own_id, [text]))
        for own_id, rows in texts:
            preferred = own_id or (self._base_id if _safe_id(node) else "")
            block_id = self._ids.claim(preferred) if preferred else self._ids.generate(f"{self._base_id or 'b'}.eq")
            self._emit(block_id, "equation", " \\\\ ".join(rows))
        self._leave(state)

    def _table(self, node: LexborNode, depth: int) -> None:
        state = self._enter(node)
        for row in rows_of(node, self._branching):
            self._emit(self._ids.generate(f"{self._base_id or 'T'}.r"), "table_row", row.text, row.header)
        self._leave(state)

    def _listing(self, node: LexborNode, depth: int) -> None:
        lines = [_code_text(line.text_lexbor() or "") for line in node.css(".ltx_listingline")]
        self._emit_listing(node, lines or _code_text(node.text()).splitlines())

    def _verbatim(self, node: LexborNode, depth: int) -> None:
        self._emit_listing(node, _code_text(node.text()).splitlines())

    def _emit_listing(self, node: LexborNode, lines: list[str]) -> None:
        state = self._enter(node)
        for start in range(0, len(lines), LISTING_LINES):
            text = "\n".join(lines[start : start + LISTING_LINES]).strip("\n")
            if text.strip():
                self._emit(self._ids.generate(f"{self._base_id or 'b'}.l"), "listing", text)
        self._leave(state)


def _role_of(tag: str, class_attribute: str) -> str:
    """The role of an element by tag and classes: the name of a handler, "skip", "generic", "open" or "picture".

    "open" and "picture" depend on whether the element contains blocks.
    """
    tag = tag.lower()
    if tag in PICTURE_TAGS:
        return "picture"
    if tag in SKIPPED_TAGS or tag[0] in "-!_":
        return "skip"
    names = class_attribute.split()
    for name in names:
        if role := ROLES.get(name):
            return role
    if tag == "pre" and "ltx_verbatim" in names:
        return "verbatim"
    return "generic" if tag in CONTAINER_TAGS else "open"


def _ancestor_ids(tree: LexborHTMLParser, selector: str) -> set[int]:
    """The memory ids of all elements that contain one of the selected elements."""
    memory_ids: set[int] = set()
    for node in tree.css(selector):
        parent = node.parent
        while parent is not None and parent.mem_id not in memory_ids:
            memory_ids.add(parent.mem_id)
            parent = parent.parent
    return memory_ids


def _safe_id(node: LexborNode) -> str | None:
    node_id: str | None = node.id
    return node_id if node_id and SAFE_ID.fullmatch(node_id) else None


def _equation_rows(node: LexborNode) -> list[tuple[LexborNode, LexborNode]]:
    """The rows of an equation or equation group, each with its parent element, which may have the row's id."""
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
    """The LaTeX of a row, with its number as a tag. The number is in a cell of its own, the first or the last."""
    text, tag = row.text_lexbor() or "", ""
    if match := NUMBER_AFTER.search(text, text.rfind(CLOSE) + 1) or NUMBER_BEFORE.match(text):
        tag = f" \\tag{{{match.group(1)}}}"
        text = text[: match.start()] + text[match.end() :]
    latex = display_latex(text)
    return latex + tag if latex else ""


def _code_text(text: str) -> str:
    """The text of code or of an algorithm: with its indentation, formulas in `$`."""
    lines = text.replace("\xa0", " ").replace("\u2002", " ").replace("\u2003", "  ").splitlines() or [""]
    code_lines = [" " * (len(line) - len(line.lstrip())) + normalize_text(line) for line in lines]
    return "\n".join(line.rstrip() for line in code_lines).strip("\n")
