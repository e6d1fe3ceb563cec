"""A job is a step of its cluster, as a role of its own."""

from __future__ import annotations

import json

import pytest

from cdk_ml.data import ClusterJob, SparkCatalog
from cdk_ml.errors import ConfigurationError
from cdk_ml.sagemaker import Script
from cdk_ml.testing import assert_state_machines_valid
from tests.conftest import ROOT
from tests.data.emr.conftest import ClusterStack


def test_instances_are_nobody_but_can_become_the_role_of_a_job(cluster_stack: ClusterStack) -> None:
    (become,) = cluster_stack.statements("OrdersMayBecome")
    role = cluster_stack.stack.resolve(cluster_stack.job.role.role_arn)
    assert (become["Action"], become["Resource"]) == (["sts:AssumeRole", "sts:TagSession"], role)
    trust = cluster_stack.one("AWS::IAM::Role", "OrdersRole")["AssumeRolePolicyDocument"]["Statement"]
    actions = {action for each in trust for action in [each["Action"]]} if len(trust) > 1 else {*trust[0]["Action"]}
    assert actions == {"sts:AssumeRole", "sts:TagSession"}
    principals = {json.dumps(each["Principal"]) for each in trust}
    assert principals == {
        json.dumps({"AWS": cluster_stack.stack.resolve(cluster_stack.cluster.instance_role.role_arn)})
    }
    own = json.dumps(cluster_stack.statements("ClusterInstanceRolePolicy"))
    assert "glue:" not in own
    assert "elasticmapreduce:" not in own


def test_the_state_runs_a_step_as_the_role_of_the_job(cluster_stack: ClusterStack) -> None:
    parameters = cluster_stack.state["Parameters"]
    assert json.dumps(cluster_stack.state["Resource"]).endswith(':states:::elasticmapreduce:addStep.sync"]]}')
    assert parameters["ExecutionRoleArn"] == cluster_stack.stack.resolve(cluster_stack.job.role.role_arn)
    step = parameters["Step"]
    assert (step["Name"], step["ActionOnFailure"]) == ("Orders", "CONTINUE")
    command = json.dumps(step["HadoopJarStep"]["Args.$"])
    assert "States.Array('spark-submit', '--deploy-mode', 'cluster', '--py-files', '" in command
    assert "'--conf', 'spark.sql.shuffle.partitions=64'" in command
    assert "'--table', 'shop.orders', '--day', $.day)" in command
    assert_state_machines_valid(cluster_stack.stack)


def test_the_state_machine_may_add_steps_as_this_role_only(cluster_stack: ClusterStack) -> None:
    statements = cluster_stack.statements("NightlyRolePolicy")
    (add,) = (each for each in statements if each["Action"] == "elasticmapreduce:AddJobFlowSteps")
    role = cluster_stack.stack.resolve(cluster_stack.job.role.role_arn)
    assert add["Condition"] == {"StringEquals": {"elasticmapreduce:ExecutionRoleArn": role}}
    assert add["Resource"] == cluster_stack.stack.resolve(cluster_stack.cluster.cluster_arn)
    (rule,) = (each for each in statements if "events:PutRule" in each["Action"])
    assert "StepFunctionsGetEventForEMRAddJobFlowStepsRule" in json.dumps(rule["Resource"])
    assert "*" not in json.dumps(add["Resource"])


def test_a_job_that_emr_would_refuse(cluster_stack: ClusterStack) -> None:
    with pytest.raises(ConfigurationError) as raised:
        ClusterJob(
            cluster_stack.stack,
            "1st",
            workspace=cluster_stack.workspace,
            cluster=cluster_stack.cluster,
            script=Script(ROOT / "docs/examples/spark", "none.py"),
            arguments={"": "x"},
            conf={"executor": "1"},
            catalog=SparkCatalog(databases=[], bucket=cluster_stack.workspace.data_bucket, prefix="x/"),
        )
    found = [problem.argument for problem in raised.value.problems]
    assert found == ["id", "script.entry_point", "arguments", "spark.conf", "catalog.databases"]
