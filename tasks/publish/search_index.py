"""The search index: one of pagefind's a month, merged in the browser.

Chinese is indexed as overlapping pairs of characters, as `assets/search.js` asks for it: the same in every browser, and
no dictionary decides what a word is. Pagefind names its files by what they hold, in an order of its own, so that an
index is only made again when the month's records changed.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pagefind_bin import get_executable

from papers.errors import DailyPapersError
from papers.profile import Profile
from papers.store import Store
from papers.text import clean
from tasks.publish.day_sheets import DaySheets
from tasks.publish.page_layout import file_name
from tasks.publish.site_state import read_json, write_json

FOLDER = "site/search"
TIMEOUT = 300.0
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_KEPT_FOR_MONTH = re.compile(r"pagefind-entry\.json|.*\.pf_(?:meta|index|filter|fragment|sort)")
_KEPT_AT_ROOT = re.compile(rf"pagefind(?:-worker)?\.js|wasm\.en\.pagefind|{_KEPT_FOR_MONTH.pattern}")


class SearchFailed(DailyPapersError):
    """The index could not be made; the rest of the site stands."""


def segmented(text: str) -> str:
    """`text` with each run of Chinese as overlapping pairs: "强化学习 RL" is "强化 化学 学习 RL"."""

    def pairs(run: re.Match[str]) -> str:
        found = run[0]
        return f" {found if len(found) == 1 else ' '.join(found[n : n + 2] for n in range(len(found) - 1))} "

    return clean(_HAN.sub(pairs, clean(text)))


def records_of(day: DaySheets, profile: Profile) -> list[dict[str, Any]]:
    """What the index holds of a date's papers."""
    records = []
    for sheet, line in ((s, s.line()) for s in day.new):
        labels = [profile.label(d, code) for d in line.directions for code in ("en", "zh")]
        done = [a for a in sheet.analyses.values() if a.state == "done"]
        spoken = [x for a in done for x in (a.topic, a.short_name, a.application_area, *a.highlights, *a.keywords) if x]
        text = [
            *(line.title, line.translated or "", sheet.id, *line.gists.values(), sheet.paper.abstract),
            *(line.organization or "", *sheet.paper.authors, *sheet.paper.ai_keywords, *labels, *line.tags, *spoken),
        ]
        records.append(
            {
                "meta": {
                    "title": line.title,
                    "translated": line.translated or "",
                    "file": file_name(sheet.id),
                    "date": day.date.isoformat(),
                    "gist_zh": line.gists.get("zh", ""),
                    "gist_en": line.gists.get("en", ""),
                    "organization": line.organization or "",
                    "upvotes": "" if line.upvotes is None else str(line.upvotes),
                },
                "filters": {
                    "direction": line.directions,
                    "tag": line.tags,
                    "organization": [line.organization] if line.organization else [],
                    "date": [day.date.isoformat()],
                },
                "text": segmented(" \n ".join(dict.fromkeys(x for x in text if x))),
            }
        )
    return records


def update_search(store: Store, days: Mapping[str, Sequence[dict[str, Any]]], gone: Iterable[str] = ()) -> int:
    """Bring the indexes of the months up to date in which `days` (records by date) lie; returns how many were made.

    `gone` are dates that the site has no more. Raises SearchFailed when pagefind does not do its work.
    """
    made = _root(store)
    dropped = set(gone)
    for month in sorted({d[:7] for d in (*days, *dropped)}):
        known = read_json(store, f"search/{month}.json")
        kept = {d: r for d, r in known.get("days", {}).items() if d not in dropped and d not in days}
        kept |= {d: list(r) for d, r in days.items() if d[:7] == month}
        records = [r for d in sorted(kept) for r in kept[d]]
        digest = hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()
        if digest != known.get("built") or not store.exists(f"{FOLDER}/{month}/pagefind-entry.json"):
            _write(store, f"{FOLDER}/{month}/", index_of(records) if records else {})
            made += 1
        write_json(store, f"search/{month}.json", {"days": kept, "built": digest})
    return made


def _root(store: Store) -> int:
    """The part that all months share: pagefind's script, and an index of nothing that the months are merged into."""
    if store.exists(f"{FOLDER}/pagefind.js") and read_json(store, "search.json").get("version") == _version():
        return 0
    nothing = {"meta": {"title": "-"}, "filters": {}, "text": "qzxqdailypapersqzxq"}
    for name, data in index_of([nothing], _KEPT_AT_ROOT).items():
        store.put(f"{FOLDER}/{name}", data)
    write_json(store, "search.json", {"version": _version()})
    return 1


def _version() -> str:
    from importlib.metadata import version

    return version("pagefind-bin")


def _write(store: Store, prefix: str, files: Mapping[str, bytes]) -> None:
    """Put the files in the place of those under `prefix`: what is read last is written last, what is old goes then."""
    before = set(store.keys(prefix))
    for name in sorted(files, key=lambda n: n == "pagefind-entry.json"):
        if f"{prefix}{name}" not in before or name == "pagefind-entry.json":
            store.put(f"{prefix}{name}", files[name])
    for key in before - {f"{prefix}{name}" for name in files}:
        store.delete(key)


def index_of(records: Iterable[Mapping[str, Any]], kept: re.Pattern[str] = _KEPT_FOR_MONTH) -> dict[str, bytes]:
    """Pagefind's files for these records, by name. Raises SearchFailed with what it said."""
    with tempfile.TemporaryDirectory(prefix="daily-papers-search-") as folder:
        source, bundle = Path(folder) / "pages", Path(folder) / "index"
        source.mkdir()
        for n, record in enumerate(records):
            (source / f"{n:06d}.html").write_text(_stub(record), encoding="utf-8")
        command = [str(get_executable()), "--site", str(source), "--output-path", str(bundle)]
        try:
            done = subprocess.run(  # noqa: S603 - the package's own program, its arguments all ours
                [*command, "--force-language", "en", "--silent"],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SearchFailed(f"The search index was not made: {error}. Next: daily-papers site") from error
        if done.returncode:
            told = (done.stderr or done.stdout).strip()[-300:]
            raise SearchFailed(f"The search index was not made: pagefind ended with {done.returncode}: {told}")
        files = {p.relative_to(bundle).as_posix(): p for p in bundle.rglob("*") if p.is_file()}
        return {name: path.read_bytes() for name, path in sorted(files.items()) if kept.fullmatch(name)}


def _stub(record: Mapping[str, Any]) -> str:
    """The page that pagefind reads a record from."""
    escaped = html.escape
    meta = [f'<i data-pagefind-meta="{k}">{escaped(v)}</i>' for k, v in record["meta"].items() if v]
    filters = [f'<i data-pagefind-filter="{k}">{escaped(v)}</i>' for k, vs in record["filters"].items() for v in vs]
    head = "".join([*meta, *filters])
    body = f"<main data-pagefind-body>{escaped(record['text'])}</main>"
    return f"<!doctype html><html lang=en><body>{head}{body}</body></html>"
