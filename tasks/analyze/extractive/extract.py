"""The analysis without a model: the paper's own sentences, chosen by their role, section and phrases.

Only the next action, the sentence about the main table and what stands in square brackets are made by a rule. A part
stays empty when no sentence surely belongs there. Each sentence is used once, and its numbers are grounded in the same
way as those of a model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from papers.analysis_choice import next_action
from papers.keyword_glossary import area_of, topic_of
from papers.models import Innovation, Language, Paper, Reading, Result, RowComparison, Usage
from papers.plain_latex import plain_latex
from tasks.analyze.drafts import Draft, openness
from tasks.analyze.extractive.candidates import Candidate, candidates_of
from tasks.analyze.extractive.contribution import (
    WorkTitle,
    contribution_passage,
    contribution_score,
)
from tasks.analyze.extractive.cues import CONTRAST, STUDIES
from tasks.analyze.extractive.digest import digest_of
from tasks.analyze.extractive.digest_opening import questions_in
from tasks.analyze.extractive.entity_names import BASELINE, DATASET, MODEL_NAME, TRAINED_ON, find_names, short_name
from tasks.analyze.extractive.gist import gist_candidates, short_sentence
from tasks.analyze.extractive.innovations import innovation_passage, innovation_score
from tasks.analyze.extractive.limitations import limitation_score, suited_for_score
from tasks.analyze.extractive.main_table import table_result
from tasks.analyze.extractive.results import (
    body_result_score,
    insight_score,
    is_secondary,
    likely_result_score,
    result_passage,
    result_score,
    says_little,
)
from tasks.analyze.extractive.selection import Selection
from tasks.analyze.extractive.sentence_cleanup import without_announcement
from tasks.analyze.extractive.topics import choose_topics, keywords_of
from tasks.analyze.extractive.usage import USAGE_RULES, usage_score
from tasks.analyze.grounding.number_check import Quote
from tasks.analyze.grounding.paper_text import PaperText

VERSION = "extractive-17"
INNOVATION_COUNT = RESULT_COUNT = 3
LIMITATION_COUNT = 2
THIN_GIST, MAX_AFTER_THIN = 80, 240  # characters of a gist that says little, and of the sentence after it


@dataclass(frozen=True)
class Choice:
    """The sentences chosen for each part of an analysis: the same in every language."""

    paper: Paper
    reading: Reading
    selection: Selection
    title: WorkTitle
    contribution: Candidate | None
    work: tuple[Candidate, ...]  # the contribution with its neighbours
    innovations: list[list[Candidate]]
    results: list[tuple[Candidate, ...]]
    insight: Candidate | None
    limitations: list[Candidate]
    suited_for: list[Candidate]
    usage: dict[str, list[Candidate]]
    gist: list[Candidate]
    digest: tuple[list[Candidate], list[Candidate]]  # of the short abstract, and the highlights
    terms: list[str]


def extract(paper: Paper, reading: Reading, language: Language, paper_text: PaperText) -> Draft:
    """The fields of an analysis and the evidence for each sentence."""
    return write(choose(paper, reading, paper_text), language)


def choose(paper: Paper, reading: Reading, paper_text: PaperText) -> Choice:
    """Choose the sentences of each part: nearly all the work of an extract."""
    plain_title = plain_latex(paper.title)
    title = WorkTitle(short_name(plain_title, paper.abstract), plain_title.lower())
    selection = Selection(candidates_of(paper, reading), paper_text, title.name)
    contribution = next(
        iter(selection.best(1, lambda c: contribution_score(c, title)) or _only_sentence(selection)),
        None,
    )
    lead = _lead(contribution, selection, title)
    own_start = next((c.position for c in selection.candidates if c.in_abstract and contribution_score(c, title)), 0)
    after = contribution.position if contribution and contribution.in_abstract else own_start - 1
    results = _results(selection, title, own_start)
    work = _with_neighbours(selection, contribution, title)
    before_contrast = _followed_by_contrast(selection.candidates)
    innovations = _innovations(selection, title, after)
    insight = next(iter(selection.best(1, lambda c: None if c in before_contrast else insight_score(c, title))), None)
    limitations = selection.best(LIMITATION_COUNT, lambda c: limitation_score(c, title))
    suited_for = selection.best(1, lambda c: suited_for_score(c, title))
    usage = {name: selection.best(1, partial(usage_score, rule=r, title=title)) for name, r in USAGE_RULES.items()}
    heads = [passage[0] for passage in results if not passage[0].is_unclear_alone]
    return Choice(
        paper=paper,
        reading=reading,
        selection=selection,
        title=title,
        contribution=contribution,
        work=work,
        innovations=innovations,
        results=results,
        insight=insight,
        limitations=limitations,
        suited_for=suited_for,
        usage=usage,
        gist=_gist(selection, contribution, title, plain_title),
        digest=_digest(selection, contribution, heads, reading),
        terms=choose_topics(keywords_of(paper), plain_title, title.name, lead.text if lead else None),
    )


def write(choice: Choice, language: Language) -> Draft:
    """The fields of the analysis in `language`, in the order of a report, and their evidence."""
    selection, title = choice.selection.for_draft(), choice.title
    fields: dict[str, Any] = {"contribution": _text(selection, "contribution", choice.work)}
    fields["usage"] = Usage(**{name: _text(selection, f"usage.{name}", lines) for name, lines in choice.usage.items()})
    fields |= _statements(selection, choice.insight, choice.innovations, choice.results, title, language)
    fields["contribution_short"] = _short_texts(selection, "contribution_short", choice.gist)
    fields["limitations"] = _text(selection, "limitations", choice.limitations)
    fields["suited_for"] = _text(selection, "suited_for", choice.suited_for)
    abstract, lines = choice.digest
    fields["abstract_short"] = _text(selection, "abstract_short", abstract)
    fields["highlights"] = [selection.add_sentence(f"highlights[{i}]", c) for i, c in enumerate(lines)]
    fields |= _listed(title, choice.terms, language)
    fields["next_action"] = next_action(openness(choice.paper, choice.reading), language)
    selection.draft.fields = fields
    return selection.draft


def _followed_by_contrast(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The sentences of which the next one takes something back: "However, …"."""
    contrasts = {c.position for c in candidates if CONTRAST.match(c.raw)}
    return [c for c in candidates if c.position + 1 in contrasts]


def _only_sentence(selection: Selection) -> list[Candidate]:
    """The sentence of a very short abstract in which the authors say what they do, whatever its role seems to be."""
    abstract = [c for c in selection.candidates if c.in_abstract]
    return selection.take((c for c in abstract if len(abstract) <= 2 and STUDIES.search(c.text)), 1)


def _with_neighbours(selection: Selection, contribution: Candidate | None, title: WorkTitle) -> tuple[Candidate, ...]:
    """The contribution, with the sentence of the abstract without which it says too little."""
    if contribution is None:
        return ()
    passage = selection.add_neighbours(contribution_passage(contribution, selection.abstract, title), contribution)
    return (*passage[:-1], replace(passage[-1], text=without_announcement(passage[-1].text)))


def _gist(selection: Selection, contribution: Candidate | None, title: WorkTitle, plain_title: str) -> list[Candidate]:
    """The sentence that says what the paper does; with the next one if it says little."""
    sentences = gist_candidates(plain_title, contribution, selection.abstract.values())
    c = next((c for c in sentences if c is contribution or selection.is_grounded(c)), None)
    if c is None:
        return []
    short = replace(c, text=short_sentence(c.text))
    passage = contribution_passage(short, selection.abstract, title)
    after = [n for n in passage if n.position > c.position] or _next_of_thin(short, selection)
    return [c, *(n for n in after if selection.is_grounded(n))]


def _short_texts(selection: Selection, field: str, candidates: Sequence[Candidate]) -> str | None:
    """The sentences, each shortened; None without any."""
    texts = ((c, short_sentence(c.text)) for c in candidates)
    lines = [selection.add_text(field, text, [Quote(c.raw, c.block_id)]) for c, text in texts]
    return " ".join(lines) if lines else None


def _next_of_thin(short: Candidate, selection: Selection) -> list[Candidate]:
    """The sentence after a very short one, if it can stand beside it."""
    after = selection.abstract.get(short.position + 1) if len(short.text) < THIN_GIST else None
    if after is None or after.is_unclear_alone or after.side_matter or after.about_field or after.others_work:
        return []
    tells_more = after.role != "background" and not (after.outcome or after.finds)
    return [after] if tells_more and len(short_sentence(after.text)) <= MAX_AFTER_THIN else []


def _innovations(selection: Selection, title: WorkTitle, after: int) -> list[list[Candidate]]:
    """What is new, each with the sentences that go on from it."""
    passages = []
    for c in selection.best(INNOVATION_COUNT, lambda c: innovation_score(c, title, after)):
        passage = innovation_passage(c, selection.abstract, selection.choices)
        passages.append(list(selection.add_neighbours(tuple(passage), c)))
    return passages


def _results(selection: Selection, title: WorkTitle, after: int) -> list[tuple[Candidate, ...]]:
    """The outcomes, those with figures first: of the abstract, or of the body where the abstract has none to show."""
    best_results = selection.best(RESULT_COUNT, lambda c: result_score(c, title, after))
    results = [c for c in best_results if not says_little(c)] or best_results
    results = results or selection.best(1, likely_result_score)
    passages: list[tuple[Candidate, ...]] = []
    for c in results:
        if not any(c in passage for passage in passages) and (passage := result_passage(c, selection.abstract)):
            passage = selection.add_neighbours(passage, c, results)
            if len(passage) == 1 and c.is_unclear_alone and passages:
                continue
            passages = [p for p in passages if not set(p) & set(passage)] + [passage]
    if not passages:
        rest = best_results or selection.best(1, lambda c: None if c.is_unclear_alone else likely_result_score(c))
        passages += [(c,) for c in rest if not c.is_unclear_alone][:1]
    plain = [passage for passage in passages if not all(is_secondary(c) for c in passage)]
    if not any(c.number for passage in plain for c in passage):
        plain += [(c,) for c in selection.best(1, lambda c: body_result_score(c, title, only=not plain))]
    return sorted(plain or passages[:1], key=lambda passage: not any(c.number for c in passage))


def _statements(
    selection: Selection,
    insight: Candidate | None,
    innovations: list[list[Candidate]],
    results: list[tuple[Candidate, ...]],
    title: WorkTitle,
    language: Language,
) -> dict[str, Any]:
    """The insight, the innovations and the results."""
    new = [
        Innovation(text=" ".join(selection.add_sentence(f"innovations[{i}].text", c) for c in passage))
        for i, passage in enumerate(innovations)
    ]
    statements = []
    comparison = table_result(title, selection.paper_text, language)
    if comparison and not _says_so(results, comparison[0]):
        rows, text, quotes = comparison
        statements.append(Result(finding=selection.add_text("results[0].finding", text, quotes), rows=rows))
    for passage in results[: RESULT_COUNT - len(statements)]:
        statements.append(_result(passage, len(statements), selection, title))
    return {
        "innovations": new,
        "results": statements,
        "insight": selection.add_sentence("insight", insight) if insight else None,
    }


def _says_so(results: list[tuple[Candidate, ...]], rows: RowComparison) -> bool:
    """Whether a sentence gives the own value of the main table already."""
    value = re.compile(rf"(?<![\d.]){re.escape(rows.own_value)}(?![\d.]*\d)")
    return any(value.search(c.text) for passage in results for c in passage)


def _text(selection: Selection, field: str, candidates: Sequence[Candidate]) -> str | None:
    return " ".join(selection.add_sentence(field, c) for c in candidates) or None


def _result(passage: tuple[Candidate, ...], index: int, selection: Selection, title: WorkTitle) -> Result:
    """A result with the dataset and the baseline that its sentences name, never the paper's own."""
    text = " ".join(selection.add_sentence(f"results[{index}].finding", c) for c in passage)
    datasets = [
        (m, n)
        for m, n in find_names(DATASET, text)
        if not (
            MODEL_NAME.match(n)
            or TRAINED_ON.search(text[: m.start()])
            or _is_own(n, title, selection)
            or _is_task(n, selection)
        )
    ]
    with_number = [n for m, n in datasets if re.search(r"\d[\d.]*\s?(?:%|×|x)?\s\w*\s?$", text[: m.start()])]
    baselines = [n for _, n in find_names(BASELINE, text) if not _is_own(n, title, selection)]
    return Result(
        dataset=next(iter(with_number or [n for _, n in datasets]), None),
        baseline=next(iter(baselines), None),
        finding=text,
    )


def _is_task(name: str, selection: Selection) -> bool:
    """Whether the abstract introduces the name as the abbreviation of something that is no dataset."""
    definition = re.compile(rf"(?P<words>(?:[\w-]+ ){{1,5}})\({re.escape(name)}s?\)")
    matches = [m for c in selection.abstract.values() if (m := definition.search(c.text))]
    return any(not re.search(r"\b(?:benchmark|dataset|suite|corpus)", m["words"], re.IGNORECASE) for m in matches)


def _is_own(name: str, title: WorkTitle, selection: Selection) -> bool:
    """Whether `name` is of this paper's own work: of its title, or one that it introduces or calls its own."""
    if name.lower() in title.text or (title.name is not None and name.startswith(title.name)):
        return True
    own = re.compile(
        rf"\b(?:[Oo]ur|introduc\w+|present\w*|propos\w+|construct\w*|releas\w+|buil[dt]\w*|creat\w+|curat\w+"
        rf"|develop\w*)\b"
        rf"[^.]{{0,40}}{re.escape(name)}"
    )
    return any(own.search(c.text) for c in selection.candidates if c.in_abstract or c.kind == "introduction")


def _digest(
    selection: Selection, lead: Candidate | None, results: list[Candidate], reading: Reading
) -> tuple[list[Candidate], list[Candidate]]:
    """The abstract of two or three sentences, and the highlights that it does not have."""
    ids = {c.block_id for c in selection.candidates if c.in_abstract}
    questions = [q for b in reading.blocks if b.id in ids for q in questions_in(b.text, selection.candidates)]
    candidates = sorted([*selection.candidates, *questions], key=lambda c: c.position)
    return digest_of(lead, candidates, results)


def _lead(contribution: Candidate | None, selection: Selection, title: WorkTitle) -> Candidate | None:
    """The sentence of the abstract that states the contribution best."""
    if contribution is None or contribution.in_abstract:
        return contribution
    scores = [(contribution_score(c, title) or 0.0, -c.position, c) for c in selection.candidates if c.in_abstract]
    return max(scores, key=lambda score: score[:2])[2] if scores else None


def _listed(title: WorkTitle, terms: list[str], language: Language) -> dict[str, Any]:
    """What the listing gives: area, names, keywords (`terms`)."""
    return {
        "application_area": area_of(terms, language),
        "short_name": title.name,
        "keywords": terms,
        "topic": topic_of(terms, title.name, language),
        "directions": [],
        "translated_title": None,
    }
