"""A job on EKS is run as a role that only its own pods can be."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import assertions

from cdk_ml.data import EmrVirtualCluster, Spark, VirtualClusterJob, Worker
from cdk_ml.data.emr.virtual_cluster_job import in_base_36
from cdk_ml.errors import ConfigurationError
from cdk_ml.testing import assert_state_machines_valid
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.data.emr.conftest import ISSUER, SCRIPT, VirtualStack


def test_a_name_is_written_as_emr_writes_it() -> None:
    assert in_base_36("tf_emr_eks_job_role") == "1wu0n6f5pn56pyq0ztwvp2yhvpefs5"
    assert in_base_36("") == "0"


def test_only_pods_that_emr_starts_as_the_role_can_take_it_on(virtual_stack: VirtualStack) -> None:
    role = virtual_stack.one("AWS::IAM::Role", "OrdersRole")
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert trust["Condition"]["StringEquals"] == {f"{ISSUER}:aud": "sts.amazonaws.com"}
    account = trust["Condition"]["StringLike"][f"{ISSUER}:sub"]["Fn::Join"][1]
    assert account[0] == "system:serviceaccount:spark:emr-containers-sa-*-*-"
    assert account[2] == f"-{in_base_36(role['RoleName'])}"


def test_the_roles_name_says_the_region_where_it_is_known() -> None:
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn", env=cdk.Environment(region="eu-central-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    issuer = ISSUER.replace("us-east-1", "eu-central-1")
    cluster = EmrVirtualCluster(
        stack, "Spark", workspace=workspace, cluster_name="platform", oidc_issuer=issuer, namespace="spark"
    )
    VirtualClusterJob(stack, "Orders", workspace=workspace, cluster=cluster, script=SCRIPT)
    names = [
        each["Properties"]["RoleName"]
        for each in assertions.Template.from_stack(stack).find_resources("AWS::IAM::Role").values()
        if "RoleName" in each["Properties"]
    ]
    assert len(names) == 1
    assert names[0].endswith("-eu-central-1")
    assert len(names[0]) <= 64


def test_the_state_runs_the_job_on_pods_of_any_size(virtual_stack: VirtualStack) -> None:
    assert json.dumps(virtual_stack.state["Resource"]).endswith(':states:::emr-containers:startJobRun.sync"]]}')
    parameters = virtual_stack.state["Parameters"]
    assert parameters["ReleaseLabel"] == "emr-7.13.0-latest"
    submit = parameters["JobDriver"]["SparkSubmitJobDriver"]
    assert submit["EntryPointArguments.$"] == "States.Array('--table', 't', '--day', $.day)"
    text = json.dumps(submit["SparkSubmitParameters"])
    assert "spark.executor.cores=3" in text
    assert "emr-serverless" not in text
    logs = parameters["ConfigurationOverrides"]["MonitoringConfiguration"]
    assert logs["S3MonitoringConfiguration"]["LogUri"]["Fn::Join"][1][-1].startswith("/logs/emr-eks/")
    assert_state_machines_valid(virtual_stack.stack)


def test_runs_start_as_this_jobs_role_only(virtual_stack: VirtualStack) -> None:
    statements = virtual_stack.one("AWS::IAM::ManagedPolicy", "NightlyRolePolicy")["PolicyDocument"]["Statement"]
    given = virtual_stack.one("AWS::IAM::Policy", "CallerDefaultPolicy")["PolicyDocument"]["Statement"]
    role = virtual_stack.stack.resolve(virtual_stack.job.role.role_arn)
    for each in (*statements, *given):
        if each["Action"] == "emr-containers:StartJobRun":
            assert each["Resource"] == virtual_stack.stack.resolve(virtual_stack.cluster.virtual_cluster_arn)
            assert each["Condition"] == {"StringEquals": {"emr-containers:ExecutionRoleArn": role}}
    started = [each for each in (*statements, *given) if each["Action"] == "emr-containers:StartJobRun"]
    assert len(started) == 2


def test_a_job_that_emr_would_refuse(virtual_stack: VirtualStack) -> None:
    with pytest.raises(ConfigurationError) as raised:
        VirtualClusterJob(
            virtual_stack.stack,
            "1st",
            workspace=virtual_stack.workspace,
            cluster=virtual_stack.cluster,
            script=SCRIPT,
            spark=Spark(driver=Worker(vcpu=0), conf={"spark.executor.cores": "1"}),
        )
    assert [problem.argument for problem in raised.value.problems] == ["id", "spark.driver.vcpu", "spark.conf"]
