"""The views of a date: derived from its facts and from what other dates contribute, each only if its inputs changed.

A view is made when the hash of its inputs differs from the manifest's, or when its files are not those that the
manifest names. Equal bytes are not written again, and whatever depends on them is not made again. Pure but for the
store: no network, no model call, no Prefect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from flows.days.day_outcome import outcome_of
from flows.days.day_rows import (
    LIST_DATASETS,
    analyzed_texts,
    hash_of_stars,
    listed_keys,
    picked_texts,
    popularity_rows,
    terms_of,
    with_stars,
)
from flows.days.neighbours import Neighbours
from flows.days.record_choice import DayMemory, adopt_records, best_reading, hash_of_record
from flows.days.view_files import ViewFiles
from flows.days.view_settings import ViewSettings
from papers.analysis_choice import best_analyses
from papers.day import Day, Edition, Run
from papers.facts.day_facts import DayFacts, hash_keys
from papers.facts.records import AnalysisRecord
from papers.models import Analysis, EditionName, Language, Model, Paper, Reading, SetAside, Verdict
from papers.tables.manifests import DayOutcome, Manifest, digest
from papers.tables.parquet import decode, encode
from papers.tables.registry import SCHEMA_VERSION
from papers.tables.snapshot_keys import key_of
from tasks.analyze.grounding.ungrounded_numbers import remove_ungrounded
from tasks.analyze.recorded_analyses import VERSION as EXTRACT_VERSION
from tasks.analyze.recorded_analyses import analysis_of, choose_record
from tasks.curate.trends import count_directions, count_trends, new_terms
from tasks.curate.verdicts import VERSION as CURATE_VERSION
from tasks.curate.verdicts import curate
from tasks.dedupe.repeats import VERSION as DEDUPE_VERSION
from tasks.read.stored_readings import VERSION as READ_VERSION
from tasks.read.stored_readings import read_again
from tasks.render.editions import render_edition, templates_hash

TREND_EDITION: EditionName = "curated-post"  # the edition that prints trends and new keywords

M = TypeVar("M", bound=Model)


class DayViews:
    """Makes the views of one date. `before` is its manifest, `stamps` are those of its stored files by key."""

    def __init__(
        self,
        settings: ViewSettings,
        facts: DayFacts,
        before: Manifest | None,
        stamps: Mapping[str, str],
        neighbours: Neighbours,
        memory: DayMemory | None = None,
    ) -> None:
        self.settings, self.facts = settings, facts
        self.neighbours, self.memory = neighbours, memory or DayMemory()
        self.date, self.store = facts.date, settings.store
        self.files = ViewFiles(self.store, before, stamps)
        self.before = self.files.before
        self.editions: list[Edition] = []  # those that were rendered
        self._rows: dict[str, list[Any]] = {}
        self._snapshot_readings: list[Reading] | None = None
        self._day: Day | None = None

    def update(self, list_changed: bool = True) -> Manifest:
        """Bring the views up to date, `runs` aside; returns the manifest, which is not written yet.

        Without `list_changed` repeats are marked as before, as long as the captures are the same.
        """
        self.update_papers(list_changed)
        readings = self._update_readings()
        texts, stars = self._update_analyses()
        past = self.neighbours.past
        self._update_curation(past["picks"])
        new_terms_hash = self.neighbours.new_terms_hash(self._terms())
        self._update_editions(past["directions"], new_terms_hash)
        return Manifest(
            date=self.date,
            facts=hash_keys(self.facts.inputs),
            run_keys=self.before.run_keys if self.before else [],
            damaged=self.facts.damaged,
            views=self.files.views | ({"runs": runs} if (runs := self.files.record("runs")) else {}),
            readings=readings,
            analyzed_texts=texts,
            stars=stars,
            listed=self.before.listed if self.files.is_same("papers") and self.before else listed_keys(self._papers()),
            terms=self._terms(),
            past=past,
            new_terms=new_terms_hash,
            outcome=self._outcome(),
            **self._projections(),
        )

    # --- views -------------------------------------------------------------------------------------------------------

    def update_papers(self, list_changed: bool = True) -> None:
        """Bring the snapshots of the list up to date; `list_changed` as in `update`."""
        inputs = digest([SCHEMA_VERSION, DEDUPE_VERSION, self.facts.capture_keys])

        def make() -> dict[str, bytes]:
            day_list = self.memory.papers = self.neighbours.marked_list(self.facts, self.memory.papers)
            self._rows |= {"papers": day_list.papers, "set_aside": day_list.set_aside}
            self._rows["popularity"] = popularity_rows(day_list.captures)
            return {key_of(name, self.date): encode(name, self._rows[name]) for name in LIST_DATASETS}

        self.files.make("papers", inputs, make, force=list_changed)

    def _update_readings(self) -> dict[str, str]:
        """Readings of new papers, each from the best record; returns the hash of what each was made of."""
        before = self.before
        has_same_facts = (
            before is not None and before.facts == hash_keys(self.facts.inputs) and self.files.is_same("papers")
        )
        if before and has_same_facts and self.files.keep("readings", _all_reading_inputs(before.readings)):
            return before.readings
        new = [p for p in self._papers() if p.dedupe_kind == "new"]
        adopt_records(self.store, self.facts, [p.arxiv_id for p in new])
        hashes = {p.arxiv_id: _reading_inputs(p, self.facts.keys_of(p.arxiv_id, "read")) for p in new}
        hashes = {arxiv_id: value for arxiv_id, value in hashes.items() if value}

        def make() -> dict[str, bytes]:
            rows = (self._reading(p) for p in new if p.arxiv_id in hashes)
            self._rows["readings"] = [row for row in rows if row is not None]
            return {key_of("readings", self.date): encode("readings", self._rows["readings"])}

        self.files.make("readings", _all_reading_inputs(hashes), make)
        return hashes

    def _reading(self, paper: Paper) -> Reading | None:
        """The reading of a paper: as this process made it, as it is stored, or made again from the stored responses."""
        record = best_reading(self.facts.readings(paper.arxiv_id))
        if record is None:
            return None
        return (
            self.memory.readings.get(hash_of_record(record))
            or self.stored_reading(paper)
            or read_again(record, paper, self.store, self.settings.read_body)
        )

    def _stored_readings(self) -> list[Reading]:
        """The readings of the snapshot, if it is the one of the manifest and of this version of the reader."""
        if self._snapshot_readings is None:
            self._snapshot_readings = self._load("readings", Reading) if self.files.is_intact("readings") else []
        return self._snapshot_readings

    def _update_analyses(self) -> tuple[str, str]:
        """The analyses of new papers; returns hashes of what they use of the list, and of the stars that they print."""
        if self.files.is_same("papers") and self.before:
            texts, stars = self.before.analyzed_texts, self.before.stars
        else:
            papers = self._papers()
            texts, stars = analyzed_texts(papers), hash_of_stars(papers)
        keys = sorted(k for k in self.facts.inputs if "/analyze-" in k)
        content = self.files.views["readings"].content
        base = digest([SCHEMA_VERSION, EXTRACT_VERSION, keys, texts, content, self.settings.ungrounded])

        def make() -> dict[str, bytes]:
            self._rows["analyses"] = self._patched_analyses(base) or self._new_analyses()
            return {key_of("analyses", self.date): encode("analyses", self._rows["analyses"])}

        self.files.make("analyses", f"{base} {stars}", make)
        return texts, stars

    def _patched_analyses(self, base: str) -> list[Analysis]:
        """The stored analyses with other counts of stars, if nothing else changed; empty otherwise."""
        if self.before is None or not self.files.may_keep("analyses", f"{base} {self.before.stars}"):
            return []
        return with_stars(self._load("analyses", Analysis), self._papers())

    def _new_analyses(self) -> list[Analysis]:
        """The analyses of the records that count, ungrounded numbers cut or flagged."""
        new = {p.arxiv_id: p for p in self._papers() if p.dedupe_kind == "new"}
        readings = {r.arxiv_id: r for r in self._readings()}
        rows = []
        for arxiv_id, paper in new.items():
            reading = readings.get(arxiv_id)
            by_language: dict[Language, list[AnalysisRecord]] = {}
            for record in self.facts.analyses(arxiv_id) if reading else ():
                by_language.setdefault(record.language, []).append(record)
            for records in by_language.values():
                assert reading is not None
                row = self._analysis(records, paper, reading)
                rows += [row] if row is not None else []
        titles = {arxiv_id: p.title for arxiv_id, p in new.items()}
        return remove_ungrounded(rows, list(readings.values()), titles, self.settings.ungrounded)

    def _analysis(self, records: Sequence[AnalysisRecord], paper: Paper, reading: Reading) -> Analysis | None:
        remaining = list(records)
        while record := choose_record(remaining, reading.sha256):
            analysis = self.memory.analyses.get(hash_of_record(record))
            analysis = analysis or analysis_of(record, paper, reading, self.store)
            if analysis is not None:
                return analysis
            self.facts.damaged[f"answers of {paper.arxiv_id} ({record.language})"] = "the model's answer is not stored"
            remaining.remove(record)
        return None

    def _update_curation(self, picks_hash: str) -> None:
        contents = [self.files.views[name].content for name in ("papers", "readings", "analyses")]
        inputs = digest([SCHEMA_VERSION, CURATE_VERSION, contents, picks_hash, self.settings.curation()])

        def make() -> dict[str, bytes]:
            papers, readings, analyses = self._papers(), self._readings(), best_analyses(self._analyses())
            verdicts = curate(papers, readings, analyses, self.settings.profile, self.neighbours.picks())
            self._rows["curation"] = verdicts
            return {key_of("curation", self.date): encode("curation", verdicts)}

        self.files.make("curation", inputs, make)

    def _update_editions(self, directions_hash: str, terms_hash: str) -> None:
        contents = [self.files.views[name].content for name in ("papers", "readings", "analyses", "curation")]
        profile = self.settings.profile
        pages = self.settings.pages()
        for name in profile.editions:
            for language in profile.languages:
                history = [directions_hash, terms_hash] if name == TREND_EDITION else []
                inputs = digest([templates_hash(), contents, history, pages])
                self.files.make(f"{name}.{language}", inputs, lambda n=name, code=language: self._edition(n, code))  # type: ignore[misc]
        self.files.remove_others()

    def _edition(self, name: EditionName, language: Language) -> dict[str, bytes]:
        edition = render_edition(self.day(), name, language, self.settings.profile)
        self.editions.append(edition)
        base = f"editions/{self.date}/{name}.{language}"
        return {f"{base}.md": edition.markdown.encode(), f"{base}.html": edition.html.encode()}

    def update_runs(self, manifest: Manifest) -> Manifest:
        """The manifest with the runs that have ended, whose snapshot is written."""
        self.files.views = dict(manifest.views)
        runs: list[Run] = self.facts.runs()
        if runs:
            ends = [k for k in self.facts.run_keys if k.endswith(".end.json")]
            self.files.make(
                "runs", digest([SCHEMA_VERSION, ends]), lambda: {key_of("runs", self.date): encode("runs", runs)}
            )
        return manifest.model_copy(update={"views": self.files.views, "run_keys": self.facts.run_keys})

    @property
    def written(self) -> set[str]:
        """The names of the views whose bytes changed."""
        return self.files.written

    def release(self) -> None:
        """Release the rows, which are read again where they are needed."""
        self._rows.clear()
        self.editions.clear()
        self._day, self._snapshot_readings, self.memory = None, None, DayMemory()

    def is_up_to_date(self) -> bool:
        """Whether the snapshots are there, and made of the facts that were last listed."""
        names = ("papers", "readings", "analyses", "curation")
        same_facts = self.before is not None and self.before.facts == hash_keys(self.facts.inputs)
        return same_facts and not self.files.was_damaged and all(self.files.is_intact(name) for name in names)

    def stored_reading(self, paper: Paper) -> Reading | None:
        """The reading of a paper in the snapshot, if it is made of the records that count now."""
        inputs = _reading_inputs(paper, self.facts.keys_of(paper.arxiv_id, "read"))
        if self.before is None or self.before.readings.get(paper.arxiv_id) != inputs:
            return None
        return next((r for r in self._stored_readings() if r.arxiv_id == paper.arxiv_id), None)

    # --- rows --------------------------------------------------------------------------------------------------------

    def _papers(self) -> list[Paper]:
        return self._of("papers", Paper)

    def _readings(self) -> list[Reading]:
        return self._of("readings", Reading)

    def _analyses(self) -> list[Analysis]:
        return self._of("analyses", Analysis)

    def _of(self, dataset: str, model: type[M]) -> list[M]:
        if dataset not in self._rows:
            self._rows[dataset] = self._load(dataset, model)
        return self._rows[dataset]

    def _load(self, dataset: str, model: type[M]) -> list[M]:
        key = key_of(dataset, self.date)
        data = self.store.get(key)
        return [model.model_validate(row) for row in decode(dataset, data, key)] if data else []

    def day(self) -> Day:
        """All rows of the date, as editions are rendered from."""
        if self._day is not None:
            return self._day
        papers, verdicts = self._papers(), self._of("curation", Verdict)
        ranks = {v.arxiv_id: v.rank for v in verdicts if v.rank is not None}
        self._day = Day(
            date=self.date,
            papers=papers,
            set_aside=self._of("set_aside", SetAside),
            readings=self._readings(),
            analyses=best_analyses(self._analyses()),
            verdicts=verdicts,
            trends=count_trends(verdicts, self.neighbours.directions()),
            new_terms=new_terms(papers, ranks, self.neighbours.earlier_terms()),
        )
        return self._day

    def _terms(self) -> list[str]:
        if self.files.is_same("papers") and self.before:
            return self.before.terms
        return terms_of(self._papers())

    def _outcome(self) -> DayOutcome:
        is_same = all(self.files.is_same(name) for name in ("papers", "readings", "analyses"))
        if is_same and self.before and self.before.outcome:
            return self.before.outcome
        return outcome_of(self._papers(), self._readings(), best_analyses(self._analyses()))

    def _projections(self) -> dict[str, Any]:
        """What later dates use of the verdicts: the picks, and the new papers by direction."""
        if self.files.is_same("curation") and self.files.is_same("papers") and self.before:
            return {name: getattr(self.before, name) for name in ("picks", "directions", "ranked")}
        verdicts = self._of("curation", Verdict)
        new = [[d.name for d in v.directions] for v in verdicts if v.rank is not None]
        return {
            "picks": picked_texts(self._papers(), verdicts),
            "directions": count_directions(new),
            "ranked": len(new),
        }


def _reading_inputs(paper: Paper, keys: Sequence[str]) -> str:
    """A hash of what a paper's reading is made of; "" without an attempt."""
    fields = (paper.title, paper.abstract, paper.github_url, paper.project_url)
    return digest([READ_VERSION, list(keys), fields]) if keys else ""


def _all_reading_inputs(hashes: Mapping[str, str]) -> str:
    return digest([SCHEMA_VERSION, READ_VERSION, list(hashes.items())])
