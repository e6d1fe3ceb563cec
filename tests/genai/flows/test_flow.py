"""A flow is guarded, published under an alias, and may do what its nodes need."""

from __future__ import annotations

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    DataEdge,
    Flow,
    FlowPort,
    FlowType,
    FoundationModel,
    FunctionNode,
    Guardrail,
    InputNode,
    KnowledgeBaseNode,
    NoGuardrail,
    OutputNode,
    Prompt,
    PromptNode,
    RetrievalNode,
    StorageNode,
    TextTemplate,
)
from cdk_ml.testing import assert_compliant, assert_iam_precise
from cdk_ml.workflow import Function
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import ROOT, TAGS, only

Synth = Callable[[], Template]
FLOW = "AWS::Bedrock::Flow"
MODEL = FoundationModel("amazon.nova-lite-v1:0")
START = InputNode(name="Start")
END = OutputNode(name="End")


@pytest.fixture
def prompt(stack: cdk.Stack, workspace: Workspace) -> Prompt:
    """A prompt with one variable."""
    template = TextTemplate(text="Sum up {{letter}}", variables=["letter"])
    return Prompt(stack, "Prompt", workspace=workspace, template=template, model=MODEL)


def summary(prompt: Prompt) -> dict[str, object]:
    return {
        "nodes": [START, PromptNode(name="Sum", prompt=prompt), END],
        "edges": [DataEdge("Start.document", "Sum.letter"), DataEdge("Sum.modelCompletion", "End.document")],
    }


def test_the_workspaces_guardrail_stands_before_a_prompt(
    stack: cdk.Stack, workspace: Workspace, prompt: Prompt, template: Synth
) -> None:
    flow = Flow(stack, "Flow", workspace=workspace, **summary(prompt))  # type: ignore[arg-type]
    assert isinstance(flow.guardrail, Guardrail)
    found = only(template(), FLOW)
    assert found["Definition"]["Nodes"][1] == {
        "Name": "Sum",
        "Type": "Prompt",
        "Inputs": [{"Name": "letter", "Type": "String", "Expression": "$.data"}],
        "Outputs": [{"Name": "modelCompletion", "Type": "String"}],
        "Configuration": {
            "Prompt": {
                "SourceConfiguration": {"Resource": {"PromptArn": stack.resolve(prompt.version_arn)}},
                "GuardrailConfiguration": {
                    "GuardrailIdentifier": stack.resolve(flow.guardrail.guardrail_id),
                    "GuardrailVersion": stack.resolve(flow.guardrail.version),
                },
            }
        },
    }
    assert found["Definition"]["Connections"][0] == {
        "Name": "Edge1",
        "Source": "Start",
        "Target": "Sum",
        "Type": "Data",
        "Configuration": {"Data": {"SourceOutput": "document", "TargetInput": "letter"}},
    }
    assert found["CustomerEncryptionKeyArn"] == stack.resolve(workspace.key.key_arn)


def test_a_guardrail_of_ones_own_or_none_with_a_reason(
    stack: cdk.Stack, workspace: Workspace, prompt: Prompt, template: Synth
) -> None:
    own = Guardrail(stack, "Own", workspace=workspace)
    assert Flow(stack, "Guarded", workspace=workspace, guardrail=own, **summary(prompt)).guardrail is own  # type: ignore[arg-type]
    none = NoGuardrail("It only sees texts that we wrote ourselves.")
    open_ = Flow(stack, "Open", workspace=workspace, guardrail=none, **summary(prompt))  # type: ignore[arg-type]
    assert open_.guardrail is None
    assert_compliant(stack)
    flows = [each["Properties"] for each in template().find_resources(FLOW).values()]
    assert sum("GuardrailConfiguration" in json.dumps(each) for each in flows) == 1


def test_a_flow_that_asks_no_model_makes_no_guardrail(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    nodes = [
        START,
        KnowledgeBaseNode(name="Docs", knowledge_base_id="ABCDEF1234"),
        OutputNode(name="End", type=FlowType.ARRAY),
    ]
    edges = [DataEdge("Start.document", "Docs.retrievalQuery"), DataEdge("Docs.retrievalResults", "End.document")]
    flow = Flow(stack, "Flow", workspace=workspace, nodes=nodes, edges=edges)
    assert flow.guardrail is None
    template().resource_count_is("AWS::Bedrock::Guardrail", 0)


def test_the_role_may_do_what_the_nodes_need_once(stack: cdk.Stack, workspace: Workspace, prompt: Prompt) -> None:
    function = Function(stack, "Function", workspace=workspace, code=ROOT / "docs/examples/greeter")
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:111111111111:key/1")
    letters = s3.Bucket.from_bucket_attributes(stack, "Letters", bucket_name="letters", encryption_key=key)
    nodes = [
        START,
        RetrievalNode(name="Read", bucket=letters),
        PromptNode(name="Sum", prompt=prompt, expressions={"letter": "$.data"}),
        PromptNode(name="Again", prompt=prompt),
        KnowledgeBaseNode(name="Docs", knowledge_base_id="ABCDEF1234", model=MODEL),
        FunctionNode(name="Check", function=function, inputs=[FlowPort("text")]),
        StorageNode(name="Write", bucket=workspace.data_bucket),
        END,
    ]
    edges = [
        DataEdge("Start.document", "Read.objectKey"),
        DataEdge("Read.s3Content", "Sum.letter"),
        DataEdge("Sum.modelCompletion", "Again.letter"),
        DataEdge("Again.modelCompletion", "Docs.retrievalQuery"),
        DataEdge("Docs.outputText", "Check.text"),
        DataEdge("Check.functionResponse", "Write.content"),
        DataEdge("Start.document", "Write.objectKey"),
        DataEdge("Write.s3Uri", "End.document"),
    ]
    flow = Flow(stack, "Flow", workspace=workspace, nodes=nodes, edges=edges)
    template = Template.from_stack(stack)
    (policy,) = (
        each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in template.find_resources("AWS::IAM::ManagedPolicy").items()
        if name.startswith("Flow")
    )
    actions = ["+".join([each["Action"]] if isinstance(each["Action"], str) else each["Action"]) for each in policy]
    assert actions == [
        "s3:GetObject",
        "kms:Decrypt+kms:GenerateDataKey",
        "bedrock:RenderPrompt",
        "bedrock:InvokeModel",
        "kms:Decrypt",
        "bedrock:Retrieve",
        "lambda:InvokeFunction",
        "s3:PutObject",
        "bedrock:ApplyGuardrail",
    ]
    written = json.dumps(only(template, FLOW)["Definition"])
    for configured in ("KnowledgeBaseId", "LambdaArn", "BucketName", "NumberOfResults"):
        assert configured in written
    assert written.count("GuardrailConfiguration") == 3
    assert stack.resolve(flow.flow_arn) != stack.resolve(flow.alias_arn)
    assert_iam_precise(stack)
    assert_compliant(stack)


def test_the_alias_moves_to_a_new_version_whenever_the_flow_is_updated(
    stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    Flow(stack, "Flow", workspace=workspace, nodes=[START, END], edges=[DataEdge("Start.document", "End.document")])
    synthesized = template()
    ((flow_id, _),) = synthesized.find_resources(FLOW).items()
    ((version_id, version),) = synthesized.find_resources("AWS::Bedrock::FlowVersion").items()
    assert {"Fn::GetAtt": [flow_id, "UpdatedAt"]} in version["Properties"]["Description"]["Fn::Join"][1]
    alias = only(synthesized, "AWS::Bedrock::FlowAlias")
    assert alias["Name"] == "live"
    assert alias["RoutingConfiguration"] == [{"FlowVersion": {"Fn::GetAtt": [version_id, "Version"]}}]


def test_who_invokes_it_may_invoke_the_alias(stack: cdk.Stack, workspace: Workspace) -> None:
    edges = [DataEdge("Start.document", "End.document")]
    flow = Flow(stack, "Flow", workspace=workspace, nodes=[START, END], edges=edges)
    assert flow.invoke_statements() == [Statement(actions=["bedrock:InvokeFlow"], resources=[flow.alias_arn])]
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    flow.grant_invoke(role)
    statement = only(Template.from_stack(stack), "AWS::IAM::Policy")["PolicyDocument"]["Statement"][0]
    assert statement["Action"] == "bedrock:InvokeFlow"


def test_a_role_of_ones_own_is_granted_nothing(stack: cdk.Stack, workspace: Workspace, template: Synth) -> None:
    role = iam.Role.from_role_name(stack, "Role", "mine")
    edges = [DataEdge("Start.document", "End.document")]
    flow = Flow(stack, "Flow", workspace=workspace, nodes=[START, END], edges=edges, role=role)
    assert flow.role is role
    template().resource_count_is("AWS::IAM::ManagedPolicy", 0)


def test_an_expression_for_no_variable_and_names_that_bedrock_does_not_take_are_refused(
    workspace: Workspace, stack: cdk.Stack, prompt: Prompt
) -> None:
    node = PromptNode(name="Sum", prompt=prompt, expressions={"text": "$.data"})
    edges = [DataEdge("Start.document", "Sum.letter"), DataEdge("Sum.modelCompletion", "End.document")]
    with pytest.raises(ConfigurationError) as raised:
        Flow(stack, "F", workspace=workspace, nodes=[START, node, END], edges=edges, alias_name="a b", name="a--b")
    assert [(problem.argument, problem.value) for problem in raised.value.problems] == [
        ("name", "a--b"),
        ("alias_name", "a b"),
        ("nodes.expressions", "text"),
    ]


def test_a_region_without_flows_is_refused() -> None:
    stack = cdk.Stack(cdk.App(), "Assistant", env=cdk.Environment(region="us-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    edges = [DataEdge("Start.document", "End.document")]
    with pytest.raises(ConfigurationError, match="has no AWS::Bedrock::Flow in CloudFormation"):
        Flow(stack, "Flow", workspace=workspace, nodes=[START, END], edges=edges)
