"""The recorded inputs of `bench_extract` as documents: labelled abstracts, listed abstracts, whole papers, one day."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

from tasks.read.html.page import extract_html
from tasks.read.pdf.text_layer import extract_pdf
from tests.shared import SHARED

DAY = "2025-10-17"
ARXIV = SHARED / "recorded" / "arxiv"
Document = dict[str, Any]  # what extract_run.py reads


def labeled_abstracts(part: str) -> list[dict[str, Any]]:
    """The abstracts of a part of CSAbstruct: sentences, labels and confs."""
    with gzip.open(SHARED / "roles" / f"{part}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def document(arxiv_id: str, title: str, abstract: str, keywords: list[str], **reading: Any) -> Document:
    """A document; without a reading, only its abstract was read."""
    text = " ".join(abstract.split())
    block = {"id": "abstract.p1", "kind": "paragraph", "section": "Abstract", "text": text}
    listed = {"id": arxiv_id, "title": " ".join(title.split()), "abstract": abstract, "keywords": keywords}
    return listed | ({"source": "abs", "blocks": [block]} | reading)


def listed_abstracts() -> list[Document]:
    """Each paper of the recorded lists once, as its abstract."""
    found: dict[str, Document] = {}
    for path in sorted((SHARED / "recorded" / "hf" / "daily").iterdir()):
        for paper in _listed(path):
            found.setdefault(paper["id"], document(*_listing(paper)))
    return list(found.values())


def whole_papers() -> list[Document]:
    """Each recorded paper once, read from its page or else from its PDF."""
    found: dict[str, Document] = {}
    for arxiv_id, source, content in _bodies():
        if arxiv_id in found:
            continue
        path = ARXIV / "expected" / f"{arxiv_id}.json"
        listed = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        title, abstract = listed.get("title") or content.title or "?", listed.get("abstract") or ""
        blocks = [b.model_dump() for b in content.blocks]
        found[arxiv_id] = document(arxiv_id, title, abstract, [], source=source, blocks=blocks)
    return list(found.values())


def day_documents() -> list[Document]:
    """The papers of one day, those that are recorded as they are read."""
    bodies = {d["id"]: d for d in whole_papers()}
    path = next(p for p in sorted((SHARED / "recorded" / "hf" / "daily").iterdir()) if p.name.startswith(DAY))
    documents = []
    for paper in _listed(path):
        body = bodies.get(paper["id"])
        reading = {"source": body["source"], "blocks": body["blocks"]} if body else {}
        documents.append(document(*_listing(paper), **reading))
    return documents


def _bodies() -> Any:
    for path in sorted((ARXIV / "html").iterdir()):
        yield path.name.split(".html")[0], "html", extract_html(gzip.decompress(path.read_bytes()))
    for path in sorted((ARXIV / "pdf").iterdir()):
        yield path.stem, "pdf", extract_pdf(path.read_bytes())


def _listed(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    items = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    return [item.get("paper", item) for item in items]


def _listing(paper: dict[str, Any]) -> tuple[str, str, str, list[str]]:
    return paper["id"], paper["title"], paper.get("summary") or "", paper.get("ai_keywords") or []
