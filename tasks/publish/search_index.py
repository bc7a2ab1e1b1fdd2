"""The search index: one pagefind index per month, merged in the browser.

Chinese is indexed as overlapping pairs of characters, in the same way as `assets/search.js` splits queries: this works
alike in every browser and needs no dictionary. Pagefind names its files by their content, in an order that varies, so
an index is only made again if the records of the month changed.
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
_MONTH_FILES = re.compile(r"pagefind-entry\.json|.*\.pf_(?:meta|index|filter|fragment|sort)")
_ROOT_FILES = re.compile(rf"pagefind(?:-worker)?\.js|wasm\.en\.pagefind|{_MONTH_FILES.pattern}")


class SearchFailed(DailyPapersError):
    """The index could not be made; the rest of the site is complete."""


def segment_chinese(text: str) -> str:
    """`text` with each run of Chinese characters as overlapping pairs: "强化学习 RL" is "强化 化学 学习 RL"."""

    def pairs(match: re.Match[str]) -> str:
        run = match[0]
        return f" {run if len(run) == 1 else ' '.join(run[n : n + 2] for n in range(len(run) - 1))} "

    return clean(_HAN.sub(pairs, clean(text)))


def records_of(day: DaySheets, profile: Profile) -> list[dict[str, Any]]:
    """The records of a date's papers for the index."""
    records = []
    for sheet, summary in ((s, s.summary()) for s in day.new):
        labels = [profile.label(d, code) for d in summary.directions for code in ("en", "zh")]
        analyses = [a for a in sheet.analyses.values() if a.state == "done"]
        analysis_texts = [
            x
            for a in analyses
            for x in (a.topic, a.short_name, a.application_area, a.contribution_short, *a.highlights, *a.keywords)
            if x
        ]
        text = [
            *(summary.title, summary.translated or "", sheet.id, *summary.gists.values(), sheet.paper.abstract),
            *(
                summary.organization or "",
                *sheet.paper.authors,
                *sheet.paper.ai_keywords,
                *labels,
                *summary.tags,
                *analysis_texts,
            ),
        ]
        records.append(
            {
                "meta": {
                    "title": summary.title,
                    "translated": summary.translated or "",
                    "file": file_name(sheet.id),
                    "date": day.date.isoformat(),
                    "gist_zh": summary.gists.get("zh", ""),
                    "gist_en": summary.gists.get("en", ""),
                    "organization": summary.organization or "",
                    "upvotes": "" if summary.upvotes is None else str(summary.upvotes),
                },
                "filters": {
                    "direction": summary.directions,
                    "tag": summary.tags,
                    "organization": [summary.organization] if summary.organization else [],
                    "date": [day.date.isoformat()],
                },
                "text": segment_chinese(" \n ".join(dict.fromkeys(x for x in text if x))),
            }
        )
    return records


def update_search(store: Store, days: Mapping[str, Sequence[dict[str, Any]]], removed: Iterable[str] = ()) -> int:
    """Update the indexes of the months of `days` (records by date); returns how many indexes were made.

    `removed` are dates that the site no longer has. Raises SearchFailed if pagefind fails.
    """
    count = _update_root(store)
    removed_dates = set(removed)
    for month in sorted({d[:7] for d in (*days, *removed_dates)}):
        cached = read_json(store, f"search/{month}.json")
        month_records = {d: r for d, r in cached.get("days", {}).items() if d not in removed_dates and d not in days}
        month_records |= {d: list(r) for d, r in days.items() if d[:7] == month}
        records = [r for d in sorted(month_records) for r in month_records[d]]
        digest = hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()
        if digest != cached.get("built") or not store.exists(f"{FOLDER}/{month}/pagefind-entry.json"):
            _write(store, f"{FOLDER}/{month}/", build_index(records) if records else {})
            count += 1
        write_json(store, f"search/{month}.json", {"days": month_records, "built": digest})
    return count


def _update_root(store: Store) -> int:
    """Write the part that all months share: pagefind's script, and an empty index to merge them into."""
    if store.exists(f"{FOLDER}/pagefind.js") and read_json(store, "search.json").get("version") == _version():
        return 0
    empty_record = {"meta": {"title": "-"}, "filters": {}, "text": "qzxqdailypapersqzxq"}
    for name, data in build_index([empty_record], _ROOT_FILES).items():
        store.put(f"{FOLDER}/{name}", data)
    write_json(store, "search.json", {"version": _version()})
    return 1


def _version() -> str:
    from importlib.metadata import version

    return version("pagefind-bin")


def _write(store: Store, prefix: str, files: Mapping[str, bytes]) -> None:
    """Replace the files under `prefix`: first write the new ones, the entry file last, then delete the old ones."""
    before = set(store.keys(prefix))
    for name in sorted(files, key=lambda n: n == "pagefind-entry.json"):
        if f"{prefix}{name}" not in before or name == "pagefind-entry.json":
            store.put(f"{prefix}{name}", files[name])
    for key in before - {f"{prefix}{name}" for name in files}:
        store.delete(key)


def build_index(records: Iterable[Mapping[str, Any]], pattern: re.Pattern[str] = _MONTH_FILES) -> dict[str, bytes]:
    """Pagefind's files for these records, by name. Raises SearchFailed with pagefind's message."""
    with tempfile.TemporaryDirectory(prefix="daily-papers-search-") as folder:
        source, bundle = Path(folder) / "pages", Path(folder) / "index"
        source.mkdir()
        for n, record in enumerate(records):
            (source / f"{n:06d}.html").write_text(_record_page(record), encoding="utf-8")
        command = [str(get_executable()), "--site", str(source), "--output-path", str(bundle)]
        try:
            process = subprocess.run(  # noqa: S603 - the program of the package, with only our own arguments
                [*command, "--force-language", "en", "--silent"],
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SearchFailed(f"The search index was not made: {error}. Next: daily-papers site") from error
        if process.returncode:
            message = (process.stderr or process.stdout).strip()[-300:]
            raise SearchFailed(f"The search index was not made: pagefind ended with {process.returncode}: {message}")
        files = {p.relative_to(bundle).as_posix(): p for p in bundle.rglob("*") if p.is_file()}
        return {name: path.read_bytes() for name, path in sorted(files.items()) if pattern.fullmatch(name)}


def _record_page(record: Mapping[str, Any]) -> str:
    """The HTML page from which pagefind reads a record."""
    escaped = html.escape
    meta = [f'<i data-pagefind-meta="{k}">{escaped(v)}</i>' for k, v in record["meta"].items() if v]
    filters = [f'<i data-pagefind-filter="{k}">{escaped(v)}</i>' for k, vs in record["filters"].items() for v in vs]
    head = "".join([*meta, *filters])
    body = f"<main data-pagefind-body>{escaped(record['text'])}</main>"
    return f"<!doctype html><html lang=en><body>{head}{body}</body></html>"
