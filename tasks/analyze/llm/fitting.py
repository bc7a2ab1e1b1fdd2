"""Chooses the blocks of a reading that a model gets when the text is too long for its context.

What an analysis is made of is kept longest: abstract, conclusion, results with their tables, limitations,
contributions. Front matter, background, related work and the appendix go first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from papers.models import Block, Reading
from papers.token_counts import BLOCK_OVERHEAD, block_tokens, count_tokens
from tasks.analyze.section_kinds import section_kind

KINDS = (
    "abstract", "conclusion", "results", "limitations", "contributions", "introduction", "method", "body", "background",
    "related work", "appendix", "front matter", "other matter",
)  # fmt: skip
# The steps in which blocks are chosen: a kind, and the share of the tokens that it may take. What is then left goes to
# the kinds in the order of KINDS.
STEPS = (
    ("abstract", 0.45), ("results", 0.15), ("conclusion", 0.4), ("results", 0.2), ("limitations", 0.1),
    ("contributions", 0.15), ("introduction", 0.1), ("method", 0.15), ("body", 0.1),
)  # fmt: skip
EDGE_BLOCKS = 2  # blocks at the start and at the end of a section that are kept before those between
MIN_ABSTRACT = 60  # tokens of a paragraph before the first section that may be an abstract without a heading
MIN_CUT = 40  # tokens that are left of a block that is cut, at least
CONTRIBUTION = re.compile(
    r"(?i)\bcontributions?\b|\bwe (?:propose|introduce|present|develop)\b|\bin this (?:paper|work)\b"
)
OWN_RESULT = re.compile(r"(?i)\bours?\b|\bproposed\b")
_CONCLUSION = re.compile(r"(?i)conclu|future work|takeaway")
_ARTICLE = re.compile(r"^A\s+(?=\S)")
_LETTER = re.compile(r"[A-Z][.:]?\s+\S")
_NUMBERED = re.compile(r"(?:\d+|[IVX]+)[. ]")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|(?<=[。！？])")


class FittedReading(NamedTuple):
    """The blocks that fit, in order, and what was left out of each kind, the least important first."""

    blocks: list[Block]
    omissions: tuple[str, ...]


def fit(reading: Reading, tokens: int) -> FittedReading:
    """The blocks of the reading that fit in `tokens` tokens, as they are printed with their ids and headers.

    A block is left out whole. Only where the first block of the abstract, the conclusion or the results does not fit is
    it cut at the end of a sentence.
    """
    costs = [printed_tokens(block) for block in reading.blocks]
    if sum(costs) <= tokens:
        return FittedReading(list(reading.blocks), ())
    kinds = block_kinds(reading.blocks)
    selection = _Selection(reading.blocks, costs, tokens)
    orders = {kind: _order(reading.blocks, kind, [i for i, k in enumerate(kinds) if k == kind]) for kind in KINDS}
    for kind, share in STEPS:
        selection.add_all(orders[kind], int(tokens * share), may_cut=kind in ("abstract", "conclusion", "results"))
    for kind in KINDS:
        selection.add_all(orders[kind], tokens)
    counts = Counter(kinds[i] for i in range(len(kinds)) if i not in selection.blocks)
    omissions = tuple(f"{kind}: {n} block{'s' * (n > 1)}" for kind in KINDS[::-1] if (n := counts[kind]))
    return FittedReading([selection.blocks[i] for i in sorted(selection.blocks)], omissions)


def printed_tokens(block: Block) -> int:
    """The estimated tokens of a block in a prompt, with its id and, for a table's row, its header."""
    return block_tokens(block) + (count_tokens(block.header) if block.header else 0)


def smaller_budget(tokens: int, sent: int, limit: int | None, answer: int) -> int:
    """The tokens of a paper to try after a server found a prompt too long.

    `tokens` is what the paper took of the `sent` tokens of the prompt, `limit` the model's context if the server said
    it, `answer` the room that an answer needs. Without a limit it is half.
    """
    if limit is None or limit >= sent + answer:
        return tokens // 2
    room = min(answer, limit // 3)
    return min(max(0, limit - room - (sent - tokens)) * 9 // 10, tokens * 9 // 10)  # counts are estimates


class _Selection:
    """The blocks that were chosen so far, by index, and the tokens that are left."""

    def __init__(self, blocks: Sequence[Block], costs: Sequence[int], tokens: int) -> None:
        self.all_blocks, self.costs, self.left = blocks, costs, tokens
        self.blocks: dict[int, Block] = {}

    def add_all(self, order: Iterable[int], tokens: int, may_cut: bool = False) -> None:
        """Add the blocks in this order, as long as they fit in `tokens` and in what is left."""
        left = min(tokens, self.left)
        first = may_cut
        for i in order:
            if i in self.blocks:
                continue
            if self.costs[i] <= left:
                self._add(i, self.all_blocks[i], self.costs[i])
                left -= self.costs[i]
                first = False
            elif first and (block := _cut(self.all_blocks[i], left)) is not None:
                cost = printed_tokens(block)
                self._add(i, block, cost)
                left, first = left - cost, False

    def _add(self, index: int, block: Block, cost: int) -> None:
        self.blocks[index] = block
        self.left -= cost


def _cut(block: Block, tokens: int) -> Block | None:
    """The block's first sentences that fit in `tokens`, or None when too little would be left."""
    text, left = "", tokens - BLOCK_OVERHEAD - (count_tokens(block.header) if block.header else 0)
    for sentence in _SENTENCE_END.split(block.text):
        if (longer := f"{text} {sentence}".strip()) and count_tokens(longer) > left:
            break
        text = longer
    return block.model_copy(update={"text": text}) if count_tokens(text) >= min(MIN_CUT, tokens // 2) and text else None


# --- kinds -----------------------------------------------------------------------------------------------------------


def block_kinds(blocks: Sequence[Block]) -> list[str]:
    """The kind of each block, one of KINDS."""
    appendix_start = _appendix_start(blocks)
    kinds = [_kind(block, i >= appendix_start) for i, block in enumerate(blocks)]
    if "abstract" not in kinds:
        _find_abstract(blocks, kinds)
    return kinds


def _kind(block: Block, is_appendix: bool) -> str:
    if not block.section and not block.id.startswith("abstract"):
        return "front matter"
    section = block.section if is_appendix else _ARTICLE.sub("", block.section)
    kind = section_kind(section, block.id)
    top = section_kind(section.split(" > ")[0], block.id)
    if kind == "other-matter":
        return "other matter"
    if kind == "limitations" and _CONCLUSION.search(block.section):  # "Conclusion, Limitations and Future Work"
        return "conclusion"
    if is_appendix or "appendix" in (kind, top):
        return "limitations" if kind == "limitations" else "appendix"
    if "related" in (kind, top):
        return "related work"
    if kind == "conclusion" and top in ("results", "method", "body"):  # "Summary Statistics", "Brief Discussion"
        return "conclusion" if _CONCLUSION.search(block.section) else top
    if kind == "introduction":
        return "contributions" if CONTRIBUTION.search(block.text) or block.kind == "list_item" else "introduction"
    if kind == "body" and top != "body":
        return top
    return kind if kind in KINDS else "body"


def _appendix_start(blocks: Sequence[Block]) -> int:
    """The index of the first block of the appendix of a PDF, whose headings are all that tells it.

    A heading "A Title" begins one if a numbered heading stands before it and none after it: else its "A" is an article.
    """
    headings = [(i, block.section.split(" > ")[0]) for i, block in enumerate(blocks)]
    numbered = [i for i, top in headings if _NUMBERED.match(top)]
    for i, top in headings:
        if re.match(r"(?i)appendi|supplement|附录", top):
            return i
        if _LETTER.match(top) and not _NUMBERED.match(top) and numbered and numbered[-1] < i:
            return i
    return len(blocks)


def _find_abstract(blocks: Sequence[Block], kinds: list[str]) -> None:
    """Take the long paragraphs before the first section as the abstract, else the paper's first long paragraph."""
    front = [i for i, kind in enumerate(kinds) if kind == "front matter" and _is_long(blocks[i])]
    first = [i for i in range(len(blocks)) if _is_long(blocks[i])][:1]
    for i in front or first:
        kinds[i] = "abstract"


def _is_long(block: Block) -> bool:
    return block.kind == "paragraph" and block_tokens(block) >= MIN_ABSTRACT


# --- order within a kind ---------------------------------------------------------------------------------------------


def _order(blocks: Sequence[Block], kind: str, indices: Sequence[int]) -> list[int]:
    """The blocks of a kind, the most telling first."""
    if kind in ("abstract", "conclusion", "limitations", "contributions"):
        return sorted(indices, key=lambda i: (blocks[i].kind == "heading", not _CONCLUSION.search(blocks[i].section)))
    sections: dict[str, list[int]] = {}
    for i in indices:
        sections.setdefault(blocks[i].section, []).append(i)
    rank = {i: place for section in sections.values() for place, i in enumerate(_edges_first(section))}
    if kind == "results":
        return sorted(indices, key=lambda i: (_result_rank(blocks[i], rank[i]), i))
    return sorted(indices, key=lambda i: (rank[i] // EDGE_BLOCKS, blocks[i].kind in ("heading", "equation"), i))


def _result_rank(block: Block, rank: int) -> int:
    """Rows of the authors' own method, captions and the edges of sections first, then other rows, then other text."""
    if block.kind == "table_row":
        return 0 if OWN_RESULT.search(block.text) else 2
    if block.kind in ("heading", "equation"):
        return 4
    return 1 if rank < EDGE_BLOCKS or block.kind == "caption" else 3


def _edges_first(indices: Sequence[int]) -> list[int]:
    """The indices of a section, its edges first and its middle last."""
    return sorted(indices, key=lambda i: min(i - indices[0], indices[-1] - i))
