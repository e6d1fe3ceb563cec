"""The registry's side sends decisions to the account that deploys, and lets it retrain and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.mlops import SharedRegistry
from cdk_ml.sagemaker import Compute, JobStep, ModelPackageGroup, ModelSharing, Pipeline, ProcessingJob
from cdk_ml.workspace import Workspace
from tests.conftest import only, resources

Make = Callable[..., SharedRegistry]
Synth = Callable[[], Template]
SHARING = ModelSharing(accounts=["222222222222"], may_deploy=True, artifacts="churn/")


@pytest.fixture
def make(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes the registry's side, of defaults but for what the test says."""

    def made(*, sharing: ModelSharing | None = SHARING, **options: Any) -> SharedRegistry:
        models = ModelPackageGroup(
            stack, "Models", workspace=workspace, sharing=sharing, model_package_group_name="churn"
        )
        given = {"account": "222222222222", "event_bus_name": "churn-registry", **options}
        return SharedRegistry(stack, "Shared", workspace=workspace, models=models, **given)

    return made


@pytest.fixture
def pipeline(stack: cdk.Stack, workspace: Workspace) -> Pipeline:
    job = ProcessingJob(
        stack,
        "Prepare",
        workspace=workspace,
        image=images.built_in_algorithm("sklearn"),
        script=None,
        compute=Compute(instance_type="ml.m5.large"),
        outputs=["train"],
    )
    return Pipeline(stack, "Pipeline", workspace=workspace, steps=[JobStep(job)], pipeline_name="churn")


def test_decisions_go_to_the_bus_of_the_other_account(make: Make, template: Synth) -> None:
    shared = make()
    rule = only(template(), "AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["ModelApprovalStatus"] == ["Approved", "Rejected"]
    (target,) = rule["Targets"]
    assert ":222222222222:event-bus/churn-registry" in json.dumps(target["Arn"])
    assert "RoleArn" in target
    assert "DeadLetterConfig" in target
    assert shared.role is None


def test_the_other_account_may_start_the_pipeline(make: Make, pipeline: Pipeline, template: Synth) -> None:
    make(pipeline=pipeline, role_name="churn-retrain")
    made = template()
    roles = resources(made, "AWS::IAM::Role").values()
    (role,) = [body["Properties"] for body in roles if body["Properties"].get("RoleName") == "churn-retrain"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert ":iam::222222222222:root" in json.dumps(trust["Principal"])
    policies = resources(made, "AWS::IAM::ManagedPolicy")
    (own,) = [body["Properties"] for id, body in policies.items() if id.startswith("SharedRetrain")]
    (statement,) = own["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["sagemaker:ListPipelineExecutions", "sagemaker:StartPipelineExecution"]
    assert "pipeline/" in json.dumps(statement["Resource"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sharing": None}, r"account='222222222222' may not deploy versions of the group.*may_deploy=True"),
        (
            {"sharing": ModelSharing(accounts=["333333333333"], may_deploy=True, artifacts="churn/")},
            r"account='222222222222' may not deploy",
        ),
        ({"sharing": ModelSharing(accounts=["222222222222"], artifacts="churn/")}, r"may not deploy"),
        (
            {"sharing": ModelSharing(accounts=["222222222222"], may_deploy=True)},
            r"may deploy versions of the group, but not read their artifacts",
        ),
        ({"account": "22"}, r"account='22' is not an account id\. Write its twelve digits"),
        ({"event_bus_name": "aws.events"}, r"event_bus_name='aws\.events'"),
        ({"role_name": "a b"}, r"role_name='a b' is no name of a role"),
    ],
)
def test_what_could_not_work_is_refused(make: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(**options)


def test_an_account_that_only_the_deployment_knows_passes(make: Make, stack: cdk.Stack, template: Synth) -> None:
    make(account=cdk.CfnParameter(stack, "Account").value_as_string)
    template().resource_count_is("AWS::Events::Rule", 1)
