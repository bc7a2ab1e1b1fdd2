"""Citations of papers in BibTeX and RIS, for reference managers."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from papers.formulas import split_formulas
from papers.models import Paper
from papers.paper_urls import arxiv_page
from papers.text import clean, safe_url, title_or_id

_TEX_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\{",
        "}": r"\}",
        "$": r"\$",
        "&": r"\&",
        "#": r"\#",
        "_": r"\_",
        "%": r"\%",
        "^": r"\textasciicircum{}",
        "~": r"\textasciitilde{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
    }
)
_ARXIV_ID = re.compile(r"\d\d(?:0[1-9]|1[0-2])\.\d{4,5}")  # the ids that have a DOI
_clean = lru_cache(maxsize=128)(clean)  # abstract and authors are in both formats


@dataclass(frozen=True)
class Citations:
    """The citations of the same papers in both formats."""

    bibtex: str
    ris: str


def cite(papers: Iterable[Paper]) -> Citations:
    """The papers' entries, in order; fields that a paper lacks are left out."""
    cited_papers = list(papers)
    return Citations("\n".join(_bibtex(p) for p in cited_papers), "\n".join(_ris(p) for p in cited_papers))


def _bibtex(paper: Paper) -> str:
    """An entry in arXiv's own form: @misc with eprint and archiveprefix."""
    fields = {
        "title": "{" + escape_tex(title_or_id(paper.title, paper.arxiv_id)) + "}",  # the inner braces keep capitals
        "author": " and ".join(_bibtex_name(a) for a in _authors(paper)),
        "year": str(_date(paper).year),
        "month": str(_date(paper).month),
        "eprint": paper.arxiv_id,
        "archiveprefix": "arXiv",
        "doi": _doi(paper),
        "url": arxiv_page(paper.arxiv_id),
        "abstract": escape_tex(_clean(paper.abstract)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{_key(paper)},", *lines, "}", ""])


def _ris(paper: Paper) -> str:
    """A record of a preprint; one line per value, and no value has a line break."""
    rows = [
        ("TY", "GEN"),
        ("TI", title_or_id(paper.title, paper.arxiv_id)),
        *(("AU", _ris_name(a)) for a in _authors(paper)),
        ("PY", str(_date(paper).year)),
        ("DA", _date(paper).strftime("%Y/%m/%d")),
        ("AB", _clean(paper.abstract)),
        ("PB", "arXiv"),
        ("M1", f"arXiv:{paper.arxiv_id}"),
        ("DO", _doi(paper)),
        ("UR", arxiv_page(paper.arxiv_id)),
        ("L2", (safe_url(paper.github_url) if paper.github_url else "") or ""),
    ]
    return "\n".join([*(f"{tag}  - {value}" for tag, value in rows if value), "ER  - ", ""])


def escape_tex(text: str) -> str:
    """`text` with the special characters of TeX escaped, except in valid formulas."""
    parts = []
    for start, end, mathml in split_formulas(text):
        piece = text[start:end]
        is_formula = mathml is not None and piece.count("{") == piece.count("}")
        parts.append(piece if is_formula else piece.translate(_TEX_ESCAPES))
    return "".join(parts)


def _authors(paper: Paper) -> Sequence[str]:
    return [name for a in paper.authors if (name := _clean(a))]


def _bibtex_name(name: str) -> str:
    """A name in natural order; in braces if BibTeX would split it at the wrong place."""
    escaped = escape_tex(name)
    return f"{{{escaped}}}" if "," in name or re.search(r"\sand\s", name, re.IGNORECASE) else escaped


def _ris_name(name: str) -> str:
    """The name with the last name first; a name of one word or with a comma is unchanged."""
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first and "," not in name else name


def _date(paper: Paper) -> dt.date:
    return (paper.published_at or paper.listed_at or paper.captured_at).date()


def _doi(paper: Paper) -> str:
    return f"10.48550/arXiv.{paper.arxiv_id}" if _ARXIV_ID.fullmatch(paper.arxiv_id) else ""


def _key(paper: Paper) -> str:
    """The last name of the first author, year and id: unique, and valid in every BibTeX."""
    authors = _authors(paper)
    last = authors[0].rpartition(" ")[2] if authors else ""
    ascii_name = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z]", "", ascii_name.casefold()) or "arxiv"
    return f"{name}{_date(paper).year}-{re.sub(r'[^0-9A-Za-z.-]', '-', paper.arxiv_id)}"
