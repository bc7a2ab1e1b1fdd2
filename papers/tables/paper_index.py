"""The index of all listed papers: enough to find, among a million, the few that a day's list may repeat.

Two files a year under `index/`, one row a listed paper: `papers-` with hashes of its id and title and the title's
letters, `terms-` with its keywords. They are made of the `papers` snapshots and never trusted over them: each date
carries the stamp of the snapshot that it was made of, a date whose snapshot has another is read anew, and what is found
is read from the snapshots themselves.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from papers.errors import StoreUnreachable
from papers.store import Store
from papers.tables.snapshot_keys import date_of
from papers.tables.snapshots import read_columns
from papers.text import normalized_title

BUCKETS = 32  # counts of a title's letters: one for each of a to z, the rest for spaces, digits and all others
PROBES = (4, 19, 0, 8, 14, 13)  # e, t, a, i, o, n: in their counts two titles differ first
FORMAT = b"1"  # of the files; another one is not read but made anew
SCHEMAS = {
    "papers": pa.schema(
        [
            ("date", pa.date32()),
            ("id", pa.uint64()),
            ("title", pa.uint64()),
            ("length", pa.uint16()),
            ("letters", pa.binary(BUCKETS)),
        ]
    ),
    "terms": pa.schema([("date", pa.date32()), ("terms", pa.list_(pa.string()))]),
}

Stamps = dict[dt.date, str]


@dataclass(frozen=True)
class Found:
    """What the index says of a list: the dates with a title that is near, and all ids with their dates."""

    near: set[dt.date]
    dates: npt.NDArray[np.int32]  # days since 1970
    ids: npt.NDArray[np.uint64]  # beside `dates`

    def dates_with(self, ids: Iterable[str]) -> set[dt.date]:
        """The dates that list one of the arXiv ids."""
        return _dates(self.dates, np.isin(self.ids, _hashes(ids)))


def look_up(store: Store, before: dt.date, titles: Sequence[str], distance: float) -> Found:
    """The dates before `before` that list one of the normalised titles, or one that differs from it in few letters.

    `distance` is the share of the letters of both titles that may have to be inserted and deleted. No such title is
    missed; others may be found as well. The index is brought up to date with the snapshots first. A year of it is in
    memory at a time.
    """
    near: set[dt.date] = set()
    dates, ids = [np.empty(0, np.int32)], [np.empty(0, np.uint64)]
    for _, table in refresh_index(store, "papers", until=before.year):
        year = table.column("date").cast(pa.int32()).to_numpy()
        mask = _near(table, titles, distance) & (year < before.toordinal() - EPOCH)
        near |= _dates(year, mask)
        earlier = year < before.toordinal() - EPOCH
        dates.append(year[earlier])
        ids.append(table.column("id").to_numpy()[earlier])
    return Found(near, np.concatenate(dates), np.concatenate(ids))


def _near(table: pa.Table, titles: Sequence[str], distance: float) -> npt.NDArray[np.bool_]:
    """The rows with one of the titles, or with its letters but for a few: each insertion and deletion of a letter
    changes one count of letters by one, so that no near title has counts that are farther apart.
    """
    found: npt.NDArray[np.bool_] = np.isin(table.column("title").to_numpy(), _hashes(titles))
    if not table.num_rows:
        return found
    chunk = table.column("letters").combine_chunks()
    letters = np.frombuffer(chunk.buffers()[1], dtype=np.uint8)[chunk.offset * BUCKETS :][: len(chunk) * BUCKETS]
    letters = letters.reshape(-1, BUCKETS)
    lengths = table.column("length").to_numpy().astype(np.int32)
    order = np.argsort(lengths, kind="stable")
    lengths = lengths[order]
    probes = [letters[order, bucket].astype(np.int16) for bucket in PROBES]
    for title in titles:
        most = 2 * distance / (1 - distance) * len(title)  # of letters by which the lengths can differ
        low, high = np.searchsorted(lengths, [len(title) - most - 1, len(title) + most + 1])
        own, allowed = letters_of(title).astype(np.int16), distance * (len(title) + lengths[low:high]) + 1e-9
        apart = np.zeros(high - low, np.int16)
        for bucket, probe in zip(PROBES, probes, strict=True):
            apart += np.abs(probe[low:high] - own[bucket])
        rows = np.flatnonzero(apart <= allowed)
        apart = np.abs(letters[order[low + rows]].astype(np.int16) - own).sum(axis=1)
        found[order[low + rows[apart <= allowed[rows]]]] = True
    return found


def _hashes(texts: Iterable[str]) -> npt.NDArray[np.uint64]:
    return np.array([hash_of(t) for t in texts], dtype=np.uint64)


def _dates(dates: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_]) -> set[dt.date]:
    return {dt.date.fromordinal(EPOCH + int(d)) for d in np.unique(dates[mask])}


EPOCH = dt.date(1970, 1, 1).toordinal()


def hash_of(text: str) -> int:
    """A hash of 64 bits; two texts that share one cost a look into a snapshot, and nothing else."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def letters_of(title: str) -> npt.NDArray[np.uint8]:
    """How often each bucket's letters stand in a normalised title, at most 255."""
    codes = np.frombuffer(title.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    small = (codes >= 97) & (codes <= 122)
    buckets = np.where(small, codes - 97, 26 + codes % (BUCKETS - 26))
    return np.minimum(np.bincount(buckets, minlength=BUCKETS), 255).astype(np.uint8)


def term_of(keyword: str) -> str:
    """A keyword without case, Unicode form and the choice between space and hyphen: "KV-Cache" is "kv cache"."""
    return " ".join(unicodedata.normalize("NFKC", keyword).casefold().replace("-", " ").replace("_", " ").split())


def term_days(store: Store) -> dict[dt.date, frozenset[str]]:
    """The keywords of each day's list, repeats included, by date, oldest first."""
    found: dict[dt.date, set[str]] = {date: set() for date in _stamps_of(store)}  # a day without papers has no rows
    for _, table in refresh_index(store, "terms"):
        for row in table.to_pylist():
            found.setdefault(row["date"], set()).update(row["terms"])
    return {date: frozenset(terms) for date, terms in sorted(found.items())}


def rebuild_index(store: Store) -> int:
    """Make the index anew from the snapshots; the number of listed papers in it."""
    return sum(
        table.num_rows for kind in SCHEMAS for _, table in refresh_index(store, kind, anew=True) if kind == "papers"
    )


def refresh_index(
    store: Store, kind: str, anew: bool = False, until: int | None = None
) -> Iterator[tuple[int, pa.Table]]:
    """Bring one kind of index up to date with the snapshots, or make it `anew`; year by year, oldest first.

    Only dates whose snapshot changed are read. What cannot be written is left to the next call: the answer is right.
    """
    years: dict[int, Stamps] = defaultdict(dict)
    for date, stamp in _stamps_of(store).items():
        years[date.year][date] = stamp
    for key in list(store.keys(f"index/{kind}-")):
        if key not in {_key(kind, year) for year in years}:
            store.delete(key)
    for year in sorted(years):
        if until is None or year <= until:
            yield year, _year(store, kind, year, years[year], anew)


def _year(store: Store, kind: str, year: int, stamps: Stamps, anew: bool) -> pa.Table:
    schema = SCHEMAS[kind]
    data = None if anew else store.get(_key(kind, year))
    old, before = _read(data, schema)
    if old is not None and before == stamps:
        return old
    fresh = [d for d, stamp in stamps.items() if before.get(d) != stamp]
    tables = [pa.Table.from_pylist([row for d in fresh for row in _rows(store, kind, d)], schema=schema)]
    if old is not None:
        same = pa.array(sorted(set(stamps) - set(fresh)), pa.date32())
        tables.append(old.filter(pc.is_in(old.column("date"), same)))
    table = pa.concat_tables(tables).sort_by("date").combine_chunks()
    said = {d.isoformat(): stamp for d, stamp in stamps.items()}
    sink = BytesIO()
    metadata = {"format": FORMAT, "stamps": json.dumps(said)}
    pq.write_table(table.replace_schema_metadata(metadata), sink, compression="zstd", use_dictionary=kind == "terms")
    with suppress(StoreUnreachable):  # a store that can only be read: the rows are right, and made again next time
        store.put(_key(kind, year), sink.getvalue())
    return table


def _rows(store: Store, kind: str, date: dt.date) -> list[dict[str, object]]:
    if kind == "terms":
        rows = read_columns(store, "papers", date, ("ai_keywords",))
        return [{"date": date, "terms": [term_of(k) for k in row["ai_keywords"]]} for row in rows]
    found: list[dict[str, object]] = []
    for row in read_columns(store, "papers", date, ("arxiv_id", "title")):
        title = normalized_title(row["title"])
        found.append(
            {
                "date": date,
                "id": hash_of(row["arxiv_id"]),
                "title": hash_of(title),
                "length": min(len(title), 2**16 - 1),
                "letters": letters_of(title).tobytes(),
            }
        )
    return found


def _read(data: bytes | None, schema: pa.Schema) -> tuple[pa.Table | None, Stamps]:
    """An index file's rows and the stamps that it was made of; nothing of a file that cannot be used."""
    if data is None:
        return None, {}
    try:
        file = pq.ParquetFile(BytesIO(data))
        metadata = file.schema_arrow.metadata or {}
        if metadata.get(b"format") != FORMAT:
            return None, {}
        stamps = {dt.date.fromisoformat(d): stamp for d, stamp in json.loads(metadata[b"stamps"]).items()}
        return file.read(use_threads=False).replace_schema_metadata(None).cast(schema), stamps
    except (pa.ArrowException, OSError, ValueError, KeyError):
        return None, {}


def _stamps_of(store: Store) -> Stamps:
    pairs = ((date_of("papers", key), stamp) for key, stamp in store.stamps("snapshots/papers/"))
    return {date: stamp for date, stamp in pairs if date is not None}


def _key(kind: str, year: int) -> str:
    return f"index/{kind}-{year}.parquet"
