"""Reads a model's reply: finds the JSON in it, repairs what can be repaired, and keeps every value that is valid.

An answer is a mapping of names ("contribution", "usage.inputs", "results[1]") to passages. Null, "", [] and a missing
member mean the same: the paper says nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tasks.analyze.drafts import clean, shorten
from tasks.analyze.llm.answer_schema import (
    FIELD_BY_NAME,
    INNOVATION_PARTS,
    RESULT_PARTS,
    USAGE_PARTS,
    Field,
    field_of,
    json_name,
)
from tasks.analyze.llm.json_search import CutList, CutObject, json_objects

MAX_WRAPPERS = 4  # objects and lists around an answer
MAX_CITES = 6
_TEXT_KEYS = (
    "text",
    "statement",
    "content",
    "value",
    "summary",
    "sentence",
    "finding",
    "description",
    "answer",
    "name",
)
_EVIDENCE_KEYS = ("evidence", "cites", "citations", "quotes", "quotations", "sources")
_QUOTE_KEYS, _BLOCK_KEYS = ("quote", "text", "quotation", "verbatim"), ("blockid", "block", "id", "source")
_FINDING_KEYS = ("finding", "result", "text", "statement", "outcome", "description", "value")
_LIST_SEPARATOR = re.compile(r"\s*[,;，；、\n]\s*")


@dataclass(frozen=True)
class Cite:
    """A quotation and the id of the block that it is from ("" when the model named none)."""

    quote: str
    block_id: str = ""


@dataclass(frozen=True)
class Passage:
    """One value of an answer: its texts by part ("" is the part of a value with one text), and quotations."""

    texts: Mapping[str, str]
    cites: tuple[Cite, ...] = ()

    @property
    def main_text(self) -> str:
        """The statement among the texts: the last of them."""
        return list(self.texts.values())[-1]


@dataclass
class ReadAnswer:
    """What a reply gave: its valid passages, the values that could not be used, and whether the text was cut off."""

    passages: dict[str, Passage] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)  # names of values that have another form than asked for
    given: set[str] = field(default_factory=set)  # names that the reply has at all, those without content too
    is_cut: bool = False
    is_at_limit: bool = False  # it is cut off because the model may write no more

    def has(self, name: str) -> bool:
        """Whether the reply has the field, even an empty one."""
        return name in self.given and name not in self.refused

    def add(self, other: ReadAnswer) -> None:
        """Add the passages of an answer to another question."""
        self.passages |= {n: p for n, p in other.passages.items() if n not in self.passages}
        self.refused += other.refused
        self.given |= other.given


def read_answer(texts: Iterable[str], names: Sequence[str], directions: Sequence[str]) -> ReadAnswer | None:
    """The best answer in the texts of a reply, for the values `names`; None when no object has any of them.

    `texts` are tried in order; a later object with as many values is preferred within one text, as models think first.
    """
    best: ReadAnswer | None = None
    for text in texts:
        best_here: ReadAnswer | None = None
        for value in json_objects(text):
            answer = _read_object(value, names, directions)
            if answer and (best_here is None or _worth(answer) >= _worth(best_here)):
                best_here = answer
        if best_here and (best is None or _worth(best_here) > _worth(best)):
            best = best_here
    return best


def _worth(answer: ReadAnswer) -> tuple[int, int]:
    return len(answer.passages), len(answer.given)


def _read_object(value: Any, names: Sequence[str], directions: Sequence[str]) -> ReadAnswer | None:
    wanted = {_key(json_name(name)) for name in names} | {_key(field_of(name).name) for name in names}
    members = _unwrap(value, wanted, 0)
    if members is None:
        return ReadAnswer(is_cut=True) if isinstance(value, CutObject) else None
    return _AnswerReader(members, directions, isinstance(value, CutObject)).read(names)


def _key(name: str) -> str:
    """A member's name for comparison: models write contributionShort, "Contribution short", contribution-short."""
    return "".join(c for c in name.casefold() if c.isalnum())


def _unwrap(value: Any, wanted: set[str], depth: int) -> dict[str, Any] | None:
    """The object with the most wanted members: the value itself, or one within it."""
    if depth > MAX_WRAPPERS:
        return None
    if isinstance(value, str):
        inner_objects = json_objects(value) if value.lstrip().startswith(("{", "[")) else []
        return _unwrap(inner_objects, wanted, depth + 1) if inner_objects else None
    if isinstance(value, list):
        inner = value
    elif isinstance(value, dict):
        if any(_key(name) in wanted for name in value):
            return value
        inner = list(value.values())
    else:
        return None
    objects = [f for v in inner[:20] if (f := _unwrap(v, wanted, depth + 1)) is not None]
    return max(objects, key=lambda f: sum(_key(name) in wanted for name in f), default=None)


class _AnswerReader:
    """Reads the members of one object. Members of another form than asked for are collected in `refused`."""

    def __init__(self, members: dict[str, Any], directions: Sequence[str], is_cut: bool) -> None:
        self.members = {_key(name): value for name, value in members.items()}
        self.directions = directions
        self.answer = ReadAnswer(is_cut=is_cut)

    def read(self, names: Sequence[str]) -> ReadAnswer:
        for name in names:
            key = _key(json_name(name))
            if key not in self.members:
                self._read_from_list(name, names)
                continue
            self.answer.given.add(name)
            value = self.members[key]
            if name in FIELD_BY_NAME:
                self._read_field(FIELD_BY_NAME[name], value)
            else:
                self._add(name, value)
        return self.answer

    def _read_from_list(self, name: str, names: Sequence[str]) -> None:
        """One item that was asked for alone but came within its whole list or object."""
        if name in FIELD_BY_NAME:
            return
        whole = self.members.get(_key(field_of(name).name))
        if field_of(name).kind == "usage" and isinstance(whole, dict):
            part = name.partition(".")[2]
            members = {_key(k): v for k, v in whole.items()}
            if _key(part) in members:
                self.answer.given.add(name)
                self._add(name, members[_key(part)])
            return
        siblings = [n for n in names if n not in FIELD_BY_NAME and field_of(n) == field_of(name)]
        items = whole if isinstance(whole, list) else [whole]
        if whole is not None and len(items) == len(siblings):
            self.answer.given.add(name)
            self._add(name, items[siblings.index(name)])

    def _read_field(self, entry: Field, value: Any) -> None:
        if entry.kind == "usage":
            self._read_usage(value)
        elif entry.kind in ("statement", "text"):
            self._add(entry.name, value)
        else:
            items = self._items(entry, value)
            for number, item in enumerate(items[: entry.count]):
                self._add(f"{entry.name}[{number}]", item)

    def _read_usage(self, value: Any) -> None:
        if isinstance(value, list):  # a list of objects with one member each
            value = {k: v for item in value if isinstance(item, dict) for k, v in item.items()}
        if isinstance(value, str) and clean(value):
            value = {"scenarios": value}
        if not isinstance(value, dict):
            if value not in (None, "", []):
                self.answer.refused.append("usage")
            return
        members = {_key(name): member for name, member in value.items()}
        for part in USAGE_PARTS:
            if part in members:
                self._add(f"usage.{part}", members[part])

    def _items(self, entry: Field, value: Any) -> list[Any]:
        """The items of a list: one item counts as a list, an object of items as their list, blanks are no items."""
        if isinstance(value, str) and entry.kind in ("names", "directions"):
            value = _LIST_SEPARATOR.split(value)
        if isinstance(value, dict):
            is_item = any(_key(k) in {*_TEXT_KEYS, *_FINDING_KEYS, "title"} for k in value)
            value = [value] if is_item else list(value.values())
        if not isinstance(value, list):
            value = [] if value in (None, "") or isinstance(value, bool) else [value]
        if entry.kind == "directions":
            offered = {direction.casefold(): direction for direction in self.directions}
            value = [offered[t] for item in value if (t := (_text(item) or "").casefold()) in offered]
        if entry.kind in ("names", "directions"):
            return list(dict.fromkeys(text for item in value if (text := _text(item))))
        return [item for item in value if item not in (None, "", [], {})]

    def _add(self, name: str, value: Any) -> None:
        if isinstance(value, CutObject):
            self.answer.given.discard(name)  # its text or its evidence may be missing
            return
        passage = _passage(field_of(name), value)
        if passage is not None:
            self.answer.passages[name] = passage
        elif field_of(name).kind not in ("text", "names", "directions") and not _is_blank(value):
            self.answer.refused.append(name)


def _is_blank(value: Any) -> bool:
    """Whether the value says that there is nothing, such as null, "N/A" or a statement with an empty text."""
    if isinstance(value, dict):
        return all(_is_blank(v) for k, v in value.items() if _key(k) not in _EVIDENCE_KEYS)
    if isinstance(value, list):
        return all(_is_blank(v) for v in value)
    return value is None or value is False or (isinstance(value, str) and clean(value) is None)


# --- passages --------------------------------------------------------------------------------------------------------


def _passage(entry: Field, value: Any) -> Passage | None:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = next(iter(json_objects(value)), value)
    if entry.kind in ("text", "names", "directions"):
        text = _text(value)
        return Passage({"": text}) if text and len(text) <= entry.length else None
    if entry.kind == "innovations":
        return _item(value, INNOVATION_PARTS, ("text", "idea", "description", "statement", "content"), entry.length)
    if entry.kind == "results":
        return _item(value, RESULT_PARTS, _FINDING_KEYS, entry.length)
    text = _text(value)
    return Passage({"": shorten(text, entry.length)}, _cites_of(value)) if text else None


def _item(value: Any, parts: Mapping[str, str], main_keys: Sequence[str], length: int) -> Passage | None:
    """An innovation or a result; a plain string is its statement. The statement is the last of the parts."""
    *names, main = parts
    if not isinstance(value, dict):
        text = _text(value)
        return Passage({main: shorten(text, length)}, _cites_of(value)) if text else None
    members = {_key(name): member for name, member in value.items()}
    text = next((t for key in main_keys if (t := _text(members.get(key)))), None)
    texts = {name: t for name in names if (t := _text(members.get(name)))}
    if text is None:
        text = texts.pop("title", None)  # an idea without a text
    if text is None:
        return None
    return Passage(texts | {main: shorten(text, length)}, _cites_of(value))


def _text(value: Any) -> str | None:
    """The text of a statement or a name; numbers become texts, the sentences of a list one text."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list):
        return clean(" ".join(t for v in value if (t := _text(v))))
    if isinstance(value, dict):
        members = {_key(name): member for name, member in value.items()}
        for key in _TEXT_KEYS:
            if isinstance(members.get(key), str | int | float | list) and (text := _text(members[key])):
                return text
        texts = [v for k, v in members.items() if isinstance(v, str) and k not in {*_QUOTE_KEYS, *_BLOCK_KEYS, "type"}]
        return clean(texts[0]) if len(texts) == 1 else None
    return None


def _cites_of(value: Any) -> tuple[Cite, ...]:
    """The quotations beside a text: a list of objects, one object, or plain quotations."""
    if isinstance(value, list):
        return tuple(cite for item in value if isinstance(item, dict) for cite in _cites_of(item))[:MAX_CITES]
    if not isinstance(value, dict):
        return ()
    members = {_key(name): member for name, member in value.items()}
    evidence = next((members[key] for key in _EVIDENCE_KEYS if members.get(key)), None)
    if evidence is None:
        evidence = {k: v for k, v in value.items() if _key(k) in ("quote", "blockid")}
    items = evidence if isinstance(evidence, list) else [evidence]
    cites = (_cite(item) for item in items if not isinstance(item, CutObject | CutList))
    return tuple(cite for cite in cites if cite is not None)[:MAX_CITES]


def _cite(value: Any) -> Cite | None:
    if isinstance(value, str):
        return Cite(value.strip()) if value.strip() else None
    if not isinstance(value, dict):
        return None
    members = {_key(name): member for name, member in value.items()}
    quote = next((q for key in _QUOTE_KEYS if isinstance(q := members.get(key), str) and q.strip()), None)
    block_id = next((b for key in _BLOCK_KEYS if isinstance(b := members.get(key), str | int)), "")
    return Cite(quote.strip(), str(block_id).strip(" []")) if quote else None
