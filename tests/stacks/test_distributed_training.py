"""The script of the stack learns to read digits under the toolkit of AWS's containers, and survives an interruption."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_ml.facts.accelerators import instance
from cdk_ml.sagemaker import Distribution, TrainingJob
from cdk_ml.workspace import Profile
from stacks.distributed_training import DistributedTraining
from tests.conftest import FLAGS
from tests.sagemaker.jobs.toolkit import Container
from tests.toolkit import PYTHON, needs_torch

pytestmark = needs_torch

# What sagemaker_pytorch_container's entry point does: it starts torchrun where the job says so.
PYTORCH_CONTAINER = """
from sagemaker_training import entry_point, environment, runner


def main():
    env = environment.Environment()
    many = env.additional_framework_parameters.get("sagemaker_torch_distributed_enabled", False)
    kind = runner.TorchDistributedRunnerType if many else runner.ProcessRunnerType
    arguments = {"uri": env.module_dir, "user_entry_point": env.user_entry_point, "args": env.to_cmd_args()}
    entry_point.run(**arguments, env_vars=env.to_env_vars(), capture_error=True, runner_type=kind)
"""


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,797 handwritten digits that scikit-learn carries, as the stack's channel has them."""
    folder = tmp_path_factory.mktemp("digits")
    asks = (
        "import sklearn.datasets; known = sklearn.datasets.load_digits();"
        "[print(*(f'{value:g}' for value in [*row, digit]), sep=',') for row, digit in zip(known.data, known.target)]"
    )
    rows = subprocess.run([PYTHON, "-c", asks], capture_output=True, text=True, check=True).stdout
    (folder / "digits.csv").write_text(rows.strip())
    return folder


@pytest.fixture(scope="module")
def job() -> TrainingJob:
    """The training job of the stack."""
    stack = DistributedTraining(cdk.App(context=FLAGS), "DistributedTraining", profile=Profile.PRODUCTION)
    found = stack.node.find_child("Train")
    assert isinstance(found, TrainingJob)
    return found


@pytest.fixture
def container(job: TrainingJob, digits: Path, tmp_path: Path) -> Container:
    """A disk as the job's instances have it, with AWS's PyTorch container on it."""
    made = Container(tmp_path / "ml")
    made.lay_out(job, {"train": digits})
    (made.folder / "pytorch_container.py").write_text(PYTORCH_CONTAINER)
    (made.folder / "torchrun").write_text(f'#!/bin/sh\nexec {PYTHON} -m torch.distributed.run --standalone "$@"\n')
    (made.folder / "torchrun").chmod(0o755)
    return made


# What the stack's job reaches on the rows it has not seen.
ACCURACY = 0.96
# Rows in a step of the stack's 64 processes, which is what the accuracy depends on.
ROWS_IN_A_STEP = 128


def told(container: Container, *, processes: int, **values: Any) -> None:
    """Change hyper-parameters for a machine without Trainium: fewer processes, which take larger shares."""
    file = container.folder / "input" / "config" / "hyperparameters.json"
    known: dict[str, str] = json.loads(file.read_text())
    changed = {"batch-size": ROWS_IN_A_STEP // processes, **values}
    changed |= Distribution(processes_per_instance=processes).hyperparameters
    file.write_text(json.dumps({**known, **{name: json.dumps(value) for name, value in changed.items()}}))


def environment(container: Container) -> dict[str, str]:
    return {
        "SAGEMAKER_TRAINING_MODULE": "pytorch_container:main",
        "PYTHONPATH": str(container.folder),
        # Threads that wait for each other on few cores take longer than one.
        "OMP_NUM_THREADS": "1",
        "PATH": f"{container.folder}{os.pathsep}{os.environ['PATH']}",
    }


def metrics(job: TrainingJob, name: str, printed: str) -> list[float]:
    """What SageMaker would read of a metric from the log."""
    return [float(value) for value in re.findall(job.metrics[name], printed)]


def test_two_processes_learn_to_read_digits(job: TrainingJob, container: Container) -> None:
    told(container, processes=2)
    ran = container.run(job, **environment(container))
    assert ran.returncode == 0, ran.stderr
    assert "torchrun --nnodes 1 --nproc_per_node 2" in ran.stderr
    losses = metrics(job, "loss", ran.stdout)
    assert len(losses) == 40
    assert losses[-1] < losses[0] / 10
    report = json.loads((container.model / "metrics.json").read_text())
    assert report["processes"] == 2
    assert report["accuracy"] >= ACCURACY
    assert metrics(job, "accuracy", ran.stdout)[-1] == pytest.approx(report["accuracy"], abs=1e-4)
    assert metrics(job, "not_finite", ran.stdout) == []
    assert [file.name for file in sorted(container.checkpoints.glob("*"))] == ["epoch-00038.pt", "epoch-00039.pt"]


def test_it_goes_on_after_an_interruption(job: TrainingJob, container: Container) -> None:
    told(container, processes=1)
    command = container.command(job, **environment(container))
    with subprocess.Popen(**command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "epoch=5 " in line:
                # A spot instance that is taken back.
                os.killpg(process.pid, signal.SIGKILL)
                break
        process.wait(30)
    assert not (container.model / "model.pt").exists()
    again = container.run(job, **environment(container))
    assert again.returncode == 0, again.stderr
    (resumed,) = re.findall(r"resuming after epoch=(\d+)", again.stdout)
    assert int(resumed) >= 5
    assert len(metrics(job, "loss", again.stdout)) == 39 - int(resumed)
    assert json.loads((container.model / "metrics.json").read_text())["accuracy"] >= ACCURACY


def test_a_loss_that_is_no_number_is_said_so_that_the_watch_sees_it(job: TrainingJob, container: Container) -> None:
    told(container, processes=1, epochs=2, **{"learning-rate": 1e30})
    ran = container.run(job, **environment(container))
    assert ran.returncode == 0, ran.stderr
    assert metrics(job, "not_finite", ran.stdout)
    assert metrics(job, "loss", ran.stdout) == []
    assert [*container.checkpoints.glob("*")] == []


def test_the_job_asks_for_two_trainium_servers_that_talk_over_efa(job: TrainingJob) -> None:
    assert job.request["ResourceConfig"]["InstanceType"] == "ml.trn1.32xlarge"
    assert job.request["ResourceConfig"]["InstanceCount"] == 2
    assert job.request["HyperParameters"]["sagemaker_torch_distributed_enabled"] == "true"
    assert job.request["EnableManagedSpotTraining"] is True
    cores = 2 * instance("ml.trn1.32xlarge").neuron_cores
    assert cores * int(job.request["HyperParameters"]["batch-size"]) == ROWS_IN_A_STEP
