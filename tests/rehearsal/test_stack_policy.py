"""What a stack policy protects is not updated."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_ml.assembly import AssemblyError
from cdk_ml.rehearsal import rehearse
from tests.rehearsal.templates import assembly, found, resource

ALLOW = {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}


def deny(action: str, **changes: Any) -> dict[str, Any]:
    denial = {"Effect": "Deny", "Action": action, "Principal": "*", "Resource": "LogicalResourceId/Queue"}
    return {"Statement": [ALLOW, denial | changes]}


MODIFIED = {"Queue": resource("AWS::SQS::Queue", {"DelaySeconds": 5}), "Other": resource("AWS::SNS::Topic")}
REPLACED = {"Queue": resource("AWS::SQS::Queue", {"FifoQueue": True}), "Other": resource("AWS::SNS::Topic")}
REMOVED = {"Other": resource("AWS::SNS::Topic")}
OLD = {"Queue": resource("AWS::SQS::Queue"), "Other": resource("AWS::SNS::Topic")}
REFUSED = [("stack-policy", "Queue")]


@pytest.mark.parametrize(
    ("policy", "new", "expected"),
    [
        ({"Statement": [ALLOW]}, REPLACED, []),
        ({"Statement": []}, MODIFIED, REFUSED),
        (deny("Update:Modify"), MODIFIED, REFUSED),
        (deny("Update:Modify"), REPLACED, []),
        (deny("Update:Replace"), REPLACED, REFUSED),
        (deny("Update:Delete"), REMOVED, REFUSED),
        (deny("Update:*", Resource="LogicalResourceId/O*"), MODIFIED, []),
        (
            deny("Update:*", Resource="*", Condition={"StringEquals": {"ResourceType": ["AWS::SQS::*"]}}),
            MODIFIED,
            REFUSED,
        ),
        (deny("Update:*", Resource="*", Condition={"StringLike": {"ResourceType": "AWS::S3::*"}}), MODIFIED, []),
    ],
)
def test_a_policy_decides_what_an_update_may_do(policy: Any, new: Any, expected: list[tuple[str, str]]) -> None:
    (outcome,) = rehearse(assembly(new), before=assembly(OLD), stack_policy=policy).outcomes

    assert found(outcome) == expected


def test_a_replacement_that_may_happen_may_be_refused() -> None:
    def instance(kind: str) -> Any:
        return assembly({"I": resource("AWS::EC2::Instance", {"InstanceType": kind, "ImageId": "ami-12345678"})})

    policy = deny("Update:Replace", Resource="*")
    (outcome,) = rehearse(instance("m6i.large"), before=instance("m5.large"), stack_policy=policy).outcomes

    (finding,) = [f for f in outcome.findings if f.fails]
    assert (finding.severity.value, finding.kind.value) == ("warning", "stack-policy")
    assert finding.message.endswith("which this update may come to")


@pytest.mark.parametrize("policy", [[], "Allow", {}, {"Version": "2012-10-17"}])
def test_a_stack_policy_that_is_none_is_refused(policy: Any) -> None:
    with pytest.raises(AssemblyError, match="A stack policy is a JSON object"):
        rehearse(assembly(MODIFIED), before=assembly(OLD), stack_policy=policy)
