"""Vectors in OpenSearch Serverless: finds by meaning and by words, and costs hundreds of dollars while nobody asks.

https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-vector-search.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_cdk import Fn, Stack, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_opensearchserverless as aoss
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.facts.vector_stores import opensearch_serverless_monthly
from cdk_ml.genai.knowledge_bases.chunking import Chunking
from cdk_ml.genai.knowledge_bases.store import METADATA_FIELD, TEXT_FIELD, Store, Vectors, VectorStore, VectorType
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.permissions import managed_policy

_VECTOR_FIELD = "vector"
_MOST_DIMENSIONS = 16_000
_USE_API = ("aoss:APIAccessAll",)
_USE_INDEX = ("aoss:DescribeIndex", "aoss:ReadDocument", "aoss:WriteDocument")
_MAKE_INDEX = ("aoss:CreateIndex", "aoss:DeleteIndex", "aoss:DescribeIndex", "aoss:UpdateIndex")
_USE_COLLECTION = ("aoss:DescribeCollectionItems",)
_CDK_ROLE = (
    "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/cdk-hnb659fds-cfn-exec-role-${AWS::AccountId}-${AWS::Region}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSearchServerless(VectorStore):
    """A collection of OpenSearch Serverless with one index, under the workspace's key.

    It finds by words as well as by meaning (hybrid search), and knows every filter. CloudFormation makes no index of
    binary vectors; use :class:`~cdk_ml.genai.ExistingOpenSearch` for one.

    Idle cost: about 175 USD a month, or 350 USD with standby replicas, by the prices of us-east-1: a warning says it.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/knowledge-base-setup.html

    :param standby: keep replicas in another zone; where the profile spans several when not given. A change makes a new
        collection.
    :param private: let nobody but Bedrock reach the collection's endpoint. CloudFormation reaches it from outside to
        make the index, so that this works from the second deployment on; until then the endpoint answers to the two
        roles of the data access policy and to nobody else.
    :param deployed_by: ARN of the role that CloudFormation uses, which has to be allowed to make the index; that of the
        CDK's bootstrap stack when not given.
    """

    standby: bool | None = None
    private: bool = False
    deployed_by: str | None = None

    def problems(self, vectors: Vectors, chunkings: Sequence[Chunking]) -> Iterator[Problem]:  # noqa: ARG002 (it keeps any)
        """Why it cannot keep these vectors."""
        if vectors.type is VectorType.BINARY:
            rule = "is not what CloudFormation makes an index for"
            fix = "Use VectorType.FLOAT32, or the store ExistingOpenSearch with an index of your own"
            yield Problem("vector_type", vectors.type.value, rule, fix)
        if outside(vectors.dimensions, 1, _MOST_DIMENSIONS):
            rule = "is not a size of vectors that OpenSearch keeps"
            yield Problem("dimensions", vectors.dimensions, rule, f"Use 1 to {_MOST_DIMENSIONS}")
        if is_token(vectors.dimensions):
            rule = "has to be in the name of the index, and only the deployment knows it"
            yield Problem("dimensions", vectors.dimensions, rule, "Use a number, or the store S3Vectors")
        role = self.deployed_by
        if role is not None and not is_token(role) and ":role/" not in role:
            yield Problem("store.deployed_by", role, "is no role", "Name the ARN of the role that CloudFormation uses")

    @property
    def types(self) -> Sequence[str]:
        """What it is made of."""
        return tuple(
            f"AWS::OpenSearchServerless::{name}" for name in ("Collection", "Index", "AccessPolicy", "SecurityPolicy")
        )

    @property
    def hybrid(self) -> bool:
        """It finds by words, too."""
        return True

    @property
    def ignores(self) -> frozenset[str]:
        """It looks at every filter."""
        return frozenset()

    def build(self, scope: Construct, id: str, workspace: Workspace, vectors: Vectors) -> Collection:
        """Make the collection, its policies and its index."""
        return Collection(scope, id, workspace=workspace, vectors=vectors, store=self)


class Collection(Store):
    """A collection, its policies and its index, in an order that leaves nothing to chance.

    The policies are there before the collection, which takes minutes; whoever makes or uses the index afterwards is
    admitted by then. That is why the role's own permission, which names the collection, is a policy of its own.

    :ivar collection_name: name of the collection and of its policies.
    """

    def __init__(
        self, scope: Construct, id: str, *, workspace: Workspace, vectors: Vectors, store: OpenSearchServerless
    ) -> None:
        super().__init__(scope, id)
        self._workspace, self._vectors, self._store = workspace, vectors, store
        self._standby = workspace.profile.availability_zones > 1 if store.standby is None else store.standby
        key = Stack.of(self).resolve(workspace.key.key_arn)
        mark = f"{Stack.of(self).stack_name} {self.node.path} {self._standby} {key}"
        # Names are needed, in policies as well: a replacement has another one.
        self.collection_name = f"kb-{hashlib.sha256(mark.encode()).hexdigest()[:20]}"
        usd = opensearch_serverless_monthly(standby=self._standby)
        Validations.of(self).add_warning(
            "cdk-ml:opensearch-serverless-idle-cost",
            f"A collection of OpenSearch Serverless costs about {usd:.0f} USD a month while nobody asks it. "
            "S3Vectors costs nothing then.",
        )

    @property
    def statements(self) -> Sequence[Statement]:
        """Nothing yet: the role has to be there before the collection."""
        return ()

    @property
    def made_of(self) -> Mapping[str, Any]:
        """Name and size: what makes another collection or another index."""
        return {"collection": self.collection_name, "index": self.index_name}

    @property
    def index_name(self) -> str:
        """Name of the index; OpenSearch cannot change the size of its vectors."""
        return f"vectors-{self._vectors.dimensions}"

    def connect(self, role: iam.IRole) -> dict[str, Any]:
        """Admit the role, make collection and index, and say where they are."""
        policies = [
            self._security_policy("Encryption", "encryption", self._encryption()),
            self._security_policy("Network", "network", self._network()),
            aoss.CfnAccessPolicy(
                self, "Access", name=self.collection_name, type="data", policy=self._json(self._access(role))
            ),
        ]
        collection = aoss.CfnCollection(
            self,
            "Collection",
            name=self.collection_name,
            type="VECTORSEARCH",
            standby_replicas="ENABLED" if self._standby else "DISABLED",
        )
        for policy in policies:
            collection.node.add_dependency(policy)
        index = self._index(collection)
        for resource in (collection, index):
            resource.apply_removal_policy(self._workspace.removal_policy)
        use = Statement(actions=_USE_API, resources=[collection.attr_arn])
        managed_policy(self, "Use", statements=[use], roles=[role])
        return {
            "type": "OPENSEARCH_SERVERLESS",
            "opensearchServerlessConfiguration": {
                "collectionArn": collection.attr_arn,
                "vectorIndexName": self.index_name,
                "fieldMapping": {
                    "vectorField": _VECTOR_FIELD,
                    "textField": TEXT_FIELD,
                    "metadataField": METADATA_FIELD,
                },
            },
        }

    def _index(self, collection: aoss.CfnCollection) -> aoss.CfnIndex:
        # Bedrock filters with this engine only.
        method = {"name": "hnsw", "engine": "faiss", "spaceType": "l2", "parameters": {"efConstruction": 512, "m": 16}}
        return aoss.CfnIndex(
            self,
            "Index",
            collection_endpoint=collection.attr_collection_endpoint,
            index_name=self.index_name,
            mappings={
                "properties": {
                    _VECTOR_FIELD: {"type": "knn_vector", "dimension": self._vectors.dimensions, "method": method},
                    TEXT_FIELD: {"type": "text", "index": True},
                    METADATA_FIELD: {"type": "text", "index": False},
                }
            },
            settings={"index": {"knn": True}},
        )

    def _security_policy(self, id: str, type_: str, policy: Any) -> aoss.CfnSecurityPolicy:
        return aoss.CfnSecurityPolicy(self, id, name=self.collection_name, type=type_, policy=self._json(policy))

    def _encryption(self) -> dict[str, Any]:
        rules = [{"ResourceType": "collection", "Resource": [f"collection/{self.collection_name}"]}]
        return {"Rules": rules, "AWSOwnedKey": False, "KmsARN": self._workspace.key.key_arn}

    def _network(self) -> list[dict[str, Any]]:
        rules = [{"ResourceType": "collection", "Resource": [f"collection/{self.collection_name}"]}]
        if self._store.private:
            return [{"Rules": rules, "AllowFromPublic": False, "SourceServices": ["bedrock.amazonaws.com"]}]
        return [{"Rules": rules, "AllowFromPublic": True}]

    def _access(self, role: iam.IRole) -> list[dict[str, Any]]:
        deployer = Fn.sub(_CDK_ROLE) if self._store.deployed_by is None else self._store.deployed_by
        index = [f"index/{self.collection_name}/{self.index_name}"]
        collection = {
            "ResourceType": "collection",
            "Resource": [f"collection/{self.collection_name}"],
            "Permission": [*_USE_COLLECTION],
        }
        return [
            {
                "Rules": [collection, {"ResourceType": "index", "Resource": index, "Permission": [*_USE_INDEX]}],
                "Principal": [role.role_arn],
            },
            {
                "Rules": [collection, {"ResourceType": "index", "Resource": index, "Permission": [*_MAKE_INDEX]}],
                "Principal": [deployer],
            },
        ]

    def _json(self, policy: Any) -> str:
        return Stack.of(self).to_json_string(policy)
