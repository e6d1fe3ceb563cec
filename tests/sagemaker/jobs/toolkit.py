"""Runs a training job as its container does: AWS's toolkit, over folders laid out as SageMaker lays them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk

from cdk_ml.sagemaker import TrainingJob
from tests.toolkit import PYTHON

ROOT = "/opt/ml"


@dataclass(frozen=True, slots=True)
class Container:
    """The disk of a training job's only instance.

    :ivar folder: what ``/opt/ml`` is in the container.
    """

    folder: Path

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def model(self) -> Path:
        return self.folder / "model"

    def lay_out(self, job: TrainingJob, channels: Mapping[str, Path]) -> None:
        """Bring channels, code and configuration as SageMaker does, from the job's own request."""
        for name in ("model", "output", "checkpoints"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        request = job.request
        stack = cdk.Stack.of(job)
        described: dict[str, Any] = {}
        for channel in request["InputDataConfig"]:
            name = channel["ChannelName"]
            target = self.folder / "input" / "data" / name
            target.mkdir(parents=True, exist_ok=True)
            described[name] = {"TrainingInputMode": channel["InputMode"], "S3DistributionType": "FullyReplicated"}
            if name == "code":
                shutil.copy(archive_of(job), target / channel["DataSource"]["S3DataSource"]["S3Uri"].rpartition("/")[2])
            else:
                shutil.copytree(channels[name], target, dirs_exist_ok=True)
        # The instance's disk is not at /opt/ml here.
        values = {k: stack.resolve(v).replace(ROOT, str(self.folder)) for k, v in request["HyperParameters"].items()}
        hosts = {"current_host": "localhost", "hosts": ["localhost"], "network_interface_name": "lo"}
        group = {"instance_group_name": "homogeneousCluster", "instance_type": "local", "hosts": ["localhost"]}
        resource = {**hosts, "current_instance_type": "local", "current_group_name": group["instance_group_name"]}
        self._write("hyperparameters", values)
        self._write("inputdataconfig", described)
        self._write("resourceconfig", {**resource, "instance_groups": [group]})

    def command(self, job: TrainingJob, **environment: str) -> dict[str, Any]:
        """What starts the toolkit, with the job's environment variables, as arguments of :mod:`subprocess`."""
        shutil.rmtree(self.folder / "code", ignore_errors=True)
        mine = {
            name: str(value).replace(ROOT, str(self.folder))
            for name, value in job.request.get("Environment", {}).items()
        }
        base = {"SAGEMAKER_BASE_DIR": str(self.folder), "AWS_REGION": "us-east-1"}
        program = "from sagemaker_training.cli.train import main; main()"
        return {"args": [str(PYTHON), "-c", program], "env": {**os.environ, **base, **mine, **environment}}

    def run(self, job: TrainingJob, **environment: str) -> subprocess.CompletedProcess[str]:
        """Start the toolkit and wait for it."""
        command = self.command(job, **environment)
        return subprocess.run(**command, capture_output=True, text=True, check=False, timeout=300)

    def _write(self, name: str, content: Any) -> None:
        folder = self.folder / "input" / "config"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps(content))


def archive_of(job: TrainingJob) -> Path:
    """The job's script as the CDK publishes it."""
    root: Any = job.node.root
    asset: Any = job.node.find_child("Script")
    root.synth()
    return Path(root.outdir) / asset.asset_path
