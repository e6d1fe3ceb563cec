"""What Bedrock finds in a file without being told what kind of file it is.

https://docs.aws.amazon.com/bedrock/latest/userguide/bda-standard-output.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cdk_ml.errors import Problem


class Modality(StrEnum):
    """What a file is."""

    DOCUMENT = "DOCUMENT"
    IMAGE = "IMAGE"
    AUDIO = "AUDIO"
    VIDEO = "VIDEO"


class DocumentGranularity(StrEnum):
    """How finely a document is taken apart."""

    DOCUMENT = "DOCUMENT"
    PAGE = "PAGE"
    ELEMENT = "ELEMENT"
    LINE = "LINE"
    WORD = "WORD"


class TextFormat(StrEnum):
    """How the text of a document is written."""

    PLAIN_TEXT = "PLAIN_TEXT"
    MARKDOWN = "MARKDOWN"
    HTML = "HTML"
    CSV = "CSV"


class ImageFinding(StrEnum):
    """What is looked for in an image."""

    CONTENT_MODERATION = "CONTENT_MODERATION"
    TEXT_DETECTION = "TEXT_DETECTION"
    LOGOS = "LOGOS"


class AudioFinding(StrEnum):
    """What is looked for in a recording."""

    AUDIO_CONTENT_MODERATION = "AUDIO_CONTENT_MODERATION"
    TOPIC_CONTENT_MODERATION = "TOPIC_CONTENT_MODERATION"
    TRANSCRIPT = "TRANSCRIPT"


class VideoFinding(StrEnum):
    """What is looked for in a video."""

    CONTENT_MODERATION = "CONTENT_MODERATION"
    TEXT_DETECTION = "TEXT_DETECTION"
    TRANSCRIPT = "TRANSCRIPT"
    LOGOS = "LOGOS"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentOutput:
    """What is found in documents.

    :param granularity: how finely they are taken apart.
    :param formats: how their text is written.
    :param bounding_boxes: where on the page things are.
    :param summary: what a model says that each is about.
    :param files: write text and tables to files of their own, too.
    """

    granularity: Sequence[DocumentGranularity] = (DocumentGranularity.PAGE, DocumentGranularity.ELEMENT)
    formats: Sequence[TextFormat] = (TextFormat.MARKDOWN,)
    bounding_boxes: bool = False
    summary: bool = False
    files: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageOutput:
    """What is found in images.

    :param findings: what is looked for.
    :param bounding_boxes: where in the image things are.
    :param summary: what a model says that each shows.
    """

    findings: Sequence[ImageFinding] = (ImageFinding.TEXT_DETECTION, ImageFinding.CONTENT_MODERATION)
    bounding_boxes: bool = False
    summary: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioOutput:
    """What is found in recordings.

    :param findings: what is looked for.
    :param summary: what a model says that each is about.
    :param topics: what a model says that each part is about.
    :param speakers: who says what in the transcript, as ``spk_0`` and so on.
    """

    findings: Sequence[AudioFinding] = (AudioFinding.TRANSCRIPT,)
    summary: bool = True
    topics: bool = False
    speakers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOutput:
    """What is found in videos.

    :param findings: what is looked for.
    :param bounding_boxes: where in the picture things are.
    :param summary: what a model says that each shows.
    :param chapters: what a model says that each chapter shows.
    """

    findings: Sequence[VideoFinding] = (VideoFinding.TRANSCRIPT,)
    bounding_boxes: bool = False
    summary: bool = True
    chapters: bool = False


Output = DocumentOutput | ImageOutput | AudioOutput | VideoOutput


def output_problems(argument: str, output: Output) -> Iterator[Problem]:
    """What Bedrock would refuse about an output, or what would find nothing."""
    chosen: dict[str, Sequence[StrEnum]] = (
        {"granularity": output.granularity, "formats": output.formats}
        if isinstance(output, DocumentOutput)
        else {"findings": output.findings}
    )
    for name, values in chosen.items():
        if len({*values}) < len(values):
            yield Problem(f"{argument}.{name}", [*map(str, values)], "names something twice", "Name each once")
        if not values and isinstance(output, DocumentOutput):
            yield Problem(f"{argument}.{name}", [], "finds nothing", "Name what is wanted")
    if isinstance(output, AudioOutput) and output.speakers and AudioFinding.TRANSCRIPT not in output.findings:
        fix = "Add AudioFinding.TRANSCRIPT to findings"
        yield Problem(f"{argument}.speakers", True, "needs a transcript to tell who says what", fix)


def render_output(output: Output) -> dict[str, Any]:
    """An output as CloudFormation takes it."""
    match output:
        case DocumentOutput():
            return {
                "extraction": {
                    "granularity": {"types": [*map(str, output.granularity)]},
                    "boundingBox": _state(output.bounding_boxes),
                },
                "generativeField": _state(output.summary),
                "outputFormat": {
                    "textFormat": {"types": [*map(str, output.formats)]},
                    "additionalFileFormat": _state(output.files),
                },
            }
        case ImageOutput():
            generated = ["IMAGE_SUMMARY"] if output.summary else []
            box = {"boundingBox": _state(output.bounding_boxes)}
            return {"extraction": {"category": _types(output.findings), **box}, "generativeField": _types(generated)}
        case AudioOutput():
            summaries = {"AUDIO_SUMMARY": output.summary, "TOPIC_SUMMARY": output.topics}
            category = _types(output.findings)
            if AudioFinding.TRANSCRIPT in output.findings:
                labels = {"speakerLabeling": _state(output.speakers), "channelLabeling": _state(False)}
                category["typeConfiguration"] = {"transcript": labels}
            generated = [name for name, wanted in summaries.items() if wanted]
            return {"extraction": {"category": category}, "generativeField": _types(generated)}
        case VideoOutput():
            summaries = {"VIDEO_SUMMARY": output.summary, "CHAPTER_SUMMARY": output.chapters}
            generated = [name for name, wanted in summaries.items() if wanted]
            box = {"boundingBox": _state(output.bounding_boxes)}
            return {"extraction": {"category": _types(output.findings), **box}, "generativeField": _types(generated)}


def _state(enabled: bool) -> dict[str, Any]:
    return {"state": "ENABLED" if enabled else "DISABLED"}


def _types(types: Sequence[str]) -> dict[str, Any]:
    return {**_state(bool(types)), **({"types": [*map(str, types)]} if types else {})}
