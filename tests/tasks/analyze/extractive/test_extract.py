"""The analysis without a model."""

from __future__ import annotations

import gzip
import json
import re
import time

import pytest

from papers.analysis_choice import extract_in
from papers.models import Analysis, Block, Link, Paper, Reading
from papers.reasons import make_reason, reason_text
from papers.settings import Settings
from tasks.analyze.analysis_texts import field_texts
from tasks.analyze.analyst import Analyst, prepare_paper_text
from tasks.analyze.extractive.entity_names import BASELINE, DATASET, find_names, short_name
from tasks.analyze.extractive.extract import extract
from tasks.analyze.extractive.sentence_cleanup import clean_sentence
from tasks.analyze.section_kinds import section_kind
from tests import factories
from tests.shared import SHARED, needs_shared
from tests.tasks.analyze.memory import MemoryCache

PAGES = SHARED / "recorded" / "arxiv"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            "As shown in Table 3, our method is faster than all of the baselines by a wide margin.",
            "Our method is faster than all of the baselines by a wide margin.",
        ),
        (
            "However, larger models (Smith et al., 2023; Jones & Lee, 2024) forget less of their training data [12].",
            "Larger models forget less of their training data.",
        ),
        (
            "We reach an accuracy of $97.3\\%$ at a speedup of $2.3\\times$ on the test set (see Figure 2).",
            "We reach an accuracy of 97.3% at a speedup of 2.3× on the test set.",
        ),
        (
            "These results show that larger models forget far less than smaller models do.",
            "The results show that larger models forget far less than smaller models do.",
        ),
        (
            "To address this gap, we further propose a model that forgets nothing of its training data.",
            "We propose a model that forgets nothing of its training data.",
        ),
    ],
)
def test_citations_and_cross_references_are_removed(raw: str, expected: str) -> None:
    assert clean_sentence(raw) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "These differences show that larger models forget far less than smaller models do.",
        "Both of them forget far less of their training data than the smaller models do.",
        "(b) The dashed line gives the accuracy of the smaller models after one epoch of it.",
        "Output gate We compare the default gate with two variants that have no gate at all.",
        "and so larger models forget far less of their data than the smaller models do.",
        "Larger models forget far less, as shown in Remark 3.2, than smaller models do.",
        "Table 3 shows that larger models forget far less than smaller models do.",
        "We minimise the loss $\\mathcal{L}_{\\text{VLM}}$ over all of the parameters of the model.",
        "Following Smith et al. (2023), we train for three epochs on all of the data.",
        "The remainder of this paper is organized as follows, with proofs at the end.",
        "Too short.",
        "A heading that goes on for a while without any full stop at its end",
    ],
)
def test_a_sentence_that_cannot_stand_alone_is_refused(raw: str) -> None:
    assert clean_sentence(raw) is None


def test_sections_are_known_by_their_headings() -> None:
    assert section_kind("", "abstract.p1") == "abstract"
    assert section_kind("2 Related Work", "S2.p1") == "related"
    assert section_kind("4 Experiments > 4.2 Ablations", "S4.SS2.p1") == "results"
    assert section_kind("6 Limitations", "S6.p1") == "limitations"
    assert section_kind("Appendix B More Details", "A2.p1") == "appendix"


def test_short_names_come_from_title_or_abstract() -> None:
    assert short_name("NP-Edit: Learning without Pairs", "") == "NP-Edit"
    assert short_name("Beyond Test Scores: How Rank Shapes Lives", "") is None
    assert short_name("Learning without Pairs", "We introduce PairLess, a framework.") == "PairLess"
    long_name = "We present Pairless Soft Learning (PairSoft), a light pipeline."
    assert short_name("Pairless Soft Learning", long_name) == "PairSoft"
    assert short_name("Soft Pairs: Learning without Any", "We propose Soft Pairs (SoPa) here.") is None
    assert short_name("On Pairs", "We present a study of large language models (LLMs) and pairs.") is None
    assert short_name("On Pairs", "We introduce RAG, LLMs and pairs to one another.") is None
    assert short_name("BitNet Pairs", "We present BitNet Pairs (BitPairs), a pipeline for small nets.") == "BitPairs"


@pytest.mark.parametrize(
    ("finding", "dataset", "baseline"),
    [
        ("Our model runs up to 2.6x faster on CPUs than the full one.", None, None),
        ("Experiments on LLaDA-Instruct and others show speedups: 8.7× on GSM8K and 4.8× on HumanEval.", "GSM8K", None),
        ("Across The benchmark our agent improves by 3.1% over SOTA.", None, None),
        ("Our agent improves by 3.2% on WebArena and outperforms OtherAgent.", "WebArena", "OtherAgent"),
        (
            "Our agent improves by 3.2% on A-OKVQA, better than GPT-4.1-mini and Qwen2.5-VL-7B-base.",
            "A-OKVQA",
            "GPT-4.1-mini and Qwen2.5-VL-7B-base",
        ),
        ("Our agent improves by 3.2% on The Pile dataset over Pass@1 sampling.", "Pile", None),
        ("Our agent improves by 3.2% on Human3.6M and by 4% on LAION-5B.", "Human3.6M", None),
        ("Our agent improves on VQA benchmarks by 3% and outperforms RL-based techniques.", None, None),
    ],
)
async def test_only_datasets_and_baselines_are_named_as_such(
    finding: str, dataset: str | None, baseline: str | None
) -> None:
    results = (
        await _analyze_abstract(f"We propose ShortCut, a framework that reads only what matters. {finding}")
    ).results
    assert [(r.finding, r.dataset, r.baseline) for r in results] == [(finding, dataset, baseline)]


async def test_a_gist_that_says_little_has_the_sentence_after_it() -> None:
    own, more = "We propose ShortCut, a framework of two readers.", "ShortCut reads only what matters in documents."
    analysis = await _analyze_abstract(f"Readers are slow and long documents are hard. {own} {more}")
    assert analysis.gist == f"{own} {more}"


async def test_a_gist_without_its_backward_end_has_the_sentence_after_it_too() -> None:
    own = "We present ShortCut, a tailored training recipe that addresses these challenges."
    more = "First, to mitigate the scarcity of documents, we introduce a data pipeline with two filters."
    analysis = await _analyze_abstract(f"Long documents are hard for small models. {own} {more}")
    assert analysis.gist is not None
    assert analysis.gist.startswith("We present ShortCut, a tailored training recipe. To mitigate the scarcity")


async def test_the_gist_is_grounded_and_counted_once() -> None:
    own = "We present ShortCut, a reader that halves 97.3% of long texts, designed to transcend this trade-off."
    analysis = await _analyze_abstract(f"Readers are slow on 12.5% of texts. {own}")
    assert analysis.gist == analysis.contribution_short
    assert analysis.gist == "We present ShortCut, a reader that halves 97.3% of long texts."
    assert [e.status for e in analysis.evidence if e.number == "97.3"] == ["grounded"]


@pytest.mark.parametrize(
    "text", ["It is better than " + "A" * 600 + "@ x", "than " + "A-" * 300 + "@", "on " + "A B" * 200]
)
def test_names_are_found_quickly_in_any_text(text: str) -> None:
    start_time = time.monotonic()
    list(find_names(DATASET, text))
    list(find_names(BASELINE, text))
    assert time.monotonic() - start_time < 1


async def test_background_is_neither_an_innovation_nor_a_result() -> None:
    analysis = await _analyze_abstract(
        "We propose ShortCut, a framework that reads only what matters in a document. "
        "Existing models remain slow, responding to each and every word of it. "
        "Readers have achieved remarkable progress on 12 tasks; however, their accuracy drops for long ones. "
        "ShortCut employs two readers, of which one skims the pages. "
        "All models are released under the Apache 2.0 license for public use."
    )
    assert [i.text for i in analysis.innovations] == ["ShortCut employs two readers, of which one skims the pages."]
    assert analysis.results == []


async def _analyze_abstract(abstract: str, title: str = "ShortCut: Reading What Matters") -> Analysis:
    paper = factories.paper(1, title=title, abstract=abstract, ai_keywords=["reading"])
    block = Block(id="abstract.p1", kind="paragraph", section="Abstract", text=abstract)
    analyst = Analyst(Settings(_env_file=None), MemoryCache(), [])
    return await analyst.analyze(paper, factories.reading(1, source="abs", blocks=[block]), "en")


def abstract_only() -> tuple[Paper, Reading]:
    """A paper of which only the listing's abstract was read."""
    abstract = (
        "Long documents are hard for small models. We propose ShortCut, a framework that reads only what matters. "
        "On the invented benchmark it is 2.3x faster and our method improves accuracy by 3.2% over the baseline. "
        "We find that most of a document is never needed."
    )
    paper = factories.paper(1, title="ShortCut: Reading What Matters", abstract=abstract, ai_keywords=["long context"])
    block = Block(id="abstract.p1", kind="paragraph", section="Abstract", text=abstract)
    return paper, factories.reading(1, source="abs", blocks=[block])


async def test_an_abstract_alone_gives_a_sensible_analysis() -> None:
    paper, reading = abstract_only()
    analyst = Analyst(Settings(_env_file=None), MemoryCache(), ["Agents"])
    analysis = await analyst.analyze(paper, reading, "en")
    assert (analysis.state, analysis.model, analysis.reason) == ("done", "extractive", None)
    assert analysis.contribution == "We propose ShortCut, a framework that reads only what matters."
    assert analysis.short_name == "ShortCut"
    assert analysis.gist == analysis.contribution
    assert analysis.application_area == "long context"
    assert analysis.results[0].finding.startswith("On the invented benchmark")
    assert "We find that most of a document is never needed." in (analysis.insight, analysis.results[-1].finding)
    assert "We propose ShortCut, a framework that reads only what matters." in (analysis.abstract_short or "")
    assert not set(analysis.highlights) & {analysis.contribution, analysis.abstract_short}
    assert analysis.translated_title is None
    assert analysis.directions == []
    assert analysis.numbers_total == analysis.numbers_grounded > 0
    assert (analysis.input_tokens, analysis.cost_usd, analyst.spending.calls) == (0, 0.0, 0)


def test_the_next_action_names_what_is_open_beside_the_code() -> None:
    paper, reading = abstract_only()
    paper_text = prepare_paper_text(paper, reading)
    for kind, action in (("code", None), ("weights", "下载权重 a/b 试用。")):
        open_reading = reading.model_copy(update={"links": [Link(kind=kind, url="https://huggingface.co/a/b")]})
        assert extract(paper, open_reading, "zh", paper_text).fields["next_action"] == action


async def test_only_what_rules_make_differs_between_the_languages() -> None:
    paper, reading = abstract_only()
    analyst = Analyst(Settings(_env_file=None), MemoryCache(), [])
    english, chinese = [await analyst.analyze(paper, reading, language) for language in ("en", "zh")]
    different_fields = {n for n, t in field_texts(english) if dict(field_texts(chinese)).get(n) != t}
    assert different_fields == {"application_area", "topic"}
    assert extract_in(english, "zh").application_area == chinese.application_area == "长上下文"
    assert english.language_share is None
    assert chinese.language_share is not None
    assert chinese.language_share < 0.3


async def test_what_was_not_read_is_not_analysed() -> None:
    paper, reading = abstract_only()
    failed_reading = reading.model_copy(update={"state": "failed", "reason": make_reason("no-reading"), "blocks": []})
    analysis = await Analyst(Settings(_env_file=None), MemoryCache(), []).analyze(paper, failed_reading, "zh")
    assert (analysis.state, reason_text(analysis.reason, "en")) == ("failed", "not read: no reading")


def recorded_ids() -> list[str]:
    """Ids of the recorded pages that have a listing or a page title to go with them."""
    return sorted(p.name[:-8] for p in (PAGES / "html").glob("*.gz")) if PAGES.is_dir() else []


@needs_shared
@pytest.mark.parametrize("arxiv_id", recorded_ids())
def test_extracts_of_recorded_papers_read_well(arxiv_id: str) -> None:
    from tasks.read.html.page import extract_html

    page = extract_html(gzip.decompress((PAGES / "html" / f"{arxiv_id}.html.gz").read_bytes()))
    metadata_path = PAGES / "expected" / f"{arxiv_id}.json"
    metadata = (
        json.loads(metadata_path.read_text())
        if metadata_path.is_file()
        else {"title": page.title or "?", "abstract": ""}
    )
    paper = factories.paper(1, title=metadata["title"], abstract=metadata["abstract"] or "")
    reading = factories.reading(1, blocks=list(page.blocks))
    paper_text = prepare_paper_text(paper, reading)
    start_time = time.process_time()
    draft = extract(paper, reading, "en", paper_text)
    assert time.process_time() - start_time < 1.0
    digest = [draft.fields["abstract_short"] or "", *draft.fields["highlights"]]
    names = ("contribution", "insight", "limitations", "suited_for")
    report = [draft.fields[name] for name in names if draft.fields[name]]
    report += [r.finding for r in draft.fields["results"]] + [i.text for i in draft.fields["innovations"]]
    report += [text for text in draft.fields["usage"].model_dump().values() if text]
    assert len(set(report)) == len(report), "a sentence occurs twice"
    assert all(line not in digest[0] for line in digest[1:])
    assert all(len(line) <= 220 for line in digest[1:])
    for text in [*report, *digest]:
        assert not re.search(r"\\[a-z]|et al|\[\d|\((?:19|20)\d\d\)|(?:Fig|Sec)\.|Table \d", text), text
        assert not text or (text.endswith((".", "!", "”", ")", '"')) and not text[0].islower()), text
        assert not re.match(r"(?:It|This|These)\b", text), text
    assert draft.numbers_total == draft.numbers_grounded
    assert all(e.status == "grounded" and e.block_id in paper_text.by_id for e in draft.evidence)
