"""Parts of an edition's Markdown: its tables, sections, and reasons for papers that are left out."""

from __future__ import annotations

import re

from lxml import html
from markdown_it import MarkdownIt

from papers.models import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def tables(markdown: str) -> list[list[list[str]]]:
    """The tables of a Markdown text: rows of cells."""
    body = MarkdownIt("commonmark").enable("table").render(markdown)
    tree = html.fragment_fromstring(body, create_parent="div")
    return [
        [[str(c.text_content()) for c in row.iterfind("*")] for row in table.iter("tr")] for table in tree.iter("table")
    ]


def section(markdown: str, title: str) -> str:
    """The text under the first heading that contains `title`, up to the next heading of its level or above."""
    match = re.search(rf"^(#+) .*{re.escape(title)}.*\n", markdown, re.MULTILINE)
    assert match, f"no heading with {title!r}"
    rest = markdown[match.end() :]
    end = re.search(rf"^#{{1,{len(match[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def reasons_in(markdown: str) -> list[tuple[str, str]]:
    """The titles of the papers that an edition leaves out, each with its reason: rows and items of lists."""
    lists = [t for t in tables(markdown) if t[0][0] in ("论文", "Paper") and t[0][-1] in ("原因", "Reason")]
    rows = [(row[0], row[-1]) for t in lists for row in t[1:]]
    for heading in ("排除论文说明", "Left out, and why", "未展示的论文及原因", "What is not shown, and why"):
        if f"## {heading}\n" in markdown:
            part = section(markdown, heading)
            rows += [
                (row[1].removeprefix("🏆 "), row[2])
                for t in tables(part)
                if t[0][-1] in ("得分", "Score")
                for row in t[1:]
            ]
            tree = html.fragment_fromstring(MarkdownIt("commonmark").render(part), create_parent="div")
            for item in tree.iter("li"):
                titles = [str(a.text_content()) for a in item.iter("a") if "/abs/" in a.get("href")]
                before, _, after = str(item.text_content()).partition(titles[0])
                rows += [(title, before) for title in titles] if before else [(titles[0], after)]
    return rows
