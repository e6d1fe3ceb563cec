"""A guardrail is strong by itself, published in a version that moves with its content, and watched."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    AutomatedReasoning,
    AutomatedReasoningPolicy,
    BlockedMessages,
    ContentCategory,
    ContentFilter,
    DeniedTopic,
    FilterModality,
    FilterStrength,
    Grounding,
    Guardrail,
    GuardrailAlarms,
    GuardrailGeography,
    GuardrailTier,
    PiiEntity,
    PiiType,
    PrivatePattern,
    ReasoningRule,
    ReasoningVariable,
    SensitiveAction,
    SensitiveInformation,
    WordFilter,
)
from cdk_ml.testing import assert_compliant, assert_iam_precise
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import FLAGS, TAGS, only, resources

Synth = Callable[[], Template]
GUARDRAIL = "AWS::Bedrock::Guardrail"
VERSION = "AWS::Bedrock::GuardrailVersion"
TOPIC = DeniedTopic(name="Investments", definition="Recommendations to buy or sell particular shares")


def made(**options: Any) -> Template:
    """The template of a guardrail with these options."""
    stack = cdk.Stack(cdk.App(context=FLAGS), "Assistant")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    Guardrail(stack, "Guardrail", workspace=workspace, **options)
    return Template.from_stack(stack)


def refused(**options: Any) -> list[str]:
    """What is said against these options."""
    with pytest.raises(ConfigurationError) as raised:
        made(**options)
    return [str(problem) for problem in raised.value.problems]


def reasoning(stack: cdk.Stack, workspace: Workspace) -> AutomatedReasoningPolicy:
    return AutomatedReasoningPolicy(
        stack,
        "Leave",
        workspace=workspace,
        rules=[ReasoningRule(rule_id="FULLTIME0001", expression="(=> isFullTime mayLeave)")],
        variables=[ReasoningVariable(name=name, type="BOOL", description=name) for name in ("isFullTime", "mayLeave")],
    )


def test_without_a_word_every_category_is_filtered_at_its_strongest() -> None:
    found = only(made(), GUARDRAIL)
    strengths = {
        each["Type"]: (each["InputStrength"], each["OutputStrength"])
        for each in found["ContentPolicyConfig"]["FiltersConfig"]
    }
    assert strengths == {
        **dict.fromkeys(("HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE"), ("HIGH", "HIGH")),
        "PROMPT_ATTACK": ("HIGH", "NONE"),
    }
    assert found["WordPolicyConfig"] == {"ManagedWordListsConfig": [{"Type": "PROFANITY"}]}
    masked = found["SensitiveInformationPolicyConfig"]["PiiEntitiesConfig"]
    assert {each["Type"] for each in masked} >= {"PASSWORD", "AWS_SECRET_KEY", "CREDIT_DEBIT_CARD_NUMBER"}
    assert {each["InputAction"] for each in masked} == {"ANONYMIZE"}
    for absent in ("TopicPolicyConfig", "ContextualGroundingPolicyConfig", "CrossRegionConfig"):
        assert absent not in found
    assert found["KmsKeyArn"] == {"Fn::GetAtt": [next(iter(resources(made(), "AWS::KMS::Key"))), "Arn"]}


def test_everything_that_was_asked_for_is_in_the_guardrail() -> None:
    found = only(
        made(
            content_filters=[
                ContentFilter(
                    category=ContentCategory.SEXUAL,
                    input_strength=FilterStrength.LOW,
                    modalities=[FilterModality.TEXT, FilterModality.IMAGE],
                )
            ],
            topics=[TOPIC],
            words=WordFilter(words=["Project Falcon"], profanity=False),
            sensitive=SensitiveInformation(
                entities=[PiiEntity(type=PiiType.EMAIL, on_input=SensitiveAction.BLOCK)],
                patterns=[PrivatePattern(name="contract", pattern="C-[0-9]{8}", description="Our contracts")],
            ),
            grounding=Grounding(grounding=0.8, relevance=None),
            messages=BlockedMessages(on_input="No.", on_output="Not this."),
            name="bank",
        ),
        GUARDRAIL,
    )
    assert found["ContentPolicyConfig"] == {
        "ContentFiltersTierConfig": {"TierName": "CLASSIC"},
        "FiltersConfig": [
            {
                "Type": "SEXUAL",
                "InputStrength": "LOW",
                "OutputStrength": "HIGH",
                "InputModalities": ["TEXT", "IMAGE"],
                "OutputModalities": ["TEXT", "IMAGE"],
            }
        ],
    }
    assert found["TopicPolicyConfig"]["TopicsConfig"] == [
        {"Name": "Investments", "Definition": TOPIC.definition, "Type": "DENY"}
    ]
    assert found["WordPolicyConfig"] == {"WordsConfig": [{"Text": "Project Falcon"}]}
    assert found["SensitiveInformationPolicyConfig"] == {
        "PiiEntitiesConfig": [
            {"Type": "EMAIL", "Action": "ANONYMIZE", "InputAction": "BLOCK", "OutputAction": "ANONYMIZE"}
        ],
        "RegexesConfig": [
            {
                "Name": "contract",
                "Pattern": "C-[0-9]{8}",
                "Description": "Our contracts",
                "Action": "ANONYMIZE",
                "InputAction": "ANONYMIZE",
                "OutputAction": "ANONYMIZE",
            }
        ],
    }
    assert found["ContextualGroundingPolicyConfig"] == {"FiltersConfig": [{"Type": "GROUNDING", "Threshold": 0.8}]}
    assert (found["BlockedInputMessaging"], found["BlockedOutputsMessaging"]) == ("No.", "Not this.")
    assert found["Name"] == "bank"


def test_another_content_is_another_version_and_the_same_is_the_same() -> None:
    def version(**options: Any) -> str:
        return str(only(made(**options), VERSION)["Description"])

    assert version() == version(alarms=GuardrailAlarms(failures=3))
    changed = [
        version(topics=[TOPIC]),
        version(words=WordFilter(profanity=False)),
        version(messages=BlockedMessages(on_input="No.")),
        version(cross_region=GuardrailGeography.EU),
    ]
    assert len({version(), *changed}) == 5


def test_who_applies_it_may_do_that_and_read_what_the_key_encrypts(stack: cdk.Stack, workspace: Workspace) -> None:
    guardrail = Guardrail(stack, "Guardrail", workspace=workspace)
    assert guardrail.apply_statements() == [
        Statement(actions=("bedrock:ApplyGuardrail",), resources=[guardrail.guardrail_arn]),
        Statement(actions=["kms:Decrypt"], resources=[workspace.key.key_arn]),
    ]


def test_where_it_may_check_is_named_region_by_region() -> None:
    stack = cdk.Stack(cdk.App(), "Assistant", env=cdk.Environment(region="us-west-1", account="111111111111"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    guardrail = Guardrail(
        stack,
        "Guardrail",
        workspace=workspace,
        tier=GuardrailTier.STANDARD,
        cross_region=GuardrailGeography.US,
        topics=[DeniedTopic(name="Long", definition="x" * 1_000)],
    )
    arns = stack.resolve(guardrail.apply_statements()[0].resources)
    text = json.dumps(arns)
    assert text.count("guardrail-profile/us.guardrail.v1:0") == 5
    for region in ("us-east-1", "us-east-2", "us-west-1", "us-west-2"):
        assert f":bedrock:{region}:" in text
    found = only(Template.from_stack(stack), GUARDRAIL)
    assert found["ContentPolicyConfig"]["ContentFiltersTierConfig"] == {"TierName": "STANDARD"}
    assert found["TopicPolicyConfig"]["TopicsTierConfig"] == {"TierName": "STANDARD"}


def test_answers_are_proven_against_the_published_version_of_a_policy(stack: cdk.Stack, workspace: Workspace) -> None:
    policy = reasoning(stack, workspace)
    guardrail = Guardrail(
        stack,
        "Guardrail",
        workspace=workspace,
        automated_reasoning=AutomatedReasoning(policies=[policy]),
        cross_region=GuardrailGeography.US,
    )
    role = workspace.role(stack, "Caller", service="lambda.amazonaws.com", statements=guardrail.apply_statements())
    assert role is not None
    config = only(Template.from_stack(stack), GUARDRAIL)["AutomatedReasoningPolicyConfig"]
    assert config == {"ConfidenceThreshold": 0.9, "Policies": stack.resolve([policy.policy_arn])}
    invoke = guardrail.apply_statements()[1]
    assert invoke.actions == ["bedrock:InvokeAutomatedReasoningPolicy"]
    assert stack.resolve(invoke.resources) == config["Policies"]
    assert_iam_precise(stack)
    assert_compliant(stack)


def test_it_tells_the_topic_when_it_intervenes_too_often_and_when_it_fails() -> None:
    alarms = {
        each["Properties"]["AlarmDescription"]: each["Properties"]
        for each in resources(
            made(alarms=GuardrailAlarms(intervened_percent=5, least_requests=50, failures=2, minutes=5)),
            "AWS::CloudWatch::Alarm",
        ).values()
    }
    share = alarms["A guardrail intervenes in more than 5 % of the requests"]
    assert share["Threshold"] == 5
    expression, asked, intervened = share["Metrics"]
    assert expression["Expression"] == "IF(asked >= 50, 100 * FILL(intervened, 0) / asked, 0)"
    assert [each["MetricStat"]["Metric"]["MetricName"] for each in (asked, intervened)] == [
        "Invocations",
        "InvocationsIntervened",
    ]
    assert [each["Name"] for each in asked["MetricStat"]["Metric"]["Dimensions"]] == [
        "GuardrailArn",
        "GuardrailVersion",
    ]
    assert asked["MetricStat"]["Period"] == 300
    failures = alarms["A guardrail fails or is throttled, and with it what asks it"]
    assert failures["Threshold"] == 2
    assert failures["TreatMissingData"] == "notBreaching"
    assert failures["AlarmActions"]


def test_metrics_are_those_of_the_version(stack: cdk.Stack, workspace: Workspace) -> None:
    guardrail = Guardrail(stack, "Guardrail", workspace=workspace)
    metrics = {
        "Invocations": guardrail.metric_invocations(),
        "InvocationsIntervened": guardrail.metric_interventions(),
        "InvocationServerErrors": guardrail.metric_server_errors(),
        "InvocationThrottles": guardrail.metric_throttles(),
        "InvocationLatency": guardrail.metric_latency(statistic="p50"),
    }
    for name, metric in metrics.items():
        assert (metric.namespace, metric.metric_name) == ("AWS/Bedrock/Guardrails", name)
        assert set(metric.dimensions or {}) == {"GuardrailArn", "GuardrailVersion"}
    assert metrics["InvocationLatency"].statistic == "p50"


def test_a_guardrail_that_exists_is_applied_by_its_arn(stack: cdk.Stack) -> None:
    arn = "arn:aws:bedrock:eu-west-1:111111111111:guardrail/abc123"
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:111111111111:key/1")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    known = Guardrail.from_guardrail_attributes(stack, "Known", guardrail_arn=arn, version="3", key=key)
    known.grant_apply(role)
    assert (known.guardrail_arn, known.guardrail_id, known.version) == (arn, "abc123", "3")
    statements = only(Template.from_stack(stack), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert [(each["Action"], each["Resource"]) for each in statements] == [
        ("bedrock:ApplyGuardrail", arn),
        ("kms:Decrypt", key.key_arn),
    ]


HATE = ContentFilter(category=ContentCategory.HATE)


@pytest.mark.parametrize(
    ("options", "value", "fix"),
    [
        ({"name": "a b"}, "name='a b'", "Use at most 50 letters, digits, hyphens and underscores"),
        ({"name": "x" * 51}, "is not a name", "Use at most 50"),
        ({"content_filters": [HATE, HATE]}, "'HATE' is there 2 times", "Give each category once"),
        (
            {"content_filters": [ContentFilter(category=ContentCategory.PROMPT_ATTACK)]},
            "content_filters.output_strength='HIGH'",
            "Use output_strength=FilterStrength.NONE",
        ),
        (
            {
                "content_filters": [
                    ContentFilter(
                        category=ContentCategory.HATE,
                        input_strength=FilterStrength.NONE,
                        output_strength=FilterStrength.NONE,
                    )
                ]
            },
            "makes HATE filter nothing at all",
            "Raise a strength, or leave the filter out",
        ),
        (
            {"content_filters": [ContentFilter(category=ContentCategory.HATE, modalities=[])]},
            "content_filters.modalities=[]",
            "Name TEXT, IMAGE or both",
        ),
        (
            {"topics": [DeniedTopic(name=f"t{n}", definition="d") for n in range(31)]},
            "are 31 topics, but a guardrail takes 30",
            "Put topics together",
        ),
        ({"topics": [TOPIC, TOPIC]}, "'Investments' is there 2 times", "Give each topic once"),
        ({"topics": [DeniedTopic(name="a/b", definition="d")]}, "topics.name='a/b'", "letters, digits, blanks"),
        (
            {"topics": [DeniedTopic(name="a", definition="d" * 201)]},
            "has 201 characters, but Bedrock takes 200",
            "Shorten it",
        ),
        ({"topics": [DeniedTopic(name="a", definition=" ")]}, "topics.definition=' ' is empty", "Write the text"),
        (
            {"topics": [DeniedTopic(name="a", definition="d", examples=["e"] * 6)]},
            "are 6 examples, but a topic takes 5",
            "Keep those",
        ),
        ({"topics": [DeniedTopic(name="a", definition="d", examples=["e" * 101])]}, "has 101 characters", "Shorten it"),
        ({"topics": [DeniedTopic(name="a", definition="in ${AWS::Region}")]}, "holds ${...}", "a token of the CDK"),
        ({"words": WordFilter(words=["w" * 101])}, "has 101 characters", "Shorten it"),
        ({"words": WordFilter(words=["w", "w"])}, "'w' is there 2 times", "Give each word once"),
        (
            {"words": WordFilter(words=[f"w{n}" for n in range(10_001)])},
            "are 10001 words, but a guardrail takes 10000",
            "Deny a topic instead",
        ),
        (
            {"sensitive": SensitiveInformation(entities=[PiiEntity(type=PiiType.PIN)] * 2)},
            "'PIN' is there 2 times",
            "Give each kind once",
        ),
        (
            {"sensitive": SensitiveInformation(patterns=[PrivatePattern(name="a", pattern="(?<!x)y")])},
            "looks ahead or behind",
            "Match the text itself",
        ),
        (
            {"sensitive": SensitiveInformation(patterns=[PrivatePattern(name="a", pattern="[")])},
            "is no regular expression: unterminated character set",
            "Correct it",
        ),
        (
            {"sensitive": SensitiveInformation(patterns=[PrivatePattern(name="a", pattern="a" * 501)])},
            "has 501 characters",
            "Shorten it",
        ),
        (
            {"sensitive": SensitiveInformation(patterns=[PrivatePattern(name="a", pattern="a")] * 2)},
            "'a' is there 2 times",
            "Give each pattern once",
        ),
        (
            {
                "sensitive": SensitiveInformation(
                    patterns=[PrivatePattern(name=f"p{n}", pattern="a", description="d" * 1_001) for n in range(31)]
                )
            },
            "are 31 patterns, but a guardrail takes 30",
            "leave some out",
        ),
        ({"grounding": Grounding(grounding=1.0)}, "grounding.grounding=1.0", "Give a score from 0 to 0.99"),
        ({"grounding": Grounding(relevance=-0.1)}, "grounding.relevance=-0.1", "Give a score from 0 to 0.99"),
        ({"grounding": Grounding(grounding=None, relevance=None)}, "checks nothing", "Give a threshold"),
        ({"tier": GuardrailTier.STANDARD}, "tier='STANDARD' needs more than one region", "Set cross_region"),
        ({"messages": BlockedMessages(on_input="")}, "messages.on_input='' is empty", "Write the text"),
        ({"messages": BlockedMessages(on_output="x" * 501)}, "has 501 characters", "Shorten it"),
        ({"alarms": GuardrailAlarms(intervened_percent=0)}, "alarms.intervened_percent=0", "0.01 to 99.99"),
        ({"alarms": GuardrailAlarms(least_requests=0)}, "alarms.least_requests=0", "from 1 to 1000000"),
        ({"alarms": GuardrailAlarms(failures=-1)}, "alarms.failures=-1", "from 0 to 1000000"),
        ({"alarms": GuardrailAlarms(minutes=1_441)}, "alarms.minutes=1441", "minutes from 1 to 1440"),
        (
            {
                "content_filters": (),
                "words": WordFilter(profanity=False),
                "sensitive": SensitiveInformation(entities=()),
            },
            "everything else that is checked is missing",
            "Keep the default",
        ),
    ],
)
def test_what_bedrock_refuses_is_said_with_its_fix(options: dict[str, Any], value: str, fix: str) -> None:
    problems = refused(**options)
    assert any(value in problem and fix in problem for problem in problems), problems


def test_every_problem_is_said_at_once() -> None:
    assert len(refused(name="a b", tier=GuardrailTier.STANDARD, messages=BlockedMessages(on_input=""))) == 3


def test_a_geography_has_to_have_the_region_of_the_stack() -> None:
    stack = cdk.Stack(cdk.App(), "Assistant", env=cdk.Environment(region="eu-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match=r"cross_region='us' has no guardrails in eu-west-1. Use eu\."):
        Guardrail(stack, "Guardrail", workspace=workspace, cross_region=GuardrailGeography.US)
    elsewhere = cdk.Stack(cdk.App(), "Elsewhere", env=cdk.Environment(region="af-south-1"))
    workspace = Workspace(elsewhere, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError) as raised:
        Guardrail(elsewhere, "Guardrail", workspace=workspace, cross_region=GuardrailGeography.US)
    assert [problem.argument for problem in raised.value.problems] == ["cross_region", "region"]
    assert "Leave it out" in str(raised.value)


def test_automated_reasoning_has_one_or_two_policies_and_several_regions(
    stack: cdk.Stack, workspace: Workspace
) -> None:
    policy = reasoning(stack, workspace)
    wrong = AutomatedReasoning(policies=[policy, policy], confidence_threshold=1.5)
    with pytest.raises(ConfigurationError) as raised:
        Guardrail(stack, "Guardrail", workspace=workspace, automated_reasoning=wrong)
    assert [(problem.argument, problem.value) for problem in raised.value.problems] == [
        ("automated_reasoning.policies", 2),
        ("automated_reasoning.confidence_threshold", 1.5),
        ("automated_reasoning", "policies"),
    ]


def test_what_only_the_deployment_knows_passes(stack: cdk.Stack, workspace: Workspace) -> None:
    token = cdk.Token.as_string({"Ref": "AWS::StackName"})
    Guardrail(
        stack,
        "Guardrail",
        workspace=workspace,
        name=token,
        topics=[DeniedTopic(name=token, definition=token, examples=[token])],
        words=WordFilter(words=[token, token]),
        sensitive=SensitiveInformation(patterns=[PrivatePattern(name=token, pattern=token, description=token)]),
        messages=BlockedMessages(on_input=token, on_output=token),
    )
    assert only(Template.from_stack(stack), GUARDRAIL)["Name"] == {"Ref": "AWS::StackName"}
