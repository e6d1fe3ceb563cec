"""What a construct does where CloudFormation lacks one of its types: refuse, and say what works.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/registry.html
"""

from __future__ import annotations

from collections.abc import Iterator

from cdk_ml.errors import Problem
from cdk_ml.facts.regions import lacks

ELSEWHERE = "Deploy the stack to another region, such as us-east-1"


def region_problems(region: str, *types: str, instead: str = ELSEWHERE) -> Iterator[Problem]:
    """Why nothing of these types can be made in ``region``; a region that only the deployment knows passes.

    :param instead: what to do there.
    """
    missing = [type_ for type_ in types if lacks(region, type_)]
    if missing:
        yield Problem("region", region, f"has no {', '.join(missing)} in CloudFormation", instead)
