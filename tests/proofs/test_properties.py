"""Whatever a construct is given, it synthesizes what CloudFormation accepts, or says what is wrong.

A new construct, argument or option is picked up by itself; what is tried, ``arguments`` makes of the type hints.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_logs as logs
from constructs import Construct
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from cdk_ml.assembly import read
from cdk_ml.checks import validator
from cdk_ml.errors import ConfigurationError
from cdk_ml.mlops import ClosedLoop, RetrainingLoop
from cdk_ml.sagemaker import Scaling
from cdk_ml.workspace import Workspace
from tests.conftest import FLAGS
from tests.proofs.arguments.areas import KNOWN
from tests.proofs.arguments.chosen import Arguments
from tests.proofs.arguments.known import Known
from tests.proofs.subjects import constructs


def problems(build: Callable[[cdk.Stack], object]) -> list[str]:
    """What is wrong with what ``build`` makes; nothing when it says so itself."""
    with tempfile.TemporaryDirectory() as folder:
        app = cdk.App(context=FLAGS, outdir=folder, analytics_reporting=False, tree_metadata=False)
        try:
            build(cdk.Stack(app, "Any"))
        except ConfigurationError:
            return []
        app.synth()
        checked = [finding for _, found in validator.check(read(Path(folder))) for finding in found]
    return [f"{finding.logical_id}: {finding.rule}: {finding.message}" for finding in checked if finding.fails]


settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# An example takes a quarter of a second: the more constructs there are, the fewer examples each of them gets.
EXAMPLES = max(5, 120 // len(constructs()))
FINISH: dict[type, Callable[[Any], object]] = {
    Workspace: Workspace.publish,
    ClosedLoop: lambda loop: loop.retrain_on("Unwell", _alarm(loop)),
    RetrainingLoop: lambda loop: loop.start_on("Unwell", _alarm(loop)),
}
"""What makes the parts of a construct that are made on first use, or that it cannot do without."""


def _alarm(scope: Construct) -> cloudwatch.IAlarm:
    arn = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:unwell"
    return cloudwatch.Alarm.from_alarm_arn(scope, "Known", arn)


def prove(construct: type[Construct], **options: Any) -> None:
    """Try ``construct`` with arguments of every kind.

    :param options: of hypothesis, where they are not the usual ones.
    """

    @settings(settings.get_profile("ci"), **{"max_examples": EXAMPLES, **options})
    @given(data=st.data())
    def proof(data: st.DataObject) -> None:
        def build(stack: cdk.Stack) -> None:
            arguments = Arguments(lambda values: data.draw(st.sampled_from(values)), stack).of(construct)
            note(f"{construct.__name__}({', '.join(f'{name}={value!r}' for name, value in arguments.items())})")
            made = construct(stack, "Made", **arguments)
            FINISH.get(construct, lambda _: None)(made)

        assert problems(build) == []

    proof()


@pytest.mark.parametrize("construct", constructs().values(), ids=lambda construct: construct.__name__)
def test_any_arguments_synthesize_what_cloudformation_accepts_or_are_refused(construct: type[Construct]) -> None:
    prove(construct)


# Mutations: constructs without validators.


class Unchecked(Construct):
    """Gives its argument to CloudFormation, whatever it is."""

    def __init__(self, scope: Construct, id: str, *, name: str) -> None:
        super().__init__(scope, id)
        logs.CfnLogGroup(self, "Resource", log_group_name=name)


class Unnamed(Construct):
    """Refuses its argument, but not with the documented error."""

    def __init__(self, scope: Construct, id: str, *, minimum: int) -> None:
        super().__init__(scope, id)
        if minimum < 2:
            raise ValueError("minimum is less than 2")


class Unknown(Construct):
    """Takes what nobody has met yet."""

    def __init__(self, scope: Construct, id: str, *, group: logs.ILogGroup) -> None:
        super().__init__(scope, id)
        self.group = group


@pytest.mark.parametrize(
    ("construct", "error", "says"),
    [
        (Unchecked, AssertionError, "LogGroupName: .* does not match"),
        (Unnamed, ValueError, "minimum is less than 2"),
        (Unknown, NotImplementedError, r"ILogGroup.*: say in tests/proofs/arguments/areas how to come by one"),
    ],
)
def test_a_construct_without_validators_is_found(construct: type[Construct], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        # Enough for an odd value of the one argument, however many constructs there are.
        prove(construct, phases=[Phase.generate], max_examples=120)


def test_every_kind_of_argument_is_tried() -> None:
    stack = cdk.Stack(cdk.App(), "Any")
    random = Random(0)
    tried = [Arguments(random.choice, stack).of(Scaling) for _ in range(200)]
    assert {name for arguments in tried for name in arguments} == {field.name for field in dataclasses.fields(Scaling)}
    assert {arguments["minimum"] for arguments in tried} >= {1, 2, -1, 10**12}


def test_what_is_known_can_be_made_together() -> None:
    """What refuses itself would let every example that asks for it pass."""
    app = cdk.App(context=FLAGS)
    known = Known(cdk.Stack(app, "Any"), KNOWN)
    assert [type_ for type_ in KNOWN if known(type_) is None] == []
    app.synth()
