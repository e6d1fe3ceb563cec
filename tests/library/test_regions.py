"""A region that lacks a type is refused, with what works there."""

from __future__ import annotations

import aws_cdk as cdk

from cdk_ml.errors import Problem
from cdk_ml.regions import ELSEWHERE, region_problems

COMPONENT = "AWS::SageMaker::InferenceComponent"


def test_every_type_that_is_missing_is_named_at_once() -> None:
    rule = f"has no AWS::SageMaker::Workforce, {COMPONENT} in CloudFormation"
    problems = region_problems("eu-west-3", "AWS::SageMaker::Workforce", "AWS::SageMaker::Model", COMPONENT)
    assert [*problems] == [Problem("region", "eu-west-3", rule, ELSEWHERE)]


def test_the_fix_is_what_the_construct_knows() -> None:
    (problem,) = region_problems("eu-west-3", COMPONENT, instead="Use an AsyncEndpoint")
    assert problem.fix == "Use an AsyncEndpoint"


def test_a_region_that_has_everything_or_is_not_known_yet_passes() -> None:
    assert [*region_problems("us-east-1", COMPONENT), *region_problems(cdk.Aws.REGION, COMPONENT)] == []
