"""The index of all listed papers: finds, among a million, the few that a day's list may repeat.

There are two files a year under `index/`, with one row for each listed paper: `papers-` has hashes of the id and the
title and the letter counts of the title, `terms-` has the keywords. The index is derived from the `papers` snapshots,
which take precedence: each date has the stamp of its snapshot and is read again when the stamp changes, and matches are
read from the snapshots.
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

BUCKETS = 32  # number of letter counts of a title: one for each of a to z, the rest for spaces, digits and all others
PROBES = (4, 19, 0, 8, 14, 13)  # e, t, a, i, o, n: the most frequent letters, which are compared first
FORMAT = b"1"  # of the files; a file with another format is rebuilt
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
class IndexMatches:
    """The result of an index lookup: the dates with a similar title, and the ids of all earlier papers."""

    near_title_dates: set[dt.date]
    dates: npt.NDArray[np.int32]  # days since 1970
    ids: npt.NDArray[np.uint64]  # hashes of arXiv ids, parallel to `dates`

    def dates_with(self, ids: Iterable[str]) -> set[dt.date]:
        """The dates that list one of the arXiv ids."""
        return _to_dates(self.dates, np.isin(self.ids, _hashes(ids)))


def look_up(store: Store, before: dt.date, titles: Sequence[str], distance: float) -> IndexMatches:
    """The dates before `before` that list one of the normalised titles, or one that differs from it in a few letters.

    `distance` is the share of the letters of both titles that may have to be inserted and deleted. All such titles are
    found, with some false positives. The index is updated from the snapshots first. One year of it is in memory at a
    time.
    """
    near_title_dates: set[dt.date] = set()
    dates, ids = [np.empty(0, np.int32)], [np.empty(0, np.uint64)]
    for _, table in refresh_index(store, "papers", until=before.year):
        year = table.column("date").cast(pa.int32()).to_numpy()
        mask = _similar_titles(table, titles, distance) & (year < before.toordinal() - EPOCH)
        near_title_dates |= _to_dates(year, mask)
        earlier = year < before.toordinal() - EPOCH
        dates.append(year[earlier])
        ids.append(table.column("id").to_numpy()[earlier])
    return IndexMatches(near_title_dates, np.concatenate(dates), np.concatenate(ids))


def dates_listing(store: Store, ids: Iterable[str], titles: Sequence[str] = (), distance: float = 0.0) -> set[dt.date]:
    """The dates that list one of the ids, or a title that may be similar to one of `titles` (`look_up`)."""
    dates: set[dt.date] = set()
    id_hashes = _hashes(ids)
    for _, table in refresh_index(store, "papers"):
        days = table.column("date").cast(pa.int32()).to_numpy()
        mask = _similar_titles(table, titles, distance) | np.isin(table.column("id").to_numpy(), id_hashes)
        dates |= _to_dates(days, mask)
    return dates


def _similar_titles(table: pa.Table, titles: Sequence[str], distance: float) -> npt.NDArray[np.bool_]:
    """The rows with one of the titles, or with nearly the same letter counts.

    Each insertion or deletion of a letter changes one letter count by one, so the distance of two titles is at least
    the difference of their counts.
    """
    is_similar: npt.NDArray[np.bool_] = np.isin(table.column("title").to_numpy(), _hashes(titles))
    if not table.num_rows:
        return is_similar
    chunk = table.column("letters").combine_chunks()
    letters = np.frombuffer(chunk.buffers()[1], dtype=np.uint8)[chunk.offset * BUCKETS :][: len(chunk) * BUCKETS]
    letters = letters.reshape(-1, BUCKETS)
    lengths = table.column("length").to_numpy().astype(np.int32)
    order = np.argsort(lengths, kind="stable")
    lengths = lengths[order]
    probes = [letters[order, bucket].astype(np.int16) for bucket in PROBES]
    for title in titles:
        max_difference = 2 * distance / (1 - distance) * len(title)  # maximal difference of the lengths
        low, high = np.searchsorted(lengths, [len(title) - max_difference - 1, len(title) + max_difference + 1])
        counts, allowed = letter_counts(title).astype(np.int16), distance * (len(title) + lengths[low:high]) + 1e-9
        difference = np.zeros(high - low, np.int16)
        for bucket, probe in zip(PROBES, probes, strict=True):
            difference += np.abs(probe[low:high] - counts[bucket])
        rows = np.flatnonzero(difference <= allowed)
        difference = np.abs(letters[order[low + rows]].astype(np.int16) - counts).sum(axis=1)
        is_similar[order[low + rows[difference <= allowed[rows]]]] = True
    return is_similar


def _hashes(texts: Iterable[str]) -> npt.NDArray[np.uint64]:
    return np.array([hash64(t) for t in texts], dtype=np.uint64)


def _to_dates(dates: npt.NDArray[np.int32], mask: npt.NDArray[np.bool_]) -> set[dt.date]:
    return {dt.date.fromordinal(EPOCH + int(d)) for d in np.unique(dates[mask])}


EPOCH = dt.date(1970, 1, 1).toordinal()


def hash64(text: str) -> int:
    """A 64-bit hash; a collision only costs an extra read of a snapshot."""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def letter_counts(title: str) -> npt.NDArray[np.uint8]:
    """How often the letters of each bucket occur in a normalised title, at most 255."""
    codes = np.frombuffer(title.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    small = (codes >= 97) & (codes <= 122)
    buckets = np.where(small, codes - 97, 26 + codes % (BUCKETS - 26))
    return np.minimum(np.bincount(buckets, minlength=BUCKETS), 255).astype(np.uint8)


def normalized_term(keyword: str) -> str:
    """A keyword in one spelling, without case, Unicode form and hyphens: "KV-Cache" becomes "kv cache"."""
    return " ".join(unicodedata.normalize("NFKC", keyword).casefold().replace("-", " ").replace("_", " ").split())


def terms_by_date(store: Store) -> dict[dt.date, frozenset[str]]:
    """The keywords of each day's list, including repeated papers, by date, oldest first."""
    # Start with all dates: a day without papers has no rows in the index.
    terms_by_day: dict[dt.date, set[str]] = {date: set() for date in list_stamps(store)}
    for _, table in refresh_index(store, "terms"):
        for row in table.to_pylist():
            terms_by_day.setdefault(row["date"], set()).update(row["terms"])
    return {date: frozenset(terms) for date, terms in sorted(terms_by_day.items())}


def rebuild_index(store: Store) -> int:
    """Rebuild the index from the snapshots; returns the number of listed papers in it."""
    return sum(
        table.num_rows for kind in SCHEMAS for _, table in refresh_index(store, kind, rebuild=True) if kind == "papers"
    )


def refresh_index(
    store: Store, kind: str, rebuild: bool = False, until: int | None = None
) -> Iterator[tuple[int, pa.Table]]:
    """Update one kind of index from the snapshots, or `rebuild` it; yields its tables by year, oldest first.

    Only dates whose snapshot changed are read. If the index cannot be written, the result is still correct and the next
    call updates it again.
    """
    years: dict[int, Stamps] = defaultdict(dict)
    for date, stamp in list_stamps(store).items():
        years[date.year][date] = stamp
    for key in list(store.keys(f"index/{kind}-")):
        if key not in {_index_key(kind, year) for year in years}:
            store.delete(key)
    for year in sorted(years):
        if until is None or year <= until:
            yield year, _refresh_year(store, kind, year, years[year], rebuild)


def _refresh_year(store: Store, kind: str, year: int, stamps: Stamps, rebuild: bool) -> pa.Table:
    schema = SCHEMAS[kind]
    data = None if rebuild else store.get(_index_key(kind, year))
    old_table, old_stamps = _read_index(data, schema)
    if old_table is not None and old_stamps == stamps:
        return old_table
    changed_dates = [d for d, stamp in stamps.items() if old_stamps.get(d) != stamp]
    tables = [pa.Table.from_pylist([row for d in changed_dates for row in _index_rows(store, kind, d)], schema=schema)]
    if old_table is not None:
        unchanged_dates = pa.array(sorted(set(stamps) - set(changed_dates)), pa.date32())
        tables.append(old_table.filter(pc.is_in(old_table.column("date"), unchanged_dates)))
    table = pa.concat_tables(tables).sort_by("date").combine_chunks()
    stamp_texts = {d.isoformat(): stamp for d, stamp in stamps.items()}
    sink = BytesIO()
    metadata = {"format": FORMAT, "stamps": json.dumps(stamp_texts)}
    pq.write_table(table.replace_schema_metadata(metadata), sink, compression="zstd", use_dictionary=kind == "terms")
    with suppress(StoreUnreachable):  # a read-only store: the rows are correct, and are read again next time
        store.put(_index_key(kind, year), sink.getvalue())
    return table


def _index_rows(store: Store, kind: str, date: dt.date) -> list[dict[str, object]]:
    if kind == "terms":
        rows = read_columns(store, "papers", date, ("ai_keywords",))
        return [{"date": date, "terms": [normalized_term(k) for k in row["ai_keywords"]]} for row in rows]
    rows_of_titles: list[dict[str, object]] = []
    for row in read_columns(store, "papers", date, ("arxiv_id", "title")):
        title = normalized_title(row["title"])
        rows_of_titles.append(
            {
                "date": date,
                "id": hash64(row["arxiv_id"]),
                "title": hash64(title),
                "length": min(len(title), 2**16 - 1),
                "letters": letter_counts(title).tobytes(),
            }
        )
    return rows_of_titles


def _read_index(data: bytes | None, schema: pa.Schema) -> tuple[pa.Table | None, Stamps]:
    """The rows of an index file and the stamps of its snapshots; None and no stamps if the file cannot be used."""
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


def list_stamps(store: Store) -> Stamps:
    """The stamp of each date's `papers` snapshot."""
    pairs = ((date_of("papers", key), stamp) for key, stamp in store.stamps("snapshots/papers/"))
    return {date: stamp for date, stamp in pairs if date is not None}


def _index_key(kind: str, year: int) -> str:
    return f"index/{kind}-{year}.parquet"
