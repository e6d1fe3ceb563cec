"""A knowledge base that Bedrock looks after is told where documents are, and its role reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import botocore.session
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template
from botocore.validate import ParamValidator

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    CustomSource,
    Filter,
    FixedChunks,
    FoundationModel,
    Ingestion,
    KnowledgeBase,
    KnowledgeBaseSync,
    ManagedConnector,
    ManagedKnowledgeBase,
    Reranking,
    Retrieval,
    S3Source,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import TAGS, only, resources

Make = Callable[..., ManagedKnowledgeBase]
Synth = Callable[[], Template]
SHAPE = (
    botocore.session.get_session()
    .get_service_model("bedrock-agent-runtime")
    .shape_for("KnowledgeBaseRetrievalConfiguration")
)
WIKI = {"connectionConfiguration": {"hostUrl": "https://example.atlassian.net", "type": "SAAS", "authType": "BASIC"}}


@pytest.fixture
def managed(stack: cdk.Stack, workspace: Workspace) -> Make:
    """Makes a managed knowledge base, of defaults but for what the test says."""

    def make(**options: Any) -> ManagedKnowledgeBase:
        given = {"workspace": workspace, "sources": [S3Source(name="handbooks", prefix="handbooks/")], **options}
        return ManagedKnowledgeBase(stack, "Base", **given)

    return make


def test_bedrock_chooses_the_model_and_keeps_everything_under_the_key(
    managed: Make, workspace: Workspace, stack: cdk.Stack, template: Synth
) -> None:
    managed()
    base = only(template(), "AWS::Bedrock::KnowledgeBase")
    key = stack.resolve(workspace.key.key_arn)
    assert base["KnowledgeBaseConfiguration"] == {
        "Type": "MANAGED",
        "ManagedKnowledgeBaseConfiguration": {
            "EmbeddingModelType": "MANAGED",
            "ServerSideEncryptionConfiguration": {"KmsKeyArn": key},
        },
    }
    assert "StorageConfiguration" not in base


def test_a_bucket_is_named_as_the_connector_has_it(managed: Make, stack: cdk.Stack, template: Synth) -> None:
    made = managed()
    bucket = made.data_sources["handbooks"].bucket
    assert bucket is not None
    source = only(template(), "AWS::Bedrock::DataSource")
    assert source["DataSourceConfiguration"] == {
        "Type": "MANAGED_KNOWLEDGE_BASE_CONNECTOR",
        "ManagedKnowledgeBaseConnectorConfiguration": {
            # As Bedrock writes it: CloudFormation does not look into it.
            "ConnectorParameters": {
                "type": "S3",
                "version": "1",
                "connectionConfiguration": {
                    "bucketName": stack.resolve(bucket.bucket_name),
                    "bucketOwnerAccountId": {"Ref": "AWS::AccountId"},
                },
                "filterConfiguration": {"inclusionPrefixes": ["handbooks/"]},
            }
        },
    }
    assert "VectorIngestionConfiguration" not in source


def test_the_role_reads_the_documents_and_asks_no_model(managed: Make, template: Synth) -> None:
    managed()
    statements = only(template(), "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    listed = [item["Action"] if isinstance(item["Action"], list) else [item["Action"]] for item in statements]
    actions = {action for each in listed for action in each}
    assert actions == {"kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "s3:GetObject", "s3:ListBucket"}


def test_a_bucket_of_another_account_is_named_with_it_and_its_key_is_looked_up(
    managed: Make, stack: cdk.Stack, template: Synth
) -> None:
    key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:us-east-1:222222222222:key/1")
    bucket = s3.Bucket.from_bucket_attributes(stack, "Theirs", bucket_name="theirs", encryption_key=key)
    managed(sources=[S3Source(name="theirs", bucket=bucket, owner="222222222222")])
    made = template()
    configuration = only(made, "AWS::Bedrock::DataSource")["DataSourceConfiguration"]
    parameters = configuration["ManagedKnowledgeBaseConnectorConfiguration"]["ConnectorParameters"]
    assert parameters["connectionConfiguration"] == {"bucketName": "theirs", "bucketOwnerAccountId": "222222222222"}
    assert "filterConfiguration" not in parameters
    statements = only(made, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    (looks,) = [item for item in statements if item["Action"] == "kms:DescribeKey"]
    assert key.key_arn in looks["Resource"]


def test_a_connector_gets_its_parameters_as_they_are_and_the_role_its_secret(
    managed: Make, stack: cdk.Stack, template: Synth
) -> None:
    arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:mine-AbCdEf"
    secret = secretsmanager.Secret.from_secret_complete_arn(stack, "Secret", arn)
    managed(sources=[ManagedConnector(name="wiki", connector="CONFLUENCE", parameters=WIKI, credentials=secret)])
    made = template()
    configuration = only(made, "AWS::Bedrock::DataSource")["DataSourceConfiguration"]
    parameters = configuration["ManagedKnowledgeBaseConnectorConfiguration"]["ConnectorParameters"]
    assert parameters == {"type": "CONFLUENCE", "version": "1", **WIKI}
    statements = only(made, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]
    assert {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arn} in statements


def test_it_is_synchronized_like_any_other(
    managed: Make, stack: cdk.Stack, workspace: Workspace, template: Synth
) -> None:
    base = managed()
    KnowledgeBaseSync(stack, "Sync", workspace=workspace, knowledge_base=base, source="handbooks", on_arrival=True)
    assert len(resources(template(), "AWS::Pipes::Pipe")) == 1


def test_it_is_asked_as_the_api_has_it(managed: Make) -> None:
    made = managed()
    reranker = FoundationModel("cohere.rerank-v3-5:0")
    asked = Retrieval(filter=Filter.equals("language", "de"), reranking=Reranking(model=reranker))
    configuration = made.retrieval_configuration(asked)
    errors = ParamValidator().validate(configuration, SHAPE)
    assert not errors.has_errors(), errors.generate_report()
    assert configuration["managedSearchConfiguration"]["rerankingModelType"] == "CUSTOM"
    assert len(made.retrieve_statements(asked)) == 3
    with pytest.raises(ConfigurationError, match="is chosen by a managed knowledge base itself"):
        made.retrieval_configuration(Retrieval(search="SEMANTIC"))


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ([CustomSource(name="a")], "sources='a' is a CustomSource. Use an S3Source or a ManagedConnector."),
        (
            [S3Source(name="a", ingestion=Ingestion(chunking=FixedChunks(tokens=200)))],
            "says how documents of a are read and cut, which Bedrock decides here. Leave it out, or use a ",
        ),
        (
            [ManagedConnector(name="a", connector="CUSTOM", parameters={"version": "2"})],
            "source.parameters='version' is said by the connector itself. Leave it out.",
        ),
        ([], "sources=() leaves nothing to be found."),
    ],
)
def test_what_bedrock_would_refuse_is_refused(managed: Make, sources: Any, message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        managed(sources=sources)
    assert message in str(error.value)


def test_a_knowledge_base_with_a_store_does_not_read_its_connectors(
    knowledge_base: Callable[..., KnowledgeBase],
) -> None:
    with pytest.raises(ConfigurationError, match=r"is a ManagedConnector. Use a ManagedKnowledgeBase"):
        knowledge_base(sources=[ManagedConnector(name="a", connector="CUSTOM", parameters={})])


def test_the_network_reaches_it_when_asked(managed: Make, template: Synth) -> None:
    managed(private_endpoint=True)
    assert "bedrock-agent-runtime" in str(resources(template(), "AWS::EC2::VPCEndpoint"))


def test_other_accounts_may_ask_it_and_do_nothing_else(managed: Make, stack: cdk.Stack, template: Synth) -> None:
    made = managed(accounts=["222222222222"])
    policy = only(template(), "AWS::Bedrock::KnowledgeBasePolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["bedrock:Retrieve"]
    assert statement["Resource"] == stack.resolve(made.knowledge_base_arn)
    (principal,) = statement["Principal"]["AWS"]
    assert principal["Fn::Join"][1][-1] == ":iam::222222222222:root"


def test_nobody_else_may_ask_it_unless_asked(managed: Make, template: Synth) -> None:
    managed()
    template().resource_count_is("AWS::Bedrock::KnowledgeBasePolicy", 0)


def test_an_account_that_is_none_and_a_region_without_policies_are_refused(managed: Make, app: cdk.App) -> None:
    with pytest.raises(ConfigurationError, match=r"accounts='mine' is no account. Use its 12 digits"):
        managed(accounts=["mine"])
    far = cdk.Stack(app, "Far", env=cdk.Environment(region="us-east-2"))
    workspace = Workspace(far, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match="has no AWS::Bedrock::KnowledgeBasePolicy in CloudFormation"):
        ManagedKnowledgeBase(far, "Base", workspace=workspace, sources=[S3Source(name="a")], accounts=["222222222222"])
