"""What an edition prints of a paper, in either language."""

from __future__ import annotations

from typing import Any

import pytest

from papers.models import Direction, Result
from papers.paper_entry import PaperEntry
from tests.factories import analysis, paper, reading, verdict

OPENING = "Readers are slow. In this paper, we introduce Swift, a reader that skips most of a long document. "


def entry(abstract: str = OPENING, evidence: tuple[str, ...] = (), **fields: Any) -> PaperEntry:
    found = [Direction(name=f"D{n}", evidence=e) for n, e in enumerate(evidence)]
    return PaperEntry(
        paper(1, title="Swift: Skipping", abstract=abstract),
        reading(1, source="abs"),
        analysis(**fields),
        verdict(1, directions=found),
        "en",
        {d.name: d.name.lower() for d in found},
    )


def test_an_abstract_opens_with_the_gist_or_with_background() -> None:
    gist = "We introduce Swift, a reader that skips most of a long document."
    assert not entry(contribution_short=gist).opens_with_gist
    assert entry(f"In this paper, w{gist[1:]}", contribution_short=gist).opens_with_gist


@pytest.mark.parametrize(
    ("findings", "highlights", "result"),
    [
        (["Swift outperforms others.", "Swift gains 3.1% on Long."], [], "Swift gains 3.1% on Long."),
        (["Swift outperforms others."], ["Swift gains 3.1%."], "Swift gains 3.1%."),
        (["Swift outperforms others."], ["All is new."], "Swift outperforms others."),
        (["This gap urges action.", "By closing this gap, it improves."], [], "The gist."),
        (["Swift gains 3.1% " + "x" * 330], [], "The gist."),
        ([], [], "The gist."),
    ],
)
def test_a_table_has_a_result_with_a_figure_else_an_outcome_else_the_gist(
    findings: list[str], highlights: list[str], result: str
) -> None:
    results = [Result(finding=f) for f in findings]
    found = entry(results=results, highlights=highlights, contribution_short="The gist.")
    assert found.main_result == result


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        (("keywords: a", "keywords: b", "keywords: c"), ["d0"]),
        (("title: a", "keywords: b", "keywords: c"), ["d0"]),
        (("title: a", "title: b", "keywords: c"), ["d0", "d1"]),
        (("title: a", "title: b", "title: c", "title: d"), ["d0", "d1", "d2"]),
        ((), []),
    ],
)
def test_directions_of_the_title_come_first_and_are_few(evidence: tuple[str, ...], shown: list[str]) -> None:
    assert entry(evidence=evidence).directions == shown
