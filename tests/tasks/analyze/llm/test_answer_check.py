"""Checked answers: what is refused, what a correction may replace, what is no analysis, and the fields of one."""

from __future__ import annotations

from typing import Any

import pytest

from papers.models import Block, Language
from papers.reasons import make_reason, reason_text
from tasks.analyze.analyst import prepare_paper_text
from tasks.analyze.llm.answer_check import AnswerChecker, CheckedAnswer, analysis_fault
from tasks.analyze.llm.answer_draft import REMOVED, draft_of
from tasks.analyze.llm.answer_reading import Cite, Passage, ReadAnswer
from tests import factories

QUOTE = "We reach 97.3% on the invented set."
CITE = (Cite(QUOTE, "S1.p1"),)
GOOD = "准确率达到 97.3%。"
FINDING = "在该数据集上为 97.3%。"


def checker(language: Language = "zh") -> AnswerChecker:
    paper, reading = factories.paper(github_url="https://github.com/acme/tool"), factories.reading()
    return AnswerChecker(paper, prepare_paper_text(paper, reading), language)


def read(**texts: Any) -> ReadAnswer:
    """An answer with these texts, each with the paper's quotation; `results_0` stands for "results[0]"."""
    passages = {}
    for key, value in texts.items():
        head, _, tail = key.rpartition("_")
        name = f"{head}[{tail}]" if tail.isdigit() else key
        parts = value if isinstance(value, dict) else {"": value}
        passages[name] = Passage(parts, CITE)
    return ReadAnswer(passages)


def check(language: Language = "zh", **texts: Any) -> CheckedAnswer:
    return checker(language).check(read(**texts))


def test_numbers_are_grounded_in_the_quotations() -> None:
    checked = check(contribution=GOOD, insight="误差为 79.3%。")
    assert (checked.numbers_total, checked.numbers_grounded) == (2, 1)
    assert [(p.name, p.text, p.status) for p in checked.problems()] == [("insight", "79.3%", "not-in-quote")]


def test_what_is_no_statement_is_refused_with_its_reason() -> None:
    checked = check(
        contribution=GOOD,
        insight="I cannot help with that.",
        limitations="See https://example.invalid/x",
        suited_for="适用于分类。详见 https://example.invalid/x 。",
        next_action="克隆 https://github.com/acme/tool 。",
    )
    assert {name: reason_text(reason, "en") for name, reason in checked.refused.items()} == {
        "insight": "a refusal of the model",
        "limitations": "a link that neither the paper nor its listing has",
    }
    assert checked.passages["suited_for"].passage.main_text == "适用于分类。"
    assert "https://github.com/acme/tool" in checked.passages["next_action"].passage.main_text


def test_a_sentence_as_a_name_is_left_out_and_the_finding_stays() -> None:
    result = {"dataset": "We evaluate on three benchmarks and more", "baseline": "ResNet", "finding": FINDING}
    checked = check(contribution=GOOD, results_0=result, short_name="We call our method by its name", keywords_0="RL")
    assert checked.passages["results[0]"].passage.texts == {"baseline": "ResNet", "finding": FINDING}
    assert "short_name" not in checked.passages
    assert "keywords[0]" in checked.passages


def test_a_name_that_repeats_the_finding_or_another_name_is_left_out() -> None:
    result = {"task": "Dialect filtering", "dataset": "Dialect filtering", "baseline": FINDING, "finding": FINDING}
    checked = check(contribution=GOOD, results_0=result)
    assert checked.passages["results[0]"].passage.texts == {"task": "Dialect filtering", "finding": FINDING}


def test_a_repetition_is_left_out_but_not_where_a_text_is_needed() -> None:
    texts: dict[str, Any] = {"contribution": GOOD, "contribution_short": GOOD, "insight": GOOD, "limitations": "很少。"}
    checked = check(**texts, topic="RL", short_name="LaSeR", innovations_0={"text": GOOD})
    assert set(checked.passages) == {*texts, "topic", "short_name", "innovations[0]"} - {"insight"}


def test_the_same_text_everywhere_is_no_answer() -> None:
    names = ("application_area", "contribution", "contribution_short", "abstract_short", "insight")
    texts: dict[str, Any] = dict.fromkeys(names, "该方法把错误率降到千分之八。")
    checked = check(**texts)
    assert not checked.passages
    assert analysis_fault(checked, "zh") == make_reason("bad-contribution", fault=make_reason("same-text"))


def test_a_quotation_without_a_block_gets_the_one_that_holds_it() -> None:
    passages = {
        "contribution": Passage({"": GOOD}, (Cite(QUOTE),)),
        "insight": Passage({"": "很好。"}, (Cite("words that no block holds"),)),
    }
    checked = checker().check(ReadAnswer(passages))
    assert checked.passages["contribution"].passage.cites == CITE
    assert checked.passages["insight"].passage.cites == ()


def test_ids_of_blocks_are_taken_out_of_texts() -> None:
    checked = check(contribution="准确率达到 97.3% [S1.p1]。")
    assert checked.passages["contribution"].passage.main_text == GOOD


def test_the_number_of_a_figure_without_its_word_is_taken_out() -> None:
    block = Block(id="S1.p1", kind="paragraph", section="1 Introduction", text="In Fig. 9 we show it. 7 sets are used.")
    paper, reading = factories.paper(), factories.reading(blocks=[block])
    judge = AnswerChecker(paper, prepare_paper_text(paper, reading), "en")
    texts = {"contribution": "9 we show it.", "insight": "7 sets are used."}
    checked = judge.check(ReadAnswer({n: Passage({"": t}, (Cite(t, "S1.p1"),)) for n, t in texts.items()}))
    assert checked.passages["contribution"].passage.main_text == "we show it."
    assert checked.passages["insight"].passage.main_text == "7 sets are used."
    assert (checked.numbers_total, checked.numbers_grounded) == (1, 1)


# --- corrections -----------------------------------------------------------------------------------------------------


def merged(old: dict[str, Any], new: dict[str, Any]) -> CheckedAnswer:
    judge = checker()
    return judge.merge(judge.check(read(**old)), read(**new))


@pytest.mark.parametrize(
    ("old", "new", "kept"),
    [
        ("误差为 79.3%。", GOOD, "new"),
        ("误差为 79.3%。", "误差很小。", "new"),
        (GOOD, "准确率很高。", "old"),
        (GOOD + "误差为 79.3%。", "准确率很高。", "old"),
        (GOOD + "误差为 79.3%。", GOOD, "new"),
        ("误差为 79.3%。", "误差为 78.3%。", "old"),
    ],
)
def test_a_correction_never_loses_a_grounded_number(old: str, new: str, kept: str) -> None:
    result = merged({"contribution": FINDING, "insight": old}, {"insight": new})
    assert result.passages["insight"].passage.main_text == {"old": old, "new": new}[kept]
    assert result.passages["contribution"].passage.main_text == FINDING


def test_a_correction_adds_what_was_missing_or_refused() -> None:
    result = merged({"insight": "I cannot help with that."}, {"insight": "很好。", "contribution": GOOD})
    assert set(result.passages) == {"insight", "contribution"}
    assert result.refused == {}


def test_an_empty_correction_changes_nothing() -> None:
    old = {"contribution": "误差为 79.3%。", "highlights_0": GOOD, "highlights_1": "很快。"}
    assert set(merged(old, {}).passages) == {"contribution", "highlights[0]", "highlights[1]"}


def test_names_that_a_correction_lacks_stay() -> None:
    old = {"results_0": {"dataset": "ImageNet", "finding": "误差为 79.3%。"}}
    result = merged(old, {"results_0": {"finding": GOOD}})
    assert result.passages["results[0]"].passage.texts == {"dataset": "ImageNet", "finding": GOOD}


# --- the whole analysis ----------------------------------------------------------------------------------------------

ENGLISH = "We present a new method for the classification of pictures that needs neither labels nor teachers at all. "


@pytest.mark.parametrize(
    ("language", "texts", "fault"),
    [
        ("zh", {"contribution": GOOD}, None),
        ("zh", {"insight": GOOD}, "the model named no contribution"),
        ("zh", {"contribution": "string"}, "the model's contribution was a placeholder"),
        ("zh", {"contribution": "误差为 79.3%。"}, "the numbers of the model's contribution are not in the paper"),
        (
            "zh",
            {"contribution": "很好。", "insight": "误差为 79.3%。", "limitations": "另有 12.5% 与 13.5%。"},
            "too few of the model's numbers are in the paper (0 of 3)",
        ),
        ("zh", {"contribution": ENGLISH, "insight": ENGLISH + "More."}, "the model did not answer in Chinese"),
        ("en", {"contribution": ENGLISH, "insight": ENGLISH + "More."}, None),
        (
            "en",
            {"contribution": "我们提出一种新方法，用于图像分类，无需标注。" * 2, "insight": "无需教师模型。" * 15},
            None,
        ),
    ],
)
def test_what_counts_as_an_analysis(language: Language, texts: dict[str, str], fault: str | None) -> None:
    assert reason_text(analysis_fault(check(language, **texts), language), "en") == (fault or "")


def test_an_english_analysis_in_chinese_is_none() -> None:
    chinese: dict[str, Any] = {
        "contribution": "我们提出一种用于图像分类的新方法，它既不需要任何人工标注，也不需要教师模型参与训练。",
        "insight": "结果说明，只要数据足够多样，教师模型并非必要，而标注的质量比数量更为关键。",
        "limitations": "该方法没有在视频、语音以及医学影像等任务上做过验证，训练所需的算力也比较高。",
    }
    assert reason_text(analysis_fault(check("en", **chinese), "en"), "en") == "the model did not answer in English"
    assert analysis_fault(check("zh", **chinese), "zh") is None


def test_the_fields_of_an_analysis_have_evidence_and_items_without_gaps() -> None:
    checked = check(
        contribution=GOOD,
        results_0={"finding": "I cannot help with that."},
        results_1={"dataset": "ImageNet", "finding": GOOD + "很快。"},
        highlights_0="string",
    )
    draft = draft_of(checked)
    assert [r.finding for r in draft.fields["results"]] == [GOOD + "很快。"]
    assert draft.fields["highlights"] == []
    statuses = {row.field: (row.status, row.note) for row in draft.evidence}
    assert statuses["results[0].finding"][0] == "grounded"
    assert statuses["results[]"] == ("quote-not-found", f"{REMOVED}a refusal of the model")
    assert statuses["highlights[]"] == ("quote-not-found", f"{REMOVED}a placeholder")


def test_no_part_of_an_analysis_repeats_another() -> None:
    other = "误差降到 97.3%。"
    texts: dict[str, Any] = {"contribution": GOOD, "results_0": {"finding": other}}
    draft = draft_of(
        check(**texts, innovations_0={"text": GOOD}, innovations_1={"text": other}, innovations_2={"text": "很快。"})
    )
    assert draft.fields["contribution"] == GOOD
    assert [r.finding for r in draft.fields["results"]] == [other]
    assert [i.text for i in draft.fields["innovations"]] == ["很快。"]
    assert (draft.numbers_total, draft.numbers_grounded) == (2, 2)


def test_a_text_that_was_shortened_repeats_the_longer_one_that_begins_so() -> None:
    long = "我们提出一种方法，它在公开数据上把错误率降低到原来的一半，而且不需要更多的训练数据。"
    short = long[:20] + "…"
    draft = draft_of(
        check(contribution=long, application_area=short, translated_title=short, insight=long[:20] + "三倍。")
    )
    assert draft.fields["application_area"] is None
    assert draft.fields["translated_title"] is None
    assert draft.fields["insight"]


def test_a_highlight_does_not_repeat_the_short_abstract_beside_it() -> None:
    draft = draft_of(check(contribution=GOOD, abstract_short=GOOD, highlights_0=GOOD, highlights_1="速度快一倍。"))
    assert draft.fields["abstract_short"] == GOOD
    assert draft.fields["highlights"] == ["速度快一倍。"]
