"""Stores that are there are told to Bedrock, and the role may use them and no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    Aurora,
    ExistingOpenSearch,
    FoundationModel,
    Ingestion,
    KnowledgeBase,
    NeptuneAnalytics,
    S3Source,
    VectorType,
)
from tests.conftest import only

Make = Callable[..., KnowledgeBase]
Synth = Callable[[], Template]
COLLECTION = "arn:aws:aoss:us-east-1:111111111111:collection/abcdefghij0123456789"
GRAPH = "arn:aws:neptune-graph:us-east-1:111111111111:graph/g-0123456789"
NOVA = FoundationModel("amazon.nova-lite-v1:0")
GRAPH_SOURCE = S3Source(name="a", ingestion=Ingestion(entities=NOVA))


@pytest.fixture
def aurora(stack: cdk.Stack) -> Callable[..., Aurora]:
    """Makes an Aurora store, of usual values but for what the test says."""

    def make(**options: Any) -> Aurora:
        cluster = rds.DatabaseCluster.from_database_cluster_attributes(stack, "Cluster", cluster_identifier="mine")
        secret = secretsmanager.Secret.from_secret_name_v2(stack, "Secret", "mine")
        given = {"cluster": cluster, "credentials": secret, "database": "kb", "table": "bedrock.kb", **options}
        return Aurora(**given)

    return make


def storage(template: Template) -> dict[str, Any]:
    """What Bedrock is told about the store."""
    return dict(only(template, "AWS::Bedrock::KnowledgeBase")["StorageConfiguration"])


def actions(template: Template, service: str) -> dict[str, Any]:
    """What the role may do with a service, by action."""
    found: dict[str, Any] = {}
    for item in only(template, "AWS::IAM::ManagedPolicy")["PolicyDocument"]["Statement"]:
        listed = item["Action"] if isinstance(item["Action"], list) else [item["Action"]]
        found.update({action: item["Resource"] for action in listed if action.startswith(f"{service}:")})
    return found


def test_an_index_of_ones_own_keeps_binary_vectors(knowledge_base: Make, template: Synth) -> None:
    store = ExistingOpenSearch(collection_arn=COLLECTION, index_name="mine")
    knowledge_base(store=store, vector_type=VectorType.BINARY)
    made = template()
    assert storage(made) == {
        "Type": "OPENSEARCH_SERVERLESS",
        "OpensearchServerlessConfiguration": {
            "CollectionArn": COLLECTION,
            "VectorIndexName": "mine",
            "FieldMapping": {
                "VectorField": "vector",
                "TextField": "AMAZON_BEDROCK_TEXT",
                "MetadataField": "AMAZON_BEDROCK_METADATA",
            },
        },
    }
    configuration = only(made, "AWS::Bedrock::KnowledgeBase")["KnowledgeBaseConfiguration"]
    model = configuration["VectorKnowledgeBaseConfiguration"]["EmbeddingModelConfiguration"]
    assert model["BedrockEmbeddingModelConfiguration"] == {"Dimensions": 1024, "EmbeddingDataType": "BINARY"}
    assert actions(made, "aoss") == {"aoss:APIAccessAll": COLLECTION}
    made.resource_count_is("AWS::S3Vectors::Index", 0)


def test_a_table_of_aurora_is_asked_through_the_data_api(
    knowledge_base: Make, aurora: Callable[..., Aurora], stack: cdk.Stack, template: Synth
) -> None:
    store = aurora()
    knowledge_base(store=store)
    made = template()
    found = storage(made)
    assert found["Type"] == "RDS"
    place = found["RdsConfiguration"]
    assert (place["DatabaseName"], place["TableName"]) == ("kb", "bedrock.kb")
    assert set(place["FieldMapping"]) == {"PrimaryKeyField", "VectorField", "TextField", "MetadataField"}
    cluster = stack.resolve(store.cluster.cluster_arn)
    assert actions(made, "rds-data") == {
        "rds-data:BatchExecuteStatement": cluster,
        "rds-data:ExecuteStatement": cluster,
    }
    assert list(actions(made, "secretsmanager")) == ["secretsmanager:GetSecretValue"]


def test_a_graph_is_built_of_what_a_model_finds(knowledge_base: Make, template: Synth) -> None:
    knowledge_base(store=NeptuneAnalytics(graph_arn=GRAPH), sources=[GRAPH_SOURCE])
    made = template()
    assert storage(made)["NeptuneAnalyticsConfiguration"]["GraphArn"] == GRAPH
    assert set(actions(made, "neptune-graph")) == {
        "neptune-graph:DeleteDataViaQuery",
        "neptune-graph:GetGraph",
        "neptune-graph:ReadDataViaQuery",
        "neptune-graph:WriteDataViaQuery",
    }
    ingestion = only(made, "AWS::Bedrock::DataSource")["VectorIngestionConfiguration"]
    enrichment = ingestion["ContextEnrichmentConfiguration"]
    assert enrichment["Type"] == "BEDROCK_FOUNDATION_MODEL"
    configuration = enrichment["BedrockFoundationModelConfiguration"]
    assert configuration["EnrichmentStrategyConfiguration"] == {"Method": "CHUNK_ENTITY_EXTRACTION"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"store": ExistingOpenSearch(collection_arn="mine", index_name="a")},
            "store.collection_arn='mine' is no ARN of a collection. Copy it from the collection's page",
        ),
        (
            {"store": NeptuneAnalytics(graph_arn="g-1"), "sources": [GRAPH_SOURCE]},
            "store.graph_arn='g-1' is no ARN of a graph.",
        ),
        (
            {"store": NeptuneAnalytics(graph_arn=GRAPH)},
            "ingestion.entities=None says nothing of what passages of handbooks are about, which NeptuneAnalytics "
            "finds them by. Name a model that finds it.",
        ),
        (
            {"sources": [GRAPH_SOURCE]},
            "ingestion.entities='amazon.nova-lite-v1:0' is asked for what S3Vectors does not keep.",
        ),
        (
            {"store": NeptuneAnalytics(graph_arn=GRAPH), "vector_type": VectorType.BINARY, "sources": [GRAPH_SOURCE]},
            "vector_type='BINARY' is not what Neptune Analytics keeps.",
        ),
    ],
)
def test_what_a_store_could_not_be_is_refused(knowledge_base: Make, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        knowledge_base(**options)
    assert message in str(error.value)


def test_names_that_a_table_cannot_have_are_refused(knowledge_base: Make, aurora: Callable[..., Aurora]) -> None:
    with pytest.raises(ConfigurationError) as error:
        knowledge_base(store=aurora(table="a b", text_field="a.b"))
    assert [problem.argument for problem in error.value.problems] == ["store.table", "store.text_field"]
