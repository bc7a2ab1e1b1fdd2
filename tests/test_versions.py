"""An output of a stage does not change under the same version, since stored views would not be made again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import golden_outputs
from tests.golden_outputs import main, recorded_outputs, versions

NAMES = ("readings", "analyses", "marks", "verdicts", "editions")
RECORD = "python -m tests.golden_outputs"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_is_what_is_on_record_for_the_version(name: str) -> None:
    version, make = versions()[name]
    on_record = recorded_outputs()[name]
    assert on_record["version"] == version, f"another version of {name}: record what it makes with {RECORD}"
    message = f"{name} changed: raise the VERSION of the stage, then record it with {RECORD}"
    assert make() == on_record["sha256"], message


@pytest.mark.parametrize("name", NAMES)
def test_an_output_is_the_same_when_it_is_made_twice(name: str) -> None:
    make = versions()[name][1]
    assert make() == make()


def test_the_recorder_takes_another_output_only_under_another_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "golden.json"
    monkeypatch.setattr(golden_outputs, "FILE", file)
    output, version = "one", "read 1"
    monkeypatch.setattr(golden_outputs, "versions", lambda: {"readings": (version, lambda: output)})
    assert main() == 0
    output = "two"
    assert main() == 1
    assert json.loads(file.read_text()) == {"readings": {"version": "read 1", "sha256": "one"}}
    version = "read 2"
    assert main() == 0
    assert json.loads(file.read_text()) == {"readings": {"version": "read 2", "sha256": "two"}}
