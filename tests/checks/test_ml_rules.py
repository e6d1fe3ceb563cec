"""Every rule of the ML pack, on its own examples and on values that only deployment knows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cdk_ml.assembly import Template, read
from cdk_ml.checks import ml
from cdk_ml.checks.ml import cost_tags
from cdk_ml.checks.rule import Rule, example
from cdk_ml.workspace.cost_tags import REQUIRED_KEYS

RULES = {rule.id: rule for rule in ml.rules()}
LINES = 60


def template(folder: Path, resources: Mapping[str, Any]) -> Template:
    file = folder / "t.json"
    file.write_text(json.dumps({"Resources": resources}))
    return read(file).templates[0]


def messages(folder: Path, rule: str, resources: Mapping[str, Any]) -> list[str]:
    return [finding.message for finding in RULES[rule].findings(template(folder, resources))]


def unknown(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A resource's properties, each of them known only to deployment."""
    return {name: {"Fn::If": ["IsProd", inner, {"Ref": "AWS::NoValue"}]} for name, inner in value.items()}


@pytest.fixture(params=ml.rules(), ids=lambda rule: rule.id)
def rule(request: pytest.FixtureRequest) -> Rule:
    found: Rule = request.param
    return found


def test_the_good_example_has_what_the_rule_looks_at_and_no_finding(rule: Rule, tmp_path: Path) -> None:
    good = template(tmp_path, rule.good)
    assert good.of_type(*rule.resource_types)
    assert list(rule.findings(good)) == []


def test_the_bad_example_has_a_finding_of_the_rule(rule: Rule, tmp_path: Path) -> None:
    found = list(rule.findings(template(tmp_path, rule.bad)))
    assert found
    assert {(f.pack, f.rule, f.severity, f.fix, f.source) for f in found} == {
        ("ML", rule.id, rule.severity, rule.fix, rule.source)
    }
    assert all(f.logical_id and f.message.strip() for f in found)


def test_the_rule_leaves_nothing_blank(rule: Rule) -> None:
    assert rule.id.startswith("ML-")
    assert rule.title.strip()
    assert rule.fix.strip()
    assert not rule.fix.endswith(".")
    assert rule.source.startswith("https://docs.aws.amazon.com/")
    assert rule.resource_types


def test_a_value_that_only_deployment_knows_is_not_accused(rule: Rule, tmp_path: Path) -> None:
    undecided = {
        logical_id: {"Type": body["Type"], "Properties": unknown(body["Properties"])}
        for logical_id, body in rule.good.items()
    }
    assert list(rule.findings(template(tmp_path, undecided))) == []


def test_no_two_rules_share_an_id() -> None:
    modules = [file for file in Path(str(ml.__file__)).parent.glob("*.py") if file.stem != "__init__"]
    assert len(RULES) == len(modules)


@pytest.mark.parametrize("file", sorted(Path(str(ml.__file__)).parent.glob("*.py")), ids=lambda file: file.stem)
def test_a_rule_is_one_small_file_with_a_rationale_and_a_source(file: Path) -> None:
    lines = file.read_text().splitlines()
    assert len(lines) < LINES
    if file.stem != "__init__":
        docstring = file.read_text().split('"""')[1]
        assert len(docstring.split()) > 15
        assert "https://docs.aws.amazon.com/" in docstring


@pytest.mark.parametrize(
    ("instance", "accused"),
    [("ml.m5.large", True), ("ml.g5.xlarge", False), ("ml.m5d.large", False), ("ml.inf2.xlarge", True)],
)
def test_an_endpoint_needs_a_key_unless_its_instances_have_storage_of_their_own(
    tmp_path: Path, instance: str, accused: bool
) -> None:
    config = example("AWS::SageMaker::EndpointConfig", ProductionVariants=[{"InstanceType": instance}])
    expected = [f"variant on {instance} stores its model on a volume without a customer managed key"] if accused else []
    assert messages(tmp_path, "ML-EndpointEncrypted", config) == expected


def test_a_serverless_variant_needs_neither_key_nor_scaling(tmp_path: Path) -> None:
    config = example("AWS::SageMaker::EndpointConfig", ProductionVariants=[{"ServerlessConfig": {"MaxConcurrency": 1}}])
    assert messages(tmp_path, "ML-EndpointEncrypted", config) == []
    assert messages(tmp_path, "ML-EndpointScales", config) == []


def test_an_isolated_model_needs_no_vpc(tmp_path: Path) -> None:
    model = example("AWS::SageMaker::Model", EnableNetworkIsolation=True)
    assert messages(tmp_path, "ML-ModelInVpc", model) == []


def test_only_literal_names_are_fixed_names(tmp_path: Path) -> None:
    assert messages(tmp_path, "ML-NoFixedName", example("AWS::SageMaker::Model", ModelName={"Ref": "Name"})) == []
    assert messages(tmp_path, "ML-NoFixedName", example("AWS::SageMaker::Model", ModelName="churn")) == [
        "ModelName is fixed to 'churn': the next change of this resource fails because the name exists"
    ]


@pytest.mark.parametrize("action", ["iam:PassRole", "iam:Pass*", "iam:*", "*", "IAM:passrole"])
def test_pass_role_is_recognised_in_every_spelling(tmp_path: Path, action: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    inline = [{"PolicyName": "p", "PolicyDocument": {"Statement": statement}}]
    assert messages(tmp_path, "ML-PassRoleScoped", example("AWS::IAM::Role", Policies=inline)) == [
        "a statement allows iam:PassRole to any service"
    ]


def test_a_denied_action_is_not_accused(tmp_path: Path) -> None:
    document = {"Statement": [{"Effect": "Deny", "Action": "iam:PassRole", "Resource": "*"}]}
    assert messages(tmp_path, "ML-PassRoleScoped", example("AWS::IAM::ManagedPolicy", PolicyDocument=document)) == []


def test_only_services_that_name_their_caller_are_asked_for_it(tmp_path: Path) -> None:
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "bedrock.amazonaws.com"]}}]
    }
    assert messages(tmp_path, "ML-TrustConfusedDeputy", example("AWS::IAM::Role", AssumeRolePolicyDocument=trust)) == [
        "bedrock.amazonaws.com may assume this role on behalf of any account"
    ]


def test_the_tags_that_are_missed_are_those_that_a_workspace_sets() -> None:
    assert sorted(cost_tags._KEYS) == sorted(REQUIRED_KEYS)


def test_the_missing_tags_are_named(tmp_path: Path) -> None:
    tags = [{"Key": "Project", "Value": "x"}, {"Key": "cost_center", "Value": "x"}]
    assert messages(tmp_path, "ML-CostTags", example("AWS::SageMaker::Endpoint", Tags=tags)) == [
        "no tag owner, environment"
    ]


def test_a_template_without_budget_is_told_once(tmp_path: Path) -> None:
    two = example("AWS::SageMaker::Endpoint") | example("AWS::SageMaker::Domain")
    assert messages(tmp_path, "ML-Budget", two) == ["this template runs machine learning compute and has no budget"]


@pytest.mark.parametrize(
    "kind", ["foundation-model", "inference-profile", "application-inference-profile", "provisioned-model"]
)
def test_every_model_is_every_one_of_a_kind(tmp_path: Path, kind: str) -> None:
    arn = f"arn:aws:bedrock:*:*:{kind}/*"
    document = {"Statement": [{"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": arn}]}
    assert messages(tmp_path, "ML-BedrockModelScoped", example("AWS::IAM::ManagedPolicy", PolicyDocument=document)) == [
        f"a statement allows invoking every Bedrock model: Resource is {arn}"
    ]


def guardrail(*filters: Any) -> dict[str, Any]:
    return example("AWS::Bedrock::Guardrail", ContentPolicyConfig={"FiltersConfig": [*filters]})


def test_a_guardrail_looks_for_attacks_and_its_filters_filter(tmp_path: Path) -> None:
    attack = {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"}
    hate = {"Type": "HATE", "InputStrength": "NONE", "OutputStrength": "NONE"}
    assert messages(tmp_path, "ML-GuardrailFilters", guardrail(attack, hate)) == [
        "the filter for HATE of this guardrail is NONE, which filters nothing"
    ]
    assert messages(tmp_path, "ML-GuardrailFilters", guardrail({**hate, "OutputStrength": "LOW"})) == [
        "this guardrail does not look for attacks on the prompt"
    ]
    later = {"Fn::If": ["IsProd", attack, {"Ref": "AWS::NoValue"}]}
    assert messages(tmp_path, "ML-GuardrailFilters", guardrail(later)) == []


def test_agents_and_knowledge_bases_that_answer_are_guarded(tmp_path: Path) -> None:
    agent = example("AWS::Bedrock::Agent", AgentName="a")
    assert messages(tmp_path, "ML-ModelGuarded", agent) == ["this agent asks its model without a guardrail"]

    def flow(**knowledge_base: Any) -> dict[str, Any]:
        node = {"Name": "Docs", "Configuration": {"KnowledgeBase": {"KnowledgeBaseId": "k", **knowledge_base}}}
        return example("AWS::Bedrock::Flow", Definition={"Nodes": [node]})

    assert messages(tmp_path, "ML-ModelGuarded", flow()) == []
    assert messages(tmp_path, "ML-ModelGuarded", flow(ModelId="amazon.nova-lite-v1:0")) == [
        "the node Docs of this flow asks a model without a guardrail"
    ]
