"""The pipeline trains a real model on real rows, and registers it when it is good enough and not otherwise."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.testing import assert_pipelines_valid
from cdk_ml.workspace import Profile
from stacks.training_pipeline import TrainingPipeline
from tests.conftest import FLAGS, ROOT, only
from tests.stacks.local_pipeline import Execution, StepError
from tests.toolkit import PYTHON, needs_toolkit

pytestmark = needs_toolkit

Served = Callable[..., list[tuple[int, str, str]]]

REACHED = 0.95


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud assembly of the stack."""
    folder = tmp_path_factory.mktemp("assembly") / "cdk.out"
    app = cdk.App(context=FLAGS, outdir=str(folder))
    TrainingPipeline(app, "TrainingPipeline", profile=Profile.SANDBOX)
    app.synth()
    return folder


def started(assembly: Path, folder: Path, rows: list[list[Any]], **parameters: Any) -> Execution:
    """An execution with rows in its data bucket."""
    execution = Execution.of(assembly, folder, **parameters)
    prepare = next(step for step in execution.written["Steps"] if step["Name"] == "Prepare")
    (raw,) = (each for each in prepare["Arguments"]["ProcessingInputs"] if each["InputName"] == "raw")
    file = execution.s3(raw["S3Input"]["S3Uri"]) / "rows.csv"
    file.parent.mkdir(parents=True)
    with file.open("w", newline="") as lines:
        csv.writer(lines).writerows(rows)
    return execution


def breast_cancer() -> list[list[Any]]:
    """569 tumours, as scikit-learn carries them: 30 measures, and whether it was benign."""
    asks = (
        "import json, sklearn.datasets; d = sklearn.datasets.load_breast_cancer();"
        "print(json.dumps([[*d.feature_names, 'target'], *([*r, int(t)] for r, t in zip(d.data, d.target))]))"
    )
    rows = json.loads(subprocess.run([PYTHON, "-c", asks], capture_output=True, text=True, check=True).stdout)
    return [[name.replace(" ", "_") for name in rows[0]], *rows[1:]]


@pytest.fixture(scope="module")
def execution(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Execution:
    """The whole chain, with rows that a good model can be made of."""
    return started(assembly, tmp_path_factory.mktemp("good"), breast_cancer()).run()


def test_a_good_model_is_registered_and_waits_for_approval(execution: Execution) -> None:
    assert execution.failure is None
    assert execution.done == ["Prepare", "Train", "Evaluate", "GoodEnough", "Register"]
    (version,) = execution.registered
    assert version["ModelApprovalStatus"] == "PendingManualApproval"
    report = json.loads(execution.s3(version["ModelMetrics"]["ModelQuality"]["Statistics"]["S3Uri"]).read_text())
    metrics = {name: each["value"] for name, each in report["binary_classification_metrics"].items()}
    assert metrics["accuracy"] >= REACHED
    assert metrics["auc"] >= REACHED
    assert "validation:accuracy=0.9" in execution.output["Train"]
    # Nothing is trained with that the test is made of.
    prepared = execution.folder / "disks" / "Prepare" / "processing" / "output"
    train, test = ((prepared / name / "data.csv").read_text().splitlines()[1:] for name in ("train", "test"))
    assert not {*train} & {*test}
    assert len(train) + len(test) == 569


@pytest.fixture(scope="module")
def served(execution: Execution, tmp_path_factory: pytest.TempPathFactory) -> Served:
    """What was registered, unpacked as SageMaker does it, under AWS's inference toolkit."""
    (container,) = execution.registered[0]["InferenceSpecification"]["Containers"]
    folder = tmp_path_factory.mktemp("served")
    with tarfile.open(execution.s3(container["ModelDataUrl"])) as archive:
        archive.extractall(folder, filter="data")
    assert container["Environment"]["SAGEMAKER_SUBMIT_DIRECTORY"] == "/opt/ml/model/code"

    def ask(*requests: tuple[str, str, str]) -> list[tuple[int, str, str]]:
        command = [PYTHON, str(ROOT / "tests/stacks/serve.py"), str(folder)]
        environment = {**os.environ, "SAGEMAKER_PROGRAM": container["Environment"]["SAGEMAKER_PROGRAM"]}
        ran = subprocess.run(
            command, input=json.dumps(requests), env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return [tuple(each) for each in json.loads(ran.stdout.splitlines()[-1])]

    return ask


def test_what_is_registered_answers_what_it_is_asked(served: Served) -> None:
    header, *rows = breast_cancer()
    measures = [row[: len(header) - 1] for row in rows[:40]]
    lines = "\n".join(",".join(map(str, row)) for row in measures)
    several, one, as_csv, as_json = served(
        (lines, "text/csv", "application/json"),
        (lines.splitlines()[0], "text/csv", "*/*"),
        (lines, "text/csv", "text/csv"),
        (json.dumps(measures), "application/json", "application/json"),
    )
    assert several[:2] == (200, "application/json")
    predicted = json.loads(several[2])
    right = sum(guess == row[-1] for guess, row in zip(predicted, rows, strict=False))
    assert (len(predicted), right > 0.9 * len(predicted)) == (40, True)
    # A line alone is a row.
    assert (one[0], json.loads(one[2])) == (200, predicted[:1])
    assert (as_csv[1], [float(line) for line in as_csv[2].split()]) == ("text/csv", predicted)
    assert as_json == several


def test_what_is_no_request_is_refused_and_the_next_one_answered(served: Served) -> None:
    row = ",".join(["0.5"] * 30)
    answers = served(
        ("<row/>", "application/xml", "application/json"),
        (row, "text/csv", "image/png"),
        ("{", "application/json", "application/json"),
        (",".join(["many"] * 30), "text/csv", "application/json"),
        (row + "\n" + row.replace("0.5", "", 1), "text/csv", "application/json"),
        ("1,2,3", "text/csv", "application/json"),
        ("", "text/csv", "application/json"),
        (row, "text/csv", "application/json"),
    )
    assert [status for status, _, _ in answers] == [500] * 7 + [200]
    said = [body.splitlines()[0] for _, _, body in answers]
    assert said[:2] == [
        "Content type application/xml is not supported by this framework.",
        "Content type image/png is not supported by this framework.",
    ]
    assert said[3:7] == ["A row is 30 numbers"] * 4


def test_a_model_that_is_not_good_enough_fails_the_execution(assembly: Path, tmp_path: Path) -> None:
    execution = started(assembly, tmp_path, breast_cancer(), LeastAccuracy=0.9999).run()
    assert execution.done == ["Prepare", "Train", "Evaluate", "GoodEnough", "NotGoodEnough"]
    assert execution.failure == "The accuracy on the test rows is below LeastAccuracy"
    assert execution.registered == []


def test_incomplete_and_repeated_rows_are_left_out(assembly: Path, tmp_path: Path) -> None:
    rows = breast_cancer()
    broken = [["", *rows[1][1:]], ["nan", *rows[1][1:]], ["many", *rows[1][1:]], rows[1][:-1], rows[1]]
    execution = started(assembly, tmp_path, [*rows, *broken]).run()
    assert "'dropped': 4" in execution.output["Prepare"]
    assert execution.registered


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([["a", "target"], [1, 0]], "there is no row for te"),
        (
            [["a", "label"], [1, 0]],
            "rows.csv has the columns ['a', 'label']: target and those of other files are needed",
        ),
    ],
)
def test_data_that_cannot_train_stops_the_execution(
    assembly: Path, tmp_path: Path, rows: list[list[Any]], expected: str
) -> None:
    with pytest.raises(StepError, match="Prepare: ") as failed:
        started(assembly, tmp_path, rows).run()
    assert expected in str(failed.value).replace("there is no row for train", "there is no row for test")


def test_it_starts_every_week_and_can_be_started(assembly: Path) -> None:
    assert assert_pipelines_valid(assembly) == 1
    template = Template.from_json(json.loads((assembly / "TrainingPipeline.template.json").read_text()))
    schedule = only(template, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(0 3 ? * MON *)"
    name = only(template, "AWS::SageMaker::Pipeline")["PipelineName"]
    assert template.to_json()["Outputs"]["PipelineName"]["Value"] == name
