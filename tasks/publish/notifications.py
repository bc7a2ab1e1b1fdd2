"""The day's picks by e-mail, chat and the like: apprise's services, each told once a day.

A record in the store is written before a message goes out and after it. A crash between the two leaves "sending": then
nobody knows whether it arrived, so it is not sent again, and a warning says so.
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

Send = Callable[[str, str, str], bool]  # address, title, text -> whether the service took it


@dataclass
class SendReport:
    """What became of a day's messages."""

    sent: int = 0
    earlier: int = 0  # sent by an earlier run
    warnings: list[str] = field(default_factory=list)


def addresses(given: str | None) -> list[str]:
    """The apprise URLs of the setting: parted by blanks or line breaks, as apprise itself has them."""
    return list(dict.fromkeys(re.split(r"[\s]+", given.strip()))) if given and given.strip() else []


def message(shell: PageLayout, line: DaySummary, language: Language) -> tuple[str, str]:
    """The title and the text of a day's message."""
    template = plain_environment().get_template(f"message.{language}.txt.j2")
    text = template.render(picks=line.picks, line=line, date=line.date, site=shell.site_url)
    shown = "\n".join(" ".join([row[: len(row) - len(row.lstrip())] + clean(row)]) for row in text.splitlines())
    return f"{shell.name(language)} {line.date}", shown.strip() + "\n"


def send_day(
    store: Store, shell: PageLayout, line: DaySummary, language: Language, urls: Sequence[str], send: Send | None = None
) -> SendReport:
    """Send a day's picks to every address that has not had them; a day without picks is not told.

    Never raises for a service: what failed is a warning, and is tried again by the next run. Addresses hold secrets;
    they are named by number and scheme alone.
    """
    report = SendReport()
    if not line.picks:
        return report
    title, text = message(shell, line, language)
    for number, url in enumerate(urls, 1):
        _send_one(store, line, url, f"{number} ({_scheme(url)})", report, lambda u: (send or _apprise)(u, title, text))
    return report


def _send_one(
    store: Store, line: DaySummary, url: str, name: str, report: SendReport, send: Callable[[str], bool]
) -> None:
    key = record_key(line, url)
    state = _state(store, key)
    if state == "sent":
        report.earlier += 1
        return
    if state == "sending":
        report.warnings.append(
            f"{line.date}: an earlier run broke off while it sent the picks to address {name}; they may have arrived "
            f"and are not sent again. To send them all the same, remove {key} from the store."
        )
        return
    _remember(store, key, "sending")
    try:
        taken, why = send(url), "the service refused it"
    except Exception as error:  # noqa: BLE001 - a service's fault, of whatever kind, is a warning
        taken, why = False, type(error).__name__  # its words may hold the address
    _remember(store, key, "sent" if taken else "failed")
    if taken:
        report.sent += 1
    else:
        report.warnings.append(
            f"{line.date}: the picks were not sent to address {name} of DAILY_PAPERS_NOTIFY: {why}. "
            "The next run of that date tries again."
        )


def record_key(line: DaySummary, url: str) -> str:
    """Where the store says whether an address was told of a day; the address itself is a hash there."""
    return f"sent/{line.date}/{hashlib.sha256(url.encode()).hexdigest()[:16]}.json"


def _state(store: Store, key: str) -> str | None:
    try:
        found: Any = json.loads(store.get(key) or b"null")
    except ValueError:
        return "sending"  # cut off: nothing is known of it
    return found.get("state") if isinstance(found, dict) else None


def _remember(store: Store, key: str, state: str) -> None:
    store.put(key, json.dumps({"state": state}).encode())


def _scheme(url: str) -> str:
    found = re.match(r"[a-z][a-z0-9]{1,15}(?=://)", url)
    return found[0] if found else "no URL of apprise"


def _apprise(url: str, title: str, text: str) -> bool:
    import apprise  # slow to import, and most runs send nothing

    service = apprise.Apprise()
    if not service.add(url):
        raise ValueError("apprise does not know this kind of address")
    return bool(service.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT))
