"""Prints the reasons of verdicts in either language: a template for each code, filled with the reason's parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from string import Formatter

from papers.models import Language, Reason, ReasonPart, Verdict
from papers.paper_urls import arxiv_page, list_page
from papers.reasons import reason_in

# A part in braces; after a colon, how it is printed: as a place, as a recorded reason of another stage, as a link, as
# the label of directions.
_CURATED: dict[str, tuple[str, str]] = {
    "pick": (
        "score {score}, {place:place} of {candidates}",
        "得分 {score}，在 {candidates} 篇候选中排第 {place}",
    ),
    "below-cut": (
        "score {score}, {place:place} of {candidates}; the {cut_pick:place} pick has {cut}",
        "得分 {score}，在 {candidates} 篇候选中排第 {place}；入选的第 {cut_pick} 篇得分 {cut}",
    ),
    "trophy-below-cut": (
        "score {score}, {place:place} of {candidates}; the {cut_pick:place} pick has {cut}",
        "得分 {score}，在 {candidates} 篇候选中排第 {place}；入选的第 {cut_pick} 篇得分 {cut}",
    ),
    "no-places": (
        "score {score}, {place:place} of {candidates}; by the profile no place is given by score",
        "得分 {score}，在 {candidates} 篇候选中排第 {place}；按配置，没有按得分入选的名额",
    ),
    "off-interest": (
        "{points} interest points ({directions:labels}), at least {least} required",
        "兴趣分 {points}（{directions:labels}），至少需要 {least}",
    ),
    "weak-signal": ("{upvotes} upvotes, at least {least} required", "点赞 {upvotes}，至少需要 {least}"),
    "near-duplicate": (
        "similar to {id:paper}, picked on {date:list}: similarity {similarity}, the limit is {limit}",
        "与 {date:list} 入选的 {id:paper} 内容相近：相似度 {similarity}，上限 {limit}",
    ),
    "excluded": ("{en}; its {field:field} says “{evidence}”", "{zh}；{field:field}写道 “{evidence}”"),
    "not-read": ("could not be read: {reason:recorded}", "未能读到正文：{reason:recorded}"),
    "withdrawn": ("withdrawn: {reason:recorded}", "已撤稿：{reason:recorded}"),
    "not-analyzed": ("not analysed: {reason:recorded}", "分析未完成：{reason:recorded}"),
    "budget": ("beyond the budget, not analysed: {reason:recorded}", "超出预算，未作分析：{reason:recorded}"),
    "repeat": ("a repeat: {reason:recorded}", "重复：{reason:recorded}"),
    "update": ("an update: {reason:recorded}", "更新：{reason:recorded}"),
    "in-day": ("twice on the list: {reason:recorded}", "当日重复：{reason:recorded}"),
}
_RANKED: dict[str, tuple[str, str]] = {
    "outside-window": ("rank {rank} is beyond the first {window}", "第 {rank} 名，在前 {window} 名之外"),
    "after-last-lab": (
        "rank {rank} comes after the last paper of a lab, rank {last}",
        "第 {rank} 名，在最后一篇重点机构论文（第 {last} 名）之后",
    ),
    "no-lab": (
        "rank {rank}; no paper of a lab is on the list, so only the first is shown",
        "第 {rank} 名；当日没有重点机构的论文，只展示第一名",
    ),
}
# What ends the digest, for all papers after its end together.
_DIGEST_ENDS: dict[str, tuple[str, str]] = {
    "outside-window": ("It shows at most the first {window}.", "最多展示前 {window} 名。"),
    "after-last-lab": (
        "It ends with the last paper of a lab, at rank {last}.",
        "展示到最后一篇重点机构的论文（第 {last} 名）为止。",
    ),
    "no-lab": (
        "No paper of a lab is on the list, so only the first is shown.",
        "当日没有重点机构的论文，只展示第一名。",
    ),
}
_TEMPLATES = _CURATED | _RANKED
# What stands before the template if the reason has the part: what earned the points.
_MERITS: dict[str, tuple[str, str]] = {
    "most_upvoted": (
        "the day's most upvoted new paper ({most_upvoted} upvotes), which always has a place",
        "当日新论文中点赞最多（{most_upvoted}），固定占一个名额",
    ),
    "by_upvotes": ("{by_upvotes:place} of {papers} by upvotes", "点赞在 {papers} 篇新论文中排第 {by_upvotes}"),
    "on": ("on {on:labels}", "属于关注的方向：{on:labels}"),
    "kind_en": ("{kind_en}", "{kind_zh}"),
    "lab": ("from a leading lab ({lab})", "来自重点机构 {lab}"),
    "stars": ("{stars} stars", "{stars} 个星标"),
    "words": ("worded like editors' picks", "用词接近编辑常选的论文"),
    "trophy": ("a trophy ({trophy})", "有奖杯（{trophy}）"),
}
# What is added after it if the reason has the part.
_ADDITIONS: dict[str, tuple[str, str]] = {
    "must_read": ("; a must-read, in the first quarter by upvotes", "；点赞在前四分之一，列为必读"),
    "viral": ("; a must-read, since it went viral", "；热度很高，列为必读"),
    "median": ("; the day's median paper has {median}", "；当日论文的中位数为 {median}"),
    "reserved": (
        "; {reserved:paper} has its place as the day's most upvoted paper",
        "；{reserved:paper} 因点赞最多而占一个名额",
    ),
    "tags": ("; a trophy ({tags}) adds points but gives no place", "；奖杯（{tags}）只加分，不保证入选"),
    "equal": ("; equal scores go by upvotes, then by arXiv id", "；得分相同的按点赞数，再按 arXiv 编号"),
}
# Rows of earlier schemas have a reason in English alone; in Chinese their code has to do.
_CODES_ALONE = {
    "pick": "入选",
    "below-cut": "得分低于当日入选的论文",
    "off-interest": "与关注方向的关联不足",
    "weak-signal": "点赞数不足",
    "near-duplicate": "与入选论文内容相近",
    "not-read": "未能读到正文",
    "withdrawn": "已撤稿",
    "not-analyzed": "分析未完成",
    "budget": "超出预算，未作分析",
    "excluded": "按配置排除",
    "outside-window": "在展示范围之外",
    "after-last-lab": "在最后一篇重点机构论文之后",
}
_FIELDS = {"title": "标题", "abstract": "摘要"}
_ENGLISH, _CHINESE = 0, 1


def make_reason(code: str, **parts: object) -> Reason:
    """A reason with these parts; numbers of type float are kept with one decimal or more, if they have more."""
    return Reason(code=code, parts=[ReasonPart(name=k, value=_print_value(v)) for k, v in parts.items()])


def reason_pieces(
    reason: Reason, language: Language, labels: Mapping[str, str] | None = None
) -> list[tuple[str, str | None]]:
    """The reason in `language` as pieces of text, each with the address that it links to, or None.

    `labels` are the names of directions in that language. A code that is not known is printed with its parts.
    """
    template = _TEMPLATES.get("excluded" if reason.code.startswith("excluded-") else reason.code)
    if template is None or not reason.parts:
        values = ", ".join(f"{p.name} {p.value}" for p in reason.parts)
        return [(f"{reason.code}: {values}" if values else reason.code, None)]
    index = _CHINESE if language == "zh" else _ENGLISH
    merits = [merit[index] for name, merit in _MERITS.items() if reason.part(name)]
    additions = [addition[index] for name, addition in _ADDITIONS.items() if reason.part(name)]
    full = ("；" if index else "; ").join([*merits, template[index]]) + "".join(additions)
    pieces: list[tuple[str, str | None]] = []

    def add(text: str, url: str | None) -> None:
        if url is None and pieces and pieces[-1][1] is None:
            text = pieces.pop()[0] + text
        pieces.append((text, url))

    for text, name, form, _ in Formatter().parse(full):
        add(text, None)
        if name:
            add(*_print_part(reason.part(name), form or "", language, labels or {}))
    return pieces


def reason_text(reason: Reason, language: Language, labels: Mapping[str, str] | None = None) -> str:
    """The reason in `language` as plain text."""
    return "".join(text for text, _ in reason_pieces(reason, language, labels)).rstrip(" :：")


def curated_pieces(
    verdict: Verdict, language: Language, labels: Mapping[str, str] | None = None
) -> list[tuple[str, str | None]]:
    """Why the curated post presents a paper or leaves it out, as pieces of text with their addresses."""
    if not verdict.curated_parts:  # a row of an earlier schema has its reason as text only
        return [(_without_parts(verdict.curated_rule, verdict.curated_reason, language), None)]
    return reason_pieces(verdict.curated, language, labels)


def ranked_text(verdict: Verdict, language: Language) -> str:
    """Why the ranked digest does not show a paper."""
    if verdict.ranked is None:
        text = verdict.ranked_reason or ""
        return _without_parts(text.split(":")[0], text, language)
    return reason_text(verdict.ranked, language)


def digest_end_text(reason: Reason | None, language: Language) -> str | None:
    """Where the digest ends, if that is why it does not show a paper; None for any other reason."""
    if reason is None or reason.code not in _DIGEST_ENDS or not reason.parts:
        return None
    return _DIGEST_ENDS[reason.code][language == "zh"].format_map({p.name: p.value for p in reason.parts})


def _without_parts(code: str, text: str, language: Language) -> str:
    if language == "en":
        return text
    return _CODES_ALONE.get("excluded" if code.startswith("excluded-") else code) or reason_in(text, language)


def _print_value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.1f}" if round(value, 1) == value else f"{value:.2f}"
    return str(value)


def _print_part(value: str, form: str, language: Language, labels: Mapping[str, str]) -> tuple[str, str | None]:
    if form == "place":
        return _ordinal(value) if language == "en" else value, None
    if form == "recorded":
        return reason_in(value, language), None
    if form == "paper":
        return value, arxiv_page(value)
    if form == "list":
        return value, list_page(dt.date.fromisoformat(value))
    if form == "field":
        return _FIELDS.get(value, value) if language == "zh" else value, None
    if form == "labels":
        none = "没有方向" if language == "zh" else "no direction"
        return " / ".join(labels.get(name, name) for name in value.split(" / ") if name) or none, None
    return value, None


def _ordinal(value: str) -> str:
    if not value.isdigit():
        return value
    ending = "th" if value[-2:] in ("11", "12", "13") else {"1": "st", "2": "nd", "3": "rd"}.get(value[-1], "th")
    return value + ending
