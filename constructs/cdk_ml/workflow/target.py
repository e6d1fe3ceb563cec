"""What a schedule or an event can start.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from cdk_ml.workspace import Statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Something to be started, and what that needs. A state machine and a pipeline have one each.

    :param arn: ARN of what is started.
    :param statements: what the starting role has to be allowed.
    :param options: properties of the target besides its ARN and input, as CloudFormation writes them in camel case,
        such as ``{"sageMakerPipelineParameters": {...}}``. Schedules and rules have the same.
    """

    arn: str
    statements: Sequence[Statement]
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
