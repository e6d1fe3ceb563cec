"""``cdk-ml permissions``: the least-privilege policy of the CloudFormation execution role, or what another one denies.

https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-customizing.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from cdk_ml.cli.check import find
from cdk_ml.cli.failure import UsageError
from cdk_ml.cli.progress import stdout, write
from cdk_ml.rehearsal.permissions import (
    DEPLOYMENT,
    Denial,
    ExecutionPolicy,
    Operation,
    bootstrap_commands,
    denied,
    execution_policy,
    load_policy,
)
from cdk_ml.rehearsal.permissions.report import as_json, as_table, tables

_OF_THE_POLICY: dict[str, Callable[[ExecutionPolicy], object]] = {
    "policies": ExecutionPolicy.documents,
    "template": ExecutionPolicy.template,
}
"""Formats that show the policy alone, as JSON."""


def permissions(
    targets: Sequence[str], *, against: Sequence[Path], format: str, output: Path | None, lists: bool
) -> bool:
    """Make the policy and report it.

    :param against: files of policies that one role has together.
    :param lists: allow what importing resources needs as well.
    :returns: whether a role can have the policy, and nothing is surely denied.
    :raises AssemblyError: for what cannot be read.
    :raises UsageError: for options that do not go together.
    """
    if against and format in _OF_THE_POLICY:
        raise UsageError(f"--format {format}: shows the policy, not what another one denies. Leave --against out.")
    operations = (*DEPLOYMENT, Operation.LIST) if lists else DEPLOYMENT
    policy = execution_policy(find(targets), operations)
    denials = denied(policy, [document for file in against for document in load_policy(file)]) if against else None
    write(
        lambda: _rendered(policy, denials, format),
        tables=lambda: tables(policy, denials),
        format=format,
        output=output,
    )
    if output is not None and format == "template":
        stdout().print("Then run:", *bootstrap_commands(str(output)), sep="\n", soft_wrap=True, markup=False)
    return policy.fits and not any(denial.certain for denial in denials or ())


def _rendered(policy: ExecutionPolicy, denials: Sequence[Denial] | None, format: str) -> str:
    if format in _OF_THE_POLICY:
        return json.dumps(_OF_THE_POLICY[format](policy), indent=2)
    return as_json(policy, denials) if format == "json" else as_table(policy, denials)
