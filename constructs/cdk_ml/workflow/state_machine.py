"""A state machine under the workspace's key, logged, traced and watched.

https://docs.aws.amazon.com/step-functions/latest/dg/choosing-workflow-type.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.tokens import outside
from cdk_ml.workflow.target import Target
from cdk_ml.workflow.vended_logs import vended_log_group
from cdk_ml.workspace import ANYTHING, Statement, Workspace
from cdk_ml.workspace.alerts import alarm_above
from cdk_ml.workspace.permissions import managed_policy
from cdk_ml.workspace.statements import PUT_TRACES, use_key, write_traces

_DELIVER_LOGS = (
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
_READ_SAMPLING = ("xray:GetSamplingRules", "xray:GetSamplingTargets")
_TRACES = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-xray-tracing.html"
_A_YEAR = 31_536_000


class StateMachine(Construct):
    """A standard workflow that tells the workspace's topic when an execution fails.

    Creates the state machine and its log group under the workspace's key, a role with exactly what its states need, and
    an alarm on executions that fail or run out of time. States are the CDK's: tasks of ``aws_stepfunctions_tasks``
    bring their permissions along; what else states need is given as ``statements``.

    Idle cost: an alarm on two metrics, 0.20 USD a month.

    >>> import aws_cdk as cdk
    >>> from aws_cdk import aws_stepfunctions as sfn
    >>> from cdk_ml.workflow import StateMachine
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> wait = sfn.Wait(stack, "Wait", time=sfn.WaitTime.duration(cdk.Duration.minutes(5)))
    >>> machine = StateMachine(
    ...     stack, "Retrain", workspace=workspace, definition=wait.next(sfn.Succeed(stack, "Done")), timeout_seconds=600
    ... )

    See https://docs.aws.amazon.com/step-functions/latest/dg/concepts-statemachines.html

    :ivar role: what the states run as.
    :ivar log_group: every event of every execution, with inputs and outputs.
    :ivar cfn_state_machine: the state machine.
    :ivar cfn_alarm: raised when an execution fails or runs out of time.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        definition: sfn.IChainable | Mapping[str, Any],
        statements: Iterable[Statement] = (),
        timeout_seconds: int = 86_400,
    ) -> None:
        """
        :param workspace: key, topic, tags and profile.
        :param definition: the states, from the first one on; or all of them as the Amazon States Language writes them.
        :param statements: what states need that do not bring it along.
        :param timeout_seconds: seconds after which an execution is stopped and counts as failed, up to a year.
        :raises cdk_ml.errors.ConfigurationError: for a time that Step Functions does not take, or a definition that
            begins with none of its states.
        """
        super().__init__(scope, id)
        reject(self, _problems(definition, timeout_seconds))
        workspace.adopt(self)
        states, documents = _states(definition, self.node.path)
        self.log_group = vended_log_group(self, "LogGroup", workspace=workspace, service="states")
        self.role = workspace.role(
            self,
            "Role",
            service="states.amazonaws.com",
            statements=[
                *_deliver_logs(),
                *write_traces(page=_TRACES, actions=(*_READ_SAMPLING, *PUT_TRACES)),
                *use_key(workspace.key.key_arn),
                *statements,
            ],
            documents=documents,
        )
        self.cfn_state_machine = sfn.CfnStateMachine(
            self,
            "Resource",
            role_arn=self.role.role_arn,
            definition_string=Stack.of(self).to_json_string({**states, "TimeoutSeconds": timeout_seconds}),
            logging_configuration={
                "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": self.log_group.attr_arn}}],
                "includeExecutionData": True,
                "level": "ALL",
            },
            tracing_configuration={"enabled": True},
            encryption_configuration={
                "type": "CUSTOMER_MANAGED_KMS_KEY",
                "kmsKeyId": workspace.key.key_arn,
                "kmsDataKeyReusePeriodSeconds": 300,
            },
        )
        if _starts_itself(states):
            # After the state machine, because it names it, and the state machine needs the role.
            managed_policy(self, "MapPolicy", statements=self._run_maps(), roles=[self.role])
        self.cfn_alarm = self._alarm(workspace.alert_topic.topic_arn)

    @property
    def state_machine_arn(self) -> str:
        """ARN of the state machine."""
        return self.cfn_state_machine.ref

    @property
    def target(self) -> Target:
        """The state machine as what a schedule or an event starts."""
        return Target(arn=self.state_machine_arn, statements=self.start_statements())

    def start_statements(self) -> Sequence[Statement]:
        """What starts the state machine needs this."""
        return (Statement(actions=["states:StartExecution"], resources=[self.state_machine_arn]),)

    def grant_start_execution(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let ``grantee`` start executions."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["states:StartExecution"], resource_arns=[self.state_machine_arn]
        )

    def metric(self, name: str, **options: Any) -> cloudwatch.Metric:
        """A metric of the state machine, by the name Step Functions gives it.

        :param name: such as ``ExecutionsSucceeded``.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        options.setdefault("statistic", "Sum")
        return cloudwatch.Metric(
            namespace="AWS/States",
            metric_name=name,
            dimensions_map={"StateMachineArn": self.state_machine_arn},
            **options,
        )

    def _run_maps(self) -> list[Statement]:
        executions = (
            f"arn:{Aws.PARTITION}:states:{Aws.REGION}:{Aws.ACCOUNT_ID}:execution:{self.cfn_state_machine.attr_name}"
        )
        return [
            *self.start_statements(),
            Statement(
                actions=["states:DescribeExecution", "states:RedriveExecution", "states:StopExecution"],
                resources=[f"{executions}:*", f"{executions}/*:*"],
                wildcard="Step Functions names the executions of this one state machine that a distributed map starts. "
                "https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html",
            ),
        ]

    def _alarm(self, topic_arn: str) -> cloudwatch.CfnAlarm:
        dimensions = [{"name": "StateMachineArn", "value": self.state_machine_arn}]
        metrics = [
            {
                "id": id,
                "returnData": False,
                "metricStat": {
                    "metric": {"namespace": "AWS/States", "metricName": name, "dimensions": dimensions},
                    "period": 300,
                    "stat": "Sum",
                },
            }
            for id, name in (("failed", "ExecutionsFailed"), ("late", "ExecutionsTimedOut"))
        ]
        total = {"id": "bad", "expression": "FILL(failed, 0) + FILL(late, 0)", "label": "failed or out of time"}
        return alarm_above(
            self,
            "Alarm",
            alarm_description=f"Executions of {self.node.path} fail or run out of time",
            metrics=[*metrics, {**total, "returnData": True}],
            threshold=0,
            topic_arn=topic_arn,
        )


def _problems(definition: sfn.IChainable | Mapping[str, Any], timeout_seconds: int) -> Iterator[Problem]:
    if isinstance(definition, Mapping) and definition.get("StartAt") not in definition.get("States", ()):
        rule = "is no definition that begins with one of its states"
        yield Problem("definition", sorted(definition), rule, 'Write {"StartAt": "First", "States": {"First": {...}}}')
    if outside(timeout_seconds, 1, _A_YEAR):
        rule = "is not a time that an execution may take"
        yield Problem("timeout_seconds", timeout_seconds, rule, f"Use 1 to {_A_YEAR}, which is a year")


def _states(definition: sfn.IChainable | Mapping[str, Any], path: str) -> tuple[Any, list[Mapping[str, Any]]]:
    """The states in JSON, and the statements that tasks of the CDK bring along."""
    if isinstance(definition, Mapping):
        return definition, []
    graph = sfn.StateGraph(definition.start_state, path)
    return graph.to_graph_json(), [statement.to_statement_json() for statement in graph.policy_statements]


def _starts_itself(states: Any) -> bool:
    """Whether there is a map whose items are executions of their own."""
    match states:
        case {"ProcessorConfig": {"Mode": "DISTRIBUTED"}}:
            return True
        case dict():
            return any(_starts_itself(state) for state in states.values())
        case list():
            return any(_starts_itself(state) for state in states)
    return False


def _deliver_logs() -> list[Statement]:
    return [
        Statement(
            actions=_DELIVER_LOGS,
            resources=ANYTHING,
            wildcard="The actions that set up the delivery of logs take no resource. "
            "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html",
        )
    ]
