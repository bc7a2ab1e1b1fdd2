"""What the deployments need on a Prefect server: work pool, limits, automations, variables and blocks.

`daily-papers setup` makes all of it, and a second call changes only what differs.
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

ALERTS = "daily-papers-alerts"  # the block that holds the address
ZOMBIES, FAILURES = "daily-papers: lost runs", "daily-papers: failed runs"
HEARTBEAT = 30  # seconds; the least that Prefect allows
LOST_AFTER = 3 * HEARTBEAT + 5  # seconds without a heartbeat, after which a run is taken for lost

Infrastructure = Literal["process", "docker", "kubernetes"]
ENDS = {f"prefect.flow-run.{state}" for state in ("Completed", "Failed", "Crashed", "Cancelled")}

MESSAGE = """{{ flow.name }} run {{ flow_run.name }} is {{ flow_run.state.name }}.
{{ flow_run.state.message }}
{{ (flow_run | ui_url) or "" }}"""


@dataclass(frozen=True)
class SetUp:
    """What there is on the server now; `address` says whether anybody is told of a failed run."""

    pool: str
    limits: dict[str, int]
    automations: list[str]
    variables: dict[str, str]
    address: bool


async def set_up(
    settings: Settings, infrastructure: Infrastructure = "process", lost_after: float = LOST_AFTER
) -> SetUp:
    """Make or mend all of it on the server at PREFECT_API_URL.

    `lost_after` are the seconds without a heartbeat, which comes every 30, after which a run is marked crashed.
    Raises UsageError without such a server, and for a pool of that name and another kind.
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
        await _pool(client, infrastructure)
        limits = await _limits(client, settings)
        for name, value in variables.items():
            await Variable.aset(name, value, overwrite=True)
        made = [lost_runs(lost_after), await failed_runs(settings)]
        for automation in made:
            await _automation(client, automation)
    return SetUp(POOL, limits, [a.name for a in made], variables, settings.alert_url is not None)


async def _pool(client: PrefectClient, infrastructure: Infrastructure) -> None:
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
    """How a flow run is started: Prefect's own template for processes, here; `deployments/` has the others.

    A process works in the folder in which `setup` was called, so that `./data` and `.env` are those of the user.
    """
    if infrastructure != "process":
        text = (files("deployments") / f"{infrastructure}.json").read_text("utf-8")
        found: dict[str, Any] = json.loads(text)
        return found
    template = ProcessWorker.get_default_base_job_template()
    template["variables"]["properties"]["working_dir"]["default"] = str(Path.cwd())
    return template


async def _limits(client: PrefectClient, settings: Settings) -> dict[str, int]:
    """One connection to arXiv, as it asks; as many model calls at once as the settings say."""
    limits = {ARXIV: 1, MODEL: settings.concurrency}
    for name, limit in limits.items():
        await client.upsert_global_concurrency_limit_by_name(name, limit)
    return limits


def lost_runs(lost_after: float) -> AutomationCore:
    """A run whose heartbeats end before it does has lost its process: it is marked crashed, which frees its slot."""
    return AutomationCore(
        name=ZOMBIES,
        description=f"A run without a heartbeat for {lost_after:g} s is marked crashed; retry it to go on from there.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.heartbeat"} | ENDS,
            match_related=_ours(),
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


async def failed_runs(settings: Settings) -> AutomationCore:
    """A failed or crashed run is told to the address of the settings; without one the event alone is recorded."""
    actions: Sequence[SendNotification | DoNothing] = [DoNothing()]
    said = "recorded as an event alone: set DAILY_PAPERS_ALERT_URL and run `daily-papers setup` for a message"
    if settings.alert_url is not None:
        # Prefect's Slack block hands what is no Slack address to apprise as it is, so it does for all of apprise's.
        block = SlackWebhook(url=settings.alert_url)
        document = await block.save(ALERTS, overwrite=True)
        subject = "daily-papers: {{ flow.name }} {{ flow_run.state.name }}"
        actions = [SendNotification(block_document_id=document, subject=subject, body=MESSAGE)]
        said = f"told to the address in the block {ALERTS}"
    return AutomationCore(
        name=FAILURES,
        description=f"A failed or crashed run is {said}.",
        trigger=EventTrigger(
            expect={"prefect.flow-run.Failed", "prefect.flow-run.Crashed"},
            match={"prefect.resource.id": "prefect.flow-run.*"},
            match_related=_ours(),
            for_each={"prefect.resource.id"},
            posture=Posture.Reactive,
            threshold=1,
            within=dt.timedelta(0),
        ),
        actions=list(actions),
    )


def _ours() -> dict[str, str]:
    return {"prefect.resource.role": "tag", "prefect.resource.id": f"prefect.tag.{TAG}"}


async def _automation(client: PrefectClient, wanted: AutomationCore) -> None:
    """Create the automation of that name, or bring the one that is there up to date; doubles are removed."""
    there = await client.read_automations_by_name(wanted.name)
    for double in there[1:]:
        await client.delete_automation(double.id)
    if not there:
        await client.create_automation(wanted)
        return
    fields = set(AutomationCore.model_fields)
    if there[0].model_dump(include=fields) != wanted.model_dump(include=fields):
        await client.update_automation(there[0].id, wanted)
