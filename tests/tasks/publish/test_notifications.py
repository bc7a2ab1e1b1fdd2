"""Messages: once per day and address, not twice after a crash, a failure is only a warning, no secret is shown."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import pytest

from papers.roundups import RoundupHeadlines
from tasks.publish.day_sheets import DaySummary, load_sheets
from tasks.publish.notifications import addresses, message, record_key, send_day, send_roundup
from tests.plain import MemoryStore
from tests.servers import QuietHandler, serve_http
from tests.tasks.publish.invented import EMPTY, FIRST, HOSTILE, URL, invented_store, layout

ONE, TWO = "json://secret-one@127.0.0.1/a", "json://secret-two@127.0.0.1/b"


@pytest.fixture(scope="module")
def summaries() -> dict[Any, DaySummary]:
    store = invented_store()
    days = (load_sheets(store, date, layout().profile) for date in (FIRST, EMPTY, HOSTILE))
    return {day.date: day.summary() for day in days if day}


@pytest.fixture
def service() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A simple apprise service, and the messages that it received."""
    messages: list[dict[str, Any]] = []

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            messages.append(json.loads(self.body()))
            self.reply(500 if "refused" in self.path else 200)

    with serve_http(Handler) as url:
        yield url.replace("http:", "json:"), messages


def test_a_real_service_gets_one_message(
    summaries: dict[Any, DaySummary], service: tuple[str, list[dict[str, Any]]]
) -> None:
    address, messages = service
    store = MemoryStore()
    first = send_day(store, layout(), summaries[FIRST], "en", [address])
    again = send_day(store, layout(), summaries[FIRST], "en", [address])
    assert (first.sent, first.warnings, again.sent, again.earlier) == (1, [], 0, 1)
    assert len(messages) == 1
    assert messages[0]["title"] == "Daily AI Papers 2026-01-05"
    assert f"{URL}/en/papers/0000.00001.html" in messages[0]["message"]
    assert "3 listed, 3 new, 1 picked" in messages[0]["message"]


def test_a_refusal_is_a_warning_and_is_retried(
    summaries: dict[Any, DaySummary], service: tuple[str, list[dict[str, Any]]]
) -> None:
    address, messages = service
    store = MemoryStore()
    report = send_day(store, layout(), summaries[FIRST], "en", [f"{address}/refused", address])
    assert report.sent == 1
    assert "address 1 (json)" in report.warnings[0]
    again = send_day(store, layout(), summaries[FIRST], "en", [f"{address}/refused", address])
    assert (again.sent, again.earlier, len(again.warnings)) == (0, 1, 1)
    assert len(messages) == 3


def test_each_language_has_its_words(summaries: dict[Any, DaySummary]) -> None:
    title, text = message(layout(), summaries[FIRST], "zh")
    assert title == "每日论文 2026-01-05"
    assert "1. ★★ 虚构研究之二" in text
    assert f"当日全部：{URL}/zh/days/2026-01-05/index.html" in text
    hostile = message(layout(), summaries[HOSTILE], "en")[1]
    assert "\u202e" not in hostile
    assert len([row for row in hostile.splitlines() if row.startswith("1. ")]) == 1


def test_a_crash_while_sending_does_not_send_twice(summaries: dict[Any, DaySummary]) -> None:
    store, calls = MemoryStore(), []

    def killed(url: str, title: str, text: str) -> bool:
        calls.append(url)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_day(store, layout(), summaries[FIRST], "zh", [ONE], killed)
    after = send_day(store, layout(), summaries[FIRST], "zh", [ONE], killed)
    assert len(calls) == 1
    assert "may have arrived" in after.warnings[0]
    assert record_key(summaries[FIRST], ONE) in after.warnings[0]
    store.delete(record_key(summaries[FIRST], ONE))
    assert send_day(store, layout(), summaries[FIRST], "zh", [ONE], lambda *_: True).sent == 1


def test_only_a_new_address_gets_a_message(summaries: dict[Any, DaySummary]) -> None:
    store, calls = MemoryStore(), list[str]()

    def send(url: str, title: str, text: str) -> bool:
        calls.append(url)
        return True

    send_day(store, layout(), summaries[FIRST], "zh", [ONE], send)
    send_day(store, layout(), summaries[FIRST], "zh", [ONE, TWO], send)
    assert calls == [ONE, TWO]


def test_no_secret_is_shown_or_stored(summaries: dict[Any, DaySummary]) -> None:
    def fails(url: str, title: str, text: str) -> bool:
        raise RuntimeError(f"cannot reach {url}")

    store = MemoryStore()
    report = send_day(store, layout(), summaries[FIRST], "zh", [ONE, "nonsense secret-three"], fails)
    stored = "".join(store.data) + b"".join(store.data.values()).decode()
    assert "secret" not in str(report) + stored
    assert "RuntimeError" in report.warnings[0]
    assert "not sent" in send_day(store, layout(), summaries[FIRST], "zh", ["nosuchservice://x"]).warnings[0]


def test_a_day_without_picks_sends_nothing(summaries: dict[Any, DaySummary]) -> None:
    store = MemoryStore()
    assert send_day(store, layout(), summaries[EMPTY], "zh", [ONE], lambda *_: True).sent == 0
    assert not store.data


def test_addresses_are_separated_by_whitespace() -> None:
    assert addresses(" a://x \n b://y,z\ta://x ") == ["a://x", "b://y,z"]
    assert addresses(None) == addresses("  ") == []


def test_a_roundup_is_sent_once_with_its_headline_and_address() -> None:
    roundup = RoundupHeadlines(name="2026-W08", end=dt.date(2026, 2, 22), headlines={"en": "Week 8 of 2026: 3 papers"})
    sent: list[tuple[str, str]] = []

    def send(url: str, title: str, text: str) -> bool:
        sent.append((title, text))
        return True

    store = MemoryStore()
    reports = [send_roundup(store, layout(), roundup, "en", [ONE], send) for _ in range(2)]
    assert [(r.sent, r.earlier) for r in reports] == [(1, 0), (0, 1)]
    assert sent == [
        ("Daily AI Papers 2026-W08", f"Week 8 of 2026: 3 papers\n{URL}/en/roundups/2026-W08.html\n"),
    ]
    assert send_roundup(store, layout(), roundup, "zh", [TWO], send).sent == 0  # it has no headline in Chinese
