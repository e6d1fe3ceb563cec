"""What tests of knowledge bases start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.genai import FoundationModel, KnowledgeBase, S3Source
from cdk_ml.workspace import Workspace

TITAN = FoundationModel("amazon.titan-embed-text-v2:0")


@pytest.fixture
def knowledge_base(stack: cdk.Stack, workspace: Workspace) -> Callable[..., KnowledgeBase]:
    """Makes a knowledge base, of defaults but for what the test says."""

    def make(**options: Any) -> KnowledgeBase:
        given = {
            "workspace": workspace,
            "embedding": TITAN,
            "sources": [S3Source(name="handbooks")],
            **options,
        }
        return KnowledgeBase(stack, "Base", **given)

    return make
