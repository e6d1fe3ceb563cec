"""Values of templates as text."""

from __future__ import annotations

import pytest

from cdk_ml.testing.rendering import render, rendered_strings

REGION = {"Ref": "AWS::Region"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("text", "text"),
        (REGION, "eu-west-1"),
        ({"Ref": "Bucket"}, "<Bucket>"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "<Bucket.Arn>"),
        ({"Fn::GetAtt": "Bucket.Arn"}, "<Bucket.Arn>"),
        ({"Fn::Join": ["/", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "*"]]}, "<Bucket.Arn>/*"),
        ({"Fn::Sub": "${AWS::Region} ${Bucket.Arn} ${!Literal}"}, "eu-west-1 <Bucket.Arn> ${Literal}"),
        ({"Fn::Sub": ["${Name}-${Other}", {"Name": REGION}]}, "eu-west-1-<Other>"),
        ({"Fn::ImportValue": {"Fn::Sub": "${AWS::Region}-key"}}, "<Import eu-west-1-key>"),
        ({"Fn::FindInMap": ["Map", REGION, "account"]}, "<Fn::FindInMap>"),
        (True, "true"),
        (3, "3"),
    ],
)
def test_what_only_deployment_knows_is_in_brackets(value: object, expected: str) -> None:
    assert render(value, {"AWS::Region": "eu-west-1"}) == expected


def test_strings_made_by_functions_are_found_whole() -> None:
    value = {"A": [{"Fn::Join": ["", ["arn:aws:", REGION]]}], "B": {"C": "c"}}
    assert list(rendered_strings(value)) == ["A", "arn:aws:<AWS::Region>", "B", "C", "c"]
