"""Glue's worker types are those that CloudFormation and the API know, and its versions those of the CDK."""

from __future__ import annotations

import re
from typing import Any

from aws_cdk import aws_glue as glue
from botocore.session import get_session  # type: ignore[import-untyped]
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from cdk_ml.facts import data_quality
from cdk_ml.facts import glue as facts

# A size of old versions that says nothing of itself, and one of a service that closed.
NOT_OURS = {"Standard", "Z.2X"}
MODEL = get_session().get_service_model("glue")


def schema(type_: str) -> dict[str, Any]:
    found: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", f"AWS::Glue::{type_}").schema
    return found


def documented(member: str) -> str:
    """What the API says about a member of a job."""
    text = MODEL.operation_model("CreateJob").input_shape.members[member].documentation
    return " ".join(re.sub("<[^>]+>", " ", text).split())


def test_worker_types_are_those_of_cloudformation_and_of_the_api() -> None:
    assert {*facts.worker_types()} == {*schema("Job")["properties"]["WorkerType"]["enum"]} - NOT_OURS
    assert {*facts.worker_types()} == {*MODEL.shape_for("WorkerType").enum} - NOT_OURS


def test_what_a_worker_is_and_since_when_is_what_the_api_says() -> None:
    text = documented("WorkerType")
    for name, worker in facts.worker_types().items():
        (entry,) = re.findall(rf"For the {re.escape(name)} worker type, (.*?)(?=For the |$)", text)
        size = re.search(r"([\d.]+) M?-?DPU \((\d+) ?vCPUs, (\d+) ?GB of memory\)", entry)
        assert size is not None, entry
        assert (float(size[1]), int(size[2]), int(size[3])) == (worker.dpus, worker.cpus, worker.memory_gib)
        since = re.search(r"only available for Glue version ([\d.]+)|available only for Glue version ([\d.]+)", entry)
        assert worker.since == (since[1] or since[2] if since else facts.versions()[0])
        assert worker.only_streaming == ("or later streaming jobs" in entry)


def test_versions_are_those_of_the_cdk_from_the_first_that_has_every_worker_on() -> None:
    known = [version.name.removeprefix("V").replace("_", ".") for version in glue.GlueVersion]
    assert [*facts.versions()] == known[known.index("3.0") :]
    assert facts.is_older("3.0", "5.1")
    assert not facts.is_older("5.1", "5.1")


def test_flex_time_outs_and_python_are_what_the_api_says() -> None:
    assert "Only jobs with Glue version 3.0 and above and command type glueetl" in documented("ExecutionClass")
    assert facts.since("flex") == "3.0"
    assert f"{facts.limit('longest_minutes')} minutes" in documented("Timeout")
    assert "either 0.0625 or 1 DPU" in documented("MaxCapacity")
    assert facts.python_shell()["dpus"] == [0.0625, 1.0]
    assert re.fullmatch(schema("Job")["definitions"]["JobCommand"]["properties"]["PythonVersion"]["pattern"], "3.9")
    assert facts.python_shell()["python"] == "3.9"


def test_a_ruleset_is_as_long_as_cloudformation_takes_it() -> None:
    assert data_quality.longest_ruleset() == schema("DataQualityRuleset")["properties"]["Ruleset"]["maxLength"]
