"""A model's answer as the fields of an analysis, each text checked against its own quotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from papers.models import Innovation, Language, Result, Usage
from tasks.analyze.analysis_texts import PLAIN, STATEMENTS, USAGE
from tasks.analyze.drafts import ABSTRACT_SHORT, Draft, clean, evidence_for, shorten
from tasks.analyze.grounding.number_check import Quote
from tasks.analyze.grounding.paper_text import Source
from tasks.analyze.llm.answer_schema import Answer, Cite, Statement

KEYWORD = 60  # characters


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


def _plain(name: str, text: str | None, limit: int, language: Language) -> str | None:
    """A name or a title as asked for, or None: a sentence is no name, and a translated title has Chinese in it."""
    if text is None or len(text) > limit:
        return None
    if name == "translated_title" and (language != "zh" or not re.search(r"[\u4e00-\u9fff]", text)):
        return None
    return text
