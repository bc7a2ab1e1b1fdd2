"""The translation of reasons into Chinese."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from papers.reasons import reason_in
from tasks.read.acceptance import ERROR_PAGE_PATTERNS

ROOT = Path(__file__).parents[2]
NAMES = {"HTML", "HTTP", "PDF", "LaTeX", "arXiv", "token"}


def english(text: str) -> set[str]:
    """The untranslated English words of a text."""
    return set(re.findall(r"[A-Za-z]{3,}", text)) - NAMES


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        (
            "the listing's abstract alone: html: HTTP 404: arXiv has no HTML of it; pdf: HTTP 503, 3 tries",
            "只有列表摘要：html: HTTP 404：arXiv 没有它的 HTML；pdf: HTTP 503，共试 3 次",
        ),
        (
            "another paper: its beginning has 3% of the listed abstract's word pairs, and its title is 'A; b'",
            "是另一篇论文：开头只有列表摘要 3% 的词对，标题为 'A; b'",
        ),
        ("incomplete: 1 section of 900 characters", "不完整：只有 1 节、900 个字符"),
        ("incomplete: no sections", "不完整：没有章节"),
        ("an object was expected, not str", "应为对象，却是 str"),
        ("already on this list as 2510.00001 (same title)", "与列表中的 2510.00001 是同一篇"),
        # as earlier versions recorded them
        ("not whole: 1 section of 900 characters", "不完整：只有 1 节、900 个字符"),
        ("not whole: no sections", "不完整：没有章节"),
        ("an object was due, not str", "应为对象，却是 str"),
        ("stands on this list as 2510.00001 already (same title)", "与列表中的 2510.00001 是同一篇"),
        (
            "another paper: 3% of the listed abstract's word pairs stand at its beginning, "
            "and its title is 'No title; not a PDF'",
            "是另一篇论文：开头只有列表摘要 3% 的词对，标题为 'No title; not a PDF'",
        ),
        ("another paper: its title is not marked", "是另一篇论文：标题未标明"),
        ('title: "A" → "B; no title"; abstract: added "x"', '标题："A" → "B; no title"；摘要：增加 "x"'),
        ('abstract: added "x", dropped "y"', '摘要：增加 "x"，删去 "y"'),
        ("the run's budget of 1,000 tokens was reached", "已用完本次 1,000 个 token 的预算"),
        ("'abc' is no arXiv id", "'abc' 不是 arXiv 编号"),
        (
            "html: arXiv answered 403 (forbidden): it takes this address for a robot. No further request is made in "
            "this run; wait a day, and keep DAILY_PAPERS_ARXIV_INTERVAL at 3 or more; pdf: an encrypted PDF",
            "html: arXiv 返回 403（禁止访问），把这个地址当作了机器人，本次不再请求；pdf: 加密的 PDF",
        ),
        (
            "arXiv could not be reached 4 times in a row (last: no answer in time (ReadTimeout), 3 tries)",
            "连续 4 次连不上 arXiv（最后一次：未及时应答（ReadTimeout），共试 3 次）",
        ),
        ("rate limited (HTTP 429), and the server asks to wait 900 s", "被限流（HTTP 429），服务器要求等待 900 秒"),
        (
            "the server finds even 1,000 tokens too long: lower DAILY_PAPERS_MODEL_CONTEXT",
            "服务器认为 1,000 个 token 仍然过长：请调低 DAILY_PAPERS_MODEL_CONTEXT",
        ),
        ("an answer that is none (no JSON), 4 tries", "不成回答的应答（no JSON），共试 4 次"),
        ('abstract: added "a 5" screen; no title", dropped "y"', '摘要：增加 "a 5" screen; no title"，删去 "y"'),
        # an author's own words
        (
            "This paper is withdrawn; there is an error in Lemma 2, and no title fits",
            "This paper is withdrawn; there is an error in Lemma 2, and no title fits",
        ),
        ("I am a teapot", "I am a teapot"),
    ],
)
def test_reasons_are_translated(reason: str, chinese: str) -> None:
    assert reason_in(reason, "zh") == chinese
    assert reason_in(reason, "en") == reason


def test_every_constant_reason_of_reading_is_translated() -> None:
    """A reason that a stage words differently must not reach Chinese readers in English unnoticed."""
    reasons = {name for _, name in ERROR_PAGE_PATTERNS}
    for file in (ROOT / "tasks" / "read").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Unreadable"), args=[ast.Constant(value=str(reason))]):
                    reasons.add(reason)
    assert len(reasons) > 15
    assert {reason: words for reason in reasons if (words := english(reason_in(reason, "zh")))} == {}


@given(st.text())
def test_any_text_may_be_a_reason(text: str) -> None:
    assert reason_in(text, "en") == text
    reason_in(text, "zh")


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("(zh) an answer that is none (it has no choices)", "不成回答的应答（it has no choices）"),
        ("no answer within 5 s, 4 calls in a row", "5 秒内没有应答，连续 4 次调用都是如此"),
        ("connection refused, waited 12 s", "连接被拒绝，等待了 12 秒"),
        ("server error (HTTP 500: the disk is full), 3 tries", "服务器错误（HTTP 500: the disk is full），共试 3 次"),
        ("the model's contribution was an echo of the prompt", "模型写的核心贡献不可用：照抄了提示词"),
        ("too few of the model's numbers are in the paper (1 of 9)", "模型写的 9 个数字中只有 1 个见于原文"),
    ],
)
def test_reasons_of_stand_ins(reason: str, chinese: str) -> None:
    assert reason_in(reason, "zh") == chinese
