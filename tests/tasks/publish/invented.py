"""An invented store for the site: two months, an empty day, every state of a paper, and hostile text in all fields."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from papers.models import (
    Analysis,
    Attempt,
    Block,
    Evidence,
    Innovation,
    Openness,
    Paper,
    Popularity,
    Reading,
    Result,
    SetAside,
    Usage,
    Verdict,
)
from papers.profile import Profile, load_profile
from papers.reasons import make_reason
from papers.store import Store
from papers.tables.snapshots import read_snapshot
from tasks.publish.page_layout import PageLayout
from tasks.render.editions import render_day
from tests import factories
from tests.plain import MemoryStore, load_day, put_rows

URL = "https://papers.example.org/daily"
FIRST, EMPTY, HOSTILE, LAST = (dt.date(2026, 1, d) for d in (5, 6, 7, 8))
LATER = dt.date(2026, 2, 2)
PROFILE = load_profile("default")
ATTACK = (
    '<script>window.pwned=1</script><img src=x onerror="window.pwned=2">"\'><svg/onload=window.pwned=3> | `code` '
    "[x](javascript:window.pwned=4) \u202etxt.exe\u202c $\\text{<script>window.pwned=5</script>}$ "
    "$\\undefinedmacro{x}$ {{7*7}} {% raw %} 🐱 שלום </title></style></script><!-- "
)
ATTACK_REASON = make_reason("other-paper", share=ATTACK, title=ATTACK)


def layout(url: str = URL, profile: Profile = PROFILE) -> PageLayout:
    """A page layout for the default profile."""
    return PageLayout(profile, url)


def at(date: dt.date, hour: int = 12) -> dt.datetime:
    return dt.datetime.combine(date, dt.time(hour), dt.UTC)


def put_day(
    store: Store,
    date: dt.date,
    papers: Sequence[Paper] = (),
    readings: Sequence[Reading] = (),
    analyses: Sequence[Analysis] = (),
    verdicts: Sequence[Verdict] = (),
    set_aside: Sequence[SetAside] = (),
) -> None:
    """The snapshots and the editions of a date, as a run leaves them."""
    captures = [Popularity(arxiv_id=p.arxiv_id, captured_at=p.captured_at, upvotes=p.upvotes) for p in papers]
    rows: dict[str, Sequence[Any]] = {
        "papers": papers,
        "set_aside": set_aside,
        "popularity": captures,
        "readings": readings,
        "analyses": analyses,
        "curation": verdicts,
    }
    for dataset, dataset_rows in rows.items():
        put_rows(store, dataset, date, dataset_rows)
    for edition in render_day(load_day(store, date), PROFILE):
        base = f"editions/{date}/{edition.name}.{edition.language}"
        store.put(f"{base}.md", edition.markdown.encode())
        store.put(f"{base}.html", edition.html.encode())


def paper(number: int, date: dt.date, **fields: Any) -> Paper:
    base = {"first_seen": date, "captured_at": at(date), "published_at": at(date), "upvotes": 10 + number}
    return factories.paper(number, **(base | {"authors": ["Ada Example", "Li Wei"]} | fields))


def analysis(number: int, language: str, **fields: Any) -> Analysis:
    """An analysis with a number from a paragraph, one from a table, a formula, and a number that failed the check."""
    finding = "It reaches 97.3% on the invented set, 4.2 points above the baseline, and 12.5 elsewhere."
    quote = "We reach 97.3% on the invented set."

    def row(number: str, status: str, quote: str | None, block: str | None) -> Evidence:
        base = {"field": "results[0].finding", "text": finding, "number": number, "unit": "percent"}
        return Evidence.model_validate(base | {"quote": quote, "block_id": block, "status": status})

    base: dict[str, Any] = {
        "language": language,
        "application_area": "Invented sets",
        "contribution": "A method that weighs $\\alpha_i \\leq 1$ for each call.",
        "contribution_short": "Weighing calls" if language == "en" else "为每次调用加权的强化学习方法",
        "translated_title": f"虚构研究之{'一二三四五六七八九十'[number % 10]}" if language == "zh" else None,
        "usage": Usage(scenarios="Products that pay for each call."),
        "innovations": [Innovation(title="Weights", text="Each call is weighed.")],
        "results": [Result(task="Calls", dataset="InventedSet", finding=finding)],
        "insight": "Most calls are not needed.",
        "next_action": "Run the code.",
        "keywords": ["calls"],
        "openness": Openness(code_url="https://github.com/example/calls"),
        "numbers_total": 3,
        "numbers_grounded": 2,
        "evidence": [
            row("97.3", "grounded", quote, "S1.p1"),
            row("4.2", "grounded", "Table 2: 4.2 points above", "S4.T2.r3"),
            row("12.5", "quote-not-found", None, None),
        ],
    }
    return factories.analysis(number, **(base | fields))


def reading(number: int, **fields: Any) -> Reading:
    blocks = [
        Block(id="S1.p1", kind="paragraph", section="1 Introduction", text="We reach 97.3% on the invented set."),
        Block(id="S4.T2.r3", kind="table_row", section="4 Experiments > 4.1 Main", text="4.2 points above"),
    ]
    attempts = [
        Attempt(source="html", url=f"https://arxiv.org/html/0000.{number:05d}v2", status=200, outcome="accepted")
    ]
    base = {
        "blocks": blocks,
        "attempts": attempts,
        "version": "v2",
        "url": f"https://arxiv.org/html/0000.{number:05d}v2",
    }
    return factories.reading(number, **(base | fields))


def simple_day(store: Store, date: dt.date, numbers: Sequence[int], **fields: Any) -> None:
    """A day of papers that were read, and analysed in both languages; the first is a pick."""
    put_day(
        store,
        date,
        [
            paper(n, date, position=i, organization="Example Lab" if i else "Other Institute", **fields)
            for i, n in enumerate(numbers)
        ],
        [reading(n) for n in numbers],
        [analysis(n, code) for n in numbers for code in ("zh", "en")],
        [
            factories.verdict(
                n,
                rank=i + 1,
                tags=["Frontier Lab"] if i else [],
                curated_decision="skip" if i else "pick",
                curated_rule="below-cut" if i else "pick",
                directions=[{"name": "Reasoning" if i else "Agent", "evidence": "title: agent"}],
            )
            for i, n in enumerate(numbers)
        ],
    )


def hostile_analysis() -> Analysis:
    """An analysis with the attack in every text."""
    return analysis(
        11,
        "zh",
        **dict.fromkeys(("application_area", "contribution", "contribution_short", "insight"), ATTACK),
        translated_title=ATTACK,
        **dict.fromkeys(("suited_for", "limitations", "next_action", "short_name", "topic", "abstract_short"), ATTACK),
        usage=Usage(scenarios=ATTACK, inputs=ATTACK),
        innovations=[Innovation(title=ATTACK, text=ATTACK + " 97.3%")],
        results=[Result(task=ATTACK, dataset=ATTACK, baseline=ATTACK, finding=ATTACK + " 97.3%")],
        model=ATTACK,
        highlights=[ATTACK],
        keywords=[ATTACK],
        directions=[ATTACK],
        evidence=[
            Evidence(
                field="results[0].finding", text=ATTACK + " 97.3%", number="97.3", unit="percent", quote=ATTACK,
                block_id="S1.p1", status="grounded",
            ),
            Evidence(field="insight", text=ATTACK, number="3", unit=ATTACK, status="wrong-unit", other_paper=ATTACK),
        ],
    )  # fmt: skip


def hostile_day(store: Store, date: dt.date) -> None:
    """A day with the attack in every text field."""
    texts: dict[str, Any] = {
        "title": ATTACK,
        "abstract": ATTACK,
        "authors": [ATTACK, "Bob {Sample}"],
        "organization": ATTACK,
        "github_url": "javascript:window.pwned=6",
        "project_url": 'https://example.org/"><script>window.pwned=7</script>',
        "ai_keywords": [ATTACK],
    }
    ids = [11, 12, 13, 14]
    blocks = [Block(id="S1.p1", kind="paragraph", section=ATTACK, text=ATTACK)]
    attempts = [
        Attempt(source="html", url="javascript:window.pwned=8", status=403, outcome="refused", reason=ATTACK_REASON)
    ]
    verdicts = [
        factories.verdict(
            n,
            rank=i + 1,
            tags=[ATTACK],
            directions=[{"name": ATTACK, "evidence": ATTACK}],
            curated_decision="pick" if n == 11 else "skip",
            curated_rule="pick" if n == 11 else "not-read",
            curated_reason=ATTACK,
        )
        for i, n in enumerate(ids)
    ]
    put_day(
        store,
        date,
        [
            *(paper(n, date, position=i, **texts) for i, n in enumerate(ids)),
            paper(1, date, position=4, first_seen=FIRST, dedupe_kind="repeat", duplicate_of="0000.00001", title=ATTACK),
            paper(15, date, position=5, dedupe_kind="in-day", duplicate_of="0000.00011", dedupe_reason=ATTACK_REASON),
        ],
        [
            reading(11, blocks=blocks, attempts=attempts, version=ATTACK),
            reading(12, state="failed", reason=ATTACK_REASON, source=None, url=None, blocks=[]),
            reading(13, state="withdrawn", reason=ATTACK_REASON, source=None, url=None, blocks=[]),
        ],  # 14 has no reading at all
        [hostile_analysis()],
        [*verdicts, factories.verdict(1, rank=None), factories.verdict(15, rank=None)],
        [SetAside(position=6, reason=ATTACK_REASON, item_json=ATTACK)],
    )


def invented_store() -> MemoryStore:
    """A store with all days; the first was captured twice."""
    store = MemoryStore()
    simple_day(store, FIRST, [1, 2, 3])
    captures = read_snapshot(store, "popularity", FIRST, Popularity) or []
    captures += [Popularity(arxiv_id=f"0000.{n:05d}", captured_at=at(EMPTY), upvotes=20 + 9 * n) for n in (1, 2, 3)]
    put_rows(store, "popularity", FIRST, captures)
    put_day(store, EMPTY)
    hostile_day(store, HOSTILE)
    simple_day(store, LAST, [21, 22], abstract="On spectrogram diffusion in the second week.")
    simple_day(store, LATER, [31, 32, 33])
    return store
