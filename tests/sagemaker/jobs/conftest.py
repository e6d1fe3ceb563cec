"""Jobs as small as a test needs them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.facts import images
from cdk_ml.sagemaker import Compute, ProcessingJob, Script, TrainingJob
from cdk_ml.workspace import Workspace


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """A script in a folder of its own."""
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "main.py").write_text("print('done')\n")
    return Script(tmp_path / "code", "main.py")


@pytest.fixture
def processing(stack: cdk.Stack, workspace: Workspace) -> Callable[..., ProcessingJob]:
    """Makes a processing job, of defaults but for what the test says."""

    def make(id: str = "Prepare", **options: Any) -> ProcessingJob:
        image = images.built_in_algorithm("sklearn")
        compute = Compute(instance_type="ml.m5.xlarge")
        given = {"workspace": workspace, "image": image, "script": None, "compute": compute, **options}
        return ProcessingJob(stack, id, **given)

    return make


@pytest.fixture
def training(stack: cdk.Stack, workspace: Workspace) -> Callable[..., TrainingJob]:
    """Makes a training job of XGBoost, of defaults but for what the test says."""

    def make(id: str = "Train", **options: Any) -> TrainingJob:
        image = images.built_in_algorithm("xgboost")
        compute = Compute(instance_type="ml.m5.xlarge")
        values = {} if "script" in options else {"num_round": 10}
        given = {"workspace": workspace, "image": image, "compute": compute, "hyperparameters": values, **options}
        return TrainingJob(stack, id, **given)

    return make
