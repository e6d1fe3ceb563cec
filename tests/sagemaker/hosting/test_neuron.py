"""What fits on Neuron instances, in plain numbers."""

from __future__ import annotations

from dataclasses import replace

import aws_cdk as cdk
import pytest

from cdk_ml.facts.accelerators import Instance, instances
from cdk_ml.sagemaker.hosting.neuron import NeuronFit, neuron_problems

SEVEN = NeuronFit(parameters=7e9, dtype="bf16", batch_size=4, sequence_length=4096, tensor_parallel_degree=2)
LLAMA_70B = NeuronFit(
    parameters=70e9,
    batch_size=8,
    sequence_length=8192,
    tensor_parallel_degree=24,
    layers=80,
    key_value_heads=8,
    head_size=128,
)


def test_weights_and_cache_are_split_over_the_cores() -> None:
    one_core = replace(SEVEN, tensor_parallel_degree=1)
    assert one_core.gib_per_core == pytest.approx(7e9 * 2 / 2**30 + 8, abs=0.01)
    assert SEVEN.gib_per_core == pytest.approx(one_core.gib_per_core / 2)


def test_the_cache_is_exact_when_the_geometry_is_given() -> None:
    without_cache = 70e9 * 2 / 2**30 / 24
    cache = 2 * 80 * 8 * 128 * 2 * 8 * 8192 / 2**30 / 24
    assert LLAMA_70B.gib_per_core == pytest.approx(without_cache + cache)


def test_quantized_weights_keep_a_16_bit_cache() -> None:
    saved = SEVEN.gib_per_core - replace(SEVEN, dtype="int8").gib_per_core
    assert saved == pytest.approx(7e9 / 2**30 / 2)


@pytest.mark.parametrize(
    ("fit", "instance_type"),
    [(SEVEN, "ml.inf2.xlarge"), (SEVEN, "ml.inf2.8xlarge"), (LLAMA_70B, "ml.inf2.48xlarge")],
)
def test_what_fits_is_accepted(fit: NeuronFit, instance_type: str) -> None:
    assert neuron_problems(fit, instance_type) == []


def test_an_instance_type_that_is_known_only_at_deployment_is_accepted() -> None:
    token = cdk.Token.as_string({"Ref": "InstanceType"})
    assert neuron_problems(replace(SEVEN, tensor_parallel_degree=1), token) == []


@pytest.mark.parametrize(
    ("fit", "instance_type", "message"),
    [
        (
            replace(SEVEN, tensor_parallel_degree=1),
            "ml.inf2.8xlarge",
            "neuron.tensor_parallel_degree=1 leaves about 21.0 GiB per core for 7.0e+09 parameters in bf16 with a "
            "4 x 4096 KV cache, but ml.inf2.8xlarge has 16 GiB per NeuronCore. "
            'Use tensor_parallel_degree=2 (10.5 GiB), or dtype="int8" (14.5 GiB).',
        ),
        (
            replace(SEVEN, tensor_parallel_degree=8),
            "ml.inf2.xlarge",
            "neuron.tensor_parallel_degree=8 is more than the 2 NeuronCores of ml.inf2.xlarge. "
            "Use ml.inf2.24xlarge with tensor_parallel_degree=8 (2.6 GiB).",
        ),
        (
            replace(SEVEN, parameters=13e9, tensor_parallel_degree=2),
            "ml.inf2.xlarge",
            "neuron.tensor_parallel_degree=2 leaves about 18.2 GiB per core for 1.3e+10 parameters in bf16 with a "
            "4 x 4096 KV cache, but ml.inf2.xlarge has 16 GiB per NeuronCore. "
            'Use ml.inf2.24xlarge with tensor_parallel_degree=4 (9.1 GiB), or dtype="int8" (12.1 GiB).',
        ),
        (
            replace(LLAMA_70B, parameters=2e12),
            "ml.inf2.48xlarge",
            "neuron.tensor_parallel_degree=24 leaves about 156.1 GiB per core for 2.0e+12 parameters in bf16 with a "
            "8 x 8192 KV cache, but ml.inf2.48xlarge has 16 GiB per NeuronCore. "
            "No Neuron instance type holds it: lower batch_size or sequence_length.",
        ),
        (
            replace(SEVEN, batch_size=0),
            "ml.inf2.xlarge",
            "neuron.batch_size=0 is no size of a model. Give what the model is served with, 1 to 1e+15.",
        ),
        (
            replace(SEVEN, layers=32),
            "ml.inf2.xlarge",
            "neuron.layers=32 says little without key_value_heads, head_size. "
            "Give key_value_heads, head_size as well, or none of them.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_what_does(fit: NeuronFit, instance_type: str, message: str) -> None:
    assert [str(problem) for problem in neuron_problems(fit, instance_type)] == [message]


def test_an_instance_without_neuron_cores_is_refused() -> None:
    (problem,) = neuron_problems(SEVEN, "ml.g5.xlarge")
    assert problem.rule == "is given, but ml.g5.xlarge has no NeuronCores"
    assert problem.fix == "Use an inf2 or trn instance type, or leave neuron out"


@pytest.mark.parametrize("machine", [machine for machine in instances(hosting=True) if machine.is_neuron])
def test_every_suggested_remedy_is_itself_accepted(machine: Instance) -> None:
    name = f"ml.{machine.name}"
    for parameters in (1e9, 7e9, 13e9, 70e9, 180e9):
        fit = NeuronFit(parameters=parameters, batch_size=4, sequence_length=4096)
        for problem in neuron_problems(fit, name):
            if "tensor_parallel_degree=" not in problem.fix:
                continue
            degree = int(problem.fix.split("tensor_parallel_degree=")[1].split()[0])
            suggested = problem.fix.split()[1] if problem.fix.startswith("Use ml.") else name
            assert neuron_problems(replace(fit, tensor_parallel_degree=degree), suggested) == []
