"""What happens to a document before it can be found: read, cut, and changed if you like.

https://docs.aws.amazon.com/bedrock/latest/userguide/kb-data-source-customize-ingestion.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aws_cdk import Aws

from cdk_ml.errors import Problem
from cdk_ml.genai.knowledge_bases.chunking import Chunking, FixedChunks
from cdk_ml.genai.models.arns import arn_problems, ask_statements, model_arn
from cdk_ml.genai.models.checks import model_problems
from cdk_ml.genai.models.invokable import InvokableModel
from cdk_ml.tokens import is_token
from cdk_ml.workflow import Function
from cdk_ml.workspace import Statement, Workspace
from cdk_ml.workspace.statements import use_key

_PAGE = "https://docs.aws.amazon.com/bedrock/latest/userguide/kb-permissions.html"
_LONGEST_PROMPT = 10_000
TRANSFORMED = "knowledge-bases"
"""Where passages are on their way through a function, in the data bucket of the workspace."""


class Parsing(ABC):
    """How documents are read when their text alone does not say it: tables, figures and scans."""

    @abstractmethod
    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""

    @abstractmethod
    def problems(self, region: str) -> Iterator[Problem]:
        """What Bedrock would refuse in a region."""

    @abstractmethod
    def statements(self) -> list[Statement]:
        """What the knowledge base's role needs for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelParsing(Parsing):
    """A model reads every page, and writes down what is on it. It is paid for each page.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/kb-advanced-parsing.html

    :param model: a model that sees images.
    :param prompt: what it is asked to write down, in place of Bedrock's own words; at most 10000 characters.
    """

    model: InvokableModel
    prompt: str | None = None

    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""
        asked = {} if self.prompt is None else {"parsingPrompt": {"parsingPromptText": self.prompt}}
        reading = {"modelArn": model_arn(self.model), **asked}
        return {"parsingStrategy": "BEDROCK_FOUNDATION_MODEL", "bedrockFoundationModelConfiguration": reading}

    def problems(self, region: str) -> Iterator[Problem]:
        """What Bedrock would refuse."""
        yield from arn_problems("parsing.model", self.model)
        yield from model_problems(self.model, region, argument="parsing.model", takes=["image"], gives="text")
        prompt = self.prompt
        if prompt is not None and not is_token(prompt) and not 1 <= len(prompt) <= _LONGEST_PROMPT:
            rule = f"has {len(prompt)} characters"
            yield Problem("parsing.prompt", f"{prompt[:20]}...", rule, f"Use 1 to {_LONGEST_PROMPT}")

    def statements(self) -> list[Statement]:
        """What asks this model."""
        return ask_statements(self.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataAutomationParsing(Parsing):
    """Bedrock Data Automation reads every page. It is paid for each page, and works across the regions of a geography.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/kb-advanced-parsing.html
    """

    def configuration(self) -> dict[str, Any]:
        """What CloudFormation is told."""
        return {"parsingStrategy": "BEDROCK_DATA_AUTOMATION"}

    def problems(self, region: str) -> Iterator[Problem]:  # noqa: ARG002 (it is where knowledge bases are)
        """Nothing to be refused."""
        yield from ()

    def statements(self) -> list[Statement]:
        """What lets Data Automation read, and asks whether it has."""
        own = f"{Aws.PARTITION}:bedrock"
        return [
            Statement(
                actions=["bedrock:InvokeDataAutomationAsync"],
                resources=[
                    f"arn:{own}:{Aws.REGION}:aws:data-automation-project/public-rag-default",
                    f"arn:{own}:*:{Aws.ACCOUNT_ID}:data-automation-profile/*",
                ],
                wildcard="The profile is AWS's own, one in each geography, and is asked for in each of its regions; "
                f"the project that is run is named. {_PAGE}",
            ),
            Statement(
                actions=["bedrock:GetDataAutomationStatus"],
                resources=[f"arn:{own}:*:{Aws.ACCOUNT_ID}:data-automation-invocation/*"],
                wildcard=f"Invocations have ids of their own, in the region of the geography that took them. {_PAGE}",
            ),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingestion:
    """What happens to the documents of one source.

    Changing chunking or parsing makes a new data source, whose documents have to be ingested again.

    See https://docs.aws.amazon.com/bedrock/latest/userguide/kb-data-source-customize-ingestion.html

    :param chunking: how documents are cut.
    :param parsing: how they are read; Bedrock's own reader, which reads text and costs nothing, when not given.
    :param transformation: a function that gets the passages after they were cut, to change them or add metadata. It
        reads and writes them in the data bucket of the workspace.
    :param entities: for :class:`~cdk_ml.genai.NeptuneAnalytics`: a model that finds the things that passages are about.
        It is paid for each passage.
    """

    chunking: Chunking = field(default_factory=FixedChunks)
    parsing: Parsing | None = None
    transformation: Function | None = None
    entities: InvokableModel | None = None

    def configuration(self, workspace: Workspace) -> dict[str, Any]:
        """What CloudFormation is told."""
        found = {"chunkingConfiguration": self.chunking.configuration()}
        if self.parsing is not None:
            found["parsingConfiguration"] = self.parsing.configuration()
        if self.transformation is not None:
            found["customTransformationConfiguration"] = {
                "intermediateStorage": {
                    "s3Location": {"uri": f"s3://{workspace.data_bucket.bucket_name}/{TRANSFORMED}/"}
                },
                "transformations": [
                    {
                        "stepToApply": "POST_CHUNKING",
                        "transformationFunction": {
                            "transformationLambdaConfiguration": {"lambdaArn": self.transformation.function_arn}
                        },
                    }
                ],
            }
        if self.entities is not None:
            enrichment = {
                "modelArn": model_arn(self.entities),
                "enrichmentStrategyConfiguration": {"method": "CHUNK_ENTITY_EXTRACTION"},
            }
            found["contextEnrichmentConfiguration"] = {
                "type": "BEDROCK_FOUNDATION_MODEL",
                "bedrockFoundationModelConfiguration": enrichment,
            }
        return found

    def problems(self, region: str) -> Iterator[Problem]:
        """What Bedrock would refuse in a region."""
        yield from self.chunking.problems()
        if self.entities is not None:
            yield from arn_problems("ingestion.entities", self.entities)
            yield from model_problems(self.entities, region, argument="ingestion.entities", gives="text")
        if self.parsing is not None:
            yield from self.parsing.problems(region)

    def statements(self, workspace: Workspace) -> list[Statement]:
        """What the knowledge base's role needs for it."""
        found = [] if self.parsing is None else self.parsing.statements()
        if self.entities is not None:
            found.extend(ask_statements(self.entities))
        if self.transformation is not None:
            found.append(self.transformation.invoke_statement())
            found.append(
                Statement(
                    actions=["s3:GetObject", "s3:PutObject"],
                    resources=[f"{workspace.data_bucket.bucket_arn}/{TRANSFORMED}/*"],
                    wildcard="Bedrock names the files of passages after its ingestion jobs; the prefix is named. "
                    f"{_PAGE}",
                )
            )
            found.extend(use_key(workspace.key.key_arn))
        return found
