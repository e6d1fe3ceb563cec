"""A drawn job is kept by a custom resource, and is otherwise as other jobs are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from botocore.session import get_session  # type: ignore[import-untyped]
from botocore.validate import validate_parameters  # type: ignore[import-untyped]

from cdk_ml.data import LakeTables, RunLimits, VisualJob, Workers
from cdk_ml.errors import ConfigurationError
from cdk_ml.workflow import StateMachine
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import FLAGS, ROOT, TAGS
from tests.data.glue.conftest import Made

ORDERS = ROOT / "docs/examples/glue_studio/orders.json"
ARN = ":glue:<AWS::Region>:<AWS::AccountId>:job/"


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A job in the network, and one that is not."""
    stack = cdk.Stack(cdk.App(context=FLAGS, outdir=str(tmp_path_factory.mktemp("out"))), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    sandbox = Workspace(stack, "Sandbox", profile=Profile.SANDBOX, tags=TAGS)
    orders = VisualJob(
        stack,
        "Orders",
        workspace=workspace,
        nodes=ORDERS,
        workers=Workers(type="G.2X", count=4),
        flex=True,
        bookmarks=True,
        arguments={"day": "monday"},
        lake=LakeTables(warehouse="s3://lake/"),
        statements=[Statement(actions=["sqs:SendMessage"], resources=["arn:aws:sqs:us-east-1:111111111111:q"])],
        limits=RunLimits(timeout_minutes=30, retries=2),
    )
    small = VisualJob(stack, "Small", workspace=sandbox, nodes=str(ORDERS))
    StateMachine(
        stack,
        "Nightly",
        workspace=sandbox,
        definition=orders.task(stack, "Run"),
        statements=orders.run_statements(),
    )
    return Made(stack, {"Orders": orders, "Small": small}, None, Template.from_stack(stack))  # type: ignore[arg-type]


def text(value: Any) -> str:
    """What CloudFormation makes of a value, with references in angle brackets."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return str(value["Fn::Join"][0]).join(text(part) for part in value["Fn::Join"][1])
    if "Fn::Select" in value:
        return "<part>"
    return f"<{value.get('Ref') or '.'.join(value['Fn::GetAtt'])}>"


def definition(drawn: Made, name: str) -> dict[str, Any]:
    """The job as the handler hands it to Glue."""
    found: dict[str, Any] = json.loads(text(drawn.one("Custom::GlueVisualJob", name)["Definition"]))
    return found


def test_the_graph_and_the_rest_of_the_job_are_what_glue_takes(drawn: Made) -> None:
    job = definition(drawn, "Orders")
    assert job["CodeGenConfigurationNodes"] == json.loads(ORDERS.read_text())
    assert (job["WorkerType"], job["NumberOfWorkers"], job["ExecutionClass"]) == ("G.2X", 4, "FLEX")
    assert (job["Timeout"], job["MaxRetries"], job["ExecutionProperty"]) == (30, 2, {"MaxConcurrentRuns": 1})
    arguments = job["DefaultArguments"]
    assert (arguments["--day"], arguments["--datalake-formats"]) == ("monday", "iceberg")
    assert arguments["--job-bookmark-option"] == "job-bookmark-enable"
    model = get_session().get_service_model("glue")
    for shape, whole in (
        (model.operation_model("CreateJob").input_shape, {"Name": "orders", **job}),
        (model.shape_for("JobUpdate"), job),
    ):
        validate_parameters({**whole, "JobMode": "VISUAL", "Description": "it"}, shape)


def test_cloudformation_makes_no_job_beside_it(drawn: Made) -> None:
    assert drawn.ids("AWS::Glue::Job") == {}
    kept = drawn.ids("Custom::GlueVisualJob")
    assert len({body["Name"] for body in kept.values()}) == len(kept) == 2
    for body in kept.values():
        assert text(body["Arn"]).endswith(f"{ARN}{body['Name']}")
        assert json.loads(body["Tags"])["project"] == TAGS.project


def test_glue_writes_the_script_where_the_job_may_read_it_and_not_write(drawn: Made) -> None:
    location = definition(drawn, "Orders")["Command"]["ScriptLocation"]
    assert location.startswith("s3://<WorkspaceArtifact")
    assert location.endswith("/glue-scripts/Churn/Orders.py")
    arn = f"{location.removeprefix('s3://<').partition('>')[2]}"
    on_script = [s["Action"] for s in drawn.statements("Orders") if _on(s, arn)]
    assert on_script == ["s3:GetObject"]


def _on(statement: dict[str, Any], end: str) -> bool:
    resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    return any(text(each).endswith(end) for each in resources)


def test_what_keeps_the_job_may_do_that_with_this_job_only(drawn: Made) -> None:
    (policy,) = drawn.ids("AWS::IAM::ManagedPolicy", "OrdersKeeperStepRolePolicy").values()
    statements = policy["PolicyDocument"]["Statement"]
    name = drawn.one("Custom::GlueVisualJob", "Orders")["Name"]
    (keep,) = [s for s in statements if "glue:UpdateJob" in s["Action"]]
    assert keep["Action"] == ["glue:CreateJob", "glue:DeleteJob", "glue:GetJob", "glue:TagResource", "glue:UpdateJob"]
    assert text(keep["Resource"]).endswith(f":job/{name}")
    (hand,) = [s for s in statements if s["Action"] == "iam:PassRole"]
    assert hand["Condition"] == {"StringEquals": {"iam:PassedToService": "glue.amazonaws.com"}}
    (role,) = drawn.ids("AWS::IAM::Role", "OrdersRole")
    assert hand["Resource"] == {"Fn::GetAtt": [role, "Arn"]}
    (script,) = [s for s in statements if "s3:PutObject" in s["Action"]]
    assert script["Action"] == ["s3:DeleteObject", "s3:PutObject"]
    assert text(script["Resource"]).endswith("/glue-scripts/Churn/Orders.py")


def test_it_is_started_watched_encrypted_and_in_the_network_as_other_jobs_are(drawn: Made) -> None:
    (id,) = drawn.ids("Custom::GlueVisualJob", "Orders")
    rule = drawn.one("AWS::Events::Rule", "OrdersFailures")
    assert rule["EventPattern"]["detail"] == {"jobName": [{"Ref": id}], "state": ["FAILED", "TIMEOUT", "ERROR"]}
    state = drawn.one("AWS::StepFunctions::StateMachine", "Nightly")["DefinitionString"]
    assert {"Ref": id} in state["Fn::Join"][1]
    job, small = definition(drawn, "Orders"), definition(drawn, "Small")
    assert job["SecurityConfiguration"].startswith("<WorkspaceGlueSecurityConfiguration")
    assert small["SecurityConfiguration"].startswith("<SandboxGlueSecurityConfiguration")
    assert len(job["Connections"]["Connections"]) == 1
    assert "Connections" not in small
    waits = drawn.template.find_resources("Custom::GlueVisualJob")[id]["DependsOn"]
    assert {*drawn.ids("AWS::Logs::LogGroup", "OrdersLogGroup")} <= {*waits}


def test_every_problem_is_said_at_once(stack: cdk.Stack, workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "orders.json"
    file.write_text('{"node-1": {"S3CatalogSource": {"Name": "Orders"}}}')
    with pytest.raises(ConfigurationError) as refused:
        VisualJob(
            stack,
            "Orders",
            workspace=workspace,
            nodes=file,
            workers=Workers(count=1),
            limits=RunLimits(concurrent=2),
            bookmarks=True,
        )
    assert sorted(problem.argument for problem in refused.value.problems) == [
        "limits.concurrent",
        "nodes",
        "workers.count",
    ]
