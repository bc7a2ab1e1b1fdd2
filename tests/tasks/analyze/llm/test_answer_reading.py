"""Replies of models: where the answer is found, what is repaired, what is kept."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tasks.analyze.llm.answer_reading import Cite, ReadAnswer, read_answer
from tasks.analyze.llm.answer_schema import field_names

NAMES = field_names("zh")
CITES = [{"quote": "We reach 97.3%.", "block_id": "S1.p1"}]
ANSWER: dict[str, Any] = {
    "contribution": {"text": "A new method.", "evidence": CITES},
    "results": [{"dataset": "ImageNet", "finding": "It reaches 97.3%.", "evidence": CITES}],
}


def read(value: Any, names: Any = NAMES) -> ReadAnswer:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    answer = read_answer([text], names, ["Agents", "World Model"])
    assert answer is not None
    return answer


def texts(value: Any, names: Any = NAMES) -> dict[str, str]:
    return {name: passage.main_text for name, passage in read(value, names).passages.items()}


WRAPPED = {
    "prose": f"Sure! {json.dumps(ANSWER)} All numbers were checked {{ twice }}.",
    "a fence": f"```json\n{json.dumps(ANSWER)}\n```",
    "a thought": f'<think>Maybe {{"contribution": "no"}}?</think>\n{json.dumps(ANSWER)}',
    "a bare end of a thought": f'like {{"title": 1}}.\n</think>\n\n{json.dumps(ANSWER)}',
    "an open thought": f"<think>\n{json.dumps(ANSWER)}",
    "a tool call as text": f'<tool_call>\n{{"name": "analysis", "arguments": {json.dumps(ANSWER)}}}\n</tool_call>',
    "arguments as text": json.dumps({"name": "analysis", "arguments": json.dumps(ANSWER)}),
    "a list": json.dumps([ANSWER]),
    "one key": json.dumps({"analysis": {"result": ANSWER}}),
    "a trailing comma": json.dumps(ANSWER)[:-1] + ",\n}",
    "other names": json.dumps({"Contribution": ANSWER["contribution"], "RESULTS": ANSWER["results"]}),
}


@pytest.mark.parametrize("kind", WRAPPED)
def test_an_answer_is_found_in(kind: str) -> None:
    answer = read(WRAPPED[kind])
    assert set(answer.passages) == {"contribution", "results[0]"}
    assert answer.passages["contribution"].cites == (Cite("We reach 97.3%.", "S1.p1"),)
    assert answer.passages["results[0]"].texts == {"dataset": "ImageNet", "finding": "It reaches 97.3%."}


def test_the_texts_of_a_reply_are_tried_in_order() -> None:
    empty, full = "{}", json.dumps(ANSWER)
    for texts_of_reply in ([full], [empty, full], ["I think.", full], [full, '{"contribution": "less"}']):
        answer = read_answer(texts_of_reply, NAMES, [])
        assert answer is not None
        assert len(answer.passages) == 2


@pytest.mark.parametrize("text", ["", "I cannot help with that.", '{"unexpected": true}', "[1, 2]", "{not JSON}"])
def test_what_is_no_answer_is_none(text: str) -> None:
    assert read_answer([text], NAMES, []) is None


REPAIRS: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({"contribution": "A plain string."}, {"contribution": "A plain string."}),
    ({"contribution": ["One.", "Two."]}, {"contribution": "One. Two."}),
    ({"contribution": {"statement": "Text."}}, {"contribution": "Text."}),
    ({"contribution": '{"text": "Inner."}'}, {"contribution": "Inner."}),
    ({"contribution": None, "topic": "RL"}, {"topic": "RL"}),
    ({"contribution": {"text": ""}, "topic": 7}, {"topic": "7"}),
    ({"insight": "N/A", "topic": ["a", "b"]}, {"topic": "a b"}),
    ({"usage": None, "topic": "x y"}, {"topic": "x y"}),
    ({"usage": "Anywhere at all."}, {"usage.scenarios": "Anywhere at all."}),
    ({"usage": [{"inputs": "Images."}, {"outputs": "Text."}]}, {"usage.inputs": "Images.", "usage.outputs": "Text."}),
    ({"innovations": "One idea."}, {"innovations[0]": "One idea."}),
    ({"innovations": {"title": "T", "text": "One idea."}}, {"innovations[0]": "One idea."}),
    ({"innovations": {"1": "One.", "2": "Two."}}, {"innovations[0]": "One.", "innovations[1]": "Two."}),
    ({"innovations": [{"title": "Only a title"}]}, {"innovations[0]": "Only a title"}),
    ({"results": [{"result": "Better."}, None, "", {}]}, {"results[0]": "Better."}),
    ({"highlights": ["a b", {"text": "c d"}]}, {"highlights[0]": "a b", "highlights[1]": "c d"}),
    ({"keywords": "RL, agents；vision"}, {"keywords[0]": "RL", "keywords[1]": "agents", "keywords[2]": "vision"}),
    ({"directions": ["Cooking", "agents"]}, {"directions[0]": "Agents"}),
    ({"directions": "World Model"}, {"directions[0]": "World Model"}),
    ({"short_name": {"text": "LaSeR"}}, {"short_name": "LaSeR"}),
]


@pytest.mark.parametrize(("value", "expected"), REPAIRS)
def test_values_are_repaired(value: dict[str, Any], expected: dict[str, str]) -> None:
    assert texts(value) == expected
    assert read(value).refused == []


def test_too_many_items_are_cut_to_the_first() -> None:
    found = texts({"highlights": [f"Fact {letter}." for letter in "abcdefghi"]})
    assert list(found.values()) == ["Fact a.", "Fact b.", "Fact c.", "Fact d."]


@pytest.mark.parametrize(
    ("evidence", "cites"),
    [
        (CITES[0], (Cite("We reach 97.3%.", "S1.p1"),)),
        ("We reach 97.3%.", (Cite("We reach 97.3%."),)),
        ([{"quote": "q", "block_id": "[S2.p1]"}], (Cite("q", "S2.p1"),)),
        ([{"quote": "q", "block": 3}, None, {"block_id": "S1.p1"}], (Cite("q", "3"),)),
        (None, ()),
        (5, ()),
    ],
)
def test_quotations_are_repaired(evidence: Any, cites: tuple[Cite, ...]) -> None:
    answer = read({"contribution": {"text": "It is 97.3%.", "evidence": evidence}})
    assert answer.passages["contribution"].cites == cites


def test_what_cannot_be_repaired_is_named_and_the_rest_kept() -> None:
    answer = read({"contribution": "Good.", "insight": True, "usage": 3})
    assert answer.refused == ["usage", "insight"]
    assert set(answer.passages) == {"contribution"}


def test_a_text_longer_than_its_place_is_shortened_and_a_longer_name_dropped() -> None:
    found = texts({"contribution_short": "word " * 100, "short_name": "n" * 41, "topic": "fine"})
    assert len(found["contribution_short"]) <= 120
    assert found["contribution_short"].endswith("…")
    assert "short_name" not in found


def test_of_half_an_answer_the_whole_fields_are_kept() -> None:
    text = json.dumps({**ANSWER, "highlights": ["One fact.", "Another fact."]})
    answer = read(text[: text.index("Another")])
    assert answer.is_cut
    assert set(answer.passages) == {"contribution", "results[0]", "highlights[0]"}
    assert not read(text[: text.index("We reach")]).passages, "a statement without its evidence is not whole"


def test_single_items_are_read_alone_and_from_their_list() -> None:
    names = ["results[1]", "usage.inputs", "results[3]"]
    alone = {"results_2": {"finding": "Two."}, "usage_inputs": "In.", "results_4": "Four."}
    whole = {"results": [{"finding": "Two."}, {"finding": "Four."}], "usage": {"inputs": "In."}}
    expected = {"results[1]": "Two.", "usage.inputs": "In.", "results[3]": "Four."}
    assert texts(alone, names) == texts(whole, names) == expected
