"""Proves that stacks can be deployed, updated and destroyed, by rehearsing it against CloudFormation's own schemas.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stacks.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cdk_ml.checks.finding import sentences
from cdk_ml.rehearsal import Action, Outcome, Rehearsal, rehearse
from cdk_ml.rehearsal.engine import DEFAULT_REGION
from cdk_ml.rehearsal.pairing import deployed, require_common
from cdk_ml.testing.subject import assembly_of, expect_none

if TYPE_CHECKING:
    from cdk_ml.rehearsal.outcome import Finding
    from cdk_ml.testing.subject import Subject

Parameters = Mapping[str, Any]


def assert_deployable(
    subject: Subject, *, region: str = DEFAULT_REGION, parameters: Parameters | None = None, fail: bool = True
) -> Rehearsal:
    """Fail when creating the stacks would fail, or when a failure on the way would leave something behind.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_sqs as sqs
    >>> from cdk_ml.testing import assert_deployable
    >>> stack = cdk.Stack(cdk.App(), "Queues")
    >>> queue = sqs.CfnQueue(stack, "Queue", queue_name=cdk.Fn.join("-", ["jobs", cdk.Aws.STACK_NAME]))
    >>> [event.logical_id for event in assert_deployable(stack).outcomes[0].events]
    ['Queue']
    >>> other = sqs.CfnQueue(stack, "Other", queue_name="jobs-Queues")
    >>> assert_deployable(stack)
    Traceback (most recent call last):
    AssertionError: It can be deployed: 1 problem
    - Queues/Other: already-exists: jobs-Queues already exists: Queue has that name. Give it another name, or none.

    :param subject: a stack, an app, an assembly or the path of one.
    :param region: of stacks that are bound to none.
    :param parameters: values by the names of parameters, for all stacks; or by the names of stacks, for one each.
    :param fail: let every single action fail as well, and roll back. What a DeletionPolicy retains may stay then.
    :returns: the rehearsal: what happens in which order, and what there is afterwards.
    :raises AssertionError: one line for each problem: where, of which kind, what is wrong, what to do.
    :raises cdk_ml.assembly.AssemblyError: for a region that does not exist.
    """
    rehearsal = rehearse(assembly_of(subject), region=region, parameters=parameters, fail=fail)
    expect_none(_problems(rehearsal.outcomes[0]), "It can be deployed")
    return rehearsal


def assert_updatable(
    new: Subject,
    old: Subject,
    *,
    region: str = DEFAULT_REGION,
    parameters: Parameters | None = None,
    stack_policy: Mapping[str, Any] | None = None,
    fail: bool = True,
) -> Rehearsal:
    """Fail when updating the old stacks to the new ones would fail, lose data, or leave something behind.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_sqs as sqs
    >>> from cdk_ml.testing import assert_updatable
    >>> old, new = (cdk.Stack(cdk.App(), "Queues") for _ in range(2))
    >>> _ = sqs.CfnQueue(old, "Queue", queue_name="jobs.fifo", fifo_queue=True)
    >>> _ = sqs.CfnQueue(new, "Queue", queue_name="jobs.fifo", fifo_queue=True, delay_seconds=5)
    >>> [event.action.value for event in assert_updatable(new, old).outcomes[0].events]
    ['update']

    :param new: what is to be deployed: a stack, an app, an assembly or the path of one.
    :param old: what is deployed, such as the template that ``cdk diff`` compares with. Two templates are taken for one
        stack; anything else is paired by the paths of its stacks.
    :param region: of stacks that are bound to none.
    :param parameters: values by the names of parameters, for all stacks; or by the names of stacks, for one each.
    :param stack_policy: what an update may do, for every stack.
    :param fail: let every single action fail as well, and roll back. Only what a failed clean-up leaves is no problem,
        because no template prevents it.
    :returns: the rehearsal. Nothing happens where its one outcome has no events.
    :raises AssertionError: one line for each problem: where, of which kind, what is wrong, what to do.
    :raises cdk_ml.assembly.AssemblyError: for assemblies that have no stack in common.
    """
    after = assembly_of(new)
    if isinstance(old, str | Path) and isinstance(new, str | Path):
        before = deployed(Path(old), Path(new), after)
    else:
        before = assembly_of(old)
        require_common(before, after, "old", "new")
    rehearsal = rehearse(
        after, before=before, region=region, parameters=parameters, stack_policy=stack_policy, fail=fail
    )
    expect_none(_problems(rehearsal.outcomes[0]), "It can be updated")
    return rehearsal


def assert_destroyable(
    subject: Subject,
    *,
    keeping: Collection[str] = (),
    region: str = DEFAULT_REGION,
    parameters: Parameters | None = None,
) -> Rehearsal:
    """Fail when the stacks cannot be destroyed, or when something of another type than ``keeping`` stays behind.

    What may be in the way one day, such as the objects of a bucket, is in the findings of the rehearsal and fails
    nothing.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_s3 as s3
    >>> from cdk_ml.testing import assert_destroyable
    >>> stack = cdk.Stack(cdk.App(), "Data")
    >>> bucket = s3.Bucket(stack, "Bucket")
    >>> gone = assert_destroyable(stack, keeping=["AWS::S3::Bucket"]).outcomes[-1]
    >>> [left.why for left in gone.leftovers]
    ['stays, by its DeletionPolicy']
    >>> assert_destroyable(stack)
    Traceback (most recent call last):
    AssertionError: Nothing stays behind: 1 problem
    - Data/Bucket83908E77: AWS::S3::Bucket stays, by its DeletionPolicy.

    :param subject: a stack, an app, an assembly or the path of one.
    :param keeping: the types that may stay, such as those that the profile retains.
    :param region: of stacks that are bound to none.
    :param parameters: values by the names of parameters, for all stacks; or by the names of stacks, for one each.
    :returns: the rehearsal, whose last outcome is the end of the stacks.
    :raises AssertionError: one line for each problem: where, what stays or is in the way, what to do.
    :raises cdk_ml.assembly.AssemblyError: for a region that does not exist.
    """
    rehearsal = rehearse(assembly_of(subject), region=region, parameters=parameters, destroy=True)
    gone = rehearsal.outcomes[-1]
    problems = [_line(finding) for finding in gone.findings if finding.fails and finding.type not in keeping]
    problems += (
        f"{left.stack}/{left.logical_id}: {left.type} {left.why}."
        for left in gone.leftovers
        if left.type not in keeping
    )
    expect_none(problems, "Nothing stays behind")
    return rehearsal


def _problems(outcome: Outcome) -> Iterator[str]:
    yield from (_line(finding) for finding in outcome.findings if finding.fails)
    for failure in outcome.failures:
        # No template keeps a clean-up from failing: CloudFormation then lets go of what was to be deleted.
        if failure.action is Action.CLEAN_UP:
            continue
        for left in failure.leftovers:
            if not left.intended:
                place = f"{left.stack}/{left.logical_id}"
                yield f"{place}: {left.why}, after {failure.action} of {failure.logical_id} failed."


def _line(finding: Finding) -> str:
    where = finding.path if finding.path != finding.stack else f"{finding.stack}/{finding.logical_id}".rstrip("/")
    return f"{where}: {finding.kind}: {sentences(finding.message, finding.fix)}"
