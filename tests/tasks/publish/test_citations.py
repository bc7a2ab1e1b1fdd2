"""BibTeX and RIS of papers with difficult titles and names."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from tasks.publish.citations import cite, escape_tex
from tests import factories
from tests.plain import MemoryStore
from tests.tasks.publish.invented import ATTACK, FIRST


def test_an_entry_has_the_fields_that_reference_managers_read() -> None:
    paper = factories.paper(
        1,
        arxiv_id="2602.13515",
        title="50% of $\\alpha_i$ & more_things #1 {x} ~ ^ \\ <b>",
        authors=["José Núñez", "王伟", "Smith, Jr., Bob", "Tom and Jerry"],
        published_at=dt.datetime(2026, 2, 17, tzinfo=dt.UTC),
        github_url="https://github.com/example/x",
    )
    citations = cite([paper])
    assert citations.bibtex.startswith("@misc{nunez2026-2602.13515,\n")
    assert r"50\% of $\alpha_i$ \& more\_things \#1 \{x\} \textasciitilde{} \textasciicircum{}" in citations.bibtex
    assert r"\textbackslash{} \textless{}b\textgreater{}" in citations.bibtex
    assert "author = {José Núñez and 王伟 and {Smith, Jr., Bob} and {Tom and Jerry}}," in citations.bibtex
    assert "eprint = {2602.13515}," in citations.bibtex
    assert "doi = {10.48550/arXiv.2602.13515}," in citations.bibtex
    lines = citations.ris.splitlines()
    assert lines[0] == "TY  - GEN"
    assert lines[-1] == "ER  - "
    assert "AU  - Núñez, José" in lines
    assert "AU  - 王伟" in lines
    assert "DA  - 2026/02/17" in lines
    assert "L2  - https://github.com/example/x" in lines


@pytest.mark.parametrize("text", [ATTACK, "a\r\nER  - \r\nTY  - X", "}", "{", "\\", "$", "$}$", "$x{$ y", "\u202e\x00"])
def test_no_text_breaks_out_of_its_field(text: str) -> None:
    paper = factories.paper(1, title=text, abstract=text, authors=[text, text])
    citations = cite([paper, paper])
    assert citations.bibtex.count("@misc{") == 2
    for entry in citations.bibtex.split("@misc{")[1:]:
        unescaped = re.sub(r"\\[{}\\]", "", entry)
        assert unescaped.count("{") + 1 == unescaped.count("}"), entry
    assert all(re.match(r"[A-Z][A-Z0-9]  - ", line) for line in citations.ris.splitlines() if line)
    assert citations.ris.count("TY  - ") - citations.ris.count(" TY  - ") == 2


def test_an_invented_id_has_no_doi_and_no_paper_no_entry() -> None:
    assert "doi" not in cite([factories.paper(1)]).bibtex
    assert cite([]).bibtex == ""
    assert "author" not in cite([factories.paper(1, authors=[])]).bibtex
    assert escape_tex("plain text") == "plain text"


def test_day_paper_and_roundup_have_files(built: MemoryStore) -> None:
    assert built.data["site/papers/0000.00001.bib"].count(b"@misc{") == 1
    assert built.data[f"site/days/{FIRST}.bib"].count(b"@misc{") == 3
    assert built.data[f"site/days/{FIRST}.ris"].count(b"TY  - ") == 3
    page = built.data["site/en/papers/0000.00001.html"].decode()
    assert 'href="../../papers/0000.00001.bib"' in page
