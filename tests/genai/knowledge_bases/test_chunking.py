"""Documents are cut as Bedrock takes it, or the way is refused with what works."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.errors import Problem
from cdk_ml.genai import Chunking, FixedChunks, HierarchicalChunks, SemanticChunks, WholeDocuments


@pytest.mark.parametrize(
    ("chunking", "configuration", "tokens"),
    [
        (
            FixedChunks(),
            {
                "chunkingStrategy": "FIXED_SIZE",
                "fixedSizeChunkingConfiguration": {"maxTokens": 300, "overlapPercentage": 20},
            },
            300,
        ),
        (
            HierarchicalChunks(parent_tokens=1000, child_tokens=200, overlap_tokens=10),
            {
                "chunkingStrategy": "HIERARCHICAL",
                "hierarchicalChunkingConfiguration": {
                    "levelConfigurations": [{"maxTokens": 1000}, {"maxTokens": 200}],
                    "overlapTokens": 10,
                },
            },
            1200,
        ),
        (
            SemanticChunks(),
            {
                "chunkingStrategy": "SEMANTIC",
                "semanticChunkingConfiguration": {
                    "maxTokens": 300,
                    "bufferSize": 0,
                    "breakpointPercentileThreshold": 95,
                },
            },
            300,
        ),
        (WholeDocuments(), {"chunkingStrategy": "NONE"}, 0),
    ],
)
def test_each_way_is_told_to_bedrock(chunking: Chunking, configuration: dict[str, Any], tokens: int) -> None:
    assert chunking.configuration() == configuration
    assert chunking.passage_tokens == tokens
    assert list(chunking.problems()) == []


@pytest.mark.parametrize(
    ("chunking", "expected"),
    [
        (
            FixedChunks(tokens=0),
            [Problem("chunking.tokens", 0, "is no size of a passage", "Use 1 to 8192")],
        ),
        (
            FixedChunks(tokens=9000, overlap_percent=100),
            [
                Problem("chunking.tokens", 9000, "is no size of a passage", "Use 1 to 8192"),
                Problem("chunking.overlap_percent", 100, "is no overlap of passages", "Use 1 to 99"),
            ],
        ),
        (
            HierarchicalChunks(parent_tokens=300, child_tokens=300),
            [Problem("chunking.child_tokens", 300, "is not smaller than parent_tokens=300", "Use less than 300")],
        ),
        (
            HierarchicalChunks(overlap_tokens=300),
            [Problem("chunking.overlap_tokens", 300, "is not smaller than child_tokens=300", "Use less than 300")],
        ),
        (
            HierarchicalChunks(overlap_tokens=0),
            [Problem("chunking.overlap_tokens", 0, "is no overlap of passages", "Use 1 or more")],
        ),
        (
            SemanticChunks(tokens=-1, buffer=2, breakpoint_percentile=49),
            [
                Problem("chunking.tokens", -1, "is no size of a passage", "Use 1 to 8192"),
                Problem("chunking.buffer", 2, "is no number of neighbours", "Use 0 or 1"),
                Problem("chunking.breakpoint_percentile", 49, "is no threshold", "Use 50 to 99"),
            ],
        ),
    ],
)
def test_sizes_that_bedrock_refuses_are_refused_with_what_works(chunking: Chunking, expected: list[Problem]) -> None:
    assert list(chunking.problems()) == expected


def test_sizes_that_only_the_deployment_knows_pass() -> None:
    size = cdk.Token.as_number({"Ref": "Tokens"})
    assert list(FixedChunks(tokens=size, overlap_percent=size).problems()) == []
    assert list(HierarchicalChunks(parent_tokens=size, child_tokens=size).problems()) == []
    assert list(SemanticChunks(tokens=size, buffer=size, breakpoint_percentile=size).problems()) == []
