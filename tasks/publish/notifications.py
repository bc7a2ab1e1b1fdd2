"""The day's picks by e-mail, chat and other services of apprise, each at most once a day.

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
    title, text = message(layout, day, language)
    for number, url in enumerate(urls, 1):
        _send_one(store, day, url, f"{number} ({_scheme(url)})", report, lambda u: (send or _apprise)(u, title, text))
    return report


def _send_one(
    store: Store, day: DaySummary, url: str, name: str, report: SendReport, send: Callable[[str], bool]
) -> None:
    key = record_key(day, url)
    state = _read_state(store, key)
    if state == "sent":
        report.earlier += 1
        return
    if state == "sending":
        report.warnings.append(
            f"{day.date}: an earlier run broke off while it sent the picks to address {name}; they may have arrived "
            f"and are not sent again. To send them all the same, remove {key} from the store."
        )
        return
    _write_state(store, key, "sending")
    try:
        accepted, reason = send(url), "the service refused it"
    except Exception as error:  # noqa: BLE001 - any error of a service is only a warning
        accepted, reason = False, type(error).__name__  # its text may contain the address
    _write_state(store, key, "sent" if accepted else "failed")
    if accepted:
        report.sent += 1
    else:
        report.warnings.append(
            f"{day.date}: the picks were not sent to address {name} of DAILY_PAPERS_NOTIFY: {reason}. "
            "The next run of that date tries again."
        )


def record_key(day: DaySummary, url: str) -> str:
    """The key of the record whether a day was sent to an address; the key contains only a hash of the address."""
    return f"sent/{day.date}/{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"


def _read_state(store: Store, key: str) -> str | None:
    try:
        record: Any = json.loads(store.get(key) or b"null")
    except ValueError:
        return "sending"  # truncated: whether it was sent is unknown
    return record.get("state") if isinstance(record, dict) else None


def _write_state(store: Store, key: str, state: str) -> None:
    store.put(key, json.dumps({"state": state}).encode())


def _scheme(url: str) -> str:
    match = re.match(r"[a-z][a-z0-9]{1,15}(?=://)", url)
    return match[0] if match else "no URL of apprise"


def _apprise(url: str, title: str, text: str) -> bool:
    import apprise  # slow to import, and most runs send nothing

    service = apprise.Apprise()
    if not service.add(url):
        raise ValueError("apprise does not know this kind of address")
    return bool(service.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT))
