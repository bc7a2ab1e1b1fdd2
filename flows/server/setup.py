"""What the deployments need on a Prefect server: work pool, limits, automations, variables and blocks.

`daily-papers setup` creates all of it; a second call changes only what differs.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from prefect.blocks.notifications import SlackWebhook
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, DoNothing, SendNotification
from prefect.events.schemas.automations import AutomationCore, EventTrigger, Posture
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL
from prefect.variables import Variable
from prefect.workers.process import ProcessWorker

from flows.server.local_server import POOL, TAG
from flows.server.shared_limits import ARXIV, MODEL
from papers.errors import UsageError
from papers.profile import load_profile
from papers.settings import Settings

ALERT_BLOCK = "daily-papers-alerts"  # the block that holds the address
LOST_RUNS, FAILED_RUNS = "daily-papers: lost runs", "daily-papers: failed runs"
HEARTBEAT = 30  # seconds between heartbeats; the least that Prefect allows
LOST_AFTER = 3 * HEARTBEAT + 5  # seconds without a heartbeat after which a run counts as lost

Infrastructure = Literal["process", "docker", "kubernetes"]
END_EVENTS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Crashed", "Cancelled")}

MESSAGE = """{{ flow.name }} run {{ flow_run.name }} is {{ flow_run.state.name }}.
{{ flow_run.state.message }}
{{ (flow_run | ui_url) or "" }}"""


@dataclass(frozen=True)
class ServerSetup:
    """What is on the server now; `has_alert_address` says whether failed runs are reported to anyone."""

    pool: str
    limits: dict[str, int]
    automations: list[str]
    variables: dict[str, str]
    has_alert_address: bool


async def set_up(
    settings: Settings, infrastructure: Infrastructure = "process", lost_after: float = LOST_AFTER
) -> ServerSetup:
    """Create or update everything on the server at PREFECT_API_URL.

    A run is marked as crashed after `lost_after` seconds without a heartbeat; heartbeats come every 30 seconds.
    Raises UsageError without a server, and if the work pool exists with another type.
    """
    if not PREFECT_API_URL.value():
        raise UsageError("There is no Prefect server to set up. Next: daily-papers up, or set PREFECT_API_URL")
    profile = load_profile(settings.profile)
    variables = {
        "daily_papers_profile": settings.profile,
        "daily_papers_language": ",".join(settings.language),
        "daily_papers_model": settings.model,
        "daily_papers_time_zone": profile.time_zone,
    }
    async with get_client() as client:
        await _ensure_pool(client, infrastructure)
        limits = await _ensure_limits(client, settings)
        for name, value in variables.items():
            await Variable.aset(name, value, overwrite=True)
        automations = [lost_runs_automation(lost_after), await failed_runs_automation(settings)]
        for automation in automations:
            await _ensure_automation(client, automation)
    return ServerSetup(POOL, limits, [a.name for a in automations], variables, settings.alert_url is not None)


async def _ensure_pool(client: PrefectClient, infrastructure: Infrastructure) -> None:
    template = base_job_template(infrastructure)
    try:
        pool = await client.read_work_pool(POOL)
    except ObjectNotFound:
        await client.create_work_pool(WorkPoolCreate(name=POOL, type=infrastructure, base_job_template=template))
        return
    if pool.type != infrastructure:
        raise UsageError(
            f"The work pool {POOL} is of the type {pool.type}. Next: setup --infrastructure {pool.type}, or delete it "
            f"(prefect work-pool delete {POOL}) and set up again"
        )
    if pool.base_job_template != template:
        await client.update_work_pool(POOL, WorkPoolUpdate(base_job_template=template))


def base_job_template(infrastructure: Infrastructure) -> dict[str, Any]:
    """How a flow run is started: Prefect's own template for processes, or a template from `deployments/`.

    A process works in the folder in which `setup` was called, so that it uses the user's `./data` and `.env`.
    """
    if infrastructure != "process":
        text = (files("deployments") / f"{infrastructure}.json").read_text("utf-8")
        template: dict[str, Any] = json.loads(text)
        return template
    template = ProcessWorker.get_default_base_job_template()
    template["variables"]["properties"]["working_dir"]["default"] = str(Path.cwd())
    return template


async def _ensure_limits(client: PrefectClient, settings: Settings) -> dict[str, int]:
    """One connection to arXiv, as arXiv requires; as many concurrent model calls as the settings say."""
    limits = {ARXIV: 1, MODEL: settings.concurrency}
    for name, limit in limits.items():
        await client.upsert_global_concurrency_limit_by_name(name, limit)
    return limits


def lost_runs_automation(lost_after: float) -> AutomationCore:
    """Marks a run as crashed when its heartbeats stop: its process is gone. This also frees its slot."""
    return AutomationCore(
        name=LOST_RUNS,
        description=f"A run without a heartbeat for {lost_after:g} s is marked crashed; retry it to go on from there.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat"} | END_EVENTS,
            match_related=_own_runs(),
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            threshold=1,
            within=dt.timedelta(seconds=lost_after),
        ),
        actions=[
            ChangeFlowRunState(
                state=StateType.CRASHED,
                name="Crashed",
                message=f"No heartbeat for {lost_after:g} s: its process is gone. Retry it; what was finished is kept.",
            )
        ],
    )


async def failed_runs_automation(settings: Settings) -> AutomationCore:
    """Reports failed and crashed runs to the address in the settings; without one, only the event is recorded."""
    actions: Sequence[SendNotification | DoNothing] = [DoNothing()]
    destination = "recorded as an event only: set DAILY_PAPERS_ALERT_URL and run `daily-papers setup` for a message"
    if settings.alert_url is not None:
        # Prefect's Slack block passes any other address to apprise unchanged, so it works for all its services.
        block = SlackWebhook(url=settings.alert_url)
        document = await block.save(ALERT_BLOCK, overwrite=True)
        subject = "daily-papers: {{ flow.name }} {{ flow_run.state.name }}"
        actions = [SendNotification(block_document_id=document, subject=subject, body=MESSAGE)]
        destination = f"reported to the address in the block {ALERT_BLOCK}"
    return AutomationCore(
        name=FAILED_RUNS,
        description=f"A failed or crashed run is {destination}.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related=_own_runs(),
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=1,
            within=dt.timedelta(0),
        ),
        actions=list(actions),
    )


def _own_runs() -> dict[str, str]:
    return {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}


async def _ensure_automation(client: PrefectClient, automation: AutomationCore) -> None:
    """Create the automation of that name, or update the existing one; duplicates are removed."""
    existing = await client.read_automations_by_name(automation.name)
    for duplicate in existing[1:]:
        await client.delete_automation(duplicate.id)
    if not existing:
        await client.create_automation(automation)
        return
    fields = set(AutomationCore.model_fields)
    if existing[0].model_dump(include=fields) != automation.model_dump(include=fields):
        await client.update_automation(existing[0].id, automation)
