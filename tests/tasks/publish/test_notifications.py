"""Messages: once a day and address, never twice after a crash, never the day's failure, and no secret told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tasks.publish.day_sheets import DaySummary, load_sheets
from tasks.publish.notifications import addresses, message, record_key, send_day
from tests.plain import MemoryStore
from tests.servers import Quiet, serving
from tests.tasks.publish.invented import EMPTY, FIRST, HOSTILE, URL, invented_store, shell

ONE, TWO = "json://secret-one@127.0.0.1/a", "json://secret-two@127.0.0.1/b"


@pytest.fixture(scope="module")
def lines() -> dict[Any, DaySummary]:
    store = invented_store()
    days = (load_sheets(store, date, ()) for date in (FIRST, EMPTY, HOSTILE))
    return {day.date: day.line() for day in days if day}


@pytest.fixture
def service() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A service of apprise's plainest kind, and what it was told."""
    told: list[dict[str, Any]] = []

    class Handler(Quiet):
        def do_POST(self) -> None:
            told.append(json.loads(self.body()))
            self.reply(500 if "refused" in self.path else 200)

    with serving(Handler) as url:
        yield url.replace("http:", "json:"), told


def test_a_real_service_is_told_once(lines: dict[Any, DaySummary], service: tuple[str, list[dict[str, Any]]]) -> None:
    address, told = service
    store = MemoryStore()
    first = send_day(store, shell(), lines[FIRST], "en", [address])
    again = send_day(store, shell(), lines[FIRST], "en", [address])
    assert (first.sent, first.warnings, again.sent, again.earlier) == (1, [], 0, 1)
    assert len(told) == 1
    assert told[0]["title"] == "Daily AI Papers 2026-01-05"
    assert f"{URL}/en/papers/0000.00001.html" in told[0]["message"]
    assert "3 listed, 3 new, 1 picked" in told[0]["message"]


def test_a_refusal_is_a_warning_and_is_tried_again(
    lines: dict[Any, DaySummary], service: tuple[str, list[dict[str, Any]]]
) -> None:
    address, told = service
    store = MemoryStore()
    refused = send_day(store, shell(), lines[FIRST], "en", [f"{address}/refused", address])
    assert refused.sent == 1
    assert "address 1 (json)" in refused.warnings[0]
    again = send_day(store, shell(), lines[FIRST], "en", [f"{address}/refused", address])
    assert (again.sent, again.earlier, len(again.warnings)) == (0, 1, 1)
    assert len(told) == 3


def test_each_language_has_its_words(lines: dict[Any, DaySummary]) -> None:
    title, text = message(shell(), lines[FIRST], "zh")
    assert title == "每日论文 2026-01-05"
    assert "1. ★★ 虚构研究之二" in text
    assert f"当日全部：{URL}/zh/days/2026-01-05/index.html" in text
    hostile = message(shell(), lines[HOSTILE], "en")[1]
    assert "\u202e" not in hostile
    assert len([row for row in hostile.splitlines() if row.startswith("1. ")]) == 1


def test_a_crash_while_sending_does_not_send_twice(lines: dict[Any, DaySummary]) -> None:
    store, calls = MemoryStore(), []

    def killed(url: str, title: str, text: str) -> bool:
        calls.append(url)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send_day(store, shell(), lines[FIRST], "zh", [ONE], killed)
    after = send_day(store, shell(), lines[FIRST], "zh", [ONE], killed)
    assert len(calls) == 1
    assert "may have arrived" in after.warnings[0]
    assert record_key(lines[FIRST], ONE) in after.warnings[0]
    store.delete(record_key(lines[FIRST], ONE))
    assert send_day(store, shell(), lines[FIRST], "zh", [ONE], lambda *_: True).sent == 1


def test_a_new_address_is_told_and_the_old_one_is_not(lines: dict[Any, DaySummary]) -> None:
    store, calls = MemoryStore(), list[str]()

    def send(url: str, title: str, text: str) -> bool:
        calls.append(url)
        return True

    send_day(store, shell(), lines[FIRST], "zh", [ONE], send)
    send_day(store, shell(), lines[FIRST], "zh", [ONE, TWO], send)
    assert calls == [ONE, TWO]


def test_no_secret_is_told_or_kept(lines: dict[Any, DaySummary]) -> None:
    def fails(url: str, title: str, text: str) -> bool:
        raise RuntimeError(f"cannot reach {url}")

    store = MemoryStore()
    report = send_day(store, shell(), lines[FIRST], "zh", [ONE, "nonsense secret-three"], fails)
    kept = "".join(store.data) + b"".join(store.data.values()).decode()
    assert "secret" not in str(report) + kept
    assert "RuntimeError" in report.warnings[0]
    assert "not sent" in send_day(store, shell(), lines[FIRST], "zh", ["nosuchservice://x"]).warnings[0]


def test_a_day_without_picks_is_not_told(lines: dict[Any, DaySummary]) -> None:
    store = MemoryStore()
    assert send_day(store, shell(), lines[EMPTY], "zh", [ONE], lambda *_: True).sent == 0
    assert not store.data


def test_addresses_are_parted_by_blanks() -> None:
    assert addresses(" a://x \n b://y,z\ta://x ") == ["a://x", "b://y,z"]
    assert addresses(None) == addresses("  ") == []
