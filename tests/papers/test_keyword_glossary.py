"""Chinese forms of keywords."""

from __future__ import annotations

import gzip
import json
from collections import Counter

from papers.keyword_glossary import area_of, keyword_in, topic_of
from tests.shared import SHARED, needs_shared


def test_keywords_have_chinese_forms_however_they_are_written() -> None:
    for keyword in ("Vision-Language Models", "vision-language model", "vision language models (VLMs)"):
        assert keyword_in(keyword, "zh") == "视觉语言模型"
        assert keyword_in(keyword, "en") == keyword
    assert keyword_in("skimming by hand", "zh") == "skimming by hand"


def test_a_chinese_area_has_english_keywords_only_where_chinese_ones_are_too_few() -> None:
    assert area_of(["ShortCut", "reinforcement learning", "world models"], "zh") == "强化学习；世界模型"
    assert area_of(["ShortCut", "world models", "skims"], "zh") == "世界模型；ShortCut；skims"
    assert area_of(["ShortCut", "world models"], "en") == "ShortCut; world models"
    assert area_of([], "zh") is None
    assert topic_of(["ShortCut", "skims", "world models"], "ShortCut", "zh") == "世界模型"
    assert topic_of(["ShortCut", "skims", "world models"], "ShortCut", "en") == "skims"


@needs_shared
def test_the_500_commonest_keywords_of_the_recorded_lists_are_chinese() -> None:
    counts: Counter[str] = Counter()
    for path in (SHARED / "recorded" / "hf" / "daily").glob("*.json.gz"):
        for item in json.loads(gzip.decompress(path.read_bytes())):
            counts.update(" ".join(k.split()).lower() for k in item.get("paper", item).get("ai_keywords") or [])
    common = [k for k, _ in counts.most_common(501) if k][:500]
    assert [k for k in common if keyword_in(k, "zh") == k] == []
