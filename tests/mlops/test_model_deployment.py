"""A deployment makes everything but the endpoint, may change what it names, and takes the endpoint down at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.facts import images
from cdk_ml.mlops import ModelDeployment, RegistryAccount, Serving
from cdk_ml.sagemaker import (
    AllAtOnce,
    Canary,
    Data,
    DataCapture,
    EndpointAlarms,
    Linear,
    ModelPackageGroup,
    Rolling,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.sagemaker.jobs.definitions import definition

Make = Callable[..., ModelDeployment]
Synth = Callable[[], Template]
MACHINE, TABLE = "AWS::StepFunctions::StateMachine", "AWS::DynamoDB::Table"
KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture
def make(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a deployment, of defaults but for what the test says."""

    def made(*, account: str | None = None, serving: dict[str, Any] | None = None, **options: Any) -> ModelDeployment:
        models = ModelPackageGroup.from_model_package_group_name(
            stack, "Models", "churn", workspace=workspace, account=account
        )
        served = {
            "image": images.built_in_algorithm("xgboost"),
            "artifacts": Data(workspace.artifact_bucket, "churn/"),
            "instance_type": "ml.m5.large",
            **({} if serving is None else serving),
        }
        return ModelDeployment(
            stack, "Deployment", workspace=workspace, models=models, serving=Serving(**served), **options
        )

    return made


def states(made: ModelDeployment) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(definition(made.machine))["States"]
    return found


def granted(template: Template, role: str) -> list[dict[str, Any]]:
    """Statements of the policies whose logical id begins like that."""
    policies = resources(template, "AWS::IAM::ManagedPolicy")
    return [
        statement
        for id, body in policies.items()
        if id.startswith(role)
        for statement in body["Properties"]["PolicyDocument"]["Statement"]
    ]


def test_there_is_no_endpoint_in_the_template(make: Make, template: Synth) -> None:
    make()
    made = template()
    for absent in ("Endpoint", "EndpointConfig", "Model"):
        made.resource_count_is(f"AWS::SageMaker::{absent}", 0)
    made.resource_count_is("Custom::DeployedEndpoint", 1)
    made.resource_count_is("AWS::Events::EventBus", 0)
    assert only(made, TABLE)["BillingMode"] == "PAY_PER_REQUEST"


def test_decisions_about_this_group_start_it(make: Make, template: Synth) -> None:
    make()
    rule = only(template(), "AWS::Events::Rule")
    assert rule["EventPattern"] == {
        "source": ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        "detail": {"ModelPackageGroupName": ["churn"], "ModelApprovalStatus": ["Approved", "Rejected"]},
    }
    assert "DeadLetterConfig" in rule["Targets"][0]


def test_two_instances_get_a_canary_and_one_is_updated_all_at_once(make: Make) -> None:
    update = states(make())["UpdateEndpoint"]["Arguments"]["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert update["TrafficRoutingConfiguration"]["Type"] == "CANARY"
    stack = cdk.Stack(cdk.App(context=FLAGS), "Sandbox")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    single = ModelDeployment(
        stack,
        "Deployment",
        workspace=workspace,
        models=ModelPackageGroup(stack, "Models", workspace=workspace),
        serving=Serving(
            image=images.built_in_algorithm("xgboost"),
            artifacts=Data(workspace.artifact_bucket, "churn/"),
            instance_type="ml.m5.large",
        ),
    )
    update = states(single)["UpdateEndpoint"]["Arguments"]["DeploymentConfig"]["BlueGreenUpdatePolicy"]
    assert update["TrafficRoutingConfiguration"]["Type"] == "ALL_AT_ONCE"


def test_a_version_is_served_private_encrypted_captured_and_tagged(make: Make) -> None:
    found = states(make(capture=DataCapture(percentage=20)))
    model = found["CreateModel"]["Arguments"]
    assert model["EnableNetworkIsolation"] is True
    assert {*model["VpcConfig"]} == {"SecurityGroupIds", "Subnets"}
    config = found["CreateConfig"]["Arguments"]
    assert config["KmsKeyId"].startswith("arn:")
    assert config["DataCaptureConfig"]["InitialSamplingPercentage"] == 20
    assert {"Key": "project", "Value": "churn"} in config["Tags"]
    assert model["Tags"] == config["Tags"] == found["CreateEndpoint"]["Arguments"]["Tags"]


def test_what_is_asked_for_reaches_sagemaker(make: Make, stack: cdk.Stack) -> None:
    alarm = cloudwatch.Alarm.from_alarm_arn(stack, "Own", "arn:aws:cloudwatch:us-east-1:111111111111:alarm:own")
    found = states(
        make(
            serving={"instance_type": "ml.m5d.large", "instance_count": 4, "network_isolation": False},
            update=Rolling(percent=25),
            rollback_alarms=[alarm],
            capture=DataCapture(percentage=0),
            endpoint_name="churn",
        )
    )
    update = found["UpdateEndpoint"]["Arguments"]
    assert update["EndpointName"] == "churn"
    assert update["DeploymentConfig"]["RollingUpdatePolicy"]["MaximumBatchSize"]["Value"] == 25
    assert len(update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]) == 3
    assert found["CreateModel"]["Arguments"]["EnableNetworkIsolation"] is False
    config = found["CreateConfig"]["Arguments"]
    assert config["ProductionVariants"][0]["InitialInstanceCount"] == 4
    # SageMaker refuses a key for instances with disks of their own.
    assert not {"KmsKeyId", "DataCaptureConfig"} & {*config}


def test_it_may_change_its_own_endpoint_and_what_it_names(make: Make, template: Synth) -> None:
    made = make()
    statements = granted(template(), "DeploymentMachine")
    text = {action: json.dumps(one["Resource"]) for one in statements for action in _listed(one["Action"])}
    assert f"endpoint/{made.endpoint_name}" in text["sagemaker:UpdateEndpoint"]
    for action, resource in (("CreateModel", "model"), ("CreateEndpointConfig", "endpoint-config")):
        assert f":{resource}/{made.name_prefix}-*" in text[f"sagemaker:{action}"]
    assert ":model-package/churn/*" in text["sagemaker:UpdateModelPackage"]
    assert '"*"' not in text["dynamodb:UpdateItem"]
    passed = next(one for one in statements if one["Action"] == "iam:PassRole")
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def _listed(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions


def test_models_may_pull_their_image_and_read_their_artifacts(make: Make, template: Synth) -> None:
    make()
    text = json.dumps(granted(template(), "DeploymentModels"))
    assert "/churn/*" in text
    for action in ("ecr:BatchGetImage", "s3:GetObject", "kms:CreateGrant", "logs:PutLogEvents"):
        assert action in text


def test_no_more_decisions_then_no_more_endpoint_then_what_it_stood_on(make: Make, template: Synth) -> None:
    made = make()
    synthesized = template()
    ((teardown, found),) = resources(synthesized, "Custom::DeployedEndpoint").items()
    (rule,) = resources(synthesized, "AWS::Events::Rule").values()
    assert teardown in rule["DependsOn"]
    (group, log) = found["Properties"]["StandsOn"]
    assert "SecurityGroup" in json.dumps(group)
    assert "LogGroup" in json.dumps(log)
    assert found["Properties"]["NamePrefix"] == made.name_prefix


def test_names_of_models_begin_with_40_characters_at_most_which_are_the_endpoints_own(
    make: Make,
) -> None:
    made = make(endpoint_name="a" * 63)
    assert len(made.name_prefix) == 40
    assert made.name_prefix.startswith("a" * 31 + "-")


def test_a_registry_in_another_account_sends_to_a_bus_of_this_one(make: Make, template: Synth) -> None:
    make(account="111111111111", registry=RegistryAccount(event_bus_name="churn-registry", key_id=KEY))
    made = template()
    bus = only(made, "AWS::Events::EventBus")
    assert bus["Name"] == "churn-registry"
    assert "EventBusName" in only(made, "AWS::Events::Rule")
    statement = only(made, "AWS::Events::EventBusPolicy")["Statement"]
    assert ":iam::111111111111:root" in json.dumps(statement["Principal"])
    assert statement["Condition"]["StringEquals"]["events:source"] == "aws.sagemaker"
    text = json.dumps(granted(made, "DeploymentModels"))
    assert f":111111111111:key/{KEY}" in text
    assert ":111111111111:model-package/churn/*" in json.dumps(granted(made, "DeploymentMachine"))


ALARM = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:own"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update": Canary(percent=51)}, r"update\.percent=51.*Use 1 to 50"),
        ({"update": Canary(percent=0)}, r"update\.percent=0.*Use 1 to 50"),
        (
            {"update": Linear(), "serving": {"instance_count": 1}},
            r"Linear over 1 instance, of which no part can go first\. Use AllAtOnce, or serving\.instance_count=2",
        ),
        (
            {
                "update": Canary(),
                "serving": {
                    "instance_type": "ml.inf1.xlarge",
                    "image": images.built_in_algorithm("xgboost"),
                },
            },
            r"Canary on ml\.inf1\.xlarge, which SageMaker updates all at once",
        ),
        ({"serving": {"instance_count": 0}}, r"serving\.instance_count=0.*Use 1 to 1000"),
        ({"serving": {"instance_type": "m5.large"}}, r"instance_type='m5\.large'.*Write ml\.m5\.large"),
        ({"alarms": EndpointAlarms(model_latency_ms=60_000)}, r"alarms\.model_latency_ms=60000"),
        ({"capture": DataCapture(percentage=101)}, r"capture\.percentage=101"),
        ({"endpoint_name": "churn_1"}, r"endpoint_name='churn_1'"),
        ({"account": "111111111111"}, r"registry=None leaves out how the registry in account 111111111111 is reached"),
        (
            {"registry": RegistryAccount(event_bus_name="churn", key_id=KEY)},
            r"registry='churn' is for a group that is in another account",
        ),
        (
            {"account": "111111111111", "registry": RegistryAccount(event_bus_name="default", key_id=KEY)},
            r"registry\.event_bus_name='default' is no name of an event bus of your own",
        ),
        (
            {"account": "111111111111", "registry": RegistryAccount(event_bus_name="churn", key_id="arn:key")},
            r"registry\.key_id='arn:key' is no id of a key",
        ),
    ],
)
def test_what_could_not_run_is_refused(make: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        make(**options)


def test_more_alarms_than_sagemaker_takes_are_refused(make: Make, stack: cdk.Stack) -> None:
    alarms = [cloudwatch.Alarm.from_alarm_arn(stack, f"Own{index}", ALARM) for index in range(9)]
    with pytest.raises(ConfigurationError, match=r"rollback_alarms=9 are 9, and with the endpoint's own two .* 10"):
        make(rollback_alarms=alarms)


def test_an_artifact_prefix_that_is_none_is_refused(make: Make, workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match=r"serving\.artifacts\.prefix='/churn'"):
        make(serving={"artifacts": Data(workspace.artifact_bucket, "/churn")})


def test_what_only_the_deployment_knows_passes(make: Make, stack: cdk.Stack, template: Synth) -> None:
    name = cdk.CfnParameter(stack, "Name").value_as_string
    made = make(
        endpoint_name=name,
        serving={"instance_type": cdk.CfnParameter(stack, "Type").value_as_string},
        update=AllAtOnce(),
        account=cdk.CfnParameter(stack, "Account").value_as_string,
        registry=RegistryAccount(event_bus_name=cdk.CfnParameter(stack, "Bus").value_as_string, key_id=name),
    )
    assert len(made.name_prefix) <= 40
    template().resource_count_is(MACHINE, 2)
