"""Clarify serves who was there before, finds its inputs where it looks for them, and reads a configuration it knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError, Problem
from cdk_ml.sagemaker import (
    ClarifyJob,
    Compute,
    Data,
    Facet,
    JobStep,
    LabeledData,
    Outcome,
    PredictedLabels,
    Shap,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS

Make = Callable[..., ClarifyJob]
HEADERS = ["granted", "sex", "age", "income", "customer"]


@pytest.fixture
def clarify(stack: cdk.Stack, workspace: Workspace, rows: Data) -> Make:
    """Makes a job, of defaults but for what the test says."""

    def make(id: str = "Clarify", **options: Any) -> ClarifyJob:
        usual: dict[str, Any] = {
            "workspace": workspace,
            "compute": Compute(instance_type="ml.c5.xlarge"),
            "data": LabeledData(rows, "granted", headers=HEADERS, excluded=["customer"]),
            "facets": [Facet("sex", values=["female"]), Facet("age", threshold=60)],
            "outcome": Outcome(values=[1]),
            "existing_customer": True,
        }
        return ClarifyJob(stack, id, **{**usual, **options})

    return make


def config(job: ClarifyJob) -> dict[str, Any]:
    root: Any = job.node.root
    asset: Any = job.node.find_child("Config")
    root.synth()
    told: dict[str, Any] = json.loads((Path(root.outdir) / asset.asset_path).read_text())
    return told


def test_the_job_is_as_clarify_wants_it(clarify: Make) -> None:
    request = clarify(endpoint_name="loans").request
    inputs = {each["InputName"]: each["S3Input"] for each in request["ProcessingInputs"]}
    assert {name: each["LocalPath"] for name, each in inputs.items()} == {
        "analysis_config": "/opt/ml/processing/input/config",
        "dataset": "/opt/ml/processing/input/data",
    }
    assert all((each["S3DataType"], each["S3InputMode"]) == ("S3Prefix", "File") for each in inputs.values())
    (output,) = request["ProcessingOutputConfig"]["Outputs"]
    assert (output["OutputName"], output["S3Output"]["LocalPath"], output["S3Output"]["S3UploadMode"]) == (
        "analysis_result",
        "/opt/ml/processing/output",
        "EndOfJob",
    )
    assert [*request["AppSpecification"]] == ["ImageUri"]
    assert request["NetworkConfig"]["EnableNetworkIsolation"] is False
    assert request["NetworkConfig"]["VpcConfig"]["Subnets"]


def test_the_configuration_asks_for_bias_of_an_endpoint_and_its_explanation(clarify: Make) -> None:
    shap = Shap(samples=500, baseline=[{"age": 40, "sex": "male", "income": 50.5}], seed=7)
    assert config(clarify(endpoint_name="loans", group_variable="income", shap=shap)) == {
        "version": "1.0",
        "dataset_type": "text/csv",
        "headers": HEADERS,
        "label": "granted",
        "label_values_or_threshold": [1],
        "facet": [
            {"name_or_index": "sex", "value_or_threshold": ["female"]},
            {"name_or_index": "age", "value_or_threshold": [60]},
        ],
        "group_variable": "income",
        "excluded_columns": ["customer"],
        "methods": {
            "pre_training_bias": {"methods": "all"},
            "post_training_bias": {"methods": "all"},
            "shap": {
                "baseline": [["male", 40, 50.5]],
                "num_samples": 500,
                "agg_method": "mean_abs",
                "use_logit": False,
                "save_local_shap_values": False,
                "seed": 7,
            },
            "report": {"name": "report", "title": "Analysis"},
        },
        "predictor": {"endpoint_name": "loans", "content_type": "text/csv", "accept_type": "text/csv"},
    }


def test_predictions_may_be_among_the_rows(clarify: Make) -> None:
    told = config(clarify(predictions=PredictedLabels("income", threshold=0.5)))
    assert (told["predicted_label"], told["probability_threshold"]) == ("income", 0.5)
    assert "predictor" not in told
    assert [*told["methods"]] == ["post_training_bias", "pre_training_bias", "report"]


def test_without_predictions_only_the_data_is_measured(clarify: Make) -> None:
    assert {*config(clarify())["methods"]} == {"pre_training_bias", "report"}


def test_the_job_may_ask_its_endpoint_and_no_other(clarify: Make, stack: cdk.Stack) -> None:
    clarify(endpoint_name="Loans")
    policies = Template.from_stack(stack).find_resources("AWS::IAM::ManagedPolicy").values()
    statements = [each for policy in policies for each in policy["Properties"]["PolicyDocument"]["Statement"]]
    (asks,) = (each for each in statements if "sagemaker:InvokeEndpoint" in each["Action"])
    assert asks["Action"] == ["sagemaker:DescribeEndpoint", "sagemaker:InvokeEndpoint"]
    # SageMaker writes the names of endpoints in lower case in their ARNs.
    assert asks["Resource"]["Fn::Join"][1][-1] == ":endpoint/loans"


def test_a_pipeline_and_a_state_machine_run_it(clarify: Make, stack: cdk.Stack) -> None:
    job = clarify()
    assert JobStep(job).type == "Processing"
    task: Any = job.task(stack, "Analyze").to_state_json()
    assert task["Resource"].endswith(":states:::sagemaker:createProcessingJob.sync")


def test_whoever_synthesizes_is_told_that_it_closed(clarify: Make) -> None:
    job = clarify()
    (warning,) = [each for each in job.node.metadata if each.type == "aws:cdk:warning"]
    assert "SageMaker Clarify" in str(warning.data)


def problem(argument: str, value: Any, rule: str, fix: str) -> Problem:
    return Problem(argument, value, rule, fix)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"facets": (), "outcome": None},
            problem("facets", [], "asks for nothing, and neither does shap", "Give facets, shap or both"),
        ),
        (
            {"outcome": None},
            problem("outcome", None, "goes with facets, and they with an outcome", "Give both, or neither"),
        ),
        (
            {"facets": [Facet("granted", values=[1])]},
            problem(
                "facets[0].name",
                "granted",
                "is the label",
                "Name the column that says who somebody is, and not what was decided",
            ),
        ),
        (
            {"endpoint_name": "loans", "predictions": PredictedLabels("income")},
            problem(
                "endpoint_name",
                "loans",
                "is asked for what is among the rows already",
                "Give predictions or an endpoint",
            ),
        ),
        (
            {"shap": Shap()},
            problem("endpoint_name", None, "leaves nobody to explain", "Name the endpoint that shap explains"),
        ),
        (
            {"endpoint_name": "loans", "shap": Shap(algorithm="tree")},
            problem(
                "shap.algorithm", "tree", "is nothing that Clarify has", "Use 'kernel', or an ExplainabilityReport"
            ),
        ),
        (
            {"timeout_seconds": 604_801},
            problem(
                "timeout_seconds",
                604_801,
                "is not a time that an analysis may take",
                "Use 1 to 604800, which is seven days",
            ),
        ),
    ],
)
def test_what_clarify_could_make_nothing_of_is_refused(
    clarify: Make, options: dict[str, Any], expected: Problem
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        clarify(**options)
    assert caught.value.problems == (expected,)


def test_columns_have_to_be_named(clarify: Make, rows: Data) -> None:
    with pytest.raises(ConfigurationError) as caught:
        clarify(data=LabeledData(rows, "granted"))
    assert caught.value.problems == (
        problem("data.headers", [], "does not say what columns are called", "Name each column in its order"),
    )


def test_a_new_customer_is_told_what_to_use_instead(clarify: Make) -> None:
    with pytest.raises(ConfigurationError) as caught:
        clarify(existing_customer=False)
    (found,) = caught.value.problems
    assert (found.argument, found.value) == ("existing_customer", False)
    assert "closed to new customers" in found.rule
    assert "existing_customer=True" in found.fix


def test_a_name_of_the_deployment_cannot_be_packed(clarify: Make) -> None:
    with pytest.raises(ConfigurationError, match="is known to the deployment only"):
        clarify(endpoint_name=cdk.Aws.STACK_NAME)


def test_a_region_without_clarify_is_refused() -> None:
    environment = cdk.Environment(account="111111111111", region="me-central-1")
    stack = cdk.Stack(cdk.App(context=FLAGS), "Loans", env=environment)
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    with pytest.raises(ConfigurationError, match="is not published in me-central-1"):
        ClarifyJob(
            stack,
            "Clarify",
            workspace=workspace,
            compute=Compute(instance_type="ml.c5.xlarge"),
            data=LabeledData(Data(workspace.data_bucket, "loans/"), "granted", headers=HEADERS),
            facets=[Facet("sex", values=["female"])],
            outcome=Outcome(values=[1]),
            existing_customer=True,
        )
