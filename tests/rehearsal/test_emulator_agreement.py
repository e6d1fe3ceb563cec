"""What the emulator does with our stacks is what the rehearsal said.

The emulator is a second opinion, written by others, on the types that it knows. Where it is known to let through what
AWS refuses, or to answer otherwise, LENIENT and OTHERWISE name the case, the reason and AWS's documentation, and a test
holds that it still is so.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest

from cdk_ml.assembly import read
from cdk_ml.rehearsal import Outcome, StackState, failure, graph, names, rehearse, removal
from cdk_ml.testing.emulated_template import without_unsupported
from cdk_ml.testing.emulator import Deployment, DeploymentError, Emulator
from cdk_ml.workspace import Profile
from stacks import reference_stacks
from tests.proofs.emulated import LISTED, existing, left, parameters, published
from tests.rehearsal.templates import ROLE, TRUST, resource

SUBJECTS = [(name, profile) for profile in (Profile.SANDBOX, Profile.PRODUCTION) for name in reference_stacks()]
QUEUE, IMPOSSIBLE = resource("AWS::SQS::Queue"), resource("AWS::SQS::Queue", {"VisibilityTimeout": 1_000_000})
# After everything else in every order that goes by names.
BROKEN = "ZzBroken"
USER_GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide"
REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"

Template = dict[str, Any]
Subject = tuple[str, Profile]


class Run(NamedTuple):
    """A stack on the emulator, once it is settled.

    :ivar starts: position of the event that says so, by logical id.
    :ivar ends: the same for what was created wholly.
    :ivar ids: physical ids, by logical id, of what was created.
    """

    deployment: Deployment | None
    starts: Mapping[str, int]
    ends: Mapping[str, int]
    ids: Mapping[str, str]


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """An emulator without stacks."""
    running.reset()
    return running


@pytest.fixture
def reduced(emulator: Emulator) -> Callable[[Subject], Template]:
    """The template of a stack without the types that the emulator does not know: both sides get this one."""

    def make(subject: Subject) -> Template:
        template = published(emulator, *subject)
        types = {body["Type"] for body in template["Resources"].values()}
        # What a custom resource does is its function's business, which no rehearsal knows; tests of Studio run it.
        known = {type_ for type_ in emulator.supported(types) if not type_.startswith("Custom::")}
        return without_unsupported(template, known)[0]

    return make


def rehearsed(template: Template, name: str, *, old: Template | None = None) -> tuple[Outcome, Outcome]:
    """The deployment on paper, and the end of it, every failure included."""
    with TemporaryDirectory() as folder:

        def written(content: Template, where: str) -> Any:
            file = Path(folder) / where / f"{name}.json"
            file.parent.mkdir()
            file.write_text(json.dumps(content))
            return read(file)

        before = written(old, "old") if old is not None else None
        made = rehearse(
            written(template, "new"), before=before, parameters=parameters(template), fail=True, destroy=True
        )
        deployed, destroyed = made.outcomes
        return deployed, destroyed


def run(emulator: Emulator, template: Template, name: str) -> Run:
    """Deploy on the emulator; a failed creation is a result like any other."""
    deployment = None
    try:
        deployment = emulator.deploy(template, name, parameters(template))
    except DeploymentError as error:
        if error.status != "ROLLBACK_COMPLETE":
            raise
    return history(emulator, name, deployment)


def history(emulator: Emulator, name: str, deployment: Deployment | None = None) -> Run:
    """What the events of a stack tell."""
    pages = emulator.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    events = [event for page in pages for event in page["StackEvents"]][::-1]
    starts: dict[str, int] = {}
    ends: dict[str, int] = {}
    ids: dict[str, str] = {}
    for position, event in enumerate(events):
        if event["ResourceStatus"] == "CREATE_IN_PROGRESS":
            starts.setdefault(event["LogicalResourceId"], position)
        elif event["ResourceStatus"] == "CREATE_COMPLETE":
            ends.setdefault(event["LogicalResourceId"], position)
        # What an update makes ends in UPDATE_COMPLETE here.
        if event["ResourceStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            ids[event["LogicalResourceId"]] = event["PhysicalResourceId"]
    return Run(deployment, starts, ends, ids)


def stays(emulator: Emulator, before: Mapping[str, set[str]], ids: Mapping[str, str]) -> set[str]:
    """Logical ids of what is there and was not before."""
    found = {(type_, id) for type_, new in left(emulator, before).items() for id in new}
    named = {logical_id for logical_id, id in ids.items() if any(id == other for _, other in found)}
    assert len(named) == len(found), "everything that stays was made by the stack"
    return named


def of_failure(outcome: Outcome, logical_id: str) -> set[str]:
    """Logical ids of what the rehearsal lets stay when the creation of one resource fails."""
    (failed,) = [each for each in outcome.failures if each.logical_id == logical_id]
    assert {each.type for each in failed.leftovers} <= LISTED, "the emulator can be asked for them"
    return {each.logical_id for each in failed.leftovers}


def edges(template: Template) -> set[tuple[str, str]]:
    """Who needs whom, read from the text of the template alone."""
    found: set[tuple[str, str]] = set()

    def walk(user: str, value: Any) -> None:
        match value:
            case {"Ref": str() as name}:
                found.add((user, name))
            case {"Fn::GetAtt": [str() as name, *_]}:
                found.add((user, name))
            case {"Fn::Sub": str() as text} | {"Fn::Sub": [str() as text, _]}:
                found.update((user, name) for name in re.findall(r"\$\{([A-Za-z0-9]+)[.}]", text))
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                walk(user, inner)

    for logical_id, body in template["Resources"].items():
        walk(logical_id, body.get("Properties", {}))
        wanted = body.get("DependsOn", [])
        found |= {(logical_id, name) for name in ([wanted] if isinstance(wanted, str) else wanted)}
    return {(user, used) for user, used in found if used in template["Resources"]}


def shape(value: str) -> tuple[object, ...]:
    """What kind of text a value is: an ARN of a kind of resource, an id, an address, a name of a resource..."""
    if "," in value:
        return ("list", *map(shape, value.split(",")))
    if value.startswith("arn:"):
        _, partition, service, region, account, of = value.split(":", 5)
        return ("arn", partition, service, region, account, *map(shape, re.split(r"[/:]", of)))
    if re.match("https?://", value):
        # The emulator's addresses are on this machine.
        return ("url", *map(shape, value.split("/")[3:]))
    if re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        return ("uuid",)
    if (found := re.fullmatch("([a-z]+)-[0-9a-f]{17}", value)) is not None:
        return ("id", found.group(1))
    if (found := re.fullmatch("(AROA)[A-Z0-9]{17}|([a-z0-9-]+_)[A-Za-z0-9]{9}", value)) is not None:
        return ("id", found.group(1) or found.group(2))
    if re.fullmatch(r"[\d./]+", value):
        return ("number or network", value)
    if (found := re.fullmatch(r"/([\w-]+)/(\w+)", value)) is not None:
        # The emulator makes up a path for a parameter of Systems Manager, where CloudFormation makes up a name.
        return ("name", f"{found.group(1)}-{found.group(2)}-*")
    if "/" in value:
        return ("path", *map(shape, value.split("/")))
    # CloudFormation ends a name that it makes up in letters of its own; the emulator adds one more.
    return ("name", re.sub(r"-([0-9a-f]{12,13}|[0-9A-F]{12,13})(?=\.|$)", "-*", value))


# Our stacks.


def agrees(emulator: Emulator, template: Template, name: str) -> tuple[Run, Outcome]:
    """Both deploy the template, in an order that respects the same needs, and to outputs of the same shape.

    :returns: what is there now, and what the rehearsal says of its end.
    """
    outcome, gone = rehearsed(template, name)
    state = outcome.world.stacks[name]
    assert [finding for finding in outcome.findings if finding.fails] == []
    there = run(emulator, template, name)
    assert there.deployment is not None
    assert there.ids.keys() - {name} == state.resources.keys()
    needed = needs(state)
    assert needed == edges(template)
    for user, used in needed:
        assert there.ends[used] < there.starts[user], f"the emulator makes {user} before {used}"
    ends = {event.logical_id: event.end for event in outcome.events}
    order = {event.logical_id: position for position, event in enumerate(outcome.events)}
    for event in outcome.events:
        for used in state.resources[event.logical_id].needs:
            assert ends[used] <= event.start, f"the rehearsal makes {event.logical_id} before {used}"
            assert order[used] < order[event.logical_id]
    assert shapes(state.outputs) == shapes(there.deployment.outputs)
    return there, gone


def needs(state: StackState) -> set[tuple[str, str]]:
    """Who needs whom, as the rehearsal has it."""
    return {(user, used) for user, resource in state.resources.items() for used in resource.needs}


def shapes(outputs: Mapping[str, object]) -> dict[str, tuple[object, ...]]:
    """The shapes of outputs, by name."""
    return {name: shape(str(value)) for name, value in outputs.items()}


def same_leftovers_of_failures(emulator: Emulator, template: Template, name: str) -> None:
    """Let the creation fail before a resource, and at last: what does not wait for it is made, and undone by both.

    A few times for each different thing that the rehearsal says.
    """
    seen: set[str] = set()
    told: dict[frozenset[str], list[str | None]] = {}
    for each in rehearsed(template, name)[0].failures:
        told.setdefault(frozenset(left.logical_id for left in each.leftovers), []).append(each.logical_id)
    for logical_id in [*(id for ids in told.values() for id in ids[:3]), None]:
        broken = json.loads(json.dumps(template))
        resources = broken["Resources"]
        if logical_id is None:
            resources[BROKEN] = {**IMPOSSIBLE, "DependsOn": sorted(resources)}
        else:
            wanted = resources[logical_id].get("DependsOn", [])
            resources[logical_id]["DependsOn"] = [*([wanted] if isinstance(wanted, str) else wanted), BROKEN]
            resources[BROKEN] = IMPOSSIBLE
        emulator.reset()
        before = existing(emulator)
        there = run(emulator, broken, name)
        assert there.deployment is None
        outcome, _ = rehearsed(broken, name)
        ours = of_failure(outcome, BROKEN)
        assert stays(emulator, before, there.ids) == ours, f"when the creation fails before {logical_id}"
        seen |= ours
    kept = {id for id, body in template["Resources"].items() if body.get("DeletionPolicy") == "Retain"}
    assert seen == kept, "in one of the failures everything that can stay did"


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: f"{subject[0]}-{subject[1].name}")
def test_both_deploy_it_in_the_same_order_with_outputs_of_the_same_shape_and_leave_the_same_at_its_end(
    subject: Subject, emulator: Emulator, reduced: Callable[[Subject], Template]
) -> None:
    name, profile = subject
    template, before = reduced(subject), existing(emulator)
    there, gone = agrees(emulator, template, name)
    emulator.destroy(name)
    assert stays(emulator, before, there.ids) == {each.logical_id for each in gone.leftovers}
    assert bool(gone.leftovers) is (not profile.deletes_data)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: f"{subject[0]}-{subject[1].name}")
def test_a_creation_that_fails_leaves_what_the_rehearsal_says_wherever_it_fails(
    subject: Subject, emulator: Emulator, reduced: Callable[[Subject], Template]
) -> None:
    same_leftovers_of_failures(emulator, reduced(subject), subject[0])


@pytest.mark.parametrize("name", reference_stacks())
def test_an_update_replaces_what_the_rehearsal_says(
    name: str, emulator: Emulator, reduced: Callable[[Subject], Template]
) -> None:
    old, new = reduced((name, Profile.SANDBOX)), reduced((name, Profile.PRODUCTION))
    outcome, _ = rehearsed(new, name, old=old)
    first = emulator.deploy(old, name, parameters(old)).resources
    second = emulator.update(new, name, parameters(new)).resources
    replaced = {id for id in first.keys() & second.keys() if first[id] != second[id]}
    assert replaced == {*outcome.replaced[name]}
    assert second.keys() == outcome.world.stacks[name].resources.keys()


def failed_update(emulator: Emulator, old: Template, new: Template, name: str) -> tuple[set[str], set[str]]:
    """What the rollback of an update lets stay that failed at its end: there, and on paper."""
    resources = new["Resources"]
    broken = {**new, "Resources": {**resources, BROKEN: {**IMPOSSIBLE, "DependsOn": sorted(resources)}}}
    emulator.deploy(old, name, parameters(old))
    before = existing(emulator)
    with pytest.raises(DeploymentError, match="UPDATE_ROLLBACK_COMPLETE"):
        emulator.update(broken, name, parameters(new))
    made = {id: physical for id, physical in history(emulator, name).ids.items() if id not in old["Resources"]}
    return stays(emulator, before, made), of_failure(rehearsed(broken, name, old=old)[0], BROKEN)


@pytest.mark.parametrize("name", reference_stacks())
def test_an_update_that_fails_leaves_what_the_rehearsal_says(
    name: str, emulator: Emulator, reduced: Callable[[Subject], Template]
) -> None:
    there, ours = failed_update(emulator, *(reduced((name, p)) for p in (Profile.SANDBOX, Profile.PRODUCTION)), name)
    assert there == ours


# Templates of a few resources.

BUCKET = resource("AWS::S3::Bucket", {"BucketName": "models"})
TABLE = {
    "TableName": "runs",
    "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
}
FUNCTION = {
    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    "Code": {"ZipFile": "def handler(event, context): pass"},
    "Handler": "index.handler",
    "Runtime": "python3.13",
}
VPC = resource("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})


def text(value: Any, **attributes: Any) -> dict[str, Any]:
    return resource("AWS::SSM::Parameter", {"Type": "String", "Value": value}, **attributes)


@pytest.mark.parametrize(
    ("resources", "attributes"),
    [
        ({"X": resource("AWS::S3::Bucket")}, ["Arn", "DomainName", "RegionalDomainName", "WebsiteURL"]),
        ({"X": QUEUE}, ["Arn", "QueueUrl", "QueueName"]),
        ({"X": resource("AWS::SNS::Topic")}, ["TopicArn", "TopicName"]),
        ({"X": resource("AWS::IAM::User")}, ["Arn"]),
        ({"X": resource("AWS::IAM::Role", {**ROLE["Properties"], "Path": "/models/"})}, ["Arn", "RoleId"]),
        ({"X": resource("AWS::DynamoDB::Table", TABLE)}, ["Arn"]),
        ({"X": resource("AWS::ECR::Repository")}, ["Arn", "RepositoryUri"]),
        ({"X": resource("AWS::Cognito::UserPool")}, ["Arn", "ProviderName"]),
        ({"X": resource("AWS::EFS::FileSystem")}, ["Arn", "FileSystemId"]),
        ({"X": resource("AWS::Events::Rule", {"ScheduleExpression": "rate(1 day)"})}, ["Arn"]),
        ({"X": resource("AWS::Events::EventBus", {"Name": "models"})}, ["Arn", "Name"]),
        ({"X": resource("AWS::Glue::Database", {"CatalogId": "1" * 12, "DatabaseInput": {"Name": "lake"}})}, []),
        ({"X": VPC}, ["VpcId", "DefaultSecurityGroup", "CidrBlock"]),
        (
            {"V": VPC, "X": resource("AWS::EC2::Subnet", {"VpcId": {"Ref": "V"}, "CidrBlock": "10.0.0.0/24"})},
            ["SubnetId", "AvailabilityZone"],
        ),
        (
            {"V": VPC, "X": resource("AWS::EC2::SecurityGroup", {"VpcId": {"Ref": "V"}, "GroupDescription": "d"})},
            ["GroupId", "VpcId"],
        ),
        (
            {"X": resource("AWS::EC2::LaunchTemplate", {"LaunchTemplateData": {"InstanceType": "m5.large"}})},
            ["LatestVersionNumber", "DefaultVersionNumber"],
        ),
        ({"Role": ROLE, "X": resource("AWS::Lambda::Function", FUNCTION)}, ["Arn"]),
        (
            {
                "Role": ROLE,
                "F": resource("AWS::Lambda::Function", FUNCTION),
                "V": resource("AWS::Lambda::Version", {"FunctionName": {"Ref": "F"}}),
                "X": resource(
                    "AWS::Lambda::Alias",
                    {
                        "Name": "live",
                        "FunctionName": {"Ref": "F"},
                        "FunctionVersion": {"Fn::GetAtt": ["V", "Version"]},
                    },
                ),
            },
            [],
        ),
        (
            {
                "Role": ROLE,
                "X": resource(
                    "AWS::StepFunctions::StateMachine",
                    {
                        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
                        "DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
                    },
                ),
            },
            ["Arn", "Name"],
        ),
    ],
    ids=lambda value: str(value["X"]["Type"]) if isinstance(value, dict) else None,
)
def test_references_and_attributes_have_the_same_shape(
    resources: dict[str, Any], attributes: list[str], emulator: Emulator
) -> None:
    values = {"Ref": {"Ref": "X"}, **{name: {"Fn::GetAtt": ["X", name]} for name in attributes}}
    template = {"Resources": resources, "Outputs": {name: {"Value": value} for name, value in values.items()}}
    agrees(emulator, template, "Stack")


# Where the emulator answers a Ref otherwise than AWS: the resource, what AWS returns, and where it says so.
OTHERWISE = {
    "AWS::IAM::InstanceProfile": (
        {"Roles": ["models"]},
        "the name",
        f"{REFERENCE}/aws-resource-iam-instanceprofile.html",
    ),
    "AWS::SecretsManager::Secret": ({}, "the ARN", f"{REFERENCE}/aws-resource-secretsmanager-secret.html"),
}


@pytest.mark.parametrize("type_", OTHERWISE)
def test_the_emulator_still_answers_a_reference_otherwise(type_: str, emulator: Emulator) -> None:
    properties, what, page = OTHERWISE[type_]
    template = {"Resources": {"X": resource(type_, properties)}, "Outputs": {"X": {"Value": {"Ref": "X"}}}}
    ours = shapes(rehearsed(template, "Stack")[0].world.stacks["Stack"].outputs)["X"]
    theirs = shapes(emulator.deploy(template, "Stack").outputs)["X"]
    assert ours[0] == what.removeprefix("the ").lower()
    assert ours[0] != theirs[0], f"the emulator returns {what} as well: see {page}"


def attempt(emulator: Emulator, template: Template) -> bool:
    """Whether the emulator creates a stack of the template."""
    try:
        emulator.deploy(template, "Stack")
    except DeploymentError:
        return False
    return True


def passes(template: Template) -> bool:
    """Whether the rehearsal finds nothing that fails."""
    return not any(finding.fails for finding in rehearsed(template, "Stack")[0].findings)


BOTH: dict[str, tuple[bool, dict[str, Any]]] = {
    "a circle": (False, {"A": text({"Ref": "B"}), "B": text({"Ref": "A"})}),
    "an attribute that does not exist": (False, {"Q": QUEUE, "A": text({"Fn::GetAtt": ["Q", "Arm"]})}),
    "two buckets of one name": (False, {"A": BUCKET, "B": BUCKET}),
    "a number out of its range": (False, {"A": IMPOSSIBLE}),
    "an item beyond the list": (False, {"A": text({"Fn::Select": [5, ["a"]]})}),
    "a number as text": (True, {"A": resource("AWS::SQS::Queue", {"DelaySeconds": "5"})}),
    "a resource that is left out": (True, {"Q": QUEUE, "A": text("a", Condition="No")}),
    "a dependency on what is left out": (True, {"Q": {**QUEUE, "DependsOn": "A"}, "A": text("a", Condition="No")}),
}


@pytest.mark.parametrize("title", BOTH)
def test_both_create_it_or_both_refuse_it(title: str, emulator: Emulator) -> None:
    works, resources = BOTH[title]
    template = {"Resources": resources, "Conditions": {"No": {"Fn::Equals": ["a", "b"]}}}
    assert (passes(template), attempt(emulator, template)) == (works, works)


def twice(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"Role": ROLE, "A": resource(type_, properties), "B": resource(type_, properties)}


# What the emulator creates although AWS does not: the template, why AWS does not, and where it says so.
LENIENT: dict[str, tuple[dict[str, Any], str, str]] = {
    "a reference to nothing": (
        {"A": text({"Ref": "Nothing"})},
        "validation fails with unresolved resource dependencies",
        f"{USER_GUIDE}/troubleshooting.html",
    ),
    "a dependency on nothing": (
        {"A": text("a", DependsOn="Nothing")},
        "validation fails with unresolved resource dependencies",
        f"{USER_GUIDE}/troubleshooting.html",
    ),
    "two queues of one name": (
        twice("AWS::SQS::Queue", {"QueueName": "jobs"}),
        "two resources cannot have one physical name",
        f"{REFERENCE}/aws-properties-name.html",
    ),
    "two roles of one name": (
        twice("AWS::IAM::Role", {"AssumeRolePolicyDocument": TRUST, "RoleName": "jobs"}),
        "names of roles are unique within the account",
        "https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html",
    ),
    "two log groups of one name": (
        twice("AWS::Logs::LogGroup", {"LogGroupName": "jobs"}),
        "names of log groups are unique within a region of an account",
        "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html",
    ),
    "two tables of one name": (
        twice("AWS::DynamoDB::Table", TABLE),
        "names of tables are unique within a region of an account",
        "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html",
    ),
    "two functions of one name": (
        twice("AWS::Lambda::Function", {**FUNCTION, "FunctionName": "jobs"}),
        "names of functions are unique within a region of an account",
        "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html",
    ),
    "a bucket in capitals": (
        {"A": resource("AWS::S3::Bucket", {"BucketName": "Models"})},
        "names of buckets have no capitals",
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html",
    ),
    "a value that is not among the choices": (
        {"A": resource("AWS::DynamoDB::Table", {**TABLE, "BillingMode": "FREE"})},
        "properties are held against the schema before the handler is called",
        "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html",
    ),
    "a property that does not exist": (
        {"A": resource("AWS::SQS::Queue", {"Colour": "red"})},
        "properties are held against the schema before the handler is called",
        "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html",
    ),
    "a property that is missing": (
        {"A": resource("AWS::IAM::Role")},
        "properties are held against the schema before the handler is called",
        "https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html",
    ),
    "a policy that does not exist": (
        {"A": {**QUEUE, "DeletionPolicy": "Keep"}},
        "DeletionPolicy is Delete, Retain, RetainExceptOnCreate, or Snapshot for some types",
        f"{REFERENCE}/aws-attribute-deletionpolicy.html",
    ),
    "a logical id with a hyphen": (
        {"my-queue": QUEUE},
        "logical ids are alphanumeric",
        f"{USER_GUIDE}/resources-section-structure.html",
    ),
    "a template without a resource": (
        {},
        "Resources is the one section that a template must have, with one resource at least",
        f"{USER_GUIDE}/template-anatomy.html",
    ),
}


@pytest.mark.parametrize("title", LENIENT)
def test_the_emulator_still_lets_through_what_aws_refuses(title: str, emulator: Emulator) -> None:
    resources, why, page = LENIENT[title]
    template = {"Resources": resources}
    assert not passes(template), why
    assert attempt(emulator, template), f"the emulator refuses {title} now: move it to BOTH"
    assert page.startswith("https://docs.aws.amazon.com/")


POLICIES = ("Delete", "Retain", "RetainExceptOnCreate")


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_means_the_same_to_both(policy: str, emulator: Emulator) -> None:
    bucket = resource("AWS::S3::Bucket", DeletionPolicy=policy)
    template: Template = {"Resources": {"Bucket": bucket, BROKEN: {**IMPOSSIBLE, "DependsOn": "Bucket"}}}
    before = existing(emulator)
    there = run(emulator, template, "Stack")
    assert stays(emulator, before, there.ids) == of_failure(rehearsed(template, "Stack")[0], BROKEN)
    emulator.reset()
    del template["Resources"][BROKEN]
    there = run(emulator, template, "Stack")
    emulator.destroy("Stack")
    gone = rehearsed(template, "Stack")[1]
    assert stays(emulator, before, there.ids) == {each.logical_id for each in gone.leftovers}


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_means_the_same_to_both_when_an_update_fails(policy: str, emulator: Emulator) -> None:
    changed = resource("AWS::SQS::Queue", {"DelaySeconds": 5})
    new = {"Queue": changed, "Bucket": resource("AWS::S3::Bucket", DeletionPolicy=policy)}
    there, ours = failed_update(emulator, {"Resources": {"Queue": QUEUE}}, {"Resources": new}, "Stack")
    assert there == ours == ({"Bucket"} if policy == "Retain" else set())


NAMED = resource("AWS::SQS::Queue", {"QueueName": "jobs"})
# Old, new, and whether the update works.
UPDATES: dict[str, tuple[dict[str, Any], dict[str, Any], bool]] = {
    "a change in place": ({"A": QUEUE}, {"A": resource("AWS::SQS::Queue", {"DelaySeconds": 5})}, True),
    "a bucket gets another name": (
        {"A": BUCKET},
        {"A": resource("AWS::S3::Bucket", {"BucketName": "other"})},
        True,
    ),
    "a retained bucket gets another name": (
        {"A": {**BUCKET, "UpdateReplacePolicy": "Retain"}},
        {"A": resource("AWS::S3::Bucket", {"BucketName": "other"}, UpdateReplacePolicy="Retain")},
        True,
    ),
    "a retained bucket goes": ({"A": {**BUCKET, "DeletionPolicy": "Retain"}, "Q": QUEUE}, {"Q": QUEUE}, True),
    "a queue with a name is replaced": (
        {"A": NAMED},
        {"A": resource("AWS::SQS::Queue", {"QueueName": "jobs", "FifoQueue": True})},
        False,
    ),
    "a bucket with a name gets another logical id": ({"A": BUCKET}, {"B": BUCKET}, False),
    "a table with a name gets another key": (
        {"A": resource("AWS::DynamoDB::Table", TABLE)},
        {
            "A": resource(
                "AWS::DynamoDB::Table",
                {
                    **TABLE,
                    "KeySchema": [{"AttributeName": "at", "KeyType": "HASH"}],
                    "AttributeDefinitions": [{"AttributeName": "at", "AttributeType": "S"}],
                },
            )
        },
        False,
    ),
}


@pytest.mark.parametrize("title", UPDATES)
def test_an_update_comes_to_the_same_on_both(title: str, emulator: Emulator) -> None:
    old, new, works = UPDATES[title]
    before = existing(emulator)
    outcome, _ = rehearsed({"Resources": new}, "Stack", old={"Resources": old})
    first = emulator.deploy({"Resources": old}, "Stack").resources
    fails = [f for f in outcome.findings if f.fails and f.kind not in ("data-loss", "orphan")]
    assert (not fails) is works
    if not works:
        with pytest.raises(DeploymentError, match="UPDATE_ROLLBACK_COMPLETE"):
            emulator.update({"Resources": new}, "Stack")
        return
    second = emulator.update({"Resources": new}, "Stack").resources
    replaced = {id for id in first.keys() & second.keys() if first[id] != second[id]}
    assert replaced == {*outcome.replaced["Stack"]}
    there = {id for ids in left(emulator, before).values() for id in ids}
    assert (there & {*first.values()}) - {*second.values()} == {str(each.physical_id) for each in outcome.leftovers}


def test_another_type_under_a_logical_id_is_what_aws_refuses_and_the_emulator_does_not(emulator: Emulator) -> None:
    """A stack update cannot change the Type of a resource; the emulator replaces it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/resources-section-structure.html
    """
    outcome, _ = rehearsed({"Resources": {"A": QUEUE}}, "Stack", old={"Resources": {"A": BUCKET}})
    assert [finding.kind for finding in outcome.findings if finding.fails] == ["never-updatable"]
    emulator.deploy({"Resources": {"A": BUCKET}}, "Stack")
    emulator.update({"Resources": {"A": QUEUE}}, "Stack")


# Mutations: each agreement ends when the rehearsal is wrong.


def test_a_dependency_that_is_not_seen_is_noticed(
    emulator: Emulator, reduced: Callable[[Subject], Template], monkeypatch: pytest.MonkeyPatch
) -> None:
    template = reduced(SUBJECTS[0])
    monkeypatch.setattr(graph, "references", lambda *_: iter(()))
    with pytest.raises(AssertionError):
        agrees(emulator, template, SUBJECTS[0][0])


def test_a_dependency_that_is_not_there_is_noticed(
    emulator: Emulator, reduced: Callable[[Subject], Template], monkeypatch: pytest.MonkeyPatch
) -> None:
    template = reduced(SUBJECTS[0])
    last = list(template["Resources"])[-1]
    found = graph.references
    monkeypatch.setattr(graph, "references", lambda *given: (*found(*given), last))
    with pytest.raises(AssertionError):
        agrees(emulator, template, SUBJECTS[0][0])


@pytest.mark.parametrize("wrong", ["x", "arn:aws:s3:::x", "vpc-0123"])
def test_an_output_of_another_shape_is_noticed(
    wrong: str, emulator: Emulator, reduced: Callable[[Subject], Template], monkeypatch: pytest.MonkeyPatch
) -> None:
    template = reduced(SUBJECTS[0])
    monkeypatch.setattr(names, "physical_id", lambda *_: wrong)
    with pytest.raises(AssertionError):
        agrees(emulator, template, SUBJECTS[0][0])


def test_a_leftover_that_is_not_told_is_noticed(
    emulator: Emulator, reduced: Callable[[Subject], Template], monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = next(subject for subject in SUBJECTS if not subject[1].deletes_data)
    monkeypatch.setattr(failure, "_kept", lambda *_: iter(()))
    with pytest.raises(AssertionError, match="when the creation fails before"):
        same_leftovers_of_failures(emulator, reduced(subject), subject[0])


def test_a_resource_that_is_not_told_to_stay_is_noticed(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "KEEPING", ())
    with pytest.raises(AssertionError):
        test_a_policy_means_the_same_to_both("Retain", emulator)
