"""The pages of one date: the day, its editions, its papers; and the files that cite them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from papers.analysis_choice import EXTRACTIVE
from papers.charts import line_chart
from papers.models import Analysis, EditionName, Language
from papers.reasons import reason_in
from papers.store import Store
from papers.text import address, clean
from tasks.publish.citations import cite
from tasks.publish.day_sheets import DaySheets, Sheet, edition_key
from tasks.publish.evidence_links import SOUND, EvidenceLinks
from tasks.publish.formulas import formulas_in_html, with_formulas
from tasks.publish.page_layout import PageLayout, file_name, words

AUTHORS = 12  # named on a paper's page; the rest is counted
USAGE = ("scenarios", "inputs", "outputs", "workflow", "requirements", "deployment")
CLOSING = {"insight": "insight", "suited_for": "suited", "limitations": "limitations", "next_action": "next"}

Files = dict[str, bytes]


@dataclass
class DayPages:
    """What a date comes to: files by key, and the papers' analyses for the directions' feeds, by language and id."""

    files: Files = field(default_factory=dict)
    articles: dict[Language, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """A paper that was reported before, as a day's page names it."""

    title: str
    kind: str
    first_seen: dt.date
    reason: str
    page: str | None  # id of the paper whose page there is


def make_day(
    shell: PageLayout, store: Store, day: DaySheets, previous: dt.date | None, known_ids: Collection[str]
) -> DayPages:
    """All pages of a date. `previous` is the date before it on record, `known_ids` the papers that have a page."""
    made = DayPages()
    editions = {code: _editions(shell, store, day.date, code) for code in shell.languages}
    for code in shell.languages:
        made.files[f"site/{code}/days/{day.date}/index.html"] = day_page(
            shell, day, code, previous, known_ids, list(editions[code])
        )
        for name, body in editions[code].items():
            made.files[f"site/{code}/days/{day.date}/{name}.html"] = _edition_page(
                shell, day.date, code, name, body, list(editions[code])
            )
        made.articles[code] = {}
        for sheet in day.new:
            page, article = _paper_page(shell, day.date, sheet, code)
            made.files[f"site/{code}/papers/{file_name(sheet.id)}.html"] = page
            made.articles[code][sheet.id] = article
    for sheet in day.new:
        cited = cite([sheet.paper])
        made.files[f"site/papers/{file_name(sheet.id)}.bib"] = cited.bibtex.encode()
        made.files[f"site/papers/{file_name(sheet.id)}.ris"] = cited.ris.encode()
    cited = cite(s.paper for s in day.new)
    made.files[f"site/days/{day.date}.bib"] = cited.bibtex.encode()
    made.files[f"site/days/{day.date}.ris"] = cited.ris.encode()
    return made


# --- the day ---------------------------------------------------------------------------------------------------------


def day_page(
    shell: PageLayout,
    day: DaySheets,
    language: Language,
    previous: dt.date | None,
    known_ids: Collection[str],
    editions: list[EditionName],
    *,
    newest: bool = False,
    at_root: bool = False,
) -> bytes:
    """A date's page; with `newest` the language's first page, with `at_root` the site's."""
    line = day.line()
    picks = line.picks
    facts = {
        "date": day.date,
        "line": line,
        "editions": editions,
        "known": [_known(s, known_ids, language) for s in day.known],
        "set_aside": [(i.position, reason_in(i.reason, language)) for i in day.set_aside],
        "previous": previous,
        "list_url": f"https://huggingface.co/papers/date/{day.date}",
    }
    return shell.page(
        "day.html.j2",
        language,
        "index.html" if newest else f"days/{day.date}/index.html",
        at_root=at_root,
        title=None if newest else day.date.isoformat(),
        description=words(language)["sep"].join(p.title for p in picks[:3]),
        section="today" if newest else None,
        day=facts,
        picks=picks,
        others=[p for p in line.papers if not p.picked],
        newest=newest,
    )


def _known(sheet: Sheet, known_ids: Collection[str], language: Language) -> Known:
    p = sheet.paper
    page = next((i for i in (p.duplicate_of, p.arxiv_id) if i in known_ids), None)
    return Known(sheet.title, p.dedupe_kind, p.first_seen, reason_in(clean(p.dedupe_reason or ""), language), page)


# --- its editions ----------------------------------------------------------------------------------------------------

_MAIN = re.compile(r"<main>(.*)</main>", re.DOTALL)
_CONTENTS = re.compile(r'<details class="contents">.*?</details>\n?', re.DOTALL)
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_ALIGNED = re.compile(r' style="text-align:(left|right|center)"')


def body_of(html: bytes | None) -> str | None:
    """What stands in `<main>` of a page that the renderer made, without style: the site has a sheet of its own."""
    found = _MAIN.search(html.decode()) if html else None
    return _ALIGNED.sub(r' class="\1"', _STYLE.sub("", found[1])) if found else None


def without_contents(body: str) -> str:
    """The body of an edition without its list of contents, for a feed."""
    return _CONTENTS.sub("", body)


def _editions(shell: PageLayout, store: Store, date: dt.date, language: Language) -> dict[EditionName, str]:
    found = {name: body_of(store.get(edition_key(date, name, language))) for name in shell.editions}
    return {name: body for name, body in found.items() if body is not None}


def _edition_page(
    shell: PageLayout, date: dt.date, language: Language, name: EditionName, body: str, siblings: list[EditionName]
) -> bytes:
    return shell.page(
        "edition.html.j2",
        language,
        f"days/{date}/{name}.html",
        title=f"{words(language)['edition'][name]} {date}",
        date=date,
        edition=name,
        siblings=siblings,
        body=Markup(formulas_in_html(body)),  # noqa: S704 - of the renderer's parser, which passes no HTML on
    )


# --- its papers ------------------------------------------------------------------------------------------------------


def _paper_page(shell: PageLayout, date: dt.date, s: Sheet, language: Language) -> tuple[bytes, str]:
    """A paper's page, and its analysis alone as HTML."""
    t, analysis = words(language), s.analysis(language)
    done = analysis if analysis and analysis.state == "done" and s.state == "done" else None
    quoted = EvidenceLinks(s, done) if done else None
    told = _told(done, quoted) if done and quoted else None
    article = shell.article(language, a=told, state=s.state, reason=reason_in(clean(s.reason), language))
    verdict, paper = s.verdict, s.paper
    authors = [name for a in paper.authors if (name := clean(a))]
    points = [(c.captured_at, c.upvotes) for c in s.captures if c.upvotes is not None]
    parts = verdict.score_parts.model_dump() if verdict else {}
    page = shell.page(
        "paper.html.j2",
        language,
        f"papers/{file_name(s.id)}.html",
        title=s.translated if language == "zh" and s.translated else s.title,
        description=clean(paper.abstract),
        heading=s.translated if language == "zh" and s.translated else s.title,
        s=s,
        date=date,
        line=s.line(),
        authors=authors[:AUTHORS],
        more=len(authors) - AUTHORS if len(authors) > AUTHORS else 0,
        links=_links(s, done, t),
        borrowed=done.language if done and done.language != language else None,
        article=Markup(article),  # noqa: S704 - of our template
        doubts=_doubts(done) if done else [],
        passages=quoted.passages if quoted else [],
        abstract=clean(paper.abstract),
        provenance=_provenance(s, done, language),
        attempts=_attempts(s, language),
        verdict=verdict,
        rule=_rule(shell, s, language),
        score=[*((f"part_{k}", v) for k, v in parts.items()), ("total", verdict.score)] if verdict else [],
        chart=line_chart(points, t["paper"]["upvotes"]),
        captures=s.captures,
    )
    return page, article


def _told(a: Analysis, quoted: EvidenceLinks) -> dict[str, Any]:
    """The analysis' statements as HTML, in the order in which the page has them."""

    def say(name: str, text: str | None) -> Markup | None:
        return quoted.say(name, text) if text and clean(text) else None

    usage = [(n, say(f"usage.{n}", getattr(a.usage, n))) for n in USAGE]
    told: dict[str, Any] = {
        "area": say("application_area", a.application_area),
        "contribution": say("contribution", a.contribution),
        "usage": [(n, text) for n, text in usage if text],
    }
    told["innovations"] = [
        (with_formulas(clean(x.title or "")), say(f"innovations[{n}].text", x.text) or "")
        for n, x in enumerate(a.innovations)
    ]
    told["results"] = [
        (
            say(f"results[{n}].finding", r.finding) or "",
            [(k, with_formulas(clean(v))) for k in ("task", "dataset", "baseline") if (v := getattr(r, k))],
        )
        for n, r in enumerate(a.results)
    ]
    closing = ((label, say(name, getattr(a, name))) for name, label in CLOSING.items())
    told["closing"] = [(label, text) for label, text in closing if text]
    return told


def _doubts(a: Analysis) -> list[dict[str, Any]]:
    """The numbers that did not pass the check, each once."""
    whole = " ".join(str(v) for v in a.model_dump(exclude={"evidence"}).values())
    found = {}
    for e in a.evidence:
        if e.number is not None and e.status not in SOUND:
            unit = {"percent": "%", "times": "×", "none": "", None: ""}.get(e.unit, f" {e.unit}")
            row = {
                "text": f"{e.number}{unit}",
                "status": e.status,
                "other": _id(e.other_paper),
                "kept": e.text in whole,
            }
            found[(row["text"], e.status)] = row
    return list(found.values())


def _id(given: str | None) -> str | None:
    """An arXiv id as it may stand in an address."""
    return given if given and re.fullmatch(r"[0-9A-Za-z./-]{1,40}", given) else None


def _links(s: Sheet, a: Analysis | None, t: dict[str, Any]) -> list[tuple[str, str]]:
    open_, p = (a.openness if a else None), s.paper
    found = [
        ("arXiv", f"https://arxiv.org/abs/{s.id}"),
        (t["paper"]["hf"], "" if p.source.startswith("arxiv") else f"https://huggingface.co/papers/{s.id}"),
        (t["paper"]["code"], (open_ and open_.code_url) or p.github_url),
        (t["paper"]["weights"], open_ and open_.weights_url),
        (t["paper"]["data"], open_ and open_.data_url),
        (t["paper"]["project"], (open_ and open_.project_url) or p.project_url),
    ]
    return [(name, url) for name, given in found if given and (url := address(given))]


def _provenance(s: Sheet, a: Analysis | None, language: Language) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    t = words(language)
    r, p = s.reading, t["paper"]
    if r and r.state == "done" and r.source:
        name = f"{t['source'][r.source]} {clean(r.version or '')}".strip()
        url = address(r.url) if r.url else None
        link = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
        rows += [("source", link.format(url, name) if url else name), ("length", f"{r.characters:,} {p['characters']}")]
    else:
        why = f"{t['colon']}{reason_in(clean(s.reason), language)}" if s.reason else ""
        rows.append(("source", t["state"].get(s.state, p["failed_try"]) + why))
    if a:
        rows.append(("model", p["extractive"] if a.model == EXTRACTIVE else clean(a.model)))
        rows.append(("checked", f"{a.numbers_grounded} {p['of']} {a.numbers_total}"))
    return rows


def _attempts(s: Sheet, language: Language) -> list[dict[str, Any]]:
    t = words(language)
    names = {"accepted": "accepted", "refused": "refused", "skipped": "skipped", "failed": "failed_try"}
    return [
        {
            "source": a.source,
            "url": address(a.url),
            "outcome": t["paper"][names[a.outcome]],
            "reason": reason_in(clean(a.reason or ""), language) or (f"HTTP {a.status}" if a.status else ""),
        }
        for a in (s.reading.attempts if s.reading else ())
    ]


def _rule(shell: PageLayout, s: Sheet, language: Language) -> str:
    """Why the curated post has the paper, or has it not."""
    if s.verdict is None:
        return ""
    rule = s.verdict.curated_rule
    told: str = shell.profile.exclusion(rule, language) or words(language)["rule"].get(rule) or clean(rule)
    return told
