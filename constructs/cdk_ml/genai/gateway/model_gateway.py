"""A gateway to models: teams ask through profiles of their own, as much as their quota lets them, under a guardrail.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.agents.guarded import guarded
from cdk_ml.genai.gateway.alarms import gateway_alarms
from cdk_ml.genai.gateway.dashboard import dashboard_body
from cdk_ml.genai.gateway.function import CallLimit, call_problems, gateway_function
from cdk_ml.genai.gateway.policies import let_ask, member_policy
from cdk_ml.genai.gateway.team import TEAM_TAG, Team, TokenPrice, team_problems
from cdk_ml.genai.gateway.usage import team_parameters, usage_table
from cdk_ml.genai.guardrails.applied import GuardrailBase
from cdk_ml.genai.guardrails.attachment import NoGuardrail, chosen_guardrail
from cdk_ml.genai.models.application_inference_profile import ApplicationInferenceProfile
from cdk_ml.genai.models.invokable import grant
from cdk_ml.workflow import CognitoUsers, StreamingApi, Throttle
from cdk_ml.workspace import Statement, Workspace

if TYPE_CHECKING:
    from cdk_ml.cost import MlBudget

_NAMESPACE = "cdk-ml/ModelGateway"
# What the function takes, checked by the API before it: lambda/model_gateway/request.py.
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["model", "messages"],
    "properties": {"model": {"type": "string"}, "messages": {"type": "array", "minItems": 1}},
}


class ModelGateway(Construct):
    """One address at which teams ask models: tagged, guarded, counted, and up to a quota that is kept before each call.

    Creates for each team and model an application inference profile with the team's cost tags; a streaming API behind
    AWS WAF; the function behind it, which finds the caller's team by the role or the group, reserves what a call may
    use at most in one conditional write, asks under the team's profile and the guardrail, and gives back what was not
    used; the table that holds it, by team and month; alarms on the share of the quota, on failures and on calls that
    were never settled; a budget for each team with a ``monthly_limit``; and a dashboard of tokens, estimated cost and
    quotas. Calls at once cannot take the same room. A call uses more than was reserved for it only where its input has
    more tokens than estimated: a third of its bytes, and 2000 for an image.

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
    >>> from aws_cdk import aws_iam as iam
    >>> from cdk_ml.cost import MonthlyLimit
    >>> from cdk_ml.genai import CrossRegionProfile, FoundationModel, ModelGateway, Team, TeamQuota
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Models")
    >>> tags = CostTags(project="models", owner="ml-platform", cost_center="4711")
    >>> workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=tags)
    >>> triage = iam.Role(stack, "Triage", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    >>> claims = Team(
    ...     name="claims",
    ...     models=[FoundationModel("amazon.nova-lite-v1:0"), CrossRegionProfile("amazon.nova-2-lite-v1:0", "us")],
    ...     quota=TeamQuota(usd=500),
    ...     tags=CostTags(project="claims-triage", owner="claims", cost_center="0815"),
    ...     role_arns=[triage.role_arn],
    ...     monthly_limit=MonthlyLimit(usd=600),
    ... )
    >>> gateway = ModelGateway(stack, "Gateway", workspace=workspace, teams=[claims])
    >>> triage.add_managed_policy(gateway.policies["claims"])

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
        reject(self, [*team_problems(teams, self._prices, sign_in=users is not None), *call_problems(call)])
        workspace.adopt(self)
        self._workspace = workspace
        self.guardrail = chosen_guardrail(workspace, guardrail)
        self.profiles = self._profiles(teams)
        self.cfn_table = usage_table(self, "Table", workspace=workspace)
        self.cfn_parameters = team_parameters(
            Construct(self, "Parameters"), teams=teams, profiles=self.profiles, prices=self._prices
        )
        self.function = gateway_function(
            self,
            "Function",
            workspace=workspace,
            table=self.cfn_table,
            parameters=self.cfn_parameters.values(),
            guardrail=self.guardrail,
            call=call,
            namespace=_NAMESPACE,
        )
        let_ask(Construct(self, "Asking"), role=self.function.role, profiles=self.profiles)
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
        self.cfn_alarms = gateway_alarms(
            Construct(self, "Alarms"),
            gateway=self._name,
            namespace=_NAMESPACE,
            teams=teams,
            topic_arn=workspace.alert_topic.topic_arn,
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

    def _policies(self, teams: Sequence[Team]) -> dict[str, iam.ManagedPolicy]:
        scope = Construct(self, "Members")
        made = {}
        for team in teams:
            asking = self.invoke_statements(team.name) if team.direct else []
            made[team.name] = member_policy(scope, team.name, profiles=self.profiles[team.name], asking=asking)
            self.api.grant_call(made[team.name])
        return made

    def _budgets(self, teams: Sequence[Team]) -> dict[str, MlBudget]:
        # Budgets stand beside models; only an app with a limit waits for them.
        from cdk_ml.cost import MlBudget

        scope = Construct(self, "Budgets")
        return {
            team.name: MlBudget(
                scope, team.name, workspace=self._workspace, limit=team.monthly_limit, tag={TEAM_TAG: team.name}
            )
            for team in teams
            if team.monthly_limit is not None
        }
