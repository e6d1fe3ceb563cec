"""State machines, good and bad, as CDK and plain templates write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from cdk_ml.testing import asl_integrations, assert_state_machines_valid

TRAINING = {
    "TrainingJobName.$": "$.name",
    "AlgorithmSpecification": {"TrainingImage": "image", "TrainingInputMode": "File"},
    "OutputDataConfig": {"S3OutputPath": "s3://churn/model"},
    "ResourceConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB.$": "$.size"},
    "RoleArn": "arn:aws:iam::111111111111:role/training",
    "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
}


def machine(folder: Path, states: dict[str, Any], **properties: Any) -> Path:
    """A template with one state machine that starts with the first of the states."""
    definition = {"StartAt": next(iter(states)), "States": states, **properties}
    return template(folder, DefinitionString=json.dumps(definition))


def template(folder: Path, **properties: Any) -> Path:
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    file = folder / "machine.template.json"
    file.write_text(json.dumps({"Resources": {"Machine": resource}}))
    return file


def task(resource: str, parameters: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    state = {"Type": "Task", "Resource": f"arn:aws:states:::{resource}", "End": True, **fields}
    return state if parameters is None else {**state, "Parameters": parameters}


def said(file: Path) -> list[str]:
    with pytest.raises(AssertionError) as failed:
        assert_state_machines_valid(file)
    first, *lines = str(failed.value).splitlines()
    assert first.startswith("State machines are valid: ")
    return [line.removeprefix("- Machine: ") for line in lines]


def test_what_the_cdk_writes_is_valid(stack: cdk.Stack) -> None:
    function = lambda_.Function.from_function_name(stack, "Imported", "judge")
    bucket, topic = s3.Bucket(stack, "Bucket"), sns.Topic(stack, "Topic")
    failed, untrained = sfn.Fail(stack, "Failed"), sfn.Fail(stack, "Untrained")
    train = tasks.SageMakerCreateTrainingJob(
        stack,
        "Train",
        integration_pattern=sfn.IntegrationPattern.RUN_JOB,
        training_job_name=sfn.JsonPath.string_at("$.name"),
        algorithm_specification=tasks.AlgorithmSpecification(
            training_image=tasks.DockerImage.from_json_expression("$.image"), training_input_mode=tasks.InputMode.FILE
        ),
        output_data_config=tasks.OutputDataConfig(
            s3_output_location=tasks.S3Location.from_bucket(bucket, "models"),
        ),
        input_data_config=[
            tasks.Channel(
                channel_name="train",
                data_source=tasks.DataSource(
                    s3_data_source=tasks.S3DataSource(s3_location=tasks.S3Location.from_bucket(bucket, "data"))
                ),
            )
        ],
    ).add_catch(untrained)
    describe = tasks.CallAwsService(
        stack,
        "Describe",
        service="sagemaker",
        action="describeTrainingJob",
        parameters={"TrainingJobName": sfn.JsonPath.string_at("$.TrainingJobName")},
        iam_resources=["*"],
    )
    judge = tasks.LambdaInvoke(stack, "Judge", lambda_function=function)
    tell = tasks.SnsPublish(stack, "Tell", topic=topic, message=sfn.TaskInput.from_object({"accuracy.$": "$.accuracy"}))
    good = sfn.Choice(stack, "Good?").when(sfn.Condition.boolean_equals("$.good", True), tell).otherwise(failed)
    each = sfn.Map(stack, "Each", items_path="$.models").item_processor(train.next(describe))
    sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(each.next(judge).next(good)))
    jsonata = tasks.DynamoGetItem.jsonata(
        stack,
        "Get",
        key={"id": tasks.DynamoAttributeValue.from_string("{% $states.input.id %}")},
        table=cdk.aws_dynamodb.Table.from_table_name(stack, "Table", "models"),
    )
    sfn.StateMachine(stack, "Other", definition_body=sfn.DefinitionBody.from_chainable(jsonata))
    assert assert_state_machines_valid(stack) == 2


def test_a_template_without_state_machines_has_none(stack: cdk.Stack) -> None:
    s3.Bucket(stack, "Bucket")
    assert assert_state_machines_valid(stack) == 0


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ({"A": {"Type": "Pass", "Next": "C"}}, "A: Next names C, which is no state. There are A."),
        ({"A": {"Type": "Succeed"}, "B": {"Type": "Fail"}}, "B: nothing leads to it. Remove it, or name it as a Next."),
        ({"A": {"Type": "Pass"}}, "A: a Pass state has either Next or End: true, and this has neither."),
        (
            {"A": {"Type": "Pass", "Next": "A", "End": True}},
            "A: a Pass state has either Next or End: true, and this has Next and End.",
        ),
        ({"A": {"Type": "Pass", "Next": "A"}}, "no state that A leads to ends the execution. Give one End: true."),
        ({"A": {"Type": "Succeed", "Next": "A"}}, "A: a Succeed state has no Next. Remove it."),
        (
            {"A": {"Type": "Sleep", "End": True}},
            "A: Type Sleep is none. Use one of Task, Pass, Choice, Wait, Succeed, Fail, Parallel, Map.",
        ),
        ({"A": {"Type": "Choice", "Default": "B"}, "B": {"Type": "Fail"}}, "A: a Choice state needs Choices."),
        (
            {"A": {"Type": "Choice", "Choices": [{"Next": "Z"}]}},
            "A: Choices[0].Next names Z, which is no state. There are A.",
        ),
        (
            {"A": {"Type": "Choice", "Choices": [{"Next": "B"}], "Default": "Z"}, "B": {"Type": "Fail"}},
            "A: Default names Z, which is no state. There are A, B.",
        ),
        (
            {"A": {"Type": "Pass", "End": True, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Z"}]}},
            "A: Catch[0].Next names Z, which is no state. There are A.",
        ),
        ({"A": {"Type": "Map", "End": True}}, "A: a Map state needs an ItemProcessor."),
        ({"A": {"Type": "Parallel", "End": True}}, "A: a Parallel state needs Branches."),
        ({"A" * 81: {"Type": "Succeed"}}, f"{'A' * 81}: the name has 81 characters. Use at most 80."),
        (
            {"A": {"Type": "Pass", "End": True, "Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["X"]}]}},
            "A: States.ALL in Retry is not last, so those after it never apply. Move it to the end.",
        ),
        (
            {"A": {"Type": "Parallel", "End": True, "Branches": [
                {"StartAt": "B", "States": {"B": {"Type": "Succeed"}}},
                {"StartAt": "C", "States": {"D": {"Type": "Succeed"}}},
            ]}},
            "A[1]/StartAt names C, which is no state. There are D.",
        ),
    ],
)  # fmt: skip
def test_a_graph_that_does_not_hold_together_is_told(tmp_path: Path, states: dict[str, Any], expected: str) -> None:
    assert expected in said(machine(tmp_path, states))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (
            task("sagemaker:createTrainingJob.syncc", TRAINING),
            "A: sagemaker:createTrainingJob has no pattern .syncc. Use .sync.",
        ),
        (task("sns:publish.sync", {}), "A: sns:publish has no pattern .sync. Use .waitForTaskToken."),
        (task("dynamodb:getItem.sync", {}), "A: dynamodb:getItem has no pattern .sync. Use no pattern."),
        (
            task("sagemaker:createTrainingJobs", {}),
            "A: sagemaker:createTrainingJobs is no optimized integration (did you mean createTrainingJob?). It has "
            "createHyperParameterTuningJob, createLabelingJob, createProcessingJob, createTrainingJob, "
            "createTransformJob, createEndpoint, createEndpointConfig, createModel, updateEndpoint.",
        ),
        (task("kinesis:putRecord", {}), "A: kinesis has no optimized integration. Use an aws-sdk one."),
        (
            task("aws-sdk:sagemakers:createModel", {}),
            "A: sagemakers is no service of the AWS SDK (did you mean sagemaker?). It is the SDK for "
            "Java 2 that names them.",
        ),
        (
            task("aws-sdk:sagemaker:createModell", {}),
            "A: sagemaker:createModell is no operation (did you mean createModel?). Operations are written in "
            "camelCase.",
        ),
        (
            task("aws-sdk:sagemaker:CreateModel", {}),
            "A: sagemaker:CreateModel is no operation (did you mean createModel?). Operations are written in "
            "camelCase.",
        ),
        (
            task("aws-sdk:sagemaker:createModel.sync", {}),
            "A: aws-sdk integrations have no pattern .sync. Poll for the end, or use an optimized integration.",
        ),
        (
            task("sagemaker", {}),
            "A: arn:aws:states:::sagemaker is no service integration. Use arn:<partition>:states:::<service>:<action>.",
        ),
        (
            task("aws-sdk:sagemaker:describeTrainingJob", {"TrainingJob": "x"}),
            'A: aws-sdk:sagemaker:describeTrainingJob: Missing required parameter in input: "TrainingJobName".',
        ),
        (
            task("sagemaker:createTrainingJob.sync", {**TRAINING, "Roll": 1}),
            'A: sagemaker:createTrainingJob: Unknown parameter in input: "Roll", must be one of: TrainingJobName,',
        ),
        (
            task(
                "sagemaker:createTrainingJob.sync", {**TRAINING, "StoppingCondition": {"MaxRuntimeInSeconds": "long"}}
            ),
            "A: sagemaker:createTrainingJob: Invalid type for parameter StoppingCondition.MaxRuntimeInSeconds, "
            "value: long, type: <class 'str'>, valid types: <class 'int'>.",
        ),
        (
            task("aws-sdk:sts:getCallerIdentity", {"Name": "x"}),
            'A: aws-sdk:sts:getCallerIdentity: Unknown parameter in input: "Name", must be one of:',
        ),
        ({"Type": "Task", "End": True}, "A: a Task state needs a Resource."),
        (task("sqs:sendMessage", Arguments={}), "A: Arguments is not for JSONPath. Use Parameters."),
        (task("sqs:sendMessage", {}, QueryLanguage="JSONata"), "A: Parameters is not for JSONata. Use Arguments."),
    ],
)
def test_a_task_that_cannot_be_called_is_told(tmp_path: Path, state: dict[str, Any], expected: str) -> None:
    assert any(line.startswith(expected) for line in said(machine(tmp_path, {"A": state})))


@pytest.mark.parametrize(
    "state",
    [
        task("sagemaker:createTrainingJob.sync", TRAINING),
        task("lambda:invoke.waitForTaskToken", {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}),
        task("sqs:sendMessage", {"QueueUrl": "q", "MessageBody": {"any": "json"}}),
        task("events:putEvents", {"Entries": [{"Detail": {"any": 1}, "DetailType": "t", "Source": "s"}]}),
        task("states:startExecution.sync:2", {"StateMachineArn": "m", "Input": {"a": 1}}),
        task("bedrock:invokeModel", {"ModelId": "m", "Body": {"prompt": "p"}}),
        task("aws-sdk:bedrockruntime:converse", {"ModelId": "m", "Messages.$": "$.messages"}),
        task("aws-sdk:cloudwatchlogs:describeLogGroups", {"LogGroupNamePrefix": "/aws"}),
        task("aws-sdk:sfn:startExecution", {"StateMachineArn": "m"}),
        task("aws-sdk:eventbridge:putRule", {"Name": "r"}),
        task("aws-sdk:cognitoidentityprovider:listUserPools", {"MaxResults": 5}),
        task("aws-sdk:s3:listObjectsV2", {"Bucket.$": "$.bucket", "MaxKeys.$": "$.many"}),
        task("emr-serverless:startJobRun.sync", {"ApplicationId": "a", "ExecutionRoleArn.$": "$.role"}),
        task("sqs:sendMessage", QueryLanguage="JSONata", Arguments={"QueueUrl": "{% $q %}", "MessageBody": "b"}),
        task("sqs:sendMessage", QueryLanguage="JSONata", Arguments="{% $states.input %}"),
        task("http:invoke", {"ApiEndpoint": "e"}),
        {"Type": "Task", "Resource": "arn:aws:lambda:eu-west-1:111111111111:function:f", "End": True},
        {"Type": "Task", "Resource": "arn:aws:states:eu-west-1:111111111111:activity:a", "End": True},
    ],
    ids=lambda state: state["Resource"].partition(":::")[2] or state["Resource"],
)  # fmt: skip
def test_a_task_that_can_be_called_is_valid(tmp_path: Path, state: dict[str, Any]) -> None:
    assert assert_state_machines_valid(machine(tmp_path, {"A": state})) == 1


def test_a_definition_is_found_however_it_is_written(tmp_path: Path) -> None:
    state = {"Type": "Task", "Resource": "${Call}", "End": True}
    call = {"Fn::Sub": "arn:${AWS::Partition}:states:::aws-sdk:sagemaker:listModel"}
    definition = {"StartAt": "A", "States": {"A": state}}
    expected = "A: sagemaker:listModel is no operation (did you mean listModels?). Operations are written in camelCase."
    assert said(template(tmp_path, Definition=definition, DefinitionSubstitutions={"Call": call})) == [expected]
    literal = {"StartAt": "A", "States": {"A": {**state, "Resource": call}}}
    assert said(template(tmp_path, Definition=literal)) == [expected]
    joined = {"Fn::Join": ["", [json.dumps(definition).replace("${Call}", "arn:"), {"Ref": "AWS::Partition"}]]}
    (broken,) = said(template(tmp_path, DefinitionString=joined))
    assert broken.startswith("the definition is no JSON: Extra data")
    (elsewhere,) = said(template(tmp_path, DefinitionS3Location={"Bucket": "b", "Key": "k"}))
    assert elsewhere == "the definition is in S3, where it cannot be read. Use DefinitionString or Definition."


def test_optimized_integrations_are_operations_of_their_services() -> None:
    for name, (service, actions) in asl_integrations._OPTIMIZED.items():
        for action in actions:
            found = asl_integrations.integration(f"arn:aws:states:::{name}:{action}")
            assert isinstance(found, asl_integrations.Integration), found
            assert (found.shape is None) == (service == "")


def test_names_of_services_in_the_sdk_are_known() -> None:
    names = asl_integrations._sdk_services()
    assert len(names) > 350
    assert names["cloudwatchlogs"] == "logs"
    assert names["bedrockagentcorecontrol"] == "bedrock-agentcore-control"
