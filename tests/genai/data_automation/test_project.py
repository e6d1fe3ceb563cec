"""A project works on what it has an output for, and tries its blueprints."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from cdk_ml.errors import ConfigurationError
from cdk_ml.genai import (
    AudioFinding,
    AudioOutput,
    Blueprint,
    DataAutomationProject,
    DocumentGranularity,
    DocumentOutput,
    ImageFinding,
    ImageOutput,
    Modality,
    VideoOutput,
)
from cdk_ml.workspace import Profile, Workspace
from tests.conftest import FLAGS, TAGS, only

PROJECT = "AWS::Bedrock::DataAutomationProject"
SCHEMA = {
    "class": "invoice",
    "description": "An invoice",
    "type": "object",
    "properties": {"total": {"type": "number", "instruction": "What is to be paid"}},
}


def made(blueprints: dict[str, Modality] | None = None, **options: Any) -> dict[str, Any]:
    """The project that these options make."""
    stack = cdk.Stack(cdk.App(context=FLAGS), "Invoices")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    named = [
        Blueprint(stack, name, workspace=workspace, modality=modality, schema=SCHEMA)
        for name, modality in (blueprints or {}).items()
    ]
    DataAutomationProject(stack, "Project", workspace=workspace, blueprints=named, **options)
    return dict(only(Template.from_stack(stack), PROJECT))


def test_only_what_has_an_output_is_worked_on() -> None:
    found = made(documents=DocumentOutput())
    assert found["StandardOutputConfiguration"] == {
        "Document": {
            "Extraction": {
                "Granularity": {"Types": ["PAGE", "ELEMENT"]},
                "BoundingBox": {"State": "DISABLED"},
            },
            "GenerativeField": {"State": "DISABLED"},
            "OutputFormat": {
                "TextFormat": {"Types": ["MARKDOWN"]},
                "AdditionalFileFormat": {"State": "DISABLED"},
            },
        }
    }
    override = found["OverrideConfiguration"]
    assert {name: each["ModalityProcessing"]["State"] for name, each in override.items()} == {
        "Document": "ENABLED",
        "Image": "DISABLED",
        "Audio": "DISABLED",
        "Video": "DISABLED",
    }
    assert override["Document"]["Splitter"] == {"State": "DISABLED"}
    assert "CustomOutputConfiguration" not in found
    assert found["KmsKeyId"]


def test_every_modality_says_what_is_looked_for() -> None:
    found = made(
        documents=DocumentOutput(summary=True, files=True, bounding_boxes=True),
        images=ImageOutput(findings=[ImageFinding.LOGOS], summary=False),
        audio=AudioOutput(speakers=True, topics=True),
        video=VideoOutput(chapters=True),
        splits_documents=True,
    )["StandardOutputConfiguration"]
    assert found["Document"]["GenerativeField"] == {"State": "ENABLED"}
    assert found["Image"] == {
        "Extraction": {"Category": {"State": "ENABLED", "Types": ["LOGOS"]}, "BoundingBox": {"State": "DISABLED"}},
        "GenerativeField": {"State": "DISABLED"},
    }
    assert found["Audio"] == {
        "Extraction": {
            "Category": {
                "State": "ENABLED",
                "Types": ["TRANSCRIPT"],
                "TypeConfiguration": {
                    "Transcript": {"SpeakerLabeling": {"State": "ENABLED"}, "ChannelLabeling": {"State": "DISABLED"}}
                },
            }
        },
        "GenerativeField": {"State": "ENABLED", "Types": ["AUDIO_SUMMARY", "TOPIC_SUMMARY"]},
    }
    assert found["Video"]["GenerativeField"]["Types"] == ["VIDEO_SUMMARY", "CHAPTER_SUMMARY"]


def test_blueprints_are_tried() -> None:
    found = made({"Invoice": Modality.DOCUMENT, "Order": Modality.DOCUMENT}, documents=DocumentOutput())
    stages = [each["BlueprintStage"] for each in found["CustomOutputConfiguration"]["Blueprints"]]
    assert stages == ["LIVE", "LIVE"]


@pytest.mark.parametrize(
    ("options", "value", "fix"),
    [
        ({}, "every other output is missing", "such as DocumentOutput()"),
        ({"name": "a b"}, "name='a b' is not a name", "letters, digits, hyphens"),
        ({"description": "d" * 301}, "has 301 characters", "Shorten it"),
        ({"documents": DocumentOutput(granularity=[])}, "document.granularity=[] finds nothing", "Name what is wanted"),
        (
            {"documents": DocumentOutput(granularity=[DocumentGranularity.PAGE] * 2)},
            "names something twice",
            "Name each once",
        ),
        (
            {"audio": AudioOutput(findings=[AudioFinding.AUDIO_CONTENT_MODERATION], speakers=True)},
            "audio.speakers=True needs a transcript",
            "Add AudioFinding.TRANSCRIPT",
        ),
        ({"images": ImageOutput(), "splits_documents": True}, "splits what is not worked on", "Give documents"),
        (
            {"documents": DocumentOutput(), "blueprints": {"Photo": Modality.IMAGE}},
            "are for IMAGE, which the project does not work on",
            "Give its output as well",
        ),
        (
            {"images": ImageOutput(), "blueprints": {"Photo": Modality.IMAGE, "Scan": Modality.IMAGE}},
            "blueprints=2 are 2 for IMAGE, but a project takes 1",
            "Make another project",
        ),
    ],
)
def test_what_bedrock_refuses_is_said_with_its_fix(options: dict[str, Any], value: str, fix: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        made(**options)
    problems = [str(problem) for problem in raised.value.problems]
    assert any(value in problem and fix in problem for problem in problems), problems


def test_a_blueprint_is_named_once_and_a_region_without_data_automation_is_refused() -> None:
    stack = cdk.Stack(cdk.App(), "Invoices", env=cdk.Environment(region="eu-north-1"))
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    with pytest.raises(ConfigurationError, match=r"has no AWS::Bedrock::DataAutomationProject"):
        DataAutomationProject(stack, "Project", workspace=workspace, documents=DocumentOutput())
    stack = cdk.Stack(cdk.App(), "Invoices")
    workspace = Workspace(stack, "Workspace", profile=Profile.PRODUCTION, tags=TAGS)
    twice = [Blueprint(stack, "Invoice", workspace=workspace, modality=Modality.DOCUMENT, schema=SCHEMA)] * 2
    with pytest.raises(ConfigurationError, match="blueprints=2 name one twice"):
        DataAutomationProject(stack, "Project", workspace=workspace, documents=DocumentOutput(), blueprints=twice)
