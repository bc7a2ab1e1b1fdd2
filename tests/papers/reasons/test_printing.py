"""Reasons as texts: nested reasons, texts from outside, codes that are not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.models import Reason
from papers.reasons import make_reason, reason_text

HTTP_404 = make_reason("http", status=404)
FORBIDDEN = make_reason("arxiv-forbidden")
TIMEOUT = make_reason("after-tries", reason=make_reason("no-answer-in-time", error="ReadTimeout"), tries=3)


def source(name: str, reason: Reason) -> Reason:
    return make_reason("try", source=name, reason=reason)


@pytest.mark.parametrize(
    ("reason", "english", "chinese"),
    [
        (
            make_reason(
                "listed-abstract-alone",
                tries=[
                    source("html", make_reason("http-page", status=404, page=make_reason("no-html"))),
                    source("pdf", make_reason("after-tries", reason=make_reason("http", status=503), tries=3)),
                ],
            ),
            "the listing's abstract alone: html: HTTP 404: arXiv has no HTML of it; pdf: HTTP 503, 3 tries",
            "只有列表摘要：html: HTTP 404：arXiv 没有它的 HTML；pdf: HTTP 503，共试 3 次",
        ),
        (
            make_reason("other-paper", share="3%", title="A; b"),
            "another paper: its beginning has 3% of the listed abstract's word pairs, and its title is 'A; b'",
            "是另一篇论文：开头只有列表摘要 3% 的词对，标题为 'A; b'",
        ),
        (
            make_reason("other-title", title=""),
            "another paper: its title is not marked",
            "是另一篇论文：标题未标明",
        ),
        (
            make_reason("fallback", tries=[source("html", FORBIDDEN), source("pdf", make_reason("encrypted-pdf"))]),
            "html: arXiv answered 403 (forbidden): it takes this address for a robot; pdf: an encrypted PDF",
            "html: arXiv 返回 403（禁止访问），把这个地址当作了机器人，本次不再请求；pdf: 加密的 PDF",
        ),
        (
            make_reason("arxiv-unreachable", times=4, last=TIMEOUT),
            "arXiv could not be reached 4 times in a row (last: no answer in time (ReadTimeout), 3 tries)",
            "连续 4 次连不上 arXiv（最后一次：未及时应答（ReadTimeout），共试 3 次）",
        ),
        (
            make_reason(
                "changed",
                changes=[
                    make_reason("title-changed", before="A", after='B"; no title'),
                    make_reason("abstract-changed", added="x", dropped="y"),
                ],
            ),
            'title: "A" → "B"; no title"; abstract: added "x", dropped "y"',
            '标题："A" → "B"; no title"；摘要：增加 "x"，删去 "y"',
        ),
        (
            make_reason("long-wait", reason=make_reason("rate-limited", server="HTTP 429"), seconds=900),
            "rate limited (HTTP 429), and the server asks to wait 900 s",
            "被限流（HTTP 429），服务器要求等待 900 秒",
        ),
        (
            make_reason("bad-contribution", fault=make_reason("echo")),
            "the model's contribution was an echo of the prompt",
            "模型写的核心贡献不可用：照抄了提示词",
        ),
        (
            make_reason("in-day", reason=make_reason("on-list", id="2510.00001", match=make_reason("same-title"))),
            "twice on the list: already on this list as 2510.00001 (same title)",
            "当日重复：与列表中的 2510.00001 是同一篇（标题相同）",
        ),
        (make_reason("repeat", reason=None), "a repeat: no reason on record", "重复：没有记录原因"),
        (make_reason("brand-new", never="seen"), "brand-new: never seen", "brand-new: never seen"),
    ],
)
def test_a_reason_is_printed_in_both_languages(reason: Reason, english: str, chinese: str) -> None:
    assert reason_text(reason, "en") == english
    assert reason_text(reason, "zh") == chinese


@given(st.text())
def test_a_text_from_outside_is_printed_as_it_is(text: str) -> None:
    reason = make_reason("text", text=text)
    assert reason_text(reason, "en") == reason_text(reason, "zh") == text
    outer = make_reason("nothing-to-read", tries=[source("pdf", reason), source(text, HTTP_404)])
    english, chinese = reason_text(outer, "en"), reason_text(outer, "zh")
    assert english == f"nothing to read: pdf: {text}; {text}: HTTP 404; the listing has no abstract"
    assert chinese == f"没有可读的内容：pdf: {text}；{text}: HTTP 404；列表没有摘要"


def test_a_part_that_cannot_be_stored_is_replaced() -> None:
    assert make_reason("bad-arxiv-id", id="\ud800").part("id") == "\ufffd"


def test_reasons_under_a_reason_are_found_again() -> None:
    reasons = [source("html", TIMEOUT), source("pdf", HTTP_404)]
    reason = make_reason("nothing-to-read", tries=reasons)
    assert reason.inner_list("tries") == reasons
    inner = reasons[0].inner("reason")
    assert inner == TIMEOUT
    assert reason.inner("tries") is None
