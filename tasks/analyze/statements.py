"""Turns a model's answer into an `Analysis` and the evidence for it.

Every text is walked once, under its field's name ("results[0].finding"): grounded against its own quotations, or, where
it has none, against the paper's best matching sentences. What is then done with what is not grounded is `policy`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from papers.models import Analysis, Evidence, Innovation, Language, Openness, Paper, Reading, Result, Usage
from tasks.analyze.grounding import Finding, Quote, ground
from tasks.analyze.names import unknown_names
from tasks.analyze.schema import Answer, Cite, Statement
from tasks.analyze.source import Source, sentences

USAGE = ("scenarios", "inputs", "outputs", "workflow", "requirements", "deployment")
STATEMENTS = (
    "application_area", "contribution", "contribution_short", "insight", "suited_for", "limitations", "next_action",
    "abstract_short",
)  # fmt: skip
PLAIN = {"translated_title": 200, "short_name": 60, "topic": 80}  # and the characters that each may have
KEYWORD = 60  # characters
ABSTRACT_SHORT = 150  # characters
_NOTHING = re.compile(
    (
        r"(?:null|none|n/?a|not (?:stated|mentioned|specified|provided|available)|unknown|原文未述"
        r"|未提及|未说明|无|暂无)[.。]?"
    ),
    re.IGNORECASE,
)


@dataclass
class Draft:
    """An answer as the fields of an analysis, with what grounding found of each."""

    fields: dict[str, Any] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    problems: list[tuple[str, Finding]] = field(default_factory=list)
    total: int = 0
    grounded: int = 0


class _Writer:
    """Walks an answer and fills a `Draft`."""

    def __init__(self, source: Source) -> None:
        self.source, self.draft = source, Draft()

    def text(self, name: str, text: str | None, cites: Sequence[Cite] = ()) -> str | None:
        """The text, cleaned, with its findings noted under `name`; None where it says nothing."""
        cleaned = clean(text)
        if cleaned is None:
            return None
        quotes = [Quote(c.quote, c.block_id) for c in cites if c.quote.strip()]
        rows, findings = evidence_for(name, cleaned, quotes, self.source)
        self.draft.evidence += rows
        self.draft.total += sum(f.number is not None for f in findings)
        self.draft.grounded += sum(f.number is not None and f.accepted for f in findings)
        self.draft.problems += [(name, f) for f in findings if not f.accepted]
        return cleaned

    def statement(self, name: str, statement: Statement | None) -> str | None:
        """As `text`, of a statement."""
        return self.text(name, statement.text, statement.evidence) if statement else None


def evidence_for(
    name: str, text: str, quotes: Sequence[Quote], source: Source, names: bool = True
) -> tuple[list[Evidence], list[Finding]]:
    """The evidence rows of one text and the findings behind them.

    A row for each number; for other digits and names only where the paper does not have them (`text` is then the name);
    and for a text without any number one for each quotation. Without `names`, names without digits are not looked at:
    the text is known to be the paper's own.
    """
    findings = ground(text, quotes, source)
    rows = [
        Evidence(
            field=name,
            text=text if f.number else f.text,
            number=f.number.canonical if f.number else None,
            unit=f.number.unit if f.number else None,
            quote=f.quote,
            block_id=f.block_id,
            status=f.status,
        )
        for f in findings
        if f.number or not f.accepted
    ]
    if not any(f.number for f in findings):
        rows += [_quoted(name, text, quote, source) for quote in quotes]
    if names:
        rows += [Evidence(field=name, text=n, status="unsupported") for n in unknown_names(text, source)]
    return rows, findings


def _quoted(name: str, text: str, quote: Quote, source: Source) -> Evidence:
    block = source.locate(quote.text, quote.block_id)
    return Evidence(
        field=name,
        text=text,
        quote=quote.text,
        block_id=block.id if block else quote.block_id,
        status="grounded" if block else "quote-not-found",
    )


def clean(text: str | None) -> str | None:
    """`text` on one line, or None where it says nothing ("N/A", 原文未述)."""
    joined = re.sub(r"[\s\x00-\x1f]+", " ", text or "").strip()
    return None if not joined or _NOTHING.fullmatch(joined) else joined


def draft(answer: Answer, source: Source, language: Language) -> Draft:
    """The fields of an analysis that `answer` gives, each checked against `source`."""
    write = _Writer(source)
    made = write.draft.fields
    for name in STATEMENTS:
        made[name] = write.statement(name, _shortened(name, getattr(answer, name)))
    usage = {name: write.statement(f"usage.{name}", getattr(answer.usage, name)) for name in USAGE}
    made["usage"] = Usage(**usage)
    made["innovations"] = list(_innovations(answer, write))
    made["results"] = list(_results(answer, write))
    made["highlights"] = _listed("highlights", ((s.text, s.evidence) for s in answer.highlights), write)
    for name, limit in PLAIN.items():
        made[name] = write.text(name, _plain(name, getattr(answer, name), limit, language))
    short = ((k, ()) for k in dict.fromkeys(answer.keywords) if len(k.strip()) <= KEYWORD)
    made["keywords"] = _listed("keywords", short, write)
    made["directions"] = list(dict.fromkeys(answer.directions))
    return write.draft


def _listed(name: str, items: Iterable[tuple[str, Sequence[Cite]]], write: _Writer) -> list[str]:
    found: list[str] = []
    for text, cites in items:
        if (kept := write.text(f"{name}[{len(found)}]", text, cites)) is not None:
            found.append(kept)
    return found


def _innovations(answer: Answer, write: _Writer) -> Iterator[Innovation]:
    kept = (one for one in answer.innovations if clean(one.text))
    for i, one in enumerate(kept):
        text = write.text(f"innovations[{i}].text", one.text, one.evidence)
        yield Innovation(title=write.text(f"innovations[{i}].title", one.title, one.evidence), text=text or "")


def _results(answer: Answer, write: _Writer) -> Iterator[Result]:
    kept = (one for one in answer.results if clean(one.finding))
    for i, one in enumerate(kept):
        parts = {
            n: write.text(f"results[{i}].{n}", getattr(one, n), one.evidence)
            for n in ("task", "dataset", "baseline", "finding")
        }
        yield Result(**{**parts, "finding": parts["finding"] or ""})


def _shortened(name: str, statement: Statement | None) -> Statement | None:
    """The statement, its text cut to what `abstract_short` may have."""
    if statement is None or name != "abstract_short":
        return statement
    return statement.model_copy(update={"text": shorten(statement.text, ABSTRACT_SHORT)})


def shorten(text: str, limit: int) -> str:
    """`text` in at most `limit` characters: whole sentences where some fit, else whole words and an ellipsis."""
    text = re.sub(r"\s+", " ", text).strip()
    if len(text) <= limit:
        return text
    ends = [end for _, end in sentences(text) if end <= limit]
    if ends and ends[-1] >= limit * 0.4:
        return text[: ends[-1]].rstrip()
    head = text[: limit - 1]
    breaks = [m.start() for m in re.finditer(r"\s|(?<=[，；、])|(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", head)]
    return head[: breaks[-1] if breaks else len(head)].rstrip(" ,;:，；、：-–—(（") + "…"


def _plain(name: str, text: str | None, limit: int, language: Language) -> str | None:
    """A name or a title as asked for, or None: a sentence is no name, and a translated title has Chinese in it."""
    if text is None or len(text) > limit:
        return None
    if name == "translated_title" and (language != "zh" or not re.search(r"[\u4e00-\u9fff]", text)):
        return None
    return text


def openness(paper: Paper, reading: Reading) -> Openness:
    """What is open, by listing and page alone."""
    found: dict[str, str] = {}
    for link in reading.links:
        found.setdefault(link.kind, link.url)
    return Openness(
        code_url=paper.github_url or found.get("code"),
        weights_url=found.get("weights"),
        data_url=found.get("data"),
        project_url=paper.project_url or found.get("project"),
        stars=paper.github_stars,
    )


def texts(analysis: Analysis) -> Iterator[tuple[str, str]]:
    """(field, text) of every text that an analysis prints."""
    for name in (*STATEMENTS, *PLAIN):
        if value := getattr(analysis, name):
            yield name, value
    for name in USAGE:
        if value := getattr(analysis.usage, name):
            yield f"usage.{name}", value
    for i, one in enumerate(analysis.innovations):
        yield from ((f"innovations[{i}].{n}", v) for n in ("title", "text") if (v := getattr(one, n)))
    for i, row in enumerate(analysis.results):
        parts = ("task", "dataset", "baseline", "finding")
        yield from ((f"results[{i}].{n}", v) for n in parts if (v := getattr(row, n)))
    for name in ("highlights", "keywords"):
        yield from ((f"{name}[{i}]", text) for i, text in enumerate(getattr(analysis, name)))


def language_share(analysis: Analysis) -> float | None:
    """The share of Chinese in a Chinese analysis, 0 to 1; None in English.

    A Latin word weighs as two characters, about what it would take in Chinese.
    """
    if analysis.language != "zh":
        return None
    text = " ".join(t for name, t in texts(analysis) if not name.startswith("keywords"))
    chinese = len(re.findall(r"[\u3400-\u9fff]", text))
    latin = 2 * len(re.findall(r"[A-Za-z][A-Za-z'-]*", text))
    return round(chinese / (chinese + latin), 4) if chinese + latin else 0.0
