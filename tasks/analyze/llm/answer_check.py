"""Checks the passages of an answer: refuses what is no analysis, and grounds every text in its own quotations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from papers.models import Evidence, Language, Paper, Reason
from papers.reasons import make_reason, reason_text
from tasks.analyze.analysis_texts import chinese_share
from tasks.analyze.drafts import evidence_for
from tasks.analyze.grounding.number_check import ACCEPTED_STATUSES, Finding, Quote
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.grounding.ungrounded_numbers import cut_ungrounded
from tasks.analyze.llm.answer_reading import Cite, Passage, ReadAnswer
from tasks.analyze.llm.answer_schema import FIELDS, NAME_LENGTHS, field_of
from tasks.analyze.llm.prompting import Problem
from tasks.analyze.llm.refusals import (
    cut_unknown_links,
    is_sentence,
    most_repeated,
    same_text,
    text_fault,
    unknown_links,
    without_repeated_sentences,
)

MIN_CHINESE, MAX_CHINESE = 0.3, 0.5  # share of Chinese in a Chinese and in an English analysis
MIN_GROUNDED = 0.25  # share of the numbers
MAX_SAME = 0.8  # share of the statements that may be the same text
MIN_LETTERS = 100  # of a text whose language can be told
_BLOCK_MARK = re.compile(r"\s?[\[(（【]([A-Za-z][\w.]{0,30}\d)[\])）】]")
_LEADING_NUMBER = re.compile(r"(?:^|(?<=[：:]))\s*\d{1,3}[a-z]?[.,)]?\s+")
_REFERENCE = re.compile(
    r"(?:Fig(?:ure)?|Eq(?:uation)?|Sec(?:tion)?|Tab(?:le)?|App(?:endix)?|Alg(?:orithm)?)s?\.?\s*\(?$"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class CheckedPassage:
    """A passage with its evidence; `evidence` and `findings` are by part, and `field` of a row is the part's name."""

    passage: Passage
    evidence: Mapping[str, tuple[Evidence, ...]]
    findings: Mapping[str, tuple[Finding, ...]]

    @property
    def problems(self) -> list[Finding]:
        """The numbers and other digits that are not grounded."""
        return [f for findings in self.findings.values() for f in findings if not f.accepted]

    @property
    def numbers_total(self) -> int:
        """How many numbers it has."""
        return sum(f.number is not None for findings in self.findings.values() for f in findings)

    @property
    def numbers_grounded(self) -> int:
        """How many of them the paper holds."""
        return sum(f.number is not None and f.accepted for findings in self.findings.values() for f in findings)


@dataclass
class CheckedAnswer:
    """The passages of an answer that may be printed, and why others may not: reasons by name."""

    passages: dict[str, CheckedPassage] = field(default_factory=dict)
    refused: dict[str, Reason] = field(default_factory=dict)

    @property
    def numbers_total(self) -> int:
        """How many numbers the answer has."""
        return sum(p.numbers_total for p in self.passages.values())

    @property
    def numbers_grounded(self) -> int:
        """How many of them the paper holds."""
        return sum(p.numbers_grounded for p in self.passages.values())

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of the fields `names` that every analysis needs and this answer has not."""
        present = {field_of(name).name for name in self.passages}
        wanted = set(names)
        return [f.name for f in FIELDS if f.required and f.name in wanted and f.name not in present]

    def problems(self) -> list[Problem]:
        """What a correction is asked for: numbers that are not grounded, and values that were refused."""
        numbers = [
            Problem(name, finding.note, finding.status, finding.text)
            for name, checked in self.passages.items()
            for finding in checked.problems
        ]
        return numbers + [Problem(name, f"it was {reason_text(reason, 'en')}") for name, reason in self.refused.items()]

    def in_wrong_language(self, language: Language) -> bool:
        """Whether a Chinese answer has too little Chinese, or an English one is mostly Chinese."""
        texts = [t for name, p in self.passages.items() if name != "translated_title" for t in _statements(name, p)]
        letters = sum(len(re.findall(r"[A-Za-z\u3400-\u9fff]", text)) for text in texts)
        share = chinese_share(texts)
        return letters >= MIN_LETTERS and (share < MIN_CHINESE if language == "zh" else share > MAX_CHINESE)


def _statements(name: str, checked: CheckedPassage) -> list[str]:
    return [] if field_of(name).kind in ("names", "directions", "text") else [checked.passage.main_text]


class AnswerChecker:
    """Checks answers about one paper in one language."""

    def __init__(self, paper: Paper, paper_text: PaperText, language: Language) -> None:
        self.paper_text, self.language = paper_text, language
        texts = [paper_text.listing, *(f"{b.header or ''} {b.text}" for b in paper_text.blocks)]
        pages = f" arxiv.org/abs/{paper.arxiv_id} arxiv.org/pdf/{paper.arxiv_id} huggingface.co/papers/{paper.arxiv_id}"
        self._known_links = re.sub(r"\s+", "", " ".join(texts).casefold()) + pages

    def check(self, answer: ReadAnswer) -> CheckedAnswer:
        """The answer with every passage checked. The same text is printed once."""
        checked = CheckedAnswer(refused=dict.fromkeys(answer.refused, make_reason("other-form")))
        statements = [p.main_text for name, p in answer.passages.items() if field_of(name).kind != "names"]
        if len(statements) >= 4 and most_repeated(statements) > MAX_SAME * len(statements):
            checked.refused |= dict.fromkeys(answer.passages, make_reason("same-text"))
            return checked
        for name, passage in answer.passages.items():
            self.add(checked, name, passage)
        return checked

    def add(self, checked: CheckedAnswer, name: str, passage: Passage) -> None:
        """Check one passage and add it: to the passages, or to what is refused. A repetition is left out."""
        cleaned, fault = self._clean(name, passage)
        if cleaned is None:
            if fault:
                checked.refused[name] = fault
        elif not _is_repetition(name, cleaned, checked):
            checked.passages[name] = self._ground(name, cleaned)

    def _clean(self, name: str, passage: Passage) -> tuple[Passage | None, Reason | None]:
        """The passage without what may not be printed, or None and the reason."""
        *names, main = passage.texts
        text = self._without_block_marks(without_repeated_sentences(passage.texts[main]))
        if any(self._begins_after_reference(cite) for cite in passage.cites):
            text = _LEADING_NUMBER.sub("", text, count=1)
        if fault := text_fault(passage.texts[main]):
            return None, fault
        if unknown_links(text, self._known_links):
            text = cut_unknown_links(text, self._known_links)
            if len(re.findall(r"\w", text)) < 4:
                return None, make_reason("unknown-link")
        kind = field_of(name).kind
        if (kind == "names" or field_of(name).name in ("short_name", "topic")) and is_sentence(text):
            return None, None
        if name == "translated_title" and (self.language != "zh" or not _HAN.search(text)):
            return None, None
        short_texts: dict[str, str] = {}
        for part in names:
            name_text = passage.texts[part]
            if self._is_name(part, name_text) and not any(
                same_text(name_text, t) for t in (text, *short_texts.values())
            ):
                short_texts[part] = name_text
        return Passage(short_texts | {main: text}, passage.cites), None

    def _is_name(self, part: str, text: str) -> bool:
        """Whether the text may stand as the part of an innovation or a result that is a name."""
        too_long = len(text) > NAME_LENGTHS[part]
        return not (too_long or is_sentence(text) or text_fault(text) or unknown_links(text, self._known_links))

    def _without_block_marks(self, text: str) -> str:
        """The text without ids of blocks in brackets, which say nothing to a reader."""
        return _BLOCK_MARK.sub(lambda m: "" if m[1] in self.paper_text.by_id else m[0], text)

    def _begins_after_reference(self, cite: Cite) -> bool:
        """Whether a quotation begins with the number of a figure or a section, whose word it leaves out."""
        block = self.paper_text.by_id.get(cite.block_id)
        if block is None or not cite.quote[:1].isdigit():
            return False
        start = block.text.find(cite.quote[:40])
        return start > 0 and _REFERENCE.search(block.text[max(0, start - 16) : start]) is not None

    def _ground(self, name: str, passage: Passage) -> CheckedPassage:
        cites = tuple(cite for c in passage.cites if (cite := self._with_block(c)) is not None)
        quotes = [Quote(c.quote, c.block_id) for c in cites]
        evidence: dict[str, tuple[Evidence, ...]] = {}
        findings: dict[str, tuple[Finding, ...]] = {}
        for part, text in passage.texts.items():
            rows, problems = evidence_for(part, text, quotes, self.paper_text)
            evidence[part], findings[part] = tuple(rows), tuple(problems)
        return CheckedPassage(Passage(passage.texts, cites), evidence, findings)

    def _with_block(self, cite: Cite) -> Cite | None:
        """The quotation; one without a block's id gets the id of the block that it is in, or counts for nothing."""
        if cite.block_id:
            return cite
        block = self.paper_text.locate(cite.quote)
        return Cite(cite.quote, block.id) if block else None

    def merge(self, old: CheckedAnswer, new: ReadAnswer) -> CheckedAnswer:
        """`old` with the passages of a second answer that are better. Nothing that is good is lost."""
        result = CheckedAnswer(dict(old.passages), dict(old.refused))
        candidates = {n: _with_good_names(old.passages.get(n), passage) for n, passage in new.passages.items()}
        second = self.check(ReadAnswer(candidates))
        for name, checked in second.passages.items():
            before = result.passages.get(name)
            if before is None:
                if not _is_repetition(name, checked.passage, result):
                    result.passages[name] = checked
                    result.refused.pop(name, None)
            elif _is_better(checked, before):
                result.passages[name] = checked
        present = {field_of(name).name for name in result.passages}
        result.refused = {n: r for n, r in result.refused.items() if n not in present}
        return result


def _is_repetition(name: str, passage: Passage, checked: CheckedAnswer) -> bool:
    """Whether a statement has the same text as an earlier one. What every analysis needs may repeat another field."""
    entry = field_of(name)
    if entry.kind in ("names", "directions", "text"):
        return False
    if entry.required and entry.name not in {field_of(n).name for n in checked.passages if n != name}:
        return False
    others = (p.passage.main_text for n, p in checked.passages.items() if n != name)
    return any(same_text(passage.main_text, other) for other in others)


def _with_good_names(old: CheckedPassage | None, new: Passage) -> Passage:
    """The new passage with the names (dataset, baseline …) of the old one that it lacks and that had no problem."""
    if old is None:
        return new
    old_texts = {
        part: text
        for part, text in old.passage.texts.items()
        if part not in new.texts and all(f.accepted for f in old.findings[part])
    }
    return Passage(old_texts | dict(new.texts), new.cites)


def _is_better(new: CheckedPassage, old: CheckedPassage) -> bool:
    """Whether a corrected passage may replace the old one: fewer problems, and no grounded number lost.

    Of an old passage of which nothing can be printed there is nothing to lose.
    """
    if len(new.problems) >= len(old.problems):
        return False
    return new.numbers_grounded >= old.numbers_grounded or not _is_printable(old)


def _is_printable(checked: CheckedPassage) -> bool:
    """Whether anything is left of the statement without the numbers that are not grounded."""
    part, text = list(checked.passage.texts.items())[-1]
    rows = [row for row in checked.evidence[part] if row.status not in ACCEPTED_STATUSES]
    return not rows or cut_ungrounded(text, rows) is not None


def analysis_fault(answer: CheckedAnswer, language: Language) -> Reason | None:
    """Why an answer does not count as an analysis; None if it does."""
    contribution = answer.passages.get("contribution")
    if contribution is None:
        fault = answer.refused.get("contribution")
        return make_reason("bad-contribution", fault=fault) if fault else make_reason("no-contribution")
    if not _is_printable(contribution):
        return make_reason("contribution-numbers")
    if answer.numbers_total and answer.numbers_grounded < MIN_GROUNDED * answer.numbers_total:
        return make_reason("few-numbers", grounded=answer.numbers_grounded, total=answer.numbers_total)
    if answer.in_wrong_language(language):
        return make_reason("not-in-chinese") if language == "zh" else make_reason("not-in-english")
    return None
