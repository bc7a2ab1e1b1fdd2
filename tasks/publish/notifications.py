"""The day's picks and the roundups' headlines by e-mail, chat and other services of apprise, each at most once.

A record is written to the store before and after a message is sent. After a crash between the two it is "sending":
whether the message arrived is unknown, so it is not sent again, and a warning says so.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from papers.models import Language
from papers.roundups import RoundupHeadlines
from papers.store import Store
from papers.text import clean
from tasks.publish.day_sheets import DaySummary
from tasks.publish.page_layout import PageLayout, plain_environment

Send = Callable[[str, str, str], bool]  # address, title, text -> whether the service accepted it


@dataclass
class SendReport:
    """The result of sending a day's messages."""

    sent: int = 0
    earlier: int = 0  # sent by an earlier run
    warnings: list[str] = field(default_factory=list)


def addresses(setting: str | None) -> list[str]:
    """The apprise URLs of the setting, separated by spaces or line breaks as in apprise itself."""
    return list(dict.fromkeys(re.split(r"[\s]+", setting.strip()))) if setting and setting.strip() else []


def message(layout: PageLayout, day: DaySummary, language: Language) -> tuple[str, str]:
    """The title and the text of a day's message."""
    template = plain_environment().get_template(f"message.{language}.txt.j2")
    text = template.render(picks=day.picks, day=day, site=layout.site_url)
    cleaned = "\n".join(" ".join([row[: len(row) - len(row.lstrip())] + clean(row)]) for row in text.splitlines())
    return f"{layout.name(language)} {day.date}", cleaned.strip() + "\n"


def send_day(
    store: Store, layout: PageLayout, day: DaySummary, language: Language, urls: Sequence[str], send: Send | None = None
) -> SendReport:
    """Send a day's picks to every address that has not received them; a day without picks sends nothing.

    Never raises because of a service: a failure is a warning, and the next run tries again. Addresses contain secrets,
    so warnings name them only by number and scheme.
    """
    report = SendReport()
    if not day.picks:
        return report
    return _send_all(store, str(day.date), message(layout, day, language), urls, report, send)


def send_roundup(
    store: Store,
    layout: PageLayout,
    roundup: RoundupHeadlines,
    language: Language,
    urls: Sequence[str],
    send: Send | None = None,
) -> SendReport:
    """Send a roundup's headline and address to every address that has not received them; else like `send_day`."""
    report = SendReport()
    headline = roundup.headlines.get(language)
    if headline is None:
        return report
    text = f"{clean(headline)}\n{layout.site_url}/{language}/roundups/{roundup.name}.html\n"
    return _send_all(store, roundup.name, (f"{layout.name(language)} {roundup.name}", text), urls, report, send)


def _send_all(
    store: Store, subject: str, content: tuple[str, str], urls: Sequence[str], report: SendReport, send: Send | None
) -> SendReport:
    """Send the title and the text to every address; `subject` is the day or the roundup that they are about."""
    for number, url in enumerate(urls, 1):
        name = f"{number} ({_scheme(url)})"
        _send_one(store, subject, url, name, report, lambda u: (send or _apprise)(u, *content))
    return report


def _send_one(store: Store, subject: str, url: str, name: str, report: SendReport, send: Callable[[str], bool]) -> None:
    key = _key_of(subject, url)
    state = _claim(store, key)
    if state == "sent":
        report.earlier += 1
        return
    if state == "sending":
        report.warnings.append(
            f"{subject}: an earlier run broke off while it sent the message to address {name}; it may have arrived "
            f"and is not sent again. To send it all the same, remove {key} from the store."
        )
        return
    try:
        accepted, reason = send(url), "the service refused it"
    except Exception as error:  # noqa: BLE001 - any error of a service is only a warning
        accepted, reason = False, type(error).__name__  # its text may contain the address
    store.put(key, _record("sent" if accepted else "failed"))
    if accepted:
        report.sent += 1
    else:
        report.warnings.append(
            f"{subject}: the message was not sent to address {name} of DAILY_PAPERS_NOTIFY: {reason}. "
            "The next run of it tries again."
        )


def record_key(day: DaySummary, url: str) -> str:
    """The key of the record whether a day was sent to an address; the key contains only a hash of the address."""
    return _key_of(str(day.date), url)


def _key_of(subject: str, url: str) -> str:
    return f"sent/{subject}/{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"


def _claim(store: Store, key: str) -> str | None:
    """Note that a message is being sent, unless another run is sending it or has sent it; returns the state before."""
    state: str | None = None

    def note(before: bytes | None) -> bytes | None:
        nonlocal state
        state = _state_of(before)
        return None if state in ("sent", "sending") else _record("sending")

    store.update(key, note)  # of two runs that cross, one sends
    return state


def _state_of(data: bytes | None) -> str | None:
    try:
        record: Any = json.loads(data or b"null")
    except ValueError:
        return "sending"  # truncated: whether it was sent is unknown
    return record.get("state") if isinstance(record, dict) else None


def _record(state: str) -> bytes:
    return json.dumps({"state": state}).encode()


def _scheme(url: str) -> str:
    match = re.match(r"[a-z][a-z0-9]{1,15}(?=://)", url)
    return match[0] if match else "no URL of apprise"


def _apprise(url: str, title: str, text: str) -> bool:
    import apprise  # slow to import, and most runs send nothing

    service = apprise.Apprise()
    if not service.add(url):
        raise ValueError("apprise does not know this kind of address")
    return bool(service.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT))
