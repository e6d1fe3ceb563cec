"""A gateway to models: teams ask through profiles of their own, as much as their quota lets them, under a guardrail.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Aws, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.agents.guarded import guarded
from cdk_ml.genai.gateway.dashboard import dashboard_body
from cdk_ml.genai.gateway.policies import LONGEST_POLICY, MOST_POLICIES, packed, policy_length
from cdk_ml.genai.gateway.team import Team, TokenPrice, price_of, team_problems
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.guardrails.attachment import NoGuardrail, chosen_guardrail
from cdk_ml.genai.models.application_inference_profile import ApplicationInferenceProfile
from cdk_ml.genai.models.invokable import grant
from cdk_ml.tokens import outside
from cdk_ml.workflow import CognitoUsers, StreamingApi, StreamingFunction, Throttle
from cdk_ml.workflow.runtime_code import runtime_code
from cdk_ml.workspace import Statement, Workspace, acknowledge
from cdk_ml.workspace.alerts import alarm_above
from cdk_ml.workspace.permissions import managed_policy

_NAMESPACE = "cdk-ml/ModelGateway"
_SERVICES = {
    "BedrockRuntime": ec2.InterfaceVpcEndpointAwsService.BEDROCK_RUNTIME,
    "Ssm": ec2.InterfaceVpcEndpointAwsService.SSM,
}
# What the function takes, checked by the API before it: lambda/model_gateway/request.py.
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["model", "messages"],
    "properties": {"model": {"type": "string"}, "messages": {"type": "array", "minItems": 1}},
}
_TIMEOUT_SECONDS = 300
_FIVE_MINUTES = 300
# Lambda takes 6 MB, with the body as a text within it, whose quotation marks take two bytes each.
_MOST_BYTES = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLimit:
    """What one call may be at most, whoever asks.

    :param max_tokens: tokens of an answer; as many are reserved from the quota until the call is over, unless the
        caller asks for less.
    :param max_bytes: bytes of a request.
    """

    max_tokens: int = 4_096
    max_bytes: int = 1_000_000


class ModelGateway(Construct):
    """One address at which teams ask models: tagged, guarded, counted, and up to a quota that nobody overshoots.

    Creates for each team and model an application inference profile with the team's cost tags; a streaming API behind
    AWS WAF; the function behind it, which finds the caller's team by the role or the group, reserves what a call may
    use at most in one conditional write, asks under the team's profile and the guardrail, and gives back what was not
    used; the table that holds it, by team and month; alarms on the share of the quota, on failures and on calls that
    were never settled; a budget for each team with a ``monthly_limit``; and a dashboard of tokens, estimated cost and
    quotas. Calls at once cannot take the same room. A call may use more than was reserved for it only where its input
    has more tokens than a third of its bytes.

    Callers send ``{"model", "messages"}`` and whatever else of Converse's ``system``, ``inferenceConfig`` and
    ``toolConfig`` they need; ``"stream": true`` brings Converse's events as server-sent events. They hear 429 when the
    quota is spent, and until when; 403 for a model that is not the team's; 413 for too large a request; 503 with
    ``Retry-After`` when Bedrock has too many; 504 when the model is late. What is asked and answered is nowhere kept;
    :class:`~cdk_ml.genai.InvocationLogging` does that for the account, if you want it.

    The guardrail sees what people and system prompts say and what the model answers; of tools, Bedrock shows it neither
    results nor arguments: https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html

    Idle cost: 7 USD a month for the firewall, 3 USD for the dashboard beyond the account's first three, 0.10 USD for
    each alarm: one a team and two. Where the profile has functions in the network, two private endpoints, about 15 USD
    a month and zone.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.cost import MonthlyLimit
    >>> from cdk_ml.genai import CrossRegionProfile, FoundationModel, ModelGateway, Team, TeamQuota
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Models", env=cdk.Environment(region="us-east-1"))
    >>> tags = CostTags(project="models", owner="ml-platform", cost_center="4711")
    >>> workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
    >>> claims = Team(
    ...     name="claims",
    ...     models=[FoundationModel("amazon.nova-lite-v1:0"), CrossRegionProfile("amazon.nova-2-lite-v1:0", "us")],
    ...     quota=TeamQuota(usd=500),
    ...     tags=CostTags(project="claims-triage", owner="claims", cost_center="0815"),
    ...     role_arns=["arn:aws:iam::111111111111:role/claims-app"],
    ...     monthly_limit=MonthlyLimit(usd=600),
    ... )
    >>> gateway = ModelGateway(stack, "Gateway", workspace=workspace, teams=[claims])

    See https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles.html

    :ivar url: where calls are sent.
    :ivar api: the API.
    :ivar function: what answers.
    :ivar guardrail: what stands between callers and models; ``None`` where there is none.
    :ivar profiles: the profiles, by team and by id of the model.
    :ivar policies: by team a policy that lets its members call, to be attached to their roles; where they sign in there
        is none.
    :ivar budgets: the budgets, by team.
    :ivar cfn_table: what was used, by team and month.
    :ivar cfn_parameters: what the function knows of a team, by team.
    :ivar cfn_dashboard: the dashboard.
    :ivar cfn_alarms: the alarms, by team; those of the gateway as ``Failed`` and ``Unsettled``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        teams: Sequence[Team],
        guardrail: GuardrailBase | NoGuardrail | None = None,
        users: CognitoUsers | None = None,
        prices: Mapping[str, TokenPrice] | None = None,
        call: CallLimit = CallLimit(),
        throttle: Throttle = Throttle(),
    ) -> None:
        """
        :param workspace: network, key, topic, tags and profile.
        :param teams: who may ask what, and for how much.
        :param guardrail: what is checked; the workspace's own when not given.
        :param users: the pool whose groups teams are made of; without it callers sign their requests with IAM.
        :param prices: prices of models that are not known, or that you pay others for, by id of the model.
        :param call: what one call may be.
        :param throttle: how many requests are let through.
        :raises cdk_ml.errors.ConfigurationError: teams that nobody is in or that IAM and AWS would refuse, models that
            cannot be asked here, or a quota in USD for models whose price is unknown.
        """
        super().__init__(scope, id)
        self._prices = {} if prices is None else prices
        reject(self, [*team_problems(teams, self._prices, sign_in=users is not None), *_call_problems(call)])
        workspace.adopt(self)
        self._workspace = workspace
        self.guardrail = chosen_guardrail(workspace, guardrail)
        self.profiles = self._profiles(teams)
        self.cfn_table = self._table()
        self.cfn_parameters = self._parameters(teams)
        self.function = self._function(call)
        self._let_ask()
        self.api = StreamingApi(
            self,
            "Api",
            workspace=workspace,
            function=self.function,
            path="converse",
            users=users,
            schema=_SCHEMA,
            throttle=throttle,
        )
        self.url = self.api.url
        self.policies = {} if users is not None else self._policies(teams)
        self.budgets = self._budgets(teams)
        body = dashboard_body(
            gateway=self._name, namespace=_NAMESPACE, teams=teams, profiles=self.profiles, prices=self._prices
        )
        self.cfn_dashboard = cloudwatch.CfnDashboard(
            self, "Dashboard", dashboard_body=Stack.of(self).to_json_string(body)
        )
        self.cfn_alarms = self._alarms(teams)
        acknowledge(
            self.cfn_table,
            "Point-in-time recovery keeps every second of the last 35 days, and only the counts of the current month "
            "decide about anything. "
            "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
            "NIST.800.53.R5-DynamoDBInBackupPlan",
            "HIPAA.Security-DynamoDBInBackupPlan",
        )

    def invoke_statements(self, team: str) -> list[Statement]:
        """What a role needs to ask Bedrock itself through the profiles of a team, with the guardrail and no other way.

        Past the quota: what is asked so carries the team's tags, and is in its budget and on the dashboard.

        :param team: name of the team.
        :raises cdk_ml.errors.ConfigurationError: for a team that the gateway does not have.
        """
        if team not in self.profiles:
            fix = f"Use one of {', '.join(self.profiles)}"
            reject(self, [Problem("team", team, "is no team of this gateway", fix)])
        asking = [each for profile in self.profiles[team].values() for each in profile.invoke_statements()]
        return guarded(asking, self.guardrail)

    def grant_invoke(self, team: str, grantee: iam.IGrantable) -> None:
        """Let a role of your own ask Bedrock itself as a team, see :meth:`invoke_statements`."""
        grant(grantee, self.invoke_statements(team))

    def grant_call(self, grantee: iam.IGrantable) -> None:
        """Let a role of your own call the gateway. Whose calls they are, ``role_arns`` of the teams say.

        :raises cdk_ml.errors.ConfigurationError: where callers sign in, which IAM knows nothing of.
        """
        self.api.grant_call(grantee)

    def metric(self, name: str, *, team: str | None = None, **options: Any) -> cloudwatch.Metric:
        """A metric of the gateway, the sum of five minutes if ``options`` do not say otherwise.

        :param name: ``Answered``, ``Blocked``, ``Refused``, ``QuotaSpent``, ``Throttled``, ``Late``, ``Failed``,
            ``HungUp``, ``Unsettled``, ``InputTokens``, ``OutputTokens`` or ``EstimatedUsd``; or ``QuotaPercent`` of a
            team.
        :param team: for ``QuotaPercent``, whose.
        :param options: further arguments of :class:`aws_cdk.aws_cloudwatch.Metric`.
        """
        dimensions = {"Gateway": self._name, **({} if team is None else {"Team": team})}
        usual = {"statistic": "Sum" if team is None else "Maximum"}
        return cloudwatch.Metric(
            namespace=_NAMESPACE, metric_name=name, dimensions_map=dimensions, **{**usual, **options}
        )

    @property
    def _name(self) -> str:
        return self.node.path

    def _profiles(self, teams: Sequence[Team]) -> dict[str, dict[str, ApplicationInferenceProfile]]:
        made: dict[str, dict[str, ApplicationInferenceProfile]] = {}
        for team in teams:
            scope = Construct(self, f"Team-{team.name}")
            made[team.name] = {
                model.foundation_model_id: ApplicationInferenceProfile(
                    scope, model.foundation_model_id, workspace=self._workspace, source=model, tags=team.tagged
                )
                for model in team.models
            }
        return made

    def _table(self) -> dynamodb.CfnTable:
        table = dynamodb.CfnTable(
            self,
            "Table",
            attribute_definitions=[
                {"attributeName": "team", "attributeType": "S"},
                {"attributeName": "month", "attributeType": "S"},
            ],
            key_schema=[
                {"attributeName": "team", "keyType": "HASH"},
                {"attributeName": "month", "keyType": "RANGE"},
            ],
            billing_mode="PAY_PER_REQUEST",
            sse_specification={"sseEnabled": True, "sseType": "KMS", "kmsMasterKeyId": self._workspace.key.key_arn},
            point_in_time_recovery_specification={"pointInTimeRecoveryEnabled": True},
            time_to_live_specification={"attributeName": "expires", "enabled": True},
        )
        table.apply_removal_policy(self._workspace.removal_policy)
        return table

    def _parameters(self, teams: Sequence[Team]) -> dict[str, ssm.CfnParameter]:
        """A function's environment holds 4 KB, which a few teams would fill; a parameter holds as much for each."""
        scope = Construct(self, "Parameters")
        return {
            team.name: ssm.CfnParameter(
                scope,
                team.name,
                type="String",
                value=Stack.of(self).to_json_string(self._known(team)),
                description=f"What {self._name} knows of the team {team.name}",
            )
            for team in teams
        }

    def _known(self, team: Team) -> dict[str, Any]:
        """lambda/model_gateway/teams.py reads it."""
        unit, limit = ("usd", team.quota.usd) if team.quota.tokens is None else ("tokens", team.quota.tokens)
        models = {}
        for id, profile in self.profiles[team.name].items():
            price = price_of(id, self._prices)
            known = {} if price is None else {"input": price.input_usd, "output": price.output_usd}
            models[id] = {"profile": profile.profile_arn, **known}
        members = {"roles": [*team.role_arns], "groups": [*team.groups]}
        return {"name": team.name, **members, "unit": unit, "limit": limit, "models": models}

    def _function(self, call: CallLimit) -> StreamingFunction:
        names = [parameter.ref for parameter in self.cfn_parameters.values()]
        parameters = [f"arn:{Aws.PARTITION}:ssm:{Aws.REGION}:{Aws.ACCOUNT_ID}:parameter/{name}" for name in names]
        guarding = self.guardrail
        private = self._workspace.profile.private_functions
        if private:
            self._workspace.add_dynamodb_endpoint()
        return StreamingFunction(
            self,
            "Function",
            workspace=self._workspace,
            code=runtime_code("model_gateway"),
            statements=[
                Statement(actions=["ssm:GetParameters"], resources=parameters),
                Statement(actions=["dynamodb:GetItem", "dynamodb:UpdateItem"], resources=[self.cfn_table.attr_arn]),
                *([] if guarding is None else guarding.apply_statements()),
            ],
            environment={
                "PARAMETERS": ",".join(names),
                "TABLE": self.cfn_table.ref,
                "MAX_TOKENS": str(call.max_tokens),
                "MAX_BYTES": str(call.max_bytes),
                "NAMESPACE": _NAMESPACE,
                "GATEWAY": self._name,
                **(
                    {}
                    if guarding is None
                    else {"GUARDRAIL": guarding.guardrail_id, "GUARDRAIL_VERSION": guarding.version}
                ),
            },
            timeout_seconds=_TIMEOUT_SECONDS,
            memory_mib=512,
            services=_SERVICES if private else None,
        )

    def _let_ask(self) -> None:
        """One policy holds the profiles of a few teams, so that there are as many as it takes."""
        asking = [
            statement
            for profiles in self.profiles.values()
            for profile in profiles.values()
            for statement in profile.invoke_statements()
        ]
        policies = packed(self, asking)
        if len(policies) > MOST_POLICIES:
            rule = f"take {len(policies)} policies, and a role of IAM has {MOST_POLICIES} to spare"
            fix = "Make two gateways, or give teams fewer models, or models themselves in place of profiles"
            reject(self, [Problem("teams", [*self.profiles], rule, fix)])
        scope = Construct(self, "Asking")
        for index, statements in enumerate(policies, 1):
            # Listed by the role, so that the function waits for it.
            self.function.role.add_managed_policy(managed_policy(scope, f"Models{index}", statements=statements))

    def _policies(self, teams: Sequence[Team]) -> dict[str, iam.ManagedPolicy]:
        scope = Construct(self, "Members")
        made = {}
        for team in teams:
            statements = self._direct(team.name) if team.direct else []
            length = policy_length(self, statements)
            if length > LONGEST_POLICY:
                rule = f"make a policy of about {length} characters, and IAM takes {LONGEST_POLICY}"
                fix = "Give a team with direct=True fewer models, or models themselves in place of profiles"
                reject(self, [Problem(f"teams[{team.name}].models", [*self.profiles[team.name]], rule, fix)])
            made[team.name] = managed_policy(scope, team.name, statements=statements)
            self.api.grant_call(made[team.name])
        return made

    def _direct(self, team: str) -> list[Statement]:
        """Tools look a profile up before they ask, to find out which model it is."""
        arns = [profile.profile_arn for profile in self.profiles[team].values()]
        return [Statement(actions=["bedrock:GetInferenceProfile"], resources=arns), *self.invoke_statements(team)]

    def _budgets(self, teams: Sequence[Team]) -> dict[str, Any]:
        from cdk_ml.cost import MlBudget

        scope = Construct(self, "Budgets")
        return {
            team.name: MlBudget(
                scope, team.name, workspace=self._workspace, limit=team.monthly_limit, tag={"team": team.name}
            )
            for team in teams
            if team.monthly_limit is not None
        }

    def _alarms(self, teams: Sequence[Team]) -> dict[str, cloudwatch.CfnAlarm]:
        scope = Construct(self, "Alarms")
        gateway = {"name": "Gateway", "value": self._name}
        says = {
            "Failed": f"Calls of {self._name} fail: the log of its function says why",
            "Unsettled": f"Calls of {self._name} ended without anybody knowing what they used; they count in full",
        }
        watched = [(name, name, text, 0.0, [gateway], "Sum") for name, text in says.items()]
        for team in teams:
            percent = team.quota.alarm_percent
            text = f"The team {team.name} has used more than {percent} percent of its quota at {self._name}"
            mine = [gateway, {"name": "Team", "value": team.name}]
            watched.append((team.name, "QuotaPercent", text, percent, mine, "Maximum"))
        return {
            id: alarm_above(
                scope,
                id,
                alarm_description=text,
                namespace=_NAMESPACE,
                metric_name=metric,
                dimensions=dimensions,
                statistic=statistic,
                period=_FIVE_MINUTES,
                threshold=threshold,
                topic_arn=self._workspace.alert_topic.topic_arn,
                tells_recovery=statistic == "Sum",
            )
            for id, metric, text, threshold, dimensions, statistic in watched
        }


def _call_problems(call: CallLimit) -> Iterator[Problem]:
    if outside(call.max_tokens, 1, 128_000):
        yield Problem("call.max_tokens", call.max_tokens, "is not a length of an answer", "Use 1 to 128000")
    if outside(call.max_bytes, 1_000, _MOST_BYTES):
        fix = f"Use 1000 to {_MOST_BYTES}"
        yield Problem("call.max_bytes", call.max_bytes, "is not a size that a function is sent", fix)
