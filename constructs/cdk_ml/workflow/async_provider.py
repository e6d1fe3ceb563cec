"""Custom resources that take longer than one function may run, and that always answer.

A function has fifteen minutes, and one that runs out of time tells CloudFormation nothing: the stack waits for an hour.
Here a state machine calls a function again and again, each call does what can be done now, and the machine's last state
gives the answer, for better or worse.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from aws_cdk import Aws, CustomResource, Duration
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import is_token, outside
from cdk_ml.workflow.function import Function
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workflow.state_machine import StateMachine
from cdk_ml.workspace import Statement, Workspace

_TYPE = re.compile(r"Custom::[A-Za-z0-9_@-]{1,52}")
_LONGEST_SECONDS = 3_600  # CloudFormation gives up on a custom resource after an hour.
_TRIES = 4
_ANSWERING_SECONDS = 120
_ANSWER_SECONDS = 30


class AsyncProvider(Construct):
    """Runs a function again and again until a custom resource is done, and tells CloudFormation how it went.

    The function's ``handler(request, context)`` gets CloudFormation's request and takes one step. It returns
    ``{"done": True}``, or ``{"done": False, "waiting_for": "two apps"}`` to be called again; with ``done`` it may
    return ``data`` (the resource's attributes), ``note`` (a reason that CloudFormation shows) and ``physical_id``.
    Without that, the resource keeps its identity for ever and is never replaced. A step that fails or runs out of time
    is tried again, so it has to bear that; one that raises an error called ``RefusedError`` is not.

    Creates that function, one that starts and one that answers, and a state machine between them.

    Idle cost: the state machine's alarm on two metrics, 0.20 USD a month.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.workflow import AsyncProvider
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> provider = AsyncProvider(stack, "Provider", workspace=workspace, code="docs/examples/slow_resource")
    >>> resource = provider.resource(stack, "Slow", type="Custom::Slow", properties={"Size": "3"})

    See https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html

    :ivar function: what takes the steps.
    :ivar state_machine: what calls it until it is done.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        code: str | Path,
        statements: Iterable[Statement] = (),
        step_seconds: int = 60,
        poll_seconds: int = 15,
        timeout_seconds: int = 3_000,
    ) -> None:
        """
        :param workspace: key, queue, topic, tags and profile.
        :param code: folder whose ``handler.py`` takes a step.
        :param statements: what a step may do.
        :param step_seconds: seconds that a step may take, 1 to 900.
        :param poll_seconds: seconds between two steps, 1 to 600.
        :param timeout_seconds: seconds after which the resource has failed; the reason names what it waited for.
        :raises cdk_ml.errors.ConfigurationError: when CloudFormation would give up before there is an answer, or there
            is no ``handler.py``.
        """
        super().__init__(scope, id)
        reject(self, _problems(step_seconds, poll_seconds, timeout_seconds))
        workspace.adopt(self)
        self.function = Function(
            self, "Step", workspace=workspace, code=code, statements=statements, timeout_seconds=step_seconds
        )
        self._answer = Function(
            self,
            "Answer",
            workspace=workspace,
            code=runtime_code("async_resource"),
            timeout_seconds=_ANSWER_SECONDS,
        )
        self.state_machine = StateMachine(
            self,
            "Machine",
            workspace=workspace,
            definition=self._definition(poll_seconds),
            statements=[self.function.invoke_statement(), self._answer.invoke_statement()],
            timeout_seconds=_LONGEST_SECONDS,
        )
        self._start = Function(
            self,
            "Start",
            workspace=workspace,
            code=runtime_code("async_resource"),
            statements=self.state_machine.start_statements(),
            environment={
                "STATE_MACHINE_ARN": self.state_machine.state_machine_arn,
                "SECONDS": str(timeout_seconds),
            },
            timeout_seconds=_ANSWER_SECONDS,
            asynchronous=True,
        )

    def resource(self, scope: Construct, id: str, *, type: str, properties: Mapping[str, Any]) -> CustomResource:
        """Make a resource that this provides. It is deleted before what its properties refer to.

        :param type: such as ``Custom::StudioApps``; the step finds it in ``ResourceType``.
        :param properties: what the step finds in ``ResourceProperties``, where every value has become a string.
        :raises cdk_ml.errors.ConfigurationError: for what CloudFormation does not take as a type.
        """
        reject(f"{scope.node.path}/{id}", _type_problems(type))
        return CustomResource(
            scope,
            id,
            resource_type=type,
            service_token=self._start.function_arn,
            service_timeout=Duration.seconds(_LONGEST_SECONDS),
            properties=properties,
        )

    def _definition(self, poll_seconds: int) -> sfn.IChainable:
        states = Construct(self, "States")
        # The CDK's way to add a catch to a state of one's own forgets its output, which is the error.
        caught = "{% $merge([$states.input, {'error': $states.errorOutput}]) %}"
        step = _call(
            states,
            "Step",
            self.function,
            payload="{% $states.input.request %}",
            result="step",
            Catch=[{"ErrorEquals": ["States.ALL"], "Next": "AnswerFailure", "Output": caught}],
        )
        succeeded = _call(states, "AnswerSuccess", self._answer, payload="{% $states.input %}", result="answer")
        failed = _call(states, "AnswerFailure", self._answer, payload="{% $states.input %}", result="answer")
        late = sfn.Pass.jsonata(
            states,
            "Late",
            outputs="{% $merge([$states.input, {'error': {'Error': 'TimedOut', "
            "'Cause': 'still waiting for ' & $states.input.step.waiting_for}}]) %}",
        )
        wait = sfn.Wait.jsonata(states, "Wait", time=sfn.WaitTime.duration(Duration.seconds(poll_seconds)))
        done = sfn.Condition.jsonata("{% $states.input.step.done = true %}")
        too_late = sfn.Condition.jsonata("{% $toMillis($states.context.State.EnteredTime) > $states.input.deadline %}")
        failed.next(sfn.Fail(states, "Failed", cause="The resource failed; CloudFormation was told why."))
        succeeded.next(sfn.Succeed(states, "Succeeded"))
        late.next(failed)
        wait.next(step)
        return step.next(sfn.Choice.jsonata(states, "Done").when(done, succeeded).when(too_late, late).otherwise(wait))


def _call(
    scope: Construct, id: str, function: Function, *, payload: str, result: str, **fields: Any
) -> sfn.CustomState:
    """A state that calls a function, and puts what it returns beside its input.

    The CDK's task would also ask for the permission to call every version of the function.
    """
    return sfn.CustomState(
        scope,
        id,
        state_json={
            "Type": "Task",
            "QueryLanguage": "JSONata",
            "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke",
            "Arguments": {"FunctionName": function.function_arn, "Payload": payload},
            "Output": f"{{% $merge([$states.input, {{'{result}': $states.result.Payload}}]) %}}",
            "Retry": [
                {"ErrorEquals": ["RefusedError"], "MaxAttempts": 0},
                {"ErrorEquals": ["States.ALL"], "MaxAttempts": _TRIES - 1, "IntervalSeconds": 2, "BackoffRate": 2},
            ],
            **fields,
        },
    )


def _problems(step_seconds: int, poll_seconds: int, timeout_seconds: int) -> Iterator[Problem]:
    steps_fit, polls_fit = not outside(step_seconds, 1, 900), not outside(poll_seconds, 1, 600)
    if not steps_fit:
        yield Problem("step_seconds", step_seconds, "is not a time that Lambda gives", "Use 1 to 900")
    if not polls_fit:
        yield Problem("poll_seconds", poll_seconds, "is too short, or too long to notice the end", "Use 1 to 600")
    if not (steps_fit and polls_fit):
        return
    numbers = (step_seconds, poll_seconds, timeout_seconds)
    # The last step may begin just before the deadline, and be tried again.
    longest = _LONGEST_SECONDS - _ANSWERING_SECONDS - _TRIES * step_seconds - poll_seconds
    if not any(is_token(number) for number in numbers) and not 1 <= timeout_seconds <= longest:
        rule = "is no time, or leaves none to answer in: CloudFormation gives up after an hour"
        fix = f"Use 1 to {longest} with step_seconds={step_seconds}" if longest > 0 else "Use fewer step_seconds"
        yield Problem("timeout_seconds", timeout_seconds, rule, fix)


def _type_problems(type: str) -> Iterator[Problem]:
    if not is_token(type) and not _TYPE.fullmatch(type):
        fix = "Write Custom:: and a name of letters, digits, _, @ and -, 60 characters at most"
        yield Problem("type", type, "is not the type of a custom resource", fix)
