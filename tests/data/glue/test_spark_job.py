"""A Spark job is told what it runs on, and is refused with every problem at once."""

from __future__ import annotations

from pathlib import Path

import aws_cdk as cdk
import pytest

from cdk_ml.data import LakeTables, RunLimits, SparkJob, Workers
from cdk_ml.errors import ConfigurationError
from cdk_ml.workspace import Workspace
from tests.data.glue.conftest import Made


def test_defaults_are_small_standard_and_measured(made: Made) -> None:
    job = made.job("Plain")
    assert job["Command"]["Name"] == "glueetl"
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.1", "G.1X", 2)
    assert (job["ExecutionClass"], job["Timeout"], job["MaxRetries"]) == ("STANDARD", 480, 0)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 1}
    arguments = job["DefaultArguments"]
    assert {name: arguments[name] for name in ("--job-language", "--enable-metrics", "--job-bookmark-option")} == {
        "--job-language": "python",
        "--enable-metrics": "true",
        "--job-bookmark-option": "job-bookmark-disable",
    }
    assert arguments["--enable-observability-metrics"] == "true"
    assert "--extra-py-files" in arguments
    assert arguments["--TempDir"]["Fn::Join"][1][-1] == "/glue/Churn/Plain/"
    for absent in ("Name", "MaxCapacity", "NonOverridableArguments"):
        assert absent not in job
    for absent in ("--conf", "--datalake-formats", "--enable-auto-scaling", "--enable-glue-datacatalog"):
        assert absent not in arguments


def test_options_become_arguments_of_glue(made: Made) -> None:
    job = made.job("Whole")
    assert (job["WorkerType"], job["NumberOfWorkers"], job["ExecutionClass"]) == ("G.2X", 4, "FLEX")
    assert (job["Timeout"], job["MaxRetries"]) == (30, 2)
    arguments = job["DefaultArguments"]
    assert arguments["--table"] == "glue_catalog.shop.orders"
    assert arguments["--job-bookmark-option"] == "job-bookmark-enable"
    assert arguments["--enable-auto-scaling"] == "true"
    assert arguments["--datalake-formats"] == "iceberg"
    assert arguments["--enable-lakeformation-fine-grained-access"] == "true"
    settings = "".join(part if isinstance(part, str) else "?" for part in arguments["--conf"]["Fn::Join"][1])
    assert settings.startswith("spark.sql.extensions=org.apache.iceberg")
    assert settings.endswith(" --conf spark.sql.shuffle.partitions=64")
    assert any(s["Action"] == "sqs:SendMessage" for s in made.statements("Whole"))


def test_metrics_are_published_in_glues_namespace_only(made: Made) -> None:
    (publish,) = [s for s in made.statements("Plain") if s["Action"] == "cloudwatch:PutMetricData"]
    assert publish["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Glue"}}


def test_where_the_profile_wants_it_a_job_is_in_the_network_with_its_endpoints(made: Made) -> None:
    (shared,) = made.ids("AWS::Glue::Connection", "Workspace")
    assert made.job("Plain")["Connections"] == {"Connections": [{"Ref": shared}]}
    assert "Connections" not in made.job("Older")
    services = [body["ServiceName"] for body in made.ids("AWS::EC2::VPCEndpoint", "WorkspaceNetwork").values()]
    ends = {service["Fn::Join"][1][-1] for service in services if isinstance(service, dict)}
    assert {".glue", ".logs", ".monitoring", ".kms", ".sqs", ".s3", ".secretsmanager"} <= ends


def test_a_connection_takes_the_place_of_the_network(made: Made) -> None:
    (own,) = made.ids("AWS::Glue::Connection", "Orders")
    assert made.job("Whole")["Connections"] == {"Connections": [{"Ref": own}]}


def test_every_problem_is_said_at_once(stack: cdk.Stack, workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        SparkJob(
            stack,
            "Curate",
            workspace=workspace,
            script=tmp_path,
            workers=Workers(type="G.025X", count=1),
            glue_version="2.0",
            arguments={"conf": "x"},
            spark={"shuffle": "1"},
            lake=LakeTables(warehouse="/tmp"),
            limits=RunLimits(retries=-1),
        )
    assert sorted(problem.argument for problem in refused.value.problems) == [
        "arguments['conf']",
        "glue_version",
        "lake.warehouse",
        "limits.retries",
        "script",
        "spark",
        "workers.count",
        "workers.type",
    ]


def test_values_that_only_the_deployment_knows_pass(stack: cdk.Stack, workspace: Workspace, script: Path) -> None:
    number = cdk.Token.as_number({"Ref": "Number"})
    SparkJob(
        stack,
        "Curate",
        workspace=workspace,
        script=script,
        workers=Workers(type=cdk.Token.as_string({"Ref": "Type"}), count=number),
        glue_version=cdk.Token.as_string({"Ref": "Version"}),
        arguments={"table": cdk.Token.as_string({"Ref": "Table"})},
        limits=RunLimits(timeout_minutes=number, retries=number, concurrent=number),
    )
