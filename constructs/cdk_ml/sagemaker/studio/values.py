"""What the values of Studio's resources have in common: applications and instance types.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDomain.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.facts.notebooks import Use, instance_types
from cdk_ml.tokens import is_token

App = Literal["JupyterLab", "CodeEditor"]
"""An application of Studio in which people write: the ones that Studio Classic had cannot be started any more."""

_CLOSE = 5


def instance_problems(argument: str, instance_type: str, use: Use) -> Iterator[Problem]:
    """Why CloudFormation would not take ``instance_type`` for ``use``."""
    known = instance_types(use)
    if is_token(instance_type) or instance_type in known:
        return
    if f"ml.{instance_type}" in known:
        yield Problem(argument, instance_type, "is not an instance type of SageMaker", f"Write ml.{instance_type}")
        return
    family = instance_type.removeprefix("ml.").partition(".")[0]
    close = sorted(name for name in known if name.split(".")[1] == family)[:_CLOSE]
    fix = f"Use one such as {', '.join(close or ['ml.t3.medium', 'ml.m5.xlarge', 'ml.g5.xlarge'])}"
    yield Problem(argument, instance_type, f"is not an instance type of {_USES[use]}", fix)


_USES: dict[Use, str] = {
    "app": "Studio's apps",
    "space": "a space in CloudFormation, whose list is shorter than Studio's",
    "notebook": "notebook instances",
}
