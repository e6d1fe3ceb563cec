"""The proof of compliance, as users call it."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sagemaker as sagemaker

from cdk_ml.checks import UnknownPackError
from cdk_ml.testing import assert_compliant
from cdk_ml.workspace import acknowledge


def notebook(stack: cdk.Stack) -> sagemaker.CfnNotebookInstance:
    return sagemaker.CfnNotebookInstance(
        stack,
        "Notebook",
        instance_type="ml.t3.medium",
        role_arn="arn:aws:iam::111111111111:role/notebook",
        instance_metadata_service_configuration={"minimumInstanceMetadataServiceVersion": "2"},
        tags=[cdk.CfnTag(key=key, value="x") for key in ("project", "owner", "environment", "cost-center")],
    )


def test_a_finding_says_where_it_is_what_it_is_and_what_to_do(stack: cdk.Stack) -> None:
    notebook(stack)
    with pytest.raises(AssertionError) as failed:
        assert_compliant(stack, ["ML"])
    first, *lines = str(failed.value).splitlines()
    assert first == f"Nothing open in ML: {len(lines)} problems" if len(lines) > 1 else "Nothing open in ML: 1 problem"
    (root,) = [line for line in lines if "NotebookNoRoot" in line]
    assert root.startswith("- Churn/Notebook: ML::ML-NotebookNoRoot: ")
    assert root.endswith(".")
    assert root.count(". ") == 1


def test_what_is_acknowledged_is_reported_and_passes(stack: cdk.Stack) -> None:
    instance = notebook(stack)
    with pytest.raises(AssertionError) as failed:
        assert_compliant(stack, ["ML"])
    rules = {line.split("::")[1].split(":")[0] for line in str(failed.value).splitlines()[1:]}
    acknowledge(instance, "A teaching notebook without data.", *rules)
    acknowledge(stack, "No budget for a lesson.", *(rule for rule in rules if "Budget" in rule))
    report = assert_compliant(stack, ["ML"])
    assert {found.acknowledged for found in report.acknowledged} <= {
        "A teaching notebook without data.",
        "No budget for a lesson.",
    }
    assert report.acknowledged


def test_an_acknowledgement_that_matches_nothing_is_named(stack: cdk.Stack) -> None:
    acknowledge(cdk.CfnResource(stack, "Topic", type="AWS::SNS::Topic"), "There was one.", "ML-NotebookNoRoot")
    with pytest.raises(AssertionError) as failed:
        assert_compliant(stack, ["ML"])
    assert str(failed.value).splitlines()[-1] == (
        "- Churn/Topic: ML::ML-NotebookNoRoot is acknowledged, but nothing finds it. Remove the acknowledgement."
    )


def test_a_pack_that_does_not_exist_is_refused(stack: cdk.Stack) -> None:
    notebook(stack)
    with pytest.raises(UnknownPackError, match="SOC2: no such pack"):
        assert_compliant(stack, ["SOC2"])
