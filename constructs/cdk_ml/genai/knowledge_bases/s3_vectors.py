"""Vectors in S3: a bucket of vectors and its index, which cost nothing but what is in them.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-bedrock-kb.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Aws, Validations
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3vectors as s3vectors
from constructs import Construct

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.chunking import Chunking, HierarchicalChunks
from cdk_ml.genai.knowledge_bases.store import METADATA_FIELD, TEXT_FIELD, Store, Vectors, VectorStore, only_float32
from cdk_ml.genai.texts import repeated
from cdk_ml.tokens import is_token, outside
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

# Filterable metadata of a vector may have 2 KB, and Bedrock keeps the passage itself in the metadata.
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-bedrock-kb.html
BEDROCK_KEYS = (TEXT_FIELD, METADATA_FIELD)
_MOST_KEYS = 10
_LONGEST_KEY = 63
_MOST_DIMENSIONS = 4_096
_MOST_PASSAGE_TOKENS = 8_000
_USE_VECTORS = (
    "s3vectors:DeleteVectors",
    "s3vectors:GetIndex",
    "s3vectors:GetVectors",
    "s3vectors:PutVectors",
    "s3vectors:QueryVectors",
)
_INDEXER = "indexing.s3vectors.amazonaws.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Vectors(VectorStore):
    """Vectors in S3, under the workspace's key: the default, and the only store that costs nothing while it is empty.

    It finds by meaning, not by words (no hybrid search), and filters by neither beginnings nor parts of texts. A
    workspace with a key of your own needs ``indexing.s3vectors.amazonaws.com`` in the key's policy; a warning says so.

    See https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-bedrock-kb.html

    :param distance: how the likeness of two vectors is measured.
    :param not_filterable: metadata of your documents that is returned but never filtered by: it may be longer than
        the 2 KB that all filterable metadata of a passage may have. At most 8 names.
    """

    distance: Literal["cosine", "euclidean"] = "cosine"
    not_filterable: Sequence[str] = ()

    def problems(self, vectors: Vectors, chunkings: Sequence[Chunking]) -> Iterator[Problem]:
        """Why S3 cannot keep these vectors, or passages that are cut so."""
        yield from only_float32("S3 Vectors", vectors)
        if outside(vectors.dimensions, 1, _MOST_DIMENSIONS):
            rule = "is not a size of vectors that S3 Vectors keeps"
            yield Problem("dimensions", vectors.dimensions, rule, f"Use 1 to {_MOST_DIMENSIONS}")
        most = _MOST_KEYS - len(BEDROCK_KEYS)
        if len(self.not_filterable) > most:
            rule = f"are {len(self.not_filterable)} names"
            fix = f"Use at most {most}: S3 Vectors takes {_MOST_KEYS}, and Bedrock needs {len(BEDROCK_KEYS)} of them"
            yield Problem("store.not_filterable", tuple(self.not_filterable), rule, fix)
        for key in self.not_filterable:
            if not is_token(key) and not 1 <= len(key) <= _LONGEST_KEY:
                fix = f"Use 1 to {_LONGEST_KEY} characters"
                yield Problem("store.not_filterable", key, "is not a name of metadata", fix)
        for key in repeated([*BEDROCK_KEYS, *self.not_filterable]):
            yield Problem("store.not_filterable", key, "is there twice", "Name it once; Bedrock's own keys are there")
        for chunking in chunkings:
            # Large passages are metadata of the small ones, and metadata of a vector may have 40 KB.
            tokens = chunking.passage_tokens
            if isinstance(chunking, HierarchicalChunks) and not is_token(tokens) and tokens > _MOST_PASSAGE_TOKENS:
                rule = f"and child_tokens together are more than the {_MOST_PASSAGE_TOKENS} that fit into S3 Vectors"
                fix = "Use smaller passages, or the store OpenSearchServerless"
                yield Problem("chunking.parent_tokens", chunking.parent_tokens, rule, fix)

    @property
    def types(self) -> Sequence[str]:
        """What it is made of."""
        return ("AWS::S3Vectors::VectorBucket", "AWS::S3Vectors::Index")

    def build(self, scope: Construct, id: str, workspace: Workspace, vectors: Vectors) -> VectorIndex:
        """Make the bucket and its index."""
        return VectorIndex(scope, id, workspace=workspace, vectors=vectors, store=self)


class VectorIndex(Store):
    """A bucket of vectors and its index. Both stay when the stack goes, unless the workspace deletes data.

    Bucket and index have no names of their own: every change of them is a replacement.

    :ivar cfn_vector_bucket: the bucket.
    :ivar cfn_index: the index.
    """

    def __init__(self, scope: Construct, id: str, *, workspace: Workspace, vectors: Vectors, store: S3Vectors) -> None:
        super().__init__(scope, id)
        self._key = workspace.key
        self._admit_indexer()
        self.cfn_vector_bucket = s3vectors.CfnVectorBucket(
            self, "Bucket", encryption_configuration={"sseType": "aws:kms", "kmsKeyArn": self._key.key_arn}
        )
        self._shape: dict[str, Any] = {
            "dimension": vectors.dimensions,
            "distance_metric": store.distance,
            "metadata_configuration": {"nonFilterableMetadataKeys": [*BEDROCK_KEYS, *store.not_filterable]},
        }
        self.cfn_index = s3vectors.CfnIndex(
            self,
            "Index",
            vector_bucket_arn=self.cfn_vector_bucket.attr_vector_bucket_arn,
            data_type="float32",
            **self._shape,
        )
        for resource in (self.cfn_vector_bucket, self.cfn_index):
            resource.apply_removal_policy(workspace.removal_policy)

    @property
    def statements(self) -> Sequence[Statement]:
        """What reads and writes vectors of this index needs."""
        vectors = Statement(actions=_USE_VECTORS, resources=[self.cfn_index.attr_index_arn])
        return [vectors, *use_key(self._key.key_arn)]

    @property
    def made_of(self) -> Mapping[str, Any]:
        """Every property of bucket and index: none can be changed."""
        return {**self._shape, "key": self._key.key_arn}

    def connect(self, role: iam.IRole) -> dict[str, Any]:  # noqa: ARG002 (the role's own policy admits it)
        """How the index is told to Bedrock."""
        return {"type": "S3_VECTORS", "s3VectorsConfiguration": {"indexArn": self.cfn_index.attr_index_arn}}

    def _admit_indexer(self) -> None:
        """Let S3 Vectors maintain the index under the key; without it, the index is not created.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-data-encryption.html
        """
        buckets = f"arn:{Aws.PARTITION}:s3vectors:{Aws.REGION}:{Aws.ACCOUNT_ID}:bucket/*"
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": _INDEXER},
            "Action": "kms:Decrypt",
            "Resource": "*",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": buckets},
                "ForAnyValue:StringEquals": {
                    "kms:EncryptionContextKeys": ["aws:s3vectors:arn", "aws:s3vectors:resource-id"]
                },
            },
        }
        if not self._key.add_to_resource_policy(iam.PolicyStatement.from_json(statement)).statement_added:
            Validations.of(self).add_warning(
                "cdk-ml:s3-vectors-key",
                f"The key of the workspace is not of this app: let {_INDEXER} decrypt with it, or the index cannot be "
                "created. https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-data-encryption.html",
            )
