"""Chinese forms of keywords."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter

from papers.keyword_glossary import (
    GLOSSARY_FILE,
    area_of,
    head_subject,
    is_no_topic,
    is_subject,
    keyword_in,
    subjects_in,
    topic_of,
)
from tests.shared import SHARED, needs_shared


def test_keywords_have_chinese_forms_however_they_are_written() -> None:
    for keyword in ("Vision-Language Models", "vision-language model", "vision language models (VLMs)"):
        assert keyword_in(keyword, "zh") == "视觉语言模型"
        assert keyword_in(keyword, "en") == keyword
    assert keyword_in("skimming by hand", "zh") == "skimming by hand"


def test_a_chinese_area_has_english_keywords_only_where_there_are_no_chinese_ones() -> None:
    assert area_of(["ShortCut", "reinforcement learning", "world models"], "zh") == "强化学习；世界模型"
    assert area_of(["ShortCut", "skims"], "zh") == "ShortCut；skims"
    assert area_of(["ShortCut", "world models"], "en") == "ShortCut; world models"
    assert area_of([], "zh") is None
    assert topic_of(["ShortCut", "skims", "world models"], "ShortCut", "zh") == "世界模型"
    assert topic_of(["ShortCut", "skims", "world models"], "ShortCut", "en") == "skims"


def test_the_glossary_knows_the_subjects_in_a_text() -> None:
    text = "Efficient Diffusion Transformers for Long Video Generation: Higher Accuracy"
    assert sorted(subjects_in(text)) == ["diffusion transformers", "long video generation"]
    assert head_subject("instructional video editing") == "video editing"
    assert head_subject("video editing noise") is None
    assert is_no_topic("ablation studies")
    assert not is_no_topic("skimming by hand")
    assert is_subject("Video Editing")
    assert not is_subject("accuracy")


def test_each_line_of_the_glossary_is_a_keyword_and_a_chinese_form() -> None:
    topics, _, others = GLOSSARY_FILE.read_text(encoding="utf-8").partition("# No topics")
    lines = [x for x in topics.splitlines() if not x.startswith("#")]
    assert [x for x in lines if not re.fullmatch(r"[^|A-Z]+ \| [^|]*[\u4e00-\u9fff][^|]*", x)] == []
    assert [x for x in others.splitlines()[1:] if not re.fullmatch(r"[^|A-Z]+ \| [^|]+", x)] == []


@needs_shared
def test_the_500_commonest_keywords_of_the_recorded_lists_are_chinese() -> None:
    counts: Counter[str] = Counter()
    for path in (SHARED / "recorded" / "hf" / "daily").glob("*.json.gz"):
        for item in json.loads(gzip.decompress(path.read_bytes())):
            counts.update(" ".join(k.split()).lower() for k in item.get("paper", item).get("ai_keywords") or [])
    common = [k for k, _ in counts.most_common(501) if k][:500]
    assert [k for k in common if keyword_in(k, "zh") == k] == []
