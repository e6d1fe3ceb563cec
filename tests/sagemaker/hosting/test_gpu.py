"""What fits on GPU instances, in plain numbers."""

from __future__ import annotations

from dataclasses import replace

import aws_cdk as cdk
import pytest

from cdk_ml.facts import images
from cdk_ml.facts.accelerators import Instance, instances
from cdk_ml.sagemaker.hosting.gpu import GpuFit, gpu_environment, gpu_problems
from cdk_ml.sagemaker.hosting.neuron import NeuronFit

SEVEN = GpuFit(parameters=7e9, dtype="fp16", batch_size=4, sequence_length=4096)
LLAMA_70B = GpuFit(
    parameters=70e9,
    batch_size=8,
    sequence_length=8192,
    tensor_parallel_degree=8,
    layers=80,
    key_value_heads=8,
    head_size=128,
)
GPU = {"purpose": "inference", "accelerator": "gpu"}


def test_the_arithmetic_is_that_of_neuron_cores() -> None:
    same = NeuronFit(parameters=7e9, dtype="fp16", batch_size=4, sequence_length=4096)
    assert SEVEN.gib_per_gpu == same.gib_per_core == pytest.approx(7e9 * 2 / 2**30 + 8, abs=0.01)
    assert replace(SEVEN, tensor_parallel_degree=4).gib_per_gpu == pytest.approx(SEVEN.gib_per_gpu / 4)


@pytest.mark.parametrize(
    ("fit", "instance_type"),
    [
        (SEVEN, "ml.g6e.xlarge"),
        (replace(SEVEN, tensor_parallel_degree=2), "ml.g4dn.12xlarge"),
        (replace(SEVEN, dtype="bf16", tensor_parallel_degree=2), "ml.g5.12xlarge"),
        (replace(SEVEN, memory_share=0.95), "ml.g6.xlarge"),
        (LLAMA_70B, "ml.p4d.24xlarge"),
    ],
)
def test_what_fits_is_accepted(fit: GpuFit, instance_type: str) -> None:
    assert gpu_problems(fit, instance_type) == []


def test_figures_that_are_known_only_at_deployment_are_accepted() -> None:
    assert gpu_problems(SEVEN, cdk.Token.as_string({"Ref": "InstanceType"})) == []
    assert gpu_problems(replace(SEVEN, parameters=cdk.Token.as_number({"Ref": "Parameters"})), "ml.g6.xlarge") == []
    assert gpu_problems(replace(SEVEN, memory_share=cdk.Token.as_number({"Ref": "Share"})), "ml.g6.xlarge") == []


@pytest.mark.parametrize(
    ("fit", "instance_type", "message"),
    [
        (
            SEVEN,
            "ml.g5.12xlarge",
            "gpu.tensor_parallel_degree=1 leaves about 21.0 GiB per GPU for 7.0e+09 parameters in fp16 with a "
            "4 x 4096 KV cache, but ml.g5.12xlarge has 20.1 GiB per GPU at memory_share=0.9. "
            'Use tensor_parallel_degree=2 (10.5 GiB), or dtype="int8" (14.5 GiB).',
        ),
        (
            SEVEN,
            "ml.g5.xlarge",
            "gpu.tensor_parallel_degree=1 leaves about 21.0 GiB per GPU for 7.0e+09 parameters in fp16 with a "
            "4 x 4096 KV cache, but ml.g5.xlarge has 20.1 GiB per GPU at memory_share=0.9. "
            'Use ml.g7.2xlarge with tensor_parallel_degree=1 (21.0 GiB), or dtype="int8" (14.5 GiB).',
        ),
        (
            replace(SEVEN, tensor_parallel_degree=2),
            "ml.g5.xlarge",
            "gpu.tensor_parallel_degree=2 is more than the 1 GPU of ml.g5.xlarge. "
            "Use ml.g7.12xlarge with tensor_parallel_degree=2 (10.5 GiB).",
        ),
        (
            replace(SEVEN, tensor_parallel_degree=16),
            "ml.p5.48xlarge",
            "gpu.tensor_parallel_degree=16 is more than the 8 GPUs of ml.p5.48xlarge. "
            "No instance type has as many: lower it.",
        ),
        (
            replace(LLAMA_70B, parameters=2e12),
            "ml.p5.48xlarge",
            "gpu.tensor_parallel_degree=8 leaves about 468.2 GiB per GPU for 2.0e+12 parameters in bf16 with a "
            "8 x 8192 KV cache, but ml.p5.48xlarge has 72.0 GiB per GPU at memory_share=0.9. "
            "No GPU instance type holds it: lower batch_size or sequence_length.",
        ),
        (
            replace(SEVEN, dtype="bf16", batch_size=1, tensor_parallel_degree=4),
            "ml.g4dn.12xlarge",
            "gpu.dtype='bf16' is no type that the T4 of ml.g4dn.12xlarge computes with. "
            'Use dtype="fp16", or use ml.g5.12xlarge with tensor_parallel_degree=4 (3.8 GiB).',
        ),
        (
            replace(SEVEN, sequence_length=0),
            "ml.g5.xlarge",
            "gpu.sequence_length=0 is no size of a model. Give what the model is served with, 1 to 1e+15.",
        ),
        (
            replace(SEVEN, memory_share=90),
            "ml.g5.xlarge",
            "gpu.memory_share=90 is no share of a GPU's memory. Use 0.01 to 1, such as 0.9.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_does(fit: GpuFit, instance_type: str, message: str) -> None:
    assert [str(problem) for problem in gpu_problems(fit, instance_type)] == [message]


@pytest.mark.parametrize("instance_type", ["ml.m5.large", "ml.inf2.xlarge", "ml.dl1.24xlarge"])
def test_an_instance_without_gpus_that_cuda_drives_is_refused(instance_type: str) -> None:
    (problem,) = gpu_problems(SEVEN, instance_type)
    assert problem.rule == f"is given, but {instance_type} has no GPUs"
    assert problem.fix == "Use a g or p instance type, or leave gpu out"


@pytest.mark.parametrize("machine", [machine for machine in instances(hosting=True) if machine.compute_capability])
def test_every_suggested_remedy_is_itself_accepted(machine: Instance) -> None:
    name = f"ml.{machine.name}"
    for parameters in (1e9, 7e9, 13e9, 70e9, 180e9):
        fit = GpuFit(parameters=parameters, batch_size=4, sequence_length=4096)
        for problem in gpu_problems(fit, name):
            if "tensor_parallel_degree=" not in problem.fix or problem.argument == "gpu.dtype":
                continue
            degree = int(problem.fix.split("tensor_parallel_degree=")[1].split()[0])
            suggested = problem.fix.split()[1] if problem.fix.startswith("Use ml.") else name
            found = gpu_problems(replace(fit, tensor_parallel_degree=degree), suggested)
            assert [problem for problem in found if problem.argument != "gpu.dtype"] == []


def test_gpus_that_todays_images_do_not_run_on_are_not_suggested() -> None:
    for parameters in (1e9, 3e9, 7e9, 13e9, 70e9):
        for problem in gpu_problems(GpuFit(parameters=parameters, dtype="fp16"), "ml.p2.xlarge"):
            assert "ml.p2" not in problem.fix
            assert "ml.p3" not in problem.fix


def test_what_was_checked_is_what_the_image_is_told() -> None:
    lmi = images.deep_learning_container(framework="djl-lmi", version="29.0.0", **GPU)
    vllm = images.deep_learning_container(framework="vllm", version="0.30.0", **GPU)
    fit = replace(SEVEN, tensor_parallel_degree=4)
    assert gpu_environment(fit, lmi) == {
        "OPTION_TENSOR_PARALLEL_DEGREE": "4",
        "OPTION_MAX_MODEL_LEN": "4096",
        "OPTION_GPU_MEMORY_UTILIZATION": "0.9",
    }
    assert gpu_environment(fit, vllm) == {
        "SM_VLLM_TENSOR_PARALLEL_SIZE": "4",
        "SM_VLLM_MAX_MODEL_LEN": "4096",
        "SM_VLLM_GPU_MEMORY_UTILIZATION": "0.9",
    }
    assert gpu_environment(fit, "an image of the user's own") == {}
