"""A knowledge base of documents in S3, with its vectors in S3, and what may be done with both."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    DataDeletion,
    Filter,
    FixedChunks,
    FoundationModel,
    HierarchicalChunks,
    Ingestion,
    KnowledgeBase,
    Reranking,
    Retrieval,
    S3Source,
    S3Vectors,
    VectorType,
)
from cdk_ml.genai.models.invokable import INVOKE, grant
from cdk_ml.workspace import Profile, Statement, Workspace
from tests.conftest import TAGS, only, resources
from tests.genai.knowledge_bases.conftest import TITAN

Make = Callable[..., KnowledgeBase]
Synth = Callable[[], Template]
BASE, SOURCE = "AWS::Bedrock::KnowledgeBase", "AWS::Bedrock::DataSource"


def statements(template: Template) -> list[dict[str, Any]]:
    """What the role of the knowledge base may do."""
    (policy,) = resources(template, "AWS::IAM::ManagedPolicy").values()
    return list(policy["Properties"]["PolicyDocument"]["Statement"])


def test_the_model_and_the_index_are_told_to_bedrock(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(description="Handbooks of the claims team")
    made = template()
    base = only(made, BASE)
    configuration = base["KnowledgeBaseConfiguration"]
    assert configuration["Type"] == "VECTOR"
    vectors = configuration["VectorKnowledgeBaseConfiguration"]
    assert vectors["EmbeddingModelArn"]["Fn::Join"][1][-1] == "::foundation-model/amazon.titan-embed-text-v2:0"
    assert vectors["EmbeddingModelConfiguration"] == {"BedrockEmbeddingModelConfiguration": {"Dimensions": 1024}}
    (index,) = resources(made, "AWS::S3Vectors::Index")
    assert base["StorageConfiguration"] == {
        "Type": "S3_VECTORS",
        "S3VectorsConfiguration": {"IndexArn": {"Fn::GetAtt": [index, "IndexArn"]}},
    }
    assert only(made, "AWS::S3Vectors::Index")["Dimension"] == 1024
    assert base["Description"] == "Handbooks of the claims team"


def test_everything_is_ready_before_the_knowledge_base_is_made(knowledge_base: Make, template: Synth) -> None:
    knowledge_base()
    ((_, base),) = resources(template(), BASE).items()
    waits = set(base["DependsOn"])
    assert {name for name in waits if "StoreIndex" in name}
    assert {name for name in waits if "StoreBucket" in name}


def test_the_role_asks_one_model_reads_one_bucket_and_uses_one_index(
    knowledge_base: Make, stack: cdk.Stack, template: Synth
) -> None:
    made = knowledge_base(sources=[S3Source(name="handbooks", prefix="handbooks/")])
    bucket = made.data_sources["handbooks"].bucket
    assert bucket is not None
    found = statements(template())
    allowed = {json.dumps(item["Resource"], sort_keys=True): item for item in found}

    def of(resource: str) -> Any:
        return allowed[json.dumps(stack.resolve(resource), sort_keys=True)]

    assert of(TITAN.model_arn)["Action"] == "bedrock:InvokeModel"
    assert of(f"{bucket.bucket_arn}/handbooks/*")["Action"] == "s3:GetObject"
    assert of(bucket.bucket_arn)["Condition"] == {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}
    (vectors,) = [item for item in found if "s3vectors:QueryVectors" in item["Action"]]
    assert set(vectors["Action"]) == {
        "s3vectors:DeleteVectors",
        "s3vectors:GetIndex",
        "s3vectors:GetVectors",
        "s3vectors:PutVectors",
        "s3vectors:QueryVectors",
    }
    assert vectors["Resource"]["Fn::GetAtt"][1] == "IndexArn"
    trust = only(template(), "AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"][0]
    assert trust["Principal"] == {"Service": "bedrock.amazonaws.com"}


def test_documents_are_cut_under_the_key_and_their_vectors_stay_when_the_source_goes(
    knowledge_base: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    knowledge_base()
    source = only(template(), SOURCE)
    assert source["DataDeletionPolicy"] == "RETAIN"
    assert source["ServerSideEncryptionConfiguration"] == {"KmsKeyArn": stack.resolve(workspace.key.key_arn)}
    assert source["VectorIngestionConfiguration"] == {
        "ChunkingConfiguration": {
            "ChunkingStrategy": "FIXED_SIZE",
            "FixedSizeChunkingConfiguration": {"MaxTokens": 300, "OverlapPercentage": 20},
        }
    }


def test_vectors_are_deleted_with_the_source_when_asked(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(sources=[S3Source(name="handbooks", data_deletion=DataDeletion.DELETE)])
    assert only(template(), SOURCE)["DataDeletionPolicy"] == "DELETE"


def test_a_replacement_has_another_name_than_what_it_replaces() -> None:
    def names(**options: Any) -> tuple[str, str]:
        stack = cdk.Stack(cdk.App(), "Churn")
        workspace = Workspace(stack, "Workspace", profile=Profile.SANDBOX, tags=TAGS)
        given = {"embedding": TITAN, "sources": [S3Source(name="handbooks")], **options}
        KnowledgeBase(stack, "Base", workspace=workspace, **given)
        made = Template.from_stack(stack)
        return only(made, BASE)["Name"], only(made, SOURCE)["Name"]

    first = names()
    assert names() == first
    assert names(description="Another text is no replacement") == first
    smaller = names(dimensions=256)
    assert smaller[0] != first[0]
    assert smaller[1] == first[1]
    assert names(store=S3Vectors(not_filterable=["summary"]))[0] not in (first[0], smaller[0])
    cut = names(sources=[S3Source(name="handbooks", ingestion=Ingestion(chunking=FixedChunks(tokens=200)))])
    assert cut[0] == first[0]
    assert cut[1] != first[1]
    assert first[1].startswith("handbooks-")
    assert first[0].startswith("Churn-Base-")


def test_who_asks_may_retrieve_from_this_knowledge_base(
    knowledge_base: Make, stack: cdk.Stack, template: Synth
) -> None:
    caller = iam.Role(stack, "Caller", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    made = knowledge_base()
    made.grant_retrieve(caller)
    (granted,) = only(template(), "AWS::IAM::Policy")["PolicyDocument"]["Statement"]
    assert granted["Action"] == "bedrock:Retrieve"
    assert granted["Resource"] == stack.resolve(made.knowledge_base_arn)
    (statement,) = made.retrieve_statements()
    assert (statement.actions, statement.resources) == (("bedrock:Retrieve",), [made.knowledge_base_arn])


def test_who_reranks_may_ask_the_reranking_model_as_well(knowledge_base: Make) -> None:
    reranker = FoundationModel("cohere.rerank-v3-5:0")
    _, rerank, invoke = knowledge_base().retrieve_statements(Retrieval(reranking=Reranking(model=reranker)))
    assert rerank.actions == ["bedrock:Rerank"]
    assert invoke.resources == [reranker.model_arn]


def test_how_it_is_asked_is_checked_against_the_store(knowledge_base: Make) -> None:
    made = knowledge_base()
    asked = made.retrieval_configuration(Retrieval(results=3, filter=Filter.equals("language", "de")))
    assert asked["vectorSearchConfiguration"]["numberOfResults"] == 3
    with pytest.raises(ConfigurationError, match="is a filter that S3Vectors ignores"):
        made.retrieval_configuration(Retrieval(filter=Filter.starts_with("path", "a/")))


def test_the_network_reaches_it_when_asked(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(private_endpoint=True)
    services = [found["Properties"]["ServiceName"] for found in resources(template(), "AWS::EC2::VPCEndpoint").values()]
    assert any("bedrock-agent-runtime" in json.dumps(service) for service in services)


def test_nothing_is_in_a_network_unless_asked(knowledge_base: Make, template: Synth) -> None:
    knowledge_base()
    template().resource_count_is("AWS::EC2::VPC", 0)


def test_a_model_of_ones_own_is_named_by_its_arn_with_the_size_of_its_vectors(
    knowledge_base: Make, template: Synth
) -> None:
    arn = "arn:aws:bedrock:us-east-1:111111111111:provisioned-model/abcdefabcdef"
    knowledge_base(embedding=ByArn(arn), dimensions=512)
    vectors = only(template(), BASE)["KnowledgeBaseConfiguration"]["VectorKnowledgeBaseConfiguration"]
    assert vectors["EmbeddingModelArn"] == arn
    assert vectors["EmbeddingModelConfiguration"]["BedrockEmbeddingModelConfiguration"] == {"Dimensions": 512}


class ByArn:
    """A model of one's own, whose id is its ARN, as provisioned throughput has it."""

    def __init__(self, arn: str) -> None:
        self.model_id = arn

    def invoke_statements(self, *, actions: Sequence[str] = INVOKE) -> list[Statement]:
        return [Statement(actions=actions, resources=[self.model_id])]

    def grant_invoke(self, grantee: iam.IGrantable) -> None:
        grant(grantee, self.invoke_statements())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"embedding": FoundationModel("amazon.nova-lite-v1:0")},
            "embedding='amazon.nova-lite-v1:0' gives text, and no embedding. Use a model that does, such as amazon.",
        ),
        (
            {"dimensions": 768},
            "dimensions=768 is no length of vector that amazon.titan-embed-text-v2:0 gives. Use 1024, 512, 256.",
        ),
        (
            {"vector_type": VectorType.BINARY},
            "vector_type='BINARY' is not what S3 Vectors keeps. Use VectorType.FLOAT32, or the store "
            "ExistingOpenSearch.",
        ),
        (
            {"embedding": FoundationModel("amazon.titan-embed-text-v1"), "vector_type": VectorType.BINARY},
            "vector_type='BINARY' is not what amazon.titan-embed-text-v1 makes. Use VectorType.FLOAT32.",
        ),
        ({"sources": []}, "sources=() leaves nothing to be found. Name at least one source."),
        (
            {"sources": [S3Source(name="a"), S3Source(name="a")]},
            "sources='a' is the name of several sources. Give each a name of its own.",
        ),
        (
            {"sources": [S3Source(name=name) for name in "abcdef"]},
            "are 6 sources. Use at most 5, or another knowledge base.",
        ),
        ({"sources": [S3Source(name="a--b")]}, "source.name='a--b' is not a name that Bedrock takes. Use at most 91"),
        (
            {
                "sources": [
                    S3Source(
                        name="a",
                        ingestion=Ingestion(chunking=HierarchicalChunks(parent_tokens=7_900, child_tokens=300)),
                    )
                ]
            },
            "chunking.parent_tokens=7900 and child_tokens together are more than the 8000 that fit into S3 Vectors.",
        ),
        ({"description": ""}, "description='...' has 0 characters. Use 1 to 200."),
        (
            {"embedding": ByArn("arn:aws:bedrock:us-east-1:111111111111:provisioned-model/abc")},
            "dimensions=None is the size of the vectors of a model that no fact is about. Say how many numbers",
        ),
        (
            {"embedding": ByArn("mine"), "dimensions": 512},
            "embedding='mine' has no ARN. Use a FoundationModel, or a model of your own by its ARN.",
        ),
    ],
)
def test_what_bedrock_would_refuse_is_refused_with_the_fix(
    knowledge_base: Make, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as error:
        knowledge_base(**options)
    assert message in str(error.value)


def test_a_region_without_knowledge_bases_is_refused(app: cdk.App) -> None:
    stack = cdk.Stack(app, "Far", env=cdk.Environment(region="us-west-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match=r"has no AWS::Bedrock::KnowledgeBase, AWS::Bedrock::DataSource"):
        KnowledgeBase(stack, "Base", workspace=workspace, embedding=TITAN, sources=[S3Source(name="a")])


def test_what_only_the_deployment_knows_passes(knowledge_base: Make, stack: cdk.Stack, template: Synth) -> None:
    size, text = cdk.CfnParameter(stack, "Size", type="Number"), cdk.CfnParameter(stack, "Text")
    knowledge_base(
        dimensions=size.value_as_number,
        description=text.value_as_string,
        sources=[S3Source(name="handbooks", prefix=text.value_as_string)],
    )
    made = template()
    assert only(made, "AWS::S3Vectors::Index")["Dimension"] == {"Ref": "Size"}
    place = only(made, SOURCE)["DataSourceConfiguration"]["S3Configuration"]
    assert place["InclusionPrefixes"] == [{"Ref": "Text"}]


def test_a_vpc_of_ones_own_is_left_as_it_is(stack: cdk.Stack, template: Synth) -> None:
    vpc = ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id="vpc-1", vpc_cidr_block="10.0.0.0/16", availability_zones=["us-east-1a"]
    )
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS, vpc=vpc)
    KnowledgeBase(
        stack,
        "Base",
        workspace=workspace,
        embedding=TITAN,
        sources=[S3Source(name="a")],
        private_endpoint=True,
    )
    template().resource_count_is("AWS::EC2::VPCEndpoint", 0)
