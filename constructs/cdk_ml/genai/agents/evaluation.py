"""How good an agent is, judged from its own traces while it works: by AWS's evaluators, and by judges of your own.

https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/evaluations.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from aws_cdk import Aws, Stack
from aws_cdk import aws_bedrockagentcore as agentcore
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.agents.judge import AgentJudge, BuiltinEvaluator, judge_problems, rendered
from cdk_ml.genai.agents.names import PRINCIPAL, unique_word
from cdk_ml.genai.agents.runtime import LIVE, AgentRuntime
from cdk_ml.genai.agents.statements import use_key_through_agentcore
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.texts import repeated
from cdk_ml.regions import region_problems
from cdk_ml.tokens import outside
from cdk_ml.workspace import ANYTHING, Statement, Workspace

_PAGE = "https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/evaluations-prerequisites.html"
_SPANS = "aws/spans"
_LEAST_SHARE, _WHOLE = 0.01, 100
_LONGEST_PAUSE = 1_440
_MOST_EVALUATORS = 25
_WRITE = ("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents")


class AgentEvaluation(Construct):
    """Judges a share of what an agent does, from its traces, while it works.

    Creates the evaluation, an evaluator for each :class:`AgentJudge`, a role that reads this agent's traces, asks the
    models of the judges and writes results, and a log group for them under the workspace's key; the scores are metrics
    in ``Bedrock-AgentCore/Evaluations``. The traces are there once CloudWatch's Transaction Search is switched on, a
    setting of the account, and the agent is started under OpenTelemetry (``AgentCode(instrumented=True)``).

    AWS's evaluators run on models of AWS's; a judge asks yours. CloudFormation has no guardrail for either, and nobody
    but you reads what they say.

    Idle cost: nothing. Each judged trace costs the tokens of its judges.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import AgentCode, AgentEvaluation, AgentRuntime, BuiltinEvaluator, FoundationModel
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Support")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="support", owner="growth-ml", cost_center="4711"),
    ... )
    >>> agent = AgentRuntime(
    ...     stack,
    ...     "Agent",
    ...     workspace=workspace,
    ...     code=AgentCode(folder="stacks/scripts/agent_platform"),
    ...     model=FoundationModel("amazon.nova-lite-v1:0"),
    ... )
    >>> evaluation = AgentEvaluation(
    ...     stack,
    ...     "Evaluation",
    ...     workspace=workspace,
    ...     agent=agent,
    ...     evaluators=[BuiltinEvaluator.HELPFULNESS, BuiltinEvaluator.TOOL_SELECTION_ACCURACY],
    ... )

    See https://docs.aws.amazon.com/bedrock-agentcore/latest/devguide/create-online-evaluations.html

    :ivar role: what reads traces and asks judges.
    :ivar log_group: the results.
    :ivar cfn_evaluators: the evaluators of the judges, by name.
    :ivar cfn_evaluation: the evaluation.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        agent: AgentRuntime,
        evaluators: Sequence[BuiltinEvaluator | AgentJudge],
        sampled_percent: float = 10,
        session_minutes: int = 15,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param agent: who is judged.
        :param evaluators: what by, 1 to 25.
        :param sampled_percent: share of the traces that is judged, 0.01 to 100.
        :param session_minutes: minutes without a trace after which a session is over, 1 to 1440.
        :raises cdk_ml.errors.ConfigurationError: for what AgentCore would refuse, or where the region has no
            evaluations.
        """
        super().__init__(scope, id)
        judges = [evaluator for evaluator in evaluators if isinstance(evaluator, AgentJudge)]
        reject(self, _problems(self, evaluators, judges, sampled_percent, session_minutes))
        workspace.adopt(self)
        self.log_group = workspace.log_group(self, "Results")
        read = agent.log_groups[LIVE]
        self.role = workspace.role(
            self,
            "Role",
            service=PRINCIPAL,
            statements=_statements(workspace, read.attr_arn, self.log_group.attr_arn, judges),
        )
        self.cfn_evaluators = {judge.name: self._evaluator(judge, workspace) for judge in judges}
        own = {name: made.attr_evaluator_id for name, made in self.cfn_evaluators.items()}
        ids = [own[item.name] if isinstance(item, AgentJudge) else item.value for item in evaluators]
        self.cfn_evaluation = agentcore.CfnOnlineEvaluationConfig(
            self,
            "Resource",
            online_evaluation_config_name=unique_word(self),
            evaluation_execution_role_arn=self.role.role_arn,
            evaluators=[{"evaluatorId": id} for id in ids],
            data_source_config={"cloudWatchLogs": {"logGroupNames": [read.ref], "serviceNames": [agent.service_name]}},
            rule={
                "samplingConfig": {"samplingPercentage": sampled_percent},
                "sessionConfig": {"sessionTimeoutMinutes": session_minutes},
            },
            output_config={"cloudWatchConfig": {"logGroupName": self.log_group.ref}},
            execution_status="ENABLED",
        )

    def _evaluator(self, judge: AgentJudge, workspace: Workspace) -> agentcore.CfnEvaluator:
        scope = Construct(self, judge.name)
        return agentcore.CfnEvaluator(
            scope,
            "Resource",
            evaluator_name=unique_word(scope),
            level=judge.level,
            evaluator_config=rendered(judge),
            kms_key_arn=workspace.key.key_arn,
        )


def _statements(workspace: Workspace, read: str, written: str, judges: Iterable[AgentJudge]) -> Iterator[Statement]:
    spans = f"arn:{Aws.PARTITION}:logs:{Aws.REGION}:{Aws.ACCOUNT_ID}:log-group:{_SPANS}"
    streams = f"The ARN of a log group ends in :*, which stands for its own streams. {_PAGE}"
    yield Statement(
        actions=["logs:DescribeLogGroups", "logs:DescribeIndexPolicies", "logs:PutIndexPolicy"],
        resources=ANYTHING,
        wildcard=f"These actions take no resource. {_PAGE}",
    )
    yield Statement(
        actions=["logs:GetQueryResults", "logs:StartQuery"], resources=[read, f"{spans}:*"], wildcard=streams
    )
    yield Statement(actions=_WRITE, resources=[written], wildcard=streams)
    yield use_key_through_agentcore(workspace.key.key_arn, actions=["kms:Decrypt"])
    for judge in judges:
        yield from judge.model.invoke_statements()


def _problems(
    scope: Construct,
    evaluators: Sequence[BuiltinEvaluator | AgentJudge],
    judges: Sequence[AgentJudge],
    sampled_percent: float,
    session_minutes: int,
) -> Iterator[Problem]:
    types = ["AWS::BedrockAgentCore::OnlineEvaluationConfig"]
    if judges:
        types.append("AWS::BedrockAgentCore::Evaluator")
    region = Stack.of(scope).region
    yield from region_problems(region, *types)
    if not 1 <= len(evaluators) <= _MOST_EVALUATORS:
        fix = f"Name 1 to {_MOST_EVALUATORS}"
        yield Problem("evaluators", len(evaluators), "are not as many as AgentCore takes", fix)
    if outside(sampled_percent, _LEAST_SHARE, _WHOLE):
        fix = f"Use {_LEAST_SHARE} to {_WHOLE}"
        yield Problem("sampled_percent", sampled_percent, "is not a share that AgentCore takes", fix)
    if outside(session_minutes, 1, _LONGEST_PAUSE):
        fix = f"Use 1 to {_LONGEST_PAUSE} minutes"
        yield Problem("session_minutes", session_minutes, "is not a pause that ends a session", fix)
    for name in repeated(judge.name for judge in judges):
        yield Problem("evaluators", name, "is the name of several judges", "Give each judge a name of its own")
    for judge in judges:
        yield from judge_problems(judge)
        yield from model_problems(judge.model, region, argument="evaluators.model", gives="text")
