"""Only invited people with a second factor get to the reviews, and what they answer gets to the state machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.testing.emulator import Emulator
from cdk_ml.workflow import Documents, HumanReview, StateMachine
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only, resources
from tests.workflow.conftest import granted

Make = Callable[..., HumanReview]
Synth = Callable[[], Template]
TOKEN = cdk.Token.as_number({"Ref": "AWS::AccountId"})


@pytest.fixture
def review(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a review, of defaults but for what the test says."""

    def make(**options: Any) -> HumanReview:
        return HumanReview(stack, "Review", **{"workspace": workspace, **options})

    return make


@pytest.fixture(scope="module")
def usual() -> tuple[HumanReview, Template]:
    """A review of defaults in production, made once for all tests that only look at it."""
    stack = cdk.Stack(cdk.App(context=FLAGS), "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    return HumanReview(stack, "Review", workspace=workspace), Template.from_stack(stack)


@pytest.fixture(scope="module")
def made(usual: tuple[HumanReview, Template]) -> Template:
    """Its template."""
    return usual[1]


@pytest.fixture
def documents(stack: cdk.Stack) -> Documents:
    """Documents in a bucket."""
    return Documents(bucket=s3.Bucket.from_bucket_name(stack, "Intake", "intake"), prefix="scans/")


def ask(made: HumanReview, scope: cdk.Stack, **options: Any) -> dict[str, Any]:
    """The state of a task, of defaults but for what the test says."""
    given = {"title": "Is this a claim?", "labels": ["claim", "no claim"], "text": "$.text", **options}
    state: dict[str, Any] = scope.resolve(made.task(scope, "Ask", **given).to_state_json())
    return state


def test_reviewers_are_invited_and_have_a_second_factor(made: Template) -> None:
    pool = only(made, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert (pool["MfaConfiguration"], pool["EnabledMfas"]) == ("ON", ["SOFTWARE_TOKEN_MFA"])
    assert pool["UserPoolTier"] == "PLUS"
    assert pool["UserPoolAddOns"] == {"AdvancedSecurityMode": "ENFORCED"}
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 14
    assert pool["DeletionProtection"] == "ACTIVE"
    assert "UserPoolName" not in pool


def test_the_page_signs_in_with_a_code_and_without_a_secret(usual: tuple[HumanReview, Template]) -> None:
    review, made = usual
    url = cdk.Stack.of(review).resolve(review.url)
    client = only(made, "AWS::Cognito::UserPoolClient")
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["GenerateSecret"] is False
    assert client["CallbackURLs"] == [url]
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"], (
        "no password is sent by anything but the sign-in"
    )
    assert client["PreventUserExistenceErrors"] == "ENABLED"


def test_everything_but_the_page_needs_a_token_for_this_page(made: Template) -> None:
    routes = {
        body["Properties"]["RouteKey"]: body["Properties"]
        for body in resources(made, "AWS::ApiGatewayV2::Route").values()
    }
    assert routes.keys() == {"GET /", "GET /reviews", "GET /reviews/{id}", "POST /reviews/{id}"}
    assert routes.pop("GET /")["AuthorizationType"] == "NONE"
    (authorizer,) = resources(made, "AWS::ApiGatewayV2::Authorizer")
    (client,) = resources(made, "AWS::Cognito::UserPoolClient")
    for route in routes.values():
        assert route["AuthorizationType"] == "JWT"
        assert route["AuthorizerId"] == {"Ref": authorizer}
        assert route["AuthorizationScopes"] == ["openid"]
    configuration = only(made, "AWS::ApiGatewayV2::Authorizer")["JwtConfiguration"]
    assert configuration["Audience"] == [{"Ref": client}]
    assert "CorsConfiguration" not in only(made, "AWS::ApiGatewayV2::Api")


def test_who_called_is_logged_and_nobody_calls_too_often(made: Template) -> None:
    stage = only(made, "AWS::ApiGatewayV2::Stage")
    assert json.loads(stage["AccessLogSettings"]["Format"])["authorizer.claims.sub"] == "$context.authorizer.claims.sub"
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 10


def test_reviews_are_encrypted_recoverable_kept_and_forgotten_after_their_time(made: Template) -> None:
    (key,) = resources(made, "AWS::KMS::Key")
    ((_, table),) = resources(made, "AWS::DynamoDB::Table").items()
    assert (table["DeletionPolicy"], table["UpdateReplacePolicy"]) == ("Retain", "Retain")
    properties = table["Properties"]
    assert properties["SSESpecification"]["KMSMasterKeyId"] == {"Fn::GetAtt": [key, "Arn"]}
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert "TableName" not in properties
    (index,) = properties["GlobalSecondaryIndexes"]
    assert "token" not in index["Projection"]["NonKeyAttributes"]


def test_in_a_sandbox_that_agrees_everything_goes() -> None:
    stack = cdk.Stack(cdk.App(context={**FLAGS, "cdk-ml:delete-data": True}), "Churn")
    HumanReview(stack, "Review", workspace=Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS))
    made = Template.from_stack(stack)
    ((_, table),) = resources(made, "AWS::DynamoDB::Table").items()
    assert table["DeletionPolicy"] == "Delete"
    assert only(made, "AWS::Cognito::UserPool")["DeletionProtection"] == "INACTIVE"


def test_each_function_may_do_its_own_part_and_no_more(made: Template) -> None:
    policies = resources(made, "AWS::IAM::ManagedPolicy")
    actions: dict[str, set[str]] = {}
    for logical_id, policy in policies.items():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            named = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            actions.setdefault(logical_id.removeprefix("Review").partition("Role")[0], set()).update(named)
    common = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
    common |= {"kms:Decrypt", "kms:GenerateDataKey"}
    assert actions["Open"] - common == {"dynamodb:PutItem"}
    assert actions["Answer"] - common == {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "dynamodb:UpdateItem",
        "states:SendTaskSuccess",
    }
    assert actions["Watch"] - common == {"dynamodb:Query", "sqs:SendMessage"}
    made.resource_count_is("AWS::IAM::Policy", 0)


def test_documents_are_read_under_their_prefix_only(review: Make, documents: Documents, template: Synth) -> None:
    review(documents=documents)
    (statement,) = granted(template(), "s3:GetObject")
    assert statement["Resource"]["Fn::Join"][1][-1] == ":s3:::intake/scans/*"


def test_without_documents_no_bucket_is_read(made: Template) -> None:
    assert granted(made, "s3:GetObject") == []


def test_a_review_that_waits_too_long_tells_the_topic(
    review: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    made = review(alarm_after_minutes=60)
    alarms = resources(template(), "AWS::CloudWatch::Alarm").values()
    (alarm,) = [body["Properties"] for body in alarms if body["Properties"].get("MetricName") == "OldestWaiting"]
    metric = made.metric_oldest_waiting()
    assert (alarm["Namespace"], alarm["MetricName"]) == (metric.namespace, metric.metric_name)
    assert alarm["Dimensions"] == [{"Name": "Review", "Value": stack.resolve(made.cfn_table.ref)}]
    assert stack.resolve(metric.dimensions) == {"Review": stack.resolve(made.cfn_table.ref)}
    assert alarm["Threshold"] == 3600
    assert alarm["AlarmActions"] == [stack.resolve(workspace.alert_topic.topic_arn)]


def test_a_task_gives_its_token_to_the_function_and_waits(review: Make, stack: cdk.Stack, documents: Documents) -> None:
    made = review(documents=documents)
    state = ask(made, stack, document="scans/1.png", timeout_seconds=600, result_path="$.answer")
    payload = state["Parameters"]["Payload"]
    assert payload == {
        "token.$": "$$.Task.Token",
        "title": "Is this a claim?",
        "text.$": "$.text",
        "document": "scans/1.png",
        "labels": ["claim", "no claim"],
        "timeoutSeconds": 600,
    }
    assert state["Resource"]["Fn::Join"][1][-1] == ":states:::lambda:invoke.waitForTaskToken"
    assert (state["TimeoutSeconds"], state["ResultPath"]) == (600, "$.answer")
    assert "HeartbeatSeconds" not in state
    assert "Lambda.ServiceException" in state["Retry"][0]["ErrorEquals"]


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ("$.a", "text.$"),
        ("$", "text.$"),
        ("$$.Execution.Id", "text.$"),
        ("$['a']", "text.$"),
        ("$5 for a roof", "text"),
    ],
)
def test_a_path_is_read_and_a_text_is_taken_as_it_is(review: Make, stack: cdk.Stack, value: str, key: str) -> None:
    assert ask(review(), stack, text=value)["Parameters"]["Payload"][key] == value


def test_a_state_machine_needs_to_call_the_one_function(review: Make, stack: cdk.Stack) -> None:
    made = review()
    (statement,) = made.statements
    state = ask(made, stack)
    assert statement.actions == ["lambda:InvokeFunction"]
    assert stack.resolve(statement.resources[0]) == state["Parameters"]["FunctionName"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"alarm_after_minutes": 14},
            "alarm_after_minutes=14 is not a time after which an alarm makes sense. Use 15 to 10080, which is a week.",
        ),
        (
            {"documents": "/"},
            "documents.prefix='/' would show reviewers everything in the bucket. Name what the keys of documents start "
            "with.",
        ),
    ],
)
def test_a_review_that_could_not_work_is_refused(
    review: Make, stack: cdk.Stack, given: dict[str, Any], message: str
) -> None:
    if "documents" in given:
        bucket = s3.Bucket.from_bucket_name(stack, "Bucket", "intake")
        given = {"documents": Documents(bucket=bucket, prefix=given["documents"])}
    with pytest.raises(ConfigurationError) as refused:
        review(**given)
    assert str(refused.value) == f"Churn/Review: {message}"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"title": " "}, "title=' ' is empty. Say what is to be reviewed."),
        ({"labels": ["a"]}, "labels=['a'] leaves nothing to choose. Name at least two different labels."),
        ({"labels": ["a", "a"]}, "labels=['a', 'a'] leaves nothing to choose. Name at least two different labels."),
        ({"labels": ["a", ""]}, "labels=['a', ''] leaves nothing to choose. Name at least two different labels."),
        ({"text": None}, "text=None leaves nothing to look at. Give a text, a document, or both."),
        (
            {"document": "scans/1.png"},
            "document='scans/1.png' is nowhere that reviewers may see. Say where documents are with "
            "HumanReview(documents=...).",
        ),
        (
            {"timeout_seconds": 59},
            "timeout_seconds=59 is not a time to wait for a person. Use 60 to 31536000, which is a year.",
        ),
    ],
)
def test_a_task_that_nobody_could_answer_is_refused(
    review: Make, stack: cdk.Stack, given: dict[str, Any], message: str
) -> None:
    made = review()
    with pytest.raises(ConfigurationError) as refused:
        ask(made, stack, **given)
    assert str(refused.value) == f"Churn/Ask: {message}"


def test_what_the_deployment_knows_is_let_through(review: Make, stack: cdk.Stack) -> None:
    made = review(alarm_after_minutes=TOKEN)
    state = ask(made, stack, timeout_seconds=TOKEN, title=cdk.Token.as_string({"Ref": "Title"}))
    assert state["TimeoutSeconds"] == {"Ref": "AWS::AccountId"}
    assert state["Parameters"]["Payload"]["title"] == {"Ref": "Title"}


def test_a_region_without_cognito_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Beijing", env=cdk.Environment(region="cn-north-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError) as refused:
        HumanReview(stack, "Review", workspace=workspace)
    assert str(refused.value) == (
        "Beijing/Review: region='cn-north-1' has no AWS::Cognito::UserPool in CloudFormation. Deploy the "
        "stack to another region, such as us-east-1."
    )


@pytest.mark.parametrize(("region", "host"), [("us-gov-west-1", ".auth-fips."), ("eu-central-1", ".auth.")])
def test_users_sign_in_where_cognito_is_in_their_partition(app: cdk.App, region: str, host: str) -> None:
    stack = cdk.Stack(app, "Known", env=cdk.Environment(region=region))
    HumanReview(stack, "Review", workspace=Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS))
    functions = resources(Template.from_stack(stack), "AWS::Lambda::Function").values()
    variables = [body["Properties"]["Environment"]["Variables"] for body in functions]
    (admitted,) = [found["CONNECT"] for found in variables if "CONNECT" in found]
    assert host in json.dumps(admitted)


# On the emulator.


class Deployed:
    """A state machine that asks, and the functions behind the page."""

    def __init__(self, emulator: Emulator, arn: str, functions: dict[str, str], table: str) -> None:
        self._functions = functions
        self._table = table
        self._dynamodb = emulator.client("dynamodb")
        self._arn = arn
        self._lambda = emulator.client("lambda")
        self._states = emulator.client("stepfunctions")

    def start(self, given: dict[str, Any]) -> str:
        """Start an execution."""
        execution: str = self._states.start_execution(stateMachineArn=self._arn, input=json.dumps(given))[
            "executionArn"
        ]
        return execution

    def call(self, route: str, id: str = "", body: Any = None, username: str = "ada") -> tuple[int, Any]:
        """Call the page's function as the HTTP API does."""
        event = {
            "routeKey": route,
            "pathParameters": {"id": id},
            "requestContext": {"authorizer": {"jwt": {"claims": {"username": username}}}},
            "body": json.dumps(body),
        }
        answered = self._lambda.invoke(FunctionName=self._functions["Answer"], Payload=json.dumps(event))
        found = json.loads(answered["Payload"].read())
        assert "FunctionError" not in answered, found
        return found["statusCode"], json.loads(found["body"])

    def waiting(self) -> list[dict[str, Any]]:
        """The reviews on the list, once there is one."""
        for _ in range(400):
            reviews: list[dict[str, Any]] = self.call("GET /reviews")[1]["reviews"]
            if reviews:
                return reviews
            time.sleep(0.05)
        raise AssertionError("no review is opened")

    def ended(self, execution: str) -> dict[str, Any]:
        """An execution, once it has come to its end."""
        for _ in range(400):
            found = self.described(execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.05)
        raise AssertionError(f"{execution} does not end")

    def resume(self, id: str, output: Any) -> None:
        """Resume a task without the page."""
        item = self._dynamodb.get_item(TableName=self._table, Key={"id": {"S": id}})["Item"]
        self._states.send_task_success(taskToken=item["token"]["S"], output=json.dumps(output))

    def described(self, execution: str) -> dict[str, Any]:
        """An execution as it is."""
        found: dict[str, Any] = self._states.describe_execution(executionArn=execution)
        return found


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    app = cdk.App(context={**FLAGS, "cdk-ml:delete-data": True})
    stack = cdk.Stack(app, "Churn")
    workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
    review = HumanReview(stack, "Review", workspace=workspace)
    question = review.task(stack, "Ask", title="Is this a claim?", labels=["claim", "no claim"], text="$.text")
    decided = sfn.Choice(stack, "Decided").when(
        sfn.Condition.string_equals("$.review.label", "claim"),
        sfn.Pass(stack, "Pay", parameters={"paid.$": "$.review"}),
    )
    machine = StateMachine(
        stack,
        "Machine",
        workspace=workspace,
        definition=question.next(decided.otherwise(sfn.Fail(stack, "Refuse", error="NoClaim"))),
        statements=review.statements,
    )
    cdk.CfnOutput(stack, "MachineArn", value=machine.state_machine_arn)
    assembly = app.synth()
    template = assembly.get_stack_by_name("Churn").template
    with Emulator() as emulator:
        emulator.publish(Path(assembly.directory))
        made = emulator.deploy(template, "Churn")
        functions = {
            name: made.resources[logical_id]
            for logical_id, body in template["Resources"].items()
            for name in ("Open", "Answer", "Watch")
            if body["Type"] == "AWS::Lambda::Function" and logical_id.startswith(f"Review{name}")
        }
        (table,) = (id for id, body in template["Resources"].items() if body["Type"] == "AWS::DynamoDB::Table")
        yield Deployed(emulator, made.outputs["MachineArn"], functions, made.resources[table])


def test_an_execution_waits_for_a_person_and_goes_on_with_the_answer(deployed: Deployed) -> None:
    execution = deployed.start({"text": "My roof leaks."})
    (found,) = deployed.waiting()
    assert deployed.described(execution)["status"] == "RUNNING"
    assert deployed.call("GET /reviews/{id}", found["id"])[1]["text"] == "My roof leaks."
    status, said = deployed.call("POST /reviews/{id}", found["id"], {"label": "claim", "comment": "it rains"})
    assert (status, said) == (200, {"message": "Thank you: decided as claim."})
    ended = deployed.ended(execution)
    assert ended["status"] == "SUCCEEDED"
    paid = json.loads(ended["output"])["paid"]
    assert (paid["label"], paid["comment"], paid["reviewer"]) == ("claim", "it rains", "ada")
    status, said = deployed.call("POST /reviews/{id}", found["id"], {"label": "no claim"}, username="grace")
    assert (status, said) == (409, {"message": "Another answer was first: claim. Yours was not kept."})


def test_another_answer_takes_the_other_way(deployed: Deployed) -> None:
    execution = deployed.start({"text": "Hello."})
    (found,) = deployed.waiting()
    assert deployed.call("POST /reviews/{id}", found["id"], {"label": "no claim"})[0] == 200
    ended = deployed.ended(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "NoClaim")


def test_an_answer_that_nobody_waits_for_any_more_is_refused(deployed: Deployed) -> None:
    execution = deployed.start({"text": "Hello."})
    (found,) = deployed.waiting()
    # Somebody else resumes the task: an operator on the command line.
    deployed.resume(found["id"], {"label": "claim"})
    assert deployed.ended(execution)["status"] == "SUCCEEDED"
    status, said = deployed.call("POST /reviews/{id}", found["id"], {"label": "no claim"})
    assert (status, said) == (410, {"message": "Nobody waits for this review any more: its time is over."})
    assert deployed.call("GET /reviews")[1] == {"reviews": []}
