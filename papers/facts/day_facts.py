"""The facts of a date in the store: writes them, lists them, and reads those that are needed.

facts/DATE/captures/TIME-HASH.json.zst     a list as it was fetched
facts/DATE/ID/read-TIME-RUN.json.zst       a paper read, or not
facts/DATE/ID/analyze-zh-TIME-RUN.json.zst a paper analysed in a language, or not
runs/DATE/RUN.start.json, RUN.end.json     a run's start and its record
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from typing import TypeVar

import zstandard
from pydantic import ValidationError

from papers.day import Run
from papers.facts.records import AnalysisRecord, Capture, ReadingRecord, RunStart, clock_was_wrong
from papers.models import Listing, Model
from papers.store import Store

FOLDERS = ("facts", "runs")
LEVEL = 6  # of zstandard

M = TypeVar("M", bound=Model)


class DayFacts:
    """The facts of `date`, as last listed; records that this process wrote are not read back. Threads may share it.

    Records that cannot be read are left out; `damaged` says why, by key.
    """

    def __init__(self, store: Store, date: dt.date) -> None:
        self.store, self.date = store, date
        self.damaged: dict[str, str] = {}
        self._keys: set[str] = set()
        self._read: dict[str, Model] = {}
        self._listed = False

    # --- listing -----------------------------------------------------------------------------------------------------

    def list_again(self) -> bool:
        """List the facts; returns whether there are others than before."""
        before = self._keys
        self._keys = {key for folder in FOLDERS for key in self.store.keys(f"{folder}/{self.date}/")}
        self._listed = True
        return self._keys != before

    @property
    def inputs(self) -> frozenset[str]:
        """The keys of the facts from which views are derived: captures and attempts."""
        return frozenset(k for k in self._keys.copy() if not k.startswith("runs/"))

    @property
    def run_keys(self) -> list[str]:
        """The keys of starts and ends of runs, in order."""
        return sorted(k for k in self._keys.copy() if k.startswith("runs/"))

    def keys_of(self, arxiv_id: str, kind: str) -> list[str]:
        """The keys of a paper's attempts, oldest first; `kind` is "read" or "analyze"."""
        prefix = f"facts/{self.date}/{_folder_of(arxiv_id)}/{kind}-"
        return sorted((k for k in self.inputs if k.startswith(prefix)), key=_time_of)

    def arxiv_ids(self) -> list[str]:
        """The papers with attempts."""
        folders = {k.split("/")[2] for k in self.inputs if k.split("/")[2] != "captures"}
        return sorted(folder.replace("_", "/") for folder in folders)

    @property
    def capture_keys(self) -> list[str]:
        """The keys of the captures, oldest first."""
        return sorted(k for k in self._keys.copy() if "/captures/" in k)

    # --- reading -----------------------------------------------------------------------------------------------------

    def captures(self) -> list[Capture]:
        """The captures of the list, oldest first."""
        return self._records(self.capture_keys, Capture)

    def readings(self, arxiv_id: str) -> list[ReadingRecord]:
        """The attempts to read a paper, oldest first."""
        return self._records(self.keys_of(arxiv_id, "read"), ReadingRecord)

    def analyses(self, arxiv_id: str) -> list[AnalysisRecord]:
        """The attempts to analyse a paper, oldest first."""
        return self._records(self.keys_of(arxiv_id, "analyze"), AnalysisRecord)

    def runs(self) -> list[Run]:
        """The records of the runs that have ended, by the time of their end."""
        runs = self._records([k for k in self.run_keys if k.endswith(".end.json")], Run)
        return sorted(runs, key=lambda r: (r.finished_at, r.run_id))

    def _records(self, keys: Iterable[str], model: type[M]) -> list[M]:
        records = []
        for key in keys:
            if key not in self._read and key not in self.damaged:
                self._load(key, model)
            record = self._read.get(key)
            if isinstance(record, model):
                records.append(record)
        return records

    def _load(self, key: str, model: type[Model]) -> None:
        data = self.store.get(key)
        try:
            if data is None:
                raise ValueError("is listed, but not there")
            self._read[key] = model.model_validate_json(_decompress(data) if key.endswith(".zst") else data)
        except (ValueError, zstandard.ZstdError, ValidationError) as error:
            self.damaged[key] = str(error).partition("\n")[0]

    # --- writing -----------------------------------------------------------------------------------------------------

    def start_run(self, run_id: str) -> None:
        """Record that a run is going to add facts. A retry of a run has its start on record already."""
        start = RunStart(run_id=run_id, started_at=dt.datetime.now(dt.UTC))
        self._write_once(f"runs/{self.date}/{run_id}.start.json", start)

    def end_run(self, run: Run) -> None:
        """Record a run that has ended."""
        self._write_once(end_key(self.date, run.run_id), run)

    def add_capture(self, listing: Listing, run_id: str) -> bool:
        """Record a list, unless the newest capture by a right clock is the same; returns whether it was recorded."""
        captures = [c for c in self.captures() if not clock_was_wrong(c.listing)]
        if captures and captures[-1].listing.sha256 == listing.sha256:
            return False
        name = hashlib.sha256(listing.model_dump_json().encode()).hexdigest()[:12]
        capture = Capture(run_id=run_id, listing=listing)
        self._write_once(f"facts/{self.date}/captures/{_stamp(listing.captured_at)}-{name}.json.zst", capture)
        return True

    def add_reading(self, record: ReadingRecord) -> None:
        """Record an attempt to read a paper."""
        name = f"read-{_stamp(record.at)}-{_short(record.run_id)}.json.zst"
        self._write_once(f"facts/{self.date}/{_folder_of(record.arxiv_id)}/{name}", record)

    def add_analysis(self, record: AnalysisRecord) -> None:
        """Record an attempt to analyse a paper."""
        name = f"analyze-{record.language}-{_stamp(record.at)}-{_short(record.run_id)}.json.zst"
        self._write_once(f"facts/{self.date}/{_folder_of(record.arxiv_id)}/{name}", record)

    def _write_once(self, key: str, record: Model) -> None:
        if key in self._keys or (not self._listed and self.store.exists(key)):
            return
        data = record.model_dump_json(exclude_defaults=True).encode()
        self.store.put(key, zstandard.ZstdCompressor(level=LEVEL).compress(data) if key.endswith(".zst") else data)
        self._keys.add(key)
        self._read[key] = record


def end_key(date: dt.date, run_id: str) -> str:
    """The key of the record of a run that has ended."""
    return f"runs/{date}/{run_id}.end.json"


def hash_keys(keys: Iterable[str]) -> str:
    """A hash of a set of keys. Facts never change, so it stands for their contents."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:32]


def _decompress(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data)


def _stamp(time: dt.datetime) -> str:
    return time.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%S%f")


def _time_of(key: str) -> str:
    match = re.search(r"\d{8}T\d{12}-.*", key)
    return match[0] if match else key


def _short(run_id: str) -> str:
    return hashlib.sha256(run_id.encode()).hexdigest()[:8]


def _folder_of(arxiv_id: str) -> str:
    """The folder of a paper's attempts; old ids have a slash."""
    return arxiv_id.replace("/", "_")
