"""What is searched first to save time finds all that the whole patterns find."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import cache

from tasks.analyze.extractive import candidates, cues, sentence_checks, sentence_cleanup
from tasks.analyze.extractive.sentence_checks import is_unusable
from tasks.analyze.extractive.sentence_cleanup import sentence_spans
from tasks.analyze.extractive.usage import USAGE_RULES
from tasks.analyze.grounding import paper_text
from tasks.read.html.page import extract_html
from tests.papers.test_quick_patterns import assert_equal_results
from tests.shared import SHARED, needs_shared

UNUSABLE = re.compile(
    r"[\\{}_^$|<>@]|\b(?:Figure|Table|Section|Appendix|Equation|Algorithm \d|Theorem|Lemma|Remark|Proposition|Corollary"
    r"|Footnote|supplementary)s?\b|\b(?:Fig|Tab|Sec|Eq|App|Thm|Def|Prop)s?\.|§|\bfootnote:"
    r"|\b(?:Example|Assumption|Definition|Condition|Step|Case|Phase|Chapter|Part|Setting|Panel|Note)s? \(?[A-Z]?\d"
    r"|\bet al\b|\((?:19|20)\d\d[a-z]?\)|\[\s?\]|\(\s?\)|https?://|www\.|\?{2}|\bcopyright\b|\bsee\b"
    r"|\b(?:main|full) text\b|\blicen[sc]ed? under\b|corresponding author|equal contribution|alphabetical order"
    r"|[†‡✓✗→←↑↓■●▲]|\backnowledge?ments?\b|\b(?:this|next|following|previous|subsequent|present) (?:section|subsection"
    r"|appendix|figure|table)\b|\bremainder of\b|\borgani[sz]ed as follows\b|\bas follows\b"
    r"|\bfollowing (?:equation|figure|table)\b|\((?:left|right|top|bottom|middle|[a-h])\)|\b(?:dashed|dotted|shaded)\b"
    r"|\b(?:above|below|aforementioned|former|latter)\b|[∑∏∫∂∇∈∀∃⊂⊆∥∼≲≪]|\b[A-Z][a-z]+ and [A-Z][a-z]+,? \(?(?:19"
    r"|20)\d\d"
    r"|\b(?:here|earlier|later|previously|already) (?:we|mentioned|discussed|described|introduced|stated)\b|\bi\.e\.$",
    re.IGNORECASE,
)
HINT = re.compile(
    r"PUs?\b|\b[AHVB]\d{2,3}\b|RTX|PyTorch|[Ii]nput|[Oo]utput|\b[Ff]irst\b|\b(?:two|three|four|five)\b|set-?up|initiali"
    r"|backbone|base model|\bdata\b|survey|corpus|comput|implement|solv|calculat|estimat|scheme|requires?\b|needs?\b"
    r"|assumes?\b|on top of|\bas our\b|as the\b|produces|generates|returns|predicts|synthesi|employ|\d"
)
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9\u4e00-\u9fff])|(?<=[。！？])")


@cache
def recorded_sentences() -> tuple[str, ...]:
    return tuple(_sentences())


def _sentences() -> Iterator[str]:
    for path in sorted((SHARED / "recorded" / "arxiv" / "html").iterdir()):
        for block in extract_html(gzip.decompress(path.read_bytes())).blocks:
            yield from (block.text[start:end] for start, end in sentence_spans(block.text))


@needs_shared
def test_quick_searches_leave_no_sentence_out() -> None:
    sentences = recorded_sentences()
    assert len(sentences) > 1000
    assert [s for s in sentences if is_unusable(s) != (UNUSABLE.search(s) is not None)] == []
    assert [s for s in sentences if candidates.has_hint(s) != (HINT.search(s) is not None)] == []
    for name, rule in USAGE_RULES.items():
        with_cue = [s for s in sentences if rule.cue.search(s)]
        assert with_cue, name
        assert [s for s in with_cue if rule.words is not None and not rule.words.search(s)] == [], name


@needs_shared
def test_patterns_with_needed_words_find_what_they_find_without() -> None:
    sentences = recorded_sentences()[::7]
    modules = (cues, sentence_checks, sentence_cleanup)
    patterns = [value for module in modules for value in vars(module).values()]
    assert_equal_results(patterns, sentences, at_least=30)


@needs_shared
def test_sentences_end_where_the_look_behind_says() -> None:
    for path in sorted((SHARED / "recorded" / "arxiv" / "html").iterdir())[:6]:
        for block in extract_html(gzip.decompress(path.read_bytes())).blocks:
            ends = [(m.start(), m.end()) for m in SENTENCE_END.finditer(block.text)]
            assert [(m.start() + 1, m.end()) for m in paper_text._SENTENCE_END.finditer(block.text)] == ends
