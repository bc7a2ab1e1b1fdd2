"""JSON in a model's text: in prose, in fences, with faults, cut off; and in linear time."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tasks.analyze.llm.json_search import CutObject, json_objects

CASES: dict[str, tuple[str, list[Any]]] = {
    "alone": ('{"a": 1}', [{"a": 1}]),
    "in prose": ('Here: {"a": 1}. Note: all { twice }.', [{"a": 1}]),
    "in a fence": ('```json\n{"a": [1, 2]}\n```', [{"a": [1, 2]}]),
    "after a thought": ('like {"x": 1}\n</think>\n{"a": null}', [{"x": 1}, {"a": None}]),
    "in a list": ('[{"a": 1}, {"b": 2}]', [{"a": 1}, {"b": 2}]),
    "trailing commas": ('{"a": [1, 2,], "b": {"c": 3,},}', [{"a": [1, 2], "b": {"c": 3}}]),
    "Python's constants": ('{"a": None, "b": True}', [{"a": None, "b": True}]),
    "quotation marks": ('{"a": "the "best" one", "b": "x"}', [{"a": 'the "best" one', "b": "x"}]),
    "line breaks": ('{"a": "one\ntwo"}', [{"a": "one\ntwo"}]),
    "backslashes": ('{"a": "\\alpha and \\n", "b": 1,}', [{"a": "\\alpha and \n", "b": 1}]),
    "pairs": ('{"a": "\\ud83d\\ude00",}', [{"a": "😀"}]),
    "nothing": ("no JSON, only {braces}", []),
    "no comma": ('{"a": 1 "b": 2}', [{"a": 1, "b": 2}]),
}


@pytest.mark.parametrize("name", CASES)
def test_objects_are_found(name: str) -> None:
    text, objects = CASES[name]
    assert json_objects(text) == objects


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a": "whole", "b": "cut o', {"a": "whole"}),
        ('{"a": [1, {"b": 2}, {"c": "cut', {"a": [1, {"b": 2}, {}]}),
        ('{"a": {"b": 1, "c": 2', {"a": {"b": 1}}),
        ('{"a": 12', {}),
        ('{"a"', {}),
    ],
)
def test_of_a_text_that_was_cut_off_the_whole_members_are_kept(text: str, expected: dict[str, Any]) -> None:
    (found,) = json_objects(text)
    assert found == expected
    assert isinstance(found, CutObject)


@pytest.mark.parametrize(
    "piece",
    ["{", '{"a":', '{"a":{', "[{", '{"', '{"a" ', '"', "\\", '{"a":"\\', '{"a":1,', "{ ", '{"a":[', "[[", "{//"],
)
def test_hostile_text_takes_linear_time(piece: str) -> None:
    start = time.process_time()
    json_objects(piece * (200_000 // len(piece)))
    assert time.process_time() - start < 2
