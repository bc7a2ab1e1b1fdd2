"""The base job templates and the image: what Prefect, JSON Schema and Kubernetes require of them."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import prefect.server
import pytest
import yaml
from jsonschema import Draft202012Validator
from prefect.workers.base import BaseJobConfiguration

from flows.server.setup import base_job_template

ROOT = Path(__file__).resolve().parents[2]
VIEWS = Path(prefect.server.__file__).parent / "api/collections_data/views/aggregate-worker-metadata.json"
KINDS = {"docker": "prefect-docker", "kubernetes": "prefect-kubernetes"}


def prefect_template(kind: str) -> dict[str, Any]:
    template: dict[str, Any] = json.loads(VIEWS.read_text())[KINDS[kind]][kind]["default_base_job_configuration"]
    return template


class Configuration(BaseJobConfiguration, extra="allow"):
    """A job configuration with the fields of any kind of worker."""


def job_configuration(kind: str, **values: Any) -> dict[str, Any]:
    """What the worker receives: the template with its defaults and the job variables of prefect.yaml."""
    job_variables = yaml.safe_load((ROOT / "prefect.yaml").read_text())["definitions"]["pool"]["job_variables"]
    template = base_job_template(kind)  # type: ignore[arg-type]
    configuration: Configuration = asyncio.run(Configuration.from_template_and_values(template, job_variables | values))
    return configuration.model_dump()


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_has_everything_that_prefects_own_has(kind: str) -> None:
    ours, theirs = base_job_template(kind), prefect_template(kind)  # type: ignore[arg-type]
    assert set(ours["job_configuration"]) == set(theirs["job_configuration"])
    assert set(theirs["variables"]["properties"]) <= set(ours["variables"]["properties"])
    for name, schema in theirs["variables"]["properties"].items():
        assert ours["variables"]["properties"][name].get("type") == schema.get("type"), name
    used_variables = set(re.findall(r"\{\{ (\w+) \}\}", json.dumps(ours["job_configuration"])))
    assert used_variables <= set(ours["variables"]["properties"])  # the server checks this, too
    assert used_variables >= set(re.findall(r"\{\{ (\w+) \}\}", json.dumps(theirs["job_configuration"])))


@pytest.mark.parametrize("kind", ["process", *KINDS])
def test_the_variables_are_a_json_schema_that_their_defaults_and_our_deployments_fit(kind: str) -> None:
    schema = base_job_template(kind)["variables"]  # type: ignore[arg-type]
    Draft202012Validator.check_schema(schema)
    defaults = {n: p["default"] for n, p in schema["properties"].items() if "default" in p}
    assert len(defaults) >= 2
    Draft202012Validator(schema).validate(defaults | {"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}})


def test_the_job_is_one_that_kubernetes_takes() -> None:
    configuration = job_configuration("kubernetes", command="prefect flow-run execute", name="daily")
    job = configuration["job_manifest"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    # As the worker does: turn the variables into a list, and split the command.
    container["env"] = [{"name": name, "value": value} for name, value in container["env"].items()]
    container["args"] = container["args"].split()
    job["metadata"].pop("labels", None)
    kubernetes_validate.validate(job, "1.31", strict=True)
    assert {"name": "PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "value": "30"} in container["env"]
    assert container["envFrom"] == [{"secretRef": {"name": "daily-papers", "optional": True}}]
    assert job["spec"]["backoffLimit"] == 0  # Prefect decides on retries
    container["image"] = 7
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(job, "1.31", strict=True)


def test_a_container_keeps_the_store_and_the_heartbeat() -> None:
    configuration = job_configuration("docker", command="prefect flow-run execute", name="daily")
    assert configuration["env"] == {"DAILY_PAPERS_STORE": "/data", "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
    assert configuration["volumes"] == ["daily-papers:/data"]
    assert configuration["image"] == "daily-papers:latest"


def test_the_image_copies_files_that_exist_and_are_not_ignored() -> None:
    lines = (ROOT / "deployments/Dockerfile").read_text().splitlines()
    copied_names = [name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]]
    allowed_names = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"requirements.lock", "flows", "prefect.yaml"} <= set(copied_names) == allowed_names
    assert all((ROOT / name).exists() for name in copied_names)
