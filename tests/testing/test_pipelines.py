"""Pipeline definitions, good and bad, as plain templates write them."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.testing import assert_pipelines_valid
from cdk_ml.testing.pipeline_steps import _OPERATIONS, _model

PREPARE = {
    "Name": "Prepare",
    "Type": "Processing",
    "PropertyFiles": [{"PropertyFileName": "Split", "OutputName": "train", "FilePath": "split.json"}],
    "Arguments": {
        "AppSpecification": {"ImageUri": "image"},
        "ProcessingResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 30}
        },
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": "train",
                    "S3Output": {
                        "S3Uri": {
                            "Std:Join": {"On": "", "Values": ["s3://", {"Get": "Execution.PipelineExecutionId"}]}
                        },
                        "LocalPath": "/opt/ml/processing/output/train",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        "RoleArn": "arn:aws:iam::111111111111:role/prepare",
    },
}
URI = "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"
TRAIN = {
    "Name": "Train",
    "Type": "Training",
    "DependsOn": ["Prepare"],
    "Arguments": {
        "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
        "HyperParameters": {"rounds": {"Get": "Parameters.Rounds"}},
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": {"Get": URI}}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": "s3://models/"},
        "ResourceConfig": {"InstanceCount": {"Get": "Parameters.Count"}, "InstanceType": "ml.m5.large"},
        "RoleArn": "arn:aws:iam::111111111111:role/train",
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
    },
}
REPORT = {"Std:JsonGet": {"PropertyFile": {"Get": "Steps.Prepare.PropertyFiles.Split"}, "Path": "rows"}}
ENOUGH = {
    "Name": "Enough",
    "Type": "Condition",
    "DependsOn": ["Prepare"],
    "Arguments": {
        "Conditions": [{"Type": "GreaterThan", "LeftValue": REPORT, "RightValue": 10}],
        "IfSteps": [
            {
                "Name": "Register",
                "Type": "RegisterModel",
                "Arguments": {
                    "ModelPackageGroupName": "churn",
                    "InferenceSpecification": {
                        "Containers": [
                            {"Image": "image", "ModelDataUrl": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}}
                        ]
                    },
                },
            }
        ],
        "ElseSteps": [{"Name": "Stop", "Type": "Fail", "Arguments": {"ErrorMessage": "Too few"}}],
    },
}
ASK = {
    "Name": "Ask",
    "Type": "Lambda",
    "FunctionArn": "arn:aws:lambda:eu-west-1:111111111111:function:f",
    "OutputParameters": [{"OutputName": "score", "OutputType": "Float"}],
    "Arguments": {"model": {"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}},
}
WHOLE = {
    "Version": "2020-12-01",
    "Parameters": [
        {"Name": "Rounds", "Type": "String", "DefaultValue": "10"},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
    ],
    "Steps": [PREPARE, TRAIN, ENOUGH, ASK],
}


def template(folder: Path, definition: Any) -> Path:
    resource = {"Type": "AWS::SageMaker::Pipeline", "Properties": {"PipelineDefinition": definition}}
    file = folder / "pipeline.template.json"
    file.write_text(json.dumps({"Resources": {"Pipeline": resource}}))
    return file


def pipeline(folder: Path, whole: dict[str, Any]) -> Path:
    return template(folder, {"PipelineDefinitionBody": json.dumps(whole)})


def said(file: Path) -> list[str]:
    with pytest.raises(AssertionError) as failed:
        assert_pipelines_valid(file)
    first, *lines = str(failed.value).splitlines()
    assert first.startswith("Pipelines are valid: ")
    return [line.removeprefix("- Pipeline: ") for line in lines]


def test_a_whole_pipeline_is_valid(tmp_path: Path) -> None:
    assert assert_pipelines_valid(pipeline(tmp_path, WHOLE)) == 1


def at(whole: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        whole = whole[part]
    return whole


IF = ("Steps", 2, "Arguments", "IfSteps", 0)


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("Version",), "2019-01-01", "Version 2019-01-01 is none. Use 2020-12-01."),
        (("Steps",), [], "there are no steps."),
        (("Parameters", 0, "Type"), "Text", "Parameters: Type Text of Rounds is none. Use one of String, "),
        (("Parameters", 1, "DefaultValue"), "one", "Parameters: the default 'one' of Count is no Integer."),
        (("Parameters", 1, "DefaultValue"), True, "Parameters: the default True of Count is no Integer."),
        (("Parameters", 1, "Name"), "Counts", "Train: Parameters.Count: no such parameter. There are Rounds, Counts."),
        (("Steps", 1, "Name"), "Prepare", "Prepare: 2 steps have this name. Name each differently."),
        (("Steps", 1, "DependsOn"), ["Prepar"], "Train: DependsOn: Prepar is no step. There are Prepare, Train, "),
        (
            ("Steps", 1, "DependsOn"),
            ["Stop"],
            "Train: DependsOn: Stop is in Enough.ElseSteps, where nothing outside can wait for it.",
        ),
        (("Steps", 0, "DependsOn"), ["Train"], "Ask, Enough, Prepare, Register, Train wait for each other, "),
        (("Steps", 0, "DependsOn"), ["Enough"], "wait for each other, or for those that do."),
        (("Steps", 1, "Type"), "Train", "Train: Type Train is none. Use one of AutoML, Callback, "),
        ((*IF, "DependsOn"), ["Stop"], "Register: DependsOn: Stop is in Enough.ElseSteps, where "),
        (
            ("Steps", 0, "PropertyFiles"),
            [],
            "Enough: Steps.Prepare.PropertyFiles.Split: no such property file. There are none.",
        ),
        (
            ("Steps", 0, "PropertyFiles", 0, "OutputName"),
            "test",
            "Enough: Steps.Prepare.PropertyFiles.Split: it is in test, which the step does not write.",
        ),
        (
            ("Steps", 3, "Arguments", "model", "Get"),
            "Steps.Train.ModelArtifact.S3ModelArtifacts",
            "Ask: Steps.Train.ModelArtifact.S3ModelArtifacts: DescribeTrainingJob answers TrainingJobName, ",
        ),
        (
            ("Steps", 3, "Arguments", "model", "Get"),
            "Steps.Train.TrainingJobName.First",
            "Ask: Steps.Train.TrainingJobName.First: DescribeTrainingJob answers a string there, without First.",
        ),
        (
            ("Steps", 3, "Arguments", "model", "Get"),
            "Steps.Enough.Outcome",
            "Ask: Steps.Enough.Outcome: a Condition step answers nothing.",
        ),
        (
            (*IF, "Arguments", "InferenceSpecification", "Containers", 0, "ModelDataUrl", "Get"),
            "Steps.Ask.OutputParameters['scores']",
            "Register: Steps.Ask.OutputParameters['scores']: it answers score.",
        ),
        (
            ("Steps", 3, "Arguments", "model", "Get"),
            "Execution.Id",
            "Ask: Execution.Id: an execution has no such value. Use one of CurrentDateTime, PipelineArn, ",
        ),
        (
            ("Steps", 3, "Arguments", "model", "Get"),
            "Step.Train",
            "Ask: Step.Train: nothing is called so. Use Parameters, Execution or Steps.",
        ),
        (("Steps", 3, "FunctionArn"), "", "Ask: a Lambda step needs FunctionArn."),
        (("Steps", 1, "Arguments"), None, "Train: a Training step needs Arguments."),
        (
            ("Steps", 1, "Arguments", "RoleArn"),
            7,
            "Train: CreateTrainingJob: Invalid type for parameter RoleArn, value: 7, type: <class 'int'>",
        ),
        (
            ("Steps", 1, "Arguments", "Roll"),
            "x",
            'Train: CreateTrainingJob: Unknown parameter in input: "Roll", must be one of: TrainingJobName, ',
        ),
        (
            ("Steps", 1, "Arguments", "HyperParameters", "rounds", "Get"),
            "Parameters.Count",
            "Train: CreateTrainingJob: Invalid type for parameter HyperParameters.rounds, value: 1, ",
        ),
        (
            ("Steps", 1, "Arguments", "ResourceConfig", "InstanceCount", "Get"),
            "Parameters.Rounds",
            "Train: CreateTrainingJob: Invalid type for parameter ResourceConfig.InstanceCount, value: 10, type: ",
        ),
        (
            ("Steps", 0, "Arguments", "ProcessingResources"),
            {},
            'Prepare: CreateProcessingJob: Missing required parameter in ProcessingResources: "ClusterConfig".',
        ),
        (
            (*IF, "Arguments", "InferenceSpecification"),
            {},
            'Register: CreateModelPackage: Missing required parameter in InferenceSpecification: "Containers".',
        ),
    ],
)  # fmt: skip
def test_what_cannot_run_is_told(tmp_path: Path, path: tuple[Any, ...], value: Any, expected: str) -> None:
    whole = deepcopy(WHOLE)
    at(whole, path[:-1])[path[-1]] = value
    lines = said(pipeline(tmp_path, whole))
    assert any(line.startswith(expected) or line.endswith(expected) for line in lines), lines


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (
            {"PipelineDefinitionS3Location": {"Bucket": "b", "Key": "k"}},
            "the definition is in S3, where it cannot be read. Use PipelineDefinitionBody.",
        ),
        (
            {"PipelineDefinitionBody": "{"},
            "the definition is no JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1).",
        ),
        ({"PipelineDefinitionBody": "[]"}, "the definition is no JSON object."),
        (
            {"PipelineDefinitionBody": " " * 1_048_577},
            "the definition has 1048577 characters. SageMaker takes 1048576.",
        ),
    ],
)
def test_a_definition_that_cannot_be_read_is_told(tmp_path: Path, definition: Any, expected: str) -> None:
    assert said(template(tmp_path, definition)) == [expected]


def test_what_only_the_deployment_knows_passes(tmp_path: Path) -> None:
    whole = deepcopy(WHOLE)
    at(whole, ("Steps", 1, "Arguments"))["RoleArn"] = "ROLE"
    before, after = json.dumps(whole).split("ROLE")
    body = {"Fn::Join": ["", [before, {"Fn::GetAtt": ["Role", "Arn"]}, after]]}
    assert assert_pipelines_valid(template(tmp_path, {"PipelineDefinitionBody": body})) == 1


@pytest.mark.parametrize("kind", _OPERATIONS)
def test_every_kind_of_job_is_an_operation_of_sagemaker(kind: str) -> None:
    create, describe, name = _OPERATIONS[kind]
    members = _model().operation_model(create).input_shape.members
    assert not name or name in members
    assert describe in _model().operation_names
