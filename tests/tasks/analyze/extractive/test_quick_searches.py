"""What is searched first to save time finds all that the whole patterns find."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

from tasks.analyze.extractive.sentence_cleanup import _UNUSABLE, _is_unusable, sentence_spans
from tasks.analyze.extractive.usage import USAGE_RULES
from tasks.read.html.page import extract_html
from tests.shared import SHARED, needs_shared


def recorded_sentences() -> Iterator[str]:
    for path in sorted((SHARED / "recorded" / "arxiv" / "html").iterdir()):
        for block in extract_html(gzip.decompress(path.read_bytes())).blocks:
            yield from (block.text[start:end] for start, end in sentence_spans(block.text))


@needs_shared
def test_quick_searches_leave_no_sentence_out() -> None:
    sentences = list(recorded_sentences())
    assert len(sentences) > 1000
    assert [s for s in sentences if _is_unusable(s) != (_UNUSABLE.search(s) is not None)] == []
    for name, rule in USAGE_RULES.items():
        with_cue = [s for s in sentences if rule.cue.search(s)]
        assert with_cue, name
        assert [s for s in with_cue if rule.words is not None and not rule.words.search(s)] == [], name
