"""A data automation project: what is found in each kind of file, and which blueprints are tried.

https://docs.aws.amazon.com/bedrock/latest/userguide/bda-projects.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from aws_cdk import Names, Stack
from aws_cdk import aws_bedrock as bedrock
from constructs import Construct

from cdk_ml.errors import Problem, reject
from cdk_ml.genai.data_automation.blueprint import LONGEST_NAME, NAME, NAME_ALLOWED, Blueprint
from cdk_ml.genai.data_automation.standard_output import (
    AudioOutput,
    DocumentOutput,
    ImageOutput,
    Modality,
    Output,
    VideoOutput,
    output_problems,
    render_output,
)
from cdk_ml.genai.texts import pattern_problems, text_problems
from cdk_ml.regions import region_problems
from cdk_ml.workspace import Workspace

_LONGEST_DESCRIPTION = 300
_MOST_DOCUMENT_BLUEPRINTS = 40


class DataAutomationProject(Construct):
    """What Bedrock finds in documents, images, recordings and videos.

    Creates the project under the workspace's key. What has no output is not worked on. Name and type are there for
    good, because CloudFormation would have to replace it.

    Idle cost: nothing. Pages, images and minutes are paid.

    >>> import aws_cdk as cdk
    >>> from cdk_ml.genai import DataAutomationProject, DocumentOutput, ImageOutput
    >>> from cdk_ml.workspace import CostTags, Profile, Workspace
    >>> stack = cdk.Stack(cdk.App(), "Invoices")
    >>> workspace = Workspace(
    ...     stack,
    ...     "Workspace",
    ...     profile=Profile.PRODUCTION,
    ...     tags=CostTags(project="invoices", owner="finance-it", cost_center="4711"),
    ... )
    >>> project = DataAutomationProject(
    ...     stack,
    ...     "Project",
    ...     workspace=workspace,
    ...     documents=DocumentOutput(summary=True),
    ...     images=ImageOutput(),
    ...     splits_documents=True,
    ... )

    See https://docs.aws.amazon.com/bedrock/latest/userguide/bda-projects.html

    :ivar cfn_project: the project.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        workspace: Workspace,
        documents: DocumentOutput | None = None,
        images: ImageOutput | None = None,
        audio: AudioOutput | None = None,
        video: VideoOutput | None = None,
        blueprints: Sequence[Blueprint] = (),
        splits_documents: bool = False,
        description: str = "",
        name: str | None = None,
    ) -> None:
        """
        :param workspace: key, tags and profile.
        :param documents: what is found in documents.
        :param images: what is found in images.
        :param audio: what is found in recordings.
        :param video: what is found in videos.
        :param blueprints: what is read out of particular kinds of files: up to 40 for documents, and one for each other
            modality.
        :param splits_documents: take files apart that hold several documents.
        :param description: what the project is for.
        :param name: a name of your own.
        :raises cdk_ml.errors.ConfigurationError: what Bedrock would refuse, or a region without data automation.
        """
        super().__init__(scope, id)
        outputs: dict[Modality, Output | None] = {
            Modality.DOCUMENT: documents,
            Modality.IMAGE: images,
            Modality.AUDIO: audio,
            Modality.VIDEO: video,
        }
        given = {modality: output for modality, output in outputs.items() if output is not None}
        reject(
            self,
            [
                *pattern_problems("name", name, NAME, LONGEST_NAME, NAME_ALLOWED),
                *(text_problems("description", description, _LONGEST_DESCRIPTION) if description else ()),
                *(problem for each in given.items() for problem in output_problems(str(each[0]).lower(), each[1])),
                *_blueprint_problems(blueprints, [*given]),
                *_split_problems(splits_documents, documents),
                *region_problems(Stack.of(self).region, "AWS::Bedrock::DataAutomationProject"),
            ],
        )
        workspace.adopt(self)
        self.cfn_project = bedrock.CfnDataAutomationProject(
            self,
            "Resource",
            project_name=Names.unique_resource_name(self, max_length=LONGEST_NAME, separator="-")
            if name is None
            else name,
            project_type="ASYNC",
            project_description=description or None,
            kms_key_id=workspace.key.key_arn,
            standard_output_configuration={str(each).lower(): render_output(output) for each, output in given.items()},
            custom_output_configuration=_custom(blueprints),
            override_configuration=_override([*given], splits_documents),
        )

    @property
    def project_arn(self) -> str:
        """ARN of the project."""
        return self.cfn_project.attr_project_arn


def _custom(blueprints: Sequence[Blueprint]) -> dict[str, Any] | None:
    named = [{"blueprintArn": each.blueprint_arn, "blueprintStage": "LIVE"} for each in blueprints]
    return {"blueprints": named} if named else None


def _override(given: Sequence[Modality], splits: bool) -> dict[str, Any]:
    override: dict[str, Any] = {
        str(each).lower(): {"modalityProcessing": {"state": "ENABLED" if each in given else "DISABLED"}}
        for each in Modality
    }
    override["document"]["splitter"] = {"state": "ENABLED" if splits else "DISABLED"}
    return override


def _blueprint_problems(blueprints: Sequence[Blueprint], given: Sequence[Modality]) -> Iterator[Problem]:
    if not given:
        fix = "Give documents, images, audio or video, such as DocumentOutput()"
        yield Problem("documents", None, "and every other output is missing, so that nothing is worked on", fix)
    for modality, count in Counter(each.modality for each in blueprints).items():
        most = _MOST_DOCUMENT_BLUEPRINTS if modality is Modality.DOCUMENT else 1
        if count > most:
            rule = f"are {count} for {modality}, but a project takes {most}"
            yield Problem("blueprints", count, rule, "Make another project")
        if modality not in given:
            rule = f"are for {modality}, which the project does not work on"
            yield Problem("blueprints", count, rule, "Give its output as well")
    if len({each.node.path for each in blueprints}) < len(blueprints):
        yield Problem("blueprints", len(blueprints), "name one twice", "Name each once")


def _split_problems(splits: bool, documents: DocumentOutput | None) -> Iterator[Problem]:
    if splits and documents is None:
        fix = "Give documents, or leave it out"
        yield Problem("splits_documents", True, "splits what is not worked on", fix)
