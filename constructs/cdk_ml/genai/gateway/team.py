"""Teams of a gateway: who they are, which models they ask, and what they may use in a month.

https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cdk_ml.errors import Problem
from cdk_ml.facts.foundation_models import find
from cdk_ml.genai.models.cross_region_profile import CrossRegionProfile
from cdk_ml.genai.models.foundation_model import FoundationModel
from cdk_ml.genai.texts import repeated
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import CostTags

if TYPE_CHECKING:
    from cdk_ml.cost import MonthlyLimit

TEAM_TAG = "team"
"""The cost tag of what a team asks."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")
_ROLE = re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:role/[\w+=,.@/-]+")
_GROUP = re.compile(r"[^\s,]{1,128}")  # API Gateway joins the groups of a token with commas.
_MOST = 1e15
# A parameter of Systems Manager holds 4 KB: as many models and members fit into it, whatever they are called.
_MOST_MODELS, _MOST_MEMBERS = 10, 15


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPrice:
    """What a model costs on demand, where our facts do not know it, or you pay another price.

    See https://aws.amazon.com/bedrock/pricing/

    :param input_usd: USD for a million tokens that it reads.
    :param output_usd: USD for a million tokens that it writes.
    """

    input_usd: float
    output_usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamQuota:
    """What a team may use in a calendar month, in UTC: tokens, or USD at the prices of its models.

    :param tokens: tokens read and written, together, those from a cache included.
    :param usd: USD; what is read from a cache counts like any other input, so that the bill is rather lower.
    :param alarm_percent: share of the quota above which the workspace's topic is told.
    """

    tokens: int | None = None
    usd: float | None = None
    alarm_percent: float = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """Who asks through a gateway.

    :param name: lower case letters, digits and hyphens; also the value of the cost tag ``team``.
    :param models: what it may ask: models, or cross-region profiles of them.
    :param quota: what it may use in a month.
    :param tags: who pays. The tag ``team`` is added.
    :param role_arns: IAM roles of its members, where callers sign their requests.
    :param groups: groups of the user pool that are its members, where callers sign in.
    :param direct: let its members ask Bedrock through their profiles themselves, as tools do that know nothing of the
        gateway: tagged, guarded and watched by the budget, but past the quota.
    :param monthly_limit: makes a budget over what carries the team's tag.
    """

    name: str
    models: Sequence[FoundationModel | CrossRegionProfile]
    quota: TeamQuota
    tags: CostTags
    role_arns: Sequence[str] = ()
    groups: Sequence[str] = ()
    direct: bool = False
    monthly_limit: MonthlyLimit | None = None

    @property
    def tagged(self) -> CostTags:
        """Its tags, with its name among them."""
        return replace(self.tags, extra={**self.tags.extra, TEAM_TAG: self.name})


def price_of(model: str, prices: Mapping[str, TokenPrice]) -> TokenPrice | None:
    """What a model costs: what was said, else what is known, else ``None``, which is not free."""
    if model in prices:
        return prices[model]
    known = find(model)
    if known is None or known.input_usd is None or known.output_usd is None:
        return None
    return TokenPrice(input_usd=known.input_usd, output_usd=known.output_usd)


def team_problems(teams: Sequence[Team], prices: Mapping[str, TokenPrice], *, sign_in: bool) -> Iterator[Problem]:
    """What a gateway could not do for its teams.

    :param sign_in: whether callers sign in, or sign their requests.
    """
    if not teams:
        yield Problem("teams", teams, "leave nobody to ask", "Give at least one Team")
    for name in repeated(team.name for team in teams):
        yield Problem("teams", name, "is the name of several teams", "Give each team a name of its own")
    for model, price in prices.items():
        for argument, usd in (("input_usd", price.input_usd), ("output_usd", price.output_usd)):
            # The price decides about the size of reservations, so that it has to be known.
            if is_token(usd) or outside(usd, 0, 1e6):
                fix = "Give USD for a million tokens, 0 to 1e6"
                yield Problem(f"prices[{model!r}].{argument}", usd, "is no price", fix)
    for team in teams:
        where = f"teams[{team.name}]"
        if is_token(team.name) or not _NAME.fullmatch(team.name):
            fix = "Use 2 to 32 lower case letters, digits and hyphens, such as claims"
            yield Problem("teams.name", team.name, "is not a name that metrics, tags and ids take", fix)
        if team.tags.extra.get(TEAM_TAG, team.name) != team.name:
            fix = "Leave it out: it is the team's name"
            yield Problem(f"{where}.tags.extra[{TEAM_TAG!r}]", team.tags.extra[TEAM_TAG], "is another team", fix)
        yield from _model_problems(where, team)
        yield from _quota_problems(f"{where}.quota", team, prices)
        yield from _member_problems(where, team, sign_in=sign_in)


def _model_problems(where: str, team: Team) -> Iterator[Problem]:
    ids = [model.foundation_model_id for model in team.models]
    if not 1 <= len(ids) <= _MOST_MODELS:
        fix = f"Name 1 to {_MOST_MODELS}, or make two teams of it"
        yield Problem(f"{where}.models", ids, f"are {len(ids)} models", fix)
    for id in ids:
        if is_token(id):
            yield Problem(f"{where}.models", id, "is not known before the deployment", "Name the model itself")
    for id in repeated(ids):
        fix = "Name it once, with one geography: callers ask for the model"
        yield Problem(f"{where}.models", id, "is listed twice", fix)


def _quota_problems(where: str, team: Team, prices: Mapping[str, TokenPrice]) -> Iterator[Problem]:
    quota = team.quota
    if (quota.tokens is None) == (quota.usd is None):
        yield Problem(where, quota, "is not one amount", "Give tokens or usd")
    if quota.tokens is not None and outside(quota.tokens, 1, _MOST):
        yield Problem(f"{where}.tokens", quota.tokens, "is no number of tokens", "Use 1 or more")
    if outside(quota.alarm_percent, 1, 100):
        yield Problem(f"{where}.alarm_percent", quota.alarm_percent, "is no share of a quota", "Use 1 to 100")
    if quota.usd is None:
        return
    if outside(quota.usd, 0.01, _MOST / 1e6):
        yield Problem(f"{where}.usd", quota.usd, "is no amount to spend", "Use 0.01 or more")
    for model in team.models:
        id = model.foundation_model_id
        if not is_token(id) and price_of(id, prices) is None:
            rule = f"cannot be kept for {id}, whose price is unknown"
            fix = f"Give prices={{{id!r}: TokenPrice(...)}}, or a quota in tokens"
            yield Problem(f"{where}.usd", quota.usd, rule, fix)


def _member_problems(where: str, team: Team, *, sign_in: bool) -> Iterator[Problem]:
    kind, members = ("groups", team.groups) if sign_in else ("role_arns", team.role_arns)
    other, others = ("role_arns", team.role_arns) if sign_in else ("groups", team.groups)
    how = "sign in" if sign_in else "sign their requests"
    if not 1 <= len(members) <= _MOST_MEMBERS:
        fix = f"Name 1 to {_MOST_MEMBERS}"
        yield Problem(f"{where}.{kind}", [*members], f"are {len(members)}, where callers {how}", fix)
    if others:
        fix = f"Say it in {kind}, or change users of the gateway"
        yield Problem(f"{where}.{other}", [*others], f"are never seen where callers {how}", fix)
    if sign_in and team.direct:
        fix = "Leave it out, or make the gateway without users"
        yield Problem(f"{where}.direct", team.direct, "needs members that IAM knows", fix)
    pattern, fix = (_GROUP, "Name it as the pool does") if sign_in else (_ROLE, "Give the ARN of a role")
    for member in members:
        if not is_token(member) and not pattern.fullmatch(member):
            yield Problem(f"{where}.{kind}", member, f"is none of {kind}", fix)
