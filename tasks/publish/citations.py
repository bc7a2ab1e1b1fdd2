"""Papers as BibTeX and RIS, for a reference manager."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from papers.models import Paper
from papers.text import address, clean
from tasks.publish.formulas import pieces

_TEX = {
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
_REAL_ID = re.compile(r"\d\d(?:0[1-9]|1[0-2])\.\d{4,5}")  # what arXiv has registered a DOI for


@dataclass(frozen=True)
class Citations:
    """The same papers in both formats."""

    bibtex: str
    ris: str


def cite(papers: Iterable[Paper]) -> Citations:
    """The papers' entries, in order; a paper without authors or date has the rest."""
    found = list(papers)
    return Citations("\n".join(_bibtex(p) for p in found), "\n".join(_ris(p) for p in found))


def _bibtex(paper: Paper) -> str:
    """An entry as arXiv itself gives it: @misc with eprint and archive."""
    fields = {
        "title": "{" + tex(clean(paper.title) or paper.arxiv_id) + "}",  # inner braces keep capitals
        "author": " and ".join(_bibtex_name(a) for a in _authors(paper)),
        "year": str(_date(paper).year),
        "month": str(_date(paper).month),
        "eprint": paper.arxiv_id,
        "archiveprefix": "arXiv",
        "doi": _doi(paper),
        "url": f"https://arxiv.org/abs/{paper.arxiv_id}",
        "abstract": tex(clean(paper.abstract)),
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{_key(paper)},", *lines, "}", ""])


def _ris(paper: Paper) -> str:
    """A record of a preprint; a line a value, no value with a line break."""
    rows = [
        ("TY", "GEN"),
        ("TI", clean(paper.title) or paper.arxiv_id),
        *(("AU", _ris_name(a)) for a in _authors(paper)),
        ("PY", str(_date(paper).year)),
        ("DA", _date(paper).strftime("%Y/%m/%d")),
        ("AB", clean(paper.abstract)),
        ("PB", "arXiv"),
        ("M1", f"arXiv:{paper.arxiv_id}"),
        ("DO", _doi(paper)),
        ("UR", f"https://arxiv.org/abs/{paper.arxiv_id}"),
        ("L2", (address(paper.github_url) if paper.github_url else "") or ""),
    ]
    return "\n".join([*(f"{tag}  - {value}" for tag, value in rows if value), "ER  - ", ""])


def tex(text: str) -> str:
    """`text` with what TeX reads as markup escaped; formulas that can be read as such stay formulas."""
    parts = []
    for start, end, made in pieces(text):
        piece = text[start:end]
        whole = made is not None and piece.count("{") == piece.count("}")
        parts.append(piece if whole else "".join(_TEX.get(c, c) for c in piece))
    return "".join(parts)


def _authors(paper: Paper) -> Sequence[str]:
    return [name for a in paper.authors if (name := clean(a))]


def _bibtex_name(name: str) -> str:
    """A name in natural order; in braces where BibTeX would take it apart wrongly."""
    escaped = tex(name)
    return f"{{{escaped}}}" if "," in name or re.search(r"\sand\s", name, re.IGNORECASE) else escaped


def _ris_name(name: str) -> str:
    """Last name first; a name of one word, or of another script, as it stands."""
    first, _, last = name.rpartition(" ")
    return f"{last}, {first}" if first and "," not in name else name


def _date(paper: Paper) -> dt.date:
    return (paper.published_at or paper.listed_at or paper.captured_at).date()


def _doi(paper: Paper) -> str:
    return f"10.48550/arXiv.{paper.arxiv_id}" if _REAL_ID.fullmatch(paper.arxiv_id) else ""


def _key(paper: Paper) -> str:
    """Last name of the first author, year and id: it tells apart, and any BibTeX takes it."""
    authors = _authors(paper)
    last = authors[0].rpartition(" ")[2] if authors else ""
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z]", "", plain.casefold()) or "arxiv"
    return f"{name}{_date(paper).year}-{re.sub(r'[^0-9A-Za-z.-]', '-', paper.arxiv_id)}"
