"""What the values of Studio's resources have in common: names, instance types, and where there is Studio at all.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateDomain.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from cdk_ml.errors import Problem
from cdk_ml.facts.notebooks import Use, instance_types
from cdk_ml.facts.regions import lacks
from cdk_ml.tokens import is_token

App = Literal["JupyterLab", "CodeEditor"]
"""An application of Studio in which people write: the ones that Studio Classic had cannot be started any more."""

_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_CLOSE = 5


def name_problems(argument: str, name: str | None) -> Iterator[Problem]:
    """Why SageMaker would not take ``name``."""
    if name is not None and not is_token(name) and not _NAME.fullmatch(name):
        fix = "Use at most 63 letters, digits and hyphens, starting and ending with a letter or digit"
        yield Problem(argument, name, "is not a name that SageMaker takes", fix)


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


def region_problems(region: str, types: Sequence[str]) -> Iterator[Problem]:
    """Why nothing of this can be made in ``region``."""
    missing = [type_ for type_ in types if lacks(region, type_)]
    if missing:
        rule = f"is a region in which CloudFormation has no {', '.join(missing)}"
        yield Problem("region", region, rule, "Deploy the stack to another region")
