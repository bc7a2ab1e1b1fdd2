"""What the stages make of fixed inputs, as hashes beside their versions: `python -m tests.golden_outputs` records them.

Views are made again only where a version changed. So an output that changed needs another version: the recorder refuses
another hash under the same version, and `tests/test_versions.py` fails. The version of an output names those of the
stages before it, since its input changes with theirs.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq

from papers.models import Evidence, Model, Paper, Reading, ReadingSource, Verdict
from papers.profile import load_profile
from papers.tables.manifests import digest
from papers.tables.parquet import encode, hash_rows
from tasks.analyze.grounding.ungrounded_numbers import remove_ungrounded
from tasks.analyze.recorded_analyses import VERSION as EXTRACT_VERSION
from tasks.curate.near_duplicates import Pick
from tasks.curate.verdicts import VERSION as CURATE_VERSION
from tasks.curate.verdicts import curate
from tasks.dedupe.repeats import VERSION as DEDUPE_VERSION
from tasks.dedupe.repeats import History, dedupe, mark_left
from tasks.read.document import Document
from tasks.read.extraction import read_body
from tasks.read.stored_readings import VERSION as READ_VERSION
from tasks.render.editions import render_day, templates_hash
from tests import factories
from tests.factories import DAY, listed_paper, listing
from tests.plain import load_day
from tests.sample_day import sample_days, sample_extracts
from tests.tasks.publish.invented import EMPTY, FIRST, HOSTILE, LAST, LATER, invented_store
from tests.tasks.read import builders

FILE = Path(__file__).with_suffix(".json")
PROFILES = ("default", "minimal")

Recorded = Mapping[str, Mapping[str, str]]  # output -> "version" and "sha256"


# --- outputs ---------------------------------------------------------------------------------------------------------


def readings() -> str:
    """The sample's readings, and documents of each form that the tests build."""
    rows = [_without_times(reading) for _, reading in sorted(sample_days().readings.items())]
    bodies: tuple[tuple[ReadingSource, bytes], ...] = (
        ("html", builders.paper()),
        ("html", builders.page(builders.long_body(4), authors="Ada Example")),
        ("pdf", builders.pdf_paper()),
        ("pdf", builders.pdf_paper(columns=2)),
        ("abs", builders.abs_page()),
        ("html", b"<html><body>Prove that you are no robot</body></html>"),
    )
    results = [read_body(source, body, builders.TITLE, builders.ABSTRACT) for source, body in bodies]
    return _hash(
        [_rows("readings", rows), [(_document(r.document), r.reason and r.reason.model_dump()) for r in results]]
    )


def _document(document: Document | None) -> object:
    return document and [b.model_dump() for b in document.blocks]


def _without_times(reading: Reading) -> Reading:
    attempts = [a.model_copy(update={"fetched_at": None, "sha256": None}) for a in reading.attempts]
    return reading.model_copy(update={"attempts": attempts})


def analyses() -> str:
    """The sample's extracts in both languages, and a model's analysis whose ungrounded numbers are cut or flagged."""
    extracts = [a.model_copy(update={"seconds": 0.0}) for _, a in sorted(sample_extracts().items())]
    text = "It reaches 97.3% on the set. It is 12 times as fast, with 31.4% less energy."
    numbers = [
        Evidence(field="contribution", text=text, number=number, unit=unit, status=status)
        for number, unit, status in (("97.3", "percent", "grounded"), ("12", "times", "quote-not-found"))
    ]
    analysis = factories.analysis(1, model="openai:sample", contribution=text, evidence=numbers)
    titles = {"0000.00001": "An invented study"}
    results = [remove_ungrounded([analysis], [factories.reading(1)], titles, way) for way in ("cut", "flag")]
    return _hash([_rows("analyses", rows) for rows in (extracts, *results)])


def marks() -> str:
    """The sample's lists, and an invented one with a paper of each kind."""
    history = History()
    long = "An invented study of subject number one and of all that follows from it"
    for n, title in ((1, long), (2, "A second invented study of the tides"), (3, "A third study: of bells")):
        history.add(
            listed_paper(n, title=title, abstract=f"We study it. We find {n} things."), DAY - dt.timedelta(days=n)
        )
    today = listing(
        listed_paper(1, title=long, abstract="We study it. We find 1 things."),
        listed_paper(2, title="A second invented study of the tides", abstract="We study it. We find nothing."),
        listed_paper(3, title="A third study: of whistles", abstract=""),
        listed_paper(14, title=f"{long}s", abstract="We study it. We find 1 things."),
        listed_paper(15, title="A Second Invented Study of the Tides!"),
        listed_paper(16),
        listed_paper(17, title=listed_paper(16).title.upper()),
        listed_paper(16, position=9),
    )
    papers_left = mark_left([listed_paper(99)], today)
    days = [*sample_days().papers.values(), papers_left]
    return _hash(
        [[_rows("papers", papers) for papers in days], [p.model_dump(mode="json") for p in dedupe(today, history)]]
    )


def verdicts() -> str:
    """The sample's verdicts and those of an invented day, by both profiles, with picks of the days before."""
    days = sample_days()
    papers = list(days.papers.values())[-1]
    analyses = list(sample_extracts().values())
    invented = _invented_papers()
    old = invented[5]
    past = [Pick("0000.99999", old.title, old.abstract, DAY - dt.timedelta(days=3))]
    texts = [factories.reading(n) for n in range(1, 36)]
    rows: list[Sequence[Verdict]] = []
    for name in PROFILES:
        profile = load_profile(name)
        rows.append(curate(papers, list(days.readings.values()), analyses, profile))
        rows.append(curate(invented, texts, [factories.analysis(n) for n in range(1, 34)], profile, past))
    return _hash([_rows("curation", day) for day in rows])


def _invented_papers() -> list[Paper]:
    """Forty papers of many topics, labs and figures; some repeat others."""
    topics = ("agents that use tools", "diffusion of video", "a benchmark of reasoning", "quantization of large models")
    labs = ("Google DeepMind", "Tsinghua University", None, "An Unknown Institute")
    kinds = {7: "repeat", 8: "update", 9: "in-day", 10: "left"}
    return [
        factories.paper(
            n,
            title=f"Study {n} of {topics[n % 4]}",
            abstract=f"We study {topics[n % 4]} with {topics[(n + 1) % 4]} and find {n} things. " * 5,
            upvotes=(n * 37) % 211,
            github_stars=(n * 997) % 5000 if n % 3 else None,
            github_url=f"https://github.com/example/{n}" if n % 3 else None,
            comments=n % 7,
            organization=labs[n % 4],
            ai_keywords=[topics[n % 4], "large language models"],
            dedupe_kind=kinds.get(n, "new"),
            position=n,
        )
        for n in range(1, 41)
    ]


def editions() -> str:
    """All editions of the invented store: an empty day, hostile text, every state of a paper."""
    store = invented_store()
    pages = []
    for name in PROFILES:
        for date in (FIRST, EMPTY, HOSTILE, LAST, LATER):
            rendered = render_day(load_day(store, date), load_profile(name), ("zh", "en"))
            pages += [(e.name, e.language, e.markdown, e.html) for e in rendered]
    return _hash(pages)


def _rows(dataset: str, rows: Sequence[Model]) -> str:
    """A hash of rows as a snapshot holds them, reasons as text included."""
    return hash_rows(pq.read_table(BytesIO(encode(dataset, rows))).to_pylist())


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


# --- versions --------------------------------------------------------------------------------------------------------


def versions() -> dict[str, tuple[str, Callable[[], str]]]:
    """Each output: the version under which it is recorded, and the function that makes and hashes it."""
    profiles = digest([load_profile(name).model_dump(mode="json") for name in PROFILES])[:8]
    read_version, extract_version, dedupe_version = (
        f"read {READ_VERSION}",
        f"extract {EXTRACT_VERSION}",
        f"dedupe {DEDUPE_VERSION}",
    )
    before = f"{read_version}, {extract_version}, {dedupe_version}"
    return {
        "readings": (read_version, readings),
        "analyses": (f"{read_version}, {extract_version}", analyses),
        "marks": (dedupe_version, marks),
        "verdicts": (f"{before}, curate {CURATE_VERSION}, profiles {profiles}", verdicts),
        "editions": (f"templates {templates_hash()}, profiles {profiles}", editions),
    }


def recorded_outputs() -> Recorded:
    """What is on record."""
    outputs: Recorded = json.loads(FILE.read_text()) if FILE.exists() else {}
    return outputs


def main() -> int:
    """Record all outputs; 1 if one changed and its version did not."""
    old, new, refused = recorded_outputs(), dict[str, dict[str, str]](), list[str]()
    for name, (version, make) in versions().items():
        new[name] = {"version": version, "sha256": make()}
        before = old.get(name, {})
        if before.get("version") == version and before["sha256"] != new[name]["sha256"]:
            refused.append(name)
    if refused:
        print(
            f"not recorded: {', '.join(refused)} changed under the same version. Next: raise the VERSION of the stage"
        )
        return 1
    FILE.write_text(json.dumps(new, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
