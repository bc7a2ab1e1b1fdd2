"""How `bench_growth` calls functions that take more than one string, and why some are not called."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import SecretStr
from selectolax.lexbor import LexborHTMLParser

from papers import edition_html, keyword_glossary, plain_latex, roundups, text
from papers.day import Day
from papers.models import EDITIONS, Analysis, Block, Evidence, Paper, Reading, Reason, SetAside, Usage
from papers.numbers import normalization, units
from papers.numbers.non_quantities import non_quantities
from papers.numbers.parser import Number, parse
from papers.paper_entry import PaperEntry
from papers.profile import load_profile
from papers.reasons import make_reason
from papers.tables import snapshot_keys
from papers.token_counts import block_tokens
from tasks.analyze import analysis_texts, drafts, section_kinds
from tasks.analyze.extractive import (
    candidates,
    cues,
    entity_names,
    roles,
    sentence_cleanup,
)
from tasks.analyze.extractive.extract import extract
from tasks.analyze.grounding import (
    comparison_cues,
    number_check,
    number_comparison,
    prose_roles,
    table_claims,
    ungrounded_numbers,
    unknown_names,
)
from tasks.analyze.grounding.other_papers import OtherPapers
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.llm import (
    answer_check,
    answer_draft,
    answer_reading,
    answer_schema,
    fitting,
    prompting,
    redaction,
    refusals,
    server_words,
    translation,
)
from tasks.curate import near_duplicates
from tasks.dedupe.repeats import History, dedupe, mark_left
from tasks.fetch import arxiv, list_items
from tasks.publish import citations, evidence_links, feeds
from tasks.publish.day_sheets import PaperSheet
from tasks.read import acceptance, best_source, document, links, raised_text, table_files
from tasks.read.extraction import read_body
from tasks.read.html import affiliations, latexml, tables
from tasks.read.pdf import blocks as pdf_blocks
from tasks.read.pdf import lines as pdf_lines
from tasks.render import markdown_escape
from tasks.render.editions import render_edition
from tests import factories

PROFILE = load_profile("default")
EXPRESSION = PROFILE.interests[0].pattern
(NUMBER,) = parse("97.3%").numbers
SENTENCE = "We reach 97.3% on the invented set, 4.1 points above the baseline of 93.2%."


def block(value: str, **fields: Any) -> Block:
    return Block(**({"id": "S1.p1", "kind": "paragraph", "section": "1 Introduction", "text": value} | fields))


def table_row(value: str) -> Block:
    return block(value, id="S2.T1.r1", kind="table_row", header=value)


def reading(value: str) -> Reading:
    """A paper with the text as abstract, paragraph, list item and table row."""
    abstract = block(value, id="abstract.p1", section="Abstract")
    row = block(value, id="S2.T1.r1", kind="table_row", header=f"| Model | {value[:200]} |")
    return factories.reading(blocks=[abstract, block(value), block(value, id="S1.p2", kind="list_item"), row])


def paper(value: str) -> Paper:
    fields: dict[str, Any] = {
        "title": value,
        "abstract": value,
        "authors": [value],
        "organization": value,
        "ai_keywords": [value],
    }
    return factories.paper(**fields)


def paper_text(value: str) -> PaperText:
    return PaperText([block(value)], value[:1000])


def evidence(value: str) -> list[Evidence]:
    number = Evidence(field="contribution", text=value, number="97.3", unit="percent", status="not-in-quote")
    return [number, Evidence(field="contribution", text="GPT-9", status="unsupported")]


def analysis(value: str) -> Analysis:
    fields: dict[str, Any] = {
        "contribution": value,
        "insight": value,
        "usage": Usage(inputs=value),
        "highlights": [value],
    }
    return factories.analysis(**fields, evidence=evidence(value))


def answer(value: str) -> answer_check.CheckedAnswer:
    """A checked answer with the text in every kind of field."""
    cites = (answer_reading.Cite(value[:1000], "S1.p1"),)
    names = ("contribution", "insight", "highlights[0]", "keywords[0]", "short_name")
    passages = {name: answer_reading.Passage({"": value}, cites) for name in names}
    passages["results[0]"] = answer_reading.Passage({"dataset": value, "finding": value}, cites)
    checker = answer_check.AnswerChecker(factories.paper(), paper_text(SENTENCE), "en")
    check = checker.check(answer_reading.ReadAnswer(passages))
    return checker.merge(check, answer_reading.ReadAnswer(passages))


def reply(value: str) -> list[str]:
    """What a model may write: the text alone, and as the values of an answer."""
    fields = {"contribution": value, "keywords": value, "usage": {"inputs": {"text": value, "evidence": value}}}
    return [value, json.dumps(fields), json.dumps(fields)[:-9], "{" + value]


def node(value: str, selector: str = ".ltx_p") -> Any:
    tag = f'<article class="ltx_document"><div class="ltx_authors"><p class="ltx_p">{value}</p></div></article>'
    return LexborHTMLParser(tag).css_first(selector)


def table(value: str) -> Any:
    cell = f'<td class="ltx_td">{value}</td>'
    return LexborHTMLParser(f'<table class="ltx_tabular"><tr class="ltx_tr">{cell}{cell}</tr></table>').css_first(
        "table"
    )


def sheet(value: str) -> PaperSheet:
    entry = PaperEntry(paper(value), reading(value), None, None, "en", {})
    return PaperSheet(entries={"en": entry, "zh": entry}, sections={"S1.p1": value})


def reason(value: str) -> Reason:
    return make_reason("try", source=value, reason=make_reason("other-title", title=value))


def day(value: str) -> Day:
    return Day(
        date=factories.DAY,
        papers=[paper(value)],
        set_aside=[SetAside(position=1, reason=reason(value), item_json=value)],
        readings=[reading(value)],
        analyses=[analysis(value)],
        verdicts=[factories.verdict(curated_reason=value)],
        trends=[],
    )


def shifted(number: Number, offset: int) -> Number:
    """The number, `offset` characters further on."""
    return replace(number, start=number.start + offset, end=number.end + offset)


def judge_claims(value: str) -> Any:
    """The text as a claim about a small table, and as the caption, header and cells of one."""
    small = (["Model", "Accuracy"], [["Ours", "97.3"], ["Baseline", "93.2"]])
    table_claims.judge_claim(f"Ours reaches 97.3 {value}", "Results", *small)
    table_claims.judge_claim(SENTENCE, value, ["Model", value], [[value, value], ["Baseline", "93.2"]])


def ground_sentence(value: str) -> Any:
    return number_check.ground(SENTENCE, [number_check.Quote(value, "S1.p1")], paper_text(value))


def compared(value: str) -> near_duplicates.ComparedPaper:
    return near_duplicates.ComparedPaper("2510.00001", value, value)


def pdf_reader(value: str) -> pdf_blocks.BlockReader:
    reader = pdf_blocks.BlockReader(80)
    reader.read_page(1, [value[n : n + 90] for n in range(0, len(value), 90)])
    reader.flush()
    return reader


def dedupe_update(value: str) -> list[Paper]:
    history = History()
    history.remember("0000.00001", value, value[::-1], dt.date(2026, 1, 1), None)
    return dedupe(factories.listing(factories.listed_paper(1, title=value, abstract=value)), history)


CALLS: dict[str, Callable[[str], object]] = {
    "papers.numbers.normalization.Normalized.span": lambda t: normalization.normalize(f"{t}a").span(0, 1),
    "papers.numbers.units.unit_at": lambda t: [units.unit_at(t, n) for n in range(min(len(t), 300))],
    "papers.numbers.units.scale_at": lambda t: [units.scale_at(t, n) for n in range(min(len(t), 300))],
    "papers.numbers.units.literal_unit": lambda t: units.literal_unit(t, t),
    "papers.numbers.units.same_unit": lambda t: units.same_unit(t, t),
    "papers.profile.Profile.label": lambda t: PROFILE.label(t, "zh"),
    "papers.regular_expressions.Expression.first_match": EXPRESSION.first_match,
    "papers.regular_expressions.Expression.matches": EXPRESSION.matches,
    "papers.regular_expressions.Expression.mask": EXPRESSION.mask,
    "papers.roundups.resolve_period": lambda t: roundups.resolve_period(t, dt.date(2026, 1, 1)),
    "papers.tables.snapshot_keys.date_of": lambda t: snapshot_keys.date_of("papers", t),
    "tasks.analyze.llm.redaction.redact_value": lambda t: redaction.redact_value({t: [t]}),
    "tasks.analyze.llm.redaction.redact_error": lambda t: redaction.redact_error(ValueError(t)),
    "papers.text.clip": lambda t: text.clip(t, len(t) // 2),
    "papers.text.title_or_id": lambda t: text.title_or_id(t, t),
    "papers.keyword_glossary.keyword_in": lambda t: keyword_glossary.keyword_in(t, "zh"),
    "papers.keyword_glossary.area_of": lambda t: keyword_glossary.area_of([t], "zh"),
    "papers.keyword_glossary.topic_of": lambda t: keyword_glossary.topic_of([t], t, "zh"),
    "papers.plain_latex.plain_latex": lambda t: plain_latex.plain_latex(t, t[:10]),
    "papers.plain_latex.whole_abstract": plain_latex.whole_abstract,
    "papers.token_counts.block_tokens": lambda t: block_tokens(block(t)),
    "tasks.analyze.analysis_texts.field_texts": lambda t: list(analysis_texts.field_texts(analysis(t))),
    "tasks.analyze.analysis_texts.language_share": lambda t: analysis_texts.language_share(analysis(t)),
    "tasks.analyze.drafts.evidence_for": lambda t: drafts.evidence_for("x", t, [], paper_text(SENTENCE)),
    "tasks.analyze.drafts.shorten": lambda t: drafts.shorten(t, len(t) // 2),
    "tasks.analyze.drafts.openness": lambda t: drafts.openness(paper(t), reading(t)),
    "tasks.analyze.extractive.candidates.candidates_of": lambda t: candidates.candidates_of(paper(t), reading(t)),
    "tasks.analyze.extractive.cues.is_about_field": lambda t: cues.is_about_field(t[: sentence_cleanup.MAX_RAW_LENGTH]),
    "tasks.analyze.extractive.cues.is_side_matter": lambda t: cues.is_side_matter(t[: sentence_cleanup.MAX_RAW_LENGTH]),
    "tasks.analyze.extractive.roles.label_sentences": lambda t: roles.label_sentences([t, t]),
    "tasks.analyze.extractive.entity_names.find_names": lambda t: [
        list(entity_names.find_names(p, t)) for p in (entity_names.DATASET, entity_names.BASELINE)
    ],
    "tasks.analyze.extractive.entity_names.short_name": lambda t: entity_names.short_name(t, t),
    "tasks.analyze.extractive.extract.extract": lambda t: extract(
        paper(t), reading(t), "en", PaperText(reading(t).blocks, t)
    ),
    "tasks.analyze.section_kinds.section_kind": lambda t: section_kinds.section_kind(t, "S1.p1"),
    "tasks.analyze.extractive.sentence_cleanup.sentence_spans": sentence_cleanup.sentence_spans,
    "tasks.analyze.extractive.sentence_cleanup.clean_sentence": lambda t: [
        sentence_cleanup.clean_sentence(t[: sentence_cleanup.MAX_RAW_LENGTH], abstract=a) for a in (True, False)
    ],
    "papers.numbers.parser.parse": lambda t: (
        parse(t, inner=True),
        parse(f"97.3% {t}"),
    ),  # without a digit it stops early
    "papers.numbers.non_quantities.non_quantities": lambda t: non_quantities(f"97.3% {t}"),
    "tasks.read.raised_text.raised_text": lambda t: raised_text.raised_text(t, "2", t),
    "tasks.read.raised_text.lowered_text": lambda t: raised_text.lowered_text(t, "2", t),
    "tasks.read.table_files.csv_blocks": lambda t: table_files.csv_blocks(t, t),
    "tasks.analyze.grounding.number_check.ground": ground_sentence,
    "tasks.analyze.grounding.number_comparison.compare": lambda t: number_comparison.compare(
        NUMBER, paper_text(t).numbers_in(t, block(t))
    ),
    "tasks.analyze.grounding.number_check.find_operands": lambda t: number_check.find_operands(NUMBER, t, [NUMBER]),
    "tasks.analyze.grounding.table_claims.judge_claim": judge_claims,
    "tasks.analyze.grounding.comparison_cues.cue_of": lambda t: comparison_cues.cue_of(
        shifted(NUMBER, len(t)), f"{t}97.3%{t}"
    ),
    "tasks.analyze.grounding.prose_roles.name_meant": lambda t: prose_roles.name_meant(
        NUMBER, SENTENCE, f"{SENTENCE} {t}", parse(f"{SENTENCE} {t}").numbers
    ),
    "tasks.analyze.grounding.other_papers.OtherPapers.find_papers": lambda t: OtherPapers(
        [reading(t)], {"0000.00001": t}
    ).find_papers(SENTENCE, [NUMBER], "0000.00002"),
    "tasks.analyze.grounding.paper_text.PaperText.locate": lambda t: paper_text(t).locate(t, None),
    "tasks.analyze.grounding.paper_text.PaperText.numbers_in": lambda t: paper_text(t).numbers_in(t, block(t)),
    "tasks.analyze.grounding.paper_text.PaperText.row_numbers": lambda t: paper_text(t).row_numbers(table_row(t)),
    "tasks.analyze.grounding.paper_text.PaperText.caption_of": lambda t: PaperText(
        [block(t, id="S2.T1.caption", kind="caption"), table_row(t)], ""
    ).caption_of(table_row(t)),
    "tasks.analyze.grounding.ungrounded_numbers.remove_ungrounded": lambda t: ungrounded_numbers.remove_ungrounded(
        [analysis(t)], [reading(SENTENCE)], {"0000.00001": "A title"}, "cut"
    ),
    "tasks.analyze.grounding.ungrounded_numbers.ungrounded_spans": lambda t: ungrounded_numbers.ungrounded_spans(
        t, evidence(t)
    ),
    "tasks.analyze.grounding.ungrounded_numbers.flag_ungrounded": lambda t: ungrounded_numbers.flag_ungrounded(
        t, evidence(t), "(?)"
    ),
    "tasks.analyze.grounding.ungrounded_numbers.cut_ungrounded": lambda t: ungrounded_numbers.cut_ungrounded(
        t, evidence(t)
    ),
    "tasks.analyze.grounding.unknown_names.unknown_names": lambda t: unknown_names.unknown_names(
        t, paper_text(SENTENCE)
    ),
    "tasks.analyze.llm.answer_check.AnswerChecker.check": answer,
    "tasks.analyze.llm.answer_check.analysis_fault": lambda t: answer_check.analysis_fault(answer(t), "en"),
    "tasks.analyze.llm.answer_check.CheckedAnswer.in_wrong_language": lambda t: answer(t).in_wrong_language("zh"),
    "tasks.analyze.llm.answer_draft.draft_of": lambda t: answer_draft.draft_of(answer(t)),
    "tasks.analyze.llm.answer_reading.read_answer": lambda t: answer_reading.read_answer(
        reply(t), answer_schema.field_names("zh"), [t]
    ),
    "tasks.analyze.llm.answer_schema.answer_json_schema": lambda t: answer_schema.answer_json_schema(["topic"], [t]),
    "tasks.analyze.llm.refusals.unknown_links": lambda t: refusals.unknown_links(t, "github.com"),
    "tasks.analyze.llm.refusals.cut_unknown_links": lambda t: refusals.cut_unknown_links(t, "github.com"),
    "tasks.analyze.llm.refusals.same_text": lambda t: refusals.same_text(t, t),
    "tasks.analyze.llm.refusals.most_repeated": lambda t: refusals.most_repeated([t, t]),
    "tasks.analyze.llm.translation.same_numbers": lambda t: translation.same_numbers(t, t),
    "tasks.analyze.llm.translation.translation_fault": lambda t: translation.translation_fault(t, t, "zh"),
    "tasks.analyze.llm.translation.read_translation": lambda t: translation.read_translation(
        reply(t), {"contribution": t}, "zh"
    ),
    "tasks.analyze.llm.translation.texts_to_translate": lambda t: translation.texts_to_translate(analysis(t), t, "zh"),
    "tasks.analyze.llm.translation.translation_json_schema": lambda t: translation.translation_json_schema(
        {"contribution": t}
    ),
    "tasks.analyze.llm.translation.translated_analysis": lambda t: translation.translated_analysis(
        analysis(t), translation.Translation({"contribution": t}), "zh"
    ),
    "tasks.analyze.llm.server_words.words_of": lambda t: server_words.words_of({"error": {"message": t}}),
    "tasks.analyze.llm.fitting.fit": lambda t: fitting.fit(reading(t), 2000),
    "tasks.analyze.llm.fitting.block_kinds": lambda t: fitting.block_kinds(reading(t).blocks),
    "tasks.analyze.llm.fitting.printed_tokens": lambda t: fitting.printed_tokens(reading(t).blocks[0]),
    "tasks.analyze.llm.redaction.redact_words": lambda t: redaction.redact_words(t, SecretStr("sk-planted-4f9c1e7a")),
    "tasks.analyze.llm.prompting.format_block": lambda t: prompting.format_block(block(t)),
    "tasks.analyze.llm.prompting.fence_for": lambda t: prompting.fence_for([t]),
    "tasks.analyze.llm.prompting.paper_prompt": lambda t: prompting.paper_prompt(paper(t), [block(t)], [t]),
    "tasks.analyze.llm.prompting.task_prompt": lambda t: prompting.task_prompt("en", ["directions"], [t]),
    "tasks.analyze.llm.prompting.correction_prompt": lambda t: prompting.correction_prompt(
        "en", ["insight"], [prompting.Problem("insight", None, "unsupported", t)] * 5
    ),
    "tasks.analyze.llm.prompting.translation_prompt": lambda t: prompting.translation_prompt("en", {"insight": t}),
    "tasks.curate.near_duplicates.similarity": lambda t: near_duplicates.similarity(compared(t), compared(t[::-1])),
    "tasks.curate.near_duplicates.nearest": lambda t: near_duplicates.nearest(
        compared(t), [near_duplicates.Pick("2510.00002", t, t, dt.date(2026, 1, 1))], 0.6
    ),
    "tasks.dedupe.repeats.History.add": dedupe_update,
    "tasks.dedupe.repeats.History.remember": dedupe_update,
    "tasks.dedupe.repeats.dedupe": dedupe_update,
    "tasks.dedupe.repeats.mark_left": lambda t: mark_left([factories.listed_paper(1, title=t)], factories.listing()),
    "tasks.fetch.arxiv.parse_entry": lambda t: arxiv.parse_entry(entry(t), 0),
    "tasks.fetch.list_items.set_aside": lambda t: list_items.set_aside({"x": t}, 0, reason(t)),
    "tasks.fetch.list_items.parse_item": lambda t: list_items.parse_item(
        {"paper": {"id": "2510.00001", "title": t, "summary": t, "authors": [{"name": t}], "githubRepo": t}}, 0
    ),
    "tasks.fetch.list_items.one_line": list_items.one_line,
    "tasks.fetch.list_items.plain_text": list_items.plain_text,
    "tasks.fetch.list_items.utc_time": list_items.utc_time,
    "tasks.publish.citations.cite": lambda t: citations.cite([paper(t)]),
    "tasks.publish.evidence_links.EvidenceLinks.statement_html": lambda t: evidence_links.EvidenceLinks(
        sheet(t), analysis(t)
    ).statement_html("contribution", t),
    "tasks.publish.evidence_links.section_url": lambda t: evidence_links.section_url(sheet(t), t),
    "tasks.publish.feeds.absolute": lambda t: feeds.absolute(t, "https://papers.example.org/"),
    "tasks.read.acceptance.refusal_reason": lambda t: acceptance.refusal_reason(
        read_body("abs", abstract_page(t), None, None).document or pdf_lines.document_of([t]), t, t
    ),
    "tasks.read.acceptance.title_similarity": lambda t: acceptance.title_similarity(t, t, acceptance.words(t)),
    "tasks.read.best_source.listing_links": lambda t: best_source.listing_links(
        factories.listed_paper(1, github_url=t, project_url=t)
    ),
    "tasks.read.best_source.text_sha256": lambda t: best_source.text_sha256([block(t)]),
    "tasks.read.document.blocks_of_abstract": lambda t: document.blocks_of_abstract([t]),
    "tasks.read.document.BlockIds.claim": lambda t: document.BlockIds().claim(t),
    "tasks.read.document.BlockIds.generate": lambda t: document.BlockIds().generate(t),
    "tasks.read.document.Document.opening": lambda t: pdf_lines.document_of([t]).opening(300),
    "tasks.read.document.Document.body_characters": lambda t: pdf_lines.document_of([t]).body_characters(),
    "tasks.read.document.Document.sections": lambda t: pdf_lines.document_of([t]).sections(),
    "tasks.read.html.affiliations.affiliations_of": lambda t: affiliations.affiliations_of(node(t, "article")),
    "tasks.read.html.latexml.remove_element": lambda t: latexml.remove_element(t.encode(), b"<script", b"</script"),
    "tasks.read.html.latexml.classes": lambda t: latexml.classes(node(f"<b class='{t}'>x</b>", "b")),
    "tasks.read.html.latexml.split_classes": latexml.split_classes,
    "tasks.read.html.tables.rows_of": lambda t: tables.rows_of(table(t), set()),
    "tasks.read.html.tables.cell_text": lambda t: tables.cell_text(table(t).css_first("td"), set()),
    "tasks.read.links.links_in_text": lambda t: links.links_in_text([block(t)], [(t, t, True)]),
    "tasks.read.links.merge_links": lambda t: links.merge_links(links.links_in_text([block(t)])),
    "tasks.read.pdf.blocks.BlockReader.read_page": pdf_reader,
    "tasks.read.pdf.blocks.BlockReader.flush": pdf_reader,
    "tasks.read.pdf.lines.document_of": lambda t: pdf_lines.document_of([t, t[:5000].replace(" ", "\n")]),
    "tasks.render.editions.render_edition": lambda t: [render_edition(day(t), n, "en", PROFILE) for n in EDITIONS],
    "papers.edition_html.edition_html": lambda t: edition_html.edition_html(t, "full-report", "en"),
    "tasks.render.markdown_escape.cell": markdown_escape.cell,
    "tasks.render.markdown_escape.link": lambda t: markdown_escape.link(t, f"https://a.b/{t}"),
    "tasks.render.markdown_escape.image": lambda t: markdown_escape.image(t, "x.svg"),
    "tasks.render.markdown_escape.front_matter": lambda t: markdown_escape.front_matter(title=t),
    "tasks.render.markdown_escape.finalize": markdown_escape.finalize,
}


def entry(value: str) -> ET.Element:
    root = ET.Element("{http://www.w3.org/2005/Atom}entry")
    texts = {"id": "http://arxiv.org/abs/2510.00001v1", "title": value, "summary": value}
    for tag, content in (texts | {"published": "2025-10-01T00:00:00Z"}).items():
        ET.SubElement(root, f"{{http://www.w3.org/2005/Atom}}{tag}").text = content
    return root


def abstract_page(value: str) -> bytes:
    return f'<html><body><div id="abs"><h1 class="title">{value}</h1><blockquote class="abstract">{value}'.encode(
        "utf-8", "replace"
    )


OWN = "takes no foreign text"
STORE = "reads or writes the store; the text in it goes through functions that are called here"
PARTS = "joins functions that are called here"
USERS = "reads what the user wrote, by a library"
PIPES = "asks a server or a library; the text goes through it unread"


def _reasons(reason: str, prefix: str, names: str) -> dict[str, str]:
    return {f"{prefix}.{name}": reason for name in names.split()}


EXCEPTIONS: dict[str, str] = {
    **_reasons(OWN, "papers", "numbers.units.decimal sample.sample_transport tables.snapshot_keys.key_of"),
    **_reasons(OWN, "papers.sample.make_pdf.Sheet", "ensure_room head line lines stamp table text"),
    **_reasons(OWN, "papers", "toml_lines.line_of text.format_utc"),
    **_reasons(PARTS, "papers.numbers.superscripts", "is_power is_unit_or_variable_before number_before"),
    **_reasons(PARTS, "tasks.analyze.grounding.cell_roles.TableStatement", "cell_meant cells_for is_reference"),
    **_reasons(PARTS, "tasks.analyze.grounding.cell_roles.TableStatement", "names_in_full sign_of words_of_names"),
    **_reasons(PARTS, "tasks.analyze.grounding", "comparison_claims.judge_comparisons table_claims.judge"),
    **_reasons(OWN, "tasks.analyze.grounding", "comparison_cues.expected_sign"),
    **_reasons(PARTS, "tasks.analyze.grounding.computed_claims", "best_lines check_count check_rank compute rank_of"),
    **_reasons(OWN, "tasks.analyze.grounding", "number_comparison.significant_digits tables.with_unit"),
    **_reasons(PARTS, "tasks.analyze.grounding.name_mentions.AxisMentions", "prefer_exact without"),
    **_reasons(PARTS, "tasks.analyze.grounding", "paper_text.PaperText.block_with paper_text.PaperText.table_row"),
    **_reasons(PARTS, "tasks.analyze.grounding.tables", "Table.describe Table.main_number Table.slots"),
    **_reasons(PARTS, "tasks.analyze.grounding.tables", "column_names table_of table_of_blocks"),
    **_reasons(OWN, "tasks.read.child_processes.pool.ReaderPool", "close start"),
    **_reasons(PARTS, "tasks.read", "child_processes.pool.ReaderPool.read_body pdf.shifted_characters.write_shifted"),
    **_reasons(STORE, "papers.tables", "fsck.check_store sql.fetch_rows sql.run_query sql.write_result"),
    **_reasons(STORE, "papers.facts.day_facts.DayFacts", "add_analysis add_capture add_reading analyses arxiv_ids"),
    **_reasons(STORE, "papers.facts.day_facts.DayFacts", "captures end_run keys_of list_again readings runs start_run"),
    **_reasons(OWN, "papers.facts.day_facts", "end_key hash_keys"),
    **_reasons(OWN, "tasks.analyze.llm", "prompting.prompt_version prompting.system_prompt providers.build_model"),
    **_reasons(OWN, "tasks.analyze.llm", "fitting.smaller_budget providers.call_options"),
    **_reasons(STORE, "tasks", "publish.search_index.update_search"),
    **_reasons(
        PIPES, "tasks", "fetch.arxiv.fetch_category publish.notifications.send_day publish.search_index.build_index"
    ),
    **_reasons(OWN, "tasks.fetch.arxiv", "newest_announced_date submission_window"),
    **_reasons(PARTS, "tasks.publish", "day_pages.day_page day_pages.make_day feeds.atom feeds.json_feed"),
    **_reasons(PARTS, "tasks.publish", "notifications.message search_index.records_of"),
    **_reasons(OWN, "tasks.publish", "feeds.UpdateTimes.update_time notifications.record_key"),
    **_reasons(PARTS, "tasks.publish.page_layout.PageLayout", "article page"),
    **_reasons(OWN, "tasks.publish.page_layout", "PageLayout.name asset asset_name environment words"),
    **_reasons(OWN, "tasks.publish.page_layout", "plain_environment"),
    **_reasons(OWN, "tasks.read.best_source", "ArxivGate.note_answer ArxivGate.note_failure"),
    **_reasons(PARTS, "tasks.read", "best_source.read_paper html.walk.Walk.read"),
    **_reasons(OWN, "tasks.render", "editions.environment editions.templates_hash roundup_pages.period_name"),
    **_reasons(
        OWN,
        "papers",
        "paper_entry.PaperEntry.doubted paper_entry.PaperEntry.removed models.Reason.inner models.Reason.inner_list",
    ),
    **_reasons(OWN, "papers", "models.Reason.part"),
    **_reasons(PARTS, "tasks.render", "editions.render_day roundup_pages.render_roundup"),
    **_reasons(USERS, "papers", "profile.load_profile profile.parse_profile regular_expressions.check_expression"),
    **_reasons(USERS, "papers", "toml_lines.key_lines"),
    **_reasons(OWN, "papers.sample.make_pdf", "make"),
    **_reasons(PARTS, "tasks.analyze.extractive", "contribution.contribution_score innovations.innovation_score"),
    **_reasons(PARTS, "tasks.analyze.extractive.contribution.WorkTitle", "has_own_subject is_named_in"),
    **_reasons(PARTS, "tasks.analyze.extractive.results", "body_result_score insight_score likely_result_score"),
    **_reasons(PARTS, "tasks.analyze.extractive", "results.result_score usage.usage_score main_table.table_result"),
    **_reasons(PARTS, "tasks.analyze.extractive.limitations", "limitation_score suited_for_score"),
    **_reasons(PARTS, "tasks.analyze.extractive", "digest.digest_of outcomes.outcome_score"),
    **_reasons(PARTS, "tasks.analyze.extractive", "gist.gist_candidates topics.keywords_of"),
    **_reasons(PARTS, "tasks.analyze.extractive", "candidates.content_words roles.role_scores roles.sentence_features"),
    **_reasons(PARTS, "tasks.analyze.extractive.sentence_cleanup", "is_anaphoric is_plain_prose remove_references"),
    **_reasons(PARTS, "tasks.analyze.extractive.sentence_cleanup", "strip_opening with_full_stop"),
    **_reasons(OWN, "tasks.analyze.extractive.cues", "any_of"),
}
