"""Jobs as small as a pipeline needs them, and what a pipeline of them says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template
from constructs import Construct

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.sagemaker import Compute, Data, Job, Pipeline, ProcessingJob, Script, Step
from cdk_ml.sagemaker.jobs.data import Output
from cdk_ml.sagemaker.jobs.job import JobKind
from cdk_ml.sagemaker.jobs.values import Result, Value
from cdk_ml.testing.rendering import render
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT, only, resources

SKLEARN = images.built_in_algorithm("sklearn")
MACHINE = Compute(instance_type="ml.m5.xlarge")


@dataclass(frozen=True, slots=True)
class Archive(Output):
    """The archive of a model that a training job left."""

    @property
    def uri(self) -> Value:
        return Result(self.step, "ModelArtifacts.S3ModelArtifacts")


class Training(Job):
    """A training job of the least that the API takes."""

    kind = JobKind(name="Training", arn="training-job", logs="TrainingJobs")

    def __init__(
        self, scope: Construct, id: str, *, workspace: Workspace, data: Data, rounds: Value = "10", epochs: Any = None
    ) -> None:
        super().__init__(scope, id, workspace=workspace)
        self._data = data
        self._place(repository_arns=["arn:aws:ecr:us-east-1:111111111111:repository/mine"], statements=[], role=None)
        source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": data.uri}}
        self.request = {
            "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
            "HyperParameters": {"rounds": rounds},
            "InputDataConfig": [{"ChannelName": "train", "DataSource": source}],
            "OutputDataConfig": {"S3OutputPath": "s3://models/"},
            "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": epochs or 10},
            "RoleArn": self.role.role_arn,
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }

    def _inputs(self) -> list[Data]:
        return [self._data]

    @property
    def model(self) -> Archive:
        """What it leaves."""
        return Archive(self._workspace.artifact_bucket, "models", step=self.step_name, name="model")


def processing(scope: Construct, id: str, workspace: Workspace, **options: Any) -> ProcessingJob:
    """A processing job that runs the script of the docs."""
    script = Script(ROOT / "docs/examples/prepare", "prepare.py")
    return ProcessingJob(scope, id, workspace=workspace, image=SKLEARN, script=script, compute=MACHINE, **options)


@pytest.fixture
def prepare(stack: cdk.Stack, workspace: Workspace) -> ProcessingJob:
    """Data for training and for a test."""
    raw = {"raw": Data(workspace.data_bucket, "churn/raw/")}
    return processing(stack, "Prepare", workspace, inputs=raw, outputs=["train", "test"])


@pytest.fixture
def train(stack: cdk.Stack, workspace: Workspace, prepare: ProcessingJob) -> Training:
    """Trains with what was prepared."""
    return Training(stack, "Train", workspace=workspace, data=prepare.output("train"))


@pytest.fixture
def evaluate(stack: cdk.Stack, workspace: Workspace, prepare: ProcessingJob, train: Training) -> ProcessingJob:
    """Tests what was trained."""
    inputs = {"model": train.model, "test": prepare.output("test")}
    return processing(stack, "Evaluate", workspace, inputs=inputs, outputs=["report"])


Make = Callable[..., Pipeline]
Definition = Callable[[], dict[str, Any]]
Refused = Callable[..., list[str]]


@pytest.fixture
def pipeline(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a pipeline of steps."""

    def make(*steps: Step, id: str = "Pipeline", **options: Any) -> Pipeline:
        return Pipeline(stack, id, workspace=workspace, steps=steps, **options)

    return make


@pytest.fixture
def refused(pipeline: Make) -> Refused:
    """What is said about a pipeline that cannot be made, a line for each problem."""

    def says(*steps: Step, **options: Any) -> list[str]:
        with pytest.raises(ConfigurationError) as raised:
            pipeline(*steps, id=f"Pipeline{next(numbers)}", **options)
        return [line.partition(": ")[2] for line in str(raised.value).splitlines()]

    numbers = count()

    return says


@pytest.fixture
def definition(template: Callable[[], Template]) -> Definition:
    """Synthesizes, and reads the definition of the one pipeline."""

    def read() -> dict[str, Any]:
        body = only(template(), "AWS::SageMaker::Pipeline")["PipelineDefinition"]["PipelineDefinitionBody"]
        found: dict[str, Any] = json.loads(render(body))
        return found

    return read


def steps_of(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Steps by name, those of branches as well."""
    found: dict[str, dict[str, Any]] = {}
    for step in definition["Steps"]:
        found[step["Name"]] = step
        for side in ("IfSteps", "ElseSteps"):
            found |= steps_of({"Steps": step["Arguments"].get(side, [])})
    return found


def actions_of(template: Template, role: str) -> list[str]:
    """What a role may do, in the order of its statements."""
    policies = resources(template, "AWS::IAM::ManagedPolicy")
    (policy,) = (found["Properties"] for name, found in policies.items() if name.startswith(f"{role}Policy"))
    actions = (statement["Action"] for statement in policy["PolicyDocument"]["Statement"])
    return [each for action in actions for each in (action if isinstance(action, list) else [action])]
