"""What happens to documents on their way is told to Bedrock, and its role may do that and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    CrossRegionProfile,
    DataAutomationParsing,
    FoundationModel,
    Ingestion,
    KnowledgeBase,
    ModelParsing,
    S3Source,
    WholeDocuments,
)
from cdk_ml.workflow import Function
from cdk_ml.workspace import Workspace
from tests.conftest import ROOT, only, resources
from tests.genai.knowledge_bases.conftest import TITAN

Make = Callable[..., KnowledgeBase]
Synth = Callable[[], Template]
NOVA = FoundationModel("amazon.nova-lite-v1:0")


def source(**options: Any) -> S3Source:
    """A source whose documents are ingested so."""
    return S3Source(name="handbooks", ingestion=Ingestion(**options))


def ingestion(template: Template) -> dict[str, Any]:
    """What Bedrock is told about the way of documents."""
    return dict(only(template, "AWS::Bedrock::DataSource")["VectorIngestionConfiguration"])


def policy(template: Template) -> list[dict[str, Any]]:
    """What the role of the knowledge base may do."""
    (found,) = [
        item["Properties"]["PolicyDocument"]["Statement"]
        for name, item in resources(template, "AWS::IAM::ManagedPolicy").items()
        if name.startswith("BaseRole")
    ]
    return list(found)


def test_a_model_reads_pages_with_words_of_ones_own(knowledge_base: Make, stack: cdk.Stack, template: Synth) -> None:
    knowledge_base(sources=[source(parsing=ModelParsing(model=NOVA, prompt="Write down every table."))])
    made = template()
    assert ingestion(made)["ParsingConfiguration"] == {
        "ParsingStrategy": "BEDROCK_FOUNDATION_MODEL",
        "BedrockFoundationModelConfiguration": {
            "ModelArn": stack.resolve(NOVA.model_arn),
            "ParsingPrompt": {"ParsingPromptText": "Write down every table."},
        },
    }
    (asked,) = [item for item in policy(made) if item["Action"] == "bedrock:InvokeModel"]
    assert asked["Resource"] == [stack.resolve(NOVA.model_arn), stack.resolve(TITAN.model_arn)]


def test_data_automation_reads_with_its_own_project(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(sources=[source(parsing=DataAutomationParsing())])
    made = template()
    assert ingestion(made)["ParsingConfiguration"] == {"ParsingStrategy": "BEDROCK_DATA_AUTOMATION"}
    (invoke,) = [item for item in policy(made) if item["Action"] == "bedrock:InvokeDataAutomationAsync"]
    assert invoke["Resource"][0]["Fn::Join"][1][-1] == ":aws:data-automation-project/public-rag-default"
    assert any(item["Action"] == "bedrock:GetDataAutomationStatus" for item in policy(made))


def test_a_function_changes_passages_in_a_prefix_of_the_data_bucket(
    knowledge_base: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    function = Function(stack, "Redact", workspace=workspace, code=ROOT / "docs/examples/greeter")
    knowledge_base(sources=[source(chunking=WholeDocuments(), transformation=function)])
    made = template()
    custom = ingestion(made)["CustomTransformationConfiguration"]
    (step,) = custom["Transformations"]
    assert step["StepToApply"] == "POST_CHUNKING"
    arn = step["TransformationFunction"]["TransformationLambdaConfiguration"]["LambdaArn"]
    assert arn == stack.resolve(function.function_arn)
    uri = custom["IntermediateStorage"]["S3Location"]["URI"]
    assert uri == stack.resolve(f"s3://{workspace.data_bucket.bucket_name}/knowledge-bases/")
    invoke = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}
    assert invoke in policy(made)
    (passages,) = [item for item in policy(made) if item["Action"] == ["s3:GetObject", "s3:PutObject"]]
    assert passages["Resource"]["Fn::Join"][1][-1] == "/knowledge-bases/*"


def test_documents_are_read_by_bedrock_itself_unless_asked(knowledge_base: Make, template: Synth) -> None:
    knowledge_base()
    assert set(ingestion(template())) == {"ChunkingConfiguration"}


@pytest.mark.parametrize("prompt", ["", "x" * 10_001])
def test_words_that_bedrock_would_refuse_are_refused(knowledge_base: Make, prompt: str) -> None:
    with pytest.raises(ConfigurationError, match=f"has {len(prompt)} characters. Use 1 to 10000"):
        knowledge_base(sources=[source(parsing=ModelParsing(model=NOVA, prompt=prompt))])


def test_a_profile_that_reads_pages_may_be_looked_up(knowledge_base: Make, stack: cdk.Stack, template: Synth) -> None:
    profile = CrossRegionProfile("amazon.nova-lite-v1:0", "us")
    knowledge_base(sources=[source(parsing=ModelParsing(model=profile))])
    made = template()
    parsing = ingestion(made)["ParsingConfiguration"]["BedrockFoundationModelConfiguration"]
    assert parsing["ModelArn"] == stack.resolve(profile.profile_arn)
    (look,) = [item for item in policy(made) if item["Action"] == "bedrock:GetInferenceProfile"]
    assert look["Resource"] == stack.resolve(profile.profile_arn)


def test_a_model_that_sees_nothing_does_not_read_pages(knowledge_base: Make) -> None:
    blind = FoundationModel("amazon.nova-micro-v1:0")
    with pytest.raises(ConfigurationError, match=r"parsing.model='amazon.nova-micro-v1:0' takes text, and no image"):
        knowledge_base(sources=[source(parsing=ModelParsing(model=blind))])
