"""Reports are made as a pipeline makes them: unpacked by their entry point, in the folders of a processing job."""

from __future__ import annotations

import csv
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.facts import images
from cdk_ml.sagemaker import (
    AnalyzedModel,
    BiasReport,
    Compute,
    ConditionStep,
    Data,
    ExplainabilityReport,
    Facet,
    FailStep,
    LabeledData,
    Limit,
    Outcome,
    Parameter,
    Pipeline,
    PredictedLabels,
    RegisterModelStep,
    Script,
)
from cdk_ml.sagemaker.pipelines.conditions import Compare
from cdk_ml.testing import assert_pipelines_valid
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS
from tests.stacks.local_pipeline import Execution, StepError
from tests.toolkit import needs_toolkit

pytestmark = needs_toolkit

IMAGE = images.built_in_algorithm("sklearn")
COMPUTE = Compute(instance_type="ml.m5.large")
COLUMNS = ["income", "debt", "sex", "granted", "called"]
INFERENCE = """
def model_fn(model_dir):
    with open(model_dir + "/weights.txt") as file:
        return [float(line) for line in file]

def predict_fn(data, model):
    return data["income"] * model[0] + data["debt"] * model[1]
"""
WEIGHTS = (0.02, -0.01)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that explains a model, and registers it when it is fair enough."""
    folder = tmp_path_factory.mktemp("assembly")
    (folder / "code").mkdir()
    (folder / "code" / "serve.py").write_text(INFERENCE)
    app = cdk.App(context=FLAGS, outdir=str(folder / "cdk.out"))
    stack = cdk.Stack(app, "Loans")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    data = Data(workspace.data_bucket, "loans/test/")
    archive = Data(workspace.data_bucket, "loans/model.tar.gz")
    explain = ExplainabilityReport(
        stack,
        "Explain",
        workspace=workspace,
        image=IMAGE,
        compute=COMPUTE,
        data=LabeledData(data, "granted", excluded=["sex", "called"]),
        model=AnalyzedModel(archive, inference=Script(folder / "code", "serve.py")),
        limits=[Limit("debt", maximum=0.9)],
    )
    bias = BiasReport(
        stack,
        "Bias",
        workspace=workspace,
        image=IMAGE,
        compute=COMPUTE,
        data=LabeledData(data, "granted"),
        predictions=PredictedLabels("called"),
        facets=[Facet("sex", values=["female"])],
        outcome=Outcome(values=[1]),
        limits=[Limit("DPPL", minimum=-0.2, maximum=0.2)],
    )
    strict = BiasReport(
        stack,
        "Strict",
        workspace=workspace,
        image=IMAGE,
        compute=COMPUTE,
        data=LabeledData(data, "granted"),
        facets=[Facet("sex", values=["female"])],
        outcome=Outcome(values=[1]),
        limits=[Limit("CI", maximum=0.9)],
        fail_on_violation=True,
    )
    register = RegisterModelStep(
        "Register",
        "loans",
        model=archive,
        image=IMAGE,
        bias=bias.step().location("Analysis"),
        explainability=explain.step().location("Analysis"),
    )
    share = Compare(explain.share("income"), ">=", Parameter("LeastIncome", 0.5))
    metric = Compare(bias.value("DI", "sex"), ">", 0.1)
    Pipeline(
        stack,
        "Pipeline",
        workspace=workspace,
        steps=[
            explain.step(),
            bias.step(),
            strict.step(),
            ConditionStep(
                "Fair",
                [bias.passed, explain.passed, share, metric],
                then=[register],
                otherwise=[FailStep("Unfair", "A limit is not kept")],
            ),
        ],
    )
    assert_pipelines_valid(stack)
    app.synth()
    return folder / "cdk.out"


def execution(assembly: Path, folder: Path, *, women: float, men: float = 0.6, count: int = 60) -> Execution:
    """An execution with people of whom the model calls so many positive."""
    made = Execution.of(assembly, folder)
    step = next(step for step in made.written["Steps"] if step["Name"] == "Explain")
    inputs = {each["InputName"]: made.s3(each["S3Input"]["S3Uri"]) for each in step["Arguments"]["ProcessingInputs"]}
    chance = random.Random(7)
    inputs["data"].mkdir(parents=True)
    with (inputs["data"] / "people.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for sex, share, number in (("female", women, count), ("male", men, 60)):
            for index in range(number):
                called = int(index < share * number)
                row = [
                    round(chance.gauss(50, 10), 2),
                    round(chance.uniform(0, 30), 2),
                    sex,
                    called ^ (index == 0),
                    called,
                ]
                writer.writerow(row)
    model = folder / "model"
    model.mkdir()
    (model / "weights.txt").write_text("\n".join(map(str, WEIGHTS)))
    subprocess.run(["tar", "-czf", inputs["model"], "-C", model, "."], check=True)
    return made


def left(made: Execution, step: str, file: str) -> str:
    outputs = made.answers[step]["ProcessingOutputConfig"]["Outputs"]
    return (made.s3(outputs[0]["S3Output"]["S3Uri"]) / file).read_text()


def test_a_fair_model_is_registered_with_its_reports(assembly: Path, tmp_path: Path) -> None:
    made = execution(assembly, tmp_path, women=0.5).run()
    assert made.failure is None
    (registered,) = made.registered
    metrics = registered["ModelMetrics"]
    bias = json.loads(made.s3(metrics["Bias"]["Report"]["S3Uri"]).read_text())
    assert {*bias} >= {"pre_training_bias_metrics", "post_training_bias_metrics"}
    explained = json.loads(made.s3(metrics["Explainability"]["Report"]["S3Uri"]).read_text())
    assert {*explained["explanations"]["kernel_shap"]["label0"]["global_shap_values"]} == {"income", "debt"}
    assert explained["largest_additivity_error"] < 1e-9
    evaluation = json.loads(left(made, "Bias", "evaluation.json"))
    assert evaluation["gate"] == {"status": "PASSED", "violations": []}
    assert evaluation["metrics"]["sex"]["DPPL"] == pytest.approx(0.1)
    assert left(made, "Explain", "report.html").startswith("<!doctype html>")


def test_a_model_that_is_not_ends_the_execution(assembly: Path, tmp_path: Path) -> None:
    made = execution(assembly, tmp_path, women=0.2).run()
    assert (made.failure, made.registered) == ("A limit is not kept", [])
    (violation,) = json.loads(left(made, "Bias", "evaluation.json"))["gate"]["violations"]
    assert (violation["group"], violation["name"], violation["value"]) == ("sex", "DPPL", pytest.approx(0.4))


def test_a_report_that_has_to_pass_fails_the_job_and_says_why(assembly: Path, tmp_path: Path) -> None:
    made = execution(assembly, tmp_path, women=0.5, count=2)
    with pytest.raises(StepError, match=r"CI of sex is 0\.9355, and has to be at most 0\.9"):
        made.run()
    disk = tmp_path / "disks" / "Strict"
    assert (disk / "output" / "message").read_text() == "CI of sex is 0.9355, and has to be at most 0.9"
    # The report is there, whether SageMaker brings it or not.
    assert (disk / "processing" / "output" / "report" / "report.html").exists()


def test_data_of_which_no_report_can_be_made_fails_the_job_and_says_why(assembly: Path, tmp_path: Path) -> None:
    made = execution(assembly, tmp_path, women=0.5, count=0)
    says = "sex is female in 0 of 60 rows: there is nobody to compare with"
    with pytest.raises(StepError, match=says):
        made.run()
    assert (tmp_path / "disks" / "Bias" / "output" / "message").read_text() == says


def test_the_configuration_is_what_the_script_is_told(assembly: Path, tmp_path: Path) -> None:
    made = execution(assembly, tmp_path, women=0.5).run()
    told: dict[str, Any] = json.loads((tmp_path / "disks" / "Bias" / "processing" / "code" / "config.json").read_text())
    assert made.failure is None
    assert told == {
        "title": "BiasReport Loans/Bias",
        "data": {"label": "granted", "headers": [], "excluded": []},
        "predictions": {"column": "called", "threshold": None},
        "bias": {
            "facets": [{"name": "sex", "values": ["female"], "threshold": None}],
            "outcome": {"values": [1], "threshold": None},
            "group": None,
        },
        "limits": [{"name": "DPPL", "group": None, "minimum": -0.2, "maximum": 0.2}],
        "fail": False,
    }
