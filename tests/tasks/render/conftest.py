"""An invented day with everything that can be on a list, and the profile that curates it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from papers.day import Day
from papers.models import (
    Analysis,
    Attempt,
    Direction,
    Evidence,
    Innovation,
    Openness,
    Paper,
    Reading,
    Result,
    ScoreParts,
    SetAside,
    Trend,
    Usage,
    Verdict,
)
from papers.profile import Interest, Profile
from papers.reasons import make_reason

DATE = dt.date(2026, 2, 20)
CAPTURED_AT = dt.datetime(2026, 2, 21, 3, 4, 5, tzinfo=dt.UTC)
EARLIER = dt.date(2026, 2, 17)
HOSTILE = (
    "Cats | Dogs `code` **bold** _em_ <script>alert(1)</script> [x](javascript:alert(1)) "
    "\u202etxt.exe\u202c\nNext line # $\\alpha_{i}|x|$ {{< shortcode >}} {% liquid %} &lt; 🐱 שלום"
)


@pytest.fixture(scope="session")
def profile() -> Profile:
    interests = (
        Interest(name="Agents", zh="智能体", cues=("agent",)),
        Interest(name="Efficiency", zh="高效推理", cues=("efficient",)),
    )
    return Profile(name="test", interests=interests)


def paper(number: int, title: str, **fields: Any) -> Paper:
    base: dict[str, Any] = {
        "arxiv_id": f"0000.{number:05d}",
        "source": "hf",
        "position": number - 1,
        "title": title,
        "abstract": f"This invented abstract describes sample paper {number}.",
        "authors": ["Ada Example", "Bob Sample", "Cy Made", "Di Up", "Ed More"],
        "organization": "Example Lab",
        "upvotes": 10 * number,
        "listing_sha256": "0" * 64,
        "captured_at": CAPTURED_AT,
        "first_seen": DATE,
        "dedupe_kind": "new",
    }
    return Paper.model_validate(base | fields)


def reading(number: int, **fields: Any) -> Reading:
    base: dict[str, Any] = {
        "arxiv_id": f"0000.{number:05d}",
        "state": "done",
        "source": "html",
        "url": f"https://arxiv.org/html/0000.{number:05d}v1",
        "version": "v1",
    }
    return Reading.model_validate(base | fields)


def analysis(number: int, language: str = "zh", **fields: Any) -> Analysis:
    base: dict[str, Any] = {
        "arxiv_id": f"0000.{number:05d}",
        "language": language,
        "state": "done",
        "model": "extractive",
        "prompt_version": "1",
        "cache_key": f"key-{number}-{language}",
        "application_area": "Tool use by language-model agents in long sessions.",
        "contribution": "We present a planner that learns when a tool call is worth its cost.",
        "contribution_short": "A planner that weighs tool calls",
        "usage": Usage(
            scenarios="Assistants that call paid interfaces.",
            inputs="A task and a list of tools.",
            outputs="A plan with a budget.",
        ),
        "innovations": [
            Innovation(title="Cost-aware planning", text="Each call is scored before it is made."),
            Innovation(title="Early stopping", text="The plan ends when the gain is below the cost."),
            Innovation(text="A calibration set of 200 tasks sets the threshold."),
        ],
        "results": [
            Result(
                task="Tool use",
                dataset="SampleBench",
                baseline="ReAct",
                finding="The planner solves 71.5% of the tasks at 0.6× the cost.",
            ),
            Result(finding="Without calibration the rate falls by 4.2 points."),
        ],
        "insight": "Most calls are not needed once the cost is known.",
        "suited_for": "Products that pay for each call.",
        "limitations": "Only English tasks were tried.",
        "next_action": "Run the released code on an own task.",
        "short_name": f"Sample{number}",
        "topic": "Tool use",
        "abstract_short": "A planner that weighs the cost of each tool call, and stops early.",
        "highlights": ["Scores each call", "Stops early", "71.5% of the tasks are solved"],
        "directions": ["Agents"],
        "openness": Openness(code_url=f"https://github.com/example/sample{number}", stars=7),
        "numbers_total": 4,
        "numbers_grounded": 4,
    }
    return Analysis.model_validate(base | fields)


WITHDRAWN = make_reason("text", text="withdrawn in v2: an error in Lemma 3")
_NO_HTML = make_reason("try", source="html", reason=make_reason("http", status=404))
_UNREAD = make_reason("nothing-to-read", tries=[_NO_HTML])
CURATED_PARTS = {
    r.code: r.parts
    for r in (
        make_reason("pick", place=1, candidates=4, score=55.0),
        make_reason("below-cut", place=4, candidates=4, score=21.5, cut_pick=3, cut=30.0),
        make_reason("not-read", reason=_UNREAD),
        make_reason("withdrawn", reason=make_reason("last-version-withdrawn")),
        make_reason("not-analyzed", reason=make_reason("answer-empty")),
        make_reason("budget", reason=make_reason("token-budget", tokens="1,000")),
        make_reason("excluded-title", en="a survey", zh="综述", field="title", evidence="A Survey"),
        make_reason("off-interest", points="0.5", least="1", directions=""),
    )
}


def verdict(number: int, rank: int | None, rule: str, **fields: Any) -> Verdict:
    base: dict[str, Any] = {
        "arxiv_id": f"0000.{number:05d}",
        "score": 60.5 - number,
        "score_parts": ScoreParts(upvotes=20, stars=10, comments=1, lab=20, topic=0),
        "tags": ["Frontier Lab"],
        "trophy": False,
        "rank": rank,
        "ranked_decision": "show" if rank and rank <= 5 else "skip",
        "ranked_rule": None if rank and rank <= 5 else "after-last-lab",
        "ranked_parts": make_reason("after-last-lab", rank=rank, last=5).parts,
        "directions": [Direction(name="Agents", evidence="title: agent")],
        "rating": None,
        "curated_decision": "pick" if rule == "pick" else "skip",
        "curated_reason": f"reason of {number}",
        "curated_parts": CURATED_PARTS.get(rule, []),
        "curated_rule": rule,
    }
    return Verdict.model_validate(base | fields)


def attempt(source: str, outcome: str, text: str | None = None, status: int | None = 200) -> Attempt:
    url, reason = f"https://arxiv.org/{source}/0000.00003", make_reason("text", text=text) if text else None
    row = {"source": source, "url": url, "status": status, "outcome": outcome, "reason": reason}
    return Attempt.model_validate(row)


CHANGE = make_reason("title-changed", before="Reported Before", after="Reported Before, Now Longer")


def _papers() -> list[Paper]:
    return [
        paper(1, "Weighing Calls: A Planner for Tool Use", github_url="https://github.com/example/sample1"),
        paper(2, HOSTILE, organization="A|B *Lab*", project_url="javascript:alert(1)"),
        paper(3, "Read from its PDF", organization=None, upvotes=None, captured_at=CAPTURED_AT + dt.timedelta(hours=2)),
        paper(4, "Known by Its Abstract Alone"),
        paper(5, "Never Read"),
        paper(6, "Taken Back"),
        paper(7, "The Model Failed Here"),
        paper(8, "Left by the Budget"),
        paper(9, "Not on Record"),
        paper(10, "A Survey of Samples"),
        paper(11, "Off the Interests"),
        paper(
            12,
            "Reported Before | Again",
            dedupe_kind="repeat",
            first_seen=EARLIER,
            duplicate_of="0000.00012",
            dedupe_reason=make_reason("reported", date=EARLIER, match=make_reason("same-id")),
        ),
        paper(
            13,
            "Reported Before, Now Longer",
            dedupe_kind="update",
            first_seen=EARLIER,
            duplicate_of="0000.00113",
            dedupe_reason=make_reason("changed", changes=[CHANGE]),
        ),
        paper(
            1,
            "Weighing Calls: A Planner for Tool Use",
            position=13,
            dedupe_kind="in-day",
            duplicate_of="0000.00001",
            dedupe_reason=make_reason("on-list", id="0000.00001", match=make_reason("same-id")),
        ),
    ]


def _readings() -> list[Reading]:
    refused = [attempt("html", "refused", "the page is another paper's")]
    all_failed = [attempt("html", "failed", status=404), attempt("pdf", "skipped", "no PDF is named")]
    return [
        reading(1, attempts=[attempt("html", "accepted")]),
        reading(2),
        reading(3, source="pdf", url="https://arxiv.org/pdf/0000.00003", version=None, attempts=refused),
        reading(4, source="abs", url="https://arxiv.org/abs/0000.00004", attempts=refused + all_failed[1:]),
        reading(5, state="failed", reason=_UNREAD, source=None, url=None, attempts=all_failed),
        reading(
            6,
            state="withdrawn",
            reason=WITHDRAWN,
            source=None,
            url=None,
        ),
        *(reading(n) for n in (7, 8, 9, 10, 11)),
    ]


def _analyses() -> list[Analysis]:
    wrong = "It beats the baseline by 9.9 points."
    wrong_number = Evidence(
        field="results[0].finding",
        text=wrong,
        number="9.9",
        unit="percentage_point",
        status="other-paper",
        other_paper="0000.00001",
    )
    removed_number = Evidence(
        field="insight", text="It is 3 times faster.", number="3", unit="times", status="unsupported"
    )
    return [
        analysis(1),
        analysis(2, short_name="C|D", contribution_short="a|b <b>x</b>", highlights=["h|1", "`h2`", "*h3*"]),
        analysis(
            3,
            model="openai:sample",
            language_share=0.12,
            translated_title="读自其 PDF",
            results=[Result(finding=wrong)],
            evidence=[wrong_number, removed_number],
            numbers_total=5,
            numbers_grounded=3,
        ),
        analysis(
            4,
            language="en",
            model="openai:sample",
            usage=Usage(),
            innovations=[],
            results=[],
            highlights=[],
            insight=None,
        ),
        analysis(7, state="failed", reason=make_reason("answer-off-schema", beginning="Sure!")),
        analysis(8, state="budget", reason=make_reason("token-budget", tokens="1,000")),
        analysis(10),
        analysis(11, openness=Openness()),
    ]


BAD_ID = make_reason("bad-arxiv-id", id="a | b")
BEYOND = make_reason("outside-window", rank=9, window=8)
UNHEARD = make_reason("brand-new", never="seen")


def _verdicts() -> list[Verdict]:
    return [
        verdict(1, 1, "pick", rating=3, trophy=True, tags=["Super Lab", "Must Read"], score=79.63),
        verdict(2, 2, "pick", rating=2),
        verdict(3, 3, "pick", rating=2),
        verdict(4, 4, "below-cut", rating=2),
        verdict(5, 5, "not-read"),
        verdict(6, 6, "withdrawn"),
        verdict(7, 7, "not-analyzed"),
        verdict(8, 8, "budget"),
        verdict(9, 9, "not-analyzed", ranked_rule="outside-window", ranked_parts=BEYOND.parts),
        verdict(10, 10, "excluded-title"),
        verdict(
            11,
            11,
            "off-interest",
            directions=[],
            ranked_rule="brand-new",
            ranked_parts=make_reason("", never="seen").parts,
        ),
        verdict(12, None, "repeat"),
        verdict(13, None, "update"),
    ]


@pytest.fixture(scope="session")
def day() -> Day:
    trends = [
        Trend(direction="Agents", count=5, total=11, trailing_count=20, trailing_total=100, trailing_days=9),
        Trend(direction="Efficiency", count=1, total=11, trailing_count=2, trailing_total=100, trailing_days=9),
        Trend(direction="Nothing today", count=0, total=11, trailing_count=2, trailing_total=100, trailing_days=9),
    ]
    return Day(
        date=DATE,
        papers=_papers(),
        set_aside=[SetAside(position=14, reason=BAD_ID, item_json='{"title": null, "<b>": "|"}')],
        readings=_readings(),
        analyses=_analyses(),
        verdicts=_verdicts(),
        trends=trends,
    )


@pytest.fixture
def empty_day() -> Day:
    """A Saturday without papers."""
    return Day(date=dt.date(2026, 2, 21), papers=[], set_aside=[], readings=[], analyses=[], verdicts=[], trends=[])


@pytest.fixture
def known_day(day: Day) -> Day:
    """A day that lists only what was reported before."""
    papers = [p for p in day.papers if p.dedupe_kind in ("repeat", "update")]
    verdicts = [v for v in day.verdicts if v.rank is None]
    return Day(date=DATE, papers=papers, set_aside=[], readings=[], analyses=[], verdicts=verdicts, trends=[])
