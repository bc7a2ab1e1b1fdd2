"""The pages of one date: the day, its editions and its papers; and the citation files of these papers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from papers.analysis_choice import EXTRACTIVE, is_stand_in
from papers.charts import line_chart
from papers.edition_html import EditionHtml
from papers.formulas import with_formulas
from papers.models import Analysis, EditionName, Language, Openness
from papers.paper_urls import arxiv_page, hugging_face_page, list_page, public_address, work_links
from papers.plain_latex import whole_abstract
from papers.reasons import reason_text
from papers.store import Store
from papers.text import clean, safe_url
from tasks.publish.citations import cite
from tasks.publish.day_sheets import DaySheets, PaperSheet
from tasks.publish.edition_bodies import edition_body
from tasks.publish.evidence_links import SUPPORTED, EvidenceLinks
from tasks.publish.page_layout import PageLayout, file_name, words

MAX_AUTHORS = 12  # named on a paper's page; the rest is only counted
USAGE_FIELDS = ("scenarios", "inputs", "outputs", "workflow", "requirements", "deployment")
CLOSING_LABELS = {"insight": "insight", "suited_for": "suited", "limitations": "limitations", "next_action": "next"}

Files = dict[str, bytes]


@dataclass
class DayPages:
    """The output of a date: files by key, and the papers' analyses as HTML for the feeds, by language and id."""

    files: Files = field(default_factory=dict)
    articles: dict[Language, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class KnownPaper:
    """A paper that an earlier day reported, as a day's page shows it."""

    title: str
    kind: str
    first_seen: dt.date
    reason: str
    page: str | None  # id of the paper's page, if there is one


def make_day(
    layout: PageLayout, store: Store, day: DaySheets, previous: dt.date | None, known_ids: Collection[str]
) -> DayPages:
    """All pages of a date. `previous` is the date before it on record; `known_ids` are the papers that have a page."""
    pages = DayPages()
    editions = {code: _editions(layout, store, day.date, code) for code in layout.languages}
    for code in layout.languages:
        pages.files[f"site/{code}/days/{day.date}/index.html"] = day_page(
            layout, day, code, previous, known_ids, list(editions[code])
        )
        for name, body in editions[code].items():
            pages.files[f"site/{code}/days/{day.date}/{name}.html"] = _edition_page(
                layout, day.date, code, name, body, list(editions[code])
            )
        pages.articles[code] = {}
        for sheet in day.new:
            page, article = _paper_page(layout, day.date, sheet, code)
            pages.files[f"site/{code}/papers/{file_name(sheet.id)}.html"] = page
            pages.articles[code][sheet.id] = article
    for sheet in day.new:
        citations = cite([sheet.paper])
        pages.files[f"site/papers/{file_name(sheet.id)}.bib"] = citations.bibtex.encode()
        pages.files[f"site/papers/{file_name(sheet.id)}.ris"] = citations.ris.encode()
    citations = cite(s.paper for s in day.new)
    pages.files[f"site/days/{day.date}.bib"] = citations.bibtex.encode()
    pages.files[f"site/days/{day.date}.ris"] = citations.ris.encode()
    return pages


# --- the day ---------------------------------------------------------------------------------------------------------


def day_page(
    layout: PageLayout,
    day: DaySheets,
    language: Language,
    previous: dt.date | None,
    known_ids: Collection[str],
    editions: list[EditionName],
    *,
    newest: bool = False,
    at_root: bool = False,
) -> bytes:
    """The page of a date; with `newest` the start page of the language, with `at_root` that of the site."""
    summary = day.summary()
    picks = summary.picks
    facts = {
        "date": day.date,
        "summary": summary,
        "editions": editions,
        "known": [_known_paper(s, known_ids, language) for s in day.known],
        "set_aside": [(i.position, reason_text(i.reason, language)) for i in day.set_aside],
        "previous": previous,
        "list_url": list_page(day.date),
    }
    return layout.page(
        "day.html.j2",
        language,
        "index.html" if newest else f"days/{day.date}/index.html",
        at_root=at_root,
        title=None if newest else day.date.isoformat(),
        description=words(language)["sep"].join(p.title for p in picks[:3]),
        section="today" if newest else None,
        day=facts,
        picks=picks,
        others=[p for p in summary.papers if not p.picked],
        newest=newest,
    )


def _known_paper(sheet: PaperSheet, known_ids: Collection[str], language: Language) -> KnownPaper:
    p = sheet.paper
    page = next((i for i in (p.duplicate_of, p.arxiv_id) if i in known_ids), None)
    return KnownPaper(sheet.title, p.dedupe_kind, p.first_seen, clean(reason_text(p.dedupe_reason, language)), page)


# --- its editions ----------------------------------------------------------------------------------------------------


def _editions(layout: PageLayout, store: Store, date: dt.date, language: Language) -> dict[EditionName, EditionHtml]:
    bodies = {name: edition_body(store, date, name, language) for name in layout.editions}
    return {name: body for name, body in bodies.items() if body is not None}


def _edition_page(
    layout: PageLayout,
    date: dt.date,
    language: Language,
    name: EditionName,
    body: EditionHtml,
    siblings: list[EditionName],
) -> bytes:
    return layout.page(
        "edition.html.j2",
        language,
        f"days/{date}/{name}.html",
        title=f"{words(language)['edition'][name]} {date}",
        date=date,
        edition=name,
        siblings=siblings,
        body=body.whole,
    )


# --- its papers ------------------------------------------------------------------------------------------------------


def _paper_page(layout: PageLayout, date: dt.date, s: PaperSheet, language: Language) -> tuple[bytes, str]:
    """A paper's page, and the HTML of only its analysis."""
    t, analysis = words(language), s.analysis(language)
    done_analysis = analysis if analysis and analysis.state == "done" and s.state == "done" else None
    evidence_links = EvidenceLinks(s, done_analysis) if done_analysis else None
    abstract = whole_abstract(s.paper.abstract, done_analysis.short_name if done_analysis else None)
    abstract_only = done_analysis is not None and s.abstract_only
    statements = _statements(done_analysis, evidence_links) if done_analysis and evidence_links else None
    if statements and done_analysis and done_analysis.model == EXTRACTIVE:
        statements["area"] = s.entries[language].topics
    if statements and abstract_only:
        statements = {"abstract": abstract}  # in place of the parts
    article = layout.article(language, a=statements, state=s.state, reason=clean(s.entries[language].reason))
    verdict, paper = s.verdict, s.paper
    authors = [name for a in paper.authors if (name := clean(a))]
    points = [(c.captured_at, c.upvotes) for c in s.captures if c.upvotes is not None]
    parts = verdict.score_parts.model_dump() if verdict else {}
    page = layout.page(
        "paper.html.j2",
        language,
        f"papers/{file_name(s.id)}.html",
        title=s.translated if language == "zh" and s.translated else s.title,
        description=clean(paper.abstract),
        heading=s.translated if language == "zh" and s.translated else s.title,
        s=s,
        date=date,
        summary=s.summary(),
        authors=authors[:MAX_AUTHORS],
        more=len(authors) - MAX_AUTHORS if len(authors) > MAX_AUTHORS else 0,
        links=_links(s, done_analysis, t),
        borrowed=done_analysis.language if done_analysis and done_analysis.language != language else None,
        article=Markup(article),  # noqa: S704 - from our own template
        doubts=_doubts(done_analysis) if done_analysis else [],
        passages=evidence_links.passages if evidence_links and not abstract_only else [],
        abstract=None if abstract_only else clean(paper.abstract),
        provenance=_provenance(s, done_analysis, language),
        attempts=_attempts(s, language),
        verdict=verdict,
        rule=_rule(layout, s, language),
        score=[*((f"part_{k}", v) for k, v in parts.items()), ("total", verdict.score)] if verdict else [],
        chart=line_chart(points, t["paper"]["upvotes"]),
        captures=s.captures,
    )
    return page, article


def _statements(a: Analysis, evidence_links: EvidenceLinks) -> dict[str, Any]:
    """The statements of the analysis as HTML, in the order of the page."""

    def to_html(name: str, text: str | None) -> Markup | None:
        return evidence_links.statement_html(name, text) if text and clean(text) else None

    usage = [(n, to_html(f"usage.{n}", getattr(a.usage, n))) for n in USAGE_FIELDS]
    statements: dict[str, Any] = {
        "abstract": None,
        "area": to_html("application_area", a.application_area),
        "contribution": to_html("contribution", a.contribution),
        "usage": [(n, text) for n, text in usage if text],
    }
    statements["innovations"] = [
        (with_formulas(clean(x.title or "")), to_html(f"innovations[{n}].text", x.text) or "")
        for n, x in enumerate(a.innovations)
    ]
    statements["results"] = [
        (
            to_html(f"results[{n}].finding", r.finding) or "",
            [(k, with_formulas(clean(v))) for k in ("task", "dataset", "baseline") if (v := getattr(r, k))],
        )
        for n, r in enumerate(a.results)
    ]
    closing = ((label, to_html(name, getattr(a, name))) for name, label in CLOSING_LABELS.items())
    statements["closing"] = [(label, text) for label, text in closing if text]
    return statements


def _doubts(a: Analysis) -> list[dict[str, Any]]:
    """The numbers that failed the check, without duplicates."""
    full_text = " ".join(str(v) for v in a.model_dump(exclude={"evidence"}).values())
    doubts = {}
    for e in a.evidence:
        if e.number is not None and e.status not in SUPPORTED:
            unit = {"percent": "%", "times": "×", "none": "", None: ""}.get(e.unit, f" {e.unit}")
            row = {
                "text": f"{e.number}{unit}",
                "status": e.status,
                "other": _safe_id(e.other_paper),
                "note": e.note,
                "kept": e.text in full_text,
            }
            doubts[(row["text"], e.status)] = row
    return list(doubts.values())


def _safe_id(arxiv_id: str | None) -> str | None:
    """The arXiv id if it is safe in a URL, else None."""
    return arxiv_id if arxiv_id and re.fullmatch(r"[0-9A-Za-z./-]{1,40}", arxiv_id) else None


def _links(s: PaperSheet, a: Analysis | None, t: dict[str, Any]) -> list[tuple[str, str]]:
    pages = [("arXiv", arxiv_page(s.id)), (t["paper"]["hf"], hugging_face_page(s.paper) or "")]
    found = work_links(s.paper, a.openness if a else Openness())
    candidates = pages + [(t["paper"][kind], url) for kind, url in found.items()]
    return [(name, url) for name, address in candidates if address and (url := safe_url(address))]


def _provenance(s: PaperSheet, a: Analysis | None, language: Language) -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    t = words(language)
    r, p = s.reading, t["paper"]
    if r and r.state == "done" and r.source:
        name = f"{t['source'][r.source]} {clean(r.version or '')}".strip()
        url = safe_url(public_address(r.url)) if r.url else None
        link = Markup('<a href="{}" rel="noopener noreferrer">{}</a>')
        rows += [("source", link.format(url, name) if url else name), ("length", f"{r.characters:,} {p['characters']}")]
    else:
        text = clean(s.entries[language].reason)
        reason = f"{t['colon']}{text}" if text else ""
        rows.append(("source", t["state"].get(s.state, p["failed_try"]) + reason))
    if a:
        reason = f"{t['colon']}{clean(reason_text(a.reason, language))}" if is_stand_in(a) else ""
        model = p["stand_in"] if reason else p["extractive"] if a.model == EXTRACTIVE else clean(a.model)
        rows.append(("model", model + reason))
        rows.append(("checked", f"{a.numbers_grounded} {p['of']} {a.numbers_total}"))
    return rows


def _attempts(s: PaperSheet, language: Language) -> list[dict[str, Any]]:
    t = words(language)
    return [
        {
            "source": a.source,
            "url": safe_url(public_address(a.url)),
            "outcome": t["paper"]["failed_try" if a.outcome == "failed" else a.outcome],
            "reason": clean(reason_text(a.reason, language)) or (f"HTTP {a.status}" if a.status else ""),
        }
        for a in (s.reading.attempts if s.reading else ())
    ]


def _rule(layout: PageLayout, s: PaperSheet, language: Language) -> str:
    """Why the curated post presents the paper or leaves it out."""
    if s.verdict is None:
        return ""
    labels = {d.name: layout.profile.label(d.name, language) for d in s.verdict.directions}
    return clean(reason_text(s.verdict.curated, language, labels))
