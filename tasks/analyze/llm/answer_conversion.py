"""Converts a model's answer to the fields of an analysis and grounds each text in its own quotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from papers.models import Innovation, Language, Result, Usage
from tasks.analyze.analysis_texts import PLAIN_FIELDS, STATEMENT_FIELDS, USAGE_FIELDS
from tasks.analyze.drafts import MAX_ABSTRACT_SHORT, Draft, clean, evidence_for, shorten
from tasks.analyze.grounding.number_check import Quote
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.llm.answer_schema import Answer, Cite, Statement

MAX_KEYWORD_LENGTH = 60  # characters


class _DraftBuilder:
    """Grounds the texts of an answer one by one and collects the results in a `Draft`."""

    def __init__(self, paper_text: PaperText) -> None:
        self.paper_text, self.draft = paper_text, Draft()

    def add_text(self, name: str, text: str | None, cites: Sequence[Cite] = ()) -> str | None:
        """Add the evidence of a text under `name`; return the cleaned text, or None when it is empty."""
        clean_text = clean(text)
        if clean_text is None:
            return None
        quotes = [Quote(c.quote, c.block_id) for c in cites if c.quote.strip()]
        rows, findings = evidence_for(name, clean_text, quotes, self.paper_text)
        self.draft.evidence += rows
        self.draft.numbers_total += sum(f.number is not None for f in findings)
        self.draft.numbers_grounded += sum(f.number is not None and f.accepted for f in findings)
        self.draft.problems += [(name, f) for f in findings if not f.accepted]
        return clean_text

    def add_statement(self, name: str, statement: Statement | None) -> str | None:
        """The same for a statement."""
        return self.add_text(name, statement.text, statement.evidence) if statement else None


def convert_answer(answer: Answer, paper_text: PaperText, language: Language) -> Draft:
    """The fields of an analysis from `answer`, each grounded in `paper_text`."""
    builder = _DraftBuilder(paper_text)
    fields = builder.draft.fields
    for name in STATEMENT_FIELDS:
        fields[name] = builder.add_statement(name, _shorten_abstract(name, getattr(answer, name)))
    usage = {name: builder.add_statement(f"usage.{name}", getattr(answer.usage, name)) for name in USAGE_FIELDS}
    fields["usage"] = Usage(**usage)
    fields["innovations"] = list(_innovations(answer, builder))
    fields["results"] = list(_results(answer, builder))
    fields["highlights"] = _add_list("highlights", ((s.text, s.evidence) for s in answer.highlights), builder)
    for name, limit in PLAIN_FIELDS.items():
        fields[name] = builder.add_text(name, _check_plain_text(name, getattr(answer, name), limit, language))
    keywords = ((k, ()) for k in dict.fromkeys(answer.keywords) if len(k.strip()) <= MAX_KEYWORD_LENGTH)
    fields["keywords"] = _add_list("keywords", keywords, builder)
    fields["directions"] = list(dict.fromkeys(answer.directions))
    return builder.draft


def _add_list(name: str, items: Iterable[tuple[str, Sequence[Cite]]], builder: _DraftBuilder) -> list[str]:
    texts: list[str] = []
    for text, cites in items:
        if (clean_text := builder.add_text(f"{name}[{len(texts)}]", text, cites)) is not None:
            texts.append(clean_text)
    return texts


def _innovations(answer: Answer, builder: _DraftBuilder) -> Iterator[Innovation]:
    innovations = (innovation for innovation in answer.innovations if clean(innovation.text))
    for i, innovation in enumerate(innovations):
        text = builder.add_text(f"innovations[{i}].text", innovation.text, innovation.evidence)
        yield Innovation(
            title=builder.add_text(f"innovations[{i}].title", innovation.title, innovation.evidence), text=text or ""
        )


def _results(answer: Answer, builder: _DraftBuilder) -> Iterator[Result]:
    results = (result for result in answer.results if clean(result.finding))
    for i, result in enumerate(results):
        parts = {
            n: builder.add_text(f"results[{i}].{n}", getattr(result, n), result.evidence)
            for n in ("task", "dataset", "baseline", "finding")
        }
        yield Result(**{**parts, "finding": parts["finding"] or ""})


def _shorten_abstract(name: str, statement: Statement | None) -> Statement | None:
    """The statement, shortened to the length limit if it is `abstract_short`."""
    if statement is None or name != "abstract_short":
        return statement
    return statement.model_copy(update={"text": shorten(statement.text, MAX_ABSTRACT_SHORT)})


def _check_plain_text(name: str, text: str | None, limit: int, language: Language) -> str | None:
    """`text`, or None when it is too long for a name or when a translated title has no Chinese in it."""
    if text is None or len(text) > limit:
        return None
    if name == "translated_title" and (language != "zh" or not re.search(r"[\u4e00-\u9fff]", text)):
        return None
    return text
