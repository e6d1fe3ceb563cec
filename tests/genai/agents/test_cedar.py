"""A policy is one in Cedar, and about what its gateway has."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import aws_cdk as cdk
import pytest

from cdk_ml.genai.agents import cedar
from cdk_ml.genai.agents.cedar import cedar_problems

TOOLS = ("orders", "orders___find", "orders___refund", "wiki")
GATEWAY = 'resource == AgentCore::Gateway::"arn:aws:bedrock-agentcore:us-east-1:111111111111:gateway/g-0123456789"'
FIND = 'action == AgentCore::Action::"orders___find"'


def problems(statement: str) -> list[str]:
    return [
        str(problem)
        for problem in cedar_problems("statement", statement, caller="IamEntity", tools=TOOLS, open_targets=["wiki"])
    ]


@pytest.fixture(autouse=True)
def without_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where ``cedarpy`` is not installed."""
    monkeypatch.setattr(cedar, "find_spec", lambda _: None)


@pytest.mark.parametrize(
    "statement",
    [
        f"permit(principal, {FIND}, {GATEWAY});",
        f"permit(principal is AgentCore::IamEntity, {FIND}, {GATEWAY}) when {{ context.input.amount <= 100 }};",
        f'forbid (\n  principal,\n  action in [{FIND[10:]}, AgentCore::Action::"orders___refund"],\n  {GATEWAY},\n)\n'
        'unless { principal.id like "*:role/support" && [1, 2].contains(context.input.kind) } ;',
        f'@id("small; (refunds)") permit(principal, {FIND}, {GATEWAY}); // with ) and "',
        f'permit(principal, {FIND}, {GATEWAY}) when {{ context.input.text == "a \\" }} b" }} unless {{ false }};',
        f'permit(principal, action in AgentCore::Action::"orders", {GATEWAY});',
        f'permit(principal, action == AgentCore::Action::"wiki___whatever", {GATEWAY});',
        'permit(principal, action, resource == AgentCore::Gateway::"{}");'.format(cdk.Token.as_string({"Ref": "Arn"})),
    ],
)
def test_a_policy_about_tools_of_the_gateway_has_no_problem(statement: str) -> None:
    assert problems(statement) == []


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        (f"permit(principal, {FIND}, {GATEWAY})", "its parts are not those of a policy"),
        (f"allow(principal, {FIND}, {GATEWAY});", "its parts are not those of a policy"),
        (f"permit(user, {FIND}, {GATEWAY});", "its parts are not those of a policy"),
        (f"permit({FIND}, principal, {GATEWAY});", "its parts are not those of a policy"),
        (f"permit(principal, {FIND});                  ", "its parts are not those of a policy"),
        (f"permit(principal, {FIND}, {GATEWAY}; ", ") is missing"),
        (f"permit(principal, {FIND}, {GATEWAY}) when {{ true;", "} is missing"),
        (f"permit(principal, {FIND}, {GATEWAY}));", ") closes nothing"),
        (f"permit(principal, {FIND}, {GATEWAY}) when {{ [1) }};", ") closes nothing"),
        (f'permit(principal, {FIND}, {GATEWAY}) when {{ "a }};', "a quote is not closed"),
        (
            f"permit(principal, {FIND}, {GATEWAY}); permit(principal, action, resource);",
            "its parts are not those of a policy",
        ),
    ],
)
def test_what_is_no_policy_is_refused(statement: str, wrong: str) -> None:
    (problem,) = problems(statement)
    assert problem.endswith(
        f" is not a policy in Cedar: {wrong}. Write one policy: permit or forbid, (principal, action, resource), "
        "conditions, and a semicolon."
    )


def test_a_tool_that_the_gateway_does_not_have_is_refused() -> None:
    assert problems(f'permit(principal, action == AgentCore::Action::"orders__find", {GATEWAY});') == [
        "statement='orders__find' is no tool of the gateway. Use one of orders, orders___find, orders___refund, wiki."
    ]


def test_callers_of_another_kind_are_refused() -> None:
    assert problems(f"permit(principal is AgentCore::OAuthUser, {FIND}, {GATEWAY});") == [
        "statement='AgentCore::OAuthUser' never applies: the gateway knows its callers as AgentCore::IamEntity. Write "
        "principal is AgentCore::IamEntity."
    ]


def test_what_is_in_a_comment_is_not_looked_at() -> None:
    assert problems(f'// AgentCore::Action::"gone"\npermit(principal, {FIND}, {GATEWAY});') == []


@pytest.mark.parametrize("length", [34, 10_001])
def test_a_length_that_agentcore_does_not_take_is_refused(length: int) -> None:
    statement = "permit(principal, action, resource)".ljust(length - 1)[: length - 1] + ";"
    assert (
        f"statement='{length} characters' is not a length that AgentCore takes. Use 35 to 10000 characters."
        in problems(statement)
    )


def test_where_cedars_own_parser_is_installed_it_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(_: str) -> str:
        raise ValueError("unexpected token `<==`")

    parser = ModuleType("cedarpy")
    parser.policies_to_json_str = parse  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "cedarpy", parser)
    monkeypatch.setattr(cedar, "find_spec", lambda name: ModuleSpec(name, None))
    (problem,) = problems(f"permit(principal, {FIND}, {GATEWAY}) when {{ 1 <== 2 }};")
    assert "is not a policy in Cedar: unexpected token `<==`. " in problem
    monkeypatch.setattr(parser, "policies_to_json_str", lambda _: "{}")
    # It takes several policies, AgentCore takes one.
    (problem,) = problems(f"permit(principal, {FIND}, {GATEWAY}); permit(principal, {FIND}, {GATEWAY});")
    assert "its parts are not those of a policy" in problem
