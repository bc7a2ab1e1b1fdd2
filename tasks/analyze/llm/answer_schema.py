"""The fields that a model is asked for: one table from which the JSON schema and the list in the prompt are made.

A field with a statement has its evidence beside its text, so that a model cannot give a number without saying where it
read it. Names of single values: "contribution", "usage.inputs", "results[1]" (an item of a list). Where one value is
asked for alone, the last two are `usage_inputs` and `results_2` in JSON.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["statement", "usage", "innovations", "results", "statements", "text", "names", "directions"]
GroupName = Literal["core", "use", "results"]
MAX_QUOTE, MAX_BLOCK_ID, MAX_QUOTES = 400, 24, 3  # characters, characters, quotations of a statement
SLACK = 1.5  # a schema allows a text this much longer than its place: a model that a grammar stops leaves half a word


@dataclass(frozen=True)
class Field:
    """A field of an answer. `length` is the place of each text, in characters; `count` the most items of a list."""

    name: str
    kind: Kind
    about: str
    length: int
    group: GroupName
    count: int = 1
    required: bool = False  # asked for again when it is missing


FIELDS = (
    Field("application_area", "statement", "field and task", 120, "core", required=True),
    Field("contribution", "statement", "the main contribution, one sentence", 360, "core", required=True),
    Field("contribution_short", "statement", "the same in a dozen words", 120, "core", required=True),
    Field("abstract_short", "statement", "problem, method and main result in one sentence", 150, "core", required=True),
    Field("translated_title", "text", "the title in the language of the analysis", 160, "core"),
    Field("short_name", "text", "name of the method or model, as the paper writes it", 40, "core"),
    Field("topic", "text", "topic, two to five words", 60, "core"),
    Field("keywords", "names", "three to six terms", 40, "core", 8),
    Field("directions", "directions", "those of the offered directions that the paper belongs to", 80, "core", 8),
    Field("usage", "usage", "how the work is put to use", 320, "use"),
    Field("insight", "statement", "what one learns beyond the numbers: why it works, what it says about the field, "
          "which belief it corrects; no summary", 400, "use"),
    Field("suited_for", "statement", "who should use it, for which task, data and resources, and who should not", 320,
          "use"),
    Field("limitations", "statement", "what it cannot do or was not tested on, by the paper's own account", 360, "use"),
    Field("next_action", "statement", "one concrete step for a reader: code to run, a section to read, an experiment "
          "to try, of what the paper offers", 240, "use"),
    Field("innovations", "innovations", "three new ideas, the most important first", 360, "results", 4, required=True),
    Field("results", "results", "two to four findings, the most important first", 360, "results", 6),
    Field("highlights", "statements", "three facts that make a reader open the paper", 180, "results", 4),
)  # fmt: skip
FIELD_BY_NAME = {field.name: field for field in FIELDS}
USAGE_PARTS = {
    "scenarios": "where it applies",
    "inputs": "what goes in",
    "outputs": "what comes out",
    "workflow": "the steps of its use",
    "requirements": "hardware, data, software",
    "deployment": "how it is run or served, code and weights",
}
INNOVATION_PARTS = {"title": "a few words", "text": "what is new and why it matters"}
RESULT_PARTS = {
    "task": "what was tested, a few words",
    "dataset": "the benchmark or dataset, its name alone",
    "baseline": "what it was compared with, its name alone",
    "finding": "what came out, with the numbers",
}
NAME_LENGTHS = {"title": 80, "task": 80, "dataset": 80, "baseline": 80}  # of the parts that are no sentences
GROUPS: tuple[GroupName, ...] = ("core", "use", "results")


def field_names(language: str, group: GroupName | None = None) -> tuple[str, ...]:
    """The names of the fields to ask for; an English analysis has no translated title."""
    return tuple(
        field.name
        for field in FIELDS
        if group in (None, field.group) and (language != "en" or field.name != "translated_title")
    )


def field_of(name: str) -> Field:
    """The field that a value's name belongs to: `results` for "results[1]"."""
    return FIELD_BY_NAME[re.split(r"[.\[]", name, maxsplit=1)[0]]


def json_name(name: str) -> str:
    """The property under which one value is asked for: "results[1]" -> "results_2"."""
    match = re.fullmatch(r"(\w+)\[(\d+)\]", name)
    return f"{match[1]}_{int(match[2]) + 1}" if match else name.replace(".", "_")


# --- the schema ------------------------------------------------------------------------------------------------------


def _text(length: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": int(length * SLACK)}


def _object(properties: dict[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    required_names = list(required)
    return {"type": "object", "properties": properties} | ({"required": required_names} if required_names else {})


def _list(items: dict[str, Any], count: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": count}


_EVIDENCE = {"$ref": "#/$defs/evidence"}  # once, since small servers put the whole schema into the prompt


def _evidence_schema() -> dict[str, Any]:
    quotation = _object(
        {
            "quote": {"type": "string", "maxLength": MAX_QUOTE},
            "block_id": {"type": "string", "maxLength": MAX_BLOCK_ID},
        },
        ("quote", "block_id"),
    )
    return _list(quotation, MAX_QUOTES)


def _statement(length: int) -> dict[str, Any]:
    return _object({"text": _text(length), "evidence": _EVIDENCE}, ("text",))


def _item(parts: Iterable[str], length: int) -> dict[str, Any]:
    """An innovation or a result: the last of the parts is its statement, the others are names."""
    names = list(parts)
    texts = {part: _text(NAME_LENGTHS.get(part, length)) for part in names}
    return _object(texts | {"evidence": _EVIDENCE}, names[-1:])


def _value_schema(name: str, directions: Sequence[str]) -> dict[str, Any]:
    """The schema of one value: a whole field, or one item of a list or of the usage."""
    field, is_whole = field_of(name), name in FIELD_BY_NAME
    match field.kind:
        case "usage" if is_whole:
            return _object({part: _statement(field.length) for part in USAGE_PARTS})
        case "innovations" | "results":
            item = _item(INNOVATION_PARTS if field.kind == "innovations" else RESULT_PARTS, field.length)
        case "text":
            return _text(field.length)
        case "names":
            item = _text(field.length)
        case "directions":
            item = {"type": "string", "enum": list(directions)} if directions else _text(field.length)
        case _:
            item = _statement(field.length)
    is_list = is_whole and field.kind in ("statements", "innovations", "results", "names", "directions")
    return _list(item, field.count) if is_list else item


def answer_json_schema(names: Sequence[str], directions: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an answer with these values. All but those that every analysis needs may be left out."""
    properties = {json_name(name): _value_schema(name, directions) for name in names}
    required = [json_name(name) for name in names if name not in FIELD_BY_NAME or FIELD_BY_NAME[name].required]
    schema = {"title": "analysis"} | _object(properties, required)
    return schema | {"$defs": {"evidence": _evidence_schema()}} if "$ref" in json.dumps(properties) else schema


def schema_version(directions: Sequence[str]) -> str:
    """A hash of the schema with these directions: part of what an analysis is cached by."""
    schema = answer_json_schema([field.name for field in FIELDS], directions)
    text = json.dumps(schema, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


# --- the list in the prompt ------------------------------------------------------------------------------------------


def field_lines(names: Sequence[str], language: str) -> list[str]:
    """One line a value for the prompt: its name, form, content and length. Chinese says the same in half the length."""
    return [_field_line(name, language == "zh") for name in names]


def _field_line(name: str, is_short: bool) -> str:
    field, is_whole = field_of(name), name in FIELD_BY_NAME
    places = {part: length // 2 if is_short else length for part, length in NAME_LENGTHS.items()}
    place = field.length // 2 if is_short else field.length
    about, length = field.about, f"at most {place} characters"
    match field.kind:
        case "usage" if is_whole:
            parts = "; ".join(f"{part}: {text}" for part, text in USAGE_PARTS.items())
            return f"{name}: {about}; an object of statements ({parts}), each {length}"
        case "usage":
            return f"{json_name(name)}: {USAGE_PARTS[name.partition('.')[2]]}; statement, {length}"
        case "innovations" | "results":
            parts_of_kind = INNOVATION_PARTS if field.kind == "innovations" else RESULT_PARTS
            parts = ", ".join(f"{part} ({text}; {places.get(part, place)})" for part, text in parts_of_kind.items())
            form = f"a list of at most {field.count} objects" if is_whole else "one object"
            return f"{json_name(name)}: {about}; {form} with {parts}, evidence"
        case "statements":
            form = f"a list of at most {field.count} statements, each" if is_whole else "statement,"
            return f"{json_name(name)}: {about}; {form} {length}"
        case "names" | "directions":
            return f"{json_name(name)}: {about}; a list of at most {field.count} texts"
        case "text":
            return f"{name}: {about}; text, {length}"
    return f"{name}: {about}; statement, {length}"
