"""What is cut and what is flagged at the end of a day."""

from __future__ import annotations

from papers.models import Analysis, Block, Evidence, Innovation, Result
from tasks.analyze.drafts import evidence_for
from tasks.analyze.grounding.number_check import Quote
from tasks.analyze.grounding.paper_text import PaperText
from tasks.analyze.grounding.ungrounded_numbers import cut_ungrounded, flag_ungrounded, remove_ungrounded
from tests import factories

OWN_TEXT = "We reach 97.3% on the invented set and train for 3 days."
OTHER_TEXT = "The attack success rate drops from 44.5% to 4.36% on 14 models."
OWN = [Block(id="S1.p1", kind="paragraph", section="", text=OWN_TEXT)]
OTHER = [Block(id="S1.p1", kind="paragraph", section="", text=OTHER_TEXT)]
READINGS = [factories.reading(1, blocks=OWN), factories.reading(2, blocks=OTHER)]
TITLES = {"0000.00001": "One", "0000.00002": "Two"}


def grounded_analysis(**fields: object) -> Analysis:
    """An analysis with the evidence of its texts, grounded against the first paper."""
    paper_text = PaperText(OWN, "One")
    rows: list[Evidence] = []
    base = {"contribution": None, "numbers_total": 0, "numbers_grounded": 0, **fields}
    analysis = factories.analysis(1, language="zh", **base)
    text_by_field = {
        "contribution": analysis.contribution,
        **{f"results[{i}].finding": r.finding for i, r in enumerate(analysis.results)},
        **{f"highlights[{i}]": h for i, h in enumerate(analysis.highlights)},
    }
    for name, text in text_by_field.items():
        if text:
            rows += evidence_for(name, text, [Quote(OWN[0].text, "S1.p1")], paper_text)[0]
    return analysis.model_copy(update={"evidence": rows})


def test_a_sentence_with_an_ungrounded_number_is_cut_and_the_rest_stays() -> None:
    (result,) = remove_ungrounded(
        [grounded_analysis(contribution="准确率达到 97.3%。速度提升 5 倍。")], READINGS, TITLES, "cut"
    )
    assert result.contribution == "准确率达到 97.3%。"
    assert [(e.number, e.status) for e in result.evidence] == [("97.3", "grounded"), ("5", "not-in-quote")]


def test_a_field_with_nothing_left_is_null_and_items_are_dropped() -> None:
    analysis = grounded_analysis(
        contribution="速度提升 5 倍。",
        highlights=["速度提升 5 倍", "准确率达到 97.3%"],
        results=[Result(finding="提升 7.7%"), Result(finding="达到 97.3%")],
        innovations=[Innovation(text="一种新方法")],
    )
    (result,) = remove_ungrounded([analysis], READINGS, TITLES, "cut")
    assert result.contribution is None
    assert result.highlights == ["准确率达到 97.3%"]
    assert [r.finding for r in result.results] == ["达到 97.3%"]
    assert result.innovations == analysis.innovations
    fields = {(e.field, e.number) for e in result.evidence}
    assert {("results[].finding", "7.7"), ("results[0].finding", "97.3"), ("highlights[0]", "97.3")} <= fields


def test_flagging_marks_the_number_and_keeps_the_text() -> None:
    (result,) = remove_ungrounded(
        [grounded_analysis(contribution="准确率达到 97.3%，速度提升 5 倍。")], READINGS, TITLES, "flag"
    )
    assert result.contribution == "准确率达到 97.3%，速度提升 5 倍〔未核对〕。"


def test_a_number_of_another_paper_of_the_day_is_named() -> None:
    (result,) = remove_ungrounded(
        [grounded_analysis(contribution="攻击成功率从 44.5% 降至 4.36%。")], READINGS, TITLES, "cut"
    )
    assert result.contribution is None
    assert {(e.number, e.status, e.other_paper) for e in result.evidence} == {
        ("44.5", "other-paper", "0000.00002"),
        ("4.36", "other-paper", "0000.00002"),
    }


def test_a_small_number_alone_is_attributed_to_no_paper() -> None:
    (result,) = remove_ungrounded([grounded_analysis(contribution="共 14 个模型。")], READINGS, TITLES, "cut")
    assert [e.status for e in result.evidence] == ["not-in-quote"]


def test_an_invented_name_with_digits_is_cut_and_one_without_is_recorded() -> None:
    analysis = grounded_analysis(contribution="基于 Foo-9B 训练。提出 PlowPilot 方法。")
    (result,) = remove_ungrounded([analysis], READINGS, TITLES, "cut")
    assert result.contribution == "提出 PlowPilot 方法。"
    assert {e.text for e in result.evidence if e.status == "unsupported"} == {"Foo-9B", "PlowPilot"}


def test_removal_is_pure_and_idempotent() -> None:
    analysis = grounded_analysis(contribution="准确率达到 97.3%。速度提升 5 倍。", highlights=["提升 8.8%", "97.3%"])
    once = remove_ungrounded([analysis], READINGS, TITLES, "cut")
    assert remove_ungrounded([analysis], READINGS, TITLES, "cut") == once
    assert [a.contribution for a in remove_ungrounded(once, READINGS, TITLES, "cut")] == [once[0].contribution]


def row(number: str, unit: str) -> Evidence:
    return Evidence(field="x", text="", number=number, unit=unit, status="not-in-quote")


def test_as_little_as_possible_is_cut() -> None:
    assert cut_ungrounded("It is fast (5x faster) and good.", [row("5", "times")]) == "It is fast and good."
    assert cut_ungrounded("它很快；提升 5 倍；它很好。", [row("5", "times")]) == "它很快； 它很好。"
    assert cut_ungrounded("It gains 5x. It is good.", [row("5", "times")]) == "It is good."
    assert cut_ungrounded("It gains 5x.", [row("5", "times")]) is None


def test_flag_marks_each_number_once() -> None:
    flagged_text = flag_ungrounded("5x and 6x", [row("5", "times")], " [unverified]")
    assert flagged_text == "5x [unverified] and 6x"
    assert flag_ungrounded(flagged_text, [row("5", "times")], " [unverified]") == flagged_text


def test_flag_marks_a_name_whose_digits_are_wrong() -> None:
    row = Evidence(field="x", text="Step4.37", status="unsupported")
    assert (
        flag_ungrounded("Step4.37X-Edit improves.", [row], " [unverified]") == "Step4.37X-Edit [unverified] improves."
    )
    assert flag_ungrounded("Step4.37 improves.", [row], " [unverified]") == "Step4.37 [unverified] improves."
