"""A knowledge base that Bedrock looks after wholly: the successor of Kendra, with its connectors.

https://docs.aws.amazon.com/bedrock/latest/userguide/kb-build-managed.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aws_cdk import Aws, Stack
from aws_cdk import aws_bedrock as bedrock
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.knowledge_bases.base import (
    RETRIEVE,
    TYPES,
    KnowledgeBaseResource,
    description_problems,
    marked,
    source_problems,
    unique_name,
)
from cdk_ml.genai.knowledge_bases.ingestion import Ingestion
from cdk_ml.genai.knowledge_bases.retrieval import Retrieval
from cdk_ml.genai.knowledge_bases.s3_source import S3Source
from cdk_ml.genai.knowledge_bases.source import DataSource, Located, Source, account_problems
from cdk_ml.genai.models.endpoints import reach_bedrock
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import read_secret, use_key

_VERSION = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedConnector(Source):
    """Documents of another system, for a :class:`ManagedKnowledgeBase`.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-connect-ds.html

    :param connector: the system.
    :param parameters: what its page asks for besides ``type`` and ``version``, such as ``connectionConfiguration``.
        CloudFormation does not look into it.
    :param credentials: the secret that the parameters name, which the role may read.
    """

    connector: Literal["BOX", "CONFLUENCE", "CUSTOM", "GOOGLE_DRIVE", "ONEDRIVE", "SHAREPOINT", "WEB_CRAWLER"]
    parameters: Mapping[str, Any]
    credentials: secretsmanager.ISecret | None = None

    @property
    def managed(self) -> bool:
        """It is for managed knowledge bases."""
        return True

    def own_problems(self) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        for name in ("type", "version"):
            if name in self.parameters:
                yield Problem("source.parameters", name, "is said by the connector itself", "Leave it out")

    def locate(self, scope: Construct, workspace: Workspace) -> Located:  # noqa: ARG002 (there is nothing to make)
        """Where the documents are."""
        return Located(
            configuration=_connector({"type": self.connector, **self.parameters}),
            statements=[] if self.credentials is None else read_secret(self.credentials),
        )


class ManagedKnowledgeBase(KnowledgeBaseResource):
    """Documents that are found by their meaning, where Bedrock keeps, cuts, embeds and reranks them itself.

    Creates the knowledge base under the workspace's key, a data source for each of ``sources``, and a role that may
    read the documents, and nothing else. There is no store to be made or paid for by the hour, and nothing to choose
    about models: it is what AWS names as the successor of Kendra. Use :class:`~cdk_ml.genai.KnowledgeBase` where it
    matters who keeps the vectors. Nothing is found before the sources are synchronized.

    Idle cost: what AWS charges for the documents that it keeps, which is not among our facts.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import ManagedKnowledgeBase, S3Source
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Churn")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="churn", owner="growth-ml", cost_center="4711"),
    ... )
    >>> knowledge_base = ManagedKnowledgeBase(
    ...     stack, "Handbooks", workspace=workspace, sources=[S3Source(name="handbooks", prefix="handbooks/")]
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-create.html

    :ivar data_sources: the data sources by their names.
    :ivar role: what Bedrock assumes to read documents.
    :ivar cfn_knowledge_base: the knowledge base.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        sources: Sequence[Source],
        accounts: Sequence[str] = (),
        description: str | None = None,
        private_endpoint: bool = False,
    ) -> None:
        """
        :param workspace: key, buckets, network, tags and profile.
        :param sources: where the documents come from, at most 5: each an :class:`~cdk_ml.genai.S3Source` or a
            :class:`~cdk_ml.genai.ManagedConnector`.
        :param accounts: other accounts whose administrators may let their roles ask the knowledge base.
        :param description: what is in it, which agents read to decide whether to ask; at most 200 characters.
        :param private_endpoint: let the workspace's network reach ``Retrieve`` without internet, for about 7 USD a
            month and zone.
        :raises cdk_ml.errors.ConfigurationError: sources that Bedrock would refuse, or a region without knowledge
            bases.
        """
        super().__init__(scope, id)
        reject(self, _problems(Stack.of(self).region, sources, accounts, description))
        workspace.adopt(self)
        places = Construct(self, "Sources")
        located = {source.name: source.locate(places, workspace) for source in sources}
        self.role = workspace.role(
            self,
            "Role",
            service="bedrock.amazonaws.com",
            statements=[
                *(statement for source in located.values() for statement in source.statements),
                *use_key(workspace.key.key_arn),
                *_describe_keys(workspace.key, *(source.bucket for source in located.values())),
            ],
        )
        configuration = {
            "type": "MANAGED",
            "managedKnowledgeBaseConfiguration": {
                "embeddingModelType": "MANAGED",
                "serverSideEncryptionConfiguration": {"kmsKeyArn": workspace.key.key_arn},
            },
        }
        self.cfn_knowledge_base = bedrock.CfnKnowledgeBase(
            self,
            "Resource",
            name=marked(self, unique_name(self), configuration),
            description=description,
            role_arn=self.role.role_arn,
            knowledge_base_configuration=configuration,
        )
        self.data_sources = {
            source.name: DataSource(
                source=source,
                cfn_data_source=bedrock.CfnDataSource(
                    places,
                    source.name,
                    knowledge_base_id=self.knowledge_base_id,
                    name=source.name,
                    data_source_configuration=_managed(source, located[source.name]),
                    data_deletion_policy=source.data_deletion.value,
                ),
                bucket=located[source.name].bucket,
            )
            for source in sources
        }
        if accounts:
            self._share(accounts)
        if private_endpoint:
            reach_bedrock(workspace, models=False, agents=True)

    def _share(self, accounts: Sequence[str]) -> None:
        """Admit other accounts: https://docs.aws.amazon.com/bedrock/latest/userguide/kb-managed-cross-account.html."""
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": [f"arn:{Aws.PARTITION}:iam::{account}:root" for account in accounts]},
            "Action": [*RETRIEVE],
            "Resource": self.knowledge_base_arn,
        }
        bedrock.CfnKnowledgeBasePolicy(
            self,
            "Policy",
            knowledge_base_id=self.knowledge_base_id,
            policy_document={"Version": "2012-10-17", "Statement": [statement]},
        )

    def retrieval_configuration(self, retrieval: Retrieval) -> dict[str, Any]:
        """What ``Retrieve`` takes as ``retrievalConfiguration``.

        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse.
        """
        reject(self, retrieval.managed_problems())
        return retrieval.managed_configuration()


def _describe_keys(key: kms.IKey, *buckets: s3.IBucket | None) -> Iterator[Statement]:
    """What Bedrock asks of the keys of what it reads and keeps, besides using them."""
    keys = {key.key_arn: None}
    for bucket in buckets:
        if bucket is not None and bucket.encryption_key is not None:
            keys[bucket.encryption_key.key_arn] = None
    yield Statement(actions=["kms:DescribeKey"], resources=[*keys])


def _managed(source: Source, located: Located) -> dict[str, Any]:
    """What a source is told to Bedrock as. A bucket is named, where other knowledge bases take its ARN."""
    if not isinstance(source, S3Source):
        return located.configuration
    assert located.bucket is not None
    place = {
        "bucketName": located.bucket.bucket_name,
        "bucketOwnerAccountId": Aws.ACCOUNT_ID if source.owner is None else source.owner,
    }
    parameters: dict[str, Any] = {"type": "S3", "connectionConfiguration": place}
    if source.prefix is not None:
        parameters["filterConfiguration"] = {"inclusionPrefixes": [source.prefix]}
    return _connector(parameters)


def _connector(parameters: Mapping[str, Any]) -> dict[str, Any]:
    # CloudFormation gives these to Bedrock as they are written.
    return {
        "type": "MANAGED_KNOWLEDGE_BASE_CONNECTOR",
        "managedKnowledgeBaseConnectorConfiguration": {"connectorParameters": {"version": _VERSION, **parameters}},
    }


def _problems(
    region: str, sources: Sequence[Source], accounts: Sequence[str], description: str | None
) -> Iterator[Problem]:
    yield from region_problems(region, *TYPES)
    if accounts:
        instead = "Leave the accounts out there, and let them assume a role of yours"
        yield from region_problems(region, "AWS::Bedrock::KnowledgeBasePolicy", instead=instead)
    for account in accounts:
        yield from account_problems("accounts", account)
    yield from source_problems(sources, region)
    yield from description_problems(description)
    for source in sources:
        kind = type(source).__name__
        if not isinstance(source, S3Source | ManagedConnector):
            yield Problem("sources", source.name, f"is a {kind}", "Use an S3Source or a ManagedConnector")
        elif source.ingestion != Ingestion():
            rule = f"says how documents of {source.name} are read and cut, which Bedrock decides here"
            yield Problem("source.ingestion", kind, rule, "Leave it out, or use a KnowledgeBase")
